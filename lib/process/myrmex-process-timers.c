/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process/myrmex-process-timers-private.h"

static int
compare_timers (gconstpointer a,
                gconstpointer b)
{
  const MyrmexProcessTimer *one = a;
  const MyrmexProcessTimer *other = b;

  if (one->due != other->due)
    return one->due < other->due ? -1 : 1;
  return one == other ? 0 : (one < other ? -1 : 1);
}

static MyrmexProcessTimer *
first (MyrmexProcessTimers *self)
{
  GTreeNode *node = g_tree_node_first (self->tree);

  return node != NULL ? g_tree_node_key (node) : NULL;
}

void
myrmex_process_timers_init (MyrmexProcessTimers *self)
{
  self->tree = g_tree_new (compare_timers);
}

void
myrmex_process_timers_clear (MyrmexProcessTimers *self)
{
  g_clear_pointer (&self->tree, g_tree_unref);
}

/* Arms the timer, or moves it if it is armed. */
void
myrmex_process_timers_arm (MyrmexProcessTimers *self,
                           MyrmexProcessTimer  *timer,
                           gint64               due)
{
  myrmex_process_timers_disarm (self, timer);
  timer->due = due;
  timer->armed = TRUE;
  g_tree_insert (self->tree, timer, timer);
}

void
myrmex_process_timers_disarm (MyrmexProcessTimers *self,
                              MyrmexProcessTimer  *timer)
{
  if (!timer->armed)
    return;
  g_tree_remove (self->tree, timer);
  timer->armed = FALSE;
}

/* When the next timer is due, or G_MAXINT64. */
gint64
myrmex_process_timers_next (MyrmexProcessTimers *self)
{
  const MyrmexProcessTimer *timer = first (self);

  return timer != NULL ? timer->due : G_MAXINT64;
}

/* Fires what is due at now. A timer that is armed while firing must be due after now, or this does not end. */
void
myrmex_process_timers_fire (MyrmexProcessTimers *self,
                            gint64               now)
{
  MyrmexProcessTimer *timer;

  while ((timer = first (self)) != NULL && timer->due <= now)
    {
      myrmex_process_timers_disarm (self, timer);
      timer->fire (timer);
    }
}
