/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-workflow-run.h"

#include <glib/gi18n-lib.h>

#include "engine/myrmex-local-runner.h"
#include "engine/myrmex-plan.h"

/**
 * myrmex_workflow_validate:
 * @self: a workflow
 * @error: return location for an error, or %NULL
 *
 * Checks everything that a run would check before it starts; see [ctor@Myrmex.Plan.new] for the errors.
 *
 * Returns: whether the workflow can run
 *
 * Since: 1.0
 */
gboolean
myrmex_workflow_validate (MyrmexWorkflow  *self,
                          GError         **error)
{
  g_autoptr (MyrmexPlan) plan = NULL;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), FALSE);

  plan = myrmex_plan_new (self, error);
  return plan != NULL;
}

/**
 * myrmex_workflow_start:
 * @self: a workflow
 * @options: (nullable): see [method@Myrmex.Runner.start]
 * @error: return location for an error, or %NULL
 *
 * Starts a run with the default runner of this process.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_workflow_start (MyrmexWorkflow  *self,
                       GVariant        *options,
                       GError         **error)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return myrmex_runner_start (myrmex_local_runner_get_default (), self, options, error);
}

/* A run that is cancelled before it begins does not begin. What is wrong with the workflow is told all the same. */
static gboolean
check_not_cancelled (MyrmexWorkflow  *self,
                     GCancellable    *cancellable,
                     GError         **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return TRUE;

  if (myrmex_workflow_validate (self, error))
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED, _("Workflow “%s” was cancelled before it began"),
                 myrmex_workflow_get_name (self));
  return FALSE;
}

static void
cancel_run_cb (GCancellable *cancellable,
               gpointer      run)
{
  myrmex_run_cancel (run);
}

/**
 * myrmex_workflow_run:
 * @self: a workflow
 * @cancellable: (nullable): cancels the run
 * @error: return location for an error, or %NULL
 *
 * Runs the workflow and waits until it has ended. Signals are emitted in this thread, on a main context of the
 * run's own; sources of the caller's are not dispatched meanwhile.
 *
 * Fails as [ctor@Myrmex.Plan.new] does where the workflow can not run, and as [method@Myrmex.Run.check] does
 * where the run does not complete. To see the results of a run that failed, use
 * [method@Myrmex.Workflow.start] and [method@Myrmex.Run.wait].
 *
 * Returns: (transfer full): the run, completed, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_workflow_run (MyrmexWorkflow  *self,
                     GCancellable    *cancellable,
                     GError         **error)
{
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  gboolean success = FALSE;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  if (!check_not_cancelled (self, cancellable, error))
    return NULL;

  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  run = myrmex_workflow_start (self, NULL, error);
  if (run != NULL)
    {
      gulong id = 0;

      if (cancellable != NULL)
        id = g_cancellable_connect (cancellable, G_CALLBACK (cancel_run_cb), run, NULL);
      success = myrmex_run_wait (run, NULL, error);
      g_cancellable_disconnect (cancellable, id);
    }
  g_main_context_pop_thread_default (context);

  return success ? g_steal_pointer (&run) : NULL;
}

typedef struct
{
  MyrmexRun *run;
  gulong     cancelled_id;
} RunTask;

static void
run_task_free (gpointer data)
{
  RunTask *run_task = data;

  g_clear_object (&run_task->run);
  g_free (run_task);
}

static void
run_finished_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  RunTask *run_task = g_task_get_task_data (task);
  GError *error = NULL;

  /* Not g_cancellable_disconnect(), which waits for the handler this may be called from. */
  if (run_task->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), run_task->cancelled_id);
  if (myrmex_run_wait_finish (MYRMEX_RUN (object), result, &error))
    g_task_return_pointer (task, g_object_ref (object), g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * myrmex_workflow_run_async:
 * @self: a workflow
 * @cancellable: (nullable): cancels the run
 * @callback: (scope async): called when the run has ended
 * @user_data: data for @callback
 *
 * Runs the workflow; signals are emitted on the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
myrmex_workflow_run_async (MyrmexWorkflow      *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GTask *task;
  GError *error = NULL;
  RunTask *run_task;

  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_workflow_run_async);
  g_task_set_check_cancellable (task, FALSE);

  run_task = g_new0 (RunTask, 1);
  g_task_set_task_data (task, run_task, run_task_free);
  if (check_not_cancelled (self, cancellable, &error))
    run_task->run = myrmex_workflow_start (self, NULL, &error);
  if (run_task->run == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  if (cancellable != NULL)
    run_task->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancel_run_cb),
                                                    g_object_ref (run_task->run), g_object_unref);
  myrmex_run_wait_async (run_task->run, NULL, run_finished_cb, task);
}

/**
 * myrmex_workflow_run_finish:
 * @self: a workflow
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.Workflow.run_async]; fails as [method@Myrmex.Workflow.run] does.
 *
 * Returns: (transfer full): the run, completed, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_workflow_run_finish (MyrmexWorkflow  *self,
                            GAsyncResult    *result,
                            GError         **error)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
