/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-host-private.h"

/* How often one stream is read before others get their turn, where its writers may never end. */
#define MAX_DRAIN_READS (64)

/* What is written where a log is cut. It counts towards the limit. */
#define CUT_MARK "\n[Myrmex: the log was cut here, since it reached its limit]\n"

static void
fail_log (MyrmexProcess *self,
          int            code)
{
  MyrmexProcessOutput *output = &self->output;

  g_set_error (&output->log_error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED,
               _("Log “%s” could not be written: %s"), output->log_path, g_strerror (code));
  if (output->log_fd >= 0)
    close (output->log_fd);
  output->log_fd = -1;
}

static gboolean
open_log (MyrmexProcess *self)
{
  struct stat info;
  int fd = open (self->output.log_path,
                 O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

  if (fd < 0)
    {
      fail_log (self, errno);
      return FALSE;
    }

  /* A FIFO or a device could hold up everybody. */
  self->output.log_fd = fd;
  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
    {
      fail_log (self, EINVAL);
      return FALSE;
    }
  return TRUE;
}

static void
write_log (MyrmexProcess *self,
           const guint8  *data,
           gsize          length)
{
  while (length > 0)
    {
      ssize_t n = write (self->output.log_fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          fail_log (self, errno);
          return;
        }
      self->result.log_bytes += (guint64) n;
      data += n;
      length -= (gsize) n;
    }
}

static void
spool (MyrmexProcess *self,
       const guint8  *data,
       gsize          length)
{
  const guint64 mark = strlen (CUT_MARK);
  const guint64 limit = self->output.log_limit > 2 * mark ? self->output.log_limit - mark : self->output.log_limit;
  const guint64 room = limit - self->result.log_bytes;

  if (self->output.log_path == NULL || self->output.log_error != NULL || self->result.log_over_limit)
    return;
  if (self->output.log_fd < 0 && !open_log (self))
    return;

  write_log (self, data, MIN (length, room));
  if (length > room && self->output.log_error == NULL)
    {
      self->result.log_over_limit = TRUE;
      if (limit < self->output.log_limit)
        write_log (self, (const guint8 *) CUT_MARK, mark);
      if (self->stop_over_limit)
        myrmex_process_stop (self);
    }
}

static void
keep_value (MyrmexProcess *self,
            const guint8  *data,
            gsize          length)
{
  MyrmexProcessOutput *output = &self->output;

  if (self->result.value_over_limit)
    return;

  if (output->value == NULL)
    output->value = g_byte_array_new ();
  if (length <= output->value_limit - output->value->len)
    {
      g_byte_array_append (output->value, data, (guint) length);
      return;
    }

  self->result.value_over_limit = TRUE;
  g_clear_pointer (&output->value, g_byte_array_unref);
  if (self->stop_over_limit)
    myrmex_process_stop (self);
}

static void
keep_tail (MyrmexProcessOutput *output,
           const guint8        *data,
           gsize                length)
{
  gsize keep;

  if (output->tail == NULL)
    output->tail = g_malloc (MYRMEX_PROCESS_TAIL_BYTES);

  if (length >= MYRMEX_PROCESS_TAIL_BYTES)
    {
      memcpy (output->tail, data + length - MYRMEX_PROCESS_TAIL_BYTES, MYRMEX_PROCESS_TAIL_BYTES);
      output->tail_length = MYRMEX_PROCESS_TAIL_BYTES;
      return;
    }

  keep = MIN (output->tail_length, MYRMEX_PROCESS_TAIL_BYTES - length);
  memmove (output->tail, output->tail + output->tail_length - keep, keep);
  memcpy (output->tail + keep, data, length);
  output->tail_length = keep + length;
}

static void
take_output (MyrmexProcess          *self,
             MyrmexProcessWatchKind  kind,
             const guint8           *data,
             gsize                   length)
{
  self->result.output_bytes += length;
  spool (self, data, length);
  keep_tail (&self->output, data, length);
  if (self->keep_output && kind == WATCH_OUTPUT)
    keep_value (self, data, length);
  if (self->output_func != NULL)
    self->output_func (self, kind == WATCH_OUTPUT ? MYRMEX_PROCESS_STREAM_OUTPUT : MYRMEX_PROCESS_STREAM_ERROR,
                       data, length, self->user_data);
}

static void
take_progress (MyrmexProcess *self,
               const guint8  *data,
               gsize          length,
               gboolean       at_end)
{
  MyrmexProgressLine line = { 0 };
  gboolean found;

  if (self->progress == NULL)
    return;
  if (self->parser == NULL)
    {
      if (at_end)
        return;
      self->parser = g_new0 (MyrmexProgressParser, 1);
    }

  found = at_end ? myrmex_progress_parser_close (self->parser, &line)
                 : myrmex_progress_parser_feed (self->parser, (const char *) data, length, &line);
  if (found)
    self->progress (self, line.done, line.total, line.message, self->user_data);
  g_free (line.message);
}

void
myrmex_process_close_watch (MyrmexProcess          *self,
                            MyrmexProcessWatchKind  kind)
{
  MyrmexProcessWatch *watch = &self->watches[kind];

  if (watch->fd < 0)
    return;

  myrmex_process_host_close_later (self->host, watch->fd);
  watch->fd = -1;
  if (kind == WATCH_PROGRESS)
    take_progress (self, NULL, 0, TRUE);
}

/* Takes what is there, up to a buffer of it, and closes the stream at its end. Returns whether there was any. */
gboolean
myrmex_process_read_stream (MyrmexProcess          *self,
                            MyrmexProcessWatchKind  kind)
{
  guint8 *buffer = self->host->buffer;
  ssize_t n;

  do
    n = read (self->watches[kind].fd, buffer, MYRMEX_PROCESS_BUFFER_BYTES);
  while (n < 0 && errno == EINTR);

  if (n < 0 && errno == EAGAIN)
    return FALSE;
  if (n <= 0)
    {
      myrmex_process_close_watch (self, kind);
      return FALSE;
    }

  if (kind == WATCH_PROGRESS)
    take_progress (self, buffer, (gsize) n, FALSE);
  else
    take_output (self, kind, buffer, (gsize) n);
  return TRUE;
}

/* From here on, a stream is at its end when nobody else holds it. */
void
myrmex_process_let_go (MyrmexProcess *self)
{
  for (guint kind = 0; kind < N_STREAMS; kind++)
    {
      if (self->held[kind] >= 0)
        close (self->held[kind]);
      self->held[kind] = -1;
    }
}

/* Takes all that is there. Returns whether every stream has come to its end: nobody holds its other end. */
gboolean
myrmex_process_drain (MyrmexProcess *self)
{
  gboolean closed = TRUE;

  for (guint kind = 0; kind < N_STREAMS; kind++)
    {
      for (guint i = 0; i < MAX_DRAIN_READS && self->watches[kind].fd >= 0; i++)
        if (!myrmex_process_read_stream (self, kind))
          break;
      closed &= self->watches[kind].fd < 0;
    }
  return closed;
}

/* Closes what is still open, and moves what was kept into the result. */
void
myrmex_process_finish_output (MyrmexProcess *self)
{
  MyrmexProcessOutput *output = &self->output;

  for (guint kind = 0; kind < N_STREAMS; kind++)
    myrmex_process_close_watch (self, kind);
  if (output->log_fd >= 0 && close (output->log_fd) < 0 && errno != EINTR)
    {
      output->log_fd = -1;
      fail_log (self, errno);
    }
  output->log_fd = -1;

  if (output->value != NULL)
    self->result.value = g_byte_array_free_to_bytes (g_steal_pointer (&output->value));
  else if (self->keep_output && !self->result.value_over_limit)
    self->result.value = g_bytes_new_static ("", 0);
  if (output->tail != NULL)
    self->result.tail = g_bytes_new_take (g_steal_pointer (&output->tail), output->tail_length);
  self->result.log_error = output->log_error;
}

void
myrmex_process_clear_output (MyrmexProcess *self)
{
  MyrmexProcessOutput *output = &self->output;

  g_clear_pointer (&output->log_path, g_free);
  g_clear_pointer (&output->value, g_byte_array_unref);
  g_clear_pointer (&output->tail, g_free);
  g_clear_error (&output->log_error);
  g_clear_pointer (&self->parser, g_free);
  g_clear_pointer (&self->result.value, g_bytes_unref);
  g_clear_pointer (&self->result.tail, g_bytes_unref);
}
