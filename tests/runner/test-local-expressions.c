/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What conditions and templates see of a run. */

#include "local-fixture.h"

#include <string.h>

/* Of a definition, with ` for each double quote, and without what all of them begin with. */
static MyrmexRun *
run_json (const char *json)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdelimit (g_strconcat ("{ `myrmex`: 1, ", json, NULL), "`", '"');
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);

  g_assert_no_error (error);
  return local_run (runner, workflow);
}

static char *
dup_text (MyrmexRun  *run,
          const char *task)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  local_assert (run, task, "completed");
  result = myrmex_run_dup_result (run, task);
  return g_variant_dup_string (myrmex_task_result_get_value (result), NULL);
}

static void
assert_text (MyrmexRun  *run,
             const char *task,
             const char *expected)
{
  g_autofree char *text = dup_text (run, task);

  g_assert_cmpstr (text, ==, expected);
}

/* One of them, all of them, one whose name is only known when it runs, and one that is not there. */
static void
test_env (void)
{
  g_autoptr (MyrmexRun) run = NULL;

  /* Variables need not be UTF-8; those that are not are not seen. */
  g_setenv ("MYRMEX_TEST_BYTES", "\xff", TRUE);
  run = run_json ("`env`: { `A`: `one`, `B`: `` }, `parameters`: { `name`: { `type`: `string`, `default`: `A` } },"
                  "  `tasks`: {"
                  "  `one`: { `command`: [`printf`, `%s`, `${{ env.A }}`] },"
                  "  `chosen`: { `command`: [`printf`, `%s`, `${{ env[parameters.name] }}`] },"
                  "  `empty`: { `command`: [`printf`, `%s`, `${{ env.B == '' }}`] },"
                  "  `none`: { `command`: [`printf`, `%s`, `${{ env.MYRMEX_TEST_NONE == null }}`] },"
                  "  `bytes`: { `command`: [`printf`, `%s`, `${{ env.MYRMEX_TEST_BYTES == null }}`] },"
                  "  `all`: { `command`: [`printf`, `%s`, `${{ contains(toJSON(env), 'MYRMEX_TEST_BYTES') }}"
                  " ${{ fromJSON(toJSON(env)).A }}`] } } }");
  g_unsetenv ("MYRMEX_TEST_BYTES");
  assert_text (run, "one", "one");
  assert_text (run, "chosen", "one");
  assert_text (run, "empty", "true");
  assert_text (run, "none", "true");
  assert_text (run, "bytes", "true");
  assert_text (run, "all", "false one");
}

static void
test_run (void)
{
  g_autoptr (MyrmexRun) run =
    run_json ("`name`: `shown`, `tasks`: {"
              "  `id`: { `command`: [`printf`, `%s`, `${{ run.id }}`] },"
              "  `name`: { `command`: [`printf`, `%s`, `${{ run.name }}`] },"
              "  `all`: { `command`: [`printf`, `%s`, `${{ fromJSON(toJSON(run)).name }}`] },"
              "  `none`: { `command`: [`printf`, `%s`, `${{ run['nothing'] == null }}`] } } }");

  assert_text (run, "id", myrmex_run_get_id (run));
  assert_text (run, "name", "shown");
  assert_text (run, "all", "shown");
  assert_text (run, "none", "true");
}

/* Only direct dependencies are seen, also where which one it is only shows when it runs. */
static void
test_tasks (void)
{
  g_autoptr (MyrmexRun) run =
    run_json ("`fail_fast`: false, `parameters`: { `name`: { `type`: `string`, `default`: `far` } }, `tasks`: {"
              "  `far`: { `command`: [`echo`, `x`] },"
              "  `near`: { `command`: [`echo`, `y`], `dependencies`: [`far`] },"
              "  `all`: { `command`: [`printf`, `%s`, `${{ length(tasks) }} ${{ fromJSON(toJSON(tasks)).near.value }}`],"
              "           `dependencies`: [`near`] },"
              "  `chosen`: { `command`: [`true`, `${{ tasks[parameters.name].value }}`], `dependencies`: [`near`] },"
              "  `asked`: { `noop`: {}, `condition`: `tasks[parameters.name].value == 'x'`,"
              "             `dependencies`: [`near`] } } }");
  g_autoptr (MyrmexTaskResult) result = NULL;

  assert_text (run, "all", "1 y");
  local_assert (run, "chosen", "failed/error");
  local_assert (run, "asked", "failed/error");
  result = myrmex_run_dup_result (run, "asked");
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
  g_assert_nonnull (strstr (myrmex_task_result_get_error (result)->message, "“far”"));
}

/* What a condition saw is told, and cut, between characters, where it is long. */
static void
test_seen (void)
{
  g_autoptr (MyrmexRun) run =
    run_json ("`tasks`: {"
              "  `long`: { `shell`: `printf x; for i in $(seq 200); do printf é; done` },"
              "  `short`: { `command`: [`echo`, `[]`], `output`: `json` },"
              "  `asks`: { `noop`: {}, `dependencies`: [`long`, `short`],"
              "            `condition`: `tasks.long.value == '' || length(tasks.short.value) > 0` } } }");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = myrmex_run_explain (run, "asks", &error);

  g_assert_no_error (error);
  local_assert (run, "asks", "skipped/condition");
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_nonnull (strstr (text, "tasks.long.value = \"xéé"));
  g_assert_nonnull (strstr (text, "é…"));
  g_assert_nonnull (strstr (text, "tasks.short.value = []"));
  g_assert_cmpuint (strlen (text), <, 500);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runner/local/expressions/env", test_env);
  g_test_add_func ("/runner/local/expressions/run", test_run);
  g_test_add_func ("/runner/local/expressions/tasks", test_tasks);
  g_test_add_func ("/runner/local/expressions/seen", test_seen);
  return g_test_run ();
}
