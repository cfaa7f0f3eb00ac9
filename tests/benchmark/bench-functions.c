/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a task costs whole - added, planned, run, its result kept, freed again - when its function does nothing. Names
 * are made beforehand. The best of several rounds, since the first touches fresh pages of memory. */

#include <stdlib.h>

#include <myrmex.h>

#define N_ROUNDS     5
#define LAYER_WIDTH  1000
#define NAME_BYTES   16

typedef enum
{
  SHAPE_WIDE,      /* no dependencies */
  SHAPE_CHAIN,     /* each on the one before it */
  SHAPE_LAYERED,   /* layers of a thousand, each task on two of the layer before it */
  N_SHAPES
} Shape;

static const char * const shape_names[] = { "wide", "chain", "layered" };

typedef struct
{
  double add;
  double run;
  double whole;
} Cost;   /* ns a task */

static GVariant *
do_nothing (MyrmexTaskContext  *context,
            gpointer            user_data,
            GError            **error)
{
  return NULL;
}

static void
progress_cb (MyrmexWorkflow *workflow,
             const char     *task_name,
             const char     *status,
             GVariant       *details,
             gpointer        count)
{
  ++*(guint *) count;
}

static void
add_dependencies (MyrmexTask *task,
                  Shape       shape,
                  guint       i,
                  char      (*names)[NAME_BYTES])
{
  if (shape == SHAPE_CHAIN && i > 0)
    myrmex_task_add_dependency (task, names[i - 1]);
  if (shape == SHAPE_LAYERED && i >= LAYER_WIDTH)
    {
      guint layer = i / LAYER_WIDTH - 1;

      myrmex_task_add_dependency (task, names[layer * LAYER_WIDTH + i % LAYER_WIDTH]);
      myrmex_task_add_dependency (task, names[layer * LAYER_WIDTH + (i + 1) % LAYER_WIDTH]);
    }
}

static Cost
measure (Shape    shape,
         guint    n,
         char   (*names)[NAME_BYTES],
         gboolean with_progress)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow;
  MyrmexRun *run;
  gint64 begin, added, ran, freed;
  guint n_events = 0;
  GWeakRef gone;

  begin = g_get_monotonic_time ();
  workflow = myrmex_workflow_new (shape_names[shape]);
  for (guint i = 0; i < n; i++)
    add_dependencies (myrmex_workflow_add_function (workflow, names[i], do_nothing, NULL, NULL), shape, i, names);
  if (with_progress)
    g_signal_connect (workflow, "progress", G_CALLBACK (progress_cb), &n_events);
  added = g_get_monotonic_time ();

  run = myrmex_workflow_run (workflow, NULL, &error);
  ran = g_get_monotonic_time ();
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, n);
  if (with_progress)
    g_assert_cmpuint (n_events, ==, 2 * n + 2);

  /* A worker may be the last to let go. */
  g_weak_ref_init (&gone, workflow);
  g_object_unref (run);
  g_object_unref (workflow);
  while ((workflow = g_weak_ref_get (&gone)) != NULL)
    g_object_unref (workflow);
  g_weak_ref_clear (&gone);
  freed = g_get_monotonic_time ();

  return (Cost) {
    .add = (double) (added - begin) * 1000 / n,
    .run = (double) (ran - added) * 1000 / n,
    .whole = (double) (freed - begin) * 1000 / n,
  };
}

static void
report (const char *name,
        Shape       shape,
        guint       n,
        char      (*names)[NAME_BYTES],
        gboolean    with_progress,
        double      budget)
{
  Cost best = { .whole = G_MAXDOUBLE };

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      Cost cost = measure (shape, n, names, with_progress);

      if (cost.whole < best.whole)
        best = cost;
    }
  g_print ("%-28s %8u  %6.0f %6.0f %6.0f   %6.0f  %5.2f\n", name, n, best.add, best.run, best.whole, budget,
           best.whole / budget);
}

int
main (int    argc,
      char **argv)
{
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 1000000;
  char (*names)[NAME_BYTES] = g_malloc_n (n, NAME_BYTES);

  for (guint i = 0; i < n; i++)
    g_snprintf (names[i], NAME_BYTES, "t%u", i);

  g_print ("%-28s %8s  %6s %6s %6s   %6s  %5s\n", "functions, ns a task", "tasks", "add", "run", "whole", "budget",
           "ratio");
  for (guint shape = 0; shape < N_SHAPES; shape++)
    report (shape_names[shape], shape, n, names, FALSE, 500);
  report ("wide, progress connected", SHAPE_WIDE, n, names, TRUE, 2000);

  g_free (names);
  return 0;
}
