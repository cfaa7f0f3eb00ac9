/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Recovery: what went into the scheduler of a run goes into another one, in the same order, and the same comes
 * of it.
 *
 * Times of the journal are those of the wall when the run began, and go on with the monotonic clock from there,
 * so that setting the clock does not change what was due before what. Between two lives of a run the wall clock
 * counts. It may have been set back meanwhile, but no time passes backwards: the run goes on at its last event
 * then.
 *
 * Conditions are asked for as soon as they can be. When they were is not in the journal, and does not matter:
 * nothing but the answer changes what comes. */

#include "journal/myrmex-journal-replay-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"

static gboolean
refuse (const MyrmexJournalEvent  *event,
        guint                      index,
        GError                   **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
               _("What the journal has of the run does not fit its workflow, from event %u (of kind %d) on; the run can not be resumed"),
               index + 1, (int) event->kind);
  return FALSE;
}

static const MyrmexJournalEvent *
get_event (const GArray *events,
           guint         index)
{
  return &g_array_index (events, const MyrmexJournalEvent, index);
}

/* Reads what a scheduler is made with. @wall and @now are the same moment, by the wall and for the scheduler. */
gboolean
myrmex_journal_replay_init (MyrmexJournalReplay  *self,
                            const GArray         *events,
                            gint64                wall,
                            gint64                now,
                            GError              **error)
{
  gint64 last = wall;
  guint first = 0;

  *self = (MyrmexJournalReplay) { .has_started = events->len > 0 };
  self->in_flight = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->lingering = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->asked = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < events->len; i++)
    last = MAX (last, get_event (events, i)->when);
  self->offset = now - last;
  self->last = now;
  if (events->len == 0)
    return TRUE;

  while (first < events->len - 1 && get_event (events, first)->kind == MYRMEX_JOURNAL_EVENT_KEPT)
    first++;
  if (get_event (events, first)->kind != MYRMEX_JOURNAL_EVENT_STARTED)
    return refuse (get_event (events, first), first, error);
  g_variant_get (get_event (events, first)->data, "(ub)", &self->seed, NULL);
  return TRUE;
}

void
myrmex_journal_replay_clear (MyrmexJournalReplay *self)
{
  g_clear_pointer (&self->in_flight, g_array_unref);
  g_clear_pointer (&self->lingering, g_array_unref);
  g_clear_pointer (&self->asked, g_array_unref);
}

static gboolean
take_out (GArray  *tasks,
          guint32  task)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      if (g_array_index (tasks, guint32, i) == task)
        {
          g_array_remove_index_fast (tasks, i);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
keep_task (MyrmexScheduler          *scheduler,
           const MyrmexJournalEvent *event)
{
  if (myrmex_scheduler_get_run_status (scheduler) != MYRMEX_RUN_STATUS_QUEUED ||
      myrmex_scheduler_get_status (scheduler, event->task) != MYRMEX_TASK_STATUS_PENDING)
    return FALSE;
  myrmex_scheduler_preset_completed (scheduler, event->task, event->attempt);
  return TRUE;
}

static gboolean
start_task (const MyrmexPlan         *plan,
            MyrmexScheduler          *scheduler,
            const MyrmexJournalEvent *event,
            gint64                    when)
{
  gboolean is_main = plan->policies != NULL && (plan->policies[event->task] & MYRMEX_POLICY_MAIN) != 0;
  guint32 task;

  return myrmex_scheduler_next_start (scheduler, is_main ? MYRMEX_LANE_MAIN : MYRMEX_LANE_WORKER, when, &task) &&
         task == event->task && myrmex_scheduler_get_attempt (scheduler, task) == event->attempt;
}

static gboolean
end_attempt (MyrmexJournalReplay      *self,
             MyrmexScheduler          *scheduler,
             const MyrmexJournalEvent *event,
             gint64                    when)
{
  MyrmexOutcome outcome = { 0 };
  guint8 reason;

  if (myrmex_scheduler_get_status (scheduler, event->task) != MYRMEX_TASK_STATUS_RUNNING)
    return FALSE;
  g_variant_get (event->data, "(bybbs)", &outcome.success, &reason, &outcome.retryable, &outcome.lingers, NULL);
  if (reason > MYRMEX_REASON_INTERRUPTED)
    return FALSE;
  outcome.reason = (MyrmexReason) reason;
  myrmex_scheduler_attempt_ended (scheduler, event->task, &outcome, when);
  if (outcome.lingers)
    g_array_append_val (self->lingering, event->task);
  return TRUE;
}

static gboolean
decide (MyrmexJournalReplay      *self,
        MyrmexScheduler          *scheduler,
        const MyrmexJournalEvent *event)
{
  guint8 result;

  g_variant_get (event->data, "(ys)", &result, NULL);
  if (result > MYRMEX_CONDITION_ERROR || !take_out (self->asked, event->task))
    return FALSE;
  myrmex_scheduler_condition_decided (scheduler, event->task, (MyrmexConditionResult) result);
  return TRUE;
}

/* Returns FALSE for an event that can not have been at this point. */
static gboolean
feed (MyrmexJournalReplay      *self,
      const MyrmexPlan         *plan,
      MyrmexScheduler          *scheduler,
      const MyrmexJournalEvent *event,
      gint64                    when)
{
  gboolean paused;

  switch (event->kind)
    {
    case MYRMEX_JOURNAL_EVENT_STARTED:
      g_variant_get (event->data, "(ub)", NULL, &paused);
      if (paused)
        myrmex_scheduler_pause (scheduler);
      myrmex_scheduler_start (scheduler, when);
      return TRUE;
    case MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED:
      return start_task (plan, scheduler, event, when);
    case MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED:
      return end_attempt (self, scheduler, event, when);
    case MYRMEX_JOURNAL_EVENT_LINGERER_GONE:
      myrmex_scheduler_lingerer_gone (scheduler, event->task);
      return take_out (self->lingering, event->task);
    case MYRMEX_JOURNAL_EVENT_EVALUATED:
      return decide (self, scheduler, event);
    case MYRMEX_JOURNAL_EVENT_ADVANCED:
      myrmex_scheduler_advance (scheduler, when);
      return TRUE;
    case MYRMEX_JOURNAL_EVENT_CANCELLED:
      myrmex_scheduler_cancel (scheduler);
      return TRUE;
    case MYRMEX_JOURNAL_EVENT_PAUSED:
      return myrmex_scheduler_pause (scheduler);
    case MYRMEX_JOURNAL_EVENT_RESUMED:
      return myrmex_scheduler_resume (scheduler);
    case MYRMEX_JOURNAL_EVENT_RETRY_DUE:
      return TRUE; /* it follows from the outcome and the seed */
    case MYRMEX_JOURNAL_EVENT_KEPT:
      return keep_task (scheduler, event);
    case MYRMEX_JOURNAL_EVENT_ENDED:
      self->has_ended = TRUE;
      return myrmex_run_status_is_final (myrmex_scheduler_get_run_status (scheduler));
    default:
      return FALSE;
    }
}

/* What the scheduler says is known already, or found out from how it stands in the end. */
static void
drain (MyrmexJournalReplay *self,
       MyrmexScheduler     *scheduler)
{
  MyrmexNotice notice;
  guint32 task;

  while (myrmex_scheduler_next_notice (scheduler, &notice))
    ;
  while (myrmex_scheduler_next_evaluation (scheduler, &task))
    g_array_append_val (self->asked, task);
}

static gboolean
has_task (const MyrmexJournalEvent *event)
{
  return event->kind == MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED || event->kind == MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED ||
         event->kind == MYRMEX_JOURNAL_EVENT_LINGERER_GONE || event->kind == MYRMEX_JOURNAL_EVENT_EVALUATED ||
         event->kind == MYRMEX_JOURNAL_EVENT_KEPT;
}

/* Brings a new scheduler, made with the seed, to where the old one was. Nothing is let happen that has become
 * due since: that is the first thing to do for whoever goes on. */
gboolean
myrmex_journal_replay_run (MyrmexJournalReplay  *self,
                           const GArray         *events,
                           const MyrmexPlan     *plan,
                           MyrmexScheduler      *scheduler,
                           GError              **error)
{
  gint64 when = G_MININT64;

  for (guint i = 0; i < events->len; i++)
    {
      const MyrmexJournalEvent *event = get_event (events, i);

      /* Each at its own time, as it was fed when it happened: whoever brought it may have had to wait for whoever
       * brought a later one first. */
      if (self->has_ended || (has_task (event) && event->task >= plan->graph.n_tasks) ||
          !feed (self, plan, scheduler, event, event->when + self->offset))
        return refuse (event, i, error);
      when = MAX (when, event->when + self->offset);
      drain (self, scheduler);
    }
  if (events->len > 0)
    self->last = when;

  for (guint32 task = 0; task < plan->graph.n_tasks; task++)
    {
      if (myrmex_scheduler_get_status (scheduler, task) == MYRMEX_TASK_STATUS_RUNNING)
        g_array_append_val (self->in_flight, task);
    }
  return TRUE;
}
