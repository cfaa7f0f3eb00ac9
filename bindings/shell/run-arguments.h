/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "command.h"
#include "run-info.h"
#include "service.h"

G_BEGIN_DECLS

/* What is done to one run of the service. What is wrong with it is told. */
typedef ExitStatus (* RunFunc) (Service       *service,
                                const char    *path,
                                const RunInfo *run,
                                gpointer       data);

ExitStatus run_arguments_each (const Command  *command,
                               char          **runs,
                               RunFunc         func,
                               gpointer        data);
ExitStatus run_arguments_control (Service       *service,
                                  const char    *path,
                                  const RunInfo *run,
                                  gpointer       method);

G_END_DECLS
