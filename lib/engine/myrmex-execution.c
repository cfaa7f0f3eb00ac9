/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-execution-private.h"

#include <string.h>
#include <sys/random.h>

/* 128 bits that nobody can guess, as hexadecimal digits. */
void
myrmex_execution_make_id (char id[33])
{
  guint8 bytes[16];

  if (getrandom (bytes, sizeof bytes, 0) != (gssize) sizeof bytes)
    {
      for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8) g_random_int ();
    }
  for (guint i = 0; i < sizeof bytes; i++)
    g_snprintf (id + 2 * i, 3, "%02x", bytes[i]);
}

MyrmexExecution *
myrmex_execution_new (MyrmexPlan           *plan,
                      MyrmexRunnerServices *services)
{
  MyrmexExecution *self = g_new0 (MyrmexExecution, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->plan = myrmex_plan_ref (plan);
  self->services = myrmex_runner_services_ref (services);
  myrmex_execution_make_id (self->id);
  self->seed = g_random_int ();
  self->scheduler = myrmex_scheduler_new (plan, self->seed);
  self->states = g_new0 (MyrmexTaskState, MAX (1, plan->graph.n_tasks));
  self->events = myrmex_execution_new_events ();
  self->held_events = myrmex_execution_new_events ();
  g_queue_init (&self->held_moves);
  g_queue_init (&self->claims);
  g_queue_init (&self->starts);
  g_cond_init (&self->kept_cond);
  g_queue_init (&self->main_jobs);
  g_queue_init (&self->worker_jobs);
  self->evaluations = g_ptr_array_new ();
  self->main_stops = g_ptr_array_new ();
  self->progress = myrmex_execution_new_progress ();
  self->armed = MYRMEX_NO_DEADLINE;
  self->wants_events = TRUE;
  self->grace = MYRMEX_DEFAULT_GRACE;
  self->logs = myrmex_log_folder_new (NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended_cond);
  return self;
}

MyrmexExecution *
myrmex_execution_ref (MyrmexExecution *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
move_jobs (GQueue *from,
           GQueue *to)
{
  while (from->length > 0)
    g_queue_push_tail (to, g_queue_pop_head (from));
}

/* The run has ended, or its main context is gone: what was not begun will not be. The jobs hold the execution. */
void
myrmex_execution_drop_jobs (MyrmexExecution *self)
{
  GQueue jobs = G_QUEUE_INIT;
  GPtrArray *stops;

  g_mutex_lock (&self->lock);
  move_jobs (&self->main_jobs, &jobs);
  move_jobs (&self->worker_jobs, &jobs);
  move_jobs (&self->claims, &jobs);
  stops = g_steal_pointer (&self->main_stops);
  self->main_stops = g_ptr_array_new ();
  g_mutex_unlock (&self->lock);

  g_queue_clear_full (&jobs, myrmex_job_free);
  g_ptr_array_set_free_func (stops, (GDestroyNotify) myrmex_task_context_unref);
  g_ptr_array_unref (stops);
}

/* Taken for a moment by release_plan(), a context looks like somebody else's. */
G_LOCK_DEFINE_STATIC (acquiring);

/* Whether the context of the run is this thread's from now on, until it releases it. */
gboolean
myrmex_execution_acquire_context (MyrmexExecution *self)
{
  gboolean acquired;

  G_LOCK (acquiring);
  acquired = g_main_context_acquire (self->context);
  G_UNLOCK (acquiring);
  return acquired;
}

/* Whether nobody is at the context of the run. */
static gboolean
context_is_free (MyrmexExecution *self)
{
  gboolean acquired;

  G_LOCK (acquiring);
  acquired = g_main_context_acquire (self->context);
  if (acquired)
    g_main_context_release (self->context);
  G_UNLOCK (acquiring);
  return acquired;
}

static gboolean
never_cb (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* With the plan the workflow may go, and with it functions that their language lets nobody free in another thread.
 * Where the thread that started the run is at its main context, it is done there; otherwise it might never be. */
static void
release_plan (MyrmexExecution *self)
{
  GSource *source;

  if (self->context == NULL || self->thread == g_thread_self () || context_is_free (self))
    {
      myrmex_plan_unref (self->plan);
    }
  else
    {
      source = g_idle_source_new ();
      g_source_set_callback (source, never_cb, self->plan, (GDestroyNotify) myrmex_plan_unref);
      g_source_attach (source, self->context);
      g_source_unref (source);
    }
}

/* A source of which a reference is left knows its context, and locks it when that goes; it does not hold it. So the
 * context, whose other holders may let go at the same time, goes last. */
static void
release_context (MyrmexExecution *self)
{
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->thread, g_thread_unref);
}

void
myrmex_execution_unref (MyrmexExecution *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (guint32 i = 0; i < self->plan->graph.n_tasks; i++)
    {
      if (self->states[i].pointer != NULL &&
          myrmex_scheduler_get_status (self->scheduler, i) != MYRMEX_TASK_STATUS_RUNNING)
        myrmex_ending_free (self->states[i].pointer);
    }
  myrmex_execution_free_kept (self);
  g_free (self->states);
  myrmex_execution_free_events (self->events, 0);
  myrmex_execution_free_events (self->held_events, 0);
  myrmex_execution_free_held (self);
  if (self->recorder != NULL)
    self->recorder->free (self->recorder);
  myrmex_execution_free_notes (self);
  g_clear_pointer (&self->ended_cookies, g_ptr_array_unref);
  g_queue_clear_full (&self->main_jobs, myrmex_job_free);
  g_queue_clear_full (&self->worker_jobs, myrmex_job_free);
  g_queue_clear_full (&self->claims, myrmex_job_free);
  g_queue_clear_full (&self->starts, myrmex_job_free);
  g_ptr_array_unref (self->evaluations);
  g_ptr_array_unref (self->main_stops);
  g_hash_table_unref (self->progress);
  myrmex_scheduler_free (self->scheduler);
  release_plan (self);
  myrmex_runner_services_unref (self->services);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_strfreev (self->environ);
  release_context (self);
  g_free (self->directory);
  g_clear_pointer (&self->options, g_variant_unref);
  myrmex_log_folder_unref (self->logs);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended_cond);
  g_cond_clear (&self->kept_cond);
  g_free (self);
}

gint64
myrmex_execution_to_wall (MyrmexExecution *self,
                          gint64           monotonic)
{
  return monotonic == 0 ? 0 : self->started_wall + (monotonic - self->started);
}

static void
run_ended (MyrmexExecution *self,
           gint64           now,
           MyrmexErrands   *errands)
{
  self->ended = now;
  self->has_ended = TRUE;
  myrmex_workflow_thaw (self->plan->workflow);
  myrmex_execution_add_event (self, MYRMEX_NO_INDEX, now, errands);
  myrmex_alarm_unset (self->services->alarm, self);
  g_cond_broadcast (&self->ended_cond);
}

/* Under the lock, after anything that the scheduler was told: does what follows from it, or notes it down. */
void
myrmex_execution_pump (MyrmexExecution *self,
                       gint64           now,
                       MyrmexErrands   *errands)
{
  gboolean is_over = self->end_serial > 0;
  MyrmexNotice notice;

  while (myrmex_scheduler_next_notice (self->scheduler, &notice))
    {
      switch (notice.kind)
        {
        case MYRMEX_NOTICE_STOP:
          myrmex_execution_stop_attempt (self, notice.task, now, errands);
          break;
        case MYRMEX_NOTICE_ENDED:
          if (self->recorder != NULL)
            myrmex_execution_hold (self, notice.task, myrmex_scheduler_get_attempt (self->scheduler, notice.task) > 0
                                                        ? MYRMEX_TASK_STATUS_RETRYING : MYRMEX_TASK_STATUS_PENDING);
          self->states[notice.task].ended = now;
          if (self->evaluations->len > 0)
            myrmex_execution_stop_evaluation (self, notice.task, errands);
          myrmex_execution_record_result (self, notice.task);
          myrmex_execution_add_event (self, notice.task, now, errands);
          break;
        case MYRMEX_NOTICE_RUN_ENDED:
          is_over = TRUE;
          break;
        default:
          g_assert_not_reached ();
        }
    }

  if (is_over && !self->has_ended && myrmex_execution_record_end (self, now))
    run_ended (self, self->end_serial > 0 ? self->ended : now, errands);

  if (!self->has_ended)
    {
      if (self->plan->policies != NULL)
        myrmex_execution_post_main (self, errands);
      myrmex_execution_arm (self);
      errands->offer = myrmex_execution_has_work (self);
    }
}

/* Without the lock: nobody records what became of them. */
static void
forget_ended (MyrmexExecution *self)
{
  GPtrArray *cookies;

  g_mutex_lock (&self->lock);
  cookies = g_steal_pointer (&self->ended_cookies);
  g_mutex_unlock (&self->lock);
  myrmex_execution_forget (self, cookies);
}

/* Without the lock. */
void
myrmex_execution_run_errands (MyrmexExecution *self,
                              MyrmexErrands   *errands)
{
  if (self->recorder != NULL)
    myrmex_execution_flush (self, errands);
  else if (self->services->supervisor != NULL)
    forget_ended (self);

  if (errands->stops != NULL)
    {
      for (guint i = 0; i < errands->stops->len; i++)
        {
          myrmex_task_context_stop (errands->stops->pdata[i]);
          myrmex_task_context_unref (errands->stops->pdata[i]);
        }
      g_clear_pointer (&errands->stops, g_ptr_array_unref);
    }

  for (guint i = 0; errands->unrefs != NULL && i < errands->unrefs->len; i++)
    myrmex_task_context_unref (errands->unrefs->pdata[i]);
  g_clear_pointer (&errands->unrefs, g_ptr_array_unref);

  /* In this order, or a run of a lower priority would get the slot. */
  if (errands->offer)
    myrmex_worker_pool_offer (self->services->pool, self, self->priority, &self->is_offered);
  for (; errands->free_slots > 0; errands->free_slots--)
    myrmex_worker_pool_release_slot (self->services->pool);
  if (errands->settle)
    myrmex_runner_services_settle (self->services, FALSE);
  if (self->logs_run || self->logs_tasks)
    myrmex_execution_write_log (self);
  if (errands->tell)
    myrmex_execution_tell (self, errands->tell_at_once);

  *errands = (MyrmexErrands) { 0 };
}

void
myrmex_execution_start (MyrmexExecution *self,
                        gboolean         paused)
{
  MyrmexErrands errands = { 0 };

  myrmex_workflow_freeze (self->plan->workflow);
  myrmex_execution_begin_log_entries (self);

  g_mutex_lock (&self->lock);
  self->started = g_get_monotonic_time ();
  self->started_wall = g_get_real_time ();
  myrmex_execution_preset (self);
  if (paused)
    myrmex_scheduler_pause (self->scheduler);
  myrmex_execution_record_start (self, paused);
  myrmex_execution_add_event (self, MYRMEX_NO_INDEX, self->started, &errands);
  myrmex_scheduler_start (self->scheduler, self->started);
  myrmex_execution_record_state (self, self->started);
  myrmex_execution_pump (self, self->started, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

/* The time that a time-out or a retry was due has come. */
void
myrmex_execution_wake (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  self->armed = MYRMEX_NO_DEADLINE;
  if (!self->has_ended && !myrmex_execution_is_adopting (self, now))
    {
      if (myrmex_scheduler_get_deadline (self->scheduler) <= now)
        myrmex_execution_record (self, MYRMEX_RECORD_ADVANCED, MYRMEX_NO_INDEX, now);
      myrmex_scheduler_advance (self->scheduler, now);
      myrmex_execution_pump (self, now, &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

void
myrmex_execution_cancel (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  if (!self->has_ended)
    {
      myrmex_execution_record (self, MYRMEX_RECORD_CANCELLED, MYRMEX_NO_INDEX, now);
      myrmex_scheduler_cancel (self->scheduler);
      if (self->n_cancels++ > 0)
        myrmex_execution_force_stops (self, &errands);
      myrmex_execution_pump (self, now, &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

static void
set_paused (MyrmexExecution *self,
            gboolean         paused)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  if (!self->has_ended &&
      (paused ? myrmex_scheduler_pause (self->scheduler) : myrmex_scheduler_resume (self->scheduler)))
    {
      myrmex_execution_record (self, paused ? MYRMEX_RECORD_PAUSED : MYRMEX_RECORD_RESUMED, MYRMEX_NO_INDEX, now);
      myrmex_execution_record_state (self, now);
      myrmex_execution_add_event (self, MYRMEX_NO_INDEX, now, &errands);
      myrmex_execution_pump (self, now, &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

void
myrmex_execution_pause (MyrmexExecution *self)
{
  set_paused (self, TRUE);
}

void
myrmex_execution_resume (MyrmexExecution *self)
{
  set_paused (self, FALSE);
}

/* Under the lock: how a task stands, or what came of it. */
MyrmexTaskResult *
myrmex_execution_dup_result_locked (MyrmexExecution *self,
                                    guint32          task)
{
  MyrmexTaskState *state = &self->states[task];
  MyrmexTaskResult *result;

  if (self->kept != NULL && self->kept[task].result != NULL)
    return myrmex_task_result_ref (self->kept[task].result);

  result = myrmex_task_result_new ();
  result->status = myrmex_scheduler_get_status (self->scheduler, task);
  result->reason = myrmex_scheduler_get_reason (self->scheduler, task);
  result->attempts = myrmex_scheduler_get_attempt (self->scheduler, task);
  result->started = myrmex_execution_to_wall (self, state->started);
  result->execution_time = state->busy;
  if (myrmex_task_status_is_final (result->status))
    result->finished = myrmex_execution_to_wall (self, state->ended);
  if (result->status == MYRMEX_TASK_STATUS_RUNNING)
    {
      result->execution_time += g_get_monotonic_time () - state->ended;
    }
  else if (state->pointer != NULL)
    {
      MyrmexEnding *ending = state->pointer;

      result->value = ending->value != NULL ? g_variant_ref (ending->value) : NULL;
      result->error = ending->error != NULL ? g_error_copy (ending->error) : NULL;
      result->error_name = g_strdup (ending->error_name);
    }

  return result;
}

MyrmexTaskResult *
myrmex_execution_dup_result (MyrmexExecution *self,
                             guint32          task)
{
  MyrmexTaskResult *result;

  g_mutex_lock (&self->lock);
  result = myrmex_execution_dup_result_locked (self, task);
  g_mutex_unlock (&self->lock);
  return result;
}
