/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-index-set-private.h"
#include "engine/myrmex-plan-private.h"

/**
 * MyrmexPlan:
 *
 * A validated workflow, compiled and ready to run: what would run, in which order, and what depends on what.
 * Immutable, and may be used from any thread.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexPlan, myrmex_plan, myrmex_plan_ref, myrmex_plan_unref)

/**
 * myrmex_plan_ref:
 * @self: a plan
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexPlan *
myrmex_plan_ref (MyrmexPlan *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * myrmex_plan_unref:
 * @self: (transfer full): a plan
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_plan_unref (MyrmexPlan *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  myrmex_graph_clear (&self->graph);
  g_free (self->policies);
  g_free (self->timeouts);
  g_free (self->backoff_of);
  g_free (self->backoffs);
  g_free (self->tasks);
  g_clear_object (&self->workflow);
  g_free (self);
}

/* The index of a task, or MYRMEX_NO_INDEX. */
guint32
myrmex_plan_find (const MyrmexPlan *self,
                  const char       *task_name)
{
  guint32 index = myrmex_workflow_get_task_index (self->workflow, task_name);

  return index < self->graph.n_tasks ? index : MYRMEX_NO_INDEX;
}

/**
 * myrmex_plan_get_n_tasks:
 * @self: a plan
 *
 * Gets how many tasks there are.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_plan_get_n_tasks (MyrmexPlan *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->graph.n_tasks;
}

/**
 * myrmex_plan_get_n_edges:
 * @self: a plan
 *
 * Gets how many dependencies there are between tasks.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_plan_get_n_edges (MyrmexPlan *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->graph.n_edges;
}

/**
 * myrmex_plan_get_task_name:
 * @self: a plan
 * @index: a position, from 0, in the order of definition
 *
 * Gets the name of a task.
 *
 * Returns: (transfer none) (nullable): the name, or %NULL beyond the last
 *
 * Since: 1.0
 */
const char *
myrmex_plan_get_task_name (MyrmexPlan *self,
                           guint       index)
{
  g_return_val_if_fail (self != NULL, NULL);

  return index < self->graph.n_tasks ? self->tasks[index]->name : NULL;
}

static char **
dup_names (MyrmexPlan    *self,
           const guint32 *tasks,
           guint32        n_tasks)
{
  char **names = g_new (char *, (gsize) n_tasks + 1);

  for (guint32 i = 0; i < n_tasks; i++)
    names[i] = g_strdup (self->tasks[tasks[i]]->name);
  names[n_tasks] = NULL;
  return names;
}

/* The order in which a single worker would go through the graph, if everything went well. */
static guint32 *
dup_schedule (const MyrmexGraph *graph)
{
  g_autofree guint32 *open = g_new (guint32, MAX (1, graph->n_tasks));
  g_autofree guint64 *words = g_new0 (guint64, myrmex_index_set_count_words (graph->n_tasks));
  guint32 *schedule = g_new (guint32, MAX (1, graph->n_tasks));
  MyrmexIndexSet ready;
  guint32 n = 0;

  myrmex_index_set_init (&ready, graph->n_tasks, words);
  for (guint32 i = 0; i < graph->n_tasks; i++)
    {
      open[i] = graph->dep_start[i + 1] - graph->dep_start[i];
      if (open[i] == 0)
        myrmex_index_set_add (&ready, myrmex_graph_get_position (graph, i));
    }

  while (ready.count > 0)
    {
      guint32 task = myrmex_graph_get_task_at (graph, myrmex_index_set_pop (&ready));

      schedule[n++] = task;
      for (guint32 i = graph->dependant_start[task]; i < graph->dependant_start[task + 1]; i++)
        {
          guint32 dependant = graph->dependants[i];

          if (--open[dependant] == 0)
            myrmex_index_set_add (&ready, myrmex_graph_get_position (graph, dependant));
        }
    }
  return schedule;
}

/**
 * myrmex_plan_dup_order:
 * @self: a plan
 *
 * Gets an order in which one worker would run all tasks: each after those it depends on; among those that are
 * ready, higher priority first, then the longest remaining path, then the order of definition.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names of all tasks
 *
 * Since: 1.0
 */
char **
myrmex_plan_dup_order (MyrmexPlan *self)
{
  g_autofree guint32 *order = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  order = dup_schedule (&self->graph);
  return dup_names (self, order, self->graph.n_tasks);
}

char **
myrmex_plan_dup_task_dependencies (MyrmexPlan *self,
                                   guint32     task)
{
  return dup_names (self, self->graph.deps + self->graph.dep_start[task],
                    self->graph.dep_start[task + 1] - self->graph.dep_start[task]);
}

/**
 * myrmex_plan_dup_dependencies:
 * @self: a plan
 * @task_name: the name of a task
 *
 * Gets what a task waits for.
 *
 * Returns: (transfer full) (array zero-terminated=1) (nullable): names of tasks, or %NULL where there is no
 *   task of that name
 *
 * Since: 1.0
 */
char **
myrmex_plan_dup_dependencies (MyrmexPlan *self,
                              const char *task_name)
{
  guint32 task;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  task = myrmex_plan_find (self, task_name);
  if (task == MYRMEX_NO_INDEX)
    return NULL;

  return myrmex_plan_dup_task_dependencies (self, task);
}

/**
 * myrmex_plan_dup_dependants:
 * @self: a plan
 * @task_name: the name of a task
 *
 * Gets what waits for a task.
 *
 * Returns: (transfer full) (array zero-terminated=1) (nullable): names of tasks, or %NULL where there is no
 *   task of that name
 *
 * Since: 1.0
 */
char **
myrmex_plan_dup_dependants (MyrmexPlan *self,
                            const char *task_name)
{
  guint32 task;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (task_name != NULL, NULL);

  task = myrmex_plan_find (self, task_name);
  if (task == MYRMEX_NO_INDEX)
    return NULL;

  return dup_names (self, self->graph.dependants + self->graph.dependant_start[task],
                    self->graph.dependant_start[task + 1] - self->graph.dependant_start[task]);
}

/**
 * myrmex_plan_dup_longest_path:
 * @self: a plan
 *
 * Gets a longest path through the graph, which bounds how fast any number of workers can be.
 *
 * Returns: (transfer full) (array zero-terminated=1): names of tasks, each depends on the one before it
 *
 * Since: 1.0
 */
char **
myrmex_plan_dup_longest_path (MyrmexPlan *self)
{
  g_autofree guint32 *paths = NULL;
  g_autofree guint32 *tasks = NULL;
  guint32 task = 0, n = 0;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->graph.n_tasks == 0)
    return g_new0 (char *, 1);

  paths = myrmex_graph_dup_paths (&self->graph);
  tasks = g_new (guint32, self->graph.longest_path);
  for (guint32 i = 1; i < self->graph.n_tasks; i++)
    {
      if (paths[i] > paths[task])
        task = i;
    }

  tasks[n++] = task;
  while (paths[task] > 1)
    {
      guint32 at = self->graph.dependant_start[task];

      while (paths[self->graph.dependants[at]] != paths[task] - 1)
        at++;
      task = self->graph.dependants[at];
      tasks[n++] = task;
    }

  return dup_names (self, tasks, n);
}
