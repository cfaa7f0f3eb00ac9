/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the service is asked about its runs, and which of them it should forget. */

#include "client/myrmex-service-runner-private.h"

#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-run-info-private.h"
#include "interfaces/myrmex-bus-private.h"

static GVariant *
take_options (GVariant *options)
{
  return options != NULL ? options : g_variant_new ("a{sv}", NULL);
}

static GDBusMessage *
new_call (const char *method,
          GVariant   *parameters)
{
  return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, method, parameters);
}

/* The answer, which is of @type, or NULL. */
static GDBusMessage *
ask (MyrmexServiceRunner  *self,
     GDBusMessage         *message,
     const char           *type,
     GError              **error)
{
  GDBusConnection *connection = myrmex_service_runner_ensure_connection (self, error);
  GDBusMessage *reply = connection != NULL ? myrmex_bus_call_sync (connection, message, 0, error) : NULL;

  if (reply != NULL && type != NULL && !myrmex_bus_check_body (reply, type, error))
    g_clear_object (&reply);
  return reply;
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr (GTask) task = data;
  const char *type = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL && (type == NULL || myrmex_bus_check_body (reply, type, &error)))
    g_task_return_pointer (task, g_steal_pointer (&reply), g_object_unref);
  else
    g_task_return_error (task, error);
}

/* The task is for the answer, which is of @type: a literal. */
static void
ask_async (MyrmexServiceRunner *self,
           GDBusMessage        *message,
           const char          *type,
           gpointer             tag,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GDBusMessage) owned = message;
  GError *error = NULL;
  GDBusConnection *connection = myrmex_service_runner_ensure_connection (self, &error);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, (gpointer) type, NULL);
  if (connection != NULL)
    {
      myrmex_bus_call_async (connection, owned, cancellable, asked_cb, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* --- Listing --- */

static GPtrArray *
read_runs (GDBusMessage *reply,
           guint        *total)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GVariant) listed = NULL;
  guint n;

  g_variant_get (g_dbus_message_get_body (reply), "(@aa{sv}u)", &listed, &n);
  for (gsize i = 0; i < g_variant_n_children (listed); i++)
    {
      g_autoptr (GVariant) told = g_variant_get_child_value (listed, i);
      MyrmexRunInfo *info = myrmex_run_info_new (told, NULL);

      if (info != NULL)
        g_ptr_array_add (runs, info);
    }
  if (total != NULL)
    *total = n;
  return runs;
}

static GDBusMessage *
new_list_call (GVariant *filter,
               guint     offset,
               guint     limit)
{
  return new_call ("ListRuns", g_variant_new ("(@a{sv}uu)", take_options (filter), offset, limit));
}

/**
 * myrmex_service_runner_list_runs:
 * @self: a runner
 * @filter: (nullable): which runs, a dictionary of type `a{sv}`; consumed where it is floating
 * @offset: how many to leave out
 * @limit: how many to give at most; 0: as many as the service gives at once, 1,000
 * @total: (out) (optional): return location for how many there are without @offset and @limit
 * @error: return location for an error, or %NULL
 *
 * Lists runs of the service, the newest first, and waits for the answer. [class@Myrmex.RunList] keeps such a list up to
 * date.
 *
 * The filter may have `status` (a string or an array of them), `active` (a boolean: has it not ended?), `name` (a
 * string) and `since` (an int64: submitted then or later, in microseconds since 1970 UTC).
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where the filter is not understood, and with %MYRMEX_ERROR_NOT_SUPPORTED
 * where there is no service.
 *
 * Returns: (transfer container) (element-type Myrmex.RunInfo): the runs, or %NULL with @error set
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_service_runner_list_runs (MyrmexServiceRunner  *self,
                                 GVariant             *filter,
                                 guint                 offset,
                                 guint                 limit,
                                 guint                *total,
                                 GError              **error)
{
  g_autoptr (GDBusMessage) message = NULL;
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (filter == NULL || g_variant_is_of_type (filter, G_VARIANT_TYPE_VARDICT), NULL);

  message = new_list_call (filter, offset, limit);
  reply = ask (self, message, "(aa{sv}u)", error);
  return reply != NULL ? read_runs (reply, total) : NULL;
}

/**
 * myrmex_service_runner_list_runs_async:
 * @self: a runner
 * @filter: (nullable): which runs, a dictionary of type `a{sv}`; consumed where it is floating
 * @offset: how many to leave out
 * @limit: how many to give at most; 0: as many as the service gives at once, 1,000
 * @cancellable: (nullable): gives it up
 * @callback: (scope async): called when they are known
 * @user_data: data for @callback
 *
 * As [method@Myrmex.ServiceRunner.list_runs], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_list_runs_async (MyrmexServiceRunner *self,
                                       GVariant            *filter,
                                       guint                offset,
                                       guint                limit,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (filter == NULL || g_variant_is_of_type (filter, G_VARIANT_TYPE_VARDICT));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  ask_async (self, new_list_call (filter, offset, limit), "(aa{sv}u)", myrmex_service_runner_list_runs_async,
             cancellable, callback, user_data);
}

/**
 * myrmex_service_runner_list_runs_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @total: (out) (optional): return location for how many there are without offset and limit
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.list_runs_async], and fails as [method@Myrmex.ServiceRunner.list_runs] does.
 *
 * Returns: (transfer container) (element-type Myrmex.RunInfo): the runs, or %NULL with @error set
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_service_runner_list_runs_finish (MyrmexServiceRunner  *self,
                                        GAsyncResult         *result,
                                        guint                *total,
                                        GError              **error)
{
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return reply != NULL ? read_runs (reply, total) : NULL;
}

/* --- Forgetting --- */

/**
 * myrmex_service_runner_delete_run:
 * @self: a runner
 * @id: the id of a run that has ended
 * @error: return location for an error, or %NULL
 *
 * Has the service forget a run and its logs, and waits until it has.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such run, with %MYRMEX_ERROR_BUSY where it has not ended, and
 * with %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: whether it is forgotten
 *
 * Since: 1.0
 */
gboolean
myrmex_service_runner_delete_run (MyrmexServiceRunner  *self,
                                  const char           *id,
                                  GError              **error)
{
  g_autoptr (GDBusMessage) message = NULL;
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  message = new_call ("DeleteRun", g_variant_new ("(s)", id));
  reply = ask (self, message, NULL, error);
  return reply != NULL;
}

/**
 * myrmex_service_runner_delete_run_async:
 * @self: a runner
 * @id: the id of a run that has ended
 * @cancellable: (nullable): gives up waiting for it
 * @callback: (scope async): called when it is forgotten
 * @user_data: data for @callback
 *
 * As [method@Myrmex.ServiceRunner.delete_run], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_delete_run_async (MyrmexServiceRunner *self,
                                        const char          *id,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (id != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  ask_async (self, new_call ("DeleteRun", g_variant_new ("(s)", id)), NULL, myrmex_service_runner_delete_run_async,
             cancellable, callback, user_data);
}

/**
 * myrmex_service_runner_delete_run_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.delete_run_async], and fails as [method@Myrmex.ServiceRunner.delete_run] does.
 *
 * Returns: whether it is forgotten
 *
 * Since: 1.0
 */
gboolean
myrmex_service_runner_delete_run_finish (MyrmexServiceRunner  *self,
                                         GAsyncResult         *result,
                                         GError              **error)
{
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return reply != NULL;
}

static gboolean
read_pruned (GDBusMessage *reply,
             guint        *n_pruned)
{
  if (reply != NULL && n_pruned != NULL)
    g_variant_get (g_dbus_message_get_body (reply), "(u)", n_pruned);
  return reply != NULL;
}

/**
 * myrmex_service_runner_prune:
 * @self: a runner
 * @options: (nullable): which runs, a dictionary of type `a{sv}`; consumed where it is floating
 * @n_pruned: (out) (optional): return location for how many were forgotten
 * @error: return location for an error, or %NULL
 *
 * Has the service forget runs that have ended, all of them or those that every option lets go, and waits until it has:
 * `older_than` (a double, seconds since the end), `keep` (a uint32, the newest so many stay) and `status` (a string or
 * an array of them).
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where an option is not understood, and with %MYRMEX_ERROR_NOT_SUPPORTED
 * where there is no service.
 *
 * Returns: whether that was done
 *
 * Since: 1.0
 */
gboolean
myrmex_service_runner_prune (MyrmexServiceRunner  *self,
                             GVariant             *options,
                             guint                *n_pruned,
                             GError              **error)
{
  g_autoptr (GDBusMessage) message = NULL;
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), FALSE);
  g_return_val_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), FALSE);

  message = new_call ("Prune", g_variant_new ("(@a{sv})", take_options (options)));
  reply = ask (self, message, "(u)", error);
  return read_pruned (reply, n_pruned);
}

/**
 * myrmex_service_runner_prune_async:
 * @self: a runner
 * @options: (nullable): which runs, a dictionary of type `a{sv}`; consumed where it is floating
 * @cancellable: (nullable): gives up waiting for it
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * As [method@Myrmex.ServiceRunner.prune], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_prune_async (MyrmexServiceRunner *self,
                                   GVariant            *options,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  ask_async (self, new_call ("Prune", g_variant_new ("(@a{sv})", take_options (options))), "(u)",
             myrmex_service_runner_prune_async, cancellable, callback, user_data);
}

/**
 * myrmex_service_runner_prune_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @n_pruned: (out) (optional): return location for how many were forgotten
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.prune_async], and fails as [method@Myrmex.ServiceRunner.prune] does.
 *
 * Returns: whether that was done
 *
 * Since: 1.0
 */
gboolean
myrmex_service_runner_prune_finish (MyrmexServiceRunner  *self,
                                    GAsyncResult         *result,
                                    guint                *n_pruned,
                                    GError              **error)
{
  g_autoptr (GDBusMessage) reply = NULL;

  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  reply = g_task_propagate_pointer (G_TASK (result), error);
  return read_pruned (reply, n_pruned);
}
