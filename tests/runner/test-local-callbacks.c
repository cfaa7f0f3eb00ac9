/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Functions and handlers that run workflows themselves, wait, or iterate. What any runner promises to a callback is in
 * promises-callbacks.c. */

#include "local-fixture.h"

typedef struct
{
  MyrmexRunner   *runner;
  MyrmexWorkflow *workflow;
  MyrmexRun      *run;
  Gate           *gate;
  gboolean        done;
  GString        *told;
} Test;

static void
set_up (Test          *test,
        gconstpointer  data)
{
  test->runner = local_runner (2);
  test->workflow = myrmex_workflow_new ("callbacks");
  test->gate = gate_new ();
  test->told = g_string_new (NULL);
  myrmex_workflow_add_function (test->workflow, "a", local_ok, NULL, NULL);
  local_after (myrmex_workflow_add_function (test->workflow, "b", local_gate, gate_ref (test->gate),
                                             (GDestroyNotify) gate_unref), "a");
  local_after (myrmex_workflow_add_function (test->workflow, "c", local_ok, NULL, NULL), "b");
}

static void
tear_down (Test          *test,
           gconstpointer  data)
{
  gate_open (test->gate);
  g_clear_object (&test->run);
  g_clear_object (&test->workflow);
  g_clear_object (&test->runner);
  gate_unref (test->gate);
  g_string_free (test->told, TRUE);
}

static gboolean
is_event (const char *task_name,
          const char *status,
          const char *expected)
{
  g_autofree char *event = g_strdup_printf ("%s:%s", task_name, status);

  return g_str_equal (event, expected);
}

static void
nest_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Test       *test)
{
  g_autoptr (MyrmexWorkflow) inner = NULL;
  g_autoptr (MyrmexRun) inner_run = NULL;
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed"))
    return;
  inner = myrmex_workflow_new ("inner");
  myrmex_workflow_add_function (inner, "x", local_ok, NULL, NULL);
  local_after (myrmex_workflow_add_function (inner, "y", local_ok, NULL, NULL), "x");
  inner_run = myrmex_workflow_run (inner, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (inner_run, MYRMEX_TASK_STATUS_COMPLETED), ==, 2);
  gate_open (test->gate);
  test->done = TRUE;
}

static void
test_nest (Test          *test,
           gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (nest_cb), test);
  local_finish (test->run);
  g_assert_true (test->done);
  local_assert (test->run, NULL, "completed");
}

static void
tell_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Test       *test)
{
  g_string_append_printf (test->told, " %s:%s", task_name, status);
}

/* A function of the run can not wait for it: it would wait for itself. */
static GVariant *
waits (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  Test *test = data;
  g_autoptr (GError) inner = NULL;

  gate_pass (test->gate, NULL);
  g_assert_false (myrmex_run_wait (test->run, NULL, &inner));
  g_assert_error (inner, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  test->done = TRUE;
  return NULL;
}

static void
test_function_waits (Test          *test,
                     gconstpointer  affinity)
{
  MyrmexTask *task = myrmex_workflow_add_function (test->workflow, "waits", waits, test, NULL);

  myrmex_task_set_affinity (task, GPOINTER_TO_INT (affinity));
  test->run = local_start (test->runner, test->workflow);
  gate_open (test->gate);
  local_finish (test->run);
  g_assert_true (test->done);
  local_assert (test->run, NULL, "completed");
}

static GVariant *
nests (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  Test *test = data;
  g_autoptr (MyrmexWorkflow) inner = myrmex_workflow_new ("inner");
  g_autoptr (GMainContext) main_context = g_main_context_new ();
  g_autoptr (MyrmexRun) run = NULL;
  gboolean success;

  g_main_context_push_thread_default (main_context);
  myrmex_workflow_add_function (inner, "x", local_ok, NULL, NULL);
  local_after (myrmex_workflow_add_function (inner, "y", local_ok, NULL, NULL), "x");
  run = local_start (test->runner, inner);
  success = myrmex_run_wait (run, NULL, error);
  g_main_context_pop_thread_default (main_context);
  g_assert_true (success);
  return NULL;
}

/* Functions that run workflows of their own on the same runner, as many as there are places, do not wait for each
 * other for ever. */
static void
test_functions_nest (Test          *test,
                     gconstpointer  affinity)
{
  gate_open (test->gate);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("nests%u", i);
      MyrmexTask *task = myrmex_workflow_add_function (test->workflow, name, nests, test, NULL);

      myrmex_task_set_affinity (task, GPOINTER_TO_INT (affinity));
    }
  test->run = local_run (test->runner, test->workflow);
  local_assert (test->run, NULL, "completed");
}

static GVariant *
iterates (MyrmexTaskContext  *context,
          gpointer            data,
          GError            **error)
{
  Test *test = data;

  while (g_strrstr (test->told->str, "c:completed") == NULL)
    g_main_context_iteration (NULL, TRUE);
  return NULL;
}

/* A function on the main context may iterate that, as a dialog does: the run is told on. */
static void
test_function_iterates (Test          *test,
                        gconstpointer  data)
{
  MyrmexTask *task = myrmex_workflow_add_function (test->workflow, "iterates", iterates, test, NULL);

  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  gate_open (test->gate);
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (tell_cb), test);
  local_finish (test->run);
  local_assert (test->run, NULL, "completed");
}

#define ADD(name, data, func) g_test_add ("/local/callbacks/" name, Test, data, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("nest", NULL, test_nest);
  ADD ("function-waits", GINT_TO_POINTER (MYRMEX_AFFINITY_WORKER), test_function_waits);
  ADD ("main-function-waits", GINT_TO_POINTER (MYRMEX_AFFINITY_MAIN), test_function_waits);
  ADD ("functions-nest", GINT_TO_POINTER (MYRMEX_AFFINITY_WORKER), test_functions_nest);
  ADD ("main-functions-nest", GINT_TO_POINTER (MYRMEX_AFFINITY_MAIN), test_functions_nest);
  ADD ("function-iterates", NULL, test_function_iterates);
  return g_test_run ();
}
