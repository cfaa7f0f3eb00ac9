/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-task-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/myrmex-retry-policy.h"
#include "model/myrmex-workflow-private.h"

/**
 * MyrmexTask:
 *
 * One node of a workflow: a name, one action, the tasks it depends on, and when and how often it is tried.
 *
 * A task belongs to the workflow that it was added to; another reference may outlive that. It can not be
 * changed while its workflow runs. What is set wrongly - a name that may not be, a time below zero - is kept
 * and told by [method@Myrmex.Workflow.validate], which every run begins with, so that building a workflow
 * needs no error handling of its own.
 *
 * A workflow and its tasks are built by one thread at a time.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MyrmexTask, myrmex_task, myrmex_task_ref, myrmex_task_unref)

void
myrmex_task_closure_clear (MyrmexTaskClosure *closure)
{
  gpointer data = g_steal_pointer (&closure->data);
  GDestroyNotify destroy = closure->destroy;

  closure->func = NULL;
  closure->destroy = NULL;
  if (destroy != NULL)
    destroy (data);
}

void
myrmex_task_closure_set (MyrmexTaskClosure *closure,
                         gpointer           func,
                         gpointer           data,
                         GDestroyNotify     destroy)
{
  myrmex_task_closure_clear (closure);
  closure->func = func;
  closure->data = data;
  closure->destroy = destroy;
}

static void
extras_free (MyrmexTaskExtras *extras)
{
  g_clear_pointer (&extras->retry_policy, myrmex_retry_policy_unref);
  g_free (extras->condition);
  g_free (extras->transform);
  g_free (extras->description);
  myrmex_task_closure_clear (&extras->condition_func);
  myrmex_task_closure_clear (&extras->transform_func);
  g_strfreev (extras->tags);
  g_clear_pointer (&extras->metadata, g_variant_unref);
  g_clear_pointer (&extras->dependency_names, g_ptr_array_unref);
  g_clear_pointer (&extras->problems, g_ptr_array_unref);
  g_free (extras);
}

MyrmexTaskExtras *
myrmex_task_ensure_extras (MyrmexTask *self)
{
  if (self->extras == NULL)
    self->extras = g_new0 (MyrmexTaskExtras, 1);
  if (self->workflow != NULL)
    self->workflow->is_plain = FALSE;
  return self->extras;
}

gboolean
myrmex_task_may_change (MyrmexTask *self,
                        const char *what)
{
  return self->workflow == NULL || myrmex_workflow_may_change (self->workflow, self->name, what);
}

/* Takes @problem. */
void
myrmex_task_add_problem (MyrmexTask *self,
                         GError     *problem)
{
  MyrmexTaskExtras *extras = myrmex_task_ensure_extras (self);

  if (extras->problems == NULL)
    extras->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  g_ptr_array_add (extras->problems, problem);
}

static MyrmexTask *
task_init (MyrmexTask *self,
           const char *name)
{
  g_atomic_ref_count_init (&self->ref_count);
  self->name = name;
  return self;
}

/* @name lives in the store, or as long as it. */
MyrmexTask *
myrmex_task_new_in_store (MyrmexTaskStore *store,
                          const char      *name)
{
  MyrmexTask *self = myrmex_task_store_alloc (store, sizeof *self);

  self->store = store;
  return task_init (self, name);
}

void
myrmex_task_set_closure (MyrmexTask     *self,
                         MyrmexTaskKind  kind,
                         gpointer        func,
                         gpointer        data,
                         GDestroyNotify  destroy)
{
  self->kind = kind;
  self->affinity = kind == MYRMEX_TASK_KIND_ASYNC ? MYRMEX_AFFINITY_MAIN : MYRMEX_AFFINITY_WORKER;
  myrmex_task_closure_set (&self->closure, func, data, destroy);
}

static MyrmexTask *
task_new (const char *name)
{
  MyrmexTask *self = task_init (g_new0 (MyrmexTask, 1), g_strdup (name));
  GError *error = NULL;

  if (!myrmex_name_check (N_("task"), name, &error))
    myrmex_task_add_problem (self, error);
  return self;
}

/**
 * myrmex_task_new:
 * @name: the name, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @action: (nullable): how the work is done, or %NULL for a task that does nothing
 *
 * Makes a task that belongs to no workflow yet.
 *
 * Returns: (transfer full): a new task
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_task_new (const char   *name,
                 MyrmexAction *action)
{
  MyrmexTask *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (action == NULL || MYRMEX_IS_ACTION (action), NULL);

  self = task_new (name);
  if (action != NULL)
    {
      self->kind = MYRMEX_TASK_KIND_ACTION;
      self->action = g_object_ref (action);
    }
  return self;
}

/**
 * myrmex_task_new_function:
 * @name: the name, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @func: (scope notified) (closure user_data) (destroy destroy): does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Makes a task whose work a function does, in a worker thread unless
 * [method@Myrmex.Task.set_affinity] says otherwise.
 *
 * Returns: (transfer full): a new task
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_task_new_function (const char     *name,
                          MyrmexTaskFunc  func,
                          gpointer        user_data,
                          GDestroyNotify  destroy)
{
  MyrmexTask *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = task_new (name);
  myrmex_task_set_closure (self, MYRMEX_TASK_KIND_FUNCTION, (gpointer) func, user_data, destroy);
  return self;
}

/**
 * myrmex_task_new_async:
 * @name: the name, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @func: (scope notified) (closure user_data) (destroy destroy): begins the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Makes a task whose work a function begins and something else ends, on the main context of the run unless
 * [method@Myrmex.Task.set_affinity] says otherwise.
 *
 * Returns: (transfer full): a new task
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_task_new_async (const char          *name,
                       MyrmexTaskAsyncFunc  func,
                       gpointer             user_data,
                       GDestroyNotify       destroy)
{
  MyrmexTask *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  self = task_new (name);
  myrmex_task_set_closure (self, MYRMEX_TASK_KIND_ASYNC, (gpointer) func, user_data, destroy);
  return self;
}

/**
 * myrmex_task_ref:
 * @self: a task
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_task_ref (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* What the task holds; and itself, where it lives on the heap. */
static void
task_clear (MyrmexTask *self)
{
  if (self->kind == MYRMEX_TASK_KIND_ACTION)
    g_clear_object (&self->action);
  else if (self->closure.destroy != NULL)
    myrmex_task_closure_clear (&self->closure);
  if (self->extras != NULL)
    g_clear_pointer (&self->extras, extras_free);
  if (self->n_dependencies > MYRMEX_TASK_INLINE_DEPENDENCIES)
    g_free (self->dependencies.many);

  if (self->store == NULL)
    {
      g_free ((char *) self->name);
      g_free (self);
    }
  else if (self->holds_store)
    {
      myrmex_task_store_unref (self->store);
    }
}

/**
 * myrmex_task_unref:
 * @self: (transfer full): a task
 *
 * Drops a reference. May be called from any thread.
 *
 * Since: 1.0
 */
void
myrmex_task_unref (MyrmexTask *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  task_clear (self);
}

/**
 * myrmex_task_get_name:
 * @self: a task
 *
 * Gets the name.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_task_get_name (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

/**
 * myrmex_task_get_action_type:
 * @self: a task
 *
 * Gets the name of the type of the task's action: `command`, `shell`, `function`, `async`, `noop`, or one that
 * was registered.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_task_get_action_type (MyrmexTask *self)
{
  static const char * const kinds[] = { "noop", "function", "async", "action" };
  const char *name = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->kind == MYRMEX_TASK_KIND_ACTION)
    name = myrmex_action_get_type_name (self->action);
  return name != NULL ? name : kinds[self->kind];
}

/**
 * myrmex_task_get_action:
 * @self: a task
 *
 * Gets the action.
 *
 * Returns: (transfer none) (nullable): the action, or %NULL where the work is done by a function or there is
 *   none to do
 *
 * Since: 1.0
 */
MyrmexAction *
myrmex_task_get_action (MyrmexTask *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->kind == MYRMEX_TASK_KIND_ACTION ? self->action : NULL;
}

static void
append_atom (MyrmexTask *self,
             guint32     atom)
{
  const guint32 *atoms = myrmex_task_get_atoms (self);
  guint32 n = self->n_dependencies;

  /* Twice the same is once; long lists are checked when the plan is made. */
  for (guint32 i = 0; i < MIN (n, 16); i++)
    {
      if (atoms[i] == atom)
        return;
    }

  if (n < MYRMEX_TASK_INLINE_DEPENDENCIES)
    {
      self->dependencies.few[n] = atom;
    }
  else
    {
      if (n == MYRMEX_TASK_INLINE_DEPENDENCIES)
        {
          guint32 *many = g_new (guint32, 8);

          memcpy (many, self->dependencies.few, sizeof self->dependencies.few);
          self->dependencies.many = many;
        }
      else if (n >= 8 && (n & (n - 1)) == 0)
        {
          self->dependencies.many = g_renew (guint32, self->dependencies.many, n * 2);
        }
      self->dependencies.many[n] = atom;
    }

  self->n_dependencies = n + 1;
}

static void
add_dependency (MyrmexTask *self,
                const char *name)
{
  if (self->workflow != NULL)
    {
      append_atom (self, myrmex_workflow_intern (self->workflow, name));
    }
  else
    {
      MyrmexTaskExtras *extras = myrmex_task_ensure_extras (self);

      if (extras->dependency_names == NULL)
        extras->dependency_names = g_ptr_array_new_with_free_func (g_free);
      if (!g_ptr_array_find_with_equal_func (extras->dependency_names, name, g_str_equal, NULL))
        g_ptr_array_add (extras->dependency_names, g_strdup (name));
    }
}

/**
 * myrmex_task_add_dependency:
 * @self: a task
 * @name: the name of a task of the same workflow, which may be added later
 *
 * Makes the task wait for another one. Naming the same task twice is naming it once.
 *
 * Since: 1.0
 */
void
myrmex_task_add_dependency (MyrmexTask *self,
                            const char *name)
{
  GError *error = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (name != NULL);

  if (!myrmex_task_may_change (self, "dependencies"))
    return;
  if (!myrmex_name_check (N_("dependency"), name, &error))
    myrmex_task_add_problem (self, error);
  else
    add_dependency (self, name);
}

static void
clear_dependencies (MyrmexTask *self)
{
  if (self->n_dependencies > MYRMEX_TASK_INLINE_DEPENDENCIES)
    g_free (self->dependencies.many);
  self->n_dependencies = 0;
  if (self->extras != NULL)
    g_clear_pointer (&self->extras->dependency_names, g_ptr_array_unref);
}

/**
 * myrmex_task_set_dependencies:
 * @self: a task
 * @names: (array zero-terminated=1) (nullable): names of tasks of the same workflow
 *
 * Sets which tasks the task waits for, in place of those it had.
 *
 * Since: 1.0
 */
void
myrmex_task_set_dependencies (MyrmexTask         *self,
                              const char * const *names)
{
  g_return_if_fail (self != NULL);

  if (!myrmex_task_may_change (self, "dependencies"))
    return;

  clear_dependencies (self);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    myrmex_task_add_dependency (self, names[i]);
}

/**
 * myrmex_task_dup_dependencies:
 * @self: a task
 *
 * Gets the names of the tasks that the task waits for.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, in the order they were given
 *
 * Since: 1.0
 */
char **
myrmex_task_dup_dependencies (MyrmexTask *self)
{
  g_autoptr (GStrvBuilder) names = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  names = g_strv_builder_new ();
  if (self->workflow != NULL)
    {
      const MyrmexNameTable *table = myrmex_workflow_get_names (self->workflow);
      const guint32 *atoms = myrmex_task_get_atoms (self);

      for (guint32 i = 0; i < self->n_dependencies; i++)
        g_strv_builder_add (names, table->atoms[atoms[i]].name);
    }
  else if (self->extras != NULL && self->extras->dependency_names != NULL)
    {
      GPtrArray *own = self->extras->dependency_names;

      for (guint i = 0; i < own->len; i++)
        g_strv_builder_add (names, own->pdata[i]);
    }

  return g_strv_builder_end (names);
}

/* The task joins a workflow: its dependencies become atoms. */
void
myrmex_task_attach (MyrmexTask     *self,
                    MyrmexWorkflow *workflow)
{
  self->workflow = workflow;
  if (self->extras != NULL && self->extras->dependency_names != NULL)
    {
      g_autoptr (GPtrArray) names = g_steal_pointer (&self->extras->dependency_names);

      for (guint i = 0; i < names->len; i++)
        append_atom (self, myrmex_workflow_intern (workflow, names->pdata[i]));
    }
}

/* The workflow goes, and with it its reference. A task that somebody still holds keeps its dependencies as names, and
 * the store that it lives in; until then the workflow held that for all. */
void
myrmex_task_detach (MyrmexTask *self)
{
  if (g_atomic_ref_count_compare (&self->ref_count, 1))
    {
      task_clear (self);
      return;
    }

  if (self->n_dependencies > 0)
    {
      g_auto (GStrv) names = myrmex_task_dup_dependencies (self);

      self->workflow = NULL;
      clear_dependencies (self);
      for (guint i = 0; names[i] != NULL; i++)
        add_dependency (self, names[i]);
    }
  self->workflow = NULL;
  if (self->store != NULL && !self->holds_store)
    {
      myrmex_task_store_ref (self->store);
      self->holds_store = TRUE;
    }
  myrmex_task_unref (self);
}
