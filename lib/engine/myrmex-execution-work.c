/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Doing what an execution has decided: attempts, conditions and transforms, in workers and on the main context. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-value.h"
#include "engine/myrmex-execution-private.h"

/* How many tasks that do nothing a worker ends before it lets others at the lock. */
#define MAX_NOOPS_UNDER_LOCK 64

/* How long a worker stays with one run while others wait. */
#define SLICE_US (10 * G_TIME_SPAN_MILLISECOND)

/* The answer of a function that returns it; dropped where the attempt was given up meanwhile, or the function answered
 * by its context. */
static void
take_return (MyrmexTaskContext *context,
             GVariant          *value,
             GError            *error)
{
  g_autoptr (GVariant) owned = value != NULL ? g_variant_take_ref (value) : NULL;

  if (!g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
    {
      g_clear_error (&error);
      return;
    }

  if (error == NULL)
    myrmex_value_check (owned, &error);
  if (error != NULL)
    {
      context->error = error;
      context->error_name = myrmex_failure_name_for_error (error);
      context->reason = MYRMEX_REASON_ERROR;
    }
  else if (!myrmex_value_is_null (owned))
    {
      context->value = g_steal_pointer (&owned);
    }
}

static void
fail (MyrmexTaskContext *context,
      GError            *error)
{
  context->error = error;
  context->error_name = myrmex_failure_name_for_error (error);
  context->reason = MYRMEX_REASON_ERROR;
  context->is_retryable = FALSE;
}

static void
call_function (MyrmexExecution   *self,
               MyrmexTask        *task,
               MyrmexTaskContext *context)
{
  GError *error = NULL;
  GVariant *value;

  myrmex_execution_begin_log (self, context);
  value = ((MyrmexTaskFunc) task->closure.func) (context, task->closure.data, &error);
  take_return (context, value, error);
}

/* Gives the answer of an attempt that is not going to be started. */
static void
refuse (MyrmexTaskContext *context,
        GError            *error)
{
  if (error == NULL)
    error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED, _("It was interrupted before it began"));

  if (g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
    {
      fail (context, error);
      myrmex_execution_complete (context->engine, context);
    }
  else
    {
      g_error_free (error);
    }
}

/* Begins an attempt that answers by its context, now or later. */
static void
call_async (MyrmexExecution   *self,
            MyrmexTask        *task,
            MyrmexTaskContext *context)
{
  GError *error = NULL;

  myrmex_execution_begin_log (self, context);
  if (myrmex_task_context_is_cancelled (context))
    refuse (context, NULL);
  else if (task->kind == MYRMEX_TASK_KIND_ASYNC)
    ((MyrmexTaskAsyncFunc) task->closure.func) (context, task->closure.data);
  else if (task->kind == MYRMEX_TASK_KIND_NOOP)
    myrmex_task_context_return_value (context, NULL);
  else if (!myrmex_execution_fill_input (self, context, &error))
    refuse (context, error);
  else
    myrmex_action_start (task->action, context);
}

/* The value of an attempt that went well becomes that of the result. */
static void
transform_here (MyrmexExecution   *self,
                MyrmexTaskContext *context)
{
  GError *error = NULL;

  if (context->error != NULL || !myrmex_task_has_transform (myrmex_execution_get_task (self, context->task)))
    return;
  if (!myrmex_execution_transform (self, context, &error))
    {
      g_clear_pointer (&context->value, g_variant_unref);
      fail (context, error);
      context->is_retryable = TRUE;
    }
}

/* Under the lock: a function came back. */
static void
function_returned (MyrmexExecution   *self,
                   MyrmexTaskContext *context,
                   gint64             now,
                   MyrmexErrands     *errands)
{
  context->worker = NULL;
  if (!context->is_late)
    myrmex_execution_complete_locked (self, context, now, errands);
  else if (g_atomic_int_compare_and_exchange (&context->is_gone, 0, 1))
    myrmex_scheduler_lingerer_gone (self->scheduler, context->task);
}

/* Under the lock, which is dropped meanwhile: an attempt of a function, in this worker, from begin to end. */
static gint64
run_function (MyrmexExecution *self,
              MyrmexWorker    *worker,
              guint32          index,
              gint64           now,
              MyrmexErrands   *errands)
{
  MyrmexTask *task = myrmex_execution_get_task (self, index);
  guint attempt = myrmex_scheduler_get_attempt (self->scheduler, index);
  MyrmexTaskContext *context;

  if (worker->context != NULL &&
      (worker->context->engine != self || !myrmex_task_context_reset (worker->context, index, attempt)))
    {
      if (errands->unrefs == NULL)
        errands->unrefs = g_ptr_array_new ();
      g_ptr_array_add (errands->unrefs, g_steal_pointer (&worker->context));
    }
  if (worker->context == NULL)
    worker->context = myrmex_execution_new_context (self, index, attempt);
  context = worker->context;
  context->worker = worker;
  myrmex_execution_begin_attempt (self, index, context, now, errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, errands);

  worker->in_call = context;
  call_function (self, task, context);
  if (task->extras != NULL)
    transform_here (self, context);
  worker->in_call = NULL;

  now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  function_returned (self, context, now, errands);
  return now;
}

/* Under the lock, which is dropped meanwhile: begins an attempt that takes the slot with it. */
static gint64
start_async (MyrmexExecution *self,
             MyrmexWorker    *worker,
             guint32          index,
             gint64           now,
             MyrmexErrands   *errands)
{
  MyrmexTask *task = myrmex_execution_get_task (self, index);
  MyrmexTaskContext *context =
    myrmex_execution_new_context (self, index, myrmex_scheduler_get_attempt (self->scheduler, index));

  g_atomic_int_set (&context->is_owned, TRUE);
  context->holds_slot = TRUE;
  context->worker = worker;
  worker->holds_slot = FALSE;
  myrmex_execution_begin_attempt (self, index, myrmex_task_context_ref (context), now, errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, errands);

  worker->in_call = context;
  call_async (self, task, context);
  worker->in_call = NULL;

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

/* Under the lock: the next attempt, with the slot that was just freed, if it may begin in any thread and nobody else
 * has waited for the slot. */
static MyrmexTaskContext *
take_over_slot (MyrmexExecution *self,
                gint64           now,
                MyrmexErrands   *errands)
{
  MyrmexTaskContext *context;
  guint32 index;

  if (self->has_ended || errands->free_slots == 0 ||
      myrmex_worker_pool_has_waiting (self->services->pool, &self->is_offered) ||
      !myrmex_scheduler_peek_start (self->scheduler, MYRMEX_LANE_WORKER, &index) ||
      !starts_anywhere (myrmex_execution_get_task (self, index)))
    return NULL;

  myrmex_scheduler_next_start (self->scheduler, MYRMEX_LANE_WORKER, now, &index);
  context = myrmex_execution_new_context (self, index, myrmex_scheduler_get_attempt (self->scheduler, index));
  context->is_owned = TRUE;
  context->holds_slot = TRUE;
  errands->free_slots--;
  errands->offer = errands->offer && !g_atomic_int_get (&self->is_offered);
  myrmex_execution_begin_attempt (self, index, myrmex_task_context_ref (context), now, errands);
  return context;
}

/* Without the lock: a command has its answer. The thread that brought it begins the next one itself, which spares
 * waking a worker for each; once at a time, so that commands that can not be started do not nest. */
void
myrmex_execution_complete_and_go_on (MyrmexExecution   *self,
                                     MyrmexTaskContext *context)
{
  static __thread gboolean goes_on;
  MyrmexErrands errands = { 0 };
  MyrmexTaskContext *next = NULL;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  myrmex_execution_complete_locked (self, context, now, &errands);
  myrmex_execution_pump (self, now, &errands);
  if (!goes_on && starts_anywhere (myrmex_execution_get_task (self, context->task)))
    next = take_over_slot (self, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  if (next == NULL)
    return;

  goes_on = TRUE;
  call_async (self, myrmex_execution_get_task (self, next->task), next);
  goes_on = FALSE;
  myrmex_task_context_unref (next);
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
  myrmex_scheduler_attempt_ended (self->scheduler, index, &outcome, now);
  myrmex_execution_add_event (self, index, now, errands);
}

/* Without the lock: decides on a condition. Returns what to tell the scheduler. */
static MyrmexConditionResult
decide (MyrmexExecution   *self,
        MyrmexTaskContext *context,
        MyrmexEnding      *ending)
{
  gboolean result = FALSE;

  if (!myrmex_execution_evaluate (self, context, &result, &ending->seen, &ending->error))
    {
      ending->error_name = g_strdup ("condition");
      return MYRMEX_CONDITION_ERROR;
    }
  return result ? MYRMEX_CONDITION_TRUE : MYRMEX_CONDITION_FALSE;
}

/* Without the lock. Takes the reference to @context. */
static void
evaluate (MyrmexExecution   *self,
          MyrmexTaskContext *context)
{
  MyrmexErrands errands = { 0 };
  MyrmexEnding *ending = g_new0 (MyrmexEnding, 1);
  MyrmexConditionResult result = decide (self, context, ending);
  guint32 index = context->task;
  gint64 now = g_get_monotonic_time ();
  MyrmexTaskStatus before, after;

  g_mutex_lock (&self->lock);
  before = myrmex_scheduler_get_status (self->scheduler, index);
  after = myrmex_scheduler_condition_decided (self->scheduler, index, result);
  if (before == MYRMEX_TASK_STATUS_PENDING && myrmex_task_status_is_final (after))
    {
      self->states[index].ended = now;
      self->states[index].pointer = ending;
      ending = NULL;
      myrmex_execution_add_event (self, index, now, &errands);
    }
  myrmex_execution_pump (self, now, &errands);
  g_mutex_unlock (&self->lock);

  myrmex_ending_free (ending);
  myrmex_execution_run_errands (self, &errands);
  myrmex_task_context_unref (context);
}

/* Under the lock: the next condition that is to be decided, as a job for where it belongs. */
static gboolean
next_evaluation (MyrmexExecution *self,
                 MyrmexErrands   *errands,
                 MyrmexJob       *job)
{
  guint32 index;

  while (myrmex_scheduler_next_evaluation (self->scheduler, &index))
    {
      MyrmexTask *task = myrmex_execution_get_task (self, index);
      MyrmexTaskContext *context = myrmex_execution_new_context (self, index, 0);

      /* There is no attempt yet that could be answered. */
      context->is_answered = 1;
      if (task->extras->condition_func.func == NULL || task->affinity == MYRMEX_AFFINITY_WORKER)
        {
          *job = (MyrmexJob) { MYRMEX_JOB_EVALUATE, index, context };
          return TRUE;
        }
      myrmex_execution_push_job (self->main_jobs, MYRMEX_JOB_EVALUATE, context);
      errands->tell = TRUE;
      errands->tell_at_once = TRUE;
    }
  return FALSE;
}

/* Without the lock: on the main context or in a worker. Takes the reference in @job. */
static void
do_job (MyrmexExecution *self,
        MyrmexJob       *job)
{
  MyrmexTaskContext *context = g_steal_pointer (&job->context);
  MyrmexTask *task = myrmex_execution_get_task (self, job->task);

  switch (job->kind)
    {
    case MYRMEX_JOB_START:
      if (task->kind == MYRMEX_TASK_KIND_FUNCTION)
        {
          MyrmexErrands errands = { 0 };
          gint64 now;

          if (!myrmex_task_context_is_cancelled (context))
            {
              call_function (self, task, context);
              transform_here (self, context);
            }
          else
            {
              refuse (context, NULL);
              break;
            }
          now = g_get_monotonic_time ();
          g_mutex_lock (&self->lock);
          function_returned (self, context, now, &errands);
          myrmex_execution_pump (self, now, &errands);
          g_mutex_unlock (&self->lock);
          myrmex_execution_run_errands (self, &errands);
        }
      else
        {
          call_async (self, task, context);
        }
      break;

    case MYRMEX_JOB_EVALUATE:
      evaluate (self, myrmex_task_context_ref (context));
      break;

    case MYRMEX_JOB_TRANSFORM:
      transform_here (self, context);
      myrmex_execution_complete (self, context);
      break;

    default:
      g_assert_not_reached ();
    }

  myrmex_task_context_unref (context);
}

void
myrmex_execution_do_main_job (MyrmexExecution *self,
                              MyrmexJob       *job)
{
  do_job (self, job);
}

/* Under the lock, which is dropped meanwhile. Returns whether there was anything to do. */
static gboolean
work_once (MyrmexExecution *self,
           MyrmexWorker    *worker,
           gint64          *now,
           MyrmexErrands   *errands)
{
  guint32 index;
  MyrmexJob job;

  if (self->worker_jobs->len > 0)
    {
      job = g_array_index (self->worker_jobs, MyrmexJob, 0);
      g_array_remove_index (self->worker_jobs, 0);
    }
  else if (!next_evaluation (self, errands, &job))
    {
      MyrmexTask *task;

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

  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, errands);
  do_job (self, &job);
  *now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  return TRUE;
}

/* A worker has taken this execution, with a slot: it does what there is to do, one after the other, as long as there is
 * something, it has a slot, and nobody else has waited for too long. */
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
      if (now - begin > SLICE_US && myrmex_worker_pool_has_waiting (self->services->pool, &self->is_offered))
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

/* A function ended the thread that it was called in. */
void
myrmex_execution_forsake (MyrmexExecution *self,
                          MyrmexWorker    *worker)
{
  MyrmexTaskContext *context = g_steal_pointer (&worker->in_call);
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();
  gboolean is_function, is_open;

  if (context == NULL)
    return;

  is_function = myrmex_execution_get_task (self, context->task)->kind == MYRMEX_TASK_KIND_FUNCTION;
  is_open = g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1);
  if (is_open)
    fail (context, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED,
                                        _("The function ended the thread that it ran in instead of returning")));

  g_mutex_lock (&self->lock);
  if (is_open || is_function)
    function_returned (self, context, now, &errands);
  context->worker = NULL;
  myrmex_execution_pump (self, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  /* The reference of start_async(), which does not come back. */
  if (!is_function)
    myrmex_task_context_unref (context);
}
