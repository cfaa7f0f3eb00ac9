/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What runs at once, who gets a turn, and how large it may be. */

#include <time.h>

#include "local-fixture.h"

/* Those of t0 to t3 that could start say that the runner has no place for them. */
static void
assert_waits_for_runner (MyrmexRun *run)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, name);
      g_autofree char *why = myrmex_run_explain (run, name, NULL);

      if (myrmex_task_result_get_status (result) == MYRMEX_TASK_STATUS_PENDING)
        g_assert_cmpstr (why, ==, "It starts as soon as the runner has a free worker.");
    }
}

/* The runner's bound holds over all its runs. */
static void
test_runner_bound (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (3);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("bound");
  g_autoptr (Gate) gate = gate_new ();
  MyrmexRun *runs[3];

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_function (workflow, name, local_deaf, gate, NULL);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    runs[i] = local_start (runner, workflow);
  gate_await (gate, 3);
  g_usleep (5000);
  g_assert_cmpuint (gate_n_arrived (gate), ==, 3);
  g_assert_cmpuint (local_threads ("myrmex-worker"), <=, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    assert_waits_for_runner (runs[i]);
  gate_open (gate);
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      local_finish (runs[i]);
      local_assert (runs[i], NULL, "completed");
      g_object_unref (runs[i]);
    }
  g_assert_cmpuint (gate_n_most (gate), <=, 3);
}

/* All places are used: a function that takes long does not keep what is ready beside it. */
static void
test_all_places (void)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (MyrmexRunner) runner = local_runner (4);
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("all");
      g_autoptr (Gate) gate = gate_new ();
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (MyrmexRun) other = NULL;

      myrmex_workflow_add_function (workflow, "first", local_ok, NULL, NULL);
      for (guint j = 0; j < 2; j++)
        {
          g_autofree char *name = g_strdup_printf ("t%u", j);

          local_after (myrmex_workflow_add_function (workflow, name, local_deaf, gate, NULL), "first");
        }
      run = local_start (runner, workflow);
      other = local_start (runner, workflow);
      gate_await (gate, 4);
      gate_open (gate);
      local_finish (run);
      local_finish (other);
    }
}

/* For a function that returns at once, on a machine that is busy. */
#define LONG_ENOUGH 0.5

/* Six functions that hang, and a quick one: it is not held up by those that were given up. */
static void
test_hung_functions (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("hung");
  g_autoptr (Gate) gate = gate_new ();
  g_autoptr (MyrmexRun) run = NULL;
  guint n_attempts = 0;

  myrmex_workflow_set_fail_fast (workflow, FALSE);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung%u", i);
      MyrmexTask *task = myrmex_workflow_add_function (workflow, name, local_deaf, gate_ref (gate),
                                                       (GDestroyNotify) gate_unref);

      myrmex_task_set_timeout (task, LONG_ENOUGH);
      local_retry (task, 3);
    }
  myrmex_task_set_timeout (myrmex_workflow_add_function (workflow, "quick", local_ok, NULL, NULL), 20);
  run = local_start (runner, workflow);
  gate_await (gate, 6);
  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED) < 1 ||
         myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RETRYING) < 6)
    g_main_context_iteration (NULL, TRUE);
  local_assert (run, "quick", "completed");

  /* The next attempts wait for the first ones, and say so. */
  g_assert_cmpuint (gate_n_arrived (gate), ==, 6);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung%u", i);
      g_autofree char *why = myrmex_run_explain (run, name, NULL);

      g_assert_true (g_strrstr (why, "Attempt 1 ") != NULL);
    }
  gate_open (gate);
  local_finish (run);
  local_assert (run, NULL, "completed");
  /* Two for each, or three where one that returns at once was not quick enough. */
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung%u", i);
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, name);

      g_assert_cmpuint (myrmex_task_result_get_attempts (result), >=, 2);
      n_attempts += myrmex_task_result_get_attempts (result);
    }
  g_assert_cmpuint (gate_n_arrived (gate), ==, n_attempts);
  while (local_threads ("myrmex-worker") > 2)
    g_usleep (200);
}

typedef struct
{
  int n_now;     /* atomic */
  int n_most;
  int n_calls;
} Overlap;

/* Never stops before its time is over, and then soon. */
static GVariant *
overstays (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  Overlap *overlap = data;
  int now = g_atomic_int_add (&overlap->n_now, 1) + 1;

  g_atomic_int_inc (&overlap->n_calls);
  if (now > g_atomic_int_get (&overlap->n_most))
    g_atomic_int_set (&overlap->n_most, now);
  while (!myrmex_task_context_is_cancelled (context))
    g_usleep (100);
  g_usleep (3000);
  myrmex_task_context_return_value (context, NULL);
  g_usleep (3000);
  g_atomic_int_add (&overlap->n_now, -1);
  return NULL;
}

/* Attempts of one task never overlap. */
static void
test_no_overlap (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (4);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("overlap");
  g_autoptr (MyrmexRun) run = NULL;
  Overlap overlap = { 0 };
  MyrmexTask *task = myrmex_workflow_add_function (workflow, "a", overstays, &overlap, NULL);

  myrmex_task_set_timeout (task, 0.002);
  local_retry (task, 10);
  run = local_run (runner, workflow);
  local_assert (run, "a", "failed/timed_out");
  /* The last one was given up, and may be about to be called still. */
  local_await (&overlap.n_calls, 10);
  while (g_atomic_int_get (&overlap.n_now) > 0)
    g_usleep (100);
  g_assert_cmpint (overlap.n_calls, ==, 10);
  g_assert_cmpint (overlap.n_most, ==, 1);
}

static MyrmexWorkflow *
new_wide (guint          n,
          MyrmexTaskFunc func,
          gpointer       data)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new ("wide");
  char name[16];

  for (guint i = 0; i < n; i++)
    {
      g_snprintf (name, sizeof name, "t%u", i);
      myrmex_workflow_add_function (workflow, name, func, data, NULL);
    }
  return workflow;
}

typedef struct
{
  Gate *submitted;
  int   n_calls;    /* atomic */
  int   n_seen;     /* atomic: of them, by the one of the other run that was the last to look */
} Fairness;

static GVariant *
takes_time (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  Fairness *fairness = data;

  gate_pass (fairness->submitted, NULL);
  g_atomic_int_inc (&fairness->n_calls);
  g_usleep (200);
  return NULL;
}

static GVariant *
looks (MyrmexTaskContext  *context,
       gpointer            data,
       GError            **error)
{
  Fairness *fairness = data;

  g_atomic_int_set (&fairness->n_seen, g_atomic_int_get (&fairness->n_calls));
  return NULL;
}

static void
wait_for_end (MyrmexRun *run)
{
  while (!myrmex_run_status_is_final (myrmex_run_get_status (run)))
    g_thread_yield ();
}

#define N_LARGE 20000

/* A second run gets its turns while a first of very many tasks goes on: all places are taken by that when it starts,
 * and it would keep them for two seconds and more. */
static void
test_fairness (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (Gate) submitted = gate_new ();
  Fairness fairness = { submitted, 0, 0 };
  g_autoptr (MyrmexWorkflow) large = new_wide (N_LARGE, takes_time, &fairness);
  g_autoptr (MyrmexWorkflow) small = new_wide (200, looks, &fairness);
  g_autoptr (MyrmexRun) first = local_start (runner, large);
  g_autoptr (MyrmexRun) second = NULL;

  gate_await (submitted, 2);
  second = local_start (runner, small);
  gate_open (submitted);
  wait_for_end (second);
  g_assert_cmpint (g_atomic_int_get (&fairness.n_seen), <, N_LARGE);
  myrmex_run_cancel (first);
  local_finish (first);
  local_finish (second);

  /* A function that was given up may be about to return still. */
  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&runner);
  while (local_threads ("myrmex-worker") > 0)
    g_usleep (200);
}

/* Two runs of commands share the places as well. */
static void
test_fairness_of_commands (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) large = myrmex_workflow_new ("large");
  g_autoptr (MyrmexWorkflow) small = myrmex_workflow_new ("small");
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;
  char name[16];

  for (guint i = 0; i < 500; i++)
    {
      g_snprintf (name, sizeof name, "t%u", i);
      myrmex_workflow_add_command (large, name, "sleep", "0.02", NULL);
      if (i < 10)
        myrmex_workflow_add_command (small, name, "true", NULL);
    }
  first = local_start (runner, large);
  second = local_start (runner, small);
  wait_for_end (second);
  g_assert_cmpuint (myrmex_run_get_count (first, MYRMEX_TASK_STATUS_COMPLETED), <, 500);
  myrmex_run_cancel (first);
  local_finish (first);
  local_finish (second);
}

/* Of threads' own time, so that it does not matter what else the machine does. */
static double
get_us (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double) time.tv_sec * G_USEC_PER_SEC + (double) time.tv_nsec / 1000;
}

static double
time_chain (guint n)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("chain");
  g_autoptr (MyrmexRun) run = NULL;
  char name[16], before[16] = "";
  double begin;

  /* Added in reverse, each after the next one. */
  for (guint i = n; i > 0; i--)
    {
      MyrmexTask *task;

      g_snprintf (name, sizeof name, "t%u", i);
      g_snprintf (before, sizeof before, "t%u", i - 1);
      task = myrmex_workflow_add_function (workflow, name, local_ok, NULL, NULL);
      if (i > 1)
        myrmex_task_add_dependency (task, before);
    }
  begin = get_us (CLOCK_PROCESS_CPUTIME_ID);
  run = local_run (runner, workflow);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, n);
  return (get_us (CLOCK_PROCESS_CPUTIME_ID) - begin) / n;
}

/* Linear: the cost of a task does not grow with their number, and there is no recursion over the graph. */
static void
test_chains (void)
{
  guint n = g_test_slow () || g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1000000 : 200000;
  double small = time_chain (5000);
  double large = time_chain (n);

  g_test_message ("%u: %.3f µs a task, 5000: %.3f µs", n, large, small);
  g_assert_cmpfloat (large, <, 20 * MAX (small, 0.2));
}

/* A frame. A sanitizer looks at all that is freed, which is much at a time. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MAX_HELD_US 167000
#else
#define MAX_HELD_US 16700
#endif

static double longest_us, began_us;

static gint
timed_poll (GPollFD *fds,
            guint    n_fds,
            gint     timeout)
{
  gint n;

  longest_us = MAX (longest_us, get_us (CLOCK_THREAD_CPUTIME_ID) - began_us);
  n = g_poll (fds, n_fds, timeout);
  began_us = get_us (CLOCK_THREAD_CPUTIME_ID);
  return n;
}

static void
count_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          guint      *n)
{
  (*n)++;
}

/* However much there is to tell, the main loop goes round between. Measured by what its thread does, so that nobody
 * else counts; the bound is a frame's time, and far from what is aimed at. */
static void
test_main_loop (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = new_wide (150000, local_ok, NULL);
  g_autoptr (MyrmexRun) run = local_start (runner, workflow);
  guint n = 0;

  g_signal_connect (run, "progress", G_CALLBACK (count_cb), &n);
  wait_for_end (run);
  g_main_context_set_poll_func (NULL, timed_poll);
  longest_us = 0;
  began_us = get_us (CLOCK_THREAD_CPUTIME_ID);
  local_finish (run);
  g_main_context_set_poll_func (NULL, NULL);
  g_assert_cmpuint (n, ==, 300002);
  g_test_message ("%.0f µs", longest_us);
  g_assert_cmpfloat (longest_us, <, MAX_HELD_US);
}

static void
test_max_parallel_property (void)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (MyrmexRunner) one = local_runner (1);
  guint most = 0;

  g_assert_cmpuint (myrmex_local_runner_get_max_parallel (MYRMEX_LOCAL_RUNNER (runner)), ==, g_get_num_processors ());
  g_object_get (one, "max-parallel", &most, NULL);
  g_assert_cmpuint (most, ==, 1);
  g_assert_true (myrmex_local_runner_get_default () == myrmex_local_runner_get_default ());
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/local/limits/runner-bound", test_runner_bound);
  g_test_add_func ("/local/limits/all-places", test_all_places);
  g_test_add_func ("/local/limits/hung-functions", test_hung_functions);
  g_test_add_func ("/local/limits/no-overlap", test_no_overlap);
  g_test_add_func ("/local/limits/fairness", test_fairness);
  g_test_add_func ("/local/limits/fairness-of-commands", test_fairness_of_commands);
  g_test_add_func ("/local/limits/chains", test_chains);
  g_test_add_func ("/local/limits/main-loop", test_main_loop);
  g_test_add_func ("/local/limits/max-parallel", test_max_parallel_property);
  return g_test_run ();
}
