/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The report for a page that people read, or a comment on a change. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "report/myrmex-report-words-private.h"

/* A longer note belongs below the table. */
#define NOTE_COLUMNS (100)

/* Whatever means something to Markdown or to HTML in it, or makes a link or calls for a person. */
static void
add_escaped (GString    *out,
             const char *text)
{
  g_autofree char *shown = myrmex_words_show (text);

  for (const char *p = shown; *p != '\0'; p++)
    {
      if (*p == '<')
        g_string_append (out, "&lt;");
      else if (*p == '&')
        g_string_append (out, "&amp;");
      else if (*p == '@' || (*p == ':' && p[1] == '/') || (*p == '.' && p - shown >= 3 && strncmp (p - 3, "www", 3) == 0))
        g_string_append_printf (out, "&#%d;", *p);
      else
        {
          if (strchr ("\\`*_{}[]>#|~!$", *p) != NULL)
            g_string_append_c (out, '\\');
          g_string_append_c (out, *p);
        }
    }
}

/* A block of text that nothing in it can close. */
static void
add_block (GString    *out,
           const char *text)
{
  gsize longest = 2, run = 0;

  for (const char *p = text; *p != '\0'; p++)
    {
      run = *p == '`' ? run + 1 : 0;
      longest = MAX (longest, run);
    }

  for (int end = 0; end < 2; end++)
    {
      for (gsize i = 0; i <= longest; i++)
        g_string_append_c (out, '`');
      g_string_append (out, end == 0 ? "text\n" : "\n");
      if (end == 0)
        g_string_append_printf (out, "%s\n", text);
    }
}

static void
add_head (GString            *out,
          const MyrmexReport *self)
{
  g_autofree char *headline = myrmex_words_headline (self);
  g_autofree char *parallel = myrmex_words_parallel (self);
  g_autofree char *bound = myrmex_words_bound (self);
  g_autofree char *time = myrmex_words_time (self->started);

  g_string_append (out, "# ");
  add_escaped (out, self->name != NULL ? self->name : "");
  g_string_append_printf (out, ": %s\n\n**%s**\n\n", myrmex_run_status_get_label (self->status), headline);
  if (self->started != 0 && time != NULL)
    {
      g_autofree char *started = g_strdup_printf (_("Started %s, run %s"), time, self->id != NULL ? self->id : "");

      g_string_append (out, "- ");
      add_escaped (out, started);
      g_string_append_c (out, '\n');
    }
  g_string_append_printf (out, "- %s\n- ", parallel);
  add_escaped (out, bound);
  g_string_append (out, "\n\n");
}

static void
add_row (GString                *out,
         const MyrmexReportTask *task)
{
  g_autofree char *raw = myrmex_words_note (task);
  g_autofree char *shown = myrmex_words_show (raw);
  g_autofree char *note = myrmex_words_clip (shown, NOTE_COLUMNS);
  g_autofree char *time = task->started != 0 ? myrmex_words_seconds (task->execution_time) : NULL;

  g_string_append (out, "| ");
  add_escaped (out, task->name);
  g_string_append_printf (out, task->status == MYRMEX_TASK_STATUS_FAILED ? " | **%s** | %s | %u | " : " | %s | %s | %u | ",
                          myrmex_task_status_get_label (task->status), time != NULL ? time : "", task->attempts);
  add_escaped (out, note);
  g_string_append (out, " |\n");
}

static void
add_table (GString            *out,
           const MyrmexReport *self)
{
  guint n_omitted;
  g_autoptr (GArray) list = myrmex_words_list_tasks (self, &n_omitted);

  if (list->len == 0)
    return;

  g_string_append_printf (out, "| %s | %s | %s | %s | %s |\n|---|---|--:|--:|---|\n", _("Task"), _("Status"), _("Time"),
                          _("Attempts"), _("Result"));
  for (guint i = 0; i < list->len; i++)
    add_row (out, &self->tasks[g_array_index (list, guint32, i)]);
  g_string_append_c (out, '\n');
  if (n_omitted > 0)
    {
      g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE, "and %u more task that is not listed",
                                                "and %u more tasks that are not listed", n_omitted), n_omitted);
      g_string_append (out, "\n\n");
    }
}

static void
add_path (GString            *out,
          const MyrmexReport *self)
{
  g_autofree char *title = NULL;

  if (self->path->len == 0)
    return;

  title = myrmex_words_path (self);
  g_string_append_printf (out, "## %s\n\n", title);
  for (guint i = 0; i < self->path->len; i++)
    {
      const MyrmexPathStep *step = &g_array_index (self->path, MyrmexPathStep, i);
      const MyrmexReportTask *task = &self->tasks[step->task];
      g_autofree char *time = myrmex_words_seconds (task->execution_time);
      g_autofree char *why = myrmex_words_step (self, i);

      g_string_append_printf (out, "%u. ", i + 1);
      add_escaped (out, task->name);
      g_string_append_printf (out, ", %s%s%s\n", time, why != NULL ? ", " : "", why != NULL ? why : "");
    }
  g_string_append_c (out, '\n');
}

static void
add_failures (GString            *out,
              const MyrmexReport *self)
{
  gboolean has_title = FALSE;

  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      const MyrmexReportTask *task = &self->tasks[i];
      const char *what = task->error != NULL ? task->error : task->explanation;

      if (task->status != MYRMEX_TASK_STATUS_FAILED)
        continue;

      if (!has_title)
        g_string_append_printf (out, "## %s\n\n", _("Failures"));
      has_title = TRUE;
      g_string_append (out, "### ");
      add_escaped (out, task->name);
      g_string_append (out, "\n\n");
      if (what != NULL)
        {
          add_escaped (out, what);
          g_string_append (out, "\n\n");
        }
      if (task->log_tail != NULL)
        {
          add_block (out, task->log_tail);
          g_string_append_c (out, '\n');
        }
    }
}

char *
myrmex_report_to_markdown (const MyrmexReport *self)
{
  g_autoptr (GString) out = g_string_new (NULL);

  add_head (out, self);
  add_table (out, self);
  add_failures (out, self);
  add_path (out, self);
  while (g_str_has_suffix (out->str, "\n\n"))
    g_string_truncate (out, out->len - 1);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
