/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "run-status.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "base/myrmex-escape-private.h"
#include "log-tail.h"
#include "mark.h"
#include "run-info.h"
#include "run-table.h"
#include "screen.h"
#include "words.h"

/* Tasks that are told one by one, of those that run and of those that failed. */
#define MAX_TASKS (10)

/* Lines of the log of a task that failed. */
#define LOG_LINES (10)

#define KEY_GAP (2)

/* The first tasks of some statuses, aa{sv}, and how many there are. */
static GVariant *
list_tasks (Service             *service,
            const char          *path,
            const char * const  *statuses,
            guint               *total,
            GError             **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariant *tasks;
  GVariantDict filter;

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert_value (&filter, "status", g_variant_new_strv (statuses, -1));
  reply = service_call_run (service, path, "ListTasks",
                            g_variant_new ("(@a{sv}uu)", g_variant_dict_end (&filter), 0, MAX_TASKS), "(aa{sv}u)", error);
  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(@aa{sv}u)", &tasks, total);
  return tasks;
}

static const char * const under_way[] = { "running", "retrying", NULL };
static const char * const failed[] = { "failed", NULL };

/* The end of what a task wrote, escaped; none where there is nothing to be had. */
static char **
read_log (Service    *service,
          const char *path,
          const char *task)
{
  int fd = service_open_log (service, path, task, NULL);
  char **lines;

  if (fd < 0)
    return g_new0 (char *, 1);
  lines = log_tail_read_fd (fd, LOG_LINES);
  close (fd);
  return lines;
}

/* --- For people --- */

typedef struct
{
  GString    *text;
  const Look *look;
  int         width;      /* of lines, LINE_UNBOUNDED where there is no terminal */
  int         key_width;
} Text;

static void
end_line (Text *self,
          Line *line)
{
  g_autofree char *text = line_finish (line);

  g_string_append (self->text, text);
  g_string_append_c (self->text, '\n');
}

/* “photo-import failed after 1:03” */
static void
add_head (Text          *self,
          const RunInfo *run)
{
  g_autofree char *name = run_info_dup_name (run);
  const char *status = myrmex_run_status_get_label (run->status);
  double elapsed = run_info_get_elapsed (run);
  Line line;

  line_init (&line, self->look, self->width);
  line_add (&line, PAINT_STRONG, name);
  line_add (&line, PAINT_NONE, "  ");
  line_add (&line, run_table_get_paint (run), status);
  if (elapsed >= 0)
    {
      g_autofree char *time = format_seconds (elapsed);

      line_add (&line, PAINT_NONE, "  ");
      line_add (&line, PAINT_FAINT, time);
    }
  end_line (self, &line);
}

static void
add_pair_line (Text       *self,
               const char *key,
               const char *value)
{
  Line line;

  line_init (&line, self->look, LINE_UNBOUNDED);
  line_add_space (&line, KEY_GAP);
  line_add_padded (&line, PAINT_FAINT, key, self->key_width + KEY_GAP);
  line_add (&line, PAINT_NONE, value);
  end_line (self, &line);
}

/* What does not fit behind the key goes on below, where it has spaces to be broken at. */
static void
add_pair (Text       *self,
          const char *key,
          const char *value)
{
  g_autofree char *shown = myrmex_escape_text (value, MYRMEX_ESCAPE_LINE);
  g_auto (GStrv) words = g_strsplit (shown, " ", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  const int room = self->width - KEY_GAP - self->key_width - KEY_GAP;

  if (value[0] == '\0')
    return;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (i > 0 && text_columns (text->str) + 1 + text_columns (words[i]) > room)
        {
          add_pair_line (self, key, text->str);
          g_string_truncate (text, 0);
          key = "";
        }
      else if (i > 0)
        {
          g_string_append_c (text, ' ');
        }
      g_string_append (text, words[i]);
    }
  add_pair_line (self, key, text->str);
}

/* “12 completed, 1 failed, 37 pending” */
static char *
describe_counts (const RunInfo *run)
{
  static const MyrmexTaskStatus order[] = {
    MYRMEX_TASK_STATUS_COMPLETED, MYRMEX_TASK_STATUS_FAILED,  MYRMEX_TASK_STATUS_SKIPPED, MYRMEX_TASK_STATUS_CANCELLED,
    MYRMEX_TASK_STATUS_RUNNING,   MYRMEX_TASK_STATUS_RETRYING, MYRMEX_TASK_STATUS_PENDING,
  };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autofree char *one = word_count (order[i], run->counts[order[i]]);

      if (run->counts[order[i]] > 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", one);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_facts (Text          *self,
           const RunInfo *run)
{
  g_autofree char *submitted = run_table_format_time (run->submitted);
  g_autofree char *started = run_table_format_time (run->started);
  g_autofree char *finished = run_table_format_time (run->finished);
  g_autofree char *counts = describe_counts (run);
  const char *keys[] = { _("Run"), _("Retry of"), _("Workflow"), _("Submitted"), _("Started"), _("Ended"), _("Tasks"),
                         _("Error") };
  const char *values[] = { run->id, run->retried_from, g_str_equal (run->name, run->workflow) ? "" : run->workflow,
                           submitted, started, finished, counts, run->error };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    self->key_width = MAX (self->key_width, values[i][0] != '\0' ? text_columns (keys[i]) : 0);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    add_pair (self, keys[i], values[i]);
}

static void
add_more (Text  *self,
          gsize  n_shown,
          guint  total)
{
  guint n = total - (guint) MIN (n_shown, total);

  if (n > 0)
    g_string_append_printf (self->text, ngettext ("  and %u more\n", "  and %u more\n", n), n);
}

static void
add_running (Text     *self,
             GVariant *task)
{
  g_autofree char *shown = NULL;
  g_autofree char *elapsed = NULL;
  const char *name = "", *status = "", *error = "";
  guint attempts = 0;
  gint64 started = 0;
  Line line;

  g_variant_lookup (task, "name", "&s", &name);
  g_variant_lookup (task, "status", "&s", &status);
  g_variant_lookup (task, "error", "&s", &error);
  g_variant_lookup (task, "attempts", "u", &attempts);
  g_variant_lookup (task, "started", "x", &started);
  elapsed = format_seconds ((double) MAX (0, g_get_real_time () - started) / G_USEC_PER_SEC);
  shown = myrmex_escape_text (error, MYRMEX_ESCAPE_LINE);

  line_init (&line, self->look, self->width);
  mark_begin_line (&line, g_str_equal (status, "retrying") ? MARK_RETRYING : MARK_RUNNING);
  line_add (&line, PAINT_NONE, name);
  if (g_str_equal (status, "running") && started != 0)
    {
      line_add_space (&line, 2);
      line_add (&line, PAINT_FAINT, elapsed);
    }
  if (attempts > 1)
    {
      g_autofree char *text = g_strdup_printf (_("  attempt %u"), attempts);

      line_add (&line, PAINT_WARN, text);
    }
  if (shown[0] != '\0')
    {
      line_add_space (&line, 2);
      line_add (&line, PAINT_FAINT, shown);
    }
  end_line (self, &line);
}

static void
add_failed (Text       *self,
            Service    *service,
            const char *path,
            GVariant   *task)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *shown = NULL;
  const char *name = "", *error = "";
  Line line;

  g_variant_lookup (task, "name", "&s", &name);
  g_variant_lookup (task, "error", "&s", &error);
  shown = myrmex_escape_text (error, MYRMEX_ESCAPE_LINE);
  line_init (&line, self->look, LINE_UNBOUNDED);
  mark_begin_line (&line, MARK_FAILED);
  line_add (&line, PAINT_STRONG, name);
  line_add_space (&line, 2);
  line_add (&line, PAINT_BAD, shown);
  end_line (self, &line);

  lines = read_log (service, path, name);
  mark_append_log (self->text, self->look, lines);
}

char *
run_status_to_text (Service     *service,
                    const char  *path,
                    const Look  *look,
                    GError     **error)
{
  g_autoptr (GVariant) properties = service_get_run (service, path, error);
  g_autoptr (GVariant) running = NULL;
  g_autoptr (GVariant) bad = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (RunInfo) run = { 0 };
  int width = screen_measure (STDOUT_FILENO);
  Text self = { text, look, width > 0 ? width : LINE_UNBOUNDED, 0 };
  guint n_running, n_failed;

  if (properties != NULL)
    running = list_tasks (service, path, under_way, &n_running, error);
  if (running != NULL)
    bad = list_tasks (service, path, failed, &n_failed, error);
  if (bad == NULL)
    return NULL;

  run_info_init (&run, properties);
  add_head (&self, &run);
  add_facts (&self, &run);
  if (n_running + n_failed > 0)
    g_string_append_c (text, '\n');
  for (gsize i = 0; i < g_variant_n_children (running); i++)
    {
      g_autoptr (GVariant) task = g_variant_get_child_value (running, i);

      add_running (&self, task);
    }
  add_more (&self, g_variant_n_children (running), n_running);
  for (gsize i = 0; i < g_variant_n_children (bad); i++)
    {
      g_autoptr (GVariant) task = g_variant_get_child_value (bad, i);

      add_failed (&self, service, path, task);
    }
  add_more (&self, g_variant_n_children (bad), n_failed);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- For programs --- */

/* Times as those of the run are: in seconds. */
static GVariant *
describe_task (GVariant *task)
{
  static const char * const times[] = { "started", "finished" };
  GVariantDict dict;

  g_variant_dict_init (&dict, task);
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      gint64 time;

      if (g_variant_dict_lookup (&dict, times[i], "x", &time))
        g_variant_dict_insert (&dict, times[i], "d", (double) time / G_USEC_PER_SEC);
    }
  return g_variant_dict_end (&dict);
}

static void
insert_tasks (GVariantDict *dict,
              const char   *key,
              GVariant     *tasks)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (tasks); i++)
    {
      g_autoptr (GVariant) task = g_variant_get_child_value (tasks, i);

      g_variant_builder_add_value (&builder, describe_task (task));
    }
  g_variant_dict_insert_value (dict, key, g_variant_builder_end (&builder));
}

char *
run_status_to_json (Service     *service,
                    const char  *path,
                    GError     **error)
{
  g_autoptr (GVariant) properties = service_get_run (service, path, error);
  g_autoptr (GVariant) running = NULL;
  g_autoptr (GVariant) bad = NULL;
  g_autoptr (GVariant) value = NULL;
  g_auto (RunInfo) run = { 0 };
  GVariantDict dict;
  guint total;

  if (properties != NULL)
    running = list_tasks (service, path, under_way, &total, error);
  if (running != NULL)
    bad = list_tasks (service, path, failed, &total, error);
  if (bad == NULL)
    return NULL;

  run_info_init (&run, properties);
  g_variant_dict_init (&dict, NULL);
  run_info_describe (&run, &dict);
  insert_tasks (&dict, "under_way", running);
  insert_tasks (&dict, "failures", bad);
  value = g_variant_ref_sink (g_variant_dict_end (&dict));
  return myrmex_value_to_json (value, FALSE);
}
