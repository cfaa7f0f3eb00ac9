/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-graph-private.h"
#include "model/myrmex-workflow-private.h"

G_BEGIN_DECLS

/* Told of a dependency that is no task of the workflow. */
typedef void (* MyrmexMissingFunc) (MyrmexWorkflow *workflow,
                                    guint32         task,
                                    const char     *dependency,
                                    gpointer        data);

void  myrmex_workflow_fill_graph       (MyrmexWorkflow    *self,
                                        MyrmexGraph       *graph,
                                        MyrmexMissingFunc  missing,
                                        gpointer           data);
char *myrmex_workflow_describe_missing (MyrmexWorkflow    *self,
                                        guint32            task,
                                        const char        *dependency) G_GNUC_WARN_UNUSED_RESULT;
char *myrmex_workflow_describe_cycle   (MyrmexWorkflow    *self,
                                        const GArray      *cycle) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
