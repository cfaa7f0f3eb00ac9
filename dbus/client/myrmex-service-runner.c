/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/myrmex-service-runner-private.h"

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-submission-private.h"
#include "interfaces/myrmex-bus-private.h"

/**
 * MyrmexServiceRunner:
 *
 * Executes workflows in the service on the session bus, which goes on when this process ends. Its runs are as those
 * of [class@Myrmex.LocalRunner]: the same signals, properties and lists, told on the main context that they were
 * started from.
 *
 * What differs: tasks, conditions and transforms that are functions of this program are refused with
 * %MYRMEX_ERROR_NOT_SUPPORTED. Commands see the environment of the service and what the option `env` adds, and run in
 * the current folder of this process unless the workflow or the option `directory` says another.
 * [method@Myrmex.Run.explain] and [method@Myrmex.Run.dup_log_path] ask the service and wait for its answer.
 *
 * A run whose service is started again is found again in the new one, which is started if nobody does. What happened
 * meanwhile is told then, by the time at which it did: each change of a task once, and of attempts that began and
 * failed meanwhile the newest. [method@Myrmex.Run.cancel], [method@Myrmex.Run.pause] and [method@Myrmex.Run.resume] are
 * repeated where the service that was asked went away before it told that it is so. When the new one does not know the
 * run, when there is none for half a minute, or when the bus itself goes away, the run fails with
 * %MYRMEX_REASON_INTERRUPTED.
 *
 * Since: 1.0
 */

struct _MyrmexServiceRunner
{
  MyrmexRunner     parent_instance;

  GDBusConnection *connection;
  gboolean         was_given;
};

G_DEFINE_FINAL_TYPE (MyrmexServiceRunner, myrmex_service_runner, MYRMEX_TYPE_RUNNER)

enum
{
  PROP_CONNECTION = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* --- Starting ---
 *
 *   submit → the path of the run
 *     one that was submitted before with the same key: it is opened, see myrmex-service-run-open.c
 *     ours, by the name of its workflow: likewise, since its tasks are not known
 *     ours: its id is asked for
 *   if the service goes away before it tells, the run is on disk and is found by its token
 */

/* Not the connection that g_bus_get() shares: that ends the process when the bus goes away. One for all runners. */
static GDBusConnection *
connect_session (GError **error)
{
  static GMutex mutex;
  static GWeakRef shared;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  g_autoptr (GDBusConnection) connection = g_weak_ref_get (&shared);
  g_autofree char *address = NULL;

  if (connection != NULL && !g_dbus_connection_is_closed (connection))
    return g_steal_pointer (&connection);
  g_clear_object (&connection);
  address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, error);
  if (address == NULL)
    return NULL;
  connection = g_dbus_connection_new_for_address_sync (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, error);
  g_weak_ref_set (&shared, connection);
  return g_steal_pointer (&connection);
}

GDBusConnection *
myrmex_service_runner_ensure_connection (MyrmexServiceRunner  *self,
                                         GError              **error)
{
  if (self->connection != NULL && (self->was_given || !g_dbus_connection_is_closed (self->connection)))
    return self->connection;
  g_clear_object (&self->connection);
  self->connection = connect_session (error);
  return self->connection;
}

static GDBusMessage *
new_id_call (const char *owner,
             const char *path)
{
  return myrmex_bus_call_new (owner, path, "org.freedesktop.DBus.Properties", "Get",
                              g_variant_new ("(ss)", MYRMEX_BUS_RUN, "Id"));
}

static GDBusMessage *
new_token_call (MyrmexServiceSubmission *submission)
{
  return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "GetRun",
                              g_variant_new ("(s)", submission->run->token));
}

/* The service that has accepted it went away, with the run on disk. To a call of a process that has gone the bus
 * answers as where there is no service. */
static gboolean
can_be_found (MyrmexServiceSubmission *submission,
              const GError            *error)
{
  return !submission->is_found_again && (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED) ||
                                         g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED));
}

/* It is a run that all is to be asked of, as if somebody else had submitted it. */
static void
take_other (MyrmexServiceSubmission *submission,
            const char              *path)
{
  MyrmexServiceRun *run = myrmex_service_run_new (submission->run->connection, NULL, path);

  g_object_unref (submission->run);
  submission->run = run;
  submission->paused = FALSE;
}

/* What the service answered to the submission. */
static void
take_path (MyrmexServiceSubmission *submission,
           const char              *path)
{
  if (g_str_equal (path, submission->run->path))
    return;
  take_other (submission, path);
  /* Our token finds nothing; the key does. */
  submission->is_found_again = TRUE;
}

/* What another service answered to the question for the token. What was told of one whose tasks are not known went with
 * the service that told it. */
static void
take_found_path (MyrmexServiceSubmission *submission,
                 const char              *path)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;

  if (submission->run->names != NULL)
    {
      myrmex_service_run_move (submission->run, path);
      return;
    }
  workflow = g_steal_pointer (&submission->run->workflow);
  take_other (submission, path);
  submission->run->workflow = g_steal_pointer (&workflow);
}

static MyrmexRun *
accept (MyrmexServiceSubmission  *submission,
        GDBusMessage             *reply,
        GError                  **error)
{
  g_autoptr (GVariant) id = NULL;

  if (!myrmex_bus_check_body (reply, "(v)", error))
    return NULL;
  g_variant_get (g_dbus_message_get_body (reply), "(v)", &id);
  if (!g_variant_is_of_type (id, G_VARIANT_TYPE_STRING))
    {
      myrmex_bus_set_answer_error (error);
      return NULL;
    }
  myrmex_service_run_accept (submission->run, g_variant_get_string (id, NULL), g_dbus_message_get_sender (reply),
                             submission->paused);
  /* The wish to be told went with the service that had it. */
  if (submission->is_found_again)
    myrmex_service_run_follow_again (submission->run);
  else
    myrmex_service_run_tell_later (submission->run);
  return MYRMEX_RUN (g_steal_pointer (&submission->run));
}

static MyrmexRun *
ask (MyrmexServiceSubmission  *submission,
     const char               *owner,
     GError                  **error)
{
  g_autoptr (GDBusMessage) call = NULL;
  g_autoptr (GDBusMessage) reply = NULL;

  if (submission->run->names == NULL)
    return myrmex_service_run_open (submission->run, owner, submission->paused, error)
           ? MYRMEX_RUN (g_steal_pointer (&submission->run)) : NULL;
  call = new_id_call (owner, submission->run->path);
  reply = myrmex_bus_call_sync (submission->run->connection, call, 0, error);
  return reply != NULL ? accept (submission, reply, error) : NULL;
}

/* Sends the call that a submission has begun with. */
MyrmexRun *
myrmex_service_runner_submit (MyrmexServiceSubmission  *submission,
                              GDBusMessage             *message,
                              GError                  **error)
{
  GDBusConnection *connection = submission->run->connection;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_sync (connection, message, 0, error);
  g_autoptr (GDBusMessage) call = NULL;
  g_autoptr (GDBusMessage) found = NULL;
  GError *failure = NULL;
  const char *path;
  MyrmexRun *run;

  if (reply == NULL || !myrmex_bus_check_body (reply, "(o)", error))
    return NULL;
  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  take_path (submission, path);
  run = ask (submission, g_dbus_message_get_sender (reply), &failure);
  if (run != NULL)
    return run;
  if (!can_be_found (submission, failure))
    {
      g_propagate_error (error, failure);
      return NULL;
    }

  g_clear_error (&failure);
  submission->is_found_again = TRUE;
  call = new_token_call (submission);
  found = myrmex_bus_call_sync (connection, call, 0, error);
  if (found == NULL || !myrmex_bus_check_body (found, "(o)", error))
    return NULL;
  g_variant_get (g_dbus_message_get_body (found), "(&o)", &path);
  take_found_path (submission, path);
  return ask (submission, g_dbus_message_get_sender (found), error);
}

static MyrmexRun *
myrmex_service_runner_start (MyrmexRunner    *runner,
                             MyrmexWorkflow  *workflow,
                             GVariant        *options,
                             GError         **error)
{
  MyrmexServiceRunner *self = MYRMEX_SERVICE_RUNNER (runner);
  g_auto (MyrmexServiceSubmission) submission = { 0 };
  g_autoptr (GDBusMessage) message = NULL;

  if (myrmex_service_runner_ensure_connection (self, error) == NULL)
    return NULL;
  message = myrmex_service_submission_begin (&submission, self->connection, workflow, options, error);
  return message != NULL ? myrmex_service_runner_submit (&submission, message, error) : NULL;
}

/**
 * myrmex_service_runner_start_named:
 * @self: a runner
 * @workflow_name: the name of a workflow of the service's catalog
 * @options: (nullable): as for [method@Myrmex.Runner.start]
 * @error: return location for an error, or %NULL
 *
 * Starts a run of a workflow that the service finds by its name, and waits until it is accepted. Its
 * [property@Myrmex.Run:workflow] is %NULL. Where it runs is for the workflow to say, or for the option `directory`.
 *
 * Fails as [method@Myrmex.Runner.start] does, with %MYRMEX_ERROR_NOT_FOUND where there is no such workflow, and with
 * %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_start_named (MyrmexServiceRunner  *self,
                                   const char           *workflow_name,
                                   GVariant             *options,
                                   GError              **error)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_auto (MyrmexServiceSubmission) submission = { 0 };
  g_autoptr (GDBusMessage) message = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (workflow_name != NULL, NULL);

  if (myrmex_service_runner_ensure_connection (self, error) == NULL)
    return NULL;
  message = myrmex_service_submission_begin_named (&submission, self->connection, workflow_name, owned, error);
  return message != NULL ? myrmex_service_runner_submit (&submission, message, error) : NULL;
}

/* --- Without waiting --- */

static void ask_async (GTask      *task,
                       const char *owner);

static void
found_by_token_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *path;

  if (reply == NULL || !myrmex_bus_check_body (reply, "(o)", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  take_found_path (g_task_get_task_data (task), path);
  ask_async (g_steal_pointer (&task), g_dbus_message_get_sender (reply));
}

/* Takes all three. */
static void
asked (GTask     *task,
       MyrmexRun *run,
       GError    *error)
{
  g_autoptr (GTask) owned = task;
  MyrmexServiceSubmission *submission = g_task_get_task_data (task);
  g_autoptr (GDBusMessage) message = NULL;

  if (run != NULL)
    {
      g_task_return_pointer (task, run, g_object_unref);
      return;
    }
  if (!can_be_found (submission, error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  submission->is_found_again = TRUE;
  message = new_token_call (submission);
  myrmex_bus_call_async (submission->run->connection, message, NULL, found_by_token_cb, g_steal_pointer (&owned));
}

static void
got_id_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  MyrmexRun *run = reply != NULL ? accept (g_task_get_task_data (data), reply, &error) : NULL;

  asked (data, run, error);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  GError *error = NULL;
  gboolean is_open = myrmex_service_run_open_finish (MYRMEX_SERVICE_RUN (source), result, &error);

  asked (data, is_open ? MYRMEX_RUN (g_object_ref (source)) : NULL, error);
}

/* It runs by now: from here on it is not given up. Takes the task. */
static void
ask_async (GTask      *task,
           const char *owner)
{
  MyrmexServiceSubmission *submission = g_task_get_task_data (task);
  g_autoptr (GDBusMessage) message = NULL;

  if (submission->run->names == NULL)
    {
      myrmex_service_run_open_async (submission->run, owner, submission->paused, opened_cb, task);
      return;
    }
  message = new_id_call (owner, submission->run->path);
  myrmex_bus_call_async (submission->run->connection, message, NULL, got_id_cb, task);
}

static void
submitted_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *path;

  if (reply == NULL || !myrmex_bus_check_body (reply, "(o)", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  take_path (g_task_get_task_data (task), path);
  ask_async (g_steal_pointer (&task), g_dbus_message_get_sender (reply));
}

/* Its data is a submission, to begin. */
GTask *
myrmex_service_runner_new_task (MyrmexServiceRunner *self,
                                gpointer             tag,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, g_new0 (MyrmexServiceSubmission, 1), myrmex_service_submission_free);
  return task;
}

/* The same without waiting; takes the task, and @error where there is no message. */
void
myrmex_service_runner_submit_async (GTask        *task,
                                    GDBusMessage *message,
                                    GError       *error)
{
  MyrmexServiceRunner *self = g_task_get_source_object (task);

  if (message == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  myrmex_bus_call_async (self->connection, message, g_task_get_cancellable (task), submitted_cb, task);
}

/**
 * myrmex_service_runner_start_async:
 * @self: a runner
 * @workflow: what to run; it can not be changed until the run has ended
 * @options: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 * @cancellable: (nullable): gives up the submission; a run that was accepted goes on
 * @callback: (scope async): called when the service has the run
 * @user_data: data for @callback
 *
 * Checks a workflow and submits it, as [method@Myrmex.Runner.start] does, without waiting for the service. Beside the
 * options named there: `name` (`s`, what the run is called in lists) and `idempotency_key` (`s`).
 *
 * Since: 1.0
 */
void
myrmex_service_runner_start_async (MyrmexServiceRunner *self,
                                   MyrmexWorkflow      *workflow,
                                   GVariant            *options,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (GDBusMessage) message = NULL;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (MYRMEX_IS_WORKFLOW (workflow));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = myrmex_service_runner_new_task (self, myrmex_service_runner_start_async, cancellable, callback, user_data);
  if (myrmex_service_runner_ensure_connection (self, &error) != NULL)
    message = myrmex_service_submission_begin (g_task_get_task_data (task), self->connection, workflow, owned, &error);
  myrmex_service_runner_submit_async (task, message, error);
}

/**
 * myrmex_service_runner_start_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.start_async].
 *
 * Fails as [method@Myrmex.Runner.start] does, and with %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_start_finish (MyrmexServiceRunner  *self,
                                    GAsyncResult         *result,
                                    GError              **error)
{
  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * myrmex_service_runner_start_named_async:
 * @self: a runner
 * @workflow_name: the name of a workflow of the service's catalog
 * @options: (nullable): as for [method@Myrmex.Runner.start]
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called when the run is accepted
 * @user_data: data for @callback
 *
 * As [method@Myrmex.ServiceRunner.start_named], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_start_named_async (MyrmexServiceRunner *self,
                                         const char          *workflow_name,
                                         GVariant            *options,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (GDBusMessage) message = NULL;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (workflow_name != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = myrmex_service_runner_new_task (self, myrmex_service_runner_start_named_async, cancellable, callback,
                                         user_data);
  if (myrmex_service_runner_ensure_connection (self, &error) != NULL)
    message = myrmex_service_submission_begin_named (g_task_get_task_data (task), self->connection, workflow_name,
                                                     owned, &error);
  myrmex_service_runner_submit_async (task, message, error);
}

/**
 * myrmex_service_runner_start_named_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.start_named_async], and fails as [method@Myrmex.ServiceRunner.start_named] does.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_start_named_finish (MyrmexServiceRunner  *self,
                                          GAsyncResult         *result,
                                          GError              **error)
{
  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The object --- */

static void
myrmex_service_runner_finalize (GObject *object)
{
  MyrmexServiceRunner *self = MYRMEX_SERVICE_RUNNER (object);

  g_clear_object (&self->connection);

  G_OBJECT_CLASS (myrmex_service_runner_parent_class)->finalize (object);
}

static void
myrmex_service_runner_get_property (GObject    *object,
                                    guint       prop_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  MyrmexServiceRunner *self = MYRMEX_SERVICE_RUNNER (object);

  switch (prop_id)
    {
    case PROP_CONNECTION:
      g_value_set_object (value, self->connection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_service_runner_set_property (GObject      *object,
                                    guint         prop_id,
                                    const GValue *value,
                                    GParamSpec   *pspec)
{
  MyrmexServiceRunner *self = MYRMEX_SERVICE_RUNNER (object);

  switch (prop_id)
    {
    case PROP_CONNECTION:
      self->connection = g_value_dup_object (value);
      self->was_given = self->connection != NULL;
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_service_runner_class_init (MyrmexServiceRunnerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  myrmex_bus_register_errors ();
  object_class->finalize = myrmex_service_runner_finalize;
  object_class->get_property = myrmex_service_runner_get_property;
  object_class->set_property = myrmex_service_runner_set_property;
  MYRMEX_RUNNER_CLASS (klass)->start = myrmex_service_runner_start;
  myrmex_service_runner_init_retry (MYRMEX_RUNNER_CLASS (klass));

  /**
   * MyrmexServiceRunner:connection:
   *
   * The connection to the bus that the service is on; where none was given, one of the runners' own to the session bus,
   * once it was needed. The program does not end when that bus goes away.
   *
   * Since: 1.0
   */
  properties[PROP_CONNECTION] =
    g_param_spec_object ("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_service_runner_init (MyrmexServiceRunner *self)
{
}

/**
 * myrmex_service_runner_new:
 * @connection: (nullable): a connection to a message bus, or %NULL for the session bus
 *
 * Makes a runner that hands its workflows to the service.
 *
 * Returns: (transfer full): a new runner
 *
 * Since: 1.0
 */
MyrmexRunner *
myrmex_service_runner_new (GDBusConnection *connection)
{
  g_return_val_if_fail (connection == NULL || G_IS_DBUS_CONNECTION (connection), NULL);

  return g_object_new (MYRMEX_TYPE_SERVICE_RUNNER, "connection", connection, NULL);
}

/**
 * myrmex_service_runner_get_connection: (get-property connection)
 * @self: a runner
 *
 * Gets the connection to the bus.
 *
 * Returns: (transfer none) (nullable): the connection, or %NULL before the session bus was needed
 *
 * Since: 1.0
 */
GDBusConnection *
myrmex_service_runner_get_connection (MyrmexServiceRunner *self)
{
  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);

  return self->connection;
}
