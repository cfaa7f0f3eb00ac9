/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-runner.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_LOCAL_RUNNER (myrmex_local_runner_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexLocalRunner, myrmex_local_runner, MYRMEX, LOCAL_RUNNER, MyrmexRunner)

MYRMEX_AVAILABLE_IN_1_0
MyrmexRunner *myrmex_local_runner_new              (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRunner *myrmex_local_runner_get_default      (void);
MYRMEX_AVAILABLE_IN_1_0
void          myrmex_local_runner_settle           (MyrmexLocalRunner *self);
MYRMEX_AVAILABLE_IN_1_0
guint         myrmex_local_runner_get_max_parallel (MyrmexLocalRunner *self);

G_END_DECLS
