/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-parser-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static gboolean
read_hex4 (const char *at,
           const char *end,
           gunichar   *unit)
{
  if (end - at < 4)
    return FALSE;

  *unit = 0;
  for (int i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (at[i]))
        return FALSE;
      *unit = *unit << 4 | (gunichar) g_ascii_xdigit_value (at[i]);
    }
  return TRUE;
}

/* @at is behind the backslash; returns the first byte after the escape, or NULL. */
static const char *
check_escape (JsonParser *self,
              const char *at)
{
  const char *start = at - 1;
  gunichar unit;
  gunichar low;

  if (at >= self->end)
    return at;

  if (*at != 'u')
    {
      if (*at != '\0' && strchr ("\"\\/bfnrt", *at) != NULL)
        return at + 1;

      g_autofree char *shown = myrmex_json_show_character (self, at);
      myrmex_json_complain (self, start,
                            _("There is no escape “\\” with %s; a backslash itself is written “\\\\”"), shown);
      return NULL;
    }

  if (!read_hex4 (at + 1, self->end, &unit))
    {
      myrmex_json_complain (self, start, _("Four hexadecimal digits were expected after “\\u”"));
      return NULL;
    }
  if (unit == 0)
    {
      myrmex_json_complain (self, start, _("“\\u0000” is not allowed: text can not hold a NUL"));
      return NULL;
    }
  if (unit < 0xd800 || unit > 0xdfff)
    return at + 5;

  if (unit < 0xdc00 && self->end - at >= 7 && at[5] == '\\' && at[6] == 'u' &&
      read_hex4 (at + 7, self->end, &low) && low >= 0xdc00 && low <= 0xdfff)
    return at + 11;

  myrmex_json_complain (self, start,
                        _("“\\u%.4s” is one half of a surrogate pair, and the other half is missing"), at + 1);
  return NULL;
}

/* The first byte from @at on that ends or changes a string: a quote, a backslash, a control character. Eight
 * bytes at a time: subtracting makes the highest bit of each byte that is less than what is sought. */
static const char *
skip_plain (const char *at,
            const char *end)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 tops = ones << 7;

  while (end - at >= 8)
    {
      guint64 word;
      guint64 quote;
      guint64 slash;

      memcpy (&word, at, sizeof word);
      quote = word ^ (ones * '"');
      slash = word ^ (ones * '\\');
      if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20) & ~word)) & tops)
        break;
      at += 8;
    }

  while (at < end && *at != '"' && *at != '\\' && (guchar) *at >= 0x20)
    at++;
  return at;
}

gboolean
myrmex_json_read_string (JsonParser *self)
{
  const char *start = self->at;
  const char *at = start + 1;
  gboolean escaped = FALSE;

  while (TRUE)
    {
      at = skip_plain (at, self->end);
      if (at >= self->end)
        return myrmex_json_complain (self, start, _("The string that begins here is not closed"));
      if (*at == '"')
        break;

      if (*at == '\\')
        {
          escaped = TRUE;
          at = check_escape (self, at + 1);
          if (at == NULL)
            return FALSE;
        }
      else if (*at == '\n' || *at == '\r')
        {
          return myrmex_json_complain (self, start,
                                       _("The string that begins here is not closed in its line; a line break in a string is written “\\n”"));
        }
      else
        {
          return myrmex_json_complain (self, at,
                                       _("The control character U+%04X must be written “\\u%04x” in a string"),
                                       (guint) *at, (guint) *at);
        }
    }

  self->at = at + 1;
  myrmex_json_add_node (self, start, (gsize) (self->at - start), escaped);
  return TRUE;
}

static const char *
skip_digits (const char *at,
             const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

/* An integer has no fraction and no exponent, fits a gint64, and is not “-0”, which only a double can hold. */
static gboolean
fits_int64 (const char *digits,
            gsize       n,
            gboolean    negative)
{
  const char *limit = negative ? "9223372036854775808" : "9223372036854775807";

  if (negative && n == 1 && *digits == '0')
    return FALSE;
  return n < 19 || (n == 19 && memcmp (digits, limit, 19) <= 0);
}

/* A number of no more than these digits before its point, with an exponent of no more than those, is less than 1e300:
 * it needs no computing to tell that it is in range. */
#define MAX_SAFE_DIGITS          (200)
#define MAX_SAFE_EXPONENT_DIGITS (2)

static gboolean
read_number (JsonParser *self)
{
  const char *start = self->at;
  const char *digits = start + (*start == '-');
  const char *at = skip_digits (digits, self->end);
  gboolean integer = TRUE, may_overflow;
  gsize n = (gsize) (at - digits);

  if (n == 0)
    return myrmex_json_complain (self, start, _("A digit was expected after “-”"));
  if (n > 1 && *digits == '0')
    return myrmex_json_complain (self, start, _("A number does not begin with a zero"));

  if (at < self->end && *at == '.')
    {
      const char *fraction = at + 1;

      integer = FALSE;
      at = skip_digits (fraction, self->end);
      if (at == fraction)
        return myrmex_json_complain (self, start, _("A digit was expected after the decimal point"));
    }
  may_overflow = n > MAX_SAFE_DIGITS;
  if (at < self->end && (*at == 'e' || *at == 'E'))
    {
      const char *exponent = at + 1;

      integer = FALSE;
      if (exponent < self->end && (*exponent == '+' || *exponent == '-'))
        exponent++;
      at = skip_digits (exponent, self->end);
      if (at == exponent)
        return myrmex_json_complain (self, start, _("A digit was expected in the exponent"));
      may_overflow |= at - exponent > MAX_SAFE_EXPONENT_DIGITS;
    }

  integer = integer && fits_int64 (digits, n, digits != start);
  if (may_overflow && !integer)
    {
      g_autofree char *text = g_strndup (start, (gsize) (at - start));

      if (isinf (g_ascii_strtod (text, NULL)))
        return myrmex_json_complain (self, start, _("The number is out of range"));
    }

  self->at = at;
  myrmex_json_add_node (self, start, (gsize) (at - start), !integer);
  return TRUE;
}

static const char *
suggest_word (const char *word,
              gsize       length)
{
  static const struct
  {
    const char *other;
    const char *json;
  } words[] = {
    { "True", "true" }, { "TRUE", "true" }, { "yes", "true" }, { "False", "false" }, { "FALSE", "false" },
    { "no", "false" }, { "Null", "null" }, { "NULL", "null" }, { "None", "null" }, { "nil", "null" },
    { "undefined", "null" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strlen (words[i].other) == length && memcmp (word, words[i].other, length) == 0)
        return words[i].json;
    }
  return NULL;
}

gsize
myrmex_json_measure_word (JsonParser *self)
{
  const char *at = self->at;

  while (at < self->end && (g_ascii_isalnum (*at) || *at == '_'))
    at++;
  return (gsize) (at - self->at);
}

static gboolean
complain_value (JsonParser *self)
{
  gsize length = myrmex_json_measure_word (self);
  const char *word = suggest_word (self->at, length);
  g_autofree char *shown = NULL;

  if (*self->at == '\'')
    return myrmex_json_complain (self, self->at, _("Strings are in double quotes, not in single ones"));
  if (*self->at == '+')
    return myrmex_json_complain (self, self->at, _("A number does not begin with “+”"));
  if (*self->at == '.')
    return myrmex_json_complain (self, self->at,
                                 _("A number does not begin with its decimal point; write a zero before it"));
  if (word != NULL)
    return myrmex_json_complain (self, self->at,
                                 _("“%.*s” is no JSON; write “%s”"), (int) length, self->at, word);
  if (length > 0)
    return myrmex_json_complain (self, self->at,
                                 _("A value was expected, not “%.*s”; strings are in double quotes"),
                                 (int) MIN (length, MYRMEX_JSON_SHOWN_BYTES), self->at);

  shown = myrmex_json_show_character (self, self->at);
  return myrmex_json_complain (self, self->at, _("A value was expected, not %s"), shown);
}

static gboolean
read_word (JsonParser *self)
{
  gsize length = myrmex_json_measure_word (self);

  if ((length == 4 && (memcmp (self->at, "true", 4) == 0 || memcmp (self->at, "null", 4) == 0)) ||
      (length == 5 && memcmp (self->at, "false", 5) == 0))
    {
      myrmex_json_add_node (self, self->at, length, FALSE);
      self->at += length;
      return TRUE;
    }

  return complain_value (self);
}

gboolean
myrmex_json_read_scalar (JsonParser *self)
{
  char c = *self->at;

  if (c == '"')
    return myrmex_json_read_string (self);
  if (c == '-' || g_ascii_isdigit (c))
    return read_number (self);
  return read_word (self);
}

/* Takes one character or escape of a checked string: its UTF-8 goes to @out, its length is returned. */
gsize
myrmex_json_decode (const char **at,
                    char         out[4])
{
  static const char plain[] = "\"\\/bfnrt";
  static const char meant[] = "\"\\/\b\f\n\r\t";
  const char *start = *at;
  gunichar unit = 0;
  gunichar low = 0;

  if (*start != '\\')
    {
      gsize size = (gsize) (g_utf8_next_char (start) - start);

      memcpy (out, start, size);
      *at = start + size;
      return size;
    }
  if (start[1] != 'u')
    {
      out[0] = meant[strchr (plain, start[1]) - plain];
      *at = start + 2;
      return 1;
    }

  read_hex4 (start + 2, start + 6, &unit);
  *at = start + 6;
  if (unit >= 0xd800 && unit <= 0xdfff)
    {
      read_hex4 (start + 8, start + 12, &low);
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      *at = start + 12;
    }
  return (gsize) g_unichar_to_utf8 (unit, out);
}

/* Returns how many bytes of @out were filled; no more than @length. */
gsize
myrmex_json_unescape (const char *raw,
                      gsize       length,
                      char       *out)
{
  const char *end = raw + length;
  char *to = out;

  while (raw < end)
    {
      const char *escape = memchr (raw, '\\', (gsize) (end - raw));
      gsize plain = (gsize) ((escape != NULL ? escape : end) - raw);
      char decoded[6];
      gsize size;

      memcpy (to, raw, plain);
      to += plain;
      if (escape == NULL)
        break;

      raw = escape;
      size = myrmex_json_decode (&raw, decoded);
      memcpy (to, decoded, size);
      to += size;
    }
  return (gsize) (to - out);
}
