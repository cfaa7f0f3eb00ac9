/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-index-set-private.h"

/* Against a plain array. */

static void
check_least (MyrmexIndexSet *set,
             const gboolean *members,
             guint32         size)
{
  guint32 count = 0, least = size;

  for (guint32 i = 0; i < size; i++)
    {
      g_assert_cmpint (myrmex_index_set_contains (set, i), ==, members[i]);
      if (members[i])
        {
          count++;
          least = MIN (least, i);
        }
    }
  g_assert_cmpint (set->count, ==, count);
  if (count > 0)
    g_assert_cmpint (set->least, ==, least);
}

static void
test_index_set_random (void)
{
  g_autoptr (GRand) numbers = g_rand_new_with_seed (1);
  static const guint32 sizes[] = { 1, 2, 63, 64, 65, 300, 4096, 4097, 5000 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      guint32 size = sizes[s];
      g_autofree guint64 *words = g_new0 (guint64, myrmex_index_set_count_words (size));
      g_autofree gboolean *members = g_new0 (gboolean, size);
      MyrmexIndexSet set;

      myrmex_index_set_init (&set, size, words);
      for (guint step = 0; step < 2000; step++)
        {
          guint32 index = (guint32) g_rand_int_range (numbers, 0, (gint32) size);

          if (g_rand_boolean (numbers) && set.count > 0)
            {
              index = set.least;
              g_assert_cmpint (myrmex_index_set_pop (&set), ==, index);
              members[index] = FALSE;
            }
          else if (members[index] || g_rand_int_range (numbers, 0, 4) == 0)
            {
              myrmex_index_set_remove (&set, index);
              members[index] = FALSE;
            }
          else
            {
              myrmex_index_set_add (&set, index);
              members[index] = TRUE;
            }
          if (step % 64 == 0)
            check_least (&set, members, size);
        }
    }
}

/* Filled and emptied, with as many levels as there can be for what fits here. */
static void
test_index_set_all (void)
{
  const guint32 size = 300000;
  g_autofree guint64 *words = g_new0 (guint64, myrmex_index_set_count_words (size));
  MyrmexIndexSet set;

  myrmex_index_set_init (&set, size, words);
  g_assert_cmpint (set.n_levels, ==, 4);
  for (guint32 i = 0; i < size; i++)
    myrmex_index_set_add (&set, (guint32) ((guint64) i * 7919 % size));
  g_assert_cmpint (set.count, ==, size);
  for (guint32 i = 0; i < size; i++)
    g_assert_cmpint (myrmex_index_set_pop (&set), ==, i);
  for (gsize i = 0; i < myrmex_index_set_count_words (size); i++)
    g_assert_cmpint (words[i], ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/index-set/random", test_index_set_random);
  g_test_add_func ("/engine/index-set/all", test_index_set_all);
  return g_test_run ();
}
