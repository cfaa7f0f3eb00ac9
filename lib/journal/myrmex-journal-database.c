/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The connection: opened with care, and closed so that the next opening knows that all is well.
 *
 * An fsync that failed is never tried again for the same pages, since the kernel takes them for clean then: the
 * next commit writes its frames anew over those of the one that failed. What an earlier process left in the
 * write-ahead log may be of that kind too, so that opening moves it into the database, which writes and syncs
 * it again, before anything is built on it. */

#include "journal/myrmex-journal-database-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-file-private.h"

/* A write-ahead log longer than this, in pages, is moved into the database. */
#define MAX_WAL_PAGES 1000

void
myrmex_journal_database_set_error (MyrmexJournalDatabase  *self,
                                   int                     code,
                                   GError                **error)
{
  /* Both may hold any bytes: the name of a file, and what a damaged page has for the name of a table. */
  g_autofree char *path = g_filename_display_name (self->path);
  g_autofree char *message = g_utf8_make_valid (sqlite3_errmsg (self->handle), -1);
  int number = sqlite3_system_errno (self->handle);

  self->is_full = FALSE;
  switch (code & 0xff)
    {
    case SQLITE_ERROR: /* our statements are right, so the tables are not */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      self->is_damaged = TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
                   _("The journal “%s” is damaged (%s); it is set aside when it is opened the next time"), path,
                   message);
      return;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("The journal “%s” is in use by another program; end it first"),
                   path);
      return;
    case SQLITE_CONSTRAINT:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE, _("The journal “%s” has that already: %s"), path,
                   message);
      return;
    case SQLITE_TOOBIG:
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("That is too large for the journal “%s”"), path);
      return;
    case SQLITE_IOERR:
      if (number != ENOSPC && number != EDQUOT)
        break;
      G_GNUC_FALLTHROUGH;
    case SQLITE_FULL:
      /* An fsync that failed is not tried again, whatever it says. */
      self->is_full = code != SQLITE_IOERR_FSYNC;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
                   _("There is no space left for the journal “%s”; make room on its disk, or remove old runs"), path);
      return;
    default:
      break;
    }

  if (number != 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” can not be read or written: %s (%s)"),
                 path, sqlite3_errstr (code), g_strerror (number));
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” can not be read or written: %s"),
                 path, sqlite3_errstr (code));
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

/* The statement is clear; the caller resets it, by finish() or by itself. */
sqlite3_stmt *
myrmex_journal_database_prepare (MyrmexJournalDatabase  *self,
                                 const char             *sql,
                                 GError                **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int code;

  if (statement != NULL)
    return statement;

  code = sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (code != SQLITE_OK)
    {
      myrmex_journal_database_set_error (self, code, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

/* On failure the statement has been reset. */
gboolean
myrmex_journal_database_step (MyrmexJournalDatabase  *self,
                              sqlite3_stmt           *statement,
                              gboolean               *has_row,
                              GError                **error)
{
  int code = sqlite3_step (statement);

  *has_row = code == SQLITE_ROW;
  if (code == SQLITE_ROW || code == SQLITE_DONE)
    return TRUE;

  myrmex_journal_database_set_error (self, sqlite3_extended_errcode (self->handle), error);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return FALSE;
}

/* Executes a statement that has no rows to show. */
gboolean
myrmex_journal_database_finish (MyrmexJournalDatabase  *self,
                                sqlite3_stmt           *statement,
                                GError                **error)
{
  gboolean has_row;

  if (!myrmex_journal_database_step (self, statement, &has_row, error))
    return FALSE;
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return TRUE;
}

gboolean
myrmex_journal_database_execute (MyrmexJournalDatabase  *self,
                                 const char             *sql,
                                 GError                **error)
{
  if (sqlite3_exec (self->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;

  myrmex_journal_database_set_error (self, sqlite3_extended_errcode (self->handle), error);
  return FALSE;
}

/* The first column of the first row, or 0 where there is none. */
gboolean
myrmex_journal_database_get_number (MyrmexJournalDatabase  *self,
                                    const char             *sql,
                                    gint64                 *number,
                                    GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (self, sql, error);
  gboolean has_row;

  *number = 0;
  if (statement == NULL || !myrmex_journal_database_step (self, statement, &has_row, error))
    return FALSE;
  if (has_row)
    *number = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
myrmex_journal_database_begin (MyrmexJournalDatabase  *self,
                               GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (self, "BEGIN IMMEDIATE", error);

  return statement != NULL && myrmex_journal_database_finish (self, statement, error);
}

/* What it returns TRUE for is on the disk. */
gboolean
myrmex_journal_database_commit (MyrmexJournalDatabase  *self,
                                GError                **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (self, "COMMIT", error);

  return statement != NULL && myrmex_journal_database_finish (self, statement, error);
}

void
myrmex_journal_database_roll_back (MyrmexJournalDatabase *self)
{
  /* Many failures have rolled back already. */
  if (!sqlite3_get_autocommit (self->handle))
    sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
  myrmex_journal_database_forget (self);
}

static int
committed_cb (gpointer    user_data,
              sqlite3    *handle,
              const char *name,
              int         n_pages)
{
  MyrmexJournalDatabase *self = user_data;

  self->wal_pages = n_pages;
  return SQLITE_OK;
}

/* Keeps the write-ahead log short. Where that fails nothing is lost: the log grows, and the next commit tries
 * again. */
void
myrmex_journal_database_checkpoint (MyrmexJournalDatabase *self)
{
  if (self->wal_pages < MAX_WAL_PAGES)
    return;
  if (sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK)
    self->wal_pages = 0;
}

static void
database_free (MyrmexJournalDatabase *self)
{
  g_clear_pointer (&self->statements, g_hash_table_unref);
  g_clear_pointer (&self->runs, g_hash_table_unref);
  if (self->handle != NULL)
    sqlite3_close (self->handle);
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->set_aside);
  g_free (self->path);
  g_free (self);
}

static gboolean
connect_handle (MyrmexJournalDatabase        *self,
                const MyrmexJournalLocation  *location,
                GError                      **error)
{
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  int code = sqlite3_open_v2 (self->path, &self->handle, flags, location->vfs);

  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  if (code != SQLITE_OK)
    {
      myrmex_journal_database_set_error (self, code, error);
      return FALSE;
    }

  sqlite3_extended_result_codes (self->handle, 1);
  /* Until it is known to be whole, closing leaves everything as it was found. */
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_wal_hook (self->handle, committed_cb, self);
  /* Exclusive: no other connection, so no shared memory beside the file. */
  return myrmex_journal_database_execute (self,
                                          "PRAGMA locking_mode = EXCLUSIVE;"
                                          "PRAGMA trusted_schema = OFF;"
                                          "PRAGMA cell_size_check = ON;"
                                          "PRAGMA temp_store = MEMORY;"
                                          "PRAGMA cache_size = -8192", error) &&
         myrmex_journal_database_execute (self, location->is_unsafe ? "PRAGMA synchronous = NORMAL"
                                                                    : "PRAGMA synchronous = FULL", error);
}

/* After a crash, or where the journal said that it was damaged. */
static gboolean
check_whole (MyrmexJournalDatabase  *self,
             GError                **error)
{
  sqlite3_stmt *statement;
  gboolean has_row;
  gint64 clean;

  if (!myrmex_journal_database_get_number (self, "SELECT value FROM state WHERE name = 'clean'", &clean, error))
    return FALSE;
  if (clean != 0)
    return TRUE;

  statement = myrmex_journal_database_prepare (self, "PRAGMA quick_check (1)", error);
  if (statement == NULL || !myrmex_journal_database_step (self, statement, &has_row, error))
    return FALSE;
  if (!has_row || g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") != 0)
    {
      self->is_damaged = TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is damaged: %s"), self->path,
                   has_row ? (const char *) sqlite3_column_text (statement, 0) : "");
    }
  sqlite3_reset (statement);
  return !self->is_damaged;
}

static gboolean
set_clean (MyrmexJournalDatabase  *self,
           gboolean                clean,
           GError                **error)
{
  return myrmex_journal_database_execute (self, clean ? "INSERT OR REPLACE INTO state VALUES ('clean', 1)"
                                                      : "INSERT OR REPLACE INTO state VALUES ('clean', 0)", error);
}

static gboolean
set_up (MyrmexJournalDatabase        *self,
        const MyrmexJournalLocation  *location,
        GError                      **error)
{
  gboolean is_new, is_done = FALSE;

  if (!connect_handle (self, location, error) || !myrmex_journal_schema_check (self, &is_new, error))
    return FALSE;
  if (is_new ? !myrmex_journal_database_execute (self, "PRAGMA auto_vacuum = INCREMENTAL", error)
             : !check_whole (self, error))
    return FALSE;
  /* One that was restored from a dump has no log yet; changing that leaves a lock, which a transaction takes
   * away. */
  if (!myrmex_journal_database_execute (self, "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 8388608", error) ||
      !myrmex_journal_database_execute (self, "BEGIN IMMEDIATE; COMMIT", error) ||
      !myrmex_journal_database_execute (self, "PRAGMA wal_checkpoint (TRUNCATE)", error) ||
      !myrmex_journal_schema_upgrade (self, myrmex_journal_steps, myrmex_journal_n_steps, error) ||
      !myrmex_journal_schema_probe (self, error) ||
      !set_clean (self, FALSE, error))
    return FALSE;
  /* What a crash left of runs that were being removed. */
  while (!is_done)
    {
      if (!myrmex_journal_database_remove_some (self, &is_done, error))
        return FALSE;
    }
  return TRUE;
}

static MyrmexJournalDatabase *
open_once (const MyrmexJournalLocation  *location,
           int                          *lock,
           gboolean                     *is_damaged,
           GError                      **error)
{
  MyrmexJournalDatabase *self = g_new0 (MyrmexJournalDatabase, 1);

  self->path = g_strdup (location->path);
  self->lock = -1;
  if (set_up (self, location, error))
    {
      self->lock = *lock;
      *lock = -1;
      return self;
    }

  *is_damaged = self->is_damaged;
  database_free (self);
  return NULL;
}

/* Opens a journal, and makes it if there is none. One that is damaged is set aside, and a new one takes its
 * place. */
MyrmexJournalDatabase *
myrmex_journal_database_open (const MyrmexJournalLocation  *location,
                              GError                      **error)
{
  MyrmexJournalDatabase *self = NULL;
  g_autoptr (GError) damage = NULL;
  g_autofree char *set_aside = NULL;
  gboolean is_new, is_damaged = FALSE;
  int lock;

  if (!myrmex_journal_file_make_folder (location->path, error))
    return NULL;
  lock = myrmex_journal_file_lock (location->path, error);
  if (lock < 0)
    return NULL;

  if (myrmex_journal_file_prepare (location->path, &is_new, &set_aside, error))
    self = open_once (location, &lock, &is_damaged, &damage);
  if (self == NULL && is_damaged)
    {
      g_free (set_aside);
      set_aside = myrmex_journal_file_set_aside (location->path, error);
      if (set_aside != NULL && myrmex_journal_file_prepare (location->path, &is_new, &set_aside, error))
        self = open_once (location, &lock, &is_damaged, error);
    }
  else if (damage != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&damage));
    }

  if (lock >= 0)
    close (lock);
  if (self != NULL && set_aside != NULL)
    {
      g_autofree char *shown = g_filename_display_name (self->path);
      g_autofree char *shown_aside = g_filename_display_name (set_aside);

      self->set_aside = g_steal_pointer (&set_aside);
      g_message ("The journal “%s” is damaged, and was set aside as “%s”%s%s", shown, shown_aside,
                 damage != NULL ? ": " : "", damage != NULL ? damage->message : "");
    }
  return self;
}

/* Frees @self in any case. Where it fails, the next opening looks at everything. */
gboolean
myrmex_journal_database_close (MyrmexJournalDatabase  *self,
                               GError                **error)
{
  gboolean done = TRUE;

  if (!self->is_damaged)
    {
      sqlite3_db_config (self->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
      done = set_clean (self, TRUE, error);
    }
  database_free (self);
  return done;
}

void
myrmex_journal_bind_text (sqlite3_stmt *statement,
                          int           parameter,
                          const char   *text)
{
  if (text != NULL)
    sqlite3_bind_text (statement, parameter, text, -1, SQLITE_STATIC);
}

/* @value must live until the statement was executed. */
void
myrmex_journal_bind_variant (sqlite3_stmt *statement,
                             int           parameter,
                             GVariant     *value)
{
  if (value == NULL)
    return;
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      g_autoptr (GVariant) swapped = g_variant_byteswap (value);

      sqlite3_bind_blob64 (statement, parameter, g_variant_get_data (swapped), g_variant_get_size (swapped),
                           SQLITE_TRANSIENT);
    }
  else if (g_variant_get_size (value) == 0)
    {
      sqlite3_bind_zeroblob (statement, parameter, 0);
    }
  else
    {
      sqlite3_bind_blob64 (statement, parameter, g_variant_get_data (value), g_variant_get_size (value),
                           SQLITE_STATIC);
    }
}

/* Of what a damaged page may hold, only valid UTF-8 gets out. */
char *
myrmex_journal_dup_text (sqlite3_stmt *statement,
                         int           column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

/* The name of a file, which may be of any bytes. */
char *
myrmex_journal_dup_path (sqlite3_stmt *statement,
                         int           column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* NULL where there is none, or what is there is no value of that type. */
GVariant *
myrmex_journal_dup_variant (sqlite3_stmt *statement,
                            int           column,
                            const char   *type)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;

  if (type == NULL || sqlite3_column_type (statement, column) != SQLITE_BLOB ||
      !g_variant_type_string_is_valid (type) || !g_variant_type_is_definite (G_VARIANT_TYPE (type)))
    return NULL;

  bytes = g_bytes_new (sqlite3_column_blob (statement, column),
                       (gsize) sqlite3_column_bytes (statement, column));
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  if (!g_variant_is_normal_form (value))
    return NULL;
  return G_BYTE_ORDER == G_BIG_ENDIAN ? g_variant_byteswap (value) : g_steal_pointer (&value);
}
