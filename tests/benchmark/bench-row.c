/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-row.h"

#include <math.h>

static const char *
judge (double value,
       double budget,
       char   buffer[64])
{
  if (budget <= 0)
    return "";
  if (value <= budget)
    return "met";
  g_snprintf (buffer, 64, "**missed by %.0f %%**", ceil ((value / budget - 1) * 100));
  return buffer;
}

/* Prints it. */
void
bench_row (const BenchRow *row)
{
  const double ratio = row->theirs > 0 ? row->ours / row->theirs : 0;
  char peer[128] = "", ratio_text[32] = "", budget[64] = "", buffer[64];
  const char *verdict = "";

  if (row->peer != NULL && row->theirs > 0)
    {
      g_snprintf (peer, sizeof peer, "%s %.4g %s", row->peer, row->theirs, row->unit);
      g_snprintf (ratio_text, sizeof ratio_text, "%.2f", ratio);
    }
  else if (row->peer != NULL)
    {
      g_snprintf (peer, sizeof peer, "%s is not installed", row->peer);
    }

  if (row->ratio_budget > 0)
    {
      g_snprintf (budget, sizeof budget, "ratio %.2f", row->ratio_budget);
      verdict = judge (ratio, row->ratio_budget, buffer);
    }
  else if (row->budget > 0)
    {
      g_snprintf (budget, sizeof budget, "%.4g %s", row->budget, row->unit);
      verdict = judge (row->ours, row->budget, buffer);
    }

  g_print ("| %s | %.4g %s | %s | %s | %s | %s |\n", row->what, row->ours, row->unit, peer, ratio_text, budget,
           verdict);
}
