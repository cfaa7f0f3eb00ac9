/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What tasks report of themselves, and their logs. */

#include <math.h>
#include <string.h>

#include "local-fixture.h"

typedef struct
{
  Gate    *reported;
  Gate    *gate;
  GString *told;
  double   fraction;
  char    *message;
  guint    n_reports;
} Test;

static void
set_up (Test          *test,
        gconstpointer  data)
{
  test->reported = gate_new ();
  test->gate = gate_new ();
  test->told = g_string_new (NULL);
  test->fraction = -2;
}

static void
tear_down (Test          *test,
           gconstpointer  data)
{
  gate_unref (test->reported);
  gate_unref (test->gate);
  g_string_free (test->told, TRUE);
  g_free (test->message);
}

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             Test       *test)
{
  double fraction;
  char *message = NULL;
  gboolean has_fraction = g_variant_lookup (details, "fraction", "d", &fraction);
  gboolean has_message = g_variant_lookup (details, "message", "s", &message);

  g_string_append_printf (test->told, " %s:%s%s", task_name, status, has_fraction || has_message ? "+" : "");
  if (!has_fraction && !has_message)
    return;
  test->n_reports++;
  if (has_fraction)
    test->fraction = fraction;
  g_free (test->message);
  test->message = message;
}

static GVariant *
reports (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  Test *test = data;

  for (guint i = 0; i <= 1000; i++)
    {
      g_autofree char *message = g_strdup_printf ("step %u", i);

      myrmex_task_context_report (context, i / 2000.0, message);
    }
  gate_pass (test->reported, NULL);
  gate_pass (test->gate, NULL);
  myrmex_task_context_report (context, 0.9, "the end");
  return NULL;
}

/* Only the newest is passed on, and never before the task was said to run. */
static void
test_newest (Test          *test,
             gconstpointer  data)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("progress");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskRun) task = NULL;

  myrmex_workflow_add_function (workflow, "a", reports, test, NULL);
  run = local_start (runner, workflow);
  task = myrmex_run_dup_task_run (run, "a");
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), test);
  gate_await (test->reported, 1);
  while (test->n_reports == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (test->n_reports, ==, 1);
  g_assert_cmpfloat (test->fraction, ==, 0.5);
  g_assert_cmpstr (test->message, ==, "step 1000");
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 0.5);
  g_assert_cmpstr (myrmex_task_run_get_message (task), ==, "step 1000");
  gate_open (test->reported);
  gate_open (test->gate);
  /* What it reports at the end is there to be told together with the end itself. */
  while (!myrmex_run_status_is_final (myrmex_run_get_status (run)))
    g_thread_yield ();
  local_finish (run);
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 1);
  g_assert_cmpstr (test->told->str, ==, " workflow:started a:running a:running+ a:completed workflow:completed");
}

static GVariant *
odd_reports (MyrmexTaskContext  *context,
             gpointer            data,
             GError            **error)
{
  static const double fractions[] = { NAN, INFINITY, -INFINITY, -3, 7, 0.25 };
  Test *test = data;

  for (gsize i = 0; i < G_N_ELEMENTS (fractions); i++)
    {
      gate_await (test->gate, (guint) i);
      myrmex_task_context_report (context, fractions[i], i % 2 == 0 ? NULL : "bad \xff bytes");
      gate_await (test->gate, (guint) i + 1);
    }
  return NULL;
}

static void
test_odd (Test          *test,
          gconstpointer  data)
{
  static const double expected[] = { -1, 1, -1, -1, 1, 0.25 };
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("progress");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskRun) task = NULL;

  myrmex_workflow_add_function (workflow, "a", odd_reports, test, NULL);
  gate_open (test->gate);
  run = local_start (runner, workflow);
  task = myrmex_run_dup_task_run (run, "a");
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      while (myrmex_task_run_get_fraction (task) != expected[i] ||
             (myrmex_task_run_get_message (task) != NULL) != (i % 2 == 1))
        g_main_context_iteration (NULL, TRUE);
      if (i % 2 == 1)
        g_assert_true (g_utf8_validate (myrmex_task_run_get_message (task), -1, NULL));
      gate_pass (test->gate, NULL);
    }
  local_finish (run);
}

static GVariant *
retried (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  myrmex_task_context_report (context, 0.7, "trying");
  return myrmex_task_context_get_attempt (context) < 20 ? local_fail (context, NULL, error) : NULL;
}

/* A report of one attempt is not told in the next one. */
static void
test_attempts (Test          *test,
               gconstpointer  data)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("progress");
  g_autoptr (MyrmexRun) run = NULL;
  g_auto (GStrv) words = NULL;
  gboolean running = FALSE;

  local_retry (myrmex_workflow_add_function (workflow, "a", retried, NULL, NULL), 20);
  run = local_start (runner, workflow);
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), test);
  local_finish (run);
  local_assert (run, NULL, "completed");
  words = g_strsplit (test->told->str, " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], "a:running"))
        running = TRUE;
      else if (g_str_equal (words[i], "a:running+"))
        g_assert_true (running);
      else
        running = FALSE;
    }
}

static GVariant *
logs (MyrmexTaskContext  *context,
      gpointer            data,
      GError            **error)
{
  myrmex_task_context_log (context, "one\n");
  myrmex_task_context_log (context, "");
  myrmex_task_context_log (context, "two");
  return myrmex_task_context_get_attempt (context) == 1 ? local_fail (context, NULL, error) : NULL;
}

static void
test_logs (Test          *test,
           gconstpointer  data)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("logs");
  g_autofree char *folder = g_dir_make_tmp ("myrmex-test-XXXXXX", NULL);
  g_autofree char *inner = g_build_filename (folder, "deep", "logs", NULL);
  g_autofree char *first = g_build_filename (inner, "a.log", NULL);
  GVariantDict options;

  local_retry (myrmex_workflow_add_function (workflow, "a", logs, NULL, NULL), 2);

  /* Twice, since the logs of the first run are there when the second one begins. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *newest = NULL;
      g_autofree char *text = NULL;

      g_variant_dict_init (&options, NULL);
      g_variant_dict_insert (&options, "log_directory", "s", inner);
      run = myrmex_runner_start (runner, workflow, g_variant_dict_end (&options), &error);
      g_assert_no_error (error);
      local_finish (run);
      local_assert (run, NULL, "completed");
      newest = myrmex_run_dup_log_path (run, "a");
      g_assert_true (g_str_has_suffix (newest, "a@2.log"));
      g_assert_true (g_file_get_contents (newest, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, "one\ntwo");
      g_clear_pointer (&text, g_free);
      g_assert_true (g_file_get_contents (first, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, "one\ntwo");
      g_assert_null (myrmex_run_dup_log_path (run, "nobody"));
    }
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
}

static GVariant *
short_work (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  g_usleep (20);
  return NULL;
}

/* The counts are those of one moment, however fast tasks come and go. */
static void
test_counts (Test          *test,
             gconstpointer  data)
{
  g_autoptr (MyrmexRunner) runner = local_runner (4);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("counts");
  g_autoptr (MyrmexRun) run = NULL;
  const guint n = 4000;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_function (workflow, name, short_work, NULL, NULL);
    }
  run = local_start (runner, workflow);
  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED) < n)
    {
      g_autoptr (GVariant) counts = NULL;
      GVariantIter iter;
      GVariant *count;
      guint total = 0;

      g_object_get (run, "counts", &counts, NULL);
      g_variant_iter_init (&iter, counts);
      while (g_variant_iter_loop (&iter, "{&sv}", NULL, &count))
        total += g_variant_get_uint32 (count);
      g_assert_cmpuint (total, ==, n);
    }
  local_finish (run);
}

#define ADD(name, func) g_test_add ("/local/progress/" name, Test, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("newest", test_newest);
  ADD ("odd", test_odd);
  ADD ("attempts", test_attempts);
  ADD ("logs", test_logs);
  ADD ("counts", test_counts);
  return g_test_run ();
}
