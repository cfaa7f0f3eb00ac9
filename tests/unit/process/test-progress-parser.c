/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "process/myrmex-progress-parser-private.h"

/* What comes out of the text, fed in pieces of that many bytes: "done/total message", or NULL. */
static char *
parse (const char *text,
       gsize       length,
       gsize       piece)
{
  g_autofree MyrmexProgressParser *parser = g_new0 (MyrmexProgressParser, 1);
  MyrmexProgressLine line = { 0 };
  gboolean found = FALSE;
  char *result = NULL;

  for (gsize i = 0; i < length; i += piece)
    {
      g_autofree char *copy = g_memdup2 (text + i, MIN (piece, length - i));

      found |= myrmex_progress_parser_feed (parser, copy, MIN (piece, length - i), &line);
    }
  found |= myrmex_progress_parser_close (parser, &line);
  if (found)
    result = g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s", line.done, line.total, line.message);
  g_assert_true (found == (line.message != NULL));
  g_free (line.message);
  return result;
}

static void
test_lines (void)
{
  static const struct
  {
    const char *text;
    const char *parsed;
  } cases[] = {
    { "1/2 half\n", "1/2 half" },
    { "1/2 half", "1/2 half" },
    { "1/2\n", "1/2 " },
    { "1/2 \n", "1/2 " },
    { "1/2 half\r\n", "1/2 half" },
    { "0/7 start\n1/7 on\n", "1/7 on" },
    { "1/7 good\nrubbish\n", "1/7 good" },
    { "9/7 beyond\n", "7/7 beyond" },
    { "18446744073709551615/18446744073709551615 most\n", "18446744073709551615/18446744073709551615 most" },
    { "18446744073709551616/18446744073709551617 too much\n", NULL },
    { "1/0 of nothing\n", NULL },
    { "1/2half\n", NULL },
    { "-1/2 less\n", NULL },
    { "1 /2 gap\n", NULL },
    { " 1/2 gap\n", NULL },
    { "1/\n", NULL },
    { "/2\n", NULL },
    { "1\n", NULL },
    { "50%\n", NULL },
    { "\n\n\n", NULL },
    { "", NULL },
    { "1/2 \xff\xfe\n", "1/2 \xef\xbf\xbd\xef\xbf\xbd" },
    { "3/4 \xc3\xa4\n", "3/4 \xc3\xa4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize piece = 1; piece <= strlen (cases[i].text) + 1; piece++)
      {
        g_autofree char *parsed = parse (cases[i].text, strlen (cases[i].text), piece);

        g_assert_cmpstr (parsed, ==, cases[i].parsed);
      }
}

/* A line that is too long is dropped whole, however it comes; one that just fits is not; the next one counts. */
static void
test_long (void)
{
  const gsize pieces[] = { 1, 7, 1023, 1024, 1025, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autofree char *fits = g_strnfill (MYRMEX_PROCESS_PROGRESS_LINE_BYTES - strlen ("1/2 "), 'x');
      g_autofree char *good = g_strdup_printf ("1/2 %s\n", fits);
      g_autofree char *bad = g_strdup_printf ("1/2 %sx\n", fits);
      g_autofree char *both = g_strdup_printf ("%s3/4 next\n", bad);
      g_autofree char *expected = g_strdup_printf ("1/2 %s", fits);
      g_autofree char *parsed_good = parse (good, strlen (good), pieces[i]);
      g_autofree char *parsed_bad = parse (bad, strlen (bad), pieces[i]);
      g_autofree char *parsed_both = parse (both, strlen (both), pieces[i]);

      g_assert_cmpstr (parsed_good, ==, expected);
      g_assert_cmpstr (parsed_bad, ==, NULL);
      g_assert_cmpstr (parsed_both, ==, "3/4 next");
    }
}

/* Garbage never reads or writes beyond, and what is found in it by chance is sound. */
static void
test_garbage (void)
{
  static const char alphabet[] = "0123456789///  \n\n\r\xff\xc3" "ab";

  for (guint round = 0; round < 3000; round++)
    {
      gsize length = (gsize) g_test_rand_int_range (0, 3000);
      g_autofree char *text = g_malloc (length + 1);
      g_autofree char *whole = NULL;
      g_autofree char *pieces = NULL;

      for (gsize i = 0; i < length; i++)
        text[i] = alphabet[g_test_rand_int_range (0, sizeof alphabet)];
      whole = parse (text, length, length + 1);
      pieces = parse (text, length, (gsize) g_test_rand_int_range (1, 100));
      g_assert_cmpstr (whole, ==, pieces);
      g_assert_true (whole == NULL || g_utf8_validate (whole, -1, NULL));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process/progress-parser/lines", test_lines);
  g_test_add_func ("/process/progress-parser/long", test_long);
  g_test_add_func ("/process/progress-parser/garbage", test_garbage);
  return g_test_run ();
}
