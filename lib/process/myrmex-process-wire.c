/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process/myrmex-process-wire-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* At most so many descriptors come ahead of their frames. */
#define MAX_FDS (16)

/* So many frames are sent by one call, at most. */
#define MAX_PARTS (64)

#define READ_BYTES (64 * 1024)

/* What has been sent is small mostly; a buffer that has grown over this is given back. */
#define KEPT_BYTES (256 * 1024)

static const char * const types[MYRMEX_N_FRAMES] = {
  [MYRMEX_FRAME_HELLO] = "(su)",
  [MYRMEX_FRAME_START] = "at",
  [MYRMEX_FRAME_ASK] = "s",
  [MYRMEX_FRAME_STOP] = "s",
  [MYRMEX_FRAME_KILL] = "s",
  [MYRMEX_FRAME_FORGET] = "as",
  [MYRMEX_FRAME_SETTLE] = "b",
  [MYRMEX_FRAME_TAKEN] = "b",
  [MYRMEX_FRAME_PROGRESS] = "(stts)",
  [MYRMEX_FRAME_UNKNOWN] = "s",
  [MYRMEX_FRAME_STARTED] = "(si)",
  [MYRMEX_FRAME_FAILED] = "(sis)",
  [MYRMEX_FRAME_ENDED] = "at",
};

typedef struct
{
  guint32 size;    /* of what follows */
  guint8  kind;
  guint8  has_fd;
  guint16 zero;
} Header;

G_STATIC_ASSERT (sizeof (Header) == 8);

typedef struct
{
  gsize   size;
  gsize   sent;
  int     fd;
  guint8  data[] __attribute__ ((aligned (8)));  /* values are stored in place */
} Out;

static void
out_free (gpointer data)
{
  Out *out = data;

  if (out->fd >= 0)
    close (out->fd);
  g_free (out);
}

/* Takes a connected socket; its peer has to be of the same user. NULL with errno set. */
MyrmexProcessChannel *
myrmex_process_channel_new (int fd)
{
  struct ucred peer = { .uid = (uid_t) -1 };
  socklen_t length = sizeof peer;
  MyrmexProcessChannel *self;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || peer.uid != geteuid ())
    {
      close (fd);
      errno = EPERM;
      return NULL;
    }
  self = g_new0 (MyrmexProcessChannel, 1);
  self->source.watch.fd = fd;
  self->in = g_byte_array_new ();
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_queue_init (&self->out);
  return self;
}

/* One that was watched goes with myrmex_process_host_drop_source(). */
void
myrmex_process_channel_free (MyrmexProcessChannel *self)
{
  for (guint i = 0; i < self->fds->len; i++)
    if (g_array_index (self->fds, int, i) >= 0)
      close (g_array_index (self->fds, int, i));
  if (self->source.watch.fd >= 0)
    close (self->source.watch.fd);
  g_queue_clear_full (&self->out, out_free);
  g_byte_array_unref (self->in);
  g_array_unref (self->fds);
  g_free (self);
}

gboolean
myrmex_process_channel_watch (MyrmexProcessChannel   *self,
                              MyrmexProcessHost      *host,
                              MyrmexProcessReadyFunc  ready)
{
  self->source.ready = ready;
  self->host = host;
  return myrmex_process_host_watch_source (host, &self->source, EPOLLIN);
}

/* Sends what waits, as far as it goes at once: a descriptor goes with the first byte of its frame. */
static gboolean
send_some (MyrmexProcessChannel *self)
{
  struct iovec parts[MAX_PARTS];
  union { struct cmsghdr header; char space[CMSG_SPACE (sizeof (int))]; } control = { 0 };
  struct msghdr message = { .msg_iov = parts };
  Out *out = g_queue_peek_head (&self->out);
  ssize_t n;

  for (GList *item = self->out.head; item != NULL && message.msg_iovlen < MAX_PARTS; item = item->next)
    {
      Out *part = item->data;

      if (part != out && part->fd >= 0)
        break;
      parts[message.msg_iovlen++] = (struct iovec) { part->data + part->sent, part->size - part->sent };
    }
  if (out->fd >= 0)
    {
      message.msg_control = control.space;
      message.msg_controllen = sizeof control.space;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (&control.header), &out->fd, sizeof (int));
    }
  do
    n = sendmsg (self->source.watch.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return FALSE;

  if (out->fd >= 0)
    close (out->fd);
  out->fd = -1;
  self->n_out -= (gsize) n;
  while ((out = g_queue_peek_head (&self->out)) != NULL && (gsize) n >= out->size - out->sent)
    {
      n -= (ssize_t) (out->size - out->sent);
      out_free (g_queue_pop_head (&self->out));
    }
  if (out != NULL)
    out->sent += (gsize) n;
  return TRUE;
}

/* What can not be sent is lost, so that the connection has to end: whoever reads is told. */
static void
go_deaf (MyrmexProcessChannel *self)
{
  self->is_deaf = TRUE;
  shutdown (self->source.watch.fd, SHUT_RDWR);
}

/* Sends what the socket takes; the host is asked to tell when it takes more. FALSE if nobody is there. */
gboolean
myrmex_process_channel_flush (MyrmexProcessChannel *self)
{
  const gboolean had_interest = self->source.wants_out;

  while (!self->is_deaf && self->out.length > 0)
    {
      if (!send_some (self))
        {
          if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
            go_deaf (self);
          break;
        }
    }
  self->source.wants_out = !self->is_deaf && self->out.length > 0;
  if (self->host != NULL && self->source.wants_out != had_interest)
    myrmex_process_host_watch_source (self->host, &self->source, EPOLLIN | (self->source.wants_out ? EPOLLOUT : 0));
  return !self->is_deaf;
}

/* Takes a floating @body; @fd is copied. It goes with what is sent next. FALSE with errno set if it can not be sent. */
gboolean
myrmex_process_channel_put (MyrmexProcessChannel *self,
                            MyrmexFrameKind       kind,
                            GVariant             *body,
                            int                   fd)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (body);
  const gsize size = g_variant_get_size (body);
  const Header header = { (guint32) size, (guint8) kind, fd >= 0, 0 };
  Out *out;

  g_assert (g_variant_is_of_type (body, G_VARIANT_TYPE (types[kind])));
  errno = EMSGSIZE;
  if (size > MYRMEX_PROCESS_MAX_FRAME_BYTES)
    return FALSE;
  if (fd >= 0 && (fd = fcntl (fd, F_DUPFD_CLOEXEC, 0)) < 0)
    return FALSE;

  out = g_malloc (sizeof *out + sizeof header + size);
  out->size = sizeof header + size;
  out->sent = 0;
  out->fd = fd;
  memcpy (out->data, &header, sizeof header);
  g_variant_store (body, out->data + sizeof header);
  g_queue_push_tail (&self->out, out);
  self->n_out += out->size;
  errno = EPIPE;
  return !self->is_deaf;
}

/* The same, at once, as far as the socket takes it. */
gboolean
myrmex_process_channel_send (MyrmexProcessChannel *self,
                             MyrmexFrameKind       kind,
                             GVariant             *body,
                             int                   fd)
{
  if (!myrmex_process_channel_put (self, kind, body, fd))
    return FALSE;
  errno = EPIPE;
  return self->source.wants_out || myrmex_process_channel_flush (self);
}

static gboolean
take_fds (MyrmexProcessChannel *self,
          struct msghdr        *message)
{
  const int none = -1;

  for (struct cmsghdr *item = CMSG_FIRSTHDR (message); item != NULL; item = CMSG_NXTHDR (message, item))
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS)
      g_array_append_vals (self->fds, CMSG_DATA (item), (item->cmsg_len - CMSG_LEN (0)) / sizeof (int));
  /* This process had none left for it: that is a matter of one frame, and not of the connection. */
  if (message->msg_flags & MSG_CTRUNC)
    g_array_append_val (self->fds, none);
  return self->fds->len <= MAX_FDS;
}

/* Takes what has come, up to a buffer of it. FALSE at the end, or for what can not be read. */
gboolean
myrmex_process_channel_read (MyrmexProcessChannel *self)
{
  union { struct cmsghdr header; char space[CMSG_SPACE (MAX_FDS * sizeof (int))]; } control;
  struct msghdr message = { .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space };
  struct iovec part = { .iov_len = READ_BYTES };
  gsize length;
  ssize_t n;

  if (self->n_taken > 0)
    g_byte_array_remove_range (self->in, 0, (guint) self->n_taken);
  self->n_taken = 0;
  length = self->in->len;
  g_byte_array_set_size (self->in, (guint) (length + READ_BYTES));
  part.iov_base = self->in->data + length;
  message.msg_iov = &part;
  do
    n = recvmsg (self->source.watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  g_byte_array_set_size (self->in, (guint) (length + (gsize) MAX (n, 0)));

  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return TRUE;
  self->is_broken |= n <= 0 || !take_fds (self, &message);
  return !self->is_broken;
}

static void
give_back (MyrmexProcessChannel *self)
{
  if (self->n_taken == self->in->len && self->in->len > KEPT_BYTES)
    {
      g_byte_array_unref (self->in);
      self->in = g_byte_array_new ();
      self->n_taken = 0;
    }
}

/* Whole words are words, whatever is in them. */
static gboolean
is_sound (GVariant *body)
{
  if (g_variant_is_of_type (body, MYRMEX_PROCESS_WORDS))
    return g_variant_get_size (body) % sizeof (guint64) == 0;
  return g_variant_is_normal_form (body);
}

/* The next whole frame of what has been read, if there is one. */
gboolean
myrmex_process_channel_next (MyrmexProcessChannel *self,
                             MyrmexFrame          *frame)
{
  const gsize length = self->in->len - self->n_taken;
  g_autoptr (GBytes) bytes = NULL;
  Header header;

  *frame = (MyrmexFrame) { .fd = -1 };
  if (self->is_broken || length < sizeof header)
    return FALSE;
  memcpy (&header, self->in->data + self->n_taken, sizeof header);
  self->is_broken = header.size > MYRMEX_PROCESS_MAX_FRAME_BYTES || header.kind < MYRMEX_FRAME_HELLO ||
                    header.kind >= MYRMEX_N_FRAMES || header.zero != 0 ||
                    header.has_fd > (header.kind == MYRMEX_FRAME_START) || header.has_fd > self->fds->len;
  if (self->is_broken || length - sizeof header < header.size)
    return FALSE;

  bytes = g_bytes_new (self->in->data + self->n_taken + sizeof header, header.size);
  self->n_taken += sizeof header + header.size;
  give_back (self);
  frame->kind = header.kind;
  frame->body = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (types[header.kind]), bytes, FALSE));
  if (header.has_fd)
    {
      frame->fd = g_array_index (self->fds, int, 0);
      frame->lacks_fd = frame->fd < 0;
      g_array_remove_index (self->fds, 0);
    }
  self->is_broken = !is_sound (frame->body);
  if (self->is_broken)
    myrmex_frame_clear (frame);
  return !self->is_broken;
}

void
myrmex_frame_clear (MyrmexFrame *frame)
{
  g_clear_pointer (&frame->body, g_variant_unref);
  if (frame->fd >= 0)
    close (frame->fd);
  frame->fd = -1;
}

gboolean
myrmex_process_channel_send_hello (MyrmexProcessChannel *self)
{
  return myrmex_process_channel_send (self, MYRMEX_FRAME_HELLO,
                                      g_variant_new ("(su)", MYRMEX_PROCESS_WIRE_NAME, MYRMEX_PROCESS_WIRE_VERSION),
                                      -1);
}

gboolean
myrmex_process_hello_is_ours (const MyrmexFrame *frame)
{
  const char *name;
  guint32 version;

  if (frame->kind != MYRMEX_FRAME_HELLO)
    return FALSE;
  g_variant_get (frame->body, "(&su)", &name, &version);
  return g_str_equal (name, MYRMEX_PROCESS_WIRE_NAME) && version == MYRMEX_PROCESS_WIRE_VERSION;
}
