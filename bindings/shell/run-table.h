/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"
#include "run-info.h"

G_BEGIN_DECLS

/* Runs, one a line, below a line that tells what is what. On a narrow terminal there are fewer columns. */
char **run_table_layout (GArray     *runs,
                         const Look *look,
                         int         width) G_GNUC_WARN_UNUSED_RESULT;

char  *run_table_format_time (gint64  time) G_GNUC_WARN_UNUSED_RESULT;
Paint  run_table_get_paint   (const RunInfo *run);

G_END_DECLS
