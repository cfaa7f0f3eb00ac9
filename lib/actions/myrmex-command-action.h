/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_COMMAND_ACTION (myrmex_command_action_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexCommandAction, myrmex_command_action, MYRMEX, COMMAND_ACTION, MyrmexAction)

MYRMEX_AVAILABLE_IN_1_0
MyrmexTask *myrmex_workflow_add_command  (MyrmexWorkflow     *workflow,
                                          const char         *name,
                                          const char         *program,
                                          ...) G_GNUC_NULL_TERMINATED;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask *myrmex_workflow_add_commandv (MyrmexWorkflow     *workflow,
                                          const char         *name,
                                          const char * const *argv,
                                          GVariant           *options);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask *myrmex_workflow_add_shell    (MyrmexWorkflow     *workflow,
                                          const char         *name,
                                          const char         *script,
                                          GVariant           *options);

G_END_DECLS
