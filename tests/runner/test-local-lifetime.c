/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is held, for how long, and that it is let go once. */

#include <unistd.h>

#include "local-fixture.h"

static int n_destroyed;  /* atomic */

static void
destroyed (gpointer data)
{
  g_atomic_int_inc (&n_destroyed);
  g_free (data);
}

static gpointer
new_data (void)
{
  return g_new0 (int, 1);
}

static void
async_ok (MyrmexTaskContext *context,
          gpointer           data)
{
  myrmex_task_context_return_value (context, NULL);
}

static gboolean
condition (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  return TRUE;
}

static GVariant *
transform (MyrmexTaskContext  *context,
           GVariant           *value,
           gpointer            data,
           GError            **error)
{
  return NULL;
}

/* Everything that a task can hold, 7 data in all. */
static MyrmexWorkflow *
new_workflow (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("lifetime");
  MyrmexTask *task;

  g_atomic_int_set (&n_destroyed, 0);
  task = myrmex_workflow_add_function (workflow, "a", local_ok, new_data (), destroyed);
  myrmex_task_set_condition_func (task, condition, new_data (), destroyed);
  myrmex_task_set_transform_func (task, transform, new_data (), destroyed);
  myrmex_task_set_timeout (task, 3600);
  task = myrmex_workflow_add_async (workflow, "b", async_ok, new_data (), destroyed);
  myrmex_task_set_condition_func (task, condition, new_data (), destroyed);
  local_after (task, "a");
  task = myrmex_workflow_add_function (workflow, "c", local_ok, new_data (), destroyed);
  local_after (task, "b");
  local_retry (task, 3);
  task = myrmex_workflow_add_function (workflow, "d", local_ok, new_data (), destroyed);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  local_after (task, "c");
  myrmex_workflow_set_timeout (workflow, 3600);
  return workflow;
}

#define N_DATA 7

static void
gone_cb (gpointer  data,
         GObject  *where)
{
  g_atomic_int_inc ((int *) data);
}

/* Nothing but the caller holds a workflow whose run was told to its end, though the runner and its threads stay. */
static void
test_let_go (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (3);

  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      MyrmexRun *run = local_run (runner, workflow);
      int run_gone = 0, workflow_gone = 0;

      local_assert (run, NULL, "completed");
      g_object_weak_ref (G_OBJECT (run), gone_cb, &run_gone);
      g_object_weak_ref (G_OBJECT (workflow), gone_cb, &workflow_gone);
      g_object_unref (run);
      g_assert_cmpint (run_gone, ==, 1);
      g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, 0);
      g_clear_object (&workflow);
      local_await (&workflow_gone, 1);
      local_await (&n_destroyed, N_DATA);
      g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, N_DATA);
    }
  g_assert_cmpuint (local_threads ("myrmex-worker"), >, 0);
}

/* The same where the workflow goes first, the runner goes first, and nobody waits. */
static void
test_dropped_at_once (void)
{
  for (guint i = 0; i < 50; i++)
    {
      MyrmexRunner *runner = local_runner (2);
      MyrmexWorkflow *workflow = new_workflow ();
      MyrmexRun *run = local_start (runner, workflow);
      int run_gone = 0;

      g_object_weak_ref (G_OBJECT (run), gone_cb, &run_gone);
      g_object_unref (workflow);
      g_object_unref (runner);
      g_object_unref (run);
      local_await (&run_gone, 1);
      local_await (&n_destroyed, N_DATA);
      g_assert_cmpint (g_atomic_int_get (&n_destroyed), ==, N_DATA);
    }
}

/* The threads of a runner go with it, when its runs have ended. */
static void
test_threads_go (void)
{
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("threads");
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexRunner *runner = local_runner (3);

  while (local_threads ("myrmex-") > 0)
    g_usleep (200);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_task_set_timeout (myrmex_workflow_add_function (workflow, name, local_deaf, gate, NULL), 3600);
    }
  myrmex_workflow_add_command (workflow, "command", "true", NULL);
  run = local_start (runner, workflow);
  gate_await (gate, 3);

  /* A thread has the name of the one that made it, until it has its own. */
  while (local_threads ("myrmex-worker") != 3 || local_threads ("myrmex-alarm") != 1)
    g_usleep (200);
  g_object_unref (runner);
  gate_open (gate);
  local_finish (run);
  local_assert (run, NULL, "completed");
  g_clear_object (&run);
  while (local_threads ("myrmex-") > 0)
    g_usleep (200);
}

typedef struct
{
  Gate *gate;
  int   done;   /* atomic */
} Lingerer;

/* Was given up long ago, and uses its context all the same. */
static GVariant *
lingers (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  Lingerer *lingerer = data;
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autoptr (MyrmexTaskResult) none = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) environment = NULL;

  gate_pass (lingerer->gate, NULL);
  g_assert_true (myrmex_task_context_is_cancelled (context));
  g_assert_true (g_cancellable_is_cancelled (myrmex_task_context_get_cancellable (context)));
  g_assert_cmpstr (myrmex_task_context_get_task_name (context), ==, "lingers");
  g_assert_nonnull (myrmex_task_context_get_run_id (context));
  g_assert_nonnull (myrmex_task_context_get_parameters (context));
  names = myrmex_task_context_dup_dependencies (context);
  g_assert_cmpstr (names[0], ==, "first");
  result = myrmex_task_context_dup_result (context, "first");
  g_assert_true (myrmex_task_result_get_success (result));
  none = myrmex_task_context_dup_result (context, "added99");
  g_assert_null (none);
  environment = myrmex_task_context_dup_environment (context);
  myrmex_task_context_report (context, 0.5, "still here");
  myrmex_task_context_log (context, "still here\n");
  myrmex_task_context_return_value (context, g_variant_new_string ("late"));
  g_atomic_int_inc (&lingerer->done);
  return g_variant_new_string ("later");
}

/* A function that was given up outlives its run, which holds what it needs; not even changing the workflow harms it. */
static void
test_lingerer (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (Gate) gate = gate_new ();
  MyrmexWorkflow *workflow = myrmex_workflow_new ("lingers");
  Lingerer lingerer = { gate, 0 };
  int workflow_gone = 0;
  MyrmexRun *run;
  MyrmexTask *task;

  g_object_weak_ref (G_OBJECT (workflow), gone_cb, &workflow_gone);
  myrmex_workflow_add_function (workflow, "first", local_ok, NULL, NULL);
  task = myrmex_workflow_add_function (workflow, "lingers", lingers, &lingerer, NULL);
  local_after (task, "first");
  myrmex_task_set_timeout (task, 0.02);
  run = local_run (runner, workflow);
  local_assert (run, "lingers", "failed/timed_out");
  g_assert_false (myrmex_workflow_is_busy (workflow));
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("added%u", i);

      myrmex_workflow_add_function (workflow, name, local_ok, NULL, NULL);
    }
  local_assert (run, "first", "completed");
  g_object_unref (run);
  g_object_unref (workflow);
  g_assert_cmpint (workflow_gone, ==, 0);
  gate_open (gate);
  local_await (&lingerer.done, 1);
  local_await (&workflow_gone, 1);
}

static MyrmexTaskContext *kept_context;

static void
keep_context (MyrmexTaskContext *context,
              gpointer           data)
{
  kept_context = myrmex_task_context_ref (context);
  myrmex_task_context_return_value (context, NULL);
}

/* A context that somebody keeps holds its run, and lets it go at last. */
static void
test_kept_context (void)
{
  MyrmexRunner *runner = local_runner (1);
  MyrmexWorkflow *workflow = myrmex_workflow_new ("kept");
  int workflow_gone = 0;
  MyrmexRun *run;

  g_object_weak_ref (G_OBJECT (workflow), gone_cb, &workflow_gone);
  myrmex_workflow_add_async (workflow, "a", keep_context, NULL, NULL);
  run = local_run (runner, workflow);
  local_assert (run, NULL, "completed");
  g_object_unref (run);
  g_object_unref (workflow);
  g_object_unref (runner);
  g_assert_cmpint (workflow_gone, ==, 0);
  g_assert_cmpstr (myrmex_task_context_get_task_name (kept_context), ==, "a");
  myrmex_task_context_return_value (kept_context, g_variant_new_string ("again"));
  myrmex_task_context_unref (kept_context);
  g_assert_cmpint (workflow_gone, ==, 1);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* Many runs leave no descriptor and no thread behind, and no folder. */
static void
test_nothing_left (void)
{
  guint fds;

  g_main_context_iteration (NULL, FALSE);
  while (local_threads ("myrmex-") > 0)
    g_usleep (200);
  fds = count_fds ();
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (MyrmexRunner) runner = local_runner (2);
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      g_autoptr (MyrmexRun) run = NULL;
      g_autofree char *log = NULL;
      g_autofree char *folder = NULL;

      myrmex_workflow_add_command (workflow, "command", "echo", "text", NULL);
      run = local_run (runner, workflow);
      local_assert (run, NULL, "completed");
      log = myrmex_run_dup_log_path (run, "command");
      g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
      folder = g_path_get_dirname (log);
      g_clear_object (&run);
      while (g_file_test (folder, G_FILE_TEST_EXISTS))
        g_main_context_iteration (NULL, FALSE);
    }
  while (local_threads ("myrmex-") > 0)
    g_usleep (200);
  g_assert_cmpuint (count_fds (), ==, fds);
}

static GVariant *
blocks (MyrmexTaskContext  *context,
        gpointer            data,
        GError            **error)
{
  gate_pass (data, NULL);
  return NULL;
}

static void
exit_subprocess (void)
{
  MyrmexRun *run;
  MyrmexRunner *runner = local_runner (2);
  MyrmexWorkflow *workflow = myrmex_workflow_new ("exit");
  Gate *gate = gate_new ();
  MyrmexTask *task;

  myrmex_task_set_timeout (myrmex_workflow_add_function (workflow, "blocks", blocks, gate, NULL), 3600);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_function (workflow, name, local_ok, NULL, NULL);
    }
  task = myrmex_workflow_add_function (workflow, "main", local_ok, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  run = local_start (runner, workflow);
  gate_await (gate, 1);
  g_assert_false (myrmex_run_status_is_final (myrmex_run_get_status (run)));
  exit (0);
}

/* A process may end in the middle of everything. */
static void
test_exit (void)
{
  if (g_test_subprocess ())
    {
      exit_subprocess ();
      return;
    }
  for (guint i = 0; i < 10; i++)
    {
      g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
    }
}

static gpointer
cancel_thread (gpointer data)
{
  MyrmexRun *run = data;

  for (guint i = 0; i < 20; i++)
    {
      myrmex_run_pause (run);
      myrmex_run_resume (run);
      g_thread_yield ();
    }
  myrmex_run_cancel (run);
  myrmex_run_cancel (run);
  g_object_unref (run);
  return NULL;
}

/* The last reference to a run goes in another thread. */
static void
test_dropped_elsewhere (void)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (MyrmexRunner) runner = local_runner (2);
      g_autoptr (MyrmexWorkflow) workflow = new_workflow ();
      MyrmexRun *run = local_start (runner, workflow);
      GThread *threads[3];
      int run_gone = 0;

      g_object_weak_ref (G_OBJECT (run), gone_cb, &run_gone);
      for (gsize j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("cancels", cancel_thread, g_object_ref (run));
      g_object_unref (run);
      for (gsize j = 0; j < G_N_ELEMENTS (threads); j++)
        g_thread_join (threads[j]);
      local_await (&run_gone, 1);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/local/lifetime/let-go", test_let_go);
  g_test_add_func ("/local/lifetime/dropped-at-once", test_dropped_at_once);
  g_test_add_func ("/local/lifetime/dropped-elsewhere", test_dropped_elsewhere);
  g_test_add_func ("/local/lifetime/threads-go", test_threads_go);
  g_test_add_func ("/local/lifetime/lingerer", test_lingerer);
  g_test_add_func ("/local/lifetime/kept-context", test_kept_context);
  g_test_add_func ("/local/lifetime/nothing-left", test_nothing_left);
  g_test_add_func ("/local/lifetime/exit", test_exit);
  return g_test_run ();
}
