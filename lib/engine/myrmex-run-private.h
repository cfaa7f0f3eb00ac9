/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-run.h"

G_BEGIN_DECLS

/* For those who derive from it. On the main context of the run. */
gboolean myrmex_run_has_listeners   (MyrmexRun  *self);
gboolean myrmex_run_has_progress_handlers (MyrmexRun *self);
void     myrmex_run_emit_progress   (MyrmexRun  *self,
                                     const char *task_name,
                                     const char *status,
                                     GVariant   *details);
void     myrmex_run_refresh_task    (MyrmexRun  *self,
                                     guint       index);
void     myrmex_run_report_task     (MyrmexRun  *self,
                                     guint       index,
                                     double      fraction,
                                     const char *message);
void     myrmex_run_notify_counts   (MyrmexRun  *self);
void     myrmex_run_notify_status   (MyrmexRun  *self);
void     myrmex_run_finished        (MyrmexRun  *self);
gboolean myrmex_run_was_told_finished (MyrmexRun *self);

G_END_DECLS
