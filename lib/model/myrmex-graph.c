/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-graph-private.h"

#include <string.h>

/* Building, in O(tasks + edges) and without recursion:
 *
 *   count the dependants of each task, add the counts up, put each dependant into its row
 *   for each task whose dependants are all measured: path = 1 + longest path of its dependants
 *   tasks that are never measured are on a cycle, or a cycle depends on them
 *   sort by definition, then by path, then by priority, with a stable sort each time
 *
 * If every task is defined after those that it depends on, which is how people write, there can be no cycle,
 * and the order of definition backwards is an order in which to measure. */

#define RADIX_BITS (11)
#define RADIX_SIZE (1u << RADIX_BITS)

/* Allocates the rows. dep_start and deps are the caller's to fill. */
void
myrmex_graph_init (MyrmexGraph *self,
                   guint32      n_tasks,
                   guint32      n_edges)
{
  gsize n_starts = (gsize) n_tasks + 1;

  *self = (MyrmexGraph) { .n_tasks = n_tasks, .n_edges = n_edges };
  self->dep_start = g_new (guint32, 2 * (n_starts + n_edges));
  self->deps = self->dep_start + n_starts;
  self->dependant_start = self->deps + n_edges;
  self->dependants = self->dependant_start + n_starts;
}

void
myrmex_graph_clear (MyrmexGraph *self)
{
  g_free (self->dep_start);
  g_free (MIN (self->order, self->position));
  *self = (MyrmexGraph) { 0 };
}

/* Leaves in dependant_start[d] how many depend on d. */
static gboolean
count_dependants (MyrmexGraph *self,
                  gboolean    *in_order)
{
  guint32 *counts = self->dependant_start;

  *in_order = TRUE;
  memset (counts, 0, sizeof (guint32) * ((gsize) self->n_tasks + 1));
  g_return_val_if_fail (self->dep_start[0] == 0, FALSE);
  g_return_val_if_fail (self->dep_start[self->n_tasks] == self->n_edges, FALSE);

  for (guint32 task = 0; task < self->n_tasks; task++)
    {
      guint32 end = self->dep_start[task + 1];

      g_return_val_if_fail (self->dep_start[task] <= end && end <= self->n_edges, FALSE);
      for (guint32 i = self->dep_start[task]; i < end; i++)
        {
          g_return_val_if_fail (self->deps[i] < self->n_tasks, FALSE);
          counts[self->deps[i]]++;
          if (self->deps[i] >= task)
            *in_order = FALSE;
        }
    }
  return TRUE;
}

static void
fill_dependants (MyrmexGraph *self)
{
  guint32 *start = self->dependant_start;
  guint32 end = 0;

  for (guint32 task = 0; task <= self->n_tasks; task++)
    {
      end += start[task];
      start[task] = end;
    }

  /* Each row is filled from its end, so that its start is where it belongs when all are. */
  for (guint32 task = self->n_tasks; task-- > 0;)
    for (guint32 i = self->dep_start[task + 1]; i-- > self->dep_start[task];)
      self->dependants[--start[self->deps[i]]] = task;
}

static void
measure_in_order (const MyrmexGraph *self,
                  guint32           *paths)
{
  for (guint32 task = 0; task < self->n_tasks; task++)
    paths[task] = 1;
  for (guint32 task = self->n_tasks; task-- > 0;)
    for (guint32 i = self->dep_start[task]; i < self->dep_start[task + 1]; i++)
      paths[self->deps[i]] = MAX (paths[self->deps[i]], paths[task] + 1);
}

/* Takes off those that nothing depends on, again and again. A task that can not be taken off keeps the path 0.
 * `peeled`, if given, is filled with the tasks as they are taken off. Returns how many were. */
static guint32
measure_by_peeling (const MyrmexGraph *self,
                    guint32           *paths,
                    guint32           *peeled)
{
  g_autofree guint32 *open = g_new (guint32, self->n_tasks);
  g_autofree guint32 *own_peeled = NULL;
  guint32 n_peeled = 0;

  if (peeled == NULL)
    peeled = own_peeled = g_new (guint32, self->n_tasks);

  for (guint32 task = 0; task < self->n_tasks; task++)
    {
      paths[task] = 0;
      open[task] = self->dependant_start[task + 1] - self->dependant_start[task];
      if (open[task] == 0)
        peeled[n_peeled++] = task;
    }

  for (guint32 next = 0; next < n_peeled; next++)
    {
      guint32 task = peeled[next];

      /* Up to here this is the longest path of the dependants. */
      paths[task]++;
      for (guint32 i = self->dep_start[task]; i < self->dep_start[task + 1]; i++)
        {
          guint32 dep = self->deps[i];

          paths[dep] = MAX (paths[dep], paths[task]);
          if (--open[dep] == 0)
            peeled[n_peeled++] = dep;
        }
    }

  /* What was not taken off may have been reached. */
  if (n_peeled < self->n_tasks)
    for (guint32 task = 0; task < self->n_tasks; task++)
      if (open[task] != 0)
        paths[task] = 0;

  return n_peeled;
}

/* One whole cycle, as tasks that each depend on the one after, and the last on the first; the least is the
 * first.
 *
 * Every task with path 0 has a dependant with path 0. So going from dependant to dependant never ends, and
 * comes to a task where it was before; what lies between is a cycle. */
static GArray *
find_cycle (const MyrmexGraph *self,
            const guint32     *paths)
{
  g_autofree guint32 *step_of = g_new0 (guint32, self->n_tasks);
  g_autofree guint32 *walk = g_new (guint32, self->n_tasks);
  GArray *cycle = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 n_steps = 0, least, task = 0;

  while (paths[task] != 0)
    task++;

  while (step_of[task] == 0)
    {
      guint32 i = self->dependant_start[task];

      walk[n_steps++] = task;
      step_of[task] = n_steps;
      while (paths[self->dependants[i]] != 0)
        i++;
      task = self->dependants[i];
    }

  guint32 first = step_of[task] - 1;
  guint32 length = n_steps - first;

  least = first;
  for (guint32 i = first; i < n_steps; i++)
    if (walk[i] < walk[least])
      least = i;

  /* The walk went from dependency to dependant; it is told the other way round. */
  for (guint32 i = 0; i < length; i++)
    g_array_append_val (cycle, walk[first + (least - first + length - i) % length]);

  return cycle;
}

/* One stable pass over a digit of the keys. `from` is NULL for the order of definition. */
static void
sort_by_digit (const guint32 *from,
               guint32       *to,
               guint32        n,
               const guint32 *keys,
               guint          shift)
{
  guint32 starts[RADIX_SIZE] = { 0 };
  guint32 start = 0;

  for (guint32 i = 0; i < n; i++)
    starts[keys[i] >> shift & (RADIX_SIZE - 1)]++;
  for (guint32 digit = 0; digit < RADIX_SIZE; digit++)
    {
      guint32 count = starts[digit];

      starts[digit] = start;
      start += count;
    }
  for (guint32 i = 0; i < n; i++)
    {
      guint32 task = from != NULL ? from[i] : i;

      to[starts[keys[task] >> shift & (RADIX_SIZE - 1)]++] = task;
    }
}

static void
sort_by_key (MyrmexGraph   *self,
             const guint32 *keys,
             guint32        max_key,
             gboolean      *is_sorted)
{
  for (guint shift = 0; shift < 32 && max_key >> shift != 0; shift += RADIX_BITS)
    {
      guint32 *order = self->order;

      sort_by_digit (*is_sorted ? order : NULL, self->position, self->n_tasks, keys, shift);
      self->order = self->position;
      self->position = order;
      *is_sorted = TRUE;
    }
}

/* `paths` becomes scratch space. */
static void
sort_positions (MyrmexGraph  *self,
                const gint32 *priorities,
                guint32      *paths)
{
  gint32 max_priority = priorities != NULL ? priorities[0] : 0;
  gint32 min_priority = max_priority;
  gboolean as_defined = TRUE, is_sorted = FALSE;
  guint32 *keys = paths;

  for (guint32 task = 1; task < self->n_tasks; task++)
    {
      gint32 before = priorities != NULL ? priorities[task - 1] : 0;
      gint32 priority = priorities != NULL ? priorities[task] : 0;

      max_priority = MAX (max_priority, priority);
      min_priority = MIN (min_priority, priority);
      if (before < priority || (before == priority && paths[task - 1] < paths[task]))
        as_defined = FALSE;
    }
  if (as_defined)
    return;

  self->order = g_new (guint32, 2 * (gsize) self->n_tasks);
  self->position = self->order + self->n_tasks;

  for (guint32 task = 0; task < self->n_tasks; task++)
    keys[task] = self->longest_path - paths[task];
  sort_by_key (self, keys, self->longest_path, &is_sorted);

  if (max_priority != min_priority)
    {
      for (guint32 task = 0; task < self->n_tasks; task++)
        keys[task] = (guint32) max_priority - (guint32) priorities[task];
      sort_by_key (self, keys, (guint32) max_priority - (guint32) min_priority, &is_sorted);
    }

  for (guint32 position = 0; position < self->n_tasks; position++)
    self->position[self->order[position]] = position;
}

/* Works out all the rest from dep_start and deps.
 *
 * `priorities` may be NULL: all the same. FALSE is returned for a cycle, which is then put into `cycle`; and
 * for rows that are no rows, which is a programming error. */
gboolean
myrmex_graph_build (MyrmexGraph   *self,
                    const gint32  *priorities,
                    GArray       **cycle)
{
  g_autofree guint32 *paths = NULL;
  gboolean in_order;

  if (cycle != NULL)
    *cycle = NULL;
  if (!count_dependants (self, &in_order))
    return FALSE;
  fill_dependants (self);
  if (self->n_tasks == 0)
    return TRUE;

  paths = g_new (guint32, self->n_tasks);
  if (in_order)
    {
      measure_in_order (self, paths);
    }
  else if (measure_by_peeling (self, paths, NULL) < self->n_tasks)
    {
      if (cycle != NULL)
        *cycle = find_cycle (self, paths);
      return FALSE;
    }

  for (guint32 task = 0; task < self->n_tasks; task++)
    self->longest_path = MAX (self->longest_path, paths[task]);
  sort_positions (self, priorities, paths);
  return TRUE;
}

/* For each task, how many tasks the longest way from it to an end has, itself included. */
guint32 *
myrmex_graph_dup_paths (const MyrmexGraph *self)
{
  guint32 *paths = g_new (guint32, self->n_tasks);

  measure_by_peeling (self, paths, NULL);
  return paths;
}

/* All tasks, each after those it depends on. */
guint32 *
myrmex_graph_dup_topology (const MyrmexGraph *self)
{
  g_autofree guint32 *paths = g_new (guint32, self->n_tasks);
  guint32 *topology = g_new (guint32, self->n_tasks);

  measure_by_peeling (self, paths, topology);
  for (guint32 i = 0; i < self->n_tasks / 2; i++)
    {
      guint32 task = topology[i];

      topology[i] = topology[self->n_tasks - 1 - i];
      topology[self->n_tasks - 1 - i] = task;
    }
  return topology;
}
