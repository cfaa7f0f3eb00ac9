/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Submits a workflow, follows it, and shows what came of it; or goes on where it was left, with the id of a run.
 *
 *   cc client.c -o client $(pkg-config --cflags --libs myrmex-1) && ./client [ID]
 */
#include <myrmex.h>

static void
progress_cb (MyrmexRun  *run,
             const char *task,
             const char *status,
             GVariant   *details,
             gpointer    data)
{
  g_print ("%s: %s\n", task, status);
}

static void
show_log (MyrmexRun  *run,
          const char *task)
{
  g_autoptr (GInputStream) log = myrmex_run_open_log (run, task, NULL);
  char text[4096];
  gssize n;

  while (log != NULL && (n = g_input_stream_read (log, text, sizeof text, NULL, NULL)) > 0)
    g_print ("%.*s", (int) n, text);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (MyrmexRunner) runner = myrmex_service_runner_new (NULL);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("hello");
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  if (argc > 1)
    {
      run = myrmex_service_runner_open_run (MYRMEX_SERVICE_RUNNER (runner), argv[1], &error);
    }
  else
    {
      myrmex_workflow_add_command (workflow, "greet", "echo", "hello", NULL);
      myrmex_task_add_dependency (myrmex_workflow_add_shell (workflow, "shout", "echo HELLO", NULL), "greet");
      run = myrmex_runner_start (runner, workflow, NULL, &error);
    }
  if (run == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  g_print ("run %s\n", myrmex_run_get_id (run));
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), NULL);
  if (!myrmex_run_wait (run, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  result = myrmex_run_dup_result (run, "shout");
  g_print ("result %s\n", g_variant_get_string (myrmex_task_result_get_value (result), NULL));
  g_print ("log ");
  show_log (run, "shout");
  return 0;
}
