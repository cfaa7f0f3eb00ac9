/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define MYRMEX_INSIDE
#include "actions/myrmex-command-action.h"
#include "engine/myrmex-local-runner.h"
#include "engine/myrmex-workflow-run.h"

#include <string.h>

#include "base/myrmex-json-private.h"
#include "report-fixture.h"

static MyrmexRun *
run_workflow (MyrmexWorkflow *workflow)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (GError) error = NULL;
  MyrmexRun *run = myrmex_runner_start (runner, workflow, NULL, &error);

  g_assert_no_error (error);
  /* That tasks failed is an error here, and what the report is about. */
  if (!myrmex_run_wait (run, NULL, &error))
    g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  return run;
}

/* A task that was kept of an earlier run is told of, and has no part in the time of this one. */
static void
test_kept (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (MyrmexRun) earlier = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *note = NULL;
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;

  myrmex_workflow_add_command (workflow, "say", "sh", "-c", "sleep 0.05; echo hello", NULL);
  myrmex_task_add_dependency (myrmex_workflow_add_command (workflow, "fail", "false", NULL), "say");
  earlier = run_workflow (workflow);
  run = myrmex_runner_retry_failed (runner, earlier, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, NULL);
  report = myrmex_report_new (run);

  note = g_strdup_printf ("kept from run %s", myrmex_run_get_id (earlier));
  g_assert_cmpstr (report->tasks[0].kept_from, ==, myrmex_run_get_id (earlier));
  g_assert_null (report->tasks[1].kept_from);
  g_assert_cmpint (report->tasks[0].started, ==, 0);
  g_assert_cmpint (report->execution_time, <, 50000);
  text = myrmex_report_to_text (report, 120);
  g_assert_nonnull (strstr (text, note));
  json = myrmex_report_to_json (report);
  g_assert_nonnull (strstr (json, "\"kept_from\""));
}

/* What a run is asked is all in the report, and stays when the run has gone and its logs with it. */
static void
test_snapshot (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;
  MyrmexTask *task;

  myrmex_workflow_set_fail_fast (workflow, FALSE);
  myrmex_workflow_add_command (workflow, "say", "printf", "hello\\n", NULL);
  task = myrmex_workflow_add_command (workflow, "fail", "sh", "-c",
                                      "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; done; "
                                      "printf 'a\\033[31mb\\377\\r\\nlast\\n\\n' >&2; exit 3", NULL);
  myrmex_task_add_dependency (task, "say");
  task = myrmex_workflow_add_noop (workflow, "after");
  myrmex_task_add_dependency (task, "fail");

  run = run_workflow (workflow);
  report = myrmex_report_new (run);
  g_clear_object (&run);

  g_assert_cmpint (report->status, ==, MYRMEX_RUN_STATUS_FAILED);
  g_assert_cmpuint (report->n_tasks, ==, 3);
  g_assert_cmpuint (report->counts[MYRMEX_TASK_STATUS_SKIPPED], ==, 1);
  g_assert_cmpstr (report->tasks[0].name, ==, "say");
  g_assert_cmpstr (report->tasks[0].action, ==, "command");
  g_assert_cmpstr (g_variant_get_string (report->tasks[0].value, NULL), ==, "hello");
  g_assert_null (report->tasks[0].log_tail);
  g_assert_cmpint (report->tasks[1].reason, ==, MYRMEX_REASON_EXIT_STATUS);
  g_assert_cmpuint (myrmex_report_count_deps (report, 1), ==, 1);
  g_assert_cmpuint (myrmex_report_get_dep (report, 2, 0), ==, 1);
  g_assert_nonnull (report->tasks[1].explanation);
  g_assert_nonnull (report->tasks[1].log_tail);
  g_assert_true (g_str_has_suffix (report->tasks[1].log_tail, "\na\\x1b[31mb\\xff\nlast"));
  g_assert_null (strstr (report->tasks[1].log_tail, "line 22\n"));
  g_assert_nonnull (strstr (report->tasks[1].log_tail, "line 23\n"));
  g_assert_cmpuint (report->path->len, ==, 2);

  json = myrmex_report_format (report, "json", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (json, "\"value\": \"hello\""));
}

static void
test_empty_run (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("empty");
  g_autoptr (MyrmexRun) run = run_workflow (workflow);
  g_autoptr (MyrmexReport) report = myrmex_report_new (run);
  g_autofree char *text = myrmex_report_to_text (report, 80);

  g_assert_cmpuint (report->n_tasks, ==, 0);
  g_assert_nonnull (strstr (text, "No tasks"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/report/run/snapshot", test_snapshot);
  g_test_add_func ("/report/run/kept", test_kept);
  g_test_add_func ("/report/run/empty", test_empty_run);
  return g_test_run ();
}
