/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-task-result-private.h"

#include "base/myrmex-value.h"

/**
 * MyrmexTaskResult:
 *
 * The outcome of a task in a run: whether it was a success, its value or error, how often and how long it was
 * tried. Immutable, and may be used from any thread.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexTaskResult, myrmex_task_result, myrmex_task_result_ref, myrmex_task_result_unref)

MyrmexTaskResult *
myrmex_task_result_new (void)
{
  MyrmexTaskResult *self = g_new0 (MyrmexTaskResult, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

/* The result of a task of an earlier run, in one that keeps it; takes @before, and a reference of @run_id. Where the
 * earlier run has kept it itself, the task ran before that. */
MyrmexTaskResult *
myrmex_task_result_keep (MyrmexTaskResult *before,
                         char             *run_id)
{
  MyrmexTaskResult *self;

  if (before->kept_from != NULL)
    return before;

  self = myrmex_task_result_new ();
  self->status = before->status;
  self->reason = before->reason;
  self->attempts = before->attempts;
  self->execution_time = before->execution_time;
  self->started = before->started;
  self->finished = before->finished;
  self->value = before->value != NULL ? g_variant_ref (before->value) : NULL;
  self->kept_from = g_ref_string_acquire (run_id);
  myrmex_task_result_unref (before);
  return self;
}

/**
 * myrmex_task_result_ref:
 * @self: a result
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexTaskResult *
myrmex_task_result_ref (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * myrmex_task_result_unref:
 * @self: (transfer full): a result
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_task_result_unref (MyrmexTaskResult *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_error (&self->error);
  g_free (self->error_name);
  g_clear_pointer (&self->kept_from, g_ref_string_release);
  g_free (self);
}

/**
 * myrmex_task_result_get_success:
 * @self: a result
 *
 * Tells whether the task completed.
 *
 * Returns: whether the status is %MYRMEX_TASK_STATUS_COMPLETED
 *
 * Since: 1.0
 */
gboolean
myrmex_task_result_get_success (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->status == MYRMEX_TASK_STATUS_COMPLETED;
}

/**
 * myrmex_task_result_get_status:
 * @self: a result
 *
 * Gets where the task stood when the result was asked for; final if the task had ended.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
MyrmexTaskStatus
myrmex_task_result_get_status (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, MYRMEX_TASK_STATUS_PENDING);

  return self->status;
}

/**
 * myrmex_task_result_get_reason:
 * @self: a result
 *
 * Gets why the task is in its status.
 *
 * Returns: the reason
 *
 * Since: 1.0
 */
MyrmexReason
myrmex_task_result_get_reason (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, MYRMEX_REASON_NONE);

  return self->reason;
}

/**
 * myrmex_task_result_get_value:
 * @self: a result
 *
 * Gets the value. A command's value is its standard output.
 *
 * Returns: (transfer none) (nullable): the value, or %NULL where it is null or the task did not complete
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_result_get_value (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->value;
}

/**
 * myrmex_task_result_get_error:
 * @self: a result
 *
 * Gets the error that the last attempt ended with.
 *
 * Returns: (transfer none) (nullable): the error, or %NULL where there was none
 *
 * Since: 1.0
 */
const GError *
myrmex_task_result_get_error (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->error;
}

/**
 * myrmex_task_result_get_error_name:
 * @self: a result
 *
 * Gets the name of the failure, as [struct@Myrmex.RetryPolicy] describes it: `exit-2`, `timeout`, the name of
 * an exception.
 *
 * Returns: (transfer none) (nullable): the name, or %NULL where there was no failure
 *
 * Since: 1.0
 */
const char *
myrmex_task_result_get_error_name (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->error_name;
}

/**
 * myrmex_task_result_get_attempts:
 * @self: a result
 *
 * Gets how many attempts were started.
 *
 * Returns: the number, 0 where the task never ran
 *
 * Since: 1.0
 */
guint
myrmex_task_result_get_attempts (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->attempts;
}

/**
 * myrmex_task_result_get_execution_time:
 * @self: a result
 *
 * Gets how long the attempts took, all together, without the waits between them.
 *
 * Returns: seconds
 *
 * Since: 1.0
 */
double
myrmex_task_result_get_execution_time (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (double) self->execution_time / G_USEC_PER_SEC;
}

/**
 * myrmex_task_result_get_started:
 * @self: a result
 *
 * Gets when the first attempt was started, by the wall clock.
 *
 * Returns: microseconds since 1970 UTC, or 0 if it never was
 *
 * Since: 1.0
 */
gint64
myrmex_task_result_get_started (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->started;
}

/**
 * myrmex_task_result_get_finished:
 * @self: a result
 *
 * Gets when the task ended, by the wall clock.
 *
 * Returns: microseconds since 1970 UTC, or 0 if it has not
 *
 * Since: 1.0
 */
gint64
myrmex_task_result_get_finished (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->finished;
}

/**
 * myrmex_task_result_get_kept_from:
 * @self: a result
 *
 * Gets which run the task ran in, where that was an earlier one: [method@Myrmex.Runner.retry_failed] keeps what has
 * completed.
 *
 * Returns: (transfer none) (nullable): the id of a run, or %NULL where it is of the run that was asked
 *
 * Since: 1.0
 */
const char *
myrmex_task_result_get_kept_from (MyrmexTaskResult *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->kept_from;
}

/**
 * myrmex_task_result_to_variant:
 * @self: a result
 *
 * Makes a dictionary of the result, as it goes over the bus and into reports: `status`, `reason`, `success`,
 * `value`, `error`, `error_name`, `attempts`, `execution_time` (seconds), `started` and `finished`
 * (microseconds since 1970), `kept_from` (the id of an earlier run). What there is not is left out; `value` is left
 * out where it is null.
 *
 * Returns: (transfer floating): a dictionary of type `a{sv}`
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_result_to_variant (MyrmexTaskResult *self)
{
  GVariantDict dict;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "status", "s", myrmex_task_status_to_string (self->status));
  if (self->reason != MYRMEX_REASON_NONE)
    g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (self->reason));
  g_variant_dict_insert (&dict, "success", "b", self->status == MYRMEX_TASK_STATUS_COMPLETED);
  if (self->value != NULL)
    g_variant_dict_insert_value (&dict, "value", self->value);
  if (self->error != NULL)
    g_variant_dict_insert (&dict, "error", "s", self->error->message);
  if (self->error_name != NULL)
    g_variant_dict_insert (&dict, "error_name", "s", self->error_name);
  g_variant_dict_insert (&dict, "attempts", "u", self->attempts);
  g_variant_dict_insert (&dict, "execution_time", "d", (double) self->execution_time / G_USEC_PER_SEC);
  if (self->started != 0)
    g_variant_dict_insert (&dict, "started", "x", self->started);
  if (self->finished != 0)
    g_variant_dict_insert (&dict, "finished", "x", self->finished);
  if (self->kept_from != NULL)
    g_variant_dict_insert (&dict, "kept_from", "s", self->kept_from);

  return g_variant_dict_end (&dict);
}
