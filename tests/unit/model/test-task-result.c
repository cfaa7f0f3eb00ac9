/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "base/myrmex-error.h"
#include "base/myrmex-json-private.h"
#include "model/myrmex-task-result-private.h"

static void
test_success (void)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string ("x"));

  result->status = MYRMEX_TASK_STATUS_COMPLETED;
  result->attempts = 2;
  result->execution_time = 1500000;
  result->started = 5;
  result->finished = 9;
  result->value = g_variant_ref (value);

  g_assert_true (myrmex_task_result_get_success (result));
  g_assert_cmpint (myrmex_task_result_get_status (result), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_assert_cmpint (myrmex_task_result_get_reason (result), ==, MYRMEX_REASON_NONE);
  g_assert_true (myrmex_task_result_get_value (result) == value);
  g_assert_null (myrmex_task_result_get_error (result));
  g_assert_null (myrmex_task_result_get_error_name (result));
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 2);
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), ==, 1.5);
  g_assert_cmpint (myrmex_task_result_get_started (result), ==, 5);
  g_assert_cmpint (myrmex_task_result_get_finished (result), ==, 9);
}

/* Only what ended well is a success. */
static void
test_no_success (void)
{
  for (int status = MYRMEX_TASK_STATUS_PENDING; status <= MYRMEX_TASK_STATUS_CANCELLED; status++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();

      result->status = (MyrmexTaskStatus) status;
      g_assert_cmpint (myrmex_task_result_get_success (result), ==, status == MYRMEX_TASK_STATUS_COMPLETED);
    }
}

static void
assert_variant (MyrmexTaskResult *result,
                const char       *expected)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (myrmex_task_result_to_variant (result));
  GVariantIter iter;
  const char *key;
  g_autoptr (GVariant) other = myrmex_value_from_json (expected, -1, NULL);

  g_assert_nonnull (other);
  g_assert_cmpuint (g_variant_n_children (variant), ==, g_variant_n_children (other));
  g_variant_iter_init (&iter, other);
  for (GVariant *value; g_variant_iter_next (&iter, "{&sv}", &key, &value);)
    {
      g_autoptr (GVariant) owned = value;
      g_autoptr (GVariant) found = g_variant_lookup_value (variant, key, NULL);
      g_autofree char *text = myrmex_value_to_json (owned, FALSE);
      g_autofree char *found_text = NULL;

      g_assert_nonnull (found);
      found_text = myrmex_value_to_json (found, FALSE);
      g_assert_cmpstr (found_text, ==, text);
    }
}

/* What there is not is left out. */
static void
test_variant (void)
{
  g_autoptr (MyrmexTaskResult) never = myrmex_task_result_new ();
  g_autoptr (MyrmexTaskResult) failed = myrmex_task_result_new ();

  never->status = MYRMEX_TASK_STATUS_SKIPPED;
  never->reason = MYRMEX_REASON_CONDITION;
  assert_variant (never, "{\"status\": \"skipped\", \"reason\": \"condition\", \"success\": false, \"attempts\": 0,"
                         " \"execution_time\": 0.0}");

  failed->status = MYRMEX_TASK_STATUS_FAILED;
  failed->reason = MYRMEX_REASON_EXIT_STATUS;
  failed->error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_EXIT_STATUS, "It ended with exit status 3");
  failed->error_name = g_strdup ("exit-3");
  failed->value = g_variant_ref_sink (g_variant_new_int32 (7));
  failed->attempts = 3;
  failed->execution_time = 250000;
  failed->started = 1;
  failed->finished = 2;
  assert_variant (failed, "{\"status\": \"failed\", \"reason\": \"exit_status\", \"success\": false, \"attempts\": 3,"
                          " \"execution_time\": 0.25, \"started\": 1, \"finished\": 2, \"value\": 7,"
                          " \"error\": \"It ended with exit status 3\", \"error_name\": \"exit-3\"}");
}

static gpointer
hold_cb (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    myrmex_task_result_unref (myrmex_task_result_ref (data));
  myrmex_task_result_unref (data);
  return NULL;
}

/* The sanitizers see a result that is freed too early, twice or never. */
static void
test_threads (void)
{
  MyrmexTaskResult *result = myrmex_task_result_new ();
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string ("x"));
  GThread *threads[4];

  result->value = g_variant_ref (value);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hold", hold_cb, myrmex_task_result_ref (result));
  myrmex_task_result_unref (result);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/task-result/success", test_success);
  g_test_add_func ("/task-result/no-success", test_no_success);
  g_test_add_func ("/task-result/variant", test_variant);
  g_test_add_func ("/task-result/threads", test_threads);

  return g_test_run ();
}
