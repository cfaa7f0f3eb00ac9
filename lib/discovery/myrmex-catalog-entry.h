/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "definition/myrmex-diagnostic.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_CATALOG_ENTRY (myrmex_catalog_entry_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MyrmexCatalogEntry, myrmex_catalog_entry, MYRMEX, CATALOG_ENTRY, GObject)

MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_catalog_entry_get_name        (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_catalog_entry_get_path        (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_catalog_entry_get_description (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
guint               myrmex_catalog_entry_get_n_tasks     (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant           *myrmex_catalog_entry_get_parameters  (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
const char * const *myrmex_catalog_entry_get_tags        (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
gboolean            myrmex_catalog_entry_is_scripts      (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
gboolean            myrmex_catalog_entry_is_broken       (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
const char         *myrmex_catalog_entry_get_shadowed_by (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
GPtrArray          *myrmex_catalog_entry_get_diagnostics (MyrmexCatalogEntry  *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow     *myrmex_catalog_entry_load            (MyrmexCatalogEntry  *self,
                                                          GCancellable        *cancellable,
                                                          GError             **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
