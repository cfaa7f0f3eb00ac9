/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-enums.h"
#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_RUN_INFO (myrmex_run_info_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexRunInfo, myrmex_run_info, MYRMEX, RUN_INFO, GObject)

MYRMEX_AVAILABLE_IN_1_0
const char      *myrmex_run_info_get_id            (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
const char      *myrmex_run_info_get_name          (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
const char      *myrmex_run_info_get_workflow_name (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRunStatus  myrmex_run_info_get_status        (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexReason     myrmex_run_info_get_reason        (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
double           myrmex_run_info_get_fraction      (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
guint            myrmex_run_info_get_n_tasks       (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
guint            myrmex_run_info_get_count         (MyrmexRunInfo    *self,
                                                    MyrmexTaskStatus  status);
MYRMEX_AVAILABLE_IN_1_0
gint64           myrmex_run_info_get_submitted     (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
gint64           myrmex_run_info_get_started       (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
gint64           myrmex_run_info_get_finished      (MyrmexRunInfo    *self);
MYRMEX_AVAILABLE_IN_1_0
const char      *myrmex_run_info_get_error_message (MyrmexRunInfo    *self);

G_END_DECLS
