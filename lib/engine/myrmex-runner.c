/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-runner.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "engine/myrmex-run-private.h"

/**
 * MyrmexRunner:
 *
 * What executes workflows: [class@Myrmex.LocalRunner] in this process. Callers need not know which they have.
 *
 * Since: 1.0
 */

G_DEFINE_ABSTRACT_TYPE (MyrmexRunner, myrmex_runner, G_TYPE_OBJECT)

static void
myrmex_runner_class_init (MyrmexRunnerClass *klass)
{
}

static void
myrmex_runner_init (MyrmexRunner *self)
{
}

/**
 * myrmex_runner_start:
 * @self: a runner
 * @workflow: what to run; it can not be changed until the run has ended
 * @options: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 * @error: return location for an error, or %NULL
 *
 * Checks a workflow and starts a run of it. The run goes on also when nobody holds it. Its signals are emitted
 * on the thread-default main context of the caller.
 *
 * Options: `parameters` (`a{sv}`), `env` (`a{sv}` of strings, for commands), `directory` (`s`, in place of the
 * workflow's), `log_directory` (`s`, a folder that keeps the logs; without it they go with the run), `timeout`
 * (`d` or `x`, seconds, in place of the workflow's), `grace` (`d` or `x`, seconds from asking a command to end to
 * killing it, where its task does not say; 5 without it), `paused` (`b`, nothing starts before
 * [method@Myrmex.Run.resume]), `priority` (`i` or `x`, from -1000 to 1000, 0 without it: of the runs of a runner that
 * have something to start, one of a higher priority gets the next free place; those of the same take turns). An unknown
 * one, or one of a wrong type, is an error that names it.
 *
 * Returns: (transfer full): the run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_runner_start (MyrmexRunner    *self,
                     MyrmexWorkflow  *workflow,
                     GVariant        *options,
                     GError         **error)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;

  g_return_val_if_fail (MYRMEX_IS_RUNNER (self), NULL);
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (workflow), NULL);

  return MYRMEX_RUNNER_GET_CLASS (self)->start (self, workflow, owned, error);
}

/* Whether a run that stands so can be retried. */
gboolean
myrmex_run_status_check_retry (MyrmexRunStatus   status,
                               const char       *id,
                               GError          **error)
{
  if (!myrmex_run_status_is_final (status))
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                 _("Run “%s” has not ended; what fails in it can be retried when it has"), id);
  else if (status == MYRMEX_RUN_STATUS_COMPLETED)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("Run “%s” has completed: there is nothing to retry"), id);
  else
    return TRUE;
  return FALSE;
}

/**
 * myrmex_runner_retry_failed:
 * @self: the runner of @run
 * @run: a run that has failed or was cancelled
 * @options: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 * @error: return location for an error, or %NULL
 *
 * Starts a new run of the same workflow in which what has completed is not run again: those tasks keep their status,
 * value, times and log, and [method@Myrmex.TaskResult.get_kept_from] tells that they do. Everything else, also what was
 * skipped or cancelled, is decided anew by trigger rules and conditions, with all its attempts. That is so too where a
 * task completed because another one failed: clean-up that was done is not done again.
 *
 * The new run has the parameters, environment, folder, bounds and priority of @run; @options are those of
 * [method@Myrmex.Runner.start], and take the place of them. Of `parameters` and `env` only what is named changes.
 * Whether @run was started `paused` does not matter.
 *
 * Fails with %MYRMEX_ERROR_BUSY where @run has not ended, and with %MYRMEX_ERROR_INVALID_ARGUMENT where it has
 * completed or is not of a runner of this kind.
 *
 * Returns: (transfer full): the new run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_runner_retry_failed (MyrmexRunner  *self,
                            MyrmexRun     *run,
                            GVariant      *options,
                            GError       **error)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;

  g_return_val_if_fail (MYRMEX_IS_RUNNER (self), NULL);
  g_return_val_if_fail (MYRMEX_IS_RUN (run), NULL);

  if (!myrmex_run_status_check_retry (myrmex_run_get_status (run), myrmex_run_get_id (run), error))
    return NULL;
  if (MYRMEX_RUNNER_GET_CLASS (self)->retry_failed == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED, _("A runner of type %s can not retry runs"),
                   G_OBJECT_TYPE_NAME (self));
      return NULL;
    }
  return MYRMEX_RUNNER_GET_CLASS (self)->retry_failed (self, run, owned, error);
}
