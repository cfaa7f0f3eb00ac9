/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-run-info.h"
#include "engine/myrmex-service-runner.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_RUN_LIST (myrmex_run_list_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexRunList, myrmex_run_list, MYRMEX, RUN_LIST, GObject)

MYRMEX_AVAILABLE_IN_1_0
MyrmexRunList       *myrmex_run_list_new         (MyrmexServiceRunner *runner,
                                                  GVariant            *filter) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexServiceRunner *myrmex_run_list_get_runner  (MyrmexRunList       *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant            *myrmex_run_list_get_filter  (MyrmexRunList       *self);
MYRMEX_AVAILABLE_IN_1_0
void                 myrmex_run_list_set_filter  (MyrmexRunList       *self,
                                                  GVariant            *filter);
MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_run_list_get_loading (MyrmexRunList       *self);
MYRMEX_AVAILABLE_IN_1_0
const GError        *myrmex_run_list_get_error   (MyrmexRunList       *self);
MYRMEX_AVAILABLE_IN_1_0
void                 myrmex_run_list_reload      (MyrmexRunList       *self);

G_END_DECLS
