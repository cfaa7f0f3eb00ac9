/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What people have set, and what it means for a run. */

#include "settings.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

/* What was loaded last: a command has one configuration, and not each part of it knows that. */
static MyrmexConfig *current;

static gboolean
set (MyrmexConfig  *config,
     const Command *self,
     const char    *text)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;

  if (equals == NULL || equals == text)
    {
      command_complain (self, _("--config needs KEY=VALUE, not “%s”"), text);
      return FALSE;
    }
  key = g_strndup (text, (gsize) (equals - text));
  if (myrmex_config_set (config, key, equals + 1, "--config", &error))
    return TRUE;
  command_complain (self, "--config: %s", error->message);
  return FALSE;
}

/* @given (nullable) is what --config was given. %NULL: what is wrong has been told. */
MyrmexConfig *
settings_load (const Command  *self,
               char          **given)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexConfig) config = myrmex_config_new_for_user (&error);

  if (config == NULL)
    {
      message_print_errors (error);
      return NULL;
    }
  for (gsize i = 0; given != NULL && given[i] != NULL; i++)
    {
      if (!set (config, self, given[i]))
        return NULL;
    }
  g_set_object (&current, config);
  return g_steal_pointer (&config);
}

/* The folders in which workflows have names, to be loaded: those that were set, and the standard ones. */
MyrmexCatalog *
settings_make_catalog (GError **error)
{
  g_autoptr (MyrmexConfig) config = current != NULL ? g_object_ref (current) : myrmex_config_new_for_user (error);
  g_auto (GStrv) folders = NULL;
  MyrmexCatalog *catalog;

  if (config == NULL)
    return NULL;

  catalog = myrmex_catalog_new ();
  folders = myrmex_config_dup_strings (config, "catalog.folders");
  for (gsize i = 0; folders[i] != NULL; i++)
    myrmex_catalog_add_folder (catalog, folders[i]);
  myrmex_catalog_add_standard_folders (catalog);
  return catalog;
}

/* Whether each report has a format. The library that reads the configuration knows none. */
gboolean
settings_check_reports (MyrmexConfig *config)
{
  g_auto (GStrv) paths = myrmex_config_dup_strings (config, "run.reports");

  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *place = NULL;
      g_autoptr (GError) error = NULL;

      if (myrmex_report_find_format (paths[i], &error) != NULL)
        continue;
      myrmex_config_get_origin (config, "run.reports", &place);
      message_print_error ("%s: run.reports: %s", place, error->message);
      return FALSE;
    }
  return TRUE;
}

static gboolean
wants_colour (const char *when)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  if (g_str_equal (when, "auto"))
    return no_colour == NULL || no_colour[0] == '\0';
  return g_str_equal (when, "always");
}

/* How a run is shown, where the command line does not say. */
void
settings_apply_display (MyrmexConfig   *config,
                        SessionOptions *session)
{
  const char *progress = myrmex_config_get_string (config, "display.progress");

  if (!session->json && !session->quiet)
    {
      session->json = g_str_equal (progress, "json");
      session->quiet = g_str_equal (progress, "quiet");
    }
  /* Entries of the log would stand amid the live view. */
  session->lines = g_str_equal (progress, "lines") || (g_getenv ("MYRMEX_DEBUG") != NULL && isatty (STDERR_FILENO));
  session->colour = wants_colour (myrmex_config_get_string (config, "display.colour"));
}

/* Fills in what neither the command line nor the workflow says. */
void
settings_apply (MyrmexConfig   *config,
                MyrmexWorkflow *workflow,
                SessionOptions *session)
{
  if (session->jobs == 0)
    session->jobs = myrmex_config_get_uint (config, "run.max-parallel");
  if (session->log_directory == NULL)
    session->log_directory = myrmex_config_get_string (config, "run.log-dir");
  settings_apply_display (config, session);
  session->grace = myrmex_config_get_seconds (config, "run.grace");
  if (myrmex_workflow_get_timeout (workflow) == 0)
    session->timeout = myrmex_config_get_seconds (config, "run.timeout");
}

/* How what is printed on standard output looks: coloured on a terminal alone, unless it is to be always. FALSE: what is
 * wrong with the settings has been told. */
gboolean
settings_load_look (const Command *self,
                    Look          *look)
{
  g_autoptr (MyrmexConfig) config = settings_load (self, NULL);
  const char *when;

  if (config == NULL)
    return FALSE;
  when = myrmex_config_get_string (config, "display.colour");
  look->colour = wants_colour (when) && (isatty (STDOUT_FILENO) || g_str_equal (when, "always"));
  look->unicode = g_get_charset (NULL);
  return TRUE;
}
