/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs of a process with a journal and a supervisor, when one or both are killed: commands go on, their true ends are
 * told, none is started twice, and nothing is left. */

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-runner.h"
#include "journal-fixture.h"
#include "journal/myrmex-journal-runner.h"
#include "model/myrmex-workflow.h"
#include "process-fixture.h"
#include "process/myrmex-proc-private.h"

typedef struct
{
  JournalFixture  fixture;
  Fixture         pair;     /* its socket alone */
  GPid            pid;      /* of the process that runs, or 0 */
  char           *id;       /* of its run */
} Test;

/* The process that is killed: starts the run of the definition in @file, or resumes the run @id, and waits for its
 * end. */
static int
run_program (const char *path,
             const char *file,
             const char *socket,
             const char *id)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (path);
  g_autoptr (MyrmexRunner) runner = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *cancel = g_strconcat (path, ".cancel", NULL);

  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  runner = myrmex_journal_new_runner (journal, 3);
  g_object_set (runner, "supervisor", socket, NULL);
  if (id == NULL)
    {
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_file (file, &error);

      g_assert_no_error (error);
      run = myrmex_runner_start (runner, workflow, NULL, &error);
    }
  else
    {
      run = myrmex_journal_resume_run (journal, MYRMEX_LOCAL_RUNNER (runner), id, NULL, &error);
      /* It was killed after the end. */
      if (error != NULL && strstr (error->message, "has ended") != NULL)
        {
          myrmex_local_runner_settle (MYRMEX_LOCAL_RUNNER (runner));
          return 0;
        }
    }
  g_assert_no_error (error);
  myrmex_local_runner_settle (MYRMEX_LOCAL_RUNNER (runner));
  if (g_file_test (cancel, G_FILE_TEST_EXISTS))
    myrmex_run_cancel (run);
  myrmex_run_wait (run, NULL, NULL);
  g_clear_object (&run);
  g_clear_object (&runner);
  myrmex_journal_close (journal, NULL, NULL);
  return 0;
}

static char *
in_folder (Test       *test,
           const char *name)
{
  return g_build_filename (test->fixture.folder, name, NULL);
}

static void
set_up (Test          *test,
        gconstpointer  unused)
{
  journal_fixture_init (&test->fixture);
  test->pair.socket = in_folder (test, "supervisor");
}

static void
tear_down (Test          *test,
           gconstpointer  unused)
{
  g_autoptr (GArray) pids = fixture_find_pair (&test->pair);

  g_assert_cmpint (test->pid, ==, 0);
  if (pids->len > 0)
    kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGTERM);
  fixture_await_no_pair (&test->pair);
  if (test->id != NULL)
    g_assert_cmpuint (count_carriers (test->id), ==, 0);
  g_free (test->pair.socket);
  g_free (test->id);
  journal_fixture_clear (&test->fixture);
}

/* Of a workflow whose tasks are these, in the folder of the test. */
static void
spawn_service (Test       *test,
               const char *tasks)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *file = in_folder (test, "definition.json");
  const char *argv[] = { self, "--run", test->fixture.path, file, test->pair.socket, test->id, NULL };
  g_autoptr (GError) error = NULL;

  if (tasks != NULL)
    {
      g_autofree char *text = g_strdup_printf ("{ \"myrmex\": 1, \"name\": \"test\", \"fail_fast\": false, "
                                               "\"tasks\": { %s } }", tasks);

      g_assert_true (g_file_set_contents (file, text, -1, NULL));
    }
  g_spawn_async (test->fixture.folder, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &test->pid, &error);
  g_assert_no_error (error);
}

static void
load_id (Test *test)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (test->fixture.path);
  g_autoptr (GVariant) runs = NULL;
  g_autoptr (GVariant) run = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  runs = myrmex_journal_list_runs (journal, g_variant_new_parsed ("@a{sv} {}"), 0, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  if (g_variant_n_children (runs) > 0)
    {
      run = g_variant_get_child_value (runs, 0);
      g_clear_pointer (&test->id, g_free);
      g_assert_true (g_variant_lookup (run, "id", "s", &test->id));
    }
  g_assert_true (myrmex_journal_close (journal, NULL, NULL));
}

/* Returns whether it had ended by itself. */
static gboolean
kill_service (Test *test)
{
  int status;

  kill (test->pid, SIGKILL);
  g_assert_cmpint (waitpid (test->pid, &status, 0), ==, test->pid);
  test->pid = 0;
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
await_service (Test *test)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;
  pid_t ended;
  int status;

  while ((ended = waitpid (test->pid, &status, WNOHANG)) == 0)
    {
      if (g_get_monotonic_time () > end)
        {
          kill (test->pid, SIGKILL);
          g_error ("the service has not ended");
        }
      g_usleep (1000);
    }
  g_assert_cmpint (ended, ==, test->pid);
  test->pid = 0;
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
touch (Test       *test,
       const char *name)
{
  g_autofree char *path = in_folder (test, name);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
await_file (Test       *test,
            const char *name)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;
  g_autofree char *path = in_folder (test, name);

  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

static char *
dup_ledger (Test *test)
{
  g_autofree char *path = in_folder (test, "ledger");
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

/* What came of a task, as text: its status, the name of its error, and its value. */
static void
assert_task (Test       *test,
             const char *task,
             const char *expected)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (test->fixture.path);
  g_autoptr (GVariant) results = NULL;
  g_autoptr (GVariant) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  const char *status = "", *name = "", *value = "";
  guint attempts = 0;

  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  results = myrmex_journal_load_results (journal, test->id, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (myrmex_journal_close (journal, NULL, NULL));
  result = g_variant_lookup_value (results, task, G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (result);
  g_variant_lookup (result, "status", "&s", &status);
  g_variant_lookup (result, "error_name", "&s", &name);
  g_variant_lookup (result, "value", "&s", &value);
  g_variant_lookup (result, "attempts", "u", &attempts);
  text = g_strdup_printf ("%s %u %s%s", status, attempts, name, value);
  g_assert_cmpstr (text, ==, expected);
}

#define LEDGER "echo $MYRMEX_TASK $MYRMEX_ATTEMPT >> ledger; "
#define UNTIL(file) "while ! test -e " file "; do sleep 0.01; done; "

/* One command ends while nobody is there, one after that; both are told as they ended, and were started once. */
static void
test_service_killed (Test          *test,
                     gconstpointer  unused)
{
  g_autofree char *ledger = NULL;

  spawn_service (test, "\"a\": { \"shell\": \"" LEDGER "touch a; " UNTIL ("go-a") "echo out; touch gone; exit 41\" }, "
                       "\"b\": { \"shell\": \"" LEDGER UNTIL ("a") "touch b; " UNTIL ("go-b") "echo well\" }, "
                       "\"c\": { \"shell\": \"" LEDGER "echo $X\", \"dependencies\": [\"b\"], "
                       "\"env\": { \"X\": \"${{ tasks.b.value }}\" } }");
  await_file (test, "b");
  kill_service (test);
  load_id (test);
  touch (test, "go-a");
  await_file (test, "gone");
  spawn_service (test, NULL);
  touch (test, "go-b");
  await_service (test);

  assert_task (test, "a", "failed 1 exit-41");
  assert_task (test, "b", "completed 1 well");
  assert_task (test, "c", "completed 1 well");
  ledger = dup_ledger (test);
  g_assert_true (g_str_equal (ledger, "a 1\nb 1\nc 1\n") || g_str_equal (ledger, "b 1\na 1\nc 1\n"));
}

/* The same through several services. */
static void
test_services_killed (Test          *test,
                      gconstpointer  unused)
{
  g_autofree char *ledger = NULL;

  spawn_service (test, "\"b\": { \"shell\": \"" LEDGER "touch b; " UNTIL ("go-b") "echo well\" }, "
                       "\"c\": { \"shell\": \"" LEDGER "echo $X\", \"dependencies\": [\"b\"], "
                       "\"env\": { \"X\": \"${{ tasks.b.value }}\" } }");
  await_file (test, "b");
  kill_service (test);
  load_id (test);
  for (guint i = 0; i < 5; i++)
    {
      spawn_service (test, NULL);
      g_usleep (i * 15000);
      kill_service (test);
    }
  spawn_service (test, NULL);
  touch (test, "go-b");
  await_service (test);
  assert_task (test, "b", "completed 1 well");
  assert_task (test, "c", "completed 1 well");
  ledger = dup_ledger (test);
  g_assert_cmpstr (ledger, ==, "b 1\nc 1\n");
  /* All that it kept is on the disk, so it leaves by itself. */
  fixture_await_no_pair (&test->pair);
}

/* What ended in time is not told as late, however long nobody was there; what did not is. */
static void
test_time (Test          *test,
           gconstpointer  unused)
{
  spawn_service (test, "\"a\": { \"shell\": \"touch a; " UNTIL ("go") "echo in time\", \"timeout\": 4 }, "
                       "\"b\": { \"shell\": \"" UNTIL ("a") "touch b; sleep 100\", \"timeout\": 4, "
                       "\"retry_policy\": { \"max_attempts\": 1 } }");
  await_file (test, "b");
  kill_service (test);
  touch (test, "go");
  g_usleep (4100 * 1000);
  load_id (test);
  spawn_service (test, NULL);
  await_service (test);
  assert_task (test, "a", "completed 1 in time");
  assert_task (test, "b", "failed 1 timeout");
}

/* A command that was being stopped when the service was killed is stopped. */
static void
test_cancelled (Test          *test,
                gconstpointer  unused)
{
  g_autofree char *cancel = g_strconcat (test->fixture.path, ".cancel", NULL);

  spawn_service (test, "\"a\": { \"shell\": \"trap 'touch asked; " UNTIL ("go") "exit 0' TERM; touch a; "
                       "while :; do sleep 0.01; done\", \"grace\": 60 }");
  await_file (test, "a");
  kill_service (test);
  load_id (test);
  g_assert_true (g_file_set_contents (cancel, "", 0, NULL));
  spawn_service (test, NULL);
  await_file (test, "asked");
  kill_service (test);
  g_assert_cmpint (g_unlink (cancel), ==, 0);
  spawn_service (test, NULL);
  touch (test, "go");
  await_service (test);
  assert_task (test, "a", "cancelled 1 cancelled");
}

static void
kill_pair (Test     *test,
           gboolean  guard)
{
  g_autoptr (GArray) pids = fixture_find_pair (&test->pair);

  g_assert_cmpuint (pids->len, ==, 2);
  kill (g_array_index (pids, MyrmexProcStat, guard ? 0 : 1).pid, SIGKILL);
}

/* The supervisor, or its guard, is killed: what ran was interrupted, and is tried again under the next one. */
static void
check_supervisor_killed (Test     *test,
                         gboolean  guard,
                         gboolean  service_too)
{
  g_autofree char *ledger = NULL;

  spawn_service (test, "\"a\": { \"shell\": \"" LEDGER "touch a-$MYRMEX_ATTEMPT; " UNTIL ("go") "echo well\", "
                       "\"retry_policy\": { \"max_attempts\": 2, \"initial_delay\": 0.001 } }, "
                       "\"b\": { \"shell\": \"" UNTIL ("a-1") "setsid sleep 100 & touch b; sleep 100\" }, "
                       "\"c\": { \"shell\": \"true\", \"dependencies\": [\"b\"] }");
  await_file (test, "b");
  if (service_too)
    kill_service (test);
  kill_pair (test, guard);
  if (service_too)
    {
      fixture_await_no_pair (&test->pair);
      load_id (test);
      g_assert_cmpuint (count_carriers (test->id), ==, 0);
      spawn_service (test, NULL);
    }
  await_file (test, "a-2");
  touch (test, "go");
  await_service (test);
  load_id (test);
  assert_task (test, "a", "completed 2 well");
  assert_task (test, "b", "failed 1 interrupted");
  assert_task (test, "c", "skipped 0 ");
  ledger = dup_ledger (test);
  g_assert_cmpstr (ledger, ==, "a 1\na 2\n");
}

static void
test_supervisor_killed (Test          *test,
                        gconstpointer  unused)
{
  check_supervisor_killed (test, FALSE, FALSE);
}

static void
test_guard_killed (Test          *test,
                   gconstpointer  unused)
{
  check_supervisor_killed (test, TRUE, FALSE);
}

static void
test_both_killed (Test          *test,
                  gconstpointer  unused)
{
  check_supervisor_killed (test, FALSE, TRUE);
}

static void
write_chain (GString *tasks,
             guint    n)
{
  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (tasks, "%s\"t%u\": { \"shell\": \"" LEDGER "sleep 0.01; echo $$\", "
                              "\"retry_policy\": { \"max_attempts\": 1000, \"initial_delay\": 0.001 }", i > 0 ? ", " : "", i);
      if (i >= 3)
        g_string_append_printf (tasks, ", \"dependencies\": [\"t%u\"]", i - 3);
      g_string_append (tasks, " }");
    }
}

/* The service is killed again and again at random moments. Each command is started just once, and completes, whoever
 * was there then; only an attempt that had not come to the supervisor is followed by another. */
static void
test_random_kills (Test          *test,
                   gconstpointer  unused)
{
  const guint n_kills = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1000 : 40;
  const guint n_tasks = 30;
  g_autoptr (GString) tasks = g_string_new (NULL);
  guint n = 0, n_runs = 0, n_again = 0;

  write_chain (tasks, n_tasks);
  while (n < n_kills)
    {
      g_autofree char *path = in_folder (test, "ledger");
      g_autofree char *ledger = NULL;
      g_autoptr (GHashTable) started = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_auto (GStrv) lines = NULL;
      gboolean is_over = FALSE;

      /* A journal of its own for each run. */
      g_clear_pointer (&test->id, g_free);
      g_free (test->fixture.path);
      test->fixture.path = g_strdup_printf ("%s/journal-%u.db", test->fixture.folder, n_runs);
      g_unlink (path);
      spawn_service (test, tasks->str);
      while (!is_over)
        {
          if (n >= n_kills)
            {
              await_service (test);
              break;
            }
          g_usleep ((gulong) g_test_rand_int_range (0, 60000));
          is_over = kill_service (test);
          n += !is_over;
          load_id (test);
          if (!is_over)
            spawn_service (test, tasks->str);
        }
      ledger = dup_ledger (test);
      lines = g_strsplit (ledger, "\n", -1);
      g_assert_cmpuint (g_strv_length (lines), ==, n_tasks + 1);
      for (guint i = 0; i < n_tasks; i++)
        {
          const char *attempt = strchr (lines[i], ' ');
          g_autofree char *task = g_strndup (lines[i], (gsize) (attempt - lines[i]));

          g_assert_true (g_hash_table_add (started, g_steal_pointer (&task)));
          n_again += !g_str_equal (attempt, " 1");
        }
      n_runs++;
    }
  g_test_message ("%u kills in %u runs: %u commands, each started once, none interrupted; for %u an earlier attempt had "
                  "not come to be started; fewer than %.2f %% of kills do harm (95 %%)",
                  n, n_runs, n_runs * n_tasks, n_again, 300. / n);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Test *, gconstpointer);
  } tests[] = {
    { "service-killed", test_service_killed },
    { "services-killed", test_services_killed },
    { "time", test_time },
    { "cancelled", test_cancelled },
    { "supervisor-killed", test_supervisor_killed },
    { "guard-killed", test_guard_killed },
    { "both-killed", test_both_killed },
    { "random-kills", test_random_kills },
  };

  if (argc >= 5 && g_str_equal (argv[1], "--run"))
    return run_program (argv[2], argv[3], argv[4], argc > 5 ? argv[5] : NULL);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/journal/supervisor/%s", tests[i].name);

      g_test_add (path, Test, NULL, set_up, tests[i].func, tear_down);
    }
  return g_test_run ();
}
