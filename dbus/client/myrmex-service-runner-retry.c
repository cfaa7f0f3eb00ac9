/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run of the service that retries another one of it. */

#include "client/myrmex-service-runner-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"

static MyrmexServiceRun *
check_own (MyrmexRun  *run,
           GError    **error)
{
  if (!myrmex_run_status_check_retry (myrmex_run_get_status (run), myrmex_run_get_id (run), error))
    return NULL;
  if (MYRMEX_IS_SERVICE_RUN (run))
    return MYRMEX_SERVICE_RUN (run);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Run “%s” is not one of the service; the runner that started it can retry it"), myrmex_run_get_id (run));
  return NULL;
}

/* The call for a submission, which is empty. */
static GDBusMessage *
begin (MyrmexServiceRunner      *self,
       MyrmexServiceSubmission  *submission,
       MyrmexRun                *run,
       GVariant                 *options,
       GError                  **error)
{
  MyrmexServiceRun *earlier = check_own (run, error);
  GDBusConnection *connection = earlier != NULL ? myrmex_service_runner_ensure_connection (self, error) : NULL;

  return connection != NULL ? myrmex_service_submission_begin_retry (submission, connection, earlier, options, error)
                            : NULL;
}

static MyrmexRun *
myrmex_service_runner_retry_failed (MyrmexRunner  *runner,
                                    MyrmexRun     *run,
                                    GVariant      *options,
                                    GError       **error)
{
  g_auto (MyrmexServiceSubmission) submission = { 0 };
  g_autoptr (GDBusMessage) message = begin (MYRMEX_SERVICE_RUNNER (runner), &submission, run, options, error);

  return message != NULL ? myrmex_service_runner_submit (&submission, message, error) : NULL;
}

/**
 * myrmex_service_runner_retry_failed_async:
 * @self: a runner
 * @run: a run of the service that has failed or was cancelled
 * @options: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 * @cancellable: (nullable): gives up the submission; a run that was accepted goes on
 * @callback: (scope async): called when the service has the run
 * @user_data: data for @callback
 *
 * Has the service run again what failed, as [method@Myrmex.Runner.retry_failed] does, without waiting for it.
 *
 * Since: 1.0
 */
void
myrmex_service_runner_retry_failed_async (MyrmexServiceRunner *self,
                                          MyrmexRun           *run,
                                          GVariant            *options,
                                          GCancellable        *cancellable,
                                          GAsyncReadyCallback  callback,
                                          gpointer             user_data)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (GDBusMessage) message = NULL;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_SERVICE_RUNNER (self));
  g_return_if_fail (MYRMEX_IS_RUN (run));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = myrmex_service_runner_new_task (self, myrmex_service_runner_retry_failed_async, cancellable, callback,
                                         user_data);
  message = begin (self, g_task_get_task_data (task), run, owned, &error);
  myrmex_service_runner_submit_async (task, message, error);
}

/**
 * myrmex_service_runner_retry_failed_finish:
 * @self: a runner
 * @result: the result that the callback got
 * @error: return location for an error, or %NULL
 *
 * Ends [method@Myrmex.ServiceRunner.retry_failed_async].
 *
 * Fails as [method@Myrmex.Runner.retry_failed] does, and with %MYRMEX_ERROR_NOT_SUPPORTED where there is no service.
 *
 * Returns: (transfer full): the new run, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexRun *
myrmex_service_runner_retry_failed_finish (MyrmexServiceRunner  *self,
                                           GAsyncResult         *result,
                                           GError              **error)
{
  g_return_val_if_fail (MYRMEX_IS_SERVICE_RUNNER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
myrmex_service_runner_init_retry (MyrmexRunnerClass *klass)
{
  klass->retry_failed = myrmex_service_runner_retry_failed;
}
