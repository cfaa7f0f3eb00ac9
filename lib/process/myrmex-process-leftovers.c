/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/myrmex-process-host-private.h"

/* Cheap answers to whether a command that has exited, whose pipes are at their end and whose group is empty, has
 * left something all the same.
 *
 * An owner is a subreaper: whoever loses its parent becomes its child, in the list of its first thread. That is
 * mostly empty, for the price of one system call.
 *
 * Others ask which pid was given last: what the command has started has a pid after its own, and between those two
 * there are mostly few. Where there are many, a census is the cheaper way. */

#define ENVIRONMENT_BYTES (256 * 1024)

/* So many pids can be asked after in the time of one census of a small machine. */
#define MAX_PIDS (1024)

/* Who an orphan may belong to. */
typedef struct
{
  MyrmexProcess *owner;     /* by its groups, session or cookie, or as the only one it can be of; NULL: not known */
  gboolean       running;   /* a command that it may be of has not exited */
  gboolean       marked;    /* it has a cookie, of nobody that lives */
  guint          n_possible;
} Origin;

static char *
read_children (MyrmexProcessHost *host)
{
  gsize size = 4096;
  g_autofree char *text = NULL;
  char first[64];
  ssize_t few = pread (host->children_fd, first, sizeof first - 1, 0);

  /* Mostly there is nobody. */
  if (few >= 0 && (gsize) few < sizeof first - 1)
    return few > 0 ? g_strndup (first, (gsize) few) : NULL;
  text = g_malloc (size);
  for (;;)
    {
      gsize length = 0;
      ssize_t n;

      while ((n = pread (host->children_fd, text + length, size - 1 - length, (off_t) length)) > 0)
        length += (gsize) n;
      if (length < size - 1)
        {
          text[length] = '\0';
          return length > 0 ? g_steal_pointer (&text) : NULL;
        }
      size *= 2;
      text = g_realloc (text, size);
    }
}

/* Whether the child can be judged: not a command, not one that is just being started, not one that the application
 * started by itself. Dead ones are waited for. */
static gboolean
is_orphan (MyrmexProcessHost *host,
           pid_t              pid,
           MyrmexProcStat    *stat,
           gboolean          *unsure)
{
  guint64 starts_since;
  gboolean is_command;

  g_mutex_lock (&host->lock);
  is_command = g_hash_table_contains (host->live, GINT_TO_POINTER (pid));
  starts_since = host->leader_starts_since;
  g_mutex_unlock (&host->lock);

  if (is_command)
    return FALSE;
  if (!myrmex_proc_read_stat (pid, stat))
    {
      *unsure |= myrmex_proc_is_short_of_means (errno);
      return FALSE;
    }
  if (stat->started >= starts_since)
    {
      *unsure = TRUE;
      return FALSE;
    }
  if (stat->parent != host->own_pid || stat->session == host->own_session)
    return FALSE;

  if (stat->gone)
    {
      siginfo_t info;

      waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG);
      return FALSE;
    }
  return TRUE;
}

static Origin
find_origin (MyrmexProcessHost    *host,
             const MyrmexProcStat *stat)
{
  g_autofree char *buffer = g_malloc (ENVIRONMENT_BYTES);
  const char *cookies = myrmex_proc_read_cookie (stat, buffer, ENVIRONMENT_BYTES);
  const guint cgroup = host->cgroups != NULL ? myrmex_process_cgroups_find (host->cgroups, stat->pid) : 0;
  MyrmexProcess *possible = NULL;
  Origin origin = { 0 };
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&host->lock);
  g_hash_table_iter_init (&iter, host->live);
  while (origin.owner == NULL && g_hash_table_iter_next (&iter, NULL, &value))
    {
      MyrmexProcess *process = value;

      if (process->since > stat->started)
        continue;
      if ((process->cgroup != NULL && myrmex_process_cgroup_get_number (process->cgroup) == cgroup) ||
          stat->session == process->pid || stat->group == process->pid ||
          (cookies != NULL && myrmex_process_cookie_matches (cookies, process->cookie, FALSE)))
        origin.owner = process;
      origin.running |= !process->exited;
      origin.n_possible++;
      possible = process;
    }
  g_mutex_unlock (&host->lock);

  origin.marked = cookies != NULL && origin.owner == NULL;
  if (origin.owner == NULL && origin.n_possible == 1)
    origin.owner = possible;
  return origin;
}

/* What may be of another command that still runs is left to that one. */
static gboolean
left_orphans (MyrmexProcess *self)
{
  g_autofree char *children = read_children (self->host);
  gboolean found = FALSE;

  for (char *p = children; p != NULL && g_ascii_isdigit (*p) && !found;)
    {
      MyrmexProcStat stat;

      if (is_orphan (self->host, (pid_t) strtol (p, &p, 10), &stat, &found))
        {
          Origin origin = find_origin (self->host, &stat);

          found = origin.owner == self || (origin.owner == NULL && !origin.running);
        }
      p += strspn (p, " ");
    }
  return found;
}

/* What a pid after the command's own stands for. What can not be looked at is taken for ours: a census will tell. */
typedef enum
{
  SUCCESSOR_OTHER,
  SUCCESSOR_OURS,
  SUCCESSOR_GONE,
} Successor;

static Successor
look_at_successor (MyrmexProcess *self,
                   pid_t          pid)
{
  g_autofree char *buffer = NULL;
  MyrmexProcStat stat;
  const char *cookies;

  if (myrmex_process_host_is_command (self->host, pid))
    return SUCCESSOR_OTHER;
  if (kill (pid, 0) < 0 && errno == ESRCH)
    return SUCCESSOR_GONE;
  if (!myrmex_proc_read_stat (pid, &stat))
    return myrmex_proc_is_short_of_means (errno) ? SUCCESSOR_OURS : SUCCESSOR_GONE;
  if (stat.gone)
    return SUCCESSOR_GONE;
  if (stat.started < self->since || stat.session == self->host->own_session)
    return SUCCESSOR_OTHER;
  if (stat.session == self->pid)
    return SUCCESSOR_OURS;

  buffer = g_malloc (ENVIRONMENT_BYTES);
  errno = 0;
  cookies = myrmex_proc_read_cookie (&stat, buffer, ENVIRONMENT_BYTES);
  if (cookies == NULL)
    return myrmex_proc_is_short_of_means (errno) ? SUCCESSOR_OURS : SUCCESSOR_OTHER;
  return myrmex_process_cookie_matches (cookies, self->cookie, FALSE) ? SUCCESSOR_OURS : SUCCESSOR_OTHER;
}

static gboolean
left_successors (MyrmexProcess *self)
{
  const pid_t most = self->pid + MAX_PIDS;
  pid_t cursor = self->pid;
  gboolean any_gone = TRUE;

  /* What is gone may have been of the command, and have forked since the last pid was read. */
  while (any_gone)
    {
      const pid_t last = myrmex_proc_read_last (self->host->last_pid_fd);

      if (last < 0 || last == cursor)
        return FALSE;
      if (last < cursor || last > most)
        return TRUE;

      any_gone = FALSE;
      while (cursor < last)
        {
          const Successor successor = look_at_successor (self, ++cursor);

          if (successor == SUCCESSOR_OURS)
            return TRUE;
          any_gone |= successor == SUCCESSOR_GONE;
        }
    }
  return FALSE;
}

/* Whether anything that is to be ended is adopted. */
gboolean
myrmex_process_host_has_orphans (MyrmexProcessHost *host)
{
  g_autofree char *children = read_children (host);
  gboolean found = FALSE;

  for (char *p = children; p != NULL && g_ascii_isdigit (*p) && !found;)
    {
      MyrmexProcStat stat;

      found |= is_orphan (host, (pid_t) strtol (p, &p, 10), &stat, &found);
      p += strspn (p, " ");
    }
  return found;
}

/* Whether an exited command may have left something that a census would find. */
gboolean
myrmex_process_left_something (MyrmexProcess *self)
{
  if (self->cgroup != NULL && myrmex_process_cgroup_has_processes (self->cgroup))
    return TRUE;
  if (self->host->flags & MYRMEX_PROCESS_HOST_OWNER)
    return left_orphans (self);
  return left_successors (self);
}

static MyrmexProcessTree *
choose_tree (const GPtrArray      *counted,
             const MyrmexProcStat *stat,
             const Origin         *origin)
{
  MyrmexProcessTree *chosen = NULL;

  if (origin->owner != NULL)
    return origin->owner->tree != NULL && origin->owner->tree->counted ? origin->owner->tree : NULL;
  if (origin->running)
    return NULL;

  for (guint i = 0; i < counted->len; i++)
    {
      MyrmexProcessTree *tree = counted->pdata[i];

      /* What has a cookie may be another run's, for its own sweep, but the last of all sweeps takes that too. */
      if (tree->process == NULL && tree->cookie != NULL && origin->marked)
        continue;
      if (tree->counted && tree->since <= stat->started && (chosen == NULL || tree->since > chosen->since))
        chosen = tree;
    }
  return chosen;
}

/* Waits for dead orphans, and gives the living to the trees that they are of, if there are trees. */
void
myrmex_process_host_take_orphans (MyrmexProcessHost *host,
                                  const GPtrArray   *counted)
{
  g_autofree char *children = read_children (host);

  for (char *p = children; p != NULL && g_ascii_isdigit (*p);)
    {
      MyrmexProcStat stat;

      if (is_orphan (host, (pid_t) strtol (p, &p, 10), &stat, &host->census.failed) && counted != NULL)
        {
          const Origin origin = find_origin (host, &stat);
          MyrmexProcessTree *tree = choose_tree (counted, &stat, &origin);

          if (tree != NULL)
            myrmex_process_tree_take (tree, &stat);
        }
      p += strspn (p, " ");
    }
}
