/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-task-run-private.h"

#include "base/myrmex-enum-types.h"
#include "engine/myrmex-run-private.h"

/**
 * MyrmexTaskRun:
 *
 * One task within a run, for applications to show: its status, progress and result as properties that notify.
 *
 * It is made when it is first asked for, and changes, and notifies, on the main context of its run. In other threads
 * its properties may be read; what [method@Myrmex.TaskRun.get_message] and [method@Myrmex.TaskRun.get_result] return
 * there may be gone by the next change, so read the properties instead.
 *
 * Since: 1.0
 */

struct _MyrmexTaskRun
{
  GObject           parent_instance;

  MyrmexRun        *run;
  guint             index;
  char             *name;

  /* Written on the main context of the run alone, and under the lock: any thread may read. */
  GMutex            lock;
  MyrmexTaskResult *result;
  double            fraction;
  char             *message;
};

G_DEFINE_FINAL_TYPE (MyrmexTaskRun, myrmex_task_run, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_INDEX,
  PROP_STATUS,
  PROP_REASON,
  PROP_ATTEMPT,
  PROP_FRACTION,
  PROP_MESSAGE,
  PROP_RESULT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
myrmex_task_run_finalize (GObject *object)
{
  MyrmexTaskRun *self = MYRMEX_TASK_RUN (object);

  g_clear_object (&self->run);
  g_free (self->name);
  g_free (self->message);
  g_clear_pointer (&self->result, myrmex_task_result_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (myrmex_task_run_parent_class)->finalize (object);
}

static MyrmexTaskResult *
ref_result (MyrmexTaskRun *self)
{
  MyrmexTaskResult *result;

  g_mutex_lock (&self->lock);
  result = myrmex_task_result_ref (self->result);
  g_mutex_unlock (&self->lock);
  return result;
}

static void
myrmex_task_run_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  MyrmexTaskRun *self = MYRMEX_TASK_RUN (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_INDEX:
      g_value_set_uint (value, self->index);
      break;
    case PROP_STATUS:
      g_value_set_enum (value, myrmex_task_run_get_status (self));
      break;
    case PROP_REASON:
      g_value_set_enum (value, myrmex_task_run_get_reason (self));
      break;
    case PROP_ATTEMPT:
      g_value_set_uint (value, myrmex_task_run_get_attempt (self));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, myrmex_task_run_get_fraction (self));
      break;
    case PROP_MESSAGE:
      g_mutex_lock (&self->lock);
      g_value_set_string (value, self->message);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_RESULT:
      g_value_take_boxed (value, ref_result (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_task_run_class_init (MyrmexTaskRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = myrmex_task_run_finalize;
  object_class->get_property = myrmex_task_run_get_property;

  /**
   * MyrmexTaskRun:name:
   *
   * The name of the task.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * MyrmexTaskRun:index:
   *
   * The position of the task in its workflow, from 0.
   *
   * Since: 1.0
   */
  properties[PROP_INDEX] = g_param_spec_uint ("index", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MyrmexTaskRun:status:
   *
   * Where the task stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] =
    g_param_spec_enum ("status", NULL, NULL, MYRMEX_TYPE_TASK_STATUS, MYRMEX_TASK_STATUS_PENDING, flags);

  /**
   * MyrmexTaskRun:reason:
   *
   * Why the task is in its status.
   *
   * Since: 1.0
   */
  properties[PROP_REASON] =
    g_param_spec_enum ("reason", NULL, NULL, MYRMEX_TYPE_REASON, MYRMEX_REASON_NONE, flags);

  /**
   * MyrmexTaskRun:attempt:
   *
   * The number of the newest attempt, from 1; 0 before the first.
   *
   * Since: 1.0
   */
  properties[PROP_ATTEMPT] = g_param_spec_uint ("attempt", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MyrmexTaskRun:fraction:
   *
   * How much of the work is done, 0 to 1, as the task itself reports it; below 0 where that is not known.
   *
   * Since: 1.0
   */
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);

  /**
   * MyrmexTaskRun:message:
   *
   * What the task reports that it does, in a few words.
   *
   * Since: 1.0
   */
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);

  /**
   * MyrmexTaskRun:result:
   *
   * The result so far.
   *
   * Since: 1.0
   */
  properties[PROP_RESULT] = g_param_spec_boxed ("result", NULL, NULL, MYRMEX_TYPE_TASK_RESULT, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_task_run_init (MyrmexTaskRun *self)
{
  g_mutex_init (&self->lock);
  self->fraction = -1;
}

MyrmexTaskRun *
myrmex_task_run_new (MyrmexRun  *run,
                     guint       index,
                     const char *name)
{
  MyrmexTaskRun *self = g_object_new (MYRMEX_TYPE_TASK_RUN, NULL);

  self->run = g_object_ref (run);
  self->index = index;
  self->name = g_strdup (name);
  self->result = MYRMEX_RUN_OPS (run)->dup_result (run, index);
  if (myrmex_task_run_get_status (self) == MYRMEX_TASK_STATUS_COMPLETED)
    self->fraction = 1;
  return self;
}

/* On the main context of the run: takes over how the task stands now, and tells what of it is new. */
void
myrmex_task_run_refresh (MyrmexTaskRun *self)
{
  GObject *object = G_OBJECT (self);
  MyrmexTaskResult *result = MYRMEX_RUN_OPS (self->run)->dup_result (self->run, self->index);
  g_autoptr (MyrmexTaskResult) before = NULL;

  g_mutex_lock (&self->lock);
  before = g_steal_pointer (&self->result);
  self->result = result;
  g_mutex_unlock (&self->lock);

  g_object_freeze_notify (object);
  if (myrmex_task_result_get_attempts (before) != myrmex_task_run_get_attempt (self))
    {
      g_object_notify_by_pspec (object, properties[PROP_ATTEMPT]);
      myrmex_task_run_set_progress (self, -1, NULL);
    }
  if (myrmex_task_result_get_status (before) != myrmex_task_run_get_status (self))
    {
      g_object_notify_by_pspec (object, properties[PROP_STATUS]);
      if (myrmex_task_run_get_status (self) == MYRMEX_TASK_STATUS_COMPLETED)
        myrmex_task_run_set_progress (self, 1, self->message);
    }
  if (myrmex_task_result_get_reason (before) != myrmex_task_run_get_reason (self))
    g_object_notify_by_pspec (object, properties[PROP_REASON]);
  g_object_notify_by_pspec (object, properties[PROP_RESULT]);
  g_object_thaw_notify (object);
}

/* On the main context of the run. */
void
myrmex_task_run_set_progress (MyrmexTaskRun *self,
                              double         fraction,
                              const char    *message)
{
  if (self->fraction != fraction)
    {
      g_mutex_lock (&self->lock);
      self->fraction = fraction;
      g_mutex_unlock (&self->lock);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
    }
  if (g_strcmp0 (self->message, message) != 0)
    {
      g_autofree char *before = NULL;

      g_mutex_lock (&self->lock);
      before = g_steal_pointer (&self->message);
      self->message = g_strdup (message);
      g_mutex_unlock (&self->lock);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MESSAGE]);
    }
}

/**
 * myrmex_task_run_get_name: (get-property name)
 * @self: a task run
 *
 * Gets the name of the task.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_task_run_get_name (MyrmexTaskRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), NULL);

  return self->name;
}

/**
 * myrmex_task_run_get_index: (get-property index)
 * @self: a task run
 *
 * Gets the position of the task in its workflow.
 *
 * Returns: the position, from 0
 *
 * Since: 1.0
 */
guint
myrmex_task_run_get_index (MyrmexTaskRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), 0);

  return self->index;
}

/**
 * myrmex_task_run_get_status: (get-property status)
 * @self: a task run
 *
 * Gets where the task stands.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
MyrmexTaskStatus
myrmex_task_run_get_status (MyrmexTaskRun *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), MYRMEX_TASK_STATUS_PENDING);

  result = ref_result (self);
  return myrmex_task_result_get_status (result);
}

/**
 * myrmex_task_run_get_reason: (get-property reason)
 * @self: a task run
 *
 * Gets why the task is in its status.
 *
 * Returns: the reason
 *
 * Since: 1.0
 */
MyrmexReason
myrmex_task_run_get_reason (MyrmexTaskRun *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), MYRMEX_REASON_NONE);

  result = ref_result (self);
  return myrmex_task_result_get_reason (result);
}

/**
 * myrmex_task_run_get_attempt: (get-property attempt)
 * @self: a task run
 *
 * Gets the number of the newest attempt.
 *
 * Returns: the number, from 1; 0 before the first
 *
 * Since: 1.0
 */
guint
myrmex_task_run_get_attempt (MyrmexTaskRun *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;

  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), 0);

  result = ref_result (self);
  return myrmex_task_result_get_attempts (result);
}

/**
 * myrmex_task_run_get_fraction: (get-property fraction)
 * @self: a task run
 *
 * Gets how much of the work is done.
 *
 * Returns: 0 to 1, or below 0 where that is not known
 *
 * Since: 1.0
 */
double
myrmex_task_run_get_fraction (MyrmexTaskRun *self)
{
  double fraction;

  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), -1);

  g_mutex_lock (&self->lock);
  fraction = self->fraction;
  g_mutex_unlock (&self->lock);
  return fraction;
}

/**
 * myrmex_task_run_get_message: (get-property message)
 * @self: a task run
 *
 * Gets what the task reports that it does.
 *
 * Returns: (transfer none) (nullable): a few words
 *
 * Since: 1.0
 */
const char *
myrmex_task_run_get_message (MyrmexTaskRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), NULL);

  return self->message;
}

/**
 * myrmex_task_run_get_result: (get-property result)
 * @self: a task run
 *
 * Gets the result so far; it is final when the status is.
 *
 * Returns: (transfer none): the result
 *
 * Since: 1.0
 */
MyrmexTaskResult *
myrmex_task_run_get_result (MyrmexTaskRun *self)
{
  g_return_val_if_fail (MYRMEX_IS_TASK_RUN (self), NULL);

  return self->result;
}
