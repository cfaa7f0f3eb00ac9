/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-value.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"

/* A value is null, a boolean, a number, a string, bytes (ay), an array or a dictionary with string keys.
 *
 * GVariant's maybe types would be the natural null, but D-Bus has none. The empty signature, `@g ""`, takes
 * its place: D-Bus carries it, nothing else that a value may be is of type `g`, and it costs one byte. It is
 * the only null inside arrays and dictionaries. Where a whole value is null, functions also take and return
 * a %NULL pointer. */

/* Deeper than JSON may nest, so that no value read from a definition is refused. */
#define MAX_VALUE_DEPTH 127

/**
 * myrmex_value_new_null:
 *
 * Makes the null value, as it stands inside arrays and dictionaries: `@g ""`.
 *
 * Returns: (transfer floating): a new floating null
 *
 * Since: 1.0
 */
GVariant *
myrmex_value_new_null (void)
{
  return g_variant_new_signature ("");
}

/**
 * myrmex_value_is_null:
 * @value: (nullable): a value
 *
 * Tells whether a value is null: a %NULL pointer, the empty signature, or a variant that holds it.
 *
 * Returns: whether @value is null
 *
 * Since: 1.0
 */
gboolean
myrmex_value_is_null (GVariant *value)
{
  if (value == NULL)
    return TRUE;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_SIGNATURE))
    return g_variant_get_string (value, NULL)[0] == '\0';
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);
      return myrmex_value_is_null (inner);
    }
  return FALSE;
}

/* Of an array that has no element to look at: the type alone may be one that D-Bus does not know. */
static gboolean
check_element_type (GVariant  *array,
                    GError   **error)
{
  const char *type = g_variant_get_type_string (array);

  for (const char *at = type; *at != '\0'; at++)
    {
      if (*at == 'm' || *at == 'h' || (*at == '{' && at[1] != 's'))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
                       _("An array of type “%s” can not be a result, not even an empty one"), type);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_inside (GVariant  *value,
              guint      depth,
              GError   **error)
{
  const GVariantType *type = g_variant_get_type (value);

  if (depth > MAX_VALUE_DEPTH)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
                   _("A value may nest at most %d levels deep"), MAX_VALUE_DEPTH);
      return FALSE;
    }

  if (g_variant_type_equal (type, G_VARIANT_TYPE_HANDLE) ||
      g_variant_type_is_maybe (type))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
                   _("A value of type “%s” can not be a result; results are null, booleans, numbers, strings, bytes, arrays and dictionaries"),
                   g_variant_get_type_string (value));
      return FALSE;
    }

  if (g_variant_type_is_basic (type) ||
      g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING) ||
      g_variant_type_equal (type, G_VARIANT_TYPE_STRING_ARRAY))
    return TRUE;

  if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE_DICTIONARY))
    {
      const GVariantType *key = g_variant_type_key (g_variant_type_element (type));

      if (!g_variant_type_equal (key, G_VARIANT_TYPE_STRING))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE,
                       _("A dictionary of type “%s” can not be a result; its keys must be strings"),
                       g_variant_get_type_string (value));
          return FALSE;
        }
    }

  if (g_variant_type_is_array (type) && g_variant_type_is_basic (g_variant_type_element (type)) &&
      !g_variant_type_equal (g_variant_type_element (type), G_VARIANT_TYPE_HANDLE))
    return TRUE;

  gsize n = g_variant_n_children (value);
  if (n == 0)
    return check_element_type (value, error);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (!check_inside (child, depth + 1, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * myrmex_value_check:
 * @value: (nullable): a value
 * @error: return location for an error, or %NULL
 *
 * Checks that a value can be the result of a task: that it is null, a boolean, a number, a string, bytes, an
 * array, a tuple or a dictionary with string keys, of at most %MYRMEX_MAX_VALUE_BYTES.
 *
 * It fails with %MYRMEX_ERROR_INVALID_VALUE or %MYRMEX_ERROR_LIMIT.
 *
 * Returns: whether @value can be a result
 *
 * Since: 1.0
 */
gboolean
myrmex_value_check (GVariant  *value,
                    GError   **error)
{
  if (value == NULL)
    return TRUE;

  /* Before the size, which serialises: what is too deep would be lost in that. */
  if (!check_inside (value, 0, error))
    return FALSE;

  if (g_variant_get_size (value) > MYRMEX_MAX_VALUE_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("The value has %zu bytes; a result may have %d. Write large data to a file and return its path"),
                   g_variant_get_size (value), MYRMEX_MAX_VALUE_BYTES);
      return FALSE;
    }
  return TRUE;
}
