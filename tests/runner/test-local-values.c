/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What functions give, and what they are given. */

#include "local-fixture.h"

static MyrmexWorkflow *
new_workflow (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("values");

  myrmex_workflow_set_fail_fast (workflow, FALSE);
  return workflow;
}

static GVariant *
value (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  return g_variant_new_string ("value");
}

/* Data: how the value is written as text. */
static GVariant *
parsed (MyrmexTaskContext  *context,
        gpointer            data,
        GError            **error)
{
  return g_variant_parse (NULL, data, NULL, NULL, NULL);
}

static GVariant *
floating (MyrmexTaskContext  *context,
          gpointer            data,
          GError            **error)
{
  return g_variant_new ("(sv)", "x", g_variant_new_int32 (3));
}

static GVariant *
sized (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  gsize size = GPOINTER_TO_SIZE (data);

  gpointer bytes = g_malloc0 (size);

  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, bytes, size, TRUE, g_free, bytes);
}

static GVariant *
sized_text (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  return g_variant_new_take_string (g_strnfill (GPOINTER_TO_SIZE (data), 'x'));
}

static void
test_values (void)
{
  static const struct
  {
    const char *text;
    const char *name;   /* of the failure */
  } rows[] = {
    { "1", NULL }, { "'text'", NULL }, { "[1, 2]", NULL }, { "{'a': <1>}", NULL }, { "<'x'>", NULL },
    { "b'bytes'", NULL }, { "()", NULL }, { "@av []", NULL },
    { "@ms nothing", "invalid-value" }, { "just 1", "invalid-value" }, { "handle 3", "invalid-value" },
    { "{1: 'x'}", "invalid-value" }, { "[<handle 3>]", "invalid-value" }, { "{'a': <{1: 2}>}", "invalid-value" },
    { "@ami []", "invalid-value" }, { "@aa{is} []", "invalid-value" }, { "@a{sh} {}", "invalid-value" },
  };
  g_autoptr (MyrmexRunner) runner = local_runner (2);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      g_autoptr (MyrmexRun) run = NULL;

      g_test_message ("%s", rows[i].text);
      myrmex_workflow_add_function (workflow, "a", parsed, (gpointer) rows[i].text, NULL);
      run = local_run (runner, workflow);
      if (rows[i].name == NULL)
        local_assert (run, "a", "completed");
      else
        {
          local_assert (run, "a", "failed/error");
          local_assert_error (run, "a", MYRMEX_ERROR_INVALID_VALUE, rows[i].name);
        }
    }
}

static void
test_floating (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;

  myrmex_workflow_add_function (workflow, "a", floating, NULL, NULL);
  run = local_run (runner, workflow);
  local_assert_value (run, "a", "('x', <3>)");
}

static void
test_sizes (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_add_function (workflow, "million", sized_text, GSIZE_TO_POINTER (1000000), NULL);
  myrmex_workflow_add_function (workflow, "most", sized, GSIZE_TO_POINTER (MYRMEX_MAX_VALUE_BYTES), NULL);
  myrmex_workflow_add_function (workflow, "over", sized, GSIZE_TO_POINTER (MYRMEX_MAX_VALUE_BYTES + 1), NULL);
  myrmex_task_set_timeout (myrmex_workflow_get_task (workflow, "million"), 30);
  run = local_run (runner, workflow);
  local_assert (run, "million", "completed");
  local_assert (run, "most", "completed");
  local_assert (run, "over", "failed/error");
  local_assert_error (run, "over", MYRMEX_ERROR_LIMIT, "invalid-value");
  result = myrmex_run_dup_result (run, "most");
  g_assert_cmpuint (g_variant_get_size (myrmex_task_result_get_value (result)), ==, MYRMEX_MAX_VALUE_BYTES);
}

static GVariant *
sleeps_and_fails (MyrmexTaskContext  *context,
                  gpointer            data,
                  GError            **error)
{
  g_usleep (10000);
  if (myrmex_task_context_get_attempt (context) < 3)
    return local_fail (context, NULL, error);
  return NULL;
}

static void
test_execution_time (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  local_retry (myrmex_workflow_add_function (workflow, "a", sleeps_and_fails, NULL, NULL), 3);
  run = local_run (runner, workflow);
  local_assert (run, "a", "completed");
  result = myrmex_run_dup_result (run, "a");
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), >=, 0.03);
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), <=,
                     (double) (myrmex_task_result_get_finished (result) - myrmex_task_result_get_started (result)) /
                     G_USEC_PER_SEC);
}

static GVariant *
looks_at_results (MyrmexTaskContext  *context,
                  gpointer            data,
                  GError            **error)
{
  g_auto (GStrv) names = myrmex_task_context_dup_dependencies (context);
  g_autoptr (MyrmexTaskResult) a = myrmex_task_context_dup_result (context, "a");
  g_autoptr (MyrmexTaskResult) b = myrmex_task_context_dup_result (context, "b");
  g_autoptr (MyrmexTaskResult) far = myrmex_task_context_dup_result (context, "far");
  g_autoptr (MyrmexTaskResult) none = myrmex_task_context_dup_result (context, "none");

  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "a");
  g_assert_cmpstr (names[1], ==, "b");
  g_assert_true (myrmex_task_result_get_success (a));
  g_assert_cmpint (myrmex_task_result_get_status (b), ==, MYRMEX_TASK_STATUS_FAILED);
  g_assert_error (myrmex_task_result_get_error (b), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_null (far);
  g_assert_null (none);
  g_assert_cmpstr (myrmex_task_context_get_task_name (context), ==, "c");
  g_assert_cmpuint (myrmex_task_context_get_attempt (context), ==, 1);
  return g_variant_ref (myrmex_task_result_get_value (a));
}

static void
test_results_reach_functions (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexTask *task;

  myrmex_workflow_add_function (workflow, "far", value, NULL, NULL);
  local_after (myrmex_workflow_add_function (workflow, "a", value, NULL, NULL), "far");
  myrmex_workflow_add_function (workflow, "b", local_fail, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "c", looks_at_results, NULL, NULL);
  local_after (task, "a");
  local_after (task, "b");
  myrmex_task_set_trigger_rule (task, MYRMEX_TRIGGER_RULE_ALL_DONE);
  run = local_run (runner, workflow);
  local_assert_value (run, "c", "'value'");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/local/values/values", test_values);
  g_test_add_func ("/local/values/floating", test_floating);
  g_test_add_func ("/local/values/sizes", test_sizes);
  g_test_add_func ("/local/values/execution-time", test_execution_time);
  g_test_add_func ("/local/values/results-reach-functions", test_results_reach_functions);
  return g_test_run ();
}
