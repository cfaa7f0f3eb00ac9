/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-json-tree-private.h"

G_BEGIN_DECLS

/* The state of the reader, shared by its three files; nobody else includes this. */

#define MYRMEX_JSON_SHOWN_BYTES (64)   /* of a word or a key in a message */
#define MYRMEX_JSON_MAX_PROBLEMS (100) /* a text of nothing but doubled keys makes no more messages */

typedef struct
{
  guint32 node;
  guint32 n_members; /* of an object */
} JsonOpen;

typedef struct
{
  MyrmexJson *json;
  const char *at;
  const char *end;
  guint32     capacity; /* of the nodes */
  guint32     max_nodes;
  gboolean    comments;
  JsonOpen   *open;     /* the containers that are not closed yet, outermost first */
  guint       depth;
  guint       max_depth;
  guint32    *slots;    /* open addressing, for the keys of a large object */
  guint32     n_slots;
  guint64     seed;     /* so that nobody can choose keys that collide */
  GPtrArray  *problems;
  guint       max_problems;
} JsonParser;

gboolean  myrmex_json_complain        (JsonParser *self,
                                       const char *at,
                                       const char *format,
                                       ...) G_GNUC_PRINTF (3, 4);
char     *myrmex_json_show_character  (JsonParser *self,
                                       const char *at) G_GNUC_WARN_UNUSED_RESULT;
guint32   myrmex_json_add_node        (JsonParser *self,
                                       const char *start,
                                       gsize       extent,
                                       gboolean    special);

gboolean  myrmex_json_read_string     (JsonParser *self);
gboolean  myrmex_json_read_scalar     (JsonParser *self);
gsize     myrmex_json_measure_word    (JsonParser *self);

void      myrmex_json_find_duplicates (JsonParser *self,
                                       guint32     object,
                                       guint32     n_members);

G_END_DECLS
