/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs between the journal and a runner, as the service has them: accepted, begun, let go, gone on with, looked at when
 * they have ended, found, and forgotten. */

#include <string.h>

#include "actions/myrmex-command-action.h"
#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-runner-private.h"
#include "engine/myrmex-run-private.h"
#include "journal-fixture.h"
#include "journal/myrmex-journal-durable-private.h"
#include "journal/myrmex-journal-retention-private.h"
#include "journal/myrmex-journal-runner.h"

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
set_up (Test          *test,
        gconstpointer  unused)
{
  journal_fixture_init (&test->fixture);
  open_all (test);
}

static void
tear_down (Test          *test,
           gconstpointer  unused)
{
  close_all (test);
  journal_fixture_clear (&test->fixture);
}

static MyrmexDurableRun *
prepare (Test       *test,
         const char *tasks,
         const char *token)
{
  g_autofree char *text = g_strdup_printf ("{ \"myrmex\": 1, \"name\": \"work\", \"fail_fast\": false, \"tasks\": { %s } }",
                                           tasks);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
  MyrmexJournalRun row = { .name = (char *) "called", .token = (char *) token, .submitted = g_get_real_time () };
  MyrmexDurableRun *run;

  g_assert_no_error (error);
  run = myrmex_durable_run_prepare (MYRMEX_LOCAL_RUNNER (test->runner), workflow, &row, &error);
  g_assert_no_error (error);
  return run;
}

static gboolean
write_run (Test              *test,
           MyrmexDurableRun  *run,
           GError           **error)
{
  MyrmexJournalWait wait;

  myrmex_journal_wait_init (&wait);
  g_assert_true (myrmex_durable_run_write (run, test->journal, myrmex_journal_wait_done, &wait, NULL));
  return myrmex_journal_wait_finish (&wait, error);
}

static MyrmexRun *
begin (Test             *test,
       MyrmexDurableRun *run)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *begun = myrmex_durable_run_begin (run, test->journal, &error);

  g_assert_no_error (error);
  return begun;
}

static MyrmexDurableRun *
load (Test       *test,
      const char *id)
{
  g_autoptr (GError) error = NULL;
  MyrmexDurableRun *run = myrmex_durable_run_load (test->journal, MYRMEX_LOCAL_RUNNER (test->runner), id, NULL, &error);

  g_assert_no_error (error);
  g_assert_no_error (run->error);
  return run;
}

/* Accepted, and then the process goes: another one begins it. */
static void
test_accepted (Test          *test,
               gconstpointer  unused)
{
  g_autoptr (MyrmexDurableRun) run = prepare (test, "\"a\": { \"shell\": \"echo x\" }", NULL);
  g_autofree char *id = g_strdup (run->row->id);
  g_autoptr (MyrmexDurableRun) left = NULL;
  g_autoptr (MyrmexRun) begun = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (write_run (test, run, &error));
  g_clear_pointer (&run, myrmex_durable_run_free);
  close_all (test);
  open_all (test);
  left = load (test, id);
  g_assert_false (left->has_started);
  g_assert_cmpint (left->row->state.status, ==, MYRMEX_RUN_STATUS_QUEUED);
  begun = begin (test, left);
  g_assert_cmpstr (myrmex_run_get_id (begun), ==, id);
  g_assert_true (myrmex_run_wait (begun, NULL, &error));
  g_assert_no_error (error);
}

/* One that has ended is as it was, and nothing happens in it any more. */
static void
test_ended (Test          *test,
            gconstpointer  unused)
{
  static const char * const names[] = { "a", "b", "c" };
  g_autoptr (MyrmexDurableRun) run = prepare (test,
                                              "\"a\": { \"shell\": \"echo x\" }, \"b\": { \"shell\": \"exit 3\", "
                                              "\"dependencies\": [\"a\"] }, \"c\": { \"shell\": \"true\", "
                                              "\"dependencies\": [\"a\"], \"condition\": \"tasks.a.value == 'y'\" }",
                                              NULL);
  g_autoptr (MyrmexDurableRun) left = NULL;
  g_autoptr (MyrmexRun) begun = NULL;
  g_autoptr (MyrmexRun) restored = NULL;
  g_autoptr (GError) before = NULL;
  g_autoptr (GError) after = NULL;

  g_assert_true (write_run (test, run, NULL));
  begun = begin (test, run);
  g_assert_false (myrmex_run_wait (begun, NULL, &before));
  left = load (test, myrmex_run_get_id (begun));
  g_assert_cmpstr (left->row->state.error, ==, before->message);
  g_assert_cmpstr (left->row->name, ==, "called");
  g_assert_cmpstr (left->row->workflow, ==, "work");
  restored = begin (test, left);
  g_assert_true (myrmex_run_was_told_finished (restored));
  g_assert_false (myrmex_run_wait (restored, NULL, &after));
  g_assert_cmpstr (after->message, ==, before->message);
  g_assert_cmpint (myrmex_run_get_started (restored), ==, myrmex_run_get_started (begun));
  g_assert_cmpint (myrmex_run_get_finished (restored), ==, myrmex_run_get_finished (begun));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (MyrmexTaskResult) one = myrmex_run_dup_result (begun, names[i]);
      g_autoptr (MyrmexTaskResult) other = myrmex_run_dup_result (restored, names[i]);
      g_autoptr (GVariant) first = g_variant_ref_sink (myrmex_task_result_to_variant (one));
      g_autoptr (GVariant) second = g_variant_ref_sink (myrmex_task_result_to_variant (other));
      g_autofree char *why = myrmex_run_explain (begun, names[i], NULL);
      g_autofree char *also = myrmex_run_explain (restored, names[i], NULL);

      g_assert_cmpvariant (first, second);
      g_assert_cmpstr (why, ==, also);
    }
  myrmex_run_cancel (restored);
  g_assert_cmpint (myrmex_run_get_status (restored), ==, MYRMEX_RUN_STATUS_FAILED);
}

/* Whether the task runs, for the time that is said. */
static gboolean
is_running (MyrmexRun *run,
            guint      attempt)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, "a");

  return myrmex_task_result_get_status (result) == MYRMEX_TASK_STATUS_RUNNING &&
         myrmex_task_result_get_attempts (result) == attempt;
}

/* The run is let go while the task “a” runs, and then the process goes. */
static MyrmexDurableRun *
abandon (Test       *test,
         const char *tasks,
         guint       attempt)
{
  g_autoptr (MyrmexDurableRun) run = prepare (test, tasks, NULL);
  g_autofree char *id = g_strdup (run->row->id);
  g_autoptr (MyrmexRun) begun = NULL;

  g_assert_true (write_run (test, run, NULL));
  begun = begin (test, run);
  while (!is_running (begun, attempt))
    g_main_context_iteration (NULL, TRUE);
  myrmex_local_runner_hold (MYRMEX_LOCAL_RUNNER (test->runner));
  myrmex_local_run_abandon (begun);
  g_assert_false (myrmex_run_wait (begun, NULL, NULL));
  g_clear_object (&begun);
  close_all (test);

  open_all (test);
  return load (test, id);
}

/* A run that is let go ends here, and in the journal it has not. */
static void
test_abandon (Test          *test,
              gconstpointer  unused)
{
  g_autoptr (MyrmexDurableRun) left =
    abandon (test, "\"a\": { \"shell\": \"exec sleep 1000\", \"retry_policy\": { \"max_attempts\": 2 } }, "
                   "\"b\": { \"shell\": \"true\", \"dependencies\": [\"a\"], \"trigger_rule\": \"all_done\" }", 1);

  g_assert_cmpint (left->row->state.status, ==, MYRMEX_RUN_STATUS_RUNNING);
  g_assert_cmpuint (left->replay.in_flight->len, ==, 1);
}

/* What came of an attempt is nothing to the next one, also where that is looked at and does not go on. */
static void
test_second_attempt (Test          *test,
                     gconstpointer  unused)
{
  g_autoptr (MyrmexDurableRun) left =
    abandon (test, "\"a\": { \"shell\": \"[ $MYRMEX_ATTEMPT = 2 ] && exec sleep 1000; exit 1\", "
                   "\"retry_policy\": { \"max_attempts\": 2, \"initial_delay\": 0 } }", 2);

  g_assert_cmpuint (left->replay.in_flight->len, ==, 1);
  g_assert_cmpint (left->execution->states[0].started, !=, 0);
  g_assert_null (left->execution->states[0].pointer);
}

/* What rests on something that can not be written is not there. */
static void
test_refused (Test          *test,
              gconstpointer  unused)
{
  g_autoptr (MyrmexDurableRun) one = prepare (test, "\"a\": { \"noop\": {} }", "token");
  g_autoptr (MyrmexDurableRun) other = prepare (test, "\"a\": { \"noop\": {} }", "token");
  g_autoptr (GError) error = NULL;

  g_assert_true (write_run (test, one, NULL));
  g_assert_false (write_run (test, other, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);
  g_clear_error (&error);
  g_assert_null (myrmex_durable_run_load (test->journal, MYRMEX_LOCAL_RUNNER (test->runner), other->row->id, NULL,
                                          &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

static void
add (MyrmexJournalBatch *batch,
     const char         *id,
     const char         *name,
     const char         *token,
     MyrmexRunStatus     status,
     gint64              when)
{
  MyrmexJournalRun run = {
    .id = (char *) id, .name = (char *) name, .token = (char *) token, .definition = (char *) "{}",
    .owner = (char *) "me", .idempotency_key = (char *) id, .submitted = when,
    .state = { .status = status, .finished = myrmex_run_status_is_final (status) ? when : 0 },
  };

  myrmex_journal_batch_add_run (batch, &run);
}

static void
add_runs (Test *test)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  add (batch, "aaaa1", "one", "first", MYRMEX_RUN_STATUS_COMPLETED, 1);
  add (batch, "aaaa2", "two", NULL, MYRMEX_RUN_STATUS_FAILED, 2);
  add (batch, "bbbb3", "two", NULL, MYRMEX_RUN_STATUS_COMPLETED, 3);
  add (batch, "cccc4", "two", NULL, MYRMEX_RUN_STATUS_RUNNING, 4);
  add (batch, "dddd5", "five", "aaaa", MYRMEX_RUN_STATUS_COMPLETED, 5);
  g_assert_true (myrmex_journal_append_sync (test->journal, batch, NULL));
}

static char *
find (Test                  *test,
      MyrmexJournalFindKind  kind,
      const char            *text,
      const char            *owner)
{
  MyrmexJournalFindQuery *query = g_new0 (MyrmexJournalFindQuery, 1);
  GString *found = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  query->kinds[query->n_kinds++] = kind;
  query->text = g_strdup (text);
  query->owner = g_strdup (owner);
  g_assert_true (myrmex_journal_call_sync (test->journal, myrmex_journal_query_find, query, NULL, &error));
  for (guint i = 0; i < query->runs->len; i++)
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "", ((MyrmexJournalRun *) query->runs->pdata[i])->id);
  myrmex_journal_find_query_free (query);
  return g_string_free (found, FALSE);
}

static void
test_find (Test          *test,
           gconstpointer  unused)
{
  static const struct
  {
    MyrmexJournalFindKind  kind;
    const char            *text, *owner, *found;
  } table[] = {
    { MYRMEX_JOURNAL_FIND_ID, "aaaa1", NULL, "aaaa1" },
    { MYRMEX_JOURNAL_FIND_ID, "aaaa", NULL, "" },
    { MYRMEX_JOURNAL_FIND_TOKEN, "first", NULL, "aaaa1" },
    { MYRMEX_JOURNAL_FIND_TOKEN, "aaaa1", NULL, "" },
    { MYRMEX_JOURNAL_FIND_KEY, "bbbb3", "me", "bbbb3" },
    { MYRMEX_JOURNAL_FIND_KEY, "bbbb3", "you", "" },
    { MYRMEX_JOURNAL_FIND_NAME, "two", NULL, "cccc4" },
    { MYRMEX_JOURNAL_FIND_PREFIX, "aaaa", NULL, "aaaa1 aaaa2" },
    { MYRMEX_JOURNAL_FIND_PREFIX, "bb", NULL, "bbbb3" },
    { MYRMEX_JOURNAL_FIND_PREFIX, "b_", NULL, "" },
  };

  add_runs (test);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *found = find (test, table[i].kind, table[i].text, table[i].owner);

      g_assert_cmpstr (found, ==, table[i].found);
    }
}

static void
assert_removed (Test       *test,
                guint       statuses,
                gint64      before,
                gint64      keep,
                guint       at_once,
                const char *expected)
{
  MyrmexJournalRemoval *removal = g_new0 (MyrmexJournalRemoval, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *gone = NULL;

  removal->statuses = statuses;
  removal->finished_before = before;
  removal->max_runs = keep;
  removal->max_removed = at_once;
  g_assert_true (myrmex_journal_call_sync (test->journal, myrmex_journal_remove, removal, NULL, &error));
  g_ptr_array_add (removal->names, NULL);
  gone = g_strjoinv (" ", (char **) removal->names->pdata);
  g_assert_cmpstr (gone, ==, expected);
  g_assert_cmpuint (removal->ids->len, ==, removal->n_runs);
  myrmex_journal_removal_free (removal);
}

/* All that is asked has to be true of a run for it to go, and one that has not ended never does. */
static void
test_remove (Test          *test,
             gconstpointer  unused)
{
  add_runs (test);
  assert_removed (test, 1u << MYRMEX_RUN_STATUS_RUNNING, G_MAXINT64, 0, 0, "");
  assert_removed (test, G_MAXUINT, 0, 0, 0, "");
  assert_removed (test, 1u << MYRMEX_RUN_STATUS_COMPLETED, 3, 2, 0, "first");
  assert_removed (test, G_MAXUINT, G_MAXINT64, 0, 1, "aaaa2");
  assert_removed (test, G_MAXUINT, G_MAXINT64, 5, 0, "");
  assert_removed (test, G_MAXUINT, G_MAXINT64, 0, 0, "bbbb3 aaaa");
}

/* A recorder whose disk takes its time. */
typedef struct
{
  MyrmexRecorder      base;
  MyrmexRecorderKept  kept[64];
  gpointer            data[64];
  guint               n;
} SlowRecorder;

static GMutex slow_lock;
static SlowRecorder *slow_recorder;

static void
slow_record (MyrmexRecorder     *recorder,
             const MyrmexRecord *record)
{
}

static void
slow_result (MyrmexRecorder   *recorder,
             guint32           task,
             const char       *name,
             MyrmexTaskResult *result,
             const char       *log_path)
{
}

static void
slow_state (MyrmexRecorder          *recorder,
            const MyrmexRecordState *state)
{
}

static gboolean
slow_flush (MyrmexRecorder     *recorder,
            MyrmexRecorderKept  kept,
            gpointer            data)
{
  SlowRecorder *self = (SlowRecorder *) recorder;

  g_mutex_lock (&slow_lock);
  g_assert_cmpuint (self->n, <, G_N_ELEMENTS (self->kept));
  self->kept[self->n] = kept;
  self->data[self->n++] = data;
  g_mutex_unlock (&slow_lock);
  return TRUE;
}

static MyrmexRecorder *
new_slow_recorder (gpointer           data,
                   const MyrmexPlan  *plan,
                   const char        *run_id,
                   GVariant          *options,
                   const char        *retried_from,
                   GError           **error)
{
  slow_recorder->base = (MyrmexRecorder) {
    .record = slow_record, .result = slow_result, .state = slow_state, .flush = slow_flush,
    .free = (void (*) (MyrmexRecorder *)) g_free,
  };
  return &slow_recorder->base;
}

/* The disk has one more of what it was given; returns whether there was any. */
static gboolean
keep_one (guint *n)
{
  MyrmexRecorderKept kept = NULL;
  gpointer data = NULL;

  g_mutex_lock (&slow_lock);
  if (*n < slow_recorder->n)
    {
      kept = slow_recorder->kept[*n];
      data = slow_recorder->data[*n];
      (*n)++;
    }
  g_mutex_unlock (&slow_lock);
  if (kept != NULL)
    kept (NULL, data);
  return kept != NULL;
}

static void
ignore_cb (MyrmexRun *run)
{
}

/* Nobody is told that something has completed before it is on the disk, not even who asks. */
static void
test_not_ahead (void)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  MyrmexRunnerServices *services = myrmex_local_runner_get_services (MYRMEX_LOCAL_RUNNER (runner));
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  MyrmexTaskStatus status = MYRMEX_TASK_STATUS_PENDING;
  guint n = 0;

  slow_recorder = g_new0 (SlowRecorder, 1);
  services->new_recorder = new_slow_recorder;
  myrmex_workflow_add_command (workflow, "a", "true", NULL);
  run = myrmex_runner_start (runner, workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (run, "progress", G_CALLBACK (ignore_cb), NULL);

  /* Until its outcome is flushed: the start, the claim, the outcome and the end. */
  while (status != MYRMEX_TASK_STATUS_COMPLETED)
    {
      g_autoptr (MyrmexTaskResult) result = NULL;
      guint flushed;

      g_mutex_lock (&slow_lock);
      flushed = slow_recorder->n;
      g_mutex_unlock (&slow_lock);
      if (flushed > n && flushed < 3)
        keep_one (&n);
      else if (flushed >= 3)
        {
          /* The attempt has ended, and its outcome is with the disk. */
          result = myrmex_run_dup_result (run, "a");
          g_assert_cmpint (myrmex_task_result_get_status (result), ==, MYRMEX_TASK_STATUS_RUNNING);
          g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED), ==, 0);
          g_assert_cmpuint (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RUNNING), ==, 1);
          g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_RUNNING);
          break;
        }
      g_usleep (1000);
    }
  while (!myrmex_run_was_told_finished (run))
    {
      keep_one (&n);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_true (myrmex_run_check (run, &error));
  g_assert_no_error (error);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void     (* func) (Test          *test,
                       gconstpointer  unused);
  } tests[] = {
    { "/journal-durable/accepted", test_accepted },
    { "/journal-durable/ended", test_ended },
    { "/journal-durable/abandon", test_abandon },
    { "/journal-durable/second-attempt", test_second_attempt },
    { "/journal-durable/refused", test_refused },
    { "/journal-durable/find", test_find },
    { "/journal-durable/remove", test_remove },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Test, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/journal-durable/not-ahead", test_not_ahead);
  return g_test_run ();
}
