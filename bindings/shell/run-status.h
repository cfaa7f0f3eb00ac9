/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"
#include "service.h"

G_BEGIN_DECLS

/* How a run of the service stands: counts, what runs, and what failed with the end of its output. */
char *run_status_to_text (Service     *service,
                          const char  *path,
                          const Look  *look,
                          GError     **error) G_GNUC_WARN_UNUSED_RESULT;
char *run_status_to_json (Service     *service,
                          const char  *path,
                          GError     **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
