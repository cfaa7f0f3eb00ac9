/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-host-private.h"

#define MAX_EVENTS (64)

/* How often the owner looks for adopted processes that have died, while commands run, in microseconds. */
#define REAP_PAUSE (G_USEC_PER_SEC)

static void reap_timer_cb (MyrmexProcessTimer *timer);
static void bury          (MyrmexProcessHost  *self);

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
host_free (MyrmexProcessHost *self)
{
  bury (self);
  g_clear_pointer (&self->remote, myrmex_process_remote_free);
  myrmex_process_census_clear (self);
  myrmex_process_keep_spare (self, FALSE);
  g_hash_table_unref (self->live);
  g_ptr_array_unref (self->sweeps);
  g_array_unref (self->calls);
  g_ptr_array_unref (self->trees);
  g_hash_table_unref (self->members);
  myrmex_process_timers_clear (&self->timers);
  close_fd (&self->epoll_fd);
  close_fd (&self->wake_fd);
  close_fd (&self->null_fd);
  close_fd (&self->children_fd);
  g_clear_pointer (&self->cgroups, myrmex_process_cgroups_free);
  close_fd (&self->last_pid_fd);
  posix_spawnattr_destroy (&self->attributes);
  g_mutex_clear (&self->lock);
  g_free (self->cookie_prefix);
  g_free (self->buffer);
  g_free (self);
}

MyrmexProcessHost *
myrmex_process_host_ref (MyrmexProcessHost *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
myrmex_process_host_unref (MyrmexProcessHost *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    host_free (self);
}

void
myrmex_process_host_wake (MyrmexProcessHost *self)
{
  const guint64 one = 1;

  /* A counter that is full wakes as well. */
  while (write (self->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

/* Any thread. */
gboolean
myrmex_process_host_is_command (MyrmexProcessHost *self,
                                pid_t              pid)
{
  gboolean is_command;

  g_mutex_lock (&self->lock);
  is_command = g_hash_table_contains (self->live, GINT_TO_POINTER (pid));
  g_mutex_unlock (&self->lock);
  return is_command;
}

/* Passes a wish to the host's thread. Any thread. */
void
myrmex_process_host_request (MyrmexProcess *process,
                             gboolean       watch,
                             gboolean       stop,
                             gboolean       kill)
{
  MyrmexProcessHost *self = process->host;
  gboolean needs_wake = FALSE;

  g_mutex_lock (&self->lock);
  if (process->live)
    {
      process->want_watch |= watch;
      process->want_kill |= kill || (stop && process->want_stop);
      process->want_stop |= stop;
      if (!process->requested)
        {
          process->requested = TRUE;
          process->next_request = self->requests;
          self->requests = myrmex_process_ref (process);
        }
      needs_wake = !self->woken;
      self->woken = TRUE;
    }
  g_mutex_unlock (&self->lock);

  if (needs_wake)
    myrmex_process_host_wake (self);
}

/* Any thread. */
void
myrmex_process_host_call (MyrmexProcessHost     *self,
                          MyrmexProcessCallFunc  func,
                          gpointer               data)
{
  const MyrmexProcessCall call = { func, data };
  gboolean needs_wake;

  g_mutex_lock (&self->lock);
  g_array_append_val (self->calls, call);
  needs_wake = !self->woken;
  self->woken = TRUE;
  g_mutex_unlock (&self->lock);

  if (needs_wake)
    myrmex_process_host_wake (self);
}

/* The source belongs to the host's thread from here on, but for changes of its events. */
gboolean
myrmex_process_host_watch_source (MyrmexProcessHost   *self,
                                  MyrmexProcessSource *source,
                                  guint32              events)
{
  struct epoll_event event = { .events = events, .data.ptr = source };
  const int operation = source->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

  source->is_watched = TRUE;
  return epoll_ctl (self->epoll_fd, operation, source->watch.fd, &event) == 0;
}

/* In the host's thread: closes it, and frees it when no event of this turn can point there any more. */
void
myrmex_process_host_drop_source (MyrmexProcessHost   *self,
                                 MyrmexProcessSource *source,
                                 GDestroyNotify       destroy)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, source->watch.fd, NULL);
  close_fd (&source->watch.fd);
  source->destroy = destroy;
  source->next_dropped = self->dropped;
  self->dropped = source;
}

static void
take_event (MyrmexProcessWatch *watch,
            guint32             events)
{
  if (watch->process != NULL)
    myrmex_process_watch_event (watch, events);
  else if (watch->fd >= 0)
    ((MyrmexProcessSource *) watch)->ready ((MyrmexProcessSource *) watch, events);
}

static void
take_sweeps (MyrmexProcessHost *self)
{
  g_autoptr (GPtrArray) sweeps = NULL;

  g_mutex_lock (&self->lock);
  if (self->sweeps->len > 0)
    {
      sweeps = self->sweeps;
      self->sweeps = g_ptr_array_new ();
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; sweeps != NULL && i < sweeps->len; i++)
    {
      MyrmexProcessTree *tree = sweeps->pdata[i];

      g_ptr_array_add (self->trees, tree);
      myrmex_process_tree_kill (tree);
    }
}

static void
take_requests (MyrmexProcessHost *self)
{
  MyrmexProcess *requests;

  g_mutex_lock (&self->lock);
  requests = g_steal_pointer (&self->requests);
  self->woken = FALSE;
  g_mutex_unlock (&self->lock);

  while (requests != NULL)
    {
      g_autoptr (MyrmexProcess) process = requests;
      gboolean live;
      gboolean watch;
      gboolean stop;
      gboolean kill;

      requests = process->next_request;
      g_mutex_lock (&self->lock);
      process->next_request = NULL;
      process->requested = FALSE;
      live = process->live;
      watch = process->want_watch;
      stop = process->want_stop;
      kill = process->want_kill;
      process->want_watch = FALSE;
      g_mutex_unlock (&self->lock);

      if (live)
        myrmex_process_handle_request (process, watch, stop, kill);
    }
}

static void
take_calls (MyrmexProcessHost *self)
{
  g_autoptr (GArray) calls = NULL;

  g_mutex_lock (&self->lock);
  if (self->calls->len > 0)
    {
      calls = self->calls;
      self->calls = g_array_new (FALSE, FALSE, sizeof (MyrmexProcessCall));
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; calls != NULL && i < calls->len; i++)
    {
      const MyrmexProcessCall *call = &g_array_index (calls, MyrmexProcessCall, i);

      call->func (self, call->data);
    }
}

static void
start_reaping (MyrmexProcessHost *self)
{
  gboolean reaps;

  g_mutex_lock (&self->lock);
  reaps = self->reaps;
  g_mutex_unlock (&self->lock);
  if (reaps && !self->reap_timer.armed)
    myrmex_process_timers_arm (&self->timers, &self->reap_timer, g_get_monotonic_time () + REAP_PAUSE);
}

static void
close_all (MyrmexProcessHost *self)
{
  /* Closing alone does not take one out of the epoll: a forked copy of the application, or a child on its way to
   * exec, may hold the same descriptor a moment longer. */
  for (guint i = 0; i < self->n_closing; i++)
    {
      epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, self->closing[i], NULL);
      close (self->closing[i]);
    }
  self->n_closing = 0;
}

void
myrmex_process_host_close_later (MyrmexProcessHost *self,
                                 int                fd)
{
  if (self->n_closing == G_N_ELEMENTS (self->closing))
    close_all (self);
  self->closing[self->n_closing++] = fd;
}

static void
bury (MyrmexProcessHost *self)
{
  close_all (self);
  while (self->dead != NULL)
    {
      MyrmexProcess *process = self->dead;

      self->dead = g_steal_pointer (&process->next_dead);
      myrmex_process_unref (process);
    }
  while (self->dropped != NULL)
    {
      MyrmexProcessSource *source = self->dropped;

      self->dropped = source->next_dropped;
      source->destroy (source);
    }
}

static void
prepare (MyrmexProcessHost *self)
{
  gboolean more;

  g_mutex_lock (&self->lock);
  more = !self->quit && (g_hash_table_size (self->live) > 0 || self->expects_more);
  g_mutex_unlock (&self->lock);
  myrmex_process_keep_spare (self, more);
}

static int
next_timeout (MyrmexProcessHost *self)
{
  gint64 due;
  gint64 now;

  if (self->census.running || self->census.wanted)
    return 0;

  due = myrmex_process_timers_next (&self->timers);
  if (due == G_MAXINT64)
    return -1;
  now = g_get_monotonic_time ();
  return due <= now ? 0 : (int) MIN ((due - now + 999) / 1000, 60 * 1000);
}

/* An owner that goes ends what was adopted and is nobody's, too. */
static gboolean
end_orphans (MyrmexProcessHost *self)
{
  MyrmexProcessTree *tree;

  if ((self->flags & MYRMEX_PROCESS_HOST_OWNER) == 0 || !myrmex_process_host_has_orphans (self))
    return FALSE;

  tree = myrmex_process_tree_new (self, NULL);
  g_ptr_array_add (self->trees, tree);
  myrmex_process_tree_kill (tree);
  return TRUE;
}

static gboolean
is_done (MyrmexProcessHost *self)
{
  gboolean done;

  g_mutex_lock (&self->lock);
  done = self->quit && g_hash_table_size (self->live) == 0 && self->sweeps->len == 0 && self->trees->len == 0 &&
         self->calls->len == 0;
  g_mutex_unlock (&self->lock);
  return done && !end_orphans (self);
}

static gpointer
host_thread (gpointer data)
{
  MyrmexProcessHost *self = data;
  struct epoll_event events[MAX_EVENTS];
  gboolean orphaned;

  while (!is_done (self))
    {
      int n = epoll_wait (self->epoll_fd, events, MAX_EVENTS, next_timeout (self));
      gboolean woken = FALSE;

      for (int i = 0; i < n; i++)
        {
          if (events[i].data.ptr == NULL)
            woken = TRUE;
          else
            take_event (events[i].data.ptr, events[i].events);
        }

      if (woken)
        {
          guint64 count;

          while (read (self->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
            ;
          take_requests (self);
          take_sweeps (self);
          take_calls (self);
          start_reaping (self);
        }
      if (myrmex_process_timers_next (&self->timers) != G_MAXINT64)
        myrmex_process_timers_fire (&self->timers, g_get_monotonic_time ());
      myrmex_process_census_step (self);
      if (g_atomic_pointer_get (&self->remote) != NULL)
        myrmex_process_remote_flush (self->remote);
      bury (self);
      prepare (self);
    }

  take_requests (self);
  g_mutex_lock (&self->lock);
  orphaned = self->orphaned;
  g_mutex_unlock (&self->lock);
  if (self->remote != NULL)
    myrmex_process_remote_close (self->remote);
  if (orphaned)
    myrmex_process_host_unref (self);
  return NULL;
}

static void
reap_timer_cb (MyrmexProcessTimer *timer)
{
  MyrmexProcessHost *self =
    (MyrmexProcessHost *) (gpointer) ((char *) timer - G_STRUCT_OFFSET (MyrmexProcessHost, reap_timer));

  gboolean again;

  myrmex_process_host_take_orphans (self, NULL);
  g_mutex_lock (&self->lock);
  again = self->reaps = g_hash_table_size (self->live) > 0;
  g_mutex_unlock (&self->lock);
  if (again)
    myrmex_process_timers_arm (&self->timers, timer, g_get_monotonic_time () + REAP_PAUSE);
}

static gboolean
move_up (int *fd)
{
  int moved;

  if (*fd > MYRMEX_PROCESS_PROGRESS_FD || *fd < 0)
    return *fd >= 0;

  moved = fcntl (*fd, F_DUPFD_CLOEXEC, MYRMEX_PROCESS_PROGRESS_FD + 1);
  close_fd (fd);
  *fd = moved;
  return moved >= 0;
}

static gboolean
open_descriptors (MyrmexProcessHost *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (self->epoll_fd < 0 || self->wake_fd < 0 || !move_up (&self->null_fd))
    return FALSE;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->wake_fd, &event) < 0)
    return FALSE;

  if (self->flags & MYRMEX_PROCESS_HOST_OWNER)
    {
      char path[64];

      /* Orphans become children of the first thread. */
      g_snprintf (path, sizeof path, "/proc/self/task/%d/children", (int) self->own_pid);
      self->children_fd = open (path, O_RDONLY | O_CLOEXEC);
      if (self->children_fd < 0 || prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return FALSE;
    }

  if (self->flags & MYRMEX_PROCESS_HOST_CGROUPS)
    {
      self->cgroups = myrmex_process_cgroups_new ();
      if (self->cgroups == NULL)
        g_info ("commands get no control groups: %s", g_strerror (errno));
    }

  self->last_pid_fd = open ("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  return TRUE;
}

/* Makes a host with its thread. Fails with MYRMEX_ERROR_FAILED when descriptors or threads have run out. */
MyrmexProcessHost *
myrmex_process_host_new (MyrmexProcessHostFlags   flags,
                         GError                 **error)
{
  MyrmexProcessHost *self = g_new0 (MyrmexProcessHost, 1);
  g_autofree char *uuid = g_uuid_string_random ();
  g_autoptr (GError) inner = NULL;
  sigset_t all;
  sigset_t before;

  g_atomic_ref_count_init (&self->refs);
  self->flags = flags;
  self->no_pidfd = (flags & MYRMEX_PROCESS_HOST_NO_PIDFD) != 0;
  self->epoll_fd = self->wake_fd = self->null_fd = self->children_fd = self->last_pid_fd = -1;
  self->spare = MYRMEX_PROCESS_NO_PIPES;
  self->own_pid = getpid ();
  self->own_session = getsid (0);
  self->since = myrmex_proc_now ();
  self->leader_starts_since = G_MAXUINT64;
  self->cookie_prefix = g_strdup (uuid);
  self->reap_timer.fire = reap_timer_cb;
  self->live = g_hash_table_new (NULL, NULL);
  self->sweeps = g_ptr_array_new ();
  self->calls = g_array_new (FALSE, FALSE, sizeof (MyrmexProcessCall));
  self->trees = g_ptr_array_new ();
  self->members = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->buffer = g_malloc (MYRMEX_PROCESS_BUFFER_BYTES);
  g_mutex_init (&self->lock);
  myrmex_process_timers_init (&self->timers);
  myrmex_process_set_spawn_attributes (&self->attributes);
  if (flags & MYRMEX_PROCESS_HOST_OWNER)
    myrmex_process_raise_file_limit ();

  if (!open_descriptors (self))
    {
      int code = errno;

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("Commands can not be run: %s"), g_strerror (code));
      host_free (self);
      return NULL;
    }

  /* Signals are for the application's own threads. But that of a child that ends is sent to the thread that started
   * it; blocked here it would wake another thread, only to be ignored there. */
  sigfillset (&all);
  sigdelset (&all, SIGCHLD);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  self->thread = g_thread_try_new ("myrmex-process", host_thread, self, &inner);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (self->thread == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("Commands can not be run: %s"), inner->message);
      host_free (self);
      return NULL;
    }
  return self;
}

/* Under the lock. */
static void
request_all (MyrmexProcessHost *self,
             gboolean           kill)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MyrmexProcess *process = value;

      process->want_stop |= !kill;
      process->want_kill |= kill;
      if (process->requested)
        continue;
      process->requested = TRUE;
      process->next_request = self->requests;
      self->requests = myrmex_process_ref (process);
    }
}

/* As myrmex_process_stop() for all that runs. */
void
myrmex_process_host_stop_all (MyrmexProcessHost *self)
{
  g_mutex_lock (&self->lock);
  request_all (self, FALSE);
  g_mutex_unlock (&self->lock);
  myrmex_process_host_wake (self);
}

/* Kills whatever still runs, waits until all of it is gone and its ended callbacks have been called, and frees the
 * host. From the host's own thread, that is in a callback, it does not wait. */
void
myrmex_process_host_free (MyrmexProcessHost *self)
{
  GThread *thread = self->thread;
  const gboolean inside = g_thread_self () == thread;

  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  self->orphaned = inside;
  request_all (self, TRUE);
  g_mutex_unlock (&self->lock);
  myrmex_process_host_wake (self);

  if (inside)
    {
      g_thread_unref (thread);
      return;
    }
  g_thread_join (thread);
  myrmex_process_host_unref (self);
}

static void
sweep (MyrmexProcessHost      *self,
       const char             *cookie,
       gboolean                is_exact,
       MyrmexProcessSweptFunc  swept,
       gpointer                user_data)
{
  MyrmexProcessTree *tree = myrmex_process_tree_new (self, NULL);

  tree->cookie = g_strdup (cookie);
  tree->is_exact = is_exact;
  if (is_exact)
    tree->since = 0;
  tree->swept = swept;
  tree->user_data = user_data;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->sweeps, tree);
  g_mutex_unlock (&self->lock);
  myrmex_process_host_wake (self);
}

/* Ends whatever carries a cookie that begins so, and tells when there is nothing left of it. For the end of a run,
 * when its commands have all ended: it finds what no command could be told to have left. */
void
myrmex_process_host_sweep (MyrmexProcessHost      *self,
                           const char             *cookie_prefix,
                           MyrmexProcessSweptFunc  swept,
                           gpointer                user_data)
{
  sweep (self, cookie_prefix, FALSE, swept, user_data);
}

/* The same for one command, which another host had started, maybe before this one was made. */
void
myrmex_process_host_sweep_exactly (MyrmexProcessHost      *self,
                                   const char             *cookie,
                                   MyrmexProcessSweptFunc  swept,
                                   gpointer                user_data)
{
  sweep (self, cookie, TRUE, swept, user_data);
}
