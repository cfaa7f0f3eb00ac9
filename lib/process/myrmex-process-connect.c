/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Reaching a supervisor, which may have to be started first. */

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-wire-private.h"

/* A supervisor that starts waits for what an earlier one left, and for no longer than this; in microseconds. */
#define CONNECT_TIMEOUT (12 * G_USEC_PER_SEC)

/* Supervisors that leave as soon as they are there are given up after so many. */
#define MAX_LAUNCHES (3)

/* Connects to the socket: -1 with errno set if nobody listens. */
static int
open_connection (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (address.sun_path, path, strlen (path));
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      int code = errno;

      close (fd);
      errno = code;
      return -1;
    }
  return fd;
}

static gboolean
await_input (int    fd,
             gint64 deadline)
{
  struct pollfd entry = { .fd = fd, .events = POLLIN };
  int n;

  do
    n = poll (&entry, 1, (int) CLAMP ((deadline - g_get_monotonic_time ()) / 1000, 0, G_MAXINT));
  while (n < 0 && errno == EINTR);
  return n > 0;
}

/* Says hello and waits for the answer. FALSE without @error: the other side is just leaving. */
static gboolean
greet (const char            *path,
       MyrmexProcessChannel  *channel,
       gint64                 deadline,
       GError               **error)
{
  g_auto (MyrmexFrame) frame = { .fd = -1 };

  if (!myrmex_process_channel_send_hello (channel))
    return FALSE;
  do
    {
      if (!await_input (channel->source.watch.fd, deadline))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                       _("The supervisor at “%s” does not answer"), path);
          return FALSE;
        }
      if (!myrmex_process_channel_read (channel))
        return FALSE;
    }
  while (!myrmex_process_channel_next (channel, &frame) && !channel->is_broken);

  if (!channel->is_broken && myrmex_process_hello_is_ours (&frame))
    return TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
               _("The supervisor at “%s” is of another version of Myrmex; it leaves when its commands have ended"),
               path);
  return FALSE;
}

/* Where nobody listens, a supervisor is started if @launches. */
MyrmexProcessChannel *
myrmex_process_connect (MyrmexProcessHost  *host,
                        const char         *path,
                        gboolean            launches,
                        GError            **error)
{
  const gint64 deadline = g_get_monotonic_time () + CONNECT_TIMEOUT;
  guint n_launches = 0;

  for (;;)
    {
      MyrmexProcessChannel *channel = NULL;
      GError *reason = NULL;
      int fd = open_connection (path);
      int code = errno;

      if (fd >= 0 && (channel = myrmex_process_channel_new (fd)) == NULL)
        code = errno;
      if (channel != NULL && greet (path, channel, deadline, &reason))
        return channel;

      g_clear_pointer (&channel, myrmex_process_channel_free);
      if (reason == NULL && (fd < 0 ? code != ENOENT && code != ECONNREFUSED : code == EPERM))
        reason = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                              _("The supervisor at “%s” can not be reached: %s"), path, g_strerror (code));
      if (reason == NULL && (!launches || n_launches++ >= MAX_LAUNCHES))
        reason = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                              _("The supervisor at “%s” does not answer"), path);
      if (reason != NULL || !myrmex_process_launch (host, path, &reason))
        {
          g_propagate_error (error, reason);
          return NULL;
        }
    }
}
