/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "definition/myrmex-diagnostic-private.h"

G_BEGIN_DECLS

/* What there is to say of a file or a folder as a whole. */
GPtrArray *myrmex_remarks_new (void) G_GNUC_WARN_UNUSED_RESULT;
void       myrmex_remark      (GPtrArray      *remarks,
                               const char     *path,
                               MyrmexSeverity  severity,
                               const char     *format,
                               ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
