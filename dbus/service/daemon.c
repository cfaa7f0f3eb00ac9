/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The life of the process on the bus:
 *
 *   open the journal   one that another service has is waited for, if that leaves, or is to be replaced
 *   recover            the runs in it go on
 *   take the name      calls that came before, since --replace took it already, are answered now
 *   leave              idle; told by a signal; without the name; without the bus
 */

#include "daemon.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdlib.h>

#include "interfaces/myrmex-bus-private.h"
#include "opening.h"

/* For what runs to end after it was told to; then by force. */
#define CLOSE_TIMEOUT_S (8)


static void
quit (Daemon *self)
{
  service_end (self->service);
  g_main_loop_quit (self->loop);
}

static gboolean
force_cb (gpointer data)
{
  Daemon *self = data;

  service_close (self->service);
  return G_SOURCE_CONTINUE;
}

/* Runs stay as they are; nothing that they started stays behind. */
static void
close_service (Daemon     *self,
               const char *why)
{
  if (self->is_closing)
    {
      force_cb (self);
      return;
    }
  g_info ("leaving: %s", why);
  self->is_closing = TRUE;
  name_release (self->name, NULL);
  self->close_id = g_timeout_add_seconds (CLOSE_TIMEOUT_S, force_cb, self);
  service_close (self->service);
}

/* Only now another service may have the journal: nothing that this one started is left. */
static void
left_cb (Service  *service,
         gpointer  data)
{
  quit (data);
}

static GError *
new_taken_error (void)
{
  return g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("another one has the name %s; --replace takes it over"),
                      MYRMEX_BUS_NAME);
}

static void
lost_cb (gboolean      was_had,
         const GError *error,
         gpointer      data)
{
  Daemon *self = data;

  if (!was_had)
    {
      g_autoptr (GError) reason = error != NULL ? g_error_copy (error) : new_taken_error ();

      g_printerr ("myrmexd: %s\n", reason->message);
      self->status = EXIT_FAILURE;
    }
  close_service (self, "the name is lost");
}

static void
own_name (Daemon *self)
{
  if (!self->is_closing)
    name_request (self->name, self->replace);
}

static gboolean
name_has_owner (Daemon *self)
{
  g_autoptr (GVariant) reply =
    g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                 "org.freedesktop.DBus", "NameHasOwner", g_variant_new ("(s)", MYRMEX_BUS_NAME),
                                 G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  gboolean has_owner = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &has_owner);
  return has_owner;
}

/* Another service has the journal. One that is to be replaced leaves when it loses the name; who calls meanwhile is
 * answered later. One that has no name any more is about to be gone. */
static gboolean
busy_cb (gpointer   data,
         GError   **error)
{
  Daemon *self = data;

  if (self->replace)
    own_name (self);
  else if (name_has_owner (self))
    {
      g_clear_error (error);
      g_propagate_error (error, new_taken_error ());
      return FALSE;
    }
  return !self->is_closing;
}

static void
recovered_cb (Service  *service,
              gpointer  data)
{
  own_name (data);
  service_set_ready (service);
}

static void
opened_cb (const GError *error,
           gpointer      data)
{
  Daemon *self = data;
  g_autofree char *set_aside = NULL;

  self->is_opening = FALSE;
  if (error != NULL || self->is_closing)
    {
      if (!self->is_closing)
        {
          g_printerr ("myrmexd: %s\n", error->message);
          self->status = EXIT_FAILURE;
        }
      quit (self);
      return;
    }

  set_aside = myrmex_journal_dup_set_aside_path (self->journal);
  if (set_aside != NULL)
    g_warning ("the journal was damaged; a new one is begun, and the damaged one is “%s”", set_aside);
  recovery_begin (self->service, recovered_cb, self);
}

static void
released_cb (gpointer data)
{
  Daemon *self = data;

  if (self->is_closing)
    return;
  if (service_is_idle (self->service))
    {
      g_info ("leaving: idle");
      quit (self);
      return;
    }
  own_name (self);
  service_touch (self->service);
}

/* First the name goes, so that whoever calls from here on starts another one; then what had come before is seen to;
 * and if that was something to do, this is not the time to leave. Nor is it before the bus has given the name, and
 * what it was asked for with it. */
static void
idle_cb (Service  *service,
         gpointer  data)
{
  Daemon *self = data;

  if (name_is_had (self->name))
    name_release (self->name, released_cb);
  else
    service_touch (service);
}

static gboolean
signal_cb (gpointer data)
{
  close_service (data, "told to by a signal");
  return G_SOURCE_CONTINUE;
}

static gboolean
reload_cb (gpointer data)
{
  Daemon *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexConfig) config = myrmex_config_new_for_user (&error);

  if (config != NULL)
    service_set_config (self->service, config);
  else
    g_warning ("the settings stay as they were: %s", error->message);
  return G_SOURCE_CONTINUE;
}

static void
bus_closed_cb (GDBusConnection *connection,
               gboolean         remote_peer_vanished,
               GError          *error,
               Daemon          *self)
{
  /* Nobody has asked for more haste. */
  if (!self->is_closing)
    close_service (self, "the bus has gone");
}

gboolean
daemon_set_up (Daemon        *self,
               MyrmexConfig  *config,
               guint          idle_timeout,
               GError       **error)
{
  self->name = name_new (self->connection, lost_cb, self);
  self->journal = myrmex_journal_new (NULL);
  self->service = service_new (self->connection, config, self->journal, idle_timeout, left_cb, idle_cb, self, error);
  return self->service != NULL;
}

void
daemon_serve (Daemon *self)
{
  /* They stay as long as the process: without them a signal would end it, in the middle of closing the journal. */
  g_unix_signal_add (SIGTERM, signal_cb, self);
  g_unix_signal_add (SIGINT, signal_cb, self);
  g_unix_signal_add (SIGHUP, reload_cb, self);
  g_signal_connect (self->connection, "closed", G_CALLBACK (bus_closed_cb), self);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->is_opening = TRUE;
  opening_begin (self->journal, busy_cb, opened_cb, self);
  g_main_loop_run (self->loop);
  while (self->is_opening)
    g_main_context_iteration (NULL, TRUE);

  g_clear_handle_id (&self->close_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->connection, self);
}

void
daemon_clear (Daemon *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->name, name_free);
  /* Before the objects go: a call that came too late has no answer then, which has its caller ask the next service, and
   * is not told that there is no such object or method. */
  if (self->connection != NULL && g_dbus_connection_flush_sync (self->connection, NULL, NULL))
    g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_pointer (&self->service, service_free);
  if (self->journal != NULL && !myrmex_journal_close (self->journal, NULL, &error))
    g_warning ("the journal was not closed well: %s", error->message);
  g_clear_object (&self->journal);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}
