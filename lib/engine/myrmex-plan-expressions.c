/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Conditions, templates and transforms are parsed and their references checked before anything runs. */

#include <glib/gi18n-lib.h>

#include "definition/myrmex-references-private.h"
#include "engine/myrmex-plan-private.h"
#include "expression/myrmex-expression-private.h"
#include "expression/myrmex-template-private.h"

typedef struct
{
  MyrmexPlan       *plan;
  GPtrArray        *problems;
  MyrmexReferences  references;
  guint32           task;
  const char       *what;
  gboolean          is_transform;
} Check;

static void
add_problem (Check  *check,
             GError *error)
{
  g_prefix_error (&error, _("Task “%s”, %s: "), check->plan->workflow->tasks[check->task]->name, check->what);
  g_ptr_array_add (check->problems, error);
}

static void
check_reference_cb (const char *context,
                    const char *key,
                    gsize       offset,
                    gpointer    data)
{
  Check *check = data;
  g_autofree char *message = NULL;

  message = myrmex_references_check (&check->references, check->task, check->is_transform, context, key);
  if (message != NULL)
    add_problem (check, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, message));
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

  myrmex_references_init (&check.references, self->workflow);
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
  myrmex_references_clear (&check.references);
}
