/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Standard output that never holds the main loop up: a reader that is slow, or stopped, must not keep Ctrl-C
 * from working. What is added goes out as soon as it can, in order, from the main loop. */
typedef struct _Stream Stream;

/* What comes after it is thrown away. Called once, from the main loop. */
typedef void (* StreamFailedFunc) (int      error_number,
                                   gpointer user_data);

Stream  *stream_new         (int               fd,
                             StreamFailedFunc  failed,
                             gpointer          user_data);
void     stream_free        (Stream           *stream);
void     stream_add         (Stream           *stream,
                             const char       *text);
void     stream_add_local   (Stream           *stream,
                             const char       *text);
gsize    stream_get_pending (Stream           *stream);
gboolean stream_has_failed  (Stream           *stream);
void     stream_flush       (Stream           *stream,
                             const gboolean   *give_up);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stream, stream_free)

G_END_DECLS
