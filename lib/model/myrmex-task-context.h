/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_TASK_CONTEXT (myrmex_task_context_get_type ())

MYRMEX_AVAILABLE_IN_1_0
GType              myrmex_task_context_get_type          (void) G_GNUC_CONST;

MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskContext *myrmex_task_context_ref               (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_unref             (MyrmexTaskContext *self);

MYRMEX_AVAILABLE_IN_1_0
const char        *myrmex_task_context_get_task_name     (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
const char        *myrmex_task_context_get_run_id        (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
guint              myrmex_task_context_get_attempt       (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant          *myrmex_task_context_get_input         (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant          *myrmex_task_context_get_parameters    (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant          *myrmex_task_context_dup_parameter     (MyrmexTaskContext *self,
                                                          const char        *name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char             **myrmex_task_context_dup_dependencies  (MyrmexTaskContext *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskResult  *myrmex_task_context_dup_result        (MyrmexTaskContext *self,
                                                          const char        *dependency) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char             **myrmex_task_context_dup_environment   (MyrmexTaskContext *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
const char        *myrmex_task_context_get_directory     (MyrmexTaskContext *self);

MYRMEX_AVAILABLE_IN_1_0
GCancellable      *myrmex_task_context_get_cancellable   (MyrmexTaskContext *self);
MYRMEX_AVAILABLE_IN_1_0
gboolean           myrmex_task_context_is_cancelled      (MyrmexTaskContext *self);

MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_report            (MyrmexTaskContext *self,
                                                          double             fraction,
                                                          const char        *message);
MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_log               (MyrmexTaskContext *self,
                                                          const char        *text);

MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_return_value      (MyrmexTaskContext *self,
                                                          GVariant          *value);
MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_return_error      (MyrmexTaskContext *self,
                                                          GError            *error);
MYRMEX_AVAILABLE_IN_1_0
void               myrmex_task_context_return_failure    (MyrmexTaskContext *self,
                                                          const char        *name,
                                                          const char        *message,
                                                          gboolean           retryable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexTaskContext, myrmex_task_context_unref)

G_END_DECLS
