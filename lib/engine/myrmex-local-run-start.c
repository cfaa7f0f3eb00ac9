/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* How a run of this process comes to be: anew, or retrying an earlier one. */

#include "engine/myrmex-local-run-private.h"

static gboolean
make_recorder (MyrmexExecution  *execution,
               GError          **error)
{
  MyrmexRunnerServices *services = execution->services;

  if (services->new_recorder == NULL)
    return TRUE;
  execution->recorder = services->new_recorder (services->recorder_data, execution->plan, execution->id,
                                                execution->options, execution->retried_from, error);
  return execution->recorder != NULL;
}

/* Takes the execution. */
static MyrmexRun *
start_run (MyrmexExecution  *execution,
           gboolean          paused,
           GError          **error)
{
  MyrmexRun *run;

  if (!make_recorder (execution, error))
    {
      myrmex_execution_unref (execution);
      return NULL;
    }
  run = myrmex_local_run_new (execution);
  myrmex_execution_start (execution, paused);
  return run;
}

MyrmexRun *
myrmex_local_run_start (MyrmexRunnerServices  *services,
                        MyrmexPlan            *plan,
                        GVariant              *options,
                        GError               **error)
{
  g_autoptr (MyrmexExecution) execution = myrmex_execution_new (plan, services);
  gboolean paused;

  if (!myrmex_execution_set_options (execution, options, &paused, error))
    return NULL;
  return start_run (g_steal_pointer (&execution), paused, error);
}

MyrmexRun *
myrmex_local_run_retry (MyrmexRunnerServices  *services,
                        MyrmexPlan            *plan,
                        GVariant              *options,
                        const char            *earlier,
                        MyrmexKeepFunc         keep,
                        gpointer               data,
                        GError               **error)
{
  g_autoptr (MyrmexExecution) execution = myrmex_execution_new (plan, services);
  gboolean paused;

  execution->retried_from = g_strdup (earlier);
  if (!myrmex_execution_set_options (execution, options, &paused, error) || !keep (execution, data, error))
    return NULL;
  return start_run (g_steal_pointer (&execution), paused, error);
}
