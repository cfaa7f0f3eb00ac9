/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-run.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
gboolean   myrmex_workflow_validate   (MyrmexWorkflow       *self,
                                       GError              **error);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun *myrmex_workflow_start      (MyrmexWorkflow       *self,
                                       GVariant             *options,
                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun *myrmex_workflow_run        (MyrmexWorkflow       *self,
                                       GCancellable         *cancellable,
                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void       myrmex_workflow_run_async  (MyrmexWorkflow       *self,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun *myrmex_workflow_run_finish (MyrmexWorkflow       *self,
                                       GAsyncResult         *result,
                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
