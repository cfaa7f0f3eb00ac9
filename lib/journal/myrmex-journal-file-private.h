/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The files of a journal: NAME, NAME-wal and NAME-journal are SQLite's, NAME.lock says who has them. */

char     *myrmex_journal_file_dup_default_path (void);
gboolean  myrmex_journal_file_make_folder      (const char  *path,
                                                GError     **error);
int       myrmex_journal_file_lock             (const char  *path,
                                                GError     **error);
gboolean  myrmex_journal_file_prepare          (const char  *path,
                                                gboolean    *is_new,
                                                char       **set_aside,
                                                GError     **error);
char     *myrmex_journal_file_set_aside        (const char  *path,
                                                GError     **error);

G_END_DECLS
