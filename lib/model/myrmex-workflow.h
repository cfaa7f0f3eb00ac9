/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-action.h"
#include "model/myrmex-task.h"
#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_WORKFLOW (myrmex_workflow_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexWorkflow, myrmex_workflow, MYRMEX, WORKFLOW, GObject)

MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow *myrmex_workflow_new                (const char           *name) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
const char     *myrmex_workflow_get_name           (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
const char     *myrmex_workflow_get_description    (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_description    (MyrmexWorkflow       *self,
                                                    const char           *description);
MYRMEX_AVAILABLE_IN_1_0
gboolean        myrmex_workflow_get_fail_fast      (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_fail_fast      (MyrmexWorkflow       *self,
                                                    gboolean              fail_fast);
MYRMEX_AVAILABLE_IN_1_0
double          myrmex_workflow_get_timeout        (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_timeout        (MyrmexWorkflow       *self,
                                                    double                seconds);
MYRMEX_AVAILABLE_IN_1_0
guint           myrmex_workflow_get_max_parallel   (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_max_parallel   (MyrmexWorkflow       *self,
                                                    guint                 max_parallel);
MYRMEX_AVAILABLE_IN_1_0
const char     *myrmex_workflow_get_directory      (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_directory      (MyrmexWorkflow       *self,
                                                    const char           *directory);
MYRMEX_AVAILABLE_IN_1_0
GVariant       *myrmex_workflow_get_env            (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_env            (MyrmexWorkflow       *self,
                                                    GVariant             *env);
MYRMEX_AVAILABLE_IN_1_0
GVariant       *myrmex_workflow_get_parameters     (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_set_parameters     (MyrmexWorkflow       *self,
                                                    GVariant             *parameters);

MYRMEX_AVAILABLE_IN_1_0
gboolean        myrmex_workflow_can_add            (MyrmexWorkflow       *self,
                                                    const char           *name,
                                                    GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean        myrmex_workflow_add_task           (MyrmexWorkflow       *self,
                                                    MyrmexTask           *task,
                                                    GError              **error);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_add_action         (MyrmexWorkflow       *self,
                                                    const char           *name,
                                                    MyrmexAction         *action);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_add_function       (MyrmexWorkflow       *self,
                                                    const char           *name,
                                                    MyrmexTaskFunc        func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_add_async          (MyrmexWorkflow       *self,
                                                    const char           *name,
                                                    MyrmexTaskAsyncFunc   func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_add_noop           (MyrmexWorkflow       *self,
                                                    const char           *name);

MYRMEX_AVAILABLE_IN_1_0
guint           myrmex_workflow_get_n_tasks        (MyrmexWorkflow       *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_get_task           (MyrmexWorkflow       *self,
                                                    const char           *name);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask     *myrmex_workflow_get_nth_task       (MyrmexWorkflow       *self,
                                                    guint                 index);

MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_chain              (MyrmexWorkflow       *self,
                                                    const char * const   *names);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_parallel           (MyrmexWorkflow       *self,
                                                    const char * const   *names,
                                                    const char           *after);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_workflow_fan_out_fan_in     (MyrmexWorkflow       *self,
                                                    const char           *first,
                                                    const char * const   *names,
                                                    const char           *last);

MYRMEX_AVAILABLE_IN_1_0
gboolean        myrmex_workflow_is_busy            (MyrmexWorkflow       *self);

G_END_DECLS
