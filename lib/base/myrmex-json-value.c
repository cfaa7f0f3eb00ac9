/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-private.h"

#include <string.h>

#include "base/myrmex-json-tree-private.h"
#include "base/myrmex-json-writer-private.h"
#include "base/myrmex-value.h"

/* Arrays and objects are written straight into the serialised form of GVariant, which is specified: as a tree, each
 * element would be three objects, of two hundred bytes for one of the text. All that is of varying size here begins at
 * a multiple of eight bytes, and tells behind itself where its parts end. */
#define ALIGNMENT (8)

typedef struct
{
  const MyrmexJson *json;
  guint8           *data;
  gsize             size;
  gsize             capacity;
  gsize            *ends;   /* a stack: where each element of the arrays that are open ends */
  gsize             n_ends;
  gsize             max_ends;
} Packer;

/* The place for @n more bytes. */
static guint8 *
extend (Packer *self,
        gsize   n)
{
  guint8 *at;

  if (self->capacity - self->size < n)
    {
      self->capacity = MAX (self->capacity + self->capacity / 2, self->size + n);
      self->data = g_realloc (self->data, self->capacity);
    }
  at = self->data + self->size;
  self->size += n;
  return at;
}

static void
pad (Packer *self)
{
  gsize n = (ALIGNMENT - self->size % ALIGNMENT) % ALIGNMENT;

  if (n > 0)
    memset (extend (self, n), 0, n);
}

static void
put_end (Packer *self)
{
  if (self->n_ends == self->max_ends)
    {
      self->max_ends = MAX (2 * self->max_ends, 64);
      self->ends = g_renew (gsize, self->ends, self->max_ends);
    }
  self->ends[self->n_ends++] = self->size;
}

/* Ends what began at @start with the places where its parts end: as many bytes each as the whole needs. */
static void
put_offsets (Packer *self,
             gsize   start,
             gsize   n)
{
  gsize size = self->size - start;
  const gsize *ends = self->ends + self->n_ends - n;
  guint width = 1;
  guint8 *at;

  while (width < 8 && size + n * width > (G_GUINT64_CONSTANT (1) << 8 * width) - 1)
    width *= 2;

  at = extend (self, n * width);
  for (gsize i = 0; i < n; i++, at += width)
    {
      guint64 end = GUINT64_TO_LE (ends[i] - start);

      memcpy (at, &end, width);
    }
  self->n_ends -= n;
}

static void
put_string (Packer  *self,
            guint32  string)
{
  const JsonNode *node = &self->json->nodes[string];
  const char *raw = self->json->text + node->offset + 1;
  gsize length = node->extent - 2;
  char *text = (char *) extend (self, length + 1);

  if (node->special)
    {
      gsize unescaped = myrmex_json_unescape (raw, length, text);

      self->size -= length - unescaped;
      length = unescaped;
    }
  else
    {
      memcpy (text, raw, length);
    }
  text[length] = '\0';
}

static void put_array  (Packer  *self,
                        guint32  node);
static void put_object (Packer  *self,
                        guint32  node);

/* As a variant: the value, and its type behind it. It recurses as deep as the reader let the text nest. */
static void
put_value (Packer  *self,
           guint32  node)
{
  const char *type;
  guint8 boolean;
  gint64 integer;
  double number;

  pad (self);
  switch (myrmex_json_get_kind (self->json, node))
    {
    case MYRMEX_JSON_KIND_NULL:
      type = "g";
      *extend (self, 1) = '\0';
      break;
    case MYRMEX_JSON_KIND_BOOLEAN:
      type = "b";
      boolean = myrmex_json_get_boolean (self->json, node) != FALSE;
      *extend (self, 1) = boolean;
      break;
    case MYRMEX_JSON_KIND_INTEGER:
      type = "x";
      integer = myrmex_json_get_integer (self->json, node);
      memcpy (extend (self, sizeof integer), &integer, sizeof integer);
      break;
    case MYRMEX_JSON_KIND_DOUBLE:
      type = "d";
      number = myrmex_json_get_double (self->json, node);
      memcpy (extend (self, sizeof number), &number, sizeof number);
      break;
    case MYRMEX_JSON_KIND_STRING:
      type = "s";
      put_string (self, node);
      break;
    case MYRMEX_JSON_KIND_ARRAY:
      type = "av";
      put_array (self, node);
      break;
    case MYRMEX_JSON_KIND_OBJECT:
      type = "a{sv}";
      put_object (self, node);
      break;
    default:
      g_assert_not_reached ();
    }
  *extend (self, 1) = '\0';
  memcpy (extend (self, strlen (type)), type, strlen (type));
}

static void
put_array (Packer  *self,
           guint32  node)
{
  gsize start = self->size;
  gsize n_before = self->n_ends;
  MyrmexJsonIter iter;
  guint32 element;

  myrmex_json_iter_init (&iter, self->json, node);
  while (myrmex_json_iter_next_element (&iter, &element))
    {
      put_value (self, element);
      put_end (self);
    }
  put_offsets (self, start, self->n_ends - n_before);
}

static void
put_object (Packer  *self,
            guint32  node)
{
  gsize start = self->size;
  gsize n_before = self->n_ends;
  MyrmexJsonIter iter;
  guint32 key;
  guint32 value;

  myrmex_json_iter_init (&iter, self->json, node);
  while (myrmex_json_iter_next_member (&iter, &key, &value))
    {
      gsize entry;

      pad (self);
      entry = self->size;
      put_string (self, key);
      put_end (self);
      put_value (self, value);
      put_offsets (self, entry, 1);
      put_end (self);
    }
  put_offsets (self, start, self->n_ends - n_before);
}

static GVariant *
pack (const MyrmexJson *json,
      guint32           node)
{
  gboolean is_array = myrmex_json_get_kind (json, node) == MYRMEX_JSON_KIND_ARRAY;
  Packer self = { .json = json };

  self.capacity = 2 * myrmex_json_get_size (json, node) + 64;
  self.data = g_malloc (self.capacity);
  (is_array ? put_array : put_object) (&self, node);
  g_free (self.ends);
  self.data = g_realloc (self.data, MAX (self.size, 1));
  return g_variant_new_from_data (is_array ? G_VARIANT_TYPE ("av") : G_VARIANT_TYPE_VARDICT,
                                  self.data, self.size, TRUE, g_free, self.data);
}

/* A floating value: null, `b`, `x`, `d`, `s`, `av` or `a{sv}`; in one piece. */
GVariant *
myrmex_json_node_to_value (const MyrmexJson *json,
                           guint32           node)
{
  switch (myrmex_json_get_kind (json, node))
    {
    case MYRMEX_JSON_KIND_NULL:
      return myrmex_value_new_null ();
    case MYRMEX_JSON_KIND_BOOLEAN:
      return g_variant_new_boolean (myrmex_json_get_boolean (json, node));
    case MYRMEX_JSON_KIND_INTEGER:
      return g_variant_new_int64 (myrmex_json_get_integer (json, node));
    case MYRMEX_JSON_KIND_DOUBLE:
      return g_variant_new_double (myrmex_json_get_double (json, node));
    case MYRMEX_JSON_KIND_STRING:
      return g_variant_new_take_string (myrmex_json_dup_string (json, node));
    default:
      return pack (json, node);
    }
}

/* A full reference, or an error of myrmex_json_parse(). */
GVariant *
myrmex_value_from_json (const char  *text,
                        gssize       length,
                        GError     **error)
{
  g_autoptr (MyrmexJson) json = myrmex_json_parse (text, length, MYRMEX_JSON_FLAGS_NONE,
                                                   MYRMEX_JSON_MAX_VALUE_DEPTH, NULL, error);

  if (json == NULL)
    return NULL;
  return g_variant_ref_sink (myrmex_json_node_to_value (json, MYRMEX_JSON_ROOT));
}

/**
 * myrmex_value_to_json:
 * @value: (nullable): a value; %NULL is null
 * @pretty: whether for people, on several lines, or on one
 *
 * Writes a value as JSON. Bytes become a string in base64. Controls and characters that change the direction of
 * a text are escaped, so the result can be shown as it is.
 *
 * Returns: (transfer full): JSON, in UTF-8
 *
 * Since: 1.0
 */
char *
myrmex_value_to_json (GVariant *value,
                      gboolean  pretty)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MyrmexJsonWriter writer;

  myrmex_json_writer_init (&writer, text, pretty);
  myrmex_json_writer_value (&writer, value);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
