/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"

G_BEGIN_DECLS

/* What stands at the begin of a line about a task or a run: how it stands, at a glance. */
typedef enum
{
  MARK_RUNNING,
  MARK_COMPLETED,
  MARK_FAILED,
  MARK_RETRYING,
  MARK_SKIPPED,
  MARK_CANCELLED,
} Mark;

void mark_begin_line (Line        *line,
                      Mark         mark);
void mark_append_log (GString     *text,
                      const Look  *look,
                      char       **lines);

G_END_DECLS
