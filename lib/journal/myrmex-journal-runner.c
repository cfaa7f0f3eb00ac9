/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs of this process that are recorded, and go on after a crash. */

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-local-runner-private.h"
#include "journal/myrmex-journal-durable-private.h"
#include "journal/myrmex-journal-runner.h"

/* What is recorded of a run first is what it is: that goes to the disk with its start. */
static MyrmexRecorder *
new_recorder (gpointer           data,
              const MyrmexPlan  *plan,
              const char        *run_id,
              GVariant          *options,
              const char        *retried_from,
              GError           **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *definition = myrmex_workflow_to_json (plan->workflow, &reason);
  MyrmexJournalRun run = {
    .id = (char *) run_id,
    .name = (char *) myrmex_workflow_get_name (plan->workflow),
    .definition = definition,
    .options = options,
    .retried_from = (char *) retried_from,
    .n_tasks = plan->graph.n_tasks,
    .submitted = g_get_real_time (),
    .state = { .status = MYRMEX_RUN_STATUS_QUEUED },
  };

  if (definition == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("Workflow “%s” can not be recorded in a journal: %s"), run.name, reason->message);
      return NULL;
    }
  return myrmex_journal_recorder_new (data, run_id, &run, error);
}

/* Once, before it starts anything. */
void
myrmex_journal_attach_runner (MyrmexJournal     *self,
                              MyrmexLocalRunner *runner)
{
  MyrmexRunnerServices *services = myrmex_local_runner_get_services (runner);

  services->new_recorder = new_recorder;
  services->recorder_data = g_object_ref (self);
  services->free_recorder_data = g_object_unref;
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
 * A workflow with functions can not be recorded, and is refused with %MYRMEX_ERROR_NOT_SUPPORTED. While the disk
 * is full, a new run is cancelled, and one that is in the journal waits for space. If the journal can not be
 * written any more for another reason, the run is cancelled: what is in the journal is what happened until then.
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

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);

  runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", max_parallel, NULL);
  myrmex_journal_attach_runner (self, MYRMEX_LOCAL_RUNNER (runner));
  return runner;
}

/**
 * myrmex_journal_resume_run:
 * @self: a journal that is open
 * @runner: a runner of [method@Myrmex.Journal.new_runner], which did not start the run
 * @id: the id of a run that has not ended
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Lets a run go on that was cut off when its process went away, or starts one that was only accepted. Tasks that
 * have ended keep their results, and are not run again. An attempt that was under way ends as INTERRUPTED, and is
 * followed by another one if the retry policy of its task has one left. Retries keep the time that they are due, the
 * time of the run goes on, and a run that was paused is paused. It waits for the disk.
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
  g_autoptr (MyrmexDurableRun) left = NULL;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (MYRMEX_IS_LOCAL_RUNNER (runner), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  left = myrmex_durable_run_load (self, runner, id, cancellable, error);
  if (left == NULL)
    return NULL;
  if (myrmex_run_status_is_final (left->row->state.status))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("Run “%s” has ended"), id);
      return NULL;
    }
  return myrmex_durable_run_begin (left, self, error);
}

static gboolean
keep_completed (MyrmexExecution  *execution,
                gpointer          earlier,
                GError          **error)
{
  myrmex_execution_keep_completed (execution, earlier);
  return TRUE;
}

/**
 * myrmex_journal_retry_run:
 * @self: a journal that is open
 * @runner: a runner of [method@Myrmex.Journal.new_runner]
 * @id: the id of a run that has failed or was cancelled
 * @options: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Starts a new run that keeps what has completed in one that the journal has, also one of another process, as
 * [method@Myrmex.Runner.retry_failed] does with a run of this one. It waits for the disk.
 *
 * It fails as that does, with %MYRMEX_ERROR_NOT_FOUND if there is no such run, and with %MYRMEX_ERROR_JOURNAL if the
 * journal can not be read, or does not fit the workflow.
 *
 * Returns: (transfer full): the new run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_journal_retry_run (MyrmexJournal      *self,
                          MyrmexLocalRunner  *runner,
                          const char         *id,
                          GVariant           *options,
                          GCancellable       *cancellable,
                          GError            **error)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (MyrmexDurableRun) earlier = NULL;
  g_autoptr (GVariant) merged = NULL;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (MYRMEX_IS_LOCAL_RUNNER (runner), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  earlier = myrmex_durable_run_load_ended (self, runner, id, cancellable, error);
  merged = earlier != NULL ? myrmex_run_options_merge (earlier->row->options, owned, error) : NULL;
  return merged != NULL ? myrmex_local_run_retry (myrmex_local_runner_get_services (runner), earlier->execution->plan,
                                                  merged, id, keep_completed, earlier->execution, error)
                        : NULL;
}
