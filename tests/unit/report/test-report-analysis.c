/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "report-fixture.h"

#define COMPLETED MYRMEX_TASK_STATUS_COMPLETED

static void
assert_path (MyrmexReport *report,
             const char   *expected)
{
  g_auto (GStrv) names = myrmex_report_dup_critical_path (report);
  g_autofree char *path = g_strjoinv (" ", names);
  gint64 all = 0;

  g_assert_cmpstr (path, ==, expected);
  for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
    all += report->bounds[i];
  g_assert_cmpint (all, ==, report->elapsed);
}

static void
assert_bound (MyrmexReport *report,
              MyrmexBound   bound,
              double        seconds)
{
  g_autofree char *sentence = myrmex_report_dup_bound_sentence (report);

  g_assert_cmpint (report->bound, ==, bound);
  g_assert_cmpfloat_with_epsilon ((double) report->bounds[bound] / G_USEC_PER_SEC, seconds, 0.0001);
  g_assert_cmpuint (strlen (sentence), >, 20);
}

/* a → b → d, and c beside b is shorter. */
static void
test_dependencies (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (4);

  report_fixture_set_task (report, 0, "a", COMPLETED, 0, 1);
  report_fixture_set_task (report, 1, "b", COMPLETED, 1, 4);
  report_fixture_set_task (report, 2, "c", COMPLETED, 1, 3);
  report_fixture_set_task (report, 3, "d", COMPLETED, 4, 5);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report_fixture_set_deps (report, 2, "0");
  report_fixture_set_deps (report, 3, "2 1");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 5);
  assert_path (report, "a b d");
  assert_bound (report, MYRMEX_BOUND_DEPENDENCIES, 5);
  g_assert_cmpuint (report->peak, ==, 2);
}

/* Six tasks of a second each and two slots: who comes last waited for two others in turn. */
static void
test_slots (void)
{
  static const char * const names[] = { "a", "b", "c", "d", "e", "f" };
  g_autoptr (MyrmexReport) report = report_fixture_new (6);
  const MyrmexPathStep *last;

  for (guint i = 0; i < 6; i++)
    {
      report_fixture_set_task (report, i, names[i], COMPLETED, i / 2 * 1.0, i / 2 * 1.0 + (i % 2 == 0 ? 1 : 0.999));
      report_fixture_set_deps (report, i, "");
    }
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 3);
  assert_path (report, "a c e");
  assert_bound (report, MYRMEX_BOUND_SLOTS, 2);
  last = &g_array_index (report->path, MyrmexPathStep, 2);
  g_assert_cmpint (last->link, ==, MYRMEX_LINK_SLOT);
  g_assert_cmpint (last->slot_wait, ==, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (g_array_index (report->path, MyrmexPathStep, 0).link, ==, MYRMEX_LINK_START);
}

/* b could have started after a, and waited for the slot of c, which is on the path for the time after that. */
static void
test_slot_after_dependency (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (3);

  report_fixture_set_task (report, 0, "a", COMPLETED, 0, 1);
  report_fixture_set_task (report, 1, "b", COMPLETED, 4, 5.5);
  report_fixture_set_task (report, 2, "c", COMPLETED, 0, 4);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report_fixture_set_deps (report, 2, "");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 5.5);
  assert_path (report, "c b");
  assert_bound (report, MYRMEX_BOUND_SLOTS, 3);
  g_assert_cmpint (report->bounds[MYRMEX_BOUND_DEPENDENCIES], ==, 5 * G_USEC_PER_SEC / 2);
}

static void
test_retries (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (1);

  report_fixture_set_task (report, 0, "a", COMPLETED, 0, 10);
  report->tasks[0].attempts = 4;
  report->tasks[0].execution_time = 2 * G_USEC_PER_SEC;
  report_fixture_set_deps (report, 0, "");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 10);
  assert_path (report, "a");
  assert_bound (report, MYRMEX_BOUND_RETRIES, 8);
}

/* A run that was paused between two tasks. */
static void
test_idle (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (2);

  report_fixture_set_task (report, 0, "a", COMPLETED, 0, 1);
  report_fixture_set_task (report, 1, "b", COMPLETED, 9, 10);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 10);
  assert_path (report, "a b");
  assert_bound (report, MYRMEX_BOUND_IDLE, 8);
}

/* A rule that is met by the first: what ended after the start did not hold it up. */
static void
test_first_success (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (3);

  report_fixture_set_task (report, 0, "fast", COMPLETED, 0, 1);
  report_fixture_set_task (report, 1, "slow", COMPLETED, 0, 3);
  report_fixture_set_task (report, 2, "next", COMPLETED, 1, 9);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "");
  report_fixture_set_deps (report, 2, "0 1");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 9);
  assert_path (report, "fast next");
}

/* The chain goes on through one that was skipped. */
static void
test_through_skipped (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (3);

  report_fixture_set_task (report, 0, "a", MYRMEX_TASK_STATUS_FAILED, 0, 2);
  report_fixture_set_task (report, 1, "b", MYRMEX_TASK_STATUS_SKIPPED, -1, 2);
  report_fixture_set_task (report, 2, "tidy", COMPLETED, 2, 3);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report_fixture_set_deps (report, 2, "1");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_FAILED, 3);
  assert_path (report, "a b tidy");
  assert_bound (report, MYRMEX_BOUND_DEPENDENCIES, 3);
}

/* Tasks that take no time, all at one instant, and one that still runs. */
static void
test_instants (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (4);

  for (guint i = 0; i < 3; i++)
    report_fixture_set_task (report, i, "n", COMPLETED, 1, 1);
  report_fixture_set_task (report, 3, "runs", MYRMEX_TASK_STATUS_RUNNING, 1, -1);
  for (guint i = 0; i < 4; i++)
    report_fixture_set_deps (report, i, "");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_RUNNING, 1.8);
  g_assert_cmpuint (report->peak, ==, 4);
  assert_path (report, "runs");
  assert_bound (report, MYRMEX_BOUND_IDLE, 1);
}

static void
test_nothing_started (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (1);
  g_autofree char *sentence = NULL;

  report_fixture_set_task (report, 0, "a", MYRMEX_TASK_STATUS_CANCELLED, -1, 1);
  report_fixture_set_deps (report, 0, "");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_CANCELLED, 1);
  assert_path (report, "");
  sentence = myrmex_report_dup_bound_sentence (report);
  g_assert_nonnull (strstr (sentence, "No task was started"));
}

/* Whatever the run: the path is in order of time, none of it overlaps, and the shares are all of the run. */
static void
test_random (void)
{
  for (guint32 seed = 0; seed < 200; seed++)
    {
      g_autoptr (MyrmexReport) report = report_fixture_random (100, 1 + seed % 9, seed);
      gint64 at = 0, all = 0;

      for (guint i = 0; i < report->path->len; i++)
        {
          const MyrmexPathStep *step = &g_array_index (report->path, MyrmexPathStep, i);
          const MyrmexReportTask *task = &report->tasks[step->task];

          g_assert_cmpint (myrmex_report_get_start (report, task), >=, at);
          g_assert_cmpint (i == 0, ==, step->link == MYRMEX_LINK_START);
          at = myrmex_report_get_end (report, task);
        }
      for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
        all += report->bounds[i];
      g_assert_cmpint (all, ==, report->elapsed);
      g_assert_cmpuint (report->peak, <=, 1 + seed % 9);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/report/analysis/dependencies", test_dependencies);
  g_test_add_func ("/report/analysis/slots", test_slots);
  g_test_add_func ("/report/analysis/slot-after-dependency", test_slot_after_dependency);
  g_test_add_func ("/report/analysis/retries", test_retries);
  g_test_add_func ("/report/analysis/idle", test_idle);
  g_test_add_func ("/report/analysis/first-success", test_first_success);
  g_test_add_func ("/report/analysis/through-skipped", test_through_skipped);
  g_test_add_func ("/report/analysis/instants", test_instants);
  g_test_add_func ("/report/analysis/nothing-started", test_nothing_started);
  g_test_add_func ("/report/analysis/random", test_random);
  return g_test_run ();
}
