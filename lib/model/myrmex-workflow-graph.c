/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The tasks of a workflow, their names, and what was said wrongly while they were put together. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "base/myrmex-show-private.h"
#include "model/myrmex-workflow-private.h"

/* What a name may be made of. */
static const guint8 name_bytes[256] = {
  ['-'] = 1, ['.'] = 1, ['_'] = 1,
  ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
  ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
  ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1,
  ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,
  ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,
  ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
  ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

/* Names are words that survive a file name, a bus path's table and a shell line: [A-Za-z0-9._-]. @what is a message id
 * for translation, since asking for the translation would cost more than all the rest of adding a task. */
gboolean
myrmex_name_check (const char  *what,
                   const char  *name,
                   GError     **error)
{
  gsize length = 0;
  g_autofree char *shown = NULL;

  while (length <= MYRMEX_MAX_NAME_BYTES && name_bytes[(guint8) name[length]])
    length++;
  if (length > 0 && length <= MYRMEX_MAX_NAME_BYTES && name[length] == '\0')
    return TRUE;

  what = _(what);
  if (name[0] == '\0')
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("The name of a %s is empty; it must be 1 to %d characters of A-Z a-z 0-9 . _ -"),
                   what, MYRMEX_MAX_NAME_BYTES);
      return FALSE;
    }

  shown = myrmex_show (name, strlen (name));
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("“%s” can not be the name of a %s; it must be 1 to %d characters of A-Z a-z 0-9 . _ -"),
               shown, what, MYRMEX_MAX_NAME_BYTES);
  return FALSE;
}

/* Takes @problem. May be called from any thread. */
void
myrmex_workflow_add_problem (MyrmexWorkflow *self,
                             GError         *problem)
{
  g_mutex_lock (&self->lock);
  if (self->problems == NULL)
    self->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  g_ptr_array_add (self->problems, problem);
  g_mutex_unlock (&self->lock);
}

/* Everything that was set wrongly, in the workflow and then in its tasks. */
GPtrArray *
myrmex_workflow_dup_problems (MyrmexWorkflow *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);

  g_mutex_lock (&self->lock);
  for (guint i = 0; self->problems != NULL && i < self->problems->len; i++)
    g_ptr_array_add (all, g_error_copy (self->problems->pdata[i]));
  g_mutex_unlock (&self->lock);

  for (guint i = 0; !self->is_plain && i < self->n_tasks; i++)
    {
      MyrmexTaskExtras *extras = self->tasks[i]->extras;

      if (extras == NULL || extras->problems == NULL)
        continue;
      for (guint j = 0; j < extras->problems->len; j++)
        g_ptr_array_add (all, g_error_copy (extras->problems->pdata[j]));
    }

  return all;
}

gboolean
myrmex_workflow_may_change (MyrmexWorkflow *self,
                            const char     *task,
                            const char     *what)
{
  if (!myrmex_workflow_is_busy (self))
    return TRUE;

  if (task != NULL)
    myrmex_workflow_add_problem (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                                                    _("“%s” of task “%s” was changed while the workflow ran; change it before or after"),
                                                    what, task));
  else
    myrmex_workflow_add_problem (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                                                    _("“%s” was changed while the workflow ran; change it before or after"),
                                                    what));
  return FALSE;
}

void
myrmex_workflow_freeze (MyrmexWorkflow *self)
{
  g_atomic_int_inc (&self->n_runs);
}

void
myrmex_workflow_thaw (MyrmexWorkflow *self)
{
  g_atomic_int_add (&self->n_runs, -1);
}


guint32
myrmex_workflow_intern (MyrmexWorkflow *self,
                        const char     *name)
{
  return myrmex_name_table_intern (&self->names, name, myrmex_task_store_strdup, self->store);
}

const MyrmexNameTable *
myrmex_workflow_get_names (MyrmexWorkflow *self)
{
  return &self->names;
}

MyrmexTask * const *
myrmex_workflow_get_tasks (MyrmexWorkflow *self,
                           guint          *n_tasks)
{
  *n_tasks = self->n_tasks;
  return self->tasks;
}

guint32
myrmex_workflow_get_task_index (MyrmexWorkflow *self,
                                const char     *name)
{
  guint32 atom = myrmex_name_table_lookup (&self->names, name);

  return atom == MYRMEX_NO_INDEX ? MYRMEX_NO_INDEX : self->names.atoms[atom].task;
}

/* Takes the reference to @task, whose name is @atom. */
static void
append_task (MyrmexWorkflow *self,
             MyrmexTask     *task,
             guint32         atom)
{
  if (self->n_tasks == self->n_allocated)
    {
      self->n_allocated = MAX (8, self->n_allocated * 2);
      self->tasks = g_renew (MyrmexTask *, self->tasks, self->n_allocated);
    }

  self->names.atoms[atom].task = self->n_tasks;
  self->tasks[self->n_tasks++] = task;
  myrmex_task_attach (task, self);
}

/* Finds out whether a task of this name may be added, and the atom of the name. */
static gboolean
take_new_name (MyrmexWorkflow  *self,
               const char      *name,
               guint32         *atom,
               GError         **error)
{
  if (myrmex_workflow_is_busy (self))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                   _("Task “%s” was added while the workflow ran; add it before or after"), name);
      return FALSE;
    }
  if (!myrmex_name_check (N_("task"), name, error))
    return FALSE;

  *atom = myrmex_workflow_intern (self, name);
  if (self->names.atoms[*atom].task != MYRMEX_NO_INDEX)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                   _("There are two tasks with the name “%s”; each needs a name of its own"), name);
      return FALSE;
    }
  return TRUE;
}

/**
 * myrmex_workflow_can_add:
 * @self: a workflow
 * @name: a name
 * @error: return location for an error, or %NULL
 *
 * Tells whether a task of this name can be added now. [method@Myrmex.Workflow.add_function] and its like keep
 * what is wrong for [method@Myrmex.Workflow.validate]; languages that have exceptions ask here first.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where it may not be a name, %MYRMEX_ERROR_DUPLICATE where it is
 * taken, and %MYRMEX_ERROR_BUSY while the workflow runs.
 *
 * Returns: whether it can be added
 *
 * Since: 1.0
 */
gboolean
myrmex_workflow_can_add (MyrmexWorkflow  *self,
                         const char      *name,
                         GError         **error)
{
  guint32 atom;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  return take_new_name (self, name, &atom, error);
}

/**
 * myrmex_workflow_add_task:
 * @self: a workflow
 * @task: (transfer none): a task that belongs to no workflow
 * @error: return location for an error, or %NULL
 *
 * Adds a task. Fails with %MYRMEX_ERROR_DUPLICATE where the name is taken, %MYRMEX_ERROR_INVALID_ARGUMENT
 * where it may not be a name or the task belongs to a workflow, and %MYRMEX_ERROR_BUSY while the workflow
 * runs.
 *
 * Returns: whether the task was added
 *
 * Since: 1.0
 */
gboolean
myrmex_workflow_add_task (MyrmexWorkflow  *self,
                          MyrmexTask      *task,
                          GError         **error)
{
  guint32 atom;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), FALSE);
  g_return_val_if_fail (task != NULL, FALSE);

  if (task->workflow != NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Task “%s” belongs to workflow “%s” already; make another task"),
                   task->name, task->workflow->name);
      return FALSE;
    }
  if (!take_new_name (self, task->name, &atom, error))
    return FALSE;

  self->is_plain = FALSE;
  append_task (self, myrmex_task_ref (task), atom);
  return TRUE;
}

/* The task is good to set up in any case; where it can not be added that is told when the workflow is
 * validated, and the task belongs to the caller's workflow in no other way than that its memory does. */
static MyrmexTask *
add_new_task (MyrmexWorkflow *self,
              const char     *name)
{
  GError *error = NULL;
  MyrmexTask *task;
  guint32 atom;

  if (take_new_name (self, name, &atom, &error))
    {
      task = myrmex_task_new_in_store (self->store, self->names.atoms[atom].name);
      append_task (self, task, atom);
      return task;
    }

  myrmex_workflow_add_problem (self, error);
  task = myrmex_task_new (name, NULL);
  g_mutex_lock (&self->lock);
  if (self->rejected == NULL)
    self->rejected = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_task_unref);
  g_ptr_array_add (self->rejected, task);
  g_mutex_unlock (&self->lock);
  return task;
}

/**
 * myrmex_workflow_add_action:
 * @self: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @action: (transfer none): how the work is done
 *
 * Adds a task. Where it can not be added, [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_action (MyrmexWorkflow *self,
                            const char     *name,
                            MyrmexAction   *action)
{
  MyrmexTask *task;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (MYRMEX_IS_ACTION (action), NULL);

  task = add_new_task (self, name);
  self->is_plain = FALSE;
  task->kind = MYRMEX_TASK_KIND_ACTION;
  task->action = g_object_ref (action);
  return task;
}

/**
 * myrmex_workflow_add_function:
 * @self: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @func: (scope notified) (closure user_data) (destroy destroy): does the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a task whose work a function does, in a worker thread unless [method@Myrmex.Task.set_affinity] says
 * otherwise. Where it can not be added, [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_function (MyrmexWorkflow *self,
                              const char     *name,
                              MyrmexTaskFunc  func,
                              gpointer        user_data,
                              GDestroyNotify  destroy)
{
  MyrmexTask *task;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  task = add_new_task (self, name);
  myrmex_task_set_closure (task, MYRMEX_TASK_KIND_FUNCTION, (gpointer) func, user_data, destroy);
  return task;
}

/**
 * myrmex_workflow_add_async:
 * @self: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @func: (scope notified) (closure user_data) (destroy destroy): begins the work
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Adds a task whose work a function begins and something else ends, on the main context of the run unless
 * [method@Myrmex.Task.set_affinity] says otherwise. Where it can not be added,
 * [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_async (MyrmexWorkflow      *self,
                           const char          *name,
                           MyrmexTaskAsyncFunc  func,
                           gpointer             user_data,
                           GDestroyNotify       destroy)
{
  MyrmexTask *task;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);

  task = add_new_task (self, name);
  self->is_plain = FALSE;
  myrmex_task_set_closure (task, MYRMEX_TASK_KIND_ASYNC, (gpointer) func, user_data, destroy);
  return task;
}

/**
 * myrmex_workflow_add_noop:
 * @self: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 *
 * Adds a task that does nothing, for others to depend on. Where it can not be added,
 * [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_noop (MyrmexWorkflow *self,
                          const char     *name)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return add_new_task (self, name);
}

/**
 * myrmex_workflow_get_n_tasks:
 * @self: a workflow
 *
 * Gets how many tasks there are.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_workflow_get_n_tasks (MyrmexWorkflow *self)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), 0);

  return self->n_tasks;
}

/**
 * myrmex_workflow_get_task:
 * @self: a workflow
 * @name: a name
 *
 * Gets the task of this name.
 *
 * Returns: (transfer none) (nullable): the task, or %NULL where there is none
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_get_task (MyrmexWorkflow *self,
                          const char     *name)
{
  guint32 index;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  index = myrmex_workflow_get_task_index (self, name);
  return index == MYRMEX_NO_INDEX ? NULL : self->tasks[index];
}

/**
 * myrmex_workflow_get_nth_task:
 * @self: a workflow
 * @index: a position, from 0, in the order in which the tasks were added
 *
 * Gets a task by its position.
 *
 * Returns: (transfer none) (nullable): the task, or %NULL beyond the last
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_get_nth_task (MyrmexWorkflow *self,
                              guint           index)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);

  return index < self->n_tasks ? self->tasks[index] : NULL;
}

/* A task that a helper was told of, or NULL with the problem recorded. */
static MyrmexTask *
need_task (MyrmexWorkflow *self,
           const char     *name)
{
  MyrmexTask *task = myrmex_workflow_get_task (self, name);

  if (task == NULL)
    myrmex_workflow_add_problem (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                                    _("There is no task “%s” to connect; add it first"), name));
  return task;
}

static void
connect_tasks (MyrmexWorkflow *self,
               const char     *before,
               const char     *after)
{
  MyrmexTask *task = need_task (self, after);

  if (need_task (self, before) != NULL && task != NULL)
    myrmex_task_add_dependency (task, before);
}

/**
 * myrmex_workflow_chain:
 * @self: a workflow
 * @names: (array zero-terminated=1): names of tasks of the workflow
 *
 * Makes each of the tasks depend on the one before it.
 *
 * Since: 1.0
 */
void
myrmex_workflow_chain (MyrmexWorkflow     *self,
                       const char * const *names)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (names != NULL);

  for (guint i = 0; names[i] != NULL && names[i + 1] != NULL; i++)
    connect_tasks (self, names[i], names[i + 1]);
}

/**
 * myrmex_workflow_parallel:
 * @self: a workflow
 * @names: (array zero-terminated=1): names of tasks of the workflow
 * @after: (nullable): the name of the task that all of them depend on
 *
 * Makes the tasks run side by side, as soon as @after completed.
 *
 * Since: 1.0
 */
void
myrmex_workflow_parallel (MyrmexWorkflow     *self,
                          const char * const *names,
                          const char         *after)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (names != NULL);

  for (guint i = 0; after != NULL && names[i] != NULL; i++)
    connect_tasks (self, after, names[i]);
}

/**
 * myrmex_workflow_fan_out_fan_in:
 * @self: a workflow
 * @first: the name of the task that all of @names depend on
 * @names: (array zero-terminated=1): names of tasks of the workflow
 * @last: the name of the task that depends on all of @names
 *
 * Makes the tasks run side by side between two others.
 *
 * Since: 1.0
 */
void
myrmex_workflow_fan_out_fan_in (MyrmexWorkflow     *self,
                                const char         *first,
                                const char * const *names,
                                const char         *last)
{
  g_return_if_fail (MYRMEX_IS_WORKFLOW (self));
  g_return_if_fail (first != NULL);
  g_return_if_fail (names != NULL);
  g_return_if_fail (last != NULL);

  myrmex_workflow_parallel (self, names, first);
  for (guint i = 0; names[i] != NULL; i++)
    connect_tasks (self, names[i], last);
}
