/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes what a stranger wrote fit to be shown: no byte of it makes a terminal do anything but show it, and none is
 * what XML can not have.
 *
 * Controls, bytes that are no UTF-8, and characters that are none or change the direction or the lines of a text are
 * shown by their number: `\x1b`, `\u009b`, `\u202e`. Everything else stays as it is, backslashes too: the text is for
 * eyes and can not be read back. */
typedef enum
{
  MYRMEX_ESCAPE_LINE        = 0,      /* the result is one line */
  MYRMEX_ESCAPE_EXPAND_TABS = 1 << 0, /* tabs become spaces up to the next eighth column */
  MYRMEX_ESCAPE_KEEP_LINES  = 1 << 1, /* line breaks stay */
  MYRMEX_ESCAPE_LINES       = MYRMEX_ESCAPE_EXPAND_TABS | MYRMEX_ESCAPE_KEEP_LINES,
} MyrmexEscapeMode;

void  myrmex_escape_append (GString          *out,
                            const char       *text,
                            gssize            length,
                            MyrmexEscapeMode  mode);
char *myrmex_escape_text   (const char       *text,
                            MyrmexEscapeMode  mode) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
