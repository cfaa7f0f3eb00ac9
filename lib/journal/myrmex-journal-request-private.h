/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal/myrmex-journal-private.h"

G_BEGIN_DECLS

/* What is asked of a journal, with an answer that is a GVariant. The answer is made in the thread of the
 * journal, slice by slice, so that neither it nor who asked is held up by a long one. */
typedef struct _MyrmexJournalRequest MyrmexJournalRequest;

struct _MyrmexJournalRequest
{
  MyrmexJournalCallFunc  func;
  gpointer               query;
  GDestroyNotify         free_query;
  void                (* convert) (MyrmexJournalRequest *self); /* what is new of the answer; may be NULL */
  GVariant           * (* answer) (MyrmexJournalRequest *self); /* floating */
  GVariantBuilder       *builder;
  guint                  n_converted;
  GVariant              *value;                                 /* the answer */
  GTask                 *task;
};

MyrmexJournalRequest *myrmex_journal_request_new (MyrmexJournalCallFunc   func,
                                                  gpointer                query,
                                                  GDestroyNotify          free_query,
                                                  void                 (* convert) (MyrmexJournalRequest *self),
                                                  GVariant            * (* answer) (MyrmexJournalRequest *self),
                                                  const char             *type);
GVariant             *myrmex_journal_ask         (MyrmexJournal          *self,
                                                  MyrmexJournalRequest   *request,
                                                  GCancellable           *cancellable,
                                                  GError                **error);
void                  myrmex_journal_ask_async   (MyrmexJournal          *self,
                                                  MyrmexJournalRequest   *request,
                                                  GError                 *error,
                                                  gpointer                tag,
                                                  GCancellable           *cancellable,
                                                  GAsyncReadyCallback     callback,
                                                  gpointer                user_data);
GVariant             *myrmex_journal_end         (MyrmexJournal          *self,
                                                  GAsyncResult           *result,
                                                  GError                **error);

G_END_DECLS
