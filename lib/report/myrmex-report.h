/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-plan.h"
#include "engine/myrmex-run.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_REPORT (myrmex_report_get_type ())

typedef struct _MyrmexReport MyrmexReport;

MYRMEX_AVAILABLE_IN_1_0
GType               myrmex_report_get_type     (void) G_GNUC_CONST;
MYRMEX_AVAILABLE_IN_1_0
MyrmexReport       *myrmex_report_new          (MyrmexRun     *run) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexReport       *myrmex_report_ref          (MyrmexReport  *self);
MYRMEX_AVAILABLE_IN_1_0
void                myrmex_report_unref        (MyrmexReport  *self);

MYRMEX_AVAILABLE_IN_1_0
const char * const *myrmex_report_list_formats (void);
MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_report_find_format  (const char    *path,
                                                GError       **error);
MYRMEX_AVAILABLE_IN_1_0
char               *myrmex_report_format       (MyrmexReport  *self,
                                                const char    *format,
                                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char               *myrmex_report_to_text      (MyrmexReport  *self,
                                                guint          width) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
gboolean            myrmex_report_save         (MyrmexReport  *self,
                                                const char    *path,
                                                GError       **error);

MYRMEX_AVAILABLE_IN_1_0
char              **myrmex_report_dup_critical_path (MyrmexReport *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char               *myrmex_report_dup_bound_sentence (MyrmexReport *self) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
char               *myrmex_plan_to_graph       (MyrmexPlan    *self,
                                                const char    *format,
                                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexReport, myrmex_report_unref)

G_END_DECLS
