/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Many runs are removed at once: what that costs of the disk, and what is told where the disk fails meanwhile. */

#include "journal/myrmex-journal-retention-private.h"
#include "journal-fixture.h"
#include "journal-rig.h"

#define N_RUNS   (300)
#define N_ACTIVE (5)

typedef struct
{
  JournalFixture      fixture;
  JournalRig         *rig;
  MyrmexJournalStore *store;
} Test;

/* Runs that have ended, and among them some that have not. */
static void
set_up (Test          *test,
        gconstpointer  data)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  MyrmexJournalSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  journal_fixture_init (&test->fixture);
  test->rig = journal_rig_new (1);
  settings.path = test->fixture.path;
  settings.vfs = journal_rig_get_name (test->rig);
  test->store = journal_fixture_open_store (&settings, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_RUNS; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%03u", i);

      journal_fixture_add_run (batch, id, i + 1);
      journal_fixture_add_event (batch, id, 0);
      journal_fixture_add_result (batch, id, 0, NULL);
      if (i % (N_RUNS / N_ACTIVE) != 0)
        journal_fixture_add_end (batch, id, 1000 + i);
    }
  g_assert_true (journal_fixture_append (test->store, batch, &error));
  g_assert_no_error (error);
}

static void
tear_down (Test          *test,
           gconstpointer  data)
{
  journal_rig_fail (test->rig, 0, 0, 0, 0);
  journal_fixture_close_store (test->store, NULL);
  journal_rig_free (test->rig);
  journal_fixture_clear (&test->fixture);
}

static GPtrArray *
list (Test  *test,
      guint  statuses,
      guint  limit)
{
  MyrmexJournalListQuery *query = g_new0 (MyrmexJournalListQuery, 1);
  g_autoptr (GError) error = NULL;
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  query->filter.statuses = statuses;
  query->limit = limit;
  g_assert_true (journal_fixture_call (test->store, myrmex_journal_query_list, query, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < query->runs->len; i++)
    g_ptr_array_add (ids, g_strdup (((MyrmexJournalRun *) query->runs->pdata[i])->id));
  if (limit == G_MAXUINT)
    g_assert_cmpuint (query->total, ==, ids->len);
  myrmex_journal_list_query_free (query);
  return ids;
}

static MyrmexJournalRemoval *
removal_new (gconstpointer data)
{
  MyrmexJournalRemoval *removal = g_new0 (MyrmexJournalRemoval, 1);

  /* Both ways to say that all that has ended goes. */
  removal->statuses = GPOINTER_TO_UINT (data);
  removal->finished_before = G_MAXINT64;
  removal->max_runs = removal->max_bytes = -1;
  return removal;
}

/* Each commit waits for the disk: there is not one for each run. */
static void
test_syncs (Test          *test,
            gconstpointer  data)
{
  MyrmexJournalRemoval *removal = removal_new (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) left = NULL;

  journal_rig_fail (test->rig, JOURNAL_RIG_SYNC, G_MAXUINT, 0, 0);
  g_assert_true (journal_fixture_call (test->store, myrmex_journal_remove, removal, &error));
  g_assert_no_error (error);
  g_test_message ("%u runs: %u syncs", removal->n_runs, journal_rig_get_n_calls (test->rig));
  g_assert_cmpuint (removal->n_runs, ==, N_RUNS - N_ACTIVE);
  g_assert_cmpuint (removal->ids->len, ==, removal->n_runs);
  g_assert_cmpuint (removal->names->len, ==, removal->n_runs);
  g_assert_cmpuint (journal_rig_get_n_calls (test->rig), <, N_RUNS / 5);
  left = list (test, 0, G_MAXUINT);
  g_assert_cmpuint (left->len, ==, N_ACTIVE);
  myrmex_journal_removal_free (removal);
}

static void
assert_gone (Test       *test,
             const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) events = journal_fixture_get_events (test->store, id, &error);

  g_assert_null (events);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

/* Returns whether the disk failed at all. */
static gboolean
fail_at (Test          *test,
         gconstpointer  data,
         guint          first)
{
  MyrmexJournalRemoval *removal = removal_new (data);
  g_autoptr (GPtrArray) left = NULL;
  gboolean has_failed, success;

  journal_rig_fail (test->rig, JOURNAL_RIG_WRITE | JOURNAL_RIG_SYNC, first, 1, SQLITE_IOERR);
  success = journal_fixture_call (test->store, myrmex_journal_remove, removal, NULL);
  has_failed = journal_rig_get_n_failed (test->rig) > 0;
  journal_rig_fail (test->rig, 0, 0, 0, 0);
  left = list (test, 0, G_MAXUINT);
  if (success)
    g_assert_cmpuint (removal->n_runs, ==, N_RUNS - N_ACTIVE);
  /* Whoever asked removes the logs of what is told as gone, and of nothing else. */
  g_assert_cmpuint (removal->ids->len, ==, removal->n_runs);
  g_assert_cmpuint (removal->names->len, ==, removal->n_runs);
  g_assert_cmpuint (left->len, ==, N_RUNS - removal->n_runs);
  for (guint i = 0; i < removal->ids->len; i++)
    assert_gone (test, removal->ids->pdata[i]);
  myrmex_journal_removal_free (removal);
  return has_failed;
}

static void
test_failing_disk (Test          *test,
                   gconstpointer  data)
{
  const guint step = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1 : 7;
  guint n = 0;

  for (guint first = 1; fail_at (test, data, first); first += step)
    {
      n++;
      tear_down (test, data);
      set_up (test, data);
    }
  g_test_message ("the disk failed at %u calls", n);
  g_assert_cmpuint (n, >, 5);
}

/* Those that have not ended have a way of their own. */
static void
test_unfinished (Test          *test,
                 gconstpointer  data)
{
  g_autoptr (GPtrArray) all = list (test, 1u << MYRMEX_RUN_STATUS_RUNNING | 1u << MYRMEX_RUN_STATUS_PAUSED, G_MAXUINT);
  g_autoptr (GPtrArray) some = list (test, 1u << MYRMEX_RUN_STATUS_RUNNING, 2);
  g_autoptr (GPtrArray) none = list (test, 1u << MYRMEX_RUN_STATUS_QUEUED, G_MAXUINT);
  g_autoptr (GPtrArray) both =
    list (test, 1u << MYRMEX_RUN_STATUS_RUNNING | 1u << MYRMEX_RUN_STATUS_COMPLETED, G_MAXUINT);

  g_assert_cmpuint (all->len, ==, N_ACTIVE);
  g_assert_cmpuint (some->len, ==, 2);
  g_assert_cmpstr (all->pdata[0], ==, "r240");
  g_assert_cmpstr (all->pdata[N_ACTIVE - 1], ==, "r000");
  g_assert_cmpstr (some->pdata[1], ==, "r180");
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (both->len, ==, N_RUNS);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/journal/prune/syncs/by-age", Test, NULL, set_up, test_syncs, tear_down);
  g_test_add ("/journal/prune/syncs/by-status", Test, GUINT_TO_POINTER (G_MAXUINT), set_up, test_syncs, tear_down);
  g_test_add ("/journal/prune/failing-disk/by-age", Test, NULL, set_up, test_failing_disk, tear_down);
  g_test_add ("/journal/prune/failing-disk/by-status", Test, GUINT_TO_POINTER (G_MAXUINT), set_up, test_failing_disk,
              tear_down);
  g_test_add ("/journal/prune/unfinished", Test, NULL, set_up, test_unfinished, tear_down);
  return g_test_run ();
}
