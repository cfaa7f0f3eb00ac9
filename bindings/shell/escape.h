/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes what a stranger wrote fit to be shown: no byte of it makes a terminal do anything but show it.
 *
 * Controls, bytes that are no UTF-8, and characters that change the direction or the lines of a text are shown
 * by their number: `\x1b`, `\u009b`, `\u202e`. Everything else stays as it is, backslashes too: the text is for
 * eyes and can not be read back. */
typedef enum
{
  ESCAPE_LINE,  /* the result is one line */
  ESCAPE_LINES, /* line breaks stay, and tabs become spaces */
} EscapeMode;

void  escape_append (GString    *out,
                     const char *text,
                     gssize      length,
                     EscapeMode  mode);
char *escape_text   (const char *text,
                     EscapeMode  mode) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
