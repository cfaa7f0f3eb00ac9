/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "process/myrmex-process-private.h"

G_BEGIN_DECLS

/* Reads "N/M message" lines out of a stream of bytes, in bounded memory. */

typedef struct
{
  guint64  done;
  guint64  total;
  char    *message; /* valid UTF-8 */
} MyrmexProgressLine;

typedef struct
{
  guint    length;
  gboolean too_long; /* drop until the next newline */
  char     line[MYRMEX_PROCESS_PROGRESS_LINE_BYTES];
} MyrmexProgressParser;

gboolean myrmex_progress_parser_feed  (MyrmexProgressParser *self,
                                       const char           *data,
                                       gsize                 length,
                                       MyrmexProgressLine   *last);
gboolean myrmex_progress_parser_close (MyrmexProgressParser *self,
                                       MyrmexProgressLine   *last);

G_END_DECLS
