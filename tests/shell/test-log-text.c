/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "log-text.h"

static const char text[] = "plain\n"
                           "\033[1;31mred\033[0m … 漢字 🐜\n"
                           "10%\r20%\rdone\r\n"
                           "\n"
                           "\033]0;title\007 \xff\xe2\x80 broken\n"
                           "no end … \033[32mgreen";

static const char shown[] = "plain\n"
                            "red … 漢字 🐜\n"
                            "done\n"
                            "\n"
                            "\\x1b]0;title\\x07 \\xff\\xe2\\x80 broken\n"
                            "no end … green\n";

/* However it is cut, and whether or not there is a pause at the cut, the same is seen; but of a line that is drawn over
 * the begin may have been shown. */
static void
test_cuts (void)
{
  const gsize length = strlen (text);
  const gsize drawn_over = (gsize) (strchr (text, '\r') - text);

  for (gsize cut = 0; cut <= length; cut++)
    {
      for (int pauses = 0; pauses < 2; pauses++)
        {
          g_auto (LogText) log = { 0 };
          g_autoptr (GString) out = g_string_new (NULL);

          log_text_add (&log, text, cut, out);
          if (pauses)
            log_text_flush (&log, FALSE, out);
          log_text_add (&log, text + cut, length - cut, out);
          log_text_flush (&log, TRUE, out);
          if (!pauses || cut > drawn_over || cut < drawn_over - strlen ("10%") + 1)
            g_assert_cmpstr (out->str, ==, shown);
          g_assert_true (g_utf8_validate (out->str, -1, NULL));
          g_assert_null (strchr (out->str, '\033'));
        }
    }
}

static void
test_bytes (void)
{
  g_auto (LogText) log = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  for (gsize i = 0; i < strlen (text); i++)
    log_text_add (&log, text + i, 1, out);
  log_text_flush (&log, TRUE, out);
  g_assert_cmpstr (out->str, ==, shown);
}

static void
test_pauses (void)
{
  g_auto (LogText) log = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  log_text_flush (&log, FALSE, out);
  g_assert_cmpstr (out->str, ==, "");
  log_text_add (&log, "a\xe2\x80", 3, out);
  g_assert_cmpstr (out->str, ==, "");
  log_text_flush (&log, FALSE, out);
  g_assert_cmpstr (out->str, ==, "a");
  log_text_add (&log, "\xa6\033[3", 4, out);
  log_text_flush (&log, FALSE, out);
  g_assert_cmpstr (out->str, ==, "a…");
  log_text_add (&log, "1mb", 3, out);
  log_text_flush (&log, FALSE, out);
  g_assert_cmpstr (out->str, ==, "a…b");
  log_text_flush (&log, TRUE, out);
  g_assert_cmpstr (out->str, ==, "a…b\n");
  log_text_flush (&log, TRUE, out);
  g_assert_cmpstr (out->str, ==, "a…b\n");
  log_text_add (&log, "10%\r", 4, out);
  log_text_flush (&log, FALSE, out);
  g_assert_cmpstr (out->str, ==, "a…b\n");
}

/* A line without an end does not fill the memory. */
static void
test_long (void)
{
  g_autofree char *piece = g_strnfill (1000, 'x');
  g_auto (LogText) log = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  for (int i = 0; i < 1000; i++)
    log_text_add (&log, piece, 1000, out);
  g_assert_cmpuint (log.rest->len, <=, 64 * 1024);
  log_text_flush (&log, TRUE, out);
  g_assert_cmpuint (out->len, ==, 1000 * 1000 + 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log-text/cuts", test_cuts);
  g_test_add_func ("/log-text/bytes", test_bytes);
  g_test_add_func ("/log-text/pauses", test_pauses);
  g_test_add_func ("/log-text/long", test_long);
  return g_test_run ();
}
