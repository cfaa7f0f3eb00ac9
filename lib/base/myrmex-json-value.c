/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-private.h"

#include "base/myrmex-json-writer-private.h"
#include "base/myrmex-value.h"

static GVariant *
make_array (const MyrmexJson *json,
            guint32           node)
{
  GVariantBuilder builder;
  MyrmexJsonIter iter;
  guint32 element;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  myrmex_json_iter_init (&iter, json, node);
  while (myrmex_json_iter_next_element (&iter, &element))
    g_variant_builder_add_value (&builder, g_variant_new_variant (myrmex_json_node_to_value (json, element)));

  return g_variant_builder_end (&builder);
}

static GVariant *
make_object (const MyrmexJson *json,
             guint32           node)
{
  GVariantBuilder builder;
  MyrmexJsonIter iter;
  guint32 key;
  guint32 value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  myrmex_json_iter_init (&iter, json, node);
  while (myrmex_json_iter_next_member (&iter, &key, &value))
    {
      GVariant *name = g_variant_new_take_string (myrmex_json_dup_string (json, key));
      GVariant *content = g_variant_new_variant (myrmex_json_node_to_value (json, value));

      g_variant_builder_add_value (&builder, g_variant_new_dict_entry (name, content));
    }

  return g_variant_builder_end (&builder);
}

/* A floating value: null, `b`, `x`, `d`, `s`, `av` or `a{sv}`. It recurses as deep as the reader let the text
 * nest. */
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
    case MYRMEX_JSON_KIND_ARRAY:
      return make_array (json, node);
    case MYRMEX_JSON_KIND_OBJECT:
      return make_object (json, node);
    default:
      g_assert_not_reached ();
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
