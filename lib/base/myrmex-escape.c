/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-escape-private.h"

#include <string.h>

#define TAB_COLUMNS (8)

static gboolean
is_harmless (gunichar c)
{
  /* Codes that no character will ever have; XML can not have two of them. */
  if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
    return FALSE;

  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return FALSE;
    case G_UNICODE_FORMAT:
      /* The two joiners only shape letters and emoji. */
      return c == 0x200c || c == 0x200d;
    default:
      return TRUE;
    }
}

static void
append_number (GString  *out,
               gunichar  c)
{
  if (c < 0x80)
    g_string_append_printf (out, "\\x%02x", c);
  else if (c < 0x10000)
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_printf (out, "\\U%08x", c);
}

/* How many bytes from the start show as they are. */
static gsize
measure_plain (const char *text,
               gsize       length)
{
  gsize i = 0;

  while (i < length && text[i] >= 0x20 && text[i] < 0x7f)
    i++;
  return i;
}

static void
append_tab (GString *out,
            gsize    line_start)
{
  glong column = g_utf8_strlen (out->str + line_start, (gssize) (out->len - line_start));

  for (glong n = TAB_COLUMNS - column % TAB_COLUMNS; n > 0; n--)
    g_string_append_c (out, ' ');
}

/* One character that is not plain; returns how many bytes it has. */
static gsize
append_character (GString    *out,
                  const char *text,
                  gsize       length)
{
  gunichar c = *text != '\0' ? g_utf8_get_char_validated (text, (gssize) length) : 0;
  gsize size;

  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      g_string_append_printf (out, "\\x%02x", (guchar) *text);
      return 1;
    }

  size = *text != '\0' ? (gsize) (g_utf8_next_char (text) - text) : 1;
  if (c == '\n' || c == '\r' || c == '\t')
    g_string_append (out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
  else if (is_harmless (c))
    g_string_append_len (out, text, (gssize) size);
  else
    append_number (out, c);
  return size;
}

/* @length is in bytes, or -1 where @text ends with a NUL. */
void
myrmex_escape_append (GString          *out,
                      const char       *text,
                      gssize            length,
                      MyrmexEscapeMode  mode)
{
  gsize left = length >= 0 ? (gsize) length : strlen (text);
  gsize line_start = out->len;

  while (left > 0)
    {
      gsize size = measure_plain (text, left);

      if (size > 0)
        {
          g_string_append_len (out, text, (gssize) size);
        }
      else if ((mode & MYRMEX_ESCAPE_KEEP_LINES) != 0 && *text == '\n')
        {
          g_string_append_c (out, '\n');
          line_start = out->len;
          size = 1;
        }
      else if ((mode & MYRMEX_ESCAPE_EXPAND_TABS) != 0 && *text == '\t')
        {
          append_tab (out, line_start);
          size = 1;
        }
      else
        {
          size = append_character (out, text, left);
        }
      text += size;
      left -= size;
    }
}

char *
myrmex_escape_text (const char       *text,
                    MyrmexEscapeMode  mode)
{
  g_autoptr (GString) out = g_string_new (NULL);

  myrmex_escape_append (out, text, -1, mode);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
