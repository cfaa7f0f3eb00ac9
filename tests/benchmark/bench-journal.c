/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal against SQLite itself: the same rows, so many to a commit, on the same disk; and listing runs.
 *
 *   bench-journal [TRANSITIONS [WAITING [FOLDER]]]
 *
 * A transition is what the end of an attempt writes: an event and a result. So many wait to be told as committed, as
 * attempts that run at once do. The budget is 20,000 a second. */
#include <glib/gstdio.h>
#include <stdlib.h>

#include "bench-row.h"
#include "journal/myrmex-journal-private.h"
#include "journal/myrmex-journal-record-private.h"
#include "model/myrmex-task-result-private.h"

/* Transitions a second. */
#define BUDGET 20000

#define N_ROUNDS 3
#define N_RUNS   10000

typedef struct
{
  MyrmexJournalStore *store;
  GMutex              lock;
  GCond               cond;
  guint               n_waiting;
  guint               n_told;
} Bench;

static void
told_cb (const GError *error,
         gpointer      data)
{
  Bench *bench = data;

  if (error != NULL)
    g_error ("%s", error->message);
  g_mutex_lock (&bench->lock);
  bench->n_waiting--;
  bench->n_told++;
  g_cond_signal (&bench->cond);
  g_mutex_unlock (&bench->lock);
}

static void
add_run (MyrmexJournalBatch *batch,
         const char         *id,
         guint              number)
{
  MyrmexJournalRun run = {
    .id = (char *) id, .name = (char *) "bench", .n_tasks = 1, .submitted = number,
    .definition = (char *) "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"command\": [ \"true\" ] } } }",
    .state = { .status = MYRMEX_RUN_STATUS_COMPLETED },
  };

  myrmex_journal_batch_add_run (batch, &run);
}

static MyrmexJournalBatch *
new_transition (guint             number,
                MyrmexTaskResult *result)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  MyrmexJournalEvent event = {
    .when = 1000 + number, .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED, .task = number, .attempt = 1,
    .data = g_variant_new ("(bybbs)", TRUE, 0, FALSE, FALSE, ""),
  };
  MyrmexJournalResult record = { number, (char *) "task", result, NULL };

  myrmex_journal_batch_add_event (batch, "bench", &event);
  myrmex_journal_batch_add_result (batch, "bench", &record);
  return batch;
}

static double
run_journal (const char *path,
             guint       total,
             guint       n_waiting,
             double     *per_commit)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (path);
  g_autoptr (MyrmexTaskResult) result = myrmex_task_result_new ();
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GError) error = NULL;
  Bench bench = { NULL };
  guint64 before;
  gint64 began, ended;

  result->status = MYRMEX_TASK_STATUS_COMPLETED;
  result->value = g_variant_ref_sink (g_variant_new_string ("a value"));
  add_run (batch, "bench", 1);
  if (!myrmex_journal_open (journal, NULL, &error) || !myrmex_journal_append_sync (journal, batch, &error))
    g_error ("%s", error->message);
  bench.store = myrmex_journal_ref_store (journal);
  before = myrmex_journal_store_get_n_commits (bench.store);

  began = g_get_monotonic_time ();
  g_mutex_lock (&bench.lock);
  for (guint i = 0; i < total; i++)
    {
      while (bench.n_waiting >= n_waiting)
        g_cond_wait (&bench.cond, &bench.lock);
      bench.n_waiting++;
      g_mutex_unlock (&bench.lock);
      if (!myrmex_journal_store_append (bench.store, new_transition (i, result), MYRMEX_JOURNAL_APPEND_WAIT, told_cb,
                                        &bench, &error))
        g_error ("%s", error->message);
      g_mutex_lock (&bench.lock);
    }
  while (bench.n_told < total)
    g_cond_wait (&bench.cond, &bench.lock);
  g_mutex_unlock (&bench.lock);
  ended = g_get_monotonic_time ();

  myrmex_journal_close (journal, NULL, NULL);
  *per_commit = (double) total / (double) (myrmex_journal_store_get_n_commits (bench.store) - before);
  myrmex_journal_store_unref (bench.store);
  return (double) (ended - began) / G_USEC_PER_SEC;
}

static void
execute (sqlite3    *handle,
         const char *sql)
{
  if (sqlite3_exec (handle, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (handle));
}

static sqlite3_stmt *
prepare (sqlite3    *handle,
         const char *sql)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (handle, sql, -1, &statement, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (handle));
  return statement;
}

static void
step (sqlite3_stmt *statement)
{
  if (sqlite3_step (statement) != SQLITE_DONE)
    g_error ("%s", sqlite3_errmsg (sqlite3_db_handle (statement)));
  sqlite3_reset (statement);
}

/* The same rows into the same tables, with nothing around it. */
static double
run_sqlite (const char *path,
            guint       total,
            guint       per_commit)
{
  sqlite3_stmt *event, *result, *begin, *commit;
  sqlite3 *handle = NULL;
  gint64 began;

  sqlite3_open (path, &handle);
  execute (handle, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  execute (handle, "CREATE TABLE events (run INTEGER, seq INTEGER, at INTEGER, kind INTEGER, task INTEGER, "
                   "attempt INTEGER, data BLOB, PRIMARY KEY (run, seq)) WITHOUT ROWID;"
                   "CREATE TABLE results (run INTEGER, task INTEGER, name TEXT, status INTEGER, reason INTEGER, "
                   "attempts INTEGER, started INTEGER, finished INTEGER, execution_time INTEGER, type TEXT, value BLOB, "
                   "PRIMARY KEY (run, task)) WITHOUT ROWID");
  begin = prepare (handle, "BEGIN");
  commit = prepare (handle, "COMMIT");
  event = prepare (handle, "INSERT INTO events VALUES (1, ?1, ?1, 3, ?1, 1, x'0100000000')");
  result = prepare (handle, "INSERT INTO results VALUES (1, ?1, 'task', 3, 0, 1, 0, 0, 0, 's', x'612076616c756500')");
  began = g_get_monotonic_time ();
  for (guint i = 0; i < total; i += per_commit)
    {
      step (begin);
      for (guint j = i; j < MIN (total, i + per_commit); j++)
        {
          sqlite3_bind_int64 (event, 1, j);
          step (event);
          sqlite3_bind_int64 (result, 1, j);
          step (result);
        }
      step (commit);
    }
  began = g_get_monotonic_time () - began;
  sqlite3_finalize (event);
  sqlite3_finalize (result);
  sqlite3_finalize (begin);
  sqlite3_finalize (commit);
  sqlite3_close (handle);
  return (double) began / G_USEC_PER_SEC;
}

static void
list_runs (const char *path)
{
  g_autoptr (MyrmexJournal) journal = myrmex_journal_new (path);
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) page = NULL;
  g_autoptr (GError) error = NULL;
  gint64 began, between, ended;

  for (guint i = 0; i < N_RUNS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%08x", i);

      add_run (batch, id, i);
    }
  if (!myrmex_journal_open (journal, NULL, &error) || !myrmex_journal_append_sync (journal, batch, &error))
    g_error ("%s", error->message);
  began = g_get_monotonic_time ();
  all = myrmex_journal_list_runs (journal, NULL, 0, G_MAXUINT, NULL, NULL, &error);
  between = g_get_monotonic_time ();
  page = myrmex_journal_list_runs (journal, NULL, N_RUNS / 2, 50, NULL, NULL, &error);
  ended = g_get_monotonic_time ();
  g_assert_cmpuint (g_variant_n_children (all), ==, N_RUNS);
  g_assert_cmpuint (g_variant_n_children (page), ==, 50);
  bench_row (&(BenchRow) { .what = "listing 10,000 runs", .unit = "ms", .ours = (double) (between - began) / 1000 });
  bench_row (&(BenchRow) { .what = "listing 50 of 10,000 runs, from their middle", .unit = "ms",
                           .ours = (double) (ended - between) / 1000 });
  myrmex_journal_close (journal, NULL, NULL);
}

static void
remove_files (const char *path)
{
  static const char *const ends[] = { "", "-wal", "-journal", ".lock" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *name = g_strconcat (path, ends[i], NULL);

      g_unlink (name);
    }
}

int
main (int    argc,
      char **argv)
{
  const guint total = argc > 1 ? (guint) atoi (argv[1]) : 50000;
  const guint n_waiting = argc > 2 ? (guint) atoi (argv[2]) : 256;
  g_autofree char *folder = argc > 3 ? g_build_filename (argv[3], "myrmex-bench-XXXXXX", NULL)
                                     : g_build_filename (g_get_tmp_dir (), "myrmex-bench-XXXXXX", NULL);
  g_autofree char *path = NULL;
  g_autofree char *what = NULL;
  double best_journal = G_MAXDOUBLE, best_sqlite = G_MAXDOUBLE, group = 0;

  if (g_mkdtemp (folder) == NULL)
    g_error ("no folder");
  path = g_build_filename (folder, "journal.db", NULL);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      double per_commit, journal, sqlite;

      journal = run_journal (path, total, n_waiting, &per_commit);
      remove_files (path);
      sqlite = run_sqlite (path, total, MAX (1, (guint) (per_commit + 0.5)));
      remove_files (path);
      best_journal = MIN (best_journal, journal);
      best_sqlite = MIN (best_sqlite, sqlite);
      group = per_commit;
    }
  what = g_strdup_printf ("a durable transition, %.0f to a commit", group);
  bench_row (&(BenchRow) { .what = what, .unit = "µs", .ours = best_journal / total * 1e6, .peer = "SQLite alone",
                           .theirs = best_sqlite / total * 1e6, .budget = 1e6 / BUDGET });
  list_runs (path);
  remove_files (path);
  g_rmdir (folder);
  return 0;
}
