/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* An attempt of a task from its begin to its end: how it is stopped, and what it came to. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "engine/myrmex-execution-private.h"
#include "model/myrmex-retry-policy.h"

void
myrmex_ending_free (MyrmexEnding *ending)
{
  if (ending == NULL)
    return;

  g_clear_pointer (&ending->value, g_variant_unref);
  g_clear_error (&ending->error);
  g_free (ending->error_name);
  g_free (ending->seen);
  g_free (ending);
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

/* Under the lock, so that no time is set after the run has ended: the alarm would hold the run until then. */
void
myrmex_execution_arm (MyrmexExecution *self)
{
  gint64 deadline = myrmex_scheduler_get_deadline (self->scheduler);

  if (deadline < self->armed)
    {
      self->armed = deadline;
      myrmex_alarm_set (self->services->alarm, self, deadline);
    }
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

  if (self->recorder != NULL)
    myrmex_execution_hold (self, task, myrmex_scheduler_get_attempt (self->scheduler, task) > 1
                                         ? MYRMEX_TASK_STATUS_RETRYING : MYRMEX_TASK_STATUS_PENDING);
  if (state->pointer != NULL)
    myrmex_ending_free (state->pointer);
  state->pointer = context;
  if (state->started == 0)
    state->started = now;
  state->ended = now;
  if (self->recorder != NULL)
    myrmex_execution_record (self, MYRMEX_RECORD_ATTEMPT_STARTED, task, now);
  myrmex_execution_add_event (self, task, now, errands);
  if (self->plan->timeouts != NULL)
    myrmex_execution_arm (self);
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

/* Under the lock: what the run interrupted is told in the run's words, whatever the action made of it. Whether a
 * time-out is worth another attempt is for the policy alone, also where the attempt was interrupted before it began. */
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
      const double timeout = task->extras->timeout;
      char seconds[G_ASCII_DTOSTR_BUF_SIZE];
      /* “1.5 seconds”, and “0.5 seconds” */
      const gulong n = timeout == 1 ? 1 : timeout < 1 ? 0 : 2;

      context->error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT,
                                    ngettext ("It took longer than %s second", "It took longer than %s seconds", n),
                                    g_ascii_formatd (seconds, sizeof seconds, "%g", timeout));
      context->error_name = g_strdup ("timeout");
      context->is_retryable = TRUE;
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

static const char *
get_error_name (const MyrmexEnding *ending)
{
  return ending != NULL ? ending->error_name : NULL;
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
  gint64 end = now;

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
      /* Its further names were for the policy alone. */
      if (context->error_name != NULL)
        context->error_name[strcspn (context->error_name, " ")] = '\0';
    }

  if (context->is_adopted)
    {
      /* It may have ended before this process began. */
      end = context->command_ended > 0 ? CLAMP (context->command_ended, state->ended, now) : now;
      myrmex_execution_end_adoption (self, context, errands);
    }
  if (self->recorder != NULL)
    myrmex_execution_hold (self, index, MYRMEX_TASK_STATUS_RUNNING);
  state->busy += end - state->ended;
  state->ended = end;
  myrmex_execution_add_ended (self, context);
  state->pointer = take_ending (context);
  if (context->holds_slot)
    {
      context->holds_slot = FALSE;
      errands->free_slots++;
    }

  if (self->recorder != NULL)
    myrmex_execution_record_outcome (self, index, &outcome, get_error_name (state->pointer), now);
  status = myrmex_scheduler_attempt_ended (self->scheduler, index, &outcome, now);
  g_assert (status != MYRMEX_TASK_STATUS_RUNNING);
  if (status == MYRMEX_TASK_STATUS_RETRYING && state->pointer != NULL)
    ((MyrmexEnding *) state->pointer)->reason = (guint8) myrmex_scheduler_get_reason (self->scheduler, index);
  if (self->recorder != NULL)
    myrmex_execution_record_result (self, index);
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

/* Under the lock: the attempt ends without what may still come of it. Another thread takes the place of one that is
 * still at it. */
void
myrmex_execution_give_up (MyrmexExecution   *self,
                          MyrmexTaskContext *context,
                          gint64             now,
                          MyrmexErrands     *errands)
{
  context->is_late = TRUE;
  myrmex_execution_complete_locked (self, context, now, errands);
  if (context->worker != NULL)
    myrmex_worker_pool_stuck (self->services->pool, context->worker);
}

/* Under the lock: the scheduler wants an attempt interrupted. An action that can take itself down answers when it
 * has; any other attempt has ended with this, and what comes of its function is dropped. */
void
myrmex_execution_stop_attempt (MyrmexExecution *self,
                               guint32          task,
                               gint64           now,
                               MyrmexErrands   *errands)
{
  MyrmexTaskContext *context = self->states[task].pointer;

  if (myrmex_scheduler_get_status (self->scheduler, task) != MYRMEX_TASK_STATUS_RUNNING || context == NULL)
    return;

  add_stop (self, context, FALSE, errands);
  if (context->can_stop && !context->has_answer)
    return;

  /* Where an answer is being given just now, whoever gives it sees that the attempt was stopped. */
  if (context->has_answer || g_atomic_int_compare_and_exchange (&context->is_answered, 0, 1))
    myrmex_execution_give_up (self, context, now, errands);
}

/* Under the lock: if the condition of a task is being decided, that is for nothing now. */
void
myrmex_execution_stop_evaluation (MyrmexExecution *self,
                                  guint32          task,
                                  MyrmexErrands   *errands)
{
  for (guint i = 0; i < self->evaluations->len; i++)
    {
      MyrmexTaskContext *context = self->evaluations->pdata[i];

      if (context->task != task)
        continue;
      add_stop (self, context, FALSE, errands);
      if (context->worker != NULL)
        myrmex_worker_pool_stuck (self->services->pool, context->worker);
    }
}

/* Under the lock: every attempt that is taking itself down is told to hurry. */
void
myrmex_execution_force_stops (MyrmexExecution *self,
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
