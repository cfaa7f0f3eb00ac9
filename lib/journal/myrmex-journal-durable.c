/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs between the journal and a runner; the header tells the ways they go. */

#include "journal/myrmex-journal-durable-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-runner-private.h"
#include "engine/myrmex-run-private.h"
#include "journal/myrmex-journal-query-private.h"
#include "model/myrmex-task-result-private.h"

/* All that the journal has of a run beside its row. */
typedef struct
{
  GArray *events;
  GArray *results;
} Rows;

void
myrmex_durable_run_free (MyrmexDurableRun *self)
{
  g_clear_pointer (&self->row, myrmex_journal_run_free);
  g_clear_pointer (&self->execution, myrmex_execution_unref);
  myrmex_journal_replay_clear (&self->replay);
  g_clear_error (&self->error);
  g_free (self);
}

/* --- A new one --- */

static MyrmexExecution *
new_execution (MyrmexLocalRunner       *runner,
               MyrmexWorkflow          *workflow,
               const MyrmexJournalRun  *row,
               GVariant                *options,
               gboolean                *paused,
               GError                 **error)
{
  g_autoptr (MyrmexPlan) plan = myrmex_plan_new (workflow, error);
  g_autoptr (MyrmexExecution) execution = NULL;

  if (plan == NULL)
    return NULL;
  execution = myrmex_execution_new (plan, myrmex_local_runner_get_services (runner));
  g_strlcpy (execution->id, row->id, sizeof execution->id);
  execution->retried_from = g_strdup (row->retried_from);
  return myrmex_execution_set_options (execution, options, paused, error) ? g_steal_pointer (&execution) : NULL;
}

/* @row says what is known beside the workflow; its id is made, unless it has one. */
MyrmexDurableRun *
myrmex_durable_run_prepare (MyrmexLocalRunner       *runner,
                            MyrmexWorkflow          *workflow,
                            const MyrmexJournalRun  *row,
                            GError                 **error)
{
  g_autoptr (MyrmexDurableRun) self = g_new0 (MyrmexDurableRun, 1);
  GError *reason = NULL;
  char id[33];

  self->row = myrmex_journal_run_copy (row);
  if (self->row->id == NULL)
    {
      myrmex_execution_make_id (id);
      self->row->id = g_strdup (id);
    }
  self->row->workflow = g_strdup (myrmex_workflow_get_name (workflow));
  if (self->row->name == NULL)
    self->row->name = g_strdup (self->row->workflow);
  self->row->n_tasks = myrmex_workflow_get_n_tasks (workflow);
  self->row->state.status = MYRMEX_RUN_STATUS_QUEUED;
  self->row->definition = myrmex_workflow_to_json (workflow, &reason);
  if (self->row->definition == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("Workflow “%s” can not be recorded in a journal: %s"), self->row->workflow, reason->message);
      g_error_free (reason);
      return NULL;
    }

  self->execution = new_execution (runner, workflow, self->row, self->row->options, &self->is_paused, error);
  return self->execution != NULL ? g_steal_pointer (&self) : NULL;
}

/* @committed is called in the journal's thread. Where this fails, it is not. */
gboolean
myrmex_durable_run_write (MyrmexDurableRun            *self,
                          MyrmexJournal               *journal,
                          MyrmexJournalCommittedFunc   committed,
                          gpointer                     data,
                          GError                     **error)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (journal);
  MyrmexJournalBatch *batch;

  if (store == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is not open"),
                   myrmex_journal_get_path (journal));
      return FALSE;
    }
  batch = myrmex_journal_batch_new ();
  myrmex_journal_batch_add_run (batch, self->row);
  /* What waits is bounded for each who submits. */
  return myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_FORCE, committed, data, error);
}

/* --- An earlier one --- */

static void
restore_task (MyrmexExecution           *execution,
              const MyrmexJournalResult *record,
              gint64                     offset)
{
  MyrmexTaskState *state = &execution->states[record->task];
  MyrmexTaskResult *result = record->result;

  if (result->kept_from != NULL && result->status == MYRMEX_TASK_STATUS_COMPLETED)
    {
      myrmex_execution_keep (execution, record->task, result, record->log_path, record->log_path != NULL);
      return;
    }
  state->started = result->started != 0 ? result->started + offset : 0;
  state->ended = result->finished != 0 ? result->finished + offset : execution->started;
  state->busy = result->execution_time;
  /* While an attempt runs, how the one before it ended is nobody's business, and there is no place for it. */
  if ((result->value == NULL && result->error == NULL) ||
      myrmex_scheduler_get_status (execution->scheduler, record->task) == MYRMEX_TASK_STATUS_RUNNING)
    return;
  state->pointer = g_new0 (MyrmexEnding, 1);
  ((MyrmexEnding *) state->pointer)->value = result->value != NULL ? g_variant_ref (result->value) : NULL;
  ((MyrmexEnding *) state->pointer)->error = result->error != NULL ? g_error_copy (result->error) : NULL;
  ((MyrmexEnding *) state->pointer)->error_name = g_strdup (result->error_name);
  ((MyrmexEnding *) state->pointer)->reason = (guint8) result->reason;
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

/* What a condition saw is with its decision. */
static void
restore_decision (MyrmexExecution          *execution,
                  const MyrmexJournalEvent *event)
{
  MyrmexTaskStatus status;
  MyrmexTaskState *state;
  const char *seen;

  if (event->kind != MYRMEX_JOURNAL_EVENT_EVALUATED)
    return;
  status = myrmex_scheduler_get_status (execution->scheduler, event->task);
  g_variant_get (event->data, "(y&s)", NULL, &seen);
  if (seen[0] == '\0' || !myrmex_task_status_is_final (status) ||
      myrmex_scheduler_get_attempt (execution->scheduler, event->task) > 0)
    return;

  state = &execution->states[event->task];
  if (state->pointer == NULL)
    state->pointer = g_new0 (MyrmexEnding, 1);
  ((MyrmexEnding *) state->pointer)->seen = g_strdup (seen);
}

/* Brings the scheduler, which is new, and the tasks to where they were. */
static gboolean
restore (MyrmexDurableRun  *self,
         MyrmexExecution   *execution,
         const Rows        *rows,
         GError           **error)
{
  const GArray *events = rows->events;
  const gint64 offset = self->replay.offset;

  execution->started_wall = g_array_index (events, const MyrmexJournalEvent, 0).when;
  execution->started = execution->started_wall + offset;
  if (!myrmex_journal_replay_run (&self->replay, events, execution->plan, execution->scheduler, error))
    return FALSE;
  for (guint i = 0; i < events->len; i++)
    restore_start (execution, &g_array_index (events, const MyrmexJournalEvent, i), offset);
  for (guint i = 0; i < rows->results->len; i++)
    {
      const MyrmexJournalResult *record = &g_array_index (rows->results, MyrmexJournalResult, i);

      if (record->task < execution->plan->graph.n_tasks)
        restore_task (execution, record, offset);
    }
  for (guint i = 0; i < events->len; i++)
    restore_decision (execution, &g_array_index (events, const MyrmexJournalEvent, i));
  if (self->replay.has_ended)
    {
      execution->ended = g_array_index (events, const MyrmexJournalEvent, events->len - 1).when + offset;
      execution->has_ended = TRUE;
    }
  return TRUE;
}

/* One that has ended makes no folders. */
static GVariant *
get_options (MyrmexDurableRun *self)
{
  GVariantDict dict;

  if (self->row->options == NULL || !myrmex_run_status_is_final (self->row->state.status))
    return self->row->options != NULL ? g_variant_ref (self->row->options) : NULL;
  g_variant_dict_init (&dict, self->row->options);
  g_variant_dict_remove (&dict, "log_directory");
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
set_log_directory (MyrmexDurableRun *self,
                   MyrmexExecution  *execution)
{
  const char *folder;

  if (!execution->keeps_logs && self->row->options != NULL &&
      g_variant_lookup (self->row->options, "log_directory", "&s", &folder))
    {
      g_autofree char *path = g_canonicalize_filename (folder, NULL);

      myrmex_log_folder_unref (execution->logs);
      execution->logs = myrmex_log_folder_new (path);
      execution->keeps_logs = TRUE;
    }
}

/* One that was accepted, and has not started: what it keeps is not with it yet. */
static gboolean
keep_earlier (MyrmexDurableRun   *self,
              MyrmexExecution    *execution,
              MyrmexJournal      *journal,
              MyrmexLocalRunner  *runner,
              GError            **error)
{
  g_autoptr (MyrmexDurableRun) earlier =
    myrmex_durable_run_load_ended (journal, runner, self->row->retried_from, NULL, error);

  if (earlier == NULL)
    return FALSE;
  myrmex_execution_keep_completed (execution, earlier->execution);
  return TRUE;
}

static gboolean
make_execution (MyrmexDurableRun   *self,
                MyrmexJournal      *journal,
                MyrmexLocalRunner  *runner,
                const Rows         *rows,
                GError            **error)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexExecution) execution = NULL;
  g_autoptr (GVariant) options = get_options (self);

  if (!myrmex_journal_replay_init (&self->replay, rows->events, g_get_real_time (), g_get_monotonic_time (), error))
    return FALSE;
  workflow = myrmex_workflow_new_from_json (self->row->definition, -1, NULL, error);
  if (workflow == NULL)
    return FALSE;
  execution = new_execution (runner, workflow, self->row, options, &self->is_paused, error);
  if (execution == NULL)
    return FALSE;

  set_log_directory (self, execution);
  self->has_started = rows->events->len > 0;
  if (self->has_started)
    {
      execution->seed = self->replay.seed;
      myrmex_scheduler_reseed (execution->scheduler, self->replay.seed);
      if (!restore (self, execution, rows, error))
        return FALSE;
    }
  else if (self->row->retried_from != NULL && !keep_earlier (self, execution, journal, runner, error))
    {
      return FALSE;
    }
  if (execution->has_ended != myrmex_run_status_is_final (self->row->state.status))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
                   _("What the journal has of the run does not tell how it ended"));
      return FALSE;
    }
  self->execution = g_steal_pointer (&execution);
  return TRUE;
}

/* Fails where the journal has no such run, or can not be read. Where that is all there is to it but the run can not be
 * had, the answer has its row and an error. Waits for the journal. */
MyrmexDurableRun *
myrmex_durable_run_load (MyrmexJournal      *journal,
                         MyrmexLocalRunner  *runner,
                         const char         *id,
                         GCancellable       *cancellable,
                         GError            **error)
{
  g_autoptr (MyrmexDurableRun) self = g_new0 (MyrmexDurableRun, 1);
  MyrmexJournalRunQuery *run = g_new0 (MyrmexJournalRunQuery, 1);
  MyrmexJournalEventsQuery *events = g_new0 (MyrmexJournalEventsQuery, 1);
  MyrmexJournalResultsQuery *results = g_new0 (MyrmexJournalResultsQuery, 1);
  gboolean success;

  run->id = g_strdup (id);
  events->id = g_strdup (id);
  results->id = g_strdup (id);
  success = myrmex_journal_call_sync (journal, myrmex_journal_query_run, run, cancellable, error) &&
            myrmex_journal_call_sync (journal, myrmex_journal_query_events, events, cancellable, error) &&
            myrmex_journal_call_sync (journal, myrmex_journal_query_results, results, cancellable, error);
  if (success)
    {
      Rows rows = { events->events, results->results };

      self->row = g_steal_pointer (&run->run);
      make_execution (self, journal, runner, &rows, &self->error);
    }
  myrmex_journal_run_query_free (run);
  myrmex_journal_events_query_free (events);
  myrmex_journal_results_query_free (results);
  return success ? g_steal_pointer (&self) : NULL;
}

/* Fails also where that is all there is to it. */
MyrmexDurableRun *
myrmex_durable_run_load_ended (MyrmexJournal      *journal,
                               MyrmexLocalRunner  *runner,
                               const char         *id,
                               GCancellable       *cancellable,
                               GError            **error)
{
  g_autoptr (MyrmexDurableRun) self = myrmex_durable_run_load (journal, runner, id, cancellable, error);

  if (self == NULL || !myrmex_run_status_check_retry (self->row->state.status, id, error))
    return NULL;
  if (self->execution == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* --- One that retries another --- */

MyrmexDurableRun *
myrmex_durable_run_prepare_retry (MyrmexJournal           *journal,
                                  MyrmexLocalRunner       *runner,
                                  const MyrmexJournalRun  *row,
                                  GError                 **error)
{
  g_autoptr (MyrmexDurableRun) earlier =
    myrmex_durable_run_load_ended (journal, runner, row->retried_from, NULL, error);
  g_autoptr (MyrmexDurableRun) self = NULL;
  g_autoptr (GVariant) options = NULL;
  MyrmexJournalRun merged = *row;

  options = earlier != NULL ? myrmex_run_options_merge (earlier->row->options, row->options, error) : NULL;
  if (options == NULL)
    return NULL;
  merged.options = options;
  if (merged.name == NULL)
    merged.name = earlier->row->name;
  self = myrmex_durable_run_prepare (runner, earlier->execution->plan->workflow, &merged, error);
  if (self != NULL)
    myrmex_execution_keep_completed (self->execution, earlier->execution);
  return g_steal_pointer (&self);
}

/* --- Both --- */

/* Once. Fails where the run can not be had, or the journal is not open. */
MyrmexRun *
myrmex_durable_run_begin (MyrmexDurableRun  *self,
                          MyrmexJournal     *journal,
                          GError           **error)
{
  MyrmexExecution *execution = self->execution;
  MyrmexRun *run;

  if (execution == NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return NULL;
    }
  if (!execution->has_ended)
    {
      execution->recorder = myrmex_journal_recorder_new (journal, self->row->id, NULL, error);
      if (execution->recorder == NULL)
        return NULL;
    }

  self->execution = NULL;
  run = myrmex_local_run_new (execution);
  if (!self->has_started)
    myrmex_execution_start (execution, self->is_paused);
  else if (!execution->has_ended)
    myrmex_execution_go_on (execution, self->replay.in_flight, self->replay.lingering, self->replay.asked);
  return run;
}

gboolean
myrmex_durable_run_fail (MyrmexDurableRun  *self,
                         MyrmexJournal     *journal,
                         GError           **error)
{
  MyrmexJournalBatch *batch = myrmex_journal_batch_new ();
  MyrmexJournalRunState *state = &self->row->state;

  state->status = MYRMEX_RUN_STATUS_FAILED;
  state->reason = MYRMEX_REASON_ERROR;
  state->finished = g_get_real_time ();
  g_free (state->error);
  state->error = g_strdup (self->error->message);
  myrmex_journal_batch_add_state (batch, self->row->id, state);
  return myrmex_journal_append_sync (journal, batch, error);
}

void
myrmex_local_runner_hold (MyrmexLocalRunner *self)
{
  myrmex_runner_services_hold (myrmex_local_runner_get_services (self));
}

void
myrmex_local_runner_leave (MyrmexLocalRunner *self)
{
  myrmex_runner_services_leave (myrmex_local_runner_get_services (self));
}

void
myrmex_local_run_abandon (MyrmexRun *run)
{
  myrmex_execution_abandon (myrmex_local_run_get_execution (MYRMEX_LOCAL_RUN (run)));
}
