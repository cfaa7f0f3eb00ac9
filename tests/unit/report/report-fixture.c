/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report-fixture.h"

#include <stdlib.h>

MyrmexReport *
report_fixture_new (guint32 n_tasks)
{
  MyrmexReport *report = myrmex_report_new_empty (n_tasks);

  report->id = g_strdup ("0123456789abcdef0123456789abcdef");
  report->name = g_strdup ("photo-import");
  report->started = FIXTURE_START;
  report->has_graph = TRUE;
  return report;
}

/* Times are in seconds from the start of the run; below 0: never. */
void
report_fixture_set_task (MyrmexReport     *report,
                         guint32           task,
                         const char       *name,
                         MyrmexTaskStatus  status,
                         double            start,
                         double            end)
{
  MyrmexReportTask *at = &report->tasks[task];

  at->name = g_strdup (name);
  at->action = g_strdup ("command");
  at->status = status;
  at->started = start >= 0 ? FIXTURE_START + (gint64) (start * G_USEC_PER_SEC) : 0;
  at->finished = end >= 0 ? FIXTURE_START + (gint64) (end * G_USEC_PER_SEC) : 0;
  at->attempts = start >= 0 ? 1 : 0;
  at->execution_time = start >= 0 && end >= 0 ? at->finished - at->started : 0;
}

/* “0 3”; for each task in turn. */
void
report_fixture_set_deps (MyrmexReport *report,
                         guint32       task,
                         const char   *deps)
{
  g_auto (GStrv) words = g_strsplit (deps, " ", -1);
  guint32 row[16];
  guint32 n = 0;

  for (guint i = 0; words[i] != NULL && words[i][0] != '\0'; i++)
    row[n++] = (guint32) atoi (words[i]);
  myrmex_report_set_dependencies (report, task, row, n);
}

void
report_fixture_seal (MyrmexReport    *report,
                     MyrmexRunStatus  status,
                     double           elapsed)
{
  report->status = status;
  report->elapsed = (gint64) (elapsed * G_USEC_PER_SEC);
  report->finished = FIXTURE_START + report->elapsed;
  myrmex_report_seal (report);
}

/* Five tasks, one of which failed at its third attempt, and one that was skipped for that. */
MyrmexReport *
report_fixture_small (void)
{
  MyrmexReport *report = report_fixture_new (5);

  report_fixture_set_task (report, 0, "list", MYRMEX_TASK_STATUS_COMPLETED, 0.001, 1.201);
  report_fixture_set_task (report, 1, "thumbnails", MYRMEX_TASK_STATUS_COMPLETED, 1.202, 4.002);
  report_fixture_set_task (report, 2, "upload", MYRMEX_TASK_STATUS_FAILED, 1.202, 7.702);
  report_fixture_set_task (report, 3, "announce", MYRMEX_TASK_STATUS_SKIPPED, -1, 7.702);
  report_fixture_set_task (report, 4, "tidy", MYRMEX_TASK_STATUS_COMPLETED, 7.703, 7.9);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report_fixture_set_deps (report, 2, "0");
  report_fixture_set_deps (report, 3, "1 2");
  report_fixture_set_deps (report, 4, "2");
  report->tasks[0].value = g_variant_ref_sink (g_variant_new_parsed ("[<'a.jpg'>, <'b.jpg'>]"));
  report->tasks[2].attempts = 3;
  report->tasks[2].execution_time = 5 * G_USEC_PER_SEC;
  report->tasks[2].reason = MYRMEX_REASON_EXIT_STATUS;
  report->tasks[2].error = g_strdup ("“curl” ended with exit status 22");
  report->tasks[2].error_name = g_strdup ("exit-22");
  report->tasks[2].explanation = g_strdup ("It failed after 3 attempts; the last one: “curl” ended with exit status 22");
  report->tasks[2].log_path = g_strdup ("/tmp/logs/upload@3.log");
  report->tasks[2].log_tail = g_strdup ("connecting to example.org\ncurl: (22) The requested URL returned error: 503");
  report->tasks[3].reason = MYRMEX_REASON_UPSTREAM_FAILED;
  report->tasks[3].explanation =
    g_strdup ("It was skipped since its trigger rule “all_success” can not be met: “upload” (failed).");
  report_fixture_seal (report, MYRMEX_RUN_STATUS_FAILED, 7.91);
  return report;
}

MyrmexReport *
report_fixture_hostile (void)
{
  MyrmexReport *report = report_fixture_new (2);

  g_free (report->name);
  report->name = g_strdup (FIXTURE_HOSTILE);
  report_fixture_set_task (report, 0, FIXTURE_HOSTILE, MYRMEX_TASK_STATUS_FAILED, 0, 1);
  report_fixture_set_task (report, 1, FIXTURE_HOSTILE "2", MYRMEX_TASK_STATUS_COMPLETED, 1, 2);
  report_fixture_set_deps (report, 0, "");
  report_fixture_set_deps (report, 1, "0");
  report->tasks[0].reason = MYRMEX_REASON_ERROR;
  report->tasks[0].error = g_strdup (FIXTURE_HOSTILE);
  report->tasks[0].error_name = g_strdup (FIXTURE_HOSTILE);
  report->tasks[0].explanation = g_strdup (FIXTURE_HOSTILE);
  /* As the reader of logs gives it: escaped, but with all that a fence or a tag is made of. */
  report->tasks[0].log_tail = g_strdup ("```\n````` </system-out> ]]> <script>\n</svg>");
  report->tasks[1].value = g_variant_ref_sink (g_variant_new_string (FIXTURE_HOSTILE));
  report_fixture_seal (report, MYRMEX_RUN_STATUS_FAILED, 2);
  return report;
}

/* One task of a random workflow: when it is ready, and what becomes of it. */
static void
run_random_task (MyrmexReport *report,
                 guint32       task,
                 GRand        *rand,
                 double       *slots,
                 guint         n_slots)
{
  static const char * const verbs[] = { "fetch", "compile", "test", "render", "upload", "check", "index", "pack" };
  g_autofree char *name = g_strdup_printf ("%s-%s-%u", verbs[g_rand_int_range (rand, 0, 8)],
                                           verbs[g_rand_int_range (rand, 0, 8)], task);
  guint32 deps[3], n_deps = task < n_slots ? 0 : (guint32) g_rand_int_range (rand, 0, 4);
  double start = 0, length = 0.2 + 3 * g_rand_double (rand) * g_rand_double (rand) * g_rand_double (rand);
  gboolean is_failed = g_rand_int_range (rand, 0, MAX (40, (gint32) report->n_tasks / 4)) == 0;
  gboolean is_blocked = FALSE;
  guint slot = 0;

  for (guint32 i = 0; i < n_deps; i++)
    {
      const MyrmexReportTask *dep;

      deps[i] = (guint32) g_rand_int_range (rand, task > 40 ? (gint32) task - 40 : 0, (gint32) task);
      dep = &report->tasks[deps[i]];
      start = MAX (start, (double) (dep->finished - FIXTURE_START) / G_USEC_PER_SEC);
      is_blocked |= dep->status != MYRMEX_TASK_STATUS_COMPLETED;
    }
  if (is_blocked)
    {
      report_fixture_set_task (report, task, name, MYRMEX_TASK_STATUS_SKIPPED, -1, start);
      report->tasks[task].reason = MYRMEX_REASON_UPSTREAM_FAILED;
    }
  else
    {
      for (guint i = 1; i < n_slots; i++)
        slot = slots[i] < slots[slot] ? i : slot;
      start = MAX (start, slots[slot]) + 0.0005;
      slots[slot] = start + length;
      report_fixture_set_task (report, task, name, is_failed ? MYRMEX_TASK_STATUS_FAILED : MYRMEX_TASK_STATUS_COMPLETED,
                               start, start + length);
      if (report->tasks[task].status == MYRMEX_TASK_STATUS_FAILED)
        {
          report->tasks[task].reason = MYRMEX_REASON_EXIT_STATUS;
          report->tasks[task].error = g_strdup ("“cc” ended with exit status 1");
          report->tasks[task].attempts = 2;
          report->tasks[task].execution_time /= 2;
        }
    }
  myrmex_report_set_dependencies (report, task, deps, n_deps);
}

MyrmexReport *
report_fixture_random (guint32 n_tasks,
                       guint   n_slots,
                       guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree double *slots = g_new0 (double, n_slots);
  MyrmexReport *report = report_fixture_new (n_tasks);
  gint64 end = FIXTURE_START;
  gboolean has_failed = FALSE;

  report->max_parallel = n_slots;
  for (guint32 i = 0; i < n_tasks; i++)
    {
      run_random_task (report, i, rand, slots, n_slots);
      end = MAX (end, report->tasks[i].finished);
      has_failed |= report->tasks[i].status == MYRMEX_TASK_STATUS_FAILED;
    }
  report_fixture_seal (report, has_failed ? MYRMEX_RUN_STATUS_FAILED : MYRMEX_RUN_STATUS_COMPLETED,
                       (double) (end - FIXTURE_START) / G_USEC_PER_SEC + 0.01);
  return report;
}
