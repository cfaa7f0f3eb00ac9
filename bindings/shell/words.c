/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "words.h"

#include <glib/gi18n.h>

/* By the name that an event of a run has; one that is not known stays as it is. */
const char *
word_run_event (const char *status)
{
  if (g_str_equal (status, "started"))
    return C_("run", "started");
  for (int i = 0; i <= MYRMEX_RUN_STATUS_CANCELLED; i++)
    {
      if (g_str_equal (status, myrmex_run_status_to_string (i)))
        return myrmex_run_status_get_label (i);
    }
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
      return g_strdup_printf ("%u %s", n, myrmex_task_status_get_label (status));
    }
}
