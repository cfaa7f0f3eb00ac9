/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What can be asked of a run, and what can be told it. */

#include <glib/gi18n-lib.h>

#include "engine/myrmex-run-private.h"

#include "base/myrmex-error.h"

#define CALL(self, method, ...) (MYRMEX_RUN_OPS (self)->method ((self), ##__VA_ARGS__))

/**
 * myrmex_run_get_id: (get-property id)
 * @self: a run
 *
 * Gets the id.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
myrmex_run_get_id (MyrmexRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  return CALL (self, get_id);
}

/**
 * myrmex_run_get_retried_from:
 * @self: a run
 *
 * Gets which run this one retries: it was started with [method@Myrmex.Runner.retry_failed].
 *
 * Returns: (transfer none) (nullable): the id of the earlier run, or %NULL where there is none
 *
 * Since: 1.0
 */
const char *
myrmex_run_get_retried_from (MyrmexRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  return MYRMEX_RUN_OPS (self)->get_retried_from != NULL ? CALL (self, get_retried_from) : NULL;
}

/**
 * myrmex_run_get_name: (get-property name)
 * @self: a run
 *
 * Gets the name of the workflow.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_run_get_name (MyrmexRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  return CALL (self, get_name);
}

/**
 * myrmex_run_get_workflow: (get-property workflow)
 * @self: a run
 *
 * Gets what is run.
 *
 * Returns: (transfer none) (nullable): the workflow, or %NULL where this process does not have it
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_run_get_workflow (MyrmexRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  return CALL (self, get_workflow);
}

/**
 * myrmex_run_get_status: (get-property status)
 * @self: a run
 *
 * Gets where the run stands.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
MyrmexRunStatus
myrmex_run_get_status (MyrmexRun *self)
{
  MyrmexReason reason;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), MYRMEX_RUN_STATUS_QUEUED);

  return CALL (self, get_status, &reason);
}

/**
 * myrmex_run_get_reason: (get-property reason)
 * @self: a run
 *
 * Gets why the run is in its status.
 *
 * Returns: the reason
 *
 * Since: 1.0
 */
MyrmexReason
myrmex_run_get_reason (MyrmexRun *self)
{
  MyrmexReason reason = MYRMEX_REASON_NONE;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), MYRMEX_REASON_NONE);

  CALL (self, get_status, &reason);
  return reason;
}

/**
 * myrmex_run_get_n_tasks: (get-property n-tasks)
 * @self: a run
 *
 * Gets how many tasks there are.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_run_get_n_tasks (MyrmexRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);

  return CALL (self, get_n_tasks);
}

/**
 * myrmex_run_get_count:
 * @self: a run
 * @status: a status
 *
 * Gets how many tasks are in a status now. A run goes on between two calls; numbers that fit together are in
 * [property@Myrmex.Run:counts].
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_run_get_count (MyrmexRun        *self,
                      MyrmexTaskStatus  status)
{
  guint counts[MYRMEX_N_TASK_STATUSES];

  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);
  g_return_val_if_fail ((guint) status < MYRMEX_N_TASK_STATUSES, 0);

  CALL (self, get_counts, counts);
  return counts[status];
}

/**
 * myrmex_run_get_fraction: (get-property fraction)
 * @self: a run
 *
 * Gets the part of the tasks that have ended.
 *
 * Returns: 0 to 1; 1 without tasks
 *
 * Since: 1.0
 */
double
myrmex_run_get_fraction (MyrmexRun *self)
{
  guint counts[MYRMEX_N_TASK_STATUSES];
  guint n, ended = 0;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);

  n = CALL (self, get_n_tasks);
  CALL (self, get_counts, counts);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i < MYRMEX_N_TASK_STATUSES; i++)
    ended += counts[i];
  return n == 0 ? 1.0 : (double) ended / n;
}

/**
 * myrmex_run_get_started:
 * @self: a run
 *
 * Gets when the run started, by the wall clock.
 *
 * Returns: microseconds since 1970 UTC
 *
 * Since: 1.0
 */
gint64
myrmex_run_get_started (MyrmexRun *self)
{
  gint64 started = 0, finished, elapsed;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);

  CALL (self, get_times, &started, &finished, &elapsed);
  return started;
}

/**
 * myrmex_run_get_finished:
 * @self: a run
 *
 * Gets when the run ended, by the wall clock.
 *
 * Returns: microseconds since 1970 UTC, or 0 if it has not
 *
 * Since: 1.0
 */
gint64
myrmex_run_get_finished (MyrmexRun *self)
{
  gint64 started, finished = 0, elapsed;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);

  CALL (self, get_times, &started, &finished, &elapsed);
  return finished;
}

/**
 * myrmex_run_get_elapsed:
 * @self: a run
 *
 * Gets how long the run has taken so far, or took, by the monotonic clock.
 *
 * Returns: seconds
 *
 * Since: 1.0
 */
double
myrmex_run_get_elapsed (MyrmexRun *self)
{
  gint64 started, finished, elapsed = 0;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), 0);

  CALL (self, get_times, &started, &finished, &elapsed);
  return (double) elapsed / G_USEC_PER_SEC;
}

/**
 * myrmex_run_dup_task_names:
 * @self: a run
 *
 * Gets the names of all tasks, in the order of definition.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 1.0
 */
char **
myrmex_run_dup_task_names (MyrmexRun *self)
{
  char **names;
  guint n;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  n = CALL (self, get_n_tasks);
  names = g_new0 (char *, (gsize) n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = g_strdup (CALL (self, get_task_name, i));
  return names;
}

/**
 * myrmex_run_dup_task_run:
 * @self: a run
 * @task_name: the name of a task
 *
 * Gets one task of the run, on the main context that the run was started from.
 *
 * Returns: (transfer full) (nullable): the task run, or %NULL where there is no task of that name
 *
 * Since: 1.0
 */
MyrmexTaskRun *
myrmex_run_dup_task_run (MyrmexRun  *self,
                         const char *task_name)
{
  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  return g_list_model_get_item (G_LIST_MODEL (self), CALL (self, find_task, task_name));
}

/**
 * myrmex_run_dup_result:
 * @self: a run
 * @task_name: the name of a task
 *
 * Gets what came of a task, or how it stands now.
 *
 * Returns: (transfer full) (nullable): the result, or %NULL where there is no task of that name
 *
 * Since: 1.0
 */
MyrmexTaskResult *
myrmex_run_dup_result (MyrmexRun  *self,
                       const char *task_name)
{
  guint index;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  index = CALL (self, find_task, task_name);
  return index < CALL (self, get_n_tasks) ? CALL (self, dup_result, index) : NULL;
}

/**
 * myrmex_run_dup_summary:
 * @self: a run
 *
 * Gets the run in short: `id`, `retried_from` (the id of an earlier run, where there is one), `name`, `status`,
 * `reason`, `total_tasks`, a number for each task status, `success`, `elapsed_time` and `total_execution_time`
 * (seconds; the latter all tasks that ran in this run together), and `tasks`, a dictionary by name of what
 * [method@Myrmex.TaskResult.to_variant] gives.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`
 *
 * Since: 1.0
 */
GVariant *
myrmex_run_dup_summary (MyrmexRun *self)
{
  guint counts[MYRMEX_N_TASK_STATUSES];
  MyrmexRunStatus status;
  MyrmexReason reason;
  GVariantBuilder tasks;
  GVariantDict dict;
  double total = 0;
  guint n;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);

  /* The run goes on meanwhile: what is read first may be behind the rest, so that a run that has ended never has tasks
   * that have not. */
  status = CALL (self, get_status, &reason);
  CALL (self, get_counts, counts);
  n = CALL (self, get_n_tasks);
  g_variant_builder_init (&tasks, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexTaskResult) result = CALL (self, dup_result, i);

      if (myrmex_task_result_get_kept_from (result) == NULL)
        total += myrmex_task_result_get_execution_time (result);
      g_variant_builder_add (&tasks, "{sv}", CALL (self, get_task_name, i), myrmex_task_result_to_variant (result));
    }

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", myrmex_run_get_id (self));
  if (myrmex_run_get_retried_from (self) != NULL)
    g_variant_dict_insert (&dict, "retried_from", "s", myrmex_run_get_retried_from (self));
  g_variant_dict_insert (&dict, "name", "s", myrmex_run_get_name (self));
  g_variant_dict_insert (&dict, "status", "s", myrmex_run_status_to_string (status));
  g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (reason));
  g_variant_dict_insert (&dict, "total_tasks", "u", n);
  for (int i = 0; i < MYRMEX_N_TASK_STATUSES; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", counts[i]);
  g_variant_dict_insert (&dict, "success", "b", status == MYRMEX_RUN_STATUS_COMPLETED);
  g_variant_dict_insert (&dict, "elapsed_time", "d", myrmex_run_get_elapsed (self));
  g_variant_dict_insert (&dict, "total_execution_time", "d", total);
  g_variant_dict_insert_value (&dict, "tasks", g_variant_builder_end (&tasks));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
need_task (MyrmexRun   *self,
           const char  *task_name,
           guint       *index,
           GError     **error)
{
  *index = CALL (self, find_task, task_name);
  if (*index < CALL (self, get_n_tasks))
    return TRUE;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("Workflow “%s” has no task “%s”"),
               myrmex_run_get_name (self), task_name);
  return FALSE;
}

/**
 * myrmex_run_explain:
 * @self: a run
 * @task_name: the name of a task
 * @error: return location for an error, or %NULL
 *
 * Tells in words why a task waits, was skipped or ended as it did, with the values that its condition saw.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no task of that name.
 *
 * Returns: (transfer full): sentences, or %NULL with @error set
 *
 * Since: 1.0
 */
char *
myrmex_run_explain (MyrmexRun   *self,
                    const char  *task_name,
                    GError     **error)
{
  guint index;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  return need_task (self, task_name, &index, error) ? CALL (self, explain, index) : NULL;
}

/**
 * myrmex_run_dup_log_path:
 * @self: a run
 * @task_name: the name of a task
 *
 * Gets where the output of the newest attempt of a task is. The file exists if there was any output, and goes
 * with the run unless the run was given a `log_directory`.
 *
 * Returns: (transfer full) (nullable) (type filename): a path, or %NULL where there is no task of that name
 *
 * Since: 1.0
 */
char *
myrmex_run_dup_log_path (MyrmexRun  *self,
                         const char *task_name)
{
  guint index;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  return need_task (self, task_name, &index, NULL) ? CALL (self, dup_log_path, index) : NULL;
}

static GInputStream *
open_path (MyrmexRun   *self,
           guint        index,
           GError     **error)
{
  g_autofree char *path = CALL (self, dup_log_path, index);
  g_autoptr (GFile) file = path != NULL ? g_file_new_for_path (path) : NULL;
  g_autoptr (GError) failure = NULL;
  GFileInputStream *stream = file != NULL ? g_file_read (file, NULL, &failure) : NULL;

  if (stream != NULL)
    return G_INPUT_STREAM (stream);
  if (failure == NULL || g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("Task “%s” has written nothing so far"),
                 CALL (self, get_task_name, index));
  else
    g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

/**
 * myrmex_run_open_log:
 * @self: a run
 * @task_name: the name of a task
 * @error: return location for an error, or %NULL
 *
 * Opens the output of the newest attempt of a task. While the task runs it may grow after its end was read. Of a run
 * of the service, the service is asked for it and opens it.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no task of that name, or where it has written nothing so far.
 *
 * Returns: (transfer full): a stream, or %NULL with @error set
 *
 * Since: 1.0
 */
GInputStream *
myrmex_run_open_log (MyrmexRun   *self,
                     const char  *task_name,
                     GError     **error)
{
  guint index;

  g_return_val_if_fail (MYRMEX_IS_RUN (self), NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  if (!need_task (self, task_name, &index, error))
    return NULL;
  return MYRMEX_RUN_OPS (self)->open_log != NULL ? CALL (self, open_log, index, error) : open_path (self, index, error);
}

/**
 * myrmex_run_cancel:
 * @self: a run
 *
 * Cancels the run: what runs is interrupted, nothing new starts, except clean-up, tasks with the trigger rule
 * `all_done`. Cancelling again skips clean-up and is not gentle any more. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_run_cancel (MyrmexRun *self)
{
  g_return_if_fail (MYRMEX_IS_RUN (self));

  CALL (self, cancel);
}

/**
 * myrmex_run_pause:
 * @self: a run
 *
 * Pauses the run: what runs goes on, nothing new starts. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_run_pause (MyrmexRun *self)
{
  g_return_if_fail (MYRMEX_IS_RUN (self));

  CALL (self, pause);
}

/**
 * myrmex_run_resume:
 * @self: a run
 *
 * Lets a paused run go on. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_run_resume (MyrmexRun *self)
{
  g_return_if_fail (MYRMEX_IS_RUN (self));

  CALL (self, resume);
}
