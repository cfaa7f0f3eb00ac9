/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-index-set-private.h"
#include "engine/myrmex-scheduler-private.h"
#include "engine/myrmex-timer-heap-private.h"

G_BEGIN_DECLS

/* The inside of the scheduler, for its own files only. */

#define N_TASK_STATUSES (MYRMEX_TASK_STATUS_CANCELLED + 1)

#define TASK_RULE_MASK     (MYRMEX_POLICY_RULE_MASK)
#define TASK_HAS_CONDITION (MYRMEX_POLICY_HAS_CONDITION) /* and it is not decided yet */
#define TASK_MAIN          (MYRMEX_POLICY_MAIN)
#define TASK_SETTLED       (0x20) /* the rule has been decided, or does not matter any more */
#define TASK_ASKED         (0x40) /* the condition is being evaluated */
#define TASK_LINGERS       (0x80) /* what ran for the last attempt is not gone */

#define STANDING_STATUS_MASK (0x07)
#define STANDING_RAN         (0x08) /* there was an attempt */

/* Plain bytes and no bit-fields, which compilers write as bytes and read as words: each such read has to
 * wait for the writes, which was a third of what a task costs. */
typedef struct
{
  guint32 n_open;   /* dependencies that have not ended */
  guint8  flags;    /* TASK_* */
  guint8  seen;     /* MyrmexSeen: how the dependencies that have ended did */
  guint8  standing; /* MyrmexTaskStatus and STANDING_RAN, and in the upper half the MyrmexReason */
  guint8  halt;     /* MyrmexReason for which nothing more of the task starts, and in the upper half that for
                     * which the running attempt is to stop; NONE where there is none */
} TaskState;

G_STATIC_ASSERT (MYRMEX_REASON_INTERRUPTED < 16);
G_STATIC_ASSERT (MYRMEX_TASK_STATUS_CANCELLED <= STANDING_STATUS_MASK);

G_STATIC_ASSERT (sizeof (TaskState) == 8);

static inline MyrmexTaskStatus
task_get_status (const TaskState *state)
{
  return (MyrmexTaskStatus) (state->standing & STANDING_STATUS_MASK);
}

static inline MyrmexReason
task_get_reason (const TaskState *state)
{
  return (MyrmexReason) (state->standing >> 4);
}

static inline void
task_set_standing (TaskState        *state,
                   MyrmexTaskStatus  status,
                   MyrmexReason      reason)
{
  guint ran = status == MYRMEX_TASK_STATUS_RUNNING ? STANDING_RAN : state->standing & STANDING_RAN;

  state->standing = (guint8) (status | ran | reason << 4);
}

static inline MyrmexReason
task_get_cut (const TaskState *state)
{
  return (MyrmexReason) (state->halt & 0x0f);
}

static inline MyrmexReason
task_get_stop (const TaskState *state)
{
  return (MyrmexReason) (state->halt >> 4);
}

static inline void
task_set_halt (TaskState    *state,
               MyrmexReason  cut,
               MyrmexReason  stop)
{
  state->halt = (guint8) (cut | stop << 4);
}

static inline MyrmexTriggerRule
task_get_rule (const TaskState *state)
{
  return (MyrmexTriggerRule) (state->flags & TASK_RULE_MASK);
}

static inline MyrmexLane
task_get_lane (const TaskState *state)
{
  return (state->flags & TASK_MAIN) != 0 ? MYRMEX_LANE_MAIN : MYRMEX_LANE_WORKER;
}

static inline gboolean
task_has (const TaskState *state,
          guint            flag)
{
  return (state->flags & flag) != 0;
}

static inline void
task_set (TaskState *state,
          guint      flag)
{
  state->flags = (guint8) (state->flags | flag);
}

static inline void
task_unset (TaskState *state,
            guint      flag)
{
  state->flags = (guint8) (state->flags & ~flag);
}

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

  /* Tasks that ended without an outcome, as a list: each entry is the next task plus 1. The caller takes
   * them from its head; from `untold` on, their dependants do not know it yet. */
  guint32          *ended_next;
  guint32           ended_head;
  guint32           ended_tail;
  guint32           untold;

  guint32          *attempts;          /* NULL if none is ever tried again */
  gint64           *first_starts;      /* NULL if no policy has max_elapsed */

  gint64            timeout;           /* of the whole run, in µs; 0: none */
  gint64            run_deadline;
  guint             spared_rules;      /* a bit per MyrmexTriggerRule that the run still lets start */
  guint             n_cancels;
  MyrmexReason      first_failure;
  gboolean          has_presets : 1;
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
