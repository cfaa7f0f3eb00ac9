/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/myrmex-run-info-private.h"

#include "base/myrmex-enum-types.h"
#include "client/myrmex-service-words-private.h"

/**
 * MyrmexRunInfo:
 *
 * What a list shows of a run of the service: how it is called and how it stands, without its tasks.
 *
 * In a [class@Myrmex.RunList] it is kept up to date, and its properties notify, on the main context of that list. One
 * that [method@Myrmex.ServiceRunner.list_runs] gave stays as it was. [method@Myrmex.ServiceRunner.open_run] makes a run
 * of its id.
 *
 * Since: 1.0
 */

struct _MyrmexRunInfo
{
  GObject         parent_instance;

  char           *path;
  char           *id;
  char           *name;
  char           *workflow_name;
  guint           n_tasks;
  gint64          submitted;
  MyrmexRunStatus status;
  MyrmexReason    reason;
  double          fraction;
  guint           counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
  gint64          started;
  gint64          finished;
  char           *error_message;
};

G_DEFINE_FINAL_TYPE (MyrmexRunInfo, myrmex_run_info, G_TYPE_OBJECT)

enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_WORKFLOW_NAME,
  PROP_STATUS,
  PROP_REASON,
  PROP_FRACTION,
  PROP_COUNTS,
  PROP_N_TASKS,
  PROP_SUBMITTED,
  PROP_STARTED,
  PROP_FINISHED,
  PROP_ERROR_MESSAGE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
myrmex_run_info_finalize (GObject *object)
{
  MyrmexRunInfo *self = MYRMEX_RUN_INFO (object);

  g_free (self->path);
  g_free (self->id);
  g_free (self->name);
  g_free (self->workflow_name);
  g_free (self->error_message);

  G_OBJECT_CLASS (myrmex_run_info_parent_class)->finalize (object);
}

static GVariant *
dup_counts (MyrmexRunInfo *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", self->counts[i]);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
myrmex_run_info_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  MyrmexRunInfo *self = MYRMEX_RUN_INFO (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_WORKFLOW_NAME:
      g_value_set_string (value, self->workflow_name);
      break;
    case PROP_STATUS:
      g_value_set_enum (value, self->status);
      break;
    case PROP_REASON:
      g_value_set_enum (value, self->reason);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, self->fraction);
      break;
    case PROP_COUNTS:
      g_value_take_variant (value, dup_counts (self));
      break;
    case PROP_N_TASKS:
      g_value_set_uint (value, self->n_tasks);
      break;
    case PROP_SUBMITTED:
      g_value_set_int64 (value, self->submitted);
      break;
    case PROP_STARTED:
      g_value_set_int64 (value, self->started);
      break;
    case PROP_FINISHED:
      g_value_set_int64 (value, self->finished);
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->error_message);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_run_info_class_init (MyrmexRunInfoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = myrmex_run_info_finalize;
  object_class->get_property = myrmex_run_info_get_property;

  /**
   * MyrmexRunInfo:id:
   *
   * The id, 32 hexadecimal digits.
   *
   * Since: 1.0
   */
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);

  /**
   * MyrmexRunInfo:name:
   *
   * What the run is called: the name of its workflow, or the one that its submitter chose.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * MyrmexRunInfo:workflow-name:
   *
   * The name of the workflow.
   *
   * Since: 1.0
   */
  properties[PROP_WORKFLOW_NAME] = g_param_spec_string ("workflow-name", NULL, NULL, NULL, flags);

  /**
   * MyrmexRunInfo:status:
   *
   * Where the run stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] =
    g_param_spec_enum ("status", NULL, NULL, MYRMEX_TYPE_RUN_STATUS, MYRMEX_RUN_STATUS_QUEUED, flags);

  /**
   * MyrmexRunInfo:reason:
   *
   * Why the run is in its status.
   *
   * Since: 1.0
   */
  properties[PROP_REASON] = g_param_spec_enum ("reason", NULL, NULL, MYRMEX_TYPE_REASON, MYRMEX_REASON_NONE, flags);

  /**
   * MyrmexRunInfo:fraction:
   *
   * The part of the tasks that have ended, 0 to 1.
   *
   * Since: 1.0
   */
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);

  /**
   * MyrmexRunInfo:counts:
   *
   * How many tasks there are of each status: a dictionary of type `a{sv}` of unsigned integers.
   *
   * Since: 1.0
   */
  properties[PROP_COUNTS] = g_param_spec_variant ("counts", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  /**
   * MyrmexRunInfo:n-tasks:
   *
   * How many tasks there are.
   *
   * Since: 1.0
   */
  properties[PROP_N_TASKS] = g_param_spec_uint ("n-tasks", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MyrmexRunInfo:submitted:
   *
   * When the run was accepted, in microseconds since 1970 UTC.
   *
   * Since: 1.0
   */
  properties[PROP_SUBMITTED] = g_param_spec_int64 ("submitted", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

  /**
   * MyrmexRunInfo:started:
   *
   * When the run started, in microseconds since 1970 UTC; 0: it has not.
   *
   * Since: 1.0
   */
  properties[PROP_STARTED] = g_param_spec_int64 ("started", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

  /**
   * MyrmexRunInfo:finished:
   *
   * When the run ended, in microseconds since 1970 UTC; 0: it has not.
   *
   * Since: 1.0
   */
  properties[PROP_FINISHED] = g_param_spec_int64 ("finished", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

  /**
   * MyrmexRunInfo:error-message:
   *
   * Why the run did not complete, in words, where there is a why.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_run_info_init (MyrmexRunInfo *self)
{
}

/* --- What the service tells --- */

static void
set_string (MyrmexRunInfo  *self,
            char          **field,
            guint           prop_id,
            const char     *text)
{
  if (g_strcmp0 (*field, text) == 0)
    return;
  g_free (*field);
  *field = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static void
set_time (MyrmexRunInfo *self,
          gint64        *field,
          guint          prop_id,
          gint64         time)
{
  if (*field == time)
    return;
  *field = time;
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

static void
take_counts (MyrmexRunInfo *self,
             GVariant      *told)
{
  GVariantIter iter;
  const char *word;
  gboolean has_changed = FALSE;
  guint count;

  g_variant_iter_init (&iter, told);
  while (g_variant_iter_next (&iter, "{&su}", &word, &count))
    {
      MyrmexTaskStatus status;

      if (!myrmex_service_words_to_task_status (word, &status) || self->counts[status] == count)
        continue;
      self->counts[status] = count;
      has_changed = TRUE;
    }
  if (has_changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COUNTS]);
}

static void
take_status (MyrmexRunInfo *self,
             GVariant      *told)
{
  MyrmexRunStatus status = self->status;
  MyrmexReason reason = self->reason;
  const char *word;

  if (g_variant_lookup (told, "Reason", "&s", &word))
    myrmex_service_words_to_reason (word, &reason);
  if (g_variant_lookup (told, "Status", "&s", &word))
    myrmex_service_words_to_run_status (word, &status);
  if (reason != self->reason)
    {
      self->reason = reason;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REASON]);
    }
  if (status != self->status)
    {
      self->status = status;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
    }
}

static void
take_names (MyrmexRunInfo *self,
            GVariant      *told)
{
  const char *text;
  gint64 time;
  guint n;

  if (g_variant_lookup (told, "Name", "&s", &text))
    set_string (self, &self->name, PROP_NAME, text);
  if (g_variant_lookup (told, "Workflow", "&s", &text))
    set_string (self, &self->workflow_name, PROP_WORKFLOW_NAME, text);
  if (g_variant_lookup (told, "Submitted", "x", &time))
    set_time (self, &self->submitted, PROP_SUBMITTED, time);
  if (g_variant_lookup (told, "TotalTasks", "u", &n) && n != self->n_tasks)
    {
      self->n_tasks = n;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_TASKS]);
    }
}

/* The status last: who listens to it alone finds the rest as it is then. */
void
myrmex_run_info_update (MyrmexRunInfo *self,
                        GVariant      *told,
                        const char    *path)
{
  g_autoptr (GVariant) counts = g_variant_lookup_value (told, "Counts", G_VARIANT_TYPE ("a{su}"));
  const char *text;
  double fraction;
  gint64 time;

  g_object_freeze_notify (G_OBJECT (self));
  if (path != NULL && g_strcmp0 (path, self->path) != 0)
    {
      g_free (self->path);
      self->path = g_strdup (path);
    }
  take_names (self, told);
  if (g_variant_lookup (told, "Fraction", "d", &fraction) && fraction >= 0 && fraction <= 1 &&
      fraction != self->fraction)
    {
      self->fraction = fraction;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
    }
  if (counts != NULL)
    take_counts (self, counts);
  if (g_variant_lookup (told, "Started", "x", &time))
    set_time (self, &self->started, PROP_STARTED, time);
  if (g_variant_lookup (told, "Finished", "x", &time))
    set_time (self, &self->finished, PROP_FINISHED, time);
  if (g_variant_lookup (told, "Error", "&s", &text))
    set_string (self, &self->error_message, PROP_ERROR_MESSAGE, text[0] != '\0' ? text : NULL);
  take_status (self, told);
  g_object_thaw_notify (G_OBJECT (self));
}

MyrmexRunInfo *
myrmex_run_info_new (GVariant   *told,
                     const char *path)
{
  MyrmexRunInfo *self;
  const char *id;

  if (!g_variant_lookup (told, "Id", "&s", &id) ||
      (path == NULL && !g_variant_lookup (told, "path", "&o", &path)))
    return NULL;
  self = g_object_new (MYRMEX_TYPE_RUN_INFO, NULL);
  self->id = g_strdup (id);
  myrmex_run_info_update (self, told, path);
  return self;
}

const char *
myrmex_run_info_get_path (MyrmexRunInfo *self)
{
  return self->path;
}

/* --- What is asked --- */

/**
 * myrmex_run_info_get_id: (get-property id)
 * @self: a run in a list
 *
 * Gets the id, which [method@Myrmex.ServiceRunner.open_run] takes.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
myrmex_run_info_get_id (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), NULL);

  return self->id;
}

/**
 * myrmex_run_info_get_name: (get-property name)
 * @self: a run in a list
 *
 * Gets what the run is called.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_run_info_get_name (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), NULL);

  return self->name;
}

/**
 * myrmex_run_info_get_workflow_name: (get-property workflow-name)
 * @self: a run in a list
 *
 * Gets the name of the workflow.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_run_info_get_workflow_name (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), NULL);

  return self->workflow_name;
}

/**
 * myrmex_run_info_get_status: (get-property status)
 * @self: a run in a list
 *
 * Gets where the run stands.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
MyrmexRunStatus
myrmex_run_info_get_status (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), MYRMEX_RUN_STATUS_QUEUED);

  return self->status;
}

/**
 * myrmex_run_info_get_reason: (get-property reason)
 * @self: a run in a list
 *
 * Gets why the run is in its status.
 *
 * Returns: the reason
 *
 * Since: 1.0
 */
MyrmexReason
myrmex_run_info_get_reason (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), MYRMEX_REASON_NONE);

  return self->reason;
}

/**
 * myrmex_run_info_get_fraction: (get-property fraction)
 * @self: a run in a list
 *
 * Gets how far the run is.
 *
 * Returns: the part of the tasks that have ended, 0 to 1
 *
 * Since: 1.0
 */
double
myrmex_run_info_get_fraction (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);

  return self->fraction;
}

/**
 * myrmex_run_info_get_n_tasks: (get-property n-tasks)
 * @self: a run in a list
 *
 * Gets how many tasks the run has.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_run_info_get_n_tasks (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);

  return self->n_tasks;
}

/**
 * myrmex_run_info_get_count:
 * @self: a run in a list
 * @status: a status
 *
 * Gets how many tasks are in a status.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_run_info_get_count (MyrmexRunInfo    *self,
                           MyrmexTaskStatus  status)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);
  g_return_val_if_fail (status <= MYRMEX_TASK_STATUS_CANCELLED, 0);

  return self->counts[status];
}

/**
 * myrmex_run_info_get_submitted: (get-property submitted)
 * @self: a run in a list
 *
 * Gets when the run was accepted.
 *
 * Returns: microseconds since 1970 UTC
 *
 * Since: 1.0
 */
gint64
myrmex_run_info_get_submitted (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);

  return self->submitted;
}

/**
 * myrmex_run_info_get_started: (get-property started)
 * @self: a run in a list
 *
 * Gets when the run started.
 *
 * Returns: microseconds since 1970 UTC; 0: it has not
 *
 * Since: 1.0
 */
gint64
myrmex_run_info_get_started (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);

  return self->started;
}

/**
 * myrmex_run_info_get_finished: (get-property finished)
 * @self: a run in a list
 *
 * Gets when the run ended.
 *
 * Returns: microseconds since 1970 UTC; 0: it has not
 *
 * Since: 1.0
 */
gint64
myrmex_run_info_get_finished (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), 0);

  return self->finished;
}

/**
 * myrmex_run_info_get_error_message: (get-property error-message)
 * @self: a run in a list
 *
 * Gets why the run did not complete, in words.
 *
 * Returns: (transfer none) (nullable): a text, or %NULL where it did, or has not ended
 *
 * Since: 1.0
 */
const char *
myrmex_run_info_get_error_message (MyrmexRunInfo *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_INFO (self), NULL);

  return self->error_message;
}
