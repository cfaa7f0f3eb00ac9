/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What MyrmexServiceRunner promises beyond what every runner does. */

#include <gio/gio.h>
#include <myrmex.h>
#include <string.h>
#include <unistd.h>

#include "service-fixture.h"

static void
got_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static MyrmexRun *
start (MyrmexRunner    *runner,
       MyrmexWorkflow  *workflow,
       GError         **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  myrmex_service_runner_start_async (MYRMEX_SERVICE_RUNNER (runner), workflow, NULL, NULL, got_cb, &result);
  return myrmex_service_runner_start_finish (MYRMEX_SERVICE_RUNNER (runner), await (&result), error);
}

static MyrmexRun *
open_run (MyrmexRunner  *runner,
          const char    *text,
          GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  myrmex_service_runner_open_run_async (MYRMEX_SERVICE_RUNNER (runner), text, NULL, got_cb, &result);
  return myrmex_service_runner_open_run_finish (MYRMEX_SERVICE_RUNNER (runner), await (&result), error);
}

static char *
dup_text (MyrmexRun  *run,
          const char *task)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);

  g_assert_nonnull (myrmex_task_result_get_value (result));
  return g_variant_dup_string (myrmex_task_result_get_value (result), NULL);
}

static void
test_async (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  myrmex_workflow_add_command (workflow, "a", "printf", "%s", "x", NULL);
  run = start (runner, workflow, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (myrmex_run_get_id (run)), ==, 32);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  text = dup_text (run, "a");
  g_assert_cmpstr (text, ==, "x");
}

static GVariant *
func (MyrmexTaskContext  *context,
      gpointer            data,
      GError            **error)
{
  return NULL;
}

static void
test_functions (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_function (workflow, "a", func, NULL, NULL);
  g_assert_null (myrmex_runner_start (runner, workflow, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "“a”"));
}

/* The folder that a workflow without one is run in, and that paths are told from, may be called anything: what is no
 * text can not be told. */
static void
test_folder (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autofree char *before = g_get_current_dir ();
  g_autofree char *folder = g_dir_make_tmp ("myrmex-\xff-XXXXXX", NULL);
  const char * const keys[] = { NULL, "directory", "log_directory" };

  myrmex_workflow_add_noop (workflow, "a");
  g_assert_cmpint (chdir (folder), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (GError) error = NULL;
      GVariantDict options;

      g_variant_dict_init (&options, NULL);
      if (keys[i] != NULL)
        g_variant_dict_insert (&options, keys[i], "s", "here");
      run = myrmex_runner_start (runner, workflow, g_variant_dict_end (&options), &error);
      g_assert_null (run);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "is no UTF-8"));
    }
  g_assert_cmpint (chdir (before), ==, 0);
  g_assert_cmpint (rmdir (folder), ==, 0);
}

/* A value that does not go with the signal, and a definition that does not go with the call. */
static void
test_large (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autofree char *description = g_strnfill (2 * 1024 * 1024, 'x');
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  myrmex_workflow_set_description (workflow, description);
  myrmex_workflow_add_shell (workflow, "a", "head -c 100000 /dev/zero | tr '\\0' x", NULL);
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  text = dup_text (run, "a");
  g_assert_cmpuint (strlen (text), ==, 100000);
}

static void
test_open (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRun) same = NULL;
  g_autoptr (MyrmexRun) ended = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *prefix = NULL;
  g_autofree char *text = NULL;
  g_autofree char *why = NULL;

  myrmex_workflow_add_command (workflow, "a", "printf", "%s", "x", NULL);
  myrmex_workflow_add_shell (workflow, "b", "exit 3", NULL);
  myrmex_task_add_dependency (myrmex_workflow_get_task (workflow, "b"), "a");
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed ("{'paused': <true>}"), &error);
  g_assert_no_error (error);
  same = open_run (runner, "w", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_run_get_id (same), ==, myrmex_run_get_id (run));
  g_assert_null (myrmex_run_get_workflow (same));
  g_assert_cmpuint (myrmex_run_get_n_tasks (same), ==, 2);
  g_assert_cmpint (myrmex_run_get_status (same), ==, MYRMEX_RUN_STATUS_PAUSED);
  myrmex_run_resume (same);
  g_assert_false (myrmex_run_wait (same, NULL, NULL));
  g_assert_false (myrmex_run_wait (run, NULL, NULL));
  text = dup_text (same, "a");
  g_assert_cmpstr (text, ==, "x");

  prefix = g_strndup (myrmex_run_get_id (run), 8);
  ended = open_run (runner, prefix, &error);
  g_assert_no_error (error);
  g_assert_cmpint (myrmex_run_get_status (ended), ==, MYRMEX_RUN_STATUS_FAILED);
  g_assert_false (myrmex_run_check (ended, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  g_assert_nonnull (strstr (error->message, "exit status 3"));
  g_clear_error (&error);
  why = myrmex_run_explain (ended, "b", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (why, "3"));

  g_assert_null (open_run (runner, "nothing", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

/* The same key is the same run, also by this way. */
static void
test_idempotency (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  GVariant *options = g_variant_ref_sink (g_variant_new_parsed ("{'idempotency_key': <'k'>, 'paused': <true>}"));
  g_autoptr (GVariant) owned = options;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;
  g_autoptr (MyrmexRun) third = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_noop (workflow, "a");
  first = myrmex_runner_start (runner, workflow, options, &error);
  g_assert_no_error (error);
  second = myrmex_runner_start (runner, workflow, options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_run_get_id (first), ==, myrmex_run_get_id (second));
  myrmex_service_runner_start_async (MYRMEX_SERVICE_RUNNER (runner), workflow, options, NULL, got_cb, &result);
  third = myrmex_service_runner_start_finish (MYRMEX_SERVICE_RUNNER (runner), await (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_run_get_id (first), ==, myrmex_run_get_id (third));
  myrmex_run_resume (third);
  g_assert_true (myrmex_run_wait (first, NULL, &error));
  g_assert_true (myrmex_run_wait (second, NULL, &error));
  g_assert_true (myrmex_run_wait (third, NULL, &error));
}

static void
test_open_sync (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  MyrmexServiceRunner *service = MYRMEX_SERVICE_RUNNER (runner);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRun) same = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  myrmex_workflow_add_command (workflow, "a", "printf", "%s", "x", NULL);
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed ("{'paused': <true>}"), &error);
  g_assert_no_error (error);
  same = myrmex_service_runner_open_run (service, myrmex_run_get_id (run), &error);
  g_assert_no_error (error);
  g_assert_cmpint (myrmex_run_get_status (same), ==, MYRMEX_RUN_STATUS_PAUSED);
  myrmex_run_resume (same);
  g_assert_true (myrmex_run_wait (same, NULL, &error));
  text = dup_text (same, "a");
  g_assert_cmpstr (text, ==, "x");

  g_assert_null (myrmex_service_runner_open_run (service, "nothing", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (myrmex_service_runner_start_named (service, "nothing", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

/* The run is followed again when there is another service, which goes on with it. */
static void
test_restart (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRun) other = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_command (workflow, "a", "true", NULL);
  myrmex_workflow_add_command (workflow, "b", "true", NULL);
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed ("{'paused': <true>}"), &error);
  g_assert_no_error (error);
  service_fixture_end_service (TRUE);
  next = service_fixture_make_runner (0);
  other = open_run (next, myrmex_run_get_id (run), &error);
  g_assert_no_error (error);
  myrmex_run_resume (other);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_COMPLETED);
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

static void
test_no_service (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (GError) error = NULL;

  service_fixture_end_service (FALSE);
  myrmex_workflow_add_command (workflow, "a", "true", NULL);
  g_assert_null (myrmex_runner_start (runner, workflow, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (start (runner, workflow, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

/* Signals of others are not believed, whatever they say. */
static void
test_forged (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  GDBusConnection *connection = myrmex_service_runner_get_connection (MYRMEX_SERVICE_RUNNER (runner));
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  const char *path;

  myrmex_workflow_add_command (workflow, "a", "true", NULL);
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed ("{'paused': <true>}"), &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (connection, "org.codomyrmex.Myrmex1", "/org/codomyrmex/Myrmex1",
                                       "org.codomyrmex.Myrmex1.Manager", "GetRun",
                                       g_variant_new ("(s)", myrmex_run_get_id (run)), G_VARIANT_TYPE ("(o)"),
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&o)", &path);
  g_dbus_connection_emit_signal (connection, g_dbus_connection_get_unique_name (connection), path,
                                 "org.codomyrmex.Myrmex1.Run", "TasksChanged",
                                 g_variant_new_parsed ("([('a', 'completed', {'attempt': <uint32 1>})],)"), &error);
  g_assert_no_error (error);
  g_dbus_connection_flush_sync (connection, NULL, NULL);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GVariant) pong = NULL;

      /* Whatever was sent before is here when this is answered. */
      pong = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                          "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                          NULL);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 0);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
}

static void
wait_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         gboolean   *has_waited)
{
  if (*has_waited || !g_str_equal (status, "completed"))
    return;
  *has_waited = TRUE;
  g_assert_true (myrmex_run_wait (run, NULL, NULL));
}

/* What came in one message with what a listener is told of is told while that listener waits. */
static void
test_wait_inside (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  gboolean has_waited = FALSE;

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_noop (workflow, name);
    }
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (run, "progress", G_CALLBACK (wait_cb), &has_waited);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_true (has_waited);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 100);
}

/* Without waiting, and what is refused. */
static void
test_retry (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexWorkflow) own = myrmex_workflow_new ("own");
  g_autoptr (MyrmexRunner) local = myrmex_local_runner_new ();
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRun) again = NULL;
  g_autoptr (MyrmexRun) here = NULL;
  g_autoptr (MyrmexTaskResult) kept = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_command (workflow, "a", "printf", "%s", "x", NULL);
  myrmex_task_add_dependency (myrmex_workflow_add_shell (workflow, "b", "exit 3", NULL), "a");
  run = start (runner, workflow, &error);
  g_assert_no_error (error);
  g_assert_false (myrmex_run_wait (run, NULL, NULL));

  myrmex_service_runner_retry_failed_async (MYRMEX_SERVICE_RUNNER (runner), run, NULL, NULL, got_cb, &result);
  again = myrmex_service_runner_retry_failed_finish (MYRMEX_SERVICE_RUNNER (runner), await (&result), &error);
  g_assert_no_error (error);
  g_assert_true (myrmex_run_get_workflow (again) == workflow);
  g_assert_cmpstr (myrmex_run_get_retried_from (again), ==, myrmex_run_get_id (run));
  g_assert_false (myrmex_run_wait (again, NULL, NULL));
  kept = myrmex_run_dup_result (again, "a");
  g_assert_cmpstr (myrmex_task_result_get_kept_from (kept), ==, myrmex_run_get_id (run));
  g_assert_cmpstr (g_variant_get_string (myrmex_task_result_get_value (kept), NULL), ==, "x");

  /* A run of this process is for another runner. */
  myrmex_workflow_add_command (own, "a", "false", NULL);
  here = myrmex_runner_start (local, own, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (here, NULL, NULL);
  myrmex_service_runner_retry_failed_async (MYRMEX_SERVICE_RUNNER (runner), here, NULL, NULL, got_cb, &refused);
  g_assert_null (myrmex_service_runner_retry_failed_finish (MYRMEX_SERVICE_RUNNER (runner), await (&refused), &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (myrmex_runner_retry_failed (local, run, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/client/async", test_async);
  g_test_add_func ("/client/functions", test_functions);
  g_test_add_func ("/client/folder", test_folder);
  g_test_add_func ("/client/large", test_large);
  g_test_add_func ("/client/open", test_open);
  g_test_add_func ("/client/idempotency", test_idempotency);
  g_test_add_func ("/client/open-sync", test_open_sync);
  g_test_add_func ("/client/restart", test_restart);
  g_test_add_func ("/client/retry", test_retry);
  g_test_add_func ("/client/no-service", test_no_service);
  g_test_add_func ("/client/forged", test_forged);
  g_test_add_func ("/client/wait-inside", test_wait_inside);
  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
