/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A folder of a run's own goes when nobody needs it any more, whoever still has a reference; another stays. */

#include <glib/gstdio.h>

#define MYRMEX_INSIDE
#include "engine/myrmex-local-run-private.h"
#include "engine/myrmex-log-folder-private.h"
#include "myrmex.h"

/* Makes a log in it, and tells its path. */
static char *
write_log (MyrmexLogFolder *folder)
{
  char *path = myrmex_log_folder_dup_path (folder, "a", 1);

  g_assert_true (g_file_set_contents (path, "text\n", -1, NULL));
  return path;
}

static gboolean
is_there (const char *log)
{
  g_autofree char *folder = g_path_get_dirname (log);

  g_assert_cmpint (g_file_test (log, G_FILE_TEST_EXISTS), ==, g_file_test (folder, G_FILE_TEST_EXISTS));
  return g_file_test (log, G_FILE_TEST_EXISTS);
}

static void
test_own (void)
{
  g_autoptr (MyrmexLogFolder) folder = myrmex_log_folder_new (NULL);
  MyrmexLogFolder *kept;
  g_autofree char *log = NULL;

  g_assert_false (myrmex_log_folder_is_made (folder));
  log = write_log (folder);
  g_assert_true (myrmex_log_folder_is_made (folder));

  kept = myrmex_log_folder_need (folder);
  myrmex_log_folder_let_go (folder);
  g_assert_true (is_there (log));
  myrmex_log_folder_let_go (kept);
  g_assert_false (is_there (log));
  g_assert_false (myrmex_log_folder_is_made (folder));
  myrmex_log_folder_unref (kept);

  /* It does not come again. */
  g_assert_null (myrmex_log_folder_dup_path (folder, "b", 1));
}

/* Nobody said that it is not needed any more. */
static void
test_last_reference (void)
{
  MyrmexLogFolder *folder = myrmex_log_folder_new (NULL);
  g_autofree char *log = write_log (folder);

  myrmex_log_folder_unref (folder);
  g_assert_false (is_there (log));
}

static void
test_named (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_dir_make_tmp ("myrmex-log-folder-XXXXXX", &error);
  MyrmexLogFolder *folder = myrmex_log_folder_new (path);
  g_autofree char *log = write_log (folder);

  g_assert_no_error (error);
  myrmex_log_folder_let_go (folder);
  g_assert_true (myrmex_log_folder_is_made (folder));
  myrmex_log_folder_unref (folder);
  g_assert_true (is_there (log));
  g_assert_cmpint (g_unlink (log), ==, 0);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* As a thread has it that is about to leave the run. */
static MyrmexExecution *
hold (MyrmexRun *run)
{
  return myrmex_execution_ref (myrmex_local_run_get_execution (MYRMEX_LOCAL_RUN (run)));
}

/* The caller's last reference counts, not that of a thread: the application may end now. */
static void
test_run (void)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("logs");
  g_autoptr (MyrmexRun) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *log = NULL;
  g_autofree char *kept = NULL;
  MyrmexExecution *executions[2];
  MyrmexRun *run;

  myrmex_workflow_add_command (workflow, "good", "echo", "text", NULL);
  myrmex_task_add_dependency (myrmex_workflow_add_command (workflow, "bad", "false", NULL), "good");
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, NULL);
  log = myrmex_run_dup_log_path (run, "good");
  g_assert_true (is_there (log));
  executions[0] = hold (run);

  /* What another one keeps of it stays. */
  again = myrmex_runner_retry_failed (runner, run, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (run);
  g_assert_true (is_there (log));
  myrmex_run_wait (again, NULL, NULL);
  kept = myrmex_run_dup_log_path (again, "good");
  g_assert_cmpstr (kept, ==, log);
  executions[1] = hold (again);
  g_clear_object (&again);
  g_assert_false (is_there (log));

  for (guint i = 0; i < G_N_ELEMENTS (executions); i++)
    myrmex_execution_unref (executions[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/log-folder/own", test_own);
  g_test_add_func ("/log-folder/last-reference", test_last_reference);
  g_test_add_func ("/log-folder/named", test_named);
  g_test_add_func ("/log-folder/run", test_run);

  return g_test_run ();
}
