/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "scheduler-fixture.h"

/* What starts when, and what comes of it, while nobody interferes. */

static void
test_scheduler_empty (void)
{
  g_autoptr (Run) run = run_new ("");

  /* The run ends before anybody can cancel it. */
  run->scheduler = myrmex_scheduler_new (run->plan, 0);
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_QUEUED);
  assert_notices (run, "");
  run_start (run);
  assert_notices (run, "run completed none");
  myrmex_scheduler_cancel (run->scheduler);
  assert_notices (run, "");
  g_assert_cmpint (myrmex_scheduler_get_run_status (run->scheduler), ==, MYRMEX_RUN_STATUS_COMPLETED);
}

/* In the origin, the dependent of a fast task waited for a slow one beside it: levels were barriers. */
static void
test_scheduler_no_barrier (void)
{
  g_autoptr (Run) run = run_new ("a b c<b d<ac");

  run_start (run);
  assert_starts (run, "ba");
  run_at (run, 10);
  run_succeed (run, 'b');
  assert_starts (run, "c");
  run_succeed (run, 'c');
  assert_starts (run, "");
  assert_waits (run, 'd', MYRMEX_WAIT_DEPENDENCIES);
  run_at (run, 1000);
  run_succeed (run, 'a');
  assert_starts (run, "d");
  assert_notices (run, "");
  run_succeed (run, 'd');
  assert_notices (run, "run completed none");
}

/* In the origin: "Deadlock detected". */
static void
test_scheduler_no_deadlock (void)
{
  g_autoptr (Run) run = run_new ("a b<a c<b");

  run_start (run);
  assert_starts (run, "a");
  g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_FAILED);
  assert_notices (run, "b skipped upstream_failed, c skipped upstream_skipped, run failed exit_status");
}

/* If and else, joined again; the origin took it for a deadlock too. */
static void
test_scheduler_branches (void)
{
  g_autoptr (Run) run = run_new ("a b<a c<a d<bc e<bc");

  plan_fixture_set_condition (run->plan, run_index_of ('b'));
  plan_fixture_set_condition (run->plan, run_index_of ('c'));
  run_set_rule (run, 'd', MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS);
  run_start (run);
  assert_starts (run, "a");
  assert_asks (run, "");
  run_succeed (run, 'a');
  assert_starts (run, "");
  assert_asks (run, "bc");
  assert_asks (run, "");
  g_assert_cmpint (run_decide (run, 'c', MYRMEX_CONDITION_FALSE), ==, MYRMEX_TASK_STATUS_SKIPPED);
  assert_task (run, 'c', "skipped", "condition");
  assert_waits (run, 'e', MYRMEX_WAIT_DEPENDENCIES);
  g_assert_cmpint (run_decide (run, 'b', MYRMEX_CONDITION_TRUE), ==, MYRMEX_TASK_STATUS_PENDING);
  assert_starts (run, "b");
  run_succeed (run, 'b');
  assert_notices (run, "e skipped upstream_skipped");
  assert_starts (run, "d");
  run_succeed (run, 'd');
  assert_notices (run, "run completed none");
}

/* The reason of a skip does not tell who was first. */
static void
test_scheduler_reason_order (void)
{
  for (guint first = 0; first < 2; first++)
    {
      g_autoptr (Run) run = run_new ("a b c<ab");

      plan_fixture_set_condition (run->plan, run_index_of ('a'));
      run_start (run);
      assert_asks (run, "a");
      assert_starts (run, "b");
      if (first == 0)
        run_decide (run, 'a', MYRMEX_CONDITION_FALSE);
      run_fail (run, 'b');
      if (first == 1)
        run_decide (run, 'a', MYRMEX_CONDITION_FALSE);
      assert_task (run, 'c', "skipped", "upstream_failed");
    }
}

static void
test_scheduler_condition_error (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  plan_fixture_set_condition (run->plan, run_index_of ('a'));
  run_start (run);
  assert_asks (run, "a");
  g_assert_cmpint (run_decide (run, 'a', MYRMEX_CONDITION_ERROR), ==, MYRMEX_TASK_STATUS_FAILED);
  assert_task (run, 'a', "failed", "error");
  assert_notices (run, "b skipped upstream_failed, run failed error");
}

static void
test_scheduler_retries (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  run_set_retries (run, 'a', 4, 1.0);
  run_start (run);
  for (gint64 attempt = 1, due = 0; attempt < 4; attempt++)
    {
      assert_starts (run, "a");
      g_assert_cmpint (myrmex_scheduler_get_attempt (run->scheduler, 0), ==, attempt);
      due = run->now / MS + 7 + (1000 << (attempt - 1));
      run_at (run, run->now / MS + 7);
      g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_RETRYING);
      assert_task (run, 'a', "retrying", "exit_status");
      assert_waits (run, 'a', MYRMEX_WAIT_TIME);
      g_assert_cmpint (run_get_deadline_ms (run), ==, due);
      g_assert_cmpint (myrmex_scheduler_get_due (run->scheduler, 0), ==, due * MS);
      run_at (run, due - 1);
      assert_starts (run, "");
      run_at (run, due);
      g_assert_cmpint (run_get_deadline_ms (run), ==, -1);
      assert_task (run, 'a', "retrying", "exit_status");
    }
  assert_starts (run, "a");
  assert_task (run, 'a', "running", "none");
  g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_FAILED);
  assert_notices (run, "b skipped upstream_failed, run failed exit_status");
}

static void
test_scheduler_retry_limits (void)
{
  const MyrmexOutcome hopeless = { .reason = MYRMEX_REASON_ERROR };
  g_autoptr (Run) run = run_new ("a b c d");

  run_set_retries (run, 'a', 0, 1.0);
  run_set_retries (run, 'b', 1, 1.0);
  run_set_retries (run, 'c', 3, 1.0);
  run_set_retries (run, 'd', 3, 0.0);
  run_start (run);
  assert_starts (run, "abcd");
  g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_FAILED);
  g_assert_cmpint (run_fail (run, 'b'), ==, MYRMEX_TASK_STATUS_FAILED);
  g_assert_cmpint (myrmex_scheduler_attempt_ended (run->scheduler, 2, &hopeless, 0), ==,
                   MYRMEX_TASK_STATUS_FAILED);

  /* No delay is a time too: it is due at once. */
  g_assert_cmpint (run_fail (run, 'd'), ==, MYRMEX_TASK_STATUS_RETRYING);
  g_assert_cmpint (run_get_deadline_ms (run), ==, 0);
  run_at (run, 0);
  assert_starts (run, "d");
  run_succeed (run, 'd');
  assert_notices (run, "run failed exit_status");
}

static void
test_scheduler_max_elapsed (void)
{
  for (gint64 late = 0; late < 2; late++)
    {
      const MyrmexBackoff backoff = {
        .max_attempts = 9, .initial_delay = 1.0, .exponential_base = 1.0, .max_delay = 60.0, .max_elapsed = 5.0,
      };
      g_autoptr (Run) run = run_new ("a");

      plan_fixture_set_backoff (run->plan, 0, &backoff);
      run->now = 100 * MS;
      run_start (run);
      assert_starts (run, "a");
      run_at (run, 1600);
      run_fail (run, 'a');
      run_at (run, 2600);
      assert_starts (run, "a");
      /* The third attempt would start 5 s after the first, or a µs later. */
      run->now = 4100 * MS + late;
      g_assert_cmpint (run_fail (run, 'a'), ==, late ? MYRMEX_TASK_STATUS_FAILED : MYRMEX_TASK_STATUS_RETRYING);
    }
}

/* Chance has its share in a delay, the same for the same seed, and within its bounds. */
static void
test_scheduler_jitter (void)
{
  const MyrmexBackoff backoff = {
    .max_attempts = 2, .initial_delay = 10.0, .exponential_base = 2.0, .max_delay = 60.0, .jitter = 0.5,
  };
  g_autoptr (Run) run = run_new ("a b c d e f");
  gint64 delays[2][6], least = G_MAXINT64, most = 0;

  for (guint32 task = 0; task < 6; task++)
    plan_fixture_set_backoff (run->plan, task, &backoff);
  for (guint round = 0; round < 2; round++)
    {
      run_start (run);
      assert_starts (run, "abcdef");
      for (guint32 task = 0; task < 6; task++)
        {
          /* The order has no influence. */
          guint32 next = round == 0 ? task : 5 - task;

          run_fail (run, (char) ('a' + next));
          delays[round][next] = myrmex_scheduler_get_due (run->scheduler, next);
          g_assert_cmpint (delays[round][next], <=, 10000 * MS);
          g_assert_cmpint (delays[round][next], >=, 5000 * MS);
          least = MIN (least, delays[round][next]);
          most = MAX (most, delays[round][next]);
        }
      g_clear_pointer (&run->scheduler, myrmex_scheduler_free);
    }
  g_assert_cmpmem (delays[0], sizeof delays[0], delays[1], sizeof delays[1]);
  g_assert_cmpint (most - least, >, 500 * MS);
}

static void
test_scheduler_timeout (void)
{
  g_autoptr (Run) run = run_new ("a b c");

  plan_fixture_set_timeout (run->plan, 0, 200 * MS);
  plan_fixture_set_timeout (run->plan, 1, 300 * MS);
  run_start (run);
  assert_starts (run, "abc");
  g_assert_cmpint (run_get_deadline_ms (run), ==, 200);
  run_at (run, 199);
  assert_notices (run, "");
  run_at (run, 200);
  assert_notices (run, "stop a timed_out");
  assert_task (run, 'a', "running", "none");
  g_assert_cmpint (myrmex_scheduler_get_stop_reason (run->scheduler, 0), ==, MYRMEX_REASON_TIMED_OUT);

  /* Its late success does not count. */
  run_at (run, 250);
  g_assert_cmpint (run_succeed (run, 'a'), ==, MYRMEX_TASK_STATUS_FAILED);
  assert_task (run, 'a', "failed", "timed_out");

  /* An outcome that comes before anybody saw that it is late does. */
  run->now = 301 * MS;
  g_assert_cmpint (run_succeed (run, 'b'), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_assert_cmpint (run_get_deadline_ms (run), ==, -1);
  run_at (run, 400);
  run_succeed (run, 'c');
  assert_notices (run, "run failed timed_out");
}

/* In the origin, a function that timed out went on beside its own second attempt. */
static void
test_scheduler_lingering (void)
{
  const MyrmexOutcome gone_wild = { .retryable = TRUE, .lingers = TRUE };
  g_autoptr (Run) run = run_new ("a b");

  run->plan->max_parallel = 1;
  plan_fixture_set_timeout (run->plan, 0, 100 * MS);
  run_set_retries (run, 'a', 3, 0.05);
  run_start (run);
  assert_starts (run, "a");
  run_at (run, 100);
  assert_notices (run, "stop a timed_out");
  g_assert_cmpint (myrmex_scheduler_attempt_ended (run->scheduler, 0, &gone_wild, run->now), ==,
                   MYRMEX_TASK_STATUS_RETRYING);
  /* It holds no slot. */
  assert_starts (run, "b");
  run_succeed (run, 'b');
  run_at (run, 150);
  assert_starts (run, "");
  assert_waits (run, 'a', MYRMEX_WAIT_LINGERER);
  g_assert_cmpint (run_get_deadline_ms (run), ==, -1);
  run_at (run, 170);
  myrmex_scheduler_lingerer_gone (run->scheduler, 0);
  assert_starts (run, "a");

  /* Gone before the next attempt is due: that comes in its own time. */
  run_at (run, 270);
  assert_notices (run, "stop a timed_out");
  myrmex_scheduler_attempt_ended (run->scheduler, 0, &gone_wild, run->now);
  myrmex_scheduler_lingerer_gone (run->scheduler, 0);
  assert_waits (run, 'a', MYRMEX_WAIT_TIME);
  assert_starts (run, "");
  run_at (run, 370);
  assert_starts (run, "a");

  /* Nobody waits for one when all is over. */
  run_at (run, 470);
  assert_notices (run, "stop a timed_out");
  myrmex_scheduler_attempt_ended (run->scheduler, 0, &gone_wild, run->now);
  assert_notices (run, "run failed timed_out");
  myrmex_scheduler_lingerer_gone (run->scheduler, 0);
  assert_notices (run, "");
}

static void
test_scheduler_max_parallel (void)
{
  g_autoptr (Run) run = run_new ("a b c d e");

  run->plan->max_parallel = 2;
  plan_fixture_set_condition (run->plan, run_index_of ('e'));
  run_set_retries (run, 'a', 2, 1.0);
  run_start (run);
  g_assert_cmpint (myrmex_scheduler_get_n_startable (run->scheduler, MYRMEX_LANE_WORKER), ==, 2);
  assert_starts (run, "ab");
  assert_waits (run, 'c', MYRMEX_WAIT_SLOT);
  g_assert_true (myrmex_scheduler_is_ready (run->scheduler, run_index_of ('c')));
  /* A condition needs no slot, and a delay holds none. */
  assert_asks (run, "e");
  g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_RETRYING);
  assert_starts (run, "c");
  run_at (run, 1000);
  assert_starts (run, "");
  run_succeed (run, 'b');
  /* The first of the order goes first, though it came last. */
  assert_starts (run, "a");
}

/* What begins on the main context does not wait for a worker, nor a worker for it; they share max_parallel. */
static void
test_scheduler_lanes (void)
{
  g_autoptr (Run) run = run_new ("a b c d<b e f");

  plan_fixture_set_main (run->plan, run_index_of ('b'));
  plan_fixture_set_main (run->plan, run_index_of ('d'));
  plan_fixture_set_main (run->plan, run_index_of ('e'));
  plan_fixture_set_condition (run->plan, run_index_of ('e'));
  run->plan->max_parallel = 4;
  run_start (run);
  assert_starts_in (run, MYRMEX_LANE_MAIN, "b");
  assert_starts_in (run, MYRMEX_LANE_MAIN, "");
  assert_starts (run, "acf");
  assert_asks (run, "e");
  run_decide (run, 'e', MYRMEX_CONDITION_TRUE);
  assert_waits (run, 'e', MYRMEX_WAIT_SLOT);
  assert_starts_in (run, MYRMEX_LANE_MAIN, "");
  run_succeed (run, 'b');
  assert_starts (run, "");
  assert_waits (run, 'e', MYRMEX_WAIT_RUNNER);
  assert_starts_in (run, MYRMEX_LANE_MAIN, "d");

  myrmex_scheduler_cancel (run->scheduler);
  g_assert_false (myrmex_scheduler_is_ready (run->scheduler, run_index_of ('e')));
  run_succeed (run, 'd');
  assert_starts_in (run, MYRMEX_LANE_MAIN, "");
}

static void
test_scheduler_order (void)
{
  const gint32 priorities[] = { 0, 0, 5, 0, -5, 5 };
  g_autoptr (Run) run = run_new ("a b c d e f");

  run->plan->graph.dep_start[0] = 0;
  plan_fixture_build (run->plan, priorities);
  run_start (run);
  assert_starts (run, "cfabde");
}

/* In the origin, 1,000 added in reverse were too deep for its recursion. */
static void
test_scheduler_long_chain (void)
{
  const guint32 n = 1000000;
  const MyrmexOutcome success = { .success = TRUE }, failure = { .reason = MYRMEX_REASON_ERROR };

  for (guint fails = 0; fails < 2; fails++)
    {
      g_autoptr (PlanFixture) plan = plan_fixture_new (n, n - 1);
      g_autoptr (MyrmexScheduler) scheduler = NULL;
      guint32 task, n_started = 0;
      MyrmexNotice notice;

      for (guint32 i = 0; i < n; i++)
        {
          plan->graph.dep_start[i] = i;
          if (i < n - 1)
            plan->graph.deps[i] = i + 1;
        }
      plan->graph.dep_start[n] = n - 1;
      plan_fixture_build (plan, NULL);

      scheduler = myrmex_scheduler_new (plan, 0);
      myrmex_scheduler_start (scheduler, 0);
      while (myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, 0, &task))
        {
          g_assert_cmpint (task, ==, n - 1 - n_started);
          n_started++;
          myrmex_scheduler_attempt_ended (scheduler, task, fails ? &failure : &success, 0);
        }
      g_assert_cmpint (n_started, ==, fails ? 1 : n);
      for (guint32 i = n_started; i < n; i++)
        {
          g_assert_true (myrmex_scheduler_next_notice (scheduler, &notice));
          g_assert_cmpint (notice.task, ==, n - 1 - i);
          g_assert_cmpint (notice.status, ==, MYRMEX_TASK_STATUS_SKIPPED);
        }
      g_assert_true (myrmex_scheduler_next_notice (scheduler, &notice));
      g_assert_cmpint (notice.run_status, ==, fails ? MYRMEX_RUN_STATUS_FAILED : MYRMEX_RUN_STATUS_COMPLETED);
    }
}

static void
test_scheduler_moves (void)
{
  /* pending, running, retrying, completed, failed, skipped, cancelled */
  static const char * const expected[] = {
    ".R..FSC", "..tcF.C", ".R....C", ".......", ".......", ".......", ".......",
  };

  for (guint from = 0; from < G_N_ELEMENTS (expected); from++)
    for (guint to = 0; to < G_N_ELEMENTS (expected); to++)
      g_assert_cmpint (myrmex_task_status_may_move (from, to), ==, expected[from][to] != '.');
}

/* What the caller must not do is told, and does no harm. */
static void
test_scheduler_misuse (void)
{
  g_autoptr (Run) run = run_new ("a b<a");

  run_start (run);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*RUNNING*");
  g_assert_cmpint (run_succeed (run, 'b'), ==, MYRMEX_TASK_STATUS_PENDING);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ASKED*");
  g_assert_cmpint (run_decide (run, 'a', MYRMEX_CONDITION_FALSE), ==, MYRMEX_TASK_STATUS_PENDING);
  assert_starts (run, "a");
  run_succeed (run, 'a');
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*RUNNING*");
  g_assert_cmpint (run_fail (run, 'a'), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_test_assert_expected_messages ();
  assert_starts (run, "b");
  run_succeed (run, 'b');
  assert_notices (run, "run completed none");
}

/* What completed in an earlier run is told to those that depend on it, and never starts. */
static void
test_scheduler_presets (void)
{
  g_autoptr (Run) run = run_new ("a b<a c<b d<b e<ad");

  plan_fixture_set_condition (run->plan, run_index_of ('c'));
  run_set_rule (run, 'e', MYRMEX_TRIGGER_RULE_ONE_SUCCESS);
  run_set_retries (run, 'b', 3, 0.01);
  run->scheduler = myrmex_scheduler_new (run->plan, 0);
  myrmex_scheduler_preset_completed (run->scheduler, run_index_of ('a'), 1);
  myrmex_scheduler_preset_completed (run->scheduler, run_index_of ('b'), 2);
  g_assert_cmpuint (myrmex_scheduler_count (run->scheduler, MYRMEX_TASK_STATUS_COMPLETED), ==, 2);
  assert_waits (run, 'a', MYRMEX_WAIT_NOTHING);
  assert_waits (run, 'd', MYRMEX_WAIT_RUN);
  run_start (run);
  g_assert_cmpuint (myrmex_scheduler_get_attempt (run->scheduler, run_index_of ('b')), ==, 2);
  g_assert_cmpuint (myrmex_scheduler_get_attempt (run->scheduler, run_index_of ('d')), ==, 0);
  assert_asks (run, "c");
  assert_starts (run, "de");
  run_decide (run, 'c', MYRMEX_CONDITION_FALSE);
  run_succeed (run, 'd');
  run_succeed (run, 'e');
  assert_notices (run, "run completed none");
}

/* A run of which nothing is left to do ends when it starts, and one that is cancelled before that keeps what it has. */
static void
test_scheduler_all_preset (void)
{
  for (guint n = 1; n <= 2; n++)
    {
      g_autoptr (Run) run = run_new ("a b<a");

      run->scheduler = myrmex_scheduler_new (run->plan, 0);
      for (guint i = 0; i < n; i++)
        myrmex_scheduler_preset_completed (run->scheduler, i, 1);
      assert_notices (run, "");
      if (n == 1)
        myrmex_scheduler_cancel (run->scheduler);
      else
        run_start (run);
      assert_task (run, 'a', "completed", "none");
      assert_notices (run, n == 1 ? "b cancelled run_cancelled, run cancelled run_cancelled" : "run completed none");
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/scheduler/empty", test_scheduler_empty);
  g_test_add_func ("/engine/scheduler/no-barrier", test_scheduler_no_barrier);
  g_test_add_func ("/engine/scheduler/no-deadlock", test_scheduler_no_deadlock);
  g_test_add_func ("/engine/scheduler/branches", test_scheduler_branches);
  g_test_add_func ("/engine/scheduler/reason-order", test_scheduler_reason_order);
  g_test_add_func ("/engine/scheduler/condition-error", test_scheduler_condition_error);
  g_test_add_func ("/engine/scheduler/retries", test_scheduler_retries);
  g_test_add_func ("/engine/scheduler/retry-limits", test_scheduler_retry_limits);
  g_test_add_func ("/engine/scheduler/max-elapsed", test_scheduler_max_elapsed);
  g_test_add_func ("/engine/scheduler/jitter", test_scheduler_jitter);
  g_test_add_func ("/engine/scheduler/timeout", test_scheduler_timeout);
  g_test_add_func ("/engine/scheduler/lingering", test_scheduler_lingering);
  g_test_add_func ("/engine/scheduler/max-parallel", test_scheduler_max_parallel);
  g_test_add_func ("/engine/scheduler/lanes", test_scheduler_lanes);
  g_test_add_func ("/engine/scheduler/order", test_scheduler_order);
  g_test_add_func ("/engine/scheduler/long-chain", test_scheduler_long_chain);
  g_test_add_func ("/engine/scheduler/presets", test_scheduler_presets);
  g_test_add_func ("/engine/scheduler/all-preset", test_scheduler_all_preset);
  g_test_add_func ("/engine/scheduler/moves", test_scheduler_moves);
  g_test_add_func ("/engine/scheduler/misuse", test_scheduler_misuse);
  return g_test_run ();
}
