/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "process/myrmex-process-host-private.h"

/* Without a pidfd, a process is asked after so often, in microseconds: less often the longer it runs. */
#define MIN_POLL_PAUSE (500)
#define MAX_POLL_PAUSE (20 * 1000)

/* So many commands may hold their pipes' other ends here, at three descriptors each. */
#define MAX_HOLDERS (32)

/* A pipe that is not at its end when the command has exited is mostly held by another child of this process on its
 * way to exec. That is over within so many microseconds; what holds a pipe longer is looked for. */
#define LINGER_PAUSE (1000)

/* How a status is asked for without ever waiting for it. */
typedef enum
{
  STATUS_NOT_YET,
  STATUS_KNOWN,
  STATUS_LOST,
} Status;

static void poll_timer_cb (MyrmexProcessTimer *timer);

MyrmexProcess *
myrmex_process_new (MyrmexProcessHost       *host,
                    const MyrmexProcessSpec *spec)
{
  MyrmexProcess *self = g_new0 (MyrmexProcess, 1);

  g_atomic_ref_count_init (&self->refs);
  self->host = myrmex_process_host_ref (host);
  self->cookie = spec->cookie != NULL
                   ? g_strdup (spec->cookie)
                   : g_strdup_printf ("%s.%u", host->cookie_prefix,
                                      g_atomic_int_add (&host->cookie_serial, 1));
  for (guint i = 0; i < N_WATCHES; i++)
    self->watches[i] = (MyrmexProcessWatch) { .process = self, .kind = i, .fd = -1 };
  for (guint i = 0; i < N_STREAMS; i++)
    self->held[i] = -1;

  self->keep_output = spec->keep_output;
  self->stop_over_limit = spec->stop_over_limit;
  self->grace = spec->grace;
  self->ended = spec->ended;
  self->started = spec->started;
  self->progress = spec->progress;
  self->output_func = spec->output;
  self->user_data = spec->user_data;

  self->poll_timer.fire = poll_timer_cb;
  self->poll_pause = MIN_POLL_PAUSE;
  self->output.log_path = g_strdup (spec->log_path);
  self->output.log_fd = -1;
  self->output.log_limit = spec->log_limit > 0 ? spec->log_limit : MYRMEX_MAX_LOG_BYTES;
  self->output.value_limit = spec->value_limit > 0 ? spec->value_limit : MYRMEX_MAX_VALUE_BYTES;
  self->result.end = MYRMEX_PROCESS_LOST;
  self->result.code = -1;
  return self;
}

MyrmexProcess *
myrmex_process_ref (MyrmexProcess *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
myrmex_process_unref (MyrmexProcess *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  for (guint i = 0; i < N_WATCHES; i++)
    if (self->watches[i].fd >= 0)
      close (self->watches[i].fd);
  myrmex_process_let_go (self);
  if (self->cgroup != NULL)
    myrmex_process_cgroups_give_back (self->host->cgroups, self->cgroup);
  myrmex_process_clear_output (self);
  g_clear_error (&self->failure);
  g_free (self->cookie);
  myrmex_process_host_unref (self->host);
  g_free (self);
}

/* The number that the command had; it may be another's once the command has ended. 0 until a supervisor has told. */
pid_t
myrmex_process_get_pid (MyrmexProcess *self)
{
  return g_atomic_int_get (&self->pid);
}

static gboolean
add_watches (MyrmexProcess *self)
{
  for (guint i = 0; i < N_WATCHES; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &self->watches[i] };

      /* What ends the process comes last: from there on it belongs to the host's thread. */
      if (self->watches[i].fd >= 0 &&
          epoll_ctl (self->host->epoll_fd, EPOLL_CTL_ADD, self->watches[i].fd, &event) < 0)
        return FALSE;
    }
  return TRUE;
}

static void
open_pidfd (MyrmexProcess *self)
{
  MyrmexProcessHost *host = self->host;

  if (g_atomic_int_get (&host->no_pidfd))
    return;
  self->watches[WATCH_EXIT].fd = (int) syscall (SYS_pidfd_open, self->pid, 0);
  if (self->watches[WATCH_EXIT].fd < 0 && errno == ENOSYS)
    g_atomic_int_set (&host->no_pidfd, TRUE);
}

/* Starts a command.
 *
 * The child is spawned in the calling thread, so that several threads start commands side by side, and is then
 * watched by the host's. Fails with MYRMEX_ERROR_SPAWN_FAILED, MYRMEX_ERROR_LIMIT or
 * MYRMEX_ERROR_INVALID_ARGUMENT, and then calls nothing back.
 *
 * Where a supervisor has the commands, it is only asked here; what it could not start ends as
 * MYRMEX_PROCESS_FAILED. */
MyrmexProcess *
myrmex_process_start (MyrmexProcessHost        *host,
                      const MyrmexProcessSpec  *spec,
                      GError                  **error)
{
  g_autoptr (MyrmexProcess) self = myrmex_process_new (host, spec);
  gboolean in_leader = FALSE;
  gboolean reaps = FALSE;
  gboolean few = FALSE;
  gboolean spawned;
  gboolean watched;
  gboolean quit;

  if (host->remote != NULL)
    return myrmex_process_remote_start (host->remote, g_steal_pointer (&self), spec, error);
  if (host->flags & MYRMEX_PROCESS_HOST_OWNER)
    in_leader = gettid () == host->own_pid;
  g_mutex_lock (&host->lock);
  if (in_leader)
    host->leader_starts_since = myrmex_proc_now ();
  quit = host->quit;
  g_mutex_unlock (&host->lock);

  if (quit)
    g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                         _("No command can be started any more: its runner is going away"));
  spawned = !quit && myrmex_process_spawn (self, spec, error);
  if (spawned)
    open_pidfd (self);

  g_mutex_lock (&host->lock);
  if (in_leader)
    host->leader_starts_since = G_MAXUINT64;
  if (spawned)
    {
      self->live = TRUE;
      g_hash_table_insert (host->live, GINT_TO_POINTER (self->pid), myrmex_process_ref (self));
      few = g_hash_table_size (host->live) <= MAX_HOLDERS;
      reaps = (host->flags & MYRMEX_PROCESS_HOST_OWNER) && !host->reaps;
      host->reaps |= reaps;
    }
  g_mutex_unlock (&host->lock);
  if (!spawned)
    return NULL;

  if (!few || self->watches[WATCH_EXIT].fd < 0)
    myrmex_process_let_go (self);
  watched = self->watches[WATCH_EXIT].fd >= 0;
  watched &= add_watches (self);
  if (!watched)
    myrmex_process_host_request (self, TRUE, FALSE, FALSE);
  if (reaps)
    myrmex_process_host_wake (host);
  return g_steal_pointer (&self);
}

/* Ends the command and all its descendants: SIGTERM and SIGCONT now, SIGKILL after the spec's grace to what is
 * left by then. The second call, and each after it, does as myrmex_process_kill(). Harmless when it has ended. */
void
myrmex_process_stop (MyrmexProcess *self)
{
  if (self->host->remote != NULL)
    myrmex_process_remote_stop (self->host->remote, self, FALSE);
  else
    myrmex_process_host_request (self, FALSE, TRUE, FALSE);
}

/* Ends the command and all its descendants at once. Harmless when it has ended. */
void
myrmex_process_kill (MyrmexProcess *self)
{
  if (self->host->remote != NULL)
    myrmex_process_remote_stop (self->host->remote, self, TRUE);
  else
    myrmex_process_host_request (self, FALSE, FALSE, TRUE);
}

/* From here on: the host's thread. */

static Status
ask_status (MyrmexProcess *self,
            int            options)
{
  const int fd = self->watches[WATCH_EXIT].fd;
  struct rusage usage = { 0 };
  siginfo_t info = { 0 };
  long result;

  do
    result = syscall (SYS_waitid, fd >= 0 ? P_PIDFD : P_PID, fd >= 0 ? fd : self->pid, &info,
                      WEXITED | WNOHANG | options, &usage);
  while (result < 0 && errno == EINTR);

  if (result < 0)
    return STATUS_LOST;
  if (info.si_pid == 0)
    return STATUS_NOT_YET;

  self->result.end = info.si_code == CLD_EXITED ? MYRMEX_PROCESS_EXITED : MYRMEX_PROCESS_SIGNALED;
  self->result.code = info.si_status;
  self->result.user_time = usage.ru_utime.tv_sec * G_USEC_PER_SEC + usage.ru_utime.tv_usec;
  self->result.system_time = usage.ru_stime.tv_sec * G_USEC_PER_SEC + usage.ru_stime.tv_usec;
  self->result.max_rss = (guint64) usage.ru_maxrss * 1024;
  return STATUS_KNOWN;
}

static void
reap (MyrmexProcess *self)
{
  if (!self->reaped)
    ask_status (self, 0);
  self->reaped = TRUE;
}

static void
poll_later (MyrmexProcess *self,
            gint64         pause)
{
  myrmex_process_timers_arm (&self->host->timers, &self->poll_timer, g_get_monotonic_time () + pause);
}

/* The command has exited, and maybe something of it is left. */
static void
end_strays (MyrmexProcess *self)
{
  self->tree = myrmex_process_tree_new (self->host, self);
  myrmex_process_tree_end_strays (self->tree);
}

/* The command has exited and its pipes have come to their end. Nearly always nothing of it is left, and there are
 * cheap ways to tell. */
static void
conclude (MyrmexProcess *self)
{
  reap (self);
  if (kill (-self->pid, 0) < 0 && errno == ESRCH && !myrmex_process_left_something (self))
    myrmex_process_finish (self);
  else
    end_strays (self);
}

static void
take_exit (MyrmexProcess *self)
{
  const gboolean polled = self->watches[WATCH_EXIT].fd < 0;
  gboolean clean;
  Status status;

  if (polled && ask_status (self, WNOWAIT) == STATUS_NOT_YET)
    {
      /* The streams too, since it may have been epoll that had no room. */
      myrmex_process_drain (self);
      poll_later (self, self->poll_pause);
      self->poll_pause = MIN (self->poll_pause * 5 / 4, MAX_POLL_PAUSE);
      return;
    }

  /* While something may be left, the status is only looked at: the zombie keeps the number of the command's group
   * and session from being given to others. */
  myrmex_process_let_go (self);
  clean = myrmex_process_drain (self) && self->tree == NULL;
  status = ask_status (self, clean ? 0 : WNOWAIT);
  myrmex_process_close_watch (self, WATCH_EXIT);
  if (status == STATUS_NOT_YET)
    {
      poll_later (self, self->poll_pause);
      return;
    }

  self->exited = TRUE;
  self->reaped = clean || status == STATUS_LOST;
  self->result.ended = g_get_monotonic_time ();

  if (self->tree != NULL)
    myrmex_process_tree_look (self->tree);
  else if (clean)
    conclude (self);
  else
    poll_later (self, LINGER_PAUSE);
}

static void
poll_timer_cb (MyrmexProcessTimer *timer)
{
  MyrmexProcess *self = (MyrmexProcess *) (gpointer) ((char *) timer - G_STRUCT_OFFSET (MyrmexProcess, poll_timer));

  if (!self->exited)
    take_exit (self);
  else if (self->tree == NULL && myrmex_process_drain (self))
    conclude (self);
  else if (self->tree == NULL)
    end_strays (self);
}

static gboolean
has_streams (MyrmexProcess *self)
{
  for (guint kind = 0; kind < N_STREAMS; kind++)
    if (self->watches[kind].fd >= 0)
      return TRUE;
  return FALSE;
}

void
myrmex_process_watch_event (MyrmexProcessWatch *watch,
                            guint32             events)
{
  MyrmexProcess *self = watch->process;

  /* Closed by an earlier event of the same turn. */
  if (watch->fd < 0)
    return;

  if (watch->kind == WATCH_EXIT)
    {
      take_exit (self);
      return;
    }

  if (events & EPOLLIN)
    myrmex_process_read_stream (self, watch->kind);
  else
    myrmex_process_close_watch (self, watch->kind);

  if (watch->fd >= 0 || has_streams (self))
    return;

  /* The last stream is at its end. */
  if (self->tree != NULL && self->exited)
    myrmex_process_tree_look (self->tree);
  else if (self->tree == NULL && self->exited)
    conclude (self);
  else if (!self->exited && self->watches[WATCH_EXIT].fd < 0)
    {
      /* Likely the exit, which there is no pidfd to tell of. */
      self->poll_pause = MIN_POLL_PAUSE;
      poll_later (self, 0);
    }
}

void
myrmex_process_handle_request (MyrmexProcess *self,
                               gboolean       watch,
                               gboolean       stop,
                               gboolean       kill_now)
{
  if (watch)
    {
      /* A pidfd that epoll did not take is of no use. */
      myrmex_process_close_watch (self, WATCH_EXIT);
      myrmex_process_let_go (self);
      poll_later (self, 0);
    }

  if (!stop && !kill_now)
    return;

  if (!self->exited)
    self->result.stopped = TRUE;
  if (self->tree == NULL)
    self->tree = myrmex_process_tree_new (self->host, self);
  if (kill_now)
    myrmex_process_tree_kill (self->tree);
  else
    myrmex_process_tree_stop (self->tree);
}

/* Nothing of it is left. */
void
myrmex_process_finish (MyrmexProcess *self)
{
  MyrmexProcessHost *host = self->host;
  MyrmexProcessCgroup *cgroup;

  myrmex_process_timers_disarm (&host->timers, &self->poll_timer);
  if (self->tree != NULL)
    {
      self->result.strays = self->tree->strays;
      self->result.strays_left = self->tree->denied;
      g_clear_pointer (&self->tree, myrmex_process_tree_free);
    }
  reap (self);
  myrmex_process_finish_output (self);

  g_mutex_lock (&host->lock);
  self->live = FALSE;
  g_hash_table_steal (host->live, GINT_TO_POINTER (self->pid));
  cgroup = g_steal_pointer (&self->cgroup);
  g_mutex_unlock (&host->lock);
  if (cgroup != NULL)
    myrmex_process_cgroups_give_back (host->cgroups, cgroup);

  if (self->ended != NULL)
    self->ended (self, &self->result, self->user_data);

  /* Events of this turn may still point here. */
  self->next_dead = host->dead;
  host->dead = self;
}
