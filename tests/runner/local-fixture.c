/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "local-fixture.h"

#include <string.h>

MyrmexRunner *
local_runner (guint max_parallel)
{
  return g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", max_parallel, NULL);
}

MyrmexRun *
local_start (MyrmexRunner   *runner,
             MyrmexWorkflow *workflow)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *run = myrmex_runner_start (runner, workflow, NULL, &error);

  g_assert_no_error (error);
  return run;
}

void
local_finish (MyrmexRun *run)
{
  g_autoptr (GError) error = NULL;

  if (!myrmex_run_wait (run, NULL, &error))
    g_assert_true (error->domain == MYRMEX_ERROR);
  g_assert_true (myrmex_run_status_is_final (myrmex_run_get_status (run)));
}

MyrmexRun *
local_run (MyrmexRunner   *runner,
           MyrmexWorkflow *workflow)
{
  MyrmexRun *run = local_start (runner, workflow);

  local_finish (run);
  return run;
}

void
local_assert (MyrmexRun  *run,
              const char *task,
              const char *expected)
{
  g_autoptr (MyrmexTaskResult) result = task != NULL ? myrmex_run_dup_result (run, task) : NULL;
  MyrmexReason reason = result != NULL ? myrmex_task_result_get_reason (result) : myrmex_run_get_reason (run);
  const char *status = result != NULL ? myrmex_task_status_to_string (myrmex_task_result_get_status (result))
                                      : myrmex_run_status_to_string (myrmex_run_get_status (run));
  g_autofree char *is = g_strconcat (status, reason != MYRMEX_REASON_NONE ? "/" : NULL,
                                     myrmex_reason_to_string (reason), NULL);

  if (!g_str_equal (is, expected))
    {
      const GError *error = result != NULL ? myrmex_task_result_get_error (result) : NULL;

      g_error ("“%s” is “%s” and should be “%s” (%s)", task != NULL ? task : "workflow", is, expected,
               error != NULL ? error->message : "no error");
    }
}

void
local_assert_error (MyrmexRun  *run,
                    const char *task,
                    int         code,
                    const char *error_name)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);

  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, code);
  g_assert_cmpuint (strlen (myrmex_task_result_get_error (result)->message), >, 0);
  if (error_name != NULL)
    g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, error_name);
  g_assert_null (myrmex_task_result_get_value (result));
}

void
local_assert_value (MyrmexRun  *run,
                    const char *task,
                    const char *expected)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);
  GVariant *value = myrmex_task_result_get_value (result);
  g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

void
local_after (MyrmexTask *task,
             const char *dependency)
{
  myrmex_task_add_dependency (task, dependency);
}

void
local_retry (MyrmexTask *task,
             int         max_attempts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (max_attempts, 0.001, 1, 1, 0, 0, NULL, &error);

  g_assert_no_error (error);
  myrmex_task_set_retry_policy (task, policy);
}

void
local_await (int *counter,
             int  n)
{
  while (g_atomic_int_get (counter) < n)
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (50);
    }
}

guint
local_threads (const char *name)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/task", 0, NULL);
  const char *entry;
  guint n = 0;

  while ((entry = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", entry, "comm", NULL);
      g_autofree char *text = NULL;

      n += g_file_get_contents (path, &text, NULL, NULL) && g_str_has_prefix (text, name);
    }
  return n;
}

GVariant *
local_ok (MyrmexTaskContext  *context,
          gpointer            data,
          GError            **error)
{
  return NULL;
}

GVariant *
local_fail (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "it broke");
  return NULL;
}

GVariant *
local_deaf (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  gate_pass (data, NULL);
  return g_variant_new_string ("late");
}

GVariant *
local_gate (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  GCancellable *cancellable = myrmex_task_context_get_cancellable (context);

  if (!gate_pass (data, cancellable))
    g_cancellable_set_error_if_cancelled (cancellable, error);
  return NULL;
}
