/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The graph of a run or of a plan, as DOT and as Mermaid.
 *
 * Nodes are called t0, t1, …, and what a task is called is only a label, so that no name can be mistaken for
 * anything else. */

#include <glib/gi18n-lib.h>

#include "engine/myrmex-plan-private.h"
#include "report/myrmex-palette-private.h"
#include "report/myrmex-report-words-private.h"

/* In seconds. Graphviz takes its time with thousands of tasks. */
#define GRAPHVIZ_TIMEOUT (120)

/* Up to so many tasks without any dependency may stand in one column. */
#define MAX_TOWER (8)

/* In columns. A longer name would make its whole rank as wide; all of it is told where the pointer rests. */
#define MAX_LABEL (36)

/* A graph, wherever it is from. */
typedef struct
{
  const char         *name;
  guint32             n_tasks;
  const MyrmexReport *report;      /* NULL: of a plan, which has no statuses */
  const MyrmexPlan   *plan;
  guint32            *critical_to; /* per task, the task after it on the critical path by a dependency */
  guint8             *is_critical;
} Graph;

static const char *
graph_get_name (const Graph *graph,
                guint32      task)
{
  return graph->report != NULL ? graph->report->tasks[task].name : graph->plan->workflow->tasks[task]->name;
}

static guint32
graph_count_deps (const Graph *graph,
                  guint32      task)
{
  return graph->report != NULL ? myrmex_report_count_deps (graph->report, task)
                               : graph->plan->graph.dep_start[task + 1] - graph->plan->graph.dep_start[task];
}

static guint32
graph_get_dep (const Graph *graph,
               guint32      task,
               guint32      nth)
{
  return graph->report != NULL ? myrmex_report_get_dep (graph->report, task, nth)
                               : graph->plan->graph.deps[graph->plan->graph.dep_start[task] + nth];
}

static void
graph_init (Graph              *graph,
            const MyrmexReport *report,
            const MyrmexPlan   *plan)
{
  graph->report = report;
  graph->plan = plan;
  graph->n_tasks = report != NULL ? report->n_tasks : plan->graph.n_tasks;
  graph->name = report != NULL ? report->name : myrmex_workflow_get_name (plan->workflow);
  graph->critical_to = g_new (guint32, MAX (1, graph->n_tasks));
  for (guint32 i = 0; i < graph->n_tasks; i++)
    graph->critical_to[i] = MYRMEX_REPORT_NO_TASK;

  graph->is_critical = g_new0 (guint8, MAX (1, graph->n_tasks));
  for (guint i = 0; report != NULL && i < report->path->len; i++)
    {
      const MyrmexPathStep *step = &g_array_index (report->path, MyrmexPathStep, i);

      graph->is_critical[step->task] = TRUE;
      if (i > 0 && step->link == MYRMEX_LINK_DEPENDENCY)
        graph->critical_to[(step - 1)->task] = step->task;
    }
}

static void
graph_clear (Graph *graph)
{
  g_free (graph->critical_to);
  g_free (graph->is_critical);
}

/* What stands below the name of a task: “✗ 1.2 s ×2”, or “skipped”. */
static char *
dup_fact (const MyrmexReportTask *task)
{
  g_autofree char *time = myrmex_words_seconds (task->execution_time);
  g_autofree char *times = task->attempts > 1 ? g_strdup_printf (" ×%u", task->attempts) : g_strdup ("");

  if (task->started == 0)
    return g_strdup (myrmex_task_status_get_label (task->status));
  return g_strdup_printf ("%s%s%s", task->status == MYRMEX_TASK_STATUS_FAILED ? "✗ " : "", time, times);
}

/* Inside a quoted string of DOT, where backslashes and entities mean something too. */
static void
add_dot_shown (GString    *out,
               const char *shown)
{
  for (const char *p = shown; *p != '\0'; p++)
    {
      if (*p == '&')
        g_string_append (out, "&amp;");
      else if (*p == '"' || *p == '\\')
        g_string_append_printf (out, "\\%c", *p);
      else
        g_string_append_c (out, *p);
    }
}

static void
add_dot_text (GString    *out,
              const char *text)
{
  g_autofree char *shown = myrmex_words_show (text);

  add_dot_shown (out, shown);
}

/* What the picture is of, in words, and what its lines mean. */
static void
add_dot_title (GString     *out,
               const Graph *graph)
{
  g_autofree char *headline = myrmex_words_headline (graph->report);
  g_autofree char *path = myrmex_words_path (graph->report);

  g_string_append (out, "  label=\"");
  add_dot_text (out, graph->name != NULL ? graph->name : "");
  g_string_append_printf (out, " · %s\\l", myrmex_run_status_get_label (graph->report->status));
  add_dot_text (out, headline);
  g_string_append (out, "\\l");
  if (graph->report->path->len > 0)
    {
      g_string_append (out, "▬ ");
      add_dot_text (out, path);
      g_string_append (out, "\\l");
    }
  g_string_append (out, "\\l\";\n  labelloc=t; labeljust=l; fontname=\"sans-serif\"; fontsize=12;\n");
}

static void
add_dot_node (GString     *out,
              const Graph *graph,
              guint32      task)
{
  g_autofree char *shown = myrmex_words_show (graph_get_name (graph, task));
  g_autofree char *label = myrmex_words_clip (shown, MAX_LABEL);

  g_string_append_printf (out, "  t%u [label=\"", task);
  add_dot_shown (out, label);
  if (graph->report != NULL)
    {
      const MyrmexReportTask *of = &graph->report->tasks[task];
      const MyrmexPaint *paint = myrmex_palette_get (of->status);
      gboolean is_failed = of->status == MYRMEX_TASK_STATUS_FAILED;
      gboolean is_critical = graph->is_critical[task] && !is_failed; /* which is thick as it is, and has to be seen */
      g_autofree char *fact = dup_fact (of);
      g_autofree char *note = myrmex_words_note (of);

      g_string_append_printf (out, "\\n%s\", tooltip=\"", fact);
      add_dot_shown (out, shown);
      g_string_append (out, ": ");
      add_dot_text (out, myrmex_task_status_get_label (of->status));
      if (note[0] != '\0')
        {
          g_string_append (out, ": ");
          add_dot_text (out, note);
        }
      g_string_append_printf (out, "\", class=\"%s%s\", color=\"%s\", fillcolor=\"%s\"", paint->name,
                              is_critical ? " critical" : "", is_critical ? "#1f2328" : paint->light, paint->light_tint);
      if (is_critical || is_failed)
        g_string_append (out, ", penwidth=2.5");
      if (of->started == 0)
        g_string_append (out, ", style=\"rounded,filled,dashed\"");
    }
  else
    {
      g_string_append (out, "\", class=\"plan\"");
      if (!g_str_equal (label, shown))
        {
          g_string_append (out, ", tooltip=\"");
          add_dot_shown (out, shown);
          g_string_append_c (out, '"');
        }
    }
  g_string_append (out, "];\n");
}

/* Graphviz puts all tasks without any dependency into one column, which becomes a tower. Invisible edges lay them into
 * rows, as long as there are rows. */
static void
add_dot_rows (GString     *out,
              const Graph *graph)
{
  g_autofree guint8 *is_tied = g_new0 (guint8, MAX (1, graph->n_tasks));
  g_autofree guint32 *loose = g_new (guint32, MAX (1, graph->n_tasks));
  guint32 n_loose = 0, length = 1;

  for (guint32 i = 0; i < graph->n_tasks; i++)
    {
      for (guint32 j = 0; j < graph_count_deps (graph, i); j++)
        is_tied[i] = is_tied[graph_get_dep (graph, i, j)] = TRUE;
    }
  for (guint32 i = 0; i < graph->n_tasks; i++)
    {
      if (!is_tied[i])
        loose[n_loose++] = i;
    }

  while (length * length < n_loose)
    length++;
  for (guint32 i = 1; i < n_loose && n_loose > MAX_TOWER; i++)
    {
      if (i % length != 0)
        g_string_append_printf (out, "  t%u -> t%u [style=invis, weight=0];\n", loose[i - 1], loose[i]);
    }
}

static char *
graph_to_dot (const Graph *graph)
{
  g_autoptr (GString) out = g_string_new ("digraph \"");

  add_dot_text (out, graph->name != NULL ? graph->name : "");
  g_string_append (out, "\" {\n"
                        "  graph [rankdir=LR, bgcolor=\"transparent\", nodesep=0.18, ranksep=0.45, pad=0.3];\n"
                        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f5f7\", color=\"#6b717b\", "
                        "fontname=\"sans-serif\", fontsize=11, margin=\"0.14,0.06\", height=0.3];\n"
                        "  edge [color=\"#8b929d\", arrowsize=0.7];\n");
  if (graph->report != NULL)
    add_dot_title (out, graph);
  for (guint32 i = 0; i < graph->n_tasks; i++)
    add_dot_node (out, graph, i);
  for (guint32 i = 0; i < graph->n_tasks; i++)
    {
      for (guint32 j = 0; j < graph_count_deps (graph, i); j++)
        {
          guint32 dep = graph_get_dep (graph, i, j);

          g_string_append_printf (out, "  t%u -> t%u%s;\n", dep, i,
                                  graph->critical_to[dep] == i ? " [class=\"critical\", color=\"#1f2328\", penwidth=2.5]" : "");
        }
    }
  add_dot_rows (out, graph);
  g_string_append (out, "}\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Inside a quoted label of Mermaid, by the numbers of all characters that could mean something. */
static void
add_mermaid_text (GString    *out,
                  const char *text)
{
  g_autofree char *shown = myrmex_words_show (text);

  for (const char *p = shown; *p != '\0'; p++)
    {
      if (g_ascii_isalnum (*p) || *p == ' ' || *p == '.' || *p == '-' || *p == '_' || *p == ',' || (guchar) *p >= 0x80)
        g_string_append_c (out, *p);
      else
        g_string_append_printf (out, "#%d;", *p);
    }
}

static void
add_mermaid_node (GString     *out,
                  const Graph *graph,
                  guint32      task)
{
  g_string_append_printf (out, "  t%u[\"", task);
  add_mermaid_text (out, graph_get_name (graph, task));
  if (graph->report != NULL)
    {
      const MyrmexReportTask *of = &graph->report->tasks[task];
      g_autofree char *fact = dup_fact (of);

      g_string_append (out, "<br/>");
      add_mermaid_text (out, fact);
      g_string_append_printf (out, "\"]:::%s\n", myrmex_palette_get (of->status)->name);
    }
  else
    {
      g_string_append (out, "\"]\n");
    }
}

static void
add_mermaid_classes (GString     *out,
                     const Graph *graph)
{
  for (int i = 0; graph->report != NULL && i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      const MyrmexPaint *paint = myrmex_palette_get ((MyrmexTaskStatus) i);

      if (graph->report->counts[i] > 0)
        g_string_append_printf (out, "  classDef %s fill:%s,stroke:%s,color:#1f2328%s\n", paint->name, paint->light_tint,
                                paint->light, i == MYRMEX_TASK_STATUS_FAILED ? ",stroke-width:3px" : "");
    }
}

static char *
graph_to_mermaid (const Graph *graph)
{
  g_autoptr (GString) out = g_string_new ("flowchart LR\n");
  g_autoptr (GString) critical = g_string_new (NULL);
  guint n_edges = 0;

  for (guint32 i = 0; i < graph->n_tasks; i++)
    add_mermaid_node (out, graph, i);
  for (guint32 i = 0; i < graph->n_tasks; i++)
    {
      for (guint32 j = 0; j < graph_count_deps (graph, i); j++)
        {
          guint32 dep = graph_get_dep (graph, i, j);

          g_string_append_printf (out, "  t%u --> t%u\n", dep, i);
          if (graph->critical_to[dep] == i)
            g_string_append_printf (critical, "%s%u", critical->len > 0 ? "," : "", n_edges);
          n_edges++;
        }
    }
  add_mermaid_classes (out, graph);
  if (critical->len > 0)
    g_string_append_printf (out, "  linkStyle %s stroke-width:4px\n", critical->str);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
myrmex_report_to_dot (const MyrmexReport *self)
{
  Graph graph;
  char *text;

  graph_init (&graph, self, NULL);
  text = graph_to_dot (&graph);
  graph_clear (&graph);
  return text;
}

char *
myrmex_report_to_mermaid (const MyrmexReport *self)
{
  Graph graph;
  char *text;

  graph_init (&graph, self, NULL);
  text = graph_to_mermaid (&graph);
  graph_clear (&graph);
  return text;
}

/**
 * myrmex_plan_to_graph:
 * @self: a plan
 * @format: `dot`, `mermaid`, or `graph` for an SVG picture
 * @error: return location for an error, or %NULL
 *
 * Writes what depends on what. A picture is drawn by Graphviz, which is waited for, up to two minutes.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where there is no such format, and otherwise as
 * [method@Myrmex.Report.format] does.
 *
 * Returns: (transfer full): the graph, or %NULL with @error set
 *
 * Since: 1.0
 */
char *
myrmex_plan_to_graph (MyrmexPlan  *self,
                      const char  *format,
                      GError     **error)
{
  g_autofree char *text = NULL;
  gboolean is_mermaid;
  Graph graph;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (format != NULL, NULL);

  is_mermaid = g_str_equal (format, "mermaid");
  if (!is_mermaid && !g_str_equal (format, "dot") && !g_str_equal (format, "graph"))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("There is no graph format “%s”; there are dot, mermaid and graph"), format);
      return NULL;
    }

  graph_init (&graph, NULL, self);
  text = is_mermaid ? graph_to_mermaid (&graph) : graph_to_dot (&graph);
  graph_clear (&graph);
  return g_str_equal (format, "graph") ? myrmex_graphviz_render (text, GRAPHVIZ_TIMEOUT, error)
                                       : g_steal_pointer (&text);
}
