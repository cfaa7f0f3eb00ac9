/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <gio/gio.h>

#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_JOURNAL (myrmex_journal_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexJournal, myrmex_journal, MYRMEX, JOURNAL, GObject)

MYRMEX_AVAILABLE_IN_1_0
MyrmexJournal *myrmex_journal_new                    (const char           *path) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char          *myrmex_journal_dup_default_path       (void) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
const char    *myrmex_journal_get_path               (MyrmexJournal        *self);
MYRMEX_AVAILABLE_IN_1_0
char          *myrmex_journal_dup_set_aside_path     (MyrmexJournal        *self) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_journal_open                   (MyrmexJournal        *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_open_async             (MyrmexJournal        *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_journal_open_finish            (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_journal_close                  (MyrmexJournal        *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_close_async            (MyrmexJournal        *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean       myrmex_journal_close_finish           (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);

MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_run               (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_load_run_async         (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_run_finish        (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_list_runs              (MyrmexJournal        *self,
                                                      GVariant             *filter,
                                                      guint                 offset,
                                                      guint                 limit,
                                                      guint                *total,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_list_runs_async        (MyrmexJournal        *self,
                                                      GVariant             *filter,
                                                      guint                 offset,
                                                      guint                 limit,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_list_runs_finish       (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      guint                *total,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_results           (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_load_results_async     (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_results_finish    (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_log_paths         (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_load_log_paths_async   (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_load_log_paths_finish  (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_delete_run             (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_delete_run_async       (MyrmexJournal        *self,
                                                      const char           *id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_delete_run_finish      (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_prune                  (MyrmexJournal        *self,
                                                      double                max_age,
                                                      gint64                max_runs,
                                                      gint64                max_bytes,
                                                      GCancellable         *cancellable,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
void           myrmex_journal_prune_async            (MyrmexJournal        *self,
                                                      double                max_age,
                                                      gint64                max_runs,
                                                      gint64                max_bytes,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
GVariant      *myrmex_journal_prune_finish           (MyrmexJournal        *self,
                                                      GAsyncResult         *result,
                                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
