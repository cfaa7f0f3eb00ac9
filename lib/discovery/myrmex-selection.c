/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A part of a workflow, as a workflow. */

#include "discovery/myrmex-selection.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"
#include "model/myrmex-workflow-private.h"

typedef enum
{
  TASK_CHOSEN = 1 << 0,
  TASK_SKIPPED = 1 << 1,
} TaskMark;

typedef struct
{
  MyrmexWorkflow *workflow;
  guint8         *marks;     /* of TaskMark, by the index of the task */
} Selection;

static gboolean
has_tag (MyrmexTask *task,
         const char *tag)
{
  const char * const *tags = myrmex_task_get_tags (task);

  return tags != NULL && g_strv_contains (tags, tag);
}

static void
set_no_task (Selection   *self,
             const char  *pattern,
             GError     **error)
{
  g_autofree char *shown = myrmex_show (pattern, strlen (pattern));
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, pattern);
  for (guint i = 0; i < self->workflow->n_tasks; i++)
    myrmex_nearest_offer (&nearest, myrmex_task_get_name (self->workflow->tasks[i]));

  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 _("No task of “%s” matches “%s”; did you mean “%s”?"),
                 myrmex_workflow_get_name (self->workflow), shown, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("No task of “%s” matches “%s”"),
                 myrmex_workflow_get_name (self->workflow), shown);
}

static void
set_no_tag (Selection   *self,
            const char  *tag,
            GError     **error)
{
  g_autofree char *shown = myrmex_show (tag, strlen (tag));
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, tag);
  for (guint i = 0; i < self->workflow->n_tasks; i++)
    {
      const char * const *tags = myrmex_task_get_tags (self->workflow->tasks[i]);

      for (gsize k = 0; tags != NULL && tags[k] != NULL; k++)
        myrmex_nearest_offer (&nearest, tags[k]);
    }

  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 _("No task of “%s” has the tag “%s”; did you mean “%s”?"),
                 myrmex_workflow_get_name (self->workflow), shown, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("No task of “%s” has the tag “%s”"),
                 myrmex_workflow_get_name (self->workflow), shown);
}

/* Marks the tasks that match one of the patterns, each of which must match one. */
static gboolean
mark_matching (Selection           *self,
               const char * const  *patterns,
               TaskMark             mark,
               guint8              *marks,
               GError             **error)
{
  for (gsize k = 0; patterns[k] != NULL; k++)
    {
      g_autoptr (GPatternSpec) pattern = g_pattern_spec_new (patterns[k]);
      gboolean found = FALSE;

      for (guint i = 0; i < self->workflow->n_tasks; i++)
        {
          if (!g_pattern_spec_match_string (pattern, myrmex_task_get_name (self->workflow->tasks[i])))
            continue;
          marks[i] |= mark;
          found = TRUE;
        }
      if (!found)
        {
          set_no_task (self, patterns[k], error);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
mark_tagged (Selection           *self,
             const char * const  *tags,
             guint8              *marks,
             GError             **error)
{
  for (gsize k = 0; tags[k] != NULL; k++)
    {
      gboolean found = FALSE;

      for (guint i = 0; i < self->workflow->n_tasks; i++)
        {
          if (!has_tag (self->workflow->tasks[i], tags[k]))
            continue;
          marks[i] |= TASK_CHOSEN;
          found = TRUE;
        }
      if (!found)
        {
          set_no_tag (self, tags[k], error);
          return FALSE;
        }
    }
  return TRUE;
}

static void
add_dependencies (Selection *self,
                  guint32    task,
                  GArray    *open)
{
  const guint32 *atoms = myrmex_task_get_atoms (self->workflow->tasks[task]);

  for (guint32 i = 0; i < self->workflow->tasks[task]->n_dependencies; i++)
    {
      guint32 other = self->workflow->names.atoms[atoms[i]].task;

      if (other == MYRMEX_NO_INDEX || (self->marks[other] & TASK_CHOSEN) != 0)
        continue;
      self->marks[other] |= TASK_CHOSEN;
      g_array_append_val (open, other);
    }
}

/* Chooses what the chosen depend on, too; the list of what is still to be looked at takes the place of
 * recursion. */
static void
choose_dependencies (Selection *self)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 i = 0; i < self->workflow->n_tasks; i++)
    {
      if ((self->marks[i] & TASK_CHOSEN) != 0)
        g_array_append_val (open, i);
    }
  while (open->len > 0)
    {
      guint32 task = g_array_index (open, guint32, open->len - 1);

      g_array_set_size (open, open->len - 1);
      add_dependencies (self, task, open);
    }
}

/* Who is given several kinds of choice wants what they have in common. */
static gboolean
choose (Selection           *self,
        const char * const  *only,
        const char * const  *tags,
        GError             **error)
{
  guint n = self->workflow->n_tasks;
  g_autofree guint8 *tagged = g_new0 (guint8, MAX (n, 1));
  guint n_chosen = 0;

  if (only == NULL)
    memset (self->marks, TASK_CHOSEN, n);
  else if (!mark_matching (self, only, TASK_CHOSEN, self->marks, error))
    return FALSE;
  if (tags == NULL)
    memset (tagged, TASK_CHOSEN, n);
  else if (!mark_tagged (self, tags, tagged, error))
    return FALSE;

  for (guint i = 0; i < n; i++)
    {
      self->marks[i] &= tagged[i];
      n_chosen += self->marks[i] & TASK_CHOSEN;
    }
  if (n_chosen == 0 && (only != NULL || tags != NULL))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                   _("No task of “%s” has both a name and a tag of those that were chosen"),
                   myrmex_workflow_get_name (self->workflow));
      return FALSE;
    }
  choose_dependencies (self);
  return TRUE;
}

/* What a function is given belongs to the workflow that it was given to, which the part keeps. */
static MyrmexTask *
copy_work (MyrmexWorkflow *part,
           MyrmexTask     *task)
{
  switch ((MyrmexTaskKind) task->kind)
    {
    case MYRMEX_TASK_KIND_ACTION:
      return myrmex_workflow_add_action (part, task->name, task->action);
    case MYRMEX_TASK_KIND_FUNCTION:
      return myrmex_workflow_add_function (part, task->name, (MyrmexTaskFunc) task->closure.func, task->closure.data,
                                           NULL);
    case MYRMEX_TASK_KIND_ASYNC:
      return myrmex_workflow_add_async (part, task->name, (MyrmexTaskAsyncFunc) task->closure.func,
                                        task->closure.data, NULL);
    case MYRMEX_TASK_KIND_NOOP:
    default:
      return myrmex_workflow_add_noop (part, task->name);
    }
}

static void
copy_extras (MyrmexTask       *copy,
             MyrmexTaskExtras *extras)
{
  if (extras->condition_func.func != NULL)
    myrmex_task_set_condition_func (copy, (MyrmexConditionFunc) extras->condition_func.func,
                                    extras->condition_func.data, NULL);
  else if (extras->condition != NULL)
    myrmex_task_set_condition (copy, extras->condition);
  if (extras->transform_func.func != NULL)
    myrmex_task_set_transform_func (copy, (MyrmexTransformFunc) extras->transform_func.func,
                                    extras->transform_func.data, NULL);
  else if (extras->transform != NULL)
    myrmex_task_set_transform (copy, extras->transform);

  myrmex_task_set_timeout (copy, extras->timeout);
  if (extras->retry_policy != NULL)
    myrmex_task_set_retry_policy (copy, extras->retry_policy);
  myrmex_task_set_description (copy, extras->description);
  myrmex_task_set_tags (copy, (const char * const *) extras->tags);
  if (extras->metadata != NULL)
    myrmex_task_set_metadata (copy, extras->metadata);
}

static void
copy_task (Selection      *self,
           MyrmexWorkflow *part,
           guint32         index)
{
  MyrmexTask *task = self->workflow->tasks[index];
  g_auto (GStrv) dependencies = myrmex_task_dup_dependencies (task);
  MyrmexTask *copy = copy_work (part, task);

  myrmex_task_set_dependencies (copy, (const char * const *) dependencies);
  myrmex_task_set_trigger_rule (copy, myrmex_task_get_trigger_rule (task));
  myrmex_task_set_priority (copy, myrmex_task_get_priority (task));
  myrmex_task_set_affinity (copy, myrmex_task_get_affinity (task));
  if (task->extras != NULL)
    copy_extras (copy, task->extras);
  if ((self->marks[index] & TASK_SKIPPED) != 0)
    myrmex_task_set_condition (copy, "false");
}

static MyrmexWorkflow *
copy_workflow (Selection *self)
{
  MyrmexWorkflow *whole = self->workflow;
  MyrmexWorkflow *part = myrmex_workflow_new (whole->name);
  g_autoptr (GPtrArray) problems = myrmex_workflow_dup_problems (whole);

  myrmex_workflow_set_description (part, whole->description);
  myrmex_workflow_set_fail_fast (part, whole->fail_fast);
  myrmex_workflow_set_timeout (part, whole->timeout);
  myrmex_workflow_set_max_parallel (part, whole->max_parallel);
  myrmex_workflow_set_directory (part, whole->directory);
  myrmex_workflow_set_env (part, whole->env);
  myrmex_workflow_set_parameters (part, whole->parameters);
  for (guint i = 0; i < whole->n_tasks; i++)
    {
      if ((self->marks[i] & TASK_CHOSEN) != 0)
        copy_task (self, part, i);
    }
  for (guint i = 0; i < problems->len; i++)
    myrmex_workflow_add_problem (part, g_error_copy (problems->pdata[i]));

  g_object_set_data_full (G_OBJECT (part), "myrmex-whole", g_object_ref (whole), g_object_unref);
  return part;
}

/**
 * myrmex_workflow_select:
 * @self: a workflow
 * @only: (nullable) (array zero-terminated=1): patterns of the names of the tasks to run, with `*` and `?`, or %NULL
 *   for all
 * @tags: (nullable) (array zero-terminated=1): tags of the tasks to run, or %NULL for all
 * @skip: (nullable) (array zero-terminated=1): patterns of the names of tasks to skip
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of a part of another one, which stays as it is.
 *
 * The part has the tasks that match one of @only and have one of @tags, and all that they depend on, directly
 * or not. Clean-up tasks are not among them unless they are chosen.
 *
 * Those that match one of @skip stay in it and end as skipped, as if their condition were false: what depends
 * on them does what its trigger rule says of a task that was skipped, which is, unless it says otherwise, to be
 * skipped as well.
 *
 * The part keeps a reference to @self, whose functions it has. It has none of its signal handlers.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where no task matches a pattern or has a tag; the message has the nearest
 * one.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_select (MyrmexWorkflow      *self,
                        const char * const  *only,
                        const char * const  *tags,
                        const char * const  *skip,
                        GError             **error)
{
  Selection selection = { self, NULL };
  g_autofree guint8 *marks = NULL;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  /* An empty list is what languages give for none. */
  only = only != NULL && only[0] != NULL ? only : NULL;
  tags = tags != NULL && tags[0] != NULL ? tags : NULL;
  selection.marks = marks = g_new0 (guint8, MAX (self->n_tasks, 1));
  if (!choose (&selection, only, tags, error) ||
      (skip != NULL && !mark_matching (&selection, skip, TASK_SKIPPED, marks, error)))
    return NULL;
  return copy_workflow (&selection);
}
