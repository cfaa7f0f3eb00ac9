/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often, and after what waits, a task is tried again. Times are in seconds. */
typedef struct
{
  guint  max_attempts;     /* the first included; 0 counts as 1 */
  double initial_delay;
  double exponential_base;
  double max_delay;
  double jitter;           /* 0.0 to 1.0: the share of a delay that chance may take off */
  double max_elapsed;      /* no attempt starts later than this after the first one did; 0: none */
} MyrmexBackoff;

gint64 myrmex_backoff_delay_us       (const MyrmexBackoff *self,
                                      guint                failed_attempt,
                                      double               random01);
gint64 myrmex_backoff_max_elapsed_us (const MyrmexBackoff *self);

/* Seconds as people give them, as microseconds: never negative, never an overflow, 0 for what is no number. */
gint64 myrmex_seconds_to_us          (double               seconds);

G_END_DECLS
