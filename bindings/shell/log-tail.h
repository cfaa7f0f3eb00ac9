/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char **log_tail_read    (const char *path,
                         guint       n_lines) G_GNUC_WARN_UNUSED_RESULT;
char **log_tail_read_fd (int         fd,
                         guint       n_lines) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
