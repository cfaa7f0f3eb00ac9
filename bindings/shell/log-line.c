/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "log-line.h"

#include <string.h>

#include "base/myrmex-escape-private.h"

/* Programs that think they write to a terminal draw over a line, and colour it: what would be seen at last. */
static gsize
skip_colour (const char *text,
             gsize       length)
{
  gsize i = 2;

  if (length < 3 || text[0] != '\033' || text[1] != '[')
    return 0;
  while (i < length && (g_ascii_isdigit (text[i]) || text[i] == ';' || text[i] == ':'))
    i++;
  return i < length && (text[i] == 'm' || text[i] == 'K') ? i + 1 : 0;
}

/* @line has no line break. What is longer than @max_bytes is cut, and marked as such. */
void
log_line_append (GString    *out,
                 const char *line,
                 gsize       length,
                 gsize       max_bytes)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  const char *redrawn;
  gboolean is_cut;

  while (length > 0 && line[length - 1] == '\r')
    length--;
  redrawn = memrchr (line, '\r', length);
  if (redrawn != NULL)
    {
      length -= (gsize) (redrawn + 1 - line);
      line = redrawn + 1;
    }

  is_cut = length > max_bytes;
  for (gsize i = 0; i < MIN (length, max_bytes);)
    {
      gsize colour = skip_colour (line + i, length - i);

      if (colour == 0)
        g_string_append_c (plain, line[i++]);
      i += colour;
    }
  myrmex_escape_append (out, plain->str, (gssize) plain->len, MYRMEX_ESCAPE_LINES);
  if (is_cut)
    g_string_append (out, " […]");
}
