/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What follows from a failure: fail-fast, clean-up, retries. */

#include "promises.h"

#include <string.h>

static void
test_failure_goes_down (Fixture *self)
{
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "fail", NULL);
  fixture_add (self, "b", "ok", "a");
  fixture_add (self, "c", "ok", "b");
  fixture_add (self, "other", "ok", NULL);
  fixture_run (self, "failed", "a:failed b:skipped/upstream_failed c:skipped/upstream_skipped other:completed");
}

static void
test_fail_fast_stops_sibling (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  fixture_limit (self, 4);
  fixture_add (self, "sibling", "gate never", NULL);
  fixture_add (self, "begin", "gate g", NULL);
  fixture_add (self, "broken", "fail", "begin");
  fixture_add (self, "below", "ok", "broken");
  fixture_add (self, "later", "ok", "sibling");
  fixture_start (self, NULL);
  fixture_await (self, "sibling:running");
  fixture_await (self, "begin:running");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_run (self, "failed");
  fixture_assert_tasks (self, "sibling:cancelled/fail_fast begin:completed broken:failed "
                        "below:skipped/upstream_failed later:cancelled/fail_fast");

  g_assert_cmpuint (fixture_count (self, "workflow:failed"), ==, 1);
  g_assert_cmpuint (fixture_count (self, "workflow:completed"), ==, 0);
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  g_assert_nonnull (strstr (error->message, "“broken”: "));
  g_assert_nonnull (strstr (error->message, "broke"));
  g_assert_cmpuint (myrmex_run_get_count (self->run, MYRMEX_TASK_STATUS_COMPLETED), ==, 1);
  g_assert_cmpuint (myrmex_run_get_count (self->run, MYRMEX_TASK_STATUS_CANCELLED), ==, 2);
  g_assert_cmpfloat (myrmex_run_get_fraction (self->run), ==, 1);
}

static void
test_fail_fast_cleans_up (Fixture *self)
{
  fixture_add (self, "broken", "fail", NULL);
  fixture_add (self, "next", "ok", "broken");
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "ok", "next"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  myrmex_task_set_trigger_rule (fixture_add (self, "alert", "ok", "broken"), MYRMEX_TRIGGER_RULE_ONE_FAILED);
  fixture_run (self, "failed", "broken:failed next:skipped/upstream_failed tidy:completed alert:completed");
}

static void
test_fail_fast_spares_running_clean_up (Fixture *self)
{
  fixture_limit (self, 4);
  fixture_add (self, "first", "ok", NULL);
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "gate g", "first"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  fixture_add (self, "begin", "gate b", NULL);
  fixture_add (self, "broken", "fail", "begin");
  fixture_start (self, NULL);
  fixture_await (self, "tidy:running");
  fixture_await (self, "begin:running");
  fixture_open (self, "b");
  fixture_await (self, "broken:failed");
  fixture_assert_tasks (self, "first:completed tidy:running begin:completed broken:failed");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_tasks (self, "first:completed tidy:completed begin:completed broken:failed");
}

static void
test_retry (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  fixture_retry (fixture_add (self, "a", "fail 2", NULL), 3, 0.001);
  fixture_run (self, "completed", "a:completed");
  fixture_assert_value (self, "a", "3");
  g_assert_cmpstr (self->told->str, ==, " workflow:started a:running a:retrying a:running a:retrying a:running "
                   "a:completed workflow:completed");
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
  g_assert_true (myrmex_task_result_get_success (result));
  g_assert_null (myrmex_task_result_get_error (result));
}

static void
test_retry_in_vain (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  fixture_retry (fixture_add (self, "a", "fail", NULL), 3, 0.001);
  fixture_run (self, "failed", "a:failed");
  g_assert_cmpuint (fixture_count (self, "a:running"), ==, 3);
  g_assert_cmpuint (fixture_count (self, "a:retrying"), ==, 2);
  g_assert_cmpuint (fixture_count (self, "a:failed"), ==, 1);
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
  g_assert_nonnull (myrmex_task_result_get_error (result));
}

/* Without a policy there is one attempt, and a policy tries what retry_on names only. */
static void
test_no_retry (Fixture *self)
{
  const char *retry_on[] = { "timeout", NULL };
  g_autoptr (MyrmexRetryPolicy) policy = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  policy = myrmex_retry_policy_new_full (5, 0.001, 1, 1, 0, 0, retry_on, NULL);
  fixture_add (self, "a", "fail", NULL);
  myrmex_task_set_retry_policy (fixture_add (self, "b", "fail", NULL), policy);
  fixture_run (self, "failed", "a:failed b:failed");
  g_assert_cmpuint (fixture_count (self, "a:running"), ==, 1);
  g_assert_cmpuint (fixture_count (self, "b:running"), ==, 1);
}

/* The wait between attempts holds nothing up, and ends with the run. */
static void
test_retry_is_cut_off (Fixture *self)
{
  fixture_limit (self, 1);
  myrmex_task_set_priority (fixture_retry (fixture_add (self, "a", "fail", NULL), 3, 3600), 1);
  fixture_add (self, "b", "gate g", NULL);
  fixture_add (self, "c", "fail", "b");
  fixture_start (self, NULL);
  fixture_await (self, "a:retrying");
  fixture_await (self, "b:running");
  fixture_assert_tasks (self, "a:retrying b:running c:pending");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/fail_fast b:completed c:failed");
}

static void
test_retry_elapsed (Fixture *self)
{
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (10, 3600, 1, 3600, 0, 60, NULL, NULL);

  myrmex_task_set_retry_policy (fixture_add (self, "a", "fail", NULL), policy);
  fixture_run (self, "failed", "a:failed");
  g_assert_cmpuint (fixture_count (self, "a:running"), ==, 1);
}

static void
test_many_failures (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%02u", i);

      fixture_add (self, name, "fail", NULL);
    }
  fixture_start (self, NULL);
  fixture_finish (self);
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  g_assert_true (g_pattern_match_simple ("*test*“t00”: *“t04”: *7 more", error->message));
}

void
add_failure_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "failure/goes-down", test_failure_goes_down);
  FIXTURE_TEST (kind, "failure/fail-fast-stops-sibling", test_fail_fast_stops_sibling);
  FIXTURE_TEST (kind, "failure/fail-fast-cleans-up", test_fail_fast_cleans_up);
  FIXTURE_TEST (kind, "failure/fail-fast-spares-clean-up", test_fail_fast_spares_running_clean_up);
  FIXTURE_TEST (kind, "failure/retry", test_retry);
  FIXTURE_TEST (kind, "failure/retry-in-vain", test_retry_in_vain);
  FIXTURE_TEST (kind, "failure/no-retry", test_no_retry);
  FIXTURE_TEST (kind, "failure/retry-is-cut-off", test_retry_is_cut_off);
  FIXTURE_TEST (kind, "failure/retry-elapsed", test_retry_elapsed);
  FIXTURE_TEST (kind, "failure/many", test_many_failures);
}
