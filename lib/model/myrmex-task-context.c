/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-task-context-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-value.h"
#include "model/myrmex-task-result.h"

/**
 * MyrmexTaskContext:
 *
 * What one attempt of a task may know and do: the results of the task's direct dependencies, the parameters
 * of the run, a cancellable, a way to report progress, and the ways to answer.
 *
 * It may be used from any thread. An attempt is answered once; a second answer, or one that comes after the
 * attempt was interrupted, is dropped. Where the last reference goes without an answer the attempt fails.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexTaskContext, myrmex_task_context, myrmex_task_context_ref, myrmex_task_context_unref)

MyrmexTaskContext *
myrmex_task_context_new (const MyrmexTaskContextOps *ops,
                         gpointer                    engine,
                         guint32                     task,
                         guint32                     attempt)
{
  MyrmexTaskContext *self = g_new0 (MyrmexTaskContext, 1);

  self->ref_count = 1;
  g_mutex_init (&self->lock);
  self->ops = ops;
  self->engine = engine;
  self->task = task;
  self->attempt = attempt;
  self->is_retryable = TRUE;
  return self;
}

static void
clear_stop_func (MyrmexTaskContext *self)
{
  gpointer data = g_steal_pointer (&self->stop_data);

  self->stop_func = NULL;
  if (self->stop_destroy != NULL)
    self->stop_destroy (data);
  self->stop_destroy = NULL;
}

void
myrmex_task_context_clear_answer (MyrmexTaskContext *self)
{
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->error_name, g_free);
}

/* Makes the context ready for another attempt where nobody else kept a reference, which spares a worker that
 * runs short functions an allocation a task. */
gboolean
myrmex_task_context_reset (MyrmexTaskContext *self,
                           guint32            task,
                           guint32            attempt)
{
  if (g_atomic_int_get (&self->ref_count) != 1)
    return FALSE;

  myrmex_task_context_clear_answer (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->input, g_variant_unref);
  clear_stop_func (self);
  self->task = task;
  self->attempt = attempt;
  self->reason = MYRMEX_REASON_NONE;
  self->is_retryable = TRUE;
  self->in_call = FALSE;
  self->has_answer = FALSE;
  self->is_late = FALSE;
  self->is_answered = 0;
  self->is_stopped = 0;
  self->is_gone = 0;
  return TRUE;
}

/**
 * myrmex_task_context_ref:
 * @self: a context
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexTaskContext *
myrmex_task_context_ref (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * myrmex_task_context_unref:
 * @self: (transfer full): a context
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_task_context_unref (MyrmexTaskContext *self)
{
  int count;

  g_return_if_fail (self != NULL);

  do
    {
      count = g_atomic_int_get (&self->ref_count);

      /* Nobody but the engine is left after this, and it waits for an answer that can no longer come: it lets its
       * own reference go only after one. */
      if (count == 2 && g_atomic_int_get (&self->is_owned) && !g_atomic_int_get (&self->is_answered))
        myrmex_task_context_return_failure (self, "no-answer",
                                            _("The action dropped its context without an answer"), FALSE);
    }
  while (!g_atomic_int_compare_and_exchange (&self->ref_count, count, count - 1));
  if (count > 1)
    return;

  if (self->is_late)
    self->ops->gone (self);
  if (self->ops->release != NULL)
    self->ops->release (self);
  clear_stop_func (self);
  myrmex_task_context_clear_answer (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->input, g_variant_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * myrmex_task_context_get_task_name:
 * @self: a context
 *
 * Gets the name of the task.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_task_context_get_task_name (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->get_task_name (self);
}

/**
 * myrmex_task_context_get_run_id:
 * @self: a context
 *
 * Gets the id of the run.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
myrmex_task_context_get_run_id (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->get_run_id (self);
}

/**
 * myrmex_task_context_get_attempt:
 * @self: a context
 *
 * Gets the number of the attempt.
 *
 * Returns: the number, from 1
 *
 * Since: 1.0
 */
guint
myrmex_task_context_get_attempt (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->attempt;
}

/**
 * myrmex_task_context_get_input:
 * @self: a context
 *
 * Gets the spec of the action with its templates filled.
 *
 * Returns: (transfer none) (nullable): a dictionary of type `a{sv}`, or %NULL for functions
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_context_get_input (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->input;
}

/**
 * myrmex_task_context_get_parameters:
 * @self: a context
 *
 * Gets the parameters of the run, with defaults where the caller gave none.
 *
 * Returns: (transfer none): a dictionary of type `a{sv}`
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_context_get_parameters (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->get_parameters (self);
}

/**
 * myrmex_task_context_dup_parameter:
 * @self: a context
 * @name: the name of a parameter
 *
 * Gets one parameter of the run.
 *
 * Returns: (transfer full) (nullable): its value, or %NULL where it is null or there is none of that name
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_context_dup_parameter (MyrmexTaskContext *self,
                                   const char        *name)
{
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  value = g_variant_lookup_value (self->ops->get_parameters (self), name, NULL);
  return myrmex_value_is_null (value) ? NULL : g_steal_pointer (&value);
}

/**
 * myrmex_task_context_dup_dependencies:
 * @self: a context
 *
 * Gets the names of the direct dependencies, whose results can be asked for.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 1.0
 */
char **
myrmex_task_context_dup_dependencies (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->dup_dependencies (self);
}

/**
 * myrmex_task_context_dup_result:
 * @self: a context
 * @dependency: the name of a direct dependency
 *
 * Gets the result of a direct dependency.
 *
 * Returns: (transfer full) (nullable): the result, or %NULL where @dependency is none
 *
 * Since: 1.0
 */
MyrmexTaskResult *
myrmex_task_context_dup_result (MyrmexTaskContext *self,
                                const char        *dependency)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (dependency != NULL, NULL);

  return self->ops->dup_result (self, dependency);
}

/**
 * myrmex_task_context_dup_environment:
 * @self: a context
 *
 * Gets the environment for a program that does the work of the task: the caller's, then the workflow's `env`,
 * then what Myrmex adds. The task's own `env` is in the input.
 *
 * Returns: (transfer full) (array zero-terminated=1): `NAME=VALUE` strings
 *
 * Since: 1.0
 */
char **
myrmex_task_context_dup_environment (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->dup_environment (self);
}

/**
 * myrmex_task_context_get_directory:
 * @self: a context
 *
 * Gets the folder that the run's relative paths start from.
 *
 * Returns: (transfer none) (nullable) (type filename): the folder, or %NULL for the process's own
 *
 * Since: 1.0
 */
const char *
myrmex_task_context_get_directory (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->ops->get_directory (self);
}

/**
 * myrmex_task_context_get_cancellable:
 * @self: a context
 *
 * Gets the cancellable that fires when the attempt should stop: its time ran out, the run was cancelled, or
 * another task failed.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 1.0
 */
GCancellable *
myrmex_task_context_get_cancellable (MyrmexTaskContext *self)
{
  GCancellable *cancellable;
  gboolean fire = FALSE;

  g_return_val_if_fail (self != NULL, NULL);

  g_mutex_lock (&self->lock);
  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      fire = g_atomic_int_get (&self->is_stopped);
    }
  cancellable = self->cancellable;
  g_mutex_unlock (&self->lock);

  if (fire)
    g_cancellable_cancel (cancellable);

  return cancellable;
}

/**
 * myrmex_task_context_is_cancelled:
 * @self: a context
 *
 * Tells whether the attempt should stop, without making a cancellable.
 *
 * Returns: whether it was interrupted
 *
 * Since: 1.0
 */
gboolean
myrmex_task_context_is_cancelled (MyrmexTaskContext *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return g_atomic_int_get (&self->is_stopped) != 0;
}

/* The attempt should stop, which it can ask for from now on. May be called with the engine's lock held. */
void
myrmex_task_context_mark_stopped (MyrmexTaskContext *self,
                                  gboolean           force)
{
  if (force)
    g_atomic_int_set (&self->is_stopped, 2);
  else
    g_atomic_int_compare_and_exchange (&self->is_stopped, 0, 1);
}

/* Tells an attempt that is marked as stopped. Called without any lock held, since handlers of the cancellable run in
 * here. */
void
myrmex_task_context_stop (MyrmexTaskContext *self)
{
  g_autoptr (GCancellable) cancellable = NULL;
  MyrmexStopFunc func;
  gpointer data;

  g_mutex_lock (&self->lock);
  g_set_object (&cancellable, self->cancellable);
  func = self->stop_func;
  data = self->stop_data;
  g_mutex_unlock (&self->lock);

  if (func != NULL)
    func (self, g_atomic_int_get (&self->is_stopped) == 2, data);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

/* Sets, once, what is called when the attempt should stop; at once where that has been said already. The function
 * may be called more than once, and after the answer; @data lives as long as the context. */
void
myrmex_task_context_set_stop_func (MyrmexTaskContext *self,
                                   MyrmexStopFunc     func,
                                   gpointer           data,
                                   GDestroyNotify     destroy)
{
  int stopped;

  g_mutex_lock (&self->lock);
  self->stop_func = func;
  self->stop_data = data;
  self->stop_destroy = destroy;
  stopped = g_atomic_int_get (&self->is_stopped);
  g_mutex_unlock (&self->lock);

  if (stopped != 0 && func != NULL)
    func (self, stopped == 2, data);
}

/**
 * myrmex_task_context_report:
 * @self: a context
 * @fraction: how much of the work is done, 0 to 1; below 0 where that is not known
 * @message: (nullable): what is being done, in a few words
 *
 * Reports progress. It shows in the task run's properties and, with the status `running`, in the run's
 * `progress` signal. Reports are cheap, and only the newest within a few milliseconds is passed on.
 *
 * Since: 1.0
 */
void
myrmex_task_context_report (MyrmexTaskContext *self,
                            double             fraction,
                            const char        *message)
{
  g_return_if_fail (self != NULL);

  if (!(fraction >= 0))
    fraction = -1;
  self->ops->report (self, MIN (fraction, 1), message);
}

/**
 * myrmex_task_context_log:
 * @self: a context
 * @text: what to write
 *
 * Adds text to the log of the attempt, as a command's output is. A line end is not added.
 *
 * Since: 1.0
 */
void
myrmex_task_context_log (MyrmexTaskContext *self,
                         const char        *text)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (text != NULL);

  self->ops->log (self, text);
}

/* Whether the answer is the one that counts. */
static gboolean
claim (MyrmexTaskContext *self)
{
  if (g_atomic_int_compare_and_exchange (&self->is_answered, 0, 1))
    return TRUE;

  self->ops->gone (self);
  return FALSE;
}

/**
 * myrmex_task_context_return_value:
 * @self: a context
 * @value: (nullable): the value; a floating reference is taken over. %NULL for null
 *
 * Ends the attempt well. A value that a result can not hold, see [func@Myrmex.value_check], ends it with that
 * error instead.
 *
 * Since: 1.0
 */
void
myrmex_task_context_return_value (MyrmexTaskContext *self,
                                  GVariant          *value)
{
  g_autoptr (GVariant) owned = value != NULL ? g_variant_ref_sink (value) : NULL;
  GError *error = NULL;

  g_return_if_fail (self != NULL);

  if (!myrmex_value_check (owned, &error))
    {
      myrmex_task_context_return_reason (self, MYRMEX_REASON_ERROR, "invalid-value", error);
      return;
    }

  if (!claim (self))
    return;

  if (!myrmex_value_is_null (owned))
    self->value = g_steal_pointer (&owned);
  self->ops->answered (self);
}

/* The name that `retry_on` knows a GError by: its domain without `-quark`, and its code. */
char *
myrmex_failure_name_for_error (const GError *error)
{
  const char *domain = g_quark_to_string (error->domain);
  gsize length = strlen (domain);

  if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE) ||
      g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT))
    return g_strdup ("invalid-value");
  if (g_str_has_suffix (domain, "-quark"))
    length -= strlen ("-quark");

  return g_strdup_printf ("%.*s:%d", (int) length, domain, error->code);
}

/**
 * myrmex_task_context_return_error:
 * @self: a context
 * @error: (transfer full): what went wrong
 *
 * Ends the attempt badly.
 *
 * Since: 1.0
 */
void
myrmex_task_context_return_error (MyrmexTaskContext *self,
                                  GError            *error)
{
  g_autofree char *name = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (error != NULL);

  name = myrmex_failure_name_for_error (error);
  myrmex_task_context_return_reason (self, MYRMEX_REASON_ERROR, name, error);
}

/**
 * myrmex_task_context_return_failure:
 * @self: a context
 * @name: the name of the failure, as `retry_on` knows it, such as the name of an exception. More general names
 *   of it may follow, apart by single spaces, such as those of the classes that the exception is of; `retry_on`
 *   knows the failure by each of them, and the result by the first
 * @message: what went wrong, for people
 * @retryable: whether another attempt may help, if the retry policy agrees
 *
 * Ends the attempt badly, with a failure that has a name instead of an error domain. Languages use it for
 * their exceptions.
 *
 * Since: 1.0
 */
void
myrmex_task_context_return_failure (MyrmexTaskContext *self,
                                    const char        *name,
                                    const char        *message,
                                    gboolean           retryable)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);
  g_return_if_fail (message != NULL);

  if (!claim (self))
    return;

  self->error = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED, message);
  self->error_name = g_strdup (name);
  self->reason = MYRMEX_REASON_ERROR;
  self->is_retryable = retryable;
  self->ops->answered (self);
}

/* Ends the attempt badly for a known reason; takes @error. */
void
myrmex_task_context_return_reason (MyrmexTaskContext *self,
                                   MyrmexReason       reason,
                                   const char        *name,
                                   GError            *error)
{
  if (!claim (self))
    {
      g_error_free (error);
      return;
    }

  self->error = error;
  self->error_name = g_strdup (name);
  self->reason = reason;
  self->ops->answered (self);
}
