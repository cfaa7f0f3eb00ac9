/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <myrmex.h>

static GVariant *
process_func (MyrmexTaskContext  *context,
              gpointer            data,
              GError            **error)
{
  return g_variant_new_string (data);
}

static void
on_progress (MyrmexWorkflow *workflow,
             const char     *task_name,
             const char     *status,
             GVariant       *details,
             gpointer        data)
{
}

static gboolean is_finished = FALSE;

static void
on_finished (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = myrmex_workflow_run_finish (MYRMEX_WORKFLOW (source), result, &error);

  g_assert_no_error (error);
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_COMPLETED);
  is_finished = TRUE;
}

int
main (void)
{
  const char *url = "file:///etc/os-release";
  GCancellable *cancellable = NULL;
  gpointer data = (gpointer) "processed";

  SNIPPET

  while (!is_finished)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}
