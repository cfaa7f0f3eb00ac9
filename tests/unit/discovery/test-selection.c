/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "discovery/myrmex-selection.h"

#include <string.h>

#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-runner.h"
#include "model/myrmex-task-result.h"

#define WORDS(...) ((const char * const []) { __VA_ARGS__, NULL })

static MyrmexWorkflow *
make (void)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow = myrmex_workflow_new_from_json (
    "{ \"myrmex\": 1, \"name\": \"site\", \"description\": \"d\", \"fail_fast\": false, \"timeout\": 9,"
    "  \"max_parallel\": 2, \"env\": { \"A\": \"b\" }, \"directory\": \"/tmp\","
    "  \"parameters\": { \"p\": { \"type\": \"string\", \"default\": \"x\" } }, \"tasks\": {"
    "  \"fetch\": { \"noop\": {}, \"tags\": [\"net\"] },"
    "  \"build\": { \"noop\": {}, \"dependencies\": [\"fetch\"] },"
    "  \"test-a\": { \"noop\": {}, \"dependencies\": [\"build\"], \"tags\": [\"fast\"] },"
    "  \"test-b\": { \"noop\": {}, \"dependencies\": [\"build\"], \"tags\": [\"slow\", \"net\"] },"
    "  \"lint\": { \"shell\": \"true\", \"timeout\": 3, \"priority\": 2, \"retry_policy\": { \"max_attempts\": 4 },"
    "              \"condition\": \"true\", \"transform\": \"value\", \"metadata\": { \"k\": 1 }, \"description\": \"t\" },"
    "  \"ship\": { \"noop\": {}, \"dependencies\": [\"test-a\", \"test-b\"] },"
    "  \"tidy\": { \"noop\": {}, \"dependencies\": [\"ship\"], \"trigger_rule\": \"all_done\" } } }",
    -1, NULL, &error);

  g_assert_no_error (error);
  return workflow;
}

static char *
join (MyrmexWorkflow *workflow)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < myrmex_workflow_get_n_tasks (workflow); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i)));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
assert_selected (const char * const *only,
                 const char * const *tags,
                 const char         *expected)
{
  g_autoptr (MyrmexWorkflow) workflow = make ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) part = myrmex_workflow_select (workflow, only, tags, NULL, &error);
  g_autofree char *names = NULL;

  g_assert_no_error (error);
  names = join (part);
  g_assert_cmpstr (names, ==, expected);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 7);
}

static void
test_only (void)
{
  assert_selected (WORDS ("lint"), NULL, "lint");
  assert_selected (WORDS ("test-*"), NULL, "fetch build test-a test-b");
  assert_selected (WORDS ("test-?", "lint"), NULL, "fetch build test-a test-b lint");
  assert_selected (WORDS ("ship"), NULL, "fetch build test-a test-b ship");
  assert_selected (NULL, WORDS ("fast"), "fetch build test-a");
  assert_selected (WORDS ("test-*"), WORDS ("net"), "fetch build test-b");
  assert_selected (WORDS ("*"), WORDS ("net"), "fetch build test-b");
  assert_selected (WORDS (NULL), WORDS (NULL), "fetch build test-a test-b lint ship tidy");
}

/* Nothing is lost on the way. */
static void
test_whole (void)
{
  g_autoptr (MyrmexWorkflow) workflow = make ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) part = myrmex_workflow_select (workflow, NULL, NULL, NULL, &error);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_assert_no_error (error);
  before = myrmex_workflow_to_json (workflow, &error);
  g_assert_no_error (error);
  after = myrmex_workflow_to_json (part, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (after, ==, before);
}

static void
assert_refused (const char * const *only,
                const char * const *tags,
                const char * const *skip,
                const char         *message)
{
  g_autoptr (MyrmexWorkflow) workflow = make ();
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_workflow_select (workflow, only, tags, skip, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_nothing_matches (void)
{
  assert_refused (WORDS ("shpi"), NULL, NULL, "No task of “site” matches “shpi”; did you mean “ship”?");
  assert_refused (WORDS ("ship", "x*"), NULL, NULL, "No task of “site” matches “x*”");
  assert_refused (NULL, WORDS ("slwo"), NULL, "No task of “site” has the tag “slwo”; did you mean “slow”?");
  assert_refused (WORDS ("test-a"), WORDS ("slow"), NULL,
                  "No task of “site” has both a name and a tag of those that were chosen");
  assert_refused (NULL, NULL, WORDS ("lnit"), "No task of “site” matches “lnit”; did you mean “lint”?");
}

static const char *
get_status (MyrmexRun  *run,
            const char *task)
{
  g_autoptr (MyrmexTaskRun) task_run = myrmex_run_dup_task_run (run, task);

  return myrmex_task_status_to_string (myrmex_task_run_get_status (task_run));
}

static MyrmexRun *
run_to_end (MyrmexWorkflow *workflow)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (GError) error = NULL;
  MyrmexRun *run = myrmex_runner_start (runner, workflow, NULL, &error);

  g_assert_no_error (error);
  while (!myrmex_run_status_is_final (myrmex_run_get_status (run)))
    g_main_context_iteration (NULL, TRUE);
  return run;
}

/* What is skipped is skipped as by a condition: its dependants follow their trigger rules. */
static void
test_skip (void)
{
  g_autoptr (MyrmexWorkflow) workflow = make ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) part = myrmex_workflow_select (workflow, NULL, NULL, WORDS ("test-b"), &error);
  g_autoptr (MyrmexRun) run = NULL;

  g_assert_no_error (error);
  run = run_to_end (part);
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_COMPLETED);
  g_assert_cmpstr (get_status (run, "build"), ==, "completed");
  g_assert_cmpstr (get_status (run, "test-a"), ==, "completed");
  g_assert_cmpstr (get_status (run, "test-b"), ==, "skipped");
  g_assert_cmpstr (get_status (run, "ship"), ==, "skipped");
  g_assert_cmpstr (get_status (run, "tidy"), ==, "completed");
}

static GVariant *
count_func (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  g_atomic_int_inc ((int *) data);
  return NULL;
}

static gboolean
yes_func (MyrmexTaskContext  *context,
          gpointer            data,
          GError            **error)
{
  g_atomic_int_inc ((int *) data);
  return TRUE;
}

/* The functions are those of the whole, which lives as long as its part does, and their data is freed once. */
static void
test_functions (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexWorkflow) part = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  int *counts = g_new0 (int, 3);
  MyrmexTask *task = myrmex_workflow_add_function (workflow, "a", count_func, &counts[0], NULL);

  myrmex_task_set_condition_func (task, yes_func, &counts[1], NULL);
  myrmex_workflow_add_function (workflow, "b", count_func, counts, g_free);
  part = myrmex_workflow_select (workflow, WORDS ("a"), NULL, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&workflow);
  run = run_to_end (part);
  g_assert_cmpint (counts[0], ==, 1);
  g_assert_cmpint (counts[1], ==, 1);
}

/* What was said wrongly of the whole is told of the part. */
static void
test_problems (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexWorkflow) part = NULL;
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_noop (workflow, "a");
  myrmex_workflow_add_noop (workflow, "a");
  part = myrmex_workflow_select (workflow, WORDS ("a"), NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (myrmex_runner_start (runner, part, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);
}

/* A long chain is chosen without recursion. */
static void
test_chain (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexWorkflow) part = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *last = NULL;

  for (guint i = 0; i < 200000; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      MyrmexTask *task = myrmex_workflow_add_noop (workflow, name);

      if (last != NULL)
        myrmex_task_add_dependency (task, last);
      g_free (last);
      last = g_steal_pointer (&name);
    }
  part = myrmex_workflow_select (workflow, WORDS ("t199998"), NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (part), ==, 199999);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/selection/only", test_only);
  g_test_add_func ("/selection/whole", test_whole);
  g_test_add_func ("/selection/nothing-matches", test_nothing_matches);
  g_test_add_func ("/selection/skip", test_skip);
  g_test_add_func ("/selection/functions", test_functions);
  g_test_add_func ("/selection/problems", test_problems);
  g_test_add_func ("/selection/chain", test_chain);

  return g_test_run ();
}
