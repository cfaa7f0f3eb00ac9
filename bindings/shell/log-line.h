/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A line that a task wrote, fit to be shown: without colours, as it was seen at last where it was drawn over. */
void log_line_append (GString    *out,
                      const char *line,
                      gsize       length,
                      gsize       max_bytes);

G_END_DECLS
