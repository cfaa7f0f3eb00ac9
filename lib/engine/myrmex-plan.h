/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_PLAN (myrmex_plan_get_type ())

typedef struct _MyrmexPlan MyrmexPlan;

MYRMEX_AVAILABLE_IN_1_0
GType       myrmex_plan_get_type         (void) G_GNUC_CONST;
MYRMEX_AVAILABLE_IN_1_0
MyrmexPlan *myrmex_plan_new              (MyrmexWorkflow  *workflow,
                                          GError         **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexPlan *myrmex_plan_ref              (MyrmexPlan      *self);
MYRMEX_AVAILABLE_IN_1_0
void        myrmex_plan_unref            (MyrmexPlan      *self);
MYRMEX_AVAILABLE_IN_1_0
guint       myrmex_plan_get_n_tasks      (MyrmexPlan      *self);
MYRMEX_AVAILABLE_IN_1_0
guint       myrmex_plan_get_n_edges      (MyrmexPlan      *self);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_plan_get_task_name    (MyrmexPlan      *self,
                                          guint            index);
MYRMEX_AVAILABLE_IN_1_0
char      **myrmex_plan_dup_order        (MyrmexPlan      *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char      **myrmex_plan_dup_dependencies (MyrmexPlan      *self,
                                          const char      *task_name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char      **myrmex_plan_dup_dependants   (MyrmexPlan      *self,
                                          const char      *task_name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char      **myrmex_plan_dup_longest_path (MyrmexPlan      *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexPlan, myrmex_plan_unref)

G_END_DECLS
