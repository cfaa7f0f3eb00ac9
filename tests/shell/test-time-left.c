/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "time-left.h"

static void
test_unknown (void)
{
  TimeLeft left = { 0 };

  g_assert_cmpfloat (time_left_update (&left, 1, 0.5), <, 0);
  g_assert_cmpfloat (time_left_update (&left, 100, 0), <, 0);
  g_assert_cmpfloat (time_left_update (&left, 100, 0.01), <, 0);
}

static void
test_steady (void)
{
  TimeLeft left = { 0 };

  for (double elapsed = 5; elapsed <= 100; elapsed += 0.1)
    g_assert_cmpfloat_with_epsilon (time_left_update (&left, elapsed, elapsed / 100), 100 - elapsed, 0.01);
}

/* Twice as slow from the middle on: the guess follows, and in no step by much. */
static void
test_slower (void)
{
  TimeLeft left = { 0 };
  double before = time_left_update (&left, 50, 0.5);

  for (double elapsed = 50.1; elapsed < 150; elapsed += 0.1)
    {
      double after = time_left_update (&left, elapsed, 0.5 + (elapsed - 50) / 200);

      g_assert_cmpfloat (ABS (after - before), <, 1);
      before = after;
    }
  g_assert_cmpfloat (before, <, 3);
}

/* All at once, as when much is skipped; and past the guess. */
static void
test_jumps (void)
{
  TimeLeft left = { 0 };

  g_assert_cmpfloat_with_epsilon (time_left_update (&left, 10, 0.1), 90, 0.01);
  g_assert_cmpfloat (time_left_update (&left, 10.1, 1), <=, 90);
  g_assert_cmpfloat (time_left_update (&left, 60, 1), >=, 0);
  g_assert_cmpfloat (time_left_update (&left, 10000, 1), <, 1);
}

static void
assert_format (double      seconds,
               const char *expected)
{
  g_autofree char *text = time_left_format (seconds);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_format (void)
{
  assert_format (0, "nearly done");
  assert_format (1.6, "about 2 s left");
  assert_format (21, "about 25 s left");
  assert_format (89, "about 90 s left");
  assert_format (100, "about 2 min left");
  assert_format (3600, "about 60 min left");
  assert_format (3 * 3600 + 60, "about 3 h left");
  assert_format (1e300, "about 1000000 h left");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time-left/unknown", test_unknown);
  g_test_add_func ("/time-left/steady", test_steady);
  g_test_add_func ("/time-left/slower", test_slower);
  g_test_add_func ("/time-left/jumps", test_jumps);
  g_test_add_func ("/time-left/format", test_format);
  return g_test_run ();
}
