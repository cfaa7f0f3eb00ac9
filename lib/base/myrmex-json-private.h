/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/myrmex-value.h"

G_BEGIN_DECLS

/* A strict reader of JSON (RFC 8259) that knows where everything stands.
 *
 * A document is one flat array of nodes of eight bytes, in the order of the text. A node is a `guint32`, the
 * root is %MYRMEX_JSON_ROOT. A document borrows its text, which must outlive it, and belongs to one thread. */
typedef struct _MyrmexJson MyrmexJson;

#define MYRMEX_JSON_ROOT (0u)
#define MYRMEX_JSON_NONE (G_MAXUINT32)

/* Keys and values of a document that a stranger wrote, of eight bytes each. The shortest dependency takes five bytes of
 * the text, and a task that does nothing twenty for four: no definition of 8 MiB that means something has more. */
#define MYRMEX_JSON_MAX_NODES (1750000u)

/* The deepest JSON that fits a GVariant of 128 levels: an object takes three of them. */
#define MYRMEX_JSON_MAX_VALUE_DEPTH (42u)

typedef enum
{
  MYRMEX_JSON_FLAGS_NONE = 0,
  MYRMEX_JSON_FLAGS_COMMENTS = 1 << 0, /* a comment from two slashes to the end of the line is space */
  MYRMEX_JSON_FLAGS_BOUNDED = 1 << 1,  /* no more than %MYRMEX_JSON_MAX_NODES */
} MyrmexJsonFlags;

typedef enum
{
  MYRMEX_JSON_KIND_NULL,
  MYRMEX_JSON_KIND_BOOLEAN,
  MYRMEX_JSON_KIND_INTEGER, /* fits a gint64 */
  MYRMEX_JSON_KIND_DOUBLE,
  MYRMEX_JSON_KIND_STRING,
  MYRMEX_JSON_KIND_ARRAY,
  MYRMEX_JSON_KIND_OBJECT,
} MyrmexJsonKind;

typedef struct
{
  gsize  offset;  /* in bytes from the start of the text */
  guint  line;    /* from 1 */
  guint  column;  /* in characters, from 1 */
  char  *message; /* one sentence, without a position */
} MyrmexJsonProblem;

/* Walks the members of an object or the elements of an array. */
typedef struct
{
  const MyrmexJson *json;
  guint32           at;
  guint32           end;
} MyrmexJsonIter;

GPtrArray     *myrmex_json_problems_new            (void) G_GNUC_WARN_UNUSED_RESULT;

MyrmexJson    *myrmex_json_parse                   (const char         *text,
                                                    gssize              length,
                                                    MyrmexJsonFlags     flags,
                                                    guint               max_depth,
                                                    GPtrArray          *problems,
                                                    GError            **error) G_GNUC_WARN_UNUSED_RESULT;
void           myrmex_json_free                    (MyrmexJson         *json);

MyrmexJsonKind myrmex_json_get_kind                (const MyrmexJson   *json,
                                                    guint32             node);
const char    *myrmex_json_kind_to_string          (MyrmexJsonKind      kind);
gboolean       myrmex_json_get_boolean             (const MyrmexJson   *json,
                                                    guint32             node);
gint64         myrmex_json_get_integer             (const MyrmexJson   *json,
                                                    guint32             node);
double         myrmex_json_get_double              (const MyrmexJson   *json,
                                                    guint32             node);
const char    *myrmex_json_get_string              (MyrmexJson         *json,
                                                    guint32             node,
                                                    gsize              *length);
const char    *myrmex_json_peek_string             (const MyrmexJson   *json,
                                                    guint32             node,
                                                    gsize              *length,
                                                    char              **copy);
char          *myrmex_json_dup_string              (const MyrmexJson   *json,
                                                    guint32             node) G_GNUC_WARN_UNUSED_RESULT;
gboolean       myrmex_json_string_equal            (const MyrmexJson   *json,
                                                    guint32             node,
                                                    const char         *text);

guint          myrmex_json_get_n_children          (const MyrmexJson   *json,
                                                    guint32             node);
void           myrmex_json_iter_init               (MyrmexJsonIter     *iter,
                                                    const MyrmexJson   *json,
                                                    guint32             node);
gboolean       myrmex_json_iter_next_member        (MyrmexJsonIter     *iter,
                                                    guint32            *key,
                                                    guint32            *value);
gboolean       myrmex_json_iter_next_element       (MyrmexJsonIter     *iter,
                                                    guint32            *element);
guint32        myrmex_json_find                    (const MyrmexJson   *json,
                                                    guint32             object,
                                                    const char         *key);

gsize          myrmex_json_get_size                (const MyrmexJson   *json,
                                                    guint32             node);
gsize          myrmex_json_get_offset              (const MyrmexJson   *json,
                                                    guint32             node);
void           myrmex_json_get_position            (MyrmexJson         *json,
                                                    guint32             node,
                                                    guint              *line,
                                                    guint              *column);
void           myrmex_json_get_position_in_string  (MyrmexJson         *json,
                                                    guint32             node,
                                                    gsize               offset,
                                                    guint              *line,
                                                    guint              *column);

GVariant      *myrmex_json_node_to_value           (const MyrmexJson   *json,
                                                    guint32             node) G_GNUC_WARN_UNUSED_RESULT;
GVariant      *myrmex_value_from_json              (const char         *text,
                                                    gssize              length,
                                                    GError            **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexJson, myrmex_json_free)

G_END_DECLS
