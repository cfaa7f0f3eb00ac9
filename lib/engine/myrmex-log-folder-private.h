/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the logs of a run are: a folder that its caller named, which stays, or one of its own, which is made when it is
 * first needed and goes when nobody needs it any more: neither the run, as its caller sees it, nor one that keeps tasks
 * of it. Threads that are about to leave the run may hold a reference for longer, and find nothing. Of any thread. */
typedef struct _MyrmexLogFolder MyrmexLogFolder;

MyrmexLogFolder *myrmex_log_folder_new      (const char            *path);
MyrmexLogFolder *myrmex_log_folder_ref      (MyrmexLogFolder       *self);
void             myrmex_log_folder_unref    (MyrmexLogFolder       *self);
MyrmexLogFolder *myrmex_log_folder_need     (MyrmexLogFolder       *self);
void             myrmex_log_folder_let_go   (MyrmexLogFolder       *self);
char            *myrmex_log_folder_dup_path (MyrmexLogFolder       *self,
                                             const char            *name,
                                             guint                  attempt);
gboolean         myrmex_log_folder_is_made  (MyrmexLogFolder       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexLogFolder, myrmex_log_folder_unref)

G_END_DECLS
