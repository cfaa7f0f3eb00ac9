/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"

static void
check_message (const char *message)
{
  g_assert_nonnull (message);
  g_assert_cmpuint (strlen (message), >, 0);
  g_assert_true (g_utf8_validate (message, -1, NULL));
  for (const char *at = message; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

static void
check_problems (const GPtrArray *problems,
                size_t           size)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const MyrmexJsonProblem *problem = problems->pdata[i];

      g_assert_cmpuint (problem->offset, <=, size);
      g_assert_cmpuint (problem->line, >=, 1);
      g_assert_cmpuint (problem->column, >=, 1);
      check_message (problem->message);
    }
}

static void
check_string (MyrmexJson *json,
              guint32     node)
{
  g_autofree char *copy = myrmex_json_dup_string (json, node);
  gsize length;
  const char *text = myrmex_json_get_string (json, node, &length);
  guint line;
  guint column;

  g_assert_cmpmem (text, length, copy, strlen (copy));
  g_assert_true (g_utf8_validate (copy, -1, NULL));
  g_assert_true (myrmex_json_string_equal (json, node, copy));
  myrmex_json_get_position_in_string (json, node, length, &line, &column);
}

/* Looks at every node in every way there is; returns how many there are. Depth is bounded by the reader. */
static guint
check_node (MyrmexJson *json,
            guint32     node)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (json, node);
  MyrmexJsonIter iter;
  guint32 child;
  guint line;
  guint column;
  guint n = 1;

  myrmex_json_get_position (json, node, &line, &column);
  if (kind == MYRMEX_JSON_KIND_STRING)
    check_string (json, node);
  else if (kind == MYRMEX_JSON_KIND_INTEGER)
    myrmex_json_get_integer (json, node);
  else if (kind == MYRMEX_JSON_KIND_DOUBLE)
    myrmex_json_get_double (json, node);

  myrmex_json_iter_init (&iter, json, node);
  while (myrmex_json_iter_next_element (&iter, &child))
    n += check_node (json, child);
  return n;
}

/* The same value, as GVariant builds it. */
static GVariant *
build (MyrmexJson *json,
       guint32     node)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (json, node);
  GVariantBuilder builder;
  MyrmexJsonIter iter;
  guint32 key;
  guint32 child;

  if (kind != MYRMEX_JSON_KIND_ARRAY && kind != MYRMEX_JSON_KIND_OBJECT)
    return myrmex_json_node_to_value (json, node);

  g_variant_builder_init (&builder, kind == MYRMEX_JSON_KIND_ARRAY ? G_VARIANT_TYPE ("av") : G_VARIANT_TYPE_VARDICT);
  myrmex_json_iter_init (&iter, json, node);
  while (kind == MYRMEX_JSON_KIND_ARRAY && myrmex_json_iter_next_element (&iter, &child))
    g_variant_builder_add (&builder, "v", build (json, child));
  while (kind == MYRMEX_JSON_KIND_OBJECT && myrmex_json_iter_next_member (&iter, &key, &child))
    {
      g_autofree char *name = myrmex_json_dup_string (json, key);

      g_variant_builder_add (&builder, "{sv}", name, build (json, child));
    }
  return g_variant_builder_end (&builder);
}

/* The reader writes the bytes of a value itself: they are those that GVariant would write. */
static void
check_bytes (MyrmexJson *json,
             GVariant   *value)
{
  g_autoptr (GVariant) built = g_variant_ref_sink (build (json, MYRMEX_JSON_ROOT));

  g_assert_cmpmem (g_variant_get_data (value), g_variant_get_size (value),
                   g_variant_get_data (built), g_variant_get_size (built));
}

/* What is written reads back as the same value, pretty and compact. */
static void
check_round_trip (GVariant *value)
{
  for (int pretty = 0; pretty < 2; pretty++)
    {
      g_autofree char *text = myrmex_value_to_json (value, pretty);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) again = myrmex_value_from_json (text, -1, &error);

      g_assert_no_error (error);
      g_assert_true (g_variant_equal (value, again));
    }
}

static void
read_document (const uint8_t   *data,
               size_t           size,
               MyrmexJsonFlags  flags)
{
  g_autoptr (GPtrArray) problems = myrmex_json_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = NULL;

  json = myrmex_json_parse ((const char *) data, (gssize) size, flags, MYRMEX_MAX_JSON_DEPTH, problems, &error);
  check_problems (problems, size);
  if (json == NULL)
    {
      g_assert_nonnull (error);
      check_message (error->message);
      g_assert_cmpuint (problems->len, >, 0);
    }
  else
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (myrmex_json_node_to_value (json, MYRMEX_JSON_ROOT));

      g_assert_no_error (error);
      g_assert_cmpuint (check_node (json, MYRMEX_JSON_ROOT), >=, 1);
      g_assert_nonnull (value);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = NULL;

  read_document (data, size, MYRMEX_JSON_FLAGS_NONE);
  read_document (data, size, MYRMEX_JSON_FLAGS_COMMENTS);

  value = myrmex_value_from_json ((const char *) data, (gssize) size, &error);
  g_assert_true ((value != NULL) == (error == NULL));
  if (value != NULL)
    {
      g_autoptr (MyrmexJson) json = myrmex_json_parse ((const char *) data, (gssize) size, MYRMEX_JSON_FLAGS_NONE,
                                                       MYRMEX_JSON_MAX_VALUE_DEPTH, NULL, &error);

      g_assert_no_error (error);
      check_bytes (json, value);
      check_round_trip (value);
    }
  return 0;
}
