/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a run takes over from an earlier one of the same workflow: the tasks that completed there do not run here. */

#include "engine/myrmex-execution-private.h"

/* The task has completed in an earlier run. Before this one starts. @result tells which it was; @log_path may be
 * NULL. */
void
myrmex_execution_keep (MyrmexExecution  *self,
                       guint32           task,
                       MyrmexTaskResult *result,
                       const char       *log_path,
                       gboolean          log_stays)
{
  g_assert (result->kept_from != NULL && result->status == MYRMEX_TASK_STATUS_COMPLETED);

  if (self->kept == NULL)
    self->kept = g_new0 (MyrmexKept, self->plan->graph.n_tasks);
  if (self->kept[task].result != NULL)
    return;
  self->kept[task].result = myrmex_task_result_ref (result);
  self->kept[task].log_path = g_strdup (log_path);
  self->kept[task].log_stays = log_stays;
  self->n_kept_tasks++;
}

/* Under the lock of @earlier, which has ended. */
static void
keep_task (MyrmexExecution *self,
           MyrmexExecution *earlier,
           guint32          task,
           char            *run_id)
{
  const char *name = myrmex_execution_get_task (earlier, task)->name;
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autofree char *log_path = NULL;
  gboolean log_stays = earlier->keeps_logs;
  guint32 index = task;

  /* The workflow may have got further tasks since. */
  if (index >= self->plan->graph.n_tasks || !g_str_equal (myrmex_execution_get_task (self, index)->name, name))
    index = myrmex_plan_find (self->plan, name);
  if (index == MYRMEX_NO_INDEX)
    return;

  result = myrmex_task_result_keep (myrmex_execution_dup_result_locked (earlier, task), run_id);
  if (earlier->kept != NULL && earlier->kept[task].result != NULL)
    {
      log_path = g_strdup (earlier->kept[task].log_path);
      log_stays = earlier->kept[task].log_stays;
    }
  else if (result->attempts > 0 && myrmex_log_folder_is_made (earlier->logs))
    log_path = myrmex_execution_dup_log_path (earlier, task, result->attempts);
  myrmex_execution_keep (self, index, result, log_path, log_stays);
}

static gpointer
copy_folder (gconstpointer folder,
             gpointer      data)
{
  return myrmex_log_folder_need ((MyrmexLogFolder *) folder);
}

static void
free_folder (gpointer folder)
{
  myrmex_log_folder_let_go (folder);
  myrmex_log_folder_unref (folder);
}

/* Takes over what has completed in an earlier run, which has ended. Before this one starts. */
void
myrmex_execution_keep_completed (MyrmexExecution *self,
                                 MyrmexExecution *earlier)
{
  char *run_id = g_ref_string_new (earlier->id);

  g_mutex_lock (&earlier->lock);
  for (guint32 task = 0; task < earlier->plan->graph.n_tasks; task++)
    {
      if (myrmex_scheduler_get_status (earlier->scheduler, task) == MYRMEX_TASK_STATUS_COMPLETED)
        keep_task (self, earlier, task, run_id);
    }
  g_mutex_unlock (&earlier->lock);
  g_ref_string_release (run_id);

  /* Logs that go with their run go with this one now. */
  if (earlier->kept_logs != NULL)
    self->kept_logs = g_ptr_array_copy (earlier->kept_logs, copy_folder, NULL);
  else
    self->kept_logs = g_ptr_array_new_with_free_func (free_folder);
  g_ptr_array_add (self->kept_logs, myrmex_log_folder_need (earlier->logs));
}

/* The run has ended, and its caller has no reference to it any more. Threads may have some still: an application that
 * ends now does not wait for them, and is to leave nothing on the disk. */
void
myrmex_execution_let_logs_go (MyrmexExecution *self)
{
  myrmex_log_folder_let_go (self->logs);
  g_clear_pointer (&self->kept_logs, g_ptr_array_unref);
}

/* Under the lock, before the scheduler is started. */
void
myrmex_execution_preset (MyrmexExecution *self)
{
  if (self->kept == NULL)
    return;

  for (guint32 task = 0; task < self->plan->graph.n_tasks; task++)
    {
      MyrmexTaskResult *result = self->kept[task].result;

      if (result == NULL)
        continue;
      myrmex_scheduler_preset_completed (self->scheduler, task, result->attempts);
      myrmex_execution_record (self, MYRMEX_RECORD_KEPT, task, self->started);
      myrmex_execution_record_result (self, task);
    }
}

void
myrmex_execution_free_kept (MyrmexExecution *self)
{
  for (guint32 task = 0; self->kept != NULL && task < self->plan->graph.n_tasks; task++)
    {
      g_clear_pointer (&self->kept[task].result, myrmex_task_result_unref);
      g_free (self->kept[task].log_path);
    }
  g_free (self->kept);
  g_clear_pointer (&self->kept_logs, g_ptr_array_unref);
  g_free (self->retried_from);
}
