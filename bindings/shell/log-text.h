/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a task writes, as it comes, made fit to be shown. What may look another way once more has come is kept back. */
typedef struct
{
  GString  *rest;     /* of a line that has not ended */
  gboolean  is_begun; /* some of that line has been shown */
} LogText;

void log_text_clear (LogText    *self);
void log_text_add   (LogText    *self,
                     const char *data,
                     gsize       length,
                     GString    *out);
void log_text_flush (LogText    *self,
                     gboolean    is_end,
                     GString    *out);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LogText, log_text_clear)

G_END_DECLS
