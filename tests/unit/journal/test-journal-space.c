/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A disk that is full, and has space again: what is new is refused, what came of accepted runs waits and is lost in no
 * case. */

#include <string.h>

#include "base/myrmex-error.h"
#include "journal-fixture.h"
#include "journal-rig.h"

#define N_BATCHES (20)
#define FOR_EVER  (G_MAXUINT / 2)

typedef struct
{
  JournalFixture      fixture;
  JournalRig         *rig;
  MyrmexJournalStore *store;
  MyrmexJournalChain *chain;
  GMutex              lock;
  GCond               cond;
  GArray             *told;      /* of guint: the events that are on the disk, in the order in which that was told */
  guint               n_failed;
} Full;

typedef struct
{
  Full  *full;
  guint  number;
} Entry;

static void
full_init (Full *self)
{
  MyrmexJournalSettings settings = { 0 };
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;

  journal_fixture_init (&self->fixture);
  self->rig = journal_rig_new (1);
  settings.path = self->fixture.path;
  settings.vfs = journal_rig_get_name (self->rig);
  self->store = journal_fixture_open_store (&settings, &error);
  g_assert_no_error (error);
  self->chain = myrmex_journal_chain_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->told = g_array_new (FALSE, FALSE, sizeof (guint));
  self->n_failed = 0;
  journal_fixture_add_run (batch, "one", 1);
  journal_fixture_append (self->store, batch, &error);
  g_assert_no_error (error);
}

static void
full_clear (Full *self)
{
  myrmex_journal_chain_unref (self->chain);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_array_unref (self->told);
  journal_rig_free (self->rig);
  journal_fixture_clear (&self->fixture);
}

/* In the thread of the journal. */
static void
told_cb (const GError *error,
         gpointer      data)
{
  Entry *entry = data;
  Full *self = entry->full;

  g_mutex_lock (&self->lock);
  if (error == NULL)
    g_array_append_val (self->told, entry->number);
  else
    self->n_failed++;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_free (entry);
}

static void
append_event (Full  *self,
              guint  number)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  Entry *entry = g_new (Entry, 1);
  g_autoptr (GError) error = NULL;

  *entry = (Entry) { self, number };
  myrmex_journal_batch_set_chain (batch, self->chain);
  journal_fixture_add_event (batch, "one", number);
  myrmex_journal_store_append (self->store, batch, MYRMEX_JOURNAL_APPEND_FORCE, told_cb, entry, &error);
  g_assert_no_error (error);
}

static void
await_told (Full  *self,
            guint  n)
{
  g_mutex_lock (&self->lock);
  while (self->told->len + self->n_failed < n)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
check_told (Full  *self,
            guint  n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) events = journal_fixture_get_events (self->store, "one", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (self->n_failed, ==, 0);
  g_assert_cmpuint (self->told->len, ==, n);
  g_assert_cmpuint (events->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpuint (g_array_index (self->told, guint, i), ==, i);
      g_assert_cmpuint (g_array_index (events, MyrmexJournalEvent, i).task, ==, i);
    }
}

static void
append_run (Full        *self,
            const char  *id,
            gboolean     has_chain,
            GError     **error)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  if (has_chain)
    {
      MyrmexJournalChain *chain = myrmex_journal_chain_new ();

      myrmex_journal_batch_set_chain (batch, chain);
      myrmex_journal_chain_unref (chain);
    }
  journal_fixture_add_run (batch, id, 1);
  journal_fixture_append (self->store, batch, error);
}

/* A run is refused at once, each time; events wait, and are all there when there is space. */
static void
test_waits (void)
{
  Full full;
  g_autoptr (GError) error = NULL;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  for (guint i = 0; i < N_BATCHES; i++)
    {
      append_event (&full, i);
      append_run (&full, "two", i % 2 == 0, &error);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
      g_assert_nonnull (strstr (error->message, "no space left"));
      g_clear_error (&error);
      check_told (&full, 0);
    }
  journal_rig_fail (full.rig, 0, 0, 0, SQLITE_OK);
  append_run (&full, "two", TRUE, &error);
  g_assert_no_error (error);
  check_told (&full, N_BATCHES);
  journal_fixture_close_store (full.store, &error);
  g_assert_no_error (error);
  full_clear (&full);
}

/* One that is to blame itself, among those that wait, is told so, and the others stay in their order. */
static void
test_own_fault (void)
{
  Full full;
  g_autoptr (GError) error = NULL;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  for (guint i = 0; i < N_BATCHES; i++)
    {
      MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

      append_event (&full, i);
      journal_fixture_add_event (batch, "none", i);
      journal_fixture_append (full.store, batch, &error);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
      g_clear_error (&error);
    }
  check_told (&full, 0);
  journal_rig_fail (full.rig, 0, 0, 0, SQLITE_OK);
  await_told (&full, N_BATCHES);
  check_told (&full, N_BATCHES);
  journal_fixture_close_store (full.store, &error);
  g_assert_no_error (error);
  full_clear (&full);
}

/* There is space again between two that wait, as they are tried one by one: the later one does not go ahead. */
static void
test_order (void)
{
  Full full;
  g_autoptr (GError) error = NULL;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  append_event (&full, 0);
  append_event (&full, 1);
  check_told (&full, 0);
  /* All together, and then the first. */
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, 2, SQLITE_FULL);
  append_run (&full, "two", TRUE, &error);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  await_told (&full, 2);
  check_told (&full, 2);
  g_clear_error (&error);
  journal_fixture_close_store (full.store, &error);
  g_assert_no_error (error);
  full_clear (&full);
}

/* Nothing else comes: it is tried by itself. */
static void
test_again (void)
{
  Full full;
  g_autoptr (GError) error = NULL;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  append_event (&full, 0);
  append_run (&full, "two", TRUE, &error);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  g_clear_error (&error);
  check_told (&full, 0);
  journal_rig_fail (full.rig, 0, 0, 0, SQLITE_OK);
  await_told (&full, 1);
  check_told (&full, 1);
  journal_fixture_close_store (full.store, &error);
  g_assert_no_error (error);
  full_clear (&full);
}

/* Closing waits for no space. */
static void
test_closed (void)
{
  Full full;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  append_event (&full, 0);
  append_event (&full, 1);
  check_told (&full, 0);
  journal_fixture_close_store (full.store, NULL);
  g_assert_cmpuint (full.n_failed, ==, 2);
  g_assert_true (myrmex_journal_chain_is_broken (full.chain));
  full_clear (&full);
}

/* Another fault ends the waiting: what an fsync did that failed nobody knows. */
static void
test_fails (void)
{
  Full full;

  full_init (&full);
  journal_rig_fail (full.rig, JOURNAL_RIG_WRITE, 1, FOR_EVER, SQLITE_FULL);
  append_event (&full, 0);
  check_told (&full, 0);
  journal_rig_fail (full.rig, JOURNAL_RIG_SYNC, 1, FOR_EVER, SQLITE_IOERR_FSYNC);
  await_told (&full, 1);
  g_assert_cmpuint (full.n_failed, ==, 1);
  g_assert_true (myrmex_journal_chain_is_broken (full.chain));
  journal_rig_fail (full.rig, 0, 0, 0, SQLITE_OK);
  journal_fixture_close_store (full.store, NULL);
  full_clear (&full);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/space/waits", test_waits);
  g_test_add_func ("/journal/space/own-fault", test_own_fault);
  g_test_add_func ("/journal/space/order", test_order);
  g_test_add_func ("/journal/space/again", test_again);
  g_test_add_func ("/journal/space/closed", test_closed);
  g_test_add_func ("/journal/space/fails", test_fails);
  return g_test_run ();
}
