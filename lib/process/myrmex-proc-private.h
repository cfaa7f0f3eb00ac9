/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* What /proc tells of other processes. All of it may be stale by the time it is read: callers hold a pidfd and
 * look again before they signal. */

typedef struct
{
  pid_t    pid;
  pid_t    parent;
  pid_t    group;
  pid_t    session;
  guint64  started; /* clock ticks since boot: with the pid, this names a process for good */
  gboolean gone;    /* dead and only not yet waited for */
  pid_t    speaker; /* the thread to ask for more: the first one, unless it has ended before the others */
} MyrmexProcStat;

gboolean  myrmex_proc_read_stat         (pid_t                 pid,
                                         MyrmexProcStat       *stat);
char     *myrmex_proc_read_cookie       (const MyrmexProcStat *stat,
                                         char                 *buffer,
                                         gsize                 size);
gboolean  myrmex_proc_find_pipe         (const MyrmexProcStat *stat,
                                         GHashTable           *inodes,
                                         guint64              *inode);
gboolean  myrmex_proc_is_process        (pid_t                 pid);
gboolean  myrmex_proc_is_stopped        (pid_t                 pid);
gboolean  myrmex_proc_is_short_of_means (int                   code);
pid_t     myrmex_proc_read_last         (int                   fd);
guint64   myrmex_proc_now               (void);
int       myrmex_proc_signal            (const MyrmexProcStat *stat,
                                         int                   number,
                                         gboolean              use_pidfd);

G_END_DECLS
