/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "log-writer.h"
#include "service.h"

G_BEGIN_DECLS

/* Writes what a task has written, or each of a run, or what they write until they have ended. */
ExitStatus log_follow (Service    *service,
                       const char *run,
                       const char *task,
                       gboolean    waits,
                       LogWriter  *writer);

G_END_DECLS
