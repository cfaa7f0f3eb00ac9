/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "base/myrmex-escape-private.h"
#include "base/myrmex-show-private.h"

/* Nothing in it makes a terminal do anything but show it. */
static void
check_harmless (const char *text,
                gsize       length,
                gboolean    lines)
{
  g_assert_true (g_utf8_validate_len (text, length, NULL));
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '\n' && lines)
        continue;
      g_assert_false (g_unichar_iscntrl (c));
      g_assert_false (c == 0x61c || c == 0x200e || c == 0x200f || c == 0xfeff);
      g_assert_false (c >= 0x2028 && c <= 0x202e);
      g_assert_false (c >= 0x2066 && c <= 0x2069);
    }
}

static void
check_mode (const char       *text,
            gsize             size,
            MyrmexEscapeMode  mode)
{
  g_autoptr (GString) once = g_string_new ("before ");
  g_autoptr (GString) twice = g_string_new ("before ");

  myrmex_escape_append (once, text, (gssize) size, mode);
  check_harmless (once->str, once->len, (mode & MYRMEX_ESCAPE_KEEP_LINES) != 0);

  /* What is harmless stays as it is. */
  myrmex_escape_append (twice, once->str + strlen (twice->str), -1, mode);
  g_assert_cmpstr (once->str, ==, twice->str);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  const char *text = (const char *) data;
  g_autofree char *shown = myrmex_show (text, size);

  check_mode (text, size, MYRMEX_ESCAPE_LINE);
  check_mode (text, size, MYRMEX_ESCAPE_EXPAND_TABS);
  check_mode (text, size, MYRMEX_ESCAPE_KEEP_LINES);
  check_mode (text, size, MYRMEX_ESCAPE_LINES);
  check_harmless (shown, strlen (shown), FALSE);
  return 0;
}
