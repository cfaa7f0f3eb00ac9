/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* No atom, no task. */
#define MYRMEX_NO_INDEX G_MAXUINT32

/* A name that a workflow has met, as a task's own or as a dependency that may be added later. */
typedef struct
{
  const char *name;
  guint32     hash;
  guint32     task;   /* index of the task that has this name, or MYRMEX_NO_INDEX */
} MyrmexAtom;

typedef struct
{
  guint32 hash;
  guint32 atom;       /* index + 1; 0 is a free slot */
} MyrmexNameSlot;

/* Names to small integers, so that everything after building works on arrays. Open addressing: with a
 * million tasks the cost is the cache misses, and this has the fewest. The hash is seeded, since names may
 * come from strangers. */
typedef struct
{
  MyrmexAtom     *atoms;
  MyrmexNameSlot *slots;
  guint32         n_atoms;
  guint32         n_allocated;
  guint32         mask;
  guint32         seed;
} MyrmexNameTable;

void    myrmex_name_table_init   (MyrmexNameTable *self);
void    myrmex_name_table_clear  (MyrmexNameTable *self);
guint32 myrmex_name_table_lookup (const MyrmexNameTable *self,
                                  const char            *name);
guint32 myrmex_name_table_intern (MyrmexNameTable *self,
                                  const char      *name,
                                  const char    *(*copy) (gpointer data, const char *name, gsize length),
                                  gpointer         data);

G_END_DECLS
