/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* One row of the table that table.py puts together: what was measured, of Myrmex and, where there is one, of a peer
 * in the same run. A budget is either for the ratio to the peer, or for what Myrmex takes by itself. */
typedef struct
{
  const char *what;
  const char *unit;
  double      ours;
  const char *peer;         /* nullable */
  double      theirs;       /* in the same unit; 0: could not be measured here */
  double      ratio_budget; /* 0: none */
  double      budget;       /* in the unit, 0: none */
} BenchRow;

void bench_row (const BenchRow *row);
