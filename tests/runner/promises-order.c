/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* When a task runs: dependencies, trigger rules, conditions, priorities. */

#include "promises.h"

static void
test_empty (Fixture *self)
{
  fixture_start (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  g_assert_cmpuint (myrmex_run_get_n_tasks (self->run), ==, 0);
  g_assert_cmpfloat (myrmex_run_get_fraction (self->run), ==, 1);
  g_assert_cmpstr (self->told->str, ==, " workflow:started workflow:completed");
}

static void
test_diamond (Fixture *self)
{
  fixture_add (self, "d", "ok", "b c");
  fixture_add (self, "c", "ok", "a");
  fixture_add (self, "b", "ok", "a");
  fixture_add (self, "a", "ok", NULL);
  fixture_run (self, "completed", "d:completed c:completed b:completed a:completed");
  fixture_assert_before (self, "a:completed", "b:running");
  fixture_assert_before (self, "a:completed", "c:running");
  fixture_assert_before (self, "b:completed", "d:running");
  fixture_assert_before (self, "c:completed", "d:running");
}

/* The dependant of a fast task does not wait for a slow one beside it. */
static void
test_no_barriers (Fixture *self)
{
  fixture_limit (self, 2);
  fixture_add (self, "slow", "gate g", NULL);
  fixture_add (self, "fast", "ok", NULL);
  fixture_add (self, "after", "ok", "fast");
  fixture_add (self, "last", "ok", "after slow");
  fixture_start (self, NULL);
  fixture_await (self, "after:completed");
  fixture_assert_tasks (self, "slow:running fast:completed after:completed last:pending");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

static void
test_skipped_upstream (Fixture *self)
{
  myrmex_task_set_condition (fixture_add (self, "a", "ok", NULL), "false");
  fixture_add (self, "b", "ok", "a");
  fixture_add (self, "c", "ok", "b");
  fixture_run (self, "completed", "a:skipped/condition b:skipped/upstream_skipped c:skipped/upstream_skipped");
  g_assert_cmpint (fixture_find (self, "b:running"), <, 0);
}

static void
test_if_else_joined (Fixture *self)
{
  MyrmexTask *join;

  fixture_add (self, "choose", "value yes", NULL);
  myrmex_task_set_condition (fixture_add (self, "then", "ok", "choose"), "tasks.choose.value == 'yes'");
  myrmex_task_set_condition (fixture_add (self, "else", "ok", "choose"), "tasks.choose.value != 'yes'");
  join = fixture_add (self, "join", "ok", "then else");
  myrmex_task_set_trigger_rule (join, MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS);
  fixture_run (self, "completed", "choose:completed then:completed else:skipped/condition join:completed");
}

/* Each rule over each set of a completed, a failed and a skipped dependency. */
static void
test_trigger_rules (Fixture *self)
{
  static const char * const sets[] = { "c", "f", "s", "c f", "c s", "f s", "c f s" };
  static const struct
  {
    MyrmexTriggerRule  rule;
    const char        *expected[G_N_ELEMENTS (sets)];
  } rows[] = {
    { MYRMEX_TRIGGER_RULE_ALL_SUCCESS,
      { "completed", "skipped/upstream_failed", "skipped/upstream_skipped", "skipped/upstream_failed",
        "skipped/upstream_skipped", "skipped/upstream_failed", "skipped/upstream_failed" } },
    { MYRMEX_TRIGGER_RULE_ALL_DONE,
      { "completed", "completed", "completed", "completed", "completed", "completed", "completed" } },
    { MYRMEX_TRIGGER_RULE_ALL_FAILED,
      { "skipped", "completed", "skipped", "skipped", "skipped", "skipped", "skipped" } },
    { MYRMEX_TRIGGER_RULE_ONE_SUCCESS,
      { "completed", "skipped", "skipped", "completed", "completed", "skipped", "completed" } },
    { MYRMEX_TRIGGER_RULE_ONE_FAILED,
      { "skipped", "completed", "skipped", "completed", "skipped", "completed", "completed" } },
    { MYRMEX_TRIGGER_RULE_NONE_FAILED,
      { "completed", "skipped/upstream_failed", "completed", "skipped/upstream_failed", "completed",
        "skipped/upstream_failed", "skipped/upstream_failed" } },
    { MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS,
      { "completed", "skipped/upstream_failed", "skipped", "skipped/upstream_failed", "completed",
        "skipped/upstream_failed", "skipped/upstream_failed" } },
  };
  g_autoptr (GString) expected = g_string_new ("c:completed f:failed s:skipped/condition");

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "c", "ok", NULL);
  fixture_add (self, "f", "fail", NULL);
  myrmex_task_set_condition (fixture_add (self, "s", "ok", NULL), "false");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (sets); j++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%zu", myrmex_trigger_rule_to_string (rows[i].rule), j);

          myrmex_task_set_trigger_rule (fixture_add (self, name, "ok", sets[j]), rows[i].rule);
          g_string_append_printf (expected, " %s:%s", name, rows[i].expected[j]);
        }
    }
  fixture_run (self, "failed", expected->str);
}

/* A rule is decided as soon as it can be. */
static void
test_rules_are_decided_early (Fixture *self)
{
  fixture_limit (self, 4);
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "slow", "gate g", NULL);
  fixture_add (self, "good", "ok", NULL);
  fixture_add (self, "bad", "fail", NULL);
  myrmex_task_set_trigger_rule (fixture_add (self, "one-good", "ok", "slow good"), MYRMEX_TRIGGER_RULE_ONE_SUCCESS);
  myrmex_task_set_trigger_rule (fixture_add (self, "one-bad", "ok", "slow bad"), MYRMEX_TRIGGER_RULE_ONE_FAILED);
  fixture_add (self, "no", "ok", "slow bad");
  myrmex_task_set_trigger_rule (fixture_add (self, "all-bad", "ok", "slow good"), MYRMEX_TRIGGER_RULE_ALL_FAILED);
  fixture_start (self, NULL);
  fixture_await (self, "one-good:completed");
  fixture_await (self, "one-bad:completed");
  fixture_await (self, "no:skipped");
  fixture_await (self, "all-bad:skipped");
  fixture_assert_tasks (self, "slow:running good:completed bad:failed one-good:completed one-bad:completed "
                        "no:skipped/upstream_failed all-bad:skipped");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_run (self, "failed");
}

static void
test_condition_sees_results (Fixture *self)
{
  fixture_add (self, "a", "value 42", NULL);
  myrmex_task_set_condition (fixture_add (self, "equal", "ok", "a"), "tasks.a.value == 42");
  myrmex_task_set_condition (fixture_add (self, "greater", "ok", "a"), "tasks.a.value > 42");
  myrmex_task_set_condition (fixture_add (self, "status", "ok", "a"), "tasks.a.status == 'completed'");
  fixture_run (self, "completed",
               "a:completed equal:completed greater:skipped/condition status:completed");
}

/* A condition that can not be evaluated fails its task; it is never skipped silently. */
static void
test_condition_that_fails (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "value {", NULL);
  myrmex_task_set_condition (fixture_add (self, "b", "ok", "a"), "fromJSON(tasks.a.value)");
  fixture_add (self, "c", "ok", "b");
  fixture_run (self, "failed/error", "a:completed b:failed/error c:skipped/upstream_failed");
  g_assert_cmpint (fixture_find (self, "b:running"), <, 0);
  g_assert_cmpuint (fixture_count (self, "b:failed"), ==, 1);
  result = myrmex_run_dup_result (self->run, "b");
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "condition");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 0);
}

/* The rule comes first: a condition of a task that does not run anyway is not looked at. */
static void
test_rule_before_condition (Fixture *self)
{
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "fail", NULL);
  myrmex_task_set_condition (fixture_add (self, "b", "ok", "a"), "fromJSON('{')");
  fixture_run (self, "failed", "a:failed b:skipped/upstream_failed");
}

static void
test_values (Fixture *self)
{
  fixture_add (self, "a", "value one two", NULL);
  fixture_add (self, "b", "show a", "a");
  fixture_add (self, "c", "show b", "b");
  myrmex_task_set_transform (fixture_add (self, "d", "show c", "c"), "format('<{0}>', value)");
  fixture_add (self, "e", "ok", NULL);
  fixture_run (self, "completed", "a:completed b:completed c:completed d:completed e:completed");
  fixture_assert_value (self, "c", "one two");
  fixture_assert_value (self, "d", "<one two>");
  fixture_assert_value (self, "e", NULL);
}

static void
test_transform_that_fails (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_task_set_transform (fixture_add (self, "a", "value {", NULL), "fromJSON(value)");
  fixture_run (self, "failed/error", "a:failed/error");
  fixture_assert_value (self, "a", NULL);
  result = myrmex_run_dup_result (self->run, "a");
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 1);
}

/* A task that does nothing may have all that others have. */
static void
test_noop (Fixture *self)
{
  MyrmexTask *task = myrmex_workflow_add_noop (self->workflow, "a");

  myrmex_task_set_transform (task, "'made'");
  myrmex_task_set_timeout (task, 60);
  fixture_retry (myrmex_workflow_add_noop (self->workflow, "b"), 3, 1);
  fixture_add (self, "c", "show a", "a b");
  fixture_run (self, "completed", "a:completed b:completed c:completed");
  fixture_assert_value (self, "c", "made");
}

static void
test_priorities (Fixture *self)
{
  myrmex_workflow_set_max_parallel (self->workflow, 1);
  fixture_add (self, "last", "ok", NULL);
  myrmex_task_set_priority (fixture_add (self, "low", "ok", NULL), -1);
  fixture_add (self, "head", "ok", NULL);
  fixture_add (self, "tail", "ok", "head");
  myrmex_task_set_priority (fixture_add (self, "high", "ok", NULL), 7);
  fixture_run (self, "completed", "last:completed low:completed head:completed tail:completed high:completed");
  fixture_assert_before (self, "high:running", "head:running");
  fixture_assert_before (self, "head:running", "last:running");
  fixture_assert_before (self, "last:running", "tail:running");
  fixture_assert_before (self, "tail:running", "low:running");
}

/* Added from the end to the begin, which needs no recursion. */
static void
test_reversed_chain (Fixture *self)
{
  for (guint i = 100; i > 0; i--)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autofree char *before = i > 1 ? g_strdup_printf ("t%u", i - 1) : NULL;

      fixture_add (self, name, "ok", before);
    }
  fixture_start (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  fixture_assert_before (self, "t1:completed", "t2:running");
  fixture_assert_before (self, "t99:completed", "t100:running");
}

static void
test_bad_graphs (Fixture *self)
{
  fixture_add (self, "fetch", "ok", "c");
  fixture_add (self, "b", "ok", "fetch");
  fixture_add (self, "c", "ok", "b");
  fixture_fails (self, NULL, MYRMEX_ERROR_CYCLE, "*fetch*b*c*");

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  fixture_add (self, "fetch", "ok", NULL);
  fixture_add (self, "b", "ok", "fetsh");
  fixture_fails (self, NULL, MYRMEX_ERROR_UNKNOWN_DEPENDENCY, "*fetsh*fetch*");

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  fixture_add (self, "a", "ok", "a");
  fixture_fails (self, NULL, MYRMEX_ERROR_CYCLE, "*a*");
}

/* A run of its own: a task for each of the gates, of which none waits for another. */
static MyrmexRun *
start_beside (Fixture    *self,
              const char *gates,
              int         priority)
{
  g_auto (GStrv) names = g_strsplit (gates, " ", -1);
  MyrmexWorkflow *own = self->workflow;
  g_autoptr (GError) error = NULL;
  MyrmexRun *run;

  self->workflow = myrmex_workflow_new ("beside");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *does = g_strconcat ("gate ", names[i], NULL);

      fixture_add (self, names[i], does, NULL);
    }
  run = myrmex_runner_start (self->runner, self->workflow, g_variant_new_parsed ("{'priority': <%i>}", priority),
                             &error);
  g_assert_no_error (error);
  g_object_unref (self->workflow);
  self->workflow = own;
  return run;
}

/* The name of a task of a run that runs now, or NULL. */
static char *
dup_running (MyrmexRun *run)
{
  g_auto (GStrv) names = myrmex_run_dup_task_names (run);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, names[i]);

      if (myrmex_task_result_get_status (result) == MYRMEX_TASK_STATUS_RUNNING)
        return g_strdup (names[i]);
    }
  return NULL;
}

/* Waits until so many tasks of all runs have ended, and another one runs: that is @expected. */
static void
assert_next (MyrmexRun  *runs[4],
             guint       n_ended,
             const char *expected)
{
  for (;;)
    {
      g_autofree char *running = NULL;
      guint n = 0;

      for (guint i = 0; i < 4; i++)
        {
          n += myrmex_run_get_count (runs[i], MYRMEX_TASK_STATUS_COMPLETED);
          if (running == NULL)
            running = dup_running (runs[i]);
        }
      if (n == n_ended && running != NULL)
        {
          g_assert_cmpstr (running, ==, expected);
          return;
        }
      g_main_context_iteration (NULL, TRUE);
    }
}

/* There is one place, and somebody has it. When it is free the run of the highest priority gets it, and keeps it as
 * long as it has something to start; which was there first does not matter. */
static void
test_run_priority (Fixture *self)
{
  static const char * const order[] = { "first", "a", "b", "high", "own", "low" };
  MyrmexRun *runs[4];

  if (self->kind == &main_kind)
    {
      g_test_skip ("what begins on a main context takes no place");
      return;
    }
  fixture_limit (self, 1);
  myrmex_task_set_priority (fixture_add (self, "first", "gate first", NULL), 1);
  fixture_add (self, "own", "gate own", NULL);
  runs[0] = fixture_start (self, NULL);
  fixture_await (self, "first:running");
  runs[1] = start_beside (self, "low", -7);
  runs[2] = start_beside (self, "high", 7);
  runs[3] = start_beside (self, "a b", 1000);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      assert_next (runs, i, order[i]);
      fixture_open (self, order[i]);
    }
  fixture_finish (self);
  for (guint i = 1; i < 4; i++)
    {
      g_assert_true (myrmex_run_wait (runs[i], NULL, NULL));
      g_object_unref (runs[i]);
    }
}

void
add_order_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "order/empty", test_empty);
  FIXTURE_TEST (kind, "order/diamond", test_diamond);
  FIXTURE_TEST (kind, "order/no-barriers", test_no_barriers);
  FIXTURE_TEST (kind, "order/skipped-upstream", test_skipped_upstream);
  FIXTURE_TEST (kind, "order/if-else-joined", test_if_else_joined);
  FIXTURE_TEST (kind, "order/trigger-rules", test_trigger_rules);
  FIXTURE_TEST (kind, "order/rules-are-decided-early", test_rules_are_decided_early);
  FIXTURE_TEST (kind, "order/condition-sees-results", test_condition_sees_results);
  FIXTURE_TEST (kind, "order/condition-that-fails", test_condition_that_fails);
  FIXTURE_TEST (kind, "order/rule-before-condition", test_rule_before_condition);
  FIXTURE_TEST (kind, "order/values", test_values);
  FIXTURE_TEST (kind, "order/transform-that-fails", test_transform_that_fails);
  FIXTURE_TEST (kind, "order/noop", test_noop);
  FIXTURE_TEST (kind, "order/priorities", test_priorities);
  FIXTURE_TEST (kind, "order/reversed-chain", test_reversed_chain);
  FIXTURE_TEST (kind, "order/bad-graphs", test_bad_graphs);
  FIXTURE_TEST (kind, "order/run-priority", test_run_priority);
}
