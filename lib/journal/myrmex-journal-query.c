/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Rows to records. What does not make sense is told as damage, and never taken for something else. */

#include "journal/myrmex-journal-query-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "model/myrmex-task-result-private.h"

static gboolean
set_damage (MyrmexJournalDatabase  *database,
            const char             *what,
            GError                **error)
{
  g_autofree char *path = g_filename_display_name (database->path);

  database->is_damaged = TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
               _("The journal “%s” is damaged (%s); it is set aside when it is opened the next time"), path, what);
  return FALSE;
}

gboolean
myrmex_journal_find_number (MyrmexJournalDatabase  *database,
                            const char             *id,
                            gint64                 *number,
                            GError                **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (database, "SELECT number FROM runs WHERE id = ?1 AND removed = 0", error);
  gboolean has_row;

  if (statement == NULL)
    return FALSE;
  myrmex_journal_bind_text (statement, 1, id);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  *number = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  if (!has_row)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("The journal has no run “%s”"), id);
  return has_row;
}

/* The columns are MYRMEX_JOURNAL_RUN_COLUMNS. */
MyrmexJournalRun *
myrmex_journal_read_run (MyrmexJournalDatabase  *database,
                         sqlite3_stmt           *statement,
                         GError                **error)
{
  gint64 status = sqlite3_column_int64 (statement, 3);
  gint64 reason = sqlite3_column_int64 (statement, 4);
  MyrmexJournalRun *run;
  guint ended = 0;

  if (status < 0 || status > MYRMEX_RUN_STATUS_CANCELLED || reason < 0 || reason > MYRMEX_REASON_INTERRUPTED)
    {
      set_damage (database, "runs", error);
      return NULL;
    }

  run = g_new0 (MyrmexJournalRun, 1);
  run->id = myrmex_journal_dup_text (statement, 1);
  run->name = myrmex_journal_dup_text (statement, 2);
  run->state.status = (MyrmexRunStatus) status;
  run->state.reason = (MyrmexReason) reason;
  run->submitted = sqlite3_column_int64 (statement, 5);
  run->state.started = sqlite3_column_int64 (statement, 6);
  run->state.finished = sqlite3_column_int64 (statement, 7);
  run->n_tasks = (guint) sqlite3_column_int64 (statement, 8);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      run->state.counts[i] = (guint) sqlite3_column_int64 (statement, 9 + i - MYRMEX_TASK_STATUS_COMPLETED);
      ended += run->state.counts[i];
    }
  run->state.counts[MYRMEX_TASK_STATUS_PENDING] = run->n_tasks - MIN (run->n_tasks, ended);
  run->owner = myrmex_journal_dup_text (statement, 13);
  run->idempotency_key = myrmex_journal_dup_text (statement, 14);
  run->log_directory = myrmex_journal_dup_text (statement, 15);
  run->state.error = myrmex_journal_dup_text (statement, 16);
  run->workflow = myrmex_journal_dup_text (statement, 17);
  run->submitter = myrmex_journal_dup_text (statement, 18);
  run->digest = myrmex_journal_dup_text (statement, 19);
  run->token = myrmex_journal_dup_text (statement, 20);
  run->retried_from = myrmex_journal_dup_text (statement, 21);
  return run;
}

gboolean
myrmex_journal_query_run (MyrmexJournalDatabase  *database,
                          gpointer                data,
                          gboolean               *is_done,
                          GError                **error)
{
  MyrmexJournalRunQuery *self = data;
  sqlite3_stmt *statement;
  gboolean has_row;
  gint64 number;

  *is_done = TRUE;
  if (!myrmex_journal_find_number (database, self->id, &number, error))
    return FALSE;
  statement = myrmex_journal_database_prepare (database,
                                               "SELECT " MYRMEX_JOURNAL_RUN_COLUMNS ", options, definition FROM runs WHERE number = ?1",
                                               error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, number);
  if (!myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  self->run = has_row ? myrmex_journal_read_run (database, statement, error) : NULL;
  if (self->run != NULL)
    {
      self->run->options = myrmex_journal_dup_variant (statement, 22, "a{sv}");
      self->run->definition = myrmex_journal_dup_text (statement, 23);
    }
  sqlite3_reset (statement);
  return self->run != NULL;
}

static GError *
read_failure (sqlite3_stmt *statement,
              int           column)
{
  g_autofree char *domain = myrmex_journal_dup_text (statement, column);
  g_autofree char *message = myrmex_journal_dup_text (statement, column + 2);

  if (domain == NULL)
    return NULL;
  return g_error_new_literal (g_quark_from_string (domain), sqlite3_column_int (statement, column + 1),
                              message != NULL ? message : "");
}

static gboolean
read_result (sqlite3_stmt        *statement,
             MyrmexJournalResult *record)
{
  gint64 status = sqlite3_column_int64 (statement, 2);
  gint64 reason = sqlite3_column_int64 (statement, 3);
  const char *type = (const char *) sqlite3_column_text (statement, 13);
  MyrmexTaskResult *result;

  if (status < 0 || status > MYRMEX_TASK_STATUS_CANCELLED || reason < 0 || reason > MYRMEX_REASON_INTERRUPTED)
    return FALSE;

  result = record->result = myrmex_task_result_new ();
  record->task = (guint32) sqlite3_column_int64 (statement, 0);
  record->name = myrmex_journal_dup_text (statement, 1);
  record->log_path = myrmex_journal_dup_path (statement, 12);
  result->status = (MyrmexTaskStatus) status;
  result->reason = (MyrmexReason) reason;
  result->attempts = (guint) sqlite3_column_int64 (statement, 4);
  result->started = sqlite3_column_int64 (statement, 5);
  result->finished = sqlite3_column_int64 (statement, 6);
  result->execution_time = sqlite3_column_int64 (statement, 7);
  result->error = read_failure (statement, 8);
  result->error_name = myrmex_journal_dup_text (statement, 11);
  result->value = myrmex_journal_dup_variant (statement, 14, type);
  return record->name != NULL && (type == NULL) == (result->value == NULL);
}

static void
clear_result (gpointer data)
{
  myrmex_journal_result_clear (data);
}

static void
clear_event (gpointer data)
{
  myrmex_journal_event_clear (data);
}

typedef gboolean (* ReadRowFunc) (sqlite3_stmt *statement,
                                  gpointer      record);

/* Executes @sql, whose parameters are the run, the last key and a number of rows, and whose first column is the
 * key. */
static gboolean
read_slice (MyrmexJournalDatabase  *database,
            const char             *sql,
            MyrmexJournalPosition  *position,
            GArray                 *records,
            ReadRowFunc             read_row,
            gboolean               *is_done,
            GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (database, sql, error);
  const gsize size = g_array_get_element_size (records);
  gboolean has_row;
  guint n = 0;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, position->number);
  sqlite3_bind_int64 (statement, 2, (gint64) position->cursor - 1);
  sqlite3_bind_int (statement, 3, MYRMEX_JOURNAL_SLICE_ROWS);
  for (;;)
    {
      if (!myrmex_journal_database_step (database, statement, &has_row, error))
        return FALSE;
      if (!has_row)
        break;
      n++;
      position->cursor = (guint64) sqlite3_column_int64 (statement, 0) + 1;
      g_array_set_size (records, records->len + 1);
      if (!read_row (statement, records->data + (records->len - 1) * size))
        {
          sqlite3_reset (statement);
          return set_damage (database, sql, error);
        }
    }
  sqlite3_reset (statement);
  *is_done = n < MYRMEX_JOURNAL_SLICE_ROWS;
  return TRUE;
}

static gboolean
read_result_cb (sqlite3_stmt *statement,
                gpointer      record)
{
  return read_result (statement, record);
}

static gboolean
read_event_cb (sqlite3_stmt *statement,
               gpointer      record)
{
  MyrmexJournalEvent *event = record;
  gint64 kind = sqlite3_column_int64 (statement, 2);
  const GVariantType *type;

  if (kind < MYRMEX_JOURNAL_EVENT_STARTED || kind > MYRMEX_JOURNAL_EVENT_KEPT)
    return FALSE;

  event->kind = (MyrmexJournalEventKind) kind;
  event->when = sqlite3_column_int64 (statement, 1);
  event->task = MYRMEX_JOURNAL_NO_TASK;
  if (sqlite3_column_type (statement, 3) != SQLITE_NULL)
    event->task = (guint32) sqlite3_column_int64 (statement, 3);
  event->attempt = (guint32) sqlite3_column_int64 (statement, 4);
  type = myrmex_journal_event_get_type (event->kind);
  if (type != NULL)
    event->data = myrmex_journal_dup_variant (statement, 5, (const char *) type);
  return (type == NULL) == (event->data == NULL);
}

/* Tasks of an earlier run are told of before the run has started. */
static gboolean
read_kept (MyrmexJournalDatabase      *database,
           MyrmexJournalResultsQuery  *self,
           GError                    **error)
{
  sqlite3_stmt *statement =
    myrmex_journal_database_prepare (database, "SELECT seq, at, kind, task, attempt, data FROM events WHERE run = ?1 "
                                               "ORDER BY seq", error);
  MyrmexJournalEvent event = { 0 };
  gboolean has_row;

  if (statement == NULL)
    return FALSE;
  self->kept = g_array_new (FALSE, FALSE, sizeof (MyrmexJournalEvent));
  g_array_set_clear_func (self->kept, clear_event);
  sqlite3_bind_int64 (statement, 1, self->position.number);
  for (;;)
    {
      if (!myrmex_journal_database_step (database, statement, &has_row, error))
        return FALSE;
      if (!has_row || sqlite3_column_int64 (statement, 2) != MYRMEX_JOURNAL_EVENT_KEPT)
        break;
      if (!read_event_cb (statement, &event))
        {
          sqlite3_reset (statement);
          return set_damage (database, "events", error);
        }
      g_array_append_val (self->kept, event);
    }
  sqlite3_reset (statement);
  return TRUE;
}

/* Both are in the order of tasks. */
static void
take_kept (MyrmexJournalResultsQuery *self,
           guint                      from)
{
  for (guint i = from; i < self->results->len && self->n_taken < self->kept->len; i++)
    {
      MyrmexJournalResult *record = &g_array_index (self->results, MyrmexJournalResult, i);
      const MyrmexJournalEvent *event = &g_array_index (self->kept, MyrmexJournalEvent, self->n_taken);
      const char *run_id, *log_path;

      if (record->task != event->task)
        continue;
      g_variant_get (event->data, "(&s^&ay)", &run_id, &log_path);
      record->result->kept_from = g_ref_string_new (run_id);
      record->log_path = log_path[0] != '\0' ? g_strdup (log_path) : NULL;
      self->n_taken++;
    }
}

gboolean
myrmex_journal_query_results (MyrmexJournalDatabase  *database,
                              gpointer                data,
                              gboolean               *is_done,
                              GError                **error)
{
  MyrmexJournalResultsQuery *self = data;
  guint from;

  if (self->results == NULL)
    {
      if (!myrmex_journal_find_number (database, self->id, &self->position.number, error))
        return FALSE;
      self->results = g_array_new (FALSE, TRUE, sizeof (MyrmexJournalResult));
      g_array_set_clear_func (self->results, clear_result);
      if (!read_kept (database, self, error))
        return FALSE;
    }
  from = self->results->len;
  if (!read_slice (database,
                   "SELECT task, name, status, reason, attempts, started, finished, execution_time, error_domain, "
                   "error_code, error_message, error_name, log_path, type, value FROM results "
                   "WHERE run = ?1 AND task > ?2 ORDER BY task LIMIT ?3",
                   &self->position, self->results, read_result_cb, is_done, error))
    return FALSE;
  take_kept (self, from);
  return TRUE;
}

gboolean
myrmex_journal_query_events (MyrmexJournalDatabase  *database,
                             gpointer                data,
                             gboolean               *is_done,
                             GError                **error)
{
  MyrmexJournalEventsQuery *self = data;

  if (self->events == NULL)
    {
      if (!myrmex_journal_find_number (database, self->id, &self->position.number, error))
        return FALSE;
      self->events = g_array_new (FALSE, TRUE, sizeof (MyrmexJournalEvent));
      g_array_set_clear_func (self->events, clear_event);
    }
  return read_slice (database,
                     "SELECT seq, at, kind, task, attempt, data FROM events "
                     "WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                     &self->position, self->events, read_event_cb, is_done, error);
}

/* A filter that names nothing lets all through: each parameter has a value for that. */
#define FILTER(submitted) \
  " FROM runs WHERE removed = 0 AND " submitted " >= ?1 AND " submitted " < ?2 AND (?3 >> status) & 1 " \
  "AND (?4 IS NULL OR name = ?4) AND (?5 IS NULL OR owner = ?5) " \
  "AND (?6 IS NULL OR substr (id, 1, length (?6)) = ?6) AND (?7 IS NULL OR idempotency_key = ?7) "

#define COUNT(submitted) "SELECT count(*)" FILTER (submitted)
#define LIST(submitted) \
  "SELECT " MYRMEX_JOURNAL_RUN_COLUMNS FILTER (submitted) "AND (" submitted ", number) < (?8, ?9) "
#define ORDER(submitted) "ORDER BY " submitted " DESC, number DESC LIMIT ?10 OFFSET ?11"

/* Those that have not ended are few, and have an index; the sign keeps SQLite from using another one. */
#define NOT_ENDED "AND status < 3 "
G_STATIC_ASSERT (MYRMEX_RUN_STATUS_COMPLETED == 3);

static gboolean
is_of_unfinished (const MyrmexJournalFilter *filter)
{
  return filter->statuses != 0 && filter->statuses >> MYRMEX_RUN_STATUS_COMPLETED == 0;
}

static sqlite3_stmt *
prepare_filter (MyrmexJournalDatabase      *database,
                const char                 *sql,
                const MyrmexJournalFilter  *filter,
                GError                    **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (database, sql, error);

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, filter->since != 0 ? filter->since : G_MININT64);
  sqlite3_bind_int64 (statement, 2, filter->until != 0 ? filter->until : G_MAXINT64);
  sqlite3_bind_int64 (statement, 3, filter->statuses != 0 ? filter->statuses : G_MAXUINT);
  myrmex_journal_bind_text (statement, 4, filter->name);
  myrmex_journal_bind_text (statement, 5, filter->owner);
  myrmex_journal_bind_text (statement, 6, filter->id_prefix);
  myrmex_journal_bind_text (statement, 7, filter->idempotency_key);
  return statement;
}

static gboolean
count_runs (MyrmexJournalDatabase   *database,
            MyrmexJournalListQuery  *self,
            GError                 **error)
{
  const char *sql = is_of_unfinished (&self->filter) ? COUNT ("+submitted") NOT_ENDED : COUNT ("submitted");
  sqlite3_stmt *statement = prepare_filter (database, sql, &self->filter, error);
  gboolean has_row;

  if (statement == NULL || !myrmex_journal_database_step (database, statement, &has_row, error))
    return FALSE;
  self->total = (guint) sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return TRUE;
}

/* The next rows: the first ones by their offset, and those after by the last that was read, since others may
 * come and go between slices. */
gboolean
myrmex_journal_query_list (MyrmexJournalDatabase  *database,
                           gpointer                data,
                           gboolean               *is_done,
                           GError                **error)
{
  MyrmexJournalListQuery *self = data;
  const gboolean is_first = self->runs == NULL;
  sqlite3_stmt *statement;
  guint n = 0, n_wanted;

  if (is_first)
    {
      self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_journal_run_free);
      self->last_submitted = self->last_number = G_MAXINT64;
      if (!count_runs (database, self, error))
        return FALSE;
    }

  n_wanted = MIN (self->limit - self->runs->len, MYRMEX_JOURNAL_SLICE_ROWS);
  statement = prepare_filter (database,
                              is_of_unfinished (&self->filter) ? LIST ("+submitted") NOT_ENDED ORDER ("+submitted")
                                                               : LIST ("submitted") ORDER ("submitted"),
                              &self->filter, error);
  if (statement == NULL)
    return FALSE;
  /* For the index, which knows nothing of the pair. */
  if (!is_first && (self->filter.until == 0 || self->filter.until > self->last_submitted))
    sqlite3_bind_int64 (statement, 2, self->last_submitted + 1);
  sqlite3_bind_int64 (statement, 8, self->last_submitted);
  sqlite3_bind_int64 (statement, 9, self->last_number);
  sqlite3_bind_int64 (statement, 10, n_wanted);
  sqlite3_bind_int64 (statement, 11, is_first ? self->offset : 0);
  for (;; n++)
    {
      MyrmexJournalRun *run;
      gboolean has_row;

      if (!myrmex_journal_database_step (database, statement, &has_row, error))
        return FALSE;
      run = has_row ? myrmex_journal_read_run (database, statement, error) : NULL;
      if (run == NULL)
        {
          sqlite3_reset (statement);
          sqlite3_clear_bindings (statement);
          *is_done = n < n_wanted || self->runs->len >= self->limit;
          return !has_row;
        }
      self->last_number = sqlite3_column_int64 (statement, 0);
      self->last_submitted = run->submitted;
      g_ptr_array_add (self->runs, run);
    }
}

void
myrmex_journal_run_query_free (MyrmexJournalRunQuery *self)
{
  g_free (self->id);
  g_clear_pointer (&self->run, myrmex_journal_run_free);
  g_free (self);
}

void
myrmex_journal_results_query_free (MyrmexJournalResultsQuery *self)
{
  g_free (self->id);
  g_clear_pointer (&self->results, g_array_unref);
  g_clear_pointer (&self->kept, g_array_unref);
  g_free (self);
}

void
myrmex_journal_events_query_free (MyrmexJournalEventsQuery *self)
{
  g_free (self->id);
  g_clear_pointer (&self->events, g_array_unref);
  g_free (self);
}

void
myrmex_journal_list_query_free (MyrmexJournalListQuery *self)
{
  myrmex_journal_filter_clear (&self->filter);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_free (self);
}
