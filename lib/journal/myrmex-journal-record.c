/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal/myrmex-journal-record-private.h"

#include <string.h>

struct _MyrmexJournalBatch
{
  GArray             *records;   /* of MyrmexJournalRecord */
  gsize               size;      /* bytes, about */
  MyrmexJournalChain *chain;     /* or NULL */
};

struct _MyrmexJournalChain
{
  gatomicrefcount ref_count;
  int             is_broken;     /* atomic */
};

/* The type of the data of each kind; NULL: it has none. */
static const char *const data_types[] = {
  [MYRMEX_JOURNAL_EVENT_STARTED] = "(ub)",
  [MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED] = NULL,
  [MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED] = "(bybbs)",
  [MYRMEX_JOURNAL_EVENT_LINGERER_GONE] = NULL,
  [MYRMEX_JOURNAL_EVENT_EVALUATED] = "(ys)",
  [MYRMEX_JOURNAL_EVENT_RETRY_DUE] = "(x)",
  [MYRMEX_JOURNAL_EVENT_ADVANCED] = NULL,
  [MYRMEX_JOURNAL_EVENT_CANCELLED] = NULL,
  [MYRMEX_JOURNAL_EVENT_PAUSED] = NULL,
  [MYRMEX_JOURNAL_EVENT_RESUMED] = NULL,
  [MYRMEX_JOURNAL_EVENT_ENDED] = "(yy)",
  [MYRMEX_JOURNAL_EVENT_KEPT] = "(say)",
};

/* The type of the data of an event, or NULL where there are none, or no such kind. */
const GVariantType *
myrmex_journal_event_get_type (MyrmexJournalEventKind kind)
{
  if ((guint) kind >= G_N_ELEMENTS (data_types) || data_types[kind] == NULL)
    return NULL;
  return G_VARIANT_TYPE (data_types[kind]);
}

void
myrmex_journal_event_clear (MyrmexJournalEvent *self)
{
  g_clear_pointer (&self->data, g_variant_unref);
}

void
myrmex_journal_result_clear (MyrmexJournalResult *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->result, myrmex_task_result_unref);
  g_clear_pointer (&self->log_path, g_free);
}

MyrmexJournalRun *
myrmex_journal_run_copy (const MyrmexJournalRun *self)
{
  MyrmexJournalRun *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->name = g_strdup (self->name);
  copy->workflow = g_strdup (self->workflow);
  copy->definition = g_strdup (self->definition);
  copy->options = self->options != NULL ? g_variant_ref_sink (self->options) : NULL;
  copy->owner = g_strdup (self->owner);
  copy->submitter = g_strdup (self->submitter);
  copy->idempotency_key = g_strdup (self->idempotency_key);
  copy->digest = g_strdup (self->digest);
  copy->token = g_strdup (self->token);
  copy->log_directory = g_strdup (self->log_directory);
  copy->retried_from = g_strdup (self->retried_from);
  copy->state.error = g_strdup (self->state.error);
  return copy;
}

void
myrmex_journal_run_free (MyrmexJournalRun *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->workflow);
  g_free (self->definition);
  g_clear_pointer (&self->options, g_variant_unref);
  g_free (self->owner);
  g_free (self->submitter);
  g_free (self->idempotency_key);
  g_free (self->digest);
  g_free (self->token);
  g_free (self->log_directory);
  g_free (self->retried_from);
  g_free (self->state.error);
  g_free (self);
}

static void
clear_record (gpointer data)
{
  MyrmexJournalRecord *record = data;

  switch (record->kind)
    {
    case MYRMEX_JOURNAL_RECORD_RUN:
      myrmex_journal_run_free (record->submitted);
      break;
    case MYRMEX_JOURNAL_RECORD_STATE:
      g_free (record->state.error);
      break;
    case MYRMEX_JOURNAL_RECORD_EVENT:
      myrmex_journal_event_clear (&record->event);
      break;
    case MYRMEX_JOURNAL_RECORD_RESULT:
      myrmex_journal_result_clear (&record->result);
      break;
    default:
      g_assert_not_reached ();
    }
  g_ref_string_release (record->run);
}

MyrmexJournalBatch *
myrmex_journal_batch_new (void)
{
  MyrmexJournalBatch *self = g_new0 (MyrmexJournalBatch, 1);

  self->records = g_array_new (FALSE, FALSE, sizeof (MyrmexJournalRecord));
  g_array_set_clear_func (self->records, clear_record);
  return self;
}

void
myrmex_journal_batch_free (MyrmexJournalBatch *self)
{
  g_array_unref (self->records);
  g_clear_pointer (&self->chain, myrmex_journal_chain_unref);
  g_free (self);
}

static gsize
text_size (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

static MyrmexJournalRecord *
add (MyrmexJournalBatch      *self,
     MyrmexJournalRecordKind  kind,
     const char              *run,
     gsize                    size)
{
  MyrmexJournalRecord record = { .kind = kind };

  /* Mostly they are all of one run. */
  if (self->records->len > 0)
    {
      char *last = g_array_index (self->records, MyrmexJournalRecord, self->records->len - 1).run;

      if (strcmp (last, run) == 0)
        record.run = g_ref_string_acquire (last);
    }
  if (record.run == NULL)
    record.run = g_ref_string_new (run);
  g_array_append_val (self->records, record);
  self->size += sizeof record + size;
  return &g_array_index (self->records, MyrmexJournalRecord, self->records->len - 1);
}

/* A run that is accepted. */
void
myrmex_journal_batch_add_run (MyrmexJournalBatch     *self,
                              const MyrmexJournalRun *run)
{
  MyrmexJournalRecord *record;

  g_return_if_fail (run->id != NULL && run->name != NULL && run->definition != NULL);

  record = add (self, MYRMEX_JOURNAL_RECORD_RUN, run->id,
                text_size (run->definition) + (run->options != NULL ? g_variant_get_size (run->options) : 0));
  record->submitted = myrmex_journal_run_copy (run);
}

/* How a run stands now. */
void
myrmex_journal_batch_add_state (MyrmexJournalBatch          *self,
                                const char                  *run,
                                const MyrmexJournalRunState *state)
{
  MyrmexJournalRecord *record = add (self, MYRMEX_JOURNAL_RECORD_STATE, run, text_size (state->error));

  record->state = *state;
  record->state.error = g_strdup (state->error);
}

/* Takes a reference of the data, or makes it its own where they are floating. */
void
myrmex_journal_batch_add_event (MyrmexJournalBatch       *self,
                                const char               *run,
                                const MyrmexJournalEvent *event)
{
  const GVariantType *type = myrmex_journal_event_get_type (event->kind);
  MyrmexJournalRecord *record;

  g_return_if_fail ((event->data == NULL && type == NULL) ||
                    (event->data != NULL && type != NULL && g_variant_is_of_type (event->data, type)));

  record = add (self, MYRMEX_JOURNAL_RECORD_EVENT, run,
                event->data != NULL ? g_variant_get_size (event->data) : 0);
  record->event = *event;
  if (event->data != NULL)
    record->event.data = g_variant_ref_sink (event->data);
}

/* What a task came to. A later one of the same task takes the place of an earlier one. */
void
myrmex_journal_batch_add_result (MyrmexJournalBatch        *self,
                                 const char                *run,
                                 const MyrmexJournalResult *result)
{
  GVariant *value = myrmex_task_result_get_value (result->result);
  MyrmexJournalRecord *record = add (self, MYRMEX_JOURNAL_RECORD_RESULT, run,
                                     value != NULL ? g_variant_get_size (value) : 0);

  record->result.task = result->task;
  record->result.name = g_strdup (result->name);
  record->result.result = myrmex_task_result_ref (result->result);
  record->result.log_path = g_strdup (result->log_path);
}

const MyrmexJournalRecord *
myrmex_journal_batch_get_records (const MyrmexJournalBatch *self,
                                  guint                    *n_records)
{
  *n_records = self->records->len;
  return (const MyrmexJournalRecord *) (gpointer) self->records->data;
}

/* How much of the room for what waits it takes, in bytes. */
gsize
myrmex_journal_batch_get_size (const MyrmexJournalBatch *self)
{
  return sizeof *self + self->size;
}

/* Before it is appended. */
void
myrmex_journal_batch_set_chain (MyrmexJournalBatch *self,
                                MyrmexJournalChain *chain)
{
  self->chain = myrmex_journal_chain_ref (chain);
}

MyrmexJournalChain *
myrmex_journal_batch_get_chain (const MyrmexJournalBatch *self)
{
  return self->chain;
}

MyrmexJournalChain *
myrmex_journal_chain_new (void)
{
  MyrmexJournalChain *self = g_new0 (MyrmexJournalChain, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

MyrmexJournalChain *
myrmex_journal_chain_ref (MyrmexJournalChain *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
myrmex_journal_chain_unref (MyrmexJournalChain *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

void
myrmex_journal_chain_break (MyrmexJournalChain *self)
{
  g_atomic_int_set (&self->is_broken, TRUE);
}

gboolean
myrmex_journal_chain_is_broken (MyrmexJournalChain *self)
{
  return g_atomic_int_get (&self->is_broken);
}
