/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "duration.h"

static void
test_good (void)
{
  static const struct
  {
    const char *text;
    double      seconds;
  } cases[] = {
    { "0s", 0 }, { "45s", 45 }, { "90m", 5400 }, { "1.5h", 5400 }, { "30d", 2592000 }, { "2w", 1209600 },
    { "1000000000s", 1e9 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double seconds = -1;

      g_assert_true (duration_parse (cases[i].text, &seconds));
      g_assert_cmpfloat (seconds, ==, cases[i].seconds);
    }
}

static void
test_bad (void)
{
  static const char * const cases[] = { "", "30", "d", "-1d", "+1d", " 1d", "1 d", "1dd", "1y", "1D", "inf s", "nand",
                                        "1e99d", "1000000001s", "0x", "\xff" "d" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double seconds;

      g_assert_false (duration_parse (cases[i], &seconds));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/duration/good", test_good);
  g_test_add_func ("/duration/bad", test_bad);
  return g_test_run ();
}
