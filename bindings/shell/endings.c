/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "endings.h"

#include <glib/gi18n.h>

#include "base/myrmex-escape-private.h"
#include "mark.h"
#include "words.h"

#define ELAPSED_COLUMNS (8)

/* Names that are told of tasks that share a line, and failures that are told again at the end. */
#define MAX_NAMES    (5)
#define MAX_FAILURES (10)

/* Less of an error says nothing. */
#define MIN_ERROR_COLUMNS (8)

/* Tasks that did not run for the same reason, one after the other. */
typedef struct
{
  MyrmexTaskStatus  status;
  char             *cause;
  GPtrArray        *names;
  guint             n;
} Group;

struct _Endings
{
  Look       look;
  int        name_width;
  int        width;      /* of the terminal */
  GString   *text;
  Group      group;
  GPtrArray *failures;   /* lines */
  guint      n_failures;
};

Endings *
endings_new (const Look *look,
             int         name_width)
{
  Endings *self = g_new0 (Endings, 1);

  self->look = *look;
  self->name_width = name_width;
  self->width = LINE_UNBOUNDED;
  self->text = g_string_new (NULL);
  self->group.names = g_ptr_array_new_with_free_func (g_free);
  self->failures = g_ptr_array_new_with_free_func (g_free);
  return self;
}

/* Of the terminal, which may change. Lines that stay may be broken by it, but for those that can as well be shorter. */
void
endings_set_width (Endings *self,
                   int      width)
{
  self->width = width;
}

void
endings_free (Endings *self)
{
  g_string_free (self->text, TRUE);
  g_free (self->group.cause);
  g_ptr_array_unref (self->group.names);
  g_ptr_array_unref (self->failures);
  g_free (self);
}

static void
begin_line (Endings *self,
            Line    *line,
            Mark     mark)
{
  line_init (line, &self->look, LINE_UNBOUNDED);
  mark_begin_line (line, mark);
}

static void
end_line (Endings *self,
          Line    *line)
{
  g_autofree char *text = line_finish (line);

  g_string_append (self->text, text);
  g_string_append_c (self->text, '\n');
}

/* “✓ name        1.2 s”, and more to come. */
static void
begin_task (Endings     *self,
            Line        *line,
            Mark         mark,
            const Event *event)
{
  g_autofree char *elapsed = format_seconds (event->execution_time);

  begin_line (self, line, mark);
  line_add_padded (line, mark == MARK_FAILED ? PAINT_STRONG : PAINT_NONE, event->task, self->name_width);
  if (mark == MARK_RETRYING || event->attempt == 0)
    line_add_space (line, 2);
  else
    line_add_aligned (line, PAINT_FAINT, elapsed, ELAPSED_COLUMNS);
}

static const char *
describe_status (MyrmexTaskStatus status)
{
  return status == MYRMEX_TASK_STATUS_SKIPPED ? _("skipped") : _("cancelled");
}

/* Writes the line that the tasks of the group share. */
static void
flush_group (Endings *self)
{
  Group *group = &self->group;
  Mark mark = group->status == MYRMEX_TASK_STATUS_SKIPPED ? MARK_SKIPPED : MARK_CANCELLED;
  g_autoptr (GString) text = NULL;
  Line line;

  if (group->n == 0)
    return;

  text = g_string_new (NULL);
  begin_line (self, &line, mark);
  if (group->n == 1)
    {
      line_add_padded (&line, PAINT_NONE, group->names->pdata[0], self->name_width);
      g_string_append_printf (text, "  %s: %s", describe_status (group->status), group->cause);
    }
  else
    {
      g_string_append_printf (text, ngettext ("%u task %s: %s (", "%u tasks %s: %s (", group->n), group->n,
                              describe_status (group->status), group->cause);
      for (guint i = 0; i < group->names->len; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *) group->names->pdata[i]);
      if (group->n > group->names->len)
        g_string_append_printf (text, ngettext (" and %u more", " and %u more", group->n - group->names->len),
                                group->n - group->names->len);
      g_string_append_c (text, ')');
    }
  line_add (&line, PAINT_FAINT, text->str);
  end_line (self, &line);

  group->n = 0;
  g_ptr_array_set_size (group->names, 0);
  g_clear_pointer (&group->cause, g_free);
}

static void
add_completed (Endings     *self,
               const Event *event)
{
  Line line;

  flush_group (self);
  begin_task (self, &line, MARK_COMPLETED, event);
  if (event->attempt > 1)
    {
      g_autofree char *attempts = g_strdup_printf (_("  attempt %u"), event->attempt);

      line_add (&line, PAINT_WARN, attempts);
    }
  end_line (self, &line);
}

static char *
describe_retry (const Event *event,
                const char  *error)
{
  g_autofree char *delay = format_seconds (event->delay);

  /* Translators: a number, an error message, and a time like “0.2 s” */
  return g_strdup_printf (_("attempt %u: %s; again in %s"), event->attempt, error, delay);
}

/* It is about what comes next, and not the last that is told of the error: that is cut to leave room for the rest. */
static void
add_retrying (Endings     *self,
              const Event *event)
{
  g_autofree char *error = myrmex_escape_text (event->error != NULL ? event->error : "", MYRMEX_ESCAPE_LINE);
  g_autofree char *rest = describe_retry (event, "");
  g_autofree char *cut = NULL;
  g_autofree char *text = NULL;
  Line line, part;

  /* Of one that was before anybody looked it is not known; the line of the task tells the rest. */
  if (event->delay < 0)
    return;
  flush_group (self);
  begin_task (self, &line, MARK_RETRYING, event);
  line_init (&part, &(Look) { FALSE, self->look.unicode },
             MAX (MIN_ERROR_COLUMNS, self->width - text_columns (line.text->str) - text_columns (rest)));
  line_add (&part, PAINT_NONE, error);
  cut = line_finish (&part);
  text = describe_retry (event, cut);
  line_add (&line, PAINT_NONE, text);
  end_line (self, &line);
}

static void
add_log (Endings     *self,
         Output      *output,
         const Event *event)
{
  g_auto (GStrv) lines = output_dup_log_tail (output, event);
  Line line;

  mark_append_log (self->text, &self->look, lines);
  if (output->keeps_logs && lines[0] != NULL)
    {
      g_autofree char *path = myrmex_run_dup_log_path (output->run, event->task);
      g_autofree char *shown = myrmex_escape_text (path, MYRMEX_ESCAPE_LINE);

      line_init (&line, &self->look, LINE_UNBOUNDED);
      line_add (&line, PAINT_FAINT, self->look.unicode ? "  └ " : "  ` ");
      line_add (&line, PAINT_FAINT, shown);
      end_line (self, &line);
    }
}

static void
add_failed (Endings     *self,
            Output      *output,
            const Event *event)
{
  g_autofree char *raw = event->error != NULL ? g_strdup (event->error) : event_describe_cause (event, output->run);
  g_autofree char *error = myrmex_escape_text (raw, MYRMEX_ESCAPE_LINE);
  Line line;

  flush_group (self);
  begin_task (self, &line, MARK_FAILED, event);
  if (event->attempt > 0)
    line_add_space (&line, 2);
  if (event->attempt > 1)
    {
      g_autofree char *attempts = g_strdup_printf (_("attempt %u: "), event->attempt);

      line_add (&line, PAINT_WARN, attempts);
    }
  line_add (&line, PAINT_BAD, error);
  end_line (self, &line);
  if (!event->is_quiet)
    add_log (self, output, event);

  if (self->n_failures++ < MAX_FAILURES)
    g_ptr_array_add (self->failures, g_strdup_printf ("%s: %s", event->task, error));
}

static void
add_passed_over (Endings     *self,
                 Output      *output,
                 const Event *event)
{
  Group *group = &self->group;
  g_autofree char *raw = event_describe_cause (event, output->run);
  g_autofree char *cause = myrmex_escape_text (raw, MYRMEX_ESCAPE_LINE);

  if (group->n > 0 && (group->status != event->task_status || !g_str_equal (group->cause, cause)))
    flush_group (self);
  if (group->n == 0)
    {
      group->status = event->task_status;
      group->cause = g_steal_pointer (&cause);
    }
  if (group->n++ < MAX_NAMES)
    g_ptr_array_add (group->names, g_strdup (event->task));
}

/* “18 completed, 1 failed, 1 skipped” */
static char *
describe_counts (MyrmexRun *run)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      guint n = myrmex_run_get_count (run, i);
      g_autofree char *one = word_count (i, n);

      if (n > 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", one);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
describe_end (const Event *event)
{
  if (g_strcmp0 (event->reason, myrmex_reason_to_string (MYRMEX_REASON_RUN_TIMED_OUT)) == 0)
    return _("ran out of time after");
  if (g_str_equal (event->status, myrmex_run_status_to_string (MYRMEX_RUN_STATUS_FAILED)))
    return _("failed after");
  if (g_str_equal (event->status, myrmex_run_status_to_string (MYRMEX_RUN_STATUS_CANCELLED)))
    return _("was interrupted after");
  return _("completed in");
}

static void
add_summary (Endings     *self,
             Output      *output,
             const Event *event)
{
  gboolean good = g_str_equal (event->status, myrmex_run_status_to_string (MYRMEX_RUN_STATUS_COMPLETED));
  g_autofree char *elapsed = format_seconds (event->elapsed);
  g_autofree char *counts = describe_counts (output->run);
  g_autofree char *text = NULL;
  Line line;

  flush_group (self);
  g_string_append_c (self->text, '\n');
  begin_line (self, &line, good ? MARK_COMPLETED : MARK_FAILED);
  line_add (&line, PAINT_STRONG, myrmex_run_get_name (output->run));
  text = g_strdup_printf (" %s %s%s%s", describe_end (event), elapsed, counts[0] != '\0' ? ": " : "", counts);
  line_add (&line, PAINT_NONE, text);
  end_line (self, &line);

  for (guint i = 0; i < self->failures->len; i++)
    g_string_append_printf (self->text, "  %s\n", (const char *) self->failures->pdata[i]);
  if (self->n_failures > self->failures->len)
    g_string_append_printf (self->text, ngettext ("  and %u more\n", "  and %u more\n",
                                                  self->n_failures - self->failures->len),
                            self->n_failures - self->failures->len);
}

/* What there is to say of an event, if anything. */
void
endings_add (Endings     *self,
             Output      *output,
             const Event *event)
{
  if (event->is_end)
    add_summary (self, output, event);
  if (event->task == NULL)
    return;

  switch (event->task_status)
    {
    case MYRMEX_TASK_STATUS_COMPLETED:
      add_completed (self, event);
      break;
    case MYRMEX_TASK_STATUS_FAILED:
      add_failed (self, output, event);
      break;
    case MYRMEX_TASK_STATUS_RETRYING:
      add_retrying (self, event);
      break;
    case MYRMEX_TASK_STATUS_SKIPPED:
    case MYRMEX_TASK_STATUS_CANCELLED:
      add_passed_over (self, output, event);
      break;
    case MYRMEX_TASK_STATUS_PENDING:
    case MYRMEX_TASK_STATUS_RUNNING:
    default:
      break;
    }
}

/* A line that is about no task. */
void
endings_note (Endings    *self,
              const char *text)
{
  Line line;

  flush_group (self);
  line_init (&line, &self->look, LINE_UNBOUNDED);
  line_add (&line, PAINT_WARN, text);
  end_line (self, &line);
}

/* The lines since the last time. */
char *
endings_take (Endings *self)
{
  char *text;

  flush_group (self);
  text = g_strdup (self->text->str);
  g_string_truncate (self->text, 0);
  return text;
}
