/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-local-run-private.h"
#include "engine/myrmex-local-runner.h"
#include "journal/myrmex-journal-private.h"
#include "journal/myrmex-journal-replay-private.h"

G_BEGIN_DECLS

/* A run between the journal and a runner:
 *
 *   a new one        prepare  →  write  →  begin       it is there when it is written, and runs when it has begun
 *   an earlier one   load               →  begin       it goes on, is started, or can be looked at, as it was left
 *
 * Preparing and loading take their time, and are for any thread but the main one and the journal's; beginning is for
 * the main context that is to be told of the run. */
typedef struct
{
  MyrmexJournalRun    *row;
  MyrmexExecution     *execution;   /* where the run stands; NULL: @error says why it can not be had */
  MyrmexJournalReplay  replay;
  gboolean             has_started;
  gboolean             is_paused;   /* of one that has not started */
  GError              *error;
} MyrmexDurableRun;

MyrmexDurableRun *myrmex_durable_run_prepare     (MyrmexLocalRunner         *runner,
                                                  MyrmexWorkflow            *workflow,
                                                  const MyrmexJournalRun    *row,
                                                  GError                   **error);
/* One that retries the run of the row, which has ended; the options of the row are those that are given. */
MyrmexDurableRun *myrmex_durable_run_prepare_retry (MyrmexJournal           *journal,
                                                  MyrmexLocalRunner         *runner,
                                                  const MyrmexJournalRun    *row,
                                                  GError                   **error);
MyrmexDurableRun *myrmex_durable_run_load_ended (MyrmexJournal              *journal,
                                                  MyrmexLocalRunner         *runner,
                                                  const char                *id,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);
MyrmexDurableRun *myrmex_durable_run_load        (MyrmexJournal             *journal,
                                                  MyrmexLocalRunner         *runner,
                                                  const char                *id,
                                                  GCancellable              *cancellable,
                                                  GError                   **error);
void              myrmex_durable_run_free        (MyrmexDurableRun          *self);
gboolean          myrmex_durable_run_write       (MyrmexDurableRun          *self,
                                                  MyrmexJournal             *journal,
                                                  MyrmexJournalCommittedFunc committed,
                                                  gpointer                   data,
                                                  GError                   **error);
MyrmexRun        *myrmex_durable_run_begin       (MyrmexDurableRun          *self,
                                                  MyrmexJournal             *journal,
                                                  GError                   **error);

/* Of one that can not be had: it has FAILED, for that reason. */
gboolean          myrmex_durable_run_fail        (MyrmexDurableRun          *self,
                                                  MyrmexJournal             *journal,
                                                  GError                   **error);

/* Runs that are begun with @runner are those of the journal; ones that it starts by itself are recorded too. */
void              myrmex_journal_attach_runner   (MyrmexJournal             *self,
                                                  MyrmexLocalRunner         *runner);

/* A service that leaves: no attempt begins any more (hold), then each run is let go (abandon): nothing of it is
 * recorded from there on, and what runs is ended, by force if that is said twice. When all of them have ended, which
 * they do as cancelled and nobody is to be told, the journal is closed; the next service goes on with them. Commands of
 * a supervisor are not ended: when all runs were let go they are left to the next service (leave). */
void              myrmex_local_runner_hold       (MyrmexLocalRunner         *self);
void              myrmex_local_runner_leave      (MyrmexLocalRunner         *self);
void              myrmex_local_run_abandon       (MyrmexRun                 *run);

MyrmexRecorder   *myrmex_journal_recorder_new    (MyrmexJournal             *journal,
                                                  const char                *id,
                                                  const MyrmexJournalRun    *run,
                                                  GError                   **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexDurableRun, myrmex_durable_run_free)

G_END_DECLS
