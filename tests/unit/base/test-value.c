/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"

static void
test_null (void)
{
  g_autoptr (GVariant) null = g_variant_ref_sink (myrmex_value_new_null ());
  g_autoptr (GVariant) wrapped = g_variant_ref_sink (g_variant_new_variant (null));
  g_autoptr (GVariant) text = g_variant_ref_sink (g_variant_new_string (""));

  g_assert_true (myrmex_value_is_null (NULL));
  g_assert_true (myrmex_value_is_null (null));
  g_assert_true (myrmex_value_is_null (wrapped));
  g_assert_false (myrmex_value_is_null (text));
}

static void
test_check (void)
{
  static const struct
  {
    const char *text;
    gboolean    ok;
  } cases[] = {
    { "true", TRUE },
    { "int64 7", TRUE },
    { "'text'", TRUE },
    { "b'bytes'", TRUE },
    { "{'a': <1>, 'b': <[<'x'>, <signature ''>]>}", TRUE },
    { "(1, 'two')", TRUE },
    { "just 'x'", FALSE },
    { "[<just 1>]", FALSE },
    { "{1: 'x'}", FALSE },
    { "handle 3", FALSE },
    { "@av []", TRUE },
    { "@aa{sv} []", TRUE },
    { "()", TRUE },
    { "@ami []", FALSE },
    { "@aa{is} []", FALSE },
    { "@a{sh} {}", FALSE },
    { "{'a': <@ah []>}", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, cases[i].text, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (myrmex_value_check (value, &error), ==, cases[i].ok);
      if (!cases[i].ok)
        g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
    }
}

static void
test_limit (void)
{
  g_autofree char *large = g_strnfill (MYRMEX_MAX_VALUE_BYTES, 'x');
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string (large));
  g_autoptr (GError) error = NULL;

  g_assert_false (myrmex_value_check (value, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
}

static GVariant *
nest (guint levels)
{
  GVariant *value = g_variant_new_string ("leaf");

  while (levels-- > 0)
    value = g_variant_new_variant (value);
  return g_variant_ref_sink (value);
}

/* GVariant serialises at most 128 levels, and replaces what is deeper. */
static void
test_depth (void)
{
  g_autoptr (GVariant) deep = nest (127);
  g_autoptr (GVariant) too_deep = nest (128);
  g_autoptr (GError) error = NULL;

  g_assert_true (myrmex_value_check (deep, &error));
  g_assert_no_error (error);
  g_assert_false (myrmex_value_check (too_deep, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/base/value/null", test_null);
  g_test_add_func ("/base/value/check", test_check);
  g_test_add_func ("/base/value/limit", test_limit);
  g_test_add_func ("/base/value/depth", test_depth);
  return g_test_run ();
}
