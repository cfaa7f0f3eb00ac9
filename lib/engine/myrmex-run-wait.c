/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Waiting for a run, and what to say when it did not go well. */

#include <glib/gi18n-lib.h>

#include "engine/myrmex-run-private.h"

#define MAX_TOLD_TASKS 5

/* “fetch: …” of the first tasks that failed; @told counts them. Returns whether there is room for more. */
gboolean
myrmex_run_tell_failure (GString      *text,
                         guint        *told,
                         const char   *task_name,
                         const GError *error)
{
  g_string_append_printf (text, "%s“%s”: %s", (*told)++ > 0 ? "; " : "", task_name,
                          error != NULL ? error->message : _("unknown"));
  return *told < MAX_TOLD_TASKS;
}

/* Why a run that has ended did not complete, or NULL; @text is what was told of the first tasks that failed. */
GError *
myrmex_run_new_error (const char      *name,
                      MyrmexRunStatus  status,
                      MyrmexReason     reason,
                      GString         *text,
                      guint            told,
                      guint            failed)
{
  if (status == MYRMEX_RUN_STATUS_COMPLETED)
    return NULL;
  if (status == MYRMEX_RUN_STATUS_CANCELLED)
    return g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED, _("Workflow “%s” was cancelled"), name);
  if (reason == MYRMEX_REASON_RUN_TIMED_OUT)
    return g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT, _("Workflow “%s” ran out of time"), name);

  if (failed > told)
    g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "; and %u more", "; and %u more", failed - told),
                            failed - told);
  return g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED, _("Workflow “%s” failed: %s"), name, text->str);
}

/**
 * myrmex_run_check:
 * @self: a run that has ended
 * @error: return location for an error, or %NULL
 *
 * Tells whether the run completed. Otherwise it fails with %MYRMEX_ERROR_TASK_FAILED, whose message names the
 * tasks, %MYRMEX_ERROR_CANCELLED or %MYRMEX_ERROR_TIMED_OUT, or with %MYRMEX_ERROR_BUSY where the run has not
 * ended yet.
 *
 * Returns: whether it completed
 *
 * Since: 1.0
 */
gboolean
myrmex_run_check (MyrmexRun  *self,
                  GError    **error)
{
  g_autoptr (GString) failures = NULL;
  MyrmexRunStatus status;
  GError *reason;
  guint told = 0;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), FALSE);

  status = myrmex_run_get_status (self);
  if (!myrmex_run_status_is_final (status))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("Workflow “%s” is still running"),
                   myrmex_run_get_name (self));
      return FALSE;
    }

  failures = g_string_new (NULL);
  for (guint i = 0; status == MYRMEX_RUN_STATUS_FAILED; i++)
    {
      g_autoptr (MyrmexTaskResult) result = NULL;

      i = MYRMEX_RUN_OPS (self)->find_status (self, MYRMEX_TASK_STATUS_FAILED, i);
      if (i >= myrmex_run_get_n_tasks (self))
        break;
      result = MYRMEX_RUN_OPS (self)->dup_result (self, i);
      if (!myrmex_run_tell_failure (failures, &told, MYRMEX_RUN_OPS (self)->get_task_name (self, i),
                                    myrmex_task_result_get_error (result)))
        break;
    }
  reason = myrmex_run_new_error (myrmex_run_get_name (self), status, myrmex_run_get_reason (self), failures, told,
                                 myrmex_run_get_count (self, MYRMEX_TASK_STATUS_FAILED));
  if (reason == NULL)
    return TRUE;
  g_propagate_error (error, reason);
  return FALSE;
}

/**
 * myrmex_run_wait:
 * @self: a run
 * @cancellable: (nullable): ends the waiting, not the run
 * @error: return location for an error, or %NULL
 *
 * Waits until the run has ended. In the thread that the run was started in, its main context is iterated
 * meanwhile, so signals are emitted before this returns; any other thread sleeps.
 *
 * Returns: whether the run completed, see [method@Myrmex.Run.check]
 *
 * Since: 1.0
 */
gboolean
myrmex_run_wait (MyrmexRun     *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_autoptr (MyrmexRun) kept = NULL;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), FALSE);

  kept = g_object_ref (self);
  return MYRMEX_RUN_OPS (self)->wait (self, cancellable, error) && myrmex_run_check (self, error);
}

typedef struct
{
  gulong finished_id;
  gulong cancelled_id;
} Wait;

static void
wait_end (GTask *task)
{
  MyrmexRun *run = g_task_get_source_object (task);
  Wait *wait = g_task_get_task_data (task);

  g_clear_signal_handler (&wait->finished_id, run);
  if (wait->cancelled_id != 0)
    {
      /* Not g_cancellable_disconnect(), which waits for the handler this may be called from. */
      g_signal_handler_disconnect (g_task_get_cancellable (task), wait->cancelled_id);
      wait->cancelled_id = 0;
    }
}

static void
wait_finished_cb (MyrmexRun *run,
                  GTask     *task)
{
  GError *error = NULL;

  g_object_ref (task);
  wait_end (task);
  if (myrmex_run_check (run, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
wait_cancelled_idle_cb (gpointer data)
{
  GTask *task = data;
  Wait *wait = g_task_get_task_data (task);

  if (wait->finished_id != 0)
    {
      g_object_ref (task);
      wait_end (task);
      g_task_return_error_if_cancelled (task);
      g_object_unref (task);
    }
  return G_SOURCE_REMOVE;
}

/* May come in any thread. */
static void
wait_cancelled_cb (GCancellable *cancellable,
                   GTask        *task)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, wait_cancelled_idle_cb, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/**
 * myrmex_run_wait_async:
 * @self: a run
 * @cancellable: (nullable): ends the waiting, not the run
 * @callback: (scope async): called when the run has ended
 * @user_data: data for @callback
 *
 * Waits until the run has ended. Call it on the main context that the run was started from.
 *
 * Since: 1.0
 */
void
myrmex_run_wait_async (MyrmexRun           *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  Wait *wait;

  g_return_if_fail (MYRMEX_IS_RUN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_run_wait_async);
  g_task_set_check_cancellable (task, FALSE);

  if (myrmex_run_was_told_finished (self))
    {
      GError *error = NULL;

      if (myrmex_run_check (self, &error))
        g_task_return_boolean (task, TRUE);
      else
        g_task_return_error (task, error);
      return;
    }

  wait = g_new0 (Wait, 1);
  g_task_set_task_data (task, wait, g_free);
  wait->finished_id = g_signal_connect_data (self, "finished", G_CALLBACK (wait_finished_cb), g_object_ref (task),
                                             (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  if (cancellable != NULL)
    wait->cancelled_id = g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (wait_cancelled_cb),
                                                g_object_ref (task),
                                                (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    wait_cancelled_cb (cancellable, task);
}

/**
 * myrmex_run_wait_finish:
 * @self: a run
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.Run.wait_async].
 *
 * Returns: whether the run completed, see [method@Myrmex.Run.check]
 *
 * Since: 1.0
 */
gboolean
myrmex_run_wait_finish (MyrmexRun     *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
