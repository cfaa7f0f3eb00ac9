/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "process/myrmex-process-host-private.h"

/* As confstr (_CS_PATH) has it, for commands that get no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* A program that this application has only just written can be held open for writing by another child for the
 * blink of an eye before its exec: ask again, for so many milliseconds. */
#define BUSY_TRIES (10)

#define PROGRESS_ASSIGNMENT MYRMEX_PROCESS_PROGRESS_VARIABLE "=3"
G_STATIC_ASSERT (MYRMEX_PROCESS_PROGRESS_FD == 3);
G_STATIC_ASSERT (G_N_ELEMENTS (((MyrmexProcessProgram *) NULL)->fds) == MYRMEX_PROCESS_PROGRESS_FD + 1);

/* Cookies of so many runners around this one are passed on, in bytes. */
#define MAX_OUTER_COOKIES_BYTES (1024)

typedef struct
{
  const MyrmexProcessSpec *spec;
  char                   **own_envp;   /* where the spec has none */
  const char             **envp;
  char                    *cookie;     /* the assignment */
  const char              *path;       /* PATH of the command, within envp */
  MyrmexProcessPipes       pipes;
} Start;

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
close_pipes (MyrmexProcessPipes *pipes)
{
  for (guint i = 0; i < N_STREAMS; i++)
    {
      clear_fd (&pipes->reads[i]);
      clear_fd (&pipes->writes[i]);
    }
}

static void
start_clear (Start *start)
{
  close_pipes (&start->pipes);
  g_free (start->cookie);
  g_free (start->envp);
  g_strfreev (start->own_envp);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Start, start_clear)

static gboolean
is_assignment (const char *entry,
               const char *name)
{
  gsize length = strlen (name);

  return strncmp (entry, name, length) == 0 && entry[length] == '=';
}

static char *
cookie_assignment (const char *outer,
                   const char *cookie)
{
  /* The outermost go first when there are too many. */
  while (outer != NULL && strlen (outer) > MAX_OUTER_COOKIES_BYTES)
    {
      outer = strchr (outer, ':');
      if (outer != NULL)
        outer++;
    }

  return g_strconcat (MYRMEX_PROCESS_COOKIE_VARIABLE "=", outer != NULL ? outer : "",
                      outer != NULL && *outer != '\0' ? ":" : "", cookie, NULL);
}

static void
make_environment (Start      *start,
                  const char *cookie)
{
  const char *const *given = start->spec->envp;
  const char *outer = NULL;
  guint n = 0;
  guint count = 0;

  if (given == NULL)
    {
      start->own_envp = g_get_environ ();
      given = (const char *const *) start->own_envp;
    }

  while (given[n] != NULL)
    n++;
  start->envp = g_new (const char *, n + 3);

  for (guint i = 0; i < n; i++)
    {
      /* Few variables begin with M or P. */
      if (given[i][0] == 'M' && is_assignment (given[i], MYRMEX_PROCESS_COOKIE_VARIABLE))
        {
          outer = given[i] + strlen (MYRMEX_PROCESS_COOKIE_VARIABLE "=");
          continue;
        }
      if (given[i][0] == 'M' && is_assignment (given[i], MYRMEX_PROCESS_PROGRESS_VARIABLE))
        continue;
      if (given[i][0] == 'P' && start->path == NULL && is_assignment (given[i], "PATH"))
        start->path = given[i] + strlen ("PATH=");
      start->envp[count++] = given[i];
    }

  start->cookie = cookie_assignment (outer, cookie);
  start->envp[count++] = PROGRESS_ASSIGNMENT;
  start->envp[count++] = start->cookie;
  start->envp[count] = NULL;
}

/* Descriptors up to that for progress are the child's to be, and must not be a pipe on the way there. */
static gboolean
move_up (int *fd)
{
  int moved;

  if (*fd > MYRMEX_PROCESS_PROGRESS_FD)
    return TRUE;

  moved = fcntl (*fd, F_DUPFD_CLOEXEC, MYRMEX_PROCESS_PROGRESS_FD + 1);
  if (moved < 0)
    return FALSE;
  close (*fd);
  *fd = moved;
  return TRUE;
}

/* The host's ends do not block: a child may read its own output away under us. */
static gboolean
open_pipes (MyrmexProcessPipes *pipes)
{
  for (guint i = 0; i < N_STREAMS; i++)
    {
      int ends[2];

      if (pipes->reads[i] >= 0)
        continue;
      if (pipe2 (ends, O_CLOEXEC) < 0)
        return FALSE;
      pipes->reads[i] = ends[0];
      pipes->writes[i] = ends[1];
      if (!move_up (&pipes->reads[i]) || !move_up (&pipes->writes[i]) ||
          fcntl (pipes->reads[i], F_SETFL, O_NONBLOCK) < 0)
        return FALSE;
    }
  return TRUE;
}

static void
swap_spare (MyrmexProcessHost  *host,
            MyrmexProcessPipes *pipes)
{
  MyrmexProcessPipes other;

  g_mutex_lock (&host->lock);
  other = host->spare;
  host->spare = *pipes;
  g_mutex_unlock (&host->lock);
  *pipes = other;
}

/* The host's thread, when a turn is over: while commands run, there are pipes for the next one, which then need not be
 * waited for. Otherwise there are none. */
void
myrmex_process_keep_spare (MyrmexProcessHost *host,
                           gboolean           keep)
{
  MyrmexProcessPipes pipes = MYRMEX_PROCESS_NO_PIPES;

  swap_spare (host, &pipes);
  if (!keep || !open_pipes (&pipes))
    close_pipes (&pipes);
  swap_spare (host, &pipes);
}

static gboolean
take_pipes (MyrmexProcessHost  *host,
            MyrmexProcessPipes *pipes,
            gboolean            apart)
{
  swap_spare (host, pipes);
  if (!open_pipes (pipes))
    return FALSE;
  if (!apart)
    {
      clear_fd (&pipes->reads[WATCH_ERROR]);
      clear_fd (&pipes->writes[WATCH_ERROR]);
    }
  return TRUE;
}

/* Where the kernel does not start it in a group, it is started without. */
static int
spawn_anyhow (MyrmexProcess              *self,
              const MyrmexProcessProgram *program)
{
  int code;

  if (self->cgroup == NULL && self->host->cgroups != NULL)
    self->cgroup = myrmex_process_cgroups_take (self->host->cgroups);
  if (self->cgroup != NULL)
    {
      if (myrmex_process_cgroup_spawn (self->cgroup, program, &self->pid, &code))
        return code;
      g_info ("a command gets no control group: %s", g_strerror (code));
      myrmex_process_cgroups_give_back (self->host->cgroups, g_steal_pointer (&self->cgroup));
    }
  return myrmex_process_program_spawn (program, &self->host->attributes, &self->pid);
}

static int
spawn_path (MyrmexProcess *self,
            Start         *start,
            const char    *path)
{
  const MyrmexProcessSpec *spec = start->spec;
  const int *writes = start->pipes.writes;
  /* The descriptor given for input comes first: it may have a number that is taken next. */
  const MyrmexProcessProgram program = {
    .path = path,
    .directory = spec->directory,
    .argv = (char *const *) spec->argv,
    .envp = (char *const *) start->envp,
    .fds = {
      spec->stdin_fd > 0 ? spec->stdin_fd : self->host->null_fd,
      writes[WATCH_OUTPUT],
      writes[WATCH_ERROR] >= 0 ? writes[WATCH_ERROR] : writes[WATCH_OUTPUT],
      writes[WATCH_PROGRESS],
    },
  };
  int code = ETXTBSY;

  for (guint try = 0; code == ETXTBSY && try < BUSY_TRIES; try++)
    {
      if (try > 0)
        g_usleep (1000);
      code = spawn_anyhow (self, &program);
    }
  return code;
}

/* Where the path of a program, or of an entry of PATH, is for this process: the child changes directory first. */
static char *
from_here (const MyrmexProcessSpec *spec,
           const char              *path)
{
  if (path[0] == '/' || spec->directory == NULL)
    return g_strdup (path);
  return g_build_filename (spec->directory, path, NULL);
}

static int
look_at_program (const MyrmexProcessSpec *spec,
                 const char              *path)
{
  g_autofree char *here = path[0] != '/' && spec->directory != NULL ? from_here (spec, path) : NULL;
  struct stat info;

  if (stat (here != NULL ? here : path, &info) < 0)
    return errno;
  if (!S_ISREG (info.st_mode) || (info.st_mode & 0111) == 0)
    return EACCES;
  return 0;
}

/* As execvpe() searches, but here, so that nothing is forked for each place where the program is not. */
static int
spawn_found (MyrmexProcess *self,
             Start         *start,
             char         **tried)
{
  const char *name = start->spec->argv[0];
  const char *path = start->path != NULL ? start->path : DEFAULT_PATH;
  gsize name_length = strlen (name);
  int code = ENOENT;

  if (strchr (name, '/') != NULL)
    {
      *tried = g_strdup (name);
      return spawn_path (self, start, name);
    }

  for (;;)
    {
      const char *end = strchrnul (path, ':');
      gsize length = (gsize) (end - path);
      g_autofree char *candidate = g_malloc (length + name_length + 3);
      int found;

      /* An empty entry is the working directory; "./" keeps it so. */
      memcpy (candidate, length > 0 ? path : ".", MAX (length, 1));
      length = MAX (length, 1);
      candidate[length] = '/';
      memcpy (candidate + length + 1, name, name_length + 1);

      found = look_at_program (start->spec, candidate);
      if (found == 0)
        {
          found = spawn_path (self, start, candidate);
          if (found != EACCES)
            {
              g_free (*tried);
              *tried = g_steal_pointer (&candidate);
              return found;
            }
        }
      if (found == EACCES && *tried == NULL)
        {
          *tried = g_steal_pointer (&candidate);
          code = EACCES;
        }
      if (*end == '\0')
        return code;
      path = end + 1;
    }
}

static gboolean
explain_directory (const char  *directory,
                   GError     **error)
{
  struct stat info;
  int code = 0;

  if (stat (directory, &info) < 0)
    code = errno;
  else if (!S_ISDIR (info.st_mode))
    code = ENOTDIR;
  else if (access (directory, X_OK) < 0)
    code = errno;

  if (code == ENOENT)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Directory “%s” does not exist"), directory);
  else if (code == ENOTDIR)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("“%s” is not a directory"), directory);
  else if (code != 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Directory “%s” can not be entered: %s"),
                 directory, g_strerror (code));
  return code != 0;
}

/* The program named in the first line of a script, or NULL. */
static char *
interpreter (const char *path)
{
  char line[256];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t length;

  if (fd < 0)
    return NULL;
  length = read (fd, line, sizeof line - 1);
  close (fd);
  if (length < 3 || line[0] != '#' || line[1] != '!')
    return NULL;

  line[length] = '\0';
  line[strcspn (line, "\n")] = '\0';
  g_strstrip (line + 2);
  line[2 + strcspn (line + 2, " \t")] = '\0';
  return line[2] != '\0' ? g_strdup (line + 2) : NULL;
}

static void
explain_missing (const MyrmexProcessSpec  *spec,
                 const char               *path,
                 GError                  **error)
{
  g_autofree char *here = path != NULL ? from_here (spec, path) : NULL;
  g_autofree char *script = here != NULL ? interpreter (here) : NULL;

  if (script != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                 _("“%s” can not run: “%s”, named in its first line, does not exist"), path, script);
  else if (here != NULL && access (here, F_OK) == 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                 _("“%s” can not run: the program that would load it is missing"), path);
  else if (path != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Command “%s” does not exist"), path);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Command “%s” was not found in PATH"),
                 spec->argv[0]);
}

/* Why it could not be started; @tried may be NULL. */
void
myrmex_process_explain (const MyrmexProcessSpec  *spec,
                        const char               *tried,
                        int                       code,
                        GError                  **error)
{
  const char *name = tried != NULL ? tried : spec->argv[0];

  if ((code == ENOENT || code == ENOTDIR || code == EACCES) && spec->directory != NULL &&
      explain_directory (spec->directory, error))
    return;

  switch (code)
    {
    case ENOENT:
      explain_missing (spec, tried, error);
      break;
    case EACCES:
    case EPERM:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("“%s” is not executable: %s"),
                   name, g_strerror (code));
      break;
    case ENOEXEC:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                   _("“%s” is not a program: it is no binary for this machine, and its first line names no "
                     "interpreter (as “#!/bin/sh” does)"), name);
      break;
    case E2BIG:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("Command “%s” could not be started: its arguments and environment are too long"), name);
      break;
    case EMFILE:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED,
                   _("Command “%s” could not be started: %s; let fewer run at once, or raise the limit of open files "
                     "(“ulimit -n”)"), name, g_strerror (code));
      break;
    default:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Command “%s” could not be started: %s"),
                   name, g_strerror (code));
      break;
    }
}

gboolean
myrmex_process_check_arguments (const MyrmexProcessSpec  *spec,
                                GError                  **error)
{
  gsize length = 0;

  if (spec->argv == NULL || spec->argv[0] == NULL || spec->argv[0][0] == '\0')
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("The command has no program"));
      return FALSE;
    }

  for (guint i = 0; spec->argv[i] != NULL; i++)
    length += strlen (spec->argv[i]) + 1;
  if (length > MYRMEX_MAX_ARGV_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("The arguments of command “%.100s” are %zu bytes long; at most %d are allowed"),
                   spec->argv[0], length, MYRMEX_MAX_ARGV_BYTES);
      return FALSE;
    }
  return TRUE;
}

/* Starts the child: its pid and the reading ends are set, and nothing watches them yet. */
gboolean
myrmex_process_spawn (MyrmexProcess            *self,
                      const MyrmexProcessSpec  *spec,
                      GError                  **error)
{
  g_auto (Start) start = { .spec = spec, .pipes = MYRMEX_PROCESS_NO_PIPES };
  g_autofree char *tried = NULL;
  int code;

  if (!myrmex_process_check_arguments (spec, error))
    return FALSE;

  if (!take_pipes (self->host, &start.pipes, spec->keep_output || spec->output != NULL))
    {
      myrmex_process_explain (spec, NULL, errno, error);
      return FALSE;
    }

  make_environment (&start, self->cookie);
  self->since = myrmex_proc_now ();
  self->result.started = g_get_monotonic_time ();
  code = spawn_found (self, &start, &tried);
  if (code != 0)
    {
      myrmex_process_explain (spec, tried, code, error);
      return FALSE;
    }

  for (guint i = 0; i < N_STREAMS; i++)
    {
      self->watches[i].fd = start.pipes.reads[i];
      self->held[i] = start.pipes.writes[i];
    }
  start.pipes = MYRMEX_PROCESS_NO_PIPES;
  return TRUE;
}
