/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GString *myrmex_file_read         (const char  *path,
                                   gsize        max_bytes,
                                   GError     **error) G_GNUC_WARN_UNUSED_RESULT;

char    *myrmex_file_expand_home  (const char  *path) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
