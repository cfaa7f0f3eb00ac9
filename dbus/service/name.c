/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* GLib has functions for this, which warn where a name is given back while the bus goes or another one takes it: either
 * is nothing but one more reason to leave. */

#include "name.h"

#include "interfaces/myrmex-bus-private.h"

#define BUS      "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

/* Of RequestName, in the specification of D-Bus. */
#define ALLOW_REPLACEMENT (1u << 0)
#define REPLACE_EXISTING  (1u << 1)
#define DO_NOT_QUEUE      (1u << 2)
#define PRIMARY_OWNER     (1)
#define ALREADY_OWNER     (4)

struct _Name
{
  GDBusConnection *connection;
  NameLostFunc     lost;
  gpointer         data;
  guint            lost_id;      /* not 0: it is asked for, or had */
  GCancellable    *cancellable;  /* of the call that asks for it, or gives it back */
  NameReleasedFunc released;
  gboolean         is_had;
  gboolean         was_had;      /* at any time */
};

Name *
name_new (GDBusConnection *connection,
          NameLostFunc     lost,
          gpointer         data)
{
  Name *self = g_new0 (Name, 1);

  self->connection = g_object_ref (connection);
  self->lost = lost;
  self->data = data;
  return self;
}

static void
stop_call (Name *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
forget (Name *self)
{
  g_dbus_connection_signal_unsubscribe (self->connection, self->lost_id);
  self->lost_id = 0;
  self->is_had = FALSE;
  stop_call (self);
}

void
name_free (Name *self)
{
  name_release (self, NULL);
  stop_call (self);
  g_object_unref (self->connection);
  g_free (self);
}

static void
lose (Name         *self,
      const GError *error)
{
  forget (self);
  self->lost (self->was_had, error, self->data);
}

static void
lost_cb (GDBusConnection *connection,
         const char      *sender,
         const char      *path,
         const char      *interface,
         const char      *signal,
         GVariant        *parameters,
         gpointer         data)
{
  lose (data, NULL);
}

static void
requested_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      data)
{
  Name *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 code = 0;

  /* @self may be no more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    g_variant_get (reply, "(u)", &code);
  if (code == PRIMARY_OWNER || code == ALREADY_OWNER)
    {
      self->is_had = self->was_had = TRUE;
      g_info ("myrmexd %s has the name %s", MYRMEX_VERSION, MYRMEX_BUS_NAME);
    }
  /* That the bus is gone is told by the connection. */
  else if (!g_dbus_connection_is_closed (self->connection))
    {
      lose (self, error);
    }
}

void
name_request (Name     *self,
              gboolean  replace)
{
  guint32 flags = ALLOW_REPLACEMENT | DO_NOT_QUEUE | (replace ? REPLACE_EXISTING : 0);

  if (self->lost_id != 0)
    return;
  stop_call (self);
  self->cancellable = g_cancellable_new ();
  self->lost_id = g_dbus_connection_signal_subscribe (self->connection, BUS, BUS, "NameLost", BUS_PATH,
                                                      MYRMEX_BUS_NAME, G_DBUS_SIGNAL_FLAGS_NONE, lost_cb, self, NULL);
  g_dbus_connection_call (self->connection, BUS, BUS_PATH, BUS, "RequestName",
                          g_variant_new ("(su)", MYRMEX_BUS_NAME, flags), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, self->cancellable, requested_cb, self);
}

gboolean
name_is_had (Name *self)
{
  return self->is_had;
}

static void
released_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Name *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  /* @self may be no more. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->released (self->data);
}

void
name_release (Name             *self,
              NameReleasedFunc  released)
{
  if (self->lost_id == 0)
    return;
  forget (self);
  self->released = released;
  self->cancellable = released != NULL ? g_cancellable_new () : NULL;
  /* However long the bus takes: only it knows what it has for that name. */
  g_dbus_connection_call (self->connection, BUS, BUS_PATH, BUS, "ReleaseName", g_variant_new ("(s)", MYRMEX_BUS_NAME),
                          NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, self->cancellable,
                          released != NULL ? released_cb : NULL, self);
}
