/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "process/myrmex-proc-private.h"
#include "process/myrmex-process-private.h"

static gssize
read_file (const char *path,
           char       *buffer,
           gsize       size)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  gsize length = 0;

  if (fd < 0)
    return -1;

  while (length < size)
    {
      ssize_t n = read (fd, buffer + length, size - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      length += (gsize) n;
    }
  close (fd);
  errno = 0;
  return (gssize) length;
}

/* Whether an errno says that it was not possible to look, and not that there was nothing to see. */
gboolean
myrmex_proc_is_short_of_means (int code)
{
  return code == EMFILE || code == ENFILE || code == ENOMEM;
}

static const char *
skip_fields (const char *cursor,
             guint       count)
{
  while (count-- > 0 && cursor != NULL)
    {
      cursor = strchr (cursor, ' ');
      if (cursor != NULL)
        cursor++;
    }
  return cursor;
}

static pid_t
find_speaker (pid_t pid)
{
  char path[64];
  struct dirent *entry;
  pid_t speaker = pid;
  DIR *dir;

  g_snprintf (path, sizeof path, "/proc/%d/task", (int) pid);
  dir = opendir (path);
  while (dir != NULL && speaker == pid && (entry = readdir (dir)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]))
      speaker = (pid_t) atoi (entry->d_name);
  if (dir != NULL)
    closedir (dir);
  return speaker;
}

/* Fails with an errno that tells whether it is gone or could not be looked at. */
gboolean
myrmex_proc_read_stat (pid_t           pid,
                       MyrmexProcStat *stat)
{
  char path[64];
  char text[1024];
  const char *fields;
  const char *late;
  gssize length;
  char state;
  long threads;

  g_snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
  length = read_file (path, text, sizeof text - 1);
  if (length <= 0)
    return FALSE;
  text[length] = '\0';

  /* The name stands in parentheses and may hold any byte, parentheses too. */
  fields = strrchr (text, ')');
  if (fields == NULL || sscanf (fields, ") %c %d %d %d", &state, &stat->parent, &stat->group, &stat->session) != 4)
    return FALSE;

  late = skip_fields (fields + 2, 17);
  if (late == NULL || sscanf (late, "%ld %*d %" G_GUINT64_FORMAT, &threads, &stat->started) != 2)
    return FALSE;

  stat->pid = pid;
  /* A first thread that has ended shows as a zombie while others of its process still run. */
  stat->gone = state == 'X' || (state == 'Z' && threads <= 1);
  stat->speaker = state == 'Z' && !stat->gone ? find_speaker (pid) : pid;
  return TRUE;
}

static gboolean
is_thread_stopped (const char *task)
{
  g_autofree char *path = g_build_filename (task, "stat", NULL);
  char text[1024];
  const gssize length = read_file (path, text, sizeof text - 1);
  const char *fields;

  if (length <= 0)
    return length == 0 || !myrmex_proc_is_short_of_means (errno);
  text[length] = '\0';
  fields = strrchr (text, ')');
  return fields != NULL && strspn (fields, ") TtZX") >= 3;
}

/* Whether no thread of the process does anything: each has stopped, or ended. It may be a while after SIGSTOP: who
 * forks does that first. */
gboolean
myrmex_proc_is_stopped (pid_t pid)
{
  char path[64];
  struct dirent *entry;
  gboolean stopped;
  DIR *dir;

  g_snprintf (path, sizeof path, "/proc/%d/task", (int) pid);
  dir = opendir (path);
  stopped = dir != NULL || !myrmex_proc_is_short_of_means (errno);
  while (stopped && dir != NULL && (entry = readdir (dir)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]))
      {
        char task[64 + NAME_MAX];

        g_snprintf (task, sizeof task, "%s/%s", path, entry->d_name);
        stopped = is_thread_stopped (task);
      }
  if (dir != NULL)
    closedir (dir);
  return stopped;
}

/* Returns the cookies of the process, within the buffer, or NULL. */
char *
myrmex_proc_read_cookie (const MyrmexProcStat *stat,
                         char                 *buffer,
                         gsize                 size)
{
  static const char name[] = MYRMEX_PROCESS_COOKIE_VARIABLE "=";
  char path[64];
  gssize length;

  g_snprintf (path, sizeof path, "/proc/%d/environ", (int) stat->speaker);
  length = read_file (path, buffer, size - 1);
  if (length <= 0)
    return NULL;
  buffer[length] = '\0';

  for (char *p = buffer; p < buffer + length; p += strlen (p) + 1)
    if (strncmp (p, name, sizeof name - 1) == 0)
      return p + sizeof name - 1;

  return NULL;
}

/* Tells whether the process has one of these pipes open. */
gboolean
myrmex_proc_find_pipe (const MyrmexProcStat *stat,
                       GHashTable           *inodes,
                       guint64              *inode)
{
  char path[64];
  struct dirent *entry;
  gboolean found = FALSE;
  DIR *dir;

  g_snprintf (path, sizeof path, "/proc/%d/fd", (int) stat->speaker);
  dir = opendir (path);
  if (dir == NULL)
    return FALSE;

  while (!found && (entry = readdir (dir)) != NULL)
    {
      char link[64];
      ssize_t length = readlinkat (dirfd (dir), entry->d_name, link, sizeof link - 1);

      if (length <= 0)
        continue;
      link[length] = '\0';
      if (sscanf (link, "pipe:[%" G_GUINT64_FORMAT "]", inode) == 1)
        found = g_hash_table_contains (inodes, inode);
    }
  closedir (dir);
  return found;
}

/* Whether the number is a process's, and not that of a thread, which /proc does not list but shows. */
gboolean
myrmex_proc_is_process (pid_t pid)
{
  char path[64];
  char text[1024];
  const char *field;
  gssize length;

  g_snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
  length = read_file (path, text, sizeof text - 1);
  if (length <= 0)
    return FALSE;
  text[length] = '\0';
  field = strstr (text, "\nTgid:");
  return field != NULL && atoi (field + strlen ("\nTgid:")) == pid;
}

/* The number that was given last to a process or thread, from an open /proc/loadavg; -1 if that can not be told. */
pid_t
myrmex_proc_read_last (int fd)
{
  char text[128];
  const char *field;
  ssize_t length = fd >= 0 ? pread (fd, text, sizeof text - 1, 0) : -1;
  int last;

  if (length <= 0)
    return -1;
  text[length] = '\0';
  field = strrchr (text, ' ');
  last = field != NULL ? atoi (field) : 0;
  return last > 0 ? last : -1;
}

/* Now, as MyrmexProcStat.started has it, rounded down. */
guint64
myrmex_proc_now (void)
{
  static gsize ticks = 0;
  struct timespec now;

  if (g_once_init_enter (&ticks))
    g_once_init_leave (&ticks, (gsize) MAX (sysconf (_SC_CLK_TCK), 1));

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (guint64) now.tv_sec * ticks + (guint64) now.tv_nsec / (1000000000 / ticks);
}

/* Signals exactly that process, never another that got its number since: first a pidfd is opened, then the process
 * is looked at again. Returns 0 or an errno. */
int
myrmex_proc_signal (const MyrmexProcStat *stat,
                    int                   number,
                    gboolean              use_pidfd)
{
  MyrmexProcStat again;
  int result = 0;
  int fd = -1;

  if (use_pidfd)
    {
      fd = (int) syscall (SYS_pidfd_open, stat->pid, 0);
      /* With no descriptor left, the look below and the signal are as near to each other as can be. */
      if (fd < 0 && errno != ENOSYS && errno != EMFILE && errno != ENFILE && errno != ENOMEM)
        return errno;
    }

  if (!myrmex_proc_read_stat (stat->pid, &again))
    result = errno != 0 ? errno : ESRCH;
  else if (again.started != stat->started)
    result = ESRCH;
  else if (fd >= 0)
    result = syscall (SYS_pidfd_send_signal, fd, number, NULL, 0) < 0 ? errno : 0;
  else
    result = kill (stat->pid, number) < 0 ? errno : 0;

  if (fd >= 0)
    close (fd);
  return result;
}
