/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-error.h"
#include "journal-fixture.h"

/* Holds up the thread of a journal until it is let go, so that what is appended meanwhile waits. */
typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean is_held;
  gboolean is_let_go;
  gboolean is_done;
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
hold_done (const GError *error,
           gpointer      data)
{
  Hold *hold = data;

  g_mutex_lock (&hold->lock);
  hold->is_done = TRUE;
  g_cond_broadcast (&hold->cond);
  g_mutex_unlock (&hold->lock);
}

static void
hold_queue (Hold               *hold,
            MyrmexJournalStore *store)
{
  *hold = (Hold) { .is_held = FALSE };
  myrmex_journal_store_call (store, hold_slice, hold, NULL, hold_done, hold);
}

static void
hold_wait (Hold *hold)
{
  g_mutex_lock (&hold->lock);
  while (!hold->is_held)
    g_cond_wait (&hold->cond, &hold->lock);
  g_mutex_unlock (&hold->lock);
}

static void
hold_begin (Hold               *hold,
            MyrmexJournalStore *store)
{
  hold_queue (hold, store);
  hold_wait (hold);
}

static void
hold_end (Hold *hold)
{
  g_mutex_lock (&hold->lock);
  hold->is_let_go = TRUE;
  g_cond_broadcast (&hold->cond);
  while (!hold->is_done)
    g_cond_wait (&hold->cond, &hold->lock);
  g_mutex_unlock (&hold->lock);
}

static MyrmexJournalStore *
open_store (JournalFixture *fixture,
            gsize           max_waiting)
{
  MyrmexJournalSettings settings = { .path = fixture->path, .max_waiting = max_waiting };
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store = journal_fixture_open_store (&settings, &error);

  g_assert_no_error (error);
  return store;
}

static void
close_store (MyrmexJournalStore *store)
{
  g_autoptr (GError) error = NULL;

  journal_fixture_close_store (store, &error);
  g_assert_no_error (error);
}

static void
append (MyrmexJournalStore *store,
        MyrmexJournalBatch *batch)
{
  g_autoptr (GError) error = NULL;

  journal_fixture_append (store, batch, &error);
  g_assert_no_error (error);
}

static void
append_run (MyrmexJournalStore *store,
            const char         *id)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  journal_fixture_add_run (batch, id, 1);
  append (store, batch);
}

/* Told in the thread of the journal, and read after it was closed. */
typedef struct
{
  GArray *order;
  guint   n_failed;
} Told;

typedef struct
{
  Told  *told;
  guint  number;
} Teller;

static void
told_cb (const GError *error,
         gpointer      data)
{
  Teller *teller = data;

  if (error != NULL)
    teller->told->n_failed++;
  else
    g_array_append_val (teller->told->order, teller->number);
  g_free (teller);
}

static void
append_event (MyrmexJournalStore *store,
              const char         *id,
              guint               number,
              Told               *told)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  Teller *teller = g_new (Teller, 1);
  g_autoptr (GError) error = NULL;

  *teller = (Teller) { told, number };
  journal_fixture_add_event (batch, id, number);
  myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_FORCE, told_cb, teller, &error);
  g_assert_no_error (error);
}

/* What waits goes in one transaction, is told in order, and is there in order. */
static void
test_group (void)
{
  JournalFixture fixture;
  Told told = { g_array_new (FALSE, FALSE, sizeof (guint)), 0 };
  MyrmexJournalStore *store;
  g_autoptr (GArray) events = NULL;
  guint64 n_commits;
  Hold hold;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  append_run (store, "one");
  hold_begin (&hold, store);
  n_commits = myrmex_journal_store_get_n_commits (store);
  for (guint i = 0; i < 1000; i++)
    append_event (store, "one", i, &told);
  hold_end (&hold);
  events = journal_fixture_get_events (store, "one", NULL);
  g_assert_cmpuint (myrmex_journal_store_get_n_commits (store), ==, n_commits + 1);
  g_assert_cmpuint (events->len, ==, 1000);
  g_assert_cmpuint (told.order->len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_cmpuint (g_array_index (events, MyrmexJournalEvent, i).task, ==, i);
      g_assert_cmpuint (g_array_index (told.order, guint, i), ==, i);
    }
  close_store (store);
  g_array_unref (told.order);
  journal_fixture_clear (&fixture);
}

/* A batch that can not be written takes none of those that are committed with it along, and nothing of it
 * stays. */
static void
test_own_fault (void)
{
  JournalFixture fixture;
  Told told = { g_array_new (FALSE, FALSE, sizeof (guint)), 0 };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  Teller *teller = g_new0 (Teller, 1);
  MyrmexJournalStore *store;
  g_autoptr (GArray) events = NULL;
  Hold hold;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  append_run (store, "one");
  hold_begin (&hold, store);
  append_event (store, "one", 0, &told);
  /* Its first record would do. */
  journal_fixture_add_event (batch, "one", 77);
  journal_fixture_add_event (batch, "no-such-run", 78);
  teller->told = &told;
  g_assert_true (myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_TRY, told_cb, teller, NULL));
  append_event (store, "one", 1, &told);
  hold_end (&hold);
  events = journal_fixture_get_events (store, "one", NULL);
  close_store (store);
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpuint (g_array_index (events, MyrmexJournalEvent, 1).task, ==, 1);
  g_assert_cmpuint (told.order->len, ==, 2);
  g_assert_cmpuint (told.n_failed, ==, 1);
  g_array_unref (told.order);
  journal_fixture_clear (&fixture);
}

/* What rests on a batch that could not be written is not written either; what does not, is. */
static void
test_chain (void)
{
  const guint32 expected[] = { 0, 1, 3, 5 };
  JournalFixture fixture;
  MyrmexJournalChain *chain = myrmex_journal_chain_new ();
  MyrmexJournalStore *store;
  g_autoptr (GArray) events = NULL;
  Hold hold;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  append_run (store, "one");
  hold_begin (&hold, store);
  for (guint32 i = 0; i < 6; i++)
    {
      MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

      journal_fixture_add_event (batch, i == 2 ? "no-such-run" : "one", i);
      if (i % 2 == 0)
        myrmex_journal_batch_set_chain (batch, chain);
      g_assert_true (myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_TRY, NULL, NULL, NULL));
    }
  hold_end (&hold);
  events = journal_fixture_get_events (store, "one", NULL);
  close_store (store);
  g_assert_true (myrmex_journal_chain_is_broken (chain));
  g_assert_cmpuint (events->len, ==, 4);
  for (guint32 i = 0; i < 4; i++)
    g_assert_cmpuint (g_array_index (events, MyrmexJournalEvent, i).task, ==, expected[i]);
  myrmex_journal_chain_unref (chain);
  journal_fixture_clear (&fixture);
}

static void
test_twice (void)
{
  JournalFixture fixture;
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  append_run (store, "one");
  journal_fixture_add_run (batch, "one", 2);
  g_assert_false (journal_fixture_append (store, batch, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);
  close_store (store);
  journal_fixture_clear (&fixture);
}

/* A flood: one who tries is told, one who must is let in. */
static void
test_full_queue (void)
{
  JournalFixture fixture;
  Told told = { g_array_new (FALSE, FALSE, sizeof (guint)), 0 };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store;
  Hold hold;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 1);
  append_run (store, "one");
  hold_begin (&hold, store);
  append_event (store, "one", 0, &told);
  journal_fixture_add_event (batch, "one", 1);
  g_assert_false (myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_TRY, NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
  append_event (store, "one", 2, &told);
  hold_end (&hold);
  close_store (store);
  g_assert_cmpuint (told.order->len, ==, 2);
  g_array_unref (told.order);
  journal_fixture_clear (&fixture);
}

typedef struct
{
  MyrmexJournalStore *store;
  guint               first;
  int                *n_done;   /* atomic */
} Flood;

static void
flood_cb (const GError *error,
          gpointer      data)
{
  g_assert_no_error (error);
  g_atomic_int_inc ((int *) data);
}

static gpointer
flood_thread (gpointer data)
{
  Flood *flood = data;

  for (guint i = 0; i < 500; i++)
    {
      MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

      journal_fixture_add_event (batch, "one", flood->first + i);
      g_assert_true (myrmex_journal_store_append (flood->store, batch, MYRMEX_JOURNAL_APPEND_WAIT, flood_cb,
                                                  flood->n_done, NULL));
    }
  return NULL;
}

/* Those who wait for room get it, and the order of each is kept. */
static void
test_flood (void)
{
  JournalFixture fixture;
  GThread *threads[4];
  Flood floods[4];
  guint next[4] = { 0 };
  MyrmexJournalStore *store;
  g_autoptr (GArray) events = NULL;
  int n_done = 0;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 1000);
  append_run (store, "one");
  for (guint i = 0; i < 4; i++)
    {
      floods[i] = (Flood) { store, i * 1000, &n_done };
      threads[i] = g_thread_new ("flood", flood_thread, &floods[i]);
    }
  for (guint i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  events = journal_fixture_get_events (store, "one", NULL);
  g_assert_cmpint (g_atomic_int_get (&n_done), ==, 2000);
  g_assert_cmpuint (events->len, ==, 2000);
  for (guint i = 0; i < events->len; i++)
    {
      guint32 task = g_array_index (events, MyrmexJournalEvent, i).task;

      g_assert_cmpuint (task % 1000, ==, next[task / 1000]++);
    }
  close_store (store);
  journal_fixture_clear (&fixture);
}

/* What was appended before closing is written; after it, nothing is taken. */
static void
test_close (void)
{
  JournalFixture fixture;
  Told told = { g_array_new (FALSE, FALSE, sizeof (guint)), 0 };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJournalStore) held = NULL;
  g_autoptr (GArray) events = NULL;
  MyrmexJournalStore *store;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  held = myrmex_journal_store_ref (store);
  append_run (store, "one");
  for (guint i = 0; i < 100; i++)
    append_event (store, "one", i, &told);
  close_store (store);
  g_assert_cmpuint (told.order->len, ==, 100);

  journal_fixture_add_event (batch, "one", 1);
  g_assert_false (myrmex_journal_store_append (held, batch, MYRMEX_JOURNAL_APPEND_WAIT, NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  g_clear_error (&error);
  g_assert_null (journal_fixture_get_events (held, "one", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);

  store = open_store (&fixture, 0);
  events = journal_fixture_get_events (store, "one", NULL);
  g_assert_cmpuint (events->len, ==, 100);
  close_store (store);
  g_array_unref (told.order);
  journal_fixture_clear (&fixture);
}

/* A long reading lets those who write in between. */
static void
test_reading_in_slices (void)
{
  JournalFixture fixture;
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  MyrmexJournalEventsQuery *query = g_new0 (MyrmexJournalEventsQuery, 1);
  Told told = { g_array_new (FALSE, FALSE, sizeof (guint)), 0 };
  MyrmexJournalWait wait;
  MyrmexJournalStore *store;
  Hold before, between;

  journal_fixture_init (&fixture);
  store = open_store (&fixture, 0);
  append_run (store, "one");
  for (guint i = 0; i < 4 * MYRMEX_JOURNAL_SLICE_ROWS; i++)
    journal_fixture_add_event (batch, "one", i);
  append (store, batch);

  query->id = g_strdup ("one");
  myrmex_journal_wait_init (&wait);
  hold_begin (&before, store);
  myrmex_journal_store_call (store, myrmex_journal_query_events, query, NULL, myrmex_journal_wait_done, &wait);
  hold_queue (&between, store);
  hold_end (&before);
  hold_wait (&between);
  g_mutex_lock (&wait.lock);
  g_assert_false (wait.is_done);
  g_mutex_unlock (&wait.lock);
  g_assert_cmpuint (query->events->len, ==, MYRMEX_JOURNAL_SLICE_ROWS);
  append_event (store, "one", 5000, &told);
  hold_end (&between);
  g_assert_true (myrmex_journal_wait_finish (&wait, NULL));
  g_assert_cmpuint (query->events->len, ==, 4 * MYRMEX_JOURNAL_SLICE_ROWS + 1);
  close_store (store);
  g_assert_cmpuint (told.order->len, ==, 1);
  myrmex_journal_events_query_free (query);
  g_array_unref (told.order);
  journal_fixture_clear (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/store/group", test_group);
  g_test_add_func ("/journal/store/own-fault", test_own_fault);
  g_test_add_func ("/journal/store/chain", test_chain);
  g_test_add_func ("/journal/store/twice", test_twice);
  g_test_add_func ("/journal/store/full-queue", test_full_queue);
  g_test_add_func ("/journal/store/flood", test_flood);
  g_test_add_func ("/journal/store/close", test_close);
  g_test_add_func ("/journal/store/reading-in-slices", test_reading_in_slices);
  return g_test_run ();
}
