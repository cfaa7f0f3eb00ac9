/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-expression-value-private.h"

#include <math.h>
#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-value.h"
#include "expression/myrmex-expression-private.h"

static GVariant *
unwrap (GVariant *value)
{
  while (value != NULL && (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
                           g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE)))
    {
      g_autoptr (GVariant) outer = value;

      value = g_variant_n_children (outer) > 0 ? g_variant_get_child_value (outer, 0) : NULL;
    }

  if (value != NULL && myrmex_value_is_null (value))
    g_clear_pointer (&value, g_variant_unref);
  return value;
}

/* Takes a reference, or a floating value; returns one to what is inside its variants, or NULL for null. */
GVariant *
myrmex_operand_take (GVariant *value)
{
  return value != NULL ? unwrap (g_variant_take_ref (value)) : NULL;
}

/* The same without taking: a floating value stays floating. */
GVariant *
myrmex_operand_borrow (GVariant *value)
{
  return value != NULL ? unwrap (g_variant_ref (value)) : NULL;
}

MyrmexOperandKind
myrmex_operand_get_kind (GVariant *value)
{
  if (value == NULL)
    return MYRMEX_OPERAND_NULL;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return MYRMEX_OPERAND_BOOLEAN;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return MYRMEX_OPERAND_STRING;
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        return MYRMEX_OPERAND_STRING;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY))
        return MYRMEX_OPERAND_OBJECT;
      return MYRMEX_OPERAND_ARRAY;
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      return MYRMEX_OPERAND_ARRAY;
    default:
      return MYRMEX_OPERAND_NUMBER;
    }
}

const char *
myrmex_operand_kind_to_string (MyrmexOperandKind kind)
{
  static const char * const names[] = {
    "null", "boolean", "number", "string", "array", "object",
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (names) == MYRMEX_OPERAND_OBJECT + 1);

  return names[kind];
}

gboolean
myrmex_operand_is_primitive (GVariant *value)
{
  return myrmex_operand_get_kind (value) < MYRMEX_OPERAND_ARRAY;
}

static MyrmexNumber
make_integer (gint64 integer)
{
  return (MyrmexNumber) { .is_integer = TRUE, .integer = integer, .real = (double) integer };
}

static MyrmexNumber
make_real (double real)
{
  return (MyrmexNumber) { .real = real };
}

static MyrmexNumber
make_unsigned (guint64 value)
{
  return value <= G_MAXINT64 ? make_integer ((gint64) value) : make_real ((double) value);
}

GVariant *
myrmex_number_to_value (MyrmexNumber number)
{
  return g_variant_ref_sink (number.is_integer ? g_variant_new_int64 (number.integer)
                                               : g_variant_new_double (number.real));
}

/* The digits of @text in this base, or NaN when one of them is none. */
static MyrmexNumber
parse_digits (const char *text,
              guint       base)
{
  guint64 integer = 0;
  double real = 0;

  if (*text == '\0')
    return make_real (NAN);

  for (; *text != '\0'; text++)
    {
      int digit = g_ascii_xdigit_value (*text);

      if (digit < 0 || (guint) digit >= base)
        return make_real (NAN);
      integer = integer * base + (guint64) digit;
      real = real * base + digit;
    }

  return real < 9.2e18 ? make_unsigned (integer) : make_real (real);
}

/* A sign, digits with a point, an exponent; at least one digit. */
static gboolean
is_decimal (const char *text)
{
  gsize before;
  gsize after = 0;

  text += *text == '+' || *text == '-';
  before = strspn (text, "0123456789");
  text += before;
  if (*text == '.')
    {
      after = strspn (text + 1, "0123456789");
      text += 1 + after;
    }
  if (before + after == 0)
    return FALSE;
  if (*text == 'e' || *text == 'E')
    {
      text += 1;
      text += *text == '+' || *text == '-';
      if (!g_ascii_isdigit (*text))
        return FALSE;
      text += strspn (text, "0123456789");
    }
  return *text == '\0';
}

static MyrmexNumber
parse_decimal (const char *text)
{
  double real = g_ascii_strtod (text, NULL);

  /* “-0” is the one integer that only a double can hold. */
  if (strpbrk (text, ".eE") == NULL && !(real == 0 && *text == '-'))
    {
      gint64 integer;

      if (g_ascii_string_to_signed (text + (*text == '+'), 10, G_MININT64, G_MAXINT64, &integer, NULL))
        return make_integer (integer);
    }
  return make_real (real);
}

/* Reads a number as JavaScript's Number() does: space around it is passed over, nothing at all is 0, decimal,
 * 0x and 0o digits, Infinity; anything else is NaN. */
MyrmexNumber
myrmex_number_parse (const char *text,
                     gsize       length)
{
  g_autofree char *copy = g_strndup (text, length);
  char *at = copy;

  while (g_unichar_isspace (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  for (char *end = at + strlen (at); end > at;)
    {
      char *last = g_utf8_prev_char (end);

      if (!g_unichar_isspace (g_utf8_get_char (last)))
        break;
      *last = '\0';
      end = last;
    }

  if (*at == '\0')
    return make_integer (0);
  if (is_decimal (at))
    return parse_decimal (at);
  if (at[0] == '0' && at[1] == 'x')
    return parse_digits (at + 2, 16);
  if (at[0] == '0' && at[1] == 'o')
    return parse_digits (at + 2, 8);
  if (g_str_equal (at, "Infinity") || g_str_equal (at, "+Infinity"))
    return make_real (INFINITY);
  if (g_str_equal (at, "-Infinity"))
    return make_real (-INFINITY);
  return make_real (NAN);
}

static MyrmexNumber
get_number (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      return make_integer (g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT16:
      return make_integer (g_variant_get_int16 (value));
    case G_VARIANT_CLASS_UINT16:
      return make_integer (g_variant_get_uint16 (value));
    case G_VARIANT_CLASS_INT32:
      return make_integer (g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return make_integer (g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return make_integer (g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return make_unsigned (g_variant_get_uint64 (value));
    case G_VARIANT_CLASS_HANDLE:
      return make_integer (g_variant_get_handle (value));
    default:
      return make_real (g_variant_get_double (value));
    }
}

MyrmexNumber
myrmex_operand_to_number (GVariant *value)
{
  switch (myrmex_operand_get_kind (value))
    {
    case MYRMEX_OPERAND_NULL:
      return make_integer (0);
    case MYRMEX_OPERAND_BOOLEAN:
      return make_integer (g_variant_get_boolean (value));
    case MYRMEX_OPERAND_NUMBER:
      return get_number (value);
    case MYRMEX_OPERAND_STRING:
      {
        g_autofree char *owned = NULL;
        const char *text = myrmex_operand_to_text (value, &owned);

        return myrmex_number_parse (text, strlen (text));
      }
    default:
      return make_real (NAN);
    }
}

gboolean
myrmex_operand_is_true (GVariant *value)
{
  switch (myrmex_operand_get_kind (value))
    {
    case MYRMEX_OPERAND_NULL:
      return FALSE;
    case MYRMEX_OPERAND_BOOLEAN:
      return g_variant_get_boolean (value);
    case MYRMEX_OPERAND_NUMBER:
      {
        double number = get_number (value).real;

        return number != 0 && !isnan (number);
      }
    case MYRMEX_OPERAND_STRING:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        return g_variant_n_children (value) > 0;
      return g_variant_get_string (value, NULL)[0] != '\0';
    default:
      return TRUE;
    }
}

gboolean
myrmex_expression_is_true (GVariant *value)
{
  g_autoptr (GVariant) operand = myrmex_operand_borrow (value);

  return myrmex_operand_is_true (operand);
}

/* As .NET's "G15", which is what GitHub prints numbers with. */
static char *
number_to_text (GVariant *value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  MyrmexNumber number = get_number (value);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
  if (number.is_integer)
    return g_strdup_printf ("%" G_GINT64_FORMAT, number.integer);
  if (isnan (number.real))
    return g_strdup ("NaN");
  if (isinf (number.real))
    return g_strdup (number.real > 0 ? "Infinity" : "-Infinity");
  return g_strdup (g_ascii_formatd (text, sizeof text, "%.15G", number.real));
}

/* The text of @value, which lives as long as @value and @owned. Arrays and objects are their JSON. */
const char *
myrmex_operand_to_text (GVariant  *value,
                        char     **owned)
{
  switch (myrmex_operand_get_kind (value))
    {
    case MYRMEX_OPERAND_NULL:
      return "";
    case MYRMEX_OPERAND_BOOLEAN:
      return g_variant_get_boolean (value) ? "true" : "false";
    case MYRMEX_OPERAND_NUMBER:
      *owned = number_to_text (value);
      return *owned;
    case MYRMEX_OPERAND_STRING:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        {
          gsize n;
          const guchar *bytes = g_variant_get_fixed_array (value, &n, 1);

          *owned = g_base64_encode (bytes, n);
          return *owned;
        }
      return g_variant_get_string (value, NULL);
    default:
      *owned = myrmex_value_to_json (value, FALSE);
      return *owned;
    }
}

char *
myrmex_expression_to_text (GVariant *value)
{
  g_autoptr (GVariant) operand = myrmex_operand_borrow (value);
  char *owned = NULL;
  const char *text = myrmex_operand_to_text (operand, &owned);

  return owned != NULL ? owned : g_strdup (text);
}

/* One character in upper case. What is not ASCII does not become ASCII: the dotless i is not I. */
static gunichar
fold_character (gunichar c)
{
  gunichar upper = g_unichar_toupper (c);

  return c >= 0x80 && upper < 0x80 ? c : upper;
}

/* @text as it is compared, one character for one. */
char *
myrmex_text_fold (const char *text)
{
  GString *folded = g_string_sized_new (strlen (text));

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      if ((guchar) *text < 0x80)
        g_string_append_c (folded, g_ascii_toupper (*text));
      else
        g_string_append_unichar (folded, fold_character (g_utf8_get_char (text)));
    }
  return g_string_free (folded, FALSE);
}

static int
compare_ignoring_case (const char *left,
                       const char *right)
{
  while (*left != '\0' && *right != '\0')
    {
      gunichar a = fold_character (g_utf8_get_char (left));
      gunichar b = fold_character (g_utf8_get_char (right));

      if (a != b)
        return a < b ? -1 : 1;
      left = g_utf8_next_char (left);
      right = g_utf8_next_char (right);
    }

  return (*left != '\0') - (*right != '\0');
}

static MyrmexOrder
make_order (gboolean less,
            gboolean equal,
            gboolean greater)
{
  return less ? MYRMEX_ORDER_LESS : equal ? MYRMEX_ORDER_EQUAL : greater ? MYRMEX_ORDER_GREATER : MYRMEX_ORDER_NONE;
}

static MyrmexOrder
compare_numbers (MyrmexNumber left,
                 MyrmexNumber right)
{
  if (left.is_integer && right.is_integer)
    return make_order (left.integer < right.integer, left.integer == right.integer, left.integer > right.integer);
  return make_order (left.real < right.real, left.real == right.real, left.real > right.real);
}

static MyrmexOrder
compare_strings (GVariant *left,
                 GVariant *right)
{
  g_autofree char *owned_left = NULL;
  g_autofree char *owned_right = NULL;
  int order = compare_ignoring_case (myrmex_operand_to_text (left, &owned_left),
                                     myrmex_operand_to_text (right, &owned_right));

  return make_order (order < 0, order == 0, order > 0);
}

/* Arrays and objects are equal when they are the same one: the same part of what one reference gave. The parts
 * of a serialised value are new GVariants each time, but their data stands at one place. */
static gboolean
is_same (GVariant *left,
         GVariant *right)
{
  if (left == right)
    return TRUE;
  return g_variant_type_equal (g_variant_get_type (left), g_variant_get_type (right)) &&
         g_variant_get_size (left) > 0 && g_variant_get_size (left) == g_variant_get_size (right) &&
         g_variant_get_data (left) == g_variant_get_data (right);
}

/* The abstract comparison of JavaScript, save that strings ignore case and that arrays and objects are never
 * turned into primitives: of different kinds, null, booleans and strings become numbers. */
MyrmexOrder
myrmex_operand_compare (GVariant *left,
                        GVariant *right)
{
  MyrmexOperandKind left_kind = myrmex_operand_get_kind (left);
  MyrmexOperandKind right_kind = myrmex_operand_get_kind (right);

  if (left_kind == right_kind)
    {
      switch (left_kind)
        {
        case MYRMEX_OPERAND_NULL:
          return MYRMEX_ORDER_EQUAL;
        case MYRMEX_OPERAND_STRING:
          return compare_strings (left, right);
        case MYRMEX_OPERAND_ARRAY:
        case MYRMEX_OPERAND_OBJECT:
          return is_same (left, right) ? MYRMEX_ORDER_EQUAL : MYRMEX_ORDER_NONE;
        default:
          break;
        }
    }

  /* An array or object is NaN here, which is in no order with anything. */
  return compare_numbers (myrmex_operand_to_number (left), myrmex_operand_to_number (right));
}

static GVariant *
get_element (GVariant *array,
             GVariant *index)
{
  double at = floor (myrmex_operand_to_number (index).real);

  if (!(at >= 0 && at < (double) g_variant_n_children (array)))
    return NULL;
  return g_variant_get_child_value (array, (gsize) at);
}

/* A key exactly as asked for goes before one that is the same but for its case. */
static GVariant *
get_value_of_key (GVariant   *object,
                  const char *key)
{
  g_autoptr (GVariant) near = NULL;
  gsize n = g_variant_n_children (object);

  if (!g_variant_type_equal (g_variant_type_key (g_variant_type_element (g_variant_get_type (object))),
                             G_VARIANT_TYPE_STRING))
    return NULL;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (object, i);
      g_autoptr (GVariant) entry_key = g_variant_get_child_value (entry, 0);
      const char *name = g_variant_get_string (entry_key, NULL);

      if (g_str_equal (name, key))
        return g_variant_get_child_value (entry, 1);
      if (near == NULL && compare_ignoring_case (name, key) == 0)
        near = g_variant_get_child_value (entry, 1);
    }

  return g_steal_pointer (&near);
}

/* A reference, or NULL: what is not there is null, as is anything inside of a primitive. */
GVariant *
myrmex_operand_get_member (GVariant *container,
                           GVariant *index,
                           gboolean *found)
{
  g_autofree char *owned = NULL;
  GVariant *member = NULL;

  switch (myrmex_operand_get_kind (container))
    {
    case MYRMEX_OPERAND_ARRAY:
      member = get_element (container, index);
      break;
    case MYRMEX_OPERAND_OBJECT:
      if (myrmex_operand_is_primitive (index))
        member = get_value_of_key (container, myrmex_operand_to_text (index, &owned));
      break;
    default:
      break;
    }

  if (found != NULL)
    *found = member != NULL;
  return myrmex_operand_take (member);
}
