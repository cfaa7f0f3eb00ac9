/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-scheduler-private.h"
#include "plan-fixture.h"

/* A random workflow, and all that will happen to it: how each attempt goes, when somebody cancels or pauses.
 * It is made of its seed and nothing else. */

typedef struct
{
  guint64 state;
} Dice;

#define MAX_TASKS (64)
#define NEVER     (G_MAXINT64)

typedef struct
{
  MyrmexTriggerRule     rule;
  MyrmexLane            lane;
  gboolean              depends_on[MAX_TASKS];
  gint32                priority;
  gint64                timeout;
  gboolean              retries;
  MyrmexBackoff         backoff;
  gboolean              has_condition;
  MyrmexConditionResult condition;
  gint64                condition_time;
  gboolean              is_kept;        /* it completed in an earlier run, */
  guint                 kept_attempts;  /* with so many attempts */
} ScenarioTask;

/* How an attempt goes if it is left alone, and if it is not. */
typedef struct
{
  gint64       duration;
  gboolean     success;
  MyrmexReason reason;
  gboolean     retryable;
  gboolean     timeout_retryable;
  gint64       obeys_after;       /* how long it takes to end when it is told to stop */
  gboolean     lingers;           /* it is given up then, and returns when it would have anyway */
} ScenarioAttempt;

typedef enum
{
  SCRIPT_CANCEL,
  SCRIPT_PAUSE,
  SCRIPT_RESUME,
} ScriptKind;

typedef struct
{
  ScriptKind kind;
  gint64     at;
} ScriptEvent;

#define MAX_SCRIPT (12)

typedef struct
{
  guint32      seed;
  guint        round;      /* which run of the workflow this is, from 0 */
  guint32      n_tasks;
  ScenarioTask tasks[MAX_TASKS];
  gboolean     fail_fast;
  guint        max_parallel;
  gint64       timeout;

  gint64       start_at;
  guint        hands;      /* how many attempts the runner has hands for */
  gboolean     punctual;   /* timers fire when they are due, and decisions are pulled when they are there */
  ScriptEvent  script[MAX_SCRIPT];
  guint        n_script;
} Scenario;

void        dice_init            (Dice            *self,
                                  guint32          seed,
                                  guint32          task,
                                  guint            attempt);
guint32     dice_below           (Dice            *self,
                                  guint32          n);
gboolean    dice_chance          (Dice            *self,
                                  double           probability);

void        scenario_init        (Scenario        *self,
                                  guint32          seed);
void        scenario_retry       (Scenario        *self,
                                  Dice            *dice);
MyrmexPlan *scenario_new_plan    (const Scenario  *self);
void        scenario_get_attempt (const Scenario  *self,
                                  guint32          task,
                                  guint            attempt,
                                  ScenarioAttempt *out);
void        scenario_print       (const Scenario  *self);
