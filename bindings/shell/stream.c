/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stream.h"

#include <errno.h>
#include <glib-unix.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that can be written to takes this much without blocking, a terminal that is alive this much at once. */
#define PIPE_CHUNK_BYTES     (PIPE_BUF)
#define TERMINAL_CHUNK_BYTES (16 * 1024)

/* How much is written in one go, before others have their turn. */
#define TURN_BYTES (256 * 1024)

struct _Stream
{
  int               fd;
  gsize             chunk;
  GByteArray       *pending;
  gsize             written;    /* of it */
  GSource          *source;     /* while there is something pending */
  gboolean          has_failed;
  StreamFailedFunc  failed;
  gpointer          user_data;
};

Stream *
stream_new (int              fd,
            StreamFailedFunc failed,
            gpointer         user_data)
{
  Stream *self = g_new0 (Stream, 1);
  struct stat status;

  self->fd = fd;
  self->pending = g_byte_array_new ();
  self->failed = failed;
  self->user_data = user_data;
  if (isatty (fd))
    self->chunk = TERMINAL_CHUNK_BYTES;
  else if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    self->chunk = TURN_BYTES;
  else
    self->chunk = PIPE_CHUNK_BYTES;
  return self;
}

static void
stop (Stream *self)
{
  g_byte_array_set_size (self->pending, 0);
  self->written = 0;
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
stream_free (Stream *self)
{
  stop (self);
  g_byte_array_unref (self->pending);
  g_free (self);
}

static gboolean
can_write (Stream *self)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLOUT };

  return poll (&poll_fd, 1, 0) == 1;
}

static gboolean
write_cb (int          fd,
          GIOCondition condition,
          gpointer     data)
{
  Stream *self = data;
  gsize turn = 0;

  do
    {
      gsize left = self->pending->len - self->written;
      gssize n = write (self->fd, self->pending->data + self->written, MIN (left, self->chunk));

      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
      if (n < 0)
        {
          int number = errno;

          self->has_failed = TRUE;
          stop (self);
          self->failed (number, self->user_data);
          return G_SOURCE_REMOVE;
        }
      self->written += (gsize) n;
      turn += (gsize) n;
    }
  while (self->written < self->pending->len && turn < TURN_BYTES && can_write (self));

  if (self->written < self->pending->len)
    {
      g_byte_array_remove_range (self->pending, 0, (guint) self->written);
      self->written = 0;
      return G_SOURCE_CONTINUE;
    }
  stop (self);
  return G_SOURCE_REMOVE;
}

/* As it is. */
void
stream_add (Stream     *self,
            const char *text)
{
  gsize length = strlen (text);

  if (self->has_failed || length == 0)
    return;

  g_byte_array_append (self->pending, (const guint8 *) text, (guint) length);
  if (self->source == NULL)
    {
      self->source = g_unix_fd_source_new (self->fd, G_IO_OUT);
      g_source_set_callback (self->source, G_SOURCE_FUNC (write_cb), self, NULL);
      g_source_attach (self->source, g_main_context_get_thread_default ());
    }
}

/* In the character set of the user, who may have another than UTF-8. */
void
stream_add_local (Stream     *self,
                  const char *text)
{
  const char *charset;
  g_autofree char *converted = NULL;

  if (!g_get_charset (&charset))
    converted = g_convert_with_fallback (text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
  stream_add (self, converted != NULL ? converted : text);
}

gsize
stream_get_pending (Stream *self)
{
  return self->pending->len - self->written;
}

gboolean
stream_has_failed (Stream *self)
{
  return self->has_failed;
}

/* Goes on with the main loop until all is written, or it failed, or *@give_up. */
void
stream_flush (Stream         *self,
              const gboolean *give_up)
{
  while (stream_get_pending (self) > 0 && !*give_up)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
}
