/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* What would run. The parameters are those of one run, or %NULL: those that are declared are told. */
void plan_print_text (MyrmexWorkflow *workflow,
                      MyrmexPlan     *plan,
                      GVariant       *parameters);
void plan_print_json (MyrmexWorkflow *workflow,
                      MyrmexPlan     *plan,
                      GVariant       *parameters);

G_END_DECLS
