/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "words.h"

#include <glib/gi18n.h>

const char *
word_task_status (MyrmexTaskStatus status)
{
  switch (status)
    {
    case MYRMEX_TASK_STATUS_RUNNING:
      return C_("task", "running");
    case MYRMEX_TASK_STATUS_RETRYING:
      return C_("task", "retrying");
    case MYRMEX_TASK_STATUS_COMPLETED:
      return C_("task", "completed");
    case MYRMEX_TASK_STATUS_FAILED:
      return C_("task", "failed");
    case MYRMEX_TASK_STATUS_SKIPPED:
      return C_("task", "skipped");
    case MYRMEX_TASK_STATUS_CANCELLED:
      return C_("task", "cancelled");
    case MYRMEX_TASK_STATUS_PENDING:
    default:
      return C_("task", "pending");
    }
}

/* By its name in the events of a run; one that is not known stays as it is. */
const char *
word_run_status (const char *status)
{
  static const char * const words[] = {
    NC_("run", "started"), NC_("run", "queued"), NC_("run", "running"), NC_("run", "paused"),
    NC_("run", "completed"), NC_("run", "failed"), NC_("run", "cancelled"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (status, words[i]))
      return g_dpgettext2 (NULL, "run", words[i]);
  return status;
}

/* “3 skipped”: how many tasks have ended so. */
char *
word_count (MyrmexTaskStatus status,
            guint            n)
{
  switch (status)
    {
    case MYRMEX_TASK_STATUS_COMPLETED:
      return g_strdup_printf (_("%u completed"), n);
    case MYRMEX_TASK_STATUS_FAILED:
      return g_strdup_printf (_("%u failed"), n);
    case MYRMEX_TASK_STATUS_SKIPPED:
      return g_strdup_printf (_("%u skipped"), n);
    case MYRMEX_TASK_STATUS_CANCELLED:
      return g_strdup_printf (_("%u cancelled"), n);
    case MYRMEX_TASK_STATUS_PENDING:
    case MYRMEX_TASK_STATUS_RUNNING:
    case MYRMEX_TASK_STATUS_RETRYING:
    default:
      return g_strdup_printf ("%u %s", n, word_task_status (status));
    }
}
