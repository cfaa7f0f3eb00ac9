/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "simulation.h"

#define DEFAULT_COUNT (20000)
#define FULL_COUNT    (200000) /* where MYRMEX_TEST_FULL is set */

/* Usage: test-simulation [--count N] [--first SEED] [--seed SEED] [--verbose]
 *
 * The workflows of the seeds from --first on, --count of them (or MYRMEX_SIMULATION_COUNT). A wrong one is
 * printed with its seed; --seed runs that one alone, and tells all that happens. */

static gboolean
check_tally (const Tally *tally,
             gint         count)
{
  /* A simulation in which things do not happen shows nothing. */
  return count < 1000 ||
         (tally->n_starts > 0 && tally->n_retries > 0 && tally->n_stops > 0 && tally->n_skips > 0 &&
          tally->n_overtaken > 0 && tally->n_foreseen > (guint64) count / 10 &&
          tally->n_retried > (guint64) count / 10 && tally->n_kept > tally->n_retried &&
          tally->n_run_status[MYRMEX_RUN_STATUS_COMPLETED] > 0 &&
          tally->n_run_status[MYRMEX_RUN_STATUS_FAILED] > 0 &&
          tally->n_run_status[MYRMEX_RUN_STATUS_CANCELLED] > 0);
}

int
main (int    argc,
      char **argv)
{
  const char *from_environment = g_getenv ("MYRMEX_SIMULATION_COUNT");
  gint count = from_environment != NULL ? atoi (from_environment) :
               g_getenv ("MYRMEX_TEST_FULL") != NULL ? FULL_COUNT : DEFAULT_COUNT;
  gint first = 1, seed = -1;
  gboolean verbose = FALSE;
  const GOptionEntry entries[] = {
    { "count", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &count, "How many workflows", "N" },
    { "first", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &first, "The seed of the first", "SEED" },
    { "seed", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &seed, "This one alone, and all that happens", "SEED" },
    { "verbose", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &verbose, "Tell all that happens", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Tally tally = { 0 };
  guint n_wrong = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 2;
    }
  if (seed >= 0)
    {
      first = seed;
      count = 1;
      verbose = TRUE;
    }

  printf ("TAP version 13\n1..1\n");
  for (gint i = 0; i < count && n_wrong < 5; i++)
    n_wrong += !simulate ((guint32) (first + i), verbose, &tally);

  printf ("# %" G_GUINT64_FORMAT " calls, %" G_GUINT64_FORMAT " starts, %" G_GUINT64_FORMAT " retries, %"
          G_GUINT64_FORMAT " stops (%" G_GUINT64_FORMAT " too late), %" G_GUINT64_FORMAT " skips\n",
          tally.n_calls, tally.n_starts, tally.n_retries, tally.n_stops, tally.n_overtaken, tally.n_skips);
  printf ("# %" G_GUINT64_FORMAT " completed, %" G_GUINT64_FORMAT " failed, %" G_GUINT64_FORMAT " cancelled; %"
          G_GUINT64_FORMAT " as foreseen from the outcomes alone\n",
          tally.n_run_status[MYRMEX_RUN_STATUS_COMPLETED], tally.n_run_status[MYRMEX_RUN_STATUS_FAILED],
          tally.n_run_status[MYRMEX_RUN_STATUS_CANCELLED], tally.n_foreseen);
  printf ("# %" G_GUINT64_FORMAT " of them again, with %" G_GUINT64_FORMAT " tasks kept\n", tally.n_retried, tally.n_kept);

  if (n_wrong > 0)
    printf ("# run this with --seed SEED to see all that happened\n");
  else if (!check_tally (&tally, count))
    printf ("# something never happened\n");
  gboolean good = n_wrong == 0 && check_tally (&tally, count);
  printf ("%s 1 - %d workflows from seed %d on\n", good ? "ok" : "not ok", count, first);
  return good ? 0 : 1;
}
