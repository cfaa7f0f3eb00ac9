/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-graph-private.h"

/* Rows as a list of { task, dependency }, in any order. */
typedef struct
{
  guint32 task;
  guint32 dep;
} Edge;

static void
fill (MyrmexGraph *graph,
      guint32      n_tasks,
      const Edge  *edges,
      guint32      n_edges)
{
  guint32 n = 0;

  myrmex_graph_init (graph, n_tasks, n_edges);
  for (guint32 task = 0; task < n_tasks; task++)
    {
      graph->dep_start[task] = n;
      for (guint32 i = 0; i < n_edges; i++)
        if (edges[i].task == task)
          graph->deps[n++] = edges[i].dep;
    }
  graph->dep_start[n_tasks] = n;
}

static gboolean
depends (const MyrmexGraph *graph,
         guint32            task,
         guint32            dep)
{
  for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
    if (graph->deps[i] == dep)
      return TRUE;
  return FALSE;
}

static void
test_graph_empty (void)
{
  MyrmexGraph graph;
  GArray *cycle = NULL;

  fill (&graph, 0, NULL, 0);
  g_assert_true (myrmex_graph_build (&graph, NULL, &cycle));
  g_assert_null (cycle);
  g_assert_cmpint (graph.longest_path, ==, 0);
  myrmex_graph_clear (&graph);
}

static void
test_graph_diamond (void)
{
  static const Edge edges[] = { { 1, 0 }, { 2, 0 }, { 3, 1 }, { 3, 2 } };
  MyrmexGraph graph;

  fill (&graph, 4, edges, G_N_ELEMENTS (edges));
  g_assert_true (myrmex_graph_build (&graph, NULL, NULL));
  g_assert_cmpint (graph.dependant_start[1] - graph.dependant_start[0], ==, 2);
  g_assert_cmpint (graph.dependants[0], ==, 1);
  g_assert_cmpint (graph.dependants[1], ==, 2);
  g_assert_cmpint (graph.dependants[2], ==, 3);
  g_assert_cmpint (graph.dependants[3], ==, 3);
  g_assert_cmpint (graph.dependant_start[4], ==, 4);
  g_assert_cmpint (graph.longest_path, ==, 3);
  g_assert_null (graph.order);
  myrmex_graph_clear (&graph);
}

/* Higher priority, then longer path, then definition. */
static void
test_graph_order (void)
{
  /* 0 and 1 are alone, 2 <- 3 <- 4 is a chain, 5 is alone. */
  static const Edge edges[] = { { 3, 2 }, { 4, 3 } };
  static const gint32 priorities[] = { 0, 7, 0, G_MININT32, 0, G_MAXINT32 };
  static const guint32 expected[] = { 5, 1, 2, 0, 4, 3 };
  MyrmexGraph graph;

  fill (&graph, 6, edges, G_N_ELEMENTS (edges));
  g_assert_true (myrmex_graph_build (&graph, priorities, NULL));
  for (guint32 position = 0; position < 6; position++)
    {
      g_assert_cmpint (myrmex_graph_get_task_at (&graph, position), ==, expected[position]);
      g_assert_cmpint (myrmex_graph_get_position (&graph, expected[position]), ==, position);
    }
  myrmex_graph_clear (&graph);
}

static void
check_cycle (const MyrmexGraph *graph,
             const GArray      *cycle)
{
  g_assert_nonnull (cycle);
  g_assert_cmpint (cycle->len, >, 0);
  for (guint i = 0; i < cycle->len; i++)
    {
      guint32 task = g_array_index (cycle, guint32, i);

      g_assert_true (depends (graph, task, g_array_index (cycle, guint32, (i + 1) % cycle->len)));
      g_assert_cmpint (g_array_index (cycle, guint32, 0), <=, task);
      for (guint j = 0; j < i; j++)
        g_assert_cmpint (g_array_index (cycle, guint32, j), !=, task);
    }
}

static void
test_graph_cycles (void)
{
  static const Edge self[] = { { 0, 0 } };
  static const Edge two[] = { { 1, 2 }, { 2, 1 }, { 3, 2 }, { 1, 0 } };
  /* 0 <- 1 <- 2 <- 4 <- 3 <- 1, and things before and behind it. */
  static const Edge long_one[] = { { 1, 0 }, { 2, 1 }, { 4, 2 }, { 3, 4 }, { 1, 3 }, { 5, 4 }, { 6, 5 } };
  static const struct
  {
    guint32     n_tasks;
    const Edge *edges;
    guint32     n_edges;
    guint32     cycle[4];
    guint       length;
  } rows[] = {
    { 1, self, G_N_ELEMENTS (self), { 0 }, 1 },
    { 4, two, G_N_ELEMENTS (two), { 1, 2 }, 2 },
    { 7, long_one, G_N_ELEMENTS (long_one), { 1, 3, 4, 2 }, 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GArray) cycle = NULL;
      MyrmexGraph graph;

      fill (&graph, rows[i].n_tasks, rows[i].edges, rows[i].n_edges);
      g_assert_false (myrmex_graph_build (&graph, NULL, &cycle));
      check_cycle (&graph, cycle);
      g_assert_cmpmem (cycle->data, cycle->len * sizeof (guint32),
                       rows[i].cycle, rows[i].length * sizeof (guint32));
      myrmex_graph_clear (&graph);
    }
}

/* The path of each task by its definition; 0 if there is none, since it is on or before a cycle. */
static void
measure_slowly (const MyrmexGraph *graph,
                guint32           *paths)
{
  gboolean changed = TRUE;

  for (guint32 task = 0; task < graph->n_tasks; task++)
    paths[task] = 1;
  for (guint32 round = 0; changed && round <= graph->n_tasks; round++)
    {
      changed = FALSE;
      for (guint32 task = 0; task < graph->n_tasks; task++)
        for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
          if (paths[graph->deps[i]] < paths[task] + 1)
            {
              paths[graph->deps[i]] = paths[task] + 1;
              changed = TRUE;
            }
    }
  if (changed)
    paths[0] = 0;
}

static gboolean
comes_before (const gint32  *priorities,
              const guint32 *paths,
              guint32        a,
              guint32        b)
{
  if (priorities[a] != priorities[b])
    return priorities[a] > priorities[b];
  if (paths[a] != paths[b])
    return paths[a] > paths[b];
  return a < b;
}

static void
check_built (const MyrmexGraph *graph,
             const gint32      *priorities,
             const guint32     *paths)
{
  g_autofree guint32 *own_paths = myrmex_graph_dup_paths (graph);
  g_autofree guint32 *topology = myrmex_graph_dup_topology (graph);
  g_autofree gboolean *seen = g_new0 (gboolean, graph->n_tasks);
  guint32 n_dependants = 0, longest = 0;

  for (guint32 task = 0; task < graph->n_tasks; task++)
    {
      g_assert_cmpint (own_paths[task], ==, paths[task]);
      longest = MAX (longest, paths[task]);
      for (guint32 i = graph->dependant_start[task]; i < graph->dependant_start[task + 1]; i++)
        {
          g_assert_true (depends (graph, graph->dependants[i], task));
          n_dependants++;
        }
    }
  g_assert_cmpint (n_dependants, ==, graph->n_edges);
  g_assert_cmpint (graph->longest_path, ==, longest);

  for (guint32 position = 0; position < graph->n_tasks; position++)
    {
      guint32 task = myrmex_graph_get_task_at (graph, position);

      g_assert_cmpint (myrmex_graph_get_position (graph, task), ==, position);
      if (position > 0)
        g_assert_true (comes_before (priorities, paths, myrmex_graph_get_task_at (graph, position - 1), task));

      for (guint32 i = graph->dep_start[topology[position]]; i < graph->dep_start[topology[position] + 1]; i++)
        g_assert_true (seen[graph->deps[i]]);
      g_assert_false (seen[topology[position]]);
      seen[topology[position]] = TRUE;
    }
}

/* Small random graphs, half of them defined from top to bottom, with and without cycles, against plain
 * counting. */
static void
test_graph_random (void)
{
  g_autoptr (GRand) numbers = g_rand_new_with_seed (1);
  guint n_cycles = 0;

  for (guint i = 0; i < 4000; i++)
    {
      guint32 n = (guint32) g_rand_int_range (numbers, 1, 20);
      guint32 n_edges = (guint32) g_rand_int_range (numbers, 0, 2 * (gint32) n);
      gboolean in_order = g_rand_boolean (numbers), same_priority = g_rand_boolean (numbers);
      g_autofree Edge *edges = g_new (Edge, n_edges);
      g_autofree gint32 *priorities = g_new0 (gint32, n);
      g_autofree guint32 *paths = g_new (guint32, n);
      g_autoptr (GArray) cycle = NULL;
      MyrmexGraph graph;

      for (guint32 task = 0; task < n && !same_priority; task++)
        priorities[task] = g_rand_boolean (numbers) ? g_rand_int_range (numbers, -2, 3)
                                                    : (gint32) g_rand_int (numbers);
      for (guint32 e = 0; e < n_edges; e++)
        {
          edges[e].task = (guint32) g_rand_int_range (numbers, 0, (gint32) n);
          edges[e].dep = (guint32) g_rand_int_range (numbers, 0, (gint32) n);
          if (in_order && edges[e].dep >= edges[e].task)
            {
              edges[e].task = n - 1;
              edges[e].dep = edges[e].dep == n - 1 ? 0 : edges[e].dep;
              if (n == 1)
                n_edges = 0;
            }
        }

      fill (&graph, n, edges, n_edges);
      measure_slowly (&graph, paths);
      if (myrmex_graph_build (&graph, same_priority && g_rand_boolean (numbers) ? NULL : priorities, &cycle))
        {
          g_assert_null (cycle);
          check_built (&graph, priorities, paths);
        }
      else
        {
          n_cycles++;
          g_assert_cmpint (paths[0], ==, 0);
          check_cycle (&graph, cycle);
        }
      myrmex_graph_clear (&graph);
    }

  g_assert_cmpint (n_cycles, >, 100);
  g_assert_cmpint (n_cycles, <, 3000);
}

/* The origin's cycle check recursed, and failed at 1,000. */
static void
test_graph_long_chains (void)
{
  const guint32 n = 1000000;

  for (guint closed = 0; closed < 2; closed++)
    {
      g_autoptr (GArray) cycle = NULL;
      MyrmexGraph graph;

      /* Each depends on the one defined after it. */
      myrmex_graph_init (&graph, n, n - 1 + closed);
      for (guint32 task = 0; task < n; task++)
        {
          graph.dep_start[task] = task;
          if (task < graph.n_edges)
            graph.deps[task] = (task + 1) % n;
        }
      graph.dep_start[n] = graph.n_edges;

      g_assert_cmpint (myrmex_graph_build (&graph, NULL, &cycle), ==, closed == 0);
      if (closed)
        {
          g_assert_cmpint (cycle->len, ==, n);
          for (guint32 i = 0; i < n; i++)
            g_assert_cmpint (g_array_index (cycle, guint32, i), ==, i);
        }
      else
        {
          g_assert_cmpint (graph.longest_path, ==, n);
          g_assert_cmpint (myrmex_graph_get_task_at (&graph, 0), ==, n - 1);
          g_assert_cmpint (myrmex_graph_get_position (&graph, 0), ==, n - 1);
        }
      myrmex_graph_clear (&graph);
    }
}

/* Rows that are no rows are a programming error, and not a crash. */
static void
test_graph_bad_rows (void)
{
  static const Edge beyond[] = { { 1, 2 } };
  static const Edge good[] = { { 1, 0 } };
  MyrmexGraph graph;

  fill (&graph, 2, beyond, 1);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*deps*n_tasks*");
  g_assert_false (myrmex_graph_build (&graph, NULL, NULL));
  g_test_assert_expected_messages ();
  myrmex_graph_clear (&graph);

  fill (&graph, 2, good, 1);
  graph.dep_start[1] = 2;
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*dep_start*");
  g_assert_false (myrmex_graph_build (&graph, NULL, NULL));
  g_test_assert_expected_messages ();
  myrmex_graph_clear (&graph);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/model/graph/empty", test_graph_empty);
  g_test_add_func ("/model/graph/diamond", test_graph_diamond);
  g_test_add_func ("/model/graph/order", test_graph_order);
  g_test_add_func ("/model/graph/cycles", test_graph_cycles);
  g_test_add_func ("/model/graph/random", test_graph_random);
  g_test_add_func ("/model/graph/long-chains", test_graph_long_chains);
  g_test_add_func ("/model/graph/bad-rows", test_graph_bad_rows);
  return g_test_run ();
}
