/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-run.h"
#include "engine/myrmex-task-run.h"

G_BEGIN_DECLS

MyrmexTaskRun *myrmex_task_run_new          (MyrmexRun        *run,
                                             guint             index,
                                             const char       *name);
void           myrmex_task_run_refresh      (MyrmexTaskRun    *self);
void           myrmex_task_run_set_progress (MyrmexTaskRun    *self,
                                             double            fraction,
                                             const char       *message);

G_END_DECLS
