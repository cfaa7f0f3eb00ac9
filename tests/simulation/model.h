/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scenario.h"

/* The reference: what the scheduler must do, written from the design's tables without a thought to speed. It
 * counts everything again each time, keeps no ready set, no counters and no timers, and shares no code with
 * it. */

typedef struct
{
  MyrmexTaskStatus status;
  MyrmexReason     reason;
  guint            attempts;
  gint64           first_start;
  gint64           timer;        /* end of the attempt, or begin of the next one; NEVER */
  MyrmexReason     stop;
  gboolean         stop_untold;
  MyrmexReason     cut;
  gboolean         lingers;
  gboolean         asked;
  gboolean         condition_met;
  gboolean         end_untold;
} ModelTask;

typedef struct
{
  const Scenario *scenario;
  ModelTask       tasks[MAX_TASKS];
  gint64          deadline;
  gboolean        started;
  gboolean        paused;
  gboolean        timed_out;
  gboolean        failed_fast;
  guint           n_cancels;
  MyrmexReason    first_failure;
  guint            paths[MAX_TASKS]; /* how many tasks the longest way from one to an end has */
} Model;

void            model_init               (Model               *self,
                                          const Scenario      *scenario);

void            model_start              (Model               *self,
                                          gint64               now);
void            model_advance            (Model               *self,
                                          gint64               now);
void            model_start_task         (Model               *self,
                                          guint32              task,
                                          gint64               now);
void            model_attempt_ended      (Model               *self,
                                          guint32              task,
                                          const MyrmexOutcome *outcome,
                                          gint64               now,
                                          gint64               due);
void            model_lingerer_gone      (Model               *self,
                                          guint32              task);
void            model_condition_decided  (Model               *self,
                                          guint32              task,
                                          MyrmexConditionResult result);
void            model_cancel             (Model               *self);
void            model_pause              (Model               *self);
void            model_resume             (Model               *self);

gboolean        model_may_ask            (const Model         *self,
                                          guint32              task);
gboolean        model_is_ready           (const Model         *self,
                                          guint32              task);
guint           model_count              (const Model         *self,
                                          MyrmexTaskStatus     status);
guint           model_count_ready        (const Model         *self,
                                          MyrmexLane           lane);
gboolean        model_has_slot           (const Model         *self);
gboolean        model_has_ended          (const Model         *self);
gint64          model_get_deadline       (const Model         *self);
gboolean        model_starts_before      (const Model         *self,
                                          guint32              a,
                                          guint32              b);
MyrmexRunStatus model_get_run_status     (const Model         *self);
MyrmexReason    model_get_run_reason     (const Model         *self);

/* The other reference: how an undisturbed run ends, by recursion from what each task comes to by itself. */
typedef struct
{
  gboolean         known;
  MyrmexTaskStatus status;
  MyrmexReason     reason;
} Foreseen;

void            model_foresee            (const Scenario      *scenario,
                                          guint32              task,
                                          Foreseen            *foreseen);
