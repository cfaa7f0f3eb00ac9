/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Where the list comes from.
 *
 *   load     find out who has the name of the service, which starts it; listen to that process alone; then ask for page
 *            after page, of a size that is taken in within few milliseconds
 *   a page   tells from an offset on. Runs that came or went while it was under way moved what it counts from: one that
 *            came makes it tell of some twice, which does no harm; where more went than came, some would be left out,
 *            so the next page begins where this one should have
 *   live     what comes, changes and goes; one that a change of status brings in is asked for, a few at a time
 *   the owner of the name changes: from the begin; what the list has is compared with what there is
 */

#include "client/myrmex-run-list-private.h"

#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-runner-private.h"
#include "interfaces/myrmex-bus-private.h"

#define PAGE           (200) /* runs */
#define MAX_LOOKUPS    (8)   /* at once */

#define BUS            "org.freedesktop.DBus"
#define PROPERTIES     BUS ".Properties"
#define OBJECT_MANAGER BUS ".ObjectManager"

static void ask_page (MyrmexRunList *self);
static void look_up  (MyrmexRunList *self);

static void
send (MyrmexRunList       *self,
      const char          *destination,
      const char          *path,
      const char          *interface,
      const char          *method,
      GVariant            *parameters,
      GAsyncReadyCallback  callback)
{
  g_autoptr (GDBusMessage) message = myrmex_bus_call_new (destination, path, interface, method, parameters);

  myrmex_bus_call_async (self->connection, message, self->cancellable, callback, myrmex_bus_weak_new (self));
}

/* The list that an answer is for, or NULL where nobody wants it any more. */
static MyrmexRunList *
receive (GObject       *source,
         GAsyncResult  *result,
         gpointer       weak,
         const char    *type,
         GDBusMessage **reply,
         GError       **error)
{
  MyrmexRunList *self = g_weak_ref_get (weak);
  g_autoptr (GError) failure = NULL;

  myrmex_bus_weak_free (weak);
  *reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &failure);
  if (*reply != NULL && type != NULL && !myrmex_bus_check_body (*reply, type, &failure))
    g_clear_object (reply);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_clear_object (&self);
  else if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return self;
}

/* --- Live --- */

typedef struct
{
  gpointer  list; /* a weak reference */
  char     *path;
} Lookup;

static void
looked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      data)
{
  Lookup *lookup = data;
  g_autofree char *path = g_steal_pointer (&lookup->path);
  g_autoptr (GDBusMessage) reply = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRunList) self = receive (source, result, lookup->list, "(a{sv})", &reply, &error);
  g_autoptr (GVariant) told = NULL;

  g_free (lookup);
  if (self == NULL)
    return;
  self->n_lookups--;
  /* It may be forgotten by now. */
  if (reply != NULL)
    {
      told = g_variant_get_child_value (g_dbus_message_get_body (reply), 0);
      myrmex_run_list_take (self, told, path);
    }
  look_up (self);
}

static void
look_up (MyrmexRunList *self)
{
  while (self->n_lookups < MAX_LOOKUPS && self->lookups.length > 0)
    {
      Lookup *lookup = g_new (Lookup, 1);
      g_autoptr (GDBusMessage) message = NULL;

      lookup->list = myrmex_bus_weak_new (self);
      lookup->path = g_queue_pop_head (&self->lookups);
      self->n_lookups++;
      message = myrmex_bus_call_new (self->owner, lookup->path, PROPERTIES, "GetAll",
                                     g_variant_new ("(s)", MYRMEX_BUS_RUN));
      myrmex_bus_call_async (self->connection, message, self->cancellable, looked_up_cb, lookup);
    }
}

static void
signal_cb (GDBusConnection *connection,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *signal,
           GVariant        *parameters,
           gpointer         data)
{
  g_autoptr (MyrmexRunList) self = g_weak_ref_get (data);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) told = NULL;

  if (self == NULL || g_strcmp0 (sender, self->owner) != 0)
    return;
  if (g_str_equal (signal, "PropertiesChanged") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    {
      told = g_variant_get_child_value (parameters, 1);
      if (g_hash_table_contains (self->by_path, path))
        {
          myrmex_run_list_change (self, path, told);
        }
      else if (self->is_selective && myrmex_run_list_is_status_shown (self, told))
        {
          g_queue_push_tail (&self->lookups, g_strdup (path));
          look_up (self);
        }
    }
  else if (g_str_equal (signal, "InterfacesAdded") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oa{sa{sv}})")))
    {
      g_variant_get (parameters, "(&o@a{sa{sv}})", &path, &value);
      told = g_variant_lookup_value (value, MYRMEX_BUS_RUN, G_VARIANT_TYPE_VARDICT);
      if (told != NULL)
        myrmex_run_list_take (self, told, path);
    }
  else if (g_str_equal (signal, "InterfacesRemoved") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oas)")))
    {
      g_variant_get (parameters, "(&oas)", &path, NULL);
      myrmex_run_list_forget (self, path);
    }
}

static guint
listen (MyrmexRunList *self,
        const char    *interface,
        const char    *signal,
        const char    *path,
        const char    *arg0)
{
  return g_dbus_connection_signal_subscribe (self->connection, self->owner, interface, signal, path, arg0,
                                             G_DBUS_SIGNAL_FLAGS_NONE, signal_cb, myrmex_bus_weak_new (self),
                                             myrmex_bus_weak_free);
}

static void
unlisten (MyrmexRunList *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->ids); i++)
    {
      if (self->ids[i] != 0)
        g_dbus_connection_signal_unsubscribe (self->connection, self->ids[i]);
      self->ids[i] = 0;
    }
  g_clear_pointer (&self->owner, g_free);
}

/* --- Loading --- */

static void
page_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr (GDBusMessage) reply = NULL;
  GError *error = NULL;
  g_autoptr (MyrmexRunList) self = receive (source, result, data, "(aa{sv}u)", &reply, &error);
  g_autoptr (GCancellable) cancellable = NULL;
  g_autoptr (GVariant) page = NULL;
  gboolean is_short, is_last;
  guint total, n;

  if (self == NULL)
    return;
  if (reply == NULL)
    {
      myrmex_run_list_set_state (self, FALSE, error);
      return;
    }

  g_variant_get (g_dbus_message_get_body (reply), "(@aa{sv}u)", &page, &total);
  n = (guint) g_variant_n_children (page);
  is_short = self->n_removed > self->n_added;
  is_last = !is_short && (n == 0 || self->offset + n >= total);
  if (is_short)
    self->offset -= MIN (self->offset, self->n_removed - self->n_added);
  else
    self->offset += n;
  cancellable = g_object_ref (self->cancellable);
  myrmex_run_list_take_page (self, page);
  /* Whoever was told of it may have changed the filter. */
  if (g_cancellable_is_cancelled (cancellable))
    return;
  if (!is_last)
    {
      ask_page (self);
      return;
    }
  myrmex_run_list_forget_unseen (self);
  if (!g_cancellable_is_cancelled (cancellable))
    myrmex_run_list_set_state (self, FALSE, NULL);
}

static void
ask_page (MyrmexRunList *self)
{
  GVariant *filter = self->filter != NULL ? self->filter : g_variant_new ("a{sv}", NULL);

  self->n_added = self->n_removed = 0;
  send (self, self->owner, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "ListRuns",
        g_variant_new ("(@a{sv}uu)", filter, self->offset, PAGE), page_cb);
}

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr (GDBusMessage) reply = NULL;
  GError *error = NULL;
  g_autoptr (MyrmexRunList) self = receive (source, result, data, NULL, &reply, &error);

  if (self == NULL)
    return;
  if (reply == NULL)
    {
      myrmex_run_list_set_state (self, FALSE, error);
      return;
    }
  self->owner = g_strdup (g_dbus_message_get_sender (reply));
  self->ids[0] = listen (self, OBJECT_MANAGER, "InterfacesAdded", MYRMEX_BUS_PATH, NULL);
  self->ids[1] = listen (self, OBJECT_MANAGER, "InterfacesRemoved", MYRMEX_BUS_PATH, NULL);
  self->ids[2] = listen (self, PROPERTIES, "PropertiesChanged", NULL, MYRMEX_BUS_RUN);
  ask_page (self);
}

void
myrmex_run_list_load (MyrmexRunList *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_queue_clear_full (&self->lookups, g_free);
  self->n_lookups = 0;
  self->offset = 0;
  if (self->connection == NULL)
    return;
  myrmex_run_list_set_state (self, TRUE, NULL);
  if (self->owner != NULL)
    ask_page (self);
  else
    send (self, MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, BUS ".Peer", "Ping", NULL, found_cb);
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
  g_autoptr (MyrmexRunList) self = g_weak_ref_get (data);
  const char *old_owner, *new_owner;

  if (self == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", NULL, &old_owner, &new_owner);
  if (g_strcmp0 (old_owner, self->owner) == 0)
    unlisten (self);
  else if (self->owner != NULL || self->is_loading)
    return;
  /* A service that has nothing to do leaves, and is left alone. */
  if (new_owner[0] != '\0' || self->is_loading || myrmex_run_list_has_active (self))
    myrmex_run_list_reload (self);
}

void
myrmex_run_list_connect (MyrmexRunList *self)
{
  GError *error = NULL;
  GDBusConnection *connection = myrmex_service_runner_ensure_connection (self->runner, &error);

  if (connection == NULL)
    {
      myrmex_run_list_set_state (self, FALSE, error);
      return;
    }
  self->connection = g_object_ref (connection);
  self->owner_id =
    g_dbus_connection_signal_subscribe (connection, BUS, BUS, "NameOwnerChanged", "/org/freedesktop/DBus",
                                        MYRMEX_BUS_NAME, G_DBUS_SIGNAL_FLAGS_NONE, owner_cb,
                                        myrmex_bus_weak_new (self), myrmex_bus_weak_free);
  myrmex_run_list_load (self);
}

void
myrmex_run_list_disconnect (MyrmexRunList *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_queue_clear_full (&self->lookups, g_free);
  if (self->connection == NULL)
    return;
  unlisten (self);
  g_dbus_connection_signal_unsubscribe (self->connection, self->owner_id);
  g_clear_object (&self->connection);
}
