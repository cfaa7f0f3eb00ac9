/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-action.h"
#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_TASK (myrmex_task_get_type ())

MYRMEX_AVAILABLE_IN_1_0
GType               myrmex_task_get_type           (void) G_GNUC_CONST;

MYRMEX_AVAILABLE_IN_1_0
MyrmexTask         *myrmex_task_new                (const char           *name,
                                                    MyrmexAction         *action) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask         *myrmex_task_new_function       (const char           *name,
                                                    MyrmexTaskFunc        func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask         *myrmex_task_new_async          (const char           *name,
                                                    MyrmexTaskAsyncFunc   func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTask         *myrmex_task_ref                (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_unref              (MyrmexTask           *self);

MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_task_get_name           (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_task_get_action_type    (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexAction       *myrmex_task_get_action         (MyrmexTask           *self);

MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_add_dependency     (MyrmexTask           *self,
                                                    const char           *name);
MYRMEX_AVAILABLE_IN_1_0
char              **myrmex_task_dup_dependencies   (MyrmexTask           *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_dependencies   (MyrmexTask           *self,
                                                    const char * const   *names);

MYRMEX_AVAILABLE_IN_1_0
MyrmexTriggerRule   myrmex_task_get_trigger_rule   (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_trigger_rule   (MyrmexTask           *self,
                                                    MyrmexTriggerRule     rule);

MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_task_get_condition      (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_condition      (MyrmexTask           *self,
                                                    const char           *expression);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_condition_func (MyrmexTask           *self,
                                                    MyrmexConditionFunc   func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);

MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_task_get_transform      (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_transform      (MyrmexTask           *self,
                                                    const char           *expression);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_transform_func (MyrmexTask           *self,
                                                    MyrmexTransformFunc   func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);

MYRMEX_AVAILABLE_IN_1_0
double              myrmex_task_get_timeout        (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_timeout        (MyrmexTask           *self,
                                                    double                seconds);

MYRMEX_AVAILABLE_IN_1_0
MyrmexRetryPolicy  *myrmex_task_get_retry_policy   (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_retry_policy   (MyrmexTask           *self,
                                                    MyrmexRetryPolicy    *policy);

MYRMEX_AVAILABLE_IN_1_0
int                 myrmex_task_get_priority       (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_priority       (MyrmexTask           *self,
                                                    int                   priority);

MYRMEX_AVAILABLE_IN_1_0
MyrmexAffinity      myrmex_task_get_affinity       (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_affinity       (MyrmexTask           *self,
                                                    MyrmexAffinity        affinity);

MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_task_get_description    (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_description    (MyrmexTask           *self,
                                                    const char           *description);
MYRMEX_AVAILABLE_IN_1_0
const char * const *myrmex_task_get_tags           (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_tags           (MyrmexTask           *self,
                                                    const char * const   *tags);
MYRMEX_AVAILABLE_IN_1_0
GVariant           *myrmex_task_get_metadata       (MyrmexTask           *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_task_set_metadata       (MyrmexTask           *self,
                                                    GVariant             *metadata);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexTask, myrmex_task_unref)

G_END_DECLS
