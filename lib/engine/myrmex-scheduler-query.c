/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-scheduler-struct-private.h"

/* When myrmex_scheduler_advance() has something to do next; MYRMEX_NO_DEADLINE if never. */
gint64
myrmex_scheduler_get_deadline (const MyrmexScheduler *self)
{
  if (scheduler_has_ended (self))
    return MYRMEX_NO_DEADLINE;
  if (self->timers.count > 0)
    return MIN (self->timers.heap[0].when, self->run_deadline);
  return self->run_deadline;
}

/* How many attempts myrmex_scheduler_next_start() would start now. */
guint32
myrmex_scheduler_get_n_startable (const MyrmexScheduler *self,
                                  MyrmexLane             lane)
{
  if (self->paused || !scheduler_has_slot (self))
    return 0;
  if (self->plan->max_parallel == 0)
    return self->ready[lane].count;
  return MIN (self->ready[lane].count,
              self->plan->max_parallel - self->counts[MYRMEX_TASK_STATUS_RUNNING]);
}

/* Which task myrmex_scheduler_next_start() would start now. */
gboolean
myrmex_scheduler_peek_start (const MyrmexScheduler *self,
                             MyrmexLane             lane,
                             guint32               *task)
{
  if (myrmex_scheduler_get_n_startable (self, lane) == 0)
    return FALSE;

  *task = myrmex_graph_get_task_at (&self->plan->graph, self->ready[lane].least);
  return TRUE;
}

/* Whether myrmex_scheduler_next_evaluation() would give one now. */
gboolean
myrmex_scheduler_has_evaluation (const MyrmexScheduler *self)
{
  return self->undecided.count > 0 && !self->paused;
}

MyrmexRunStatus
myrmex_scheduler_get_run_status (const MyrmexScheduler *self)
{
  if (!scheduler_has_ended (self))
    {
      if (!self->started)
        return MYRMEX_RUN_STATUS_QUEUED;
      return self->paused ? MYRMEX_RUN_STATUS_PAUSED : MYRMEX_RUN_STATUS_RUNNING;
    }

  if (self->n_cancels > 0)
    return MYRMEX_RUN_STATUS_CANCELLED;
  if (self->timed_out || self->counts[MYRMEX_TASK_STATUS_FAILED] > 0 ||
      self->counts[MYRMEX_TASK_STATUS_CANCELLED] > 0)
    return MYRMEX_RUN_STATUS_FAILED;
  return MYRMEX_RUN_STATUS_COMPLETED;
}

/* Why the run ends as it does. If nothing but failed tasks is to blame, it is the reason of the first one. */
MyrmexReason
myrmex_scheduler_get_run_reason (const MyrmexScheduler *self)
{
  if (self->n_cancels > 0)
    return MYRMEX_REASON_RUN_CANCELLED;
  if (self->timed_out)
    return MYRMEX_REASON_RUN_TIMED_OUT;
  return self->first_failure;
}

MyrmexTaskStatus
myrmex_scheduler_get_status (const MyrmexScheduler *self,
                             guint32                task)
{
  return task_get_status (&self->tasks[task]);
}

/* Of a task that is RETRYING, why the last attempt failed. */
MyrmexReason
myrmex_scheduler_get_reason (const MyrmexScheduler *self,
                             guint32                task)
{
  return task_get_reason (&self->tasks[task]);
}

/* Why the running attempt is to stop; NONE if it is not. */
MyrmexReason
myrmex_scheduler_get_stop_reason (const MyrmexScheduler *self,
                                  guint32                task)
{
  return task_get_stop (&self->tasks[task]);
}

/* The running or the last attempt, from 1; 0 if there was none. */
guint
myrmex_scheduler_get_attempt (const MyrmexScheduler *self,
                              guint32                task)
{
  if (self->attempts != NULL)
    return self->attempts[task];
  return (self->tasks[task].standing & STANDING_RAN) != 0 ? 1 : 0;
}

/* When the next attempt of a task that is RETRYING may start; 0 if it waits for no time. */
gint64
myrmex_scheduler_get_due (const MyrmexScheduler *self,
                          guint32                task)
{
  gint64 due;

  if (task_get_status (&self->tasks[task]) == MYRMEX_TASK_STATUS_RETRYING &&
      myrmex_timer_heap_lookup (&self->timers, task, &due))
    return due;
  return 0;
}

guint32
myrmex_scheduler_count (const MyrmexScheduler *self,
                        MyrmexTaskStatus       status)
{
  return self->counts[status];
}

/* Whether nothing but a free hand, a slot or a pause keeps the next attempt of the task from starting. */
gboolean
myrmex_scheduler_is_ready (const MyrmexScheduler *self,
                           guint32                task)
{
  return myrmex_index_set_contains (&self->ready[task_get_lane (&self->tasks[task])],
                                    myrmex_graph_get_position (&self->plan->graph, task));
}

/* What a task waits for, for those who ask. */
void
myrmex_scheduler_explain_wait (const MyrmexScheduler *self,
                               guint32                task,
                               MyrmexWait            *wait)
{
  const TaskState *state = &self->tasks[task];

  *wait = (MyrmexWait) { .kind = MYRMEX_WAIT_NOTHING };
  if (task_get_status (state) == MYRMEX_TASK_STATUS_RUNNING ||
      myrmex_task_status_is_final (task_get_status (state)))
    return;

  if (!self->started)
    {
      wait->kind = MYRMEX_WAIT_RUN;
    }
  else if (!task_has (state, TASK_SETTLED))
    {
      wait->kind = MYRMEX_WAIT_DEPENDENCIES;
      wait->n_dependencies = state->n_open;
    }
  else if (myrmex_timer_heap_lookup (&self->timers, task, &wait->until))
    {
      wait->kind = MYRMEX_WAIT_TIME;
    }
  else if (task_has (state, TASK_LINGERS))
    {
      wait->kind = MYRMEX_WAIT_LINGERER;
    }
  else if (self->paused && !task_has (state, TASK_ASKED))
    {
      wait->kind = MYRMEX_WAIT_PAUSED;
    }
  else if (task_has (state, TASK_HAS_CONDITION))
    {
      wait->kind = MYRMEX_WAIT_CONDITION;
    }
  else
    {
      wait->kind = scheduler_has_slot (self) ? MYRMEX_WAIT_RUNNER : MYRMEX_WAIT_SLOT;
    }
}
