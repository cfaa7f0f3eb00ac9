/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-execution-private.h"
#include "engine/myrmex-run.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_LOCAL_RUN (myrmex_local_run_get_type ())
G_DECLARE_FINAL_TYPE (MyrmexLocalRun, myrmex_local_run, MYRMEX, LOCAL_RUN, MyrmexRun)

MyrmexRun *myrmex_local_run_start (MyrmexRunnerServices  *services,
                                   MyrmexPlan            *plan,
                                   GVariant              *options,
                                   GError               **error);

/* Brings a run to where another process left it: its scheduler, which is new, and its tasks. Then it goes on with
 * myrmex_execution_go_on(). */
typedef gboolean (* MyrmexRestoreFunc) (MyrmexExecution  *execution,
                                        gpointer          data,
                                        GError          **error);

MyrmexRun *myrmex_local_run_resume (MyrmexRunnerServices  *services,
                                   MyrmexPlan             *plan,
                                   GVariant               *options,
                                   const char             *id,
                                   guint32                 seed,
                                   MyrmexRecorder         *recorder,
                                   MyrmexRestoreFunc       restore,
                                   gpointer                data,
                                   GError                **error);
MyrmexExecution *myrmex_local_run_get_execution (MyrmexLocalRun *self);

G_END_DECLS
