/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The places where being killed would do most harm, so that a test can have the process killed just there: the file
 * that MYRMEX_CRASH_POINT_FILE names holds `NAME COUNT`, and the COUNTth time that NAME is passed the file goes and the
 * process is killed. A build without tests has none of them. */
#ifdef MYRMEX_HAS_CRASH_POINTS
void myrmex_crash_point (const char *name);
#define MYRMEX_CRASH_POINT(name) myrmex_crash_point (name)
#else
#define MYRMEX_CRASH_POINT(name) G_STMT_START { } G_STMT_END
#endif

G_END_DECLS
