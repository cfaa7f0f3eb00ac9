/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-service-runner.h"

G_BEGIN_DECLS

/* The connection, made where there is none so far. Not a reference. */
GDBusConnection *myrmex_service_runner_ensure_connection (MyrmexServiceRunner  *self,
                                                          GError              **error);

G_END_DECLS
