/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "definition/myrmex-diagnostic.h"

G_BEGIN_DECLS

MyrmexDiagnostic *myrmex_diagnostic_new     (const char       *filename,
                                             guint             line,
                                             guint             column,
                                             MyrmexSeverity    severity,
                                             char             *message) G_GNUC_WARN_UNUSED_RESULT;
int               myrmex_diagnostic_compare (const MyrmexDiagnostic *a,
                                             const MyrmexDiagnostic *b);

G_END_DECLS
