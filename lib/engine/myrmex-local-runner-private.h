/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-execution-private.h"
#include "engine/myrmex-local-runner.h"

G_BEGIN_DECLS

MyrmexRunnerServices *myrmex_local_runner_get_services (MyrmexLocalRunner *self);

G_END_DECLS
