/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <signal.h>

#include "process/myrmex-process-host-private.h"

/* Between looks at what is still there, in microseconds. */
#define MIN_PAUSE (2 * 1000)
#define MAX_PAUSE (100 * 1000)

/* So many looks that find nothing make up for a proof. */
#define UNPROVEN_LOOKS (3)

/* Something that forks faster than it can be frozen is killed as it is after so many looks. */
#define MAX_FREEZES (16)

static void
timer_cb (MyrmexProcessTimer *timer)
{
  myrmex_process_tree_look ((MyrmexProcessTree *) (gpointer)
                              ((char *) timer - G_STRUCT_OFFSET (MyrmexProcessTree, timer)));
}

/* A tree of a process belongs to the host's thread from the start; a sweep is handed to it. */
MyrmexProcessTree *
myrmex_process_tree_new (MyrmexProcessHost *host,
                         MyrmexProcess     *process)
{
  MyrmexProcessTree *self = g_new0 (MyrmexProcessTree, 1);

  self->host = host;
  self->process = process;
  self->since = process != NULL ? process->since : host->since;
  self->timer.fire = timer_cb;
  self->pause = MIN_PAUSE;
  if (process != NULL)
    g_ptr_array_add (host->trees, self);
  return self;
}

static gboolean
is_member_of (gpointer key,
              gpointer value,
              gpointer tree)
{
  return ((MyrmexProcessMember *) value)->tree == tree;
}

void
myrmex_process_tree_free (MyrmexProcessTree *self)
{
  MyrmexProcessHost *host = self->host;

  g_hash_table_foreach_remove (host->members, is_member_of, self);
  myrmex_process_timers_disarm (&host->timers, &self->timer);
  g_ptr_array_remove_fast (host->trees, self);
  g_free (self->cookie);
  g_free (self);
}

static gboolean
has_exited (MyrmexProcessTree *self)
{
  return self->process == NULL || self->process->exited;
}

/* Wants a look that begins after now. */
void
myrmex_process_tree_look (MyrmexProcessTree *self)
{
  myrmex_process_timers_disarm (&self->host->timers, &self->timer);
  self->wants_census = TRUE;
  self->host->census.wanted = TRUE;
}

static void
look_later (MyrmexProcessTree *self,
            gint64             due)
{
  if (!self->wants_census)
    myrmex_process_timers_arm (&self->host->timers, &self->timer, due);
}

/* The group's number is the command's own: it can not be another's while its zombie is kept. */
static void
signal_group (MyrmexProcessTree *self,
              int                number)
{
  if (self->process != NULL && !self->process->reaped)
    kill (-self->process->pid, number);
}

/* All that is in there, also what is being forked just now, and what is another user's. */
static void
kill_cgroup (MyrmexProcessTree *self)
{
  if (self->process != NULL && self->process->cgroup != NULL)
    myrmex_process_cgroup_kill (self->process->cgroup);
}

/* Returns whether it was sent, or there is no way to. */
static gboolean
signal_member (MyrmexProcessTree   *self,
               MyrmexProcessMember *member,
               int                  number)
{
  const gboolean use_pidfd = !g_atomic_int_get (&self->host->no_pidfd);
  const int code = myrmex_proc_signal (&member->stat, number, use_pidfd);

  if (code == EPERM && !member->denied)
    {
      member->denied = TRUE;
      self->denied++;
      self->alive--;
    }
  return code == 0 || code == EPERM || code == ESRCH || code == ENOENT;
}

static void
enter (MyrmexProcessTree      *self,
       MyrmexProcessTreePhase  phase)
{
  self->phase = phase;
  self->counted = FALSE;
  self->pause = MIN_PAUSE;
  self->empties = 0;

  if (phase == TREE_FREEZE)
    signal_group (self, SIGSTOP);
  if (phase == TREE_KILL)
    {
      signal_group (self, SIGKILL);
      kill_cgroup (self);
      if (self->process != NULL)
        self->process->result.killed = TRUE;
    }
  myrmex_process_tree_look (self);
}

/* SIGTERM to all that is there, and SIGKILL when the grace is over. */
void
myrmex_process_tree_stop (MyrmexProcessTree *self)
{
  const double grace = CLAMP (self->process->grace, 0, G_MAXINT32);

  if (self->deadline != 0)
    return;
  self->deadline = g_get_monotonic_time () + (gint64) (grace * G_USEC_PER_SEC);
  enter (self, TREE_COLLECT);
}

/* The command has exited: what it left gets its SIGTERM as it is found. */
void
myrmex_process_tree_end_strays (MyrmexProcessTree *self)
{
  const double grace = CLAMP (self->process->grace, 0, G_MAXINT32);

  self->deadline = g_get_monotonic_time () + (gint64) (grace * G_USEC_PER_SEC);
  enter (self, TREE_GRACE);
}

void
myrmex_process_tree_kill (MyrmexProcessTree *self)
{
  self->deadline = g_get_monotonic_time ();
  if (self->phase < TREE_FREEZE)
    enter (self, TREE_FREEZE);
}

static void
terminate_member (MyrmexProcessTree   *self,
                  MyrmexProcessMember *member)
{
  if (member->termed)
    return;
  member->termed = signal_member (self, member, SIGTERM) && signal_member (self, member, SIGCONT);
}

static MyrmexProcessMember *
add_member (MyrmexProcessTree    *self,
            const MyrmexProcStat *stat)
{
  GHashTable *members = self->host->members;
  MyrmexProcessMember *member = g_hash_table_lookup (members, GINT_TO_POINTER (stat->pid));

  if (member == NULL || member->stat.started != stat->started)
    {
      member = g_new0 (MyrmexProcessMember, 1);
      g_hash_table_insert (members, GINT_TO_POINTER (stat->pid), member);
      self->found++;
    }
  member->stat = *stat;
  member->tree = self;
  return member;
}

/* The census found a process that belongs here: do at once what the phase asks for, before it can fork away. */
void
myrmex_process_tree_take (MyrmexProcessTree    *self,
                          const MyrmexProcStat *stat)
{
  MyrmexProcessMember *member;

  if (stat->gone)
    return;

  member = add_member (self, stat);
  if (member->census == self->host->census.serial)
    return;
  member->census = self->host->census.serial;
  if (member->denied)
    {
      self->denied++;
      return;
    }

  self->alive++;
  if (has_exited (self) && !member->stray)
    {
      member->stray = TRUE;
      self->strays++;
    }

  switch (self->phase)
    {
    case TREE_COLLECT:
      break;
    case TREE_GRACE:
      if (has_exited (self))
        terminate_member (self, member);
      break;
    case TREE_FREEZE:
      signal_member (self, member, SIGSTOP);
      self->unfrozen += !member->denied && !myrmex_proc_is_stopped (stat->pid);
      break;
    case TREE_KILL:
      signal_member (self, member, SIGKILL);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
terminate_all (MyrmexProcessTree *self)
{
  GHashTableIter iter;
  gpointer value;

  signal_group (self, SIGTERM);
  signal_group (self, SIGCONT);

  g_hash_table_iter_init (&iter, self->host->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      MyrmexProcessMember *member = value;

      if (member->tree != self)
        continue;
      if (self->process->reaped || member->stat.group != self->process->pid)
        terminate_member (self, member);
      else
        member->termed = TRUE;
    }
}

/* Nothing of it was found. */
static void
settle (MyrmexProcessTree *self)
{
  MyrmexProcessSweptFunc swept = self->swept;
  MyrmexProcessHost *host = self->host;
  gpointer user_data = self->user_data;
  guint killed = self->strays;

  if (self->process != NULL)
    {
      /* Somebody holds its pipes, though: who has hidden that well is known by them. If it is nobody that the
       * command could have started, it was handed a descriptor, and the pipes are closed on it. */
      if (!myrmex_process_drain (self->process) && !self->by_pipes)
        {
          self->by_pipes = TRUE;
          myrmex_process_tree_look (self);
          return;
        }
      myrmex_process_finish (self->process);
      return;
    }

  myrmex_process_tree_free (self);
  if (swept != NULL)
    swept (host, killed, user_data);
}

static gboolean
has_cgroup_members (MyrmexProcessTree *self)
{
  return self->process != NULL && self->process->cgroup != NULL &&
         myrmex_process_cgroup_has_processes (self->process->cgroup);
}

/* One look is mostly a proof; else several have to do. One that failed is none at all, but what was found is. */
static gboolean
is_empty (MyrmexProcessTree *self)
{
  if (!self->settled || self->alive > 0 || self->host->census.failed || has_cgroup_members (self))
    {
      self->empties = 0;
      return FALSE;
    }
  self->empties++;
  return self->host->census.proven || self->empties >= UNPROVEN_LOOKS;
}

static void
pause_until (MyrmexProcessTree *self,
             gint64             limit)
{
  look_later (self, MIN (limit, g_get_monotonic_time () + self->pause));
  self->pause = MIN (2 * self->pause, MAX_PAUSE);
}

/* Whether nothing of it does anything any more, which a look has told that began after it was all told to stop. */
static gboolean
is_frozen (MyrmexProcessTree *self)
{
  return self->found == 0 && self->unfrozen == 0 &&
         (has_exited (self) || myrmex_proc_is_stopped (self->process->pid));
}

/* A look at all processes is over. May free the tree. */
void
myrmex_process_tree_counted (MyrmexProcessTree *self)
{
  if (is_empty (self))
    {
      settle (self);
      return;
    }

  switch (self->phase)
    {
    case TREE_COLLECT:
      terminate_all (self);
      self->phase = TREE_GRACE;
      if (has_exited (self))
        pause_until (self, self->deadline);
      else
        look_later (self, self->deadline);
      break;

    case TREE_GRACE:
      if (g_get_monotonic_time () >= self->deadline)
        enter (self, TREE_FREEZE);
      else if (has_exited (self))
        pause_until (self, self->deadline);
      else
        look_later (self, self->deadline);
      break;

    case TREE_FREEZE:
      self->freezes++;
      if (is_frozen (self) || self->freezes >= MAX_FREEZES)
        enter (self, TREE_KILL);
      else
        myrmex_process_tree_look (self);
      break;

    case TREE_KILL:
      if (self->empties > 0)
        {
          myrmex_process_tree_look (self);
          break;
        }
      signal_group (self, SIGKILL);
      kill_cgroup (self);
      pause_until (self, G_MAXINT64);
      break;

    default:
      g_assert_not_reached ();
    }
}
