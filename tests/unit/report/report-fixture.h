/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/myrmex-report-private.h"

G_BEGIN_DECLS

/* When the runs of these reports started: 2026-01-02 03:04:05 UTC. */
#define FIXTURE_START (G_GINT64_CONSTANT (1767323045) * G_USEC_PER_SEC)

/* Everything that a name or an output should not be able to do. */
#define FIXTURE_HOSTILE "a\033[31m\"]} --> <b>&amp; |`x`\n]]>\\N #quot; \xe2\x80\xae" "gpj\x07\x7f @all http://x ``` ☠"

MyrmexReport *report_fixture_new      (guint32           n_tasks);
void          report_fixture_set_task (MyrmexReport     *report,
                                       guint32           task,
                                       const char       *name,
                                       MyrmexTaskStatus  status,
                                       double            start,
                                       double            end);
void          report_fixture_set_deps (MyrmexReport     *report,
                                       guint32           task,
                                       const char       *deps);
void          report_fixture_seal     (MyrmexReport     *report,
                                       MyrmexRunStatus   status,
                                       double            elapsed);

MyrmexReport *report_fixture_small    (void);
MyrmexReport *report_fixture_hostile  (void);
MyrmexReport *report_fixture_random   (guint32           n_tasks,
                                       guint             n_slots,
                                       guint32           seed);

G_END_DECLS
