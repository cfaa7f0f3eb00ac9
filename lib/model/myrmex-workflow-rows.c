/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The dependencies of a workflow, from names to rows of indices, and what can be wrong with them. */

#include "model/myrmex-workflow-rows-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-nearest-private.h"

/* What myrmex_task_add_dependency() sees to: shorter lists have nothing twice. */
#define MAX_CHECKED_DEPENDENCIES (16)

#define MAX_TOLD_CYCLE (20) /* tasks */

static guint32
fill_row (MyrmexWorkflow    *self,
          guint32            row,
          guint32           *deps,
          guint32           *last_seen,
          MyrmexMissingFunc  missing,
          gpointer           data)
{
  const guint32 *atoms = myrmex_task_get_atoms (self->tasks[row]);
  guint32 n = 0;

  for (guint32 i = 0; i < self->tasks[row]->n_dependencies; i++)
    {
      const MyrmexAtom *atom = &self->names.atoms[atoms[i]];

      if (atom->task == MYRMEX_NO_INDEX)
        {
          missing (self, row, atom->name, data);
          continue;
        }
      if (last_seen != NULL)
        {
          if (last_seen[atom->task] == row + 1)
            continue;
          last_seen[atom->task] = row + 1;
        }
      deps[n++] = atom->task;
    }

  return n;
}

/* Fills the rows of dependencies; myrmex_graph_build() comes next. Tasks that do not exist are left out, and
 * @missing is told. A task that was named twice counts once. */
void
myrmex_workflow_fill_graph (MyrmexWorkflow    *self,
                            MyrmexGraph       *graph,
                            MyrmexMissingFunc  missing,
                            gpointer           data)
{
  g_autofree guint32 *last_seen = NULL;
  guint64 n_edges = 0;
  guint32 largest = 0, at = 0;

  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      n_edges += self->tasks[i]->n_dependencies;
      largest = MAX (largest, self->tasks[i]->n_dependencies);
    }
  if (largest > MAX_CHECKED_DEPENDENCIES)
    last_seen = g_new0 (guint32, self->n_tasks);

  myrmex_graph_init (graph, self->n_tasks, (guint32) n_edges);
  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      graph->dep_start[i] = at;
      at += fill_row (self, i, graph->deps + at, last_seen, missing, data);
    }
  graph->dep_start[self->n_tasks] = at;
  graph->n_edges = at;
}

/* A sentence about a dependency that does not exist. It looks at all names. */
char *
myrmex_workflow_describe_missing (MyrmexWorkflow *self,
                                  guint32         task,
                                  const char     *dependency)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, dependency);
  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      if (i != task)
        myrmex_nearest_offer (&nearest, self->tasks[i]->name);
    }

  if (nearest.best != NULL)
    return g_strdup_printf (_("Task “%s” depends on “%s”, which does not exist; did you mean “%s”?"),
                            self->tasks[task]->name, dependency, nearest.best);
  return g_strdup_printf (_("Task “%s” depends on “%s”, which does not exist"),
                          self->tasks[task]->name, dependency);
}

/* A sentence about a cycle, “a → b → c → a”: each task depends on the one after it. The middle of a long one is
 * left out. */
char *
myrmex_workflow_describe_cycle (MyrmexWorkflow *self,
                                const GArray   *cycle)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < cycle->len; i++)
    {
      if (cycle->len > MAX_TOLD_CYCLE && i == MAX_TOLD_CYCLE / 2)
        {
          guint left_out = cycle->len - MAX_TOLD_CYCLE;

          g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "… (%u more) … → ",
                                                      "… (%u more) … → ", left_out), left_out);
          i += left_out;
        }
      g_string_append_printf (text, "%s → ", self->tasks[g_array_index (cycle, guint32, i)]->name);
    }
  g_string_append (text, self->tasks[g_array_index (cycle, guint32, 0)]->name);

  return g_strdup_printf (_("The dependencies form a cycle: %s"), text->str);
}
