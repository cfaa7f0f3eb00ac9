/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as a whole: many at once, threads, descriptors, and what the application around it does. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"

static void
test_many (Fixture       *self,
           gconstpointer  data)
{
  enum { N = 200 };
  g_autoptr (GPtrArray) outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) outcome_free);
  g_autoptr (GPtrArray) processes = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_process_unref);
  const char *argv[] = { "sh", "-c", "echo ready; read line; echo $1 >&2; exit $1", "sh", NULL, NULL };
  int gate[2];

  g_assert_cmpint (pipe2 (gate, O_CLOEXEC), ==, 0);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .stdin_fd = gate[0] };

      argv[4] = number;
      g_ptr_array_add (outcomes, outcome_new ());
      g_ptr_array_add (processes, start_command (self->host, &spec, outcomes->pdata[i]));
    }

  /* All of them run; now all of them end, at once. */
  for (guint i = 0; i < N; i++)
    outcome_wait_output (outcomes->pdata[i], "ready\n");
  close (gate[0]);
  close (gate[1]);
  for (guint i = 0; i < N; i++)
    {
      Outcome *outcome = outcomes->pdata[i];
      g_autofree char *number = g_strdup_printf ("%u\n", i);

      outcome_wait (outcome);
      assert_exited (outcome, (int) i);
      g_assert_cmpstr (outcome->value, ==, "ready\n");
      g_assert_cmpstr (outcome->streams[1]->str, ==, number);
      g_assert_cmpuint (outcome->strays, ==, 0);
    }
}

static void
test_stop_many (Fixture       *self,
                gconstpointer  data)
{
  enum { N = 200 };
  g_autoptr (GPtrArray) outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) outcome_free);
  g_autoptr (GPtrArray) processes = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_process_unref);
  const char *argv[] = { HELPER, "session-stubborn", NULL };
  const char *stubborn[] = { HELPER, "ignore", NULL };
  gint64 began;

  for (guint i = 0; i < N; i++)
    {
      MyrmexProcessSpec spec = { .argv = i % 2 ? argv : stubborn, .grace = 0.2 };

      g_ptr_array_add (outcomes, outcome_new ());
      g_ptr_array_add (processes, start_command (self->host, &spec, outcomes->pdata[i]));
    }
  for (guint i = 0; i < N; i++)
    outcome_wait_output (outcomes->pdata[i], "ready\n");

  began = g_get_monotonic_time ();
  for (guint i = 0; i < N; i++)
    myrmex_process_stop (processes->pdata[i]);
  for (guint i = 0; i < N; i++)
    {
      outcome_wait (outcomes->pdata[i]);
      g_assert_true (((Outcome *) outcomes->pdata[i])->killed);
    }
  g_test_message ("%d stubborn commands were ended %.0f ms after the grace", N,
                  (double) (g_get_monotonic_time () - began) / 1000 - 200);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

static gpointer
starter_thread (gpointer data)
{
  Fixture *self = data;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *text = g_strdup_printf ("echo %u; exit %u", i, i);
      g_autoptr (Outcome) outcome = run_shell (self, text);
      g_autofree char *value = g_strdup_printf ("%u\n", i);

      assert_exited (outcome, (int) i);
      g_assert_cmpstr (outcome->value, ==, value);
      g_assert_cmpuint (outcome->strays, ==, 0);
    }
  return NULL;
}

/* Several threads start commands side by side. */
static void
test_threads (Fixture       *self,
              gconstpointer  data)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("starter", starter_thread, self);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_descriptors (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *log = g_build_filename (self->folder, "log", NULL);
  const char *missing[] = { "/no/such/command", NULL };
  guint before;

  /* What is opened once is opened now. */
  {
    g_autoptr (Outcome) outcome = run_shell (self, "setsid sleep 100 & true");
  }

  before = count_descriptors (self);
  for (guint i = 0; i < 100; i++)
    {
      const char *argv[] = { "sh", "-c", "echo out; echo err >&2; echo 1/2 >&3", NULL };
      MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .log_path = log };
      MyrmexProcessSpec wrong = { .argv = missing };
      g_autoptr (Outcome) outcome = run_spec (self, &spec);
      g_autoptr (GError) error = NULL;

      assert_exited (outcome, 0);
      g_assert_null (myrmex_process_start (self->host, &wrong, &error));
    }
  {
    g_autoptr (Outcome) outcome = run_shell (self, "setsid sleep 100 & true");
  }
  g_assert_cmpuint (count_descriptors (self), ==, before);
}

/* Whatever number of descriptors is left when a command is started: either it runs as it should, or there is one
 * clear error, and nothing is leaked. */
static void
test_exhausted (Fixture       *self,
                gconstpointer  data)
{
  const char *argv[] = { "/bin/sh", "-c", "echo hello; echo 1/1 done >&3", NULL };
  const guint before = count_descriptors (self);
  struct rlimit limit;
  struct rlimit low;
  guint failures = 0;
  guint successes = 0;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  for (guint room = 0; room < 16; room++)
    {
      MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE };
      g_autoptr (GPtrArray) holders = g_ptr_array_new ();
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (MyrmexProcess) process = NULL;
      g_autoptr (GError) error = NULL;
      int fd;

      low = limit;
      low.rlim_cur = before + room + 8;
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
      while ((fd = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        g_ptr_array_add (holders, GINT_TO_POINTER (fd));
      for (guint i = 0; i < room && holders->len > 0; i++)
        close (GPOINTER_TO_INT (g_ptr_array_steal_index (holders, holders->len - 1)));

      process = try_command (self->host, &spec, outcome, &error);
      for (guint i = 0; i < holders->len; i++)
        close (GPOINTER_TO_INT (holders->pdata[i]));
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);

      if (process == NULL)
        {
          failures++;
          g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
          g_assert_nonnull (strstr (error->message, "Too many open files"));
          g_assert_nonnull (strstr (error->message, "ulimit -n"));
          continue;
        }
      successes++;
      outcome_wait (outcome);
      assert_exited (outcome, 0);
      g_assert_cmpstr (outcome->value, ==, "hello\n");
      g_assert_cmpstr (outcome->progress->str, ==, "1/1 done;");
    }

  g_assert_cmpuint (failures, >, 3);
  g_assert_cmpuint (successes, >, 3);
  g_clear_pointer (&self->host, myrmex_process_host_free);
  g_assert_cmpuint (count_descriptors (self), <=, before);
}

/* While descriptors have run out, the end of what runs is seen all the same, and nothing is given up. */
static void
test_exhausted_end (Fixture       *self,
                    gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "echo ready; read line; setsid sleep 100 & exit 3", NULL };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  struct rlimit limit;
  struct rlimit low;
  int gate[2];

  g_assert_cmpint (pipe2 (gate, O_CLOEXEC), ==, 0);
  {
    MyrmexProcessSpec spec = { .argv = argv, .grace = 60, .stdin_fd = gate[0] };

    process = start_command (self->host, &spec, outcome);
  }
  outcome_wait_output (outcome, "ready\n");

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 3;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);

  g_assert_cmpint (write (gate[1], "\n", 1), ==, 1);
  /* Nothing can be looked at, so that nothing can be said to be over. */
  g_usleep (50 * 1000);
  g_mutex_lock (&outcome->lock);
  g_assert_false (outcome->over);
  g_mutex_unlock (&outcome->lock);

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  outcome_wait (outcome);
  assert_exited (outcome, 3);
  g_assert_cmpuint (outcome->strays, >=, 1);
  close (gate[0]);
  close (gate[1]);
}

/* To stop and to kill, no descriptor is needed. */
static void
test_exhausted_stop (Fixture       *self,
                     gconstpointer  data)
{
  static const char *const modes[] = { "linger", "ignore" };
  struct rlimit limit;
  struct rlimit low;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 3;
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *argv[] = { HELPER, modes[i], NULL };
      MyrmexProcessSpec spec = { .argv = argv, .grace = 0.05 };
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, outcome);
      siginfo_t info;

      if (i == 1)
        outcome_wait_output (outcome, "ready\n");
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
      myrmex_process_stop (process);
      g_assert_cmpint (waitid (P_PID, (id_t) myrmex_process_get_pid (process), &info, WEXITED | WNOWAIT), ==, 0);
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
      outcome_wait (outcome);
      assert_signalled (outcome, i == 0 ? SIGTERM : SIGKILL);
    }
}

/* An application that forks without exec holds copies of all descriptors of the host; it must not matter. */
static void
test_fork (Fixture       *self,
           gconstpointer  data)
{
  pid_t child = fork ();

  if (child == 0)
    {
      for (;;)
        pause ();
    }

  g_assert_cmpint (child, >, 0);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (Outcome) outcome = run_shell (self, "echo hello; exit 3");
      g_autoptr (Outcome) stopped = outcome_new ();
      const char *argv[] = { "sleep", "100", NULL };
      MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
      g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, stopped);

      assert_exited (outcome, 3);
      g_assert_cmpuint (outcome->strays, ==, 0);
      myrmex_process_stop (process);
      outcome_wait (stopped);
      assert_signalled (stopped, SIGTERM);
    }

  /* It was no command's, and was left alone. */
  g_assert_cmpint (waitpid (child, NULL, WNOHANG), ==, 0);
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

/* The same, while a command runs whose pipes the fork then holds for good: nobody of the command does. */
static void
test_fork_holding (Fixture       *self,
                   gconstpointer  data)
{
  int input[2];
  const char *argv[] = { "sh", "-c", "echo ready; read line; exit 4", NULL };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  pid_t child;

  g_assert_cmpint (pipe2 (input, O_CLOEXEC), ==, 0);
  {
    MyrmexProcessSpec spec = { .argv = argv, .grace = 60, .stdin_fd = input[0] };

    process = start_command (self->host, &spec, outcome);
  }
  outcome_wait_output (outcome, "ready\n");

  child = fork ();
  if (child == 0)
    {
      /* Gets a writing end, as a child would that is forked in the middle of a start. */
      g_autofree char *path = g_strdup_printf ("/proc/%d/fd/1", (int) myrmex_process_get_pid (process));

      if (open (path, O_WRONLY) < 0 || write (input[1], "\n", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }

  outcome_wait (outcome);
  assert_exited (outcome, 4);
  g_assert_cmpuint (outcome->strays, ==, 0);
  g_assert_cmpint (waitpid (child, NULL, WNOHANG), ==, 0);
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  close (input[0]);
  close (input[1]);
}

static gpointer
leave_orphans (gpointer data)
{
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (Outcome) outcome = run_command (data, HELPER, "wiped-closed", NULL);

      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, >=, 1);
      g_assert_cmpuint (count_escaped (), ==, 0);
    }
  return NULL;
}

/* While the first thread starts a command, an owner can not tell its child from one that it adopts: what is left by
 * another command meanwhile is found all the same. */
static void
test_busy_leader (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *program = g_build_filename (self->folder, "busy", NULL);
  const char *argv[] = { program, NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  GThread *thread;
  int fd;

  if ((GPOINTER_TO_INT (data) & MYRMEX_PROCESS_HOST_OWNER) == 0)
    {
      g_test_skip ("others do not adopt");
      return;
    }

  /* It can not be executed while it is written, which is tried for a while. */
  g_assert_true (g_file_set_contents (program, "#!/bin/sh\n", -1, NULL));
  g_assert_cmpint (chmod (program, 0755), ==, 0);
  fd = open (program, O_WRONLY | O_CLOEXEC);
  thread = g_thread_new ("starter", leave_orphans, self);
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (GError) error = start_error (self, &spec);

      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
    }
  g_thread_join (thread);
  close (fd);
}

/* A status that the application took away is not taken for success. */
static void
test_lost (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = NULL;

  signal (SIGCHLD, SIG_IGN);
  outcome = run_command (self, "true", NULL);
  signal (SIGCHLD, SIG_DFL);
  g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_LOST);
  g_assert_cmpint (outcome->code, ==, -1);
}

/* The first descriptors may be closed in the application: pipes then get the numbers that the child's are to have. */
static void
test_low_descriptors (Fixture       *self,
                      gconstpointer  data)
{
  int saved[3];
  g_autoptr (Outcome) outcome = NULL;
  g_autoptr (Outcome) own = NULL;

  for (int fd = 0; fd < 3; fd++)
    {
      saved[fd] = fcntl (fd, F_DUPFD_CLOEXEC, 10);
      close (fd);
    }

  outcome = run_shell (self, "cat; echo out; echo err >&2; echo 1/2 half >&3");
  {
    g_autoptr (GError) error = NULL;
    Fixture other = { .host = myrmex_process_host_new (GPOINTER_TO_INT (data), &error) };

    own = run_shell (&other, "cat; echo out; echo err >&2; echo 1/2 half >&3");
    myrmex_process_host_free (other.host);
  }

  for (int fd = 0; fd < 3; fd++)
    {
      dup2 (saved[fd], fd);
      close (saved[fd]);
    }

  assert_exited (outcome, 0);
  g_assert_cmpstr (outcome->value, ==, "out\n");
  g_assert_cmpstr (outcome->streams[1]->str, ==, "err\n");
  g_assert_cmpstr (outcome->progress->str, ==, "1/2 half;");
  g_assert_cmpstr (own->value, ==, "out\n");
  g_assert_cmpstr (own->streams[1]->str, ==, "err\n");
}

static void
free_host_cb (MyrmexProcess             *process,
              const MyrmexProcessResult *result,
              gpointer                   user_data)
{
  gpointer *pair = user_data;

  myrmex_process_host_free (pair[0]);
  g_async_queue_push (pair[1], GINT_TO_POINTER (result->code + 1));
}

/* The last reference to a runner may be dropped in a callback. */
static void
test_free_inside (Fixture       *self,
                  gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "exit 5", NULL };
  const char *long_argv[] = { "sleep", "100", NULL };
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  gpointer pair[] = { self->host, queue };
  MyrmexProcessSpec spec = { .argv = argv, .ended = free_host_cb, .user_data = pair };
  MyrmexProcessSpec long_spec = { .argv = long_argv };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) other = start_command (self->host, &long_spec, outcome);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexProcess) process = myrmex_process_start (self->host, &spec, &error);

  g_assert_no_error (error);
  g_assert_cmpint (GPOINTER_TO_INT (g_async_queue_pop (queue)), ==, 6);
  self->host = NULL;
  outcome_wait (outcome);
  assert_signalled (outcome, SIGKILL);
}

typedef struct
{
  MyrmexProcessHost *host;
  GAsyncQueue       *queue;
  const char        *script;
  guint              left;
} Chain;

static void
next_cb (MyrmexProcess             *process,
         const MyrmexProcessResult *result,
         gpointer                   user_data)
{
  Chain *chain = user_data;
  const char *argv[] = { "sh", "-c", chain->script, NULL };
  MyrmexProcessSpec spec = { .argv = argv, .ended = next_cb, .user_data = chain };
  g_autoptr (MyrmexProcess) next = NULL;
  g_autoptr (GError) error = NULL;
  const guint left = chain->left;

  if (left == 0)
    {
      g_async_queue_push (chain->queue, GINT_TO_POINTER (1));
      return;
    }
  /* The next end may be told before this start has returned. */
  chain->left = left - 1;
  next = myrmex_process_start (chain->host, &spec, &error);
  g_assert_no_error (error);
  if (left % 5 == 0)
    myrmex_process_stop (next);
}

/* Callbacks may start and stop commands. */
static void
test_start_inside (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Chain chain = { .host = self->host, .queue = queue, .script = "read line < /dev/null; exit 0", .left = 100 };

  next_cb (NULL, NULL, &chain);
  g_async_queue_pop (queue);
}

/* A command that ends wakes nobody but the host. Those that end before posix_spawn() has returned do, since it blocks
 * all signals meanwhile, which on a busy machine may take its time. */
static void
test_undisturbed (Fixture       *self,
                  gconstpointer  data)
{
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  Chain chain = { .host = self->host, .queue = queue, .script = "exec sleep 0.02", .left = 40 };
  struct rusage before, after;

  next_cb (NULL, NULL, &chain);
  getrusage (RUSAGE_THREAD, &before);
  g_async_queue_pop (queue);
  getrusage (RUSAGE_THREAD, &after);
  g_assert_cmpint (after.ru_nvcsw - before.ru_nvcsw, <, 30);
}

/* Unreferenced at once, a command is still seen to its end. */
static void
test_unreferenced (Fixture       *self,
                   gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "echo hello; exit 6", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE };
  g_autoptr (Outcome) outcome = outcome_new ();

  myrmex_process_unref (start_command (self->host, &spec, outcome));
  outcome_wait (outcome);
  assert_exited (outcome, 6);
  g_assert_cmpstr (outcome->value, ==, "hello\n");
}

static void
test_application (Fixture       *self,
                  gconstpointer  data)
{
  const char *argv[] = { "sleep", "100", NULL };
  g_autoptr (GError) error = NULL;
  GPid own;

  /* What the application starts by itself is not the host's, whatever mode it is in. */
  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &own, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (Outcome) outcome = run_shell (self, "setsid sleep 100 & exit 0");

      g_assert_cmpuint (outcome->strays, >=, 1);
    }
  g_clear_pointer (&self->host, myrmex_process_host_free);
  g_assert_cmpint (waitpid (own, NULL, WNOHANG), ==, 0);
  kill (own, SIGKILL);
  g_assert_cmpint (waitpid (own, NULL, 0), ==, own);
}

static void
become_nobody (const char *folder)
{
  enum { NOBODY = 65534 };

  if (chown (folder, NOBODY, NOBODY) < 0 || setgroups (0, NULL) < 0 || setresgid (NOBODY, NOBODY, NOBODY) < 0 ||
      setresuid (NOBODY, NOBODY, NOBODY) < 0)
    g_error ("this process can not become another: %s", g_strerror (errno));
}

/* What a setuid program starts may be beyond our power: it is told, and holds nothing up. As root only, in a process
 * of its own that gives that up. */
static void
test_other_user (void)
{
  g_autofree char *program = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *script = NULL;
  gsize length;
  Fixture fixture = { 0 };

  if (!g_test_subprocess ())
    {
      if (geteuid () != 0)
        {
          g_test_skip ("only root can set a program up for this");
          return;
        }
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }

  fixture_set_up (&fixture, GINT_TO_POINTER (MYRMEX_PROCESS_HOST_EMBEDDED));
  program = g_build_filename (fixture.folder, "setuid", NULL);
  g_assert_true (g_file_get_contents (g_getenv ("MYRMEX_TEST_ESCAPE"), &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (program, bytes, (gssize) length, NULL));
  g_assert_cmpint (chmod (program, 04755), ==, 0);
  myrmex_process_host_free (fixture.host);

  become_nobody (fixture.folder);
  fixture.host = myrmex_process_host_new (MYRMEX_PROCESS_HOST_EMBEDDED, NULL);
  script = g_strdup_printf ("cd '%s'; mkfifo ready; '%s' other-user > ready & read line < ready; echo $line; exit 3",
                            fixture.folder, program);
  {
    const char *argv[] = { "sh", "-c", script, NULL };
    MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .grace = 0.05 };
    g_autoptr (Outcome) outcome = run_spec (&fixture, &spec);

    assert_exited (outcome, 3);
    if (!g_str_equal (outcome->value, "ready\n"))
      g_error ("setuid programs are not honoured here: “%s”", outcome->tail);
    g_assert_cmpuint (outcome->strays, ==, 1);
    g_assert_cmpuint (outcome->strays_left, ==, 1);
  }
  fixture_tear_down (&fixture, NULL);
}

int
main (int    argc,
      char **argv)
{
  static const FixtureTest tests[] = {
    { "many", test_many },
    { "stop-many", test_stop_many },
    { "threads", test_threads },
    { "descriptors", test_descriptors },
    { "exhausted", test_exhausted },
    { "exhausted-end", test_exhausted_end },
    { "exhausted-stop", test_exhausted_stop },
    { "fork", test_fork },
    { "fork-holding", test_fork_holding },
    { "busy-leader", test_busy_leader },
    { "lost", test_lost },
    { "low-descriptors", test_low_descriptors },
    { "free-inside", test_free_inside },
    { "start-inside", test_start_inside },
    { "undisturbed", test_undisturbed },
    { "unreferenced", test_unreferenced },
    { "application", test_application },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process/host/other-user", test_other_user);
  fixture_add_local_tests ("/process/host", tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
