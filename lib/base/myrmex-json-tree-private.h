/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-json-private.h"

G_BEGIN_DECLS

/* What the reader makes and the accessors read; nobody else includes this.
 *
 * Nodes stand in the order of the text, so that the first child of a container is the node after it, the value
 * of a member is the node after its key, and what a node is can be seen from the first byte of its text. */
typedef struct
{
  guint32 offset;       /* of the first byte of the text; of a string, of its opening quote */
  guint32 extent  : 31; /* a container: the node after its last descendant; else: length of the text in bytes */
  guint32 special : 1;  /* a string: has escapes; a number: is a double */
} JsonNode;

/* Where a block of the text begins, so that a position is found by reading one block only. */
typedef struct
{
  guint32 line;
  guint32 column;
} JsonCheckpoint;

struct _MyrmexJson
{
  const char     *text;
  gsize           length;
  JsonNode       *nodes;
  guint32         n_nodes;
  JsonCheckpoint *checkpoints; /* nullable: made at the first need */
  GHashTable     *unescaped;   /* nullable: node → owned text, made at the first need */
};

#define MYRMEX_JSON_MAX_TEXT (G_MAXINT32)

void  myrmex_json_locate   (MyrmexJson  *json,
                            gsize        offset,
                            guint       *line,
                            guint       *column);
gsize myrmex_json_decode   (const char **at,
                            char         out[4]);
gsize myrmex_json_unescape (const char  *raw,
                            gsize        length,
                            char        *out);

G_END_DECLS
