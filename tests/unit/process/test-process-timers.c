/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/myrmex-process-timers-private.h"

static GArray *fired;

static void
fire_cb (MyrmexProcessTimer *timer)
{
  g_array_append_val (fired, timer->due);
}

/* Against a sorted list: whatever is armed, moved and disarmed, what is due fires in order, and only that. */
static void
test_random (void)
{
  enum { N = 500 };
  g_autofree MyrmexProcessTimer *timers = g_new0 (MyrmexProcessTimer, N);
  MyrmexProcessTimers queue;
  gint64 now = 0;

  myrmex_process_timers_init (&queue);
  fired = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < N; i++)
    timers[i].fire = fire_cb;

  for (guint round = 0; round < 2000; round++)
    {
      MyrmexProcessTimer *timer = &timers[g_test_rand_int_range (0, N)];
      gint64 soonest = G_MAXINT64;
      guint due = 0;

      if (g_test_rand_bit () || g_test_rand_bit ())
        myrmex_process_timers_arm (&queue, timer, now + 1 + g_test_rand_int_range (0, 1000));
      else
        myrmex_process_timers_disarm (&queue, timer);

      for (guint i = 0; i < N; i++)
        if (timers[i].armed)
          soonest = MIN (soonest, timers[i].due);
      g_assert_cmpint (myrmex_process_timers_next (&queue), ==, soonest);

      now += g_test_rand_int_range (0, 20);
      for (guint i = 0; i < N; i++)
        due += timers[i].armed && timers[i].due <= now;
      g_array_set_size (fired, 0);
      myrmex_process_timers_fire (&queue, now);
      g_assert_cmpuint (fired->len, ==, due);
      for (guint i = 1; i < due; i++)
        g_assert_cmpint (g_array_index (fired, gint64, i - 1), <=, g_array_index (fired, gint64, i));
    }

  myrmex_process_timers_clear (&queue);
  g_clear_pointer (&fired, g_array_unref);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process/process-timers/random", test_random);
  return g_test_run ();
}
