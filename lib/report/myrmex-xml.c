/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What JUnit and SVG have in common: text and numbers in XML. */

#include "report/myrmex-xml-private.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Whether XML 1.0 can hold the character, and no reader may act on it: the last ones turn text around. */
static gboolean
is_allowed (gunichar c)
{
  if (c < 0x20)
    return c == '\t' || c == '\n';
  if (c < 0x7f)
    return TRUE;
  return c >= 0xa0 && (c & 0xfffe) != 0xfffe && !(c >= 0xd800 && c <= 0xdfff) && c != 0x061c &&
         c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

/* Text or the value of an attribute; what XML can not hold becomes U+FFFD. */
void
myrmex_xml_append_text (GString    *out,
                        const char *text)
{
  while (*text != '\0')
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gboolean is_broken = c == (gunichar) -1 || c == (gunichar) -2;
      const char *next = is_broken ? text + 1 : g_utf8_next_char (text);
      const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;

      if (is_broken || !is_allowed (c))
        g_string_append (out, "\xef\xbf\xbd");
      else if (entity != NULL)
        g_string_append (out, entity);
      else
        g_string_append_len (out, text, next - text);
      text = next;
    }
}

/* With up to two decimals, and a point in every locale. */
void
myrmex_xml_append_number (GString *out,
                          double   number)
{
  gint64 hundredths = llround (number * 100);
  char text[32];

  g_snprintf (text, sizeof text, "%s%" G_GINT64_FORMAT ".%02d", hundredths < 0 ? "-" : "", ABS (hundredths) / 100,
              (int) (ABS (hundredths) % 100));
  if (g_str_has_suffix (text, ".00"))
    text[strlen (text) - 3] = '\0';
  else if (g_str_has_suffix (text, "0"))
    text[strlen (text) - 1] = '\0';
  g_string_append (out, text);
}

/* Appends a pattern in which `$` is a string, escaped, `%` is a double, and `#` is an unsigned integer. */
void
myrmex_xml_append (GString    *out,
                   const char *pattern,
                   ...)
{
  va_list args;

  va_start (args, pattern);
  for (const char *p = pattern; *p != '\0'; p++)
    {
      if (*p == '$')
        myrmex_xml_append_text (out, va_arg (args, const char *));
      else if (*p == '%')
        myrmex_xml_append_number (out, va_arg (args, double));
      else if (*p == '#')
        g_string_append_printf (out, "%u", va_arg (args, guint));
      else
        g_string_append_c (out, *p);
    }
  va_end (args);
}
