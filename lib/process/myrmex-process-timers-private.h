/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Timers that live inside what they are for, soonest first. Few are ever armed at once. Not thread-safe. */

typedef struct _MyrmexProcessTimer MyrmexProcessTimer;

struct _MyrmexProcessTimer
{
  gint64   due;   /* monotonic time, in microseconds */
  gboolean armed;
  void   (*fire) (MyrmexProcessTimer *timer);
};

typedef struct
{
  GTree *tree; /* of MyrmexProcessTimer */
} MyrmexProcessTimers;

void   myrmex_process_timers_init   (MyrmexProcessTimers *self);
void   myrmex_process_timers_clear  (MyrmexProcessTimers *self);
void   myrmex_process_timers_arm    (MyrmexProcessTimers *self,
                                     MyrmexProcessTimer  *timer,
                                     gint64               due);
void   myrmex_process_timers_disarm (MyrmexProcessTimers *self,
                                     MyrmexProcessTimer  *timer);
gint64 myrmex_process_timers_next   (MyrmexProcessTimers *self);
void   myrmex_process_timers_fire   (MyrmexProcessTimers *self,
                                     gint64               now);

G_END_DECLS
