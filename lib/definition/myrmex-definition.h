/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "definition/myrmex-diagnostic.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow *myrmex_workflow_new_from_json (const char       *text,
                                               gssize            length,
                                               const char       *filename,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow *myrmex_workflow_new_from_file (const char       *path,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char           *myrmex_workflow_to_json       (MyrmexWorkflow   *self,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
GPtrArray      *myrmex_definition_check       (const char       *text,
                                               gssize            length,
                                               const char       *filename,
                                               MyrmexWorkflow  **workflow) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GPtrArray      *myrmex_definition_check_file  (const char       *path,
                                               MyrmexWorkflow  **workflow,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
