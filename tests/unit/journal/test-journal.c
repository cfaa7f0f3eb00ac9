/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/myrmex-error.h"
#include "journal-fixture.h"
#include "model/myrmex-task-result-private.h"

typedef struct
{
  JournalFixture  fixture;
  MyrmexJournal  *journal;
} Test;

static void
set_up (Test          *test,
        gconstpointer  unused)
{
  g_autoptr (GError) error = NULL;

  journal_fixture_init (&test->fixture);
  test->journal = myrmex_journal_new (test->fixture.path);
  myrmex_journal_open (test->journal, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Test          *test,
           gconstpointer  unused)
{
  g_autoptr (GError) error = NULL;

  myrmex_journal_close (test->journal, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (test->journal);
  journal_fixture_clear (&test->fixture);
}

static void
append (Test               *test,
        MyrmexJournalBatch *batch)
{
  g_autoptr (GError) error = NULL;

  myrmex_journal_append_sync (test->journal, batch, &error);
  g_assert_no_error (error);
}

/* Runs that ended, @n of them, one second after the other, each with @n_events. */
static void
add_runs (Test  *test,
          guint  n,
          guint  n_events)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("run-%03u", i);

      journal_fixture_add_run (batch, id, (i + 1) * G_USEC_PER_SEC);
      for (guint j = 0; j < n_events; j++)
        journal_fixture_add_event (batch, id, j);
      journal_fixture_add_result (batch, id, 0, g_variant_new_string ("value"));
      journal_fixture_add_end (batch, id, (i + 2) * G_USEC_PER_SEC);
    }
  append (test, batch);
}

static GVariant *
list (Test       *test,
      const char *filter,
      guint       offset,
      guint       limit,
      guint      *total)
{
  g_autoptr (GError) error = NULL;
  GVariant *options = filter != NULL ? g_variant_new_parsed (filter) : NULL;
  GVariant *runs = myrmex_journal_list_runs (test->journal, options, offset, limit, total, NULL, &error);

  g_assert_no_error (error);
  return runs;
}

static const char *
get_id (GVariant *runs,
        gsize     i)
{
  g_autoptr (GVariant) run = g_variant_get_child_value (runs, i);
  const char *id = NULL;

  g_assert_true (g_variant_lookup (run, "id", "&s", &id));
  return id;
}

static void
assert_list (Test       *test,
             const char *filter,
             const char *ids)
{
  g_autoptr (GVariant) runs = NULL;
  g_autoptr (GString) found = g_string_new (NULL);
  guint total;

  runs = list (test, filter, 0, 100, &total);
  for (gsize i = 0; i < g_variant_n_children (runs); i++)
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "", get_id (runs, i));
  g_assert_cmpstr (found->str, ==, ids);
  g_assert_cmpuint (total, ==, g_variant_n_children (runs));
}

static void
test_run (Test          *test,
          gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  MyrmexJournalRun run = {
    .id = (char *) "4f",
    .name = (char *) "photo-import",
    .definition = (char *) "{ “text” }",
    .options = g_variant_new_parsed ("{'parameters': <{'folder': <'/tmp'>}>}"),
    .owner = (char *) ":1.7",
    .idempotency_key = (char *) "key",
    .log_directory = (char *) "/logs/4f",
    .n_tasks = 7,
    .submitted = 123,
    .state = { .status = MYRMEX_RUN_STATUS_QUEUED },
  };
  MyrmexJournalRunState state = {
    .status = MYRMEX_RUN_STATUS_FAILED, .reason = MYRMEX_REASON_RUN_TIMED_OUT, .error = (char *) "too slow",
    .started = 124, .finished = 125, .counts = { 0, 0, 0, 1, 2, 3, 1 },
  };
  g_autoptr (GVariant) queued = NULL;
  g_autoptr (GVariant) ended = NULL;
  g_autoptr (GVariant) expected = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_journal_batch_add_run (batch, &run);
  append (test, batch);
  queued = myrmex_journal_load_run (test->journal, "4f", NULL, &error);
  g_assert_no_error (error);
  batch = myrmex_journal_batch_new ();
  myrmex_journal_batch_add_state (batch, "4f", &state);
  append (test, batch);
  ended = myrmex_journal_load_run (test->journal, "4f", NULL, &error);
  g_assert_no_error (error);

  expected = g_variant_ref_sink (g_variant_new_parsed (
    "{'id': <'4f'>, 'name': <'photo-import'>, 'workflow': <'photo-import'>, 'status': <'failed'>, 'reason': <'run_timed_out'>, "
    "'submitted': <int64 123>, 'started': <int64 124>, 'finished': <int64 125>, 'total_tasks': <uint32 7>, "
    "'completed': <uint32 1>, 'failed': <uint32 2>, 'skipped': <uint32 3>, 'cancelled': <uint32 1>, "
    "'error': <'too slow'>, 'owner': <':1.7'>, 'idempotency_key': <'key'>, 'log_directory': <'/logs/4f'>, "
    "'definition': <'{ “text” }'>, 'options': <{'parameters': <{'folder': <'/tmp'>}>}>}"));
  for (gsize i = 0; i < g_variant_n_children (expected); i++)
    {
      g_autofree char *key = NULL;
      g_autoptr (GVariant) wanted = NULL;
      g_autoptr (GVariant) found = NULL;

      g_variant_get_child (expected, i, "{sv}", &key, &wanted);
      found = g_variant_lookup_value (ended, key, NULL);
      g_assert_nonnull (found);
      g_assert_cmpvariant (found, wanted);
    }
  g_assert_cmpuint (g_variant_n_children (ended), ==, g_variant_n_children (expected));
  g_assert_cmpuint (g_variant_n_children (queued), ==, g_variant_n_children (expected) - 1);

  g_assert_null (myrmex_journal_load_run (test->journal, "4e", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

/* Values of every kind come back as they were. */
static void
test_values (Test          *test,
             gconstpointer  unused)
{
  static const char *const values[] = {
    "true", "byte 0x07", "int16 -3", "1.5", "'text „ \\n'", "''", "b'bytes'", "@ay []", "@as []", "@a{sv} {}",
    "@g ''", "('a', 1, [1.0, 2.0])", "{'deep': <[<1>, <@g ''>, <{'x': <uint64 18446744073709551615>}>]>}", "<<<1>>>",
    "@() ()",
  };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (test->journal);
  g_autoptr (GArray) results = NULL;
  g_autoptr (GError) error = NULL;

  journal_fixture_add_run (batch, "one", 1);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    journal_fixture_add_result (batch, "one", i, g_variant_new_parsed (values[i]));
  journal_fixture_add_result (batch, "one", G_N_ELEMENTS (values), NULL);
  append (test, batch);
  results = journal_fixture_get_results (store, "one", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (results->len, ==, G_N_ELEMENTS (values) + 1);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GVariant) wanted = g_variant_ref_sink (g_variant_new_parsed (values[i]));
      MyrmexJournalResult *found = &g_array_index (results, MyrmexJournalResult, i);

      g_assert_cmpvariant (found->result->value, wanted);
    }
  g_assert_null (g_array_index (results, MyrmexJournalResult, G_N_ELEMENTS (values)).result->value);
}

static void
test_failed_result (Test          *test,
                    gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();
  MyrmexJournalResult record = { 4, (char *) "upload", result, (char *) "/logs/upload.log" };
  g_autoptr (GVariant) results = NULL;
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GVariant) logs = NULL;
  g_autoptr (GVariant) log = NULL;
  g_autoptr (GError) error = NULL;
  const char *text = NULL;
  gint64 number = 0;

  result->status = MYRMEX_TASK_STATUS_FAILED;
  result->reason = MYRMEX_REASON_EXIT_STATUS;
  result->attempts = 3;
  result->execution_time = 1500000;
  result->started = 10;
  result->finished = 20;
  result->error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_EXIT_STATUS, "It ended with status 2");
  result->error_name = g_strdup ("exit-2");
  journal_fixture_add_run (batch, "one", 1);
  myrmex_journal_batch_add_result (batch, "one", &record);
  append (test, batch);

  results = myrmex_journal_load_results (test->journal, "one", NULL, &error);
  g_assert_no_error (error);
  found = g_variant_lookup_value (results, "upload", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (found, "error", "&s", &text));
  g_assert_cmpstr (text, ==, "It ended with status 2");
  g_assert_true (g_variant_lookup (found, "error_name", "&s", &text));
  g_assert_cmpstr (text, ==, "exit-2");
  g_assert_true (g_variant_lookup (found, "finished", "x", &number));
  g_assert_cmpint (number, ==, 20);
  logs = myrmex_journal_load_log_paths (test->journal, "one", NULL, &error);
  g_assert_no_error (error);
  log = g_variant_lookup_value (logs, "upload", G_VARIANT_TYPE_BYTESTRING);
  g_assert_cmpstr (g_variant_get_bytestring (log), ==, "/logs/upload.log");
}

static void
test_events (Test          *test,
             gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (test->journal);
  const MyrmexJournalEvent events[] = {
    { 1, MYRMEX_JOURNAL_EVENT_STARTED, MYRMEX_JOURNAL_NO_TASK, 0, g_variant_new ("(ub)", 7, TRUE) },
    { 2, MYRMEX_JOURNAL_EVENT_EVALUATED, 0, 0, g_variant_new ("(ys)", 1, "length = 3") },
    { 3, MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, 0, 1, NULL },
    { 4, MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED, 0, 1, g_variant_new ("(bybbs)", FALSE, 5, TRUE, FALSE, "exit-1") },
    { 5, MYRMEX_JOURNAL_EVENT_RETRY_DUE, 0, 1, g_variant_new ("(x)", G_GINT64_CONSTANT (1234567890123456)) },
    { 6, MYRMEX_JOURNAL_EVENT_ENDED, MYRMEX_JOURNAL_NO_TASK, 0, g_variant_new ("(yy)", 3, 0) },
  };
  g_autoptr (GArray) found = NULL;
  g_autoptr (GError) error = NULL;

  journal_fixture_add_run (batch, "one", 1);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    myrmex_journal_batch_add_event (batch, "one", &events[i]);
  /* The data are only there as long as the batch. */
  myrmex_journal_append_sync (test->journal, batch, &error);
  g_assert_no_error (error);
  found = journal_fixture_get_events (store, "one", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, G_N_ELEMENTS (events));
  for (guint i = 0; i < found->len; i++)
    {
      MyrmexJournalEvent *event = &g_array_index (found, MyrmexJournalEvent, i);

      g_assert_cmpint (event->when, ==, i + 1);
      g_assert_cmpint (event->kind, ==, events[i].kind);
      g_assert_cmpuint (event->task, ==, events[i].task);
      g_assert_cmpuint (event->attempt, ==, events[i].attempt);
    }
  g_assert_cmpint (g_variant_get_type_string (g_array_index (found, MyrmexJournalEvent, 3).data)[1], ==, 'b');
}

static void
test_list (Test          *test,
           gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GVariant) page = NULL;
  guint total;

  add_runs (test, 3, 1);
  journal_fixture_add_run (batch, "last", 100 * G_USEC_PER_SEC);
  append (test, batch);
  assert_list (test, NULL, "last run-002 run-001 run-000");
  assert_list (test, "{'status': <'completed'>}", "run-002 run-001 run-000");
  assert_list (test, "{'statuses': <['running', 'paused']>}", "last");
  assert_list (test, "{'status': <'failed'>}", "");
  assert_list (test, "{'name': <'work'>, 'id': <'run-00'>}", "run-002 run-001 run-000");
  assert_list (test, "{'name': <'other'>}", "");
  assert_list (test, "{'name': <'work'>, 'owner': <'nobody'>, 'id': <'run'>, 'idempotency_key': <'key'>, "
                     "'name': <'other'>, 'owner': <'somebody'>, 'id': <'last'>, 'idempotency_key': <'lock'>}", "");
  assert_list (test, "{'owner': <'nobody'>}", "");
  assert_list (test, "{'since': <int64 2000000>, 'until': <int64 3000000>}", "run-001");
  page = list (test, NULL, 1, 2, &total);
  g_assert_cmpuint (total, ==, 4);
  g_assert_cmpuint (g_variant_n_children (page), ==, 2);
  g_assert_cmpstr (get_id (page, 0), ==, "run-002");
  g_assert_cmpstr (get_id (page, 1), ==, "run-001");
}

/* More than a slice, and many at one time. */
static void
test_long_list (Test          *test,
                gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GVariant) runs = NULL;
  const guint n = 3 * MYRMEX_JOURNAL_SLICE_ROWS + 17;
  guint total;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%06u", i);

      journal_fixture_add_run (batch, id, i / 400);
    }
  append (test, batch);
  runs = list (test, NULL, 5, G_MAXUINT, &total);
  g_assert_cmpuint (total, ==, n);
  g_assert_cmpuint (g_variant_n_children (runs), ==, n - 5);
  for (guint i = 0; i < n - 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("%06u", n - 6 - i);

      g_assert_cmpstr (get_id (runs, i), ==, id);
    }
}

static void
test_bad_filters (Test          *test,
                  gconstpointer  unused)
{
  static const struct
  {
    const char *filter;
    const char *says;
  } cases[] = {
    { "{'stats': <'failed'>}", "status" },
    { "{'zzzzzzzzzzz': <1>}", "idempotency_key" },
    { "{'since': <'yesterday'>}", "“x”" },
    { "{'status': <'done'>}", "completed" },
    { "{'statuses': <['failed', 'done']>}", "completed" },
    { "[1]", "a{sv}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GVariant *filter = g_variant_new_parsed (cases[i].filter);
      g_autoptr (GError) error = NULL;

      g_assert_null (myrmex_journal_list_runs (test->journal, filter, 0, 1, NULL, NULL, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

/* The same key again is told, and who had it can be found. */
static void
test_idempotency_key (Test          *test,
                      gconstpointer  unused)
{
  MyrmexJournalRun run = {
    .id = (char *) "one", .name = (char *) "work", .definition = (char *) "{}",
    .idempotency_key = (char *) "key", .submitted = 1,
  };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;

  myrmex_journal_batch_add_run (batch, &run);
  append (test, batch);
  batch = myrmex_journal_batch_new ();
  run.id = (char *) "two";
  myrmex_journal_batch_add_run (batch, &run);
  g_assert_false (myrmex_journal_append_sync (test->journal, batch, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);
  assert_list (test, "{'idempotency_key': <'key'>}", "one");
  /* Another owner's keys are another's. */
  batch = myrmex_journal_batch_new ();
  run.owner = (char *) "other";
  myrmex_journal_batch_add_run (batch, &run);
  append (test, batch);
}

static guint
get_removed (GVariant *answer,
             guint    *n_logs)
{
  g_autoptr (GVariant) logs = g_variant_lookup_value (answer, "logs", G_VARIANT_TYPE_BYTESTRING_ARRAY);
  guint n = 0;

  g_assert_true (g_variant_lookup (answer, "runs", "u", &n));
  *n_logs = (guint) g_variant_n_children (logs);
  return n;
}

static void
test_delete (Test          *test,
             gconstpointer  unused)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();
  MyrmexJournalResult inside = { 0, (char *) "inside", result, (char *) "/logs/one/inside.log" };
  MyrmexJournalResult outside = { 1, (char *) "outside", result, (char *) "/elsewhere/outside.log" };
  MyrmexJournalRun run = {
    .id = (char *) "one", .name = (char *) "work", .definition = (char *) "{}", .log_directory = (char *) "/logs/one",
    .submitted = 1,
  };
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  guint n_logs;

  myrmex_journal_batch_add_run (batch, &run);
  myrmex_journal_batch_add_result (batch, "one", &inside);
  myrmex_journal_batch_add_result (batch, "one", &outside);
  /* More than goes in one slice. */
  for (guint i = 0; i < 5000; i++)
    journal_fixture_add_event (batch, "one", i);
  append (test, batch);
  g_assert_null (myrmex_journal_delete_run (test->journal, "one", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_clear_error (&error);

  batch = myrmex_journal_batch_new ();
  journal_fixture_add_end (batch, "one", 9);
  append (test, batch);
  answer = myrmex_journal_delete_run (test->journal, "one", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_removed (answer, &n_logs), ==, 1);
  g_assert_cmpuint (n_logs, ==, 2);
  g_assert_null (myrmex_journal_delete_run (test->journal, "one", NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  assert_list (test, NULL, "");

  /* The id is free again, and nothing of the old run is in the new one. */
  batch = myrmex_journal_batch_new ();
  journal_fixture_add_run (batch, "one", 1);
  append (test, batch);
  {
    g_autoptr (GVariant) results = myrmex_journal_load_results (test->journal, "one", NULL, NULL);

    g_assert_cmpuint (g_variant_n_children (results), ==, 0);
  }
}

static void
test_prune_by_age (Test          *test,
                   gconstpointer  unused)
{
  const gint64 now = g_get_real_time ();
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GVariant) answer = NULL;
  guint n_logs;

  add_runs (test, 3, 1);
  journal_fixture_add_run (batch, "fresh", now);
  journal_fixture_add_end (batch, "fresh", now);
  journal_fixture_add_run (batch, "unfinished", 1);
  append (test, batch);
  answer = myrmex_journal_prune (test->journal, 3600, -1, -1, NULL, NULL);
  g_assert_cmpuint (get_removed (answer, &n_logs), ==, 3);
  assert_list (test, NULL, "fresh unfinished");
}

static void
test_prune_by_count (Test          *test,
                     gconstpointer  unused)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) nothing = NULL;
  guint n_logs;

  add_runs (test, 5, 1);
  nothing = myrmex_journal_prune (test->journal, -1, 5, -1, NULL, NULL);
  g_assert_cmpuint (get_removed (nothing, &n_logs), ==, 0);
  answer = myrmex_journal_prune (test->journal, -1, 2, -1, NULL, NULL);
  g_assert_cmpuint (get_removed (answer, &n_logs), ==, 3);
  assert_list (test, NULL, "run-004 run-003");
}

static void
test_prune_by_bytes (Test          *test,
                     gconstpointer  unused)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) rest = NULL;
  gint64 bytes = 0;
  guint n_logs, n;

  add_runs (test, 40, 500);
  answer = myrmex_journal_prune (test->journal, -1, -1, 400 * 1024, NULL, NULL);
  n = get_removed (answer, &n_logs);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <, 40);
  g_assert_true (g_variant_lookup (answer, "bytes", "x", &bytes));
  g_assert_cmpint (bytes, >, 0);
  rest = list (test, NULL, 0, 1, &n_logs);
  g_assert_cmpuint (n_logs, ==, 40 - n);
  g_assert_cmpstr (get_id (rest, 0), ==, "run-039");
}

static void
result_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static GAsyncResult *
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Each function that does not wait. */
static void
test_async (Test          *test,
            gconstpointer  unused)
{
  GAsyncResult *results[8] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) list_answer = NULL;
  g_autoptr (GVariant) run = NULL;
  guint total = 0;

  add_runs (test, 3, 1);
  myrmex_journal_load_run_async (test->journal, "run-000", NULL, result_cb, &results[0]);
  myrmex_journal_list_runs_async (test->journal, NULL, 0, 2, NULL, result_cb, &results[1]);
  myrmex_journal_load_results_async (test->journal, "run-000", NULL, result_cb, &results[2]);
  myrmex_journal_load_log_paths_async (test->journal, "nowhere", NULL, result_cb, &results[3]);
  myrmex_journal_delete_run_async (test->journal, "run-000", NULL, result_cb, &results[4]);
  myrmex_journal_prune_async (test->journal, -1, 1, -1, NULL, result_cb, &results[5]);
  myrmex_journal_close_async (test->journal, NULL, result_cb, &results[6]);
  run = myrmex_journal_load_run_finish (test->journal, await (&results[0]), &error);
  g_assert_no_error (error);
  g_assert_nonnull (run);
  list_answer = myrmex_journal_list_runs_finish (test->journal, await (&results[1]), &total, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (total, ==, 3);
  g_assert_cmpuint (g_variant_n_children (list_answer), ==, 2);
  g_variant_unref (myrmex_journal_load_results_finish (test->journal, await (&results[2]), &error));
  g_assert_no_error (error);
  g_assert_null (myrmex_journal_load_log_paths_finish (test->journal, await (&results[3]), &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_variant_unref (myrmex_journal_delete_run_finish (test->journal, await (&results[4]), &error));
  g_assert_no_error (error);
  g_variant_unref (myrmex_journal_prune_finish (test->journal, await (&results[5]), &error));
  g_assert_no_error (error);
  g_assert_true (myrmex_journal_close_finish (test->journal, await (&results[6]), &error));
  g_assert_no_error (error);
  myrmex_journal_open_async (test->journal, NULL, result_cb, &results[7]);
  g_assert_true (myrmex_journal_open_finish (test->journal, await (&results[7]), &error));
  g_assert_no_error (error);
  assert_list (test, NULL, "run-002");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    g_object_unref (results[i]);
}

static void
test_cancelled (Test          *test,
                gconstpointer  unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  add_runs (test, 1, 1);
  g_cancellable_cancel (cancellable);
  g_assert_null (myrmex_journal_load_run (test->journal, "run-000", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
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
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  add_test ("/journal/run", test_run);
  add_test ("/journal/values", test_values);
  add_test ("/journal/failed-result", test_failed_result);
  add_test ("/journal/events", test_events);
  add_test ("/journal/list", test_list);
  add_test ("/journal/long-list", test_long_list);
  add_test ("/journal/bad-filters", test_bad_filters);
  add_test ("/journal/idempotency-key", test_idempotency_key);
  add_test ("/journal/delete", test_delete);
  add_test ("/journal/prune/age", test_prune_by_age);
  add_test ("/journal/prune/count", test_prune_by_count);
  add_test ("/journal/prune/bytes", test_prune_by_bytes);
  add_test ("/journal/async", test_async);
  add_test ("/journal/cancelled", test_cancelled);
  return g_test_run ();
}
