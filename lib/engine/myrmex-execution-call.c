/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Calling what users gave: functions, asynchronous actions, conditions and transforms, in workers and on the main
 * context.
 *
 * What is called may return, answer by its context before or after that and from any thread, hang, or end the thread.
 * Meanwhile the attempt may be given up. So what it came to is kept aside until the lock is held again, and counts
 * only if the attempt is still open then:
 *
 *   an answer by the context   is_answered, then the answer, then has_answer (under the lock)
 *   a return                   is_answered under the lock, unless an answer came first
 *   giving up                  is_answered or has_answer, then is_late (all under the lock)
 */

#include <glib/gi18n-lib.h>

#include "base/myrmex-value.h"
#include "engine/myrmex-execution-private.h"

/* What a call came to. */
typedef struct
{
  GVariant *value;
  GError   *error;
  gboolean  is_final;   /* the failure is not worth another attempt */
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->value, g_variant_unref);
  g_clear_error (&answer->error);
}

static void
answer_check (Answer *answer)
{
  if (answer->error == NULL)
    myrmex_value_check (answer->value, &answer->error);
}

/* The answer becomes that of the attempt, in place of any other. */
static void
take_answer (MyrmexTaskContext *context,
             Answer            *answer)
{
  myrmex_task_context_clear_answer (context);
  if (answer->error != NULL)
    {
      context->error = g_steal_pointer (&answer->error);
      context->error_name = myrmex_failure_name_for_error (context->error);
      context->reason = MYRMEX_REASON_ERROR;
      context->is_retryable = !answer->is_final;
    }
  else if (!myrmex_value_is_null (answer->value))
    {
      context->value = g_steal_pointer (&answer->value);
    }
}

static GError *
new_exit_error (void)
{
  return g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED,
                              _("The function ended the thread that it ran in instead of returning"));
}

/* Something of a user is called now; on the main context if there is no worker. */
static void
enter (MyrmexExecution   *self,
       MyrmexWorker      *worker,
       MyrmexTaskContext *context)
{
  if (worker != NULL)
    worker->in_call = context;
  else
    self->main_depth++;
}

static void
leave (MyrmexExecution *self,
       MyrmexWorker    *worker)
{
  if (worker != NULL)
    {
      worker->in_call = NULL;
      if (worker->held != NULL)
        g_clear_pointer (&worker->held, g_variant_unref);
    }
  else
    {
      self->main_depth--;
    }
}

/* Under the lock: what was given up is over. */
static void
tell_gone (MyrmexExecution   *self,
           MyrmexTaskContext *context)
{
  if (!g_atomic_int_compare_and_exchange (&context->is_gone, 0, 1))
    return;
  myrmex_execution_record (self, MYRMEX_RECORD_LINGERER_GONE, context->task, g_get_monotonic_time ());
  myrmex_scheduler_lingerer_gone (self->scheduler, context->task);
}

/* Under the lock: a function came back, or the transform of an answer did. */
static void
came_back (MyrmexExecution   *self,
           MyrmexTaskContext *context,
           Answer            *answer,
           gboolean           transformed,
           gint64             now,
           MyrmexErrands     *errands)
{
  context->worker = NULL;
  context->in_call = FALSE;

  if (context->is_late)
    {
      tell_gone (self, context);
      return;
    }

  if (g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1) || (context->has_answer && transformed))
    take_answer (context, answer);
  else if (!context->has_answer)
    return; /* another thread is giving the answer, and goes on from there */

  myrmex_execution_complete_locked (self, context, now, errands);
}

/* Without the lock. Takes @value; fills @answer. */
static void
call_transform (MyrmexExecution   *self,
                MyrmexWorker      *worker,
                MyrmexTaskContext *context,
                GVariant          *value,
                Answer            *answer)
{
  g_autoptr (GVariant) owned = NULL;

  /* If the thread ends in there, this is what is left of the value. */
  if (worker != NULL)
    worker->held = value;
  else
    owned = value;
  myrmex_execution_transform (self, context, value, &answer->value, &answer->error);
}

/* Without the lock: the transform of a function that came back, over what counts as its answer. Returns whether there
 * was anything to transform. */
static gboolean
transform_return (MyrmexExecution   *self,
                  MyrmexWorker      *worker,
                  MyrmexTaskContext *context,
                  Answer            *answer)
{
  gboolean applies = answer->error == NULL;
  GVariant *value;

  g_mutex_lock (&self->lock);
  if (context->is_late)
    {
      applies = FALSE;
    }
  else if (context->has_answer)
    {
      answer_clear (answer);
      applies = context->error == NULL;
      answer->value = applies && context->value != NULL ? g_variant_ref (context->value) : NULL;
    }
  g_mutex_unlock (&self->lock);

  if (applies)
    {
      value = g_steal_pointer (&answer->value);
      call_transform (self, worker, context, value, answer);
    }
  return applies;
}

/* Under the lock, which is dropped meanwhile: calls the function of an attempt that has begun. */
gint64
myrmex_execution_call_function (MyrmexExecution   *self,
                                MyrmexWorker      *worker,
                                MyrmexTaskContext *context,
                                MyrmexErrands     *errands)
{
  MyrmexTask *task = myrmex_execution_get_task (self, context->task);
  gboolean has_transform = myrmex_task_has_transform (task);
  gboolean transformed = FALSE;
  Answer answer = { NULL, NULL, FALSE };
  gint64 now;

  context->worker = worker;
  context->in_call = TRUE;
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, errands);

  if (self->shares_logs)
    myrmex_execution_begin_log (self, context);
  enter (self, worker, context);
  answer.value = ((MyrmexTaskFunc) task->closure.func) (context, task->closure.data, &answer.error);
  if (answer.value != NULL)
    {
      g_variant_take_ref (answer.value);
      answer_check (&answer);
    }
  if (has_transform)
    transformed = transform_return (self, worker, context, &answer);
  leave (self, worker);

  now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  came_back (self, context, &answer, transformed, now, errands);
  if (answer.value != NULL || answer.error != NULL)
    answer_clear (&answer);
  return now;
}

/* Without the lock: gives the answer of an attempt that is not going to be started. */
static void
refuse (MyrmexTaskContext *context,
        const char        *name,
        GError            *error)
{
  if (!g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
    {
      g_error_free (error);
      return;
    }

  context->error = error;
  context->error_name = g_strdup (name);
  context->reason = MYRMEX_REASON_ERROR;
  context->is_retryable = FALSE;
  myrmex_execution_answered (context->engine, context);
}

/* Without the lock: begins an attempt that answers by its context, now or later. */
static void
call_async (MyrmexExecution   *self,
            MyrmexTaskContext *context)
{
  MyrmexTask *task = myrmex_execution_get_task (self, context->task);
  GError *error = NULL;

  if (self->shares_logs && !context->is_adopted)
    myrmex_execution_begin_log (self, context);
  if (!context->is_adopted && myrmex_task_context_is_cancelled (context))
    refuse (context, "cancelled",
            g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED, _("It was interrupted before it began")));
  else if (task->kind == MYRMEX_TASK_KIND_ASYNC)
    ((MyrmexTaskAsyncFunc) task->closure.func) (context, task->closure.data);
  else if (task->kind == MYRMEX_TASK_KIND_NOOP)
    myrmex_task_context_return_value (context, NULL);
  else if (!myrmex_execution_fill_input (self, context, &error))
    refuse (context, "template", error);
  else
    myrmex_action_start (task->action, context);
}

static void
refuse_unkept (MyrmexTaskContext *context)
{
  refuse (context, "journal", g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
                                                  _("It was not begun, since the journal can not be written")));
}

static gboolean
is_broken (MyrmexExecution *self)
{
  gboolean is_so;

  g_mutex_lock (&self->lock);
  is_so = self->is_broken;
  g_mutex_unlock (&self->lock);
  return is_so;
}

/* The same, in a worker, or, for NULL, on the main context. */
void
myrmex_execution_begin_async (MyrmexExecution   *self,
                              MyrmexWorker      *worker,
                              MyrmexTaskContext *context)
{
  /* On the main context the claim is kept already, or nothing is. */
  if (self->recorder != NULL && (worker != NULL ? !myrmex_execution_await_kept (self) : is_broken (self)))
    {
      refuse_unkept (context);
      return;
    }

  enter (self, worker, context);
  call_async (self, context);
  leave (self, worker);
}

/* Without the lock, in any thread: what was claimed when another one ended, and the claim is kept, or nothing is. */
void
myrmex_execution_begin_claimed (MyrmexExecution   *self,
                                MyrmexTaskContext *context)
{
  if (is_broken (self))
    refuse_unkept (context);
  else
    call_async (self, context);
  g_atomic_int_add (&self->services->n_beginning, -1);
}

/* Without the lock, in any thread: what was begun by a process before this one. There is nothing new to keep of it. */
void
myrmex_execution_begin_adopted (MyrmexExecution   *self,
                                MyrmexTaskContext *context)
{
  call_async (self, context);
}

/* Without the lock: the transform of an answer that was given by the context. An expression is evaluated in any
 * thread, a function called where it belongs. */
static void
transform_answer (MyrmexExecution   *self,
                  MyrmexWorker      *worker,
                  gboolean           is_function,
                  MyrmexTaskContext *context)
{
  MyrmexErrands errands = { 0 };
  Answer answer = { NULL, NULL, FALSE };
  GVariant *value = NULL;
  gboolean is_late;
  gint64 now;

  g_mutex_lock (&self->lock);
  is_late = context->is_late;
  context->worker = worker;
  if (context->value != NULL && !is_late)
    value = g_variant_ref (context->value);
  g_mutex_unlock (&self->lock);

  if (!is_late && is_function)
    enter (self, worker, context);
  if (!is_late)
    call_transform (self, worker, context, value, &answer);
  if (!is_late && is_function)
    leave (self, worker);

  now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  came_back (self, context, &answer, TRUE, now, &errands);
  myrmex_execution_pump (self, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
  answer_clear (&answer);
}

/* Under the lock: the answer waits for its transform, a function that belongs elsewhere. It does not keep the slot that
 * a worker may need for that. */
static void
post_transform (MyrmexExecution   *self,
                MyrmexTask        *task,
                MyrmexTaskContext *context,
                MyrmexErrands     *errands)
{
  if (context->holds_slot)
    {
      context->holds_slot = FALSE;
      errands->free_slots++;
    }
  myrmex_execution_push_job (self, MYRMEX_JOB_TRANSFORM, task->affinity, context->task,
                             myrmex_task_context_ref (context), errands);
}

/* Without the lock: the answer was given by the context, and is whole. */
void
myrmex_execution_answered (MyrmexExecution   *self,
                           MyrmexTaskContext *context)
{
  static __thread gboolean goes_on;
  MyrmexTask *task = myrmex_execution_get_task (self, context->task);
  g_autoptr (MyrmexTaskContext) kept = myrmex_task_context_ref (context);
  g_autoptr (MyrmexTaskContext) next = NULL;
  MyrmexErrands errands = { 0 };
  gboolean is_stopped, transforms_here = FALSE;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  context->has_answer = TRUE;
  is_stopped = myrmex_scheduler_get_stop_reason (self->scheduler, context->task) != MYRMEX_REASON_NONE;
  if (context->in_call)
    {
      /* Whoever called the function looks at the answer when it returns, unless it was stopped just before. */
      if (is_stopped)
        myrmex_execution_give_up (self, context, now, &errands);
    }
  else if (is_stopped || context->error != NULL || !myrmex_task_has_transform (task))
    {
      myrmex_execution_complete_locked (self, context, now, &errands);
    }
  else if (task->extras->transform_func.func != NULL)
    {
      post_transform (self, task, context, &errands);
    }
  else
    {
      transforms_here = TRUE;
    }
  myrmex_execution_pump (self, now, &errands);
  if (!goes_on || self->recorder != NULL)
    next = myrmex_execution_take_over_slot (self, task, now, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  if (transforms_here)
    transform_answer (self, NULL, FALSE, context);

  if (next != NULL)
    {
      goes_on = TRUE;
      call_async (self, next);
      goes_on = FALSE;
    }
}

/* Under the lock: the decision over a condition. Takes @ending, the reference to @context, and what it is called by. */
static void
decided (MyrmexExecution       *self,
         MyrmexTaskContext     *context,
         MyrmexConditionResult  result,
         MyrmexEnding          *ending,
         MyrmexErrands         *errands)
{
  gint64 now = g_get_monotonic_time ();
  guint32 index = context->task;
  MyrmexTaskStatus before = myrmex_scheduler_get_status (self->scheduler, index);
  MyrmexTaskStatus after;

  myrmex_execution_record_condition (self, index, result, ending->seen, now);
  after = myrmex_scheduler_condition_decided (self->scheduler, index, result);

  context->worker = NULL;
  g_ptr_array_remove_fast (self->evaluations, context);
  if (before == MYRMEX_TASK_STATUS_PENDING && myrmex_task_status_is_final (after))
    {
      if (self->recorder != NULL)
        myrmex_execution_hold (self, index, MYRMEX_TASK_STATUS_PENDING);
      self->states[index].ended = now;
      self->states[index].pointer = g_steal_pointer (&ending);
      myrmex_execution_record_result (self, index);
      myrmex_execution_add_event (self, index, now, errands);
    }
  myrmex_ending_free (ending);
  myrmex_execution_pump (self, now, errands);
}

/* Without the lock: decides on a condition. */
static void
evaluate (MyrmexExecution *self,
          MyrmexWorker    *worker,
          guint32          index)
{
  g_autoptr (MyrmexTaskContext) context = myrmex_execution_new_context (self, index, 0);
  MyrmexErrands errands = { 0 };
  MyrmexEnding *ending;
  MyrmexConditionResult result;
  g_autofree char *seen = NULL;
  GError *error = NULL;
  gboolean is_true = FALSE, is_wanted, is_evaluated;

  /* There is no attempt yet that could be answered. */
  context->is_answered = 1;

  g_mutex_lock (&self->lock);
  is_wanted = myrmex_scheduler_get_status (self->scheduler, index) == MYRMEX_TASK_STATUS_PENDING;
  if (is_wanted)
    {
      context->worker = worker;
      g_ptr_array_add (self->evaluations, context);
    }
  g_mutex_unlock (&self->lock);
  if (!is_wanted)
    return;

  enter (self, worker, context);
  is_evaluated = myrmex_execution_evaluate (self, context, &is_true, &seen, &error);
  leave (self, worker);

  ending = g_new0 (MyrmexEnding, 1);
  ending->seen = g_steal_pointer (&seen);
  ending->error = error;
  ending->error_name = is_evaluated ? NULL : g_strdup ("condition");
  result = !is_evaluated ? MYRMEX_CONDITION_ERROR : is_true ? MYRMEX_CONDITION_TRUE : MYRMEX_CONDITION_FALSE;

  g_mutex_lock (&self->lock);
  decided (self, context, result, ending, &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

/* Without the lock, in a worker, or, for NULL, on the main context. Takes what @job holds. */
void
myrmex_execution_do_job (MyrmexExecution *self,
                         MyrmexWorker    *worker,
                         MyrmexJob       *job)
{
  g_autoptr (MyrmexTaskContext) context = g_steal_pointer (&job->context);

  switch (job->kind)
    {
    case MYRMEX_JOB_EVALUATE:
      evaluate (self, worker, job->task);
      break;
    case MYRMEX_JOB_TRANSFORM:
      transform_answer (self, worker, TRUE, context);
      break;
    case MYRMEX_JOB_BEGIN:
      myrmex_execution_begin_async (self, NULL, context);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Under the lock: the thread of an attempt ended. */
static void
forsake_attempt (MyrmexExecution   *self,
                 MyrmexTaskContext *context,
                 gint64             now,
                 MyrmexErrands     *errands)
{
  MyrmexTask *task = myrmex_execution_get_task (self, context->task);
  gboolean in_transform = context->has_answer && myrmex_task_has_transform (task);
  Answer answer = { NULL, new_exit_error (), TRUE };

  if (task->kind == MYRMEX_TASK_KIND_FUNCTION || in_transform)
    {
      came_back (self, context, &answer, in_transform, now, errands);
    }
  else
    {
      /* It was beginning something that may go on without the thread, if it has not answered it can not tell. */
      context->worker = NULL;
      if (g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
        {
          take_answer (context, &answer);
          myrmex_execution_complete_locked (self, context, now, errands);
        }
    }
  answer_clear (&answer);
}

/* Something that was called in @worker ended its thread. */
void
myrmex_execution_forsake (MyrmexExecution *self,
                          MyrmexWorker    *worker)
{
  MyrmexTaskContext *context = g_steal_pointer (&worker->in_call);
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  if (context == NULL)
    return;

  g_clear_pointer (&worker->held, g_variant_unref);
  g_mutex_lock (&self->lock);
  if (context->attempt == 0)
    {
      MyrmexEnding *ending = g_new0 (MyrmexEnding, 1);

      ending->error = new_exit_error ();
      ending->error_name = g_strdup ("condition");
      decided (self, context, MYRMEX_CONDITION_ERROR, ending, &errands);
    }
  else
    {
      forsake_attempt (self, context, now, &errands);
      myrmex_execution_pump (self, now, &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);

  /* The reference of whoever called it, who does not come back. */
  if (context != worker->context)
    myrmex_task_context_unref (context);
}
