/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stopping commands, and ending what they leave behind. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-fixture.h"

/* Of this test alone: others may run at the same time. */
static char *cookie;

static MyrmexProcess *
start_escape (Fixture           *self,
              MyrmexProcessSpec *spec,
              Outcome           *outcome,
              const char        *mode,
              const char        *argument)
{
  const char *argv[] = { HELPER, mode, argument, NULL };

  spec->argv = argv;
  spec->cookie = cookie;
  return start_command (self->host, spec, outcome);
}

/* Runs it to its end; nothing may be left. */
static Outcome *
run_escape (Fixture    *self,
            const char *mode,
            double      grace)
{
  MyrmexProcessSpec spec = { .grace = grace };
  Outcome *outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, mode, NULL);

  outcome_wait (outcome);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
  return outcome;
}

/* Starts it, waits until it is ready, stops it, and waits for its end. */
static Outcome *
stop_escape (Fixture    *self,
             const char *mode,
             const char *argument,
             double      grace)
{
  MyrmexProcessSpec spec = { .grace = grace };
  Outcome *outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, mode, argument);

  outcome_wait_output (outcome, "ready\n");
  myrmex_process_stop (process);
  outcome_wait (outcome);
  g_assert_cmpuint (outcome->calls, ==, 1);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
  return outcome;
}

static void
test_stop (Fixture       *self,
           gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "echo ready; exec sleep 100", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, outcome);

  outcome_wait_output (outcome, "ready\n");
  myrmex_process_stop (process);
  outcome_wait (outcome);
  assert_signalled (outcome, SIGTERM);
  g_assert_true (outcome->stopped);
  g_assert_false (outcome->killed);

  /* It is over: nothing happens, to nobody. */
  myrmex_process_stop (process);
  myrmex_process_kill (process);
}

/* What a command does on SIGTERM is its own affair, within the grace: its status, and its last words, count. */
static void
test_trap (Fixture       *self,
           gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "trap 'sleep 0.1; echo cleaned; exit 7' TERM; echo ready; while :; do sleep 0.01; done",
                         NULL };
  MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, outcome);

  outcome_wait_output (outcome, "ready\n");
  myrmex_process_stop (process);
  outcome_wait (outcome);
  assert_exited (outcome, 7);
  g_assert_true (outcome->stopped);
  g_assert_false (outcome->killed);
  g_assert_cmpstr (outcome->streams[0]->str, ==, "ready\ncleaned\n");
}

static void
test_ignore (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (Outcome) outcome = stop_escape (self, "ignore", NULL, 0.1);

  assert_signalled (outcome, SIGKILL);
  g_assert_true (outcome->stopped);
  g_assert_true (outcome->killed);
  g_assert_cmpint (outcome->duration, >=, G_USEC_PER_SEC / 10);
}

/* The second stop does not wait for the grace. */
static void
test_stop_twice (Fixture       *self,
                 gconstpointer  data)
{
  MyrmexProcessSpec spec = { .grace = 3600 };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, "ignore", NULL);

  outcome_wait_output (outcome, "ready\n");
  myrmex_process_stop (process);
  myrmex_process_stop (process);
  outcome_wait (outcome);
  assert_signalled (outcome, SIGKILL);
}

static void
test_kill (Fixture       *self,
           gconstpointer  data)
{
  MyrmexProcessSpec spec = { .grace = 3600 };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, "linger", NULL);

  myrmex_process_kill (process);
  outcome_wait (outcome);
  assert_signalled (outcome, SIGKILL);
  g_assert_true (outcome->killed);
  g_assert_true (outcome->stopped);
}

/* A stopped process gets its SIGTERM too, since it is continued. */
static void
test_stopped (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (Outcome) outcome = stop_escape (self, "stopped", NULL, 60);

  assert_signalled (outcome, SIGTERM);
  g_assert_false (outcome->killed);
}

/* Whatever is left in the background holds nothing up, and ends with its command. */
static void
test_background (Fixture       *self,
                 gconstpointer  data)
{
  static const char *const modes[] = { "background", "session", "session-closed", "wiped" };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (Outcome) outcome = run_escape (self, modes[i], 60);

      assert_exited (outcome, 0);
      g_assert_false (outcome->stopped);
      g_assert_false (outcome->killed);
      g_assert_cmpuint (outcome->strays, ==, 1);
      g_assert_cmpuint (outcome->strays_left, ==, 0);
    }
}

static void
test_background_stubborn (Fixture       *self,
                          gconstpointer  data)
{
  g_autoptr (Outcome) outcome = run_escape (self, "session-stubborn", 0.05);

  assert_exited (outcome, 0);
  g_assert_true (outcome->killed);
  g_assert_cmpuint (outcome->strays, >=, 1);
}

/* A process whose first thread has ended looks dead, and is not. */
static void
test_thread (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (Outcome) outcome = run_escape (self, "thread", 60);

  assert_exited (outcome, 0);
  g_assert_cmpuint (outcome->strays, >=, 1);
}

/* New session, no parent, no environment, no pipe: only an owner can know it. */
static void
test_wiped_closed (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (Outcome) outcome = NULL;

  if ((GPOINTER_TO_INT (data) & MYRMEX_PROCESS_HOST_OWNER) == 0)
    {
      g_test_skip ("an embedded host can not tell");
      return;
    }

  outcome = run_escape (self, "wiped-closed", 60);
  assert_exited (outcome, 0);
  g_assert_cmpuint (outcome->strays, >=, 1);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

/* Beside a command that goes on, of which it might be as well: only its control group tells whose it is. */
static void
test_wiped_beside (Fixture       *self,
                   gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "echo ready; read line", NULL };
  g_autoptr (Outcome) other = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
  int input[2];

  if ((GPOINTER_TO_INT (data) & MYRMEX_PROCESS_HOST_CGROUPS) == 0)
    {
      g_test_skip ("it waits for the other one");
      return;
    }

  g_assert_cmpint (pipe2 (input, O_CLOEXEC), ==, 0);
  spec.stdin_fd = input[0];
  process = start_command (self->host, &spec, other);
  outcome_wait_output (other, "ready\n");
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (Outcome) outcome = run_escape (self, "wiped-closed", 60);

      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, >=, 1);
      g_assert_cmpuint (count_escaped (), ==, 0);
    }

  g_assert_cmpint (write (input[1], "\n", 1), ==, 1);
  outcome_wait (other);
  assert_exited (other, 0);
  g_assert_cmpuint (other->strays, ==, 0);
  close (input[0]);
  close (input[1]);
}

/* Commands live in a group within one that was killed before this process was put there, or have none of their own. */
static void
test_group_killed (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  if ((GPOINTER_TO_INT (data) & MYRMEX_PROCESS_HOST_CGROUPS) == 0)
    {
      g_test_skip ("there are no groups");
      return;
    }

  g_clear_pointer (&self->host, myrmex_process_host_free);
  fixture_kill_cgroup (self);
  self->host = myrmex_process_host_new (GPOINTER_TO_INT (data), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Outcome) outcome = run_escape (self, "session", 60);

      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, >=, 1);
    }
}

/* Of two commands, the one that still runs keeps what may be its own. */
static void
test_not_mine (Fixture       *self,
               gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "\"$0\" wiped; echo ready; read line", HELPER, NULL };
  int input[2];
  MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
  g_autoptr (Outcome) other = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;

  g_assert_cmpint (pipe2 (input, O_CLOEXEC), ==, 0);
  spec.stdin_fd = input[0];
  process = start_command (self->host, &spec, other);
  outcome_wait_output (other, "ready\n");
  g_assert_cmpuint (count_escaped (), ==, 1);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Outcome) outcome = run_escape (self, "session", 60);

      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->strays, >=, 1);
      g_assert_cmpuint (count_escaped (), ==, 1);
    }

  close (input[0]);
  close (input[1]);
  outcome_wait (other);
  g_assert_cmpint (other->end, ==, MYRMEX_PROCESS_EXITED);
  g_assert_cmpuint (other->strays, >=, 1);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

static void
test_tree (Fixture       *self,
           gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "setsid sh -c 'setsid \"$0\" ignore & \"$0\" ignore' \"$0\" & \"$0\" ignore & wait",
                         HELPER, NULL };
  MyrmexProcessSpec spec = { .argv = argv, .grace = 0.1, .cookie = cookie };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, outcome);

  outcome_wait_output (outcome, "ready\nready\nready\n");
  myrmex_process_stop (process);
  outcome_wait (outcome);
  g_assert_true (outcome->killed);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

static void
check_spawner (Fixture    *self,
               const char *memory)
{
  for (guint i = 0; i < 5; i++)
    {
      MyrmexProcessSpec spec = { .grace = 3600 };
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, "spawn-wiped", memory);

      outcome_wait_output (outcome, "ready\n");
      g_usleep ((gulong) g_test_rand_int_range (0, 60 * 1000));
      myrmex_process_kill (process);
      outcome_wait (outcome);
      assert_signalled (outcome, SIGKILL);
      g_assert_cmpuint (count_escaped (), ==, 0);
    }
}

/* What starts others without end is stopped before it is killed: they are known by it alone. */
static void
test_spawner (Fixture       *self,
              gconstpointer  data)
{
  check_spawner (self, NULL);
}

/* One that was told to stop has not stopped yet while it forks, and that may take longer than a look. */
static void
test_slow_spawner (Fixture       *self,
                   gconstpointer  data)
{
  check_spawner (self, "64");
}

static gint64
file_size (const char *path)
{
  struct stat info;

  return stat (path, &info) < 0 ? 0 : info.st_size;
}

/* Forks and exits without end, with a new session each time, and ignores SIGTERM. To look for it is to race with
 * it: but the file that it counts in grows no more. */
static void
test_chain (Fixture       *self,
            gconstpointer  data)
{
  g_autofree char *path = g_build_filename (self->folder, "count", NULL);
  gint64 worst = 0;

  /* Not more often: its dead are thousands, and not every machine's first process is quick to bury them. */
  for (guint i = 0; i < 6; i++)
    {
      gint64 began = g_get_monotonic_time ();
      g_autoptr (Outcome) outcome = stop_escape (self, "chain", path, 0.01);
      gint64 size = file_size (path);

      worst = MAX (worst, g_get_monotonic_time () - began);
      g_usleep (5000);
      g_assert_cmpint (file_size (path), ==, size);
    }
  g_test_message ("a chain of forks was ended within %.0f ms", (double) worst / 1000);
}

/* Forks itself in all directions; the host goes on to serve others meanwhile. */
static void
test_bomb (Fixture       *self,
           gconstpointer  data)
{
  MyrmexProcessSpec spec = { .grace = 0.05 };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_escape (self, &spec, outcome, "bomb", "6");
  gint64 worst = 0;
  gboolean over = FALSE;

  outcome_wait_output (outcome, "ready\n");
  myrmex_process_stop (process);
  while (!over)
    {
      gint64 began = g_get_monotonic_time ();
      g_autoptr (Outcome) small = run_command (self, "true", NULL);

      worst = MAX (worst, g_get_monotonic_time () - began);
      assert_exited (small, 0);
      g_mutex_lock (&outcome->lock);
      over = outcome->over;
      g_mutex_unlock (&outcome->lock);
    }
  g_test_message ("while a fork bomb was ended, `true` took at most %.1f ms", (double) worst / 1000);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
  g_assert_cmpuint (count_escaped (), ==, 0);
}

/* A stop that meets the exit: whichever is first, there is one end, and its status is true. */
static void
test_race (Fixture       *self,
           gconstpointer  data)
{
  const char *argv[] = { "true", NULL };

  for (guint i = 0; i < 1000; i++)
    {
      MyrmexProcessSpec spec = { .argv = argv, .grace = 60 };
      g_autoptr (Outcome) outcome = outcome_new ();
      g_autoptr (MyrmexProcess) process = start_command (self->host, &spec, outcome);

      g_usleep ((gulong) g_test_rand_int_range (0, 1500));
      if (i % 3 == 0)
        myrmex_process_kill (process);
      else
        myrmex_process_stop (process);
      if (i % 7 == 0)
        myrmex_process_stop (process);
      outcome_wait (outcome);

      g_assert_cmpuint (outcome->calls, ==, 1);
      if (outcome->end == MYRMEX_PROCESS_SIGNALED)
        g_assert_true (outcome->code == SIGTERM || outcome->code == SIGKILL);
      else
        assert_exited (outcome, 0);
    }
}

/* Starts, apart from the host, something that carries a cookie and is no child of this process. */
static void
plant (const char *cookies)
{
  g_autofree char *command = g_strdup_printf ("MYRMEX_TASK_COOKIE='%s' '%s' session-closed", cookies, HELPER);
  const char *argv[] = { "setsid", "sh", "-c", command, NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
test_sweep (Fixture       *self,
            gconstpointer  data)
{
  g_autofree char *run_1 = g_strconcat (cookie, "-1.", NULL);
  g_autofree char *run_2 = g_strconcat (cookie, "-2.", NULL);
  g_autofree char *deep = g_strconcat ("outer.3:", run_1, "7", NULL);
  g_autofree char *outer = g_strconcat (run_1, "8:inner.9", NULL);
  g_autofree char *other = g_strconcat (run_2, "1", NULL);

  g_assert_cmpuint (sweep (self, cookie), ==, 0);

  plant (deep);
  plant (outer);
  plant (other);
  g_assert_cmpuint (count_carriers (cookie), ==, 3);

  g_assert_cmpuint (sweep (self, run_1), ==, 2);
  g_assert_cmpuint (count_carriers (cookie), ==, 1);
  g_assert_cmpuint (sweep (self, run_1), ==, 0);

  /* An owner that goes takes with it what it adopted, whoever left it. */
  if (GPOINTER_TO_INT (data) & MYRMEX_PROCESS_HOST_OWNER)
    g_clear_pointer (&self->host, myrmex_process_host_free);
  else
    g_assert_cmpuint (sweep (self, run_2), ==, 1);
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
}

/* Freeing the host ends all there is, and its callbacks come before that returns. */
static void
test_free (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (GPtrArray) outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) outcome_free);
  g_autoptr (GPtrArray) processes = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_process_unref);
  static const char *const modes[] = { "ignore", "linger", "session", "session-stubborn", "chain" };
  g_autofree char *path = g_build_filename (self->folder, "count", NULL);

  for (guint i = 0; i < 20; i++)
    {
      MyrmexProcessSpec spec = { .grace = 3600 };
      Outcome *outcome = outcome_new ();

      g_ptr_array_add (outcomes, outcome);
      g_ptr_array_add (processes, start_escape (self, &spec, outcome, modes[i % G_N_ELEMENTS (modes)], path));
    }

  g_clear_pointer (&self->host, myrmex_process_host_free);
  for (guint i = 0; i < outcomes->len; i++)
    {
      g_assert_true (((Outcome *) outcomes->pdata[i])->over);
      /* Harmless, though the host is gone. */
      myrmex_process_stop (processes->pdata[i]);
    }
  g_assert_cmpuint (count_carriers (cookie), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  static const FixtureTest tests[] = {
    { "stop", test_stop },
    { "trap", test_trap },
    { "ignore", test_ignore },
    { "stop-twice", test_stop_twice },
    { "kill", test_kill },
    { "stopped", test_stopped },
    { "background", test_background },
    { "background-stubborn", test_background_stubborn },
    { "thread", test_thread },
    { "wiped-closed", test_wiped_closed },
    { "wiped-beside", test_wiped_beside },
    { "group-killed", test_group_killed },
    { "not-mine", test_not_mine },
    { "tree", test_tree },
    { "spawner", test_spawner },
    { "slow-spawner", test_slow_spawner },
    { "chain", test_chain },
    { "bomb", test_bomb },
    { "race", test_race },
    { "sweep", test_sweep },
    { "free", test_free },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  cookie = g_uuid_string_random ();
  fixture_add_local_tests ("/process/tree", tests, G_N_ELEMENTS (tests));
  status = g_test_run ();
  g_free (cookie);
  return status;
}
