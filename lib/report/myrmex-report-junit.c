/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The report for those who read test results: one suite, one case a task. The order of elements is that of the
 * schema that Jenkins publishes. */

#include "report/myrmex-report-words-private.h"
#include "report/myrmex-xml-private.h"

typedef enum
{
  VERDICT_PASSED,
  VERDICT_FAILURE, /* it ran, and said no */
  VERDICT_ERROR,   /* it could not run to its end */
  VERDICT_SKIPPED,
} Verdict;

static Verdict
judge (const MyrmexReportTask *task)
{
  switch (task->status)
    {
    case MYRMEX_TASK_STATUS_COMPLETED:
      return VERDICT_PASSED;
    case MYRMEX_TASK_STATUS_FAILED:
      return task->reason == MYRMEX_REASON_EXIT_STATUS ||
             (task->reason == MYRMEX_REASON_ERROR && task->attempts > 0) ? VERDICT_FAILURE : VERDICT_ERROR;
    case MYRMEX_TASK_STATUS_CANCELLED:
      return task->attempts > 0 ? VERDICT_ERROR : VERDICT_SKIPPED;
    case MYRMEX_TASK_STATUS_PENDING:
    case MYRMEX_TASK_STATUS_RUNNING:
    case MYRMEX_TASK_STATUS_RETRYING:
    case MYRMEX_TASK_STATUS_SKIPPED:
    default:
      return VERDICT_SKIPPED;
    }
}

static void
add_time (GString *out,
          gint64   microseconds)
{
  gint64 milliseconds = (microseconds + 500) / 1000;

  g_string_append_printf (out, " time=\"%" G_GINT64_FORMAT ".%03d\"", milliseconds / 1000, (int) (milliseconds % 1000));
}

static void
add_counts (GString            *out,
            const MyrmexReport *self)
{
  guint counts[VERDICT_SKIPPED + 1] = { 0 };

  for (guint32 i = 0; i < self->n_tasks; i++)
    counts[judge (&self->tasks[i])]++;
  myrmex_xml_append (out, " tests=\"#\" failures=\"#\" errors=\"#\"", self->n_tasks, counts[VERDICT_FAILURE],
                     counts[VERDICT_ERROR]);
  add_time (out, self->elapsed);
  /* Only a suite has this one. */
  myrmex_xml_append (out, ">\n  <testsuite name=\"$\" tests=\"#\" failures=\"#\" errors=\"#\" skipped=\"#\"",
                     self->name != NULL ? self->name : "", self->n_tasks, counts[VERDICT_FAILURE],
                     counts[VERDICT_ERROR], counts[VERDICT_SKIPPED]);
}

static void
add_verdict (GString                *out,
             const MyrmexReportTask *task)
{
  static const char * const names[] = { NULL, "failure", "error", "skipped" };
  Verdict verdict = judge (task);
  const char *reason = task->reason != MYRMEX_REASON_NONE ? myrmex_reason_to_string (task->reason)
                                                          : myrmex_task_status_to_string (task->status);
  const char *message = task->error != NULL ? task->error : task->explanation != NULL ? task->explanation : reason;

  if (verdict == VERDICT_SKIPPED)
    {
      myrmex_xml_append (out, "      <skipped message=\"$\"/>\n", message);
    }
  else if (verdict != VERDICT_PASSED)
    {
      myrmex_xml_append (out, "      <");
      g_string_append (out, names[verdict]);
      myrmex_xml_append (out, " type=\"$\" message=\"$\">$</", task->error_name != NULL ? task->error_name : reason,
                         message, task->explanation != NULL ? task->explanation : message);
      g_string_append_printf (out, "%s>\n", names[verdict]);
    }
}

static void
add_case (GString            *out,
          const MyrmexReport *self,
          guint32             index)
{
  const MyrmexReportTask *task = &self->tasks[index];

  myrmex_xml_append (out, "    <testcase name=\"$\" classname=\"$\"", task->name,
                     self->name != NULL ? self->name : "");
  add_time (out, task->execution_time);
  if (judge (task) == VERDICT_PASSED && task->log_tail == NULL)
    {
      g_string_append (out, "/>\n");
      return;
    }

  g_string_append (out, ">\n");
  add_verdict (out, task);
  if (task->log_tail != NULL)
    myrmex_xml_append (out, "      <system-out>$</system-out>\n", task->log_tail);
  g_string_append (out, "    </testcase>\n");
}

char *
myrmex_report_to_junit (const MyrmexReport *self)
{
  g_autoptr (GString) out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  g_autofree char *time = self->started != 0 ? myrmex_words_iso_time (self->started) : NULL;

  myrmex_xml_append (out, "<testsuites name=\"$\"", self->name != NULL ? self->name : "");
  add_counts (out, self);
  add_time (out, self->elapsed);
  if (time != NULL)
    myrmex_xml_append (out, " timestamp=\"$\"", time);
  myrmex_xml_append (out, " id=\"$\">\n", self->id != NULL ? self->id : "");
  for (guint32 i = 0; i < self->n_tasks; i++)
    add_case (out, self, i);
  g_string_append (out, "  </testsuite>\n</testsuites>\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
