/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal/myrmex-journal-private.h"
#include "journal/myrmex-journal-query-private.h"

/* A folder for a journal, and what tests write into one. */

typedef struct
{
  char *folder;
  char *path;
} JournalFixture;

void                journal_fixture_init        (JournalFixture            *self);
void                journal_fixture_clear       (JournalFixture            *self);

/* A store that is open; settings of NULL are the usual ones. */
MyrmexJournalStore *journal_fixture_open_store  (const MyrmexJournalSettings *settings,
                                                 GError                   **error);
gboolean            journal_fixture_close_store (MyrmexJournalStore        *store,
                                                 GError                   **error);
gboolean            journal_fixture_append      (MyrmexJournalStore        *store,
                                                 MyrmexJournalBatch        *batch,
                                                 GError                   **error);
gboolean            journal_fixture_call        (MyrmexJournalStore        *store,
                                                 MyrmexJournalCallFunc      func,
                                                 gpointer                   data,
                                                 GError                   **error);

void                journal_fixture_add_run     (MyrmexJournalBatch        *batch,
                                                 const char                *id,
                                                 gint64                     submitted);
void                journal_fixture_add_event   (MyrmexJournalBatch        *batch,
                                                 const char                *id,
                                                 guint32                    task);
void                journal_fixture_add_result  (MyrmexJournalBatch        *batch,
                                                 const char                *id,
                                                 guint32                    task,
                                                 GVariant                  *value);
void                journal_fixture_add_end     (MyrmexJournalBatch        *batch,
                                                 const char                *id,
                                                 gint64                     finished);

/* The events and results of a run. */
GArray             *journal_fixture_get_events  (MyrmexJournalStore        *store,
                                                 const char                *id,
                                                 GError                   **error);
GArray             *journal_fixture_get_results (MyrmexJournalStore        *store,
                                                 const char                *id,
                                                 GError                   **error);
