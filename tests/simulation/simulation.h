/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model.h"
#include "tape.h"

/* One random workflow, run to its end in virtual time by a scheduler, with a model beside it. */

typedef struct
{
  guint64 n_calls;
  guint64 n_starts;
  guint64 n_retries;
  guint64 n_stops;
  guint64 n_skips;
  guint64 n_overtaken;   /* stops that came too late */
  guint64 n_foreseen;    /* runs that ended as foreseen */
  guint64 n_retried;     /* runs that took over what an earlier one completed */
  guint64 n_kept;        /* tasks that they took over */
  guint64 n_run_status[MYRMEX_RUN_STATUS_CANCELLED + 1];
} Tally;

gboolean simulate (guint32   seed,
                   gboolean  verbose,
                   Tally    *tally);
