/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "discovery/myrmex-catalog-entry.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_CATALOG (myrmex_catalog_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexCatalog, myrmex_catalog, MYRMEX, CATALOG, GObject)

MYRMEX_AVAILABLE_IN_1_0
MyrmexCatalog       *myrmex_catalog_new                  (void) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
void                 myrmex_catalog_add_folder           (MyrmexCatalog        *self,
                                                          const char           *path);
MYRMEX_AVAILABLE_IN_1_0
void                 myrmex_catalog_add_standard_folders (MyrmexCatalog        *self);
MYRMEX_AVAILABLE_IN_1_0
char               **myrmex_catalog_dup_folders          (MyrmexCatalog        *self) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_catalog_load                 (MyrmexCatalog        *self,
                                                          GCancellable         *cancellable,
                                                          GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void                 myrmex_catalog_load_async           (MyrmexCatalog        *self,
                                                          GCancellable         *cancellable,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_catalog_load_finish          (MyrmexCatalog        *self,
                                                          GAsyncResult         *result,
                                                          GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean             myrmex_catalog_is_loading           (MyrmexCatalog        *self);

MYRMEX_AVAILABLE_IN_1_0
MyrmexCatalogEntry  *myrmex_catalog_find                 (MyrmexCatalog        *self,
                                                          const char           *name,
                                                          GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GPtrArray           *myrmex_catalog_dup_remarks          (MyrmexCatalog        *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
