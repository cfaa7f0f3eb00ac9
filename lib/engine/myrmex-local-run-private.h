/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-execution-private.h"
#include "engine/myrmex-run.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_LOCAL_RUN (myrmex_local_run_get_type ())
G_DECLARE_FINAL_TYPE (MyrmexLocalRun, myrmex_local_run, MYRMEX, LOCAL_RUN, MyrmexRun)

MyrmexRun *myrmex_local_run_new   (MyrmexExecution       *execution);
MyrmexRun *myrmex_local_run_start (MyrmexRunnerServices  *services,
                                   MyrmexPlan            *plan,
                                   GVariant              *options,
                                   GError               **error);

/* Keeps what has completed in an earlier run, in one that is about to start. */
typedef gboolean (* MyrmexKeepFunc) (MyrmexExecution  *execution,
                                     gpointer          data,
                                     GError          **error);

/* A run that retries the one whose id is @earlier; @options are those of myrmex_run_options_merge(). */
MyrmexRun *myrmex_local_run_retry (MyrmexRunnerServices  *services,
                                   MyrmexPlan            *plan,
                                   GVariant              *options,
                                   const char            *earlier,
                                   MyrmexKeepFunc         keep,
                                   gpointer               data,
                                   GError               **error);
MyrmexExecution *myrmex_local_run_get_execution (MyrmexLocalRun *self);

G_END_DECLS
