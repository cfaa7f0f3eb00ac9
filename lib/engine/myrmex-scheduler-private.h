/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-enums.h"
#include "engine/myrmex-plan-private.h"

G_BEGIN_DECLS

/* The state machine of one run. It does nothing itself: time and outcomes go in, decisions come out. It has
 * no lock, no clock and no main loop, and allocates nothing after myrmex_scheduler_new(). The same calls in
 * the same order give the same decisions.
 *
 * Times are in µs on any clock that never goes back. After each call that takes something in, pull what came
 * of it: notices and evaluations until there are none, and as many starts as there are hands for. */
typedef struct _MyrmexScheduler MyrmexScheduler;

#define MYRMEX_NO_DEADLINE G_MAXINT64

/* Where an attempt begins. The lanes do not hold each other up: a worker that is missing keeps nothing from
 * beginning on the main context. */
typedef enum
{
  MYRMEX_LANE_WORKER,
  MYRMEX_LANE_MAIN,
  MYRMEX_N_LANES,
} MyrmexLane;

typedef enum
{
  MYRMEX_NOTICE_STOP,      /* interrupt the running attempt of the task; reason tells why */
  MYRMEX_NOTICE_ENDED,     /* the task ended without an outcome of its own: SKIPPED or CANCELLED */
  MYRMEX_NOTICE_RUN_ENDED, /* the last notice there is */
} MyrmexNoticeKind;

typedef struct
{
  MyrmexNoticeKind kind;
  guint32          task;       /* of STOP and ENDED */
  MyrmexTaskStatus status;     /* of ENDED */
  MyrmexRunStatus  run_status; /* of RUN_ENDED */
  MyrmexReason     reason;
} MyrmexNotice;

/* What an attempt came to. */
typedef struct
{
  gboolean     success;
  MyrmexReason reason;    /* of a failure; NONE counts as ERROR */
  gboolean     retryable; /* the failure is worth another attempt. If the attempt was to stop since it
                           * TIMED_OUT, this is about the time-out, whatever success says */
  gboolean     lingers;   /* what ran is not gone yet: none runs before myrmex_scheduler_lingerer_gone() */
} MyrmexOutcome;

typedef enum
{
  MYRMEX_CONDITION_FALSE,
  MYRMEX_CONDITION_TRUE,
  MYRMEX_CONDITION_ERROR,
} MyrmexConditionResult;

typedef enum
{
  MYRMEX_WAIT_NOTHING,      /* it runs or has ended */
  MYRMEX_WAIT_RUN,          /* the run has not started */
  MYRMEX_WAIT_DEPENDENCIES, /* its trigger rule is not decided */
  MYRMEX_WAIT_CONDITION,    /* its condition is being evaluated, or is to be */
  MYRMEX_WAIT_TIME,         /* the next attempt has its time */
  MYRMEX_WAIT_LINGERER,     /* the attempt that was given up has not returned */
  MYRMEX_WAIT_PAUSED,       /* it could start, but the run is paused */
  MYRMEX_WAIT_SLOT,         /* it could start, but max_parallel attempts run */
  MYRMEX_WAIT_RUNNER,       /* it may start now, as soon as the runner has a hand for it */
} MyrmexWaitKind;

typedef struct
{
  MyrmexWaitKind kind;
  guint32        n_dependencies; /* of DEPENDENCIES: how many have not ended */
  gint64         until;          /* of TIME */
} MyrmexWait;

MyrmexScheduler      *myrmex_scheduler_new               (const MyrmexPlan      *plan,
                                                          guint32                random_seed);
void                  myrmex_scheduler_reseed            (MyrmexScheduler       *self,
                                                          guint32                random_seed);
void                  myrmex_scheduler_free              (MyrmexScheduler       *self);

/* What happens */
void                  myrmex_scheduler_set_timeout       (MyrmexScheduler       *self,
                                                          gint64                 timeout);
void                  myrmex_scheduler_preset_completed  (MyrmexScheduler       *self,
                                                          guint32                task,
                                                          guint                  n_attempts);
void                  myrmex_scheduler_start             (MyrmexScheduler       *self,
                                                          gint64                 now);
void                  myrmex_scheduler_advance           (MyrmexScheduler       *self,
                                                          gint64                 now);
MyrmexTaskStatus      myrmex_scheduler_attempt_ended     (MyrmexScheduler       *self,
                                                          guint32                task,
                                                          const MyrmexOutcome   *outcome,
                                                          gint64                 now);
void                  myrmex_scheduler_lingerer_gone     (MyrmexScheduler       *self,
                                                          guint32                task);
MyrmexTaskStatus      myrmex_scheduler_condition_decided (MyrmexScheduler       *self,
                                                          guint32                task,
                                                          MyrmexConditionResult  result);
void                  myrmex_scheduler_cancel            (MyrmexScheduler       *self);
gboolean              myrmex_scheduler_pause             (MyrmexScheduler       *self);
gboolean              myrmex_scheduler_resume            (MyrmexScheduler       *self);

/* What is to be done */
gboolean              myrmex_scheduler_next_start        (MyrmexScheduler       *self,
                                                          MyrmexLane             lane,
                                                          gint64                 now,
                                                          guint32               *task);
gboolean              myrmex_scheduler_next_evaluation   (MyrmexScheduler       *self,
                                                          guint32               *task);
gboolean              myrmex_scheduler_next_notice       (MyrmexScheduler       *self,
                                                          MyrmexNotice          *notice);
gint64                myrmex_scheduler_get_deadline      (const MyrmexScheduler *self);
guint32               myrmex_scheduler_get_n_startable   (const MyrmexScheduler *self,
                                                          MyrmexLane             lane);
gboolean              myrmex_scheduler_peek_start        (const MyrmexScheduler *self,
                                                          MyrmexLane             lane,
                                                          guint32               *task);
gboolean              myrmex_scheduler_has_evaluation    (const MyrmexScheduler *self);

/* How it stands */
MyrmexRunStatus       myrmex_scheduler_get_run_status    (const MyrmexScheduler *self);
MyrmexReason          myrmex_scheduler_get_run_reason    (const MyrmexScheduler *self);
MyrmexTaskStatus      myrmex_scheduler_get_status        (const MyrmexScheduler *self,
                                                          guint32                task);
MyrmexReason          myrmex_scheduler_get_reason        (const MyrmexScheduler *self,
                                                          guint32                task);
MyrmexReason          myrmex_scheduler_get_stop_reason   (const MyrmexScheduler *self,
                                                          guint32                task);
guint                 myrmex_scheduler_get_attempt       (const MyrmexScheduler *self,
                                                          guint32                task);
gint64                myrmex_scheduler_get_due           (const MyrmexScheduler *self,
                                                          guint32                task);
guint32               myrmex_scheduler_count             (const MyrmexScheduler *self,
                                                          MyrmexTaskStatus       status);
gboolean              myrmex_scheduler_is_ready          (const MyrmexScheduler *self,
                                                          guint32                task);
void                  myrmex_scheduler_explain_wait      (const MyrmexScheduler *self,
                                                          guint32                task,
                                                          MyrmexWait            *wait);

/* The table of allowed moves, for those who check from outside. */
gboolean              myrmex_task_status_may_move        (MyrmexTaskStatus       from,
                                                          MyrmexTaskStatus       to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexScheduler, myrmex_scheduler_free)

G_END_DECLS
