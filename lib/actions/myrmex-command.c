/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a definition says of a command, checked; and what a command printed, as a value. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "actions/myrmex-command-action-private.h"
#include "base/myrmex-json-private.h"
#include "base/myrmex-nearest-private.h"
#include "base/myrmex-value.h"
#include "expression/myrmex-expression-private.h"
#include "model/myrmex-task-context-private.h"

const MyrmexActionKey myrmex_command_key = {
  "command", N_("array of strings"), NULL,
  N_("Runs a program: its name, then its arguments. A ${{ template }} fills one argument or a part of one."),
};

const MyrmexActionKey myrmex_shell_key = {
  "shell", N_("string"), NULL,
  N_("Runs a script of /bin/sh. It can have no ${{ templates }}: pass values by env."),
};

const MyrmexActionKey myrmex_command_keys[] = {
  { "env", N_("object of strings"), NULL,
    N_("Environment variables of the command; values may have ${{ templates }}.") },
  { "directory", N_("string"), NULL,
    N_("The folder that the command runs in, from the workflow's.") },
  { "output", N_("text, json, lines, bytes or none"), "\"text\"",
    N_("What the value of the task is: the command's standard output as text without its last line end, parsed as JSON, as a list of lines, as bytes, or nothing. It goes to the log in any case.") },
  { "stdin", N_("string"), NULL,
    N_("What the command reads from its standard input; nothing unless set.") },
  { "grace", N_("number of seconds"), "5",
    N_("Seconds from asking the command to stop until it is killed with all that it started.") },
  { "allowed_exit_codes", N_("array of integers"), "[0]",
    N_("The exit statuses that are a success.") },
  { NULL, NULL, NULL, NULL },
};

static const char * const output_names[] = { "text", "json", "lines", "bytes", "none" };
G_STATIC_ASSERT (G_N_ELEMENTS (output_names) == MYRMEX_OUTPUT_NONE + 1);

static GVariant *
lookup (GVariant   *spec,
        const char *key)
{
  GVariant *value = g_variant_lookup_value (spec, key, NULL);

  if (value != NULL && myrmex_value_is_null (value))
    g_clear_pointer (&value, g_variant_unref);
  return value;
}

/* The element of an array, out of its variant. */
static GVariant *
get_element (GVariant *array,
             gsize     i)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (array, i);

  return g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (child)
                                                              : g_steal_pointer (&child);
}

static gboolean
is_number (GVariant *value,
           double   *number)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:   *number = g_variant_get_byte (value); return TRUE;
    case G_VARIANT_CLASS_INT16:  *number = g_variant_get_int16 (value); return TRUE;
    case G_VARIANT_CLASS_UINT16: *number = g_variant_get_uint16 (value); return TRUE;
    case G_VARIANT_CLASS_INT32:  *number = g_variant_get_int32 (value); return TRUE;
    case G_VARIANT_CLASS_UINT32: *number = g_variant_get_uint32 (value); return TRUE;
    case G_VARIANT_CLASS_INT64:  *number = (double) g_variant_get_int64 (value); return TRUE;
    case G_VARIANT_CLASS_UINT64: *number = (double) g_variant_get_uint64 (value); return TRUE;
    case G_VARIANT_CLASS_DOUBLE: *number = g_variant_get_double (value); return TRUE;
    case G_VARIANT_CLASS_BOOLEAN: case G_VARIANT_CLASS_HANDLE: case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH: case G_VARIANT_CLASS_SIGNATURE: case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE: case G_VARIANT_CLASS_ARRAY: case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return FALSE;
    }
}

static gboolean
check_failed (GError     **error,
              const char  *message)
{
  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static gboolean
check_argv (GVariant  *argv,
            GError   **error)
{
  gsize n;

  if (argv == NULL || !g_variant_is_of_type (argv, G_VARIANT_TYPE_ARRAY) || g_variant_n_children (argv) == 0)
    return check_failed (error, _("“command” must be a list of strings, the program and its arguments, such as [\"ls\", \"-l\"]"));

  n = g_variant_n_children (argv);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) argument = get_element (argv, i);

      if (!g_variant_is_of_type (argument, G_VARIANT_TYPE_STRING))
        return check_failed (error, _("“command” must be a list of strings; write numbers in quotation marks"));
      if (i == 0 && g_variant_get_string (argument, NULL)[0] == '\0')
        return check_failed (error, _("“command” must begin with the name of a program"));
    }
  return TRUE;
}

static gboolean
check_script (GVariant  *script,
              GError   **error)
{
  if (script == NULL || !g_variant_is_of_type (script, G_VARIANT_TYPE_STRING) ||
      g_variant_get_string (script, NULL)[0] == '\0')
    return check_failed (error, _("“shell” must be a string, a script of /bin/sh"));

  if (strstr (g_variant_get_string (script, NULL), "${{") != NULL)
    return check_failed (error, _("“shell” may not have ${{ }} in it, since the shell would take what it stands for as part of the script; set a variable by \"env\": {\"NAME\": \"${{ … }}\"} and write \"$NAME\""));
  return TRUE;
}

static gboolean
check_env (GVariant  *env,
           GError   **error)
{
  gsize n;

  if (!g_variant_is_of_type (env, G_VARIANT_TYPE_DICTIONARY))
    return check_failed (error, _("“env” must be an object of strings"));

  n = g_variant_n_children (env);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (env, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = get_element (entry, 1);
      const char *name;

      if (!g_variant_is_of_type (key, G_VARIANT_TYPE_STRING) || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        return check_failed (error, _("“env” must be an object of strings; write numbers in quotation marks"));
      name = g_variant_get_string (key, NULL);
      if (name[0] == '\0' || strchr (name, '=') != NULL)
        return check_failed (error, _("“env” has a name that is empty or has “=” in it"));
    }
  return TRUE;
}

static gboolean
parse_output (GVariant          *output,
              MyrmexOutputKind  *kind,
              GError           **error)
{
  if (g_variant_is_of_type (output, G_VARIANT_TYPE_STRING))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (output_names); i++)
        {
          if (g_str_equal (g_variant_get_string (output, NULL), output_names[i]))
            {
              *kind = (MyrmexOutputKind) i;
              return TRUE;
            }
        }
    }
  return check_failed (error, _("“output” must be \"text\", \"json\", \"lines\", \"bytes\" or \"none\""));
}

static gboolean
check_codes (GVariant  *codes,
             GError   **error)
{
  gsize n = g_variant_is_of_type (codes, G_VARIANT_TYPE_ARRAY) ? g_variant_n_children (codes) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) code = get_element (codes, i);
      double number;

      if (!is_number (code, &number) || !(number >= 0 && number <= 255) || number != (int) number)
        n = 0;
    }
  if (n == 0)
    return check_failed (error, _("“allowed_exit_codes” must be a list of numbers from 0 to 255, such as [0, 1]"));
  return TRUE;
}

static gboolean
check_grace (GVariant  *grace,
             double    *seconds,
             GError   **error)
{
  if (is_number (grace, seconds) && *seconds >= 0 && *seconds <= MYRMEX_MAX_GRACE)
    return TRUE;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("“grace” must be a number of seconds from 0 to %d"), (int) MYRMEX_MAX_GRACE);
  return FALSE;
}

static gboolean
check_directory (GVariant  *value,
                 GError   **error)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ||
         check_failed (error, _("“directory” must be a string"));
}

static gboolean
check_input (GVariant  *value,
             GError   **error)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || check_failed (error, _("“stdin” must be a string"));
}

static gboolean
check_output (GVariant  *value,
              GError   **error)
{
  MyrmexOutputKind kind;

  return parse_output (value, &kind, error);
}

static gboolean
check_seconds (GVariant  *value,
               GError   **error)
{
  double seconds;

  return check_grace (value, &seconds, error);
}

/* The value of an entry of a spec. There is none where it is null, which is as if there were no entry. */
static GVariant *
get_value (GVariant *entry)
{
  GVariant *value = get_element (entry, 1);

  if (myrmex_value_is_null (value))
    g_clear_pointer (&value, g_variant_unref);
  return value;
}

/* Checks a spec, templates filled or not. All that is wrong is told, one a line. */
gboolean
myrmex_command_check (const char  *type_name,
                      GVariant    *spec,
                      GError     **error)
{
  const struct
  {
    const char  *key;
    gboolean   (*check) (GVariant *value, GError **error);
    gboolean     is_needed;
  } checks[] = {
    { type_name, g_str_equal (type_name, "shell") ? check_script : check_argv, TRUE },
    { "env", check_env, FALSE },
    { "directory", check_directory, FALSE },
    { "output", check_output, FALSE },
    { "stdin", check_input, FALSE },
    { "grace", check_seconds, FALSE },
    { "allowed_exit_codes", check_codes, FALSE },
  };
  GVariant *values[G_N_ELEMENTS (checks)] = { NULL };
  g_autoptr (GString) problems = NULL;
  gsize n = spec != NULL ? g_variant_n_children (spec) : 0;

  /* There are few keys, and each look-up of one would go through them: with thousands of commands that is what a main
   * loop is held for when a run starts. */
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (spec, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      const char *name = g_variant_get_string (key, NULL);

      for (gsize j = 0; j < G_N_ELEMENTS (checks); j++)
        {
          if (values[j] == NULL && g_str_equal (name, checks[j].key))
            values[j] = get_value (entry);
        }
    }

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autoptr (GVariant) value = values[i];
      g_autoptr (GError) problem = NULL;

      if ((value == NULL && !checks[i].is_needed) || checks[i].check (value, &problem))
        continue;
      if (problems == NULL)
        problems = g_string_new (NULL);
      g_string_append_printf (problems, "%s%s", problems->len > 0 ? "\n" : "", problem->message);
    }
  return problems == NULL || check_failed (error, problems->str);
}

/* A template that is a whole string may have become any value. */
static char *
dup_text (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL)
                                                             : myrmex_expression_to_text (value);
}

static char **
dup_argv (const char *type_name,
          GVariant   *main_value)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();

  if (g_str_equal (type_name, "shell"))
    {
      g_strv_builder_add_many (argv, "/bin/sh", "-c", g_variant_get_string (main_value, NULL), NULL);
      return g_strv_builder_end (argv);
    }

  for (gsize i = 0; i < g_variant_n_children (main_value); i++)
    {
      g_autoptr (GVariant) argument = get_element (main_value, i);
      g_autofree char *text = dup_text (argument);

      g_strv_builder_add (argv, text);
    }
  return g_strv_builder_end (argv);
}

static char **
add_env (char     **environment,
         GVariant  *env)
{
  for (gsize i = 0; env != NULL && i < g_variant_n_children (env); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (env, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = get_element (entry, 1);
      g_autofree char *text = dup_text (value);

      environment = g_environ_setenv (environment, g_variant_get_string (key, NULL), text, TRUE);
    }
  return environment;
}

/* Takes the input of an attempt apart. */
gboolean
myrmex_command_init (MyrmexCommand      *self,
                     const char         *type_name,
                     MyrmexTaskContext  *context,
                     GError            **error)
{
  GVariant *spec = myrmex_task_context_get_input (context);
  g_autoptr (GVariant) main_value = lookup (spec, type_name);
  g_autoptr (GVariant) env = lookup (spec, "env");
  g_autoptr (GVariant) directory = lookup (spec, "directory");
  g_autoptr (GVariant) output = lookup (spec, "output");
  g_autoptr (GVariant) input = lookup (spec, "stdin");
  g_autoptr (GVariant) grace = lookup (spec, "grace");
  const char *base = myrmex_task_context_get_directory (context);

  *self = (MyrmexCommand) { .grace = context->ops->get_grace (context) };
  if ((grace != NULL && !check_grace (grace, &self->grace, error)) ||
      (output != NULL && !parse_output (output, &self->output, error)))
    return FALSE;

  self->argv = dup_argv (type_name, main_value);
  if (self->argv[0] == NULL || self->argv[0][0] == '\0')
    return check_failed (error, _("“command” came to an empty name of a program"));
  self->environment = add_env (myrmex_task_context_dup_environment (context), env);
  self->allowed_exit_codes = lookup (spec, "allowed_exit_codes");
  self->input = input != NULL ? dup_text (input) : NULL;
  if (directory != NULL)
    {
      g_autofree char *text = dup_text (directory);

      self->directory = g_canonicalize_filename (text, base);
    }
  else
    {
      self->directory = g_strdup (base);
    }
  return TRUE;
}

void
myrmex_command_clear (MyrmexCommand *self)
{
  g_clear_pointer (&self->argv, g_strfreev);
  g_clear_pointer (&self->environment, g_strfreev);
  g_clear_pointer (&self->directory, g_free);
  g_clear_pointer (&self->allowed_exit_codes, g_variant_unref);
  g_clear_pointer (&self->input, g_free);
}

gboolean
myrmex_command_allows (const MyrmexCommand *self,
                       int                  code)
{
  if (self->allowed_exit_codes == NULL)
    return code == 0;

  for (gsize i = 0; i < g_variant_n_children (self->allowed_exit_codes); i++)
    {
      g_autoptr (GVariant) allowed = get_element (self->allowed_exit_codes, i);
      double number;

      if (is_number (allowed, &number) && (int) number == code)
        return TRUE;
    }
  return FALSE;
}

/* Splits at line ends; the last line may do without one. */
static GVariant *
split_lines (const char *text,
             gsize       length)
{
  const char *end = text + length;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  while (text < end)
    {
      const char *line_end = memchr (text, '\n', (gsize) (end - text));

      if (line_end == NULL)
        line_end = end;
      g_variant_builder_add_value (&builder,
                                   g_variant_new_take_string (g_strndup (text, (gsize) (line_end - text))));
      text = line_end + 1;
    }
  return g_variant_builder_end (&builder);
}

/* Makes the value out of what the command printed; floating. */
gboolean
myrmex_command_make_value (const MyrmexCommand  *self,
                           GBytes               *bytes,
                           GVariant            **value,
                           GError              **error)
{
  gsize length = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  const char *bad = NULL;

  *value = NULL;
  if (text == NULL)
    text = "";
  if (self->output == MYRMEX_OUTPUT_NONE)
    return TRUE;
  if (self->output == MYRMEX_OUTPUT_BYTES)
    {
      *value = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, text, length, 1);
      return TRUE;
    }

  if (!g_utf8_validate_len (text, length, &bad))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
                   _("Its output is not text in UTF-8: byte 0x%02x at offset %u; set \"output\" to \"bytes\" or \"none\""),
                   (guint) (guint8) *bad, (guint) (bad - text));
      return FALSE;
    }

  if (self->output == MYRMEX_OUTPUT_JSON)
    {
      GError *inner = NULL;

      *value = myrmex_value_from_json (text, (gssize) length, &inner);
      if (*value == NULL)
        g_propagate_prefixed_error (error, inner, _("Its output is no JSON: "));
      return *value != NULL;
    }
  if (self->output == MYRMEX_OUTPUT_LINES)
    {
      *value = split_lines (text, length);
      return TRUE;
    }

  if (length > 0 && text[length - 1] == '\n')
    length--;
  *value = g_variant_new_take_string (g_strndup (text, length));
  return TRUE;
}
