/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of a supervisor: what is told of them, who has them when one of the two goes, and what it bears. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"
#include "process/myrmex-proc-private.h"

#define READY "echo 1/1 ready >&3; "

/* Of this test alone: others may run at the same time. */
static char *cookie;

static MyrmexProcess *
start_script (Fixture    *self,
              const char *script,
              const char *name,
              Outcome    *outcome)
{
  const char *argv[] = { "sh", "-c", script, HELPER, NULL };
  g_autofree char *log = g_build_filename (self->folder, "log", NULL);
  MyrmexProcessSpec spec = {
    .argv = argv, .cookie = name, .keep_output = TRUE, .log_path = log, .grace = 60, .directory = self->folder,
  };

  return start_command (self->host, &spec, outcome);
}

static void
test_told (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    start_script (self, "echo out; echo err >&2; echo 2/4 half >&3; printf end; exit 3", NULL, outcome);
  g_autofree char *log = NULL;

  outcome_wait (outcome);
  log = fixture_read_file (self, "log");
  assert_exited (outcome, 3);
  g_assert_cmpstr (outcome->value, ==, "out\nend");
  g_assert_cmpuint (outcome->output_bytes, ==, 11);
  g_assert_cmpuint (outcome->log_bytes, ==, strlen (log));
  g_assert_cmpuint (strlen (log), ==, 11);
  g_assert_cmpuint (outcome->tail_length, ==, 11);
  g_assert_cmpstr (outcome->progress->str, ==, "2/4 half;");
  g_assert_cmpuint (outcome->max_rss, >, 0);
  g_assert_cmpint (myrmex_process_get_pid (process), >, 0);
}

static void
test_stop (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) stubborn = outcome_new ();
  g_autoptr (Outcome) killed = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    start_script (self, "trap 'exit 7' TERM; " READY "while :; do sleep 0.01; done", NULL, outcome);
  g_autoptr (MyrmexProcess) stubborn_one =
    start_script (self, "trap '' TERM; " READY "while :; do sleep 0.01; done", NULL, stubborn);
  g_autoptr (MyrmexProcess) killed_one = start_script (self, "sleep 100", NULL, killed);

  outcome_wait_progress (outcome, "ready");
  myrmex_process_stop (process);
  outcome_wait (outcome);
  assert_exited (outcome, 7);
  g_assert_true (outcome->stopped);
  g_assert_false (outcome->killed);

  /* The second stop does not wait for the grace. */
  outcome_wait_progress (stubborn, "ready");
  myrmex_process_stop (stubborn_one);
  myrmex_process_stop (stubborn_one);
  outcome_wait (stubborn);
  assert_signalled (stubborn, SIGKILL);
  g_assert_true (stubborn->killed);

  myrmex_process_kill (killed_one);
  outcome_wait (killed);
  assert_signalled (killed, SIGKILL);
  myrmex_process_kill (killed_one);
}

/* Whatever a command leaves is ended before it is over. */
static void
test_strays (Fixture       *self,
             gconstpointer  data)
{
  const char * const modes[] = { "background", "session", "session-closed", "wiped", "wiped-closed" };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *script = g_strdup_printf ("\"$0\" %s", modes[i]);
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (MyrmexProcess) process = start_script (self, script, NULL, outcome);

      outcome_wait (outcome);
      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, ==, 1);
      g_assert_cmpuint (count_escaped (), ==, 0);
    }
}

static void
touch (Fixture    *self,
       const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
await_file (Fixture    *self,
            const char *name)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

/* Commands go on when the service goes; what became of them is told to the next one until it forgets. */
static void
test_hand_over (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (Outcome) first = outcome_new ();
  g_autoptr (Outcome) second = outcome_new ();
  g_autoptr (Outcome) ended = outcome_new ();
  g_autoptr (Outcome) again = outcome_new ();
  g_autoptr (Outcome) running = outcome_new ();
  g_autoptr (Outcome) forgotten = outcome_new ();
  g_autofree char *one = g_strconcat (cookie, ".1", NULL);
  g_autofree char *two = g_strconcat (cookie, ".2", NULL);
  const char *cookies[] = { one, NULL };
  g_autoptr (MyrmexProcess) started_one = NULL, started_two = NULL, adopted = NULL, adopted_again = NULL,
                            adopted_two = NULL, unknown = NULL;
  g_autofree char *log = NULL;

  started_one = start_script (self, READY "while ! test -e go; do sleep 0.01; done; echo one; touch gone; exit 41",
                              one, first);
  started_two = start_script (self, READY "while ! test -e on; do sleep 0.01; done; echo two; exit 42", two, second);
  outcome_wait_progress (first, "ready");
  outcome_wait_progress (second, "ready");
  g_clear_pointer (&started_one, myrmex_process_unref);
  g_clear_pointer (&started_two, myrmex_process_unref);
  g_clear_pointer (&self->host, myrmex_process_host_free);
  g_assert_cmpuint (first->calls + second->calls, ==, 0);

  touch (self, "go");
  await_file (self, "gone");
  fixture_renew_remote (self);
  adopted = adopt_command (self->host, one, ended);
  adopted_two = adopt_command (self->host, two, running);
  outcome_wait (ended);
  assert_exited (ended, 41);
  g_assert_cmpstr (ended->value, ==, "one\n");

  /* It was not forgotten, so it is told again. */
  g_clear_pointer (&adopted, myrmex_process_unref);
  g_clear_pointer (&adopted_two, myrmex_process_unref);
  fixture_renew_remote (self);
  adopted_again = adopt_command (self->host, one, again);
  adopted_two = adopt_command (self->host, two, running);
  outcome_wait (again);
  assert_exited (again, 41);
  g_assert_cmpuint (running->calls, ==, 0);
  touch (self, "on");
  outcome_wait (running);
  assert_exited (running, 42);
  log = fixture_read_file (self, "log");
  g_assert_cmpstr (log, ==, "one\ntwo\n");

  myrmex_process_host_forget (self->host, cookies);
  unknown = adopt_command (self->host, one, forgotten);
  outcome_wait (forgotten);
  g_assert_cmpint (forgotten->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_error (forgotten->error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED);
}

/* What nobody asked for is ended and forgotten. */
static void
test_settle (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (Outcome) running = outcome_new ();
  g_autoptr (Outcome) over = outcome_new ();
  g_autoptr (Outcome) kept = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_script (self, READY "sleep 100", cookie, running);
  g_autoptr (MyrmexProcess) short_one = start_script (self, "exit 3", "over.1", over);
  g_autoptr (MyrmexProcess) adopted = NULL;

  outcome_wait_progress (running, "ready");
  outcome_wait (over);
  g_clear_pointer (&process, myrmex_process_unref);
  g_clear_pointer (&short_one, myrmex_process_unref);
  fixture_renew_remote (self);
  myrmex_process_host_settle (self->host);
  while (count_carriers (cookie) > 0)
    g_usleep (1000);
  adopted = adopt_command (self->host, "over.1", kept);
  outcome_wait (kept);
  g_assert_cmpint (kept->end, ==, MYRMEX_PROCESS_INTERRUPTED);
}

/* What an earlier command has left, and the supervisor does not know, is ended before its attempt is over. What has a
 * cookie that only begins so is not. */
static void
test_leftover (Fixture       *self,
               gconstpointer  data)
{
  g_autofree char *longer = g_strconcat (cookie, "0", NULL);
  const char *cookies[] = { cookie, longer };
  pid_t pids[2];
  int status;

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *assignment = g_strconcat (MYRMEX_PROCESS_COOKIE_VARIABLE "=", cookies[i], NULL);
      char *envp[] = { assignment, NULL };
      char *argv[] = { (char *) HELPER, (char *) "linger", NULL };
      posix_spawnattr_t attributes;

      posix_spawnattr_init (&attributes);
      posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSID);
      g_assert_cmpint (posix_spawn (&pids[i], HELPER, NULL, &attributes, argv, envp), ==, 0);
      posix_spawnattr_destroy (&attributes);
    }

  {
    g_autoptr (Outcome) outcome = outcome_new ();
    g_autoptr (MyrmexProcess) process = adopt_command (self->host, cookie, outcome);

    outcome_wait (outcome);
    g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  }
  g_assert_cmpint (waitpid (pids[0], &status, 0), ==, pids[0]);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (waitpid (pids[1], &status, WNOHANG), ==, 0);
  kill (pids[1], SIGKILL);
  g_assert_cmpint (waitpid (pids[1], &status, 0), ==, pids[1]);
}

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
      g_autoptr (MyrmexProcess) process = start_script (self, script, cookie, outcome);
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
      g_assert_cmpint (g_get_monotonic_time () - began, <, 5 * G_USEC_PER_SEC);
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
    start_script (self, "\"$0\" session-stubborn; \"$0\" wiped-closed; " READY "sleep 100", cookie, outcome);
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

/* Told to leave, it lets a command clean up, and tells of none that it was not asked to stop. */
static void
test_told_to_leave (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    start_script (self, "trap 'touch cleaned; exit 0' TERM; " READY "while :; do sleep 0.01; done", cookie, outcome);
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
    start_script (self, "trap 'echo 1/1 asked >&3; sleep 100' TERM; " READY
                  "while :; do sleep 0.01; done", cookie, outcome);
  g_autoptr (MyrmexProcess) late_one = NULL;
  g_autoptr (GArray) pids = NULL;
  g_autofree char *begun = g_build_filename (self->folder, "begun", NULL);

  outcome_wait_progress (outcome, "ready");
  pids = fixture_find_pair (self);
  kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGTERM);
  outcome_wait_progress (outcome, "asked");
  late_one = start_script (self, "touch begun", NULL, late);
  /* It was asked already, so that it is killed, when the other has been read. */
  myrmex_process_stop (process);
  outcome_wait (late);
  outcome_wait (outcome);
  g_assert_cmpint (late->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_false (g_file_test (begun, G_FILE_TEST_EXISTS));
  fixture_await_no_pair (self);
}

static void
test_taken_over (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) taken = outcome_new ();
  g_autoptr (Outcome) refused = outcome_new ();
  g_autoptr (Outcome) after = NULL;
  g_autoptr (MyrmexProcess) process =
    start_script (self, READY "while ! test -e on; do sleep 0.01; done; exit 4", cookie, outcome);
  g_autoptr (MyrmexProcess) adopted = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexProcessHost) second = myrmex_process_host_new_remote (self->socket, &error);
  Fixture other_self = { .host = second };
  const char *argv[] = { "true", NULL };
  MyrmexProcessSpec spec = { .argv = argv };

  g_assert_no_error (error);
  outcome_wait_progress (outcome, "ready");
  adopted = adopt_command (second, cookie, taken);
  /* When this has been done, what was asked before it has been, too. */
  after = run_command (&other_self, "true", NULL);
  assert_exited (after, 0);
  touch (self, "on");
  outcome_wait (taken);
  assert_exited (taken, 4);
  g_assert_cmpuint (outcome->calls, ==, 0);

  /* The first one learns of it, and is out of it. */
  for (gboolean learned = FALSE; !learned;)
    {
      g_autoptr (MyrmexProcess) other = try_command (self->host, &spec, refused, &error);

      learned = error != NULL;
      g_assert_true (learned || refused->calls == 0);
    }
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
  g_clear_pointer (&adopted, myrmex_process_unref);
}

/* Who leaves ends nothing that goes on: not what another has taken over, nor what it has not asked for any more. */
static void
test_leave (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (Outcome) first = outcome_new ();
  g_autoptr (Outcome) late = outcome_new ();
  g_autoptr (Outcome) muted = outcome_new ();
  g_autoptr (Outcome) taken = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    start_script (self, READY "while ! test -e go; do sleep 0.01; done; exit 4", cookie, first);
  g_autoptr (MyrmexProcessHost) second = myrmex_process_host_new_remote (self->socket, NULL);
  g_autoptr (MyrmexProcessHost) third = myrmex_process_host_new_remote (self->socket, NULL);
  g_autoptr (MyrmexProcess) adopted = NULL, adopted_late = NULL, adopted_muted = NULL;
  const char *argv[] = { "true", NULL };
  const MyrmexProcessSpec spec = { .argv = argv };
  g_autofree char *other = g_strconcat (cookie, "-other", NULL);
  gboolean learned = FALSE;

  outcome_wait_progress (first, "ready");
  adopted = adopt_command (second, cookie, taken);
  while (!learned)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexProcess) another = myrmex_process_start (self->host, &spec, &error);

      learned = error != NULL;
    }
  adopted_late = adopt_command (self->host, other, late);
  myrmex_process_host_mute (self->host);
  myrmex_process_host_leave (self->host);
  outcome_wait (first);
  outcome_wait (late);

  myrmex_process_host_mute (third);
  adopted_muted = adopt_command (third, cookie, muted);
  myrmex_process_host_leave (third);
  outcome_wait (muted);

  g_assert_cmpint (first->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_cmpint (late->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_cmpint (muted->end, ==, MYRMEX_PROCESS_INTERRUPTED);
  g_assert_cmpuint (count_carriers (cookie), >=, 1);
  touch (self, "go");
  outcome_wait (taken);
  assert_exited (taken, 4);
  g_clear_pointer (&adopted, myrmex_process_unref);
  g_clear_pointer (&adopted_muted, myrmex_process_unref);
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

/* Without a descriptor left, one that is to be passed on can not be sent. That is told; what needs none goes on. */
static void
test_exhausted (Fixture       *self,
                gconstpointer  data)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (Outcome) before = run_command (self, "true", NULL);
  g_autoptr (Outcome) refused = outcome_new ();
  g_autoptr (Outcome) other = NULL;
  g_autoptr (Outcome) after = NULL;
  g_autoptr (MyrmexProcess) process = NULL;
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  MyrmexProcessSpec spec = { .argv = argv, .stdin_fd = fd };
  struct rlimit limit, low;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  low = limit;
  low.rlim_cur = 3;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &low), ==, 0);
  process = try_command (self->host, &spec, refused, &error);
  other = run_command (self, "true", NULL);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);

  g_assert_null (process);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
  g_assert_nonnull (strstr (error->message, g_strerror (EMFILE)));
  assert_exited (other, 0);
  after = run_spec (self, &spec);
  assert_exited (after, 0);
  close (fd);
}

static int
connect_raw (Fixture *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, self->socket, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
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
test_exhausted_supervisor (Fixture       *self,
                           gconstpointer  data)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (Outcome) running = outcome_new ();
  g_autoptr (Outcome) refused = outcome_new ();
  g_autoptr (Outcome) after = NULL;
  g_autoptr (MyrmexProcess) process =
    start_script (self, READY "while ! test -e go; do sleep 0.01; done; exit 4", NULL, running);
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
  caller = connect_raw (self);
  g_assert_cmpint (poll (&(struct pollfd) { .fd = caller, .events = POLLIN }, 1, 500), ==, 0);
  g_assert_cmpuint (read_cpu_ticks (pid) - ticks, <, 5);
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, &limit, NULL), ==, 0);
  g_assert_cmpint (poll (&(struct pollfd) { .fd = caller, .events = POLLIN }, 1, PATIENCE / 1000), ==, 1);
  close (caller);

  touch (self, "go");
  outcome_wait (running);
  assert_exited (running, 4);
  after = run_spec (self, &spec);
  assert_exited (after, 0);
  close (fd);
}

/* Names that are no text are told in text. */
static void
test_bytes (Fixture       *self,
            gconstpointer  data)
{
  const char *argv[] = { "/no/such/\xff\xfe", NULL };
  const char *echo[] = { "printf", "\xff%s", "\xfe", NULL };
  g_autofree char *log = g_build_filename (self->folder, "none\xff", "log", NULL);
  MyrmexProcessSpec missing = { .argv = argv };
  MyrmexProcessSpec unlogged = { .argv = echo, .log_path = log, .keep_output = TRUE };
  g_autoptr (GError) error = start_error (self, &missing);
  g_autoptr (Outcome) outcome = run_spec (self, &unlogged);

  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  assert_exited (outcome, 0);
  g_assert_cmpmem (outcome->value, outcome->value_length, "\xff\xfe", 2);
  g_assert_true (g_utf8_validate (outcome->log_error, -1, NULL));
}

static void
test_no_program (Fixture       *self,
                 gconstpointer  data)
{
  g_autofree char *program = g_strdup (g_getenv ("MYRMEX_SUPERVISOR"));
  const char *argv[] = { "true", NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) failing = NULL;
  g_autoptr (GError) long_path = NULL;
  g_autoptr (GError) open_folder = NULL;
  g_autofree char *folder = g_path_get_dirname (self->socket);
  g_autofree char *long_name = g_strnfill (120, 'x');
  g_autofree char *far = g_build_filename (self->folder, long_name, NULL);

  g_setenv ("MYRMEX_SUPERVISOR", "/no/such/supervisor", TRUE);
  missing = start_error (self, &spec);
  g_assert_error (missing, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED);
  g_assert_nonnull (strstr (missing->message, "/no/such/supervisor"));
  g_setenv ("MYRMEX_SUPERVISOR", "/bin/false", TRUE);
  failing = start_error (self, &spec);
  g_assert_nonnull (strstr (failing->message, "exit 1"));
  g_setenv ("MYRMEX_SUPERVISOR", program, TRUE);

  /* Anybody could put a socket there. */
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0777), ==, 0);
  open_folder = start_error (self, &spec);
  g_assert_nonnull (strstr (open_folder->message, folder));
  g_assert_cmpint (g_chmod (folder, 0700), ==, 0);

  g_clear_pointer (&self->host, myrmex_process_host_free);
  self->host = myrmex_process_host_new_remote (far, NULL);
  long_path = start_error (self, &spec);
  g_assert_nonnull (strstr (long_path->message, long_name));
}

/* Many at once, from several threads: each is told its own. */
typedef struct
{
  Fixture *fixture;
  guint    index;
} Starter;

static gpointer
start_many (gpointer data)
{
  const Starter *starter = data;

  for (guint i = 0; i < 50; i++)
    {
      const guint status = (starter->index * 50 + i) % 256;
      g_autofree char *text = g_strdup_printf ("%u", status);
      g_autoptr (Outcome) outcome = run_command (starter->fixture, HELPER, "exit", text, NULL);

      assert_exited (outcome, (int) status);
    }
  return NULL;
}

static void
test_many (Fixture       *self,
           gconstpointer  data)
{
  Starter starters[8];
  GThread *threads[G_N_ELEMENTS (starters)];

  for (guint i = 0; i < G_N_ELEMENTS (starters); i++)
    {
      starters[i] = (Starter) { self, i };
      threads[i] = g_thread_new ("starter", start_many, &starters[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (starters); i++)
    g_thread_join (threads[i]);
}

/* Without anybody to serve, it leaves; but not from under who has only just come. */
static void
test_idle (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_script (self, "true", cookie, outcome);
  const char *cookies[] = { cookie, NULL };

  outcome_wait (outcome);
  myrmex_process_host_forget (self->host, cookies);
  g_clear_pointer (&process, myrmex_process_unref);
  if (g_getenv ("MYRMEX_TEST_FULL") != NULL)
    {
      int caller = connect_raw (self);

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
    { "told", test_told },
    { "stop", test_stop },
    { "strays", test_strays },
    { "hand-over", test_hand_over },
    { "settle", test_settle },
    { "leftover", test_leftover },
    { "supervisor-dies", test_supervisor_dies },
    { "guard-dies", test_guard_dies },
    { "nobody-left", test_nobody_left },
    { "told-to-leave", test_told_to_leave },
    { "no-start-while-leaving", test_no_start_while_leaving },
    { "taken-over", test_taken_over },
    { "leave", test_leave },
    { "exhausted", test_exhausted },
    { "exhausted-supervisor", test_exhausted_supervisor },
    { "bytes", test_bytes },
    { "activated", test_activated },
    { "no-program", test_no_program },
    { "many", test_many },
    { "idle", test_idle },
  };
  g_autofree char *uuid = g_uuid_string_random ();

  cookie = uuid;
  g_test_init (&argc, &argv, NULL);
  fixture_add_tests ("/process/remote", FIXTURE_REMOTE, tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
