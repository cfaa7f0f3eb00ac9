/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process/myrmex-process-cgroup-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "myrmex-"

/* So many empty groups are kept for later commands. */
#define MAX_FREE (64)

struct _MyrmexProcessCgroup
{
  guint    number;
  int      fd;         /* of the folder */
  int      events_fd;
  gboolean is_killed;  /* kernels kill what is started in it from here on, too */
};

struct _MyrmexProcessCgroups
{
  int        fd;      /* of the folder of this process's own group */
  char      *path;    /* as /proc/PID/cgroup has it, with what the names of ours begin with */
  GMutex     lock;
  GPtrArray *free;    /* MyrmexProcessCgroup */
  guint      serial;
};

/* The path of the group of the second version, from the text of /proc/PID/cgroup. */
static const char *
find_path (char *text)
{
  char *line = g_str_has_prefix (text, "0::") ? text : strstr (text, "\n0::");

  if (line == NULL)
    return NULL;
  line += line[0] == '\n' ? 4 : 3;
  line[strcspn (line, "\n")] = '\0';
  return line;
}

/* Where a group is in the file system: a line of mountinfo has the part of the hierarchy that is mounted (4th field)
 * and where (5th), and after a dash the kind. */
static char *
find_folder (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *kind = strstr (lines[i], " - ");
      g_auto (GStrv) fields = g_strsplit (lines[i], " ", 6);
      const char *root, *below;

      if (kind == NULL || !g_str_has_prefix (kind, " - cgroup2 ") || g_strv_length (fields) < 6)
        continue;
      root = g_str_equal (fields[3], "/") ? "" : fields[3];
      below = g_str_has_prefix (path, root) ? path + strlen (root) : NULL;
      if (below != NULL && (below[0] == '/' || below[0] == '\0'))
        return g_build_filename (fields[4], below, NULL);
    }
  return NULL;
}

static gboolean
write_to (int         folder_fd,
          const char *name,
          const char *text)
{
  int fd = openat (folder_fd, name, O_WRONLY | O_CLOEXEC);
  ssize_t n;

  if (fd < 0)
    return FALSE;
  n = write (fd, text, strlen (text));
  close (fd);
  return n == (ssize_t) strlen (text);
}

static int
open_folder (int         folder_fd,
             const char *name)
{
  return openat (folder_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Empty ones of an earlier process. Others stay, with their numbers, which nothing uses again. */
static void
remove_left (MyrmexProcessCgroups *self,
             const char           *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_prefix (name, PREFIX))
        unlinkat (self->fd, name, AT_REMOVEDIR);
    }
}

static void
remove_group (MyrmexProcessCgroups *self,
              MyrmexProcessCgroup  *group)
{
  g_autofree char *name = g_strdup_printf (PREFIX "%u", group->number);

  if (group->events_fd >= 0)
    close (group->events_fd);
  close (group->fd);
  unlinkat (self->fd, name, AT_REMOVEDIR);
  g_free (group);
}

/* Under the lock, or alone. */
static MyrmexProcessCgroup *
make_group (MyrmexProcessCgroups *self)
{
  MyrmexProcessCgroup *group;
  char name[32];

  do
    g_snprintf (name, sizeof name, PREFIX "%u", ++self->serial);
  while (mkdirat (self->fd, name, 0755) < 0 && errno == EEXIST);

  group = g_new0 (MyrmexProcessCgroup, 1);
  group->number = self->serial;
  group->fd = open_folder (self->fd, name);
  group->events_fd = group->fd >= 0 ? openat (group->fd, "cgroup.events", O_RDONLY | O_CLOEXEC) : -1;
  if (group->events_fd >= 0 && faccessat (group->fd, "cgroup.kill", W_OK, 0) == 0)
    return group;

  {
    int code = errno;

    if (group->fd >= 0)
      remove_group (self, group);
    else
      g_free (group);
    errno = code;
  }
  return NULL;
}

static long
fork_into (MyrmexProcessCgroup *group)
{
  struct clone_args args = {
    .flags = CLONE_INTO_CGROUP | CLONE_VFORK, .exit_signal = SIGCHLD, .cgroup = (guint64) group->fd,
  };

  return syscall (SYS_clone3, &args, sizeof args);
}

/* Whether a process can be started in it and lives. Where the group of this process itself was killed once, and this
 * one was put there later, kernels (as of 6.18) take what is started in another one for a fork that escapes. */
static gboolean
try_out (MyrmexProcessCgroup *group)
{
  long child = fork_into (group);
  int status = 0;

  if (child == 0)
    myrmex_process_leave_child (EXIT_SUCCESS);
  if (child < 0)
    return FALSE;
  while (waitpid ((pid_t) child, &status, 0) < 0 && errno == EINTR)
    ;
  errno = EPERM;
  return WIFEXITED (status);
}

MyrmexProcessCgroups *
myrmex_process_cgroups_new (void)
{
  g_autofree char *text = NULL;
  const char *path = g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL) ? find_path (text) : NULL;
  g_autofree char *folder = path != NULL ? find_folder (path) : NULL;
  int fd = folder != NULL ? open_folder (AT_FDCWD, folder) : -1;
  MyrmexProcessCgroups *self;
  MyrmexProcessCgroup *group;

  if (fd < 0)
    {
      if (folder == NULL)
        errno = ENOENT;
      return NULL;
    }

  self = g_new0 (MyrmexProcessCgroups, 1);
  self->fd = fd;
  self->path = g_build_filename (path, PREFIX, NULL);
  self->free = g_ptr_array_new ();
  g_mutex_init (&self->lock);
  remove_left (self, folder);
  group = make_group (self);
  if (group != NULL)
    g_ptr_array_add (self->free, group);
  if (group == NULL || !try_out (group))
    {
      int code = errno;

      myrmex_process_cgroups_free (self);
      errno = code;
      return NULL;
    }
  return self;
}

void
myrmex_process_cgroups_free (MyrmexProcessCgroups *self)
{
  for (guint i = 0; i < self->free->len; i++)
    remove_group (self, self->free->pdata[i]);
  g_ptr_array_unref (self->free);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  close (self->fd);
  g_free (self);
}

MyrmexProcessCgroup *
myrmex_process_cgroups_take (MyrmexProcessCgroups *self)
{
  MyrmexProcessCgroup *group;

  g_mutex_lock (&self->lock);
  group = self->free->len > 0 ? g_ptr_array_steal_index_fast (self->free, self->free->len - 1) : make_group (self);
  g_mutex_unlock (&self->lock);
  return group;
}

/* One that was killed, or is not empty, since something in it can not be killed, is not used again. */
void
myrmex_process_cgroups_give_back (MyrmexProcessCgroups *self,
                                  MyrmexProcessCgroup  *group)
{
  const gboolean is_good = !group->is_killed && !myrmex_process_cgroup_has_processes (group);

  g_mutex_lock (&self->lock);
  if (is_good && self->free->len < MAX_FREE)
    g_ptr_array_add (self->free, g_steal_pointer (&group));
  g_mutex_unlock (&self->lock);
  if (group != NULL)
    remove_group (self, group);
}

guint
myrmex_process_cgroups_find (MyrmexProcessCgroups *self,
                             pid_t                 pid)
{
  g_autofree char *text = NULL;
  const char *path;
  char file[32];

  g_snprintf (file, sizeof file, "/proc/%d/cgroup", (int) pid);
  path = g_file_get_contents (file, &text, NULL, NULL) ? find_path (text) : NULL;
  if (path == NULL || !g_str_has_prefix (path, self->path))
    return 0;
  return (guint) strtoul (path + strlen (self->path), NULL, 10);
}

guint
myrmex_process_cgroup_get_number (MyrmexProcessCgroup *self)
{
  return self->number;
}

/* Whether a file of the group, of which the beginning is read, has a line. */
static gboolean
has_line (int         fd,
          const char *line)
{
  char text[256];
  const ssize_t n = pread (fd, text, sizeof text - 1, 0);

  text[MAX (n, 0)] = '\0';
  return strstr (text, line) != NULL;
}

/* Those that are on their way out may be counted for a moment after their end was told. */
static gboolean
has_living (MyrmexProcessCgroup *self)
{
  int procs_fd = openat (self->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  int stat_fd = openat (self->fd, "cgroup.stat", O_RDONLY | O_CLOEXEC);
  const gboolean has_living = procs_fd < 0 || stat_fd < 0 || has_line (procs_fd, "\n") ||
                              !has_line (stat_fd, "nr_descendants 0\n");

  if (procs_fd >= 0)
    close (procs_fd);
  if (stat_fd >= 0)
    close (stat_fd);
  return has_living;
}

/* Those of groups within it count, too: commands may divide what is theirs. */
gboolean
myrmex_process_cgroup_has_processes (MyrmexProcessCgroup *self)
{
  return !has_line (self->events_fd, "populated 0\n") && has_living (self);
}

void
myrmex_process_cgroup_kill (MyrmexProcessCgroup *self)
{
  self->is_killed = TRUE;
  write_to (self->fd, "cgroup.kill", "1");
}

/* --- Starting --- */

/* In the child, which is a copy of one thread of this process: nothing but system calls. */
static void G_GNUC_NORETURN
become (const MyrmexProcessProgram *program,
        int                         report_fd)
{
  const int code = myrmex_process_program_become (program);

  while (write (report_fd, &code, sizeof code) < 0 && errno == EINTR)
    ;
  myrmex_process_leave_child (127);
}

/* What the child tells of an exec that failed; 0: it is executed. */
static int
take_report (int   fd,
             pid_t pid)
{
  int code = 0;
  ssize_t n;

  do
    n = read (fd, &code, sizeof code);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t) sizeof code)
    return 0;
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return code;
}

gboolean
myrmex_process_cgroup_spawn (MyrmexProcessCgroup        *self,
                             const MyrmexProcessProgram *program,
                             pid_t                      *pid,
                             int                        *code)
{
  sigset_t all, before;
  int report[2];
  long child;

  if (pipe2 (report, O_CLOEXEC) < 0)
    {
      *code = errno;
      return TRUE;
    }

  /* No handler of this process runs in the child. */
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &before);
  child = fork_into (self);
  if (child == 0)
    become (program, report[1]);
  *code = child < 0 ? errno : 0;
  sigprocmask (SIG_SETMASK, &before, NULL);

  close (report[1]);
  if (child > 0)
    *code = take_report (report[0], (pid_t) child);
  close (report[0]);
  *pid = (pid_t) child;
  return child > 0 || *code == EAGAIN || *code == ENOMEM;
}
