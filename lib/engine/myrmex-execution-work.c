/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What there is to do next, for workers and for the main context: jobs first, then conditions, then attempts. */

#include "engine/myrmex-execution-private.h"

/* How many tasks that do nothing a worker ends before it lets others at the lock. */
#define MAX_NOOPS_UNDER_LOCK 64

/* How long a worker stays with one run while others wait. */
#define SLICE_US (10 * G_TIME_SPAN_MILLISECOND)

/* Under the lock. Takes @context. */
void
myrmex_execution_push_job (MyrmexExecution   *self,
                           MyrmexJobKind      kind,
                           MyrmexAffinity     affinity,
                           guint32            task,
                           MyrmexTaskContext *context,
                           MyrmexErrands     *errands)
{
  MyrmexJob *job = g_new (MyrmexJob, 1);

  *job = (MyrmexJob) { kind, task, context, 0 };
  if (affinity == MYRMEX_AFFINITY_MAIN)
    {
      g_queue_push_tail (&self->main_jobs, job);
      errands->tell = errands->tell_at_once = TRUE;
    }
  else
    {
      g_queue_push_tail (&self->worker_jobs, job);
      errands->offer = TRUE;
    }
}

void
myrmex_job_free (gpointer data)
{
  MyrmexJob *job = data;

  g_clear_pointer (&job->context, myrmex_task_context_unref);
  g_free (job);
}

/* Where a condition is decided: a function where the functions of its task belong, an expression where it holds up
 * nobody who could start the task. */
static MyrmexAffinity
get_condition_affinity (MyrmexExecution *self,
                        guint32          task)
{
  MyrmexTask *model = myrmex_execution_get_task (self, task);

  if (model->extras->condition_func.func != NULL)
    return model->affinity;
  return (self->plan->policies[task] & MYRMEX_POLICY_MAIN) != 0 ? MYRMEX_AFFINITY_MAIN : MYRMEX_AFFINITY_WORKER;
}

/* Under the lock: a condition that was asked for. */
void
myrmex_execution_push_evaluation (MyrmexExecution *self,
                                  guint32          task,
                                  MyrmexErrands   *errands)
{
  myrmex_execution_push_job (self, MYRMEX_JOB_EVALUATE, get_condition_affinity (self, task), task, NULL, errands);
}

/* Under the lock: what the main context is to do. It is told that there is something, and takes it when it can. */
void
myrmex_execution_post_main (MyrmexExecution *self,
                            MyrmexErrands   *errands)
{
  guint32 task;

  if (g_atomic_int_get (&self->services->is_held))
    return;
  while (self->plan->has_main_conditions && myrmex_scheduler_next_evaluation (self->scheduler, &task))
    myrmex_execution_push_evaluation (self, task, errands);

  if (self->main_jobs.length > 0 || myrmex_scheduler_get_n_startable (self->scheduler, MYRMEX_LANE_MAIN) > 0)
    errands->tell = errands->tell_at_once = TRUE;
}

/* Under the lock: whether there is something for a worker. */
gboolean
myrmex_execution_has_work (MyrmexExecution *self)
{
  return self->worker_jobs.length > 0 ||
         (!g_atomic_int_get (&self->services->is_held) &&
          (myrmex_scheduler_get_n_startable (self->scheduler, MYRMEX_LANE_WORKER) > 0 ||
           myrmex_scheduler_has_evaluation (self->scheduler)));
}

/* Under the lock, which is dropped meanwhile: an attempt of a function, in this worker, from begin to end. */
static gint64
run_function (MyrmexExecution *self,
              MyrmexWorker    *worker,
              guint32          index,
              gint64           now,
              MyrmexErrands   *errands)
{
  guint attempt = myrmex_scheduler_get_attempt (self->scheduler, index);

  if (worker->context != NULL &&
      (worker->context->engine != self || !myrmex_task_context_reset (worker->context, index, attempt)))
    {
      if (errands->unrefs == NULL)
        errands->unrefs = g_ptr_array_new ();
      g_ptr_array_add (errands->unrefs, g_steal_pointer (&worker->context));
    }
  if (worker->context == NULL)
    worker->context = myrmex_execution_new_context (self, index, attempt);
  myrmex_execution_begin_attempt (self, index, worker->context, now, errands);
  return myrmex_execution_call_function (self, worker, worker->context, errands);
}

/* Under the lock: an attempt that goes on by itself once it has begun. */
static MyrmexTaskContext *
begin_owned (MyrmexExecution *self,
             guint32          index,
             gint64           now,
             MyrmexErrands   *errands)
{
  MyrmexTaskContext *context =
    myrmex_execution_new_context (self, index, myrmex_scheduler_get_attempt (self->scheduler, index));

  g_atomic_int_set (&context->is_owned, TRUE);
  myrmex_execution_begin_attempt (self, index, myrmex_task_context_ref (context), now, errands);
  return context;
}

/* Under the lock, which is dropped meanwhile: begins an attempt that takes the slot with it. */
static gint64
start_async (MyrmexExecution *self,
             MyrmexWorker    *worker,
             guint32          index,
             gint64           now,
             MyrmexErrands   *errands)
{
  MyrmexTaskContext *context;

  g_atomic_int_inc (&self->services->n_beginning);
  context = begin_owned (self, index, now, errands);
  context->holds_slot = TRUE;
  context->worker = worker;
  worker->holds_slot = FALSE;
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, errands);

  myrmex_execution_begin_async (self, worker, context);
  g_atomic_int_add (&self->services->n_beginning, -1);

  g_mutex_lock (&self->lock);
  context->worker = NULL;
  g_mutex_unlock (&self->lock);
  myrmex_task_context_unref (context);
  if (myrmex_worker_pool_try_slot (self->services->pool))
    worker->holds_slot = TRUE;

  now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  return now;
}

static gboolean
starts_anywhere (const MyrmexTask *task)
{
  return task->kind == MYRMEX_TASK_KIND_ACTION && MYRMEX_ACTION_GET_CLASS (task->action)->is_stoppable;
}

/* Under the lock: where a command has ended, the next attempt, with the slot that was just freed, if it may begin in
 * any thread and nobody else has waited for the slot. The thread that brought the answer begins it itself, which spares
 * waking a worker for each; once at a time, so that commands that can not be started do not nest. One that is recorded
 * is claimed here, which goes to the disk with how the other one ended, and begins when it is there. */
MyrmexTaskContext *
myrmex_execution_take_over_slot (MyrmexExecution  *self,
                                 const MyrmexTask *ended,
                                 gint64            now,
                                 MyrmexErrands    *errands)
{
  MyrmexTaskContext *context;
  MyrmexJob *claim;
  guint32 index;

  if (self->has_ended || self->is_broken || g_atomic_int_get (&self->services->is_held) ||
      errands->free_slots == 0 || !starts_anywhere (ended) ||
      myrmex_worker_pool_has_waiting (self->services->pool, self->priority, &self->is_offered) ||
      !myrmex_scheduler_peek_start (self->scheduler, MYRMEX_LANE_WORKER, &index) ||
      !starts_anywhere (myrmex_execution_get_task (self, index)))
    return NULL;

  myrmex_scheduler_next_start (self->scheduler, MYRMEX_LANE_WORKER, now, &index);
  context = begin_owned (self, index, now, errands);
  context->holds_slot = TRUE;
  errands->free_slots--;
  errands->offer = errands->offer && !g_atomic_int_get (&self->is_offered);
  if (self->recorder == NULL)
    return context;

  g_atomic_int_inc (&self->services->n_beginning);
  claim = g_new (MyrmexJob, 1);
  *claim = (MyrmexJob) { MYRMEX_JOB_BEGIN, index, context, self->n_flushed + 1 };
  g_queue_push_tail (&self->starts, claim);
  return NULL;
}

/* Under the lock: a task that does nothing has done it. */
static void
run_noop (MyrmexExecution *self,
          guint32          index,
          gint64           now,
          MyrmexErrands   *errands)
{
  MyrmexOutcome outcome = { .success = TRUE };

  myrmex_execution_begin_attempt (self, index, NULL, now, errands);
  if (self->recorder != NULL)
    {
      myrmex_execution_hold (self, index, MYRMEX_TASK_STATUS_RUNNING);
      myrmex_execution_record_outcome (self, index, &outcome, NULL, now);
    }
  myrmex_scheduler_attempt_ended (self->scheduler, index, &outcome, now);
  if (self->recorder != NULL)
    myrmex_execution_record_result (self, index);
  myrmex_execution_add_event (self, index, now, errands);
}

/* Under the lock, which is dropped meanwhile. Returns whether there was anything to do. */
static gboolean
work_once (MyrmexExecution *self,
           MyrmexWorker    *worker,
           gint64          *now,
           MyrmexErrands   *errands)
{
  MyrmexJob job = { MYRMEX_JOB_EVALUATE, 0, NULL, 0 };
  MyrmexJob *queued = self->worker_jobs.length > 0 ? g_queue_pop_head (&self->worker_jobs) : NULL;
  MyrmexTask *task;
  guint32 index;

  if (queued == NULL && g_atomic_int_get (&self->services->is_held))
    return FALSE;
  if (queued != NULL || myrmex_scheduler_next_evaluation (self->scheduler, &job.task))
    {
      /* Nothing is left of it if it ends the thread. */
      if (queued != NULL)
        job = *queued;
      g_free (queued);
      errands->offer = !g_atomic_int_get (&self->is_offered) && myrmex_execution_has_work (self);
      g_mutex_unlock (&self->lock);
      myrmex_execution_run_errands (self, errands);
      myrmex_execution_do_job (self, worker, &job);
      *now = g_get_monotonic_time ();
      g_mutex_lock (&self->lock);
      return TRUE;
    }

  if (!myrmex_scheduler_next_start (self->scheduler, MYRMEX_LANE_WORKER, *now, &index))
    return FALSE;

  /* Others are only woken for what this worker can not begin itself. */
  errands->offer = !g_atomic_int_get (&self->is_offered) &&
                   myrmex_scheduler_get_n_startable (self->scheduler, MYRMEX_LANE_WORKER) > 0;
  task = myrmex_execution_get_task (self, index);
  if (task->kind == MYRMEX_TASK_KIND_FUNCTION)
    *now = run_function (self, worker, index, *now, errands);
  else if (task->kind == MYRMEX_TASK_KIND_NOOP && !myrmex_task_has_transform (task))
    run_noop (self, index, *now, errands);
  else
    *now = start_async (self, worker, index, *now, errands);
  return TRUE;
}

/* A worker has taken this execution, with a slot: it does what there is to do, one after the other, as long as there is
 * something, it has a slot, nobody else has waited for too long, and nobody of a higher priority waits. */
void
myrmex_execution_work (MyrmexExecution *self,
                       MyrmexWorker    *worker)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();
  gint64 begin = now;
  guint n_noops = 0;

  g_mutex_lock (&self->lock);
  while (!self->has_ended && worker->holds_slot && work_once (self, worker, &now, &errands))
    {
      myrmex_execution_pump (self, now, &errands);
      if (worker->is_stuck)
        {
          /* Another worker has taken the place of this one; the pool decides who stays. */
          myrmex_worker_pool_unstuck (self->services->pool, worker);
          break;
        }
      if (myrmex_worker_pool_has_urgent (self->services->pool, self->priority) ||
          (now - begin > SLICE_US &&
           myrmex_worker_pool_has_waiting (self->services->pool, self->priority, &self->is_offered)))
        break;
      if (++n_noops % MAX_NOOPS_UNDER_LOCK == 0)
        {
          g_mutex_unlock (&self->lock);
          now = g_get_monotonic_time ();
          g_mutex_lock (&self->lock);
        }
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  /* It holds the execution, and with it the workflow: an idle thread must not. */
  g_clear_pointer (&worker->context, myrmex_task_context_unref);
}

/* Under the lock, which is dropped meanwhile: the next attempt that begins on the main context. */
static gboolean
start_main (MyrmexExecution *self)
{
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();
  MyrmexTaskContext *context;
  guint32 index;

  if (g_atomic_int_get (&self->services->is_held) ||
      !myrmex_scheduler_next_start (self->scheduler, MYRMEX_LANE_MAIN, now, &index))
    return FALSE;

  if (myrmex_execution_get_task (self, index)->kind == MYRMEX_TASK_KIND_FUNCTION)
    {
      context = myrmex_execution_new_context (self, index, myrmex_scheduler_get_attempt (self->scheduler, index));
      myrmex_execution_begin_attempt (self, index, context, now, &errands);
      now = myrmex_execution_call_function (self, NULL, context, &errands);
      myrmex_execution_pump (self, now, &errands);
      g_mutex_unlock (&self->lock);
    }
  else if (self->recorder != NULL)
    {
      MyrmexJob *claim = g_new (MyrmexJob, 1);

      context = begin_owned (self, index, now, &errands);
      *claim = (MyrmexJob) { MYRMEX_JOB_BEGIN, index, myrmex_task_context_ref (context), self->n_flushed + 1 };
      g_queue_push_tail (self->is_broken ? &self->main_jobs : &self->claims, claim);
      g_mutex_unlock (&self->lock);
    }
  else
    {
      context = begin_owned (self, index, now, &errands);
      g_mutex_unlock (&self->lock);
      myrmex_execution_run_errands (self, &errands);
      myrmex_execution_begin_async (self, NULL, context);
    }
  myrmex_task_context_unref (context);
  myrmex_execution_run_errands (self, &errands);
  g_mutex_lock (&self->lock);
  return TRUE;
}

/* On the main context: does one thing of what there is to do. Returns whether there was any. */
gboolean
myrmex_execution_work_main (MyrmexExecution *self)
{
  MyrmexJob *job;
  gboolean done;

  g_mutex_lock (&self->lock);
  job = g_queue_pop_head (&self->main_jobs);
  if (job != NULL)
    {
      g_mutex_unlock (&self->lock);
      myrmex_execution_do_job (self, NULL, job);
      g_free (job);
      return TRUE;
    }
  done = start_main (self);
  g_mutex_unlock (&self->lock);
  return done;
}
