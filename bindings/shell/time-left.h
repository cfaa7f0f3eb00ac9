/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A guess at how long a run still takes, from how much of it is done. It moves slowly where the pace changes, and
 * says nothing before there is something to go by. */
typedef struct
{
  double total;   /* seconds that the whole run is believed to take; 0: no guess yet */
  double updated; /* seconds of the run, at the last update */
} TimeLeft;

double time_left_update (TimeLeft *self,
                         double    elapsed,
                         double    done);
char  *time_left_format (double    seconds) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
