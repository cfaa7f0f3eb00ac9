/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tries what a hardened unit forbids, and writes what came of each into a file: a line each, its name and “yes”, or the
 * name of an error.
 *
 *   confinement FILE */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *out;

static void
tell (const char *name,
      long        result)
{
  fprintf (out, "%s %s\n", name, result >= 0 ? "yes" : strerrorname_np (errno));
}

/* What changes this process is tried in another one. Returns -1 with errno, as what was called did. */
static long
in_child (long (* func) (void))
{
  pid_t pid = fork ();
  int status = 0;

  if (pid < 0)
    return -1;
  if (pid == 0)
    _exit (func () >= 0 ? 0 : errno);
  if (waitpid (pid, &status, 0) != pid)
    return -1;
  errno = WIFEXITED (status) ? WEXITSTATUS (status) : EFAULT;
  return errno == 0 ? 0 : -1;
}

static long
map (int protection)
{
  void *memory = mmap (NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return memory != MAP_FAILED ? 0 : -1;
}

static long
make_executable (void)
{
  void *memory = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return mprotect (memory, 4096, PROT_READ | PROT_EXEC);
}

static long
change_personality (void)
{
  return personality (ADDR_NO_RANDOMIZE);
}

static long
make_namespace (void)
{
  return unshare (CLONE_NEWUSER);
}

/* With a priority that there is not: who may ask is told so. */
static long
become_urgent (void)
{
  struct sched_param parameter = { 0 };
  int result = sched_setscheduler (0, SCHED_FIFO, &parameter);

  return result < 0 && errno == EINVAL ? 0 : result;
}

static long
be_traced (void)
{
  return ptrace (PTRACE_TRACEME, 0, NULL, NULL);
}

static long
lock_memory (void)
{
  char byte = 0;

  return mlock (&byte, 1);
}

static long
change_user (void)
{
  return setresuid (getuid (), getuid (), getuid ());
}

static long
be_nicer (void)
{
  return setpriority (PRIO_PROCESS, 0, getpriority (PRIO_PROCESS, 0));
}

static long
use_keys (void)
{
  return syscall (SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -1 /* of the thread */, 1);
}

static long
call_as_another_machine (void)
{
#ifdef __x86_64__
  long result = 20; /* getpid() of the 32-bit kind */

  __asm__ volatile ("int $0x80" : "+a" (result) : : "memory");
  return result;
#else
  errno = ENOSYS;
  return -1;
#endif
}

static long
open_socket (int family)
{
  int fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd >= 0)
    close (fd);
  return fd;
}

int
main (int    argc,
      char **argv)
{
  struct rlimit limit = { 0 };
  struct stat info = { 0 };
  char part[4096];
  int fd;

  if (argc != 2 || snprintf (part, sizeof part, "%s.part", argv[1]) >= (int) sizeof part ||
      (out = fopen (part, "w")) == NULL)
    return 1;
  fd = fileno (out);

  tell ("readable-by-all", fstat (fd, &info) == 0 && (info.st_mode & 0077) == 0 ? (errno = EACCES, -1) : 0);
  tell ("new-privileges", prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? (errno = EPERM, -1) : 0);
  tell ("set-user-id", fchmod (fd, 04700));
  tell ("chown", fchown (fd, getuid (), getgid ()));
  tell ("unix-socket", open_socket (AF_UNIX));
  tell ("inet-socket", open_socket (AF_INET));
  tell ("write-and-execute", map (PROT_WRITE | PROT_EXEC));
  tell ("make-executable", make_executable ());
  tell ("personality", in_child (change_personality));
  tell ("namespace", in_child (make_namespace));
  tell ("real-time", in_child (become_urgent));
  tell ("other-machine", in_child (call_as_another_machine));
  tell ("be-traced", in_child (be_traced));
  tell ("lock-memory", lock_memory ());
  tell ("change-user", change_user ());
  tell ("priority", be_nicer ());
  tell ("keyring", use_keys ());
  tell ("core", getrlimit (RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? (errno = EPERM, -1) : 0);

  return fclose (out) == 0 && rename (part, argv[1]) == 0 ? 0 : 1;
}
