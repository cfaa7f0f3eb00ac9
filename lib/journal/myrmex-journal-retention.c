/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal/myrmex-journal-retention-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-query-private.h"

/* What one slice marks, removes or gives back, at most: each is a transaction, which waits for the disk. */
#define SLICE_RUNS  (64)
#define SLICE_ROWS  2000
#define SLICE_PAGES "256"

#define ROW_LIMIT G_STRINGIFY (SLICE_ROWS)

/* The statuses that are final come last. */
#define HAS_ENDED "status >= 3"
G_STATIC_ASSERT (MYRMEX_RUN_STATUS_COMPLETED == 3);

static gboolean
run_number (MyrmexJournalDatabase  *database,
            const char             *sql,
            gint64                  number,
            int                    *n_rows,
            GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (database, sql, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  if (!myrmex_journal_database_finish (database, statement, error))
    return FALSE;
  *n_rows = sqlite3_changes (database->handle);
  return TRUE;
}

static gboolean
remove_rows (MyrmexJournalDatabase  *self,
             gint64                  number,
             int                    *n_rows,
             GError                **error)
{
  static const char *const steps[] = {
    "DELETE FROM events WHERE run = ?1 AND seq <= "
    "(SELECT max (seq) FROM (SELECT seq FROM events WHERE run = ?1 ORDER BY seq LIMIT " ROW_LIMIT "))",
    "DELETE FROM results WHERE run = ?1 AND task <= "
    "(SELECT max (task) FROM (SELECT task FROM results WHERE run = ?1 ORDER BY task LIMIT " ROW_LIMIT "))",
    "DELETE FROM runs WHERE number = ?1",
  };

  *n_rows = 0;
  for (guint i = 0; *n_rows == 0 && i < G_N_ELEMENTS (steps); i++)
    {
      if (!run_number (self, steps[i], number, n_rows, error))
        return FALSE;
    }
  return TRUE;
}

/* Removes some rows of the runs that are marked, in one transaction; @is_done when there are none. What fails is the
 * caller's to roll back. */
gboolean
myrmex_journal_database_remove_some (MyrmexJournalDatabase  *self,
                                     gboolean               *is_done,
                                     GError                **error)
{
  gint64 number;
  int n_rows = 0, total = 0;

  if (!myrmex_journal_database_begin (self, error))
    return FALSE;
  do
    {
      /* By the index of ids, all of which begin so then. */
      if (!myrmex_journal_database_get_number (self, "SELECT number FROM runs WHERE id >= 'removed/' AND id < 'removed0' "
                                                     "AND removed = 1 LIMIT 1", &number, error))
        return FALSE;
      *is_done = number == 0;
      if (!*is_done && !remove_rows (self, number, &n_rows, error))
        return FALSE;
      total += n_rows;
    }
  while (!*is_done && total < SLICE_ROWS);
  return myrmex_journal_database_commit (self, error);
}

/* A folder that goes with the run stands for all that is in it. */
static gboolean
collect_logs (MyrmexJournalDatabase  *database,
              gint64                  number,
              GPtrArray              *logs,
              GError                **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (database,
                                     "SELECT log_directory FROM runs WHERE number = ?1 AND log_directory IS NOT NULL "
                                     "UNION ALL SELECT log_path FROM results WHERE run = ?1 AND log_path IS NOT NULL "
                                     "AND NOT EXISTS (SELECT 1 FROM runs WHERE number = ?1 AND log_directory || '/' = "
                                     "substr (log_path, 1, length (log_directory) + 1))", error);
  gboolean has_row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  for (;;)
    {
      if (!myrmex_journal_database_step (database, statement, &has_row, error))
        return FALSE;
      if (!has_row)
        break;
      g_ptr_array_add (logs, myrmex_journal_dup_path (statement, 0));
    }
  sqlite3_reset (statement);
  return TRUE;
}

static gboolean
mark (MyrmexJournalDatabase  *database,
      MyrmexJournalRemoval   *self,
      gint64                  number,
      GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (database, "SELECT id, coalesce (token, id) FROM runs "
                                                                     "WHERE number = ?1", error);
  g_autofree char *id = NULL;
  g_autofree char *name = NULL;
  gboolean has_row;
  int n_rows;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  id = has_row ? myrmex_journal_dup_text (statement, 0) : NULL;
  name = has_row ? myrmex_journal_dup_text (statement, 1) : NULL;
  sqlite3_reset (statement);
  /* Its id and key are free for another from now on. */
  if (!collect_logs (database, number, self->logs, error) ||
      !run_number (database, "UPDATE runs SET removed = 1, id = 'removed/' || number WHERE number = ?1", number, &n_rows,
                   error))
    return FALSE;
  myrmex_journal_database_forget (database);
  g_ptr_array_add (self->ids, g_steal_pointer (&id));
  g_ptr_array_add (self->names, g_steal_pointer (&name));
  self->n_runs++;
  return TRUE;
}

static gboolean
mark_named (MyrmexJournalDatabase  *database,
            MyrmexJournalRemoval   *self,
            GError                **error)
{
  sqlite3_stmt *statement;
  gboolean has_row;
  gint64 number, status;

  if (!myrmex_journal_find_number (database, self->id, &number, error))
    return FALSE;
  statement = myrmex_journal_database_prepare (database, "SELECT status FROM runs WHERE number = ?1", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  status = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  if (!myrmex_run_status_is_final ((MyrmexRunStatus) status))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("Run “%s” has not ended; cancel it first"), self->id);
      return FALSE;
    }
  return mark (database, self, number, error);
}

static gboolean
get_bytes (MyrmexJournalDatabase  *database,
           gboolean                used,
           gint64                 *bytes,
           GError                **error)
{
  gint64 n_pages, n_free, page_size;

  if (!myrmex_journal_database_get_number (database, "PRAGMA page_count", &n_pages, error) ||
      !myrmex_journal_database_get_number (database, "PRAGMA freelist_count", &n_free, error) ||
      !myrmex_journal_database_get_number (database, "PRAGMA page_size", &page_size, error))
    return FALSE;
  *bytes = (n_pages - (used ? n_free : 0)) * page_size;
  return TRUE;
}

#define MATCHES HAS_ENDED " AND removed = 0 AND (?1 >> status) & 1 "

/* Finds the oldest of those that stay since they are among the newest. */
static gboolean
find_last (MyrmexJournalDatabase   *database,
           MyrmexJournalRemoval    *self,
           GError                 **error)
{
  sqlite3_stmt *statement;
  gboolean has_row;

  self->last_submitted = self->last_number = G_MAXINT64;
  if (self->max_runs <= 0)
    return TRUE;
  statement = myrmex_journal_database_prepare (database, "SELECT submitted, number FROM runs WHERE " MATCHES
                                                         "ORDER BY submitted DESC, number DESC LIMIT 1 OFFSET ?2", error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, self->statuses);
  sqlite3_bind_int64 (statement, 2, self->max_runs - 1);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  self->last_submitted = has_row ? sqlite3_column_int64 (statement, 0) : G_MININT64;
  self->last_number = has_row ? sqlite3_column_int64 (statement, 1) : G_MININT64;
  sqlite3_reset (statement);
  return TRUE;
}

/* Marks the run that ended first of those that are asked for. */
static gboolean
mark_match (MyrmexJournalDatabase  *database,
            MyrmexJournalRemoval   *self,
            gboolean               *is_enough,
            GError                **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (database, "SELECT number FROM runs WHERE " MATCHES
                                               "AND finished <= ?2 AND (submitted, number) < (?3, ?4) "
                                               "ORDER BY finished, number LIMIT 1", error);
  gboolean has_row;
  gint64 number;

  *is_enough = self->max_removed > 0 && self->n_runs >= self->max_removed;
  if (statement == NULL || *is_enough)
    return statement != NULL;
  sqlite3_bind_int64 (statement, 1, self->statuses);
  sqlite3_bind_int64 (statement, 2, self->finished_before);
  sqlite3_bind_int64 (statement, 3, self->last_submitted);
  sqlite3_bind_int64 (statement, 4, self->last_number);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  number = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  *is_enough = !has_row;
  return *is_enough || mark (database, self, number, error);
}

/* Marks the run that ended first, if there is too much. */
static gboolean
mark_next (MyrmexJournalDatabase  *database,
           MyrmexJournalRemoval   *self,
           gboolean               *is_enough,
           GError                **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (database, "SELECT number, finished FROM runs WHERE " HAS_ENDED
                                               " AND removed = 0 ORDER BY finished, number LIMIT 1", error);
  gboolean has_row;
  gint64 number, finished, bytes;

  if (statement == NULL || !myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  number = sqlite3_column_int64 (statement, 0);
  finished = sqlite3_column_int64 (statement, 1);
  sqlite3_reset (statement);
  if (!get_bytes (database, TRUE, &bytes, error))
    return FALSE;

  *is_enough = !has_row || !(finished < self->finished_before ||
                             (self->max_runs >= 0 && self->n_ended - self->n_runs > self->max_runs) ||
                             (self->max_bytes >= 0 && bytes > self->max_bytes));
  return *is_enough || mark (database, self, number, error);
}

static gboolean
begin (MyrmexJournalDatabase  *database,
       MyrmexJournalRemoval   *self,
       GError                **error)
{
  self->logs = g_ptr_array_new_with_free_func (g_free);
  self->ids = g_ptr_array_new_with_free_func (g_free);
  self->names = g_ptr_array_new_with_free_func (g_free);
  return get_bytes (database, FALSE, &self->bytes_before, error) &&
         myrmex_journal_database_get_number (database, "SELECT count(*) FROM runs WHERE " HAS_ENDED " AND removed = 0",
                                             &self->n_ended, error) &&
         (self->statuses == 0 || find_last (database, self, error));
}

/* Marks some, in one transaction. */
static gboolean
mark_some (MyrmexJournalDatabase  *database,
           MyrmexJournalRemoval   *self,
           gboolean               *is_enough,
           GError                **error)
{
  /* How many bytes are left is only known when the rows of those before are gone. */
  const guint n_most = self->statuses == 0 && self->max_bytes >= 0 ? 1 : SLICE_RUNS;
  gboolean success = TRUE;

  if (self->id != NULL)
    return mark_named (database, self, error);
  for (guint i = 0; success && !*is_enough && i < n_most; i++)
    success = self->statuses != 0 ? mark_match (database, self, is_enough, error)
                                  : mark_next (database, self, is_enough, error);
  return success;
}

/* What was not committed is not gone. */
static void
take_back (MyrmexJournalRemoval *self,
           guint                 n_runs,
           guint                 n_logs)
{
  self->n_runs = n_runs;
  g_ptr_array_set_size (self->ids, (int) n_runs);
  g_ptr_array_set_size (self->names, (int) n_runs);
  g_ptr_array_set_size (self->logs, (int) n_logs);
}

static gboolean
pick (MyrmexJournalDatabase  *database,
      MyrmexJournalRemoval   *self,
      GError                **error)
{
  gboolean is_enough = FALSE;
  guint n_runs, n_logs;

  if (self->logs == NULL && !begin (database, self, error))
    return FALSE;
  n_runs = self->n_runs;
  n_logs = self->logs->len;
  if (!myrmex_journal_database_begin (database, error))
    return FALSE;
  if (!mark_some (database, self, &is_enough, error) || !myrmex_journal_database_commit (database, error))
    {
      myrmex_journal_database_roll_back (database);
      take_back (self, n_runs, n_logs);
      return FALSE;
    }
  self->stage = is_enough && self->n_runs == n_runs ? MYRMEX_JOURNAL_REMOVAL_SPACE : MYRMEX_JOURNAL_REMOVAL_ROWS;
  return TRUE;
}

/* Gives pages back, and at the end the file is cut. */
static gboolean
give_back (MyrmexJournalDatabase  *database,
           MyrmexJournalRemoval   *self,
           gboolean               *is_done,
           GError                **error)
{
  gint64 n_free, left, bytes;

  if (!myrmex_journal_database_get_number (database, "PRAGMA freelist_count", &n_free, error))
    return FALSE;
  if (n_free > 0)
    {
      if (!myrmex_journal_database_execute (database, "PRAGMA incremental_vacuum (" SLICE_PAGES ")", error) ||
          !myrmex_journal_database_get_number (database, "PRAGMA freelist_count", &left, error))
        return FALSE;
      if (left < n_free)
        return TRUE;
    }

  *is_done = TRUE;
  if (!myrmex_journal_database_execute (database, "PRAGMA wal_checkpoint (TRUNCATE)", error) ||
      !get_bytes (database, FALSE, &bytes, error))
    return FALSE;
  database->wal_pages = 0;
  self->n_bytes = MAX (0, self->bytes_before - bytes);
  return TRUE;
}

gboolean
myrmex_journal_remove (MyrmexJournalDatabase  *database,
                       gpointer                data,
                       gboolean               *is_done,
                       GError                **error)
{
  MyrmexJournalRemoval *self = data;
  gboolean are_gone;

  switch (self->stage)
    {
    case MYRMEX_JOURNAL_REMOVAL_PICK:
      return pick (database, self, error);
    case MYRMEX_JOURNAL_REMOVAL_ROWS:
      if (!myrmex_journal_database_remove_some (database, &are_gone, error))
        return FALSE;
      myrmex_journal_database_checkpoint (database);
      if (are_gone)
        self->stage = self->id != NULL ? MYRMEX_JOURNAL_REMOVAL_SPACE : MYRMEX_JOURNAL_REMOVAL_PICK;
      return TRUE;
    case MYRMEX_JOURNAL_REMOVAL_SPACE:
      return give_back (database, self, is_done, error);
    default:
      g_assert_not_reached ();
    }
}

void
myrmex_journal_removal_free (MyrmexJournalRemoval *self)
{
  g_free (self->id);
  g_clear_pointer (&self->logs, g_ptr_array_unref);
  g_clear_pointer (&self->ids, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_free (self);
}
