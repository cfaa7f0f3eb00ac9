/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the tables are, and how a database of an earlier version becomes one of today.
 *
 * A step that was released is never changed: another one is added, with a database of the version before it in
 * tests/fixtures/journal. Each step is one transaction, its version included. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-database-private.h"

/* Runs are known by a number elsewhere: smaller than their id, and in the order in which they were submitted.
 * What is long comes last, so that listing runs does not read it. Rows of a run are next to each other. */
static const char version_1[] =
  "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

  "CREATE TABLE runs ("
  "  number INTEGER PRIMARY KEY,"
  "  id TEXT NOT NULL UNIQUE,"
  "  name TEXT NOT NULL,"
  "  removed INTEGER NOT NULL DEFAULT 0,"     /* it is not there for anyone, and its rows are going */
  "  status INTEGER NOT NULL,"
  "  reason INTEGER NOT NULL,"
  "  submitted INTEGER NOT NULL,"             /* µs since 1970, as all times */
  "  started INTEGER NOT NULL,"
  "  finished INTEGER NOT NULL,"
  "  n_tasks INTEGER NOT NULL,"
  "  completed INTEGER NOT NULL,"
  "  failed INTEGER NOT NULL,"
  "  skipped INTEGER NOT NULL,"
  "  cancelled INTEGER NOT NULL,"
  "  owner TEXT,"
  "  idempotency_key TEXT,"
  "  log_directory TEXT,"
  "  error TEXT,"
  "  options BLOB,"                           /* a{sv}, serialised, little-endian */
  "  definition TEXT NOT NULL"
  ") STRICT;"
  "CREATE INDEX runs_by_submitted ON runs (submitted);"
  "CREATE INDEX runs_by_finished ON runs (finished);"
  "CREATE UNIQUE INDEX runs_by_key ON runs (coalesce (owner, ''), idempotency_key)"
  "  WHERE idempotency_key IS NOT NULL AND removed = 0;"

  "CREATE TABLE events ("
  "  run INTEGER NOT NULL,"
  "  seq INTEGER NOT NULL,"
  "  at INTEGER NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  task INTEGER,"
  "  attempt INTEGER NOT NULL,"
  "  data BLOB,"
  "  PRIMARY KEY (run, seq)"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE results ("
  "  run INTEGER NOT NULL,"
  "  task INTEGER NOT NULL,"
  "  name TEXT NOT NULL,"
  "  status INTEGER NOT NULL,"
  "  reason INTEGER NOT NULL,"
  "  attempts INTEGER NOT NULL,"
  "  started INTEGER NOT NULL,"
  "  finished INTEGER NOT NULL,"
  "  execution_time INTEGER NOT NULL,"        /* µs */
  "  error_domain TEXT,"
  "  error_code INTEGER,"
  "  error_message TEXT,"
  "  error_name TEXT,"
  "  log_path TEXT,"
  "  type TEXT,"                              /* of the value, as GVariant has it; NULL: there is none */
  "  value BLOB,"
  "  PRIMARY KEY (run, task)"
  ") STRICT, WITHOUT ROWID;";

/* What the service knows of a run beside what its caller said. The table is made anew, so that what is long stays
 * last. */
static const char version_2[] =
  "CREATE TABLE new_runs ("
  "  number INTEGER PRIMARY KEY,"
  "  id TEXT NOT NULL UNIQUE,"
  "  name TEXT NOT NULL,"                     /* what the run is called */
  "  workflow TEXT NOT NULL,"
  "  removed INTEGER NOT NULL DEFAULT 0,"
  "  status INTEGER NOT NULL,"
  "  reason INTEGER NOT NULL,"
  "  submitted INTEGER NOT NULL,"
  "  started INTEGER NOT NULL,"
  "  finished INTEGER NOT NULL,"
  "  n_tasks INTEGER NOT NULL,"
  "  completed INTEGER NOT NULL,"
  "  failed INTEGER NOT NULL,"
  "  skipped INTEGER NOT NULL,"
  "  cancelled INTEGER NOT NULL,"
  "  owner TEXT,"
  "  submitter TEXT,"                         /* the connection that it came by */
  "  idempotency_key TEXT,"
  "  digest TEXT,"                            /* of what was submitted with the key */
  "  token TEXT,"                             /* another name of the run, like its id */
  "  retried_from TEXT,"                      /* the id of an earlier run */
  "  log_directory TEXT,"
  "  error TEXT,"
  "  options BLOB,"
  "  definition TEXT NOT NULL"
  ") STRICT;"
  "INSERT INTO new_runs (number, id, name, workflow, removed, status, reason, submitted, started, finished, n_tasks, "
  "  completed, failed, skipped, cancelled, owner, idempotency_key, log_directory, error, options, definition) "
  "SELECT number, id, name, name, removed, status, reason, submitted, started, finished, n_tasks, completed, failed, "
  "  skipped, cancelled, owner, idempotency_key, log_directory, error, options, definition FROM runs;"
  "DROP TABLE runs;"
  "ALTER TABLE new_runs RENAME TO runs;"
  "CREATE INDEX runs_by_submitted ON runs (submitted);"
  "CREATE INDEX runs_by_finished ON runs (finished);"
  "CREATE INDEX runs_by_name ON runs (name);"
  "CREATE INDEX runs_active ON runs (number) WHERE status < 3;"
  "CREATE UNIQUE INDEX runs_by_key ON runs (coalesce (owner, ''), idempotency_key)"
  "  WHERE idempotency_key IS NOT NULL AND removed = 0;"
  "CREATE UNIQUE INDEX runs_by_token ON runs (token) WHERE token IS NOT NULL AND removed = 0;";

G_STATIC_ASSERT (MYRMEX_RUN_STATUS_COMPLETED == 3);

const MyrmexJournalStep myrmex_journal_steps[] = {
  { 1, version_1 },
  { 2, version_2 },
};

const guint myrmex_journal_n_steps = G_N_ELEMENTS (myrmex_journal_steps);

/* Whether this is a journal that we can read, before anything is written. */
gboolean
myrmex_journal_schema_check (MyrmexJournalDatabase  *self,
                             gboolean               *is_new,
                             GError                **error)
{
  const int newest = myrmex_journal_steps[myrmex_journal_n_steps - 1].version;
  gint64 application, version, n_tables;

  if (!myrmex_journal_database_get_number (self, "PRAGMA application_id", &application, error) ||
      !myrmex_journal_database_get_number (self, "PRAGMA user_version", &version, error) ||
      !myrmex_journal_database_get_number (self, "SELECT count(*) FROM sqlite_schema", &n_tables, error))
    return FALSE;

  *is_new = application == 0 && version == 0 && n_tables == 0;
  if (!*is_new && application != MYRMEX_JOURNAL_APPLICATION_ID)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("“%s” is a database, but no journal of Myrmex; use another name"), self->path);
      return FALSE;
    }
  if (version > newest)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("The journal “%s” has version %d, and this Myrmex knows versions up to %d; use a newer Myrmex"),
                   self->path, (int) version, newest);
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_step (MyrmexJournalDatabase    *self,
           const MyrmexJournalStep  *step,
           GError                  **error)
{
  g_autofree char *numbers = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                              MYRMEX_JOURNAL_APPLICATION_ID, step->version);

  if (!myrmex_journal_database_begin (self, error))
    return FALSE;
  if (myrmex_journal_database_execute (self, step->sql, error) &&
      myrmex_journal_database_execute (self, numbers, error) &&
      myrmex_journal_database_commit (self, error))
    return TRUE;

  myrmex_journal_database_roll_back (self);
  return FALSE;
}

/* Takes the steps that the database has not taken yet. */
gboolean
myrmex_journal_schema_upgrade (MyrmexJournalDatabase    *self,
                               const MyrmexJournalStep  *steps,
                               guint                     n_steps,
                               GError                  **error)
{
  gint64 version;

  if (!myrmex_journal_database_get_number (self, "PRAGMA user_version", &version, error))
    return FALSE;
  for (guint i = 0; i < n_steps; i++)
    {
      if (steps[i].version > version && !take_step (self, &steps[i], error))
        return FALSE;
    }
  return TRUE;
}

/* Whether the tables are there with all their columns, which no check of SQLite's knows. */
gboolean
myrmex_journal_schema_probe (MyrmexJournalDatabase  *self,
                             GError                **error)
{
  static const char *const probes[] = {
    "SELECT name, value FROM state",
    "SELECT number, id, name, workflow, removed, status, reason, submitted, started, finished, n_tasks, completed, "
    "failed, skipped, cancelled, owner, submitter, idempotency_key, digest, token, retried_from, log_directory, error, "
    "options, definition FROM runs",
    "SELECT run, seq, at, kind, task, attempt, data FROM events",
    "SELECT run, task, name, status, reason, attempts, started, finished, execution_time, error_domain, error_code, "
    "error_message, error_name, log_path, type, value FROM results",
  };

  for (guint i = 0; i < G_N_ELEMENTS (probes); i++)
    {
      if (myrmex_journal_database_prepare (self, probes[i], error) == NULL)
        return FALSE;
    }
  return TRUE;
}
