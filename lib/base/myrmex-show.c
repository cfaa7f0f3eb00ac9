/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-show-private.h"

#include "base/myrmex-escape-private.h"

#define SHOWN_BYTES (64)

/* A word that a stranger wrote, for a message: short, on one line, and free of what a terminal acts on. */
char *
myrmex_show (const char *text,
             gsize       length)
{
  g_autoptr (GString) shown = g_string_new (NULL);
  gsize part = MIN (length, SHOWN_BYTES);

  /* Not in the middle of a character. */
  while (part > 0 && part < length && ((guchar) text[part] & 0xc0) == 0x80)
    part--;

  myrmex_escape_append (shown, text, (gssize) part, MYRMEX_ESCAPE_LINE);
  if (part < length)
    g_string_append (shown, "…");
  return g_string_free (g_steal_pointer (&shown), FALSE);
}
