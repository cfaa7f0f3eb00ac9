/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-scheduler-private.h"
#include "plan-fixture.h"

static const MyrmexOutcome success = { .success = TRUE };

static void
test_scheduler_diamond (void)
{
  g_autoptr (PlanFixture) plan = plan_fixture_parse ("a b<a c<a d<bc");
  g_autoptr (MyrmexScheduler) scheduler = myrmex_scheduler_new (plan, 0);
  MyrmexNotice notice;
  guint32 task;

  g_assert_false (myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, 0, &task));
  myrmex_scheduler_start (scheduler, 0);
  for (guint32 expected = 0; expected < 4; expected++)
    {
      g_assert_true (myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, 0, &task));
      g_assert_cmpint (task, ==, expected);
      g_assert_cmpint (myrmex_scheduler_attempt_ended (scheduler, task, &success, 0), ==,
                       MYRMEX_TASK_STATUS_COMPLETED);
    }
  g_assert_false (myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, 0, &task));
  g_assert_true (myrmex_scheduler_next_notice (scheduler, &notice));
  g_assert_cmpint (notice.kind, ==, MYRMEX_NOTICE_RUN_ENDED);
  g_assert_cmpint (notice.run_status, ==, MYRMEX_RUN_STATUS_COMPLETED);
  g_assert_false (myrmex_scheduler_next_notice (scheduler, &notice));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/scheduler/diamond", test_scheduler_diamond);
  return g_test_run ();
}
