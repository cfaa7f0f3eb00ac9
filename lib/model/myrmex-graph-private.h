/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The dependencies of a workflow as compressed rows. Tasks are indices in the order of their definition.
 *
 * The dependencies of task t are deps[dep_start[t]] up to deps[dep_start[t + 1]], those that depend on it
 * dependants[dependant_start[t]] up to dependants[dependant_start[t + 1]].
 *
 * To make one: myrmex_graph_init(), fill dep_start and deps, myrmex_graph_build(). A task that is twice in a
 * row of dependencies does no harm, it is counted twice on both sides. */
typedef struct
{
  guint32  n_tasks;
  guint32  n_edges;
  guint32 *dep_start;       /* n_tasks + 1 */
  guint32 *deps;            /* n_edges */
  guint32 *dependant_start; /* n_tasks + 1 */
  guint32 *dependants;      /* n_edges */

  /* In which order ready tasks start: higher priority, then longer remaining path, then definition. Both are
   * NULL where that is the order of definition, as it is for most workflows that are written from top to
   * bottom. */
  guint32 *order;           /* the task at a position */
  guint32 *position;        /* the position of a task */

  guint32  longest_path;    /* in tasks */
} MyrmexGraph;

void     myrmex_graph_init         (MyrmexGraph       *self,
                                    guint32            n_tasks,
                                    guint32            n_edges);
gboolean myrmex_graph_build        (MyrmexGraph       *self,
                                    const gint32      *priorities,
                                    GArray           **cycle);
void     myrmex_graph_clear        (MyrmexGraph       *self);
guint32 *myrmex_graph_dup_paths    (const MyrmexGraph *self);
guint32 *myrmex_graph_dup_topology (const MyrmexGraph *self);

static inline guint32
myrmex_graph_get_position (const MyrmexGraph *self,
                           guint32            task)
{
  return self->position != NULL ? self->position[task] : task;
}

static inline guint32
myrmex_graph_get_task_at (const MyrmexGraph *self,
                          guint32            position)
{
  return self->order != NULL ? self->order[position] : position;
}

G_END_DECLS
