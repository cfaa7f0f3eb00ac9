/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Functions and their answers, good and bad. */

#include <pthread.h>

#include "local-fixture.h"

#define SHORT 0.03

static MyrmexWorkflow *
new_workflow (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("answers");

  myrmex_workflow_set_fail_fast (workflow, FALSE);
  return workflow;
}

static void
test_raises (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_add_function (workflow, "a", local_fail, NULL, NULL);
  run = local_run (runner, workflow);
  local_assert (run, "a", "failed/error");
  result = myrmex_run_dup_result (run, "a");
  g_assert_error (myrmex_task_result_get_error (result), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (myrmex_task_result_get_error (result)->message, ==, "it broke");
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "g-io-error:1");
}

static GVariant *
both (MyrmexTaskContext  *context,
      gpointer            data,
      GError            **error)
{
  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "and a value");
  return g_variant_new_string ("x");
}

static void
test_raises_and_returns (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;

  myrmex_workflow_add_function (workflow, "a", both, NULL, NULL);
  run = local_run (runner, workflow);
  local_assert (run, "a", "failed/error");
  local_assert_error (run, "a", MYRMEX_ERROR_FAILED, NULL);
}

static void
end_thread (void)
{
  pthread_exit (NULL);
}

static GVariant *
exits (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  end_thread ();
  return NULL;
}

static GVariant *
exits_by_glib (MyrmexTaskContext  *context,
               gpointer            data,
               GError            **error)
{
  g_thread_exit (NULL);
  return NULL;
}

static gboolean
condition_exits (MyrmexTaskContext  *context,
                 gpointer            data,
                 GError            **error)
{
  end_thread ();
  return TRUE;
}

static GVariant *
transform_exits (MyrmexTaskContext  *context,
                 GVariant           *value,
                 gpointer            data,
                 GError            **error)
{
  end_thread ();
  return NULL;
}

static void
async_exits (MyrmexTaskContext *context,
             gpointer           data)
{
  end_thread ();
}

static void
async_value (MyrmexTaskContext *context,
             gpointer           data)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("value"));
}

static GVariant *
value (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  return g_variant_new_string ("value");
}

static GVariant *
answers_and_exits (MyrmexTaskContext  *context,
                   gpointer            data,
                   GError            **error)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("before"));
  end_thread ();
  return NULL;
}

/* Whatever it is that ends the thread it was called in: its task fails, and all others go on. */
static void
test_exits_thread (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  const char *broken[] = { "function", "glib", "condition", "transform", "async", "async-transform" };
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexTask *task;

  myrmex_workflow_add_function (workflow, "function", exits, NULL, NULL);
  myrmex_workflow_add_function (workflow, "glib", exits_by_glib, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "condition", value, NULL, NULL);
  myrmex_task_set_condition_func (task, condition_exits, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "transform", value, NULL, NULL);
  myrmex_task_set_transform_func (task, transform_exits, NULL, NULL);
  task = myrmex_workflow_add_async (workflow, "async", async_exits, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_WORKER);
  task = myrmex_workflow_add_async (workflow, "async-transform", async_value, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_WORKER);
  myrmex_task_set_transform_func (task, transform_exits, NULL, NULL);
  myrmex_workflow_add_function (workflow, "answered", answers_and_exits, NULL, NULL);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("good%u", i);

      myrmex_workflow_add_function (workflow, name, value, NULL, NULL);
    }

  run = local_run (runner, workflow);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      local_assert (run, broken[i], "failed/error");
      local_assert_error (run, broken[i], MYRMEX_ERROR_FAILED, NULL);
    }
  local_assert_value (run, "answered", "'before'");
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 21);
}

static GVariant *
answers_itself (MyrmexTaskContext  *context,
                gpointer            data,
                GError            **error)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("own"));
  return g_variant_new_string ("returned");
}

static GVariant *
fails_itself (MyrmexTaskContext  *context,
              gpointer            data,
              GError            **error)
{
  myrmex_task_context_return_failure (context, "Odd", "an odd failure", TRUE);
  return g_variant_new_string ("returned");
}

static GVariant *
mark (MyrmexTaskContext  *context,
      GVariant           *given,
      gpointer            data,
      GError            **error)
{
  return g_variant_new_printf ("<%s>", g_variant_get_string (given, NULL));
}

/* The first answer counts, whichever way it is given. */
static void
test_answers_itself (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexTask *task;

  myrmex_workflow_add_function (workflow, "a", answers_itself, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "b", answers_itself, NULL, NULL);
  myrmex_task_set_transform_func (task, mark, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "c", fails_itself, NULL, NULL);
  myrmex_task_set_transform_func (task, mark, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "d", answers_itself, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  run = local_run (runner, workflow);
  local_assert_value (run, "a", "'own'");
  local_assert_value (run, "b", "'<own>'");
  local_assert (run, "c", "failed/error");
  local_assert_error (run, "c", MYRMEX_ERROR_FAILED, "Odd");
  local_assert_value (run, "d", "'own'");
}

typedef struct
{
  Gate              *gate;
  MyrmexTaskContext *context;
} Elsewhere;

static gpointer
answer_thread (gpointer data)
{
  Elsewhere *elsewhere = data;

  myrmex_task_context_return_value (elsewhere->context, g_variant_new_string ("elsewhere"));
  myrmex_task_context_unref (elsewhere->context);
  gate_open (elsewhere->gate);
  return NULL;
}

static GVariant *
answered_elsewhere (MyrmexTaskContext  *context,
                    gpointer            data,
                    GError            **error)
{
  Elsewhere elsewhere = { data, myrmex_task_context_ref (context) };

  g_thread_unref (g_thread_new ("answers", answer_thread, &elsewhere));
  gate_pass (data, NULL);
  return g_variant_new_string ("returned");
}

static void
test_answered_elsewhere (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);

  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (Gate) gate = gate_new ();

      myrmex_workflow_add_function (workflow, "a", answered_elsewhere, gate, NULL);
      run = local_run (runner, workflow);
      local_assert_value (run, "a", "'elsewhere'");
    }
}

static gpointer
race_thread (gpointer data)
{
  Elsewhere *elsewhere = data;

  gate_open (elsewhere->gate);
  myrmex_task_context_return_value (elsewhere->context, g_variant_new_string ("elsewhere"));
  myrmex_task_context_unref (elsewhere->context);
  g_free (elsewhere);
  return NULL;
}

static GVariant *
races (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  Elsewhere *elsewhere = g_new (Elsewhere, 1);
  g_autoptr (Gate) gate = gate_new ();

  elsewhere->gate = gate;
  elsewhere->context = myrmex_task_context_ref (context);
  g_thread_unref (g_thread_new ("races", race_thread, elsewhere));
  gate_pass (gate, NULL);
  return g_variant_new_string ("returned");
}

/* A function returns while another thread gives the answer: it is one of the two, whole. */
static void
test_answers_race (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      MyrmexTask *task = myrmex_workflow_add_function (workflow, name, races, NULL, NULL);
      if (i % 3 == 0)
        myrmex_task_set_transform_func (task, mark, NULL, NULL);
    }
  run = local_run (runner, workflow);
  local_assert (run, NULL, "completed");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, name);
      const char *text = g_variant_get_string (myrmex_task_result_get_value (result), NULL);

      g_assert_true (g_str_equal (text, i % 3 == 0 ? "<returned>" : "returned") ||
                     g_str_equal (text, i % 3 == 0 ? "<elsewhere>" : "elsewhere"));
    }
}

static gboolean
condition_raises (MyrmexTaskContext  *context,
                  gpointer            data,
                  GError            **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no idea");
  return GPOINTER_TO_INT (data);
}

static GVariant *
transform_raises (MyrmexTaskContext  *context,
                  GVariant           *given,
                  gpointer            data,
                  GError            **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no idea");
  return NULL;
}

static GVariant *
transform_to_handle (MyrmexTaskContext  *context,
                     GVariant           *given,
                     gpointer            data,
                     GError            **error)
{
  return g_variant_new_handle (0);
}

static GVariant *
transform_to_null (MyrmexTaskContext  *context,
                   GVariant           *given,
                   gpointer            data,
                   GError            **error)
{
  return NULL;
}

static void
test_helpers_raise (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  const MyrmexAffinity affinities[] = { MYRMEX_AFFINITY_WORKER, MYRMEX_AFFINITY_MAIN };

  for (gsize i = 0; i < G_N_ELEMENTS (affinities); i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      g_autoptr (MyrmexRun) run = NULL;
      MyrmexTask *tasks[6];

      tasks[0] = myrmex_workflow_add_function (workflow, "false", value, NULL, NULL);
      myrmex_task_set_condition_func (tasks[0], condition_raises, GINT_TO_POINTER (FALSE), NULL);
      tasks[1] = myrmex_workflow_add_function (workflow, "true", value, NULL, NULL);
      myrmex_task_set_condition_func (tasks[1], condition_raises, GINT_TO_POINTER (TRUE), NULL);
      tasks[2] = myrmex_workflow_add_function (workflow, "transform", value, NULL, NULL);
      myrmex_task_set_transform_func (tasks[2], transform_raises, NULL, NULL);
      tasks[3] = myrmex_workflow_add_function (workflow, "handle", value, NULL, NULL);
      myrmex_task_set_transform_func (tasks[3], transform_to_handle, NULL, NULL);
      tasks[4] = myrmex_workflow_add_function (workflow, "null", value, NULL, NULL);
      myrmex_task_set_transform_func (tasks[4], transform_to_null, NULL, NULL);
      tasks[5] = myrmex_workflow_add_async (workflow, "async", async_value, NULL, NULL);
      myrmex_task_set_transform_func (tasks[5], transform_raises, NULL, NULL);
      for (gsize j = 0; j < G_N_ELEMENTS (tasks); j++)
        myrmex_task_set_affinity (tasks[j], affinities[i]);

      run = local_run (runner, workflow);
      local_assert (run, "false", "failed/error");
      local_assert (run, "true", "failed/error");
      local_assert (run, "transform", "failed/error");
      local_assert_value (run, "transform", NULL);
      local_assert (run, "handle", "failed/error");
      local_assert (run, "null", "completed");
      local_assert_value (run, "null", NULL);
      local_assert (run, "async", "failed/error");
      local_assert (run, NULL, "failed/error");
    }
}

/* Time-outs that the function itself tells of are its failures. */
static GVariant *
times_out_itself (MyrmexTaskContext  *context,
                  gpointer            data,
                  GError            **error)
{
  g_set_error_literal (error, MYRMEX_ERROR, data != NULL ? MYRMEX_ERROR_CANCELLED : MYRMEX_ERROR_TIMED_OUT, "on its own");
  return NULL;
}

static void
test_own_timeout_error (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_function (workflow, "a", times_out_itself, NULL, NULL);
  myrmex_workflow_add_function (workflow, "b", times_out_itself, workflow, NULL);
  run = local_run (runner, workflow);
  local_assert (run, "a", "failed/error");
  local_assert (run, "b", "failed/error");
  local_assert (run, NULL, "failed/error");
  g_assert_false (myrmex_run_check (run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/local/answers/raises", test_raises);
  g_test_add_func ("/local/answers/raises-and-returns", test_raises_and_returns);
  g_test_add_func ("/local/answers/exits-thread", test_exits_thread);
  g_test_add_func ("/local/answers/answers-itself", test_answers_itself);
  g_test_add_func ("/local/answers/answered-elsewhere", test_answered_elsewhere);
  g_test_add_func ("/local/answers/race", test_answers_race);
  g_test_add_func ("/local/answers/helpers-raise", test_helpers_raise);
  g_test_add_func ("/local/answers/own-timeout-error", test_own_timeout_error);
  return g_test_run ();
}
