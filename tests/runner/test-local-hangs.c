/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What hangs: functions after their answer, transforms and conditions. */

#include "local-fixture.h"

#define SHORT 0.03

static MyrmexWorkflow *
new_workflow (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("hangs");

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

static void
async_value (MyrmexTaskContext *context,
             gpointer           data)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("value"));
}

static GVariant *
answers_and_hangs (MyrmexTaskContext  *context,
                   gpointer            data,
                   GError            **error)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("early"));
  gate_pass (data, NULL);
  return NULL;
}

static GVariant *
transform_hangs (MyrmexTaskContext  *context,
                 GVariant           *given,
                 gpointer            data,
                 GError            **error)
{
  gate_pass (data, NULL);
  return g_variant_ref (given);
}

/* Whatever of an attempt it is that hangs: it can be timed out and cancelled. */
static void
test_hangs_after_answer (gconstpointer cancels)
{
  g_autoptr (MyrmexRunner) runner = local_runner (8);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (Gate) gate = gate_new ();
  const char *names[] = { "function", "transform", "async" };
  MyrmexTask *task;

  myrmex_workflow_add_function (workflow, "function", answers_and_hangs, gate_ref (gate), (GDestroyNotify) gate_unref);
  task = myrmex_workflow_add_function (workflow, "transform", value, NULL, NULL);
  myrmex_task_set_transform_func (task, transform_hangs, gate_ref (gate), (GDestroyNotify) gate_unref);
  task = myrmex_workflow_add_async (workflow, "async", async_value, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_WORKER);
  myrmex_task_set_transform_func (task, transform_hangs, gate_ref (gate), (GDestroyNotify) gate_unref);
  for (gsize i = 0; cancels == NULL && i < G_N_ELEMENTS (names); i++)
    myrmex_task_set_timeout (myrmex_workflow_get_task (workflow, names[i]), SHORT);
  run = local_start (runner, workflow);
  /* Of those that are timed out one may not have come so far: where a machine stands still the time passes all the
   * same. */
  if (cancels != NULL)
    {
      gate_await (gate, 3);
      myrmex_run_cancel (run);
    }
  local_finish (run);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      local_assert (run, names[i], cancels != NULL ? "cancelled/run_cancelled" : "failed/timed_out");
      local_assert_value (run, names[i], NULL);
    }
  gate_open (gate);
}

static gboolean
condition_hangs (MyrmexTaskContext  *context,
                 gpointer            data,
                 GError            **error)
{
  return gate_pass (data, NULL);
}

static gboolean
condition_listens (MyrmexTaskContext  *context,
                   gpointer            data,
                   GError            **error)
{
  return gate_pass (data, myrmex_task_context_get_cancellable (context));
}

/* A condition that hangs can be cancelled, is told so, and keeps no place of the runner's. */
static void
test_condition_hangs (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexWorkflow) other = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRun) next = NULL;
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (Gate) never = gate_new ();
  g_autofree char *why = NULL;
  MyrmexTask *task;

  task = myrmex_workflow_add_function (workflow, "a", local_ok, NULL, NULL);
  myrmex_task_set_condition_func (task, condition_hangs, gate_ref (gate), (GDestroyNotify) gate_unref);
  task = myrmex_workflow_add_function (workflow, "b", local_ok, NULL, NULL);
  myrmex_task_set_condition_func (task, condition_listens, gate_ref (never), (GDestroyNotify) gate_unref);
  run = local_start (runner, workflow);
  gate_await (gate, 1);
  gate_await (never, 1);
  why = myrmex_run_explain (run, "a", NULL);
  g_assert_cmpstr (why, ==, "Its condition is being evaluated.");
  myrmex_run_cancel (run);
  local_finish (run);
  local_assert (run, "a", "cancelled/run_cancelled");
  local_assert (run, "b", "cancelled/run_cancelled");
  while (gate_n_waiting (never) > 0)
    g_thread_yield ();

  /* Both places are free again. */
  g_clear_pointer (&never, gate_unref);
  never = gate_new ();
  myrmex_workflow_add_function (other, "a", local_deaf, never, NULL);
  myrmex_workflow_add_function (other, "b", local_deaf, never, NULL);
  next = local_start (runner, other);
  gate_await (never, 2);
  gate_open (never);
  local_finish (next);
  gate_open (gate);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_data_func ("/local/hangs/until-timed-out", NULL, test_hangs_after_answer);
  g_test_add_data_func ("/local/hangs/until-cancelled", "cancel", test_hangs_after_answer);
  g_test_add_func ("/local/hangs/condition", test_condition_hangs);
  return g_test_run ();
}
