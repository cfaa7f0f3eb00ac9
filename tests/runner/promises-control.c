/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Pausing, bounds on what runs at once, and runs beside each other. */

#include "promises.h"

static GVariant *
paused (void)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", TRUE);
  return g_variant_dict_end (&options);
}

static void
test_pause (Fixture *self)
{
  fixture_limit (self, 2);
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "ok", "a");
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_pause (self->run);
  fixture_assert_run (self, "paused");
  fixture_await (self, "workflow:paused");
  fixture_open (self, "g");
  fixture_await (self, "a:completed");
  fixture_settle (self);
  fixture_assert_tasks (self, "a:completed b:pending");
  fixture_assert_run (self, "paused");
  myrmex_run_pause (self->run);
  myrmex_run_resume (self->run);
  myrmex_run_resume (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  g_assert_cmpstr (self->told->str, ==, " workflow:started a:running workflow:paused a:completed workflow:running "
                   "b:running b:completed workflow:completed");
}

static void
test_start_paused (Fixture *self)
{
  fixture_add (self, "a", "ok", NULL);
  fixture_start (self, paused ());
  fixture_await (self, "workflow:started");
  fixture_settle (self);
  fixture_assert_run (self, "paused");
  fixture_assert_tasks (self, "a:pending");
  g_assert_cmpint (fixture_find (self, "workflow:started"), >=, 0);
  myrmex_run_resume (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

/* A condition is not looked at while the run is paused. */
static void
test_pause_holds_conditions (Fixture *self)
{
  myrmex_task_set_condition (fixture_add (self, "a", "ok", NULL), "false");
  fixture_start (self, paused ());
  fixture_settle (self);
  fixture_assert_tasks (self, "a:pending");
  myrmex_run_resume (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:skipped/condition");
}

/* A retry that is due while the run is paused waits for it to go on. */
static void
test_pause_holds_retries (Fixture *self)
{
  fixture_add (self, "begin", "gate begin", NULL);
  fixture_retry (fixture_add (self, "a", "fail 1", "begin"), 2, 0.01);
  fixture_add (self, "b", "gate g", NULL);
  fixture_limit (self, 2);
  fixture_start (self, NULL);
  /* Once the run is paused it would not begin any more. */
  fixture_await (self, "b:running");
  fixture_open (self, "begin");
  fixture_await (self, "a:retrying");
  myrmex_run_pause (self->run);
  fixture_await (self, "workflow:paused");
  fixture_settle (self);
  if (fixture_count (self, "a:running") > 1)
    {
      /* It was due before the run was paused. */
      fixture_open (self, "g");
      myrmex_run_resume (self->run);
      fixture_finish (self);
      return;
    }
  g_usleep (20000);
  fixture_settle (self);
  fixture_open (self, "g");
  fixture_await (self, "b:completed");
  g_assert_cmpuint (fixture_count (self, "a:running"), ==, 1);
  myrmex_run_resume (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "begin:completed a:completed b:completed");
}

static void
test_cancel_paused (Fixture *self)
{
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "ok", "a");
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  myrmex_run_pause (self->run);
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  fixture_assert_tasks (self, "a:cancelled/run_cancelled b:cancelled/run_cancelled");
}

static guint
count_running (Fixture *self)
{
  return myrmex_run_get_count (self->run, MYRMEX_TASK_STATUS_RUNNING);
}

static void
test_run_max_parallel (Fixture *self)
{
  fixture_limit (self, 8);
  myrmex_workflow_set_max_parallel (self->workflow, 2);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autofree char *does = g_strdup_printf ("gate g%u", i / 2);

      fixture_add (self, name, does, NULL);
    }
  fixture_start (self, NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *first = g_strdup_printf ("t%u:running", 2 * i);
      g_autofree char *second = g_strdup_printf ("t%u:running", 2 * i + 1);
      g_autofree char *gate = g_strdup_printf ("g%u", i);

      fixture_await (self, first);
      fixture_await (self, second);
      fixture_settle (self);
      g_assert_cmpuint (count_running (self), ==, 2);
      fixture_open (self, gate);
    }
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

/* Two runs of one workflow at once know nothing of each other. */
static void
test_two_runs (Fixture *self)
{
  g_autoptr (MyrmexRun) other = NULL;
  g_autoptr (GError) error = NULL;

  fixture_limit (self, 4);
  fixture_add (self, "a", "value x", NULL);
  fixture_add (self, "b", "gate g", "a");
  fixture_add (self, "c", "show a", "a b");
  fixture_start (self, NULL);
  other = myrmex_runner_start (self->runner, self->workflow, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_run_get_id (other), !=, myrmex_run_get_id (self->run));
  fixture_await (self, "b:running");
  while (myrmex_run_get_count (other, MYRMEX_TASK_STATUS_COMPLETED) == 0 ||
         myrmex_run_get_count (other, MYRMEX_TASK_STATUS_RUNNING) == 0)
    g_main_context_iteration (NULL, FALSE);
  myrmex_run_cancel (other);
  g_assert_false (myrmex_run_wait (other, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  g_assert_cmpuint (myrmex_run_get_count (other, MYRMEX_TASK_STATUS_COMPLETED), ==, 1);
  fixture_assert_tasks (self, "a:completed b:running c:pending");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed b:completed c:completed");
  fixture_assert_value (self, "c", "x");
  g_assert_cmpuint (fixture_count (self, "a:completed"), ==, 1);
}

/* A workflow can run again. */
static void
test_run_again (Fixture *self)
{
  fixture_add (self, "a", "value x", NULL);
  fixture_add (self, "b", "show a", "a");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexRun) run = myrmex_runner_start (self->runner, self->workflow, NULL, &error);

      g_assert_no_error (error);
      g_assert_true (myrmex_run_wait (run, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 2);
    }
}

/* What is changed while the workflow runs is refused, and told by the next start. */
static void
test_busy (Fixture *self)
{
  fixture_add (self, "a", "gate g", NULL);
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  g_assert_true (myrmex_workflow_is_busy (self->workflow));
  fixture_add (self, "b", "ok", "a");
  myrmex_workflow_set_timeout (self->workflow, 1);
  g_assert_cmpuint (myrmex_run_get_n_tasks (self->run), ==, 1);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (self->workflow), ==, 1);
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed");
  fixture_fails (self, NULL, MYRMEX_ERROR_BUSY, "*“b”*timeout*");
}

/* What a workflow is changed to after a run does not reach back into it. */
static void
test_change_after (Fixture *self)
{
  fixture_add (self, "a", "value x", NULL);
  fixture_run (self, "completed", "a:completed");
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("later%u", i);

      fixture_add (self, name, "ok", "a");
    }
  fixture_assert_tasks (self, "a:completed");
  fixture_assert_value (self, "a", "x");
  g_assert_null (myrmex_run_dup_result (self->run, "later1"));
  g_assert_null (myrmex_run_dup_task_run (self->run, "later1"));
}

void
add_control_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "control/pause", test_pause);
  FIXTURE_TEST (kind, "control/start-paused", test_start_paused);
  FIXTURE_TEST (kind, "control/pause-holds-conditions", test_pause_holds_conditions);
  FIXTURE_TEST (kind, "control/pause-holds-retries", test_pause_holds_retries);
  FIXTURE_TEST (kind, "control/cancel-paused", test_cancel_paused);
  FIXTURE_TEST (kind, "control/max-parallel", test_run_max_parallel);
  FIXTURE_TEST (kind, "control/two-runs", test_two_runs);
  FIXTURE_TEST (kind, "control/run-again", test_run_again);
  FIXTURE_TEST (kind, "control/busy", test_busy);
  FIXTURE_TEST (kind, "control/change-after", test_change_after);
}
