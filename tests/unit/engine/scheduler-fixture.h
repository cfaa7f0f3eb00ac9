/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-scheduler-private.h"
#include "plan-fixture.h"

/* A run for tests of the scheduler. Tasks are letters, time is in ms, and all that the scheduler says is
 * text. */

#define MS (1000)

typedef struct
{
  MyrmexPlan      *plan;
  MyrmexScheduler *scheduler;
  gint64           now;
} Run;

Run              *run_new              (const char            *text);
void              run_free             (Run                   *run);
guint32           run_index_of         (char                   task);

void              run_set_rule         (Run                   *run,
                                        char                   task,
                                        MyrmexTriggerRule      rule);
void              run_set_retries      (Run                   *run,
                                        char                   task,
                                        guint                  max_attempts,
                                        double                 delay);

void              run_start            (Run                   *run);
void              run_at               (Run                   *run,
                                        gint64                 ms);
MyrmexTaskStatus  run_succeed          (Run                   *run,
                                        char                   task);
MyrmexTaskStatus  run_fail             (Run                   *run,
                                        char                   task);
MyrmexTaskStatus  run_decide           (Run                   *run,
                                        char                   task,
                                        MyrmexConditionResult  result);

char             *run_take_starts      (Run                   *run,
                                        MyrmexLane             lane);
char             *run_take_evaluations (Run                   *run);
char             *run_take_notices     (Run                   *run);
gint64            run_get_deadline_ms  (Run                   *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Starts all that may start now, in the workers' lane if none is said. */
#define assert_starts(run, expected) assert_starts_in (run, MYRMEX_LANE_WORKER, expected)

#define assert_starts_in(run, lane, expected) \
  G_STMT_START { \
    g_autofree char *started = run_take_starts (run, lane); \
    g_assert_cmpstr (started, ==, expected); \
  } G_STMT_END

#define assert_asks(run, expected) \
  G_STMT_START { \
    g_autofree char *asked = run_take_evaluations (run); \
    g_assert_cmpstr (asked, ==, expected); \
  } G_STMT_END

/* Takes all notices: "stop a fail_fast, b cancelled fail_fast, run failed error". */
#define assert_notices(run, expected) \
  G_STMT_START { \
    g_autofree char *notices = run_take_notices (run); \
    g_assert_cmpstr (notices, ==, expected); \
  } G_STMT_END

#define assert_task(run, task, expected_status, expected_reason) \
  G_STMT_START { \
    MyrmexTaskStatus its_status = myrmex_scheduler_get_status ((run)->scheduler, run_index_of (task)); \
    MyrmexReason its_reason = myrmex_scheduler_get_reason ((run)->scheduler, run_index_of (task)); \
    g_assert_cmpstr (myrmex_task_status_to_string (its_status), ==, expected_status); \
    g_assert_cmpstr (myrmex_reason_to_string (its_reason), ==, expected_reason); \
  } G_STMT_END

#define assert_waits(run, task, expected) \
  G_STMT_START { \
    MyrmexWait wait; \
    myrmex_scheduler_explain_wait ((run)->scheduler, run_index_of (task), &wait); \
    g_assert_cmpint (wait.kind, ==, expected); \
  } G_STMT_END
