/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/myrmex-scheduler-private.h"
#include "plan-fixture.h"

/* What the graph and the scheduler cost by themselves, per task: no thread, no lock, no object for a task.
 *
 * Usage: bench-scheduler [TASKS [SHAPE]] */

#define DEFAULT_TASKS (1000000)
#define LAYER         (1000)
#define MAX_DEPS      (2)
#define REPEAT        (5)

/* Fills in on what a task depends, and returns how many those are. */
typedef guint32 (*DepsFunc) (guint32  task,
                             guint32  n_tasks,
                             guint32 *deps);

static guint32
wide_deps (guint32  task,
           guint32  n_tasks,
           guint32 *deps)
{
  return 0;
}

static guint32
chain_deps (guint32  task,
            guint32  n_tasks,
            guint32 *deps)
{
  deps[0] = task - 1;
  return task > 0 ? 1 : 0;
}

static guint32
reverse_chain_deps (guint32  task,
                    guint32  n_tasks,
                    guint32 *deps)
{
  deps[0] = task + 1;
  return task + 1 < n_tasks ? 1 : 0;
}

static guint32
layered_deps (guint32  task,
              guint32  n_tasks,
              guint32 *deps)
{
  guint32 column = task % LAYER;

  if (task < LAYER)
    return 0;
  deps[0] = task - LAYER;
  deps[1] = task - LAYER - column + (column * 7 + 1) % LAYER;
  return 2;
}

/* Each task a child of one half its number. */
static guint32
tree_deps (guint32  task,
           guint32  n_tasks,
           guint32 *deps)
{
  deps[0] = (task - 1) / 2;
  return task > 0 ? 1 : 0;
}

typedef struct
{
  const char *name;
  DepsFunc    deps;
  gboolean    mixed;    /* defined in no order at all */
  gboolean    timeouts;
} Shape;

static const Shape shapes[] = {
  { "wide",            wide_deps,          FALSE, FALSE },
  { "chain",           chain_deps,         FALSE, FALSE },
  { "chain, reversed", reverse_chain_deps, FALSE, FALSE },
  { "layered",         layered_deps,       FALSE, FALSE },
  { "binary tree",     tree_deps,          FALSE, FALSE },
  { "layered, mixed",  layered_deps,       TRUE,  FALSE },
  { "layered, timed",  layered_deps,       FALSE, TRUE  },
};

/* A random order of the tasks, the same each time. */
static guint32 *
mix (guint32 n)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint32 *names = g_new (guint32, n);

  for (guint32 i = 0; i < n; i++)
    {
      guint32 j = (guint32) g_rand_int_range (random, 0, (gint32) i + 1);

      names[i] = names[j];
      names[j] = i;
    }
  return names;
}

static MyrmexPlan *
make_rows (const Shape *shape,
           guint32      n)
{
  MyrmexPlan *plan = plan_fixture_new (n, n * MAX_DEPS);
  g_autofree guint32 *name_of = shape->mixed ? mix (n) : NULL;
  g_autofree guint32 *task_of = shape->mixed ? g_new (guint32, n) : NULL;
  guint32 n_edges = 0;

  for (guint32 task = 0; shape->mixed && task < n; task++)
    task_of[name_of[task]] = task;

  for (guint32 i = 0; i < n; i++)
    {
      guint32 deps[MAX_DEPS];
      guint32 n_deps = shape->deps (shape->mixed ? task_of[i] : i, n, deps);

      for (guint32 d = 0; d < n_deps; d++)
        plan->graph.deps[n_edges++] = shape->mixed ? name_of[deps[d]] : deps[d];
      plan->graph.dep_start[i + 1] = n_edges;
    }
  plan->graph.n_edges = n_edges;

  if (shape->timeouts)
    {
      plan->timeouts = g_new (gint64, n);
      for (guint32 i = 0; i < n; i++)
        plan->timeouts[i] = 30 * G_USEC_PER_SEC;
    }
  return plan;
}

static gsize
count_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* As a worker does: what it has done goes in, what comes next it does itself. Up to 64 are under way at
 * once. */
static void
run (const MyrmexPlan *plan,
     gsize            *bytes)
{
  gsize bytes_before = count_bytes ();
  static const MyrmexOutcome success = { .success = TRUE };
  g_autoptr (MyrmexScheduler) scheduler = myrmex_scheduler_new (plan, 0);
  guint32 tasks[64], n = 0;
  MyrmexNotice notice;
  gint64 now = 0;

  *bytes = count_bytes () - bytes_before;
  myrmex_scheduler_start (scheduler, now);
  do
    {
      while (n < G_N_ELEMENTS (tasks) &&
             myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, now, &tasks[n]))
        n++;
      now++;
      for (guint32 i = 0; i < n; i++)
        myrmex_scheduler_attempt_ended (scheduler, tasks[i], &success, now);
      n = 0;
    }
  while (!myrmex_scheduler_next_notice (scheduler, &notice));

  g_assert_cmpint (notice.run_status, ==, MYRMEX_RUN_STATUS_COMPLETED);
}

static double
per_task (gint64  us,
          guint32 n)
{
  return (double) us * 1000 / n;
}

/* `cold` is the first time, on memory that the process has never touched. */
static void
measure (const Shape *shape,
         guint32      n)
{
  gint64 builds[REPEAT], runs[REPEAT];
  gsize plan_bytes = 0, run_bytes = 0;

  for (guint i = 0; i < REPEAT; i++)
    {
      gsize bytes = count_bytes ();
      g_autoptr (PlanFixture) plan = make_rows (shape, n);
      gint64 begin = g_get_monotonic_time ();

      plan_fixture_build (plan, NULL);
      builds[i] = g_get_monotonic_time () - begin;
      plan_bytes = count_bytes () - bytes;

      begin = g_get_monotonic_time ();
      run (plan, &run_bytes);
      runs[i] = g_get_monotonic_time () - begin;
    }

  gint64 build = builds[0], ran = runs[0];
  for (guint i = 1; i < REPEAT; i++)
    {
      build = MIN (build, builds[i]);
      ran = MIN (ran, runs[i]);
    }

  printf ("%-16s %8u tasks: build %5.1f (cold %5.1f), run %5.1f (cold %5.1f) ns a task; ",
          shape->name, n, per_task (build, n), per_task (builds[0], n),
          per_task (ran, n), per_task (runs[0], n));
  printf ("plan %3.0f, run %3.0f bytes a task\n", (double) plan_bytes / n, (double) run_bytes / n);
}

int
main (int    argc,
      char **argv)
{
  guint64 n = argc > 1 ? g_ascii_strtoull (argv[1], NULL, 10) : DEFAULT_TASKS;

  if (n == 0 || n > G_MAXINT32 / MAX_DEPS)
    {
      fprintf (stderr, "Usage: bench-scheduler [TASKS [SHAPE]]\n");
      return 2;
    }

  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (argc < 3 || g_str_equal (argv[2], shapes[i].name))
      measure (&shapes[i], (guint32) n);
  return 0;
}
