/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-execution-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/random.h>

#include "model/myrmex-retry-policy.h"

static void
ending_free (MyrmexEnding *ending)
{
  if (ending == NULL)
    return;

  g_clear_pointer (&ending->value, g_variant_unref);
  g_clear_error (&ending->error);
  g_free (ending->error_name);
  g_free (ending->seen);
  g_free (ending);
}

/* 128 bits that nobody can guess, as hexadecimal digits. */
static void
make_id (char id[33])
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
  make_id (self->id);
  self->scheduler = myrmex_scheduler_new (plan, g_random_int ());
  self->states = g_new0 (MyrmexTaskState, MAX (1, plan->graph.n_tasks));
  self->events = myrmex_execution_new_events ();
  self->main_jobs = g_array_new (FALSE, FALSE, sizeof (MyrmexJob));
  self->worker_jobs = g_array_new (FALSE, FALSE, sizeof (MyrmexJob));
  self->main_stops = g_ptr_array_new ();
  self->progress = myrmex_execution_new_progress ();
  self->armed = G_MAXINT64;
  self->wants_events = TRUE;
  g_mutex_init (&self->lock);
  g_mutex_init (&self->log_lock);
  g_cond_init (&self->ended_cond);
  return self;
}

MyrmexExecution *
myrmex_execution_ref (MyrmexExecution *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static GArray *
steal_jobs (GArray **jobs)
{
  GArray *stolen = *jobs;

  *jobs = g_array_new (FALSE, FALSE, sizeof (MyrmexJob));
  return stolen;
}

static void
free_jobs (GArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    myrmex_task_context_unref (g_array_index (jobs, MyrmexJob, i).context);
  g_array_unref (jobs);
}

/* The run has ended, or its main context is gone: what was not begun will not be. The jobs hold the execution. */
void
myrmex_execution_drop_jobs (MyrmexExecution *self)
{
  GArray *main_jobs, *worker_jobs;
  GPtrArray *stops;

  g_mutex_lock (&self->lock);
  main_jobs = steal_jobs (&self->main_jobs);
  worker_jobs = steal_jobs (&self->worker_jobs);
  stops = g_steal_pointer (&self->main_stops);
  self->main_stops = g_ptr_array_new ();
  g_mutex_unlock (&self->lock);

  free_jobs (main_jobs);
  free_jobs (worker_jobs);
  g_ptr_array_set_free_func (stops, (GDestroyNotify) myrmex_task_context_unref);
  g_ptr_array_unref (stops);
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
        ending_free (self->states[i].pointer);
    }
  myrmex_execution_clear_logs (self);
  g_free (self->states);
  g_array_unref (self->events);
  g_array_unref (self->main_jobs);
  g_array_unref (self->worker_jobs);
  g_ptr_array_unref (self->main_stops);
  g_hash_table_unref (self->progress);
  myrmex_scheduler_free (self->scheduler);
  myrmex_plan_unref (self->plan);
  myrmex_runner_services_unref (self->services);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_strfreev (self->environ);
  g_clear_pointer (&self->source, g_source_unref);
  g_free (self->directory);
  g_free (self->log_directory);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->log_lock);
  g_cond_clear (&self->ended_cond);
  g_free (self);
}

gint64
myrmex_execution_to_wall (MyrmexExecution *self,
                          gint64           monotonic)
{
  return monotonic == 0 ? 0 : self->started_wall + (monotonic - self->started);
}

/* Where an attempt is told to stop. What began on the main context and went on from there has handlers of its
 * cancellable that may be called nowhere else; a function that is still at it can only be reached from elsewhere. */
static gboolean
stops_on_main (MyrmexExecution *self,
               guint32          task)
{
  return self->plan->policies != NULL && (self->plan->policies[task] & MYRMEX_POLICY_MAIN) &&
         myrmex_execution_get_task (self, task)->kind != MYRMEX_TASK_KIND_FUNCTION;
}

/* Under the lock. */
static void
add_stop (MyrmexExecution   *self,
          MyrmexTaskContext *context,
          gboolean           force,
          MyrmexErrands     *errands)
{
  myrmex_task_context_mark_stopped (context, force);
  if (stops_on_main (self, context->task))
    {
      g_ptr_array_add (self->main_stops, myrmex_task_context_ref (context));
      errands->tell = errands->tell_at_once = TRUE;
      return;
    }

  if (errands->stops == NULL)
    errands->stops = g_ptr_array_new ();
  g_ptr_array_add (errands->stops, myrmex_task_context_ref (context));
}

/* Under the lock: the scheduler wants an attempt interrupted. An action that can take itself down answers when it
 * has; any other attempt has ended with this, and what comes of its function is dropped. */
static void
stop_task (MyrmexExecution *self,
           guint32          task,
           gint64           now,
           MyrmexErrands   *errands)
{
  MyrmexTaskContext *context = self->states[task].pointer;

  if (myrmex_scheduler_get_status (self->scheduler, task) != MYRMEX_TASK_STATUS_RUNNING || context == NULL)
    return;

  add_stop (self, context, FALSE, errands);
  if (context->can_stop)
    return;

  /* Whoever answers first wins; an answer that is on its way through here ends the attempt by itself. */
  if (!g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
    return;

  context->is_late = TRUE;
  myrmex_execution_complete_locked (self, context, now, errands);
  if (context->worker != NULL)
    myrmex_worker_pool_stuck (self->services->pool, context->worker);
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
  if (self->armed != MYRMEX_NO_DEADLINE)
    errands->alarm = MYRMEX_NO_DEADLINE;
  g_cond_broadcast (&self->ended_cond);
}

MyrmexTaskContext *
myrmex_execution_new_context (MyrmexExecution *self,
                              guint32          task,
                              guint32          attempt)
{
  MyrmexTaskContext *context = myrmex_task_context_new (&myrmex_execution_context_ops,
                                                        myrmex_execution_ref (self), task, attempt);
  MyrmexTask *model = myrmex_execution_get_task (self, task);

  if (model->kind == MYRMEX_TASK_KIND_ACTION)
    context->can_stop = MYRMEX_ACTION_GET_CLASS (model->action)->is_stoppable;
  return context;
}

/* Under the lock: an attempt begins. */
void
myrmex_execution_begin_attempt (MyrmexExecution   *self,
                                guint32            task,
                                MyrmexTaskContext *context,
                                gint64             now,
                                MyrmexErrands     *errands)
{
  MyrmexTaskState *state = &self->states[task];

  if (state->pointer != NULL)
    ending_free (state->pointer);
  state->pointer = context;
  if (state->started == 0)
    state->started = now;
  state->ended = now;
  myrmex_execution_add_event (self, task, now, errands);
}

void
myrmex_execution_push_job (GArray            *jobs,
                           MyrmexJobKind      kind,
                           MyrmexTaskContext *context)
{
  MyrmexJob job = { .kind = kind, .task = context->task, .context = context };

  g_array_append_val (jobs, job);
}

/* Under the lock: what begins on the main context is posted there; it takes no slot of the runner's. */
static void
post_main_starts (MyrmexExecution *self,
                  gint64           now,
                  MyrmexErrands   *errands)
{
  guint32 task;

  while (myrmex_scheduler_next_start (self->scheduler, MYRMEX_LANE_MAIN, now, &task))
    {
      MyrmexTaskContext *context =
        myrmex_execution_new_context (self, task, myrmex_scheduler_get_attempt (self->scheduler, task));

      myrmex_execution_begin_attempt (self, task, myrmex_task_context_ref (context), now, errands);
      g_atomic_int_set (&context->is_owned, TRUE);
      myrmex_execution_push_job (self->main_jobs, MYRMEX_JOB_START, context);
      errands->tell_at_once = TRUE;
      errands->tell = TRUE;
    }
}

/* Under the lock, after anything that the scheduler was told: does what follows from it, or notes it down. */
void
myrmex_execution_pump (MyrmexExecution *self,
                       gint64           now,
                       MyrmexErrands   *errands)
{
  MyrmexNotice notice;
  gint64 deadline;

  while (myrmex_scheduler_next_notice (self->scheduler, &notice))
    {
      switch (notice.kind)
        {
        case MYRMEX_NOTICE_STOP:
          stop_task (self, notice.task, now, errands);
          break;
        case MYRMEX_NOTICE_ENDED:
          self->states[notice.task].ended = now;
          myrmex_execution_add_event (self, notice.task, now, errands);
          break;
        case MYRMEX_NOTICE_RUN_ENDED:
          run_ended (self, now, errands);
          break;
        default:
          g_assert_not_reached ();
        }
    }

  if (self->plan->policies != NULL)
    post_main_starts (self, now, errands);

  if (!self->has_ended)
    {
      deadline = myrmex_scheduler_get_deadline (self->scheduler);
      if (deadline < self->armed)
        {
          self->armed = deadline;
          errands->alarm = deadline;
        }
      errands->offer = myrmex_scheduler_get_n_startable (self->scheduler, MYRMEX_LANE_WORKER) > 0 ||
                       myrmex_scheduler_has_evaluation (self->scheduler) || self->worker_jobs->len > 0;
    }
}

/* Without the lock. */
void
myrmex_execution_run_errands (MyrmexExecution *self,
                              MyrmexErrands   *errands)
{
  if (errands->alarm == MYRMEX_NO_DEADLINE)
    myrmex_alarm_unset (self->services->alarm, self);
  else if (errands->alarm != 0)
    myrmex_alarm_set (self->services->alarm, self, errands->alarm);

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

  for (; errands->free_slots > 0; errands->free_slots--)
    myrmex_worker_pool_release_slot (self->services->pool);
  if (errands->offer)
    myrmex_worker_pool_offer (self->services->pool, self, &self->is_offered);
  if (errands->tell)
    myrmex_execution_tell (self, errands->tell_at_once);

  *errands = (MyrmexErrands) { 0 };
}

static MyrmexEnding *
take_ending (MyrmexTaskContext *context)
{
  MyrmexEnding *ending;

  if (context->value == NULL && context->error == NULL)
    return NULL;

  ending = g_new0 (MyrmexEnding, 1);
  ending->value = g_steal_pointer (&context->value);
  ending->error = g_steal_pointer (&context->error);
  ending->error_name = g_steal_pointer (&context->error_name);
  return ending;
}

/* Under the lock: what the run interrupted is told in the run's words, whatever the action made of it. */
static void
set_stop_error (MyrmexExecution   *self,
                MyrmexTaskContext *context,
                MyrmexReason       reason)
{
  MyrmexTask *task = myrmex_execution_get_task (self, context->task);

  g_clear_error (&context->error);
  g_clear_pointer (&context->error_name, g_free);
  g_clear_pointer (&context->value, g_variant_unref);
  if (reason == MYRMEX_REASON_TIMED_OUT)
    {
      char seconds[G_ASCII_DTOSTR_BUF_SIZE];

      context->error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT, _("It took longer than %s seconds"),
                                    g_ascii_formatd (seconds, sizeof seconds, "%g", task->extras->timeout));
      context->error_name = g_strdup ("timeout");
    }
  else
    {
      const char *message = reason == MYRMEX_REASON_FAIL_FAST ? _("It was stopped since another task failed")
                          : reason == MYRMEX_REASON_RUN_TIMED_OUT ? _("It was stopped since the time of the run was over")
                          : _("It was stopped since the run was cancelled");

      context->error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED, message);
      context->error_name = g_strdup ("cancelled");
    }
}

/* Under the lock: an attempt has its answer, or was given up (is_late). */
void
myrmex_execution_complete_locked (MyrmexExecution   *self,
                                  MyrmexTaskContext *context,
                                  gint64             now,
                                  MyrmexErrands     *errands)
{
  guint32 index = context->task;
  MyrmexTaskState *state = &self->states[index];
  MyrmexTask *task = myrmex_execution_get_task (self, index);
  MyrmexReason stop = myrmex_scheduler_get_stop_reason (self->scheduler, index);
  MyrmexOutcome outcome = { 0 };
  MyrmexTaskStatus status;

  if (stop != MYRMEX_REASON_NONE)
    set_stop_error (self, context, stop);

  outcome.success = context->error == NULL;
  outcome.lingers = context->is_late;
  if (!outcome.success)
    {
      MyrmexRetryPolicy *policy = task->extras != NULL ? task->extras->retry_policy : NULL;

      outcome.reason = context->reason;
      outcome.retryable = context->is_retryable && policy != NULL &&
                          myrmex_retry_policy_matches (policy, context->error_name);
    }

  state->busy += now - state->ended;
  state->ended = now;
  state->pointer = take_ending (context);
  if (context->holds_slot)
    {
      context->holds_slot = FALSE;
      errands->free_slots++;
    }

  status = myrmex_scheduler_attempt_ended (self->scheduler, index, &outcome, now);
  g_assert (status != MYRMEX_TASK_STATUS_RUNNING);
  if (status == MYRMEX_TASK_STATUS_RETRYING || myrmex_task_status_is_final (status))
    myrmex_execution_add_event (self, index, now, errands);
  if (g_hash_table_size (self->progress) > 0)
    g_hash_table_remove (self->progress, GUINT_TO_POINTER (index));
  if (context->is_owned)
    {
      context->is_owned = FALSE;
      if (errands->unrefs == NULL)
        errands->unrefs = g_ptr_array_new ();
      g_ptr_array_add (errands->unrefs, context);
    }
}

/* Without the lock: an attempt has its answer. */
void
myrmex_execution_complete (MyrmexExecution   *self,
                           MyrmexTaskContext *context)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  myrmex_execution_complete_locked (self, context, now, &errands);
  myrmex_execution_pump (self, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

void
myrmex_execution_start (MyrmexExecution *self,
                        gboolean         paused)
{
  MyrmexErrands errands = { 0 };

  myrmex_workflow_freeze (self->plan->workflow);

  g_mutex_lock (&self->lock);
  self->started = g_get_monotonic_time ();
  self->started_wall = g_get_real_time ();
  if (paused)
    myrmex_scheduler_pause (self->scheduler);
  myrmex_scheduler_start (self->scheduler, self->started);
  myrmex_execution_add_event (self, MYRMEX_NO_INDEX, self->started, &errands);
  myrmex_execution_pump (self, self->started, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

/* The time that a time-out or a retry was due has come. Returns when to come again. */
gint64
myrmex_execution_wake (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();
  gint64 next;

  g_mutex_lock (&self->lock);
  self->armed = G_MAXINT64;
  if (!self->has_ended)
    {
      myrmex_scheduler_advance (self->scheduler, now);
      myrmex_execution_pump (self, now, &errands);
    }
  next = self->armed;
  errands.alarm = 0;
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  return next;
}

/* Under the lock: every attempt that is taking itself down is told to hurry. */
static void
force_stops (MyrmexExecution *self,
             MyrmexErrands   *errands)
{
  for (guint32 i = 0; i < self->plan->graph.n_tasks; i++)
    {
      MyrmexTaskContext *context = self->states[i].pointer;

      if (myrmex_scheduler_get_status (self->scheduler, i) == MYRMEX_TASK_STATUS_RUNNING &&
          context != NULL && context->can_stop)
        add_stop (self, context, TRUE, errands);
    }
}

void
myrmex_execution_cancel (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  if (!self->has_ended)
    {
      myrmex_scheduler_cancel (self->scheduler);
      if (self->n_cancels++ > 0)
        force_stops (self, &errands);
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

/* How a task stands, or what came of it. */
MyrmexTaskResult *
myrmex_execution_dup_result (MyrmexExecution *self,
                             guint32          task)
{
  MyrmexTaskResult *result = myrmex_task_result_new ();
  MyrmexTaskState *state = &self->states[task];

  g_mutex_lock (&self->lock);
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
  g_mutex_unlock (&self->lock);

  return result;
}
