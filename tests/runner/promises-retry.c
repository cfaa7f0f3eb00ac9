/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run that retries another one: what has completed is kept, everything else is decided anew. */

#include "promises.h"

#include <string.h>

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_kept (Fixture    *self,
             const char *task,
             MyrmexRun  *from)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, task);
  g_autoptr (MyrmexTaskResult) before = myrmex_run_dup_result (from, task);
  g_autofree char *told = g_strdup_printf ("%s:running", task);
  g_autofree char *words = NULL;
  g_autofree char *log_path = myrmex_run_dup_log_path (self->run, task);
  g_autofree char *log_before = myrmex_run_dup_log_path (from, task);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (myrmex_task_result_get_kept_from (result), ==, myrmex_run_get_id (from));
  g_assert_null (myrmex_task_result_get_kept_from (before));
  g_assert_cmpint (myrmex_task_result_get_status (result), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, myrmex_task_result_get_attempts (before));
  g_assert_cmpint (myrmex_task_result_get_started (result), ==, myrmex_task_result_get_started (before));
  g_assert_cmpint (myrmex_task_result_get_finished (result), ==, myrmex_task_result_get_finished (before));
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), ==,
                     myrmex_task_result_get_execution_time (before));
  if (self->kind->has_commands)
    g_assert_cmpstr (log_path, ==, log_before);
  g_assert_cmpint (fixture_find (self, told), ==, -1);
  words = myrmex_run_explain (self->run, task, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (words, "kept from run"));
  g_assert_nonnull (strstr (words, myrmex_run_get_id (from)));
}

static void
assert_not_kept (Fixture    *self,
                 const char *task)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, task);

  g_assert_null (myrmex_task_result_get_kept_from (result));
}

/* What the summary of the run has of a task. */
static char *
dup_told_origin (Fixture    *self,
                 const char *task)
{
  g_autoptr (GVariant) summary = myrmex_run_dup_summary (self->run);
  g_autoptr (GVariant) tasks = g_variant_lookup_value (summary, "tasks", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) its = g_variant_lookup_value (tasks, task, G_VARIANT_TYPE_VARDICT);
  char *origin = NULL;

  g_variant_lookup (its, "kept_from", "s", &origin);
  return origin;
}

static void
test_keeps_completed (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (GVariant) summary = NULL;
  g_autofree char *origin = NULL;
  const char *text = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "value x", NULL);
  fixture_retry (fixture_add (self, "b", "fail 1", NULL), 2, 0.001);
  fixture_add (self, "broken", "sick g", "a");
  fixture_add (self, "c", "show a", "a broken");
  fixture_add (self, "d", "ok", "c");
  fixture_run (self, "failed", "a:completed b:completed broken:failed c:skipped/upstream_failed "
                               "d:skipped/upstream_skipped");
  fixture_open (self, "g");

  first = fixture_retry_failed (self, NULL);
  g_assert_cmpstr (myrmex_run_get_id (self->run), !=, myrmex_run_get_id (first));
  g_assert_cmpstr (myrmex_run_get_retried_from (self->run), ==, myrmex_run_get_id (first));
  g_assert_null (myrmex_run_get_retried_from (first));
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  fixture_assert_tasks (self, "a:completed b:completed broken:completed c:completed d:completed");
  g_assert_cmpstr (self->told->str, ==, " workflow:started broken:running broken:completed c:running c:completed "
                   "d:running d:completed workflow:completed");
  assert_kept (self, "a", first);
  assert_kept (self, "b", first);
  assert_not_kept (self, "broken");
  fixture_assert_value (self, "a", "x");
  fixture_assert_value (self, "c", "x");

  summary = myrmex_run_dup_summary (self->run);
  g_assert_true (g_variant_lookup (summary, "retried_from", "&s", &text));
  g_assert_cmpstr (text, ==, myrmex_run_get_id (first));
  origin = dup_told_origin (self, "a");
  g_assert_cmpstr (origin, ==, text);
  g_assert_null (dup_told_origin (self, "c"));
}

/* A task that was kept twice is told of with the run that it ran in, and its log stays when that run is gone. */
static void
test_again (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;

  fixture_add (self, "a", "value x", NULL);
  fixture_add (self, "b", "sick g", "a");
  fixture_add (self, "c", "sick h", "b");
  fixture_run (self, "failed", "a:completed b:failed c:skipped");
  fixture_open (self, "g");
  first = fixture_retry_failed (self, NULL);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed b:completed c:failed");
  fixture_open (self, "h");
  second = fixture_retry_failed (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  fixture_assert_tasks (self, "a:completed b:completed c:completed");
  assert_kept (self, "a", first);
  assert_kept (self, "b", second);
  g_assert_cmpstr (myrmex_run_get_retried_from (self->run), ==, myrmex_run_get_id (second));
}

static void
test_log_stays (Fixture *self)
{
  g_autofree char *log_path = NULL;
  g_autofree char *log = NULL;
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;

  if (!self->kind->has_commands)
    {
      g_test_skip ("only commands have logs");
      return;
    }
  fixture_add (self, "a", "value x", NULL);
  fixture_add (self, "b", "sick g", "a");
  fixture_run (self, "failed", "a:completed b:failed");
  fixture_open (self, "g");
  g_object_unref (fixture_retry_failed (self, NULL));
  fixture_finish (self);
  log_path = myrmex_run_dup_log_path (self->run, "a");
  g_assert_true (g_file_get_contents (log_path, &content, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (content, ==, "x");
}

/* Those that are kept count from the start, before anything else happens. */
static void
test_counts (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;

  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "b", "ok", "a");
  fixture_add (self, "c", "sick g", "b");
  fixture_add (self, "d", "ok", "c");
  fixture_run (self, "failed", "a:completed b:completed c:failed d:skipped");
  fixture_open (self, "g");
  first = fixture_retry_failed (self, parse ("{'paused': <true>}"));
  fixture_await (self, "workflow:started");
  g_assert_cmpuint (myrmex_run_get_count (self->run, MYRMEX_TASK_STATUS_COMPLETED), ==, 2);
  g_assert_cmpuint (myrmex_run_get_count (self->run, MYRMEX_TASK_STATUS_PENDING), ==, 2);
  g_assert_cmpfloat (myrmex_run_get_fraction (self->run), ==, 0.5);
  fixture_assert_tasks (self, "a:completed b:completed c:pending d:pending");
  myrmex_run_resume (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

/* What was cancelled is decided anew, and clean-up that was done is done. */
static void
test_cancelled (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;

  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "b", "gate g", "a");
  fixture_add (self, "c", "ok", "b");
  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "ok", "c"), MYRMEX_TRIGGER_RULE_ALL_DONE);
  fixture_start (self, NULL);
  fixture_await (self, "b:running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled");
  fixture_assert_tasks (self, "a:completed b:cancelled c:cancelled tidy:completed");
  fixture_open (self, "g");
  first = fixture_retry_failed (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  fixture_assert_tasks (self, "a:completed b:completed c:completed tidy:completed");
  assert_kept (self, "tidy", first);
  assert_not_kept (self, "b");
}

/* It fails again, with all its attempts. */
static void
test_fails_again (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  fixture_add (self, "a", "ok", NULL);
  fixture_retry (fixture_add (self, "b", "fail", "a"), 3, 0.001);
  fixture_run (self, "failed", "a:completed b:failed");
  first = fixture_retry_failed (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "failed");
  fixture_assert_tasks (self, "a:completed b:failed");
  result = myrmex_run_dup_result (self->run, "b");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
  g_assert_cmpuint (fixture_count (self, "b:retrying"), ==, 2);
}

/* Parameters stay as they were, unless another one is given. */
static void
test_options (Fixture *self)
{
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;

  myrmex_workflow_set_parameters (self->workflow, parse ("{'size': <{'type': <'integer'>}>,"
                                                         " 'name': <{'type': <'string'>, 'default': <'bee'>}>}"));
  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "broken", "sick g", "a");
  myrmex_task_set_condition (fixture_add (self, "big", "sick h", "broken"), "parameters.size > 10");
  myrmex_task_set_transform (fixture_add (self, "named", "value x", "big"), "parameters.name");
  fixture_start (self, parse ("{'parameters': <{'size': <11>, 'name': <'ant'>}>}"));
  fixture_finish (self);
  fixture_assert_run (self, "failed");
  fixture_open (self, "g");
  first = fixture_retry_failed (self, NULL);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed broken:completed big:failed named:skipped");
  fixture_open (self, "h");
  second = fixture_retry_failed (self, parse ("{'parameters': <{'size': <12>}>}"));
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed broken:completed big:completed named:completed");
  fixture_assert_value (self, "named", "ant");
}

static void
assert_refused (Fixture    *self,
                GVariant   *options,
                int         code,
                const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_runner_retry_failed (self->runner, self->run, options, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” is not like “%s”", error->message, pattern);
}

static void
test_refused (Fixture *self)
{
  fixture_add (self, "a", "gate g", NULL);
  fixture_start (self, NULL);
  assert_refused (self, NULL, MYRMEX_ERROR_BUSY, "*has not ended*");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  assert_refused (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*has completed*");
}

static void
test_refused_options (Fixture *self)
{
  fixture_add (self, "a", "fail", NULL);
  fixture_run (self, "failed", "a:failed");
  assert_refused (self, parse ("{'pausd': <true>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*pausd*“paused”*");
  assert_refused (self, parse ("{'retried_from': <'x'>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*retried_from*");
  assert_refused (self, parse ("{'timeout': <-1.0>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*");
  assert_refused (self, parse ("{'parameters': <{'x': <1>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*x*");
  g_assert_false (myrmex_workflow_is_busy (self->workflow));
}

void
add_retry_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "retry/keeps-completed", test_keeps_completed);
  FIXTURE_TEST (kind, "retry/again", test_again);
  FIXTURE_TEST (kind, "retry/log-stays", test_log_stays);
  FIXTURE_TEST (kind, "retry/counts", test_counts);
  FIXTURE_TEST (kind, "retry/cancelled", test_cancelled);
  FIXTURE_TEST (kind, "retry/fails-again", test_fails_again);
  FIXTURE_TEST (kind, "retry/options", test_options);
  FIXTURE_TEST (kind, "retry/refused", test_refused);
  FIXTURE_TEST (kind, "retry/refused-options", test_refused_options);
}
