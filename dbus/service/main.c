/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmexd: takes its name on the session bus, serves, and leaves: when it is idle, when it is told to, and when it
 * has lost its name. */

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interfaces/myrmex-bus-private.h"
#include "opening.h"
#include "service.h"

/* Without runs and clients. MYRMEX_IDLE_TIMEOUT, in seconds, says otherwise; 0 stays. */
#define IDLE_TIMEOUT_S (30)

/* For what runs to end after it was told to; then by force. */
#define CLOSE_TIMEOUT_S (8)

typedef struct
{
  GMainLoop       *loop;
  GDBusConnection *connection;
  MyrmexJournal   *journal;
  Service         *service;
  gboolean         replace;
  gboolean         verbose;
  guint            owner_id;
  gboolean         had_name;
  gboolean         is_opening;
  gboolean         is_closing;
  guint            close_id;
  int              status;
} Daemon;

static void
quit (Daemon *self)
{
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
  g_clear_handle_id (&self->owner_id, g_bus_unown_name);
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

static void
acquired_cb (GDBusConnection *connection,
             const char      *name,
             gpointer         data)
{
  Daemon *self = data;

  self->had_name = TRUE;
  g_info ("myrmexd %s has the name %s", MYRMEX_VERSION, name);
}

static GError *
new_taken_error (void)
{
  return g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("another one has the name %s; --replace takes it over"),
                      MYRMEX_BUS_NAME);
}

static void
lost_cb (GDBusConnection *connection,
         const char      *name,
         gpointer         data)
{
  Daemon *self = data;

  if (connection != NULL && !self->had_name)
    {
      g_autoptr (GError) error = new_taken_error ();

      g_printerr ("myrmexd: %s\n", error->message);
      self->status = EXIT_FAILURE;
    }
  /* There is nothing to give back, and GLib would warn that there is not. */
  self->owner_id = 0;
  close_service (self, "the name is lost");
}

static void
own_name (Daemon *self)
{
  GBusNameOwnerFlags flags = G_BUS_NAME_OWNER_FLAGS_ALLOW_REPLACEMENT | G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE;

  if (self->owner_id != 0 || self->is_closing)
    return;
  if (self->replace)
    flags |= G_BUS_NAME_OWNER_FLAGS_REPLACE;
  self->owner_id = g_bus_own_name_on_connection (self->connection, MYRMEX_BUS_NAME, flags, acquired_cb, lost_cb, self,
                                                 NULL);
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

/* First the name goes, so that whoever calls from here on starts another one; then what had come before is seen to;
 * and if that was something to do, this is not the time to leave. */
static void
idle_cb (Service  *service,
         gpointer  data)
{
  Daemon *self = data;

  g_clear_handle_id (&self->owner_id, g_bus_unown_name);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (service_is_idle (service))
    {
      g_info ("leaving: idle");
      quit (self);
    }
  else if (!self->is_closing)
    {
      own_name (self);
    }
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
  close_service (self, "the bus has gone");
}

static guint
get_idle_timeout (void)
{
  const char *text = g_getenv ("MYRMEX_IDLE_TIMEOUT");
  double seconds = IDLE_TIMEOUT_S;
  char *end;

  if (text != NULL)
    {
      seconds = g_ascii_strtod (text, &end);
      if (end == text || *end != '\0' || !(seconds >= 0 && seconds <= 1e6))
        {
          g_warning ("MYRMEX_IDLE_TIMEOUT needs a number of seconds, not “%s”", text);
          seconds = IDLE_TIMEOUT_S;
        }
    }
  return (guint) (seconds * 1000);
}

static gboolean
parse (Daemon   *self,
       int      *argc,
       char   ***argv,
       gboolean *wants_version)
{
  const GOptionEntry entries[] = {
    { "replace", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &self->replace,
      N_("Take over from a service that runs already"), NULL },
    { "verbose", 'v', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &self->verbose, N_("Tell more on standard error"), NULL },
    { "version", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, wants_version, N_("Show the version"), NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, N_("Runs workflows for the programs of a session."));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse (context, argc, argv, &error) && *argc == 1)
    return TRUE;
  g_printerr ("myrmexd: %s\n", error != NULL ? error->message : _("there are only options, and no arguments"));
  return FALSE;
}

static GDBusConnection *
connect_bus (GError **error)
{
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, error);

  /* One of its own: nothing ends the process behind its back when the bus goes. */
  return address == NULL ? NULL
                         : g_dbus_connection_new_for_address_sync (address,
                                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                                   NULL, NULL, error);
}

static gboolean
set_up (Daemon  *self,
        GError **error)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new_for_user (error);

  if (config == NULL)
    return FALSE;
  self->connection = connect_bus (error);
  if (self->connection == NULL)
    return FALSE;
  self->journal = myrmex_journal_new (NULL);
  self->service = service_new (self->connection, config, self->journal, get_idle_timeout (), left_cb, idle_cb, self,
                               error);
  return self->service != NULL;
}

static void
serve (Daemon *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGTERM, signal_cb, self),
    g_unix_signal_add (SIGINT, signal_cb, self),
    g_unix_signal_add (SIGHUP, reload_cb, self),
  };

  g_signal_connect (self->connection, "closed", G_CALLBACK (bus_closed_cb), self);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->is_opening = TRUE;
  opening_begin (self->journal, busy_cb, opened_cb, self);
  g_main_loop_run (self->loop);
  while (self->is_opening)
    g_main_context_iteration (NULL, TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  g_clear_handle_id (&self->close_id, g_source_remove);
  g_clear_handle_id (&self->owner_id, g_bus_unown_name);
  g_signal_handlers_disconnect_by_data (self->connection, self);
}

int
main (int    argc,
      char **argv)
{
  Daemon self = { .status = EXIT_SUCCESS };
  g_autoptr (GError) error = NULL;
  gboolean wants_version = FALSE;

  setlocale (LC_ALL, "");
#ifdef __GLIBC__
  /* What threads freed is given back only from few pools. */
  mallopt (M_ARENA_MAX, 2);
#endif
  textdomain (GETTEXT_PACKAGE);
  if (!parse (&self, &argc, &argv, &wants_version))
    return 2;
  if (wants_version)
    {
      g_print ("myrmexd %s\n", MYRMEX_VERSION);
      return EXIT_SUCCESS;
    }
  if (self.verbose)
    g_log_set_debug_enabled (TRUE);

  /* Where tasks are whose caller says no folder; and nothing keeps a file system from being unmounted. */
  if (chdir (g_get_home_dir ()) != 0)
    g_debug ("no home: %s", g_strerror (errno));

  if (!set_up (&self, &error))
    {
      g_printerr ("myrmexd: %s\n", error->message);
      g_clear_object (&self.connection);
      g_clear_object (&self.journal);
      return EXIT_FAILURE;
    }
  serve (&self);
  service_free (self.service);
  if (!myrmex_journal_close (self.journal, NULL, &error))
    g_warning ("the journal was not closed well: %s", error->message);
  g_object_unref (self.journal);
  g_dbus_connection_flush_sync (self.connection, NULL, NULL);
  g_object_unref (self.connection);
  g_main_loop_unref (self.loop);
  return self.status;
}
