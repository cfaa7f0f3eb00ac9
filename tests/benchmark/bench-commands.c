/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many commands that do nothing, with their logs and results, against make running the same. */

#include <stdlib.h>

#include <glib/gstdio.h>
#include <myrmex.h>

#define N_ROUNDS 3

static double
run_myrmex (guint n)
{
  g_autoptr (MyrmexRunner) runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", 2, NULL);
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  workflow = myrmex_workflow_new ("commands");
  for (guint i = 0; i < n; i++)
    {
      char name[16];

      g_snprintf (name, sizeof name, "t%u", i);
      myrmex_workflow_add_command (workflow, name, "true", NULL);
    }
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, n);

  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

static double
run_make (const char *folder)
{
  const char *argv[] = { "make", "-s", "-j2", "-C", folder, NULL };
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

static char *
write_makefile (guint n)
{
  g_autoptr (GString) text = g_string_new ("all:");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  char *folder = g_dir_make_tmp ("myrmex-bench-XXXXXX", &error);

  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, " t%u", i);
  g_string_append_c (text, '\n');
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "t%u:\n\t@true\n", i);

  path = g_build_filename (folder, "Makefile", NULL);
  g_file_set_contents (path, text->str, -1, &error);
  g_assert_no_error (error);
  return folder;
}

int
main (int    argc,
      char **argv)
{
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 5000;
  g_autofree char *make = g_find_program_in_path ("make");
  g_autofree char *folder = NULL;
  g_autofree char *makefile = NULL;
  double ours = G_MAXDOUBLE, theirs = G_MAXDOUBLE;

  if (make == NULL)
    {
      g_print ("make is not installed\n");
      return 77;
    }

  folder = write_makefile (n);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      theirs = MIN (theirs, run_make (folder));
      ours = MIN (ours, run_myrmex (n));
    }
  g_print ("%u commands `true`, two at a time: Myrmex %.2f s, make -j2 %.2f s, ratio %.2f (budget 1.10)\n",
           n, ours, theirs, ours / theirs);

  makefile = g_build_filename (folder, "Makefile", NULL);
  g_remove (makefile);
  g_rmdir (folder);
  return 0;
}
