/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "output.h"

#include "log-tail.h"
#include "message.h"

void
output_tell (Output      *self,
             const Event *event)
{
  self->klass->tell (self, event);
}

/* Tells the person something that is no event. */
void
output_note (Output     *self,
             const char *text)
{
  if (self->klass->note != NULL)
    self->klass->note (self, text);
  else
    message_print_error ("%s", text);
}

void
output_close (Output *self)
{
  self->klass->close (self);
}

/* The end of what a task that failed wrote, escaped. */
char **
output_dup_log_tail (Output      *self,
                     const Event *event)
{
  g_autofree char *path = event->attempt > 0 ? myrmex_run_dup_log_path (self->run, event->task) : NULL;

  return path != NULL ? log_tail_read (path, OUTPUT_LOG_LINES) : g_new0 (char *, 1);
}
