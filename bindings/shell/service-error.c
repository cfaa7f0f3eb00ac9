/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What goes wrong with the service, in words that say what to do. */

#include <glib/gi18n.h>

#include "message.h"
#include "service.h"

static gboolean
matches_any (const GError *error,
             const int    *codes,
             gsize         n_codes)
{
  for (gsize i = 0; i < n_codes; i++)
    {
      if (g_error_matches (error, G_DBUS_ERROR, codes[i]))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_not_installed (const GError *error)
{
  static const int codes[] = { G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER,
                               G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND };

  return matches_any (error, codes, G_N_ELEMENTS (codes));
}

static gboolean
is_not_started (const GError *error)
{
  static const int codes[] = {
    G_DBUS_ERROR_SPAWN_EXEC_FAILED, G_DBUS_ERROR_SPAWN_FORK_FAILED, G_DBUS_ERROR_SPAWN_CHILD_EXITED,
    G_DBUS_ERROR_SPAWN_CHILD_SIGNALED, G_DBUS_ERROR_SPAWN_FAILED, G_DBUS_ERROR_SPAWN_SETUP_FAILED,
    G_DBUS_ERROR_SPAWN_CONFIG_INVALID, G_DBUS_ERROR_SPAWN_SERVICE_INVALID, G_DBUS_ERROR_SPAWN_PERMISSIONS_INVALID,
    G_DBUS_ERROR_SPAWN_FILE_INVALID, G_DBUS_ERROR_SPAWN_NO_MEMORY,
  };

  return matches_any (error, codes, G_N_ELEMENTS (codes));
}

static gboolean
is_silent (const GError *error)
{
  static const int codes[] = { G_DBUS_ERROR_NO_REPLY, G_DBUS_ERROR_TIMED_OUT, G_DBUS_ERROR_TIMEOUT,
                               G_DBUS_ERROR_DISCONNECTED };

  return matches_any (error, codes, G_N_ELEMENTS (codes)) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* One line on standard error that says what to do. */
ExitStatus
service_complain (const GError *error)
{
  if (is_not_installed (error))
    message_print_error (_("The service is not installed for this session bus. “myrmex run” needs none. (%s)"),
                         error->message);
  else if (is_not_started (error))
    message_print_error (_("The service can not be started: %s. “myrmex run” needs none."), error->message);
  else if (is_silent (error))
    message_print_error (_("The service does not answer; try again. (%s)"), error->message);
  else if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED))
    message_print_error (_("The service refuses: %s. “myrmex run” needs no service."), error->message);
  else if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT))
    message_print_error (_("The service has forgotten that run meanwhile"));
  else if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    message_print_error (_("The service that runs is of another version, and can not do that. (%s)"), error->message);
  else
    message_print_errors (error);

  return is_not_installed (error) || is_not_started (error) || is_silent (error) ? EXIT_STATUS_UNAVAILABLE
                                                                                 : EXIT_STATUS_FAILED;
}
