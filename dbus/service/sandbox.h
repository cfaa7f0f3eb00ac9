/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Whether a process is inside a sandbox, by what /proc tells. @proc_fd is an open folder, /proc itself or one of a
 * test; @reference is a process of the session that is surely in none. Whatever can not be told apart is an error. */
gboolean sandbox_check          (int       proc_fd,
                                 pid_t     pid,
                                 pid_t     reference,
                                 GError  **error);
/* When a process began: with its number, that tells it from all others. */
gboolean sandbox_get_start_time (int       proc_fd,
                                 pid_t     pid,
                                 guint64  *start_time,
                                 GError  **error);

G_END_DECLS
