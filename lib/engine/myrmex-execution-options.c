/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a caller may say about one run: a typed table, so that nothing is overlooked silently. */

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "base/myrmex-nearest-private.h"
#include "base/myrmex-value.h"
#include "definition/myrmex-parameters-private.h"
#include "engine/myrmex-execution-private.h"
#include "model/myrmex-retry-policy-private.h"

typedef struct
{
  GVariant   *parameters;
  GVariant   *env;
  const char *directory;
  const char *log_directory;
  gboolean    paused;
} Options;

static const struct
{
  const char *name;
  const char *type;
  const char *other_type;   /* that some languages make of the same */
} table[] = {
  { "parameters", "a{sv}", "a{ss}" },
  { "env", "a{sv}", "a{ss}" },
  { "directory", "s", NULL },
  { "log_directory", "s", NULL },
  { "timeout", "d", "x" },
  { "grace", "d", "x" },
  { "paused", "b", NULL },
  { "priority", "i", "x" },
};

static gboolean
check_option (const char  *name,
              GVariant    *value,
              GError     **error)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      if (!g_str_equal (name, table[i].name))
        {
          myrmex_nearest_offer (&nearest, table[i].name);
          continue;
        }
      if (g_variant_is_of_type (value, G_VARIANT_TYPE (table[i].type)) ||
          (table[i].other_type != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (table[i].other_type))))
        return TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Option “%s” must be of type “%s”, not “%s”"),
                   name, table[i].type, g_variant_get_type_string (value));
      return FALSE;
    }

  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("There is no option “%s”; did you mean “%s”?"), name, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("There is no option “%s”; there are parameters, env, directory, log_directory, timeout, grace, paused and priority"),
                 name);
  return FALSE;
}

static gboolean
check_options (GVariant  *options,
               GError   **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (!g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("The options of a run must be a dictionary of type “a{sv}”, not “%s”"),
                   g_variant_get_type_string (options));
      return FALSE;
    }

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      if (!check_option (name, value, error))
        {
          g_variant_unref (value);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
is_variable_name (const char *name)
{
  return name[0] != '\0' && strchr (name, '=') == NULL;
}

/* An entry of a dictionary of either type that a language may make of the same. */
static GVariant *
get_entry (GVariant  *entries,
           gsize      i,
           char     **name)
{
  GVariant *value;

  g_variant_get_child (entries, i, "{s*}", name, &value);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    return value;

  g_autoptr (GVariant) boxed = value;
  return g_variant_get_variant (boxed);
}

/* Adds the variables of one dictionary to the environment of the commands. */
static gboolean
add_environment (MyrmexExecution  *self,
                 GVariant         *env,
                 gboolean          expand,
                 GError          **error)
{
  gsize n = env != NULL ? g_variant_n_children (env) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) value = get_entry (env, i, &name);
      g_autofree char *text = NULL;

      if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || !is_variable_name (name))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                       _("“%s” in env is no variable with a string for its value"), name);
          return FALSE;
        }
      if (expand)
        text = myrmex_execution_expand_text (self, g_variant_get_string (value, NULL), error);
      else
        text = g_variant_dup_string (value, NULL);
      if (text == NULL)
        return FALSE;
      self->environ = g_environ_setenv (self->environ, name, text, TRUE);
    }
  return TRUE;
}

/* A run's own folder, or the workflow's, or NULL for the process's; a relative one is in the latter. */
static gboolean
set_directory (MyrmexExecution  *self,
               const char       *given,
               GError          **error)
{
  g_autofree char *expanded = NULL;
  const char *own = myrmex_workflow_get_directory (self->plan->workflow);

  if (given == NULL)
    given = own;
  /* The folder that a definition is in may be called anything; what is no text is no template. */
  if (given != NULL && given == own && g_utf8_validate (own, -1, NULL))
    {
      expanded = myrmex_execution_expand_text (self, own, error);
      if (expanded == NULL)
        return FALSE;
      given = expanded;
    }
  if (given != NULL)
    self->directory = g_canonicalize_filename (given, NULL);
  return TRUE;
}

static gboolean
set_log_directory (MyrmexExecution  *self,
                   const char       *given,
                   GError          **error)
{
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (given == NULL)
    return TRUE;

  path = g_canonicalize_filename (given, NULL);
  if (g_mkdir_with_parents (path, 0700) < 0)
    {
      int saved = errno;

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The folder for logs, “%s”, can not be made: %s"),
                   path, g_strerror (saved));
      return FALSE;
    }
  myrmex_log_folder_unref (self->logs);
  self->logs = myrmex_log_folder_new (path);
  self->keeps_logs = TRUE;
  name = g_path_get_basename (path);
  self->shares_logs = !g_str_equal (name, self->id);
  return TRUE;
}

static gboolean
set_timeout (MyrmexExecution  *self,
             double            seconds,
             GError          **error)
{
  char found[G_ASCII_DTOSTR_BUF_SIZE];

  if (seconds >= 0 && seconds <= MYRMEX_MAX_SECONDS)
    {
      myrmex_scheduler_set_timeout (self->scheduler, seconds > 0 ? MAX (1, myrmex_seconds_to_us (seconds)) : 0);
      return TRUE;
    }

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Option “timeout” must be from 0 to %d seconds, not %s"), (int) MYRMEX_MAX_SECONDS,
               g_ascii_formatd (found, sizeof found, "%g", seconds));
  return FALSE;
}

static gboolean
set_grace (MyrmexExecution  *self,
           double            seconds,
           GError          **error)
{
  char found[G_ASCII_DTOSTR_BUF_SIZE];

  if (seconds >= 0 && seconds <= MYRMEX_MAX_GRACE)
    {
      self->grace = seconds;
      return TRUE;
    }

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Option “grace” must be from 0 to %d seconds, not %s"), (int) MYRMEX_MAX_GRACE,
               g_ascii_formatd (found, sizeof found, "%g", seconds));
  return FALSE;
}

static gboolean
look_up_seconds (GVariant   *options,
                 const char *name,
                 double     *seconds)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, name, NULL);

  if (value == NULL)
    return FALSE;
  *seconds = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? (double) g_variant_get_int64 (value)
                                                                : g_variant_get_double (value);
  return TRUE;
}

static gboolean
set_priority (MyrmexExecution  *self,
              GVariant         *options,
              GError          **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, "priority", NULL);
  gint64 priority;

  if (value == NULL)
    return TRUE;
  priority = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value)
                                                                : g_variant_get_int32 (value);
  if (priority >= -MYRMEX_MAX_RUN_PRIORITY && priority <= MYRMEX_MAX_RUN_PRIORITY)
    {
      self->priority = (int) priority;
      return TRUE;
    }

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Option “priority” must be from %d to %d, not %lld"), -MYRMEX_MAX_RUN_PRIORITY,
               MYRMEX_MAX_RUN_PRIORITY, (long long) priority);
  return FALSE;
}

static gboolean
set_times (MyrmexExecution  *self,
           GVariant         *options,
           GError          **error)
{
  double seconds;

  if (look_up_seconds (options, "timeout", &seconds) && !set_timeout (self, seconds, error))
    return FALSE;
  return !look_up_seconds (options, "grace", &seconds) || set_grace (self, seconds, error);
}

/* A path that is no text stays as it was given: it is told from where this process is. */
static void
keep_path (GVariantDict *dict,
           const char   *key,
           const char   *path)
{
  if (g_utf8_validate (path, -1, NULL))
    g_variant_dict_insert (dict, key, "s", path);
}

/* What was said, so that another run can be started like this one, wherever that is. */
static void
keep_options (MyrmexExecution *self,
              GVariant        *options)
{
  GVariantDict dict;
  const char *path;

  if (options == NULL)
    return;

  g_variant_dict_init (&dict, options);
  if (g_variant_dict_contains (&dict, "directory"))
    keep_path (&dict, "directory", self->directory);
  if (g_variant_lookup (options, "log_directory", "&s", &path))
    {
      g_autofree char *absolute = g_canonicalize_filename (path, NULL);

      keep_path (&dict, "log_directory", absolute);
    }
  self->options = g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* Adds the entries of a dictionary that is an option. */
static void
add_entries (GVariantDict *dict,
             GVariant     *options,
             const char   *name)
{
  g_autoptr (GVariant) entries = options != NULL ? g_variant_lookup_value (options, name, NULL) : NULL;
  gsize n = entries != NULL ? g_variant_n_children (entries) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *name_of_entry = NULL;
      g_autoptr (GVariant) value = get_entry (entries, i, &name_of_entry);

      g_variant_dict_insert_value (dict, name_of_entry, value);
    }
}

static void
merge_entries (GVariantDict *dict,
               GVariant     *before,
               GVariant     *given,
               const char   *name)
{
  GVariantDict entries;

  if (!g_variant_dict_contains (dict, name))
    return;
  g_variant_dict_init (&entries, NULL);
  add_entries (&entries, before, name);
  add_entries (&entries, given, name);
  g_variant_dict_insert_value (dict, name, g_variant_dict_end (&entries));
}

/* The options of a run that retries another one: those of the one @before, and in place of them those that were @given.
 * Of parameters and variables each one is taken by itself. Whether it was paused does not count. Both may be NULL. */
GVariant *
myrmex_run_options_merge (GVariant  *before,
                          GVariant  *given,
                          GError   **error)
{
  GVariantDict dict;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (given != NULL && !check_options (given, error))
    return NULL;

  g_variant_dict_init (&dict, before);
  g_variant_dict_remove (&dict, "paused");
  if (given != NULL)
    {
      g_variant_iter_init (&iter, given);
      while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
        g_variant_dict_insert_value (&dict, name, value);
    }
  merge_entries (&dict, before, given, "parameters");
  merge_entries (&dict, before, given, "env");
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* Takes the options of a run, checked; before it starts. */
gboolean
myrmex_execution_set_options (MyrmexExecution  *self,
                              GVariant         *options,
                              gboolean         *paused,
                              GError          **error)
{
  Options given = { 0 };
  g_autoptr (GVariant) parameters = NULL;
  g_autoptr (GVariant) env = NULL;

  if (options != NULL)
    {
      if (!check_options (options, error) || !set_times (self, options, error) || !set_priority (self, options, error))
        return FALSE;
      parameters = g_variant_lookup_value (options, "parameters", NULL);
      env = g_variant_lookup_value (options, "env", NULL);
      g_variant_lookup (options, "directory", "&s", &given.directory);
      g_variant_lookup (options, "log_directory", "&s", &given.log_directory);
      g_variant_lookup (options, "paused", "b", &given.paused);
    }
  *paused = given.paused;

  self->parameters = myrmex_parameters_resolve (myrmex_workflow_get_parameters (self->plan->workflow), parameters,
                                                error);
  if (self->parameters == NULL)
    return FALSE;

  self->environ = g_get_environ ();
  if (!add_environment (self, myrmex_workflow_get_env (self->plan->workflow), TRUE, error) ||
      !add_environment (self, env, FALSE, error) ||
      !set_directory (self, given.directory, error) ||
      !set_log_directory (self, given.log_directory, error))
    return FALSE;
  keep_options (self, options);
  return TRUE;
}
