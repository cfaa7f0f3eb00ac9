/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the supervisor knows of each command, by its cookie:
 *
 *   START   running            a cookie that is known is not started again, but told how it stands
 *   end     kept               what became of it, until the service has that on the disk
 *   FORGET  gone
 *
 * One service is served at a time. Who says hello takes over from the one before. */

#include "supervisor.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-wire-private.h"

/* In microseconds. */
#define IDLE_TIMEOUT (5 * G_USEC_PER_SEC)

/* Without a descriptor for who connects it asks again after so long; in microseconds. */
#define ACCEPT_PAUSE (100 * 1000)

/* Commands that run or are kept. */
#define MAX_RECORDS (65536)

/* Connections that have not said hello; the oldest goes first. */
#define MAX_PENDING (8)

/* Progress is only the newest state of something: with so many bytes on their way, it is dropped. */
#define MAX_PROGRESS_BACKLOG (256 * 1024)

/* A service that does not read is not told more than this, in bytes: it is let go, and may ask again. */
#define MAX_BACKLOG (64 * 1024 * 1024)

struct _Supervisor
{
  MyrmexProcessHost    *host;
  MyrmexProcessSource   listener;
  MyrmexProcessSource   begin;      /* ready once, so that the host's thread begins to wait */
  MyrmexProcessTimer    idle_timer;
  MyrmexProcessTimer    accept_timer;
  MyrmexProcessChannel *service;    /* NULL: none is connected */
  GPtrArray            *pending;    /* MyrmexProcessChannel, owned */
  GHashTable           *records;    /* cookie to Record */
  int                   is_leaving; /* atomic */
  SupervisorIdleFunc    idle;
  gpointer              data;
};

typedef struct
{
  Supervisor      *supervisor;
  char            *cookie;
  MyrmexProcess   *process;     /* NULL: it is over */
  MyrmexFrameKind  kind;        /* of the ending */
  GVariant        *ending;      /* NULL: it is not */
  gboolean         is_claimed;  /* by the service that is connected */
  gboolean         is_settled;  /* nobody will ask what becomes of it */
  gboolean         is_stopped;
  gboolean         is_killed;
} Record;

static void
record_free (gpointer data)
{
  Record *record = data;

  g_clear_pointer (&record->process, myrmex_process_unref);
  g_clear_pointer (&record->ending, g_variant_unref);
  g_free (record->cookie);
  g_free (record);
}

static void
channel_destroy (gpointer channel)
{
  myrmex_process_channel_free (channel);
}

static void
drop_channel (Supervisor           *self,
              MyrmexProcessChannel *channel)
{
  myrmex_process_host_drop_source (self->host, &channel->source, channel_destroy);
}

static void
check_idle (Supervisor *self)
{
  /* What is forgotten mostly comes with the next start. */
  self->host->expects_more = self->service != NULL && g_hash_table_size (self->records) > 0;
  if (self->service == NULL && self->pending->len == 0 && g_hash_table_size (self->records) == 0)
    myrmex_process_timers_arm (&self->host->timers, &self->idle_timer, g_get_monotonic_time () + IDLE_TIMEOUT);
  else
    myrmex_process_timers_disarm (&self->host->timers, &self->idle_timer);
}

static void
accept_timer_cb (MyrmexProcessTimer *timer)
{
  Supervisor *self = (Supervisor *) (gpointer) ((char *) timer - G_STRUCT_OFFSET (Supervisor, accept_timer));

  myrmex_process_host_watch_source (self->host, &self->listener, EPOLLIN);
}

/* Who connects from here on is not answered by one that is about to go. */
static void
idle_timer_cb (MyrmexProcessTimer *timer)
{
  Supervisor *self = (Supervisor *) (gpointer) ((char *) timer - G_STRUCT_OFFSET (Supervisor, idle_timer));

  myrmex_process_timers_disarm (&self->host->timers, &self->accept_timer);
  myrmex_process_host_watch_source (self->host, &self->listener, 0);
  self->idle (self->data);
}

static void
tell (Supervisor      *self,
      MyrmexFrameKind  kind,
      GVariant        *body)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (body);

  if (self->service != NULL && self->service->n_out < MAX_BACKLOG)
    myrmex_process_channel_send (self->service, kind, body, -1);
  else if (self->service != NULL)
    shutdown (self->service->source.watch.fd, SHUT_RDWR);
}

/* How a command stands. */
static void
tell_record (Supervisor *self,
             Record     *record)
{
  if (record->ending != NULL)
    tell (self, record->kind, record->ending);
  else
    tell (self, MYRMEX_FRAME_STARTED,
          g_variant_new ("(si)", record->cookie, (gint32) myrmex_process_get_pid (record->process)));
}

static void
set_ending (Record          *record,
            MyrmexFrameKind  kind,
            GVariant        *ending)
{
  Supervisor *self = record->supervisor;

  record->kind = kind;
  record->ending = g_variant_ref_sink (ending);
  g_clear_pointer (&record->process, myrmex_process_unref);

  /* What ends since the supervisor is to leave was not meant to: whoever asks finds nobody. */
  if (g_atomic_int_get (&self->is_leaving))
    {
      if (!supervisor_has_commands (self))
        self->idle (self->data);
      return;
    }
  if (record->is_settled)
    g_hash_table_remove (self->records, record->cookie);
  else if (record->is_claimed)
    tell_record (self, record);
  check_idle (self);
}

static void
ended_cb (MyrmexProcess             *process,
          const MyrmexProcessResult *result,
          gpointer                   data)
{
  Record *record = data;

  set_ending (record, MYRMEX_FRAME_ENDED, myrmex_process_result_to_variant (result, record->cookie));
}

static void
progress_cb (MyrmexProcess *process,
             guint64        done,
             guint64        total,
             const char    *message,
             gpointer       data)
{
  Record *record = data;
  Supervisor *self = record->supervisor;

  if (record->is_claimed && self->service != NULL && self->service->n_out < MAX_PROGRESS_BACKLOG)
    tell (self, MYRMEX_FRAME_PROGRESS, g_variant_new ("(stts)", record->cookie, done, total, message));
}

static gboolean
is_cookie (const char *text)
{
  const gsize length = strlen (text);

  return length > 0 && length <= MYRMEX_PROCESS_COOKIE_BYTES &&
         strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static void
start (Supervisor        *self,
       Record            *record,
       MyrmexProcessSpec *spec,
       gboolean           lacks_input)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;

  spec->progress = spec->user_data != NULL ? progress_cb : NULL;
  spec->ended = ended_cb;
  spec->user_data = record;
  if (g_hash_table_size (self->records) > MAX_RECORDS)
    g_set_error_literal (&error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("The supervisor has too many commands"));
  else if (lacks_input)
    myrmex_process_explain (spec, NULL, EMFILE, &error);
  else
    record->process = myrmex_process_start (self->host, spec, &error);
  if (record->process != NULL)
    {
      /* Nobody waits for that: it goes with what is told next, mostly the end, and wakes nobody by itself. */
      if (self->service != NULL)
        myrmex_process_channel_put (self->service, MYRMEX_FRAME_STARTED,
                                    g_variant_new ("(si)", record->cookie,
                                                   (gint32) myrmex_process_get_pid (record->process)), -1);
      return;
    }
  /* It names the program, which may be anything. */
  message = g_utf8_make_valid (error->message, -1);
  set_ending (record, MYRMEX_FRAME_FAILED, g_variant_new ("(sis)", record->cookie, (gint32) error->code, message));
}

/* The service that is connected wants to know what becomes of it. */
static void
claim (Supervisor *self,
       Record     *record)
{
  record->is_claimed = TRUE;
  record->is_settled = FALSE;
  tell_record (self, record);
}

static gboolean
take_start (Supervisor        *self,
            const MyrmexFrame *frame)
{
  MyrmexProcessSpec spec;
  gboolean is_valid;
  Record *record;

  is_valid = myrmex_process_spec_from_variant (frame->body, &spec) && is_cookie (spec.cookie);
  record = is_valid ? g_hash_table_lookup (self->records, spec.cookie) : NULL;
  spec.stdin_fd = frame->fd;
  if (record != NULL)
    {
      claim (self, record);
    }
  else if (is_valid && !g_atomic_int_get (&self->is_leaving))
    {
      record = g_new0 (Record, 1);
      record->supervisor = self;
      record->cookie = g_strdup (spec.cookie);
      record->is_claimed = TRUE;
      g_hash_table_insert (self->records, record->cookie, record);
      start (self, record, &spec, frame->lacks_fd);
    }
  myrmex_process_spec_clear (&spec);
  return is_valid;
}

static void
take_ask (Supervisor *self,
          const char *cookie)
{
  Record *record = g_hash_table_lookup (self->records, cookie);

  if (record == NULL)
    {
      tell (self, MYRMEX_FRAME_UNKNOWN, g_variant_new_string (cookie));
      return;
    }
  claim (self, record);
}

static void
take_stop (Supervisor *self,
           const char *cookie,
           gboolean    kill)
{
  Record *record = g_hash_table_lookup (self->records, cookie);

  /* A service that asks again, since it does not know that the one before has, is no reason to hurry. */
  if (record == NULL || record->process == NULL || (kill ? record->is_killed : record->is_stopped))
    return;
  record->is_stopped = TRUE;
  record->is_killed |= kill;
  if (kill)
    myrmex_process_kill (record->process);
  else
    myrmex_process_stop (record->process);
}

static void
take_forget (Supervisor *self,
             GVariant   *cookies)
{
  GVariantIter iter;
  const char *cookie;

  g_variant_iter_init (&iter, cookies);
  while (g_variant_iter_next (&iter, "&s", &cookie))
    {
      Record *record = g_hash_table_lookup (self->records, cookie);

      if (record != NULL && record->ending != NULL)
        g_hash_table_remove (self->records, cookie);
    }
  check_idle (self);
}

static void
take_settle (Supervisor *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Record *record = value;

      if (record->is_claimed)
        continue;
      record->is_settled = TRUE;
      if (record->ending != NULL)
        g_hash_table_iter_remove (&iter);
      else
        myrmex_process_kill (record->process);
    }
  check_idle (self);
}

/* FALSE for what a service does not tell. */
static gboolean
take_frame (Supervisor        *self,
            const MyrmexFrame *frame)
{
  switch (frame->kind)
    {
    case MYRMEX_FRAME_START:
      return take_start (self, frame);
    case MYRMEX_FRAME_ASK:
      take_ask (self, g_variant_get_string (frame->body, NULL));
      return TRUE;
    case MYRMEX_FRAME_STOP:
    case MYRMEX_FRAME_KILL:
      take_stop (self, g_variant_get_string (frame->body, NULL), frame->kind == MYRMEX_FRAME_KILL);
      return TRUE;
    case MYRMEX_FRAME_FORGET:
      take_forget (self, frame->body);
      return TRUE;
    case MYRMEX_FRAME_SETTLE:
      take_settle (self);
      return TRUE;
    case MYRMEX_FRAME_HELLO:
    case MYRMEX_FRAME_TAKEN:
    case MYRMEX_FRAME_PROGRESS:
    case MYRMEX_FRAME_UNKNOWN:
    case MYRMEX_FRAME_STARTED:
    case MYRMEX_FRAME_FAILED:
    case MYRMEX_FRAME_ENDED:
    case MYRMEX_N_FRAMES:
    default:
      return FALSE;
    }
}

/* What the service before has sent and was not read yet is not done: this one would not know of it. */
static void
take_over (Supervisor           *self,
           MyrmexProcessChannel *channel)
{
  GHashTableIter iter;
  gpointer record;

  if (self->service != NULL)
    {
      tell (self, MYRMEX_FRAME_TAKEN, g_variant_new_boolean (TRUE));
      drop_channel (self, self->service);
    }
  g_ptr_array_remove (self->pending, channel);
  self->service = channel;
  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, NULL, &record))
    ((Record *) record)->is_claimed = FALSE;
  check_idle (self);
}

static void
lose (Supervisor           *self,
      MyrmexProcessChannel *channel)
{
  if (channel == self->service)
    self->service = NULL;
  else
    g_ptr_array_remove (self->pending, channel);
  drop_channel (self, channel);
  check_idle (self);
}

static void
ready_cb (MyrmexProcessSource *source,
          guint32              events)
{
  MyrmexProcessChannel *channel = (MyrmexProcessChannel *) source;
  Supervisor *self = source->data;
  gboolean is_sound = myrmex_process_channel_flush (channel) && myrmex_process_channel_read (channel);
  MyrmexFrame frame;

  while (is_sound && myrmex_process_channel_next (channel, &frame))
    {
      if (channel == self->service)
        is_sound = take_frame (self, &frame);
      else if ((is_sound = myrmex_process_hello_is_ours (&frame)))
        take_over (self, channel);
      myrmex_frame_clear (&frame);
    }
  if (!is_sound || channel->is_broken)
    lose (self, channel);
}

static void
listener_cb (MyrmexProcessSource *source,
             guint32              events)
{
  Supervisor *self = source->data;
  int fd = accept4 (source->watch.fd, NULL, NULL, SOCK_CLOEXEC);
  MyrmexProcessChannel *channel;

  if (fd < 0 && myrmex_proc_is_short_of_means (errno))
    {
      myrmex_process_host_watch_source (self->host, source, 0);
      myrmex_process_timers_arm (&self->host->timers, &self->accept_timer, g_get_monotonic_time () + ACCEPT_PAUSE);
    }
  channel = fd >= 0 ? myrmex_process_channel_new (fd) : NULL;
  if (channel == NULL)
    return;
  channel->source.data = self;
  if (!myrmex_process_channel_watch (channel, self->host, ready_cb))
    {
      myrmex_process_channel_free (channel);
      return;
    }
  g_ptr_array_add (self->pending, channel);
  myrmex_process_channel_send_hello (channel);
  if (self->pending->len > MAX_PENDING)
    lose (self, self->pending->pdata[0]);
  check_idle (self);
}

static void
begin_dropped_cb (gpointer source)
{
}

static void
begin_cb (MyrmexProcessSource *source,
          guint32              events)
{
  Supervisor *self = source->data;

  myrmex_process_host_drop_source (self->host, source, begin_dropped_cb);
  check_idle (self);
}

/* Takes @listener. */
Supervisor *
supervisor_new (int                  listener,
                gboolean             has_cgroup,
                SupervisorIdleFunc   idle,
                gpointer             data,
                GError             **error)
{
  Supervisor *self = g_new0 (Supervisor, 1);

  self->listener = (MyrmexProcessSource) { .watch.fd = listener, .ready = listener_cb, .data = self };
  self->idle_timer.fire = idle_timer_cb;
  self->accept_timer.fire = accept_timer_cb;
  self->pending = g_ptr_array_new_with_free_func (NULL);
  self->records = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, record_free);
  self->idle = idle;
  self->data = data;
  self->begin = (MyrmexProcessSource) { .watch.fd = eventfd (1, EFD_CLOEXEC), .ready = begin_cb, .data = self };
  self->host = myrmex_process_host_new (has_cgroup ? MYRMEX_PROCESS_HOST_OWNER | MYRMEX_PROCESS_HOST_CGROUPS
                                                   : MYRMEX_PROCESS_HOST_OWNER, error);
  if (self->host != NULL && myrmex_process_host_watch_source (self->host, &self->listener, EPOLLIN) &&
      myrmex_process_host_watch_source (self->host, &self->begin, EPOLLIN))
    return self;

  if (self->host != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("Commands can not be run: %s"), g_strerror (errno));
  supervisor_free (self);
  return NULL;
}

/* In any thread: all commands are asked to end, and nothing more is told of them. */
void
supervisor_leave (Supervisor *self)
{
  g_atomic_int_set (&self->is_leaving, TRUE);
  myrmex_process_host_stop_all (self->host);
}

/* In any thread. */
gboolean
supervisor_has_commands (Supervisor *self)
{
  gboolean has_commands;

  g_mutex_lock (&self->host->lock);
  has_commands = g_hash_table_size (self->host->live) > 0;
  g_mutex_unlock (&self->host->lock);
  return has_commands;
}

/* Not in the supervisor's thread: whatever is left is killed, and then the connection ends. */
void
supervisor_free (Supervisor *self)
{
  g_atomic_int_set (&self->is_leaving, TRUE);
  /* Until that returns, its thread still calls back. */
  if (self->host != NULL)
    myrmex_process_host_free (self->host);
  g_clear_pointer (&self->service, myrmex_process_channel_free);
  g_ptr_array_free (self->pending, TRUE);
  g_hash_table_unref (self->records);
  if (self->listener.watch.fd >= 0)
    close (self->listener.watch.fd);
  g_free (self);
}
