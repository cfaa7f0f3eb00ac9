/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A report of a run, by what anyone can ask a run: so it does not matter who executes it. */

#include <unistd.h>

#include "report/myrmex-report-private.h"

/* How many lines of a log a report keeps, and of how many tasks: a report of a disaster is still a report. */
#define LOG_LINES      (20)
#define MAX_LOG_TAILS  (500)

static char *
dup_valid (const char *text)
{
  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

static void
take_result (MyrmexReportTask *task,
             MyrmexTaskResult *result)
{
  const GError *error = myrmex_task_result_get_error (result);
  GVariant *value = myrmex_task_result_get_value (result);

  task->status = myrmex_task_result_get_status (result);
  task->reason = myrmex_task_result_get_reason (result);
  task->attempts = myrmex_task_result_get_attempts (result);
  task->kept_from = g_strdup (myrmex_task_result_get_kept_from (result));
  if (task->kept_from == NULL)
    {
      task->started = myrmex_task_result_get_started (result);
      task->finished = myrmex_task_result_get_finished (result);
    }
  else
    {
      task->kept_started = myrmex_task_result_get_started (result);
      task->kept_finished = myrmex_task_result_get_finished (result);
    }
  task->execution_time = (gint64) (myrmex_task_result_get_execution_time (result) * G_USEC_PER_SEC + 0.5);
  task->error = error != NULL ? dup_valid (error->message) : NULL;
  task->error_name = dup_valid (myrmex_task_result_get_error_name (result));
  task->value = value != NULL ? g_variant_ref (value) : NULL;
}

/* What is worth telling of one that did not complete, or of one that left a log. */
static void
take_details (MyrmexReportTask *task,
              MyrmexRun        *run,
              guint            *n_tails)
{
  if (task->status != MYRMEX_TASK_STATUS_COMPLETED)
    {
      g_autofree char *explanation = myrmex_run_explain (run, task->name, NULL);

      task->explanation = dup_valid (explanation);
    }
  if (task->attempts == 0)
    return;

  task->log_path = myrmex_run_dup_log_path (run, task->name);
  if (task->log_path != NULL && access (task->log_path, R_OK) != 0)
    g_clear_pointer (&task->log_path, g_free);
  if (task->log_path != NULL && task->status != MYRMEX_TASK_STATUS_COMPLETED && *n_tails < MAX_LOG_TAILS)
    {
      task->log_tail = myrmex_report_read_log_tail (task->log_path, LOG_LINES);
      (*n_tails)++;
    }
}

/* What only the workflow knows; where it is not of this process, the report does without. */
static void
take_task (MyrmexReport   *self,
           guint32         index,
           MyrmexWorkflow *workflow,
           GHashTable     *indices,
           GArray         *row)
{
  MyrmexTask *task = workflow != NULL ? myrmex_workflow_get_task (workflow, self->tasks[index].name) : NULL;

  g_array_set_size (row, 0);
  if (task != NULL)
    {
      g_auto (GStrv) names = myrmex_task_dup_dependencies (task);

      self->tasks[index].action = dup_valid (myrmex_task_get_action_type (task));
      for (guint i = 0; names[i] != NULL; i++)
        {
          gpointer other;

          if (g_hash_table_lookup_extended (indices, names[i], NULL, &other))
            {
              guint32 dep = GPOINTER_TO_UINT (other);

              g_array_append_val (row, dep);
            }
        }
    }
  myrmex_report_set_dependencies (self, index, (const guint32 *) (gpointer) row->data, row->len);
}

/**
 * myrmex_report_new:
 * @run: a run, which may still be going on
 *
 * Makes a report of how a run stands now. The last lines of the logs of tasks that did not complete are read.
 *
 * Returns: (transfer full): a report
 *
 * Since: 1.0
 */
MyrmexReport *
myrmex_report_new (MyrmexRun *run)
{
  g_auto (GStrv) names = NULL;
  g_autoptr (GHashTable) indices = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) row = g_array_new (FALSE, FALSE, sizeof (guint32));
  MyrmexWorkflow *workflow;
  MyrmexReport *self;
  guint n_tails = 0;

  g_return_val_if_fail (MYRMEX_IS_RUN (run), NULL);

  names = myrmex_run_dup_task_names (run);
  workflow = myrmex_run_get_workflow (run);
  self = myrmex_report_new_empty (g_strv_length (names));
  self->id = dup_valid (myrmex_run_get_id (run));
  self->name = dup_valid (myrmex_run_get_name (run));
  self->started = myrmex_run_get_started (run);
  self->has_graph = workflow != NULL;
  self->max_parallel = workflow != NULL ? myrmex_workflow_get_max_parallel (workflow) : 0;

  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      self->tasks[i].name = dup_valid (names[i]);
      g_hash_table_insert (indices, names[i], GUINT_TO_POINTER (i));
    }
  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, names[i]);

      take_result (&self->tasks[i], result);
      take_details (&self->tasks[i], run, &n_tails);
      take_task (self, i, workflow, indices, row);
    }

  /* Asked for last, so that no task is seen to be under way after the end of the run. */
  self->status = myrmex_run_get_status (run);
  self->reason = myrmex_run_get_reason (run);
  self->finished = myrmex_run_get_finished (run);
  self->elapsed = (gint64) (myrmex_run_get_elapsed (run) * G_USEC_PER_SEC + 0.5);
  myrmex_report_seal (self);
  return self;
}
