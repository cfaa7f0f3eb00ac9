/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A definition of 100,000 tasks and 200,000 dependencies, from text to a plan. Half of the tasks run a command, as in
 * a definition that people have made by a program; the rest does nothing. */

#include <malloc.h>
#include <stdlib.h>

#include <myrmex.h>

#include "bench-row.h"

#define N_ROUNDS 3

static char *
write_definition (guint n)
{
  GString *text = g_string_new ("{ \"myrmex\": 1, \"name\": \"large\", \"tasks\": {\n");

  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (text, "  \"t%u\": { ", i);
      if (i % 2 == 0)
        g_string_append_printf (text, "\"command\": [\"echo\", \"%u\"]", i);
      else
        g_string_append (text, "\"noop\": {}");
      if (i > 1)
        g_string_append_printf (text, ", \"dependencies\": [\"t%u\", \"t%u\"]", i / 2, i - 1);
      g_string_append (text, i + 1 < n ? " },\n" : " }\n");
    }
  g_string_append (text, "} }\n");
  return g_string_free (text, FALSE);
}

static gsize
count_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

int
main (int    argc,
      char **argv)
{
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 100000;
  g_autofree char *text = write_definition (n);
  double best = G_MAXDOUBLE, best_load = 0;
  g_autofree char *what = NULL;
  gsize bytes = 0;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexWorkflow) workflow = NULL;
      g_autoptr (MyrmexPlan) plan = NULL;
      gsize before = count_bytes ();
      gint64 begin = g_get_monotonic_time ();
      gint64 loaded, planned;

      workflow = myrmex_workflow_new_from_json (text, -1, "large.json", &error);
      g_assert_no_error (error);
      loaded = g_get_monotonic_time ();
      plan = myrmex_plan_new (workflow, &error);
      g_assert_no_error (error);
      planned = g_get_monotonic_time ();

      g_assert_cmpuint (myrmex_plan_get_n_tasks (plan), ==, n);
      bytes = count_bytes () - before;
      if ((double) (planned - begin) < best)
        {
          best = (double) (planned - begin);
          best_load = (double) (loaded - begin);
        }
    }

  what = g_strdup_printf ("definition of %u tasks, JSON to plan", n);
  bench_row (&(BenchRow) { .what = what, .unit = "s", .ours = best / G_USEC_PER_SEC, .budget = 1 });
  bench_row (&(BenchRow) { .what = "- of it to the workflow", .unit = "s", .ours = best_load / G_USEC_PER_SEC });
  bench_row (&(BenchRow) { .what = "- memory, workflow and plan", .unit = "bytes a task", .ours = (double) bytes / n,
                           .budget = 500 });
  return 0;
}
