/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the main context of an execution is told, and when. */

#include "base/myrmex-enums.h"
#include "engine/myrmex-execution-private.h"

/* How far apart the main context is told of what happens, where it can wait. */
#define TELL_INTERVAL_US (10 * G_TIME_SPAN_MILLISECOND)

static void
progress_free (gpointer data)
{
  MyrmexProgress *progress = data;

  g_free (progress->message);
  g_free (progress);
}

GHashTable *
myrmex_execution_new_progress (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, progress_free);
}

GArray *
myrmex_execution_new_events (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MyrmexEvent));
}

/* Those that were told are freed one by one, so that no frame pays for all of them. */
void
myrmex_execution_free_events (GArray *events,
                              guint   n_told)
{
  for (guint i = n_told; i < events->len; i++)
    g_free (g_array_index (events, MyrmexEvent, i).error);
  g_array_unref (events);
}

/* Under the lock: tells how a task stands now, or the run for MYRMEX_NO_INDEX; where that is recorded, when it is
 * kept. */
void
myrmex_execution_add_event (MyrmexExecution *self,
                            guint32          task,
                            gint64           now,
                            MyrmexErrands   *errands)
{
  const gboolean is_held = self->recorder != NULL && !self->is_broken && !self->has_ended;
  MyrmexEvent event = { .when = now, .task = task };

  errands->tell |= !is_held;
  if (self->logs_run | self->logs_tasks)
    myrmex_execution_note (self, task, now);
  if (!self->wants_events && task != MYRMEX_NO_INDEX)
    return;

  if (task == MYRMEX_NO_INDEX)
    {
      event.status = (guint8) myrmex_scheduler_get_run_status (self->scheduler);
      event.reason = (guint8) myrmex_scheduler_get_run_reason (self->scheduler);
      errands->tell_at_once |= !is_held;
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
  g_array_append_val (is_held ? self->held_events : self->events, event);
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

/* What is told of the run itself; floating. */
GVariant *
myrmex_execution_describe_run (MyrmexExecution    *self,
                               const MyrmexEvent  *event,
                               const char        **status)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "total_tasks", "u", self->plan->graph.n_tasks);
  *status = myrmex_run_status_to_string (event->status);

  if (myrmex_run_status_is_final (event->status))
    {
      g_mutex_lock (&self->lock);
      for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
        g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u",
                               myrmex_scheduler_count (self->scheduler, i));
      g_mutex_unlock (&self->lock);
      g_variant_dict_insert (&dict, "elapsed", "d", (double) (event->when - self->started) / G_USEC_PER_SEC);
      if (event->reason != MYRMEX_REASON_NONE)
        g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (event->reason));
    }
  else if (event->status == MYRMEX_RUN_STATUS_QUEUED)
    {
      *status = "started";
      if (self->retried_from != NULL)
        {
          g_variant_dict_insert (&dict, "retried_from", "s", self->retried_from);
          g_variant_dict_insert (&dict, "kept", "u", self->n_kept_tasks);
        }
    }
  return g_variant_dict_end (&dict);
}

/* The details of an event, put together without a builder: there may be two for each of a million tasks. */
typedef struct
{
  GVariant *entries[8];
  gsize     n;
} Details;

static void
add_detail (Details    *details,
            const char *key,
            GVariant   *value)
{
  details->entries[details->n++] = g_variant_new_dict_entry (g_variant_new_string (key),
                                                             g_variant_new_variant (value));
}

static gpointer
make_first_attempt (gpointer data)
{
  return g_variant_ref_sink (g_variant_new_dict_entry (g_variant_new_string ("attempt"),
                                                       g_variant_new_variant (g_variant_new_uint32 (1))));
}

static void
add_attempt (Details *details,
             guint    attempt)
{
  static GOnce once = G_ONCE_INIT;

  if (attempt == 1)
    details->entries[details->n++] = g_once (&once, make_first_attempt, NULL);
  else if (attempt > 1)
    add_detail (details, "attempt", g_variant_new_uint32 (attempt));
}

static void
add_end (MyrmexExecution   *self,
         const MyrmexEvent *event,
         Details           *details)
{
  MyrmexTaskState *state = &self->states[event->task];

  g_mutex_lock (&self->lock);
  if (event->attempt > 0)
    add_detail (details, "execution_time", g_variant_new_double ((double) state->busy / G_USEC_PER_SEC));
  if (event->status != MYRMEX_TASK_STATUS_COMPLETED && state->pointer != NULL)
    {
      MyrmexEnding *ending = state->pointer;

      if (ending->error != NULL)
        add_detail (details, "error", g_variant_new_string (ending->error->message));
      if (ending->error_name != NULL)
        add_detail (details, "error_name", g_variant_new_string (ending->error_name));
    }
  g_mutex_unlock (&self->lock);
}

/* What is told of a task; floating. */
GVariant *
myrmex_execution_describe_task (MyrmexExecution   *self,
                                const MyrmexEvent *event)
{
  Details details = { .n = 0 };

  add_attempt (&details, event->attempt);
  if (event->reason != MYRMEX_REASON_NONE)
    add_detail (&details, "reason", g_variant_new_string (myrmex_reason_to_string (event->reason)));

  if (event->status == MYRMEX_TASK_STATUS_RETRYING)
    {
      add_detail (&details, "delay", g_variant_new_double (event->delay));
      if (event->error != NULL)
        add_detail (&details, "error", g_variant_new_string (event->error));
    }
  else if (myrmex_task_status_is_final (event->status))
    {
      add_end (self, event, &details);
    }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), details.entries, details.n);
}
