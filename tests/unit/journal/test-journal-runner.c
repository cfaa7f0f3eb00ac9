/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs that are recorded: nothing takes effect before it is on the disk, and what was cut off goes on. */

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions/myrmex-action-registry.h"
#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-workflow-run.h"
#include "journal-fixture.h"
#include "journal/myrmex-journal-runner.h"
#include "model/myrmex-task-context.h"
#include "model/myrmex-workflow.h"

typedef struct
{
  JournalFixture  fixture;
  MyrmexJournal  *journal;
  MyrmexRunner   *runner;
  char           *ledger;   /* what commands append to */
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
set_up (Test          *test,
        gconstpointer  unused)
{
  journal_fixture_init (&test->fixture);
  test->ledger = g_build_filename (test->fixture.folder, "ledger", NULL);
  open_all (test);
}

static void
tear_down (Test          *test,
           gconstpointer  unused)
{
  g_clear_object (&test->runner);
  myrmex_journal_close (test->journal, NULL, NULL);
  g_clear_object (&test->journal);
  g_free (test->ledger);
  journal_fixture_clear (&test->fixture);
}

/* Each task is a line of shell, which has the path of the ledger in $LEDGER. */
static MyrmexRun *
start (Test       *test,
       const char *tasks,
       const char *options)
{
  g_autofree char *text = g_strdup_printf ("{ \"myrmex\": 1, \"name\": \"test\", \"env\": { \"LEDGER\": \"%s\" }, "
                                           "\"tasks\": { %s } }", test->ledger, tasks);
  g_autoptr (GVariant) parsed = options != NULL ? g_variant_ref_sink (g_variant_new_parsed (options)) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
  MyrmexRun *run;

  g_assert_no_error (error);
  run = myrmex_runner_start (test->runner, workflow, parsed, &error);
  g_assert_no_error (error);
  return run;
}

static MyrmexRun *
resume (Test       *test,
        const char *id)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *run =
    myrmex_journal_resume_run (test->journal, MYRMEX_LOCAL_RUNNER (test->runner), id, NULL, &error);

  g_assert_no_error (error);
  return run;
}

static char *
dup_ledger (Test *test)
{
  char *content = NULL;

  return g_file_get_contents (test->ledger, &content, NULL, NULL) ? content : g_strdup ("");
}

static void
await_ledger (Test       *test,
              const char *expected)
{
  for (;;)
    {
      g_autofree char *content = dup_ledger (test);

      if (g_str_equal (content, expected))
        return;
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static void
assert_value (Test       *test,
              const char *id,
              const char *task,
              const char *key,
              const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) results = myrmex_journal_load_results (test->journal, id, NULL, &error);
  g_autoptr (GVariant) result = NULL;
  const char *text = NULL;

  g_assert_no_error (error);
  result = g_variant_lookup_value (results, task, G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (result);
  g_assert_true (g_variant_lookup (result, key, "&s", &text));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_run (Test       *test,
            const char *id,
            const char *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) run = myrmex_journal_load_run (test->journal, id, NULL, &error);
  const char *text = NULL;

  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (run, "status", "&s", &text));
  g_assert_cmpstr (text, ==, status);
}

/* When the run has been told to its end, all of it is in the journal. */
static void
test_recorded (Test          *test,
               gconstpointer  unused)
{
  g_autoptr (MyrmexRun) run =
    start (test, "\"a\": { \"command\": [\"echo\", \"one\"] }, "
                 "\"b\": { \"shell\": \"exit 3\", \"dependencies\": [\"a\"] }, "
                 "\"c\": { \"shell\": \"true\", \"dependencies\": [\"b\"] }, "
                 "\"d\": { \"shell\": \"true\", \"dependencies\": [\"a\"], \"condition\": \"tasks.a.value == 'two'\" }",
           NULL);
  const char *id = myrmex_run_get_id (run);

  myrmex_run_wait (run, NULL, NULL);
  assert_run (test, id, "failed");
  assert_value (test, id, "a", "value", "one");
  assert_value (test, id, "b", "error_name", "exit-3");
  assert_value (test, id, "c", "reason", "upstream_failed");
}

/* While the journal does not get on, no command begins, nothing is told and nothing ends. */
typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean is_held;
  gboolean is_let_go;
} Hold;

static gboolean
hold_slice (MyrmexJournalDatabase  *database,
            gpointer                data,
            gboolean               *is_done,
            GError                **error)
{
  Hold *hold = data;

  g_mutex_lock (&hold->lock);
  hold->is_held = TRUE;
  g_cond_broadcast (&hold->cond);
  while (!hold->is_let_go)
    g_cond_wait (&hold->cond, &hold->lock);
  g_mutex_unlock (&hold->lock);
  *is_done = TRUE;
  return TRUE;
}

static void
hold_begin (Hold               *hold,
            MyrmexJournalStore *store,
            MyrmexJournalWait  *wait)
{
  myrmex_journal_wait_init (wait);
  myrmex_journal_store_call (store, hold_slice, hold, NULL, myrmex_journal_wait_done, wait);
  g_mutex_lock (&hold->lock);
  while (!hold->is_held)
    g_cond_wait (&hold->cond, &hold->lock);
  g_mutex_unlock (&hold->lock);
}

static void
hold_end (Hold              *hold,
          MyrmexJournalWait *wait)
{
  g_mutex_lock (&hold->lock);
  hold->is_let_go = TRUE;
  g_cond_broadcast (&hold->cond);
  g_mutex_unlock (&hold->lock);
  myrmex_journal_wait_finish (wait, NULL);
}

static void
count_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          guint      *n)
{
  (*n)++;
}

static void
test_held_back (Test          *test,
                gconstpointer  unused)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (test->journal);
  g_autoptr (MyrmexRun) run = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  MyrmexJournalWait wait;
  Hold hold = { .is_held = FALSE };
  guint n_told = 0;
  gint64 until;

  hold_begin (&hold, store, &wait);
  run = start (test, "\"a\": { \"shell\": \"echo a >> $LEDGER\" }, \"b\": { \"shell\": \"echo b >> $LEDGER\", "
                     "\"dependencies\": [\"a\"] }", NULL);
  g_signal_connect (run, "progress", G_CALLBACK (count_cb), &n_told);
  /* Time for what must not happen. */
  for (until = g_get_monotonic_time () + 100000; g_get_monotonic_time () < until; g_usleep (1000))
    g_main_context_iteration (NULL, FALSE);
  before = dup_ledger (test);
  g_assert_cmpstr (before, ==, "");
  g_assert_cmpuint (n_told, ==, 0);

  hold_end (&hold, &wait);
  myrmex_run_wait (run, NULL, NULL);
  after = dup_ledger (test);
  g_assert_cmpstr (after, ==, "a\nb\n");
  g_assert_cmpuint (n_told, >, 0);
  assert_run (test, myrmex_run_get_id (run), "completed");
}

/* An action that begins on the main context, and counts how often. */
typedef MyrmexAction TestMark;
typedef MyrmexActionClass TestMarkClass;

static GType test_mark_get_type (void);

G_DEFINE_TYPE (TestMark, test_mark, MYRMEX_TYPE_ACTION)

static guint n_marks;

static void
test_mark_start (MyrmexAction      *self,
                 MyrmexTaskContext *context)
{
  n_marks++;
  myrmex_task_context_return_value (context, g_variant_new_string ("marked"));
}

static void
test_mark_class_init (TestMarkClass *klass)
{
  klass->start = test_mark_start;
}

static void
test_mark_init (TestMark *self)
{
}

/* What begins on the main context does not hold that up while it waits for the journal. */
static void
test_main_context (Test          *test,
                   gconstpointer  unused)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (test->journal);
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexJournalWait wait;
  Hold hold = { .is_held = FALSE };
  gint64 until;

  n_marks = 0;
  hold_begin (&hold, store, &wait);
  run = start (test, "\"a\": { \"test.mark\": 1 }, \"b\": { \"test.mark\": 2, \"dependencies\": [\"a\"], "
                     "\"condition\": \"tasks.a.value == 'marked'\" }", NULL);
  for (until = g_get_monotonic_time () + 50000; g_get_monotonic_time () < until; g_usleep (1000))
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (n_marks, ==, 0);
  hold_end (&hold, &wait);
  myrmex_run_wait (run, NULL, NULL);
  g_assert_cmpuint (n_marks, ==, 2);
  assert_value (test, myrmex_run_get_id (run), "b", "value", "marked");
  assert_run (test, myrmex_run_get_id (run), "completed");
}

/* The journal goes away, and the run with it; what is left is what a crash leaves. */
static void
crash (Test      *test,
       MyrmexRun *run)
{
  g_autoptr (GError) error = NULL;

  myrmex_journal_close (test->journal, NULL, NULL);
  myrmex_run_cancel (run);
  myrmex_run_wait (run, NULL, NULL);
  myrmex_journal_open (test->journal, NULL, &error);
  g_assert_no_error (error);
}

static void
test_paused (Test          *test,
             gconstpointer  unused)
{
  g_autoptr (MyrmexRun) run = start (test, "\"a\": { \"shell\": \"echo a >> $LEDGER\" }", "{'paused': <true>}");
  g_autoptr (MyrmexRun) again = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  crash (test, run);
  again = resume (test, myrmex_run_get_id (run));
  before = dup_ledger (test);
  g_assert_cmpint (myrmex_run_get_status (again), ==, MYRMEX_RUN_STATUS_PAUSED);
  g_assert_cmpstr (before, ==, "");
  myrmex_run_resume (again);
  g_assert_true (myrmex_run_wait (again, NULL, NULL));
  after = dup_ledger (test);
  g_assert_cmpstr (after, ==, "a\n");
  assert_run (test, myrmex_run_get_id (run), "completed");
}

/* Returns whether the next one had the run before the retry was due. */
static gboolean
retry_waits_on (Test *test,
                int   seconds)
{
  g_autofree char *task = g_strdup_printf ("\"a\": { \"shell\": \"test $MYRMEX_ATTEMPT = 2\", \"retry_policy\": { "
                                           "\"max_attempts\": 2, \"initial_delay\": %d } }", seconds);
  const gint64 due = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;   /* at the soonest */
  g_autoptr (MyrmexRun) run = start (test, task, NULL);
  g_autoptr (MyrmexRun) again = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;

  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RETRYING) == 0 && g_get_monotonic_time () < due)
    g_main_context_iteration (NULL, FALSE);
  crash (test, run);
  if (g_get_monotonic_time () >= due)
    return FALSE;
  again = resume (test, myrmex_run_get_id (run));
  if (myrmex_run_get_count (again, MYRMEX_TASK_STATUS_RETRYING) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), >=, due);
      myrmex_run_wait (again, NULL, NULL);
      return FALSE;
    }
  g_assert_true (myrmex_run_wait (again, NULL, NULL));
  g_assert_cmpint (g_get_monotonic_time (), >=, due);
  result = myrmex_run_dup_result (again, "a");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 2);
  assert_run (test, myrmex_run_get_id (run), "completed");
  return TRUE;
}

/* A retry that was waiting waits on, until the time that it was due. */
static void
test_retry (Test          *test,
            gconstpointer  unused)
{
  for (int seconds = 1; !retry_waits_on (test, seconds); seconds *= 4)
    g_assert_cmpint (seconds, <, 20);
}

static GVariant *
one_cb (MyrmexTaskContext  *context,
        gpointer            data,
        GError            **error)
{
  return NULL;
}

static void
test_functions (Test          *test,
                gconstpointer  unused)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("functions");
  g_autoptr (GError) error = NULL;

  myrmex_workflow_add_function (workflow, "one", one_cb, NULL, NULL);
  g_assert_null (myrmex_runner_start (test->runner, workflow, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "functions"));
}

/* The journal goes away under a run: it ends, and tells why. */
static void
test_journal_gone (Test          *test,
                   gconstpointer  unused)
{
  g_autoptr (MyrmexRun) run =
    start (test, "\"a\": { \"shell\": \"echo a >> $LEDGER; while ! test -e $LEDGER.go; do sleep 0.01; done\" }, "
                 "\"b\": { \"shell\": \"echo b >> $LEDGER\", \"dependencies\": [\"a\"] }", NULL);
  g_autofree char *go = g_strconcat (test->ledger, ".go", NULL);
  g_autofree char *ledger = NULL;

  await_ledger (test, "a\n");
  myrmex_journal_close (test->journal, NULL, NULL);
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  myrmex_run_wait (run, NULL, NULL);
  ledger = dup_ledger (test);
  g_assert_cmpstr (ledger, ==, "a\n");
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_CANCELLED);

  /* And from what was kept it goes on: what ended without being kept was interrupted. */
  g_assert_true (myrmex_journal_open (test->journal, NULL, NULL));
  assert_run (test, myrmex_run_get_id (run), "running");
  {
    g_autoptr (MyrmexRun) again = resume (test, myrmex_run_get_id (run));

    myrmex_run_wait (again, NULL, NULL);
    assert_value (test, myrmex_run_get_id (run), "a", "error_name", "interrupted");
    assert_value (test, myrmex_run_get_id (run), "b", "status", "skipped");
    assert_run (test, myrmex_run_get_id (run), "failed");
  }
}

static void
test_ended (Test          *test,
            gconstpointer  unused)
{
  g_autoptr (MyrmexRun) run = start (test, "\"a\": { \"shell\": \"true\" }", NULL);
  g_autoptr (GError) error = NULL;
  MyrmexLocalRunner *runner;

  myrmex_run_wait (run, NULL, NULL);
  runner = MYRMEX_LOCAL_RUNNER (test->runner);
  g_assert_null (myrmex_journal_resume_run (test->journal, runner, myrmex_run_get_id (run), NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (myrmex_journal_resume_run (test->journal, runner, "nothing", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

/* A program of its own, which the others kill: starts the run of the definition in @file, or resumes the run
 * @id; prints its id, waits, and prints how it ended. */
static int
run_program (const char *path,
             const char *file,
             const char *id)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (path);
  g_autoptr (MyrmexRunner) runner = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_journal_open (journal, NULL, &error);
  g_assert_no_error (error);
  runner = myrmex_journal_new_runner (journal, 3);
  if (id == NULL)
    {
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_file (file, &error);

      g_assert_no_error (error);
      run = myrmex_runner_start (runner, workflow, NULL, &error);
    }
  else
    {
      run = myrmex_journal_resume_run (journal, MYRMEX_LOCAL_RUNNER (runner), id, NULL, &error);
    }
  g_assert_no_error (error);
  myrmex_run_wait (run, NULL, NULL);
  g_print ("%s\n", myrmex_run_status_to_string (myrmex_run_get_status (run)));
  g_clear_object (&run);
  myrmex_journal_close (journal, NULL, NULL);
  return 0;
}

static GPid
spawn_program (Test       *test,
               const char *file,
               const char *id)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { self, "--run", test->fixture.path, file, id, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                 &pid, &error);
  g_assert_no_error (error);
  return pid;
}

/* Lines of the ledger, as a set: a second one of the same attempt is the second start that must not be. */
static guint
check_ledger (Test       *test,
              GHashTable *starts)
{
  g_autofree char *content = dup_ledger (test);
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  guint n = 0;

  g_hash_table_remove_all (starts);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (lines[i][0] == '\0')
        continue;
      g_assert_true (g_hash_table_add (starts, g_strdup (lines[i])));
      n++;
    }
  return n;
}

static char *
write_definition (Test *test)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char *file = g_build_filename (test->fixture.folder, "definition.json", NULL);

  g_string_append_printf (text, "{ \"myrmex\": 1, \"name\": \"killed\", \"env\": { \"LEDGER\": \"%s\" }, \"tasks\": {",
                          test->ledger);
  for (guint i = 0; i < 12; i++)
    {
      g_string_append_printf (text, "%s\"t%u\": { \"shell\": \"echo $MYRMEX_TASK $MYRMEX_ATTEMPT >> $LEDGER; sleep 0.01\", "
                              "\"retry_policy\": { \"max_attempts\": 1000, \"initial_delay\": 0.001 }",
                              i > 0 ? ", " : "", i);
      if (i >= 3)
        g_string_append_printf (text, ", \"dependencies\": [\"t%u\"]", i - 3);
      g_string_append (text, " }");
    }
  g_string_append (text, "} }");
  g_assert_true (g_file_set_contents (file, text->str, -1, NULL));
  return file;
}

/* The id of the newest run, of those that a filter asks for. */
static char *
dup_newest (Test       *test,
            const char *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) runs = NULL;
  g_autoptr (GVariant) run = NULL;
  char *id = NULL;

  runs = myrmex_journal_list_runs (test->journal, g_variant_new_parsed (filter), 0, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  if (g_variant_n_children (runs) == 0)
    return NULL;
  run = g_variant_get_child_value (runs, 0);
  g_assert_true (g_variant_lookup (run, "id", "s", &id));
  return id;
}

static void
close_all (Test *test)
{
  g_clear_object (&test->runner);
  g_assert_true (myrmex_journal_close (test->journal, NULL, NULL));
  g_clear_object (&test->journal);
}

/* What has completed by now, with its number of attempts: that never changes any more. */
static void
check_completed (Test       *test,
                 const char *id,
                 GHashTable *completed)
{
  g_autoptr (GVariant) results = myrmex_journal_load_results (test->journal, id, NULL, NULL);
  GVariantIter iter;
  const char *name;
  GVariant *result;

  g_variant_iter_init (&iter, results);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &result))
    {
      const char *status = NULL;
      guint attempts = 0;
      gpointer before;

      g_variant_lookup (result, "status", "&s", &status);
      g_variant_lookup (result, "attempts", "u", &attempts);
      if (!g_str_equal (status, "completed"))
        {
          g_assert_false (g_hash_table_contains (completed, name));
          continue;
        }
      if (g_hash_table_lookup_extended (completed, name, NULL, &before))
        g_assert_cmpuint (GPOINTER_TO_UINT (before), ==, attempts);
      else
        g_hash_table_insert (completed, g_strdup (name), GUINT_TO_POINTER (attempts));
    }
}

/* A run whose process is killed again and again comes to its end, and no attempt was started twice. */
static void
test_killed (Test          *test,
             gconstpointer  unused)
{
  const guint n_runs = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 100 : 3;
  g_autoptr (GHashTable) starts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_kills = 0, n_starts = 0;

  for (guint i = 0; i < n_runs; i++)
    {
      g_autoptr (GHashTable) completed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autofree char *file = write_definition (test);
      g_autofree char *id = NULL;
      g_autofree char *wal = g_strconcat (test->fixture.path, "-wal", NULL);
      gboolean is_over = FALSE;

      g_unlink (test->ledger);
      close_all (test);
      while (!is_over)
        {
          guint n_before = check_ledger (test, starts);
          guint n_wanted = (guint) g_test_rand_int_range (1, 5);
          GPid pid = spawn_program (test, file, id);
          int status = 0;

          /* Killed after so many starts, unless it ends before that. */
          while (waitpid (pid, &status, WNOHANG) == 0)
            {
              if (check_ledger (test, starts) >= n_before + n_wanted)
                {
                  kill (pid, SIGKILL);
                  n_kills++;
                  waitpid (pid, &status, 0);
                  break;
                }
              g_usleep (1000);
            }
          g_assert_true (WIFSIGNALED (status) ? WTERMSIG (status) == SIGKILL : WEXITSTATUS (status) == 0);

          open_all (test);
          if (id == NULL)
            id = dup_newest (test, "@a{sv} {}");
          g_assert_nonnull (id);
          check_completed (test, id, completed);
          {
            g_autofree char *unfinished = dup_newest (test, "{'statuses': <['running', 'queued']>}");

            is_over = unfinished == NULL;
          }
          if (!is_over)
            close_all (test);
        }
      n_starts += check_ledger (test, starts);
      assert_run (test, id, "completed");
      g_assert_cmpuint (g_hash_table_size (completed), ==, 12);
    }
  g_test_message ("%u runs, killed %u times: %u attempts, 0 of them twice, 0 completed tasks run again", n_runs, n_kills,
                  n_starts);
  g_assert_cmpuint (n_kills, >, 0);
}

static void
add_test (const char *path,
          void     (* func) (Test *, gconstpointer))
{
  g_test_add (path, Test, NULL, set_up, func, tear_down);
}

int
main (int    argc,
      char **argv)
{
  if (argc >= 4 && g_str_equal (argv[1], "--run"))
    return run_program (argv[2], argv[3], argc > 4 ? argv[4] : NULL);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  myrmex_action_register ("test.mark", test_mark_get_type (), NULL, "For tests", NULL);
  add_test ("/journal/runner/recorded", test_recorded);
  add_test ("/journal/runner/held-back", test_held_back);
  add_test ("/journal/runner/main-context", test_main_context);
  add_test ("/journal/runner/paused", test_paused);
  add_test ("/journal/runner/retry", test_retry);
  add_test ("/journal/runner/functions", test_functions);
  add_test ("/journal/runner/ended", test_ended);
  add_test ("/journal/runner/journal-gone", test_journal_gone);
  add_test ("/journal/runner/killed", test_killed);
  return g_test_run ();
}
