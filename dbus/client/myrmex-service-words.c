/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/myrmex-service-words-private.h"

gboolean
myrmex_service_words_to_run_status (const char      *word,
                                    MyrmexRunStatus *status)
{
  for (int i = 0; i <= MYRMEX_RUN_STATUS_CANCELLED; i++)
    {
      if (g_strcmp0 (word, myrmex_run_status_to_string (i)) == 0)
        {
          *status = i;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
myrmex_service_words_to_task_status (const char       *word,
                                     MyrmexTaskStatus *status)
{
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      if (g_strcmp0 (word, myrmex_task_status_to_string (i)) == 0)
        {
          *status = i;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
myrmex_service_words_to_reason (const char   *word,
                                MyrmexReason *reason)
{
  for (int i = 0; i <= MYRMEX_REASON_INTERRUPTED; i++)
    {
      if (g_strcmp0 (word, myrmex_reason_to_string (i)) == 0)
        {
          *reason = i;
          return TRUE;
        }
    }
  return FALSE;
}
