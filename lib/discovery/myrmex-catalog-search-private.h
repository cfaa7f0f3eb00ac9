/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "discovery/myrmex-catalog-entry-private.h"

G_BEGIN_DECLS

#define MYRMEX_CATALOG_MAX_FILES (200000) /* names in one folder */

/* A folder that a catalog looks into. */
typedef struct
{
  char     *path;        /* absolute */
  gboolean  is_standard; /* it need not be there, and what is in it is a workflow or meant to be one */
} MyrmexCatalogFolder;

MyrmexCatalogFolder *myrmex_catalog_folder_new  (const char           *path,
                                                 gboolean              is_standard) G_GNUC_WARN_UNUSED_RESULT;
void                 myrmex_catalog_folder_free (MyrmexCatalogFolder  *self);

/* What a search found: it is handed from the thread of the search to the catalog. */
typedef struct
{
  GPtrArray *entries;  /* of MyrmexCatalogEntry, by name; of those of one name the one that is found comes first */
  GPtrArray *remarks;  /* of diagnostics: of folders, and of files that are no entries */
} MyrmexCatalogFindings;

MyrmexCatalogFindings *myrmex_catalog_search        (GPtrArray              *folders,
                                                     GCancellable           *cancellable,
                                                     GError                **error) G_GNUC_WARN_UNUSED_RESULT;
void                   myrmex_catalog_findings_free (MyrmexCatalogFindings  *self);

G_END_DECLS
