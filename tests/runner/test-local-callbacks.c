/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Callbacks that call back into the run that called them. */

#include "local-fixture.h"

typedef struct
{
  MyrmexRunner   *runner;
  MyrmexWorkflow *workflow;
  MyrmexRun      *run;
  MyrmexRun      *other;
  Gate           *gate;
  guint           n_calls;
  gulong          id;
  gboolean        done;
  gboolean        finished;
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
  g_clear_object (&test->other);
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
cancel_cb (MyrmexRun  *run,
           const char *task_name,
           const char *status,
           GVariant   *details,
           Test       *test)
{
  if (is_event (task_name, status, "b:running"))
    myrmex_run_cancel (run);
}

static void
test_cancel (Test          *test,
             gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (cancel_cb), test);
  local_finish (test->run);
  local_assert (test->run, NULL, "cancelled/run_cancelled");
  local_assert (test->run, "b", "cancelled/run_cancelled");
}

static void
pause_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          Test       *test)
{
  if (is_event (task_name, status, "b:running"))
    {
      myrmex_run_pause (run);
      gate_open (test->gate);
    }
  else if (is_event (task_name, status, "b:completed"))
    {
      local_assert (run, NULL, "paused");
      myrmex_run_resume (run);
      myrmex_run_pause (run);
      myrmex_run_resume (run);
      test->done = TRUE;
    }
}

static void
test_pause (Test          *test,
            gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (pause_cb), test);
  local_finish (test->run);
  local_assert (test->run, NULL, "completed");
  g_assert_true (test->done);
}

/* Everything that can be asked, at every event. */
static void
ask_cb (MyrmexRun  *run,
        const char *task_name,
        const char *status,
        GVariant   *details,
        Test       *test)
{
  g_autoptr (GVariant) summary = myrmex_run_dup_summary (run);
  g_auto (GStrv) names = myrmex_run_dup_task_names (run);
  guint total = 0;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, names[i]);
      g_autoptr (MyrmexTaskRun) task = myrmex_run_dup_task_run (run, names[i]);
      g_autofree char *why = myrmex_run_explain (run, names[i], NULL);

      g_assert_nonnull (result);
      g_assert_nonnull (task);
      g_assert_nonnull (why);
      total += myrmex_run_get_count (run, (MyrmexTaskStatus) i);
    }
  g_assert_cmpuint (total, <=, 3);
  g_assert_cmpfloat (myrmex_run_get_fraction (run), <=, 1);
  myrmex_run_check (run, NULL);
  gate_open (test->gate);
  test->n_calls++;
}

static void
test_ask (Test          *test,
          gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (ask_cb), test);
  local_finish (test->run);
  local_assert (test->run, NULL, "completed");
  g_assert_cmpuint (test->n_calls, ==, 8);
}

static void
start_other_cb (MyrmexRun  *run,
                const char *task_name,
                const char *status,
                GVariant   *details,
                Test       *test)
{
  if (is_event (task_name, status, "a:completed"))
    test->other = local_start (test->runner, test->workflow);
}

static void
test_start_other (Test          *test,
                  gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (start_other_cb), test);
  while (test->other == NULL)
    g_main_context_iteration (NULL, TRUE);
  gate_open (test->gate);
  local_finish (test->run);
  local_finish (test->other);
  local_assert (test->run, NULL, "completed");
  local_assert (test->other, NULL, "completed");
}

static void
change_cb (MyrmexRun  *run,
           const char *task_name,
           const char *status,
           GVariant   *details,
           Test       *test)
{
  g_autoptr (MyrmexTask) task = NULL;
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed"))
    return;
  task = myrmex_task_new_function ("new", local_ok, NULL, NULL);
  g_assert_false (myrmex_workflow_add_task (test->workflow, task, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  myrmex_task_set_timeout (myrmex_workflow_get_task (test->workflow, "c"), 0.000001);
  gate_open (test->gate);
  test->done = TRUE;
}

static void
test_change (Test          *test,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (change_cb), test);
  local_finish (test->run);
  g_assert_true (test->done);
  local_assert (test->run, NULL, "completed");
  g_assert_null (myrmex_runner_start (test->runner, test->workflow, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_assert_nonnull (g_strrstr (error->message, "“timeout” of task “c”"));
}

static void
drop_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Test       *test)
{
  if (is_event (task_name, status, "a:running"))
    {
      g_clear_object (&test->run);
      g_clear_object (&test->workflow);
      g_clear_object (&test->runner);
      gate_open (test->gate);
    }
}

static void
gone_cb (gpointer  data,
         GObject  *where)
{
  *(gboolean *) data = TRUE;
}

/* The last references go, and the run to its end nevertheless. */
static void
test_drop_all (Test          *test,
               gconstpointer  data)
{
  gboolean run_gone = FALSE, workflow_gone = FALSE;

  test->run = local_start (test->runner, test->workflow);
  g_object_weak_ref (G_OBJECT (test->run), gone_cb, &run_gone);
  g_object_weak_ref (G_OBJECT (test->workflow), gone_cb, &workflow_gone);
  g_signal_connect (test->run, "progress", G_CALLBACK (drop_cb), test);
  while (!run_gone)
    g_main_context_iteration (NULL, TRUE);
  while (!workflow_gone)
    g_main_context_iteration (NULL, FALSE);
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
disconnect_cb (MyrmexRun  *run,
               const char *task_name,
               const char *status,
               GVariant   *details,
               Test       *test)
{
  test->n_calls++;
  g_signal_handler_disconnect (run, test->id);
  gate_open (test->gate);
}

static void
test_disconnect (Test          *test,
                 gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  test->id = g_signal_connect (test->run, "progress", G_CALLBACK (disconnect_cb), test);
  local_finish (test->run);
  g_assert_cmpuint (test->n_calls, ==, 1);
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

static void
finished_cb (MyrmexRun *run,
             Test      *test)
{
  g_assert_false (test->finished);
  test->finished = TRUE;
}

static void
wait_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Test       *test)
{
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed") || test->done)
    return;
  test->done = TRUE;
  gate_open (test->gate);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (test->finished);
}

/* A handler may wait for the run that called it: what happens meanwhile is told meanwhile. */
static void
test_wait (Test          *test,
           gconstpointer  data)
{
  test->run = local_start (test->runner, test->workflow);
  g_signal_connect (test->run, "progress", G_CALLBACK (tell_cb), test);
  g_signal_connect (test->run, "progress", G_CALLBACK (wait_cb), test);
  g_signal_connect (test->run, "finished", G_CALLBACK (finished_cb), test);
  local_finish (test->run);
  g_assert_true (test->done);
  g_assert_cmpstr (test->told->str, ==, " workflow:started a:running a:completed b:running b:completed c:running "
                   "c:completed workflow:completed");
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

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           Test       *test)
{
  if (myrmex_task_run_get_status (MYRMEX_TASK_RUN (object)) == MYRMEX_TASK_STATUS_COMPLETED)
    {
      g_assert_false (myrmex_run_wait (test->run, NULL, NULL));
      local_assert (test->run, NULL, "failed/error");
      test->done = TRUE;
    }
}

/* The same from a notification of a task that was retried, whose event has a text of its own. */
static void
test_wait_in_notify (Test          *test,
                     gconstpointer  data)
{
  g_autoptr (MyrmexTaskRun) task = NULL;

  gate_open (test->gate);
  local_retry (myrmex_workflow_add_function (test->workflow, "retried", local_fail, NULL, NULL), 3);
  myrmex_workflow_set_fail_fast (test->workflow, FALSE);
  test->run = local_start (test->runner, test->workflow);
  task = myrmex_run_dup_task_run (test->run, "a");
  g_signal_connect (task, "notify::status", G_CALLBACK (notify_cb), test);
  g_signal_connect (test->run, "progress", G_CALLBACK (tell_cb), test);
  local_finish (test->run);
  g_assert_true (test->done);
  g_assert_nonnull (g_strrstr (test->told->str, " retried:failed"));
}

#define ADD(name, data, func) g_test_add ("/local/callbacks/" name, Test, data, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("cancel", NULL, test_cancel);
  ADD ("pause", NULL, test_pause);
  ADD ("ask", NULL, test_ask);
  ADD ("start-other", NULL, test_start_other);
  ADD ("change", NULL, test_change);
  ADD ("drop-all", NULL, test_drop_all);
  ADD ("nest", NULL, test_nest);
  ADD ("disconnect", NULL, test_disconnect);
  ADD ("wait", NULL, test_wait);
  ADD ("wait-in-notify", NULL, test_wait_in_notify);
  ADD ("function-waits", GINT_TO_POINTER (MYRMEX_AFFINITY_WORKER), test_function_waits);
  ADD ("main-function-waits", GINT_TO_POINTER (MYRMEX_AFFINITY_MAIN), test_function_waits);
  ADD ("functions-nest", GINT_TO_POINTER (MYRMEX_AFFINITY_WORKER), test_functions_nest);
  ADD ("main-functions-nest", GINT_TO_POINTER (MYRMEX_AFFINITY_MAIN), test_functions_nest);
  ADD ("function-iterates", NULL, test_function_iterates);
  return g_test_run ();
}
