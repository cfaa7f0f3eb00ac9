/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The report for a terminal: aligned, without colours, no line longer than the terminal is wide. */

#include <glib/gi18n-lib.h>

#include "report/myrmex-report-words-private.h"

#define MIN_WIDTH      (40)
#define MAX_NAME       (36)
#define TIME_COLUMNS   (11)

typedef struct
{
  const MyrmexReport *report;
  GString            *out;
  int                 width;
  int                 status_columns;
  int                 name_columns;
} Page;

static void
add_padded (GString    *out,
            const char *text,
            int         columns)
{
  g_string_append (out, text);
  for (int used = myrmex_words_count_columns (text); used < columns; used++)
    g_string_append_c (out, ' ');
}

static void
add_aligned (GString    *out,
             const char *text,
             int         columns)
{
  for (int used = myrmex_words_count_columns (text); used < columns; used++)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

/* A sentence, broken between words where the line is full. */
static void
add_sentence (Page       *page,
              const char *sentence,
              int         indent)
{
  g_auto (GStrv) words = g_strsplit (sentence, " ", -1);
  int used = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *word = myrmex_words_clip (words[i], page->width - indent);
      int columns = myrmex_words_count_columns (word);

      if (used > 0 && used + 1 + columns > page->width)
        {
          g_string_append_c (page->out, '\n');
          used = 0;
        }
      if (used == 0)
        g_string_append_printf (page->out, "%*s", indent, "");
      else
        g_string_append_c (page->out, ' ');
      used += columns + (used == 0 ? indent : 1);
      g_string_append (page->out, word);
    }
  g_string_append_c (page->out, '\n');
}

static void
add_name (Page                   *page,
          const MyrmexReportTask *task)
{
  g_autofree char *shown = myrmex_words_show (task->name);
  g_autofree char *name = myrmex_words_clip (shown, page->name_columns);

  add_padded (page->out, name, page->name_columns);
}

static void
add_note (Page                   *page,
          const MyrmexReportTask *task,
          int                     used)
{
  g_autofree char *raw = myrmex_words_note (task);
  g_autofree char *shown = myrmex_words_show (raw);
  g_autofree char *tries = task->attempts > 1 ? g_strdup_printf ("×%u", task->attempts) : NULL;
  g_autofree char *all = g_strjoin (tries != NULL && shown[0] != '\0' ? "  " : "", tries != NULL ? tries : "", shown,
                                    NULL);
  g_autofree char *note = myrmex_words_clip (all, page->width - used);

  g_string_append (page->out, note);
}

static void
end_line (Page *page)
{
  while (page->out->len > 0 && page->out->str[page->out->len - 1] == ' ')
    g_string_truncate (page->out, page->out->len - 1);
  g_string_append_c (page->out, '\n');
}

static void
add_task (Page    *page,
          guint32  index)
{
  const MyrmexReportTask *task = &page->report->tasks[index];
  g_autofree char *time = task->started != 0 ? myrmex_words_seconds (task->execution_time) : NULL;

  add_padded (page->out, myrmex_task_status_get_label (task->status), page->status_columns);
  g_string_append (page->out, "  ");
  add_name (page, task);
  add_aligned (page->out, time != NULL ? time : "", TIME_COLUMNS);
  g_string_append (page->out, "  ");
  add_note (page, task, page->status_columns + 2 + page->name_columns + TIME_COLUMNS + 2);
  end_line (page);
}

static void
add_tasks (Page *page)
{
  guint n_omitted;
  g_autoptr (GArray) list = myrmex_words_list_tasks (page->report, &n_omitted);

  for (guint i = 0; i < list->len; i++)
    {
      const MyrmexReportTask *task = &page->report->tasks[g_array_index (list, guint32, i)];
      g_autofree char *shown = myrmex_words_show (task->name);

      page->name_columns = MAX (page->name_columns, myrmex_words_count_columns (shown));
      page->status_columns = MAX (page->status_columns,
                                  myrmex_words_count_columns (myrmex_task_status_get_label (task->status)));
    }
  page->name_columns = MIN (page->name_columns, MIN (MAX_NAME, page->width / 3));

  g_string_append_c (page->out, '\n');
  for (guint i = 0; i < list->len; i++)
    add_task (page, g_array_index (list, guint32, i));
  if (n_omitted > 0)
    {
      g_autofree char *more = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "and %u more task that is not listed",
                                                            "and %u more tasks that are not listed", n_omitted),
                                               n_omitted);

      add_sentence (page, more, page->status_columns + 2);
    }
}

static void
add_step (Page  *page,
          guint  step)
{
  const MyrmexPathStep *at = &g_array_index (page->report->path, MyrmexPathStep, step);
  const MyrmexReportTask *task = &page->report->tasks[at->task];
  g_autofree char *why = myrmex_words_step (page->report, step);
  g_autofree char *time = myrmex_words_seconds (task->execution_time);

  add_aligned (page->out, time, TIME_COLUMNS);
  g_string_append (page->out, "  ");
  add_name (page, task);
  if (why != NULL)
    {
      g_autofree char *clipped = myrmex_words_clip (why, page->width - TIME_COLUMNS - 4 - page->name_columns);

      g_string_append_printf (page->out, "  %s", clipped);
    }
  end_line (page);
}

/* Of a long path, its begin and its end. */
static void
add_path (Page *page)
{
  const guint n = page->report->path->len;
  const guint shown = 12;
  g_autofree char *title = NULL;

  if (n == 0)
    return;

  title = myrmex_words_path (page->report);
  g_string_append_c (page->out, '\n');
  add_sentence (page, title, 0);
  for (guint i = 0; i < n; i++)
    {
      if (n > 2 * shown && i == shown)
        {
          g_string_append_printf (page->out, "%*s  …\n", TIME_COLUMNS, "");
          i = n - shown;
        }
      add_step (page, i);
    }
}

static void
add_failures (Page *page)
{
  for (guint32 i = 0; i < page->report->n_tasks; i++)
    {
      const MyrmexReportTask *task = &page->report->tasks[i];
      g_autofree char *name = NULL;
      g_auto (GStrv) lines = NULL;

      if (task->status != MYRMEX_TASK_STATUS_FAILED || task->log_tail == NULL)
        continue;

      name = myrmex_words_show (task->name);
      lines = g_strsplit (task->log_tail, "\n", -1);
      g_string_append_c (page->out, '\n');
      {
        /* Translators: above the last lines of the log of a task */
        g_autofree char *title = g_strdup_printf (_("The end of what “%s” wrote:"), name);

        add_sentence (page, title, 0);
      }
      for (guint j = 0; lines[j] != NULL; j++)
        {
          g_autofree char *line = myrmex_words_clip (lines[j], page->width - 4);

          g_string_append_printf (page->out, "  │ %s\n", line);
        }
    }
}

static void
add_head (Page *page)
{
  const MyrmexReport *report = page->report;
  g_autofree char *name = myrmex_words_show (report->name != NULL ? report->name : "");
  g_autofree char *id = myrmex_words_show (report->id != NULL ? report->id : "");
  g_autofree char *time = myrmex_words_time (report->started);
  g_autofree char *headline = myrmex_words_headline (report);
  g_autofree char *title = g_strdup_printf ("%s: %s", name, myrmex_run_status_get_label (report->status));
  g_autofree char *parallel = myrmex_words_parallel (report);
  g_autofree char *bound = myrmex_words_bound (report);
  g_autofree char *started = NULL;

  add_sentence (page, title, 0);
  add_sentence (page, headline, 0);
  if (report->started != 0 && time != NULL)
    {
      started = g_strdup_printf (_("Started %s, run %s"), time, id);
      add_sentence (page, started, 0);
    }
  add_sentence (page, parallel, 0);
  add_sentence (page, bound, 0);
}

/**
 * myrmex_report_to_text:
 * @self: a report
 * @width: columns of the terminal, or 0 for lines as long as they come
 *
 * Writes the report as plain text in the user's language. Terminals below 40 columns get lines of 40.
 *
 * Returns: (transfer full): the text, of whole lines
 *
 * Since: 1.0
 */
char *
myrmex_report_to_text (MyrmexReport *self,
                       guint         width)
{
  g_autoptr (GString) out = NULL;
  Page page = { 0 };

  g_return_val_if_fail (self != NULL, NULL);

  out = g_string_new (NULL);
  page.report = self;
  page.out = out;
  page.width = width == 0 ? G_MAXINT16 : (int) CLAMP (width, MIN_WIDTH, G_MAXINT16);
  add_head (&page);
  add_tasks (&page);
  add_path (&page);
  add_failures (&page);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
