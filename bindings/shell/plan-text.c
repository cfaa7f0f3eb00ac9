/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A plan for people. */

#include "base/myrmex-escape-private.h"
#include "plan-print.h"

#include <glib/gi18n.h>

#include "line.h"

/* Dependencies that are told of one task. */
#define MAX_NAMES (20)

#define MAX_NAME_COLUMNS (32)

static void
append_escaped (GString    *text,
                const char *stranger)
{
  myrmex_escape_append (text, stranger, -1, MYRMEX_ESCAPE_LINE);
}

static void
append_names (GString  *text,
              char    **names)
{
  guint n = g_strv_length (names);

  for (guint i = 0; i < MIN (n, MAX_NAMES); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", names[i]);
  if (n > MAX_NAMES)
    g_string_append_printf (text, ngettext (" and %u more", " and %u more", n - MAX_NAMES), n - MAX_NAMES);
}

static void
append_head (GString        *text,
             MyrmexWorkflow *workflow,
             MyrmexPlan     *plan)
{
  const char *description = myrmex_workflow_get_description (workflow);
  guint n_tasks = myrmex_plan_get_n_tasks (plan);
  guint n_edges = myrmex_plan_get_n_edges (plan);

  g_string_append_printf (text, "%s: ", myrmex_workflow_get_name (workflow));
  g_string_append_printf (text, ngettext ("%u task", "%u tasks", n_tasks), n_tasks);
  g_string_append_printf (text, ngettext (", %u dependency\n", ", %u dependencies\n", n_edges), n_edges);
  if (description != NULL)
    {
      append_escaped (text, description);
      g_string_append_c (text, '\n');
    }
}

static void
append_declared (GString  *text,
                 GVariant *spec)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (spec, "default", NULL);
  const char *description = NULL;
  const char *type = "";

  g_variant_lookup (spec, "type", "&s", &type);
  g_variant_lookup (spec, "description", "&s", &description);
  g_string_append (text, type);
  if (value != NULL)
    {
      g_autofree char *json = myrmex_value_to_json (value, FALSE);

      g_string_append (text, " = ");
      append_escaped (text, json);
    }
  else
    {
      g_string_append (text, _(", to be given"));
    }
  if (description != NULL)
    {
      g_string_append (text, "  # ");
      append_escaped (text, description);
    }
}

static void
append_parameters (GString        *text,
                   MyrmexWorkflow *workflow,
                   GVariant       *parameters)
{
  GVariant *shown = parameters != NULL ? parameters : myrmex_workflow_get_parameters (workflow);
  int columns = 0;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (shown == NULL || g_variant_n_children (shown) == 0)
    return;

  g_variant_iter_init (&iter, shown);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    columns = MIN (MAX_NAME_COLUMNS, MAX (columns, text_columns (name)));

  g_string_append (text, _("\nParameters:\n"));
  g_variant_iter_init (&iter, shown);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) owned = value;

      g_string_append (text, "  ");
      line_append_padded (text, name, columns);
      g_string_append (text, "  ");
      if (parameters != NULL)
        {
          g_autofree char *json = myrmex_value_to_json (owned, FALSE);

          append_escaped (text, json);
        }
      else
        {
          append_declared (text, owned);
        }
      g_string_append_c (text, '\n');
    }
}

static void
append_limits (GString    *text,
               MyrmexTask *task)
{
  MyrmexRetryPolicy *policy = myrmex_task_get_retry_policy (task);
  const char *condition = myrmex_task_get_condition (task);

  if (condition != NULL)
    {
      g_string_append (text, _(", if "));
      append_escaped (text, condition);
    }
  if (policy != NULL && myrmex_retry_policy_get_max_attempts (policy) > 1)
    g_string_append_printf (text, _(", up to %u attempts"), myrmex_retry_policy_get_max_attempts (policy));
  if (myrmex_task_get_timeout (task) > 0)
    {
      char seconds[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, _(", at most %s s"),
                              g_ascii_formatd (seconds, sizeof seconds, "%g", myrmex_task_get_timeout (task)));
    }
}

/* “ 12  report  shell    after unit-tests, integration, none_failed; at most 60 s” */
static void
append_task (GString    *text,
             MyrmexTask *task,
             MyrmexPlan *plan,
             gsize       number,
             int         columns)
{
  const char *name = myrmex_task_get_name (task);
  g_auto (GStrv) dependencies = myrmex_plan_dup_dependencies (plan, name);
  g_autoptr (GString) more = g_string_new (NULL);

  if (dependencies[0] != NULL)
    {
      g_string_append (more, _(", after "));
      append_names (more, dependencies);
      if (myrmex_task_get_trigger_rule (task) != MYRMEX_TRIGGER_RULE_ALL_SUCCESS)
        g_string_append_printf (more, " (%s)", myrmex_trigger_rule_to_string (myrmex_task_get_trigger_rule (task)));
    }
  append_limits (more, task);

  g_string_append_printf (text, "%5" G_GSIZE_FORMAT "  ", number);
  line_append_padded (text, name, columns);
  g_string_append_printf (text, "  %s%s\n", myrmex_task_get_action_type (task), more->str);
}

static void
append_tasks (GString        *text,
              MyrmexWorkflow *workflow,
              MyrmexPlan     *plan)
{
  g_auto (GStrv) order = myrmex_plan_dup_order (plan);
  int columns = 0;

  for (gsize i = 0; order[i] != NULL; i++)
    columns = MIN (MAX_NAME_COLUMNS, MAX (columns, text_columns (order[i])));
  g_string_append (text, _("\nTasks, in the order in which one worker would run them:\n"));
  for (gsize i = 0; order[i] != NULL; i++)
    append_task (text, myrmex_workflow_get_task (workflow, order[i]), plan, i + 1, columns);
}

static void
append_path (GString    *text,
             MyrmexPlan *plan)
{
  g_auto (GStrv) path = myrmex_plan_dup_longest_path (plan);
  guint n = g_strv_length (path);

  if (n == 0)
    return;

  g_string_append_printf (text, ngettext ("\nLongest path, %u task: ", "\nLongest path, %u tasks: ", n), n);
  for (guint i = 0; i < MIN (n, MAX_NAMES); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " → " : "", path[i]);
  if (n > MAX_NAMES)
    g_string_append_printf (text, ngettext (" and %u more", " and %u more", n - MAX_NAMES), n - MAX_NAMES);
  g_string_append_c (text, '\n');
}

void
plan_print_text (MyrmexWorkflow *workflow,
                 MyrmexPlan     *plan,
                 GVariant       *parameters)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_head (text, workflow, plan);
  append_parameters (text, workflow, parameters);
  append_tasks (text, workflow, plan);
  append_path (text, plan);
  g_print ("%s", text->str);
}
