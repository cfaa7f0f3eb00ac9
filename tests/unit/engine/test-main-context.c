/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is promised to languages whose functions may only be called, and freed, in their own thread. */

#include "myrmex.h"

#define N_RUNS 50

static GThread *main_thread;

typedef struct
{
  GMainLoop *loop;
  gboolean   cancelled;
  gboolean   cancelled_before_end;
  int        n_elsewhere;   /* atomic: calls in another thread */
  int        n_freed;       /* atomic */
} Seen;

static void
note_thread (Seen *seen)
{
  if (g_thread_self () != main_thread)
    g_atomic_int_inc (&seen->n_elsewhere);
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  Seen *seen = data;

  note_thread (seen);
  seen->cancelled = TRUE;
}

/* Keeps its context for ever, as a promise does that nobody settles. */
static void
stay_cb (MyrmexTaskContext *context,
         gpointer           data)
{
  MyrmexTaskContext **kept = ((gpointer *) data)[0];

  g_cancellable_connect (myrmex_task_context_get_cancellable (context), G_CALLBACK (cancelled_cb),
                         ((gpointer *) data)[1], NULL);
  g_atomic_pointer_set (kept, myrmex_task_context_ref (context));
}

/* Not before the other one has begun, which would not be called then. */
static GVariant *
fail_cb (MyrmexTaskContext  *context,
         gpointer            kept,
         GError            **error)
{
  while (g_atomic_pointer_get ((gpointer *) kept) == NULL)
    g_usleep (1000);
  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "on purpose");
  return NULL;
}

static void
finished_cb (MyrmexRun *run,
             Seen      *seen)
{
  seen->cancelled_before_end = seen->cancelled;
}

/* Runs to the end, without an own source of the caller's in the way. */
static void
run_to_end (MyrmexRun *run,
            Seen      *seen)
{
  g_autoptr (GError) error = NULL;

  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), seen);
  myrmex_run_wait (run, NULL, &error);
}

static void
run_workflow (MyrmexWorkflow *workflow,
              Seen           *seen,
              gboolean        cancel)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = myrmex_workflow_start (workflow, NULL, &error);

  g_assert_no_error (error);
  if (cancel)
    {
      while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RUNNING) == 0)
        g_main_context_iteration (NULL, TRUE);
      while (g_main_context_iteration (NULL, FALSE));
      g_thread_join (g_thread_new ("cancels", (GThreadFunc) (void (*) (void)) myrmex_run_cancel, run));
    }
  run_to_end (run, seen);
}

static void
check_seen (Seen *seen)
{
  g_assert_true (seen->cancelled);
  g_assert_true (seen->cancelled_before_end);
  g_assert_cmpint (g_atomic_int_get (&seen->n_elsewhere), ==, 0);
}

/* An attempt whose time is over before it begins is not called: as often as it may be, with more time each. */
static void
test_stopped_by_timeout (void)
{
  Seen seen = { 0 };
  g_autoptr (MyrmexTaskContext) kept = NULL;
  gpointer data[] = { &kept, &seen };

  for (double timeout = 0.02; kept == NULL; timeout *= 4)
    {
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("timeout");

      g_assert_cmpfloat (timeout, <, 20);
      myrmex_task_set_timeout (myrmex_workflow_add_async (workflow, "stay", stay_cb, data, NULL), timeout);
      run_workflow (workflow, &seen, FALSE);
    }
  check_seen (&seen);
}

static void
test_stopped_by_failure (void)
{
  Seen seen = { 0 };
  g_autoptr (MyrmexTaskContext) kept = NULL;
  gpointer data[] = { &kept, &seen };
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("failure");
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (2, 0.05, 1, 1, 0, 0, NULL, NULL);
  MyrmexTask *task;

  myrmex_workflow_add_async (workflow, "stay", stay_cb, data, NULL);
  task = myrmex_workflow_add_function (workflow, "fail", fail_cb, &kept, NULL);
  myrmex_task_set_retry_policy (task, policy);
  run_workflow (workflow, &seen, FALSE);
  check_seen (&seen);
}

static void
test_stopped_by_cancel (void)
{
  Seen seen = { 0 };
  g_autoptr (MyrmexTaskContext) kept = NULL;
  gpointer data[] = { &kept, &seen };
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("cancel");

  myrmex_workflow_add_async (workflow, "stay", stay_cb, data, NULL);
  run_workflow (workflow, &seen, TRUE);
  check_seen (&seen);
}

static void
drop_cb (MyrmexTaskContext *context,
         gpointer           data)
{
}

static gboolean
drop_later_cb (gpointer context)
{
  myrmex_task_context_unref (context);
  return G_SOURCE_REMOVE;
}

static void
keep_a_while_cb (MyrmexTaskContext *context,
                 gpointer           data)
{
  g_idle_add (drop_later_cb, myrmex_task_context_ref (context));
}

/* A context that goes without an answer is a failure, not a run without end. */
static void
test_dropped (gconstpointer func)
{
  const MyrmexAffinity affinities[] = { MYRMEX_AFFINITY_MAIN, MYRMEX_AFFINITY_WORKER };

  for (guint i = 0; i < G_N_ELEMENTS (affinities); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("dropped");
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (MyrmexTaskResult) result = NULL;

      myrmex_task_set_affinity (myrmex_workflow_add_async (workflow, "drop", (MyrmexTaskAsyncFunc) func, NULL, NULL),
                                affinities[i]);
      run = myrmex_workflow_start (workflow, NULL, &error);
      g_assert_no_error (error);
      g_assert_false (myrmex_run_wait (run, NULL, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
      result = myrmex_run_dup_result (run, "drop");
      g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "no-answer");
    }
}

static void
answer_cb (MyrmexTaskContext *context,
           gpointer           data)
{
  note_thread (((gpointer *) data)[0]);
  myrmex_task_context_return_value (context, NULL);
}

static GVariant *
work_cb (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  return NULL;
}

static gboolean
decide_cb (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  note_thread (((gpointer *) data)[0]);
  return TRUE;
}

static void
freed_cb (gpointer data)
{
  Seen *seen = ((gpointer *) data)[0];

  g_atomic_int_inc (&seen->n_freed);
  g_free (data);
}

static gpointer
new_data (Seen *seen)
{
  gpointer *data = g_new0 (gpointer, 1);

  data[0] = seen;
  return data;
}

static void
run_gone_cb (gpointer  data,
             GObject  *where)
{
  ++*(int *) data;
}

/* Nobody but the run holds the workflow, and not for longer than it runs, whatever its timeout. */
static void
test_freed (void)
{
  Seen seen = { 0 };
  int n_gone = 0;

  for (int i = 0; i < N_RUNS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("freed");
      g_autoptr (MyrmexRun) run = NULL;
      MyrmexTask *task;

      myrmex_workflow_set_timeout (workflow, 3600);
      myrmex_workflow_add_async (workflow, "async", answer_cb, new_data (&seen), freed_cb);
      task = myrmex_workflow_add_noop (workflow, "noop");
      myrmex_task_set_condition_func (task, decide_cb, new_data (&seen), freed_cb);
      myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
      task = myrmex_workflow_add_function (workflow, "work", work_cb, NULL, NULL);
      myrmex_task_add_dependency (task, "async");
      myrmex_task_add_dependency (task, "noop");

      run = myrmex_workflow_start (workflow, NULL, &error);
      g_assert_no_error (error);
      g_object_weak_ref (G_OBJECT (run), run_gone_cb, &n_gone);
    }

  while (n_gone < N_RUNS)
    g_main_context_iteration (NULL, TRUE);
  /* The last worker may be about to let go. */
  while (g_atomic_int_get (&seen.n_freed) < 2 * N_RUNS)
    g_thread_yield ();
  g_assert_cmpint (g_atomic_int_get (&seen.n_elsewhere), ==, 0);
}

#define REDRAW_PRIORITY 120   /* as GTK has it */
#define N_FRAMES        5
#define N_LONG          20000

typedef struct
{
  int n_frames;
  int n_tasks;
} Window;

static gboolean
frame_cb (gpointer data)
{
  Window *window = data;

  window->n_frames++;
  return G_SOURCE_CONTINUE;
}

static void
count_cb (MyrmexTaskContext *context,
          gpointer           data)
{
  Window *window = data;

  window->n_tasks++;
  myrmex_task_context_return_value (context, NULL);
}

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             gpointer    data)
{
}

/* A window is redrawn while there is something to begin or to tell all the time. */
static void
test_frames (gconstpointer is_chain)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("long");
  g_autoptr (MyrmexRun) run = NULL;
  Window window = { 0, 0 };
  Seen seen = { 0 };
  char name[16], before[16];
  guint id;

  for (int i = 0; i < N_LONG; i++)
    {
      MyrmexTask *task;

      g_snprintf (name, sizeof name, "t%d", i);
      task = myrmex_workflow_add_async (workflow, name, count_cb, &window, NULL);
      if (is_chain != NULL && i > 0)
        myrmex_task_add_dependency (task, before);
      g_strlcpy (before, name, sizeof before);
    }

  run = myrmex_workflow_start (workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), NULL);
  id = g_timeout_add_full (REDRAW_PRIORITY, 1, frame_cb, &window, NULL);
  run_to_end (run, &seen);
  g_source_remove (id);

  g_assert_cmpint (window.n_tasks, ==, N_LONG);
  g_assert_cmpint (window.n_frames, >=, N_FRAMES);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  main_thread = g_thread_self ();

  g_test_add_func ("/main-context/stopped-by-timeout", test_stopped_by_timeout);
  g_test_add_func ("/main-context/stopped-by-failure", test_stopped_by_failure);
  g_test_add_func ("/main-context/stopped-by-cancel", test_stopped_by_cancel);
  g_test_add_data_func ("/main-context/dropped-at-once", (gconstpointer) drop_cb, test_dropped);
  g_test_add_data_func ("/main-context/dropped-later", (gconstpointer) keep_a_while_cb, test_dropped);
  g_test_add_data_func ("/main-context/frames-while-much-begins", NULL, test_frames);
  g_test_add_data_func ("/main-context/frames-during-a-chain", "chain", test_frames);
  g_test_add_func ("/main-context/freed", test_freed);

  return g_test_run ();
}
