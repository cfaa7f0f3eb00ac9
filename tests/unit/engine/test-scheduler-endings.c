/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "scheduler-fixture.h"

/* How a run is cut off: by a failure, by its time, by somebody; and how it is paused. */

/* In the origin a running sibling was not stopped, and later tasks stayed pending for ever. */
static void
test_endings_fail_fast (void)
{
  g_autoptr (Run) run = run_new ("a b c d<a e<b f<b g<be h<c");

  run->plan->fail_fast = TRUE;
  run_set_retries (run, 'c', 3, 1.0);
  run_set_rule (run, 'f', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_rule (run, 'g', MYRMEX_TRIGGER_RULE_ONE_FAILED);
  run_set_rule (run, 'h', MYRMEX_TRIGGER_RULE_ONE_FAILED);
  run_start (run);
  assert_starts (run, "bac");
  run_fail (run, 'c');
  run_fail (run, 'a');
  assert_notices (run, "stop b fail_fast, d skipped upstream_failed, c cancelled fail_fast, "
                       "e cancelled fail_fast, h skipped upstream_skipped");
  assert_starts (run, "");

  /* It is too late to be glad. */
  g_assert_cmpint (run_succeed (run, 'b'), ==, MYRMEX_TASK_STATUS_CANCELLED);
  assert_task (run, 'b', "cancelled", "fail_fast");
  assert_starts (run, "f");
  assert_notices (run, "g skipped upstream_skipped");
  run_succeed (run, 'f');
  assert_notices (run, "run failed exit_status");
}

/* Clean-up goes on even where it runs already, or fails itself. */
static void
test_endings_fail_fast_clean_up (void)
{
  g_autoptr (Run) run = run_new ("a b<a c d<c e f<e");

  run->plan->fail_fast = TRUE;
  run_set_rule (run, 'b', MYRMEX_TRIGGER_RULE_ONE_FAILED);
  run_set_rule (run, 'd', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_rule (run, 'f', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_start (run);
  assert_starts (run, "ace");
  run_succeed (run, 'c');
  assert_starts (run, "d");
  run_fail (run, 'a');
  assert_notices (run, "stop e fail_fast");
  assert_starts (run, "b");
  g_assert_cmpint (run_fail (run, 'd'), ==, MYRMEX_TASK_STATUS_FAILED);
  g_assert_cmpint (run_fail (run, 'e'), ==, MYRMEX_TASK_STATUS_CANCELLED);
  assert_starts (run, "f");
  run_succeed (run, 'b');
  run_succeed (run, 'f');
  assert_notices (run, "run failed exit_status");
}

/* One that timed out and is being stopped, when the run is cut off: if that was its last attempt it has
 * failed, and else there is none after it. */
static void
test_endings_timeout_then_fail_fast (void)
{
  for (guint max_attempts = 1; max_attempts < 3; max_attempts++)
    {
      g_autoptr (Run) run = run_new ("a b");

      run->plan->fail_fast = TRUE;
      plan_fixture_set_timeout (run->plan, 0, 100 * MS);
      run_set_retries (run, 'a', max_attempts, 1.0);
      run_start (run);
      assert_starts (run, "ab");
      run_at (run, 100);
      run_fail (run, 'b');
      assert_notices (run, "stop a timed_out");
      run_fail (run, 'a');
      if (max_attempts == 1)
        assert_task (run, 'a', "failed", "timed_out");
      else
        assert_task (run, 'a', "cancelled", "fail_fast");
      assert_notices (run, "run failed exit_status");
    }
}

/* Ignored by the origin. */
static void
test_endings_cancel_before_start (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  run_set_rule (run, 'b', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run->scheduler = myrmex_scheduler_new (run->plan, 0);
  assert_waits (run, 'a', MYRMEX_WAIT_RUN);
  myrmex_scheduler_cancel (run->scheduler);
  assert_notices (run, "a cancelled run_cancelled, b cancelled run_cancelled, run cancelled run_cancelled");
  run_start (run);
  assert_starts (run, "");
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_CANCELLED);
}

static Run *
run_new_with_clean_up (void)
{
  Run *run = run_new ("a b c<a d<a e<ac f<e g");

  run_set_rule (run, 'd', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_rule (run, 'e', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_rule (run, 'f', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_rule (run, 'g', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_set_retries (run, 'b', 3, 1.0);
  run->plan->timeout = 5000 * MS;
  run_start (run);
  assert_starts (run, "abg");
  run_fail (run, 'b');
  return run;
}

static void
test_endings_cancel (void)
{
  g_autoptr (Run) run = run_new_with_clean_up ();

  myrmex_scheduler_cancel (run->scheduler);
  assert_notices (run, "stop a run_cancelled, b cancelled run_cancelled, c cancelled run_cancelled");
  g_assert_cmpint (run_get_deadline_ms (run), ==, -1);
  assert_starts (run, "");
  run_fail (run, 'a');
  assert_task (run, 'a', "cancelled", "run_cancelled");
  assert_starts (run, "ed");
  run_succeed (run, 'd');
  run_succeed (run, 'e');
  assert_starts (run, "f");
  run_succeed (run, 'f');
  run_succeed (run, 'g');
  assert_notices (run, "run cancelled run_cancelled");
}

static void
test_endings_cancel_twice (void)
{
  g_autoptr (Run) run = run_new_with_clean_up ();

  myrmex_scheduler_cancel (run->scheduler);
  run_succeed (run, 'a');
  assert_notices (run, "b cancelled run_cancelled, c cancelled run_cancelled");
  assert_starts (run, "ed");
  myrmex_scheduler_cancel (run->scheduler);
  assert_notices (run, "stop d run_cancelled, stop e run_cancelled, stop g run_cancelled, "
                       "f cancelled run_cancelled");
  run_succeed (run, 'e');
  run_succeed (run, 'd');
  run_succeed (run, 'g');
  assert_task (run, 'e', "cancelled", "run_cancelled");
  assert_notices (run, "run cancelled run_cancelled");
}

static void
test_endings_run_timeout (void)
{
  g_autoptr (Run) run = run_new ("a b<a c<a");

  run->plan->timeout = 200 * MS;
  run_set_rule (run, 'c', MYRMEX_TRIGGER_RULE_ALL_DONE);
  plan_fixture_set_timeout (run->plan, 0, 5000 * MS);
  run->now = 50 * MS;
  run_start (run);
  assert_starts (run, "a");
  g_assert_cmpint (run_get_deadline_ms (run), ==, 250);
  /* A pause does not hold the time, and ends with it. */
  g_assert_true (myrmex_scheduler_pause (run->scheduler));
  run_at (run, 250);
  g_assert_false (myrmex_scheduler_pause (run->scheduler));
  assert_notices (run, "stop a run_timed_out, b cancelled run_timed_out");
  g_assert_cmpint (run_get_deadline_ms (run), ==, -1);
  run_at (run, 300);
  run_succeed (run, 'a');
  assert_task (run, 'a', "cancelled", "run_timed_out");
  assert_starts (run, "c");
  run_succeed (run, 'c');
  assert_notices (run, "run failed run_timed_out");
}

/* The time may be over when nothing but clean-up is left; it goes on, and the run is late all the same. */
static void
test_endings_run_timeout_clean_up (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  run->plan->timeout = 200 * MS;
  run_set_rule (run, 'b', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run_start (run);
  assert_starts (run, "a");
  run_succeed (run, 'a');
  assert_starts (run, "b");
  run_at (run, 200);
  assert_notices (run, "");
  g_assert_cmpint (run_succeed (run, 'b'), ==, MYRMEX_TASK_STATUS_COMPLETED);
  assert_notices (run, "run failed run_timed_out");
}

/* Its own time is over at the same moment as that of the run: its own reason is the one that tells more. */
static void
test_endings_timeouts_meet (void)
{
  g_autoptr (Run) run = run_new ("a");

  run->plan->timeout = 200 * MS;
  plan_fixture_set_timeout (run->plan, 0, 200 * MS);
  run_start (run);
  assert_starts (run, "a");
  run_at (run, 200);
  assert_notices (run, "stop a timed_out");
  run_succeed (run, 'a');
  assert_task (run, 'a', "failed", "timed_out");
  assert_notices (run, "run failed run_timed_out");
}

static void
test_endings_pause (void)
{
  g_autoptr (Run) run = run_new ("a b<a c<a d");

  plan_fixture_set_condition (run->plan, run_index_of ('c'));
  plan_fixture_set_timeout (run->plan, run_index_of ('d'), 100 * MS);
  run_set_retries (run, 'd', 2, 0.1);
  run_start (run);
  assert_starts (run, "ad");
  g_assert_true (myrmex_scheduler_pause (run->scheduler));
  g_assert_false (myrmex_scheduler_pause (run->scheduler));
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_PAUSED);
  run_at (run, 100);
  assert_notices (run, "stop d timed_out");
  run_fail (run, 'd');
  run_succeed (run, 'a');
  run_at (run, 200);
  assert_starts (run, "");
  assert_asks (run, "");
  g_assert_cmpint (myrmex_scheduler_get_n_startable (run->scheduler, MYRMEX_LANE_WORKER), ==, 0);
  assert_waits (run, 'b', MYRMEX_WAIT_PAUSED);
  assert_waits (run, 'c', MYRMEX_WAIT_PAUSED);
  assert_waits (run, 'd', MYRMEX_WAIT_PAUSED);
  g_assert_true (myrmex_scheduler_resume (run->scheduler));
  g_assert_false (myrmex_scheduler_resume (run->scheduler));
  assert_waits (run, 'b', MYRMEX_WAIT_RUNNER);
  assert_waits (run, 'c', MYRMEX_WAIT_CONDITION);
  g_assert_cmpint (myrmex_scheduler_get_n_startable (run->scheduler, MYRMEX_LANE_WORKER), ==, 2);
  assert_starts (run, "bd");
  assert_asks (run, "c");
  assert_waits (run, 'c', MYRMEX_WAIT_CONDITION);
}

/* A run may be paused before it starts; cancelling it does not leave it standing. */
static void
test_endings_pause_and_cancel (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  run_set_rule (run, 'b', MYRMEX_TRIGGER_RULE_ALL_DONE);
  run->scheduler = myrmex_scheduler_new (run->plan, 0);
  g_assert_true (myrmex_scheduler_pause (run->scheduler));
  run_start (run);
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_PAUSED);
  assert_starts (run, "");
  myrmex_scheduler_cancel (run->scheduler);
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_RUNNING);
  g_assert_false (myrmex_scheduler_pause (run->scheduler));
  assert_notices (run, "a cancelled run_cancelled");
  assert_starts (run, "b");
  run_succeed (run, 'b');
  assert_notices (run, "run cancelled run_cancelled");
  g_assert_false (myrmex_scheduler_pause (run->scheduler));
}

/* The answer comes when nobody waits for it any more. */
static void
test_endings_late_condition (void)
{
  g_autoptr (Run) run = run_new ("a");

  plan_fixture_set_condition (run->plan, 0);
  run_start (run);
  assert_asks (run, "a");
  myrmex_scheduler_cancel (run->scheduler);
  assert_notices (run, "a cancelled run_cancelled, run cancelled run_cancelled");
  g_assert_cmpint (run_decide (run, 'a', MYRMEX_CONDITION_TRUE), ==, MYRMEX_TASK_STATUS_CANCELLED);
  assert_starts (run, "");

  /* Nobody was asked yet, and nobody is any more. */
  g_clear_pointer (&run->scheduler, myrmex_scheduler_free);
  run_start (run);
  myrmex_scheduler_cancel (run->scheduler);
  assert_asks (run, "");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/scheduler-endings/fail-fast", test_endings_fail_fast);
  g_test_add_func ("/engine/scheduler-endings/fail-fast-clean-up", test_endings_fail_fast_clean_up);
  g_test_add_func ("/engine/scheduler-endings/timeout-then-fail-fast", test_endings_timeout_then_fail_fast);
  g_test_add_func ("/engine/scheduler-endings/cancel-before-start", test_endings_cancel_before_start);
  g_test_add_func ("/engine/scheduler-endings/cancel", test_endings_cancel);
  g_test_add_func ("/engine/scheduler-endings/cancel-twice", test_endings_cancel_twice);
  g_test_add_func ("/engine/scheduler-endings/run-timeout", test_endings_run_timeout);
  g_test_add_func ("/engine/scheduler-endings/run-timeout-clean-up", test_endings_run_timeout_clean_up);
  g_test_add_func ("/engine/scheduler-endings/timeouts-meet", test_endings_timeouts_meet);
  g_test_add_func ("/engine/scheduler-endings/pause", test_endings_pause);
  g_test_add_func ("/engine/scheduler-endings/pause-and-cancel", test_endings_pause_and_cancel);
  g_test_add_func ("/engine/scheduler-endings/late-condition", test_endings_late_condition);
  return g_test_run ();
}
