/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "log-text.h"

G_BEGIN_DECLS

/* Logs of tasks on standard output: byte for byte to a file or a pipe, fit to be shown on a terminal. Where there are
 * several, each part is headed by the name of its task. */
typedef struct
{
  char     *task;
  int       fd;     /* -1: it is not there yet */
  goffset   offset; /* up to which it has been written */
  LogText   text;
} Log;

typedef struct
{
  gboolean  is_raw;
  gboolean  has_heads;
  gboolean  has_failed;   /* nobody reads, or nothing can be written */
  char     *headed;       /* the task whose part it is */
} LogWriter;

void     log_clear          (Log       *log);
void     log_writer_init    (LogWriter *self);
void     log_writer_clear   (LogWriter *self);
gboolean log_writer_copy    (LogWriter *self,
                             Log       *log,
                             gboolean   is_end);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Log, log_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LogWriter, log_writer_clear)

G_END_DECLS
