/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-private.h"

#include <string.h>

#include "base/myrmex-json-tree-private.h"

#define CHECKPOINT_BYTES (4096)

void
myrmex_json_free (MyrmexJson *json)
{
  if (json == NULL)
    return;

  g_free (json->nodes);
  g_free (json->checkpoints);
  g_clear_pointer (&json->unescaped, g_hash_table_unref);
  g_free (json);
}

static const JsonNode *
get_node (const MyrmexJson *json,
          guint32           node)
{
  g_assert (node < json->n_nodes);

  return &json->nodes[node];
}

MyrmexJsonKind
myrmex_json_get_kind (const MyrmexJson *json,
                      guint32           node)
{
  const JsonNode *n = get_node (json, node);

  switch (json->text[n->offset])
    {
    case '{':
      return MYRMEX_JSON_KIND_OBJECT;
    case '[':
      return MYRMEX_JSON_KIND_ARRAY;
    case '"':
      return MYRMEX_JSON_KIND_STRING;
    case 't':
    case 'f':
      return MYRMEX_JSON_KIND_BOOLEAN;
    case 'n':
      return MYRMEX_JSON_KIND_NULL;
    default:
      return n->special ? MYRMEX_JSON_KIND_DOUBLE : MYRMEX_JSON_KIND_INTEGER;
    }
}

/* The words of the JSON Schema, for messages. */
const char *
myrmex_json_kind_to_string (MyrmexJsonKind kind)
{
  static const char * const names[] = {
    "null", "boolean", "integer", "number", "string", "array", "object",
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (names) == MYRMEX_JSON_KIND_OBJECT + 1);

  return names[kind];
}

gboolean
myrmex_json_get_boolean (const MyrmexJson *json,
                         guint32           node)
{
  return json->text[get_node (json, node)->offset] == 't';
}

gint64
myrmex_json_get_integer (const MyrmexJson *json,
                         guint32           node)
{
  const JsonNode *n = get_node (json, node);
  const char *at = json->text + n->offset;
  const char *end = at + n->extent;
  gboolean negative = *at == '-';
  guint64 value = 0;

  g_return_val_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_INTEGER, 0);

  for (at += negative; at < end; at++)
    value = value * 10 + (guint64) (*at - '0');

  return (gint64) (negative ? 0 - value : value);
}

double
myrmex_json_get_double (const MyrmexJson *json,
                        guint32           node)
{
  const JsonNode *n = get_node (json, node);
  g_autofree char *text = NULL;

  if (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_INTEGER)
    return (double) myrmex_json_get_integer (json, node);

  /* g_ascii_strtod() wants an end, which the text has no room for. */
  text = g_strndup (json->text + n->offset, n->extent);
  return g_ascii_strtod (text, NULL);
}

/* The text of a string, without a NUL at its end; it lives as long as @json. */
const char *
myrmex_json_get_string (MyrmexJson *json,
                        guint32     node,
                        gsize      *length)
{
  const JsonNode *n = get_node (json, node);
  char *text;

  g_return_val_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_STRING, NULL);

  if (!n->special)
    {
      *length = n->extent - 2;
      return json->text + n->offset + 1;
    }

  if (json->unescaped == NULL)
    json->unescaped = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  text = g_hash_table_lookup (json->unescaped, GUINT_TO_POINTER (node));
  if (text == NULL)
    {
      text = myrmex_json_dup_string (json, node);
      g_hash_table_insert (json->unescaped, GUINT_TO_POINTER (node), text);
    }
  *length = strlen (text); /* the reader refuses \u0000 */
  return text;
}

char *
myrmex_json_dup_string (const MyrmexJson *json,
                        guint32           node)
{
  const JsonNode *n = get_node (json, node);
  const char *raw = json->text + n->offset + 1;
  gsize length = n->extent - 2;
  char *text;

  g_return_val_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_STRING, NULL);

  if (!n->special)
    return g_strndup (raw, length);

  text = g_malloc (length + 1); /* an escape is longer than what it stands for */
  length = myrmex_json_unescape (raw, length, text);
  text[length] = '\0';
  return text;
}

/* The text of a string, without a NUL at its end. Where it has escapes it is in @copy, which is the caller's to free;
 * else it lives as long as the text of @json, and @copy is NULL. */
const char *
myrmex_json_peek_string (const MyrmexJson  *json,
                         guint32            node,
                         gsize             *length,
                         char             **copy)
{
  const JsonNode *n = get_node (json, node);

  g_return_val_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_STRING, NULL);

  *copy = NULL;
  *length = n->extent - 2;
  if (!n->special)
    return json->text + n->offset + 1;

  *copy = myrmex_json_dup_string (json, node);
  *length = strlen (*copy); /* the reader refuses \u0000 */
  return *copy;
}

gboolean
myrmex_json_string_equal (const MyrmexJson *json,
                          guint32           node,
                          const char       *text)
{
  const JsonNode *n = get_node (json, node);
  const char *raw = json->text + n->offset + 1;
  gsize length = n->extent - 2;

  g_return_val_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_STRING, FALSE);

  if (n->special)
    {
      g_autofree char *copy = myrmex_json_dup_string (json, node);
      return g_str_equal (copy, text);
    }

  return strncmp (raw, text, length) == 0 && text[length] == '\0';
}

static gboolean
is_container (const MyrmexJson *json,
              guint32           node)
{
  char first = json->text[get_node (json, node)->offset];

  return first == '{' || first == '[';
}

static guint32
skip_node (const MyrmexJson *json,
           guint32           node)
{
  return is_container (json, node) ? json->nodes[node].extent : node + 1;
}

/* How many bytes of the text a value takes, up to the end of its last scalar. */
gsize
myrmex_json_get_size (const MyrmexJson *json,
                      guint32           node)
{
  guint32 last = skip_node (json, node) - 1;
  const JsonNode *n = get_node (json, last);

  return n->offset - get_node (json, node)->offset + (is_container (json, last) ? 2 : n->extent);
}

/* A scalar has no children: an iteration of it ends at once. */
void
myrmex_json_iter_init (MyrmexJsonIter   *iter,
                       const MyrmexJson *json,
                       guint32           node)
{
  iter->json = json;
  iter->at = node + 1;
  iter->end = skip_node (json, node);
}

gboolean
myrmex_json_iter_next_element (MyrmexJsonIter *iter,
                               guint32        *element)
{
  if (iter->at >= iter->end)
    return FALSE;

  *element = iter->at;
  iter->at = skip_node (iter->json, iter->at);
  return TRUE;
}

gboolean
myrmex_json_iter_next_member (MyrmexJsonIter *iter,
                              guint32        *key,
                              guint32        *value)
{
  if (iter->at >= iter->end)
    return FALSE;

  *key = iter->at;
  *value = iter->at + 1;
  iter->at = skip_node (iter->json, *value);
  return TRUE;
}

/* Members count once, not as a key and a value. */
guint
myrmex_json_get_n_children (const MyrmexJson *json,
                            guint32           node)
{
  gboolean object = myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_OBJECT;
  MyrmexJsonIter iter;
  guint32 child;
  guint n = 0;

  myrmex_json_iter_init (&iter, json, node);
  while (myrmex_json_iter_next_element (&iter, &child))
    n++;

  return object ? n / 2 : n;
}

/* The value of the member @key, or %MYRMEX_JSON_NONE. Reads the members from the first. */
guint32
myrmex_json_find (const MyrmexJson *json,
                  guint32           object,
                  const char       *key)
{
  MyrmexJsonIter iter;
  guint32 name;
  guint32 value;

  if (myrmex_json_get_kind (json, object) != MYRMEX_JSON_KIND_OBJECT)
    return MYRMEX_JSON_NONE;

  myrmex_json_iter_init (&iter, json, object);
  while (myrmex_json_iter_next_member (&iter, &name, &value))
    {
      if (myrmex_json_string_equal (json, name, key))
        return value;
    }

  return MYRMEX_JSON_NONE;
}

static void
advance (const char *text,
         gsize       length,
         guint      *line,
         guint      *column)
{
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\n')
        {
          *line += 1;
          *column = 1;
        }
      else if (((guchar) text[i] & 0xc0) != 0x80)
        {
          *column += 1;
        }
    }
}

static void
make_checkpoints (MyrmexJson *json)
{
  gsize n = json->length / CHECKPOINT_BYTES + 1;
  guint line = 1;
  guint column = 1;

  json->checkpoints = g_new (JsonCheckpoint, n);
  for (gsize i = 0; i < n; i++)
    {
      gsize start = i * CHECKPOINT_BYTES;

      json->checkpoints[i].line = line;
      json->checkpoints[i].column = column;
      advance (json->text + start, MIN (CHECKPOINT_BYTES, json->length - start), &line, &column);
    }
}

/* Works on text that is no UTF-8 as well, since it only skips continuation bytes. */
void
myrmex_json_locate (MyrmexJson *json,
                    gsize       offset,
                    guint      *line,
                    guint      *column)
{
  const JsonCheckpoint *checkpoint;
  gsize start;

  if (json->checkpoints == NULL)
    make_checkpoints (json);

  offset = MIN (offset, json->length);
  checkpoint = &json->checkpoints[offset / CHECKPOINT_BYTES];
  start = offset - offset % CHECKPOINT_BYTES;
  *line = checkpoint->line;
  *column = checkpoint->column;
  advance (json->text + start, offset - start, line, column);
}

gsize
myrmex_json_get_offset (const MyrmexJson *json,
                        guint32           node)
{
  return get_node (json, node)->offset;
}

void
myrmex_json_get_position (MyrmexJson *json,
                          guint32     node,
                          guint      *line,
                          guint      *column)
{
  myrmex_json_locate (json, get_node (json, node)->offset, line, column);
}

/* Where the byte @offset of the unescaped text of a string stands in the document. */
void
myrmex_json_get_position_in_string (MyrmexJson *json,
                                    guint32     node,
                                    gsize       offset,
                                    guint      *line,
                                    guint      *column)
{
  const JsonNode *n = get_node (json, node);
  const char *start = json->text + n->offset + 1;
  const char *end = json->text + n->offset + n->extent - 1;
  const char *at = start;

  g_return_if_fail (myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_STRING);

  while (at < end && offset > 0)
    {
      char decoded[4];
      gsize size = myrmex_json_decode (&at, decoded);

      offset -= MIN (size, offset);
    }

  myrmex_json_locate (json, (gsize) (at - json->text), line, column);
}
