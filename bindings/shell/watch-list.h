/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service.h"
#include "session.h"

G_BEGIN_DECLS

/* All runs of the service that have not ended, as they come, go on and end, until somebody has seen enough. */
ExitStatus watch_list (Service              *service,
                       const SessionOptions *options);

G_END_DECLS
