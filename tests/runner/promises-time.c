/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Time-outs and cancelling. */

#include "promises.h"

#include <string.h>

#define SHORT 0.03 /* seconds: a time-out that is meant to be over */

static void
test_task_timeout (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  myrmex_task_set_timeout (fixture_add (self, "a", "gate never", NULL), SHORT);
  fixture_add (self, "b", "ok", "a");
  fixture_run (self, "failed/timed_out", "a:failed/timed_out b:skipped/upstream_failed");
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT);
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "timeout");
  g_assert_nonnull (strstr (myrmex_task_result_get_error (result)->message, "0.03"));
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), >=, SHORT);
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), <, 20);
}

/* Each attempt has the whole time. */
static void
test_timeout_and_retry (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;
  MyrmexTask *task = fixture_add (self, "a", "gate never", NULL);

  myrmex_task_set_timeout (task, SHORT);
  fixture_retry (task, 3, 0.001);
  fixture_run (self, "failed/timed_out", "a:failed/timed_out");
  g_assert_cmpstr (self->told->str, ==, " workflow:started a:running a:retrying a:running a:retrying a:running "
                   "a:failed workflow:failed");
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), >=, 3 * SHORT);
}

/* A task that was in time is not troubled by its time-out later. */
static void
test_timeout_in_time (Fixture *self)
{
  myrmex_task_set_timeout (fixture_add (self, "a", "ok", NULL), 30);
  myrmex_task_set_timeout (fixture_add (self, "b", "gate never", "a"), SHORT);
  fixture_run (self, "failed/timed_out", "a:completed b:failed/timed_out");
}

static void
test_run_timeout (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_set_timeout (self->workflow, SHORT);
  fixture_add (self, "a", "gate never", NULL);
  fixture_add (self, "b", "ok", "a");
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "ok", "a"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  myrmex_task_set_trigger_rule (fixture_add (self, "alert", "ok", "a"), MYRMEX_TRIGGER_RULE_ONE_FAILED);
  fixture_run (self, "failed/run_timed_out",
               "a:cancelled/run_timed_out b:cancelled/run_timed_out tidy:completed alert:cancelled/run_timed_out");
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT);
  result = myrmex_run_dup_result (self->run, "a");

  /* On a machine that is busy the time may be over before it has begun. */
  if (myrmex_task_result_get_attempts (result) > 0)
    g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
}

/* Clean-up is bounded by its own time-out alone. */
static void
test_run_timeout_bounds_clean_up (Fixture *self)
{
  MyrmexTask *tidy;

  myrmex_workflow_set_timeout (self->workflow, SHORT);
  fixture_add (self, "a", "gate never", NULL);
  tidy = fixture_add (self, "tidy", "gate never", "a");
  myrmex_task_set_trigger_rule (tidy, MYRMEX_TRIGGER_RULE_ALL_DONE);
  myrmex_task_set_timeout (tidy, SHORT);
  fixture_run (self, "failed/run_timed_out", "a:cancelled/run_timed_out tidy:failed/timed_out");
}

static void
test_run_timeout_while_paused (Fixture *self)
{
  GVariantDict options;

  myrmex_workflow_set_timeout (self->workflow, SHORT);
  fixture_add (self, "a", "ok", NULL);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", TRUE);
  fixture_start (self, g_variant_dict_end (&options));
  fixture_finish (self);
  fixture_assert_run (self, "failed/run_timed_out");
  fixture_assert_tasks (self, "a:cancelled/run_timed_out");
}

/* What a caller says of one run goes before what the workflow says; 0 is no bound. */
static void
test_run_timeout_as_option (Fixture *self)
{
  GVariantDict options;

  myrmex_workflow_set_timeout (self->workflow, 3600);
  fixture_add (self, "a", "gate never", NULL);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "timeout", "d", SHORT);
  fixture_start (self, g_variant_dict_end (&options));
  fixture_finish (self);
  fixture_assert_run (self, "failed/run_timed_out");
  fixture_assert_tasks (self, "a:cancelled/run_timed_out");
}

static void
test_run_timeout_taken_off (Fixture *self)
{
  GVariantDict options;

  /* It would be over before anything could start. */
  myrmex_workflow_set_timeout (self->workflow, 1e-6);
  fixture_add (self, "a", "ok", NULL);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "timeout", "x", (gint64) 0);
  fixture_start (self, g_variant_dict_end (&options));
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

static void
test_cancel (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  fixture_limit (self, 2);
  fixture_add (self, "before", "ok", NULL);
  fixture_add (self, "a", "gate never", "before");
  fixture_add (self, "b", "ok", "a");
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "ok", "b"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  fixture_assert_tasks (self, "before:completed a:cancelled/run_cancelled b:cancelled/run_cancelled tidy:completed");
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_false (myrmex_task_result_get_success (result));
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "cancelled");
  g_assert_cmpuint (fixture_count (self, "workflow:cancelled"), ==, 1);
}

/* Cancelling is no failure that another attempt may help against. */
static void
test_cancel_is_not_retried (Fixture *self)
{
  fixture_retry (fixture_add (self, "a", "gate never", NULL), 5, 0.001);
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/run_cancelled");
  g_assert_cmpuint (fixture_count (self, "a:running"), ==, 1);
}

static void
test_cancel_before (Fixture *self)
{
  GVariantDict options;

  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "b", "ok", "a");
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", TRUE);
  fixture_start (self, g_variant_dict_end (&options));
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  fixture_assert_tasks (self, "a:cancelled/run_cancelled b:cancelled/run_cancelled");
  g_assert_cmpint (fixture_find (self, "a:running"), <, 0);
}

/* Cancelling again skips clean-up, also what of it runs. */
static void
test_cancel_twice (Fixture *self)
{
  fixture_add (self, "a", "gate never", NULL);
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "gate never", "a"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  myrmex_task_set_trigger_rule (fixture_add (self, "sweep", "ok", "tidy"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_cancel (self->run);
  fixture_await (self, "tidy:running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  fixture_assert_tasks (self, "a:cancelled/run_cancelled tidy:cancelled/run_cancelled sweep:cancelled/run_cancelled");
}

static void
test_cancel_in_retry (Fixture *self)
{
  fixture_retry (fixture_add (self, "a", "fail", NULL), 3, 3600);
  fixture_start (self, NULL);
  fixture_await (self, "a:retrying");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/run_cancelled");
}

/* Nothing changes a run that has ended. */
static void
test_cancel_after (Fixture *self)
{
  fixture_add (self, "a", "ok", NULL);
  fixture_run (self, "completed", "a:completed");
  myrmex_run_cancel (self->run);
  myrmex_run_pause (self->run);
  myrmex_run_resume (self->run);
  fixture_settle (self);
  fixture_assert_run (self, "completed");
  g_assert_cmpuint (self->n_events, ==, 4);
}

/* The time-out of a task is its own business: the run goes on where it may, and is not said to be out of time. */
static void
test_task_timeout_is_not_the_runs (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  myrmex_workflow_set_timeout (self->workflow, 3600);
  myrmex_task_set_timeout (fixture_add (self, "a", "gate never", NULL), SHORT);
  fixture_run (self, "failed/timed_out", "a:failed/timed_out");
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
}

/* One that does not listen is given up, or killed. */
static void
test_cancel_deaf (Fixture *self)
{
  fixture_add (self, "a", "deaf never", NULL);
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/run_cancelled");
  fixture_assert_value (self, "a", NULL);
}

void
add_time_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "time/task-timeout", test_task_timeout);
  FIXTURE_TEST (kind, "time/timeout-and-retry", test_timeout_and_retry);
  FIXTURE_TEST (kind, "time/timeout-in-time", test_timeout_in_time);
  FIXTURE_TEST (kind, "time/run-timeout", test_run_timeout);
  FIXTURE_TEST (kind, "time/run-timeout-bounds-clean-up", test_run_timeout_bounds_clean_up);
  FIXTURE_TEST (kind, "time/run-timeout-while-paused", test_run_timeout_while_paused);
  FIXTURE_TEST (kind, "time/run-timeout-as-option", test_run_timeout_as_option);
  FIXTURE_TEST (kind, "time/run-timeout-taken-off", test_run_timeout_taken_off);
  FIXTURE_TEST (kind, "time/task-timeout-is-not-the-runs", test_task_timeout_is_not_the_runs);
  FIXTURE_TEST (kind, "time/cancel", test_cancel);
  FIXTURE_TEST (kind, "time/cancel-is-not-retried", test_cancel_is_not_retried);
  FIXTURE_TEST (kind, "time/cancel-before", test_cancel_before);
  FIXTURE_TEST (kind, "time/cancel-twice", test_cancel_twice);
  FIXTURE_TEST (kind, "time/cancel-in-retry", test_cancel_in_retry);
  FIXTURE_TEST (kind, "time/cancel-after", test_cancel_after);
  FIXTURE_TEST (kind, "time/cancel-deaf", test_cancel_deaf);
}
