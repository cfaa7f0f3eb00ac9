/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-workflow-private.h"

#include <glib/gi18n-lib.h>

#include "model/myrmex-retry-policy-private.h"

/**
 * MyrmexWorkflow:
 *
 * What to do: a named graph of tasks, with its limits.
 *
 * It is built by one thread at a time, and can be run any number of times, also at once and from several
 * threads. While it runs it can not be changed; what is set wrongly, or at the wrong time, is kept and told
 * by [method@Myrmex.Workflow.validate], which each run begins with.
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (MyrmexWorkflow, myrmex_workflow, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_DESCRIPTION,
  PROP_FAIL_FAST,
  PROP_TIMEOUT,
  PROP_MAX_PARALLEL,
  PROP_DIRECTORY,
  PROP_ENV,
  PROP_PARAMETERS,
  N_PROPS
};

enum
{
  PROGRESS,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
myrmex_workflow_finalize (GObject *object)
{
  MyrmexWorkflow *self = MYRMEX_WORKFLOW (object);

  for (guint i = 0; i < self->n_tasks; i++)
    {
      myrmex_task_detach (self->tasks[i]);
    }
  g_free (self->tasks);
  myrmex_name_table_clear (&self->names);
  myrmex_task_store_unref (self->store);

  g_free (self->name);
  g_free (self->description);
  g_free (self->directory);
  g_clear_pointer (&self->env, g_variant_unref);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->rejected, g_ptr_array_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (myrmex_workflow_parent_class)->finalize (object);
}

static void
myrmex_workflow_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  MyrmexWorkflow *self = MYRMEX_WORKFLOW (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, self->description);
      break;
    case PROP_FAIL_FAST:
      g_value_set_boolean (value, self->fail_fast);
      break;
    case PROP_TIMEOUT:
      g_value_set_double (value, self->timeout);
      break;
    case PROP_MAX_PARALLEL:
      g_value_set_uint (value, self->max_parallel);
      break;
    case PROP_DIRECTORY:
      g_value_set_string (value, self->directory);
      break;
    case PROP_ENV:
      g_value_set_variant (value, self->env);
      break;
    case PROP_PARAMETERS:
      g_value_set_variant (value, self->parameters);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_name (MyrmexWorkflow *self,
          const char     *name)
{
  GError *error = NULL;

  self->name = g_strdup (name != NULL ? name : "workflow");
  if (!myrmex_name_check (N_("workflow"), self->name, &error))
    myrmex_workflow_add_problem (self, error);
}

static void
myrmex_workflow_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  MyrmexWorkflow *self = MYRMEX_WORKFLOW (object);

  switch (prop_id)
    {
    case PROP_NAME:
      set_name (self, g_value_get_string (value));
      break;
    case PROP_DESCRIPTION:
      myrmex_workflow_set_description (self, g_value_get_string (value));
      break;
    case PROP_FAIL_FAST:
      myrmex_workflow_set_fail_fast (self, g_value_get_boolean (value));
      break;
    case PROP_TIMEOUT:
      myrmex_workflow_set_timeout (self, g_value_get_double (value));
      break;
    case PROP_MAX_PARALLEL:
      myrmex_workflow_set_max_parallel (self, g_value_get_uint (value));
      break;
    case PROP_DIRECTORY:
      myrmex_workflow_set_directory (self, g_value_get_string (value));
      break;
    case PROP_ENV:
      myrmex_workflow_set_env (self, g_value_get_variant (value));
      break;
    case PROP_PARAMETERS:
      myrmex_workflow_set_parameters (self, g_value_get_variant (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * MyrmexWorkflow:name:
   *
   * The name, 1 to 128 bytes of `[A-Za-z0-9._-]`.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, "workflow",
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * MyrmexWorkflow:description:
   *
   * What the workflow is for, in a sentence.
   *
   * Since: 1.0
   */
  properties[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);

  /**
   * MyrmexWorkflow:fail-fast:
   *
   * Whether a run stops at the first task that failed for good.
   *
   * Since: 1.0
   */
  properties[PROP_FAIL_FAST] = g_param_spec_boolean ("fail-fast", NULL, NULL, TRUE, flags);

  /**
   * MyrmexWorkflow:timeout:
   *
   * How long a run may take, in seconds; 0 for no bound.
   *
   * Since: 1.0
   */
  properties[PROP_TIMEOUT] = g_param_spec_double ("timeout", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);

  /**
   * MyrmexWorkflow:max-parallel:
   *
   * How many tasks of a run may run at once; 0 leaves it to the runner.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PARALLEL] = g_param_spec_uint ("max-parallel", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MyrmexWorkflow:directory:
   *
   * The folder that relative paths of commands start from, or %NULL for the process's own.
   *
   * Since: 1.0
   */
  properties[PROP_DIRECTORY] = g_param_spec_string ("directory", NULL, NULL, NULL, flags);

  /**
   * MyrmexWorkflow:env:
   *
   * Environment variables for all commands, a dictionary of type `a{sv}` of strings and templates.
   *
   * Since: 1.0
   */
  properties[PROP_ENV] = g_param_spec_variant ("env", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  /**
   * MyrmexWorkflow:parameters:
   *
   * What a run can be given: a dictionary of type `a{sv}`, by name, of dictionaries with the keys `type`
   * (`string`, `number`, `integer`, `boolean`, `array` or `object`), `default` and `description`. A parameter
   * without a default must be given.
   *
   * Since: 1.0
   */
  properties[PROP_PARAMETERS] =
    g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_workflow_class_init (MyrmexWorkflowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = myrmex_workflow_finalize;
  object_class->get_property = myrmex_workflow_get_property;
  object_class->set_property = myrmex_workflow_set_property;

  install_properties (object_class);

  /**
   * MyrmexWorkflow::progress:
   * @self: the workflow
   * @task_name: the name of a task, or `workflow` for the run itself
   * @status: the status, such as `running` or `completed`
   * @details: a dictionary of type `a{sv}` with what there is to know
   *
   * Tells what happens in any run of this workflow, on the main context of that run. See
   * [signal@Myrmex.Run::progress] for the details.
   *
   * Since: 1.0
   */
  signals[PROGRESS] =
    g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                  G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_VARIANT);
}

static void
myrmex_workflow_init (MyrmexWorkflow *self)
{
  self->fail_fast = TRUE;
  self->is_plain = TRUE;
  self->store = myrmex_task_store_new ();
  myrmex_name_table_init (&self->names);
  g_mutex_init (&self->lock);
}

/**
 * myrmex_workflow_new:
 * @name: (nullable): the name, 1 to 128 bytes of `[A-Za-z0-9._-]`, or %NULL for `workflow`
 *
 * Makes an empty workflow.
 *
 * Returns: (transfer full): a new workflow
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_new (const char *name)
{
  return g_object_new (MYRMEX_TYPE_WORKFLOW, "name", name, NULL);
}

/**
 * myrmex_workflow_is_busy:
 * @self: a workflow
 *
 * Tells whether a run of the workflow is under way, so that it can not be changed.
 *
 * Returns: whether there is a run
 *
 * Since: 1.0
 */
gboolean
myrmex_workflow_is_busy (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), FALSE);

  return g_atomic_int_get (&self->n_runs) > 0;
}

gboolean
myrmex_workflow_has_listeners (MyrmexWorkflow *self)
{
  return g_signal_has_handler_pending (self, signals[PROGRESS], 0, FALSE);
}

void
myrmex_workflow_emit_progress (MyrmexWorkflow *self,
                               const char     *task_name,
                               const char     *status,
                               GVariant       *details)
{
  g_signal_emit (self, signals[PROGRESS], 0, task_name, status, details);
}

/**
 * myrmex_workflow_get_name: (get-property name)
 * @self: a workflow
 *
 * Gets the name.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_workflow_get_name (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return self->name;
}

/**
 * myrmex_workflow_get_description: (get-property description)
 * @self: a workflow
 *
 * Gets what the workflow is for.
 *
 * Returns: (transfer none) (nullable): a sentence
 *
 * Since: 1.0
 */
const char *
myrmex_workflow_get_description (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return self->description;
}

static void
set_string (MyrmexWorkflow  *self,
            char           **field,
            const char      *value,
            guint            prop_id)
{
  if (g_strcmp0 (*field, value) == 0 ||
      !myrmex_workflow_may_change (self, NULL, properties[prop_id]->name))
    return;

  g_free (*field);
  *field = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/**
 * myrmex_workflow_set_description: (set-property description)
 * @self: a workflow
 * @description: (nullable): a sentence
 *
 * Sets what the workflow is for.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_description (MyrmexWorkflow *self,
                                 const char     *description)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));

  set_string (self, &self->description, description, PROP_DESCRIPTION);
}

/**
 * myrmex_workflow_get_directory: (get-property directory)
 * @self: a workflow
 *
 * Gets the folder that relative paths of commands start from.
 *
 * Returns: (transfer none) (nullable) (type filename): the folder, or %NULL for the process's own
 *
 * Since: 1.0
 */
const char *
myrmex_workflow_get_directory (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return self->directory;
}

/**
 * myrmex_workflow_set_directory: (set-property directory)
 * @self: a workflow
 * @directory: (nullable) (type filename): a folder
 *
 * Sets the folder that relative paths of commands start from.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_directory (MyrmexWorkflow *self,
                               const char     *directory)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));

  set_string (self, &self->directory, directory, PROP_DIRECTORY);
}

/**
 * myrmex_workflow_get_fail_fast: (get-property fail-fast)
 * @self: a workflow
 *
 * Tells whether a run stops at the first task that failed for good.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
gboolean
myrmex_workflow_get_fail_fast (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), TRUE);

  return self->fail_fast;
}

/**
 * myrmex_workflow_set_fail_fast: (set-property fail-fast)
 * @self: a workflow
 * @fail_fast: whether to stop at the first failure
 *
 * Sets whether a run stops at the first task that failed for good. Otherwise everything that does not depend
 * on the failure goes on.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_fail_fast (MyrmexWorkflow *self,
                               gboolean        fail_fast)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));

  if (self->fail_fast == !!fail_fast || !myrmex_workflow_may_change (self, NULL, "fail-fast"))
    return;

  self->fail_fast = !!fail_fast;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FAIL_FAST]);
}

/**
 * myrmex_workflow_get_timeout: (get-property timeout)
 * @self: a workflow
 *
 * Gets how long a run may take.
 *
 * Returns: seconds, or 0 for no bound
 *
 * Since: 1.0
 */
double
myrmex_workflow_get_timeout (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), 0);

  return self->timeout;
}

/**
 * myrmex_workflow_set_timeout: (set-property timeout)
 * @self: a workflow
 * @seconds: how long a run may take, or 0 for no bound
 *
 * Sets how long a run may take. When the time is up, what runs is interrupted and the run has failed.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_timeout (MyrmexWorkflow *self,
                             double          seconds)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));

  if (self->timeout == seconds || !myrmex_workflow_may_change (self, NULL, "timeout"))
    return;

  if (!(seconds >= 0 && seconds <= MYRMEX_MAX_SECONDS))
    {
      char found[G_ASCII_DTOSTR_BUF_SIZE];

      myrmex_workflow_add_problem (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                                      _("The timeout of a workflow must be from 0 to %d seconds, not %s"),
                                                      (int) MYRMEX_MAX_SECONDS,
                                                      g_ascii_formatd (found, sizeof found, "%.15g", seconds)));
      return;
    }

  self->timeout = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIMEOUT]);
}

/**
 * myrmex_workflow_get_max_parallel: (get-property max-parallel)
 * @self: a workflow
 *
 * Gets how many tasks of a run may run at once.
 *
 * Returns: the number, or 0 to leave it to the runner
 *
 * Since: 1.0
 */
guint
myrmex_workflow_get_max_parallel (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), 0);

  return self->max_parallel;
}

/**
 * myrmex_workflow_set_max_parallel: (set-property max-parallel)
 * @self: a workflow
 * @max_parallel: how many tasks of a run may run at once, or 0 to leave it to the runner
 *
 * Sets how many tasks of a run may run at once.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_max_parallel (MyrmexWorkflow *self,
                                  guint           max_parallel)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));

  if (self->max_parallel == max_parallel || !myrmex_workflow_may_change (self, NULL, "max-parallel"))
    return;

  self->max_parallel = max_parallel;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_PARALLEL]);
}

static void
set_dictionary (MyrmexWorkflow  *self,
                GVariant       **field,
                GVariant        *value,
                guint            prop_id)
{
  g_autoptr (GVariant) owned = value != NULL ? g_variant_ref_sink (value) : NULL;

  if (*field == owned || !myrmex_workflow_may_change (self, NULL, properties[prop_id]->name))
    return;

  g_clear_pointer (field, g_variant_unref);
  *field = g_steal_pointer (&owned);
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/**
 * myrmex_workflow_get_env: (get-property env)
 * @self: a workflow
 *
 * Gets the environment variables for all commands.
 *
 * Returns: (transfer none) (nullable): a dictionary of type `a{sv}`, or %NULL for none
 *
 * Since: 1.0
 */
GVariant *
myrmex_workflow_get_env (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return self->env;
}

/**
 * myrmex_workflow_set_env: (set-property env)
 * @self: a workflow
 * @env: (nullable): a dictionary of type `a{sv}` of strings; a floating reference is taken over
 *
 * Sets environment variables for all commands.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_env (MyrmexWorkflow *self,
                         GVariant       *env)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (env == NULL || g_variant_is_of_type (env, G_VARIANT_TYPE_VARDICT));

  set_dictionary (self, &self->env, env, PROP_ENV);
}

/**
 * myrmex_workflow_get_parameters: (get-property parameters)
 * @self: a workflow
 *
 * Gets what a run can be given.
 *
 * Returns: (transfer none) (nullable): see [property@Myrmex.Workflow:parameters]
 *
 * Since: 1.0
 */
GVariant *
myrmex_workflow_get_parameters (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return self->parameters;
}

/**
 * myrmex_workflow_set_parameters: (set-property parameters)
 * @self: a workflow
 * @parameters: (nullable): see [property@Myrmex.Workflow:parameters]; a floating reference is taken over
 *
 * Sets what a run can be given.
 *
 * Since: 1.0
 */
void
myrmex_workflow_set_parameters (MyrmexWorkflow *self,
                                GVariant       *parameters)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (parameters == NULL || g_variant_is_of_type (parameters, G_VARIANT_TYPE_VARDICT));

  set_dictionary (self, &self->parameters, parameters, PROP_PARAMETERS);
}
