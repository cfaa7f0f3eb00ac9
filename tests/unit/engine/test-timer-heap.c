/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-timer-heap-private.h"

/* Against a plain array. */

static void
check_soonest (const MyrmexTimerHeap *heap,
               const gint64          *times,
               guint32                size)
{
  guint32 count = 0, soonest = 0;
  gint64 when;

  for (guint32 i = 0; i < size; i++)
    {
      g_assert_cmpint (myrmex_timer_heap_lookup (heap, i, &when), ==, times[i] != G_MAXINT64);
      if (times[i] == G_MAXINT64)
        continue;
      g_assert_cmpint (when, ==, times[i]);
      count++;
      if (times[soonest] > times[i])
        soonest = i;
    }
  g_assert_cmpint (heap->count, ==, count);
  if (count > 0)
    g_assert_cmpint (heap->heap[0].task, ==, soonest);
}

static void
test_timer_heap_random (void)
{
  g_autoptr (GRand) numbers = g_rand_new_with_seed (1);
  static const guint32 sizes[] = { 1, 2, 5, 6, 50, 1000 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      guint32 size = sizes[s];
      g_autofree gint64 *times = g_new (gint64, size);
      MyrmexTimerHeap heap;

      myrmex_timer_heap_init (&heap, size);
      for (guint32 i = 0; i < size; i++)
        times[i] = G_MAXINT64;
      for (guint step = 0; step < 4000; step++)
        {
          guint32 task = (guint32) g_rand_int_range (numbers, 0, (gint32) size);

          if (times[task] == G_MAXINT64)
            {
              /* Many of them at the same time. */
              times[task] = g_rand_int_range (numbers, -20, 20);
              myrmex_timer_heap_add (&heap, task, times[task]);
            }
          else
            {
              times[task] = G_MAXINT64;
              myrmex_timer_heap_remove (&heap, task);
              myrmex_timer_heap_remove (&heap, task);
            }
          if (size < 100 || step % 64 == 0)
            check_soonest (&heap, times, size);
        }
      myrmex_timer_heap_clear (&heap);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/timer-heap/random", test_timer_heap_random);
  return g_test_run ();
}
