/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From the files and parameters that a person names to a workflow that can run; what is wrong is told. */

#include "definition.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "target.h"

/* All of it, as bytes; %NULL when that was told not to be possible. */
static char *
read_standard_input (gsize *length)
{
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autofree char *text = g_malloc (MYRMEX_MAX_DEFINITION_BYTES + 1);
  g_autoptr (GError) error = NULL;

  if (!g_input_stream_read_all (stream, text, MYRMEX_MAX_DEFINITION_BYTES + 1, length, NULL, &error))
    {
      message_print_error (_("Standard input can not be read: %s"), error->message);
      return NULL;
    }
  if (*length > MYRMEX_MAX_DEFINITION_BYTES)
    {
      message_print_error (_("Standard input is too large; a definition may have %d bytes"),
                           MYRMEX_MAX_DEFINITION_BYTES);
      return NULL;
    }
  return g_steal_pointer (&text);
}

static GPtrArray *
check (const Target    *target,
       MyrmexWorkflow **workflow)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *diagnostics;

  if (target->kind == TARGET_INPUT)
    {
      gsize length;
      g_autofree char *text = read_standard_input (&length);

      if (text == NULL)
        return NULL;
      return myrmex_definition_check (text, (gssize) length, _("standard input"), workflow);
    }

  if (target->kind == TARGET_SCRIPTS)
    diagnostics = myrmex_scripts_check (target->path, workflow, NULL, &error);
  else
    diagnostics = myrmex_definition_check_file (target->path, workflow, &error);
  if (diagnostics == NULL)
    message_print_error ("%s", error->message);
  if (target->kind == TARGET_SCRIPTS && g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
    target_hint (target->path);
  return diagnostics;
}

/* What is left out of a folder is told by `myrmex list --verbose`. */
void
definition_print_diagnostics (GPtrArray      *diagnostics,
                              MyrmexSeverity  least)
{
  for (guint i = 0; i < diagnostics->len; i++)
    {
      g_autofree char *line = NULL;

      if (myrmex_diagnostic_get_severity (diagnostics->pdata[i]) < least)
        continue;
      line = myrmex_diagnostic_to_string (diagnostics->pdata[i]);
      message_print (line);
    }
}

/* Reads what is named: a definition, a folder of scripts, a workflow of the catalog, or standard input where it
 * is “-”. The diagnostics go to standard error, warnings too. */
ExitStatus
definition_load (const char      *argument,
                 MyrmexWorkflow **workflow)
{
  g_auto (Target) target = { 0 };
  g_autoptr (GPtrArray) diagnostics = NULL;

  if (target_find (argument, &target))
    diagnostics = check (&target, workflow);
  if (diagnostics == NULL)
    return EXIT_STATUS_USAGE;

  definition_print_diagnostics (diagnostics, MYRMEX_SEVERITY_WARNING);
  return *workflow != NULL ? EXIT_STATUS_DONE : EXIT_STATUS_DEFINITION;
}

/* Takes the part that was chosen in place of the whole. */
ExitStatus
definition_choose (const Choice    *choice,
                   MyrmexWorkflow **workflow)
{
  g_autoptr (MyrmexWorkflow) whole = NULL;
  g_autoptr (GError) error = NULL;

  if (choice->only == NULL && choice->tags == NULL && choice->skip == NULL)
    return EXIT_STATUS_DONE;

  whole = g_steal_pointer (workflow);
  *workflow = myrmex_workflow_select (whole, (const char * const *) choice->only,
                                      (const char * const *) choice->tags, (const char * const *) choice->skip, &error);
  if (*workflow != NULL)
    return EXIT_STATUS_DONE;

  message_print_error ("%s", error->message);
  return EXIT_STATUS_USAGE;
}

void
choice_clear (Choice *choice)
{
  g_strfreev (choice->only);
  g_strfreev (choice->tags);
  g_strfreev (choice->skip);
}

/* What no single place of the definition is to blame for. */
ExitStatus
definition_plan (const char      *path,
                 MyrmexWorkflow  *workflow,
                 MyrmexPlan     **plan)
{
  g_autoptr (GError) error = NULL;

  *plan = myrmex_plan_new (workflow, &error);
  if (*plan != NULL)
    return EXIT_STATUS_DONE;

  message_print_error ("%s: %s", path, error->message);
  return EXIT_STATUS_DEFINITION;
}

/* One “name=value”; the last one of a name counts. */
static gboolean
parse_parameter (MyrmexWorkflow *workflow,
                 const char     *text,
                 GVariantDict   *given)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  if (equals == NULL || equals == text)
    {
      message_print_error (_("--param needs NAME=VALUE, not “%s”"), text);
      return FALSE;
    }
  name = g_strndup (text, (gsize) (equals - text));
  value = myrmex_workflow_parse_parameter (workflow, name, equals + 1, &error);
  if (value == NULL)
    {
      message_print_error ("%s", error->message);
      return FALSE;
    }
  g_variant_dict_insert_value (given, name, value);
  return TRUE;
}

/* All parameters of a run, defaults too, from what was given as “name=value”. */
ExitStatus
definition_parse_parameters (MyrmexWorkflow  *workflow,
                             char           **texts,
                             GVariant       **parameters)
{
  g_autoptr (GVariant) given = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict dict;
  gboolean good = TRUE;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    good = parse_parameter (workflow, texts[i], &dict) && good;
  given = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (!good)
    return EXIT_STATUS_USAGE;

  *parameters = myrmex_workflow_resolve_parameters (workflow, given, &error);
  if (*parameters != NULL)
    return EXIT_STATUS_DONE;

  message_print_errors (error);
  return EXIT_STATUS_USAGE;
}
