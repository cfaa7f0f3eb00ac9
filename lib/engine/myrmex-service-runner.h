/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <gio/gio.h>

#include "engine/myrmex-runner.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_SERVICE_RUNNER (myrmex_service_runner_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexServiceRunner, myrmex_service_runner, MYRMEX, SERVICE_RUNNER, MyrmexRunner)

MYRMEX_AVAILABLE_IN_1_0
MyrmexRunner    *myrmex_service_runner_new             (GDBusConnection      *connection) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GDBusConnection *myrmex_service_runner_get_connection  (MyrmexServiceRunner  *self);
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_start_async     (MyrmexServiceRunner  *self,
                                                        MyrmexWorkflow       *workflow,
                                                        GVariant             *options,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_start_finish    (MyrmexServiceRunner  *self,
                                                        GAsyncResult         *result,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_open_run_async  (MyrmexServiceRunner  *self,
                                                        const char           *run,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_open_run_finish (MyrmexServiceRunner  *self,
                                                        GAsyncResult         *result,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_open_run        (MyrmexServiceRunner  *self,
                                                        const char           *run,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_start_named     (MyrmexServiceRunner  *self,
                                                        const char           *workflow_name,
                                                        GVariant             *options,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_start_named_async  (MyrmexServiceRunner  *self,
                                                        const char           *workflow_name,
                                                        GVariant             *options,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_start_named_finish (MyrmexServiceRunner  *self,
                                                        GAsyncResult         *result,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_retry_failed_async (MyrmexServiceRunner *self,
                                                        MyrmexRun            *run,
                                                        GVariant             *options,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun       *myrmex_service_runner_retry_failed_finish (MyrmexServiceRunner *self,
                                                        GAsyncResult         *result,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
GPtrArray       *myrmex_service_runner_list_runs       (MyrmexServiceRunner  *self,
                                                        GVariant             *filter,
                                                        guint                 offset,
                                                        guint                 limit,
                                                        guint                *total,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_list_runs_async (MyrmexServiceRunner  *self,
                                                        GVariant             *filter,
                                                        guint                 offset,
                                                        guint                 limit,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GPtrArray       *myrmex_service_runner_list_runs_finish (MyrmexServiceRunner *self,
                                                        GAsyncResult         *result,
                                                        guint                *total,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
gboolean         myrmex_service_runner_delete_run      (MyrmexServiceRunner  *self,
                                                        const char           *id,
                                                        GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_delete_run_async (MyrmexServiceRunner *self,
                                                        const char           *id,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean         myrmex_service_runner_delete_run_finish (MyrmexServiceRunner *self,
                                                        GAsyncResult         *result,
                                                        GError              **error);

MYRMEX_AVAILABLE_IN_1_0
gboolean         myrmex_service_runner_prune           (MyrmexServiceRunner  *self,
                                                        GVariant             *options,
                                                        guint                *n_pruned,
                                                        GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void             myrmex_service_runner_prune_async     (MyrmexServiceRunner  *self,
                                                        GVariant             *options,
                                                        GCancellable         *cancellable,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean         myrmex_service_runner_prune_finish    (MyrmexServiceRunner  *self,
                                                        GAsyncResult         *result,
                                                        guint                *n_pruned,
                                                        GError              **error);

G_END_DECLS
