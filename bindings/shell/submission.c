/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "submission.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

/* Of the environment, what commands are found by and speak to people by. All of it would put secrets that happen to be
 * there onto the disk of the service. */
static gboolean
is_common (const char *name)
{
  static const char * const names[] = { "PATH", "LANG", "LANGUAGE", "TZ" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_str_equal (names[i], name))
        return TRUE;
    }
  return g_str_has_prefix (name, "LC_");
}

/* What the workflow itself says is not to be replaced by what happens to be set here. */
static void
add_common (GVariantDict   *env,
            MyrmexWorkflow *workflow)
{
  GVariant *own = myrmex_workflow_get_env (workflow);
  g_auto (GStrv) names = g_listenv ();

  for (gsize i = 0; names[i] != NULL; i++)
    {
      const char *value = g_getenv (names[i]);
      g_autoptr (GVariant) said = own != NULL ? g_variant_lookup_value (own, names[i], NULL) : NULL;

      if (said == NULL && is_common (names[i]) && value != NULL && g_utf8_validate (value, -1, NULL))
        g_variant_dict_insert (env, names[i], "s", value);
    }
}

/* “NAME=VALUE”, or “NAME” with the value that it has here. */
static gboolean
add_given (GVariantDict *env,
           const char   *text)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : g_strdup (text);
  const char *value = equals != NULL ? equals + 1 : g_getenv (name);

  if (name[0] == '\0' || !g_utf8_validate (text, -1, NULL))
    {
      message_print_error (_("--env needs NAME or NAME=VALUE, not “%s”"), text);
      return FALSE;
    }
  if (value == NULL)
    {
      message_print_error (_("--env: there is no variable “%s” in the environment; give it a value: %s=…"), name, name);
      return FALSE;
    }
  if (!g_utf8_validate (value, -1, NULL))
    {
      message_print_error (_("--env: the value of “%s” is no text"), name);
      return FALSE;
    }
  g_variant_dict_insert (env, name, "s", value);
  return TRUE;
}

/* The service is elsewhere: paths are told from here, as text. */
static gboolean
add_path (GVariantDict *options,
          const char   *key,
          const char   *path)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);

  if (!g_utf8_validate (whole, -1, NULL))
    {
      message_print_error (_("The path %s is no UTF-8, and can not be told to the service"), whole);
      return FALSE;
    }
  g_variant_dict_insert (options, key, "s", whole);
  return TRUE;
}

/* A template in the workflow's own is filled by the service. */
static gboolean
add_directory (GVariantDict   *options,
               MyrmexWorkflow *workflow)
{
  const char *own = myrmex_workflow_get_directory (workflow);

  if (own != NULL && (g_path_is_absolute (own) || strstr (own, "${{") != NULL))
    return TRUE;
  return add_path (options, "directory", own != NULL ? own : ".");
}

/* The options of a run in the service, a{sv}. @env (nullable) is what --env was given. %NULL: what is wrong has been
 * told. */
GVariant *
submission_make_options (const SessionOptions  *session,
                         char                 **env)
{
  GVariantDict options, variables;
  gboolean good = TRUE;

  g_variant_dict_init (&variables, NULL);
  add_common (&variables, session->workflow);
  for (gsize i = 0; env != NULL && env[i] != NULL; i++)
    good = add_given (&variables, env[i]) && good;
  if (!good)
    {
      g_variant_dict_clear (&variables);
      return NULL;
    }

  g_variant_dict_init (&options, NULL);
  session_add_options (session, &options);
  g_variant_dict_insert_value (&options, "env", g_variant_dict_end (&variables));
  good = add_directory (&options, session->workflow) &&
         (session->log_directory == NULL || add_path (&options, "log_directory", session->log_directory));
  if (good)
    return g_variant_ref_sink (g_variant_dict_end (&options));
  g_variant_dict_clear (&options);
  return NULL;
}

/* Of a run that was accepted: its id, and, for those who wait, how it goes. */
ExitStatus
submission_tell (const RunInfo        *run,
                 const SessionOptions *session,
                 Service              *service,
                 gboolean              waits)
{
  g_autofree char *id = run_info_dup_id (run);

  if (!waits && session->json)
    {
      g_autofree char *text = run_info_to_json (run);

      fputs (text, stdout);
      fputc ('\n', stdout);
    }
  else if (!waits)
    {
      g_print ("%s\n", id);
    }
  else if (!session->quiet && !session->json)
    {
      /* On standard error: standard output has what the run tells. */
      message_print_error (_("The service runs it as %s."), id);
    }
  return waits ? session_watch (session, service, run->id, SESSION_FROM_BEGIN) : EXIT_STATUS_DONE;
}
