/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A workflow becomes a plan: names become indices, what the scheduler does not need is left out, and everything
 * that is wrong is told at once. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "engine/myrmex-plan-private.h"
#include "model/myrmex-retry-policy-private.h"
#include "model/myrmex-workflow-rows-private.h"

#define MAX_TOLD_PROBLEMS 100

static void
add_missing_cb (MyrmexWorkflow *workflow,
                guint32         task,
                const char     *dependency,
                gpointer        data)
{
  GPtrArray *problems = data;
  g_autofree char *text = NULL;

  /* Each description looks at all names. */
  if (problems->len >= MAX_TOLD_PROBLEMS)
    text = g_strdup (dependency);
  else
    text = myrmex_workflow_describe_missing (workflow, task, dependency);
  g_ptr_array_add (problems, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_UNKNOWN_DEPENDENCY, text));
}

static void
ensure_bytes (guint8 **array,
              guint32  n)
{
  if (*array == NULL)
    *array = g_new0 (guint8, n);
}

/* Tasks that were given the same policy share what is compiled of it. */
static guint32
intern_backoff (MyrmexPlan        *self,
                GHashTable        *known,
                MyrmexRetryPolicy *policy)
{
  gpointer index = g_hash_table_lookup (known, policy);

  if (index == NULL)
    {
      self->backoffs = g_renew (MyrmexBackoff, self->backoffs, self->n_backoffs + 1);
      self->backoffs[self->n_backoffs++] = policy->backoff;
      index = GUINT_TO_POINTER (self->n_backoffs);
      g_hash_table_insert (known, policy, index);
    }
  return GPOINTER_TO_UINT (index);
}

static gboolean
task_is_main (const MyrmexTask *task)
{
  if (task->kind == MYRMEX_TASK_KIND_ACTION)
    return myrmex_action_get_affinity (task->action) == MYRMEX_AFFINITY_MAIN;
  return task->kind != MYRMEX_TASK_KIND_NOOP && task->affinity == MYRMEX_AFFINITY_MAIN;
}

static void
fill_extras (MyrmexPlan *self,
             GHashTable *backoffs,
             guint32     i,
             MyrmexTask *task)
{
  MyrmexTaskExtras *extras = task->extras;
  guint32 n = self->workflow->n_tasks;

  if (extras->condition != NULL || extras->condition_func.func != NULL)
    {
      ensure_bytes (&self->policies, n);
      self->policies[i] |= MYRMEX_POLICY_HAS_CONDITION;
      if (extras->condition_func.func != NULL ? task->affinity == MYRMEX_AFFINITY_MAIN : task_is_main (task))
        self->has_main_conditions = TRUE;
    }
  if (extras->timeout > 0)
    {
      if (self->timeouts == NULL)
        self->timeouts = g_new0 (gint64, n);
      self->timeouts[i] = MAX (1, myrmex_seconds_to_us (extras->timeout));
    }
  if (extras->retry_policy != NULL && extras->retry_policy->backoff.max_attempts > 1)
    {
      if (self->backoff_of == NULL)
        self->backoff_of = g_new0 (guint32, n);
      self->backoff_of[i] = intern_backoff (self, backoffs, extras->retry_policy);
    }
}

static void
fill_policies (MyrmexPlan *self)
{
  MyrmexWorkflow *workflow = self->workflow;
  g_autoptr (GHashTable) backoffs = g_hash_table_new (NULL, NULL);

  for (guint32 i = 0; i < workflow->n_tasks; i++)
    {
      MyrmexTask *task = workflow->tasks[i];

      if (task->trigger_rule != MYRMEX_TRIGGER_RULE_ALL_SUCCESS || task_is_main (task))
        {
          ensure_bytes (&self->policies, workflow->n_tasks);
          self->policies[i] |= task->trigger_rule;
          if (task_is_main (task))
            self->policies[i] |= MYRMEX_POLICY_MAIN;
        }
      if (task->extras != NULL)
        fill_extras (self, backoffs, i, task);
    }
}

static gint32 *
dup_priorities (MyrmexWorkflow *workflow)
{
  gint32 *priorities = NULL;

  for (guint32 i = 0; i < workflow->n_tasks; i++)
    {
      if (workflow->tasks[i]->priority == 0)
        continue;
      if (priorities == NULL)
        priorities = g_new0 (gint32, workflow->n_tasks);
      priorities[i] = workflow->tasks[i]->priority;
    }
  return priorities;
}

static void
tell_problems (GPtrArray  *problems,
               GError    **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GError *first = problems->pdata[0];

  for (guint i = 0; i < MIN (problems->len, MAX_TOLD_PROBLEMS); i++)
    {
      GError *problem = problems->pdata[i];

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", problem->message);
    }
  if (problems->len > MAX_TOLD_PROBLEMS)
    {
      guint more = problems->len - MAX_TOLD_PROBLEMS;

      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "\n… and %u more",
                                                  "\n… and %u more", more), more);
    }

  g_set_error_literal (error, first->domain, first->code, text->str);
}

/**
 * myrmex_plan_new:
 * @workflow: a workflow
 * @error: return location for an error, or %NULL
 *
 * Checks a workflow and compiles it, in time and memory proportional to its tasks and dependencies.
 *
 * Everything that is wrong is told at once, one problem a line; the code is that of the first:
 * %MYRMEX_ERROR_INVALID_ARGUMENT, %MYRMEX_ERROR_DUPLICATE, %MYRMEX_ERROR_BUSY,
 * %MYRMEX_ERROR_UNKNOWN_DEPENDENCY, %MYRMEX_ERROR_EXPRESSION or %MYRMEX_ERROR_CYCLE.
 *
 * Returns: (transfer full): a plan, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexPlan *
myrmex_plan_new (MyrmexWorkflow  *workflow,
                 GError         **error)
{
  g_autoptr (MyrmexPlan) self = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (GArray) cycle = NULL;
  g_autofree gint32 *priorities = NULL;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (workflow), NULL);

  problems = myrmex_workflow_dup_problems (workflow);

  self = g_new0 (MyrmexPlan, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->workflow = g_object_ref (workflow);
  self->tasks = g_memdup2 (workflow->tasks, sizeof (MyrmexTask *) * workflow->n_tasks);
  self->fail_fast = workflow->fail_fast;
  self->max_parallel = workflow->max_parallel;
  self->timeout = workflow->timeout > 0 ? MAX (1, myrmex_seconds_to_us (workflow->timeout)) : 0;

  myrmex_workflow_fill_graph (workflow, &self->graph, add_missing_cb, problems);
  if (!workflow->is_plain)
    {
      fill_policies (self);
      priorities = dup_priorities (workflow);
    }
  if (!myrmex_graph_build (&self->graph, priorities, &cycle) && cycle != NULL)
    {
      g_autofree char *text = myrmex_workflow_describe_cycle (workflow, cycle);

      g_ptr_array_add (problems, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_CYCLE, text));
    }
  if (problems->len == 0 && !workflow->is_plain)
    myrmex_plan_check_expressions (self, problems);

  if (problems->len > 0)
    {
      tell_problems (problems, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}
