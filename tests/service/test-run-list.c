/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The list of all runs: in pages, and kept up to date. */

#include <gio/gio.h>
#include <myrmex.h>

#include "service-fixture.h"

/* More than two pages. */
#define MANY (450)

static MyrmexRun *
submit (MyrmexRunner *runner,
        const char   *name,
        gboolean      paused)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (name);
  g_autoptr (GError) error = NULL;
  GVariantDict options;
  MyrmexRun *run;

  myrmex_workflow_add_noop (workflow, "a");
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", paused);
  run = myrmex_runner_start (runner, workflow, g_variant_dict_end (&options), &error);
  g_assert_no_error (error);
  return run;
}

static void
run_to_end (MyrmexRunner *runner,
            const char   *name)
{
  g_autoptr (MyrmexRun) run = submit (runner, name, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
}

static void
await_loaded (MyrmexRunList *list)
{
  while (myrmex_run_list_get_loading (list))
    g_main_context_iteration (NULL, TRUE);
}

static guint
count (MyrmexRunList *list)
{
  return g_list_model_get_n_items (G_LIST_MODEL (list));
}

static void
await_count (MyrmexRunList *list,
             guint          n)
{
  while (count (list) != n)
    g_main_context_iteration (NULL, TRUE);
}

static const char *
name_at (MyrmexRunList *list,
         guint          position)
{
  g_autoptr (MyrmexRunInfo) info = g_list_model_get_item (G_LIST_MODEL (list), position);

  g_assert_nonnull (info);
  return myrmex_run_info_get_name (info);
}

/* What items-changed tells, kept beside the model: it must come to the same. */
typedef struct
{
  GPtrArray *items;
  guint      n_signals;
} Mirror;

static void
changed_cb (GListModel *model,
            guint       position,
            guint       removed,
            guint       added,
            Mirror     *mirror)
{
  mirror->n_signals++;
  g_assert_cmpuint (position + removed, <=, mirror->items->len);
  if (removed > 0)
    g_ptr_array_remove_range (mirror->items, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror->items, (int) (position + i), g_list_model_get_item (model, position + i));
  g_assert_cmpuint (mirror->items->len, ==, g_list_model_get_n_items (model));
}

static void
mirror_init (Mirror        *mirror,
             MyrmexRunList *list)
{
  mirror->items = g_ptr_array_new_with_free_func (g_object_unref);
  mirror->n_signals = 0;
  g_signal_connect (list, "items-changed", G_CALLBACK (changed_cb), mirror);
}

static void
mirror_check (Mirror        *mirror,
              MyrmexRunList *list)
{
  g_assert_cmpuint (mirror->items->len, ==, count (list));
  for (guint i = 0; i < mirror->items->len; i++)
    {
      g_autoptr (MyrmexRunInfo) info = g_list_model_get_item (G_LIST_MODEL (list), i);

      g_assert_true (info == mirror->items->pdata[i]);
    }
  g_signal_handlers_disconnect_by_data (list, mirror);
  g_ptr_array_unref (mirror->items);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          guint      *n)
{
  (*n)++;
}

static void
clear (MyrmexRunner *runner)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (myrmex_service_runner_prune (MYRMEX_SERVICE_RUNNER (runner), NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_live (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexRunInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  Mirror mirror;
  guint n_status = 0;

  clear (runner);
  run_to_end (runner, "one");
  run_to_end (runner, "two");
  list = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  mirror_init (&mirror, list);
  g_assert_true (myrmex_run_list_get_loading (list));
  g_assert_cmpuint (count (list), ==, 0);
  await_loaded (list);
  g_assert_null (myrmex_run_list_get_error (list));
  g_assert_cmpuint (count (list), ==, 2);
  g_assert_cmpstr (name_at (list, 0), ==, "two");
  g_assert_cmpstr (name_at (list, 1), ==, "one");
  /* A page is one change. */
  g_assert_cmpuint (mirror.n_signals, ==, 1);

  run = submit (runner, "three", TRUE);
  await_count (list, 3);
  g_assert_cmpstr (name_at (list, 0), ==, "three");
  info = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_signal_connect (info, "notify::status", G_CALLBACK (count_cb), &n_status);
  g_assert_cmpstr (myrmex_run_info_get_id (info), ==, myrmex_run_get_id (run));
  g_assert_cmpstr (myrmex_run_info_get_workflow_name (info), ==, "three");
  g_assert_cmpuint (myrmex_run_info_get_n_tasks (info), ==, 1);
  g_assert_cmpint (myrmex_run_info_get_submitted (info), >, 0);
  g_assert_cmpint (myrmex_run_info_get_finished (info), ==, 0);
  myrmex_run_resume (run);
  while (myrmex_run_info_get_status (info) != MYRMEX_RUN_STATUS_COMPLETED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_status, >=, 1);
  g_assert_cmpfloat (myrmex_run_info_get_fraction (info), ==, 1);
  g_assert_cmpuint (myrmex_run_info_get_count (info, MYRMEX_TASK_STATUS_COMPLETED), ==, 1);
  g_assert_cmpint (myrmex_run_info_get_finished (info), >=, myrmex_run_info_get_started (info));
  g_assert_null (myrmex_run_info_get_error_message (info));

  g_assert_true (myrmex_service_runner_delete_run (MYRMEX_SERVICE_RUNNER (runner), myrmex_run_info_get_id (info),
                                                   &error));
  await_count (list, 2);
  mirror_check (&mirror, list);
}

static void
test_filter (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunList) active = NULL;
  g_autoptr (MyrmexRunList) ended = NULL;
  g_autoptr (MyrmexRunList) named = NULL;
  g_autoptr (MyrmexRunList) all = NULL;
  g_autoptr (MyrmexRunList) late = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  Mirror mirror;

  clear (runner);
  run_to_end (runner, "old");
  run = submit (runner, "new", TRUE);
  active = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), g_variant_new_parsed ("{'active': <true>}"));
  ended = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), g_variant_new_parsed ("{'status': <['completed']>}"));
  named = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), g_variant_new_parsed ("{'name': <'new'>}"));
  mirror_init (&mirror, ended);
  await_loaded (active);
  await_loaded (ended);
  await_loaded (named);
  g_assert_cmpuint (count (active), ==, 1);
  g_assert_cmpuint (count (ended), ==, 1);
  g_assert_cmpuint (count (named), ==, 1);
  g_assert_cmpstr (name_at (active, 0), ==, "new");

  /* One goes and comes with its status. */
  myrmex_run_resume (run);
  await_count (active, 0);
  await_count (ended, 2);
  g_assert_cmpstr (name_at (ended, 0), ==, "new");
  g_assert_cmpuint (count (named), ==, 1);

  /* What comes is looked at as what was there is. */
  all = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  late = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner),
                              g_variant_new_parsed ("{'since': <%x>}", (gint64) G_MAXINT64));
  await_loaded (all);
  await_loaded (late);
  run_to_end (runner, "other");
  await_count (all, 3);
  g_assert_cmpuint (count (named), ==, 1);
  g_assert_cmpuint (count (late), ==, 0);

  await_count (ended, 3);
  myrmex_run_list_set_filter (ended, g_variant_new_parsed ("{'name': <'old'>}"));
  g_assert_true (myrmex_run_list_get_loading (ended));
  await_loaded (ended);
  g_assert_cmpuint (count (ended), ==, 1);
  g_assert_cmpstr (name_at (ended, 0), ==, "old");
  mirror_check (&mirror, ended);
}

/* Pages, while what they are pages of changes. */
static void
test_pages (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  MyrmexServiceRunner *service = MYRMEX_SERVICE_RUNNER (runner);
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (MyrmexRunInfo) first = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;
  Mirror mirror;
  guint total;

  clear (runner);
  for (guint i = 0; i < MANY; i++)
    run_to_end (runner, "w");
  runs = myrmex_service_runner_list_runs (service, NULL, 0, 10, &total, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (runs->len, ==, 10);
  g_assert_cmpuint (total, ==, MANY);

  list = myrmex_run_list_new (service, NULL);
  mirror_init (&mirror, list);
  while (count (list) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (myrmex_run_list_get_loading (list));
  /* A hole in the page that is there, while the next one is under way. */
  for (guint i = 0; i < 10; i++)
    g_assert_true (myrmex_service_runner_delete_run (service, myrmex_run_info_get_id (runs->pdata[i]), NULL));
  run_to_end (runner, "last");
  await_loaded (list);
  g_assert_cmpuint (count (list), ==, MANY - 10 + 1);
  g_assert_cmpstr (name_at (list, 0), ==, "last");
  for (guint i = 1; i < count (list); i++)
    {
      g_autoptr (MyrmexRunInfo) one = g_list_model_get_item (G_LIST_MODEL (list), i - 1);
      g_autoptr (MyrmexRunInfo) next = g_list_model_get_item (G_LIST_MODEL (list), i);

      g_assert_cmpint (myrmex_run_info_get_submitted (one), >=, myrmex_run_info_get_submitted (next));
    }
  g_assert_cmpuint (mirror.n_signals, <, 30);

  /* Asked again, it is the same, and nobody is told anything. */
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  mirror.n_signals = 0;
  myrmex_run_list_reload (list);
  await_loaded (list);
  g_assert_cmpuint (mirror.n_signals, ==, 0);
  mirror_check (&mirror, list);
}

/* Another service has other runs, or the same. */
static void
test_restart (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;
  Mirror mirror;

  clear (runner);
  run_to_end (runner, "before");
  list = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  mirror_init (&mirror, list);
  await_loaded (list);
  g_assert_cmpuint (count (list), ==, 1);
  service_fixture_end_service (TRUE);
  next = service_fixture_make_runner (0);
  run_to_end (next, "after");
  while (count (list) == 0 || g_strcmp0 (name_at (list, 0), "after") != 0)
    g_main_context_iteration (NULL, TRUE);
  await_loaded (list);
  runs = myrmex_service_runner_list_runs (MYRMEX_SERVICE_RUNNER (next), NULL, 0, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (list), ==, runs->len);
  mirror_check (&mirror, list);
}

static void
emit (GDBusConnection *connection,
      const char      *path,
      const char      *interface,
      const char      *signal,
      GVariant        *parameters)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (connection, NULL, path, interface, signal, parameters, &error);
  g_assert_no_error (error);
}

/* What another program says in the words of the service is not believed. */
static void
test_forged (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  GDBusConnection *connection = myrmex_service_runner_get_connection (MYRMEX_SERVICE_RUNNER (runner));
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (MyrmexRunInfo) info = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  const char *path;

  clear (runner);
  run = submit (runner, "true", TRUE);
  reply = g_dbus_connection_call_sync (connection, "org.codomyrmex.Myrmex1", "/org/codomyrmex/Myrmex1",
                                       "org.codomyrmex.Myrmex1.Manager", "GetRun",
                                       g_variant_new ("(s)", myrmex_run_get_id (run)), G_VARIANT_TYPE ("(o)"),
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&o)", &path);
  list = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  await_loaded (list);
  info = g_list_model_get_item (G_LIST_MODEL (list), 0);

  emit (connection, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new_parsed ("('org.codomyrmex.Myrmex1.Run', {'Status': <'completed'>}, @as [])"));
  emit (connection, "/org/codomyrmex/Myrmex1", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
        g_variant_new_parsed ("(objectpath '/org/codomyrmex/Myrmex1/run/forged', "
                              "{'org.codomyrmex.Myrmex1.Run': {'Id': <'forged'>, 'Name': <'forged'>}})"));
  emit (connection, "/org/codomyrmex/Myrmex1", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
        g_variant_new_parsed ("(%o, ['org.codomyrmex.Myrmex1.Run'])", path));

  /* All of that is here before what the service tells of this. */
  run_to_end (runner, "next");
  await_count (list, 2);
  g_assert_cmpstr (name_at (list, 0), ==, "next");
  g_assert_cmpstr (name_at (list, 1), ==, "true");
  g_assert_cmpint (myrmex_run_info_get_status (info), ==, MYRMEX_RUN_STATUS_PAUSED);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
}

/* A service that goes away while runs go on is started again: here there is none to be started, which is told. */
static void
test_gone (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  clear (runner);
  run = submit (runner, "on", TRUE);
  list = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  await_loaded (list);
  service_fixture_end_service (TRUE);
  while (myrmex_run_list_get_error (list) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (myrmex_run_list_get_error (list), MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (count (list), ==, 1);

  next = service_fixture_make_runner (0);
  while (myrmex_run_list_get_error (list) != NULL)
    g_main_context_iteration (NULL, TRUE);
  await_loaded (list);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
}

static void
test_errors (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunList) list = NULL;
  g_autoptr (MyrmexRunList) dropped = NULL;

  list = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), g_variant_new_parsed ("{'colour': <'red'>}"));
  await_loaded (list);
  g_assert_error (myrmex_run_list_get_error (list), MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  myrmex_run_list_set_filter (list, NULL);
  await_loaded (list);
  g_assert_null (myrmex_run_list_get_error (list));

  /* One that nobody wants any more is asked nothing. */
  dropped = myrmex_run_list_new (MYRMEX_SERVICE_RUNNER (runner), NULL);
  g_clear_object (&dropped);

  service_fixture_end_service (FALSE);
  myrmex_run_list_reload (list);
  await_loaded (list);
  while (myrmex_run_list_get_error (list) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (myrmex_run_list_get_loading (list));
}

static void
test_prune (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  MyrmexServiceRunner *service = MYRMEX_SERVICE_RUNNER (runner);
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  guint n;

  clear (runner);
  for (guint i = 0; i < 3; i++)
    run_to_end (runner, "w");
  run = submit (runner, "paused", TRUE);
  g_assert_true (myrmex_service_runner_prune (service, g_variant_new_parsed ("{'keep': <uint32 1>}"), &n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 2);
  g_assert_false (myrmex_service_runner_delete_run (service, myrmex_run_get_id (run), &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (myrmex_service_runner_prune (service, g_variant_new_parsed ("{'keep': <'x'>}"), &n, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, NULL));
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/run-list/live", test_live);
  g_test_add_func ("/run-list/filter", test_filter);
  g_test_add_func ("/run-list/pages", test_pages);
  g_test_add_func ("/run-list/restart", test_restart);
  g_test_add_func ("/run-list/forged", test_forged);
  g_test_add_func ("/run-list/gone", test_gone);
  g_test_add_func ("/run-list/errors", test_errors);
  g_test_add_func ("/run-list/prune", test_prune);
  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
