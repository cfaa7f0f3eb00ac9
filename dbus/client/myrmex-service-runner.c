/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-service-runner.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-run-private.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-plan.h"
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
 * A run whose service is restarted is looked for in the new one. When that does not know it, or when there is none for
 * half a minute, the run fails with %MYRMEX_REASON_INTERRUPTED.
 *
 * Since: 1.0
 */

struct _MyrmexServiceRunner
{
  MyrmexRunner     parent_instance;

  GDBusConnection *connection;
};

G_DEFINE_FINAL_TYPE (MyrmexServiceRunner, myrmex_service_runner, MYRMEX_TYPE_RUNNER)

enum
{
  PROP_CONNECTION = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* --- What is submitted --- */

typedef struct
{
  MyrmexServiceRun *run;
  gboolean          paused;
} Submission;

static void
submission_free (gpointer data)
{
  Submission *submission = data;

  g_clear_object (&submission->run);
  g_free (submission);
}

/* Random, so that nobody can have listened for it. */
static char *
make_token (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv (NULL, parts);
}

/* The service is elsewhere: paths are told from here. A template in the workflow's own is filled by the service. */
static void
add_directory (GVariantDict   *options,
               MyrmexWorkflow *workflow)
{
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *path = NULL;
  const char *own = myrmex_workflow_get_directory (workflow);
  const char *given = NULL;

  /* One of another type is for the service to refuse. */
  if (g_variant_dict_contains (options, "directory") && !g_variant_dict_lookup (options, "directory", "&s", &given))
    return;
  if (given == NULL && own != NULL && (g_path_is_absolute (own) || strstr (own, "${{") != NULL))
    return;
  if (given == NULL)
    given = own != NULL ? own : here;
  path = g_canonicalize_filename (given, here);
  g_variant_dict_insert (options, "directory", "s", path);
}

static void
add_log_directory (GVariantDict *options)
{
  g_autofree char *path = NULL;
  const char *given;

  if (!g_variant_dict_lookup (options, "log_directory", "&s", &given))
    return;
  path = g_canonicalize_filename (given, NULL);
  g_variant_dict_insert (options, "log_directory", "s", path);
}

static GVariant *
make_options (MyrmexWorkflow  *workflow,
              GVariant        *given,
              const char      *token,
              gboolean        *paused,
              GError         **error)
{
  GVariantDict options;

  *paused = FALSE;
  if (given != NULL && !g_variant_is_of_type (given, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("The options of a run must be a dictionary of type “a{sv}”, not “%s”"),
                   g_variant_get_type_string (given));
      return NULL;
    }
  g_variant_dict_init (&options, given);
  g_variant_dict_lookup (&options, "paused", "b", paused);
  add_directory (&options, workflow);
  add_log_directory (&options);
  g_variant_dict_insert (&options, "handle_token", "s", token);
  g_variant_dict_insert (&options, "subscribe", "b", TRUE);
  g_variant_dict_insert (&options, "batched", "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

/* A file for a definition that is too large to be a string in a message. */
static int
make_file (const char  *text,
           gsize        length,
           GError     **error)
{
  int fd = memfd_create ("myrmex-definition", MFD_CLOEXEC);
  gsize written = 0;
  gssize n = 0;

  while (fd >= 0 && written < length && (n = write (fd, text + written, length - written)) > 0)
    written += (gsize) n;
  if (fd >= 0 && written == length)
    return fd;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The definition can not be handed over: %s"),
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GDBusMessage *
make_message (const char  *text,
              GVariant    *options,
              GError     **error)
{
  gsize length = strlen (text);
  g_autoptr (GUnixFDList) fds = NULL;
  GDBusMessage *message;
  int fd;

  if (length <= MYRMEX_BUS_MAX_TEXT_BYTES)
    return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "Submit",
                                g_variant_new ("(s@a{sv})", text, options));
  if (length > MYRMEX_MAX_DEFINITION_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A definition may have at most %d bytes"),
                   MYRMEX_MAX_DEFINITION_BYTES);
      return NULL;
    }
  fd = make_file (text, length, error);
  if (fd < 0)
    return NULL;
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  message = myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "SubmitFile",
                                 g_variant_new ("(h@a{sv})", 0, options));
  g_dbus_message_set_unix_fd_list (message, fds);
  return message;
}

/* What is wrong with a workflow is told as a local runner tells it, and before the service is bothered. */
static GDBusMessage *
prepare (MyrmexServiceRunner  *self,
         MyrmexWorkflow       *workflow,
         GVariant             *given,
         Submission           *submission,
         GError              **error)
{
  g_autoptr (MyrmexPlan) plan = myrmex_plan_new (workflow, error);
  g_autofree char *text = plan != NULL ? myrmex_workflow_to_json (workflow, error) : NULL;
  g_autofree char *token = make_token ();
  g_autofree char *path = g_strconcat (MYRMEX_BUS_RUN_PATH, token, NULL);
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GDBusMessage) message = NULL;

  if (text == NULL)
    return NULL;
  options = make_options (workflow, given, token, &submission->paused, error);
  if (options == NULL)
    return NULL;
  message = make_message (text, options, error);
  if (message == NULL)
    return NULL;
  /* It listens before it is there, so that nothing of it is missed. */
  submission->run = myrmex_service_run_new (self->connection, workflow, path);
  return g_steal_pointer (&message);
}

static GDBusMessage *
new_id_call (Submission   *submission,
             GDBusMessage *reply)
{
  return myrmex_bus_call_new (g_dbus_message_get_sender (reply), submission->run->path,
                              "org.freedesktop.DBus.Properties", "Get",
                              g_variant_new ("(ss)", MYRMEX_BUS_RUN, "Id"));
}

static MyrmexRun *
accept (Submission    *submission,
        GDBusMessage  *reply,
        GError       **error)
{
  GVariant *body = g_dbus_message_get_body (reply);
  g_autoptr (GVariant) id = NULL;

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(v)")))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The service answers in another way than it should"));
      return NULL;
    }
  g_variant_get (body, "(v)", &id);
  myrmex_service_run_accept (submission->run, g_variant_get_string (id, NULL), g_dbus_message_get_sender (reply),
                             submission->paused);
  myrmex_service_run_tell_later (submission->run);
  return MYRMEX_RUN (g_steal_pointer (&submission->run));
}

static gboolean
ensure_connection (MyrmexServiceRunner  *self,
                   GError              **error)
{
  if (self->connection == NULL)
    self->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  return self->connection != NULL;
}

static MyrmexRun *
myrmex_service_runner_start (MyrmexRunner    *runner,
                             MyrmexWorkflow  *workflow,
                             GVariant        *options,
                             GError         **error)
{
  MyrmexServiceRunner *self = MYRMEX_SERVICE_RUNNER (runner);
  Submission submission = { 0 };
  g_autoptr (GDBusMessage) message = NULL;
  g_autoptr (GDBusMessage) reply = NULL;
  g_autoptr (GDBusMessage) id_call = NULL;
  g_autoptr (GDBusMessage) id_reply = NULL;
  MyrmexRun *run = NULL;

  if (!ensure_connection (self, error))
    return NULL;
  message = prepare (self, workflow, options, &submission, error);
  if (message != NULL)
    reply = myrmex_bus_call_sync (self->connection, message, 0, error);
  if (reply != NULL)
    {
      id_call = new_id_call (&submission, reply);
      id_reply = myrmex_bus_call_sync (self->connection, id_call, 0, error);
    }
  if (id_reply != NULL)
    run = accept (&submission, id_reply, error);
  g_clear_object (&submission.run);
  return run;
}

/* --- Without waiting --- */

static void
got_id_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  MyrmexRun *run = reply != NULL ? accept (g_task_get_task_data (task), reply, &error) : NULL;

  if (run != NULL)
    g_task_return_pointer (task, run, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
submitted_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GDBusMessage) message = NULL;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  /* It runs by now: from here on it is not given up. */
  message = new_id_call (g_task_get_task_data (task), reply);
  myrmex_bus_call_async (G_DBUS_CONNECTION (source), message, NULL, got_id_cb, g_steal_pointer (&task));
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
  g_autoptr (GTask) task = NULL;
  g_autoptr (GDBusMessage) message = NULL;
  Submission *submission;
  GError *error = NULL;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (MYRMEX_IS_WORKFLOW (workflow));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_service_runner_start_async);
  submission = g_new0 (Submission, 1);
  g_task_set_task_data (task, submission, submission_free);
  if (ensure_connection (self, &error))
    message = prepare (self, workflow, owned, submission, &error);
  if (message == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  myrmex_bus_call_async (self->connection, message, cancellable, submitted_cb, g_steal_pointer (&task));
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

static void
followed_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *run = MYRMEX_SERVICE_RUN (source);
  GError *error = NULL;

  if (!myrmex_service_run_follow_finish (run, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  myrmex_service_run_accept (run, run->id, run->owner, FALSE);
  g_task_return_pointer (task, g_object_ref (run), g_object_unref);
}

static void
resolved_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (MyrmexServiceRun) run = NULL;
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *path;

  if (reply == NULL || !g_variant_is_of_type (g_dbus_message_get_body (reply), G_VARIANT_TYPE ("(o)")))
    {
      if (error == NULL)
        error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The service answers in another way than it should"));
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  run = myrmex_service_run_new (G_DBUS_CONNECTION (source), NULL, path);
  run->owner = g_strdup (g_dbus_message_get_sender (reply));
  myrmex_service_run_follow_async (run, followed_cb, g_steal_pointer (&task));
}

/**
 * myrmex_service_runner_open_run_async:
 * @self: a runner
 * @run: the id of a run, the first four or more characters of one, or its name
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called when the run is known
 * @user_data: data for @callback
 *
 * Gets a run that was submitted before, by whomever, also one that has ended. From then on it is as if it had been
 * started here, but that its workflow is not known.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_open_run_async (MyrmexServiceRunner *self,
                                      const char          *run,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GDBusMessage) message = NULL;
  GError *error = NULL;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (run != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_service_runner_open_run_async);
  if (!ensure_connection (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  message = myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "ResolveRun",
                                 g_variant_new ("(s)", run));
  myrmex_bus_call_async (self->connection, message, cancellable, resolved_cb, g_steal_pointer (&task));
}

/**
 * myrmex_service_runner_open_run_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.open_run_async].
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such run, with %MYRMEX_ERROR_INVALID_ARGUMENT where several ids
 * begin so, and with %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_open_run_finish (MyrmexServiceRunner  *self,
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

  /**
   * MyrmexServiceRunner:connection:
   *
   * The connection to the bus that the service is on; the session bus where none was given, once it was needed.
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
