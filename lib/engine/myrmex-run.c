/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-run-private.h"

#include "base/myrmex-enum-types.h"
#include "engine/myrmex-task-run-private.h"
#include "model/myrmex-workflow-private.h"

/**
 * MyrmexRun:
 *
 * One execution of a workflow.
 *
 * It is a list model of its task runs, in the order of definition, which can be shown as it is. Its status,
 * counts and fraction are properties that notify. Its methods may be called from any thread; its signals and
 * notifications come on the main context that it was started from.
 *
 * Dropping the last reference to a run does not stop it.
 *
 * Since: 1.0
 */

typedef struct
{
  GMutex      lock;        /* of the table: task runs are asked for in any thread */
  GHashTable *task_runs;   /* index → Place: those that somebody holds */
  int         finished;    /* atomic: and everybody has been told */
} MyrmexRunPrivate;

/* Where a task run is found as long as somebody holds it. Counted references. */
typedef struct
{
  GWeakRef task_run;
  GWeakRef run;
  guint    index;
} Place;

static void list_model_init (GListModelInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (MyrmexRun, myrmex_run, G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (MyrmexRun)
                                  G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_WORKFLOW,
  PROP_STATUS,
  PROP_REASON,
  PROP_FRACTION,
  PROP_COUNTS,
  PROP_N_TASKS,
  N_PROPS
};

enum
{
  PROGRESS,
  FINISHED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

#define CALL(self, method, ...) (MYRMEX_RUN_OPS (self)->method ((self), ##__VA_ARGS__))

static GVariant *
dup_counts (MyrmexRun *self)
{
  guint counts[MYRMEX_N_TASK_STATUSES];
  GVariantDict dict;

  CALL (self, get_counts, counts);
  g_variant_dict_init (&dict, NULL);
  for (int i = 0; i < MYRMEX_N_TASK_STATUSES; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", counts[i]);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
myrmex_run_finalize (GObject *object)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (MYRMEX_RUN (object));

  g_hash_table_unref (priv->task_runs);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (myrmex_run_parent_class)->finalize (object);
}

static void
myrmex_run_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  MyrmexRun *self = MYRMEX_RUN (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, myrmex_run_get_id (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, myrmex_run_get_name (self));
      break;
    case PROP_WORKFLOW:
      g_value_set_object (value, myrmex_run_get_workflow (self));
      break;
    case PROP_STATUS:
      g_value_set_enum (value, myrmex_run_get_status (self));
      break;
    case PROP_REASON:
      g_value_set_enum (value, myrmex_run_get_reason (self));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, myrmex_run_get_fraction (self));
      break;
    case PROP_COUNTS:
      g_value_take_variant (value, dup_counts (self));
      break;
    case PROP_N_TASKS:
      g_value_set_uint (value, myrmex_run_get_n_tasks (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * MyrmexRun:id:
   *
   * The id, 32 hexadecimal digits that nobody can guess.
   *
   * Since: 1.0
   */
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);

  /**
   * MyrmexRun:name:
   *
   * The name of the workflow.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * MyrmexRun:workflow:
   *
   * What is run, where this process has it.
   *
   * Since: 1.0
   */
  properties[PROP_WORKFLOW] = g_param_spec_object ("workflow", NULL, NULL, MYRMEX_TYPE_WORKFLOW, flags);

  /**
   * MyrmexRun:status:
   *
   * Where the run stands.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] =
    g_param_spec_enum ("status", NULL, NULL, MYRMEX_TYPE_RUN_STATUS, MYRMEX_RUN_STATUS_QUEUED, flags);

  /**
   * MyrmexRun:reason:
   *
   * Why the run is in its status.
   *
   * Since: 1.0
   */
  properties[PROP_REASON] = g_param_spec_enum ("reason", NULL, NULL, MYRMEX_TYPE_REASON, MYRMEX_REASON_NONE, flags);

  /**
   * MyrmexRun:fraction:
   *
   * The part of the tasks that have ended, 0 to 1.
   *
   * Since: 1.0
   */
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);

  /**
   * MyrmexRun:counts:
   *
   * How many tasks there are of each status: a dictionary of type `a{sv}` of unsigned integers.
   *
   * Since: 1.0
   */
  properties[PROP_COUNTS] = g_param_spec_variant ("counts", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  /**
   * MyrmexRun:n-tasks:
   *
   * How many tasks there are.
   *
   * Since: 1.0
   */
  properties[PROP_N_TASKS] = g_param_spec_uint ("n-tasks", NULL, NULL, 0, G_MAXUINT, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_run_class_init (MyrmexRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = myrmex_run_finalize;
  object_class->get_property = myrmex_run_get_property;

  install_properties (object_class);

  /**
   * MyrmexRun::progress:
   * @self: the run
   * @task_name: the name of a task, or `workflow` for the run itself
   * @status: the status, such as `running` or `completed`
   * @details: a dictionary of type `a{sv}` with what there is to know
   *
   * Tells what happens, in the order in which it did.
   *
   * Of a task: `running` (attempt; when the task reports progress, again, with fraction and message), `retrying`
   * (attempt, delay in seconds, error), `completed` (attempt, execution_time in seconds), `failed` (attempt,
   * execution_time, error, error_name, reason), `skipped` and `cancelled` (reason). Of the run: `started`
   * (total_tasks; where it retries an earlier one, that one's id as retried_from, and kept, the number of tasks that
   * are kept of it and of which nothing is told), `paused`, `running` when it goes on, and `completed`, `failed` or
   * `cancelled` (total_tasks, completed, failed, skipped, cancelled, elapsed in seconds, reason).
   *
   * Since: 1.0
   */
  signals[PROGRESS] =
    g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                  G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_VARIANT);

  /**
   * MyrmexRun::finished:
   * @self: the run
   *
   * The run has ended, and everything that happened in it has been told.
   *
   * Since: 1.0
   */
  signals[FINISHED] =
    g_signal_new ("finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
place_clear (gpointer data)
{
  Place *place = data;

  g_weak_ref_clear (&place->task_run);
  g_weak_ref_clear (&place->run);
}

static void
place_release (gpointer place)
{
  g_atomic_rc_box_release_full (place, place_clear);
}

static void
myrmex_run_init (MyrmexRun *self)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);

  g_mutex_init (&priv->lock);
  priv->task_runs = g_hash_table_new_full (NULL, NULL, NULL, place_release);
}

static GType
get_item_type (GListModel *model)
{
  return MYRMEX_TYPE_TASK_RUN;
}

static guint
get_n_items (GListModel *model)
{
  return myrmex_run_get_n_tasks (MYRMEX_RUN (model));
}

/* A task run is about to go. It holds its run, so the table is still there. */
static void
task_run_gone_cb (gpointer  data,
                  GObject  *where)
{
  Place *place = data;
  g_autoptr (MyrmexRun) run = g_weak_ref_get (&place->run);

  if (run != NULL)
    {
      MyrmexRunPrivate *priv = myrmex_run_get_instance_private (run);
      gpointer key = GUINT_TO_POINTER (place->index);

      g_mutex_lock (&priv->lock);
      if (g_hash_table_lookup (priv->task_runs, key) == place)
        g_hash_table_remove (priv->task_runs, key);
      g_mutex_unlock (&priv->lock);
    }
  place_release (place);
}

/* A reference to the place of an index, or NULL. */
static Place *
find_place (MyrmexRun *self,
            guint      index)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);
  Place *place = NULL;

  g_mutex_lock (&priv->lock);
  if (g_hash_table_size (priv->task_runs) > 0)
    place = g_hash_table_lookup (priv->task_runs, GUINT_TO_POINTER (index));
  if (place != NULL)
    g_atomic_rc_box_acquire (place);
  g_mutex_unlock (&priv->lock);
  return place;
}

/* The task run of an index, if somebody holds it. Its reference is not taken under the lock: a language may have to
 * wait for a lock of its own then, and who holds that for ours. */
static MyrmexTaskRun *
find_task_run (MyrmexRun *self,
               guint      index)
{
  Place *place = find_place (self, index);
  MyrmexTaskRun *task_run;

  if (place == NULL)
    return NULL;

  task_run = g_weak_ref_get (&place->task_run);
  place_release (place);
  return task_run;
}

/* Makes @task_run the one of its index, if what is there is still @before. */
static gboolean
put_task_run (MyrmexRun     *self,
              guint          index,
              MyrmexTaskRun *task_run,
              const Place   *before)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);
  gpointer key = GUINT_TO_POINTER (index);
  Place *place = g_atomic_rc_box_new0 (Place);
  gboolean is_put;

  g_weak_ref_init (&place->task_run, task_run);
  g_weak_ref_init (&place->run, self);
  place->index = index;
  g_object_weak_ref (G_OBJECT (task_run), task_run_gone_cb, g_atomic_rc_box_acquire (place));

  g_mutex_lock (&priv->lock);
  is_put = g_hash_table_lookup (priv->task_runs, key) == before;
  if (is_put)
    g_hash_table_replace (priv->task_runs, key, g_atomic_rc_box_acquire (place));
  g_mutex_unlock (&priv->lock);

  place_release (place);
  return is_put;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  MyrmexRun *self = MYRMEX_RUN (model);

  if (position >= myrmex_run_get_n_tasks (self))
    return NULL;

  for (;;)
    {
      Place *before = find_place (self, position);
      MyrmexTaskRun *task_run = before != NULL ? g_weak_ref_get (&before->task_run) : NULL;
      gboolean is_there = task_run != NULL;

      if (!is_there)
        {
          if (MYRMEX_RUN_OPS (self)->tell_tasks != NULL)
            CALL (self, tell_tasks);
          task_run = myrmex_task_run_new (self, position, CALL (self, get_task_name, position));
          is_there = put_task_run (self, position, task_run, before);
        }
      g_clear_pointer (&before, place_release);
      if (is_there)
        return task_run;
      g_object_unref (task_run);
    }
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

gboolean
myrmex_run_has_listeners (MyrmexRun *self)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);
  gboolean has_task_runs;

  g_mutex_lock (&priv->lock);
  has_task_runs = g_hash_table_size (priv->task_runs) > 0;
  g_mutex_unlock (&priv->lock);
  /* One that is blocked for now listens again later, to what happens now. */
  return has_task_runs || g_signal_has_handler_pending (self, signals[PROGRESS], 0, TRUE) ||
         myrmex_run_has_progress_handlers (self);
}

gboolean
myrmex_run_has_progress_handlers (MyrmexRun *self)
{
  MyrmexWorkflow *workflow = myrmex_run_get_workflow (self);

  return g_signal_has_handler_pending (self, signals[PROGRESS], 0, FALSE) ||
         (workflow != NULL && myrmex_workflow_has_listeners (workflow));
}

/* @details may be floating. */
void
myrmex_run_emit_progress (MyrmexRun  *self,
                          const char *task_name,
                          const char *status,
                          GVariant   *details)
{
  MyrmexWorkflow *workflow = myrmex_run_get_workflow (self);
  g_autoptr (GVariant) owned = g_variant_ref_sink (details);

  g_signal_emit (self, signals[PROGRESS], 0, task_name, status, owned);
  if (workflow != NULL)
    myrmex_workflow_emit_progress (workflow, task_name, status, owned);
}

void
myrmex_run_refresh_task (MyrmexRun *self,
                         guint      index)
{
  g_autoptr (MyrmexTaskRun) task_run = find_task_run (self, index);

  if (task_run != NULL)
    myrmex_task_run_refresh (task_run);
}

/* After a time in which nobody listened: the task runs that have been made since may know less than there is. */
void
myrmex_run_refresh_all_tasks (MyrmexRun *self)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);
  g_autoptr (GList) indices = NULL;

  g_mutex_lock (&priv->lock);
  indices = g_hash_table_get_keys (priv->task_runs);
  g_mutex_unlock (&priv->lock);
  for (GList *at = indices; at != NULL; at = at->next)
    myrmex_run_refresh_task (self, GPOINTER_TO_UINT (at->data));
}

void
myrmex_run_report_task (MyrmexRun  *self,
                        guint       index,
                        double      fraction,
                        const char *message)
{
  g_autoptr (MyrmexTaskRun) task_run = find_task_run (self, index);

  if (task_run != NULL)
    myrmex_task_run_set_progress (task_run, fraction, message);
}

void
myrmex_run_notify_counts (MyrmexRun *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COUNTS]);
}

void
myrmex_run_notify_status (MyrmexRun *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REASON]);
}

void
myrmex_run_finished (MyrmexRun *self)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);

  g_atomic_int_set (&priv->finished, TRUE);
  g_signal_emit (self, signals[FINISHED], 0);
}

/* On the main context of the run. */
gboolean
myrmex_run_was_told_finished (MyrmexRun *self)
{
  MyrmexRunPrivate *priv = myrmex_run_get_instance_private (self);

  return g_atomic_int_get (&priv->finished);
}
