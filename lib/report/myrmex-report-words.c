/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "report/myrmex-report-words-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-escape-private.h"

/* Up to so many tasks are all listed in a text. Of more, as many of those that started and did not complete, and the
 * slowest of the others. */
#define MAX_ALL_LISTED (200)
#define N_SLOWEST      (10)

/* What took a smaller part of the run is not worth a sentence. */
#define MIN_TOLD_PERCENT (5)

const MyrmexTaskStatus myrmex_words_status_order[MYRMEX_TASK_STATUS_CANCELLED + 1] = {
  MYRMEX_TASK_STATUS_COMPLETED, MYRMEX_TASK_STATUS_FAILED,  MYRMEX_TASK_STATUS_CANCELLED,
  MYRMEX_TASK_STATUS_SKIPPED,   MYRMEX_TASK_STATUS_RUNNING, MYRMEX_TASK_STATUS_RETRYING,
  MYRMEX_TASK_STATUS_PENDING,
};

/* One line that is fit to be shown. */
char *
myrmex_words_show (const char *text)
{
  return myrmex_escape_text (text, MYRMEX_ESCAPE_EXPAND_TABS);
}

static int
count_columns (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

int
myrmex_words_count_columns (const char *text)
{
  int columns = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    columns += count_columns (g_utf8_get_char (p));
  return columns;
}

/* As much of a text that is fit to be shown as there is room for; with an ellipsis where that is not all. */
char *
myrmex_words_clip (const char *text,
                   int         columns)
{
  const char *p;
  int used = 0;

  if (columns <= 0)
    return g_strdup ("");
  if (myrmex_words_count_columns (text) <= columns)
    return g_strdup (text);

  for (p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      int width = count_columns (g_utf8_get_char (p));

      if (used + width > columns - 1)
        break;
      used += width;
    }
  return g_strdup_printf ("%.*s…", (int) (p - text), text);
}

/* A length of time as people say it. */
char *
myrmex_words_seconds (gint64 microseconds)
{
  double seconds = (double) microseconds / G_USEC_PER_SEC;
  gint64 whole = (microseconds + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;

  /* Each ends where it would be rounded to what the next one begins with. */
  if (microseconds < 9950)
    return g_strdup_printf (_("%.1f ms"), seconds * 1000);
  if (microseconds < 999500)
    return g_strdup_printf (_("%.0f ms"), seconds * 1000);
  if (microseconds < 9995000)
    return g_strdup_printf (_("%.2f s"), seconds);
  if (microseconds < 59950000)
    return g_strdup_printf (_("%.1f s"), seconds);
  if (whole < 60 * 60)
    return g_strdup_printf (_("%d min %02d s"), (int) (whole / 60), (int) (whole % 60));
  return g_strdup_printf (_("%d h %02d min"), (int) (whole / 3600), (int) (whole / 60 % 60));
}

static char *
format_time (gint64      microseconds,
             const char *format,
             gboolean    local)
{
  g_autoptr (GDateTime) time = local ? g_date_time_new_from_unix_local (microseconds / G_USEC_PER_SEC)
                                     : g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, format) : NULL;
}

char *
myrmex_words_time (gint64 microseconds)
{
  return format_time (microseconds, "%Y-%m-%d %H:%M:%S", TRUE);
}

/* In UTC, without a zone and without parts of a second, which the caller adds where the format has them. */
char *
myrmex_words_iso_time (gint64 microseconds)
{
  return format_time (microseconds, "%Y-%m-%dT%H:%M:%S", FALSE);
}

/* Why, in two or three words; or how it stands, where there is no reason. */
const char *
myrmex_words_reason (const MyrmexReportTask *task)
{
  switch (task->reason)
    {
    case MYRMEX_REASON_CONDITION:
      return _("its condition was false");
    case MYRMEX_REASON_UPSTREAM_FAILED:
      return _("a dependency failed");
    case MYRMEX_REASON_UPSTREAM_SKIPPED:
      return _("a dependency was skipped");
    case MYRMEX_REASON_EXIT_STATUS:
      return _("exit status");
    case MYRMEX_REASON_SIGNAL:
      return _("ended by a signal");
    case MYRMEX_REASON_ERROR:
      return _("error");
    case MYRMEX_REASON_SPAWN_FAILED:
      return _("could not be started");
    case MYRMEX_REASON_TIMED_OUT:
      return _("timed out");
    case MYRMEX_REASON_FAIL_FAST:
      return _("another task failed");
    case MYRMEX_REASON_RUN_CANCELLED:
      return _("the run was cancelled");
    case MYRMEX_REASON_RUN_TIMED_OUT:
      return _("the run timed out");
    case MYRMEX_REASON_INTERRUPTED:
      return _("interrupted");
    case MYRMEX_REASON_NONE:
    default:
      return myrmex_task_status_get_label (task->status);
    }
}

/* “48 completed, 1 failed” */
char *
myrmex_words_counts (const MyrmexReport *report)
{
  const MyrmexTaskStatus *order = myrmex_words_status_order;
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      if (report->counts[order[i]] > 0)
        g_string_append_printf (out, "%s%u %s", out->len > 0 ? ", " : "", report->counts[order[i]],
                                myrmex_task_status_get_label (order[i]));
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* “50 tasks in 12.3 s: 48 completed, 2 failed” */
char *
myrmex_words_headline (const MyrmexReport *report)
{
  g_autofree char *counts = myrmex_words_counts (report);
  g_autofree char *time = myrmex_words_seconds (report->elapsed);
  g_autofree char *tasks = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u task", "%u tasks", report->n_tasks),
                                            report->n_tasks);

  if (report->n_tasks == 0)
    return g_strdup (_("No tasks"));
  /* Translators: “50 tasks in 12.3 s: 48 completed, 2 failed” */
  return g_strdup_printf (_("%s in %s: %s"), tasks, time, counts);
}

/* “At most 4 tasks under way at once, 3.2 on average” */
char *
myrmex_words_parallel (const MyrmexReport *report)
{
  g_autofree char *peak = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "At most %u task under way at once",
                                                        "At most %u tasks under way at once", report->peak),
                                           report->peak);

  if (report->peak == 0)
    return g_strdup (_("No task was started"));
  /* Translators: “At most 4 tasks under way at once, 3.2 on average” */
  return g_strdup_printf (_("%s, %.1f on average"), peak,
                          (double) report->execution_time / (double) MAX (1, report->elapsed));
}

static double
get_percent (const MyrmexReport *report,
             gint64              part)
{
  return 100.0 * (double) part / (double) MAX (1, report->elapsed);
}

static char *
word_dependencies (const MyrmexReport *report,
                   double              percent)
{
  guint n = 0;

  for (guint i = 0; i < report->path->len; i++)
    n += report->tasks[g_array_index (report->path, MyrmexPathStep, i).task].started != 0;
  if (n == 1)
    {
      const MyrmexPathStep *last = &g_array_index (report->path, MyrmexPathStep, report->path->len - 1);
      g_autofree char *name = myrmex_words_show (report->tasks[last->task].name);

      return g_strdup_printf (_("A single task bounded the run: for %.0f %% of the time it waited for “%s”."), percent,
                              name);
    }
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "Dependencies bounded the run: the %u task of its critical path was at work "
                                       "for %.0f %% of the time.",
                                       "Dependencies bounded the run: the %u tasks of its critical path were at work "
                                       "for %.0f %% of the time.",
                                       n), n, percent);
}

static char *
word_first (const MyrmexReport *report)
{
  double percent = get_percent (report, report->bounds[report->bound]);
  guint slots = report->peak;

  /* Those that wait for their next attempt are under way, too, and have no slot. */
  if (report->max_parallel > 0 && report->max_parallel < slots)
    slots = report->max_parallel;

  switch (report->bound)
    {
    case MYRMEX_BOUND_SLOTS:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                           "Slots bounded the run: for %.0f %% of the time tasks that were ready "
                                           "waited, as %u ran at once.",
                                           "Slots bounded the run: for %.0f %% of the time tasks that were ready "
                                           "waited, as at most %u ran at once.",
                                           slots), percent, slots);
    case MYRMEX_BOUND_RETRIES:
      return g_strdup_printf (_("Retries bounded the run: for %.0f %% of the time its critical path waited between two "
                                "attempts."), percent);
    case MYRMEX_BOUND_IDLE:
      return g_strdup_printf (_("Waits bounded the run: for %.0f %% of the time nothing of its critical path was under "
                                "way."), percent);
    case MYRMEX_BOUND_DEPENDENCIES:
    case MYRMEX_N_BOUNDS:
    default:
      return word_dependencies (report, percent);
    }
}

/* What else took long, or what need not be looked for. */
static char *
word_second (const MyrmexReport *report)
{
  MyrmexBound second = MYRMEX_N_BOUNDS;
  double percent;

  for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
    {
      if (i != (int) report->bound && (second == MYRMEX_N_BOUNDS || report->bounds[i] > report->bounds[second]))
        second = (MyrmexBound) i;
    }
  percent = get_percent (report, report->bounds[second]);

  if (percent < MIN_TOLD_PERCENT)
    return g_strdup (report->bound == MYRMEX_BOUND_DEPENDENCIES ? _("More slots would not have helped.") : "");
  switch (second)
    {
    case MYRMEX_BOUND_SLOTS:
      return g_strdup_printf (_("Waits for a slot took %.0f %%."), percent);
    case MYRMEX_BOUND_RETRIES:
      return g_strdup_printf (_("Waits between attempts took %.0f %%."), percent);
    case MYRMEX_BOUND_IDLE:
      return g_strdup_printf (_("For %.0f %% nothing of its critical path was under way."), percent);
    case MYRMEX_BOUND_DEPENDENCIES:
    case MYRMEX_N_BOUNDS:
    default:
      return g_strdup_printf (_("Work that nothing but faster tasks can shorten took %.0f %%."), percent);
    }
}

/* What bounded the run, in a sentence, and in a second one what else there was. */
char *
myrmex_words_bound (const MyrmexReport *report)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  if (report->path->len == 0)
    return g_strdup (_("No task was started, so nothing bounded the run."));

  first = word_first (report);
  second = word_second (report);
  return second[0] != '\0' ? g_strdup_printf ("%s %s", first, second) : g_steal_pointer (&first);
}

/* “Critical path: 5 tasks, 11.9 s of 12.3 s” */
char *
myrmex_words_path (const MyrmexReport *report)
{
  gint64 busy = report->elapsed - report->bounds[MYRMEX_BOUND_IDLE];
  g_autofree char *tasks = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u task", "%u tasks", report->path->len),
                                            report->path->len);
  g_autofree char *part = myrmex_words_seconds (busy);
  g_autofree char *whole = myrmex_words_seconds (report->elapsed);

  /* Translators: “Critical path: 5 tasks, 11.9 s of 12.3 s (97 %)” */
  return g_strdup_printf (_("Critical path: %s, %s of %s (%.0f %%)"), tasks, part, whole, get_percent (report, busy));
}

/* Why a step of the critical path came when it did, where that is not just the end of the one before; or %NULL. */
char *
myrmex_words_step (const MyrmexReport *report,
                   guint               step)
{
  const MyrmexPathStep *at = &g_array_index (report->path, MyrmexPathStep, step);
  const MyrmexReportTask *task = &report->tasks[at->task];

  if (at->link == MYRMEX_LINK_SLOT)
    {
      g_autofree char *time = myrmex_words_seconds (at->slot_wait);

      return g_strdup_printf (_("waited %s for a slot"), time);
    }
  if (task->attempts > 1)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u attempt", "%u attempts", task->attempts), task->attempts);
  return NULL;
}

/* What is to be said of a task in a line: why it did not complete, or what it came to. As strangers wrote it. */
char *
myrmex_words_note (const MyrmexReportTask *task)
{
  if (task->error != NULL)
    return g_strdup (task->error);
  if (task->explanation != NULL)
    return g_strdup (task->explanation);
  if (task->kept_from != NULL)
    return g_strdup_printf (_("kept from run %s"), task->kept_from);
  if (task->status != MYRMEX_TASK_STATUS_COMPLETED)
    return g_strdup (task->reason != MYRMEX_REASON_NONE ? myrmex_words_reason (task) : "");
  if (task->value == NULL)
    return g_strdup ("");
  if (g_variant_is_of_type (task->value, G_VARIANT_TYPE_STRING))
    return g_strdup (g_variant_get_string (task->value, NULL));
  if (g_variant_is_container (task->value))
    {
      guint n = (guint) g_variant_n_children (task->value);

      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u element", "%u elements", n), n);
    }
  return g_variant_print (task->value, FALSE);
}

static int
compare_slowness (gconstpointer a,
                  gconstpointer b,
                  gpointer      data)
{
  const MyrmexReport *report = data;
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;
  gint64 time_x = report->tasks[x].execution_time;
  gint64 time_y = report->tasks[y].execution_time;

  return time_x != time_y ? (time_x < time_y) - (time_x > time_y) : (x > y) - (x < y);
}

static gboolean
is_urgent (const MyrmexReportTask *task)
{
  return task->status != MYRMEX_TASK_STATUS_COMPLETED && task->status != MYRMEX_TASK_STATUS_PENDING &&
         task->started != 0;
}

GArray *
myrmex_words_list_tasks (const MyrmexReport *report,
                         guint              *n_omitted)
{
  g_autoptr (GArray) slow = g_array_new (FALSE, FALSE, sizeof (guint32));
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint32));
  gboolean is_short = report->n_tasks <= MAX_ALL_LISTED;

  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      if (is_short || (is_urgent (&report->tasks[i]) && list->len < MAX_ALL_LISTED))
        g_array_append_val (list, i);
      else if (report->tasks[i].started != 0 && !is_urgent (&report->tasks[i]))
        g_array_append_val (slow, i);
    }

  g_array_sort_with_data (slow, compare_slowness, (gpointer) report);
  g_array_append_vals (list, slow->data, MIN (slow->len, N_SLOWEST));
  *n_omitted = report->n_tasks - list->len;
  return list;
}
