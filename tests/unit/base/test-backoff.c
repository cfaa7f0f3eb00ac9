/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <math.h>

#include "base/myrmex-backoff-private.h"

#define SECONDS(s) ((gint64) ((s) * G_USEC_PER_SEC))

static const MyrmexBackoff defaults = {
  .max_attempts = 3, .initial_delay = 1.0, .exponential_base = 2.0, .max_delay = 60.0,
};

static void
test_backoff_exponential (void)
{
  static const double expected[] = { 1, 2, 4, 8, 16, 32, 60, 60 };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (myrmex_backoff_delay_us (&defaults, i + 1, 0.5), ==, SECONDS (expected[i]));
}

/* In the origin, the delay of attempt 1,100 was an overflow. */
static void
test_backoff_no_overflow (void)
{
  static const guint attempts[] = { 1025, 1100, 1000000, G_MAXUINT };
  MyrmexBackoff for_ever = defaults;

  for_ever.max_delay = INFINITY;
  for_ever.jitter = 1.0;
  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      gint64 delay = myrmex_backoff_delay_us (&for_ever, attempts[i], 0.0);

      g_assert_cmpint (myrmex_backoff_delay_us (&defaults, attempts[i], 0.5), ==, SECONDS (60));
      g_assert_cmpint (delay, >, SECONDS (365.25 * 24 * 3600));
      /* It can be added to a time. */
      g_assert_cmpint (delay, <, G_MAXINT64 / 2);
      g_assert_cmpint (myrmex_backoff_delay_us (&for_ever, attempts[i], 1.0), ==, 0);
    }
}

static void
test_backoff_bases (void)
{
  static const struct { double base; guint attempt; double expected; } rows[] = {
    { 1.0, 1, 10 }, { 1.0, G_MAXUINT, 10 },
    { 0.5, 1, 10 }, { 0.5, 3, 2.5 }, { 0.5, G_MAXUINT, 0 },
    { 0.0, 1, 10 }, { 0.0, 2, 0 },
    { 1.5, 3, 22.5 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      MyrmexBackoff backoff = { .initial_delay = 10, .exponential_base = rows[i].base, .max_delay = 60 };

      g_assert_cmpint (myrmex_backoff_delay_us (&backoff, rows[i].attempt, 0.0), ==,
                       SECONDS (rows[i].expected));
    }
}

static void
test_backoff_jitter (void)
{
  MyrmexBackoff backoff = defaults;

  backoff.jitter = 0.25;
  g_assert_cmpint (myrmex_backoff_delay_us (&backoff, 3, 0.0), ==, SECONDS (4));
  g_assert_cmpint (myrmex_backoff_delay_us (&backoff, 3, 0.5), ==, SECONDS (3.5));
  g_assert_cmpint (myrmex_backoff_delay_us (&backoff, 3, 1.0), ==, SECONDS (3));
  /* It is taken off what is left after the bound. */
  g_assert_cmpint (myrmex_backoff_delay_us (&backoff, 100, 1.0), ==, SECONDS (45));
}

/* Numbers that the model does not let through do no harm here either. */
static void
test_backoff_wild_numbers (void)
{
  static const double wild[] = { NAN, INFINITY, -INFINITY, -1.0, 0.0, 1e308, -1e308, 1e-308, 5.0 };
  const guint n = G_N_ELEMENTS (wild);

  for (guint i = 0; i < n * n * n * n; i++)
    {
      MyrmexBackoff backoff = {
        .initial_delay = wild[i % n], .exponential_base = wild[i / n % n],
        .max_delay = wild[i / n / n % n], .jitter = wild[i / n / n / n], .max_elapsed = wild[i % n],
      };

      for (guint attempt = 1; attempt < 2000; attempt += 333)
        {
          gint64 delay = myrmex_backoff_delay_us (&backoff, attempt, wild[attempt % n]);

          g_assert_cmpint (delay, >=, 0);
          g_assert_cmpint (delay, <, G_MAXINT64 / 2);
        }
      g_assert_cmpint (myrmex_backoff_max_elapsed_us (&backoff), >=, 0);
    }
}

static void
test_backoff_seconds (void)
{
  g_assert_cmpint (myrmex_seconds_to_us (1.5), ==, 1500000);
  g_assert_cmpint (myrmex_seconds_to_us (0.0000004), ==, 0);
  g_assert_cmpint (myrmex_seconds_to_us (0.0000006), ==, 1);
  g_assert_cmpint (myrmex_seconds_to_us (-1.0), ==, 0);
  g_assert_cmpint (myrmex_seconds_to_us (NAN), ==, 0);
  g_assert_cmpint (myrmex_seconds_to_us (INFINITY), ==, myrmex_seconds_to_us (1e300));
  g_assert_cmpint (myrmex_seconds_to_us (INFINITY), >, SECONDS (1e9));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/base/backoff/exponential", test_backoff_exponential);
  g_test_add_func ("/base/backoff/no-overflow", test_backoff_no_overflow);
  g_test_add_func ("/base/backoff/bases", test_backoff_bases);
  g_test_add_func ("/base/backoff/jitter", test_backoff_jitter);
  g_test_add_func ("/base/backoff/wild-numbers", test_backoff_wild_numbers);
  g_test_add_func ("/base/backoff/seconds", test_backoff_seconds);
  return g_test_run ();
}
