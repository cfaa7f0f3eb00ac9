/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-task-result.h"

G_BEGIN_DECLS

struct _MyrmexTaskResult
{
  gatomicrefcount   ref_count;
  MyrmexTaskStatus  status;
  MyrmexReason      reason;
  guint             attempts;
  gint64            execution_time;  /* µs, all attempts together */
  gint64            started;         /* µs since 1970, 0 if never */
  gint64            finished;
  GVariant         *value;
  GError           *error;
  char             *error_name;
  char             *kept_from;       /* the id of the run that the task ran in, a GRefString; NULL: in this one */
};

/* The caller fills in the fields before it shows the result to anyone. */
MyrmexTaskResult *myrmex_task_result_new  (void);
MyrmexTaskResult *myrmex_task_result_keep (MyrmexTaskResult *before,
                                           char             *run_id);

G_END_DECLS
