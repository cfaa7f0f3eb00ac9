/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Records to rows. All within the transaction of the caller. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-database-private.h"
#include "model/myrmex-task-result-private.h"

/* How many runs are kept in mind; beyond it, all are forgotten and looked up again. */
#define MAX_KNOWN_RUNS 4096

/* A run that was written to of late. */
typedef struct
{
  gint64 number;
  gint64 next_seq;
} Known;

/* What is in mind may have been rolled back. */
void
myrmex_journal_database_forget (MyrmexJournalDatabase *self)
{
  if (self->runs != NULL)
    g_hash_table_remove_all (self->runs);
}

static Known *
keep (MyrmexJournalDatabase *self,
      char                  *id,
      gint64                 number,
      gint64                 next_seq)
{
  Known *known = g_new (Known, 1);

  if (self->runs == NULL)
    self->runs = g_hash_table_new_full (g_str_hash, g_str_equal, (GDestroyNotify) g_ref_string_release, g_free);
  if (g_hash_table_size (self->runs) >= MAX_KNOWN_RUNS)
    g_hash_table_remove_all (self->runs);

  *known = (Known) { number, next_seq };
  g_hash_table_insert (self->runs, g_ref_string_acquire (id), known);
  return known;
}

static Known *
look_up (MyrmexJournalDatabase  *self,
         char                   *id,
         gboolean               *own_fault,
         GError                **error)
{
  Known *known = self->runs != NULL ? g_hash_table_lookup (self->runs, id) : NULL;
  sqlite3_stmt *statement;
  gboolean has_row;

  if (known != NULL)
    return known;

  statement = myrmex_journal_database_prepare (self,
                                               "SELECT number, (SELECT coalesce (max (seq), 0) FROM events "
                                               "WHERE run = number) FROM runs WHERE id = ?1 AND removed = 0", error);
  if (statement == NULL)
    return NULL;
  myrmex_journal_bind_text (statement, 1, id);
  if (!myrmex_journal_database_step (self, statement, &has_row, error))
    return NULL;
  if (has_row)
    {
      known = keep (self, id, sqlite3_column_int64 (statement, 0), sqlite3_column_int64 (statement, 1) + 1);
    }
  else
    {
      *own_fault = TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("The journal has no run “%s”"), id);
    }
  sqlite3_reset (statement);
  return known;
}

static void
bind_counts (sqlite3_stmt                *statement,
             int                          parameter,
             const MyrmexJournalRunState *state)
{
  for (int status = MYRMEX_TASK_STATUS_COMPLETED; status <= MYRMEX_TASK_STATUS_CANCELLED; status++)
    sqlite3_bind_int64 (statement, parameter + status - MYRMEX_TASK_STATUS_COMPLETED, state->counts[status]);
}

static gboolean
write_run (MyrmexJournalDatabase      *self,
           const MyrmexJournalRecord  *record,
           GError                    **error)
{
  const MyrmexJournalRun *run = record->submitted;
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (self,
                                     "INSERT INTO runs (id, name, status, reason, submitted, started, finished, "
                                     "n_tasks, completed, failed, skipped, cancelled, owner, idempotency_key, "
                                     "log_directory, error, options, definition, workflow, submitter, digest, token, "
                                     "retried_from) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
                                     "?17, ?18, ?19, ?20, ?21, ?22, ?23)",
                                     error);

  if (statement == NULL)
    return FALSE;
  myrmex_journal_bind_text (statement, 1, run->id);
  myrmex_journal_bind_text (statement, 2, run->name);
  sqlite3_bind_int (statement, 3, (int) run->state.status);
  sqlite3_bind_int (statement, 4, (int) run->state.reason);
  sqlite3_bind_int64 (statement, 5, run->submitted);
  sqlite3_bind_int64 (statement, 6, run->state.started);
  sqlite3_bind_int64 (statement, 7, run->state.finished);
  sqlite3_bind_int64 (statement, 8, run->n_tasks);
  bind_counts (statement, 9, &run->state);
  myrmex_journal_bind_text (statement, 13, run->owner);
  myrmex_journal_bind_text (statement, 14, run->idempotency_key);
  myrmex_journal_bind_text (statement, 15, run->log_directory);
  myrmex_journal_bind_text (statement, 16, run->state.error);
  myrmex_journal_bind_variant (statement, 17, run->options);
  myrmex_journal_bind_text (statement, 18, run->definition);
  myrmex_journal_bind_text (statement, 19, run->workflow != NULL ? run->workflow : run->name);
  myrmex_journal_bind_text (statement, 20, run->submitter);
  myrmex_journal_bind_text (statement, 21, run->digest);
  myrmex_journal_bind_text (statement, 22, run->token);
  myrmex_journal_bind_text (statement, 23, run->retried_from);
  if (!myrmex_journal_database_finish (self, statement, error))
    return FALSE;
  keep (self, record->run, sqlite3_last_insert_rowid (self->handle), 1);
  return TRUE;
}

static gboolean
write_state (MyrmexJournalDatabase        *self,
             gint64                        number,
             const MyrmexJournalRunState  *state,
             GError                      **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (self,
                                     "UPDATE runs SET status = ?2, reason = ?3, started = ?4, finished = ?5, "
                                     "completed = ?6, failed = ?7, skipped = ?8, cancelled = ?9, error = ?10 "
                                     "WHERE number = ?1", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  sqlite3_bind_int (statement, 2, (int) state->status);
  sqlite3_bind_int (statement, 3, (int) state->reason);
  sqlite3_bind_int64 (statement, 4, state->started);
  sqlite3_bind_int64 (statement, 5, state->finished);
  bind_counts (statement, 6, state);
  myrmex_journal_bind_text (statement, 10, state->error);
  return myrmex_journal_database_finish (self, statement, error);
}

static gboolean
write_event (MyrmexJournalDatabase     *self,
             Known                     *known,
             const MyrmexJournalEvent  *event,
             GError                   **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (self, "INSERT INTO events (run, seq, at, kind, task, attempt, data) "
                                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, known->number);
  sqlite3_bind_int64 (statement, 2, known->next_seq++);
  sqlite3_bind_int64 (statement, 3, event->when);
  sqlite3_bind_int (statement, 4, (int) event->kind);
  if (event->task != MYRMEX_JOURNAL_NO_TASK)
    sqlite3_bind_int64 (statement, 5, event->task);
  sqlite3_bind_int64 (statement, 6, event->attempt);
  myrmex_journal_bind_variant (statement, 7, event->data);
  return myrmex_journal_database_finish (self, statement, error);
}

static gboolean
write_result (MyrmexJournalDatabase      *self,
              gint64                      number,
              const MyrmexJournalResult  *record,
              GError                    **error)
{
  MyrmexTaskResult *result = record->result;
  const GError *failure = myrmex_task_result_get_error (result);
  GVariant *value = myrmex_task_result_get_value (result);
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (self,
                                     "INSERT OR REPLACE INTO results (run, task, name, status, reason, attempts, "
                                     "started, finished, execution_time, error_domain, error_code, error_message, "
                                     "error_name, log_path, type, value) VALUES "
                                     "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  sqlite3_bind_int64 (statement, 2, record->task);
  myrmex_journal_bind_text (statement, 3, record->name);
  sqlite3_bind_int (statement, 4, (int) myrmex_task_result_get_status (result));
  sqlite3_bind_int (statement, 5, (int) myrmex_task_result_get_reason (result));
  sqlite3_bind_int64 (statement, 6, myrmex_task_result_get_attempts (result));
  sqlite3_bind_int64 (statement, 7, myrmex_task_result_get_started (result));
  sqlite3_bind_int64 (statement, 8, myrmex_task_result_get_finished (result));
  sqlite3_bind_int64 (statement, 9, result->execution_time);
  if (failure != NULL)
    {
      myrmex_journal_bind_text (statement, 10, g_quark_to_string (failure->domain));
      sqlite3_bind_int (statement, 11, failure->code);
      myrmex_journal_bind_text (statement, 12, failure->message);
    }
  myrmex_journal_bind_text (statement, 13, myrmex_task_result_get_error_name (result));
  myrmex_journal_bind_text (statement, 14, record->log_path);
  if (value != NULL)
    myrmex_journal_bind_text (statement, 15, g_variant_get_type_string (value));
  myrmex_journal_bind_variant (statement, 16, value);
  return myrmex_journal_database_finish (self, statement, error);
}

static gboolean
write_record (MyrmexJournalDatabase      *self,
              const MyrmexJournalRecord  *record,
              gboolean                   *own_fault,
              GError                    **error)
{
  Known *known;

  if (record->kind == MYRMEX_JOURNAL_RECORD_RUN)
    return write_run (self, record, error);

  known = look_up (self, record->run, own_fault, error);
  if (known == NULL)
    return FALSE;
  switch (record->kind)
    {
    case MYRMEX_JOURNAL_RECORD_STATE:
      return write_state (self, known->number, &record->state, error);
    case MYRMEX_JOURNAL_RECORD_EVENT:
      return write_event (self, known, &record->event, error);
    case MYRMEX_JOURNAL_RECORD_RESULT:
      return write_result (self, known->number, &record->result, error);
    case MYRMEX_JOURNAL_RECORD_RUN:
    default:
      g_assert_not_reached ();
    }
}

/* Within a transaction. @own_fault tells whether the batch is to blame, and not the disk. */
gboolean
myrmex_journal_database_write (MyrmexJournalDatabase     *self,
                               const MyrmexJournalBatch  *batch,
                               gboolean                  *own_fault,
                               GError                   **error)
{
  guint n_records;
  const MyrmexJournalRecord *records = myrmex_journal_batch_get_records (batch, &n_records);

  *own_fault = FALSE;
  for (guint i = 0; i < n_records; i++)
    {
      int code;

      if (write_record (self, &records[i], own_fault, error))
        continue;
      code = sqlite3_errcode (self->handle) & 0xff;
      *own_fault = *own_fault || code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG;
      return FALSE;
    }
  return TRUE;
}
