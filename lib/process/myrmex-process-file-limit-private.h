/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many files a process may have open. It is given a low limit and may raise that by itself up to a high one: the
 * low one is for programs that use select(), which can not tell descriptors above 1,023 apart. So a process that is
 * ours raises it for itself, and what it starts gets the limit that it was given. In any thread. */

/* Once for a process; harmless where it can not be raised. */
void     myrmex_process_raise_file_limit   (void);
gboolean myrmex_process_has_raised_limit   (void);

/* In a child, before it becomes another program: nothing but system calls. */
void     myrmex_process_restore_file_limit (gpointer unused);

G_END_DECLS
