/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "base/myrmex-config-private.h"

/* Lines of text, each with its place. */
static void
check_problems (const char *problems)
{
  g_auto (GStrv) lines = g_strsplit (problems, "\n", -1);

  for (gsize i = 0; lines[i] != NULL && problems[0] != '\0'; i++)
    {
      g_assert_true (g_str_has_prefix (lines[i], "x.conf:"));
      g_assert_true (g_utf8_validate (lines[i], -1, NULL));
      for (const char *at = lines[i]; *at != '\0'; at = g_utf8_next_char (at))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
    }
}

static void
check_value (gsize                    index,
             const MyrmexConfigValue *value,
             guint                    n_lines)
{
  g_autoptr (MyrmexConfig) config = myrmex_config_new ();
  const MyrmexConfigKey *key = &myrmex_config_keys[index];
  g_autofree char *name = g_strconcat (key->group, ".", key->name, NULL);
  g_autoptr (GVariant) fallback = myrmex_config_get_value (config, name);

  g_assert_true (g_variant_is_of_type (value->value, g_variant_get_type (fallback)));
  g_assert_cmpint (value->origin, ==, MYRMEX_CONFIG_ORIGIN_FILE);
  g_assert_cmpstr (value->place, ==, "x.conf");
  g_assert_cmpuint (value->line, >=, 1);
  g_assert_cmpuint (value->line, <=, n_lines);
  if (g_variant_is_of_type (value->value, G_VARIANT_TYPE_DOUBLE))
    {
      g_assert_cmpfloat (g_variant_get_double (value->value), >=, key->min);
      g_assert_cmpfloat (g_variant_get_double (value->value), <=, key->max);
    }
  else if (key->words != NULL)
    {
      g_assert_true (g_strv_contains (key->words, g_variant_get_string (value->value, NULL)));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_auto (MyrmexConfigLayer) layer = { 0 };
  const char *text = (const char *) data;
  guint n_lines = 1;

  for (size_t i = 0; i < size; i++)
    n_lines += text[i] == '\n' ? 1 : 0;

  myrmex_config_layer_init (&layer);
  myrmex_config_layer_read_text (&layer, "x.conf", size > 0 ? text : "", size);
  check_problems (layer.problems->str);
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      if (layer.values[i].value != NULL)
        check_value (i, &layer.values[i], n_lines);
    }
  return 0;
}
