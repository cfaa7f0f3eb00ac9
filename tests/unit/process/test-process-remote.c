/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of a supervisor: what is told of them, who has them when one of the two goes, and what it bears. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"
#include "process/myrmex-proc-private.h"

/* Of this test alone: others may run at the same time. */
static char *cookie;

static void
test_told (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, "echo out; echo err >&2; echo 2/4 half >&3; printf end; exit 3", NULL, outcome);
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
    fixture_start_script (self, "trap 'exit 7' TERM; " READY "while :; do sleep 0.01; done", NULL, outcome);
  g_autoptr (MyrmexProcess) stubborn_one =
    fixture_start_script (self, "trap '' TERM; " READY "while :; do sleep 0.01; done", NULL, stubborn);
  g_autoptr (MyrmexProcess) killed_one = fixture_start_script (self, "sleep 100", NULL, killed);

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
      g_autoptr (MyrmexProcess) process = fixture_start_script (self, script, NULL, outcome);

      outcome_wait (outcome);
      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, ==, 1);
      g_assert_cmpuint (count_escaped (), ==, 0);
    }
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
  g_autoptr (Outcome) again_two = outcome_new ();
  g_autoptr (Outcome) forgotten = outcome_new ();
  g_autofree char *one = g_strconcat (cookie, ".1", NULL);
  g_autofree char *two = g_strconcat (cookie, ".2", NULL);
  const char *cookies[] = { one, NULL };
  g_autoptr (MyrmexProcess) started_one = NULL, started_two = NULL, adopted = NULL, adopted_again = NULL,
                            adopted_two = NULL, unknown = NULL;
  g_autofree char *log = NULL;

  started_one = fixture_start_script (self, READY "while ! test -e go; do sleep 0.01; done; echo one; touch gone; exit 41",
                              one, first);
  started_two = fixture_start_script (self, READY "while ! test -e on; do sleep 0.01; done; echo two; exit 42", two, second);
  outcome_wait_progress (first, "ready");
  outcome_wait_progress (second, "ready");
  g_clear_pointer (&started_one, myrmex_process_unref);
  g_clear_pointer (&started_two, myrmex_process_unref);
  g_clear_pointer (&self->host, myrmex_process_host_free);
  g_assert_cmpuint (first->calls + second->calls, ==, 0);

  fixture_touch (self, "go");
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
  fixture_touch (self, "on");
  outcome_wait (running);
  assert_exited (running, 42);
  log = fixture_read_file (self, "log");
  g_assert_cmpstr (log, ==, "one\ntwo\n");

  /* Nor was what a service was told of while it was there. */
  g_clear_pointer (&adopted_again, myrmex_process_unref);
  g_clear_pointer (&adopted_two, myrmex_process_unref);
  fixture_renew_remote (self);
  adopted_two = adopt_command (self->host, two, again_two);
  outcome_wait (again_two);
  assert_exited (again_two, 42);

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
  g_autoptr (MyrmexProcess) process = fixture_start_script (self, READY "sleep 100", cookie, running);
  g_autoptr (MyrmexProcess) short_one = fixture_start_script (self, "exit 3", "over.1", over);
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

static void
test_taken_over (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) taken = outcome_new ();
  g_autoptr (Outcome) refused = outcome_new ();
  g_autoptr (Outcome) after = NULL;
  g_autoptr (MyrmexProcess) process =
    fixture_start_script (self, READY "while ! test -e on; do sleep 0.01; done; exit 4", cookie, outcome);
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
  fixture_touch (self, "on");
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

/* Ends the connection of this process to the supervisor. */
static void
cut_off (Fixture *self)
{
  guint n_cut = 0;

  for (int fd = 3; fd < 1024; fd++)
    {
      struct sockaddr_un peer = { 0 };
      socklen_t length = sizeof peer;

      if (getpeername (fd, (struct sockaddr *) &peer, &length) == 0 && peer.sun_family == AF_UNIX &&
          g_str_equal (peer.sun_path, self->socket))
        n_cut += shutdown (fd, SHUT_RDWR) == 0;
    }
  g_assert_cmpuint (n_cut, ==, 1);
}

/* What was on its way to the supervisor when the connection came to its end is said again, where it is to be done. */
static void
test_cut_off (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (Outcome) killed = outcome_new ();
  g_autoptr (Outcome) lost = outcome_new ();
  g_autoptr (MyrmexProcess) process = fixture_start_script (self, READY "sleep 100", NULL, outcome);
  g_autoptr (MyrmexProcess) stubborn = fixture_start_script (self, "trap '' TERM; " READY "sleep 100", NULL, killed);
  g_autoptr (MyrmexProcess) late = NULL;
  g_autoptr (GArray) pids = NULL;
  const char *cookies[10001] = { NULL };
  pid_t pid;

  outcome_wait_progress (outcome, "ready");
  outcome_wait_progress (killed, "ready");
  pids = fixture_find_pair (self);
  pid = g_array_index (pids, MyrmexProcStat, 1).pid;
  kill (pid, SIGSTOP);
  for (guint i = 0; i < 10000; i++)
    cookies[i] = "more than the socket takes, so that what comes after that waits here";
  myrmex_process_host_forget (self->host, cookies);
  myrmex_process_stop (process);
  myrmex_process_kill (stubborn);
  late = fixture_start_script (self, "touch late", NULL, lost);
  cut_off (self);
  kill (pid, SIGCONT);
  outcome_wait (outcome);
  outcome_wait (killed);
  outcome_wait (lost);
  assert_signalled (outcome, SIGTERM);
  assert_signalled (killed, SIGKILL);
  g_assert_cmpint (lost->end, ==, MYRMEX_PROCESS_INTERRUPTED);
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
    fixture_start_script (self, READY "while ! test -e go; do sleep 0.01; done; exit 4", cookie, first);
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
  fixture_touch (self, "go");
  outcome_wait (taken);
  assert_exited (taken, 4);
  g_clear_pointer (&adopted, myrmex_process_unref);
  g_clear_pointer (&adopted_muted, myrmex_process_unref);
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
    { "taken-over", test_taken_over },
    { "cut-off", test_cut_off },
    { "leave", test_leave },
    { "exhausted", test_exhausted },
    { "bytes", test_bytes },
    { "no-program", test_no_program },
    { "many", test_many },
  };
  g_autofree char *uuid = g_uuid_string_random ();

  cookie = uuid;
  g_test_init (&argc, &argv, NULL);
  fixture_add_tests ("/process/remote", FIXTURE_REMOTE, tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
