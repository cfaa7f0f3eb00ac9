/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* One script, with a fault at each call that SQLite makes; and the same with the power cut at each. A ledger of
 * what was told as committed, kept outside, is compared with what is there afterwards. */

#include <string.h>

#include "base/myrmex-error.h"
#include "journal-fixture.h"
#include "journal-rig.h"
#include "journal/myrmex-journal-retention-private.h"

#define N_BATCHES 24
#define N_GONE    40

typedef enum
{
  NOT_TOLD,
  TOLD_COMMITTED,
  TOLD_FAILED,
} Told;

typedef struct
{
  JournalFixture         fixture;
  MyrmexJournalSettings  settings;
  JournalRig            *rig;
  Told                   run;          /* that is written to */
  Told                   gone;         /* that is removed at the end */
  Told                   removal;
  Told                   batches[N_BATCHES];
  guint                  n_failed;     /* of those that were told */
  gboolean               is_complete;  /* the script ran to its end */
} Script;

static void
script_init (Script   *self,
             guint32   seed,
             gboolean  is_unsafe)
{
  *self = (Script) { .run = NOT_TOLD };
  journal_fixture_init (&self->fixture);
  self->rig = journal_rig_new (seed);
  self->settings.path = self->fixture.path;
  self->settings.vfs = journal_rig_get_name (self->rig);
  self->settings.is_unsafe = is_unsafe;
}

static void
script_clear (Script *self)
{
  journal_rig_free (self->rig);
  journal_fixture_clear (&self->fixture);
}

/* An error is one that a user can understand, and says which journal it is about. */
static void
check_error (const Script *self,
             const GError *error)
{
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
  g_assert_nonnull (strstr (error->message, self->settings.path));
  g_assert_null (strstr (error->message, "damaged"));
}

typedef struct
{
  Script *script;
  Told   *told;
} Entry;

/* In the thread of the journal. */
static void
told_cb (const GError *error,
         gpointer      data)
{
  Entry *entry = data;

  g_assert_cmpint (*entry->told, ==, NOT_TOLD);
  *entry->told = error == NULL ? TOLD_COMMITTED : TOLD_FAILED;
  if (error != NULL)
    {
      entry->script->n_failed++;
      /* A batch for a run that could not be written. */
      if (!g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
        check_error (entry->script, error);
    }
  g_free (entry);
}

static void
append (Script             *self,
        MyrmexJournalStore *store,
        MyrmexJournalBatch *batch,
        Told               *told)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry) { self, told };
  g_assert_true (myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_FORCE, told_cb, entry, NULL));
}

static gboolean
nothing_slice (MyrmexJournalDatabase  *database,
               gpointer                data,
               gboolean               *is_done,
               GError                **error)
{
  *is_done = TRUE;
  return TRUE;
}

/* Until all that was appended has been told. */
static void
settle (MyrmexJournalStore *store)
{
  g_assert_true (journal_fixture_call (store, nothing_slice, NULL, NULL));
}

static void
append_run (Script             *self,
            MyrmexJournalStore *store,
            const char         *id,
            guint               n_events,
            Told               *told)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  journal_fixture_add_run (batch, id, 1);
  for (guint i = 0; i < n_events; i++)
    {
      journal_fixture_add_event (batch, id, i);
      journal_fixture_add_result (batch, id, i, g_variant_new_string ("a value"));
    }
  if (n_events > 0)
    journal_fixture_add_end (batch, id, 2);
  append (self, store, batch, told);
  settle (store);
}

/* Each batch is an event and a result of one number. Some come alone, some three at a time. */
static void
append_batches (Script             *self,
                MyrmexJournalStore *store)
{
  for (guint i = 0; i < N_BATCHES; i++)
    {
      MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
      g_autofree char *text = g_strnfill (i % 5 == 0 ? 20000 : 50 * i, 'x');

      journal_fixture_add_event (batch, "one", i);
      journal_fixture_add_result (batch, "one", i, g_variant_new_string (text));
      append (self, store, batch, &self->batches[i]);
      if (i % 6 < 3)
        settle (store);
    }
  settle (store);
}

static void
remove_run (Script             *self,
            MyrmexJournalStore *store)
{
  MyrmexJournalRemoval *removal = g_new0 (MyrmexJournalRemoval, 1);
  g_autoptr (GError) error = NULL;

  removal->id = g_strdup ("gone");
  removal->max_runs = removal->max_bytes = -1;
  self->removal = journal_fixture_call (store, myrmex_journal_remove, removal, &error) ? TOLD_COMMITTED : TOLD_FAILED;
  if (self->removal == TOLD_FAILED && !g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
    check_error (self, error);
  myrmex_journal_removal_free (removal);
}

/* Returns whether the journal could be opened. */
static gboolean
script_play (Script *self)
{
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store = journal_fixture_open_store (&self->settings, &error);

  if (store == NULL)
    {
      check_error (self, error);
      return FALSE;
    }
  append_run (self, store, "gone", N_GONE, &self->gone);
  append_run (self, store, "one", 0, &self->run);
  append_batches (self, store);
  remove_run (self, store);
  if (!journal_fixture_close_store (store, &error))
    check_error (self, error);
  self->is_complete = TRUE;
  return TRUE;
}

typedef struct
{
  guint n_runs;
  guint n_told;
  guint n_lost;      /* told as committed, and not there */
  guint n_halves;
  guint n_extra;     /* there, though told as failed or not told; allowed */
} Tally;

static void
check_gone (Script             *self,
            MyrmexJournalStore *store,
            Tally              *tally)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) events = journal_fixture_get_events (store, "gone", &error);
  g_autoptr (GArray) results = events != NULL ? journal_fixture_get_results (store, "gone", &error) : NULL;

  if (events == NULL)
    {
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
      tally->n_lost += self->gone == TOLD_COMMITTED && self->removal == NOT_TOLD;
      return;
    }
  g_assert_no_error (error);
  tally->n_halves += events->len != N_GONE || results->len != N_GONE;
  tally->n_lost += self->removal == TOLD_COMMITTED;
}

static void
check_batches (Script             *self,
               MyrmexJournalStore *store,
               Tally              *tally)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) events = journal_fixture_get_events (store, "one", &error);
  g_autoptr (GArray) results = events != NULL ? journal_fixture_get_results (store, "one", &error) : NULL;
  gboolean has_event[N_BATCHES] = { FALSE }, has_result[N_BATCHES] = { FALSE };
  gint64 last = -1;

  if (events == NULL)
    g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  tally->n_lost += self->run == TOLD_COMMITTED && events == NULL;
  for (guint i = 0; events != NULL && i < events->len; i++)
    {
      guint32 task = g_array_index (events, MyrmexJournalEvent, i).task;

      g_assert_cmpint (task, >, last);
      last = task;
      has_event[task] = TRUE;
    }
  for (guint i = 0; results != NULL && i < results->len; i++)
    has_result[g_array_index (results, MyrmexJournalResult, i).task] = TRUE;

  for (guint i = 0; i < N_BATCHES; i++)
    {
      tally->n_told += self->batches[i] == TOLD_COMMITTED;
      tally->n_lost += self->batches[i] == TOLD_COMMITTED && !has_event[i];
      tally->n_extra += self->batches[i] != TOLD_COMMITTED && has_event[i];
      tally->n_halves += has_event[i] != has_result[i];
    }
}

/* Opens it with nothing in the way, and compares. */
static void
script_check (Script *self,
              Tally  *tally)
{
  g_autoptr (GError) error = NULL;
  MyrmexJournalStore *store = journal_fixture_open_store (&self->settings, &error);
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();

  g_assert_no_error (error);
  g_assert_null (myrmex_journal_store_get_set_aside (store));
  tally->n_runs++;
  check_gone (self, store, tally);
  check_batches (self, store, tally);
  /* And it can be written. */
  journal_fixture_add_run (batch, "after", 1);
  journal_fixture_append (store, batch, &error);
  g_assert_no_error (error);
  journal_fixture_close_store (store, &error);
  g_assert_no_error (error);
}

static guint
count_calls (JournalRigCalls calls)
{
  Script script;
  guint n;

  script_init (&script, 1, FALSE);
  journal_rig_fail (script.rig, calls, 0, 0, SQLITE_OK);
  g_assert_true (script_play (&script));
  n = journal_rig_get_n_calls (script.rig);
  g_assert_cmpuint (script.n_failed, ==, 0);
  g_assert_cmpuint (n, >, 5);
  script_clear (&script);
  return n;
}

typedef struct
{
  const char      *name;
  JournalRigCalls  calls;
  int              code;
  guint            n_failing;   /* in a row */
} Fault;

static const Fault faults[] = {
  { "full", JOURNAL_RIG_WRITE, SQLITE_FULL, 1 },
  { "full-for-long", JOURNAL_RIG_WRITE, SQLITE_FULL, 12 },
  { "read", JOURNAL_RIG_READ, SQLITE_IOERR, 1 },
  { "write", JOURNAL_RIG_WRITE, SQLITE_IOERR, 1 },
  { "fsync", JOURNAL_RIG_SYNC, SQLITE_IOERR, 1 },
  { "fsync-for-long", JOURNAL_RIG_SYNC, SQLITE_IOERR, 5 },
  { "other", JOURNAL_RIG_OTHER, SQLITE_IOERR, 1 },
};

static guint
get_stride (void)
{
  return g_getenv ("MYRMEX_TEST_FULL") != NULL ? 1 : 3;
}

/* After the fault the power is cut as well: what was told must be on the disk, not only in the mind of the
 * kernel. */
static void
test_fault (gconstpointer data)
{
  const Fault *fault = data;
  const guint n = count_calls (fault->calls);
  Tally tally = { 0 };
  guint n_refused = 0, n_told_failed = 0, n_usable = 0, n_missed = 0;

  for (guint i = 1; i <= n; i += n > 100 ? get_stride () : 1)
    {
      Script script;

      script_init (&script, i, FALSE);
      journal_rig_fail (script.rig, fault->calls, i, fault->n_failing, fault->code);
      if (!script_play (&script))
        n_refused++;
      n_told_failed += script.n_failed;
      /* The fault was over before the end, and what came then was taken. */
      n_usable += script.n_failed > 0 && script.batches[N_BATCHES - 1] == TOLD_COMMITTED;
      /* How batches come together is not always the same, so that the last calls may not be there. */
      n_missed += journal_rig_get_n_failed (script.rig) == 0;
      journal_rig_fail (script.rig, 0, 0, 0, SQLITE_OK);
      journal_rig_reboot (script.rig);
      script_check (&script, &tally);
      script_clear (&script);
    }
  g_test_message ("%s at %u of %u calls: %u batches told as committed, %u lost, %u halves; %u told as failed, "
                  "%u openings refused, %u times usable after it",
                  fault->name, tally.n_runs, n, tally.n_told, tally.n_lost, tally.n_halves, n_told_failed, n_refused,
                  n_usable);
  g_assert_cmpuint (tally.n_lost, ==, 0);
  g_assert_cmpuint (tally.n_halves, ==, 0);
  g_assert_cmpuint (tally.n_told, >, 0);
  g_assert_cmpuint (n_told_failed + n_refused, >, 0);
  g_assert_cmpuint (n_missed, <=, tally.n_runs / 4);
}

static void
cut_everywhere (gboolean  is_unsafe,
                guint     n_seeds,
                Tally    *tally)
{
  const guint n = count_calls (JOURNAL_RIG_WRITE | JOURNAL_RIG_SYNC | JOURNAL_RIG_OTHER);

  for (guint seed = 1; seed <= n_seeds; seed++)
    {
      for (guint i = 1; i <= n; i += get_stride ())
        {
          Script script;

          script_init (&script, seed * 10000 + i, is_unsafe);
          journal_rig_cut (script.rig, i);
          script_play (&script);
          journal_rig_reboot (script.rig);
          script_check (&script, tally);
          script_clear (&script);
        }
    }
  g_test_message ("%u power cuts%s: %u batches told as committed, %u lost, %u halves; %u there that were not told",
                  tally->n_runs, is_unsafe ? " with synchronous=NORMAL" : "", tally->n_told, tally->n_lost,
                  tally->n_halves, tally->n_extra);
}

static void
test_power_cut (void)
{
  Tally tally = { 0 };

  cut_everywhere (FALSE, get_stride () == 1 ? 10 : 2, &tally);
  g_assert_cmpuint (tally.n_lost, ==, 0);
  g_assert_cmpuint (tally.n_halves, ==, 0);
  g_assert_cmpuint (tally.n_told, >, 0);
}

/* If nothing were lost here, the test above would prove nothing. */
static void
test_power_cut_unsafe (void)
{
  Tally tally = { 0 };

  cut_everywhere (TRUE, 1, &tally);
  g_assert_cmpuint (tally.n_lost, >, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strconcat ("/journal/faults/", faults[i].name, NULL);

      g_test_add_data_func (path, &faults[i], test_fault);
    }
  g_test_add_func ("/journal/faults/power-cut", test_power_cut);
  g_test_add_func ("/journal/faults/power-cut-unsafe", test_power_cut_unsafe);
  return g_test_run ();
}
