/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A call of the service whose answer tells which process gave it: the one whose signals are to be believed. */

GDBusMessage *myrmex_bus_call_new    (const char           *destination,
                                      const char           *path,
                                      const char           *interface,
                                      const char           *method,
                                      GVariant             *parameters);
void          myrmex_bus_call_async  (GDBusConnection      *connection,
                                      GDBusMessage         *message,
                                      GCancellable         *cancellable,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
GDBusMessage *myrmex_bus_call_finish (GDBusConnection      *connection,
                                      GAsyncResult         *result,
                                      GError              **error);
GDBusMessage *myrmex_bus_call_sync   (GDBusConnection      *connection,
                                      GDBusMessage         *message,
                                      int                   timeout,
                                      GError              **error);
/* The error as the library has it: without the name that GDBus puts before the message. */
void          myrmex_bus_take_error  (GError              **error,
                                      GError               *taken);
void          myrmex_bus_set_answer_error (GError         **error);
gboolean      myrmex_bus_check_body  (GDBusMessage         *reply,
                                      const char           *type,
                                      GError              **error);
gpointer      myrmex_bus_weak_new    (gpointer              object);
void          myrmex_bus_weak_free   (gpointer              weak);

G_END_DECLS
