/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_TASK_RESULT (myrmex_task_result_get_type ())

MYRMEX_AVAILABLE_IN_1_0
GType             myrmex_task_result_get_type           (void) G_GNUC_CONST;

MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskResult *myrmex_task_result_ref                (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
void              myrmex_task_result_unref              (MyrmexTaskResult *self);

MYRMEX_AVAILABLE_IN_1_0
gboolean          myrmex_task_result_get_success        (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskStatus  myrmex_task_result_get_status         (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexReason      myrmex_task_result_get_reason         (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant         *myrmex_task_result_get_value          (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
const GError     *myrmex_task_result_get_error          (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_task_result_get_error_name     (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_task_result_get_attempts       (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
double            myrmex_task_result_get_execution_time (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
gint64            myrmex_task_result_get_started        (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
gint64            myrmex_task_result_get_finished       (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_task_result_get_kept_from      (MyrmexTaskResult *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant         *myrmex_task_result_to_variant         (MyrmexTaskResult *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexTaskResult, myrmex_task_result_unref)

G_END_DECLS
