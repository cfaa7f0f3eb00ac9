/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-enums.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_DIAGNOSTIC (myrmex_diagnostic_get_type ())

typedef struct _MyrmexDiagnostic MyrmexDiagnostic;

MYRMEX_AVAILABLE_IN_1_0
GType             myrmex_diagnostic_get_type     (void) G_GNUC_CONST;

MYRMEX_AVAILABLE_IN_1_0
MyrmexDiagnostic *myrmex_diagnostic_ref          (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
void              myrmex_diagnostic_unref        (MyrmexDiagnostic *self);

MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_diagnostic_get_filename (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_diagnostic_get_line     (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_diagnostic_get_column   (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexSeverity    myrmex_diagnostic_get_severity (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_diagnostic_get_message  (MyrmexDiagnostic *self);
MYRMEX_AVAILABLE_IN_1_0
char             *myrmex_diagnostic_to_string    (MyrmexDiagnostic *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexDiagnostic, myrmex_diagnostic_unref)

G_END_DECLS
