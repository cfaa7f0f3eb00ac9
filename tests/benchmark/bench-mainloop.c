/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bench-mainloop [FUNCTIONS [COMMANDS]]: how long the main loop is held at a time while runs tell all there is: from
 * one return of poll() to the next call of it. By the clock, and of that by this thread alone, since on a busy machine
 * the rest is others'. The best of several rounds of each. */

#include <stdlib.h>
#include <time.h>

#include <myrmex.h>

#include "bench-row.h"

#define N_ROUNDS  3
#define BUDGET_MS 5.0

typedef struct
{
  gint64 began;      /* µs, when poll() returned; 0: not yet */
  gint64 began_cpu;
  gint64 longest;
  gint64 longest_cpu;
} Held;

static Held held;
static gint64 start_us;   /* of the call that starts a run, the shortest */

static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
begin_held (void)
{
  held.began = g_get_monotonic_time ();
  held.began_cpu = get_cpu_us ();
}

static void
end_held (void)
{
  if (held.began == 0)
    return;
  held.longest = MAX (held.longest, g_get_monotonic_time () - held.began);
  held.longest_cpu = MAX (held.longest_cpu, get_cpu_us () - held.began_cpu);
}

static gint
timed_poll (GPollFD *fds,
            guint    n_fds,
            gint     timeout)
{
  gint n;

  end_held ();
  n = g_poll (fds, n_fds, timeout);
  begin_held ();
  return n;
}

typedef struct
{
  MyrmexRun *run;
  GPtrArray *task_runs;
  gboolean   cancels;
  gboolean   drops;
  gboolean   is_finished;
  guint      n_told;
  guint      n_notified;
} Listener;

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             Listener   *listener)
{
  listener->n_told++;
  if (listener->cancels && g_str_equal (task_name, "t0") && g_str_equal (status, "running"))
    myrmex_run_cancel (run);
}

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           Listener   *listener)
{
  listener->n_notified++;
}

static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  Listener   *listener)
{
  listener->n_notified++;
}

static void
finished_cb (MyrmexRun *run,
             Listener  *listener)
{
  listener->is_finished = TRUE;
  if (listener->drops)
    g_clear_object (&listener->run);
}

static void
listen (Listener *listener,
        guint     n_task_runs)
{
  g_signal_connect (listener->run, "progress", G_CALLBACK (progress_cb), listener);
  g_signal_connect (listener->run, "notify", G_CALLBACK (notify_cb), listener);
  g_signal_connect (listener->run, "items-changed", G_CALLBACK (items_changed_cb), listener);
  g_signal_connect (listener->run, "finished", G_CALLBACK (finished_cb), listener);
  listener->task_runs = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n_task_runs; i++)
    {
      MyrmexTaskRun *task_run = g_list_model_get_item (G_LIST_MODEL (listener->run), i);

      g_signal_connect (task_run, "notify", G_CALLBACK (notify_cb), listener);
      g_ptr_array_add (listener->task_runs, task_run);
    }
}

typedef enum
{
  CASE_FUNCTIONS,  /* a window full of task runs is looked at */
  CASE_ALL,        /* all task runs are */
  CASE_DROPPED,    /* nobody holds the run or its workflow when it ends */
  CASE_CANCELLED,  /* the main loop cancels it, before all but one have begun */
  CASE_FAILED,     /* all others are skipped at once since one fails */
  CASE_COMMANDS,
  N_CASES
} Case;

static const char * const case_names[] = {
  "functions", "functions, all looked at", "functions, dropped", "functions, cancelled", "functions, failed", "commands",
};

#define N_LOOKED_AT 200

static GVariant *
do_nothing (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  return NULL;
}

static GVariant *
fail (MyrmexTaskContext  *context,
      gpointer            data,
      GError            **error)
{
  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "it broke");
  return NULL;
}

static GVariant *
wait_for_cancel (MyrmexTaskContext  *context,
                 gpointer            data,
                 GError            **error)
{
  while (!myrmex_task_context_is_cancelled (context))
    g_usleep (100);
  return NULL;
}

static MyrmexWorkflow *
make_workflow (Case  what,
               guint n)
{
  static const MyrmexTaskFunc first[N_CASES] = { [CASE_CANCELLED] = wait_for_cancel, [CASE_FAILED] = fail };
  MyrmexWorkflow *workflow = myrmex_workflow_new ("mainloop");
  char name[16];

  for (guint i = 0; i < n; i++)
    {
      MyrmexTask *task;

      g_snprintf (name, sizeof name, "t%u", i);
      if (what == CASE_COMMANDS)
        task = myrmex_workflow_add_command (workflow, name, "true", NULL);
      else
        task = myrmex_workflow_add_function (workflow, name, i == 0 && first[what] != NULL ? first[what] : do_nothing,
                                             NULL, NULL);
      if (i > 0 && first[what] != NULL)
        myrmex_task_add_dependency (task, "t0");
    }
  return workflow;
}

static void
measure (Case  what,
         guint n)
{
  g_autoptr (MyrmexRunner) runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", 2, NULL);
  g_autoptr (MyrmexWorkflow) workflow = make_workflow (what, n);
  g_autoptr (GError) error = NULL;
  Listener listener = { .cancels = what == CASE_CANCELLED, .drops = what == CASE_DROPPED };
  GWeakRef alive;
  gboolean looks_at_all = what == CASE_ALL || what == CASE_COMMANDS;

  held = (Held) { 0 };
  begin_held ();
  listener.run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  end_held ();
  start_us = MIN (start_us, held.longest);
  listen (&listener, what == CASE_DROPPED ? 0 : looks_at_all ? n : MIN (n, N_LOOKED_AT));
  g_weak_ref_init (&alive, workflow);
  if (listener.drops)
    g_clear_object (&workflow);

  held = (Held) { 0 };
  while (!listener.is_finished)
    g_main_context_iteration (NULL, TRUE);
  while (listener.drops && (workflow = g_weak_ref_get (&alive)) != NULL)
    {
      g_clear_object (&workflow);
      g_main_context_iteration (NULL, FALSE);
    }
  end_held ();
  g_weak_ref_clear (&alive);
  g_assert_cmpuint (listener.n_told, >, 1000);
  g_assert_cmpuint (listener.n_notified, >, 0);

  held.began = 0;
  g_ptr_array_unref (listener.task_runs);
  g_clear_object (&listener.run);
}

static void
report (Case  what,
        guint n)
{
  g_autofree char *title = NULL;
  gint64 longest = G_MAXINT64, longest_cpu = G_MAXINT64;

  start_us = G_MAXINT64;
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      measure (what, n);
      longest = MIN (longest, held.longest);
      longest_cpu = MIN (longest_cpu, held.longest_cpu);
    }
  title = g_strdup_printf ("main loop held by %u %s", n, case_names[what]);
  bench_row (&(BenchRow) { .what = title, .unit = "ms", .ours = (double) longest / 1000, .budget = BUDGET_MS });
  bench_row (&(BenchRow) { .what = "- processor time of that", .unit = "ms", .ours = (double) longest_cpu / 1000 });
  bench_row (&(BenchRow) { .what = "- the call that starts it", .unit = "ms", .ours = (double) start_us / 1000 });
}

int
main (int    argc,
      char **argv)
{
  guint n_functions = argc > 1 ? (guint) atoi (argv[1]) : 100000;
  guint n_commands = argc > 2 ? (guint) atoi (argv[2]) : 5000;

  g_main_context_set_poll_func (NULL, timed_poll);
  for (int what = 0; what < N_CASES; what++)
    report (what, what == CASE_COMMANDS ? n_commands : n_functions);
  return 0;
}
