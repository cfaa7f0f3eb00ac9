/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Attempts that were under way when the process before this one went away, and what a supervisor keeps of those that
 * have ended.
 *
 * A command may have gone on under the supervisor, or have ended meanwhile. Until that is known of all of them, the
 * time of the run stands still: what ended in time is not to be found too late. */

#include "actions/myrmex-command-action-private.h"
#include "engine/myrmex-execution-private.h"

/* The time goes on after so long in any case, in microseconds. */
#define MAX_WAIT (15 * G_USEC_PER_SEC)

static gboolean
is_command (MyrmexExecution *self,
            guint32          index)
{
  MyrmexTask *task = myrmex_execution_get_task (self, index);

  return task->kind == MYRMEX_TASK_KIND_ACTION && MYRMEX_IS_COMMAND_ACTION (task->action);
}

/* Under the lock: an attempt that has been started, and of which no end is known, goes on, if it is of a command: then
 * its context is to be begun without the lock. It takes a slot if there is one, but does not wait for one. */
MyrmexTaskContext *
myrmex_execution_adopt (MyrmexExecution *self,
                        guint32          index,
                        gint64           now,
                        MyrmexErrands   *errands)
{
  MyrmexTaskState *state = &self->states[index];
  MyrmexTaskContext *context;

  if (!is_command (self, index))
    return NULL;

  context = myrmex_execution_new_context (self, index, myrmex_scheduler_get_attempt (self->scheduler, index));
  context->is_adopted = context->is_adopting = TRUE;
  context->holds_slot = myrmex_worker_pool_try_slot (self->services->pool);
  g_atomic_int_set (&context->is_owned, TRUE);
  myrmex_ending_free (state->pointer);
  state->pointer = context;
  self->n_adopting++;
  g_atomic_int_inc (&self->services->n_adopting);
  self->adopt_deadline = now + MAX_WAIT;
  myrmex_execution_add_event (self, index, now, errands);
  /* It was told so already, by a process that can not say it again if it is not heard. */
  if (myrmex_scheduler_get_stop_reason (self->scheduler, index) != MYRMEX_REASON_NONE)
    myrmex_execution_stop_attempt (self, index, now, errands);
  return myrmex_task_context_ref (context);
}

/* Under the lock: it is known how the attempt stands. */
void
myrmex_execution_end_adoption (MyrmexExecution   *self,
                               MyrmexTaskContext *context,
                               MyrmexErrands     *errands)
{
  if (!context->is_adopting)
    return;
  context->is_adopting = FALSE;
  if (g_atomic_int_dec_and_test (&self->services->n_adopting))
    errands->settle = TRUE;
  if (--self->n_adopting == 0)
    self->armed = MYRMEX_NO_DEADLINE;
}

/* Without the lock: the command still runs. */
void
myrmex_execution_adopted (MyrmexExecution   *self,
                          MyrmexTaskContext *context)
{
  MyrmexErrands errands = { 0 };

  g_mutex_lock (&self->lock);
  myrmex_execution_end_adoption (self, context, &errands);
  if (!self->has_ended)
    myrmex_execution_pump (self, g_get_monotonic_time (), &errands);
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

/* Under the lock: whether the time of the run stands still. */
gboolean
myrmex_execution_is_adopting (MyrmexExecution *self,
                              gint64           now)
{
  if (self->n_adopting == 0 || now >= self->adopt_deadline)
    return FALSE;
  self->armed = self->adopt_deadline;
  myrmex_alarm_set (self->services->alarm, self, self->adopt_deadline);
  return TRUE;
}

/* Under the lock: the attempt has ended; a supervisor keeps that until it is told that it need not. */
void
myrmex_execution_add_ended (MyrmexExecution   *self,
                            MyrmexTaskContext *context)
{
  if (self->services->supervisor == NULL || !is_command (self, context->task))
    return;
  if (self->ended_cookies == NULL)
    self->ended_cookies = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->ended_cookies, myrmex_command_action_dup_cookie (self->id, context->task, context->attempt));
}

/* Without the lock: what became of these is kept, or will not be. Takes @cookies, which may be NULL. */
void
myrmex_execution_forget (MyrmexExecution *self,
                         GPtrArray       *cookies)
{
  MyrmexProcessHost *host;

  if (cookies == NULL)
    return;
  g_ptr_array_add (cookies, NULL);
  host = myrmex_runner_services_get_process_host (self->services, NULL);
  if (host != NULL)
    myrmex_process_host_forget (host, (const char * const *) cookies->pdata);
  g_ptr_array_unref (cookies);
}
