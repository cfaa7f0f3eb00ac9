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

/* In the thread of GDBus. */
static GDBusMessage *
answer_cb (GDBusConnection *connection,
           GDBusMessage    *message,
           gboolean         incoming,
           gpointer         data)
{
  Fixture *self = data;
  g_autoptr (GDBusMessage) reply = NULL;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_mutex_lock (&self->lock);
  if (g_str_has_prefix (g_dbus_message_get_member (message), "Submit"))
    take_token (self, message);
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
  ADD ("other-changes", test_other_changes);
#undef ADD

  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
