/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "discovery/myrmex-catalog-entry.h"

G_BEGIN_DECLS

/* Filled by the search, in one thread, and never changed once the search is over. */
struct _MyrmexCatalogEntry
{
  GObject     parent_instance;

  char       *name;
  char       *path;         /* absolute */
  char       *description;  /* nullable */
  GVariant   *parameters;   /* a{sv}; nullable */
  char      **tags;         /* of its tasks, each once, sorted; never NULL */
  GPtrArray  *diagnostics;
  char       *shadowed_by;  /* nullable */
  guint       n_tasks;
  guint       rank;         /* of its folder: of two of one name the lower one wins */
  guint       is_scripts : 1;
  guint       is_broken : 1;
  guint       is_guess : 1; /* the name is that of the file, since what is in it can not be read */
};

MyrmexCatalogEntry *myrmex_catalog_entry_new   (const char         *path,
                                                guint               rank) G_GNUC_WARN_UNUSED_RESULT;
void                myrmex_catalog_entry_fill  (MyrmexCatalogEntry *self,
                                                MyrmexWorkflow     *workflow);

G_END_DECLS
