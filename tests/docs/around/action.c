/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <myrmex.h>

SNIPPET

int
main (void)
{
  static const char definition[] =
    "{ 'myrmex': 1, 'tasks': { 'hello': { 'example.greet': 'Ada', 'times': 2 } } }";
  g_autofree char *text = g_strdelimit (g_strdup (definition), "'", '"');
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autofree char *wrong = NULL;

  register_greet (&error);
  g_assert_no_error (error);
  workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
  g_assert_no_error (error);
  run = myrmex_workflow_run (workflow, NULL, &error);
  g_assert_no_error (error);
  result = myrmex_run_dup_result (run, "hello");
  g_assert_cmpstr (g_variant_get_string (myrmex_task_result_get_value (result), NULL), ==, "Hello, Ada. Hello, Ada. ");

  wrong = g_strdup (text);
  *strstr (wrong, "2 }") = '0';
  g_assert_null (myrmex_workflow_new_from_json (wrong, -1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "times"));
  return 0;
}
