/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <myrmex.h>
#include <string.h>

#include "base/myrmex-json-private.h"

/* What becomes of JSON: values, in one piece, and no more of them than there may be. */

/* The reader writes the bytes of a value itself. Those of parts of any size are as GVariant wants them: the size
 * decides how wide the places are that are kept in them. */
static void
test_value_bytes (void)
{
  static const guint lengths[] = {
    0, 1, 7, 8, 120, 121, 200, 250, 252, 253, 254, 255, 256, 257, 32000, 65000, 65500, 65532, 65534, 65536,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *filler = g_strnfill (lengths[i], 'x');
      g_autofree char *text = g_strdup_printf ("{\"a\":[\"%s\",null,true,[],{},[[]],{\"\":{}},\"\\n\\u00e9\"],"
                                               "\"%s\":[1,-2,0.5]}", filler, filler);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = myrmex_value_from_json (text, -1, &error);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GVariant) read = NULL;
      g_autofree char *again = NULL;

      g_assert_no_error (error);
      bytes = g_variant_get_data_as_bytes (value);
      read = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
      g_assert_true (g_variant_is_normal_form (read));
      again = myrmex_value_to_json (read, FALSE);
      g_assert_cmpuint (strlen (again), ==, strlen (text) - strlen ("\\u00e9") + strlen ("é"));
    }
}

/* What the deepest JSON becomes is still a value that results may hold and that can be read back from its bytes,
 * and one level more is not read. */
static void
test_value_depth (void)
{
  for (guint extra = 0; extra < 2; extra++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = NULL;

      for (guint i = 0; i < MYRMEX_JSON_MAX_VALUE_DEPTH + extra; i++)
        g_string_append (text, "{\"a\":");
      g_string_append (text, "1");
      for (guint i = 0; i < MYRMEX_JSON_MAX_VALUE_DEPTH + extra; i++)
        g_string_append (text, "}");

      value = myrmex_value_from_json (text->str, -1, &error);
      if (extra == 0)
        {
          g_autofree char *back = myrmex_value_to_json (value, FALSE);

          g_assert_no_error (error);
          g_assert_true (myrmex_value_check (value, &error));
          g_assert_cmpstr (back, ==, text->str);

          g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (value);
          g_autoptr (GVariant) read = g_variant_new_from_bytes (g_variant_get_type (value), bytes, FALSE);
          g_autofree char *again = myrmex_value_to_json (read, FALSE);

          g_assert_true (g_variant_is_normal_form (read));
          g_assert_cmpstr (again, ==, text->str);
        }
      else
        {
          g_assert_cmpstr (error->message, ==, "1:211: Arrays and objects nest deeper than 42 levels");
        }
    }
}

/* A text of which nothing but its end is wrong is refused where it has too much. */
static void
test_bounded (void)
{
  const gsize n_most = MYRMEX_JSON_MAX_NODES - 1; /* with the array itself */

  for (gsize extra = 0; extra < 2; extra++)
    {
      g_autoptr (GString) text = g_string_sized_new (2 * n_most + 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexJson) json = NULL;
      g_autoptr (MyrmexJson) free_json = NULL;

      g_string_append_c (text, '[');
      for (gsize i = 0; i < n_most + extra; i++)
        g_string_append (text, i > 0 ? ",1" : "1");
      g_string_append_c (text, ']');

      json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_BOUNDED, 8, NULL, &error);
      g_assert_true ((json != NULL) == (extra == 0));
      if (extra > 0)
        g_assert_cmpstr (error->message, ==, "1:3500000: The text has more than 1750000 keys and values");
      g_clear_error (&error);

      free_json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, 8, NULL, &error);
      g_assert_no_error (error);
    }
}

/* The same key, however it is written, among many. */
static void
test_escaped_duplicates (void)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "\"\\u0061%u\":1,", i);
  g_string_append (text, "\n\"a999\":2}");
  json = myrmex_json_parse (text->str, -1, MYRMEX_JSON_FLAGS_NONE, 8, NULL, &error);
  g_assert_null (json);
  g_assert_cmpstr (error->message, ==, "2:1: The key \"a999\" is used twice; the first is at line 1, column 13878");
}

/* Numbers that need no computing to tell that they are in range, and those that do. */
static void
test_range (void)
{
  static const struct
  {
    const char *text;
    gboolean    fits;
  } cases[] = {
    { "1e99", TRUE }, { "1e308", TRUE }, { "1e309", FALSE }, { "1e0000000001", TRUE }, { "-1e999", FALSE },
    { "1e-999", TRUE }, { "1.5", TRUE }, { "0.0e99", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MyrmexJson) json = myrmex_json_parse (cases[i].text, -1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, NULL);

      g_assert_true ((json != NULL) == cases[i].fits);
    }

  for (gsize n = 195; n < 320; n += 5)
    {
      g_autofree char *digits = g_strnfill (n, '9');
      g_autofree char *text = g_strconcat (digits, n % 2 == 0 ? ".5" : "e99", NULL);
      g_autoptr (MyrmexJson) json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, NULL);

      g_assert_true ((json != NULL) == (g_ascii_strtod (text, NULL) < G_MAXDOUBLE));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/base/json-value/bytes", test_value_bytes);
  g_test_add_func ("/base/json-value/depth", test_value_depth);
  g_test_add_func ("/base/json-value/bounded", test_bounded);
  g_test_add_func ("/base/json-value/escaped-duplicates", test_escaped_duplicates);
  g_test_add_func ("/base/json-value/range", test_range);

  return g_test_run ();
}
