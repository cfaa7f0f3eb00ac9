/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Staying in touch with the service.
 *
 *   listen   what is told of the run's path, and the owner of the service's name
 *   watch    a call of Wait() that is answered late: it fails when the service or the bus goes away, however that was
 *   follow   subscribe; then ask how all stands, while what is told meanwhile waits; then tell both, see -tell.c and
 *            -catch-up.c
 *   lost     the owner changed: find the run again by its id, which starts the service if need be, and follow it;
 *            a service that does not know the run has lost it
 *
 * Signals are believed from the process alone that answered for the run: anybody may send any to anybody. */

#include "client/myrmex-service-run-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-words-private.h"
#include "interfaces/myrmex-bus-private.h"

/* How often it is tried to find the run again, in ms, and for how long, in µs. */
#define RETRY_MS   (250)
#define LOST_US    (30 * G_TIME_SPAN_SECOND)

/* In ms. Most runs have ended by then, and need no watch. */
#define WATCH_MS   (1000)

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

/* It is sent to this connection alone, which needs no rule for that. */
static void
listen_to_path (MyrmexServiceRun *self)
{
  self->changes_id =
    g_dbus_connection_signal_subscribe (self->connection, NULL, MYRMEX_BUS_RUN, "TasksChanged", self->path, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NO_MATCH_RULE, changes_cb, myrmex_bus_weak_new (self),
                                        myrmex_bus_weak_free);
}

void
myrmex_service_run_listen (MyrmexServiceRun *self)
{
  self->cancellable = g_cancellable_new ();
  listen_to_path (self);
  self->owner_id =
    g_dbus_connection_signal_subscribe (self->connection, "org.freedesktop.DBus", "org.freedesktop.DBus",
                                        "NameOwnerChanged", "/org/freedesktop/DBus", MYRMEX_BUS_NAME,
                                        G_DBUS_SIGNAL_FLAGS_NONE, owner_cb, myrmex_bus_weak_new (self),
                                        myrmex_bus_weak_free);
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
myrmex_service_run_unlisten (MyrmexServiceRun *self)
{
  if (self->changes_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->changes_id);
  if (self->owner_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->owner_id);
  self->changes_id = self->owner_id = 0;
  clear_source (&self->timer);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* Where the service has it now. */
void
myrmex_service_run_move (MyrmexServiceRun *self,
                         const char       *path)
{
  if (g_str_equal (path, self->path))
    return;
  g_mutex_lock (&self->lock);
  g_free (self->path);
  self->path = g_strdup (path);
  g_mutex_unlock (&self->lock);
  g_dbus_connection_signal_unsubscribe (self->connection, self->changes_id);
  listen_to_path (self);
}

/* Calls @func after @ms on the main context of the run, unless something else is to be done by then. */
static void
set_timer (MyrmexServiceRun *self,
           guint             ms,
           GSourceFunc       func)
{
  clear_source (&self->timer);
  self->timer = g_timeout_source_new (ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->context);
}

/* --- Watching --- */

static gboolean
lost_cb (gpointer data)
{
  lost (data);
  return G_SOURCE_REMOVE;
}

static void
watched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr (MyrmexServiceRun) self = g_weak_ref_get (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);

  myrmex_bus_weak_free (data);
  /* An answer is for those who do not listen. That there are too many such calls does no harm. */
  if (self == NULL || self->has_ended || !g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED))
    return;
  /* A service that leaves says so before its name is free for the next one. */
  if (g_dbus_connection_is_closed (self->connection))
    lost (self);
  else
    set_timer (self, RETRY_MS, lost_cb);
}

static gboolean
watch_cb (gpointer data)
{
  MyrmexServiceRun *self = data;
  g_autoptr (GDBusMessage) message = myrmex_bus_call_new (self->owner, self->path, MYRMEX_BUS_RUN, "Wait", NULL);

  clear_source (&self->timer);
  g_dbus_connection_send_message_with_reply (self->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, G_MAXINT, NULL,
                                             self->cancellable, watched_cb, myrmex_bus_weak_new (self));
  return G_SOURCE_REMOVE;
}

void
myrmex_service_run_watch (MyrmexServiceRun *self)
{
  set_timer (self, WATCH_MS, watch_cb);
}

/* --- Following --- */

typedef struct
{
  GVariant  *properties; /* a{sv} */
  gboolean   is_new;     /* nobody knows anything of the run yet */
  GPtrArray *names;      /* of a new one, as they come */
  GPtrArray *results;    /* {sv} of a name and a{sv} */
  guint      next;       /* the task that the next page begins with */
} Follow;

static Follow *
follow_new (MyrmexServiceRun *self)
{
  Follow *follow = g_new0 (Follow, 1);

  follow->is_new = self->names == NULL;
  follow->names = g_ptr_array_new_with_free_func (g_free);
  follow->results = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  return follow;
}

static void
follow_free (gpointer data)
{
  Follow *follow = data;

  g_clear_pointer (&follow->properties, g_variant_unref);
  g_ptr_array_unref (follow->names);
  g_ptr_array_unref (follow->results);
  g_free (follow);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Follow, follow_free)

static GDBusMessage *
new_call (MyrmexServiceRun *self,
          const char       *interface,
          const char       *method,
          GVariant         *parameters)
{
  return myrmex_bus_call_new (self->owner, self->path, interface, method, parameters);
}

/* What is told from here on waits for what was before it. */
static GDBusMessage *
begin (MyrmexServiceRun *self)
{
  GVariantDict options;

  self->is_fetching = TRUE;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "batched", "b", TRUE);
  return new_call (self, MYRMEX_BUS_RUN, "Subscribe", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)));
}

static GDBusMessage *
ask_properties (MyrmexServiceRun *self)
{
  return new_call (self, PROPERTIES, "GetAll", g_variant_new ("(s)", MYRMEX_BUS_RUN));
}

static GDBusMessage *
ask_results (MyrmexServiceRun *self,
             Follow           *follow)
{
  return new_call (self, MYRMEX_BUS_RUN, "GetResults", g_variant_new ("(uu)", follow->next, 0));
}

static void
take_retried_from (MyrmexServiceRun *self,
                   GVariant         *properties)
{
  const char *earlier;

  if (self->retried_from == NULL && g_variant_lookup (properties, "RetriedFrom", "&s", &earlier) && earlier[0] != '\0')
    self->retried_from = g_strdup (earlier);
}

static gboolean
take_properties (MyrmexServiceRun  *self,
                 Follow            *follow,
                 GDBusMessage      *reply,
                 GError           **error)
{
  if (!myrmex_bus_check_body (reply, "(a{sv})", error))
    return FALSE;
  follow->properties = g_variant_get_child_value (g_dbus_message_get_body (reply), 0);
  if (self->id == NULL)
    g_variant_lookup (follow->properties, "Id", "s", &self->id);
  if (self->name == NULL)
    g_variant_lookup (follow->properties, "Workflow", "s", &self->name);
  take_retried_from (self, follow->properties);
  if (self->id != NULL && self->name != NULL)
    return TRUE;
  myrmex_bus_set_answer_error (error);
  return FALSE;
}

/* @more: whether these were not the last. */
static gboolean
take_results (Follow        *follow,
              GDBusMessage  *reply,
              gboolean      *more,
              GError       **error)
{
  g_autoptr (GVariant) results = NULL;
  guint begin = follow->next, total = 0;
  gsize n;

  if (!myrmex_bus_check_body (reply, "(a{sv}u)", error))
    return FALSE;
  g_variant_get (g_dbus_message_get_body (reply), "(@a{sv}u)", &results, &follow->next);
  n = g_variant_n_children (results);
  for (gsize i = 0; i < n; i++)
    {
      GVariant *entry = g_variant_get_child_value (results, i);
      const char *name;

      g_variant_get_child (entry, 0, "&s", &name);
      g_ptr_array_add (follow->names, g_strdup (name));
      g_ptr_array_add (follow->results, entry);
    }
  g_variant_lookup (follow->properties, "TotalTasks", "u", &total);
  *more = follow->next < total && n > 0;
  if (!*more || follow->next > begin)
    return TRUE;
  myrmex_bus_set_answer_error (error);
  return FALSE;
}

static void
finish (MyrmexServiceRun *self,
        Follow           *follow)
{
  if (follow->is_new)
    {
      g_ptr_array_add (follow->names, NULL);
      myrmex_service_run_set_tasks (self, (char **) g_ptr_array_steal (follow->names, NULL));
      self->is_new = TRUE;
    }
  self->is_fetching = FALSE;
  if (follow->is_new && self->is_from_begin)
    {
      myrmex_service_run_take_kept (self, follow->results);
      return;
    }
  myrmex_service_run_catch_up (self, follow->properties, follow->results, follow->is_new);
  if (!self->has_ended)
    myrmex_service_run_watch (self);
}

/* Waits for each answer. */
gboolean
myrmex_service_run_follow (MyrmexServiceRun  *self,
                           GError           **error)
{
  g_autoptr (Follow) follow = follow_new (self);
  gboolean more = TRUE;

  for (guint step = 0; more; step++)
    {
      g_autoptr (GDBusMessage) call = step == 0   ? begin (self)
                                      : step == 1 ? ask_properties (self)
                                                  : ask_results (self, follow);
      g_autoptr (GDBusMessage) reply = myrmex_bus_call_sync (self->connection, call, 0, error);

      if (reply == NULL || (step == 1 && !take_properties (self, follow, reply, error)) ||
          (step > 1 && !take_results (follow, reply, &more, error)))
        return FALSE;
    }
  finish (self, follow);
  return TRUE;
}

static void
send (GTask               *task,
      GDBusMessage        *message,
      GAsyncReadyCallback  callback)
{
  g_autoptr (GDBusMessage) owned = message;
  MyrmexServiceRun *self = g_task_get_source_object (task);

  myrmex_bus_call_async (self->connection, owned, g_task_get_cancellable (task), callback, task);
}

static void
results_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *self = g_task_get_source_object (task);
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (self->connection, result, &error);
  gboolean more;

  if (reply == NULL || !take_results (follow, reply, &more, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (more)
    {
      send (g_steal_pointer (&task), ask_results (self, follow), results_cb);
      return;
    }
  finish (self, follow);
  g_task_return_boolean (task, TRUE);
}

static void
properties_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *self = g_task_get_source_object (task);
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (self->connection, result, &error);

  if (reply != NULL && take_properties (self, follow, reply, &error))
    send (g_steal_pointer (&task), ask_results (self, follow), results_cb);
  else
    g_task_return_error (task, error);
}

static void
subscribed_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr (GTask) task = data;
  MyrmexServiceRun *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (self->connection, result, &error);

  if (reply != NULL)
    send (g_steal_pointer (&task), ask_properties (self), properties_cb);
  else
    g_task_return_error (task, error);
}

void
myrmex_service_run_follow_async (MyrmexServiceRun    *self,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = g_task_new (self, self->cancellable, callback, user_data);

  g_task_set_source_tag (task, myrmex_service_run_follow_async);
  /* Its calls see to that. A run that has ended needs no calls any more, and that is no failure. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, follow_new (self), follow_free);
  send (task, begin (self), subscribed_cb);
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
  MyrmexServiceRun *self = data;

  clear_source (&self->timer);
  find_again (self);
  return G_SOURCE_REMOVE;
}

/* A service that answers and does not know the run has lost it; another error may be of one that comes up. */
static void
not_found (MyrmexServiceRun *self,
           const GError     *error)
{
  if (g_dbus_connection_is_closed (self->connection))
    myrmex_service_run_interrupt (self, _("The bus went away; if the service has stayed, it goes on with the run"));
  else if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
    myrmex_service_run_interrupt (self, _("The service was started again, and does not know the run any more"));
  else if (g_get_monotonic_time () - self->lost >= LOST_US)
    myrmex_service_run_interrupt (self, _("The service went away, and does not come back"));
  else
    set_timer (self, RETRY_MS, retry_cb);
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

void
myrmex_service_run_follow_again (MyrmexServiceRun *self)
{
  if (self->lost == 0)
    self->lost = g_get_monotonic_time ();
  myrmex_service_run_follow_async (self, followed_cb, NULL);
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
  if (reply == NULL || !myrmex_bus_check_body (reply, "(o)", &error))
    {
      not_found (self, error);
      return;
    }

  g_variant_get (g_dbus_message_get_body (reply), "(&o)", &path);
  g_mutex_lock (&self->lock);
  g_free (self->owner);
  self->owner = g_strdup (g_dbus_message_get_sender (reply));
  g_mutex_unlock (&self->lock);
  myrmex_service_run_move (self, path);
  myrmex_service_run_follow_again (self);
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

/* The process that had the run has gone, or another one has its name. It may be noticed in several ways. */
static void
lost (MyrmexServiceRun *self)
{
  clear_source (&self->timer);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  /* All will be listed anew. */
  g_queue_clear_full (&self->changes, (GDestroyNotify) g_variant_unref);
  self->is_fetching = TRUE;
  if (self->lost == 0)
    self->lost = g_get_monotonic_time ();
  find_again (self);
}

void
myrmex_service_run_lost (MyrmexServiceRun *self)
{
  lost (self);
}
