/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-json-private.h"
#include "expression/myrmex-expression-program-private.h"
#include "expression/myrmex-expression-value-private.h"

#define MAX_FORMAT_ARGUMENTS (256)

static GVariant *
make_boolean (gboolean value)
{
  return g_variant_ref_sink (g_variant_new_boolean (value));
}

/* Appends unless the text becomes longer than a value may be. */
static gboolean
append_bounded (GString     *text,
                const char  *more,
                gsize        length,
                GError     **error)
{
  if (length > MYRMEX_MAX_VALUE_BYTES - 1 - text->len)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("the result would have more than %d bytes"),
                   MYRMEX_MAX_VALUE_BYTES);
      return FALSE;
    }
  g_string_append_len (text, more, (gssize) length);
  return TRUE;
}

static gboolean
append_operand (GString   *text,
                GVariant  *operand,
                GError   **error)
{
  g_autofree char *owned = NULL;
  const char *more = myrmex_operand_to_text (operand, &owned);

  return append_bounded (text, more, strlen (more), error);
}

static GVariant *
take_text (GString *text)
{
  return g_variant_ref_sink (g_variant_new_take_string (g_string_free (text, FALSE)));
}

typedef gboolean (*TextFunc) (const char *text, const char *part);

/* Both as text and without their case; anything that is no primitive contains nothing. */
static GVariant *
search_text (GVariant * const *arguments,
             TextFunc          func)
{
  g_autofree char *owned_text = NULL;
  g_autofree char *owned_part = NULL;
  g_autofree char *text = NULL;
  g_autofree char *part = NULL;

  if (!myrmex_operand_is_primitive (arguments[0]) || !myrmex_operand_is_primitive (arguments[1]))
    return make_boolean (FALSE);

  text = myrmex_text_fold (myrmex_operand_to_text (arguments[0], &owned_text));
  part = myrmex_text_fold (myrmex_operand_to_text (arguments[1], &owned_part));
  return make_boolean (func (text, part));
}

static gboolean
has_part (const char *text,
          const char *part)
{
  return strstr (text, part) != NULL;
}

static GVariant *
contains (GVariant * const  *arguments,
          guint              n,
          GError           **error)
{
  gsize n_elements;

  if (myrmex_operand_get_kind (arguments[0]) != MYRMEX_OPERAND_ARRAY)
    return search_text (arguments, has_part);

  n_elements = g_variant_n_children (arguments[0]);
  for (gsize i = 0; i < n_elements; i++)
    {
      g_autoptr (GVariant) element = myrmex_operand_take (g_variant_get_child_value (arguments[0], i));

      if (myrmex_operand_compare (element, arguments[1]) == MYRMEX_ORDER_EQUAL)
        return make_boolean (TRUE);
    }
  return make_boolean (FALSE);
}

static GVariant *
starts_with (GVariant * const  *arguments,
             guint              n,
             GError           **error)
{
  return search_text (arguments, g_str_has_prefix);
}

static GVariant *
ends_with (GVariant * const  *arguments,
           guint              n,
           GError           **error)
{
  return search_text (arguments, g_str_has_suffix);
}

/* Reads `{N}` at @at and appends the argument; returns what follows, or NULL with an error. */
static const char *
append_placeholder (GString           *text,
                    const char        *at,
                    GVariant * const  *arguments,
                    guint              n,
                    GError           **error)
{
  gsize digits = strspn (at + 1, "0123456789");
  guint64 index = g_ascii_strtoull (at + 1, NULL, 10);

  if (digits == 0 || at[1 + digits] != '}')
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                           _("a “{” must begin a placeholder such as “{0}”; a brace itself is written twice"));
      return NULL;
    }
  if (index >= n)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                   g_dngettext (GETTEXT_PACKAGE, "“{%.*s}” has no value: there is %u, and the first is “{0}”",
                                "“{%.*s}” has no value: there are %u, and the first is “{0}”", n),
                   (int) MIN (digits, 20), at + 1, n);
      return NULL;
    }
  return append_operand (text, arguments[index], error) ? at + digits + 2 : NULL;
}

static GVariant *
format (GVariant * const  *arguments,
        guint              n,
        GError           **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *owned = NULL;
  const char *at = myrmex_operand_to_text (arguments[0], &owned);

  while (*at != '\0')
    {
      gsize plain = strcspn (at, "{}");

      if (!append_bounded (text, at, plain, error))
        return NULL;
      at += plain;

      if (*at != '\0' && at[0] == at[1])
        {
          if (!append_bounded (text, at, 1, error))
            return NULL;
          at += 2;
        }
      else if (*at == '{')
        {
          at = append_placeholder (text, at, arguments + 1, n - 1, error);
          if (at == NULL)
            return NULL;
        }
      else if (*at == '}')
        {
          g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                               _("there is a “}” without its “{”; a brace itself is written twice"));
          return NULL;
        }
    }

  return take_text (g_steal_pointer (&text));
}

/* A primitive is joined to nothing, an object to the empty text, as GitHub has it. */
static GVariant *
join (GVariant * const  *arguments,
      guint              n,
      GError           **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *owned = NULL;
  const char *separator = ",";
  gsize n_elements = 0;

  if (n > 1 && myrmex_operand_is_primitive (arguments[1]))
    separator = myrmex_operand_to_text (arguments[1], &owned);
  if (myrmex_operand_is_primitive (arguments[0]) && !append_operand (text, arguments[0], error))
    return NULL;

  if (myrmex_operand_get_kind (arguments[0]) == MYRMEX_OPERAND_ARRAY)
    n_elements = g_variant_n_children (arguments[0]);
  for (gsize i = 0; i < n_elements; i++)
    {
      g_autoptr (GVariant) element = myrmex_operand_take (g_variant_get_child_value (arguments[0], i));

      if ((i > 0 && !append_bounded (text, separator, strlen (separator), error)) ||
          !append_operand (text, element, error))
        return NULL;
    }

  return take_text (g_steal_pointer (&text));
}

static GVariant *
to_json (GVariant * const  *arguments,
         guint              n,
         GError           **error)
{
  g_autofree char *json = myrmex_value_to_json (arguments[0], TRUE);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!append_bounded (text, json, strlen (json), error))
    return NULL;
  return take_text (g_steal_pointer (&text));
}

static GVariant *
from_json (GVariant * const  *arguments,
           guint              n,
           GError           **error)
{
  g_autofree char *owned = NULL;
  GError *own_error = NULL;
  GVariant *value = myrmex_value_from_json (myrmex_operand_to_text (arguments[0], &owned), -1, &own_error);

  if (own_error != NULL)
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, own_error->message);
      g_error_free (own_error);
    }
  return value;
}

/* Ours: characters of a string, bytes of bytes, elements, members; null has none of them. */
static GVariant *
length (GVariant * const  *arguments,
        guint              n,
        GError           **error)
{
  MyrmexOperandKind kind = myrmex_operand_get_kind (arguments[0]);
  gsize result = 0;

  switch (kind)
    {
    case MYRMEX_OPERAND_NULL:
      break;
    case MYRMEX_OPERAND_STRING:
      if (g_variant_is_of_type (arguments[0], G_VARIANT_TYPE_BYTESTRING))
        result = g_variant_n_children (arguments[0]);
      else
        result = (gsize) g_utf8_strlen (g_variant_get_string (arguments[0], NULL), -1);
      break;
    case MYRMEX_OPERAND_ARRAY:
    case MYRMEX_OPERAND_OBJECT:
      result = g_variant_n_children (arguments[0]);
      break;
    default:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                   _("a string, an array or an object has a length, not a %s"), myrmex_operand_kind_to_string (kind));
      return NULL;
    }

  return g_variant_ref_sink (g_variant_new_int64 ((gint64) result));
}

const MyrmexFunction myrmex_functions[] = {
  { "contains", 2, 2, contains },
  { "startsWith", 2, 2, starts_with },
  { "endsWith", 2, 2, ends_with },
  { "format", 1, MAX_FORMAT_ARGUMENTS, format },
  { "join", 1, 2, join },
  { "toJSON", 1, 1, to_json },
  { "fromJSON", 1, 1, from_json },
  { "length", 1, 1, length },
};
const guint myrmex_n_functions = G_N_ELEMENTS (myrmex_functions);
