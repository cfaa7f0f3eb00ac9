/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run that is recorded: what goes into its scheduler is written down, and takes effect when it is kept.
 *
 * The scheduler is ahead of the disk by what is being written. So long, attempts whose start was claimed wait to begin,
 * what there is to tell is held back, who asks is told how it stood before, and a run that has ended has not. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "engine/myrmex-execution-private.h"
#include "engine/myrmex-run-private.h"
#include "model/myrmex-retry-policy.h"

/* What was flushed at once. */
typedef struct
{
  MyrmexExecution *execution;
  guint64          serial;
  guint            n_events;
  GPtrArray       *cookies;   /* of commands whose end it keeps; or NULL */
  GQueue           starts;    /* of MyrmexJob: claims that it keeps */
} Flush;

static void
record (MyrmexExecution *self,
        MyrmexRecord    *entry,
        gint64           now)
{
  entry->when = myrmex_execution_to_wall (self, now);
  self->recorder->record (self->recorder, entry);
  self->is_dirty = TRUE;
}

/* Under the lock: something went into the scheduler that has nothing to it but its kind. */
void
myrmex_execution_record (MyrmexExecution  *self,
                         MyrmexRecordKind  kind,
                         guint32           task,
                         gint64            now)
{
  MyrmexRecord entry = { .kind = kind, .task = task };

  if (!myrmex_execution_is_recorded (self))
    return;
  if (kind == MYRMEX_RECORD_ATTEMPT_STARTED || kind == MYRMEX_RECORD_KEPT)
    entry.attempt = myrmex_scheduler_get_attempt (self->scheduler, task);
  if (kind == MYRMEX_RECORD_KEPT)
    {
      entry.text = self->kept[task].result->kept_from;
      entry.log_path = self->kept[task].log_stays ? self->kept[task].log_path : NULL;
    }
  record (self, &entry, now);
}

/* Under the lock. */
void
myrmex_execution_record_start (MyrmexExecution *self,
                               gboolean         paused)
{
  MyrmexRecord entry = { .kind = MYRMEX_RECORD_STARTED, .task = MYRMEX_NO_INDEX, .seed = self->seed, .paused = paused };

  if (myrmex_execution_is_recorded (self))
    record (self, &entry, self->started);
}

/* Under the lock, before the scheduler is told. */
void
myrmex_execution_record_outcome (MyrmexExecution     *self,
                                 guint32              task,
                                 const MyrmexOutcome *outcome,
                                 const char          *error_name,
                                 gint64               now)
{
  MyrmexRecord entry = {
    .kind = MYRMEX_RECORD_ATTEMPT_ENDED, .task = task, .outcome = outcome, .text = error_name,
  };

  if (!myrmex_execution_is_recorded (self))
    return;
  entry.attempt = myrmex_scheduler_get_attempt (self->scheduler, task);
  record (self, &entry, now);
}

/* Under the lock, before the scheduler is told. */
void
myrmex_execution_record_condition (MyrmexExecution       *self,
                                   guint32                task,
                                   MyrmexConditionResult  result,
                                   const char            *seen,
                                   gint64                 now)
{
  MyrmexRecord entry = { .kind = MYRMEX_RECORD_EVALUATED, .task = task, .condition = result, .text = seen };

  if (myrmex_execution_is_recorded (self))
    record (self, &entry, now);
}

/* Under the lock, after the scheduler was told: what a task has come to so far. */
void
myrmex_execution_record_result (MyrmexExecution *self,
                                guint32          task)
{
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autofree char *log_path = NULL;

  if (!myrmex_execution_is_recorded (self))
    return;
  result = myrmex_execution_dup_result_locked (self, task);
  /* Others go with the run, or are another one's. */
  if (self->keeps_logs && result->kept_from == NULL && myrmex_task_result_get_attempts (result) > 0)
    log_path = myrmex_execution_dup_log_path (self, task, myrmex_task_result_get_attempts (result));
  self->recorder->result (self->recorder, task, myrmex_execution_get_task (self, task)->name, result, log_path);
  self->is_dirty = TRUE;
}

/* Under the lock, of a run that has ended. */
static GError *
new_run_error (MyrmexExecution         *self,
               const MyrmexRecordState *state)
{
  g_autoptr (GString) failures = g_string_new (NULL);
  guint told = 0;

  for (guint32 i = 0; state->status == MYRMEX_RUN_STATUS_FAILED && i < self->plan->graph.n_tasks; i++)
    {
      MyrmexEnding *ending = self->states[i].pointer;

      if (myrmex_scheduler_get_status (self->scheduler, i) == MYRMEX_TASK_STATUS_FAILED &&
          !myrmex_run_tell_failure (failures, &told, myrmex_execution_get_task (self, i)->name,
                                    ending != NULL ? ending->error : NULL))
        break;
    }
  return myrmex_run_new_error (myrmex_workflow_get_name (self->plan->workflow), state->status, state->reason, failures,
                               told, state->counts[MYRMEX_TASK_STATUS_FAILED]);
}

/* Under the lock: how the run stands, for those who list runs. */
void
myrmex_execution_record_state (MyrmexExecution *self,
                               gint64           now)
{
  g_autoptr (GError) error = NULL;
  MyrmexRecordState state = { 0 };

  if (!myrmex_execution_is_recorded (self))
    return;
  state.status = myrmex_scheduler_get_run_status (self->scheduler);
  state.reason = myrmex_scheduler_get_run_reason (self->scheduler);
  state.started = self->started_wall;
  if (myrmex_run_status_is_final (state.status))
    state.finished = myrmex_execution_to_wall (self, now);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    state.counts[i] = myrmex_scheduler_count (self->scheduler, i);
  if (myrmex_run_status_is_final (state.status))
    error = new_run_error (self, &state);
  state.error = error != NULL ? error->message : NULL;
  self->recorder->state (self->recorder, &state);
  self->is_dirty = TRUE;
}

/* Under the lock: what was held back until now. What tasks have come to can wait a little, until there is more. */
static void
release_events (MyrmexExecution *self,
                guint            n,
                MyrmexErrands   *errands)
{
  errands->tell = TRUE;
  for (guint i = 0; i < n; i++)
    errands->tell_at_once |= g_array_index (self->held_events, MyrmexEvent, i).task == MYRMEX_NO_INDEX;
  if (n == 0)
    return;
  g_array_append_vals (self->events, self->held_events->data, n);
  g_array_remove_range (self->held_events, 0, n);
}

static void
release_claims (MyrmexExecution *self,
                guint64          serial,
                MyrmexErrands   *errands)
{
  MyrmexJob *job;

  while ((job = g_queue_peek_head (&self->claims)) != NULL && job->serial <= serial)
    {
      g_queue_push_tail (&self->main_jobs, g_queue_pop_head (&self->claims));
      errands->tell = errands->tell_at_once = TRUE;
    }
}

/* Under the lock: what may begin in any thread. */
static void
release_starts (MyrmexExecution *self,
                guint64          serial,
                GQueue          *starts)
{
  MyrmexJob *job;

  while ((job = g_queue_peek_head (&self->starts)) != NULL && job->serial <= serial)
    g_queue_push_tail (starts, g_queue_pop_head (&self->starts));
}

/* Under the lock: the run can not be recorded any more. What is kept is a beginning of what happened, from which it
 * can be resumed; here it ends. Nothing has to wait from here on. */
static void
give_up_recording (MyrmexExecution *self,
                   gboolean         force,
                   MyrmexErrands   *errands)
{
  if (self->is_broken)
    return;

  self->is_broken = TRUE;
  self->n_events_flushed = 0;
  release_events (self, self->held_events->len, errands);
  release_claims (self, G_MAXUINT64, errands);
  myrmex_execution_release_held (self, G_MAXUINT64);
  g_cond_broadcast (&self->kept_cond);
  errands->tell = errands->tell_at_once = TRUE;
  if (!self->has_ended)
    {
      myrmex_scheduler_cancel (self->scheduler);
      myrmex_scheduler_cancel (self->scheduler);
      if (force)
        myrmex_execution_force_stops (self, errands);
    }
}

/* The run is left to whoever has its record next: nothing of it is recorded from here on, nothing begins, and what
 * runs is ended; called again, by force. In this process it ends as cancelled, which nobody is to be told. */
void
myrmex_execution_abandon (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };

  g_mutex_lock (&self->lock);
  if (!self->has_ended)
    {
      if (self->is_broken)
        myrmex_execution_force_stops (self, &errands);
      give_up_recording (self, FALSE, &errands);
      myrmex_execution_pump (self, g_get_monotonic_time (), &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

/* Without the lock. */
static void
begin_all (MyrmexExecution *self,
           GQueue          *starts)
{
  MyrmexJob *job;

  while ((job = g_queue_pop_head (starts)) != NULL)
    {
      myrmex_execution_begin_claimed (self, job->context);
      myrmex_job_free (job);
    }
}

/* In the thread of the process host, mostly: what the flush keeps has its effects, and what it said can be forgotten.
 * The supervisor is told both by one message. Takes @data. */
static void
take_effect_cb (MyrmexProcessHost *host,
                gpointer           data)
{
  Flush *flush = data;
  MyrmexExecution *self = flush->execution;

  myrmex_execution_forget (self, g_steal_pointer (&flush->cookies));
  begin_all (self, &flush->starts);
  myrmex_execution_unref (self);
  g_free (flush);
}

/* In the thread of the recorder. */
static void
kept_cb (const GError *error,
         gpointer      data)
{
  Flush *flush = data;
  MyrmexExecution *self = flush->execution;
  MyrmexProcessHost *host = NULL;
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  self->n_kept = flush->serial;
  if (error != NULL)
    {
      give_up_recording (self, TRUE, &errands);
    }
  else if (!self->is_broken)
    {
      self->n_events_flushed -= flush->n_events;
      release_events (self, flush->n_events, &errands);
      release_claims (self, flush->serial, &errands);
      myrmex_execution_release_held (self, flush->serial);
    }
  release_starts (self, self->is_broken ? G_MAXUINT64 : flush->serial, &flush->starts);
  if (!self->has_ended)
    myrmex_execution_pump (self, now, &errands);
  g_cond_broadcast (&self->kept_cond);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  if (error != NULL)
    g_clear_pointer (&flush->cookies, g_ptr_array_unref);
  if (flush->cookies != NULL || flush->starts.length > 0)
    host = myrmex_runner_services_get_process_host (self->services, NULL);
  /* Starting a command takes longer than the recorder should be held up. */
  if (host != NULL)
    myrmex_process_host_call (host, take_effect_cb, flush);
  else
    take_effect_cb (NULL, flush);
}

/* Without the lock: all that was recorded goes to the disk as one. */
void
myrmex_execution_flush (MyrmexExecution *self,
                        MyrmexErrands   *errands)
{
  GQueue starts = G_QUEUE_INIT;
  Flush *flush;
  guint n_events;

  g_mutex_lock (&self->lock);
  n_events = self->held_events->len - self->n_events_flushed;
  if (myrmex_execution_is_recorded (self) && (self->is_dirty || n_events > 0))
    {
      flush = g_new (Flush, 1);
      *flush = (Flush) {
        myrmex_execution_ref (self), ++self->n_flushed, n_events, g_steal_pointer (&self->ended_cookies),
      };
      self->n_events_flushed += n_events;
      self->is_dirty = FALSE;
      if (!self->recorder->flush (self->recorder, kept_cb, flush))
        {
          g_clear_pointer (&flush->cookies, g_ptr_array_unref);
          g_free (flush);
          give_up_recording (self, TRUE, errands);
          myrmex_execution_pump (self, g_get_monotonic_time (), errands);
          myrmex_execution_unref (self); /* not the last one: the caller has another */
        }
    }
  if (self->is_broken)
    release_starts (self, G_MAXUINT64, &starts);
  g_mutex_unlock (&self->lock);
  begin_all (self, &starts);
}

/* Without the lock: waits until all that was recorded is kept. FALSE if it never will be. */
gboolean
myrmex_execution_await_kept (MyrmexExecution *self)
{
  guint64 serial;
  gboolean kept;

  g_mutex_lock (&self->lock);
  serial = self->n_flushed;
  while (self->n_kept < serial && !self->is_broken)
    g_cond_wait (&self->kept_cond, &self->lock);
  kept = !self->is_broken;
  g_mutex_unlock (&self->lock);
  return kept;
}

/* Under the lock: the run has come to its end. Returns whether that is kept, so that it may end. */
gboolean
myrmex_execution_record_end (MyrmexExecution *self,
                             gint64           now)
{
  if (myrmex_execution_is_recorded (self) && self->end_serial == 0)
    {
      myrmex_execution_record (self, MYRMEX_RECORD_ENDED, MYRMEX_NO_INDEX, now);
      myrmex_execution_record_state (self, now);
      self->end_serial = self->n_flushed + 1;
      self->ended = now;
    }
  return self->recorder == NULL || self->is_broken || self->n_kept >= self->end_serial;
}

/* Under the lock: an attempt that was under way when the process before this one went away. */
static void
interrupt (MyrmexExecution *self,
           guint32          index,
           gint64           now,
           MyrmexErrands   *errands)
{
  MyrmexTask *task = myrmex_execution_get_task (self, index);
  MyrmexRetryPolicy *policy = task->extras != NULL ? task->extras->retry_policy : NULL;
  MyrmexOutcome outcome = { .reason = MYRMEX_REASON_INTERRUPTED };
  MyrmexEnding *ending = g_new0 (MyrmexEnding, 1);

  outcome.retryable = policy != NULL && myrmex_retry_policy_matches (policy, "interrupted");
  ending->error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED,
                                       _("It was interrupted: the process that ran it went away"));
  ending->error_name = g_strdup ("interrupted");
  ending->reason = outcome.reason;
  myrmex_execution_hold (self, index, MYRMEX_TASK_STATUS_RUNNING);
  myrmex_execution_record_outcome (self, index, &outcome, ending->error_name, now);
  myrmex_ending_free (self->states[index].pointer);
  self->states[index].pointer = ending;
  self->states[index].ended = now;
  myrmex_scheduler_attempt_ended (self->scheduler, index, &outcome, now);
  myrmex_execution_record_result (self, index);
  myrmex_execution_add_event (self, index, now, errands);
}

/* A run whose scheduler was brought to where it stood goes on from there. */
void
myrmex_execution_go_on (MyrmexExecution *self,
                        const GArray    *in_flight,
                        const GArray    *lingering,
                        const GArray    *asked)
{
  g_autoptr (GPtrArray) adopted = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_task_context_unref);
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  myrmex_workflow_freeze (self->plan->workflow);
  myrmex_execution_begin_log_entries (self);
  g_mutex_lock (&self->lock);
  myrmex_execution_add_event (self, MYRMEX_NO_INDEX, now, &errands);
  for (guint i = 0; i < in_flight->len; i++)
    {
      const guint32 task = g_array_index (in_flight, guint32, i);
      MyrmexTaskContext *context = myrmex_execution_adopt (self, task, now, &errands);

      if (context != NULL)
        g_ptr_array_add (adopted, context);
      else
        interrupt (self, task, now, &errands);
    }
  for (guint i = 0; i < lingering->len; i++)
    {
      myrmex_execution_record (self, MYRMEX_RECORD_LINGERER_GONE, g_array_index (lingering, guint32, i), now);
      myrmex_scheduler_lingerer_gone (self->scheduler, g_array_index (lingering, guint32, i));
    }
  for (guint i = 0; i < asked->len; i++)
    myrmex_execution_push_evaluation (self, g_array_index (asked, guint32, i), &errands);
  if (self->n_adopting == 0 && myrmex_scheduler_get_deadline (self->scheduler) <= now)
    {
      myrmex_execution_record (self, MYRMEX_RECORD_ADVANCED, MYRMEX_NO_INDEX, now);
      myrmex_scheduler_advance (self->scheduler, now);
    }
  myrmex_execution_pump (self, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
  for (guint i = 0; i < adopted->len; i++)
    myrmex_execution_begin_adopted (self, adopted->pdata[i]);
}
