/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmexd: its options, and its way to the bus. */

#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"

/* Without runs and clients. MYRMEX_IDLE_TIMEOUT, in seconds, says otherwise; 0 stays. */
#define IDLE_TIMEOUT_S (30)

/* Of memory: a block that is worth a call of the system to give it back. */
#define LARGE_BYTES (1024 * 1024)

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
       gboolean *verbose,
       gboolean *wants_version)
{
  const GOptionEntry entries[] = {
    { "replace", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &self->replace,
      N_("Take over from a service that runs already"), NULL },
    { "verbose", 'v', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, verbose, N_("Tell more on standard error"), NULL },
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
  return self->connection != NULL && daemon_set_up (self, config, get_idle_timeout (), error);
}

int
main (int    argc,
      char **argv)
{
  Daemon self = { .status = EXIT_SUCCESS };
  g_autoptr (GError) error = NULL;
  gboolean verbose = FALSE, wants_version = FALSE;

  setlocale (LC_ALL, "");
#ifdef __GLIBC__
  /* What threads freed is given back only from few pools. */
  mallopt (M_ARENA_MAX, 2);
  /* Large blocks are given back one by one. By itself the C library keeps the room of the largest so far. */
  mallopt (M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
  textdomain (GETTEXT_PACKAGE);
  if (!parse (&self, &argc, &argv, &verbose, &wants_version))
    return 2;
  if (wants_version)
    {
      g_print ("myrmexd %s\n", MYRMEX_VERSION);
      return EXIT_SUCCESS;
    }
  if (verbose)
    g_log_set_debug_enabled (TRUE);

  /* Where tasks are whose caller says no folder; and nothing keeps a file system from being unmounted. */
  if (chdir (g_get_home_dir ()) != 0)
    g_debug ("no home: %s", g_strerror (errno));

  if (!set_up (&self, &error))
    {
      g_printerr ("myrmexd: %s\n", error->message);
      daemon_clear (&self);
      return EXIT_FAILURE;
    }
  daemon_serve (&self);
  daemon_clear (&self);
  return self.status;
}
