/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
GVariant *myrmex_workflow_parse_parameter    (MyrmexWorkflow  *self,
                                              const char      *name,
                                              const char      *text,
                                              GError         **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant *myrmex_workflow_resolve_parameters (MyrmexWorkflow  *self,
                                              GVariant        *given,
                                              GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
