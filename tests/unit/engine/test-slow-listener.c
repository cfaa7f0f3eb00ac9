/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A listener that holds the main context for longer than it is given at a time, and one that comes late. */

#define MYRMEX_INSIDE
#include "engine/myrmex-local-run-private.h"
#include "myrmex.h"

/* More than the telling of a run may take at a time. */
#define SLOW_US (10 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean has_reported;
  gboolean may_end;
  GString *told;
} Seen;

static GVariant *
report_cb (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  Seen *seen = data;

  myrmex_task_context_report (context, 0.5, "half");
  g_mutex_lock (&seen->lock);
  seen->has_reported = TRUE;
  g_cond_broadcast (&seen->cond);
  while (!seen->may_end)
    g_cond_wait (&seen->cond, &seen->lock);
  g_mutex_unlock (&seen->lock);
  return NULL;
}

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             Seen       *seen)
{
  gboolean is_report = g_variant_lookup (details, "fraction", "d", NULL);

  g_string_append_printf (seen->told, " %s:%s", task_name, is_report ? "report" : status);
  g_usleep (SLOW_US);

  if (is_report)
    {
      g_mutex_lock (&seen->lock);
      seen->may_end = TRUE;
      g_cond_broadcast (&seen->cond);
      g_mutex_unlock (&seen->lock);
    }
}

/* A task that reports at once is told to run before it is told to be half way. */
static void
test_report_after_start (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("slow");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  Seen seen = { .told = g_string_new (NULL) };

  myrmex_workflow_add_function (workflow, "a", report_cb, &seen, NULL);
  run = myrmex_workflow_start (workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), &seen);

  /* All of it is there to be told when the telling begins. */
  g_mutex_lock (&seen.lock);
  while (!seen.has_reported)
    g_cond_wait (&seen.cond, &seen.lock);
  g_mutex_unlock (&seen.lock);

  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_cmpstr (seen.told->str, ==, " workflow:started a:running a:report a:completed workflow:completed");
  g_string_free (seen.told, TRUE);
}

static GVariant *
wait_cb (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  Seen *seen = data;

  g_mutex_lock (&seen->lock);
  while (!seen->may_end)
    g_cond_wait (&seen->cond, &seen->lock);
  g_mutex_unlock (&seen->lock);
  return NULL;
}

static gboolean
wants_events (MyrmexExecution *execution)
{
  gboolean wants;

  g_mutex_lock (&execution->lock);
  wants = execution->wants_events;
  g_mutex_unlock (&execution->lock);
  return wants;
}

/* How much there is to tell of a task. */
static guint
count_events (MyrmexExecution *execution,
              guint32          task)
{
  guint n = 0;

  g_mutex_lock (&execution->lock);
  for (guint i = 0; i < execution->events->len; i++)
    n += g_array_index (execution->events, MyrmexEvent, i).task == task;
  g_mutex_unlock (&execution->lock);
  return n;
}

/* What happens after a first task run is made, in a run that nobody listened to, is told of one by one: nobody has to
 * look at all task runs that were made meanwhile, which might be very many. */
static void
test_late_task_run (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("late");
  g_autoptr (MyrmexTaskRun) task_run = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  Seen seen = { .told = NULL };
  MyrmexExecution *execution;

  myrmex_workflow_add_function (workflow, "a", wait_cb, &seen, NULL);
  myrmex_task_add_dependency (myrmex_workflow_add_noop (workflow, "b"), "a");
  run = myrmex_workflow_start (workflow, NULL, &error);
  g_assert_no_error (error);
  execution = myrmex_local_run_get_execution (MYRMEX_LOCAL_RUN (run));
  while (wants_events (execution))
    g_main_context_iteration (NULL, TRUE);

  task_run = myrmex_run_dup_task_run (run, "b");
  g_assert_true (wants_events (execution));
  g_assert_cmpint (myrmex_task_run_get_status (task_run), ==, MYRMEX_TASK_STATUS_PENDING);
  g_mutex_lock (&seen.lock);
  seen.may_end = TRUE;
  g_cond_broadcast (&seen.cond);
  g_mutex_unlock (&seen.lock);
  while (!myrmex_run_status_is_final (myrmex_run_get_status (run)))
    g_thread_yield ();
  g_assert_cmpuint (count_events (execution, 1), ==, 2);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_cmpint (myrmex_task_run_get_status (task_run), ==, MYRMEX_TASK_STATUS_COMPLETED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/slow-listener/report-after-start", test_report_after_start);
  g_test_add_func ("/slow-listener/late-task-run", test_late_task_run);

  return g_test_run ();
}
