/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sqlite3.h>

#include "journal/myrmex-journal-record-private.h"

G_BEGIN_DECLS

/* The connection to SQLite, for the thread of the journal alone. */

typedef struct
{
  const char *path;
  const char *vfs;           /* NULL: the system's */
  gboolean    is_unsafe;     /* synchronous=NORMAL, to show that a test would see a loss */
} MyrmexJournalLocation;

typedef struct
{
  char         *path;
  sqlite3      *handle;
  int           lock;        /* descriptor of the lock, or -1 */
  char         *set_aside;   /* what a damaged journal was renamed to at opening, or NULL */
  GHashTable   *statements;  /* the text (static) → sqlite3_stmt */
  GHashTable   *runs;        /* id → Known, runs that were written to of late */
  int           wal_pages;   /* as of the last commit */
  gboolean      is_damaged;  /* SQLite said so at least once */
  gboolean      is_full;     /* the last error was that there is no space */
} MyrmexJournalDatabase;

MyrmexJournalDatabase *myrmex_journal_database_open       (const MyrmexJournalLocation  *location,
                                                           GError                      **error);
gboolean               myrmex_journal_database_close      (MyrmexJournalDatabase        *self,
                                                           GError                      **error);
gboolean               myrmex_journal_database_begin      (MyrmexJournalDatabase        *self,
                                                           GError                      **error);
gboolean               myrmex_journal_database_commit     (MyrmexJournalDatabase        *self,
                                                           GError                      **error);
void                   myrmex_journal_database_roll_back  (MyrmexJournalDatabase        *self);
void                   myrmex_journal_database_checkpoint (MyrmexJournalDatabase        *self);

/* Statements are prepared once, and known by their text, which must be static. */
sqlite3_stmt          *myrmex_journal_database_prepare    (MyrmexJournalDatabase        *self,
                                                           const char                   *sql,
                                                           GError                      **error);
gboolean               myrmex_journal_database_step       (MyrmexJournalDatabase        *self,
                                                           sqlite3_stmt                 *statement,
                                                           gboolean                     *has_row,
                                                           GError                      **error);
gboolean               myrmex_journal_database_finish     (MyrmexJournalDatabase        *self,
                                                           sqlite3_stmt                 *statement,
                                                           GError                      **error);
gboolean               myrmex_journal_database_execute    (MyrmexJournalDatabase        *self,
                                                           const char                   *sql,
                                                           GError                      **error);
gboolean               myrmex_journal_database_get_number (MyrmexJournalDatabase        *self,
                                                           const char                   *sql,
                                                           gint64                       *number,
                                                           GError                      **error);
void                   myrmex_journal_database_set_error  (MyrmexJournalDatabase        *self,
                                                           int                           code,
                                                           GError                      **error);

/* The schema, in its own file. */
#define MYRMEX_JOURNAL_APPLICATION_ID (0x4d79726d) /* "Myrm" */

typedef struct
{
  int         version;   /* that the database has after it */
  const char *sql;
} MyrmexJournalStep;

extern const MyrmexJournalStep myrmex_journal_steps[];
extern const guint myrmex_journal_n_steps;

gboolean               myrmex_journal_schema_check        (MyrmexJournalDatabase        *self,
                                                           gboolean                     *is_new,
                                                           GError                      **error);
gboolean               myrmex_journal_schema_upgrade      (MyrmexJournalDatabase        *self,
                                                           const MyrmexJournalStep      *steps,
                                                           guint                         n_steps,
                                                           GError                      **error);
gboolean               myrmex_journal_schema_probe        (MyrmexJournalDatabase        *self,
                                                           GError                      **error);

/* Writing, in its own file. */
gboolean               myrmex_journal_database_write      (MyrmexJournalDatabase        *self,
                                                           const MyrmexJournalBatch     *batch,
                                                           gboolean                     *own_fault,
                                                           GError                      **error);
void                   myrmex_journal_database_forget     (MyrmexJournalDatabase        *self);

/* Runs that are being removed, in their own file. */
gboolean               myrmex_journal_database_remove_some (MyrmexJournalDatabase       *self,
                                                            gboolean                    *is_done,
                                                            GError                     **error);

/* Texts and values in statements. */
void                   myrmex_journal_bind_text           (sqlite3_stmt                 *statement,
                                                           int                           parameter,
                                                           const char                   *text);
void                   myrmex_journal_bind_variant        (sqlite3_stmt                 *statement,
                                                           int                           parameter,
                                                           GVariant                     *value);
char                  *myrmex_journal_dup_text            (sqlite3_stmt                 *statement,
                                                           int                           column);
char                  *myrmex_journal_dup_path            (sqlite3_stmt                 *statement,
                                                           int                           column);
GVariant              *myrmex_journal_dup_variant         (sqlite3_stmt                 *statement,
                                                           int                           column,
                                                           const char                   *type);

G_END_DECLS
