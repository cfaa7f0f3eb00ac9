/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/myrmex-escape-private.h"

static char *
escape (const char *bytes,
        gsize       length,
        MyrmexEscapeMode  mode)
{
  GString *out = g_string_new (NULL);

  myrmex_escape_append (out, bytes, (gssize) length, mode);
  return g_string_free (out, FALSE);
}

/* Nothing that a terminal acts on, and valid. */
static void
assert_harmless (const char *text,
                 gboolean    lines)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' && lines)
        continue;
      g_assert_cmpuint (c, >=, 0x20);
      g_assert_false (c >= 0x7f && c < 0xa0);
      g_assert_false (c >= 0x200e && c <= 0x200f);
      g_assert_false (c >= 0x2028 && c <= 0x202e);
      g_assert_false (c >= 0x2066 && c <= 0x2069);
      g_assert_cmpuint (c, !=, 0x61c);
      g_assert_cmpuint (c, !=, 0xfeff);
    }
}

static void
test_bytes (void)
{
  for (guint first = 0; first < 256; first++)
    {
      char alone[] = { (char) first };
      g_autofree char *shown = escape (alone, 1, MYRMEX_ESCAPE_LINE);
      char number[8];

      g_snprintf (number, sizeof number, "\\x%02x", first);
      if (first >= 0x20 && first < 0x7f)
        g_assert_true (strlen (shown) == 1 && shown[0] == (char) first);
      else if (first == '\n' || first == '\r' || first == '\t')
        g_assert_cmpstr (shown, ==, first == '\n' ? "\\n" : first == '\r' ? "\\r" : "\\t");
      else
        g_assert_cmpstr (shown, ==, number);
    }
}

static void
test_pairs (void)
{
  for (guint first = 0; first < 256; first++)
    {
      for (guint second = 0; second < 256; second++)
        {
          char pair[] = { (char) first, (char) second };
          g_autofree char *line = escape (pair, 2, MYRMEX_ESCAPE_LINE);
          g_autofree char *lines = escape (pair, 2, MYRMEX_ESCAPE_LINES);

          assert_harmless (line, FALSE);
          assert_harmless (lines, TRUE);
        }
    }
}

static void
test_characters (void)
{
  for (gunichar c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 7)
    {
      char text[8] = { 0 };
      g_autofree char *shown = NULL;

      if (c >= 0xd800 && c < 0xe000)
        continue;
      g_unichar_to_utf8 (c, text);
      shown = myrmex_escape_text (text, MYRMEX_ESCAPE_LINE);
      assert_harmless (shown, FALSE);
      if (g_unichar_isalnum (c))
        g_assert_cmpstr (shown, ==, text);
    }
}

static void
test_table (void)
{
  static const struct
  {
    const char *text;
    MyrmexEscapeMode  mode;
    const char *shown;
  } cases[] = {
    { "", MYRMEX_ESCAPE_LINE, "" },
    { "plain “text”, naïve 蟻 👩‍🔬", MYRMEX_ESCAPE_LINE, "plain “text”, naïve 蟻 👩‍🔬" },
    { "\033[2J\033]0;title\007", MYRMEX_ESCAPE_LINE, "\\x1b[2J\\x1b]0;title\\x07" },
    { "\xc2\x9b" "31m", MYRMEX_ESCAPE_LINE, "\\u009b31m" },
    { "\x9b" "31m", MYRMEX_ESCAPE_LINE, "\\x9b31m" },
    { "user\xe2\x80\xae" "gpj.exe", MYRMEX_ESCAPE_LINE, "user\\u202egpj.exe" },
    { "\xe2\x81\xa6" "a\xe2\x81\xa9", MYRMEX_ESCAPE_LINE, "\\u2066a\\u2069" },
    { "a\xe2\x80\xa8" "b", MYRMEX_ESCAPE_LINE, "a\\u2028b" },
    { "\xf3\xa0\x81\x81", MYRMEX_ESCAPE_LINE, "\\U000e0041" },
    { "\xff\xfe", MYRMEX_ESCAPE_LINE, "\\xff\\xfe" },
    { "\xc0\xaf", MYRMEX_ESCAPE_LINE, "\\xc0\\xaf" },
    { "\xed\xa0\x80", MYRMEX_ESCAPE_LINE, "\\xed\\xa0\\x80" },
    { "cut \xe2\x82", MYRMEX_ESCAPE_LINE, "cut \\xe2\\x82" },
    { "a\nb\r\n\tc", MYRMEX_ESCAPE_LINE, "a\\nb\\r\\n\\tc" },
    { "a\nb\r\n\tc", MYRMEX_ESCAPE_LINES, "a\nb\\r\n        c" },
    { "ab\tc\té\t", MYRMEX_ESCAPE_LINES, "ab      c       é       " },
    { "C:\\temp", MYRMEX_ESCAPE_LINE, "C:\\temp" },
    { "\x7f", MYRMEX_ESCAPE_LINE, "\\x7f" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = myrmex_escape_text (cases[i].text, cases[i].mode);

      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

static void
test_nul (void)
{
  g_autofree char *shown = escape ("a\0b", 3, MYRMEX_ESCAPE_LINE);

  g_assert_cmpstr (shown, ==, "a\\x00b");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/escape/bytes", test_bytes);
  g_test_add_func ("/escape/pairs", test_pairs);
  g_test_add_func ("/escape/characters", test_characters);
  g_test_add_func ("/escape/table", test_table);
  g_test_add_func ("/escape/nul", test_nul);

  return g_test_run ();
}
