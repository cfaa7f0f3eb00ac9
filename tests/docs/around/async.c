/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <myrmex.h>

SNIPPET

int
main (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("read");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  myrmex_workflow_add_async (workflow, "read", read_async, g_file_new_for_path ("/etc/os-release"), g_object_unref);
  run = myrmex_workflow_run (workflow, NULL, &error);
  g_assert_no_error (error);
  result = myrmex_run_dup_result (run, "read");
  g_assert_cmpuint (g_variant_get_uint64 (myrmex_task_result_get_value (result)), >, 0);
  return 0;
}
