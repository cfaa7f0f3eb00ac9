/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow *myrmex_workflow_select (MyrmexWorkflow      *self,
                                        const char * const  *only,
                                        const char * const  *tags,
                                        const char * const  *skip,
                                        GError             **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
