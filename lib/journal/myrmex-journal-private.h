/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal/myrmex-journal-store-private.h"
#include "journal/myrmex-journal.h"

G_BEGIN_DECLS

/* The store of a journal that is open or opening, or NULL; a reference. */
MyrmexJournalStore *myrmex_journal_ref_store (MyrmexJournal *self);

/* Waits for what was begun in a journal's thread. */
typedef struct
{
  GMutex    lock;
  GCond     cond;
  gboolean  is_done;
  GError   *error;
} MyrmexJournalWait;

void     myrmex_journal_wait_init   (MyrmexJournalWait  *self);
gboolean myrmex_journal_wait_finish (MyrmexJournalWait  *self,
                                     GError            **error);
void     myrmex_journal_wait_done   (const GError       *error,
                                     gpointer            data);

/* Appends, and waits until it is on the disk. Takes @batch. */
gboolean myrmex_journal_append_sync (MyrmexJournal      *self,
                                     MyrmexJournalBatch *batch,
                                     GError            **error);

/* Asks a query of a journal that is open, and waits for the answer. */
gboolean myrmex_journal_call_sync   (MyrmexJournal          *self,
                                     MyrmexJournalCallFunc   func,
                                     gpointer                data,
                                     GCancellable           *cancellable,
                                     GError                **error);

G_END_DECLS
