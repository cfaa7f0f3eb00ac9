/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "definition/myrmex-diagnostic.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

/**
 * MYRMEX_SCRIPTS_FILE:
 *
 * The name of the file with the settings of a folder of scripts.
 *
 * Since: 1.0
 */
#define MYRMEX_SCRIPTS_FILE "myrmex-scripts.json"

MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow *myrmex_workflow_new_from_scripts (const char       *folder,
                                                  GCancellable     *cancellable,
                                                  GError          **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GPtrArray      *myrmex_scripts_check             (const char       *folder,
                                                  MyrmexWorkflow  **workflow,
                                                  GCancellable     *cancellable,
                                                  GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
