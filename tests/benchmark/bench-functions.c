/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a task costs whole - added, planned, run, its result kept, freed again - when its function does nothing, beside
 * peers that know nothing of names, results, status, retries or events. Names are made beforehand. The best of several
 * rounds, since the first touches fresh pages of memory.
 *
 * Usage: bench-functions [TASKS [FOLDER-OF-PEERS]] */

#include <stdlib.h>

#include <myrmex.h>

#include "bench-row.h"
#include "peers/peer-graph.h"

#define N_ROUNDS    4
#define PEER_ROUNDS "2"
#define NAME_BYTES  16

static const struct
{
  const char *program;
  const char *name;
} peers[] = {
  { "peer-tbb", "oneTBB flow graph" },
  { "peer-openmp", "OpenMP tasks" },
  { "peer-threadpool", "GThreadPool" },
};

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

/* In nanoseconds. */
static double
measure (PeerShape shape,
         guint     n,
         char    (*names)[NAME_BYTES],
         gboolean  with_progress)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow;
  MyrmexRun *run;
  gint64 begin = peer_now ();
  guint n_events = 0;
  GWeakRef gone;

  workflow = myrmex_workflow_new (peer_shape_names[shape]);
  for (guint i = 0; i < n; i++)
    {
      MyrmexTask *task = myrmex_workflow_add_function (workflow, names[i], do_nothing, NULL, NULL);
      guint32 dependencies[PEER_MAX_DEPENDENCIES];
      const guint32 count = peer_dependencies (shape, n, i, dependencies);

      for (guint32 j = 0; j < count; j++)
        myrmex_task_add_dependency (task, names[dependencies[j]]);
    }
  if (with_progress)
    g_signal_connect (workflow, "progress", G_CALLBACK (progress_cb), &n_events);

  run = myrmex_workflow_run (workflow, NULL, &error);
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
  return (double) (peer_now () - begin);
}

/* 0: it is not there. */
static double
ask_peer (const char *folder,
          const char *program,
          PeerShape   shape,
          guint       n)
{
  g_autofree char *path = g_build_filename (folder, program, NULL);
  g_autofree char *count = g_strdup_printf ("%u", n);
  g_autofree char *output = NULL;
  char *argv[] = { path, (char *) peer_shape_names[shape], count, (char *) PEER_ROUNDS, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return 0;
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return g_ascii_strtod (output, NULL);
}

/* All in turn, since the machine may get busier meanwhile. */
static void
report (PeerShape   shape,
        guint       n,
        char      (*names)[NAME_BYTES],
        const char *folder)
{
  g_autofree char *what = g_strdup_printf ("%u functions, %s", n, peer_shape_names[shape]);
  g_autofree char *again = g_strdup_printf ("- %s", peer_shape_names[shape]);
  double theirs[G_N_ELEMENTS (peers)];
  double ours = G_MAXDOUBLE;

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      ours = MIN (ours, measure (shape, n, names, FALSE) / n);
      for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (peers); i++)
        {
          const double cost = ask_peer (folder, peers[i].program, shape, n);

          theirs[i] = round == 0 ? cost : MIN (theirs[i], cost);
        }
    }

  bench_row (&(BenchRow) { .what = what, .unit = "ns a task", .ours = ours, .budget = 500 });
  for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (peers); i++)
    bench_row (&(BenchRow) { .what = again, .unit = "ns a task", .ours = ours, .peer = peers[i].name,
                             .theirs = theirs[i] });
}

int
main (int    argc,
      char **argv)
{
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 1000000;
  const char *folder = argc > 2 ? argv[2] : NULL;
  char (*names)[NAME_BYTES] = g_malloc_n (n, NAME_BYTES);
  double told = G_MAXDOUBLE;

  for (guint i = 0; i < n; i++)
    g_snprintf (names[i], NAME_BYTES, "t%u", i);

  for (PeerShape shape = 0; shape < PEER_N_SHAPES; shape++)
    report (shape, n, names, folder);
  for (guint round = 0; round < N_ROUNDS; round++)
    told = MIN (told, measure (PEER_WIDE, n, names, TRUE) / n);
  bench_row (&(BenchRow) { .what = "- wide, with a progress handler connected", .unit = "ns a task", .ours = told,
                           .budget = 2000 });

  g_free (names);
  return 0;
}
