/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/myrmex-bus-call-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "interfaces/myrmex-bus-private.h"

/* In ms. The service answers at once, but it may have to be started, on a busy machine. */
#define CALL_TIMEOUT (60 * 1000)

GDBusMessage *
myrmex_bus_call_new (const char *destination,
                     const char *path,
                     const char *interface,
                     const char *method,
                     GVariant   *parameters)
{
  GDBusMessage *message = g_dbus_message_new_method_call (destination, path, interface, method);

  if (parameters != NULL)
    g_dbus_message_set_body (message, parameters);
  return message;
}

void
myrmex_bus_call_async (GDBusConnection     *connection,
                       GDBusMessage        *message,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_dbus_connection_send_message_with_reply (connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, CALL_TIMEOUT, NULL,
                                             cancellable, callback, user_data);
}

static gboolean
is_missing (const GError *error)
{
  static const int codes[] = {
    G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER, G_DBUS_ERROR_SPAWN_EXEC_FAILED,
    G_DBUS_ERROR_SPAWN_FAILED, G_DBUS_ERROR_SPAWN_SERVICE_INVALID, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
    G_DBUS_ERROR_SPAWN_CHILD_EXITED, G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      if (g_error_matches (error, G_DBUS_ERROR, codes[i]))
        return TRUE;
    }
  return FALSE;
}

void
myrmex_bus_take_error (GError **error,
                       GError  *taken)
{
  g_dbus_error_strip_remote_error (taken);
  if (is_missing (taken))
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                 _("The Myrmex service can not be reached on this bus; is it installed? %s"), taken->message);
  else if (g_error_matches (taken, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches (taken, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED) ||
           g_error_matches (taken, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
           g_error_matches (taken, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT))
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED, _("The Myrmex service went away: %s"),
                 taken->message);
  else
    {
      g_propagate_error (error, taken);
      return;
    }
  g_error_free (taken);
}

static GDBusMessage *
check_reply (GDBusMessage  *reply,
             GError        *failure,
             GError       **error)
{
  if (reply == NULL || g_dbus_message_to_gerror (reply, &failure))
    {
      myrmex_bus_take_error (error, failure);
      g_clear_object (&reply);
    }
  return reply;
}

GDBusMessage *
myrmex_bus_call_finish (GDBusConnection  *connection,
                        GAsyncResult     *result,
                        GError          **error)
{
  GError *failure = NULL;
  GDBusMessage *reply = g_dbus_connection_send_message_with_reply_finish (connection, result, &failure);

  return check_reply (reply, failure, error);
}

/* @timeout in ms, 0: as it is usual. */
GDBusMessage *
myrmex_bus_call_sync (GDBusConnection  *connection,
                      GDBusMessage     *message,
                      int               timeout,
                      GError          **error)
{
  GError *failure = NULL;
  GDBusMessage *reply;

  reply = g_dbus_connection_send_message_with_reply_sync (connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                                          timeout > 0 ? timeout : CALL_TIMEOUT, NULL, NULL, &failure);
  return check_reply (reply, failure, error);
}

/* One of the right name that answers so is no service of ours. */
void
myrmex_bus_set_answer_error (GError **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The service answers in another way than it should"));
}

/* Whether an answer has what it should. */
gboolean
myrmex_bus_check_body (GDBusMessage  *reply,
                       const char    *type,
                       GError       **error)
{
  GVariant *body = g_dbus_message_get_body (reply);

  if (body != NULL && g_variant_is_of_type (body, G_VARIANT_TYPE (type)))
    return TRUE;
  myrmex_bus_set_answer_error (error);
  return FALSE;
}

/* For callbacks that must not keep an object: data, and how it is freed. */
gpointer
myrmex_bus_weak_new (gpointer object)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, object);
  return ref;
}

void
myrmex_bus_weak_free (gpointer weak)
{
  g_weak_ref_clear (weak);
  g_free (weak);
}
