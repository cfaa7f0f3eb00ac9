/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a client makes of services that go away between two answers, or answer in another way than they should: one that
 * is made here, and answers what it is told to. */

#include <gio/gio.h>
#include <myrmex.h>
#include <string.h>

#include "service-fixture.h"

#define NAME "org.codomyrmex.Myrmex1"
#define RUN  "/org/codomyrmex/Myrmex1/run/"

/* What the bus answers to a call of a process that has gone, and what GDBus makes of one that goes under a call. */
#define UNKNOWN  "!org.freedesktop.DBus.Error.ServiceUnknown"
#define NO_REPLY "!org.freedesktop.DBus.Error.NoReply"

#define PATH       "(objectpath '" RUN "%s',)"
#define ID         "(<'0123456789abcdef0123456789abcdef'>,)"
#define PROPERTIES "({'Id': <'0123456789abcdef0123456789abcdef'>, 'Workflow': <'w'>, 'Status': <'completed'>, " \
                   "'TotalTasks': <uint32 1>, 'Started': <int64 1>, 'Finished': <int64 3>},)"
#define RESULTS    "({'a': <{'status': <'completed'>, 'attempts': <uint32 1>, 'started': <int64 1>, " \
                   "'finished': <int64 2>, 'value': <'x'>}>}, uint32 1)"

/* A method, and what is answered to it, in turn; the last of them for good. %s is the token of the run. */
typedef struct
{
  const char *method;
  const char *answers[3];
} Answers;

typedef struct
{
  GDBusConnection *service;
  GDBusConnection *client;
  MyrmexRunner    *runner;
  MyrmexWorkflow  *workflow;

  GMutex           lock;
  GHashTable      *answers;  /* method → GQueue of texts */
  GHashTable      *calls;    /* method → how often it was called */
  const char      *changes;  /* nullable; what is told before results are */
  char            *token;
} Fixture;

static GDBusConnection *
connect_to_bus (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
    g_dbus_connection_new_for_address_sync (service_fixture_start_bus (),
                                            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                            G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
take_token (Fixture      *self,
            GDBusMessage *message)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (g_dbus_message_get_body (message), 1);

  g_free (self->token);
  g_assert_true (g_variant_lookup (options, "handle_token", "s", &self->token));
}

/* Under the lock. */
static GDBusMessage *
make_answer (Fixture      *self,
             GDBusMessage *message)
{
  GQueue *texts = g_hash_table_lookup (self->answers, g_dbus_message_get_member (message));
  const char *text = texts == NULL ? "" : texts->length > 1 ? g_queue_pop_head (texts) : g_queue_peek_head (texts);
  g_autoptr (GString) filled = g_string_new (text);
  g_autoptr (GError) error = NULL;
  GDBusMessage *reply;

  if (text[0] == '!')
    return g_dbus_message_new_method_error_literal (message, text + 1, "as it was told");
  reply = g_dbus_message_new_method_reply (message);
  if (text[0] == '\0')
    return reply;
  g_string_replace (filled, "%s", self->token != NULL ? self->token : "none", 0);
  g_dbus_message_set_body (reply, g_variant_parse (NULL, filled->str, NULL, NULL, &error));
  g_assert_no_error (error);
  return reply;
}

/* Under the lock. */
static void
tell_changes (Fixture    *self,
              const char *listener)
{
  g_autofree char *path = g_strconcat (RUN, self->token, NULL);
  g_autoptr (GError) error = NULL;
  GVariant *changes = g_variant_parse (NULL, g_steal_pointer (&self->changes), NULL, NULL, &error);

  g_assert_no_error (error);
  g_dbus_connection_emit_signal (self->service, listener, path, NAME ".Run", "TasksChanged", changes, &error);
  g_assert_no_error (error);
}

/* In the thread of GDBus. */
static GDBusMessage *
answer_cb (GDBusConnection *connection,
           GDBusMessage    *message,
           gboolean         incoming,
           gpointer         data)
{
  Fixture *self = data;
  const char *method = g_dbus_message_get_member (message);
  g_autoptr (GDBusMessage) reply = NULL;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->calls, g_strdup (method),
                       GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (self->calls, method)) + 1));
  if (g_str_has_prefix (method, "Submit"))
    take_token (self, message);
  if (self->changes != NULL && g_str_equal (method, "GetResults"))
    tell_changes (self, g_dbus_message_get_sender (message));
  reply = make_answer (self, message);
  g_mutex_unlock (&self->lock);
  g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  g_object_unref (message);
  return NULL;
}

static void
set_answers (Fixture       *self,
             const Answers *rows,
             gsize          n)
{
  g_mutex_lock (&self->lock);
  for (gsize i = 0; i < n; i++)
    {
      GQueue *texts = g_queue_new ();

      for (gsize j = 0; j < G_N_ELEMENTS (rows[i].answers) && rows[i].answers[j] != NULL; j++)
        g_queue_push_tail (texts, (gpointer) rows[i].answers[j]);
      g_hash_table_insert (self->answers, (gpointer) rows[i].method, texts);
    }
  g_mutex_unlock (&self->lock);
}

static void
set_answer (Fixture    *self,
            const char *method,
            const char *text)
{
  const Answers row = { method, { text } };

  set_answers (self, &row, 1);
}

static const Answers well[] = {
  { "Submit", { PATH } },
  { "SubmitNamed", { PATH } },
  { "GetRun", { PATH } },
  { "ResolveRun", { PATH } },
  { "Get", { ID } },
  { "GetAll", { PROPERTIES } },
  { "GetResults", { RESULTS } },
};

static void
call_bus (Fixture    *self,
          const char *method,
          GVariant   *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
    g_dbus_connection_call_sync (self->service, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                 "org.freedesktop.DBus", method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                 &error);

  g_assert_no_error (error);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_mutex_init (&self->lock);
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_queue_free);
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  set_answers (self, well, G_N_ELEMENTS (well));
  self->service = connect_to_bus ();
  call_bus (self, "RequestName", g_variant_new ("(su)", NAME, 0));
  g_dbus_connection_add_filter (self->service, answer_cb, self, NULL);
  self->client = connect_to_bus ();
  self->runner = myrmex_service_runner_new (self->client);
  self->workflow = myrmex_workflow_new ("w");
  myrmex_workflow_add_command (self->workflow, "a", "true", NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_clear_object (&self->workflow);
  g_clear_object (&self->runner);
  /* It is free for the next one when this has an answer. */
  call_bus (self, "ReleaseName", g_variant_new ("(s)", NAME));
  g_dbus_connection_close_sync (self->client, NULL, NULL);
  g_dbus_connection_close_sync (self->service, NULL, NULL);
  g_clear_object (&self->client);
  g_clear_object (&self->service);
  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->calls);
  g_free (self->token);
  g_mutex_clear (&self->lock);
}

static void
got_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* Starts the workflow, or one that the service has by a name, with or without waiting. */
static MyrmexRun *
start (Fixture   *self,
       gboolean   by_name,
       gboolean   async,
       GError   **error)
{
  MyrmexServiceRunner *runner = MYRMEX_SERVICE_RUNNER (self->runner);
  g_autoptr (GAsyncResult) result = NULL;

  if (!async)
    return by_name ? myrmex_service_runner_start_named (runner, "w", NULL, error)
                   : myrmex_runner_start (self->runner, self->workflow, NULL, error);
  if (by_name)
    myrmex_service_runner_start_named_async (runner, "w", NULL, NULL, got_cb, &result);
  else
    myrmex_service_runner_start_async (runner, self->workflow, NULL, NULL, got_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return by_name ? myrmex_service_runner_start_named_finish (runner, result, error)
                 : myrmex_service_runner_start_finish (runner, result, error);
}

static MyrmexRun *
open_run (Fixture  *self,
          GError  **error)
{
  return myrmex_service_runner_open_run (MYRMEX_SERVICE_RUNNER (self->runner), "w", error);
}

/* The service has accepted a run, and goes away before it tells more: the next one has it. */
static void
test_gone_after_answer (Fixture       *self,
                        gconstpointer  data)
{
  static const char * const ways[] = { UNKNOWN, NO_REPLY };

  for (guint i = 0; i < 8; i++)
    {
      gboolean by_name = (i & 1) != 0;
      const Answers goes = { by_name ? "Subscribe" : "Get", { ways[i >> 2], by_name ? "" : ID } };
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexRun) run = NULL;
      g_autoptr (MyrmexTaskResult) result = NULL;

      set_answers (self, &goes, 1);
      run = start (self, by_name, (i & 2) != 0, &error);
      g_assert_no_error (error);
      g_assert_true (myrmex_run_wait (run, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (strlen (myrmex_run_get_id (run)), ==, 32);
      result = myrmex_run_dup_result (run, "a");
      g_assert_cmpstr (g_variant_get_string (myrmex_task_result_get_value (result), NULL), ==, "x");
      g_assert_false (myrmex_workflow_is_busy (self->workflow));
    }
}

/* Once is enough: a bus on which every service goes away is told of. */
static void
test_gone_for_good (Fixture       *self,
                    gconstpointer  data)
{
  set_answer (self, "Get", NO_REPLY);
  for (guint async = 0; async < 2; async++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (start (self, FALSE, async != 0, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED);
      g_assert_false (myrmex_workflow_is_busy (self->workflow));
    }
}

/* An answer of another type is an error, and no more than that. */
static void
test_other_types (Fixture       *self,
                  gconstpointer  data)
{
  static const Answers rows[] = {
    { "Submit", { "", "('x',)", "(objectpath '/x', 5)" } },
    { "Get", { "", "(5,)", "(<5>,)" } },
    { "ResolveRun", { "", "('x',)", "(5,)" } },
    { "GetAll", { "", "('x',)", "({'Id': <5>, 'Workflow': <6>},)" } },
    { "GetResults", { "", "('x',)", "({'a': <5>}, 'x')" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gboolean starts = i < 2;

      for (guint j = 0; j < 6; j++)
        {
          g_autoptr (GError) error = NULL;

          if (!starts && j >= 3)
            continue;
          set_answers (self, well, G_N_ELEMENTS (well));
          set_answer (self, rows[i].method, rows[i].answers[j % 3]);
          g_assert_null (starts ? start (self, FALSE, j >= 3, &error) : open_run (self, &error));
          g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED);
        }
    }
}

/* Pages that do not come to an end are none. */
static void
test_endless_pages (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = NULL;

  set_answer (self, "GetAll", "({'Id': <'0123456789abcdef0123456789abcdef'>, 'Workflow': <'w'>, "
                              "'Status': <'completed'>, 'TotalTasks': <uint32 1000>},)");
  run = open_run (self, &error);
  g_assert_null (run);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED);
}

/* What is told of tasks in another way is passed over, and what is well is taken. */
static void
test_other_changes (Fixture       *self,
                    gconstpointer  data)
{
  static const char * const changes[] = {
    "('x',)",
    "([('a', 'nonsense', {'attempt': <uint32 1>})],)",
    "([('nobody', 'running', {'attempt': <uint32 1>})],)",
    "([('a', 'running', {'attempt': <'x'>, 'started': <'x'>, 'error': <5>, 'reason': <6>, 'fraction': <'x'>})],)",
    "([('', 'started', {'elapsed': <'x'>})],)",
    "([('a', 'completed', {'attempt': <uint32 1>, 'value': <'x'>}),"
    "  ('', 'completed', {'elapsed': <0.1>, 'reason': <'nonsense'>})],)",
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  MyrmexRun *run = start (self, FALSE, FALSE, &error);

  g_assert_no_error (error);
  path = g_strconcat (RUN, self->token, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    g_assert_true (g_dbus_connection_emit_signal (self->service, g_dbus_connection_get_unique_name (self->client), path,
                                                  NAME ".Run", "TasksChanged",
                                                  g_variant_parse (NULL, changes[i], NULL, NULL, NULL), NULL));
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 1);
  g_object_unref (run);
}

#define TASK(status, started, finished) \
  "<{'status': <'" status "'>, 'attempts': <uint32 1>, 'started': <int64 " started ">, 'finished': <int64 " finished ">}>"
#define RUNS(reason, status) \
  "({'Id': <'0123456789abcdef0123456789abcdef'>, 'Workflow': <'w'>, 'Status': <'" status "'>, 'Reason': <'" reason \
  "'>, 'TotalTasks': <uint32 2>, 'Started': <int64 1>, 'Finished': <int64 0>},)"
#define CHANGE(task, status) "('" task "', '" status "', {'attempt': <uint32 1>}), "
#define END "('', 'completed', {'elapsed': <0.1>})"

static void
told_cb (MyrmexRun  *run,
         const char *task,
         const char *status,
         GVariant   *details,
         GString    *told)
{
  g_string_append_printf (told, " %s:%s", task, status);
}

/* There is another service, as far as can be seen. */
static void
restart (Fixture *self)
{
  call_bus (self, "ReleaseName", g_variant_new ("(s)", NAME));
  call_bus (self, "RequestName", g_variant_new ("(su)", NAME, 0));
}

/* How tasks stand is told by a list and, meanwhile, by changes. Whichever is behind, and whatever the clock says: each
 * change once, and a task after what it waits for. */
static void
test_catch_up (Fixture       *self,
               gconstpointer  data)
{
  static const struct
  {
    const char *lists[2];
    const char *changes;
  } rows[] = {
    /* the list is behind */
    { { "({'a': " TASK ("running", "10", "0") "}, uint32 2)" },
      "([" CHANGE ("a", "running") CHANGE ("a", "completed") CHANGE ("b", "running") CHANGE ("b", "completed") END "],)" },
    /* it is ahead */
    { { "({'a': " TASK ("completed", "10", "20") ", 'b': " TASK ("running", "30", "0") "}, uint32 2)" },
      "([" CHANGE ("a", "running") CHANGE ("a", "completed") CHANGE ("b", "running") CHANGE ("b", "completed") END "],)" },
    /* the clock was set back */
    { { "({'a': " TASK ("completed", "50", "60") ", 'b': " TASK ("completed", "10", "20") "}, uint32 2)" },
      "([" END "],)" },
    /* its second page is of a later moment than the first */
    { { "({'a': " TASK ("running", "10", "0") "}, uint32 1)", "({'b': " TASK ("running", "30", "0") "}, uint32 2)" },
      "([" CHANGE ("a", "completed") CHANGE ("b", "running") CHANGE ("b", "completed") END "],)" },
    { { "({'a': " TASK ("running", "10", "0") "}, uint32 1)", "({'b': " TASK ("completed", "30", "40") "}, uint32 2)" },
      "([" CHANGE ("a", "running") CHANGE ("a", "completed") CHANGE ("b", "running") CHANGE ("b", "completed") END "],)" },
  };

  myrmex_task_add_dependency (myrmex_workflow_add_command (self->workflow, "b", "true", NULL), "a");
  set_answer (self, "GetAll", RUNS ("none", "running"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Answers results = { "GetResults", { rows[i].lists[0], rows[i].lists[1] } };
      g_autoptr (GString) told = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexRun) run = start (self, FALSE, FALSE, &error);

      g_assert_no_error (error);
      g_signal_connect (run, "progress", G_CALLBACK (told_cb), told);
      set_answers (self, &results, 1);
      self->changes = rows[i].changes;
      restart (self);
      g_assert_true (myrmex_run_wait (run, NULL, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (told->str, ==, " workflow:started a:running a:completed b:running b:completed "
                       "workflow:completed");
      g_signal_handlers_disconnect_by_data (run, told);
    }
}

/* What is told of a run while it is opened waits until its tasks are known. */
static void
test_open_meanwhile (Fixture       *self,
                     gconstpointer  data)
{
  MyrmexServiceRunner *runner = MYRMEX_SERVICE_RUNNER (self->runner);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = NULL;

  self->token = g_strdup ("opened");
  set_answer (self, "GetAll", RUNS ("none", "running"));
  set_answer (self, "GetResults", "({'a': " TASK ("running", "10", "0") ", 'b': <{'status': <'pending'>}>}, uint32 2)");
  self->changes = "([" CHANGE ("a", "completed") CHANGE ("b", "running") CHANGE ("b", "completed") END "],)";
  myrmex_service_runner_open_run_async (runner, "w", NULL, got_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  run = myrmex_service_runner_open_run_finish (runner, result, &error);
  g_assert_no_error (error);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 2);
}

/* All that was sent to the service is there. */
static void
settle (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) pong =
    g_dbus_connection_call_sync (self->client, NAME, "/", "org.freedesktop.DBus.Peer", "Ping", NULL, NULL,
                                 G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

static char *
describe_calls (Fixture *self)
{
  static const char * const methods[] = { "Cancel", "Pause", "Resume" };
  guint n[G_N_ELEMENTS (methods)];

  g_mutex_lock (&self->lock);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    n[i] = GPOINTER_TO_UINT (g_hash_table_lookup (self->calls, methods[i]));
  g_hash_table_remove_all (self->calls);
  g_mutex_unlock (&self->lock);
  return g_strdup_printf ("%u cancelled, %u paused, %u resumed", n[0], n[1], n[2]);
}

/* What was asked of a service that has gone is asked of the next one, unless that knows it. */
static void
test_wishes (Fixture       *self,
             gconstpointer  data)
{
  static const struct
  {
    guint                n_cancels;
    void              (* ask) (MyrmexRun *run);
    const char          *properties;
    const char          *asked;
  } rows[] = {
    { 0, NULL, RUNS ("none", "running"), "0 cancelled, 0 paused, 0 resumed" },
    { 1, NULL, RUNS ("none", "running"), "1 cancelled, 0 paused, 0 resumed" },
    { 1, NULL, RUNS ("run_cancelled", "running"), "0 cancelled, 0 paused, 0 resumed" },
    { 2, NULL, RUNS ("none", "running"), "2 cancelled, 0 paused, 0 resumed" },
    { 2, NULL, RUNS ("run_cancelled", "running"), "1 cancelled, 0 paused, 0 resumed" },
    { 0, myrmex_run_pause, RUNS ("none", "running"), "0 cancelled, 1 paused, 0 resumed" },
    { 0, myrmex_run_pause, RUNS ("none", "paused"), "0 cancelled, 0 paused, 0 resumed" },
    { 0, myrmex_run_resume, RUNS ("none", "paused"), "0 cancelled, 0 paused, 1 resumed" },
    { 0, myrmex_run_resume, RUNS ("none", "running"), "0 cancelled, 0 paused, 0 resumed" },
  };

  set_answer (self, "GetResults", "(@a{sv} {}, uint32 2)");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexRun) run = start (self, FALSE, FALSE, &error);
      g_autofree char *before = NULL;
      g_autofree char *asked = NULL;

      g_assert_no_error (error);
      for (guint j = 0; j < rows[i].n_cancels; j++)
        myrmex_run_cancel (run);
      if (rows[i].ask != NULL)
        rows[i].ask (run);
      settle (self);
      before = describe_calls (self);
      set_answer (self, "GetAll", rows[i].properties);
      self->changes = "([" END "],)";
      restart (self);
      g_assert_true (myrmex_run_wait (run, NULL, &error));
      g_assert_no_error (error);
      settle (self);
      asked = describe_calls (self);
      g_assert_cmpstr (asked, ==, rows[i].asked);
    }
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(name, func) g_test_add ("/answers/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("gone-after-answer", test_gone_after_answer);
  ADD ("gone-for-good", test_gone_for_good);
  ADD ("other-types", test_other_types);
  ADD ("endless-pages", test_endless_pages);
  ADD ("other-changes", test_other_changes);
  ADD ("catch-up", test_catch_up);
  ADD ("open-meanwhile", test_open_meanwhile);
  ADD ("wishes", test_wishes);
#undef ADD

  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
