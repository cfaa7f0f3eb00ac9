/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "base/myrmex-nearest-private.h"

static void
test_table (void)
{
  static const char * const names[] = {
    "fetch_data", "process", "upload", "tidy", "a", "ab", "depends", "dependencies", "process",
  };
  static const struct
  {
    const char *name;
    const char *nearest;
  } cases[] = {
    { "fetch_dat", "fetch_data" },
    { "fetchdata", "fetch_data" },
    { "fecth_data", "fetch_data" },
    { "fetch_adta", "fetch_data" },
    { "Fetch_Data", "fetch_data" },
    { "fetch-data", "fetch_data" },
    { "etch_data_", "fetch_data" },
    { "proces", "process" },
    { "porcess", "process" },
    { "processes", "process" },
    { "processing", "process" },
    { "processings", NULL },
    { "dependancies", "dependencies" },
    { "depend", "depends" },
    { "uplaod", "upload" },
    { "tdiy", "tidy" },
    { "tydi", NULL },
    { "A", "a" },
    { "b", NULL },
    { "ba", NULL },
    { "AB", "ab" },
    { "", NULL },
    { "something_else", NULL },
    { "été", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (myrmex_nearest_name (cases[i].name, names, G_N_ELEMENTS (names)), ==, cases[i].nearest);

  g_assert_null (myrmex_nearest_name ("x", NULL, 0));
}

static guint
full_distance (const char *a,
               const char *b)
{
  gsize n = strlen (a);
  gsize m = strlen (b);
  guint table[24][24] = { 0 };

  for (gsize i = 0; i <= n; i++)
    for (gsize j = 0; j <= m; j++)
      {
        guint best = (guint) (i == 0 ? j : j == 0 ? i : 1000);

        if (i > 0 && j > 0)
          best = MIN (MIN (table[i - 1][j], table[i][j - 1]) + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          best = MIN (best, table[i - 2][j - 2] + 1);
        table[i][j] = best;
      }

  return table[n][m];
}

static void
random_name (GRand *random,
             char   name[24])
{
  guint length = (guint) g_rand_int_range (random, 0, 20);

  for (guint i = 0; i < length; i++)
    name[i] = "abc"[g_rand_int_range (random, 0, 3)];
  name[length] = '\0';
}

/* The table with a bound agrees with the whole table. */
static void
test_against_full_table (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20260726);

  for (guint i = 0; i < 100000; i++)
    {
      char name[24];
      char candidate[24];
      const char *candidates[] = { candidate };
      guint distance;

      random_name (random, name);
      random_name (random, candidate);
      distance = full_distance (name, candidate);
      g_assert_cmpint (myrmex_nearest_name (name, candidates, 1) != NULL, ==,
                       distance <= MIN (strlen (name) / 3, 3));
    }
}

static void
test_long (void)
{
  g_autofree char *name = g_strnfill (MYRMEX_MAX_NAME_BYTES, 'x');
  g_autofree char *near = g_strnfill (MYRMEX_MAX_NAME_BYTES + 3, 'x');
  g_autofree char *far = g_strnfill (1000000, 'x');
  const char *candidates[] = { far, near };

  g_assert_true (myrmex_nearest_name (name, candidates, 2) == near);
  g_assert_null (myrmex_nearest_name (near, candidates, 2));
  g_assert_null (myrmex_nearest_name (far, candidates, 2));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/base/nearest/table", test_table);
  g_test_add_func ("/base/nearest/against-full-table", test_against_full_table);
  g_test_add_func ("/base/nearest/long", test_long);
  return g_test_run ();
}
