/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "log-writer.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

#define CHUNK_BYTES (64 * 1024)

/* What one log may write before it is another one's turn, or that of what else happens. */
#define MAX_COPY_BYTES (4 * 1024 * 1024)

void
log_clear (Log *log)
{
  if (log->fd >= 0)
    close (log->fd);
  log->fd = -1;
  log_text_clear (&log->text);
  g_clear_pointer (&log->task, g_free);
}

void
log_writer_init (LogWriter *self)
{
  *self = (LogWriter) { .is_raw = !isatty (STDOUT_FILENO) };
}

void
log_writer_clear (LogWriter *self)
{
  g_clear_pointer (&self->headed, g_free);
}

static void
write_all (LogWriter  *self,
           const char *data,
           gsize       length)
{
  while (length > 0 && !self->has_failed)
    {
      gssize n = write (STDOUT_FILENO, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          /* A reader that has gone has seen what it wanted. */
          if (errno != EPIPE)
            message_print_error (_("Standard output can not be written: %s"), g_strerror (errno));
          self->has_failed = TRUE;
          return;
        }
      data += n;
      length -= (gsize) n;
    }
}

static void
write_head (LogWriter *self,
            const Log *log)
{
  g_autofree char *line = NULL;

  if (!self->has_heads || g_strcmp0 (self->headed, log->task) == 0)
    return;
  line = g_strdup_printf ("%s==> %s <==\n", self->headed != NULL ? "\n" : "", log->task);
  g_free (self->headed);
  self->headed = g_strdup (log->task);
  write_all (self, line, strlen (line));
}

static void
write_text (LogWriter *self,
            const Log *log,
            GString   *text)
{
  if (text->len == 0)
    return;
  write_head (self, log);
  write_all (self, text->str, text->len);
  g_string_truncate (text, 0);
}

/* Writes what is new in a log; at its end also what seemed unfinished. Returns whether there may be more at once. */
gboolean
log_writer_copy (LogWriter *self,
                 Log       *log,
                 gboolean   is_end)
{
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);
  g_autoptr (GString) text = g_string_new (NULL);
  gsize copied = 0;
  gssize n = 0;

  while (log->fd >= 0 && copied < MAX_COPY_BYTES && !self->has_failed)
    {
      n = pread (log->fd, chunk, CHUNK_BYTES, log->offset);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      log->offset += n;
      copied += (gsize) n;
      if (self->is_raw)
        g_string_append_len (text, chunk, n);
      else
        log_text_add (&log->text, chunk, (gsize) n, text);
      write_text (self, log, text);
    }
  if (n > 0)
    return TRUE;

  if (!self->is_raw && (is_end || copied == 0))
    log_text_flush (&log->text, is_end, text);
  write_text (self, log, text);
  return FALSE;
}
