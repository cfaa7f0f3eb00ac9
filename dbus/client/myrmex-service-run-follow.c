/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Staying in touch with the service.
 *
 *   listen   what is told of the run's path, and the owner of the service's name
 *   follow   subscribe; then ask how all stands, while what is told meanwhile waits; then tell both, see -tell.c
 *   lost     the owner changed: find the run again by its id, which starts the service if need be, and follow it;
 *            a service that does not know the run has lost it
 *
 * Signals are believed from the process alone that answered for the run: anybody may send any to anybody. */

#include "client/myrmex-service-run-private.h"

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "interfaces/myrmex-bus-private.h"

/* How often it is tried to find the run again, in ms, and for how long, in µs. */
#define RETRY_MS   (250)
#define LOST_US    (30 * G_TIME_SPAN_SECOND)

#define PROPERTIES "org.freedesktop.DBus.Properties"

static void lost (MyrmexServiceRun *self);

/* --- Listening --- */

static void
changes_cb (GDBusConnection *connection,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal,
            GVariant        *parameters,
            gpointer         data)
{
  g_autoptr (MyrmexServiceRun) self = g_weak_ref_get (data);
  g_autoptr (GVariant) changes = NULL;
  gsize n;

  /* Before the answer to the submission nobody can be believed, and nothing can be told yet. Only the service can know
   * the path by then. */
  if (self == NULL || self->has_ended || (self->owner != NULL && g_strcmp0 (sender, self->owner) != 0) ||
      !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a(ssa{sv}))")))
    return;

  changes = g_variant_get_child_value (parameters, 0);
  n = g_variant_n_children (changes);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) change = g_variant_get_child_value (changes, i);

      myrmex_service_run_change (self, change);
    }
  if (self->owner != NULL)
    myrmex_service_run_tell (self);
}

static void
owner_cb (GDBusConnection *connection,
          const char      *sender,
          const char      *path,
          const char      *interface,
          const char      *signal,
          GVariant        *parameters,
          gpointer         data)
{
  g_autoptr (MyrmexServiceRun) self = g_weak_ref_get (data);
  const char *old_owner;

  if (self == NULL || self->has_ended || self->owner == NULL ||
      !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", NULL, &old_owner, NULL);
  if (g_str_equal (old_owner, self->owner))
    lost (self);
}

static gpointer
new_weak_ref (MyrmexServiceRun *self)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, self);
  return ref;
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

void
myrmex_service_run_listen (MyrmexServiceRun *self)
{
  self->cancellable = g_cancellable_new ();
  /* It is sent to this connection alone, which needs no rule for that. */
  self->changes_id =
    g_dbus_connection_signal_subscribe (self->connection, NULL, MYRMEX_BUS_RUN, "TasksChanged", self->path, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NO_MATCH_RULE, changes_cb, new_weak_ref (self),
                                        free_weak_ref);
  self->owner_id =
    g_dbus_connection_signal_subscribe (self->connection, "org.freedesktop.DBus", "org.freedesktop.DBus",
                                        "NameOwnerChanged", "/org/freedesktop/DBus", MYRMEX_BUS_NAME,
                                        G_DBUS_SIGNAL_FLAGS_NONE, owner_cb, new_weak_ref (self), free_weak_ref);
}

void
myrmex_service_run_unlisten (MyrmexServiceRun *self)
{
  if (self->changes_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->changes_id);
  if (self->owner_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->owner_id);
  self->changes_id = self->owner_id = 0;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* --- Following --- */

typedef struct
{
  GVariant *properties; /* a{sv} */
  gboolean  is_new;     /* nobody knows anything of the run yet */
  GPtrArray *names;     /* of a new one, as they come */
  GPtrArray *details;
} Follow;

static void
follow_free (gpointer data)
{
  Follow *follow = data;

  g_clear_pointer (&follow->properties, g_variant_unref);
  g_ptr_array_unref (follow->names);
  g_ptr_array_unref (follow->details);
  g_free (follow);
}

static void
call (GTask               *task,
      const char          *interface,
      const char          *method,
      GVariant            *parameters,
      GAsyncReadyCallback  callback)
{
  MyrmexServiceRun *self = g_task_get_source_object (task);
  g_autoptr (GDBusMessage) message = myrmex_bus_call_new (self->owner, self->path, interface, method, parameters);

  myrmex_bus_call_async (self->connection, message, g_task_get_cancellable (task), callback, task);
}

/* The body of the answer, or %NULL where the task has been given an error instead. */
static GVariant *
get_body (GTask        *task,
          GAsyncResult *result,
          const char   *type)
{
  MyrmexServiceRun *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (self->connection, result, &error);
  GVariant *body = reply != NULL ? g_dbus_message_get_body (reply) : NULL;

  if (reply != NULL && type == NULL)
    return g_variant_ref_sink (g_variant_new ("()"));
  if (body != NULL && g_variant_is_of_type (body, G_VARIANT_TYPE (type)))
    return g_variant_ref (body);
  if (error == NULL)
    error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "the service answers in another way than it should");
  g_task_return_error (task, error);
  return NULL;
}

static MyrmexRunStatus
get_status (Follow *follow)
{
  const char *text;

  if (g_variant_lookup (follow->properties, "Status", "&s", &text))
    {
      for (int i = 0; i <= MYRMEX_RUN_STATUS_CANCELLED; i++)
        {
          if (g_str_equal (text, myrmex_run_status_to_string (i)))
            return i;
        }
    }
  return MYRMEX_RUN_STATUS_RUNNING;
}

static void
merge_all (MyrmexServiceRun *self,
           Follow           *follow)
{
  for (guint i = 0; i < follow->details->len; i++)
    {
      g_autoptr (GVariant) details = NULL;
      const char *name;

      g_variant_get (follow->details->pdata[i], "{&sv}", &name, &details);
      if (g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT))
        myrmex_service_run_merge (self, name, details, follow->is_new);
    }
}

/* It ended while nobody looked. */
static void
end (MyrmexServiceRun *self,
     Follow           *follow,
     MyrmexRunStatus   status)
{
  g_autoptr (GVariant) details = NULL;
  GVariantDict dict;
  const char *reason;
  gint64 started = 0, finished = 0;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "total_tasks", "u", self->n_tasks);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", self->counts[i]);
  if (g_variant_lookup (follow->properties, "Reason", "&s", &reason) && !g_str_equal (reason, "none"))
    g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_lookup (follow->properties, "Started", "x", &started);
  g_variant_lookup (follow->properties, "Finished", "x", &finished);
  g_variant_dict_insert (&dict, "started", "x", started);
  g_variant_dict_insert (&dict, "finished", "x", finished);
  g_variant_dict_insert (&dict, "elapsed", "d", (double) MAX (0, finished - started) / G_USEC_PER_SEC);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  myrmex_service_run_end (self, myrmex_run_status_to_string (status), details);
}

static void
go_on (MyrmexServiceRun *self,
       Follow           *follow,
       MyrmexRunStatus   status)
{
  g_mutex_lock (&self->lock);
  self->status = status;
  g_variant_lookup (follow->properties, "Started", "x", &self->started);
  g_mutex_unlock (&self->lock);
  myrmex_run_notify_status (MYRMEX_RUN (self));
  myrmex_run_notify_counts (MYRMEX_RUN (self));
  myrmex_service_run_tell (self);
}

static void
follow_end (GTask *task)
{
  MyrmexServiceRun *self = g_task_get_source_object (task);
  Follow *follow = g_task_get_task_data (task);
  MyrmexRunStatus status = get_status (follow);

  if (follow->is_new)
    {
      g_ptr_array_add (follow->names, NULL);
      myrmex_service_run_set_tasks (self, (char **) g_ptr_array_steal (follow->names, NULL));
    }
  merge_all (self, follow);
  self->is_fetching = FALSE;
  if (myrmex_run_status_is_final (status))
    end (self, follow, status);
  else
    go_on (self, follow, status);
  g_task_return_boolean (task, TRUE);
}

static void
results_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr (GTask) task = data;
  Follow *follow = g_task_get_task_data (task);
  g_autoptr (GVariant) body = get_body (task, result, "(a{sv}u)");
  g_autoptr (GVariant) results = NULL;
  gsize n;
  guint next, total = 0;

  if (body == NULL)
    return;
  g_variant_get (body, "(@a{sv}u)", &results, &next);
  n = g_variant_n_children (results);
  for (gsize i = 0; i < n; i++)
    {
      GVariant *entry = g_variant_get_child_value (results, i);
      const char *name;

      g_variant_get_child (entry, 0, "&s", &name);
      g_ptr_array_add (follow->names, g_strdup (name));
      g_ptr_array_add (follow->details, entry);
    }
  g_variant_lookup (follow->properties, "TotalTasks", "u", &total);
  if (next < total && n > 0)
    call (g_steal_pointer (&task), MYRMEX_BUS_RUN, "GetResults", g_variant_new ("(uu)", next, 0), results_cb);
  else
    follow_end (task);
}

static void
properties_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *self = g_task_get_source_object (task);
  Follow *follow = g_task_get_task_data (task);
  g_autoptr (GVariant) body = get_body (task, result, "(a{sv})");

  if (body == NULL)
    return;
  follow->properties = g_variant_get_child_value (body, 0);
  if (self->id == NULL)
    g_variant_lookup (follow->properties, "Id", "s", &self->id);
  if (self->name == NULL)
    g_variant_lookup (follow->properties, "Workflow", "s", &self->name);
  call (g_steal_pointer (&task), MYRMEX_BUS_RUN, "GetResults", g_variant_new ("(uu)", 0, 0), results_cb);
}

static void
subscribed_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GVariant) body = get_body (task, result, NULL);

  if (body != NULL)
    call (g_steal_pointer (&task), PROPERTIES, "GetAll", g_variant_new ("(s)", MYRMEX_BUS_RUN), properties_cb);
}

void
myrmex_service_run_follow_async (MyrmexServiceRun    *self,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = g_task_new (self, self->cancellable, callback, user_data);
  Follow *follow = g_new0 (Follow, 1);
  GVariantDict options;

  g_task_set_source_tag (task, myrmex_service_run_follow_async);
  /* Its calls see to that. A run that has ended needs no calls any more, and that is no failure. */
  g_task_set_check_cancellable (task, FALSE);
  follow->is_new = self->names == NULL;
  follow->names = g_ptr_array_new_with_free_func (g_free);
  follow->details = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_task_set_task_data (task, follow, follow_free);

  /* What is told meanwhile waits for what was before it. */
  self->is_fetching = TRUE;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "batched", "b", TRUE);
  call (task, MYRMEX_BUS_RUN, "Subscribe", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), subscribed_cb);
}

gboolean
myrmex_service_run_follow_finish (MyrmexServiceRun  *self,
                                  GAsyncResult      *result,
                                  GError           **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Lost and found --- */

static void find_again (MyrmexServiceRun *self);

static gboolean
retry_cb (gpointer data)
{
  find_again (data);
  return G_SOURCE_REMOVE;
}

/* A service that answers and does not know the run has lost it; another error may be of one that comes up. */
static void
not_found (MyrmexServiceRun *self,
           const GError     *error)
{
  g_autoptr (GSource) source = NULL;

  if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND) ||
      g_get_monotonic_time () - self->lost >= LOST_US || g_dbus_connection_is_closed (self->connection))
    {
      myrmex_service_run_interrupt (self);
      return;
    }
  source = g_timeout_source_new (RETRY_MS);
  g_source_set_callback (source, retry_cb, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

static void
followed_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (source);
  g_autoptr (GError) error = NULL;

  if (myrmex_service_run_follow_finish (self, result, &error))
    self->lost = 0;
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !self->has_ended)
    not_found (self, error);
}

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr (MyrmexServiceRun) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *path;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->has_ended)
    return;
  if (reply == NULL || !g_variant_is_of_type (g_dbus_message_get_body (reply), G_VARIANT_TYPE ("(o)")))
    {
      not_found (self, error);
      return;
    }

  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  myrmex_service_run_unlisten (self);
  g_mutex_lock (&self->lock);
  g_free (self->path);
  self->path = g_strdup (path);
  g_free (self->owner);
  self->owner = g_strdup (g_dbus_message_get_sender (reply));
  g_mutex_unlock (&self->lock);
  myrmex_service_run_listen (self);
  myrmex_service_run_follow_async (self, followed_cb, NULL);
}

static void
find_again (MyrmexServiceRun *self)
{
  g_autoptr (GDBusMessage) message = NULL;

  if (self->has_ended || self->cancellable == NULL)
    return;
  message = myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "GetRun",
                                 g_variant_new ("(s)", self->id));
  myrmex_bus_call_async (self->connection, message, self->cancellable, found_cb, g_object_ref (self));
}

/* The process that had the run has gone, or another one has its name. */
static void
lost (MyrmexServiceRun *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  /* All will be listed anew. */
  g_queue_clear_full (&self->changes, (GDestroyNotify) g_variant_unref);
  self->is_fetching = TRUE;
  self->lost = g_get_monotonic_time ();
  find_again (self);
}
