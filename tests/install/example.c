/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command and a function, with progress: `example URL`, in the folder that it may write to. */
#include <myrmex.h>
#include <stdio.h>

typedef struct
{
  GMainLoop *loop;
  int        status;
} Application;

static GVariant *
process_func (MyrmexTaskContext  *context,
              gpointer            data,
              GError            **error)
{
  const char *file = data;
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (file, &text, NULL, error))
    return NULL;

  words = g_strsplit (g_strstrip (text), " ", -1);
  myrmex_task_context_report (context, 1, "counted");
  return g_variant_new_uint32 (g_strv_length (words));
}

static void
on_progress (MyrmexWorkflow *workflow,
             const char     *task_name,
             const char     *status,
             GVariant       *details,
             gpointer        data)
{
  if (g_strcmp0 (status, "running") != 0)
    printf ("[%s] %s\n", task_name, status);
}

static void
on_finished (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Application *application = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = myrmex_workflow_run_finish (MYRMEX_WORKFLOW (source), result, &error);

  if (run != NULL)
    {
      g_autoptr (MyrmexTaskResult) processed = myrmex_run_dup_result (run, "process");

      printf ("%u words\n", g_variant_get_uint32 (myrmex_task_result_get_value (processed)));
    }
  else
    {
      printf ("%s\n", error->message);
      application->status = 1;
    }
  g_main_loop_quit (application->loop);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("my_pipeline");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *file = g_path_get_basename (argv[1]);
  Application application = { loop, 0 };
  MyrmexTask *fetch, *process;

  fetch = myrmex_workflow_add_command (workflow, "fetch_data", "curl", "-sSO", argv[1], NULL);
  process = myrmex_workflow_add_function (workflow, "process", process_func, file, NULL);
  myrmex_task_set_timeout (fetch, 30);
  myrmex_task_add_dependency (process, "fetch_data");
  g_signal_connect (workflow, "progress", G_CALLBACK (on_progress), NULL);
  myrmex_workflow_run_async (workflow, NULL, on_finished, &application);
  g_main_loop_run (loop);

  return application.status;
}
