/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A host whose commands are a supervisor's: it passes on what is asked of it, and tells what the supervisor tells.
 *
 *   in any thread, under the lock   send
 *   in one, without the lock        connect, and start the supervisor where nobody listens
 *   in the host's thread            receive, and call back without the lock; what is sent goes together, when there
 *                                   is nothing more to do
 *
 * When the connection ends, the supervisor may still be there: those of its commands that it knows go on. The others
 * are over when nothing carries their cookies any more. */

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/myrmex-crash-point-private.h"
#include "base/myrmex-error.h"
#include "process/myrmex-process-wire-private.h"

struct _MyrmexProcessRemote
{
  MyrmexProcessHost    *host;
  char                 *path;       /* of the socket */
  GMutex                lock;
  GCond                 connected;  /* or not: is_connecting has changed */
  /* Under the lock. */
  MyrmexProcessChannel *channel;    /* NULL: not connected */
  GHashTable           *processes;  /* cookie to MyrmexProcess, owned: what the supervisor has */
  GPtrArray            *forgotten;  /* cookies, while it connects */
  gboolean              is_connecting;
  gboolean              is_taken;   /* another service has the supervisor now */
  gboolean              is_muted;   /* this process is about to leave it */
};

static void ready_cb (MyrmexProcessSource *source,
                      guint32              events);

static void
channel_destroy (gpointer channel)
{
  myrmex_process_channel_free (channel);
}

/* Under the lock: of what is asked for, the rest is told by the host's thread. */
static gboolean
send_frame (MyrmexProcessRemote *self,
            MyrmexFrameKind      kind,
            GVariant            *body,
            int                  fd)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (body);

  if (self->channel == NULL)
    return FALSE;
  if (self->host->thread == g_thread_self ())
    return myrmex_process_channel_put (self->channel, kind, body, fd);
  return myrmex_process_channel_send (self->channel, kind, body, fd);
}

/* Under the lock. */
static void
send_forgotten (MyrmexProcessRemote *self)
{
  if (self->forgotten->len > 0)
    send_frame (self, MYRMEX_FRAME_FORGET,
                g_variant_new_strv ((const char * const *) self->forgotten->pdata, (gssize) self->forgotten->len), -1);
}

/* Under the lock, which is not held meanwhile. */
static void
await_connected (MyrmexProcessRemote *self)
{
  while (self->is_connecting)
    g_cond_wait (&self->connected, &self->lock);
}

/* Under the lock, which is not held while it waits for the other side: commands can be told to stop meanwhile. So it
 * may be muted or taken after it, and then FALSE comes without @error. */
static gboolean
connect_supervisor (MyrmexProcessRemote  *self,
                    gboolean              launches,
                    GError              **error)
{
  MyrmexProcessChannel *channel;

  await_connected (self);
  if (self->channel != NULL || self->is_muted || self->is_taken)
    return self->channel != NULL;

  self->is_connecting = TRUE;
  g_mutex_unlock (&self->lock);
  channel = myrmex_process_connect (self->host, self->path, launches, error);
  g_mutex_lock (&self->lock);
  self->is_connecting = FALSE;
  g_cond_broadcast (&self->connected);
  if (channel != NULL)
    {
      channel->source.data = self;
      self->channel = channel;
      if (!myrmex_process_channel_watch (channel, self->host, ready_cb))
        g_warning ("epoll: %s", g_strerror (errno));
      send_forgotten (self);
    }
  g_ptr_array_set_size (self->forgotten, 0);
  return channel != NULL;
}

/* In the host's thread, at the end of each turn of its loop. */
void
myrmex_process_remote_flush (MyrmexProcessRemote *self)
{
  g_mutex_lock (&self->lock);
  if (self->channel != NULL && !self->channel->source.wants_out && self->channel->out.length > 0)
    myrmex_process_channel_flush (self->channel);
  g_mutex_unlock (&self->lock);
}

/* Under the lock. */
static gboolean
add_process (MyrmexProcessRemote  *self,
             MyrmexProcess        *process,
             GError              **error)
{
  if (g_hash_table_contains (self->processes, process->cookie))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("A command “%s” is there already"),
                   process->cookie);
      return FALSE;
    }
  process->live = TRUE;
  g_hash_table_insert (self->processes, process->cookie, myrmex_process_ref (process));
  return TRUE;
}

/* Under the lock. */
static void
remove_process (MyrmexProcessRemote *self,
                MyrmexProcess       *process)
{
  process->live = FALSE;
  g_hash_table_steal (self->processes, process->cookie);
}

/* Takes @process. */
MyrmexProcess *
myrmex_process_remote_start (MyrmexProcessRemote      *self,
                             MyrmexProcess            *process,
                             const MyrmexProcessSpec  *spec,
                             GError                  **error)
{
  g_autoptr (MyrmexProcess) owned = process;
  g_auto (GStrv) environment = spec->envp == NULL ? g_get_environ () : NULL;
  gboolean is_connected, started = FALSE;

  if (!myrmex_process_check_arguments (spec, error))
    return NULL;

  g_mutex_lock (&self->lock);
  is_connected = !self->is_muted && !self->is_taken && connect_supervisor (self, TRUE, error);
  if (self->is_muted)
    {
      g_clear_error (error);
      /* Its attempt is the next process's to tell of, who will find that it was not started. */
      started = add_process (self, process, error);
      g_mutex_unlock (&self->lock);
      return started ? g_steal_pointer (&owned) : NULL;
    }
  if (self->is_taken)
    {
      g_clear_error (error);
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                           _("No command can be started any more: its runner is going away"));
    }
  else
    {
      started = is_connected && add_process (self, process, error);
    }
  MYRMEX_CRASH_POINT ("command-start");
  if (started && !send_frame (self, MYRMEX_FRAME_START,
                              myrmex_process_spec_to_variant (spec, process->cookie, environment),
                              spec->stdin_fd > 0 ? spec->stdin_fd : -1) && !self->channel->is_deaf)
    {
      myrmex_process_explain (spec, NULL, errno == EMSGSIZE ? E2BIG : errno, error);
      remove_process (self, process);
      myrmex_process_unref (process);
      started = FALSE;
    }
  /* One that is deaf has come to its end, which the host's thread sees to. */
  g_mutex_unlock (&self->lock);
  return started ? g_steal_pointer (&owned) : NULL;
}

/* Under the lock. */
static void
send_stop (MyrmexProcessRemote *self,
           MyrmexProcess       *process)
{
  send_frame (self, process->want_kill ? MYRMEX_FRAME_KILL : MYRMEX_FRAME_STOP,
              g_variant_new_string (process->cookie), -1);
}

void
myrmex_process_remote_stop (MyrmexProcessRemote *self,
                            MyrmexProcess       *process,
                            gboolean             kill)
{
  g_mutex_lock (&self->lock);
  if (process->live && !self->is_muted)
    {
      process->want_kill |= kill || process->want_stop;
      process->want_stop = TRUE;
      send_stop (self, process);
    }
  g_mutex_unlock (&self->lock);
}

/* In the host's thread, without the lock. Takes the reference of the table. */
static void
conclude (MyrmexProcess *process)
{
  process->result.error = process->failure;
  process->result.log_error = process->output.log_error;
  if (process->ended != NULL)
    process->ended (process, &process->result, process->user_data);
  myrmex_process_unref (process);
}

static void
swept_cb (MyrmexProcessHost *host,
          guint              killed,
          gpointer           data)
{
  conclude (data);
}

static void
set_interrupted (MyrmexProcess *process)
{
  process->result.end = MYRMEX_PROCESS_INTERRUPTED;
  process->result.code = -1;
  process->failure = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED,
                                          _("It was interrupted: the process that ran it went away"));
}

/* The supervisor does not have it. Takes the reference of the table. */
static void
interrupt (MyrmexProcess *process)
{
  set_interrupted (process);
  myrmex_process_host_sweep_exactly (process->host, process->cookie, swept_cb, process);
}

/* In any thread: nothing is told of it here any more, but it may go on, so that what is swept is nothing, and only
 * brings this to the host's thread. Takes the reference of the table. */
static void
let_go (MyrmexProcess *process)
{
  set_interrupted (process);
  myrmex_process_host_sweep_exactly (process->host, process->host->cookie_prefix, swept_cb, process);
}

MyrmexProcess *
myrmex_process_adopt (MyrmexProcessHost        *host,
                      const MyrmexProcessSpec  *spec,
                      GError                  **error)
{
  g_autoptr (MyrmexProcess) process = myrmex_process_new (host, spec);
  MyrmexProcessRemote *self = host->remote;
  gboolean is_there = FALSE;

  if (self != NULL)
    {
      g_mutex_lock (&self->lock);
      is_there = self->is_muted || self->is_taken || connect_supervisor (self, FALSE, NULL);
      if (is_there || self->is_muted || self->is_taken)
        {
          if (!add_process (self, process, error))
            {
              g_mutex_unlock (&self->lock);
              return NULL;
            }
          is_there = TRUE;
          if (!self->is_muted)
            send_frame (self, MYRMEX_FRAME_ASK, g_variant_new_string (process->cookie), -1);
        }
      g_mutex_unlock (&self->lock);
    }
  if (!is_there)
    interrupt (myrmex_process_ref (process));
  return g_steal_pointer (&process);
}

/* From here on: the host's thread. */

/* The process of a frame; one that has ended with it is taken out. */
static MyrmexProcess *
find_process (MyrmexProcessRemote *self,
              const char          *cookie,
              gboolean             has_ended)
{
  MyrmexProcess *process;

  g_mutex_lock (&self->lock);
  process = g_hash_table_lookup (self->processes, cookie);
  if (process != NULL && has_ended)
    remove_process (self, process);
  g_mutex_unlock (&self->lock);
  return process;
}

static gboolean
take_failed (MyrmexProcessRemote *self,
             GVariant            *body)
{
  MyrmexProcess *process;
  const char *cookie, *message;
  gint32 code;

  g_variant_get (body, "(&si&s)", &cookie, &code, &message);
  process = find_process (self, cookie, TRUE);
  if (process == NULL)
    return TRUE;
  process->result.end = MYRMEX_PROCESS_FAILED;
  process->failure = g_error_new_literal (MYRMEX_ERROR, code, message);
  conclude (process);
  return TRUE;
}

static gboolean
take_ended (MyrmexProcessRemote *self,
            GVariant            *body)
{
  MyrmexProcess *process;
  const char *cookie = myrmex_process_result_get_cookie (body);

  if (cookie == NULL)
    return FALSE;
  process = find_process (self, cookie, TRUE);
  if (process == NULL)
    return TRUE;
  if (!myrmex_process_result_from_variant (body, &process->result, &process->output.log_error))
    {
      interrupt (process);
      return FALSE;
    }
  conclude (process);
  return TRUE;
}

static void
take_progress (MyrmexProcessRemote *self,
               GVariant            *body)
{
  MyrmexProcess *process;
  const char *cookie, *message;
  guint64 done, total;

  g_variant_get (body, "(&stt&s)", &cookie, &done, &total, &message);
  process = find_process (self, cookie, FALSE);
  if (process != NULL && process->progress != NULL && total > 0)
    process->progress (process, done, total, message, process->user_data);
}

static void
take_started (MyrmexProcessRemote *self,
              GVariant            *body)
{
  MyrmexProcess *process;
  const char *cookie;
  gint32 pid;

  g_variant_get (body, "(&si)", &cookie, &pid);
  process = find_process (self, cookie, FALSE);
  if (process == NULL)
    return;
  g_atomic_int_set (&process->pid, pid);
  if (process->started != NULL)
    process->started (process, process->user_data);
}

/* FALSE for what a supervisor does not tell. */
static gboolean
take_frame (MyrmexProcessRemote *self,
            const MyrmexFrame   *frame)
{
  MyrmexProcess *process;
  gboolean is_muted;

  g_mutex_lock (&self->lock);
  is_muted = self->is_muted;
  g_mutex_unlock (&self->lock);
  if (is_muted)
    return TRUE;

  switch (frame->kind)
    {
    case MYRMEX_FRAME_TAKEN:
      g_mutex_lock (&self->lock);
      self->is_taken = TRUE;
      g_mutex_unlock (&self->lock);
      return TRUE;
    case MYRMEX_FRAME_PROGRESS:
      take_progress (self, frame->body);
      return TRUE;
    case MYRMEX_FRAME_UNKNOWN:
      process = find_process (self, g_variant_get_string (frame->body, NULL), TRUE);
      if (process != NULL)
        interrupt (process);
      return TRUE;
    case MYRMEX_FRAME_STARTED:
      MYRMEX_CRASH_POINT ("command-started");
      take_started (self, frame->body);
      return TRUE;
    case MYRMEX_FRAME_FAILED:
      return take_failed (self, frame->body);
    case MYRMEX_FRAME_ENDED:
      MYRMEX_CRASH_POINT ("command-ended");
      return take_ended (self, frame->body);
    case MYRMEX_FRAME_HELLO:
    case MYRMEX_FRAME_START:
    case MYRMEX_FRAME_ASK:
    case MYRMEX_FRAME_STOP:
    case MYRMEX_FRAME_KILL:
    case MYRMEX_FRAME_FORGET:
    case MYRMEX_FRAME_SETTLE:
    case MYRMEX_N_FRAMES:
    default:
      return FALSE;
    }
}

/* The connection has ended. What another service has taken over goes on there; of all else the supervisor, if it is
 * there, is asked how it stands. */
static void
lose_supervisor (MyrmexProcessRemote *self)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer process;
  gboolean is_there, is_muted;

  g_mutex_lock (&self->lock);
  myrmex_process_host_drop_source (self->host, &g_steal_pointer (&self->channel)->source, channel_destroy);
  is_there = !self->is_muted && (self->is_taken || g_hash_table_size (self->processes) == 0 ||
             connect_supervisor (self, FALSE, NULL));
  is_muted = self->is_muted;
  is_there = !is_muted && (is_there || self->is_taken);
  g_hash_table_iter_init (&iter, self->processes);
  while (g_hash_table_iter_next (&iter, NULL, &process))
    {
      if (is_there)
        {
          send_frame (self, MYRMEX_FRAME_ASK, g_variant_new_string (((MyrmexProcess *) process)->cookie), -1);
          /* What was on its way is lost; to be told twice does no harm. */
          if (((MyrmexProcess *) process)->want_stop)
            send_stop (self, process);
          continue;
        }
      ((MyrmexProcess *) process)->live = FALSE;
      g_hash_table_iter_steal (&iter);
      g_ptr_array_add (lost, process);
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < lost->len; i++)
    {
      if (!is_muted)
        {
          interrupt (lost->pdata[i]);
          continue;
        }
      /* It goes on. */
      set_interrupted (lost->pdata[i]);
      conclude (lost->pdata[i]);
    }
}

static void
ready_cb (MyrmexProcessSource *source,
          guint32              events)
{
  MyrmexProcessChannel *channel = (MyrmexProcessChannel *) source;
  MyrmexProcessRemote *self = source->data;
  gboolean is_sound = TRUE;
  MyrmexFrame frame;

  if (events & EPOLLOUT)
    {
      g_mutex_lock (&self->lock);
      is_sound = myrmex_process_channel_flush (channel);
      g_mutex_unlock (&self->lock);
    }
  /* What it told before the end counts. */
  if (events & ~(guint32) EPOLLOUT)
    is_sound = myrmex_process_channel_read (channel);
  while (is_sound && myrmex_process_channel_next (channel, &frame))
    {
      is_sound = take_frame (self, &frame);
      myrmex_frame_clear (&frame);
    }
  if (!is_sound || channel->is_broken)
    lose_supervisor (self);
}

MyrmexProcessHost *
myrmex_process_host_new_remote (const char  *socket_path,
                                GError     **error)
{
  MyrmexProcessHost *host = myrmex_process_host_new (MYRMEX_PROCESS_HOST_EMBEDDED, error);
  MyrmexProcessRemote *self;

  if (host == NULL)
    return NULL;
  self = g_new0 (MyrmexProcessRemote, 1);
  g_mutex_init (&self->lock);
  self->host = host;
  self->path = g_canonicalize_filename (socket_path, NULL);
  g_cond_init (&self->connected);
  self->processes = g_hash_table_new (g_str_hash, g_str_equal);
  self->forgotten = g_ptr_array_new_with_free_func (g_free);
  /* Its thread runs already. */
  g_atomic_pointer_set (&host->remote, self);
  return host;
}

gboolean
myrmex_process_host_is_remote (MyrmexProcessHost *host)
{
  return host->remote != NULL;
}

/* The host's thread has ended: what the supervisor has goes on without this process. */
void
myrmex_process_remote_close (MyrmexProcessRemote *self)
{
  GHashTableIter iter;
  gpointer process;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->channel, myrmex_process_channel_free);
  self->is_taken = TRUE;
  g_hash_table_iter_init (&iter, self->processes);
  while (g_hash_table_iter_next (&iter, NULL, &process))
    {
      g_hash_table_iter_steal (&iter);
      ((MyrmexProcess *) process)->live = FALSE;
      myrmex_process_unref (process);
    }
  g_mutex_unlock (&self->lock);
}

void
myrmex_process_remote_free (MyrmexProcessRemote *self)
{
  g_hash_table_unref (self->processes);
  g_ptr_array_unref (self->forgotten);
  g_cond_clear (&self->connected);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self);
}

void
myrmex_process_host_forget (MyrmexProcessHost  *host,
                            const char * const *cookies)
{
  MyrmexProcessRemote *self = host->remote;

  if (self == NULL)
    return;
  MYRMEX_CRASH_POINT ("command-forget");
  g_mutex_lock (&self->lock);
  for (gsize i = 0; self->is_connecting && cookies[i] != NULL; i++)
    g_ptr_array_add (self->forgotten, g_strdup (cookies[i]));
  send_frame (self, MYRMEX_FRAME_FORGET, g_variant_new_strv (cookies, -1), -1);
  g_mutex_unlock (&self->lock);
}

static void
settle_cb (MyrmexProcessHost *host,
           gpointer           data)
{
  MyrmexProcessRemote *self = host->remote;

  g_mutex_lock (&self->lock);
  if (!self->is_taken && !self->is_muted && connect_supervisor (self, FALSE, NULL) && !self->is_taken &&
      !self->is_muted)
    send_frame (self, MYRMEX_FRAME_SETTLE, g_variant_new_boolean (TRUE), -1);
  g_mutex_unlock (&self->lock);
}

void
myrmex_process_host_settle (MyrmexProcessHost *host)
{
  if (host->remote != NULL)
    myrmex_process_host_call (host, settle_cb, NULL);
}

void
myrmex_process_host_mute (MyrmexProcessHost *host)
{
  MyrmexProcessRemote *self = host->remote;

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  /* Nothing may take the supervisor from the next process. */
  await_connected (self);
  self->is_muted = TRUE;
  g_mutex_unlock (&self->lock);
}

void
myrmex_process_host_leave (MyrmexProcessHost *host)
{
  MyrmexProcessRemote *self = host->remote;
  g_autoptr (GPtrArray) untold = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer process;

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  /* Nothing may take the supervisor from the next process. */
  await_connected (self);
  self->is_muted = TRUE;
  if (self->channel != NULL)
    shutdown (self->channel->source.watch.fd, SHUT_RDWR);
  g_hash_table_iter_init (&iter, self->processes);
  while (self->channel == NULL && g_hash_table_iter_next (&iter, NULL, &process))
    {
      ((MyrmexProcess *) process)->live = FALSE;
      g_hash_table_iter_steal (&iter);
      g_ptr_array_add (untold, process);
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < untold->len; i++)
    let_go (untold->pdata[i]);
}
