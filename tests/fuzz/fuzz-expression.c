/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"
#include "expression/myrmex-template-private.h"

static GVariant *
get_contexts (void)
{
  static GVariant *contexts;

  if (contexts == NULL)
    {
      contexts = g_variant_parse (NULL,
        "{'tasks': <{'a': <{'value': <['x', 'Y', 'é']>, 'n': <[1, 2]>, 'none': <signature ''>}>, 'b.c': <{'value': <'3'>}>}>,"
        " 'parameters': <{'s': <'text'>, 'n': <1.5>, 'big': <int64 9007199254740993>, 'b': <b'bytes'>, 'k': <'a'>}>,"
        " 'env': <{'HOME': 'h', 'Path': 'p'}>, 'run': <(1, 'two', [<true>, <@av []>])>}", NULL, NULL, NULL);
      g_variant_get_data (contexts);
    }
  return contexts;
}

static GVariant *
resolve_cb (const char  *context,
            const char  *key,
            gpointer     data,
            GError     **error)
{
  g_autoptr (GVariant) whole = g_variant_lookup_value (get_contexts (), context, NULL);
  g_autoptr (GVariant) value = NULL;

  if (key == NULL)
    return g_steal_pointer (&whole);
  if (!g_variant_is_of_type (whole, G_VARIANT_TYPE_DICTIONARY))
    return NULL;
  value = g_variant_lookup_value (whole, key, NULL);
  return g_steal_pointer (&value);
}

static void
check_error (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  for (const char *at = error->message; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

static void
reference_cb (const char *context,
              const char *key,
              gsize       offset,
              gpointer    data)
{
  const gsize *size = data;

  g_assert_cmpuint (offset, <, *size);
}

static void
check_value (GVariant *value)
{
  g_autofree char *text = myrmex_expression_to_text (value);
  g_autofree char *json = myrmex_value_to_json (value, FALSE);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  if (myrmex_value_is_null (value))
    g_assert_false (myrmex_expression_is_true (value));
}

/* Twice the same gives twice the same. */
static void
evaluate (MyrmexExpression *expression)
{
  g_autoptr (GPtrArray) seen = myrmex_seen_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other_error = NULL;
  g_autoptr (GVariant) value = myrmex_expression_evaluate (expression, resolve_cb, NULL, seen, &error);
  g_autoptr (GVariant) other = myrmex_expression_evaluate (expression, resolve_cb, NULL, NULL, &other_error);

  if (value == NULL)
    {
      check_error (error);
      g_assert_null (other);
      g_assert_cmpstr (error->message, ==, other_error->message);
      return;
    }

  g_assert_no_error (error);
  g_assert_true (g_variant_equal (value, other));
  check_value (value);
  for (guint i = 0; i < seen->len; i++)
    {
      const MyrmexSeen *entry = seen->pdata[i];
      check_value (entry->value);
    }
}

static void
check_expression (const char *text,
                  gsize       size)
{
  gsize offset = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (text, (gssize) size, &offset, &error);

  if (expression == NULL)
    {
      check_error (error);
      g_assert_cmpuint (offset, <=, size);
      return;
    }

  g_assert_cmpstr (myrmex_expression_get_text (expression), ==, text);
  myrmex_expression_foreach_reference (expression, reference_cb, &size);
  evaluate (expression);
}

static void
check_template (const char *text,
                gsize       size)
{
  gsize offset = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTemplate) template = myrmex_template_parse (text, (gssize) size, &offset, &error);
  g_autoptr (GVariant) value = NULL;
  g_autofree char *filled = NULL;

  if (template == NULL)
    {
      check_error (error);
      g_assert_cmpuint (offset, <=, size);
      return;
    }

  myrmex_template_foreach_reference (template, reference_cb, &size);
  value = myrmex_template_expand (template, resolve_cb, NULL, NULL, &error);
  if (value == NULL)
    {
      check_error (error);
      return;
    }

  check_value (value);
  filled = myrmex_template_expand_text (template, resolve_cb, NULL, NULL, &error);
  if (filled == NULL)
    check_error (error);
  else
    g_assert_cmpuint (strlen (filled), <, MYRMEX_MAX_VALUE_BYTES);
  if (!myrmex_template_has_expressions (text))
    g_assert_cmpstr (filled, ==, text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_expression (text, size);
  check_template (text, size);
  return 0;
}
