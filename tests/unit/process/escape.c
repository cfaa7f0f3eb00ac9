/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What commands do to get away, for the tests of the process layer: escape MODE [ARGUMENT].
 *
 * Each mode that leaves something behind writes "ready" to standard output once that is there. What is left behind
 * ends by itself after LIFETIME, so that a failing test leaves no traces for long. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME (120)

static const char *program;

static void
say (const char *text)
{
  if (write (1, text, strlen (text)) < 0)
    _exit (99);
}

static void
linger (void)
{
  alarm (LIFETIME);
  for (;;)
    pause ();
}

static void
ignore_polite_signals (void)
{
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  signal (SIGINT, SIG_IGN);
}

static void
close_everything (void)
{
  closefrom (0);
}

/* So that /proc shows no environment: a new program is executed with none. */
static void
wipe (const char *mode)
{
  char *const argv[] = { (char *) program, (char *) mode, NULL };
  char *const envp[] = { NULL };

  execve (program, argv, envp);
  _exit (98);
}

/* Forks twice, with a session of its own between, and says when the grandchild is there. */
static int
daemonize (const char *final_mode,
           int         with_session)
{
  int ready[2];
  char byte;
  pid_t child;

  if (pipe2 (ready, O_CLOEXEC) < 0)
    return 97;
  child = fork ();
  if (child == 0)
    {
      if (with_session)
        setsid ();
      if (fork () > 0)
        _exit (0);
      wipe (final_mode);
    }
  close (ready[1]);
  waitpid (child, NULL, 0);
  /* Ends when the grandchild executes. */
  while (read (ready[0], &byte, 1) < 0 && errno == EINTR)
    ;
  return 0;
}

static int
fork_lingering (int session,
                int closing,
                int stubborn)
{
  int ready[2];
  char byte;
  pid_t child;

  if (pipe (ready) < 0)
    return 97;
  child = fork ();
  if (child == 0)
    {
      if (session)
        setsid ();
      if (fork () > 0)
        _exit (0);
      if (stubborn)
        ignore_polite_signals ();
      if (closing)
        close_everything ();
      else
        {
          close (ready[0]);
          close (ready[1]);
        }
      linger ();
    }
  close (ready[1]);
  waitpid (child, NULL, 0);
  while (read (ready[0], &byte, 1) < 0 && errno == EINTR)
    ;
  say ("ready\n");
  return 0;
}

static long
seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* One that forks and exits, again and again: there is always just one, never for long. It counts in a file. */
static void
chain (const char *path)
{
  const long end = seconds () + 10;
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND, 0600);

  ignore_polite_signals ();
  while (seconds () < end)
    {
      pid_t child = fork ();

      if (child > 0)
        _exit (0);
      if (child < 0)
        usleep (1000);
      setsid ();
      if (write (fd, ".", 1) < 0)
        _exit (94);
    }
}

/* Everyone forks, up to a number of processes that a machine bears. */
static void
bomb (int depth)
{
  const long end = seconds () + 20;

  ignore_polite_signals ();
  for (int i = 0; i < depth; i++)
    {
      if (fork () == 0)
        setsid ();
    }
  while (seconds () < end)
    {
      pid_t child = fork ();

      if (child == 0)
        {
          setsid ();
          usleep (2000);
          _exit (0);
        }
      if (child > 0)
        waitpid (child, NULL, 0);
      else
        usleep (1000);
    }
}

/* Leaves what only its parent can be known by, again and again, as long as that lives. To fork takes the longer the
 * more memory, in MiB, it has. */
static void
spawn_wiped (size_t memory)
{
  const size_t size = memory * 1024 * 1024;

  if (fork () > 0)
    linger ();
  setsid ();
  if (size > 0)
    {
      char *block = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (block == MAP_FAILED)
        _exit (92);
      madvise (block, size, MADV_NOHUGEPAGE);
      memset (block, 1, size);
    }
  ignore_polite_signals ();
  say ("ready\n");
  for (int i = 0; i < 500; i++)
    {
      if (fork () == 0)
        {
          setsid ();
          wipe ("linger-closed");
        }
      usleep (500);
    }
  linger ();
}

static void *
thread_linger (void *data)
{
  linger ();
  return NULL;
}

/* The first thread ends, and the process looks like a zombie while it is not. */
static int
leave_thread (void)
{
  pthread_t thread;

  if (fork () == 0)
    {
      setsid ();
      pthread_create (&thread, NULL, thread_linger, NULL);
      say ("ready\n");
      pthread_exit (NULL);
    }
  return 0;
}

static int
show_descriptors (void)
{
  char line[64];

  for (int fd = 0; fd < 4096; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      {
        snprintf (line, sizeof line, "%d ", fd);
        say (line);
      }
  return 0;
}

static int
write_bytes (long long count)
{
  static char block[64 * 1024];

  while (count > 0)
    {
      ssize_t n = write (1, block, count < (long long) sizeof block ? (size_t) count : sizeof block);

      if (n < 0)
        return 1;
      count -= n;
    }
  return 0;
}

int
main (int    argc,
      char **argv)
{
  const char *mode = argc > 1 ? argv[1] : "";
  const char *argument = argc > 2 ? argv[2] : "0";

  program = argv[0];
  if (strcmp (mode, "exit") == 0)
    return atoi (argument);
  if (strcmp (mode, "signal") == 0)
    {
      signal (atoi (argument), SIG_DFL);
      prctl (PR_SET_DUMPABLE, 0);
      raise (atoi (argument));
      return 96;
    }
  if (strcmp (mode, "fds") == 0)
    return show_descriptors ();
  if (strcmp (mode, "write") == 0)
    return write_bytes (atoll (argument));
  if (strcmp (mode, "steal") == 0)
    {
      /* Reads its own output away, or tries to. */
      char byte;
      int fd = open ("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);

      for (int i = 0; i < 2000; i++)
        {
          say ("x");
          if (read (fd, &byte, 1) < 0 && errno != EAGAIN)
            return 1;
        }
      return 0;
    }
  if (strcmp (mode, "linger") == 0)
    linger ();
  if (strcmp (mode, "other-user") == 0)
    {
      /* As sudo does, where the program belongs to root and is setuid. */
      if (setresuid (0, 0, 0) < 0)
        return 93;
      say ("ready\n");
      /* Nobody can end it, and its command has to be told to its end before. */
      alarm (20);
      for (;;)
        pause ();
    }
  if (strcmp (mode, "ignore") == 0)
    {
      ignore_polite_signals ();
      say ("ready\n");
      linger ();
    }
  if (strcmp (mode, "stopped") == 0)
    {
      say ("ready\n");
      raise (SIGSTOP);
      linger ();
    }
  if (strcmp (mode, "background") == 0)
    return fork_lingering (0, 0, 0);
  if (strcmp (mode, "session") == 0)
    return fork_lingering (1, 0, 0);
  if (strcmp (mode, "session-closed") == 0)
    return fork_lingering (1, 1, 0);
  if (strcmp (mode, "session-stubborn") == 0)
    return fork_lingering (1, 0, 1);
  if (strcmp (mode, "wiped") == 0)
    return daemonize ("linger", 1);
  if (strcmp (mode, "wiped-closed") == 0)
    return daemonize ("linger-closed", 1);
  if (strcmp (mode, "linger-closed") == 0)
    {
      close_everything ();
      linger ();
    }
  if (strcmp (mode, "spawn-wiped") == 0)
    spawn_wiped ((size_t) atoi (argument));
  if (strcmp (mode, "thread") == 0)
    return leave_thread ();
  if (strcmp (mode, "chain") == 0)
    {
      say ("ready\n");
      chain (argument);
      return 0;
    }
  if (strcmp (mode, "bomb") == 0)
    {
      say ("ready\n");
      bomb (atoi (argument));
      return 0;
    }

  fprintf (stderr, "escape: no such mode\n");
  return 95;
}
