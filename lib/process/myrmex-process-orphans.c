/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/myrmex-process-host-private.h"

/* The owner is a subreaper: whoever loses its parent becomes its child, in the list of its first thread. The usual
 * answer of that list is that it is empty, for the price of one system call. */

#define ENVIRONMENT_BYTES (256 * 1024)

/* Who an orphan may belong to. */
typedef struct
{
  MyrmexProcess *owner;     /* by its session, group or cookie, or as the only one it can be of; NULL: not known */
  gboolean       running;   /* a command that it may be of has not exited */
  guint          n_possible;
} Origin;

static char *
read_children (MyrmexProcessHost *host)
{
  gsize size = 4096;
  g_autofree char *text = g_malloc (size);

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
           MyrmexProcStat    *stat)
{
  gboolean known;

  g_mutex_lock (&host->lock);
  known = host->leader_starts > 0;
  for (MyrmexProcess *process = host->live; process != NULL && !known; process = process->next)
    known = process->pid == pid;
  g_mutex_unlock (&host->lock);

  if (known || !myrmex_proc_read_stat (pid, stat) ||
      stat->parent != host->own_pid || stat->session == host->own_session)
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
  const char *cookies = myrmex_proc_read_cookie (stat->pid, buffer, ENVIRONMENT_BYTES);
  MyrmexProcess *possible = NULL;
  Origin origin = { 0 };

  g_mutex_lock (&host->lock);
  for (MyrmexProcess *process = host->live; process != NULL && origin.owner == NULL; process = process->next)
    {
      if (process->since > stat->started)
        continue;
      if (stat->session == process->pid || stat->group == process->pid ||
          (cookies != NULL && myrmex_process_cookie_matches (cookies, process->cookie, FALSE)))
        origin.owner = process;
      origin.running |= !process->exited;
      origin.n_possible++;
      possible = process;
    }
  g_mutex_unlock (&host->lock);

  if (origin.owner == NULL && origin.n_possible == 1)
    origin.owner = possible;
  return origin;
}

/* Whether an exited command has left something that was adopted. What may be of another command that still runs is
 * left to that one. */
gboolean
myrmex_process_host_left_orphans (MyrmexProcessHost *host,
                                  MyrmexProcess     *process)
{
  g_autofree char *children = NULL;
  gboolean found = FALSE;

  if ((host->flags & MYRMEX_PROCESS_HOST_OWNER) == 0)
    return FALSE;

  children = read_children (host);
  for (char *p = children; p != NULL && g_ascii_isdigit (*p) && !found;)
    {
      MyrmexProcStat stat;

      if (is_orphan (host, (pid_t) strtol (p, &p, 10), &stat))
        {
          Origin origin = find_origin (host, &stat);

          found = origin.owner == process || (origin.owner == NULL && !origin.running);
        }
      p += strspn (p, " ");
    }
  return found;
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

      if (is_orphan (host, (pid_t) strtol (p, &p, 10), &stat) && counted != NULL)
        {
          const Origin origin = find_origin (host, &stat);
          MyrmexProcessTree *tree = choose_tree (counted, &stat, &origin);

          if (tree != NULL)
            myrmex_process_tree_take (tree, &stat);
        }
      p += strspn (p, " ");
    }
}
