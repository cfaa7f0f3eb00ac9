/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simulation.h"

/* What really runs. It outlives what the scheduler knows of it where a function lingers. */
typedef struct
{
  gboolean        alive;
  gboolean        reported;      /* its end was told to the scheduler */
  gint64          returns_at;
  gint64          reports_at;    /* as lingering, if that is before it returns */
  ScenarioAttempt attempt;
  gboolean        evaluating;
  gint64          decides_at;
} Actor;

typedef struct
{
  const Scenario   *scenario;
  Model             model;
  MyrmexScheduler  *scheduler;
  GArray           *calls;
  Actor             actors[MAX_TASKS];
  MyrmexTaskStatus  before[MAX_TASKS];
  guint             next_script;
  Dice              dice;
  gint64            now;
  gint64            wakes_at;    /* for the timers; as late as it pleases */
  gint64            wakes_for;
  gboolean          start_made;
  gboolean          told_end;
  gboolean          is_wrong;
  gboolean          verbose;
  Tally            *tally;
} Simulation;

void simulation_complain       (Simulation       *self,
                                const char       *format,
                                ...) G_GNUC_PRINTF (2, 3);
void simulation_check_all      (Simulation       *self);
void simulation_check_foreseen (Simulation       *self);
void simulation_check_replay   (Simulation       *self,
                                const MyrmexPlan *plan);

#define CHECK(self, condition, ...) \
  G_STMT_START { \
    if (!(condition)) \
      simulation_complain ((self), __VA_ARGS__); \
  } G_STMT_END
