/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "run-info.h"
#include "session.h"

G_BEGIN_DECLS

/* What the service is told of who submits, beside the workflow. */
GVariant  *submission_make_options (const SessionOptions *session,
                                    char                **env) G_GNUC_WARN_UNUSED_RESULT;
ExitStatus submission_tell         (const RunInfo        *run,
                                    const SessionOptions *session,
                                    Service              *service,
                                    gboolean              waits);

G_END_DECLS
