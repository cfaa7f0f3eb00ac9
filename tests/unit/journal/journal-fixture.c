/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal-fixture.h"

#include <glib/gstdio.h>

#include "model/myrmex-task-result-private.h"

void
journal_fixture_init (JournalFixture *self)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("myrmex-journal-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "journal.db", NULL);
}

void
journal_fixture_clear (JournalFixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->path, g_free);
}

MyrmexJournalStore *
journal_fixture_open_store (const MyrmexJournalSettings  *settings,
                            GError                      **error)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_store_new (settings);
  MyrmexJournalWait wait;

  myrmex_journal_wait_init (&wait);
  myrmex_journal_store_open (store, myrmex_journal_wait_done, &wait);
  return myrmex_journal_wait_finish (&wait, error) ? g_steal_pointer (&store) : NULL;
}

/* Takes the store. */
gboolean
journal_fixture_close_store (MyrmexJournalStore  *store,
                             GError             **error)
{
  MyrmexJournalWait wait;

  myrmex_journal_wait_init (&wait);
  myrmex_journal_store_close (store, myrmex_journal_wait_done, &wait);
  myrmex_journal_store_unref (store);
  return myrmex_journal_wait_finish (&wait, error);
}

gboolean
journal_fixture_append (MyrmexJournalStore  *store,
                        MyrmexJournalBatch  *batch,
                        GError             **error)
{
  MyrmexJournalWait wait;

  myrmex_journal_wait_init (&wait);
  if (!myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_WAIT, myrmex_journal_wait_done, &wait,
                                    &wait.error))
    wait.is_done = TRUE;
  return myrmex_journal_wait_finish (&wait, error);
}

gboolean
journal_fixture_call (MyrmexJournalStore     *store,
                      MyrmexJournalCallFunc   func,
                      gpointer                data,
                      GError                **error)
{
  MyrmexJournalWait wait;

  myrmex_journal_wait_init (&wait);
  myrmex_journal_store_call (store, func, data, NULL, myrmex_journal_wait_done, &wait);
  return myrmex_journal_wait_finish (&wait, error);
}

void
journal_fixture_add_run (MyrmexJournalBatch *batch,
                         const char         *id,
                         gint64              submitted)
{
  MyrmexJournalRun run = {
    .id = (char *) id,
    .name = (char *) "work",
    .definition = (char *) "{ \"myrmex\": 1, \"name\": \"work\", \"tasks\": {} }",
    .n_tasks = 3,
    .submitted = submitted,
    .state = { .status = MYRMEX_RUN_STATUS_RUNNING },
  };

  myrmex_journal_batch_add_run (batch, &run);
}

void
journal_fixture_add_event (MyrmexJournalBatch *batch,
                           const char         *id,
                           guint32             task)
{
  MyrmexJournalEvent event = {
    .when = 1000 + task, .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, .task = task, .attempt = 1,
  };

  myrmex_journal_batch_add_event (batch, id, &event);
}

void
journal_fixture_add_result (MyrmexJournalBatch *batch,
                            const char         *id,
                            guint32             task,
                            GVariant           *value)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();
  g_autofree char *name = g_strdup_printf ("task-%u", task);
  MyrmexJournalResult record = { .task = task, .name = name, .result = result };

  result->status = MYRMEX_TASK_STATUS_COMPLETED;
  result->attempts = 1;
  result->started = 1000;
  result->finished = 2000;
  result->execution_time = 1000;
  result->value = value != NULL ? g_variant_ref_sink (value) : NULL;
  myrmex_journal_batch_add_result (batch, id, &record);
}

void
journal_fixture_add_end (MyrmexJournalBatch *batch,
                         const char         *id,
                         gint64              finished)
{
  MyrmexJournalRunState state = {
    .status = MYRMEX_RUN_STATUS_COMPLETED,
    .started = finished - 10,
    .finished = finished,
    .counts = { [MYRMEX_TASK_STATUS_COMPLETED] = 2, [MYRMEX_TASK_STATUS_SKIPPED] = 1 },
  };

  myrmex_journal_batch_add_state (batch, id, &state);
}

GArray *
journal_fixture_get_events (MyrmexJournalStore  *store,
                            const char          *id,
                            GError             **error)
{
  MyrmexJournalEventsQuery *query = g_new0 (MyrmexJournalEventsQuery, 1);
  GArray *events = NULL;

  query->id = g_strdup (id);
  if (journal_fixture_call (store, myrmex_journal_query_events, query, error))
    events = g_steal_pointer (&query->events);
  myrmex_journal_events_query_free (query);
  return events;
}

GArray *
journal_fixture_get_results (MyrmexJournalStore  *store,
                             const char          *id,
                             GError             **error)
{
  MyrmexJournalResultsQuery *query = g_new0 (MyrmexJournalResultsQuery, 1);
  GArray *results = NULL;

  query->id = g_strdup (id);
  if (journal_fixture_call (store, myrmex_journal_query_results, query, error))
    results = g_steal_pointer (&query->results);
  myrmex_journal_results_query_free (query);
  return results;
}
