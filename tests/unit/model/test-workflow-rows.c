/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "model/myrmex-workflow-rows-private.h"

static void
missing_cb (MyrmexWorkflow *workflow,
            guint32         task,
            const char     *dependency,
            gpointer        data)
{
  g_ptr_array_add (data, myrmex_workflow_describe_missing (workflow, task, dependency));
}

static void
test_rows (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  MyrmexGraph graph;
  MyrmexTask *last;

  myrmex_task_add_dependency (myrmex_workflow_add_noop (workflow, "a"), "b");
  myrmex_workflow_add_noop (workflow, "b");
  last = myrmex_workflow_add_noop (workflow, "c");
  myrmex_task_add_dependency (last, "b");
  myrmex_task_add_dependency (last, "a");
  myrmex_task_add_dependency (last, "b");

  myrmex_workflow_fill_graph (workflow, &graph, missing_cb, missing);
  g_assert_cmpuint (missing->len, ==, 0);
  g_assert_cmpuint (graph.n_tasks, ==, 3);
  g_assert_cmpuint (graph.n_edges, ==, 3);
  g_assert_cmpuint (graph.dep_start[1], ==, 1);
  g_assert_cmpuint (graph.dep_start[2], ==, 1);
  g_assert_cmpuint (graph.deps[0], ==, 1);
  g_assert_cmpuint (graph.deps[1], ==, 1);
  g_assert_cmpuint (graph.deps[2], ==, 0);
  g_assert_true (myrmex_graph_build (&graph, NULL, NULL));
  myrmex_graph_clear (&graph);
}

/* A list that is too long to be checked while it grows is checked here. */
static void
test_doubled (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  MyrmexTask *last = myrmex_workflow_add_noop (workflow, "last");
  MyrmexGraph graph;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i % 100);

      if (i < 100)
        myrmex_workflow_add_noop (workflow, name);
      myrmex_task_add_dependency (last, name);
    }

  myrmex_workflow_fill_graph (workflow, &graph, missing_cb, missing);
  g_assert_cmpuint (graph.n_edges, ==, 100);
  g_assert_true (myrmex_graph_build (&graph, NULL, NULL));
  myrmex_graph_clear (&graph);
}

static void
test_missing (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "fetch_datas");
  MyrmexGraph graph;

  myrmex_workflow_add_noop (workflow, "fetch_data");
  myrmex_task_add_dependency (task, "fetch_dat");
  myrmex_task_add_dependency (task, "fetch_data");
  myrmex_task_add_dependency (task, "moon");

  myrmex_workflow_fill_graph (workflow, &graph, missing_cb, missing);
  g_assert_cmpuint (graph.n_edges, ==, 1);
  g_assert_cmpuint (missing->len, ==, 2);
  g_assert_cmpstr (missing->pdata[0], ==,
                   "Task “fetch_datas” depends on “fetch_dat”, which does not exist; did you mean “fetch_data”?");
  g_assert_cmpstr (missing->pdata[1], ==, "Task “fetch_datas” depends on “moon”, which does not exist");
  myrmex_graph_clear (&graph);
}

static char *
describe_ring (guint n)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GArray) cycle = NULL;
  MyrmexGraph graph;
  char *text;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autofree char *next = g_strdup_printf ("t%u", (i + 1) % n);

      myrmex_task_add_dependency (myrmex_workflow_add_noop (workflow, name), next);
    }

  myrmex_workflow_fill_graph (workflow, &graph, missing_cb, NULL);
  g_assert_false (myrmex_graph_build (&graph, NULL, &cycle));
  text = myrmex_workflow_describe_cycle (workflow, cycle);
  myrmex_graph_clear (&graph);
  return text;
}

static void
test_cycle (void)
{
  static const struct
  {
    guint       n;
    const char *message;
  } cases[] = {
    { 1, "The dependencies form a cycle: t0 → t0" },
    { 3, "The dependencies form a cycle: t0 → t1 → t2 → t0" },
    { 20, "The dependencies form a cycle: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → t10 → t11 → t12 → t13 → "
          "t14 → t15 → t16 → t17 → t18 → t19 → t0" },
    { 22, "The dependencies form a cycle: t0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → … (2 more) … → t12 → "
          "t13 → t14 → t15 → t16 → t17 → t18 → t19 → t20 → t21 → t0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = describe_ring (cases[i].n);

      g_assert_cmpstr (text, ==, cases[i].message);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workflow-rows/rows", test_rows);
  g_test_add_func ("/workflow-rows/doubled", test_doubled);
  g_test_add_func ("/workflow-rows/missing", test_missing);
  g_test_add_func ("/workflow-rows/cycle", test_cycle);

  return g_test_run ();
}
