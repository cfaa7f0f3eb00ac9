/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-index-set-private.h"
#include "engine/myrmex-scheduler-private.h"
#include "engine/myrmex-timer-heap-private.h"

G_BEGIN_DECLS

/* The inside of the scheduler, for its own files only. */

#define N_TASK_STATUSES (MYRMEX_TASK_STATUS_CANCELLED + 1)

typedef struct
{
  guint32 n_open;            /* dependencies that have not ended */
  guint32 seen : 4;          /* MyrmexSeen: how those that have ended did */
  guint32 rule : 3;          /* MyrmexTriggerRule */
  guint32 has_condition : 1; /* and it is not decided yet */
  guint32 settled : 1;       /* the rule has been decided, or does not matter any more */
  guint32 asked : 1;         /* the condition is being evaluated */
  guint32 ran : 1;           /* there was an attempt */
  guint32 lingers : 1;       /* what ran for the last attempt is not gone */
  guint32 lane : 1;          /* MyrmexLane */
  guint32 status : 3;        /* MyrmexTaskStatus */
  guint32 reason : 4;        /* MyrmexReason, of the status */
  guint32 stop : 4;          /* MyrmexReason to stop the running attempt for; NONE: none */
  guint32 cut : 4;           /* MyrmexReason for which the run lets nothing more of the task start; NONE: it may */
} TaskState;

G_STATIC_ASSERT (sizeof (TaskState) == 8);

struct _MyrmexScheduler
{
  const MyrmexPlan *plan;
  guint64           seed;

  TaskState        *tasks;
  guint32           counts[N_TASK_STATUSES];
  guint32           n_open;            /* tasks that have not ended */

  MyrmexIndexSet    ready[MYRMEX_N_LANES]; /* positions of tasks that may start */
  MyrmexIndexSet    undecided;         /* positions of tasks whose condition is to be evaluated */
  MyrmexIndexSet    stops;             /* tasks to which a STOP is to be told */
  MyrmexTimerHeap   timers;            /* ends of attempts, and begins of next ones */

  /* Tasks that ended without an outcome, as a list: each entry is the next task plus 1. The caller takes them from
   * its head; the tasks behind `told` have not been told to their dependants yet. */
  guint32          *ended_next;
  guint32           ended_head;
  guint32           ended_tail;
  guint32           untold;

  guint32          *attempts;          /* NULL if none is ever tried again */
  gint64           *first_starts;      /* NULL if no policy has max_elapsed */

  gint64            run_deadline;
  guint             spared_rules;      /* a bit per MyrmexTriggerRule that the run still lets start */
  guint             n_cancels;
  MyrmexReason      first_failure;
  gboolean          started : 1;
  gboolean          paused : 1;
  gboolean          timed_out : 1;
  gboolean          failed_fast : 1;
  gboolean          told_end : 1;
};

static inline gboolean
scheduler_has_ended (const MyrmexScheduler *self)
{
  return self->n_open == 0 && (self->started || self->n_cancels > 0);
}

static inline gboolean
scheduler_has_slot (const MyrmexScheduler *self)
{
  return self->plan->max_parallel == 0 ||
         self->counts[MYRMEX_TASK_STATUS_RUNNING] < self->plan->max_parallel;
}

G_END_DECLS
