/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The session bus, and the service on it. */

#include "doctor.h"

#include <glib/gi18n.h>
#include <myrmex.h>

#define NAME    "org.codomyrmex.Myrmex1"
#define PATH    "/org/codomyrmex/Myrmex1"
#define MANAGER NAME ".Manager"
#define BUS     "org.freedesktop.DBus"

/* For a service that has a large journal to check before it answers. */
#define PATIENCE_MS (30 * 1000)

static GVariant *
ask_bus (GDBusConnection     *bus,
         const char          *method,
         GVariant            *arguments,
         const GVariantType  *type)
{
  return g_dbus_connection_call_sync (bus, BUS, "/org/freedesktop/DBus", BUS, method, arguments, type,
                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
}

static gboolean
has_owner (GDBusConnection *bus)
{
  g_autoptr (GVariant) reply = ask_bus (bus, "NameHasOwner", g_variant_new ("(s)", NAME), G_VARIANT_TYPE ("(b)"));
  gboolean owned = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &owned);
  return owned;
}

static gboolean
is_activatable (GDBusConnection *bus)
{
  g_autoptr (GVariant) reply = ask_bus (bus, "ListActivatableNames", NULL, G_VARIANT_TYPE ("(as)"));
  g_auto (GStrv) names = NULL;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(^as)", &names);
  return g_strv_contains ((const char * const *) names, NAME);
}

static void
tell_failure (Doctor *self,
              GError *error)
{
  g_autofree char *remote = g_dbus_error_get_remote_error (error);
  char *advice;

  if (g_strcmp0 (remote, NAME ".Error.AccessDenied") == 0)
    advice = g_strdup (_("call it from outside of sandboxes; a unit of the service must not have PrivateUsers= or what "
                         "needs it, such as ProtectSystem="));
  else
    advice = g_strdup (_("see what it says: journalctl --user -u myrmexd, or myrmexd --verbose"));
  g_dbus_error_strip_remote_error (error);
  doctor_add (self, "answer", DOCTOR_PROBLEM, g_strdup_printf (_("the service does not answer: %s"), error->message),
              advice);
}

static void
tell_answer (Doctor   *self,
             GVariant *properties,
             gboolean  did_run)
{
  const char *version = "";
  guint32 n_active = 0;

  g_variant_lookup (properties, "Version", "&s", &version);
  g_variant_lookup (properties, "RunsActive", "u", &n_active);
  if (!g_str_equal (version, MYRMEX_VERSION))
    {
      doctor_add (self, "answer", DOCTOR_PROBLEM,
                  g_strdup_printf (_("the service is version %s, and this command is %s"), version, MYRMEX_VERSION),
                  g_strdup (_("let the new one take over: myrmexd --replace, or log in again")));
      return;
    }
  doctor_add (self, "answer", DOCTOR_OK,
              did_run ? g_strdup_printf (ngettext ("the service %s runs, with %u run that has not ended",
                                                   "the service %s runs, with %u runs that have not ended", n_active),
                                         version, n_active)
                      : g_strdup_printf (_("the service %s starts"), version), NULL);
}

static void
check_service (Doctor          *self,
               GDBusConnection *bus)
{
  const gboolean did_run = has_owner (bus);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;

  if (!did_run && !is_activatable (bus))
    {
      doctor_add (self, "name", DOCTOR_PROBLEM,
                  g_strdup_printf (_("nobody has the name %s, and the bus can not start who would"), NAME),
                  g_strdup (_("install the service of Myrmex and log in again, or start myrmexd by hand")));
      return;
    }
  doctor_add (self, "name", DOCTOR_OK,
              g_strdup (did_run ? _("the service has it") : _("the bus starts the service for the first call")), NULL);

  reply = g_dbus_connection_call_sync (bus, NAME, PATH, "org.freedesktop.DBus.Properties", "GetAll",
                                       g_variant_new ("(s)", MANAGER), G_VARIANT_TYPE ("(a{sv})"),
                                       G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, NULL, &error);
  if (reply == NULL)
    {
      tell_failure (self, error);
      return;
    }
  properties = g_variant_get_child_value (reply, 0);
  tell_answer (self, properties, did_run);
}

void
doctor_check_bus (Doctor *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_autoptr (GDBusConnection) bus = NULL;

  if (address != NULL)
    bus = g_dbus_connection_new_for_address_sync (address,
                                                  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                  NULL, NULL, &error);
  if (bus == NULL)
    {
      doctor_add (self, "bus", DOCTOR_PROBLEM, g_strdup_printf (_("there is no session bus: %s"), error->message),
                  g_strdup (_("without one only what needs no service works; dbus-run-session starts one")));
      return;
    }
  doctor_add (self, "bus", DOCTOR_OK, g_steal_pointer (&address), NULL);
  check_service (self, bus);
  g_dbus_connection_close_sync (bus, NULL, NULL);
}
