/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many commands that do nothing, with their logs and results, against make and ninja running the same. ninja gives
 * each of its commands to a shell, so it is measured against tasks that do.
 *
 * Usage: bench-commands [COMMANDS] */

#include <stdlib.h>
#include <sys/resource.h>

#include <glib/gstdio.h>
#include <myrmex.h>

#include "bench-row.h"

#define N_ROUNDS 3

typedef struct
{
  double wall;       /* seconds */
  double processor;  /* of this process and its children, seconds */
} Cost;

typedef struct
{
  guint       n;
  char       *folder;
} Bench;

typedef void (*RunFunc) (Bench *self);

static double
seconds (struct timeval time)
{
  return (double) time.tv_sec + (double) time.tv_usec / G_USEC_PER_SEC;
}

static double
processor_time (void)
{
  struct rusage own, children;

  getrusage (RUSAGE_SELF, &own);
  getrusage (RUSAGE_CHILDREN, &children);
  return seconds (own.ru_utime) + seconds (own.ru_stime) + seconds (children.ru_utime) + seconds (children.ru_stime);
}

static void
add_command (MyrmexWorkflow *workflow,
             const char     *name)
{
  myrmex_workflow_add_command (workflow, name, "true", NULL);
}

static void
add_shell (MyrmexWorkflow *workflow,
           const char     *name)
{
  myrmex_workflow_add_shell (workflow, name, "true", NULL);
}

static void
run_workflow (Bench *self,
              void (*add) (MyrmexWorkflow *workflow, const char *name))
{
  g_autoptr (MyrmexRunner) runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", 2, NULL);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("commands");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->n; i++)
    {
      char name[16];

      g_snprintf (name, sizeof name, "t%u", i);
      add (workflow, name);
    }
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, self->n);
}

static void
run_commands (Bench *self)
{
  run_workflow (self, add_command);
}

static void
run_shells (Bench *self)
{
  run_workflow (self, add_shell);
}

static void
spawn (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
run_make (Bench *self)
{
  const char *argv[] = { "make", "-s", "-j2", "-C", self->folder, NULL };

  spawn (argv);
}

static void
run_ninja (Bench *self)
{
  const char *argv[] = { "ninja", "--quiet", "-j2", "-C", self->folder, NULL };

  spawn (argv);
}

static Cost
measure (Bench   *self,
         RunFunc  run)
{
  const double busy = processor_time ();
  const gint64 begin = g_get_monotonic_time ();

  run (self);
  return (Cost) {
    .wall = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC,
    .processor = processor_time () - busy,
  };
}

/* Theirs and ours in turn, since the machine may get busier meanwhile. */
static void
compare (Bench      *self,
         const char *what,
         RunFunc     ours,
         const char *peer,
         RunFunc     theirs,
         double      budget)
{
  g_autofree char *program = g_find_program_in_path (peer);
  g_autofree char *with = g_strdup_printf ("%s -j2", peer);
  g_autofree char *title = g_strdup_printf ("%u %s, two at a time", self->n, what);
  Cost best = { G_MAXDOUBLE, G_MAXDOUBLE }, best_peer = best;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      Cost cost = program != NULL ? measure (self, theirs) : (Cost) { 0, 0 };

      best_peer.wall = MIN (best_peer.wall, cost.wall);
      best_peer.processor = MIN (best_peer.processor, cost.processor);
      cost = measure (self, ours);
      best.wall = MIN (best.wall, cost.wall);
      best.processor = MIN (best.processor, cost.processor);
    }

  bench_row (&(BenchRow) { .what = title, .unit = "s", .ours = best.wall, .peer = with, .theirs = best_peer.wall,
                           .ratio_budget = budget });
  bench_row (&(BenchRow) { .what = "- processor time of that", .unit = "s", .ours = best.processor, .peer = with,
                           .theirs = best_peer.processor });
}

static void
write_file (Bench      *self,
            const char *name,
            GString    *text)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text->str, (gssize) text->len, &error);
  g_assert_no_error (error);
}

static void
write_files (Bench *self)
{
  g_autoptr (GString) makefile = g_string_new ("all:");
  g_autoptr (GString) ninja = g_string_new ("rule do\n  command = true\n");

  for (guint i = 0; i < self->n; i++)
    g_string_append_printf (makefile, " t%u", i);
  g_string_append_c (makefile, '\n');
  for (guint i = 0; i < self->n; i++)
    {
      g_string_append_printf (makefile, "t%u:\n\t@true\n", i);
      g_string_append_printf (ninja, "build t%u: do\n", i);
    }
  write_file (self, "Makefile", makefile);
  write_file (self, "build.ninja", ninja);
}

static void
remove_files (Bench *self)
{
  static const char * const names[] = { "Makefile", "build.ninja", ".ninja_log", ".ninja_deps" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      g_remove (path);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  Bench bench = {
    .n = argc > 1 ? (guint) atoi (argv[1]) : 5000,
    .folder = g_dir_make_tmp ("myrmex-bench-XXXXXX", &error),
  };

  g_assert_no_error (error);
  write_files (&bench);
  compare (&bench, "commands `true`", run_commands, "make", run_make, 1.10);
  compare (&bench, "shell lines `true`", run_shells, "ninja", run_ninja, 1.10);
  remove_files (&bench);
  return 0;
}
