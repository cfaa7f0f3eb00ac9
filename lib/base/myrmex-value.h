/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

MYRMEX_AVAILABLE_IN_1_0
GVariant *myrmex_value_new_null (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
gboolean  myrmex_value_is_null  (GVariant  *value);
MYRMEX_AVAILABLE_IN_1_0
gboolean  myrmex_value_check    (GVariant  *value,
                                 GError   **error);
MYRMEX_AVAILABLE_IN_1_0
char     *myrmex_value_to_json  (GVariant  *value,
                                 gboolean   pretty) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
