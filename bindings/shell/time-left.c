/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "time-left.h"

#include <glib/gi18n.h>
#include <math.h>

/* Less than this says nothing: of the whole, and in seconds. */
#define MIN_DONE    (0.05)
#define MIN_ELAPSED (2.0)

/* In how much time, in seconds and of that which has passed, the guess comes most of the way to a new pace. */
#define MIN_SETTLING      (3.0)
#define RELATIVE_SETTLING (0.2)

/* @elapsed: seconds of the run; @done: how much of it, 0 to 1. Returns the seconds left, or below 0: unknown. */
double
time_left_update (TimeLeft *self,
                  double    elapsed,
                  double    done)
{
  double guess, passed;

  if (done < MIN_DONE || elapsed < MIN_ELAPSED)
    return -1;

  guess = elapsed / MIN (done, 1);
  passed = elapsed - self->updated;
  if (self->total <= 0)
    self->total = guess;
  else
    self->total += (guess - self->total) * (1 - exp (-passed / MAX (MIN_SETTLING, elapsed * RELATIVE_SETTLING)));
  self->updated = elapsed;
  return MAX (0, self->total - elapsed);
}

/* “about 40 s left”, “about 2 min left”: no more exact than a guess is. */
char *
time_left_format (double seconds)
{
  if (seconds < 1.5)
    return g_strdup (_("nearly done"));
  if (seconds < 20)
    /* Translators: seconds */
    return g_strdup_printf (_("about %d s left"), (int) ceil (seconds));
  if (seconds < 90)
    return g_strdup_printf (_("about %d s left"), (int) ceil (seconds / 5) * 5);
  if (seconds < 90 * 60)
    /* Translators: minutes */
    return g_strdup_printf (_("about %d min left"), (int) round (seconds / 60));
  /* Translators: hours */
  return g_strdup_printf (_("about %.0f h left"), MIN (seconds / (60 * 60), 1e6));
}
