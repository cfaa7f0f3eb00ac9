/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Conditions, templates and transforms are parsed and their references checked before anything runs. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "engine/myrmex-plan-private.h"
#include "expression/myrmex-expression-private.h"
#include "expression/myrmex-template-private.h"

typedef struct
{
  MyrmexPlan *plan;
  GPtrArray  *problems;
  guint32     task;
  const char *what;
  gboolean    is_transform;
} Check;

static void
add_problem (Check  *check,
             GError *error)
{
  g_prefix_error (&error, _("Task “%s”, %s: "), check->plan->workflow->tasks[check->task]->name, check->what);
  g_ptr_array_add (check->problems, error);
}

static gboolean
is_dependency (Check      *check,
               const char *name)
{
  const MyrmexGraph *graph = &check->plan->graph;
  guint32 index = myrmex_plan_find (check->plan, name);

  for (guint32 i = graph->dep_start[check->task]; i < graph->dep_start[check->task + 1]; i++)
    {
      if (graph->deps[i] == index)
        return TRUE;
    }
  return FALSE;
}

static void
check_reference_cb (const char *context,
                    const char *key,
                    gsize       offset,
                    gpointer    data)
{
  Check *check = data;
  GVariant *parameters = check->plan->workflow->parameters;
  g_autoptr (GVariant) declared = NULL;

  if (g_str_equal (context, "value") && !check->is_transform)
    {
      add_problem (check, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                                               _("“value” is only known in a transform")));
      return;
    }
  if (key == NULL)
    return;

  if (g_str_equal (context, "tasks") && !is_dependency (check, key))
    add_problem (check, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                                     _("“%s” is no dependency of it; add it to the dependencies"), key));
  if (!g_str_equal (context, "parameters"))
    return;
  if (parameters != NULL)
    declared = g_variant_lookup_value (parameters, key, NULL);
  if (declared == NULL)
    add_problem (check, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, _("there is no parameter “%s”"), key));
}

static void
check_expression (Check      *check,
                  const char *text)
{
  GError *error = NULL;
  g_autoptr (MyrmexExpression) expression = NULL;

  if (text == NULL)
    return;

  expression = myrmex_expression_parse (text, -1, NULL, &error);
  if (expression == NULL)
    add_problem (check, error);
  else
    myrmex_expression_foreach_reference (expression, check_reference_cb, check);
}

static void
check_spec (Check    *check,
            GVariant *spec)
{
  GError *error = NULL;

  if (spec != NULL && !myrmex_template_foreach_reference_in_value (spec, check_reference_cb, check, &error))
    add_problem (check, error);
}

void
myrmex_plan_check_expressions (MyrmexPlan *self,
                               GPtrArray  *problems)
{
  Check check = { .plan = self, .problems = problems };

  for (guint32 i = 0; i < self->workflow->n_tasks; i++)
    {
      MyrmexTask *task = self->workflow->tasks[i];
      GError *error = NULL;

      check.task = i;
      if (task->kind == MYRMEX_TASK_KIND_ACTION)
        {
          check.what = myrmex_task_get_action_type (task);
          if (!myrmex_action_prepare (task->action, &error))
            add_problem (&check, g_steal_pointer (&error));
          else
            check_spec (&check, myrmex_action_get_spec (task->action));
        }
      if (task->extras == NULL)
        continue;
      check.what = "condition";
      check_expression (&check, task->extras->condition);
      check.what = "transform";
      check.is_transform = TRUE;
      check_expression (&check, task->extras->transform);
      check.is_transform = FALSE;
    }
}
