/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service-fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

#define NAME "org.codomyrmex.Myrmex1"
#define BUS  "org.freedesktop.DBus"

static const char bus_config[] =
  "<busconfig><type>session</type><listen>unix:dir=%s</listen><auth>EXTERNAL</auth>"
  "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"
  "<allow own=\"*\"/></policy><limit name=\"auth_timeout\">240000</limit></busconfig>\n";

static char *folder;
static char *config_path;
static char *address;
static GSubprocess *bus;
static GSubprocess *service;
static GDBusConnection *connection;

/* Nothing outlives a test program that crashes. */
static void
child_setup (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
new_launcher (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);

  g_subprocess_launcher_set_child_setup (launcher, child_setup, NULL, NULL);
  return launcher;
}

static void
start_bus (void)
{
  g_autoptr (GSubprocessLauncher) launcher = new_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  g_autofree char *config = NULL;
  g_autofree char *option = NULL;
  g_autoptr (GDataInputStream) lines = NULL;

  folder = g_dir_make_tmp ("myrmex-bus-XXXXXX", &error);
  g_assert_no_error (error);
  config_path = g_build_filename (folder, "bus.conf", NULL);
  config = g_strdup_printf (bus_config, folder);
  g_file_set_contents (config_path, config, -1, &error);
  g_assert_no_error (error);

  option = g_strconcat ("--config-file=", config_path, NULL);
  bus = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", option, "--nofork", "--print-address", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (bus));
  address = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (address);
  connection = g_dbus_connection_new_for_address_sync (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
owner_cb (GDBusConnection *from,
          const char      *sender,
          const char      *path,
          const char      *interface,
          const char      *signal,
          GVariant        *parameters,
          gpointer         data)
{
  const char *owner;

  g_variant_get (parameters, "(&s&s&s)", NULL, NULL, &owner);
  *(gboolean *) data = owner[0] != '\0';
}

/* The answer comes after the bus has taken what was sent before the question, the wish for signals included. */
static gboolean
name_has_owner (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;
  gboolean has_owner;

  answer = g_dbus_connection_call_sync (connection, BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner",
                                        g_variant_new ("(s)", NAME), G_VARIANT_TYPE ("(b)"),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (answer, "(b)", &has_owner);
  return has_owner;
}

/* The name of a service that has ended is free before the next one is started. */
static void
start_service (guint max_parallel)
{
  g_autoptr (GSubprocessLauncher) launcher = new_launcher (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autofree char *number = g_strdup_printf ("%u", max_parallel);
  g_autofree char *state = g_build_filename (folder, "state", NULL);
  g_autoptr (GError) error = NULL;
  gboolean is_there = FALSE;
  guint id;

  g_main_context_push_thread_default (context);
  id = g_dbus_connection_signal_subscribe (connection, BUS, BUS, "NameOwnerChanged", NULL, NAME,
                                           G_DBUS_SIGNAL_FLAGS_NONE, owner_cb, &is_there, NULL);
  is_there = name_has_owner ();
  while (is_there)
    g_main_context_iteration (context, TRUE);

  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", state, TRUE);
  g_subprocess_launcher_setenv (launcher, "MYRMEX_MAX_PARALLEL", number, TRUE);
  g_subprocess_launcher_setenv (launcher, "MYRMEX_IDLE_TIMEOUT", "0", TRUE);
  service = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("MYRMEXD"), NULL);
  g_assert_no_error (error);
  while (!is_there)
    g_main_context_iteration (context, TRUE);
  g_dbus_connection_signal_unsubscribe (connection, id);
  g_main_context_pop_thread_default (context);
}

void
service_fixture_end_service (gboolean force)
{
  g_autoptr (GError) error = NULL;

  if (service == NULL)
    return;
  g_subprocess_send_signal (service, force ? SIGKILL : SIGTERM);
  g_subprocess_wait (service, NULL, &error);
  g_assert_no_error (error);
  if (!force)
    g_assert_true (g_subprocess_get_successful (service));
  g_clear_object (&service);
}

const char *
service_fixture_start_bus (void)
{
  if (bus == NULL)
    start_bus ();
  return address;
}

MyrmexRunner *
service_fixture_make_runner (guint max_parallel)
{
  service_fixture_start_bus ();
  service_fixture_end_service (FALSE);
  start_service (max_parallel);
  return myrmex_service_runner_new (connection);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) rm = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "rm", "-r", "--", path, NULL);

  g_assert_no_error (error);
  g_subprocess_wait_check (rm, NULL, &error);
  g_assert_no_error (error);
}

void
service_fixture_forget (void)
{
  g_autofree char *state = g_build_filename (folder, "state", NULL);

  g_assert_null (service);
  remove_folder (state);
}

void
service_fixture_stop (void)
{
  if (bus == NULL)
    return;
  service_fixture_end_service (FALSE);
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_clear_object (&connection);
  g_subprocess_send_signal (bus, SIGTERM);
  g_subprocess_wait (bus, NULL, NULL);
  g_clear_object (&bus);
  /* The journal and the logs are in it. */
  remove_folder (folder);
  g_clear_pointer (&config_path, g_free);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&address, g_free);
}
