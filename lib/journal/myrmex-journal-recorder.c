/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a run records becomes batches of the journal, in one chain. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-durable-private.h"
#include "journal/myrmex-journal-private.h"
#include "model/myrmex-task-result-private.h"

/* The recorder of one run. It is called under the lock of its run. */
typedef struct
{
  MyrmexRecorder      base;
  MyrmexJournalStore *store;
  MyrmexJournalChain *chain;
  char               *id;
  MyrmexJournalBatch *batch;   /* what was recorded since the last flush, or NULL */
} Recorder;

static MyrmexJournalBatch *
get_batch (Recorder *self)
{
  if (self->batch == NULL)
    {
      self->batch = myrmex_journal_batch_new ();
      myrmex_journal_batch_set_chain (self->batch, self->chain);
    }
  return self->batch;
}

static const MyrmexJournalEventKind kinds[] = {
  [MYRMEX_RECORD_STARTED] = MYRMEX_JOURNAL_EVENT_STARTED,
  [MYRMEX_RECORD_ATTEMPT_STARTED] = MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED,
  [MYRMEX_RECORD_ATTEMPT_ENDED] = MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED,
  [MYRMEX_RECORD_LINGERER_GONE] = MYRMEX_JOURNAL_EVENT_LINGERER_GONE,
  [MYRMEX_RECORD_EVALUATED] = MYRMEX_JOURNAL_EVENT_EVALUATED,
  [MYRMEX_RECORD_ADVANCED] = MYRMEX_JOURNAL_EVENT_ADVANCED,
  [MYRMEX_RECORD_CANCELLED] = MYRMEX_JOURNAL_EVENT_CANCELLED,
  [MYRMEX_RECORD_PAUSED] = MYRMEX_JOURNAL_EVENT_PAUSED,
  [MYRMEX_RECORD_RESUMED] = MYRMEX_JOURNAL_EVENT_RESUMED,
  [MYRMEX_RECORD_ENDED] = MYRMEX_JOURNAL_EVENT_ENDED,
  [MYRMEX_RECORD_KEPT] = MYRMEX_JOURNAL_EVENT_KEPT,
};

G_STATIC_ASSERT (MYRMEX_NO_INDEX == MYRMEX_JOURNAL_NO_TASK);

static GVariant *
new_data (const MyrmexRecord *record)
{
  const char *text = record->text != NULL ? record->text : "";

  switch (record->kind)
    {
    case MYRMEX_RECORD_STARTED:
      return g_variant_new ("(ub)", record->seed, record->paused);
    case MYRMEX_RECORD_ATTEMPT_ENDED:
      return g_variant_new ("(bybbs)", record->outcome->success, (guint8) record->outcome->reason,
                            record->outcome->retryable, record->outcome->lingers, text);
    case MYRMEX_RECORD_EVALUATED:
      return g_variant_new ("(ys)", (guint8) record->condition, text);
    case MYRMEX_RECORD_ENDED:
      return g_variant_new ("(yy)", 0, 0);
    case MYRMEX_RECORD_KEPT:
      return g_variant_new ("(s^ay)", text, record->log_path != NULL ? record->log_path : "");
    case MYRMEX_RECORD_ATTEMPT_STARTED:
    case MYRMEX_RECORD_LINGERER_GONE:
    case MYRMEX_RECORD_ADVANCED:
    case MYRMEX_RECORD_CANCELLED:
    case MYRMEX_RECORD_PAUSED:
    case MYRMEX_RECORD_RESUMED:
    default:
      return NULL;
    }
}

static void
recorder_record (MyrmexRecorder     *recorder,
                 const MyrmexRecord *record)
{
  Recorder *self = (Recorder *) recorder;
  const MyrmexJournalEvent event = {
    .when = record->when, .kind = kinds[record->kind], .task = record->task, .attempt = record->attempt,
    .data = new_data (record),
  };

  myrmex_journal_batch_add_event (get_batch (self), self->id, &event);
}

static void
recorder_result (MyrmexRecorder   *recorder,
                 guint32           task,
                 const char       *name,
                 MyrmexTaskResult *result,
                 const char       *log_path)
{
  Recorder *self = (Recorder *) recorder;
  const MyrmexJournalResult entry = { task, (char *) name, result, (char *) log_path };

  myrmex_journal_batch_add_result (get_batch (self), self->id, &entry);
}

static void
recorder_state (MyrmexRecorder          *recorder,
                const MyrmexRecordState *state)
{
  Recorder *self = (Recorder *) recorder;
  MyrmexJournalRunState entry = {
    .status = state->status, .reason = state->reason, .started = state->started, .finished = state->finished,
    .error = (char *) state->error,
  };

  memcpy (entry.counts, state->counts, sizeof entry.counts);
  myrmex_journal_batch_add_state (get_batch (self), self->id, &entry);
}

static gboolean
recorder_flush (MyrmexRecorder     *recorder,
                MyrmexRecorderKept  kept,
                gpointer            data)
{
  Recorder *self = (Recorder *) recorder;
  MyrmexJournalBatch *batch = get_batch (self);

  /* What is recorded has happened, and attempts that run at once are bounded. */
  self->batch = NULL;
  return myrmex_journal_store_append (self->store, batch, MYRMEX_JOURNAL_APPEND_FORCE, kept, data, NULL);
}

static void
recorder_free (MyrmexRecorder *recorder)
{
  Recorder *self = (Recorder *) recorder;

  g_clear_pointer (&self->batch, myrmex_journal_batch_free);
  myrmex_journal_store_unref (self->store);
  myrmex_journal_chain_unref (self->chain);
  g_free (self->id);
  g_free (self);
}

/* With @run, that is recorded first. */
MyrmexRecorder *
myrmex_journal_recorder_new (MyrmexJournal           *journal,
                             const char              *id,
                             const MyrmexJournalRun  *run,
                             GError                 **error)
{
  MyrmexJournalStore *store = myrmex_journal_ref_store (journal);
  Recorder *self;

  if (store == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is not open"),
                   myrmex_journal_get_path (journal));
      return NULL;
    }
  self = g_new0 (Recorder, 1);
  self->base = (MyrmexRecorder) {
    recorder_record, recorder_result, recorder_state, recorder_flush, recorder_free,
  };
  self->store = store;
  self->chain = myrmex_journal_chain_new ();
  self->id = g_strdup (id);
  if (run != NULL)
    myrmex_journal_batch_add_run (get_batch (self), run);
  return &self->base;
}
