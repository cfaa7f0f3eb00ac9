/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* One run by what it is known by: each kind has an index. */

#include "journal/myrmex-journal-query-private.h"

#define SELECT "SELECT " MYRMEX_JOURNAL_RUN_COLUMNS " FROM runs WHERE removed = 0 AND "

static const char *const statements[] = {
  [MYRMEX_JOURNAL_FIND_ID] = SELECT "id = ?1",
  [MYRMEX_JOURNAL_FIND_TOKEN] = SELECT "token IS NOT NULL AND token = ?1",
  [MYRMEX_JOURNAL_FIND_KEY] = SELECT "idempotency_key IS NOT NULL AND coalesce (owner, '') = coalesce (?2, '') "
                                     "AND idempotency_key = ?1",
  [MYRMEX_JOURNAL_FIND_NAME] = SELECT "name = ?1 ORDER BY submitted DESC, number DESC LIMIT 1",
  [MYRMEX_JOURNAL_FIND_PREFIX] = SELECT "id >= ?1 AND id < ?1 || char (1114111) LIMIT 2",
};

static gboolean
find (MyrmexJournalDatabase   *database,
      MyrmexJournalFindQuery  *self,
      MyrmexJournalFindKind    kind,
      GError                 **error)
{
  sqlite3_stmt *statement = myrmex_journal_database_prepare (database, statements[kind], error);
  gboolean has_row = TRUE;

  if (statement == NULL)
    return FALSE;
  myrmex_journal_bind_text (statement, 1, self->text);
  if (kind == MYRMEX_JOURNAL_FIND_KEY)
    myrmex_journal_bind_text (statement, 2, self->owner);
  while (has_row)
    {
      MyrmexJournalRun *run;

      if (!myrmex_journal_database_step (database, statement, &has_row, error))
        return FALSE;
      if (!has_row)
        break;
      run = myrmex_journal_read_run (database, statement, error);
      if (run == NULL)
        {
          sqlite3_reset (statement);
          return FALSE;
        }
      g_ptr_array_add (self->runs, run);
    }
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
myrmex_journal_query_find (MyrmexJournalDatabase  *database,
                           gpointer                data,
                           gboolean               *is_done,
                           GError                **error)
{
  MyrmexJournalFindQuery *self = data;

  *is_done = TRUE;
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_journal_run_free);
  for (guint i = 0; i < self->n_kinds && self->runs->len == 0; i++)
    {
      if (!find (database, self, self->kinds[i], error))
        return FALSE;
    }
  return TRUE;
}

void
myrmex_journal_find_query_free (MyrmexJournalFindQuery *self)
{
  g_free (self->text);
  g_free (self->owner);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_free (self);
}
