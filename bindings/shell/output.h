/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "event.h"
#include "stream.h"

G_BEGIN_DECLS

/* How a run is told on standard output. */
typedef struct _Output Output;

typedef struct
{
  void (* tell)  (Output      *self,
                  const Event *event);
  void (* note)  (Output      *self,   /* %NULL: on standard error */
                  const char  *text);
  void (* close) (Output      *self);  /* all has been told; frees @self */
} OutputClass;

struct _Output
{
  const OutputClass *klass;
  Stream            *stream; /* borrowed */
  MyrmexRun         *run;    /* borrowed */
  gboolean           quiet;  /* only failures */
  gboolean           keeps_logs;
};

/* Lines of the log of a task that failed. */
#define OUTPUT_LOG_LINES (10)

Output *output_json_new     (Stream      *stream) G_GNUC_WARN_UNUSED_RESULT;
Output *output_plain_new    (Stream      *stream) G_GNUC_WARN_UNUSED_RESULT;
Output *output_terminal_new (Stream      *stream,
                             gboolean     colour) G_GNUC_WARN_UNUSED_RESULT;

void    output_tell         (Output      *self,
                             const Event *event);
void    output_note         (Output      *self,
                             const char  *text);
void    output_close        (Output      *self);

char  **output_dup_log_tail (Output      *self,
                             const Event *event) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
