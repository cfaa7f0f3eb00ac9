/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* At most one timer per task, soonest first; of those due at the same time, the lesser task first. A heap
 * with four children a node, and for each task its place in it, so that any timer can be taken out. */
typedef struct
{
  gint64  when;
  guint32 task;
} MyrmexTimer;

typedef struct
{
  MyrmexTimer *heap;
  guint32     *place; /* of a task, plus 1; 0: it has no timer */
  guint32      count;
} MyrmexTimerHeap;

void     myrmex_timer_heap_init   (MyrmexTimerHeap       *self,
                                   guint32                n_tasks);
void     myrmex_timer_heap_clear  (MyrmexTimerHeap       *self);
void     myrmex_timer_heap_add    (MyrmexTimerHeap       *self,
                                   guint32                task,
                                   gint64                 when);
void     myrmex_timer_heap_remove (MyrmexTimerHeap       *self,
                                   guint32                task);
gboolean myrmex_timer_heap_lookup (const MyrmexTimerHeap *self,
                                   guint32                task,
                                   gint64                *when);

G_END_DECLS
