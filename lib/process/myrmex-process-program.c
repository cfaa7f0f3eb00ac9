/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "process/myrmex-process-program-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/myrmex-process-file-limit-private.h"

/* For a child that shares the memory of this process, in bytes: system calls need little, and finding them in the C
 * library for the first time some thousands. */
#define CHILD_STACK_BYTES (32 * 1024)

/* What never returns leaves its stack, which may be a part of its parent's, as it was: a sanitizer is not to have put
 * marks into it. */
#define IN_CHILD __attribute__ ((no_sanitize_address))

typedef struct
{
  const MyrmexProcessProgram *program;
  int                         code;     /* the child's: why it could not become the program */
} Birth;

void
myrmex_process_set_spawn_attributes (posix_spawnattr_t *attributes)
{
  sigset_t signals;

  posix_spawnattr_init (attributes);
  posix_spawnattr_setflags (attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigemptyset (&signals);
  posix_spawnattr_setsigmask (attributes, &signals);
  sigfillset (&signals);
  posix_spawnattr_setsigdefault (attributes, &signals);
}

static int
count_fds (const MyrmexProcessProgram *program)
{
  const int n = (int) G_N_ELEMENTS (program->fds);

  return program->fds[n - 1] >= 0 ? n : n - 1;
}

static int
spawn_plainly (const MyrmexProcessProgram *program,
               const posix_spawnattr_t    *attributes,
               pid_t                      *pid)
{
  const int n_fds = count_fds (program);
  posix_spawn_file_actions_t actions;
  int code = posix_spawn_file_actions_init (&actions);

  if (code != 0)
    return code;
  for (int i = 0; code == 0 && i < n_fds; i++)
    code = posix_spawn_file_actions_adddup2 (&actions, program->fds[i], i);
  if (code == 0)
    code = posix_spawn_file_actions_addclosefrom_np (&actions, n_fds);
  if (code == 0 && program->directory != NULL)
    code = posix_spawn_file_actions_addchdir_np (&actions, program->directory);
  if (code == 0)
    code = posix_spawn (pid, program->path, &actions, attributes, program->argv, program->envp);
  posix_spawn_file_actions_destroy (&actions);
  return code;
}

/* The call itself, and not what the C library or a sanitizer would have done first: all of that is the parent's. */
IN_CHILD void
myrmex_process_leave_child (int status)
{
  for (;;)
    syscall (SYS_exit_group, status);
}

/* Only returns, with the reason, where it did not become the program. */
IN_CHILD int
myrmex_process_program_become (const MyrmexProcessProgram *program)
{
  const struct sigaction action = { .sa_handler = SIG_DFL };
  const int n_fds = count_fds (program);
  sigset_t none;

  setsid ();
  for (int number = 1; number < NSIG; number++)
    sigaction (number, &action, NULL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);

  for (int i = 0; i < n_fds; i++)
    {
      if (dup2 (program->fds[i], i) < 0)
        return errno;
    }
  /* All of them are there by now, whatever the limit is. */
  myrmex_process_restore_file_limit (NULL);
  if (close_range ((guint) n_fds, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
      (program->directory == NULL || chdir (program->directory) == 0))
    execve (program->path, program->argv, program->envp);
  return errno;
}

IN_CHILD static int
become_cb (void *data)
{
  Birth *birth = data;

  birth->code = myrmex_process_program_become (birth->program);
  myrmex_process_leave_child (127);
}

/* As posix_spawn() does it, which knows nothing of limits: the child has the memory of this process, of which one
 * thread waits until it has become the program, or has gone. */
static int
spawn_limited (const MyrmexProcessProgram *program,
               pid_t                      *pid)
{
  G_GNUC_UNUSED char stack[CHILD_STACK_BYTES] __attribute__ ((aligned (16)));
  Birth birth = { .program = program };
  sigset_t all, before;
  int child;

  /* No handler of this process runs in the child. */
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before);
  child = clone (become_cb, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &birth);
  if (child < 0)
    birth.code = errno;
  pthread_sigmask (SIG_SETMASK, &before, NULL);

  if (child > 0 && birth.code != 0)
    {
      while (waitpid (child, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  *pid = child;
  return birth.code;
}

int
myrmex_process_program_spawn (const MyrmexProcessProgram *program,
                              const posix_spawnattr_t    *attributes,
                              pid_t                      *pid)
{
  return myrmex_process_has_raised_limit () ? spawn_limited (program, pid) : spawn_plainly (program, attributes, pid);
}
