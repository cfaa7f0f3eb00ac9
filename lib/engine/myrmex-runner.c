/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-runner.h"

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
 * [method@Myrmex.Run.resume]). An unknown one, or one of a wrong type, is an error that names it.
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
