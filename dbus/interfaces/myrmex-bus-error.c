/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The names that errors have on the bus, one for each code. The service and its clients compile the same table. */

#include "interfaces/myrmex-bus-private.h"

#include "base/myrmex-error.h"

static const GDBusErrorEntry entries[] = {
  { MYRMEX_ERROR_FAILED, MYRMEX_BUS_ERROR "Failed" },
  { MYRMEX_ERROR_INVALID_ARGUMENT, MYRMEX_BUS_ERROR "InvalidArgument" },
  { MYRMEX_ERROR_INVALID_DEFINITION, MYRMEX_BUS_ERROR "InvalidDefinition" },
  { MYRMEX_ERROR_CYCLE, MYRMEX_BUS_ERROR "Cycle" },
  { MYRMEX_ERROR_UNKNOWN_DEPENDENCY, MYRMEX_BUS_ERROR "UnknownDependency" },
  { MYRMEX_ERROR_DUPLICATE, MYRMEX_BUS_ERROR "Duplicate" },
  { MYRMEX_ERROR_BUSY, MYRMEX_BUS_ERROR "Busy" },
  { MYRMEX_ERROR_TASK_FAILED, MYRMEX_BUS_ERROR "TaskFailed" },
  { MYRMEX_ERROR_TIMED_OUT, MYRMEX_BUS_ERROR "TimedOut" },
  { MYRMEX_ERROR_CANCELLED, MYRMEX_BUS_ERROR "Cancelled" },
  { MYRMEX_ERROR_EXIT_STATUS, MYRMEX_BUS_ERROR "ExitStatus" },
  { MYRMEX_ERROR_SIGNAL, MYRMEX_BUS_ERROR "Signal" },
  { MYRMEX_ERROR_SPAWN_FAILED, MYRMEX_BUS_ERROR "SpawnFailed" },
  { MYRMEX_ERROR_EXPRESSION, MYRMEX_BUS_ERROR "Expression" },
  { MYRMEX_ERROR_INVALID_VALUE, MYRMEX_BUS_ERROR "InvalidValue" },
  { MYRMEX_ERROR_LIMIT, MYRMEX_BUS_ERROR "Limit" },
  { MYRMEX_ERROR_NOT_FOUND, MYRMEX_BUS_ERROR "NotFound" },
  { MYRMEX_ERROR_NOT_SUPPORTED, MYRMEX_BUS_ERROR "NotSupported" },
  { MYRMEX_ERROR_INTERRUPTED, MYRMEX_BUS_ERROR "Interrupted" },
  { MYRMEX_ERROR_ACCESS_DENIED, MYRMEX_BUS_ERROR "AccessDenied" },
  { MYRMEX_ERROR_JOURNAL, MYRMEX_BUS_ERROR "Journal" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (entries) == MYRMEX_ERROR_JOURNAL + 1);

/* Any number of times, from any thread. */
void
myrmex_bus_register_errors (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain (g_quark_to_string (MYRMEX_ERROR), &quark, entries, G_N_ELEMENTS (entries));
}

/* The name of any error, of other domains too, that g_dbus_error_new_for_dbus_error() makes the same error of. */
char *
myrmex_bus_dup_error_type (const GError *error)
{
  myrmex_bus_register_errors ();
  return g_dbus_error_encode_gerror (error);
}
