/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run for files, pipes and poor terminals: one line an event. The man page describes the lines; only what
 * follows the status is in the language of the person. */

#include "base/myrmex-escape-private.h"
#include "output.h"
#include "run-info.h"
#include "words.h"

#include <glib/gi18n.h>

/* A task that reports all the time is told this often. */
#define REPORT_US (1 * G_TIME_SPAN_SECOND)

typedef struct
{
  Output      output;
  GHashTable *told; /* task → gint64, when it last reported; those that run */
} PlainOutput;

/* “12.345”, in every language. */
static const char *
format_plain (char   buffer[G_ASCII_DTOSTR_BUF_SIZE],
              double seconds)
{
  return g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, "%.3f", seconds);
}

static void
add_attempts (GString     *line,
              const Event *event)
{
  if (event->attempt > 1)
    g_string_append_printf (line, _(", attempt %u"), event->attempt);
}

static void
add_cause (GString     *line,
           const Event *event,
           MyrmexRun   *run)
{
  g_autofree char *cause = event_describe_cause (event, run);

  g_string_append (line, ": ");
  myrmex_escape_append (line, cause, -1, MYRMEX_ESCAPE_LINE);
}

/* It completed, but not in this run. */
static void
add_kept (GString     *line,
          const Event *event)
{
  g_autofree char *id = g_strndup (event->kept_from, RUN_INFO_SHORT_ID);
  g_autofree char *text = g_strdup_printf (_("kept from run %s"), id);

  g_string_append_printf (line, ", %s", text);
}

static void
add_task (GString     *line,
          const Event *event,
          MyrmexRun   *run)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (event->task_status)
    {
    case MYRMEX_TASK_STATUS_COMPLETED:
      if (event->kept_from != NULL)
        {
          add_kept (line, event);
          break;
        }
      g_string_append_printf (line, _(" in %s s"), format_plain (number, event->execution_time));
      add_attempts (line, event);
      break;
    case MYRMEX_TASK_STATUS_FAILED:
      if (event->attempt > 0)
        g_string_append_printf (line, _(" in %s s"), format_plain (number, event->execution_time));
      add_attempts (line, event);
      break;
    case MYRMEX_TASK_STATUS_RETRYING:
      add_attempts (line, event);
      if (event->delay >= 0)
        g_string_append_printf (line, _(", next attempt in %s s"), format_plain (number, event->delay));
      break;
    case MYRMEX_TASK_STATUS_RUNNING:
      add_attempts (line, event);
      if (event->fraction >= 0)
        g_string_append_printf (line, ", %d%%", (int) (CLAMP (event->fraction, 0, 1) * 100));
      break;
    case MYRMEX_TASK_STATUS_SKIPPED:
    case MYRMEX_TASK_STATUS_CANCELLED:
      add_cause (line, event, run);
      return;
    case MYRMEX_TASK_STATUS_PENDING:
    default:
      break;
    }

  if (event->error != NULL || event->message != NULL)
    {
      g_string_append (line, ": ");
      myrmex_escape_append (line, event->error != NULL ? event->error : event->message, -1, MYRMEX_ESCAPE_LINE);
    }
}

static void
add_run (GString     *line,
         MyrmexRun   *run,
         const Event *event)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (!event->is_end)
    {
      g_string_append_printf (line, ngettext (", %u task", ", %u tasks", event->total), event->total);
      return;
    }
  g_string_append_printf (line, _(" in %s s"), format_plain (number, event->elapsed));
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      g_autofree char *count = word_count (i, myrmex_run_get_count (run, i));

      g_string_append_printf (line, ", %s", count);
    }
  /* Why its tasks failed they have told. */
  if (g_strcmp0 (event->reason, myrmex_reason_to_string (MYRMEX_REASON_RUN_TIMED_OUT)) == 0 ||
      g_strcmp0 (event->reason, myrmex_reason_to_string (MYRMEX_REASON_RUN_CANCELLED)) == 0)
    add_cause (line, event, run);
}

/* Whether it is time that a task tells how far it is. */
static gboolean
may_report (PlainOutput *self,
            const Event *event)
{
  gint64 now = g_get_monotonic_time ();
  gint64 *last = g_hash_table_lookup (self->told, event->task);

  if (last != NULL && now - *last < REPORT_US)
    return FALSE;
  g_hash_table_insert (self->told, g_strdup (event->task), g_memdup2 (&now, sizeof now));
  return TRUE;
}

static gboolean
is_wanted (PlainOutput *self,
           const Event *event)
{
  if (self->output.quiet)
    return event->task != NULL && event->task_status == MYRMEX_TASK_STATUS_FAILED;
  if (event->is_report)
    return may_report (self, event);
  if (event->is_quiet && myrmex_task_status_is_final (event->task_status))
    return event->task_status == MYRMEX_TASK_STATUS_FAILED;
  if (event->task != NULL)
    g_hash_table_remove (self->told, event->task);
  return TRUE;
}

/* The end of its log, and where all of it is. */
static void
add_log (PlainOutput *self,
         const Event *event,
         GString     *text)
{
  g_auto (GStrv) lines = output_dup_log_tail (&self->output, event);

  for (gsize i = 0; lines[i] != NULL; i++)
    g_string_append_printf (text, "    | %s\n", lines[i]);
  if (self->output.keeps_logs && lines[0] != NULL)
    {
      g_autofree char *path = myrmex_run_dup_log_path (self->output.run, event->task);

      g_string_append (text, "    ");
      myrmex_escape_append (text, path, -1, MYRMEX_ESCAPE_LINE);
      g_string_append_c (text, '\n');
    }
}

/* Seconds from the start of the run to what happened. */
static double
get_time (MyrmexRun   *run,
          const Event *event)
{
  if (event->when == 0)
    return myrmex_run_get_elapsed (run);
  return (double) MAX (0, event->when - myrmex_run_get_started (run)) / G_USEC_PER_SEC;
}

/* “[   1.234] integration: failed in 0.012 s, attempt 3: The command ended with exit status 75” */
static void
tell (Output      *output,
      const Event *event)
{
  PlainOutput *self = (PlainOutput *) output;
  g_autoptr (GString) text = NULL;
  char elapsed[G_ASCII_DTOSTR_BUF_SIZE];
  const char *name, *status;

  if (!is_wanted (self, event))
    return;

  text = g_string_new (NULL);
  name = event->task != NULL ? event->task : myrmex_run_get_name (output->run);
  status = event->task != NULL ? myrmex_task_status_get_label (event->task_status) : word_run_event (event->status);
  format_plain (elapsed, get_time (output->run, event));
  g_string_append_printf (text, "[%8s] %s: %s", elapsed, name, status);
  if (event->task != NULL)
    add_task (text, event, output->run);
  else
    add_run (text, output->run, event);
  g_string_append_c (text, '\n');
  if (event->task != NULL && event->task_status == MYRMEX_TASK_STATUS_FAILED && !event->is_quiet)
    add_log (self, event, text);
  stream_add_local (output->stream, text->str);
}

static void
close_output (Output *output)
{
  PlainOutput *self = (PlainOutput *) output;

  g_hash_table_unref (self->told);
  g_free (self);
}

Output *
output_plain_new (Stream *stream)
{
  static const OutputClass klass = { tell, NULL, close_output };
  PlainOutput *self = g_new0 (PlainOutput, 1);

  self->output.klass = &klass;
  self->output.stream = stream;
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return &self->output;
}
