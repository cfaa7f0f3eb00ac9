/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-enums.h"
#include "model/myrmex-task-result.h"

G_BEGIN_DECLS

/* What can be written into a journal. A batch is written whole or not at all; within a run, records are in the
 * order in which their batches were appended. */
typedef struct _MyrmexJournalBatch MyrmexJournalBatch;

/* Batches that rest on each other, as those of a run do: after one that could not be written, none is. */
typedef struct _MyrmexJournalChain MyrmexJournalChain;

/* What went into the scheduler of a run, so that feeding it again gives the same decisions. The numbers are in
 * databases: never change one, add at the end. */
typedef enum
{
  MYRMEX_JOURNAL_EVENT_STARTED = 1,         /* data: (ub) random seed, paused */
  MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED = 2, /* the start of an attempt was claimed */
  MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED = 3,   /* data: (bybbs) success, reason, retryable, lingers, error name */
  MYRMEX_JOURNAL_EVENT_LINGERER_GONE = 4,
  MYRMEX_JOURNAL_EVENT_EVALUATED = 5,       /* data: (ys) the result of the condition, what it saw */
  MYRMEX_JOURNAL_EVENT_RETRY_DUE = 6,       /* data: (x) when, in µs since 1970 */
  MYRMEX_JOURNAL_EVENT_ADVANCED = 7,        /* the time of the event was told */
  MYRMEX_JOURNAL_EVENT_CANCELLED = 8,
  MYRMEX_JOURNAL_EVENT_PAUSED = 9,
  MYRMEX_JOURNAL_EVENT_RESUMED = 10,
  MYRMEX_JOURNAL_EVENT_ENDED = 11,          /* data: (yy) status and reason of the run */
  MYRMEX_JOURNAL_EVENT_KEPT = 12,           /* before STARTED: the task completed in an earlier run, with the attempts
                                             * of the event; data: (say) the id of that run, where the log is */
} MyrmexJournalEventKind;

#define MYRMEX_JOURNAL_NO_TASK G_MAXUINT32

typedef struct
{
  gint64                  when;    /* µs since 1970 */
  MyrmexJournalEventKind  kind;
  guint32                 task;    /* its index, or MYRMEX_JOURNAL_NO_TASK */
  guint32                 attempt; /* from 1, or 0 */
  GVariant               *data;    /* of the kind's type, or NULL */
} MyrmexJournalEvent;

/* How a run stands. Times are in µs since 1970, 0: not yet. */
typedef struct
{
  MyrmexRunStatus  status;
  MyrmexReason     reason;
  char            *error;
  gint64           started;
  gint64           finished;
  guint            counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
} MyrmexJournalRunState;

/* A run, as it was submitted and as it stands. */
typedef struct
{
  char                  *id;
  char                  *name;
  char                  *workflow;        /* its name; NULL when written: that of the run */
  char                  *definition;      /* as JSON; NULL where it was not asked for */
  GVariant              *options;         /* a{sv}, or NULL */
  char                  *owner;           /* or NULL */
  char                  *submitter;       /* the connection that it came by, or NULL */
  char                  *idempotency_key; /* or NULL */
  char                  *digest;          /* of what came with the key, or NULL */
  char                  *token;           /* another name, unique as the id, or NULL */
  char                  *log_directory;   /* that goes with the run, or NULL */
  char                  *retried_from;    /* the id of an earlier run, or NULL */
  guint                  n_tasks;
  gint64                 submitted;       /* µs since 1970 */
  MyrmexJournalRunState  state;
} MyrmexJournalRun;

/* What came of one task. */
typedef struct
{
  guint32           task;
  char             *name;
  MyrmexTaskResult *result;
  char             *log_path;    /* or NULL */
} MyrmexJournalResult;

typedef enum
{
  MYRMEX_JOURNAL_RECORD_RUN,
  MYRMEX_JOURNAL_RECORD_STATE,
  MYRMEX_JOURNAL_RECORD_EVENT,
  MYRMEX_JOURNAL_RECORD_RESULT,
} MyrmexJournalRecordKind;

typedef struct
{
  MyrmexJournalRecordKind kind;
  char                   *run;   /* its id, a GRefString */
  union
  {
    MyrmexJournalRun     *submitted;
    MyrmexJournalRunState state;
    MyrmexJournalEvent    event;
    MyrmexJournalResult   result;
  };
} MyrmexJournalRecord;

MyrmexJournalBatch *myrmex_journal_batch_new        (void);
void                myrmex_journal_batch_free       (MyrmexJournalBatch          *self);
void                myrmex_journal_batch_add_run    (MyrmexJournalBatch          *self,
                                                     const MyrmexJournalRun      *run);
void                myrmex_journal_batch_add_state  (MyrmexJournalBatch          *self,
                                                     const char                  *run,
                                                     const MyrmexJournalRunState *state);
void                myrmex_journal_batch_add_event  (MyrmexJournalBatch          *self,
                                                     const char                  *run,
                                                     const MyrmexJournalEvent    *event);
void                myrmex_journal_batch_add_result (MyrmexJournalBatch          *self,
                                                     const char                  *run,
                                                     const MyrmexJournalResult   *result);
const MyrmexJournalRecord *myrmex_journal_batch_get_records (const MyrmexJournalBatch *self,
                                                             guint                    *n_records);
gsize               myrmex_journal_batch_get_size   (const MyrmexJournalBatch    *self);
void                myrmex_journal_batch_set_chain  (MyrmexJournalBatch          *self,
                                                     MyrmexJournalChain          *chain);
MyrmexJournalChain *myrmex_journal_batch_get_chain  (const MyrmexJournalBatch    *self);

/* For the thread of the journal to break, and for any to look at. */
MyrmexJournalChain *myrmex_journal_chain_new        (void);
MyrmexJournalChain *myrmex_journal_chain_ref        (MyrmexJournalChain          *self);
void                myrmex_journal_chain_unref      (MyrmexJournalChain          *self);
void                myrmex_journal_chain_break      (MyrmexJournalChain          *self);
gboolean            myrmex_journal_chain_is_broken  (MyrmexJournalChain          *self);

const GVariantType *myrmex_journal_event_get_type   (MyrmexJournalEventKind       kind);

MyrmexJournalRun   *myrmex_journal_run_copy         (const MyrmexJournalRun      *self);
void                myrmex_journal_run_free         (MyrmexJournalRun            *self);
void                myrmex_journal_event_clear      (MyrmexJournalEvent          *self);
void                myrmex_journal_result_clear     (MyrmexJournalResult         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexJournalBatch, myrmex_journal_batch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexJournalRun, myrmex_journal_run_free)

G_END_DECLS
