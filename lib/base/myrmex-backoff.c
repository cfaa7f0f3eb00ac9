/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-backoff-private.h"

#include <math.h>

/* The longest span of time that is told from for ever: 73,000 years. Two of them can still be added. */
#define MAX_SPAN_US (G_MAXINT64 / 4)

gint64
myrmex_seconds_to_us (double seconds)
{
  double us = seconds * G_USEC_PER_SEC;

  /* Written so that NaN, for which every comparison is false, comes out as 0. */
  if (!(us > 0))
    return 0;
  if (us >= (double) MAX_SPAN_US)
    return MAX_SPAN_US;
  return (gint64) (us + 0.5);
}

/* The wait after failed attempt n, counted from 1: min (max_delay, initial_delay * exponential_base^(n-1)),
 * less up to jitter of itself. `random01` is from 0 to 1, and picks how much of the jitter is taken off. */
gint64
myrmex_backoff_delay_us (const MyrmexBackoff *self,
                         guint                failed_attempt,
                         double               random01)
{
  double delay = self->initial_delay;

  if (!(delay > 0))
    return 0;

  /* The power may be infinite, and so the product; an infinite delay less an infinite jitter would be no
   * number. */
  if (failed_attempt > 1)
    delay *= pow (self->exponential_base, (double) failed_attempt - 1);
  delay = MIN (delay, self->max_delay);
  delay = MIN (delay, G_MAXDOUBLE);
  delay -= delay * CLAMP (self->jitter, 0.0, 1.0) * CLAMP (random01, 0.0, 1.0);

  return myrmex_seconds_to_us (delay);
}

/* 0 if there is no such bound. */
gint64
myrmex_backoff_max_elapsed_us (const MyrmexBackoff *self)
{
  return myrmex_seconds_to_us (self->max_elapsed);
}
