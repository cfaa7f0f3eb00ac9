/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-alarm-private.h"
#include "gate.h"

/* Something that is woken, and may set another time meanwhile. */
typedef struct
{
  int          ref_count;   /* atomic */
  int          n_calls;     /* atomic */
  int          n_more;      /* how often it sets another time, 1 ms later */
  gint64       called;      /* the last time */
  MyrmexAlarm *alarm;
  gboolean     drops_alarm; /* with its last reference */
  int         *gone;
  Gate        *gate;        /* which it passes when it is woken, or none */
} Sleeper;

static Sleeper *
sleeper_new (MyrmexAlarm *alarm)
{
  Sleeper *sleeper = g_new0 (Sleeper, 1);

  sleeper->ref_count = 1;
  sleeper->alarm = alarm;
  return sleeper;
}

static gpointer
sleeper_ref (gpointer data)
{
  g_atomic_int_inc (&((Sleeper *) data)->ref_count);
  return data;
}

static void
sleeper_unref (gpointer data)
{
  Sleeper *sleeper = data;
  int *gone = sleeper->gone;

  if (!g_atomic_int_dec_and_test (&sleeper->ref_count))
    return;
  if (sleeper->drops_alarm)
    myrmex_alarm_free (sleeper->alarm);
  g_free (sleeper);
  if (gone != NULL)
    g_atomic_int_inc (gone);
}

static void
wake (gpointer data)
{
  Sleeper *sleeper = data;

  sleeper->called = g_get_monotonic_time ();
  if (sleeper->gate != NULL)
    gate_pass (sleeper->gate, NULL);
  if (sleeper->n_more-- > 0)
    myrmex_alarm_set (sleeper->alarm, sleeper, sleeper->called + G_TIME_SPAN_MILLISECOND);
  g_atomic_int_inc (&sleeper->n_calls);
}

static void
await (int *counter,
       int  n)
{
  while (g_atomic_int_get (counter) < n)
    g_usleep (100);
}

static gint64
in (double seconds)
{
  return g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
}

/* Until @gate is open nobody else is woken, however long it takes to set their times. */
static Sleeper *
hold (MyrmexAlarm *alarm,
      Gate        *gate)
{
  Sleeper *sleeper = sleeper_new (alarm);

  sleeper->gate = gate;
  myrmex_alarm_set (alarm, sleeper, 1);
  gate_await (gate, 1);
  return sleeper;
}

static void
test_unused (void)
{
  myrmex_alarm_free (myrmex_alarm_new (wake, sleeper_ref, sleeper_unref));
}

static void
test_order (void)
{
  MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
  Sleeper *late = sleeper_new (alarm), *soon = sleeper_new (alarm), *past = sleeper_new (alarm);
  g_autoptr (Gate) gate = gate_new ();
  Sleeper *first = hold (alarm, gate);
  const gint64 when = in (0.02);

  myrmex_alarm_set (alarm, late, when);
  myrmex_alarm_set (alarm, soon, when - 10000);
  myrmex_alarm_set (alarm, past, 1);
  gate_open (gate);
  await (&past->n_calls, 1);
  await (&soon->n_calls, 1);
  await (&late->n_calls, 1);
  g_assert_cmpint (late->called, >=, when);
  g_assert_cmpint (soon->called, >=, when - 10000);
  g_assert_cmpint (past->called, <=, soon->called);
  sleeper_unref (first);
  sleeper_unref (late);
  sleeper_unref (soon);
  sleeper_unref (past);
  myrmex_alarm_free (alarm);
}

/* A sooner time takes the place of a later one, and not the other way round. */
static void
test_sooner (void)
{
  MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
  Sleeper *sleeper = sleeper_new (alarm);
  g_autoptr (Gate) gate = gate_new ();
  Sleeper *first;

  myrmex_alarm_set (alarm, sleeper, in (3600));
  g_usleep (2000);
  myrmex_alarm_set (alarm, sleeper, in (0.001));
  await (&sleeper->n_calls, 1);

  first = hold (alarm, gate);
  myrmex_alarm_set (alarm, sleeper, in (0.001));
  myrmex_alarm_set (alarm, sleeper, in (3600));
  gate_open (gate);
  await (&sleeper->n_calls, 2);
  while (g_atomic_int_get (&sleeper->ref_count) > 1)
    g_thread_yield ();
  g_assert_cmpint (g_atomic_int_get (&sleeper->n_calls), ==, 2);
  sleeper_unref (first);
  sleeper_unref (sleeper);
  myrmex_alarm_free (alarm);
}

static void
test_again (void)
{
  MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
  Sleeper *sleeper = sleeper_new (alarm);

  sleeper->n_more = 5;
  myrmex_alarm_set (alarm, sleeper, in (0.001));
  await (&sleeper->n_calls, 6);
  while (g_atomic_int_get (&sleeper->ref_count) > 1)
    g_thread_yield ();
  sleeper_unref (sleeper);
  myrmex_alarm_free (alarm);
}

/* What has no time any more is not held. */
static void
test_unset (void)
{
  MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
  Sleeper *sleeper = sleeper_new (alarm);

  myrmex_alarm_unset (alarm, sleeper);
  myrmex_alarm_set (alarm, sleeper, in (3600));
  g_assert_cmpint (g_atomic_int_get (&sleeper->ref_count), ==, 2);
  myrmex_alarm_unset (alarm, sleeper);
  g_assert_cmpint (g_atomic_int_get (&sleeper->ref_count), ==, 1);
  myrmex_alarm_set (alarm, sleeper, in (0.001));
  await (&sleeper->n_calls, 1);
  sleeper_unref (sleeper);
  myrmex_alarm_free (alarm);
}

/* The last reference goes in the thread of the alarm, and the alarm with it. */
static void
test_freed_inside (void)
{
  for (int i = 0; i < 50; i++)
    {
      int gone = 0;
      MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
      Sleeper *sleeper = sleeper_new (alarm);

      sleeper->drops_alarm = TRUE;
      sleeper->gone = &gone;
      myrmex_alarm_set (alarm, sleeper, in (0.002));
      sleeper_unref (sleeper);
      await (&gone, 1);
    }
}

static void
test_many (void)
{
  MyrmexAlarm *alarm = myrmex_alarm_new (wake, sleeper_ref, sleeper_unref);
  Sleeper *sleepers[200];

  for (guint i = 0; i < G_N_ELEMENTS (sleepers); i++)
    {
      sleepers[i] = sleeper_new (alarm);
      myrmex_alarm_set (alarm, sleepers[i], in (g_test_rand_double_range (0, 0.02)));
    }
  for (guint i = 0; i < G_N_ELEMENTS (sleepers); i++)
    {
      await (&sleepers[i]->n_calls, 1);
      sleeper_unref (sleepers[i]);
    }
  myrmex_alarm_free (alarm);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/alarm/unused", test_unused);
  g_test_add_func ("/engine/alarm/order", test_order);
  g_test_add_func ("/engine/alarm/sooner", test_sooner);
  g_test_add_func ("/engine/alarm/again", test_again);
  g_test_add_func ("/engine/alarm/unset", test_unset);
  g_test_add_func ("/engine/alarm/freed-inside", test_freed_inside);
  g_test_add_func ("/engine/alarm/many", test_many);
  return g_test_run ();
}
