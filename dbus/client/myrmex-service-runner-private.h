/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/myrmex-service-submission-private.h"
#include "engine/myrmex-service-runner.h"

G_BEGIN_DECLS

/* The connection, made where there is none so far. Not a reference. */
GDBusConnection *myrmex_service_runner_ensure_connection (MyrmexServiceRunner  *self,
                                                          GError              **error);

/* A submission that has begun, to its run. */
MyrmexRun       *myrmex_service_runner_submit            (MyrmexServiceSubmission *submission,
                                                          GDBusMessage         *message,
                                                          GError              **error);
GTask           *myrmex_service_runner_new_task          (MyrmexServiceRunner  *self,
                                                          gpointer              tag,
                                                          GCancellable         *cancellable,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
void             myrmex_service_runner_submit_async      (GTask                *task,
                                                          GDBusMessage         *message,
                                                          GError               *error);

/* -retry.c */
void             myrmex_service_runner_init_retry        (MyrmexRunnerClass    *klass);

G_END_DECLS
