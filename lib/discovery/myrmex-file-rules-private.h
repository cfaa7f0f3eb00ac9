/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What is never looked at, whatever somebody asks for. The reason is a message id, to be translated, or %NULL
 * where the name is good. */
const char *myrmex_file_rules_refuse_name   (const char  *name);
const char *myrmex_file_rules_refuse_folder (const char  *name);

/* The names in a folder, sorted, without “.” and “..”. Takes @fd. */
GPtrArray  *myrmex_file_rules_list          (int           fd,
                                             gsize         max_names,
                                             GCancellable *cancellable,
                                             GError      **error) G_GNUC_WARN_UNUSED_RESULT;
int         myrmex_file_rules_open_folder   (int           at,
                                             const char   *name,
                                             gboolean      follow,
                                             GError      **error);
void        myrmex_file_rules_set_error     (int           number,
                                             const char   *path,
                                             GError      **error);

G_END_DECLS
