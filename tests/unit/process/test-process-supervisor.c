/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor as a pair of processes: how each of them goes, and what goes with it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"
#include "process/myrmex-proc-private.h"

/* Of this test alone: others may run at the same time. */
static char *cookie;

/* Killed, one of the pair takes everything with it, and the next command gets another pair. */
static void
check_death (Fixture  *self,
             gboolean  of_guard)
{
  const char * const modes[] = { "ignore", "session-stubborn", "wiped-closed", "chain", "bomb" };
  const guint n = (g_getenv ("MYRMEX_TEST_FULL") != NULL) ? 40 : 1;

  for (guint i = 0; i < n * G_N_ELEMENTS (modes); i++)
    {
      const char *mode = modes[i % G_N_ELEMENTS (modes)];
      g_autofree char *argument = g_strcmp0 (mode, "chain") == 0 ? g_build_filename (self->folder, "chain", NULL)
                                                                  : g_strdup ("4");
      g_autofree char *script = g_strdup_printf ("\"$0\" %s %s 3>&- & sleep 0.05; " READY "wait; sleep 100", mode, argument);
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (Outcome) next = NULL;
      g_autoptr (MyrmexProcess) process = fixture_start_script (self, script, cookie, outcome);
      g_autoptr (GArray) pids = NULL;
      gint64 began;

      outcome_wait_progress (outcome, "ready");
      pids = fixture_find_pair (self);
      g_assert_cmpuint (pids->len, ==, 2);
      began = g_get_monotonic_time ();
      kill (g_array_index (pids, MyrmexProcStat, of_guard ? 0 : 1).pid, SIGKILL);
      outcome_wait (outcome);
      g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
      g_assert_cmpuint (count_carriers (cookie), ==, 0);

      next = run_command (self, HELPER, "exit", "5", NULL);
      assert_exited (next, 5);
      g_assert_cmpuint (count_escaped (), ==, 0);
      /* Sooner than a connection to one that is gone would be given up. */
      g_assert_cmpint (g_get_monotonic_time () - began, <, 11 * G_USEC_PER_SEC);
    }
  g_test_message ("%u times nothing was left", n * (guint) G_N_ELEMENTS (modes));
}

static void
test_supervisor_dies (Fixture       *self,
                      gconstpointer  data)
{
  check_death (self, FALSE);
}

static void
test_guard_dies (Fixture       *self,
                 gconstpointer  data)
{
  check_death (self, TRUE);
}

/* The service has gone too, so that nobody sweeps: the guard alone has to. */
static void
test_nobody_left (Fixture       *self,
                  gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "\"$0\" session-stubborn; \"$0\" wiped-closed; " READY "sleep 100", cookie, outcome);
  g_autoptr (GArray) pids = NULL;

  outcome_wait_progress (outcome, "ready");
  g_assert_cmpuint (count_escaped (), ==, 2);
  g_clear_pointer (&process, myrmex_process_unref);
  g_clear_pointer (&self->host, myrmex_process_host_free);
  pids = fixture_find_pair (self);
  g_assert_cmpuint (pids->len, ==, 2);
  kill (g_array_index (pids, MyrmexProcStat, 1).pid, SIGKILL);
  fixture_await_no_pair (self);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

static gpointer
run_after (gpointer data)
{
  Fixture *self = data;
  Outcome *outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "test -e goes-on || echo overlaps", NULL, outcome);

  outcome_wait (outcome);
  return outcome;
}

/* A guard that is slow to end what is left holds up the next pair, and with it the next command. */
static void
test_slow_guard (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) next = NULL;
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "\"$0\" wiped-closed; " READY "sleep 100", cookie, outcome);
  g_autoptr (GArray) pids = NULL;
  GThread *thread;

  outcome_wait_progress (outcome, "ready");
  pids = fixture_find_pair (self);
  kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGSTOP);
  kill (g_array_index (pids, MyrmexProcStat, 1).pid, SIGKILL);
  outcome_wait (outcome);
  g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  thread = g_thread_new ("next", run_after, self);
  g_usleep (300 * 1000);
  g_assert_cmpuint (count_escaped (), ==, 1);
  fixture_touch (self, "goes-on");
  kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGCONT);
  next = g_thread_join (thread);
  assert_exited (next, 0);
  g_assert_cmpstr (next->value, ==, "");
  g_assert_cmpuint (count_escaped (), ==, 0);
}

/* Told to leave, it lets a command clean up, and tells of none that it was not asked to stop. */
static void
test_told_to_leave (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "trap 'touch cleaned; exit 0' TERM; " READY "while :; do sleep 0.01; done", cookie, outcome);
  g_autoptr (GArray) pids = NULL;
  g_autofree char *cleaned = g_build_filename (self->folder, "cleaned", NULL);

  outcome_wait_progress (outcome, "ready");
  pids = fixture_find_pair (self);
  kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGTERM);
  outcome_wait (outcome);
  g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_true (g_file_test (cleaned, G_FILE_TEST_EXISTS));
  fixture_await_no_pair (self);
}

/* From then on it starts nothing, though it still waits for the one that cleans up. */
static void
test_no_start_while_leaving (Fixture       *self,
                             gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) late = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "trap 'echo 1/1 asked >&3; sleep 100' TERM; " READY
                  "while :; do sleep 0.01; done", cookie, outcome);
  g_autoptr (MyrmexProcess) late_one = NULL;
  g_autoptr (GArray) pids = NULL;
  g_autofree char *begun = g_build_filename (self->folder, "begun", NULL);

  outcome_wait_progress (outcome, "ready");
  pids = fixture_find_pair (self);
  kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGTERM);
  outcome_wait_progress (outcome, "asked");
  late_one = fixture_start_script (self, "touch begun", NULL, late);
  /* It was asked already, so that it is killed, when the other has been read. */
  myrmex_process_stop (process);
  outcome_wait (late);
  outcome_wait (outcome);
  g_assert_cmpint (late->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_false (g_file_test (begun, G_FILE_TEST_EXISTS));
  fixture_await_no_pair (self);
}

/* As systemd starts it: with the socket that it listens at. */
static void
test_activated (Fixture       *self,
                gconstpointer  data)
{
  g_autofree char *command = g_strdup_printf ("LISTEN_FDS=1 LISTEN_PID=$$ exec \"%s\" --socket %s",
                                              g_getenv ("MYRMEX_SUPERVISOR"), self->socket);
  int listener = fixture_listen (self);
  g_autoptr (Outcome) outcome = NULL;
  g_autoptr (GArray) pids = NULL;
  pid_t pid;
  int status;

  pid = fork ();
  if (pid == 0)
    {
      /* Its number must not be the one that it is to have. */
      dup2 (fcntl (listener, F_DUPFD, 10), 3);
      execl ("/bin/sh", "sh", "-c", command, NULL);
      _exit (1);
    }

  outcome = run_command (self, HELPER, "exit", "7", NULL);
  assert_exited (outcome, 7);
  pids = fixture_find_pair (self);
  g_assert_cmpuint (pids->len, ==, 2);
  g_assert_cmpint (g_array_index (pids, MyrmexProcStat, 0).pid, ==, pid);
  kill (pid, SIGTERM);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  /* The socket is not its own. */
  g_assert_true (g_file_test (self->socket, G_FILE_TEST_EXISTS));
  close (listener);
}

static guint64
read_cpu_ticks (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  /* After the name: the state is the first, the times are the 12th and 13th. */
  fields = g_strsplit (strrchr (text, ')') + 2, " ", 14);
  return g_ascii_strtoull (fields[11], NULL, 10) + g_ascii_strtoull (fields[12], NULL, 10);
}

/* Without a descriptor left in the supervisor, what needs one fails, and what runs goes on; who connects waits, and it
 * does not. */
static void
test_exhausted (Fixture       *self,
                gconstpointer  data)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (Outcome) running = outcome_new ();
  g_autoptr (Outcome) refused = outcome_new ();
  g_autoptr (Outcome) after = NULL;
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, READY "while ! test -e go; do sleep 0.01; done; exit 4", NULL, running);
  g_autoptr (MyrmexProcess) other = NULL;
  g_autoptr (GArray) pids = NULL;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  MyrmexProcessSpec spec = { .argv = argv, .stdin_fd = fd };
  struct rlimit limit, low;
  guint64 ticks;
  int caller;
  pid_t pid;

  outcome_wait_progress (running, "ready");
  pids = fixture_find_pair (self);
  pid = g_array_index (pids, MyrmexProcStat, 1).pid;
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, NULL, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 3;
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, &low, NULL), ==, 0);
  other = start_command (self->host, &spec, refused);
  outcome_wait (refused);
  g_assert_cmpint (refused->end, ==, MYRMEX_PROCESS_FAILED);
  g_assert_nonnull (strstr (refused->error->message, g_strerror (EMFILE)));

  ticks = read_cpu_ticks (pid);
  caller = fixture_connect (self);
  g_assert_cmpint (poll (&(struct pollfd) { .fd = caller, .events = POLLIN }, 1, 500), ==, 0);
  g_assert_cmpuint (read_cpu_ticks (pid) - ticks, <, 5);
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, &limit, NULL), ==, 0);
  g_assert_cmpint (poll (&(struct pollfd) { .fd = caller, .events = POLLIN }, 1, PATIENCE / 1000), ==, 1);
  close (caller);

  fixture_touch (self, "go");
  outcome_wait (running);
  assert_exited (running, 4);
  after = run_spec (self, &spec);
  assert_exited (after, 0);
  close (fd);
}

/* Without anybody to serve, it leaves; but not from under who has only just come. */
static void
test_idle (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = fixture_start_script (self, "true", cookie, outcome);
  const char *cookies[] = { cookie, NULL };

  outcome_wait (outcome);
  myrmex_process_host_forget (self->host, cookies);
  g_clear_pointer (&process, myrmex_process_unref);
  if (g_getenv ("MYRMEX_TEST_FULL") != NULL)
    {
      int caller = fixture_connect (self);

      g_clear_pointer (&self->host, myrmex_process_host_free);
      g_assert_cmpint (poll (&(struct pollfd) { .fd = caller, .events = POLLRDHUP }, 1, 8000), ==, 0);
      close (caller);
    }
  g_clear_pointer (&self->host, myrmex_process_host_free);
  fixture_await_no_pair (self);
  g_assert_false (g_file_test (self->socket, G_FILE_TEST_EXISTS));
}

int
main (int    argc,
      char **argv)
{
  static const FixtureTest tests[] = {
    { "supervisor-dies", test_supervisor_dies },
    { "guard-dies", test_guard_dies },
    { "nobody-left", test_nobody_left },
    { "slow-guard", test_slow_guard },
    { "told-to-leave", test_told_to_leave },
    { "no-start-while-leaving", test_no_start_while_leaving },
    { "activated", test_activated },
    { "exhausted", test_exhausted },
    { "idle", test_idle },
  };
  g_autofree char *uuid = g_uuid_string_random ();

  cookie = uuid;
  g_test_init (&argc, &argv, NULL);
  fixture_add_tests ("/process/supervisor", FIXTURE_REMOTE, tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
