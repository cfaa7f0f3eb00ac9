/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs of this process that are recorded, and go on after a crash. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-run-private.h"
#include "engine/myrmex-local-runner-private.h"
#include "journal/myrmex-journal-private.h"
#include "journal/myrmex-journal-query-private.h"
#include "journal/myrmex-journal-replay-private.h"
#include "journal/myrmex-journal-runner.h"
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

static Recorder *
recorder_new (MyrmexJournal  *journal,
              const char     *id,
              GError        **error)
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
  return self;
}

/* What is recorded of a run first is what it is: that goes to the disk with its start. */
static MyrmexRecorder *
new_recorder (gpointer           data,
              const MyrmexPlan  *plan,
              const char        *run_id,
              GVariant          *options,
              GError           **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *definition = myrmex_workflow_to_json (plan->workflow, &reason);
  MyrmexJournalRun run = {
    .id = (char *) run_id,
    .name = (char *) myrmex_workflow_get_name (plan->workflow),
    .definition = definition,
    .options = options,
    .n_tasks = plan->graph.n_tasks,
    .submitted = g_get_real_time (),
    .state = { .status = MYRMEX_RUN_STATUS_QUEUED },
  };
  Recorder *recorder;

  if (definition == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("Workflow “%s” can not be recorded in a journal: %s"), run.name, reason->message);
      return NULL;
    }
  recorder = recorder_new (data, run_id, error);
  if (recorder == NULL)
    return NULL;
  myrmex_journal_batch_add_run (get_batch (recorder), &run);
  return &recorder->base;
}

/**
 * myrmex_journal_new_runner:
 * @self: a journal
 * @max_parallel: how many commands run at once, over all runs of the runner; 0: as many as there are processors
 *
 * Makes a runner of this process whose runs are recorded in the journal, which must be open when they start. An
 * attempt begins only after its start is on the disk, and what is told of a run is on the disk before it is
 * told. A run that was cut off can be resumed with [method@Myrmex.Journal.resume_run]; `status` in
 * [method@Myrmex.Journal.list_runs] tells which have not ended.
 *
 * A workflow with functions can not be recorded, and is refused with %MYRMEX_ERROR_NOT_SUPPORTED. If the
 * journal can not be written any more, the run is cancelled: what is in the journal is what happened until
 * then.
 *
 * Returns: (transfer full): a new runner
 *
 * Since: 1.0
 */
MyrmexRunner *
myrmex_journal_new_runner (MyrmexJournal *self,
                           guint          max_parallel)
{
  MyrmexRunner *runner;
  MyrmexRunnerServices *services;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);

  runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", max_parallel, NULL);
  services = myrmex_local_runner_get_services (MYRMEX_LOCAL_RUNNER (runner));
  services->new_recorder = new_recorder;
  services->recorder_data = g_object_ref (self);
  services->free_recorder_data = g_object_unref;
  return runner;
}

/* All that the journal has of a run that is resumed. */
typedef struct
{
  MyrmexJournalRunQuery     *run;
  MyrmexJournalEventsQuery  *events;
  MyrmexJournalResultsQuery *results;
  MyrmexJournalReplay        replay;
} Left;

static gboolean
load (MyrmexJournal  *journal,
      const char     *id,
      Left           *left,
      GCancellable   *cancellable,
      GError        **error)
{
  *left = (Left) {
    .run = g_new0 (MyrmexJournalRunQuery, 1),
    .events = g_new0 (MyrmexJournalEventsQuery, 1),
    .results = g_new0 (MyrmexJournalResultsQuery, 1),
  };
  left->run->id = g_strdup (id);
  left->events->id = g_strdup (id);
  left->results->id = g_strdup (id);
  if (!myrmex_journal_call_sync (journal, myrmex_journal_query_run, left->run, cancellable, error) ||
      !myrmex_journal_call_sync (journal, myrmex_journal_query_events, left->events, cancellable, error) ||
      !myrmex_journal_call_sync (journal, myrmex_journal_query_results, left->results, cancellable, error))
    return FALSE;
  if (!myrmex_run_status_is_final (left->run->run->state.status) && left->events->events->len > 0)
    return TRUE;

  if (left->events->events->len == 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("Run “%s” has not been started"), id);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("Run “%s” has ended"), id);
  return FALSE;
}

static void
left_clear (Left *left)
{
  myrmex_journal_run_query_free (left->run);
  myrmex_journal_events_query_free (left->events);
  myrmex_journal_results_query_free (left->results);
  myrmex_journal_replay_clear (&left->replay);
}

static void
restore_task (MyrmexExecution           *execution,
              const MyrmexJournalResult *record,
              gint64                     offset)
{
  MyrmexTaskState *state = &execution->states[record->task];
  MyrmexTaskResult *result = record->result;

  state->started = result->started != 0 ? result->started + offset : 0;
  state->ended = result->finished != 0 ? result->finished + offset : execution->started;
  state->busy = result->execution_time;
  if (result->value == NULL && result->error == NULL)
    return;
  state->pointer = g_new0 (MyrmexEnding, 1);
  ((MyrmexEnding *) state->pointer)->value = result->value != NULL ? g_variant_ref (result->value) : NULL;
  ((MyrmexEnding *) state->pointer)->error = result->error != NULL ? g_error_copy (result->error) : NULL;
  ((MyrmexEnding *) state->pointer)->error_name = g_strdup (result->error_name);
}

static void
restore_start (MyrmexExecution          *execution,
               const MyrmexJournalEvent *event,
               gint64                    offset)
{
  MyrmexTaskState *state;

  if (event->kind != MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED)
    return;
  state = &execution->states[event->task];
  if (state->started == 0)
    state->started = event->when + offset;
  state->ended = event->when + offset;
}

static gboolean
restore (MyrmexExecution  *execution,
         gpointer          data,
         GError          **error)
{
  Left *left = data;
  const GArray *events = left->events->events;

  execution->started_wall = g_array_index (events, const MyrmexJournalEvent, 0).when;
  execution->started = execution->started_wall + left->replay.offset;
  if (!myrmex_journal_replay_run (&left->replay, events, execution->plan, execution->scheduler, error))
    return FALSE;
  for (guint i = 0; i < events->len; i++)
    restore_start (execution, &g_array_index (events, const MyrmexJournalEvent, i), left->replay.offset);
  for (guint i = 0; i < left->results->results->len; i++)
    {
      const MyrmexJournalResult *record = &g_array_index (left->results->results, MyrmexJournalResult, i);

      if (record->task < execution->plan->graph.n_tasks)
        restore_task (execution, record, left->replay.offset);
    }
  return TRUE;
}

/**
 * myrmex_journal_resume_run:
 * @self: a journal that is open
 * @runner: a runner of [method@Myrmex.Journal.new_runner], which did not start the run
 * @id: the id of a run that has not ended
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Lets a run go on that was cut off when its process went away. Tasks that have ended keep their results, and
 * are not run again. An attempt that was under way ends as INTERRUPTED, and is followed by another one if the
 * retry policy of its task has one left. Retries keep the time that they are due, the time of the run goes on,
 * and a run that was paused is paused. It waits for the disk.
 *
 * It fails with %MYRMEX_ERROR_NOT_FOUND if there is no such run, %MYRMEX_ERROR_INVALID_ARGUMENT if it has
 * ended, and %MYRMEX_ERROR_JOURNAL if the journal can not be read, or does not fit the workflow.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_journal_resume_run (MyrmexJournal      *self,
                           MyrmexLocalRunner  *runner,
                           const char         *id,
                           GCancellable       *cancellable,
                           GError            **error)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  Recorder *recorder;
  MyrmexRun *run = NULL;
  Left left;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (MYRMEX_IS_LOCAL_RUNNER (runner), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  if (load (self, id, &left, cancellable, error) &&
      myrmex_journal_replay_init (&left.replay, left.events->events, g_get_real_time (), g_get_monotonic_time (),
                                  error) &&
      (workflow = myrmex_workflow_new_from_json (left.run->run->definition, -1, NULL, error)) != NULL &&
      (plan = myrmex_plan_new (workflow, error)) != NULL &&
      (recorder = recorder_new (self, id, error)) != NULL)
    run = myrmex_local_run_resume (myrmex_local_runner_get_services (runner), plan, left.run->run->options, id,
                                   left.replay.seed, &recorder->base, restore, &left, error);
  if (run != NULL)
    myrmex_execution_go_on (myrmex_local_run_get_execution (MYRMEX_LOCAL_RUN (run)), left.replay.in_flight,
                            left.replay.lingering, left.replay.asked);
  left_clear (&left);
  return run;
}
