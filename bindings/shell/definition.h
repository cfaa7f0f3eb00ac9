/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"

G_BEGIN_DECLS

ExitStatus definition_load             (const char          *path,
                                        MyrmexWorkflow     **workflow);
ExitStatus definition_plan             (const char          *path,
                                        MyrmexWorkflow      *workflow,
                                        MyrmexPlan         **plan);
ExitStatus definition_parse_parameters (MyrmexWorkflow      *workflow,
                                        char               **texts,
                                        GVariant           **parameters);

G_END_DECLS
