/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* When and how often a task is tried, and what it is labelled with. */

#include <glib/gi18n-lib.h>

#include "model/myrmex-retry-policy-private.h"
#include "model/myrmex-task-private.h"
#include "model/myrmex-workflow-private.h"

/**
 * myrmex_task_get_trigger_rule:
 * @self: a task
 *
 * Gets what the dependencies must have come to for the task to run.
 *
 * Returns: the rule, %MYRMEX_TRIGGER_RULE_ALL_SUCCESS unless set
 *
 * Since: 1.0
 */
MyrmexTriggerRule
myrmex_task_get_trigger_rule (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, MYRMEX_TRIGGER_RULE_ALL_SUCCESS);

  return self->trigger_rule;
}

/**
 * myrmex_task_set_trigger_rule:
 * @self: a task
 * @rule: a rule
 *
 * Sets what the dependencies must have come to for the task to run.
 *
 * Since: 1.0
 */
void
myrmex_task_set_trigger_rule (MyrmexTask        *self,
                              MyrmexTriggerRule  rule)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail ((guint) rule <= MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS);

  if (!myrmex_task_may_change (self, "trigger_rule"))
    return;

  self->trigger_rule = rule;
  if (self->workflow != NULL)
    self->workflow->is_plain = FALSE;
}

/* @text may be what is there already. */
static void
set_text (char       **field,
          const char  *text)
{
  char *copy = g_strdup (text);

  g_free (*field);
  *field = copy;
}

/**
 * myrmex_task_get_condition:
 * @self: a task
 *
 * Gets the expression that decides whether the task runs.
 *
 * Returns: (transfer none) (nullable): the expression, or %NULL where there is none or it is a function
 *
 * Since: 1.0
 */
const char *
myrmex_task_get_condition (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? self->extras->condition : NULL;
}

/**
 * myrmex_task_set_condition:
 * @self: a task
 * @expression: (nullable): an expression such as `tasks.list.value != ''`, or %NULL for none
 *
 * Sets an expression that decides, once the trigger rule is met, whether the task runs or is skipped.
 *
 * Since: 1.0
 */
void
myrmex_task_set_condition (MyrmexTask *self,
                           const char *expression)
{
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "condition"))
    return;

  extras = myrmex_task_ensure_extras (self);
  set_text (&extras->condition, expression);
  myrmex_task_closure_clear (&extras->condition_func);
}

/**
 * myrmex_task_set_condition_func:
 * @self: a task
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): decides whether the task runs
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Sets a function that decides, once the trigger rule is met, whether the task runs or is skipped. It takes
 * the place of an expression.
 *
 * Since: 1.0
 */
void
myrmex_task_set_condition_func (MyrmexTask          *self,
                                MyrmexConditionFunc  func,
                                gpointer             user_data,
                                GDestroyNotify       destroy)
{
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "condition"))
    {
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  extras = myrmex_task_ensure_extras (self);
  g_clear_pointer (&extras->condition, g_free);
  myrmex_task_closure_set (&extras->condition_func, (gpointer) func, user_data, destroy);
}

/**
 * myrmex_task_get_transform:
 * @self: a task
 *
 * Gets the expression that makes the value of the result.
 *
 * Returns: (transfer none) (nullable): the expression, or %NULL where there is none or it is a function
 *
 * Since: 1.0
 */
const char *
myrmex_task_get_transform (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? self->extras->transform : NULL;
}

/**
 * myrmex_task_set_transform:
 * @self: a task
 * @expression: (nullable): an expression in which `value` is what the action gave, such as
 *   `fromJSON(value).total`, or %NULL for none
 *
 * Sets an expression that makes the value of the result out of the value that the action gave. Where it can
 * not be evaluated the attempt fails.
 *
 * Since: 1.0
 */
void
myrmex_task_set_transform (MyrmexTask *self,
                           const char *expression)
{
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "transform"))
    return;

  extras = myrmex_task_ensure_extras (self);
  set_text (&extras->transform, expression);
  myrmex_task_closure_clear (&extras->transform_func);
}

/**
 * myrmex_task_set_transform_func:
 * @self: a task
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): makes the value of the result
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Sets a function that makes the value of the result out of the value that the action gave. It takes the
 * place of an expression.
 *
 * Since: 1.0
 */
void
myrmex_task_set_transform_func (MyrmexTask          *self,
                                MyrmexTransformFunc  func,
                                gpointer             user_data,
                                GDestroyNotify       destroy)
{
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "transform"))
    {
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  extras = myrmex_task_ensure_extras (self);
  g_clear_pointer (&extras->transform, g_free);
  myrmex_task_closure_set (&extras->transform_func, (gpointer) func, user_data, destroy);
}

/**
 * myrmex_task_get_timeout:
 * @self: a task
 *
 * Gets how long an attempt may take.
 *
 * Returns: seconds, or 0 for no bound
 *
 * Since: 1.0
 */
double
myrmex_task_get_timeout (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->extras != NULL ? self->extras->timeout : 0;
}

/**
 * myrmex_task_set_timeout:
 * @self: a task
 * @seconds: how long an attempt may take, or 0 for no bound
 *
 * Sets how long each attempt may take. One that takes longer is interrupted and has failed.
 *
 * Since: 1.0
 */
void
myrmex_task_set_timeout (MyrmexTask *self,
                         double      seconds)
{
  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "timeout"))
    return;

  if (!(seconds >= 0 && seconds <= MYRMEX_MAX_SECONDS))
    {
      char found[G_ASCII_DTOSTR_BUF_SIZE];

      myrmex_task_add_problem (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                                  _("The timeout of task “%s” must be from 0 to %d seconds, not %s"),
                                                  self->name, (int) MYRMEX_MAX_SECONDS,
                                                  g_ascii_formatd (found, sizeof found, "%.15g", seconds)));
      return;
    }

  if (seconds != 0 || self->extras != NULL)
    myrmex_task_ensure_extras (self)->timeout = seconds;
}

/**
 * myrmex_task_get_retry_policy:
 * @self: a task
 *
 * Gets how often the task is tried.
 *
 * Returns: (transfer none) (nullable): the policy, or %NULL for a single attempt
 *
 * Since: 1.0
 */
MyrmexRetryPolicy *
myrmex_task_get_retry_policy (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? self->extras->retry_policy : NULL;
}

/**
 * myrmex_task_set_retry_policy:
 * @self: a task
 * @policy: (nullable) (transfer none): a policy, or %NULL for a single attempt
 *
 * Sets how often the task is tried.
 *
 * Since: 1.0
 */
void
myrmex_task_set_retry_policy (MyrmexTask        *self,
                              MyrmexRetryPolicy *policy)
{
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "retry_policy"))
    return;

  extras = myrmex_task_ensure_extras (self);
  if (policy != NULL)
    myrmex_retry_policy_ref (policy);
  g_clear_pointer (&extras->retry_policy, myrmex_retry_policy_unref);
  extras->retry_policy = policy;
}

/**
 * myrmex_task_get_priority:
 * @self: a task
 *
 * Gets the priority.
 *
 * Returns: the priority, 0 unless set
 *
 * Since: 1.0
 */
int
myrmex_task_get_priority (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->priority;
}

/**
 * myrmex_task_set_priority:
 * @self: a task
 * @priority: any number; of the tasks that are ready, one with a higher priority starts first
 *
 * Sets the priority.
 *
 * Since: 1.0
 */
void
myrmex_task_set_priority (MyrmexTask *self,
                          int         priority)
{
  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "priority"))
    return;

  self->priority = priority;
  if (self->workflow != NULL)
    self->workflow->is_plain = FALSE;
}

/**
 * myrmex_task_get_affinity:
 * @self: a task
 *
 * Gets where the functions of the task run.
 *
 * Returns: the affinity
 *
 * Since: 1.0
 */
MyrmexAffinity
myrmex_task_get_affinity (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, MYRMEX_AFFINITY_WORKER);

  return self->affinity;
}

/**
 * myrmex_task_set_affinity:
 * @self: a task
 * @affinity: where to run
 *
 * Sets where the functions of the task run: its action where that is a function, its condition, and its
 * transform. An action that is an object has an affinity of its own.
 *
 * Since: 1.0
 */
void
myrmex_task_set_affinity (MyrmexTask     *self,
                          MyrmexAffinity  affinity)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail ((guint) affinity <= MYRMEX_AFFINITY_MAIN);

  if (!myrmex_task_may_change (self, "affinity"))
    return;

  self->affinity = affinity;
  if (self->workflow != NULL)
    self->workflow->is_plain = FALSE;
}

/**
 * myrmex_task_get_description:
 * @self: a task
 *
 * Gets what the task is for.
 *
 * Returns: (transfer none) (nullable): a sentence, or %NULL for none
 *
 * Since: 1.0
 */
const char *
myrmex_task_get_description (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? self->extras->description : NULL;
}

/**
 * myrmex_task_set_description:
 * @self: a task
 * @description: (nullable): a sentence
 *
 * Sets what the task is for.
 *
 * Since: 1.0
 */
void
myrmex_task_set_description (MyrmexTask *self,
                             const char *description)
{
  g_return_if_fail (self != NULL);

  if (myrmex_task_may_change (self, "description"))
    set_text (&myrmex_task_ensure_extras (self)->description, description);
}

/**
 * myrmex_task_get_tags:
 * @self: a task
 *
 * Gets the tags, words that tasks can be chosen by.
 *
 * Returns: (transfer none) (array zero-terminated=1) (nullable): the tags, or %NULL for none
 *
 * Since: 1.0
 */
const char * const *
myrmex_task_get_tags (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? (const char * const *) self->extras->tags : NULL;
}

/**
 * myrmex_task_set_tags:
 * @self: a task
 * @tags: (array zero-terminated=1) (nullable): words
 *
 * Sets the tags.
 *
 * Since: 1.0
 */
void
myrmex_task_set_tags (MyrmexTask         *self,
                      const char * const *tags)
{
  char **copy;

  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "tags"))
    return;

  copy = tags != NULL && tags[0] != NULL ? g_strdupv ((char **) tags) : NULL;
  g_strfreev (myrmex_task_ensure_extras (self)->tags);
  self->extras->tags = copy;
}

/**
 * myrmex_task_get_metadata:
 * @self: a task
 *
 * Gets the metadata, which Myrmex keeps and does not look at.
 *
 * Returns: (transfer none) (nullable): a dictionary of type `a{sv}`, or %NULL for none
 *
 * Since: 1.0
 */
GVariant *
myrmex_task_get_metadata (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->extras != NULL ? self->extras->metadata : NULL;
}

/**
 * myrmex_task_set_metadata:
 * @self: a task
 * @metadata: (nullable): a dictionary of type `a{sv}`; a floating reference is taken over
 *
 * Sets the metadata.
 *
 * Since: 1.0
 */
void
myrmex_task_set_metadata (MyrmexTask *self,
                          GVariant   *metadata)
{
  g_autoptr (GVariant) owned = metadata != NULL ? g_variant_ref_sink (metadata) : NULL;
  MyrmexTaskExtras *extras;

  g_return_if_fail (self != NULL);
  g_return_if_fail (metadata == NULL || g_variant_is_of_type (metadata, G_VARIANT_TYPE_VARDICT));

  if (!myrmex_task_may_change (self, "metadata"))
    return;

  extras = myrmex_task_ensure_extras (self);
  g_clear_pointer (&extras->metadata, g_variant_unref);
  extras->metadata = g_steal_pointer (&owned);
}
