/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the main context of an execution is told, and when. */

#include "engine/myrmex-execution-private.h"

/* How far apart the main context is told of what happens, where it can wait. */
#define TELL_INTERVAL_US (10 * G_TIME_SPAN_MILLISECOND)

static void
clear_event (gpointer data)
{
  g_free (((MyrmexEvent *) data)->error);
}

static void
progress_free (gpointer data)
{
  MyrmexProgress *progress = data;

  g_free (progress->message);
  g_free (progress);
}

GArray *
myrmex_execution_new_events (void)
{
  GArray *events = g_array_new (FALSE, FALSE, sizeof (MyrmexEvent));

  g_array_set_clear_func (events, clear_event);
  return events;
}

GHashTable *
myrmex_execution_new_progress (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, progress_free);
}

/* Under the lock: tells how a task stands now, or the run for MYRMEX_NO_INDEX. */
void
myrmex_execution_add_event (MyrmexExecution *self,
                            guint32          task,
                            gint64           now,
                            MyrmexErrands   *errands)
{
  MyrmexEvent event = { .when = now, .task = task };

  errands->tell = TRUE;
  if (!self->wants_events && task != MYRMEX_NO_INDEX)
    return;

  if (task == MYRMEX_NO_INDEX)
    {
      event.status = (guint8) myrmex_scheduler_get_run_status (self->scheduler);
      event.reason = (guint8) myrmex_scheduler_get_run_reason (self->scheduler);
      errands->tell_at_once = TRUE;
    }
  else
    {
      event.status = (guint8) myrmex_scheduler_get_status (self->scheduler, task);
      event.reason = (guint8) myrmex_scheduler_get_reason (self->scheduler, task);
      event.attempt = myrmex_scheduler_get_attempt (self->scheduler, task);
      if (event.status == MYRMEX_TASK_STATUS_RETRYING)
        {
          MyrmexEnding *ending = self->states[task].pointer;

          event.error = ending != NULL && ending->error != NULL ? g_strdup (ending->error->message) : NULL;
          event.delay = (double) MAX (0, myrmex_scheduler_get_due (self->scheduler, task) - now) / G_USEC_PER_SEC;
        }
    }
  g_array_append_val (self->events, event);
}

/* Makes the main context look at what there is to tell: at once, or a little after the last time, so that however
 * much happens, the context is not kept busy. May be called from any thread. */
void
myrmex_execution_tell (MyrmexExecution *self,
                       gboolean         at_once)
{
  if (self->source == NULL)
    return;

  if (at_once)
    {
      g_atomic_int_set (&self->tells_at_once, 1);
      g_atomic_int_set (&self->is_telling, 1);
      g_source_set_ready_time (self->source, 0);
    }
  else if (!g_atomic_int_get (&self->is_telling) &&
           g_atomic_int_compare_and_exchange (&self->is_telling, 0, 1))
    {
      g_source_set_ready_time (self->source, self->last_told + TELL_INTERVAL_US);
      if (g_atomic_int_get (&self->tells_at_once))
        g_source_set_ready_time (self->source, 0);
    }
}
