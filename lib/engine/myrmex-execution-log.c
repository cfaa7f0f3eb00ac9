/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a run tells the log.
 *
 * Under the lock of the run only a note is made; what it needs of the run is copied. A writer may do anything, also
 * call the run, so entries are written without the lock, by whoever comes to it first; meanwhile others only make
 * notes. So entries keep the order of what happened. Where nobody reads them there are no notes: a run knows from its
 * start.
 *
 * Values and what commands write do not get into a log, and so neither do the texts of errors, which quote them. */

#include "base/myrmex-enums.h"
#include "base/myrmex-log-private.h"
#include "base/myrmex-message-ids.h"
#include "engine/myrmex-execution-private.h"

typedef struct
{
  char    *error;        /* nullable; only where values are wanted */
  char    *error_name;   /* nullable */
  double   delay;        /* seconds, of RETRYING */
  double   elapsed;      /* seconds, of attempts that ended, or of the run */
  guint32  task;         /* MYRMEX_NO_INDEX: the run itself */
  guint32  attempt;
  guint8   status;
  guint8   reason;
} Note;

/* What is told of a task that came to a status; the others have no entries. */
static const struct
{
  const char     *id;
  const char     *word;
  GLogLevelFlags  level;
} task_kinds[] = {
  [MYRMEX_TASK_STATUS_RUNNING] = { MYRMEX_MESSAGE_TASK_STARTED, "started", G_LOG_LEVEL_DEBUG },
  [MYRMEX_TASK_STATUS_RETRYING] = { MYRMEX_MESSAGE_TASK_RETRYING, "will be tried again", G_LOG_LEVEL_INFO },
  [MYRMEX_TASK_STATUS_COMPLETED] = { MYRMEX_MESSAGE_TASK_COMPLETED, "completed", G_LOG_LEVEL_DEBUG },
  [MYRMEX_TASK_STATUS_FAILED] = { MYRMEX_MESSAGE_TASK_FAILED, "failed", G_LOG_LEVEL_INFO },
  [MYRMEX_TASK_STATUS_SKIPPED] = { MYRMEX_MESSAGE_TASK_SKIPPED, "was skipped", G_LOG_LEVEL_DEBUG },
  [MYRMEX_TASK_STATUS_CANCELLED] = { MYRMEX_MESSAGE_TASK_CANCELLED, "was cancelled", G_LOG_LEVEL_INFO },
};

/* Before the run starts. */
void
myrmex_execution_begin_log_entries (MyrmexExecution *self)
{
  self->logs_run = myrmex_log_is_wanted (MYRMEX_DEBUG_RUN, self->services->logs_events);
  self->logs_tasks = myrmex_log_is_wanted (MYRMEX_DEBUG_TASK, self->services->logs_events);
}

static void
copy_ending (MyrmexExecution *self,
             Note            *note)
{
  MyrmexEnding *ending = self->states[note->task].pointer;

  if (note->status == MYRMEX_TASK_STATUS_RUNNING || note->status == MYRMEX_TASK_STATUS_COMPLETED || ending == NULL)
    return;
  note->error_name = g_strdup (ending->error_name);
  if (ending->error != NULL && (myrmex_debug_get_flags () & MYRMEX_DEBUG_VALUES))
    note->error = g_strdup (ending->error->message);
}

/* Under the lock: how a task stands now, or the run for MYRMEX_NO_INDEX. */
void
myrmex_execution_note (MyrmexExecution *self,
                       guint32          task,
                       gint64           now)
{
  Note note = { .task = task };

  if (task == MYRMEX_NO_INDEX ? !self->logs_run : !self->logs_tasks)
    return;

  if (task == MYRMEX_NO_INDEX)
    {
      note.status = (guint8) myrmex_scheduler_get_run_status (self->scheduler);
      note.reason = (guint8) myrmex_scheduler_get_run_reason (self->scheduler);
      note.elapsed = (double) (now - self->started) / G_USEC_PER_SEC;
    }
  else
    {
      note.status = (guint8) myrmex_scheduler_get_status (self->scheduler, task);
      note.reason = (guint8) myrmex_scheduler_get_reason (self->scheduler, task);
      note.attempt = myrmex_scheduler_get_attempt (self->scheduler, task);
      note.elapsed = (double) self->states[task].busy / G_USEC_PER_SEC;
      if (note.status == MYRMEX_TASK_STATUS_RETRYING)
        note.delay = (double) MAX (0, myrmex_scheduler_get_due (self->scheduler, task) - now) / G_USEC_PER_SEC;
      copy_ending (self, &note);
    }
  if (self->notes == NULL)
    self->notes = g_array_new (FALSE, FALSE, sizeof (Note));
  g_array_append_val (self->notes, note);
}

static void
note_clear (Note *note)
{
  g_free (note->error);
  g_free (note->error_name);
}

static void
begin (MyrmexExecution  *self,
       MyrmexLogEntry   *entry,
       MyrmexDebugFlags  category,
       GLogLevelFlags    level,
       const char       *id)
{
  myrmex_log_begin (entry, category, level, id);
  myrmex_log_add (entry, "MYRMEX_RUN", self->id);
  myrmex_log_add (entry, "MYRMEX_WORKFLOW", myrmex_workflow_get_name (self->plan->workflow));
}

static void
add_status (MyrmexLogEntry *entry,
            const char     *status,
            MyrmexReason    reason)
{
  myrmex_log_add (entry, "MYRMEX_STATUS", status);
  if (reason != MYRMEX_REASON_NONE)
    myrmex_log_add (entry, "MYRMEX_REASON", myrmex_reason_to_string (reason));
}

static void
write_run_end (MyrmexExecution *self,
               MyrmexLogEntry  *entry,
               const Note      *note,
               const char      *status)
{
  guint counts[MYRMEX_TASK_STATUS_CANCELLED + 1];

  g_mutex_lock (&self->lock);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    counts[i] = myrmex_scheduler_count (self->scheduler, i);
  g_mutex_unlock (&self->lock);

  myrmex_log_add_seconds (entry, "MYRMEX_ELAPSED", note->elapsed);
  myrmex_log_add_printf (entry, "MYRMEX_COMPLETED", "%u", counts[MYRMEX_TASK_STATUS_COMPLETED]);
  myrmex_log_add_printf (entry, "MYRMEX_FAILED", "%u", counts[MYRMEX_TASK_STATUS_FAILED]);
  myrmex_log_add_printf (entry, "MYRMEX_SKIPPED", "%u", counts[MYRMEX_TASK_STATUS_SKIPPED]);
  myrmex_log_add_printf (entry, "MYRMEX_CANCELLED", "%u", counts[MYRMEX_TASK_STATUS_CANCELLED]);
  myrmex_log_end (entry, "Run %s of “%s” %s after %.3f s: %u completed, %u failed, %u skipped, %u cancelled", self->id,
                  myrmex_workflow_get_name (self->plan->workflow), status, note->elapsed,
                  counts[MYRMEX_TASK_STATUS_COMPLETED], counts[MYRMEX_TASK_STATUS_FAILED],
                  counts[MYRMEX_TASK_STATUS_SKIPPED], counts[MYRMEX_TASK_STATUS_CANCELLED]);
}

static void
write_run (MyrmexExecution *self,
           const Note      *note)
{
  const char *name = myrmex_workflow_get_name (self->plan->workflow);
  const char *status = myrmex_run_status_to_string (note->status);
  gboolean is_start = !self->has_logged_start;
  gboolean ends = myrmex_run_status_is_final (note->status);
  gboolean pauses = note->status == MYRMEX_RUN_STATUS_PAUSED;
  MyrmexLogEntry entry;

  self->has_logged_start = TRUE;
  begin (self, &entry, MYRMEX_DEBUG_RUN, G_LOG_LEVEL_INFO,
         ends ? MYRMEX_MESSAGE_RUN_FINISHED
         : is_start ? MYRMEX_MESSAGE_RUN_STARTED
         : pauses ? MYRMEX_MESSAGE_RUN_PAUSED : MYRMEX_MESSAGE_RUN_RESUMED);
  add_status (&entry, status, note->reason);
  if (ends)
    {
      write_run_end (self, &entry, note, status);
      return;
    }

  myrmex_log_add_printf (&entry, "MYRMEX_TOTAL_TASKS", "%u", self->plan->graph.n_tasks);
  if (is_start)
    myrmex_log_end (&entry, "Run %s of “%s” started: %u tasks", self->id, name, self->plan->graph.n_tasks);
  else
    myrmex_log_end (&entry, "Run %s of “%s” %s", self->id, name, pauses ? "is paused" : "goes on");
}

static const char *
get_task_id (const Note *note)
{
  if (note->status == MYRMEX_TASK_STATUS_FAILED && note->reason == MYRMEX_REASON_TIMED_OUT)
    return MYRMEX_MESSAGE_TASK_TIMED_OUT;
  if (note->status == MYRMEX_TASK_STATUS_FAILED && note->reason == MYRMEX_REASON_SPAWN_FAILED)
    return MYRMEX_MESSAGE_TASK_SPAWN_FAILED;
  return task_kinds[note->status].id;
}

static void
write_task (MyrmexExecution *self,
            const Note      *note)
{
  const char *name = myrmex_execution_get_task (self, note->task)->name;
  GString *more = g_string_new (NULL);
  MyrmexLogEntry entry;

  if (task_kinds[note->status].id == NULL)
    {
      g_string_free (more, TRUE);
      return;
    }

  begin (self, &entry, MYRMEX_DEBUG_TASK, task_kinds[note->status].level, get_task_id (note));
  myrmex_log_add (&entry, "MYRMEX_TASK", name);
  add_status (&entry, myrmex_task_status_to_string (note->status), note->reason);
  myrmex_log_add (&entry, "MYRMEX_ERROR_NAME", note->error_name);
  myrmex_log_add (&entry, "MYRMEX_ERROR", note->error);
  if (note->attempt > 0)
    {
      myrmex_log_add_printf (&entry, "MYRMEX_ATTEMPT", "%u", note->attempt);
      g_string_append_printf (more, ", attempt %u", note->attempt);
    }
  if (note->attempt > 0 && note->status != MYRMEX_TASK_STATUS_RUNNING)
    myrmex_log_add_seconds (&entry, "MYRMEX_ELAPSED", note->elapsed);
  if (note->status == MYRMEX_TASK_STATUS_RETRYING)
    {
      myrmex_log_add_seconds (&entry, "MYRMEX_DELAY", note->delay);
      g_string_append_printf (more, ", in %.3f s", note->delay);
    }
  if (note->reason != MYRMEX_REASON_NONE)
    g_string_append_printf (more, ": %s", myrmex_reason_to_string (note->reason));
  if (note->error_name != NULL)
    g_string_append_printf (more, " (%s)", note->error_name);
  if (note->error != NULL)
    g_string_append_printf (more, ": %s", note->error);
  myrmex_log_end (&entry, "Task “%s” of run %s %s%s", name, self->id, task_kinds[note->status].word, more->str);
  g_string_free (more, TRUE);
}

static void
write_notes (MyrmexExecution *self,
             GArray          *notes)
{
  for (guint i = 0; i < notes->len; i++)
    {
      Note *note = &g_array_index (notes, Note, i);

      if (note->task == MYRMEX_NO_INDEX)
        write_run (self, note);
      else
        write_task (self, note);
      note_clear (note);
    }
  g_array_unref (notes);
}

/* Without the lock: writes what there is, unless another thread, or this one further down, is at it. */
void
myrmex_execution_write_log (MyrmexExecution *self)
{
  g_mutex_lock (&self->lock);
  if (self->log_writer == NULL)
    {
      self->log_writer = g_thread_self ();
      while (self->notes != NULL)
        {
          GArray *notes = g_steal_pointer (&self->notes);

          g_mutex_unlock (&self->lock);
          write_notes (self, notes);
          g_mutex_lock (&self->lock);
        }
      self->log_writer = NULL;
      g_cond_broadcast (&self->ended_cond);
    }
  g_mutex_unlock (&self->lock);
}

/* Without the lock, before somebody learns that the run has ended: all of it is in the log. */
void
myrmex_execution_finish_log (MyrmexExecution *self)
{
  if (!self->logs_run && !self->logs_tasks)
    return;

  myrmex_execution_write_log (self);
  g_mutex_lock (&self->lock);
  while (self->log_writer != NULL && self->log_writer != g_thread_self ())
    g_cond_wait (&self->ended_cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
myrmex_execution_free_notes (MyrmexExecution *self)
{
  for (guint i = 0; self->notes != NULL && i < self->notes->len; i++)
    note_clear (&g_array_index (self->notes, Note, i));
  g_clear_pointer (&self->notes, g_array_unref);
}
