/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "journal/myrmex-journal-database-private.h"

G_BEGIN_DECLS

/* A journal's thread, which alone has the connection. Batches are put in a queue by any thread; it takes all
 * there are, writes them in one transaction, commits, and then tells each. So the more is appended at once, the
 * less each costs. In between it does what is asked (calls), a slice at a time: a read does not hold up writing
 * for long, and sees all that was appended before it was asked for.
 *
 * Where there is no space, batches that begin a run, and those without a chain, are refused; the others wait until
 * there is some, or the journal is closed. */
typedef struct _MyrmexJournalStore MyrmexJournalStore;

/* What happens to a batch where more waits than MyrmexJournalSettings.max_waiting. */
typedef enum
{
  MYRMEX_JOURNAL_APPEND_TRY,   /* it is refused with MYRMEX_ERROR_LIMIT */
  MYRMEX_JOURNAL_APPEND_WAIT,  /* the call waits for room; in the journal's own thread, as FORCE */
  MYRMEX_JOURNAL_APPEND_FORCE, /* it is taken: for what has happened already, and is bounded elsewhere */
} MyrmexJournalAppendMode;

/* Called in the thread of the journal, in the order of appending, once for each batch: with NULL when it is on
 * the disk, or with the reason why it is not. It must be quick. Those that are refused for want of space are ahead of
 * those that wait for it. */
typedef void (* MyrmexJournalCommittedFunc) (const GError *error,
                                             gpointer      user_data);

/* One slice of a call, in the thread of the journal and outside any transaction; about 5 ms at most. Sets
 * @is_done when it was the last. */
typedef gboolean (* MyrmexJournalCallFunc) (MyrmexJournalDatabase  *database,
                                            gpointer                data,
                                            gboolean               *is_done,
                                            GError                **error);

/* In the thread of the journal, once, after the last slice. */
typedef void (* MyrmexJournalDoneFunc) (const GError *error,
                                        gpointer      data);

typedef struct
{
  const char *path;
  const char *vfs;          /* for tests; NULL: the system's */
  gboolean    is_unsafe;    /* for tests: commits without fsync */
  gsize       max_waiting;  /* bytes; 0: MYRMEX_JOURNAL_MAX_WAITING */
} MyrmexJournalSettings;

/* How much may wait to be written, in bytes. */
#define MYRMEX_JOURNAL_MAX_WAITING (16 * 1024 * 1024)

MyrmexJournalStore *myrmex_journal_store_new     (const MyrmexJournalSettings  *settings);
MyrmexJournalStore *myrmex_journal_store_ref     (MyrmexJournalStore           *self);
void                myrmex_journal_store_unref   (MyrmexJournalStore           *self);
void                myrmex_journal_store_open    (MyrmexJournalStore           *self,
                                                  MyrmexJournalDoneFunc         done,
                                                  gpointer                      data);
void                myrmex_journal_store_close   (MyrmexJournalStore           *self,
                                                  MyrmexJournalDoneFunc         done,
                                                  gpointer                      data);
gboolean            myrmex_journal_store_append  (MyrmexJournalStore           *self,
                                                  MyrmexJournalBatch           *batch,
                                                  MyrmexJournalAppendMode       mode,
                                                  MyrmexJournalCommittedFunc    committed,
                                                  gpointer                      user_data,
                                                  GError                      **error);
void                myrmex_journal_store_call    (MyrmexJournalStore           *self,
                                                  MyrmexJournalCallFunc         func,
                                                  gpointer                      data,
                                                  GCancellable                 *cancellable,
                                                  MyrmexJournalDoneFunc         done,
                                                  gpointer                      done_data);
gboolean            myrmex_journal_store_is_own_thread (MyrmexJournalStore     *self);
const char         *myrmex_journal_store_get_set_aside (MyrmexJournalStore     *self);
guint64             myrmex_journal_store_get_n_commits (MyrmexJournalStore     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexJournalStore, myrmex_journal_store_unref)

G_END_DECLS
