/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "report/myrmex-report-words-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/**
 * MyrmexReport:
 *
 * A run, told to people and programs: as text, JSON, Markdown, JUnit XML, a graph or a timeline.
 *
 * It is a snapshot: it has all that it needs when it is made, and what becomes of the run later does not change
 * it. Beside what each task came to, it tells the critical path, which is the chain of tasks that decided when the
 * run ended, and what bounded the run. Immutable, and may be used from any thread.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexReport, myrmex_report, myrmex_report_ref, myrmex_report_unref)

/* A report whose text goes to a file, which has no width of its own. */
#define FILE_COLUMNS (100)

/* In seconds. Graphviz takes its time with thousands of tasks. */
#define GRAPHVIZ_TIMEOUT (120)

static const struct
{
  const char *name;
  const char *suffix;
} formats[] = {
  { "text", ".txt" },
  { "json", ".json" },
  { "markdown", ".md" },
  { "junit", ".xml" },
  { "dot", ".dot" },
  { "mermaid", ".mmd" },
  { "graph", ".graph.svg" }, /* before the shorter one that it ends in */
  { "timeline", ".svg" },
};

MyrmexReport *
myrmex_report_new_empty (guint32 n_tasks)
{
  MyrmexReport *self = g_new0 (MyrmexReport, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->n_tasks = n_tasks;
  self->tasks = g_new0 (MyrmexReportTask, (gsize) n_tasks + 1);
  self->deps = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->path = g_array_new (FALSE, FALSE, sizeof (MyrmexPathStep));
  return self;
}

/* For each task in turn, without leaving one out. */
void
myrmex_report_set_dependencies (MyrmexReport  *self,
                                guint32        task,
                                const guint32 *deps,
                                guint32        n_deps)
{
  g_array_append_vals (self->deps, deps, n_deps);
  self->tasks[task + 1].dep_start = self->deps->len;
}

void
myrmex_report_seal (MyrmexReport *self)
{
  self->execution_time = 0;
  memset (self->counts, 0, sizeof self->counts);
  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      self->counts[self->tasks[i].status]++;
      if (self->tasks[i].kept_from == NULL)
        self->execution_time += self->tasks[i].execution_time;
    }
  myrmex_report_analyse (self);
}

/**
 * myrmex_report_ref:
 * @self: a report
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexReport *
myrmex_report_ref (MyrmexReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
task_clear (MyrmexReportTask *task)
{
  g_free (task->name);
  g_free (task->action);
  g_free (task->kept_from);
  g_free (task->error);
  g_free (task->error_name);
  g_free (task->explanation);
  g_free (task->log_path);
  g_free (task->log_tail);
  g_clear_pointer (&task->value, g_variant_unref);
}

/**
 * myrmex_report_unref:
 * @self: (transfer full): a report
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_report_unref (MyrmexReport *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (guint32 i = 0; i < self->n_tasks; i++)
    task_clear (&self->tasks[i]);
  g_free (self->tasks);
  g_array_unref (self->deps);
  g_array_unref (self->path);
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

/**
 * myrmex_report_list_formats:
 *
 * Gets the names of all formats: `text`, `json`, `markdown`, `junit`, `dot`, `mermaid`, `graph` (an SVG picture
 * of the graph, which needs Graphviz) and `timeline` (an SVG picture of when each task was under way).
 *
 * Returns: (transfer none) (array zero-terminated=1): the names
 *
 * Since: 1.0
 */
const char * const *
myrmex_report_list_formats (void)
{
  static const char *names[G_N_ELEMENTS (formats) + 1];
  static gsize is_filled;

  if (g_once_init_enter (&is_filled))
    {
      for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
        names[i] = formats[i].name;
      g_once_init_leave (&is_filled, 1);
    }
  return names;
}

/**
 * myrmex_report_find_format:
 * @path: (type filename): the name of a file, with or without a folder
 * @error: return location for an error, or %NULL
 *
 * Gets the format that a file is of by the end of its name: `.txt`, `.json`, `.md`, `.xml` (JUnit), `.dot`,
 * `.mmd` (Mermaid), `.graph.svg`, and `.svg` for the timeline.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where no format goes by that ending.
 *
 * Returns: (transfer none): the name of the format, or %NULL with @error set
 *
 * Since: 1.0
 */
const char *
myrmex_report_find_format (const char  *path,
                           GError     **error)
{
  g_autoptr (GString) suffixes = NULL;
  g_autofree char *lower = NULL;
  g_autofree char *shown = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  lower = g_ascii_strdown (path, -1);
  suffixes = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (g_str_has_suffix (lower, formats[i].suffix))
        return formats[i].name;
      g_string_append_printf (suffixes, "%s%s", i > 0 ? ", " : "", formats[i].suffix);
    }

  shown = myrmex_words_show (path);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("“%s” does not tell the format of the report: its name must end in one of %s"), shown, suffixes->str);
  return NULL;
}

static char *
render_graph (const MyrmexReport  *self,
              GError             **error)
{
  g_autofree char *dot = myrmex_report_to_dot (self);

  return myrmex_graphviz_render (dot, GRAPHVIZ_TIMEOUT, error);
}

/**
 * myrmex_report_format:
 * @self: a report
 * @format: one of [func@Myrmex.Report.list_formats]
 * @error: return location for an error, or %NULL
 *
 * Writes the report in a format. The text is UTF-8. Whatever tasks wrote or are called is escaped as the format
 * asks: nothing of it reaches a terminal or a browser as anything but text.
 *
 * All but `graph` only compute; `graph` starts Graphviz and waits for it, up to two minutes.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where there is no such format, with %MYRMEX_ERROR_NOT_SUPPORTED
 * where it needs Graphviz and there is none, with %MYRMEX_ERROR_TIMED_OUT or %MYRMEX_ERROR_FAILED where Graphviz
 * can not draw the graph.
 *
 * Returns: (transfer full): the report, or %NULL with @error set
 *
 * Since: 1.0
 */
char *
myrmex_report_format (MyrmexReport  *self,
                      const char    *format,
                      GError       **error)
{
  g_autofree char *names = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (format != NULL, NULL);

  if (g_str_equal (format, "text"))
    return myrmex_report_to_text (self, FILE_COLUMNS);
  if (g_str_equal (format, "json"))
    return myrmex_report_to_json (self);
  if (g_str_equal (format, "markdown"))
    return myrmex_report_to_markdown (self);
  if (g_str_equal (format, "junit"))
    return myrmex_report_to_junit (self);
  if (g_str_equal (format, "dot"))
    return myrmex_report_to_dot (self);
  if (g_str_equal (format, "mermaid"))
    return myrmex_report_to_mermaid (self);
  if (g_str_equal (format, "timeline"))
    return myrmex_report_to_timeline (self);
  if (g_str_equal (format, "graph"))
    return render_graph (self, error);

  names = g_strjoinv (", ", (char **) myrmex_report_list_formats ());
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("There is no report format “%s”; there are %s"), format, names);
  return NULL;
}

/**
 * myrmex_report_save:
 * @self: a report
 * @path: (type filename): where to; the end of the name tells the format
 * @error: return location for an error, or %NULL
 *
 * Writes the report to a file, whole or not at all: a file that was there stays until the new one is complete.
 *
 * Fails as [func@Myrmex.Report.find_format] and [method@Myrmex.Report.format] do, and with an error of
 * %G_FILE_ERROR where the file can not be written.
 *
 * Returns: whether it is written
 *
 * Since: 1.0
 */
gboolean
myrmex_report_save (MyrmexReport  *self,
                    const char    *path,
                    GError       **error)
{
  g_autofree char *text = NULL;
  const char *format;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  format = myrmex_report_find_format (path, error);
  if (format == NULL)
    return FALSE;
  text = myrmex_report_format (self, format, error);
  if (text == NULL)
    return FALSE;
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
}

/**
 * myrmex_report_dup_critical_path:
 * @self: a report
 *
 * Gets the chain of tasks that decided when the run ended. Each of them started when the one before it ended,
 * either since it depends on that or since it waited for its slot.
 *
 * Returns: (transfer full) (array zero-terminated=1): names of tasks, from first to last; none if nothing started
 *
 * Since: 1.0
 */
char **
myrmex_report_dup_critical_path (MyrmexReport *self)
{
  char **names;

  g_return_val_if_fail (self != NULL, NULL);

  names = g_new0 (char *, (gsize) self->path->len + 1);
  for (guint i = 0; i < self->path->len; i++)
    names[i] = g_strdup (self->tasks[g_array_index (self->path, MyrmexPathStep, i).task].name);
  return names;
}

/**
 * myrmex_report_dup_bound_sentence:
 * @self: a report
 *
 * Tells in a sentence what bounded the run: its dependencies, too few slots, waits between attempts, or waits
 * that had nothing to do with tasks.
 *
 * Returns: (transfer full): a sentence, in the user's language
 *
 * Since: 1.0
 */
char *
myrmex_report_dup_bound_sentence (MyrmexReport *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return myrmex_words_bound (self);
}
