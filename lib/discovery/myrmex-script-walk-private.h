/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "discovery/myrmex-file-rules-private.h"
#include "discovery/myrmex-scripts.h"

G_BEGIN_DECLS

#define MYRMEX_SCRIPTS_MAX       (10000) /* scripts of one folder */
#define MYRMEX_SCRIPTS_MAX_DEPTH (32)    /* levels of folders */
#define MYRMEX_SCRIPTS_MAX_FILES (200000) /* names in one folder */
#define MYRMEX_SCRIPTS_MAX_TOLD  (1000)  /* files that were left out, of which it is told why */

/* Finds the scripts below a folder. */
typedef struct
{
  const char    *folder;
  guint          depth;       /* levels of folders that are looked at; 1: @folder alone */
  char         **patterns;    /* nullable: all; else scripts match one of them */
  char         **skip;        /* nullable; scripts and folders that match one are left out */

  GPtrArray     *scripts;     /* of paths from @folder, sorted folder by folder */
  GPtrArray     *remarks;     /* of diagnostics: what was left out, or can not be read */
  GHashTable    *left_out;    /* path from @folder → why, translated */
  guint          n_left_out;  /* those that were not told, too */
} MyrmexScriptWalk;

void      myrmex_script_walk_init  (MyrmexScriptWalk  *self,
                                    const char        *folder);
void      myrmex_script_walk_clear (MyrmexScriptWalk  *self);
gboolean  myrmex_script_walk_run   (MyrmexScriptWalk  *self,
                                    GCancellable      *cancellable,
                                    GError           **error);

G_END_DECLS
