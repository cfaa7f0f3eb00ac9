/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Threads and main contexts: where runs are told, and who waits for them. */

#include <unistd.h>

#include "local-fixture.h"

static MyrmexWorkflow *
new_chain (guint n)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("chain");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autofree char *before = g_strdup_printf ("t%u", i - 1);
      MyrmexTask *task = myrmex_workflow_add_function (workflow, name, local_ok, NULL, NULL);

      if (i > 0)
        local_after (task, before);
    }
  return workflow;
}

typedef struct
{
  MyrmexRunner   *runner;
  MyrmexWorkflow *workflow;
  MyrmexRun      *run;
  GMainContext   *context;
  GThread        *thread;
  Gate           *gate;
  GCancellable   *cancellable;
  GError         *error;
  gboolean        success;
  guint           n_events;
  int             n_elsewhere;   /* atomic */
  int             is_ready;      /* atomic */
  gulong          delay;         /* µs */
} Test;

static void
event_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          Test       *test)
{
  test->n_events++;
  if (g_thread_self () != test->thread)
    g_atomic_int_inc (&test->n_elsewhere);
}

static gpointer
own_context_thread (gpointer data)
{
  Test *test = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  test->thread = g_thread_self ();
  g_main_context_push_thread_default (context);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (MyrmexRun) run = local_start (test->runner, test->workflow);

      g_signal_connect (run, "progress", G_CALLBACK (event_cb), test);
      local_finish (run);
      local_assert (run, NULL, "completed");
    }
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Several runs of one workflow at once, in several threads, each with a context of its own. */
static void
test_own_contexts (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (4);
  g_autoptr (MyrmexWorkflow) workflow = new_chain (20);
  Test tests[6] = { 0 };
  GThread *threads[G_N_ELEMENTS (tests)];

  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      tests[i].runner = runner;
      tests[i].workflow = workflow;
      threads[i] = g_thread_new ("own", own_context_thread, &tests[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpuint (tests[i].n_events, ==, 20 * 42);
      g_assert_cmpint (tests[i].n_elsewhere, ==, 0);
    }
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

static gpointer
sync_thread (gpointer data)
{
  Test *test = data;

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexRun) run = myrmex_workflow_run (test->workflow, NULL, &error);

      g_assert_no_error (error);
      local_assert (run, NULL, "completed");
    }
  return NULL;
}

/* In threads that have no main loop, and on the main thread at the same time. */
static void
test_sync (void)
{
  g_autoptr (MyrmexWorkflow) workflow = new_chain (10);
  Test test = { .workflow = workflow };
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("sync", sync_thread, &test);
  sync_thread (&test);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static gboolean
source_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* A run in one call leaves the sources of the caller alone. */
static void
test_sync_leaves_sources (void)
{
  g_autoptr (MyrmexWorkflow) workflow = new_chain (10);
  g_autoptr (MyrmexRun) run = NULL;
  gboolean called = FALSE;

  g_idle_add (source_cb, &called);
  run = myrmex_workflow_run (workflow, NULL, NULL);
  g_assert_nonnull (run);
  g_assert_false (called);
  while (!called)
    g_main_context_iteration (NULL, TRUE);
}

static gpointer
wait_thread (gpointer data)
{
  Test *test = data;

  test->success = myrmex_run_wait (test->run, test->cancellable, &test->error);
  return NULL;
}

static void
test_wait_elsewhere (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("wait");
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Test waits = { 0 }, gives_up = { 0 };
  GThread *threads[2];

  myrmex_workflow_add_function (workflow, "a", local_deaf, gate, NULL);
  run = local_start (runner, workflow);
  waits.run = gives_up.run = run;
  gives_up.cancellable = cancellable;
  threads[0] = g_thread_new ("waits", wait_thread, &waits);
  threads[1] = g_thread_new ("gives-up", wait_thread, &gives_up);
  gate_await (gate, 1);
  g_cancellable_cancel (cancellable);
  g_thread_join (threads[1]);
  g_assert_false (gives_up.success);
  g_assert_error (gives_up.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&gives_up.error);
  g_assert_false (myrmex_run_status_is_final (myrmex_run_get_status (run)));

  /* Nobody iterates the main context meanwhile. */
  gate_open (gate);
  g_thread_join (threads[0]);
  g_assert_true (waits.success);
  local_finish (run);
}

static gpointer
start_and_wait_thread (gpointer data)
{
  Test *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = local_start (test->runner, test->workflow);

  test->success = myrmex_run_wait (run, NULL, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&test->is_ready, 1);
  g_main_context_wakeup (NULL);
  return NULL;
}

/* Started in a thread that has no context of its own, so told on the default one, which another thread iterates. All
 * may be over before that does: a main loop that is told to quit before it runs would run for ever. */
static void
test_default_context_of_another (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_chain (10);

  for (guint i = 0; i < 20; i++)
    {
      Test test = { .runner = runner, .workflow = workflow };
      GThread *thread = g_thread_new ("starts", start_and_wait_thread, &test);

      while (!g_atomic_int_get (&test.is_ready))
        g_main_context_iteration (NULL, TRUE);
      g_thread_join (thread);
      g_assert_true (test.success);
    }
}

static void
got_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GVariant *
count (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  g_atomic_int_inc ((int *) data);
  return NULL;
}

static void
test_run_async (void)
{
  g_autoptr (MyrmexWorkflow) workflow = new_chain (10);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_run_async (workflow, NULL, got_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  run = myrmex_workflow_run_finish (workflow, result, &error);
  g_assert_no_error (error);
  local_assert (run, NULL, "completed");
}

/* A cancellable that has fired already: nothing begins. */
static void
test_cancelled_before (void)
{
  int n = 0;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("cancelled");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) sync_error = NULL;

  myrmex_workflow_add_function (workflow, "a", count, &n, NULL);
  g_cancellable_cancel (cancellable);
  myrmex_workflow_run_async (workflow, cancellable, got_cb, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (myrmex_workflow_run_finish (workflow, result, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  g_assert_null (myrmex_workflow_run (workflow, cancellable, &sync_error));
  g_assert_error (sync_error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  g_assert_cmpint (g_atomic_int_get (&n), ==, 0);
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

static gpointer
cancel_thread (gpointer data)
{
  Test *test = data;

  gate_await (test->gate, 1);
  g_cancellable_cancel (test->cancellable);
  return NULL;
}

static void
test_cancelled_meanwhile (gconstpointer sync)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("cancelled");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Test test = { .gate = gate, .cancellable = cancellable };
  GThread *thread;

  /* It may still be on its way out when the run has ended. */
  myrmex_workflow_add_function (workflow, "a", local_gate, gate_ref (gate), (GDestroyNotify) gate_unref);
  thread = g_thread_new ("cancels", cancel_thread, &test);
  if (sync != NULL)
    {
      g_assert_null (myrmex_workflow_run (workflow, cancellable, &error));
    }
  else
    {
      myrmex_workflow_run_async (workflow, cancellable, got_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_assert_null (myrmex_workflow_run_finish (workflow, result, &error));
    }
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_run_async_fails (void)
{
  g_autoptr (MyrmexWorkflow) workflow = new_chain (2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  local_after (myrmex_workflow_get_task (workflow, "t0"), "t1");
  myrmex_workflow_run_async (workflow, NULL, got_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (myrmex_workflow_run_finish (workflow, result, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CYCLE);
}

static gpointer
leave_thread (gpointer data)
{
  Test *test = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  test->run = local_start (test->runner, test->workflow);
  g_main_context_pop_thread_default (context);
  test->context = g_steal_pointer (&context);
  return NULL;
}

/* The thread that started a run is gone, and nobody iterates its context: the run goes on to its end all the same. It
 * is told when somebody does. */
static void
test_thread_leaves (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_chain (10);
  g_autoptr (GError) error = NULL;
  Test test = { .runner = runner, .workflow = workflow };

  g_thread_join (g_thread_new ("leaves", leave_thread, &test));
  g_assert_true (myrmex_run_wait (test.run, NULL, &error));
  g_assert_no_error (error);
  local_assert (test.run, NULL, "completed");
  test.thread = g_thread_self ();
  g_signal_connect (test.run, "progress", G_CALLBACK (event_cb), &test);
  while (test.n_events < 22)
    g_main_context_iteration (test.context, TRUE);
  g_object_unref (test.run);
  g_main_context_unref (test.context);
}

#define N_LOOKED_AT 20000
#define N_HELD      500   /* of them at a time */
#define N_LOOKS     100000

static gpointer
look_thread (gpointer data)
{
  Test *test = data;
  GListModel *model = G_LIST_MODEL (test->run);
  guint n = g_list_model_get_n_items (model);
  MyrmexTaskRun *held[N_HELD] = { NULL };

  g_atomic_int_set (&test->is_ready, 1);
  for (guint i = 0; i < N_LOOKS || !myrmex_run_status_is_final (myrmex_run_get_status (test->run)); i++)
    {
      g_autoptr (MyrmexTaskRun) task_run = g_list_model_get_item (model, i % n);
      g_autoptr (MyrmexTaskRun) again = g_list_model_get_item (model, i % n);
      g_autoptr (MyrmexTaskResult) result = NULL;
      g_autofree char *message = NULL;

      g_assert_true (again == task_run);
      g_object_get (task_run, "message", &message, "result", &result, NULL);
      g_assert_cmpuint (myrmex_task_result_get_attempts (result), <=, myrmex_task_run_get_attempt (task_run));
      g_set_object (&held[i % N_HELD], task_run);
    }
  for (guint i = 0; i < N_HELD; i++)
    g_clear_object (&held[i]);
  return NULL;
}

static GVariant *
report (MyrmexTaskContext  *context,
        gpointer            data,
        GError            **error)
{
  myrmex_task_context_report (context, 0.5, "half");
  return NULL;
}

/* Task runs are asked for, looked at and let go of in other threads while they change here. */
static void
test_task_runs_elsewhere (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("look");
  g_autoptr (MyrmexRun) run = NULL;
  Test tests[2] = { 0 };
  GThread *threads[G_N_ELEMENTS (tests)];

  for (guint i = 0; i < N_LOOKED_AT; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_function (workflow, name, report, NULL, NULL);
    }
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed ("{'paused': <true>}"), NULL);
  g_signal_connect (run, "progress", G_CALLBACK (event_cb), &tests[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      tests[i].run = run;
      tests[i].thread = g_thread_self ();
      threads[i] = g_thread_new ("looks", look_thread, &tests[i]);
      while (!g_atomic_int_get (&tests[i].is_ready))
        g_thread_yield ();
    }
  myrmex_run_resume (run);
  local_finish (run);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (tests[0].n_elsewhere, ==, 0);
}

#define N_LAST_ROUNDS  60
#define N_LAST_SOURCES 50000   /* make the context slow to free */
#define N_LAST_ENV     20000   /* make the run slow to free */

static gpointer
last_thread (gpointer data)
{
  static GSourceFuncs nothing;
  Test *test = data;
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  test->run = local_start (test->runner, test->workflow);
  local_finish (test->run);
  g_main_context_pop_thread_default (context);
  for (guint i = 0; i < N_LAST_SOURCES; i++)
    {
      g_autoptr (GSource) source = g_source_new (&nothing, sizeof (GSource));

      g_source_set_priority (source, G_PRIORITY_HIGH);
      g_source_attach (source, context);
    }

  g_atomic_int_set (&test->is_ready, 1);
  g_usleep (test->delay);
  g_main_context_unref (context);
  return NULL;
}

/* The context of a run goes in one thread while the run goes in another, as whenever a thread starts a run, hands it
 * on and ends. A source locks the context that it was attached to, also when it is the last of it that goes. */
static void
test_last_references (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("last");
  g_auto (GStrv) variables = g_new0 (char *, N_LAST_ENV + 1);
  char **saved = environ;

  for (guint i = 0; i < N_LAST_ENV; i++)
    variables[i] = g_strdup_printf ("V%u=", i);
  myrmex_task_set_affinity (myrmex_workflow_add_function (workflow, "a", local_ok, NULL, NULL), MYRMEX_AFFINITY_MAIN);
  for (guint i = 0; i < N_LAST_ROUNDS; i++)
    {
      Test test = { .runner = runner, .workflow = workflow, .delay = 20 * i };
      GThread *thread;

      environ = variables;
      thread = g_thread_new ("last", last_thread, &test);
      while (!g_atomic_int_get (&test.is_ready))
        g_thread_yield ();
      environ = saved;
      g_object_unref (test.run);
      g_thread_join (thread);
    }
}

/* Somebody destroys the source that tells the run: it ends. */
static void
test_source_destroyed (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("source");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (Gate) gate = gate_new ();
  MyrmexTask *task;

  task = myrmex_workflow_add_function (workflow, "main", local_ok, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  myrmex_workflow_add_function (workflow, "worker", local_gate, gate_ref (gate), (GDestroyNotify) gate_unref);
  run = local_start (runner, workflow);
  g_source_destroy (g_main_context_find_source_by_user_data (NULL, run));
  while (!myrmex_run_status_is_final (myrmex_run_get_status (run)))
    g_thread_yield ();
  local_assert (run, NULL, "cancelled/run_cancelled");
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/local/contexts/own", test_own_contexts);
  g_test_add_func ("/local/contexts/sync", test_sync);
  g_test_add_func ("/local/contexts/sync-leaves-sources", test_sync_leaves_sources);
  g_test_add_func ("/local/contexts/wait-elsewhere", test_wait_elsewhere);
  g_test_add_func ("/local/contexts/default-of-another", test_default_context_of_another);
  g_test_add_func ("/local/contexts/run-async", test_run_async);
  g_test_add_func ("/local/contexts/run-async-fails", test_run_async_fails);
  g_test_add_func ("/local/contexts/cancelled-before", test_cancelled_before);
  g_test_add_data_func ("/local/contexts/cancelled-meanwhile", NULL, test_cancelled_meanwhile);
  g_test_add_data_func ("/local/contexts/cancelled-meanwhile-sync", "sync", test_cancelled_meanwhile);
  g_test_add_func ("/local/contexts/thread-leaves", test_thread_leaves);
  g_test_add_func ("/local/contexts/task-runs-elsewhere", test_task_runs_elsewhere);
  g_test_add_func ("/local/contexts/last-references", test_last_references);
  g_test_add_func ("/local/contexts/source-destroyed", test_source_destroyed);
  return g_test_run ();
}
