/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The folders of logs: one for each run, beside the journal, named by the id of the run. What is removed is what lies
 * there by itself: nothing is followed out of it, whatever tasks put there. All of it waits for the disk. */

char     *folders_dup_root   (const char         *journal_path);
char     *folders_dup_logs   (const char         *root,
                              const char         *id);
gboolean  folders_is_id      (const char         *name);
/* Returns how many bytes were in these. */
gint64    folders_remove     (const char         *root,
                              const char * const *ids);
/* How many bytes are in all of them. */
gint64    folders_measure    (const char         *root);
/* The names of those that are there. */
char    **folders_list       (const char         *root);

G_END_DECLS
