/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-alarm-private.h"

struct _MyrmexAlarm
{
  MyrmexAlarmFunc  func;
  GBoxedCopyFunc   ref;
  GDestroyNotify   unref;
  GMutex           lock;
  GCond            cond;
  GHashTable      *times;        /* data, owned → gint64 * */
  GThread         *thread;
  gint64           sleeps_until;
  gboolean         is_closed;
  gboolean         freed_by_thread;
};

MyrmexAlarm *
myrmex_alarm_new (MyrmexAlarmFunc func,
                  GBoxedCopyFunc  ref,
                  GDestroyNotify  unref)
{
  MyrmexAlarm *self = g_new0 (MyrmexAlarm, 1);

  self->func = func;
  self->ref = ref;
  self->unref = unref;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->times = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

static void
alarm_destroy (MyrmexAlarm *self)
{
  g_hash_table_unref (self->times);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* There is no time left for anything, since whoever set one is held by it. */
void
myrmex_alarm_free (MyrmexAlarm *self)
{
  GThread *thread;

  g_mutex_lock (&self->lock);
  self->is_closed = TRUE;
  thread = g_steal_pointer (&self->thread);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  if (thread == NULL)
    {
      alarm_destroy (self);
    }
  else if (thread == g_thread_self ())
    {
      /* The last run ended in here: the thread frees the alarm when it is back. */
      self->freed_by_thread = TRUE;
      g_thread_unref (thread);
    }
  else
    {
      g_thread_join (thread);
      alarm_destroy (self);
    }
}

/* Under the lock: whose time is next, and when. There are as many entries as runs that wait for a time. */
static gpointer
find_soonest (MyrmexAlarm *self,
              gint64      *when)
{
  GHashTableIter iter;
  gpointer data, value, soonest = NULL;

  *when = G_MAXINT64;
  g_hash_table_iter_init (&iter, self->times);
  while (g_hash_table_iter_next (&iter, &data, &value))
    {
      if (*(gint64 *) value < *when)
        {
          *when = *(gint64 *) value;
          soonest = data;
        }
    }
  return soonest;
}

/* Under the lock, which is dropped meanwhile. */
static void
call (MyrmexAlarm *self,
      gpointer     data)
{
  g_hash_table_remove (self->times, data);
  g_mutex_unlock (&self->lock);

  self->func (data);
  self->unref (data);

  g_mutex_lock (&self->lock);
}

static gpointer
alarm_main (gpointer user_data)
{
  MyrmexAlarm *self = user_data;
  gboolean is_orphan;

  g_mutex_lock (&self->lock);
  while (!self->is_closed)
    {
      gpointer data = find_soonest (self, &self->sleeps_until);

      if (data == NULL)
        g_cond_wait (&self->cond, &self->lock);
      else if (self->sleeps_until <= g_get_monotonic_time ())
        call (self, data);
      else
        g_cond_wait_until (&self->cond, &self->lock, self->sleeps_until);
    }
  is_orphan = self->freed_by_thread;
  g_mutex_unlock (&self->lock);

  if (is_orphan)
    alarm_destroy (self);
  return NULL;
}

/* Sets the time for @data, in place of a later one; a sooner one stays. */
void
myrmex_alarm_set (MyrmexAlarm *self,
                  gpointer     data,
                  gint64       when)
{
  gint64 *time;

  g_mutex_lock (&self->lock);
  time = g_hash_table_lookup (self->times, data);
  if (time == NULL)
    {
      time = g_new (gint64, 1);
      *time = when;
      g_hash_table_insert (self->times, self->ref (data), time);
    }
  *time = MIN (*time, when);

  if (self->thread == NULL)
    self->thread = g_thread_new ("myrmex-alarm", alarm_main, self);
  else if (when < self->sleeps_until)
    g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* @data, of which the caller holds a reference, has no time any more. */
void
myrmex_alarm_unset (MyrmexAlarm *self,
                    gpointer     data)
{
  gboolean had_time;

  g_mutex_lock (&self->lock);
  had_time = g_hash_table_remove (self->times, data);
  g_mutex_unlock (&self->lock);

  if (had_time)
    self->unref (data);
}
