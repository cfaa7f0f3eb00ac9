/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log-tail.h"

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("myrmex-log-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "log", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_remove (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
assert_tail (Fixture    *fixture,
             const char *bytes,
             gssize      length,
             const char *expected)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *joined = NULL;

  g_assert_true (g_file_set_contents (fixture->path, bytes, length, NULL));
  lines = log_tail_read (fixture->path, 3);
  joined = g_strjoinv ("|", lines);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_lines (Fixture       *fixture,
            gconstpointer  data)
{
  assert_tail (fixture, "", -1, "");
  assert_tail (fixture, "\n\n\n", -1, "");
  assert_tail (fixture, "one", -1, "one");
  assert_tail (fixture, "one\ntwo\n", -1, "one|two");
  assert_tail (fixture, "one\ntwo\nthree\nfour\n", -1, "two|three|four");
  assert_tail (fixture, "one\n\nthree\n\n\n", -1, "one||three");
  assert_tail (fixture, "\n\none\n", -1, "one");
  assert_tail (fixture, "dos\r\nlines\r\n", -1, "dos|lines");
}

static void
test_terminal_tricks (Fixture       *fixture,
                      gconstpointer  data)
{
  assert_tail (fixture, " 10%\r 50%\r100% done\n", -1, "100% done");
  assert_tail (fixture, "\033[1;31merror:\033[0m\033[K no\n", -1, "error: no");
  assert_tail (fixture, "\033[2J\033[31", -1, "\\x1b[2J\\x1b[31");
  assert_tail (fixture, "\tindented\n", -1, "        indented");
  assert_tail (fixture, "a\0b\xff", 4, "a\\x00b\\xff");
}

static void
test_long (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "line %u\n", i);
  assert_tail (fixture, text->str, -1, "line 99997|line 99998|line 99999");

  /* A line without an end. */
  g_string_truncate (text, 0);
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, 'x');
  g_assert_true (g_file_set_contents (fixture->path, text->str, -1, NULL));
  lines = log_tail_read (fixture->path, 3);
  g_assert_cmpuint (g_strv_length (lines), ==, 1);
  g_assert_cmpuint (strlen (lines[0]), <, 1100);
  g_assert_true (g_str_has_suffix (lines[0], "x […]"));
}

static void
test_no_file (Fixture       *fixture,
              gconstpointer  data)
{
  g_auto (GStrv) missing = log_tail_read (fixture->path, 3);
  g_auto (GStrv) folder = log_tail_read (fixture->folder, 3);
  g_auto (GStrv) fifo = NULL;

  g_assert_null (missing[0]);
  g_assert_null (folder[0]);

  /* Nobody writes to it; it must not wait for one. */
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  fifo = log_tail_read (fixture->path, 3);
  g_assert_null (fifo[0]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/log-tail/lines", Fixture, NULL, set_up, test_lines, tear_down);
  g_test_add ("/log-tail/terminal-tricks", Fixture, NULL, set_up, test_terminal_tricks, tear_down);
  g_test_add ("/log-tail/long", Fixture, NULL, set_up, test_long, tear_down);
  g_test_add ("/log-tail/no-file", Fixture, NULL, set_up, test_no_file, tear_down);

  return g_test_run ();
}
