/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-timer-heap-private.h"

#define N_CHILDREN 4

static inline gboolean
is_sooner (const MyrmexTimer *a,
           const MyrmexTimer *b)
{
  return a->when < b->when || (a->when == b->when && a->task < b->task);
}

static inline void
put (MyrmexTimerHeap *self,
     guint32          place,
     MyrmexTimer      timer)
{
  self->heap[place] = timer;
  self->place[timer.task] = place + 1;
}

static void
sift_up (MyrmexTimerHeap *self,
         guint32          place,
         MyrmexTimer      timer)
{
  while (place > 0)
    {
      guint32 parent = (place - 1) / N_CHILDREN;

      if (!is_sooner (&timer, &self->heap[parent]))
        break;
      put (self, place, self->heap[parent]);
      place = parent;
    }
  put (self, place, timer);
}

static void
sift_down (MyrmexTimerHeap *self,
           guint32          place,
           MyrmexTimer      timer)
{
  for (;;)
    {
      guint64 first = (guint64) place * N_CHILDREN + 1;
      guint64 end = MIN (first + N_CHILDREN, self->count);

      if (first >= end)
        break;

      guint32 least = (guint32) first;
      for (guint32 child = least + 1; child < end; child++)
        if (is_sooner (&self->heap[child], &self->heap[least]))
          least = child;

      if (!is_sooner (&self->heap[least], &timer))
        break;
      put (self, place, self->heap[least]);
      place = least;
    }
  put (self, place, timer);
}

void
myrmex_timer_heap_init (MyrmexTimerHeap *self,
                        guint32          n_tasks)
{
  self->heap = g_new0 (MyrmexTimer, n_tasks);
  self->place = g_new0 (guint32, n_tasks);
  self->count = 0;
}

void
myrmex_timer_heap_clear (MyrmexTimerHeap *self)
{
  g_clear_pointer (&self->heap, g_free);
  g_clear_pointer (&self->place, g_free);
  self->count = 0;
}

/* The task has no timer yet. */
void
myrmex_timer_heap_add (MyrmexTimerHeap *self,
                       guint32          task,
                       gint64           when)
{
  g_return_if_fail (self->place[task] == 0);

  self->count++;
  sift_up (self, self->count - 1, (MyrmexTimer) { .when = when, .task = task });
}

void
myrmex_timer_heap_remove (MyrmexTimerHeap *self,
                          guint32          task)
{
  if (self->place == NULL || self->place[task] == 0)
    return;

  guint32 place = self->place[task] - 1;
  MyrmexTimer last = self->heap[--self->count];

  self->place[task] = 0;
  if (place == self->count)
    return;
  if (place > 0 && is_sooner (&last, &self->heap[(place - 1) / N_CHILDREN]))
    sift_up (self, place, last);
  else
    sift_down (self, place, last);
}

gboolean
myrmex_timer_heap_lookup (const MyrmexTimerHeap *self,
                          guint32                task,
                          gint64                *when)
{
  if (self->place == NULL || self->place[task] == 0)
    return FALSE;

  *when = self->heap[self->place[task] - 1].when;
  return TRUE;
}
