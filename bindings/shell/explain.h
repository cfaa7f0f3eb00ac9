/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

char *explain_task (MyrmexWorkflow *workflow,
                    MyrmexPlan     *plan,
                    MyrmexTask     *task) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
