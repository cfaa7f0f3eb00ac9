/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Getting to know a run of the service that this process has no workflow of. */

#include "client/myrmex-service-run-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-runner-private.h"
#include "interfaces/myrmex-bus-private.h"

static void
begin (MyrmexServiceRun *self,
       const char       *owner)
{
  g_mutex_lock (&self->lock);
  self->owner = g_strdup (owner);
  g_mutex_unlock (&self->lock);
}

static void
accept (MyrmexServiceRun *self,
        gboolean          paused)
{
  myrmex_service_run_accept (self, self->id, self->owner, paused);
  if (!self->has_ended)
    myrmex_service_run_tell_later (self);
}

/* Waits for the service to tell all that is to be known. */
gboolean
myrmex_service_run_open (MyrmexServiceRun  *self,
                         const char        *owner,
                         gboolean           paused,
                         GError           **error)
{
  begin (self, owner);
  if (!myrmex_service_run_follow (self, error))
    return FALSE;
  accept (self, paused);
  return TRUE;
}

static void
followed_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (source);
  GError *error = NULL;

  if (!myrmex_service_run_follow_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  accept (self, GPOINTER_TO_INT (g_task_get_task_data (task)));
  g_task_return_boolean (task, TRUE);
}

void
myrmex_service_run_open_async (MyrmexServiceRun    *self,
                               const char          *owner,
                               gboolean             paused,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, myrmex_service_run_open_async);
  g_task_set_task_data (task, GINT_TO_POINTER (paused), NULL);
  begin (self, owner);
  myrmex_service_run_follow_async (self, followed_cb, task);
}

gboolean
myrmex_service_run_open_finish (MyrmexServiceRun  *self,
                                GAsyncResult      *result,
                                GError           **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- By what a person calls it --- */

static GDBusMessage *
new_resolve_call (const char *text)
{
  return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "ResolveRun",
                              g_variant_new ("(s)", text));
}

static MyrmexServiceRun *
new_resolved (GDBusConnection  *connection,
              GDBusMessage     *reply,
              GError          **error)
{
  const char *path;

  if (!myrmex_bus_check_body (reply, "(o)", error))
    return NULL;
  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  return myrmex_service_run_new (connection, NULL, path);
}

/**
 * myrmex_service_runner_open_run:
 * @self: a runner
 * @run: the id of a run, the first four or more characters of one, or its name
 * @error: return location for an error, or %NULL
 *
 * Gets a run that was submitted before, by whomever, also one that has ended, and waits until all is known of it. From
 * then on it is as if it had been started here, but that its workflow is not known. Of several with a name it is the
 * newest.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such run, with %MYRMEX_ERROR_INVALID_ARGUMENT where several ids
 * begin so, and with %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_open_run (MyrmexServiceRunner  *self,
                                const char           *run,
                                GError              **error)
{
  g_autoptr (GDBusMessage) message = NULL;
  g_autoptr (GDBusMessage) reply = NULL;
  g_autoptr (MyrmexServiceRun) opened = NULL;
  GDBusConnection *connection;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (run != NULL, NULL);

  connection = myrmex_service_runner_ensure_connection (self, error);
  if (connection == NULL)
    return NULL;
  message = new_resolve_call (run);
  reply = myrmex_bus_call_sync (connection, message, 0, error);
  if (reply != NULL)
    opened = new_resolved (connection, reply, error);
  if (opened == NULL || !myrmex_service_run_open (opened, g_dbus_message_get_sender (reply), FALSE, error))
    return NULL;
  return MYRMEX_RUN (g_steal_pointer (&opened));
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (myrmex_service_run_open_finish (MYRMEX_SERVICE_RUN (source), result, &error))
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
  else
    g_task_return_error (task, error);
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

  if (reply != NULL)
    run = new_resolved (G_DBUS_CONNECTION (source), reply, &error);
  if (run == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  myrmex_service_run_open_async (run, g_dbus_message_get_sender (reply), FALSE, opened_cb, g_steal_pointer (&task));
}

/**
 * myrmex_service_runner_open_run_async:
 * @self: a runner
 * @run: the id of a run, the first four or more characters of one, or its name
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called when the run is known
 * @user_data: data for @callback
 *
 * As [method@Myrmex.ServiceRunner.open_run], without waiting.
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
  GDBusConnection *connection;
  GError *error = NULL;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (run != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_service_runner_open_run_async);
  connection = myrmex_service_runner_ensure_connection (self, &error);
  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  message = new_resolve_call (run);
  myrmex_bus_call_async (connection, message, cancellable, resolved_cb, g_steal_pointer (&task));
}

/**
 * myrmex_service_runner_open_run_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.open_run_async], and fails as [method@Myrmex.ServiceRunner.open_run] does.
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
