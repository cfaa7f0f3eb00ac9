/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-task-result.h"
#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_TASK_RUN (myrmex_task_run_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexTaskRun, myrmex_task_run, MYRMEX, TASK_RUN, GObject)

MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_task_run_get_name     (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_task_run_get_index    (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskStatus  myrmex_task_run_get_status   (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexReason      myrmex_task_run_get_reason   (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_task_run_get_attempt  (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
double            myrmex_task_run_get_fraction (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_task_run_get_message  (MyrmexTaskRun *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskResult *myrmex_task_run_get_result   (MyrmexTaskRun *self);

G_END_DECLS
