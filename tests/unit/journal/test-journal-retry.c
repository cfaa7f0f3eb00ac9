/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run that retries another one is killed, and goes on with what it kept: each command appends its name to a ledger,
 * which nothing but an attempt can do. */

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "journal-fixture.h"
#include "journal/myrmex-journal-durable-private.h"
#include "journal/myrmex-journal-runner.h"

/* `broken` fails until there is a file, and `long` goes on until there is another one. */
static const char definition[] =
  "{ \"myrmex\": 1, \"name\": \"retried\", \"tasks\": {"
  "  \"first\": { \"shell\": \"echo first >> $FOLDER/ledger; echo of the first\" },"
  "  \"broken\": { \"shell\": \"test -e $FOLDER/well && echo broken >> $FOLDER/ledger\", \"dependencies\": [\"first\"] },"
  "  \"long\": { \"shell\": \"echo long >> $FOLDER/ledger; while ! test -e $FOLDER/go; do sleep 0.01; done\","
  "    \"dependencies\": [\"broken\"] },"
  "  \"last\": { \"command\": [\"echo\", \"${{ tasks.first.value }}\"], \"dependencies\": [\"first\", \"long\"] } } }";

typedef struct
{
  JournalFixture  fixture;
  MyrmexJournal  *journal;
  MyrmexRunner   *runner;
} Test;

static void
open_all (Test *test)
{
  g_autoptr (GError) error = NULL;

  test->journal = myrmex_journal_new (test->fixture.path);
  myrmex_journal_open (test->journal, NULL, &error);
  g_assert_no_error (error);
  test->runner = myrmex_journal_new_runner (test->journal, 2);
}

static void
close_all (Test *test)
{
  g_clear_object (&test->runner);
  g_assert_true (myrmex_journal_close (test->journal, NULL, NULL));
  g_clear_object (&test->journal);
}

static void
make_file (Test       *test,
           const char *name)
{
  g_autofree char *path = g_build_filename (test->fixture.folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static char *
dup_ledger (Test *test)
{
  g_autofree char *path = g_build_filename (test->fixture.folder, "ledger", NULL);
  char *content = NULL;

  return g_file_get_contents (path, &content, NULL, NULL) ? content : g_strdup ("");
}

static MyrmexRun *
start (Test *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (definition, -1, NULL, &error);
  MyrmexRun *run;

  g_assert_no_error (error);
  run = myrmex_runner_start (test->runner, workflow,
                             g_variant_new_parsed ("{'env': <{'FOLDER': <%s>}>, 'log_directory': <%s>}",
                                                   test->fixture.folder, test->fixture.folder), &error);
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, NULL);
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_FAILED);
  return run;
}

static MyrmexRun *
retry (Test      *test,
       MyrmexRun *earlier)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *run = myrmex_runner_retry_failed (test->runner, earlier, NULL, &error);

  g_assert_no_error (error);
  return run;
}

/* A program of its own, which is killed. */
static int
run_program (const char *folder,
             const char *path)
{
  Test test = { .fixture = { (char *) folder, (char *) path } };
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;

  open_all (&test);
  first = start (&test);
  make_file (&test, "well");
  second = retry (&test, first);
  myrmex_run_wait (second, NULL, NULL);
  return 1;
}

static char *
dup_text (GVariant   *dict,
          const char *key)
{
  char *text = NULL;

  g_variant_lookup (dict, key, "s", &text);
  return text;
}

/* The runs of the journal, the newest first, as "status status". */
static char *
dup_runs (Test        *test,
          char       **newest,
          char       **oldest)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) runs = myrmex_journal_list_runs (test->journal, NULL, 0, 10, NULL, NULL, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  for (gsize i = 0; i < g_variant_n_children (runs); i++)
    {
      g_autoptr (GVariant) run = g_variant_get_child_value (runs, i);
      g_autofree char *status = dup_text (run, "status");

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", status);
      if (i == 0)
        *newest = dup_text (run, "id");
      if (i == g_variant_n_children (runs) - 1)
        *oldest = dup_text (run, "id");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_ledger (Test       *test,
               const char *expected)
{
  g_autofree char *ledger = dup_ledger (test);

  g_assert_cmpstr (ledger, ==, expected);
}

static void
kill_at (Test       *test,
         const char *expected)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { self, "--run", test->fixture.folder, test->fixture.path, NULL };
  g_autoptr (GError) error = NULL;
  int status;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  for (;;)
    {
      g_autofree char *ledger = dup_ledger (test);

      if (g_str_equal (ledger, expected))
        break;
      g_assert_cmpint (waitpid (pid, &status, WNOHANG), ==, 0);
      g_usleep (1000);
    }
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
}

/* What the journal has of a task. */
static char *
dup_result_text (Test       *test,
                 const char *id,
                 const char *task,
                 const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) results = myrmex_journal_load_results (test->journal, id, NULL, &error);
  g_autoptr (GVariant) result = NULL;

  g_assert_no_error (error);
  result = g_variant_lookup_value (results, task, G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (result);
  return dup_text (result, key);
}

static void
assert_kept (Test       *test,
             MyrmexRun  *run,
             const char *task,
             const char *from)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);
  g_autofree char *told = dup_result_text (test, myrmex_run_get_id (run), task, "kept_from");

  g_assert_cmpstr (myrmex_task_result_get_kept_from (result), ==, from);
  g_assert_cmpstr (told, ==, from);
}

static void
test_killed (void)
{
  Test test = { .journal = NULL };
  g_autofree char *newest = NULL;
  g_autofree char *oldest = NULL;
  g_autofree char *runs = NULL;
  g_autofree char *log_path = NULL;
  g_autofree char *log = NULL;
  g_autofree char *earlier = NULL;
  g_autoptr (MyrmexRun) resumed = NULL;
  g_autoptr (MyrmexRun) third = NULL;
  g_autoptr (MyrmexTaskResult) last = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;

  journal_fixture_init (&test.fixture);
  kill_at (&test, "first\nbroken\nlong\n");
  make_file (&test, "go");

  /* It goes on with what it kept, and what it was at has been interrupted. */
  open_all (&test);
  runs = dup_runs (&test, &newest, &oldest);
  g_assert_cmpstr (runs, ==, "running failed");
  row = myrmex_journal_load_run (test.journal, newest, NULL, &error);
  g_assert_no_error (error);
  earlier = dup_text (row, "retried_from");
  g_assert_cmpstr (earlier, ==, oldest);
  resumed = myrmex_journal_resume_run (test.journal, MYRMEX_LOCAL_RUNNER (test.runner), newest, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (myrmex_run_get_retried_from (resumed), ==, oldest);
  myrmex_run_wait (resumed, NULL, NULL);
  g_assert_cmpint (myrmex_run_get_status (resumed), ==, MYRMEX_RUN_STATUS_FAILED);
  assert_ledger (&test, "first\nbroken\nlong\n");
  assert_kept (&test, resumed, "first", oldest);
  assert_kept (&test, resumed, "broken", NULL);
  log_path = myrmex_run_dup_log_path (resumed, "first");
  g_assert_true (g_file_get_contents (log_path, &log, NULL, NULL));
  g_assert_cmpstr (log, ==, "of the first\n");

  /* And can be retried as any other. */
  third = retry (&test, resumed);
  myrmex_run_wait (third, NULL, NULL);
  g_assert_cmpint (myrmex_run_get_status (third), ==, MYRMEX_RUN_STATUS_COMPLETED);
  assert_ledger (&test, "first\nbroken\nlong\nlong\n");
  assert_kept (&test, third, "first", oldest);
  assert_kept (&test, third, "broken", newest);
  last = myrmex_run_dup_result (third, "last");
  g_assert_cmpstr (g_variant_get_string (myrmex_task_result_get_value (last), NULL), ==, "of the first");
  close_all (&test);
  journal_fixture_clear (&test.fixture);
}

/* A run of another process, by its id. */
static void
test_by_id (void)
{
  Test test = { .journal = NULL };
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  MyrmexLocalRunner *runner;

  journal_fixture_init (&test.fixture);
  open_all (&test);
  first = start (&test);
  id = g_strdup (myrmex_run_get_id (first));
  g_clear_object (&first);
  close_all (&test);
  make_file (&test, "well");
  make_file (&test, "go");

  open_all (&test);
  runner = MYRMEX_LOCAL_RUNNER (test.runner);
  g_assert_null (myrmex_journal_retry_run (test.journal, runner, "nothing", NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (myrmex_journal_retry_run (test.journal, runner, id, g_variant_new_parsed ("{'pausd': <true>}"), NULL,
                                           &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  second = myrmex_journal_retry_run (test.journal, runner, id, NULL, NULL, &error);
  g_assert_no_error (error);
  myrmex_run_wait (second, NULL, NULL);
  g_assert_cmpint (myrmex_run_get_status (second), ==, MYRMEX_RUN_STATUS_COMPLETED);
  assert_ledger (&test, "first\nbroken\nlong\n");
  assert_kept (&test, second, "first", id);
  g_assert_null (myrmex_journal_retry_run (test.journal, runner, myrmex_run_get_id (second), NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  close_all (&test);
  journal_fixture_clear (&test.fixture);
}

/* One that was accepted, and not started before its process went away: what it keeps is found when it is. */
static void
test_accepted (void)
{
  Test test = { .journal = NULL };
  g_autoptr (MyrmexRun) first = NULL;
  g_autoptr (MyrmexRun) second = NULL;
  g_autoptr (MyrmexDurableRun) accepted = NULL;
  g_autoptr (MyrmexDurableRun) left = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  MyrmexJournalRun row = { 0 };

  journal_fixture_init (&test.fixture);
  open_all (&test);
  first = start (&test);
  make_file (&test, "well");
  make_file (&test, "go");
  row.retried_from = (char *) myrmex_run_get_id (first);
  accepted = myrmex_durable_run_prepare_retry (test.journal, MYRMEX_LOCAL_RUNNER (test.runner), &row, &error);
  g_assert_no_error (error);
  id = g_strdup (accepted->row->id);
  g_assert_true (myrmex_durable_run_write (accepted, test.journal, NULL, NULL, &error));
  g_assert_no_error (error);
  g_clear_pointer (&accepted, myrmex_durable_run_free);
  close_all (&test);

  open_all (&test);
  left = myrmex_durable_run_load (test.journal, MYRMEX_LOCAL_RUNNER (test.runner), id, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (left->has_started);
  second = myrmex_durable_run_begin (left, test.journal, &error);
  g_assert_no_error (error);
  myrmex_run_wait (second, NULL, NULL);
  g_assert_cmpint (myrmex_run_get_status (second), ==, MYRMEX_RUN_STATUS_COMPLETED);
  assert_ledger (&test, "first\nbroken\nlong\n");
  assert_kept (&test, second, "first", row.retried_from);
  close_all (&test);
  journal_fixture_clear (&test.fixture);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--run"))
    return run_program (argv[2], argv[3]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/retry/killed", test_killed);
  g_test_add_func ("/journal/retry/by-id", test_by_id);
  g_test_add_func ("/journal/retry/accepted", test_accepted);
  return g_test_run ();
}
