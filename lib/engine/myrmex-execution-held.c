/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is read of a run. Of one that is recorded, that is what is kept: whoever asks is told no more than whoever
 * listens, and what was told has been, whatever the next process finds on the disk.
 *
 *   a task moves      how it stood before is put down, for the flush that keeps the move
 *   a flush is kept   what was put down for it is dropped
 *   a task is read    as it was put down first, or else as it stands
 *
 * Moves are kept in the order in which they happened, so at any time all tasks together are read as the run once was.
 * However much is held, each of these takes the same time; only counting looks at all of it. */

#include "engine/myrmex-execution-private.h"

/* What the last attempt failed with: the next one put it aside, or there is none. */
static const MyrmexEnding *
get_ending (MyrmexExecution  *self,
            const MyrmexHeld *held)
{
  const gboolean has_ended = myrmex_task_status_is_final (myrmex_scheduler_get_status (self->scheduler, held->task));

  if (held->status != MYRMEX_TASK_STATUS_RETRYING)
    return NULL;
  return held->next == NULL && has_ended ? self->states[held->task].pointer : held->ending;
}

static void
put_down (MyrmexExecution *self,
          MyrmexHeld      *held)
{
  MyrmexHeld *first;

  if (self->held_tasks == NULL)
    self->held_tasks = g_hash_table_new (NULL, NULL);
  first = g_hash_table_lookup (self->held_tasks, GUINT_TO_POINTER (held->task));
  if (first == NULL)
    g_hash_table_insert (self->held_tasks, GUINT_TO_POINTER (held->task), held);
  else
    first->last->next = held;
  (first != NULL ? first : held)->last = held;
  g_queue_push_tail (&self->held_moves, held);
}

/* Under the lock: a task moves, and that is recorded. Before what belongs to its attempts is changed; the scheduler may
 * have been told. */
void
myrmex_execution_hold (MyrmexExecution  *self,
                       guint32           task,
                       MyrmexTaskStatus  before)
{
  MyrmexTaskState *state = &self->states[task];
  gboolean begins = before != MYRMEX_TASK_STATUS_RUNNING &&
                    myrmex_scheduler_get_status (self->scheduler, task) == MYRMEX_TASK_STATUS_RUNNING;
  const MyrmexEnding *ending;
  MyrmexHeld *held;

  if (!myrmex_execution_is_recorded (self) || self->has_ended)
    return;

  held = g_new0 (MyrmexHeld, 1);
  held->task = task;
  held->serial = self->n_flushed + 1;
  held->status = (guint8) before;
  held->attempt = myrmex_scheduler_get_attempt (self->scheduler, task) - (begins ? 1 : 0);
  held->busy = state->busy;
  if (begins)
    held->ending = g_steal_pointer (&state->pointer);
  ending = get_ending (self, held);
  held->reason = ending != NULL ? ending->reason : MYRMEX_REASON_NONE;
  put_down (self, held);
}

/* Under the lock: all flushes up to this one are kept, or nothing is any more. */
void
myrmex_execution_release_held (MyrmexExecution *self,
                               guint64          serial)
{
  MyrmexHeld *held;

  while ((held = g_queue_peek_head (&self->held_moves)) != NULL && held->serial <= serial)
    {
      g_queue_pop_head (&self->held_moves);
      if (held->next != NULL)
        {
          held->next->last = held->last;
          g_hash_table_insert (self->held_tasks, GUINT_TO_POINTER (held->task), held->next);
        }
      else
        {
          g_hash_table_remove (self->held_tasks, GUINT_TO_POINTER (held->task));
        }
      myrmex_ending_free (held->ending);
      g_free (held);
    }
}

void
myrmex_execution_free_held (MyrmexExecution *self)
{
  myrmex_execution_release_held (self, G_MAXUINT64);
  g_clear_pointer (&self->held_tasks, g_hash_table_unref);
}

/* Under the lock: how a task stood before its first move that is not kept; NULL where all are. */
const MyrmexHeld *
myrmex_execution_get_held (MyrmexExecution *self,
                           guint32          task)
{
  return self->held_moves.length > 0 ? g_hash_table_lookup (self->held_tasks, GUINT_TO_POINTER (task)) : NULL;
}

/* Under the lock: how a task stands as far as that is kept. */
MyrmexTaskStatus
myrmex_execution_get_kept_status (MyrmexExecution *self,
                                  guint32          task)
{
  const MyrmexHeld *held = myrmex_execution_get_held (self, task);

  return held != NULL ? (MyrmexTaskStatus) held->status : myrmex_scheduler_get_status (self->scheduler, task);
}

/* Under the lock, likewise: the attempt that runs, or the last one. */
guint
myrmex_execution_get_kept_attempt (MyrmexExecution *self,
                                   guint32          task)
{
  const MyrmexHeld *held = myrmex_execution_get_held (self, task);

  return held != NULL ? held->attempt : myrmex_scheduler_get_attempt (self->scheduler, task);
}

/* Under the lock, likewise: how a task stands, or what came of it. */
MyrmexTaskResult *
myrmex_execution_dup_kept_result (MyrmexExecution *self,
                                  guint32          task)
{
  const MyrmexHeld *held = myrmex_execution_get_held (self, task);
  const MyrmexEnding *ending;
  MyrmexTaskResult *result;

  if (held == NULL)
    return myrmex_execution_dup_result_locked (self, task);

  result = myrmex_task_result_new ();
  result->status = held->status;
  result->reason = held->reason;
  result->attempts = held->attempt;
  result->execution_time = held->busy;
  if (held->attempt > 0)
    result->started = myrmex_execution_to_wall (self, self->states[task].started);
  /* The attempt has ended: that is what is held. */
  if (held->status == MYRMEX_TASK_STATUS_RUNNING)
    result->execution_time = held->next != NULL ? held->next->busy : self->states[task].busy;
  ending = get_ending (self, held);
  if (ending != NULL)
    {
      result->error = ending->error != NULL ? g_error_copy (ending->error) : NULL;
      result->error_name = g_strdup (ending->error_name);
    }
  return result;
}

/* Under the lock, likewise: how many tasks are in each status. */
void
myrmex_execution_count_kept (MyrmexExecution *self,
                             guint           *counts)
{
  GHashTableIter iter;
  gpointer task, held;

  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    counts[i] = myrmex_scheduler_count (self->scheduler, i);
  if (self->held_moves.length == 0)
    return;
  g_hash_table_iter_init (&iter, self->held_tasks);
  while (g_hash_table_iter_next (&iter, &task, &held))
    {
      counts[myrmex_scheduler_get_status (self->scheduler, GPOINTER_TO_UINT (task))]--;
      counts[((MyrmexHeld *) held)->status]++;
    }
}
