/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "definition/myrmex-references-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"

/* Enough to find the nearest of 100,000 names a few times, in some ten milliseconds. */
#define MAX_GUESSES (400000)

/* @workflow has all its tasks; it must not change while the references are checked. */
void
myrmex_references_init (MyrmexReferences *self,
                        MyrmexWorkflow   *workflow)
{
  memset (self, 0, sizeof *self);
  self->workflow = workflow;
  self->guesses_left = MAX_GUESSES;
  self->task = MYRMEX_NO_INDEX;
}

void
myrmex_references_clear (MyrmexReferences *self)
{
  g_clear_pointer (&self->parameters, g_hash_table_unref);
  g_clear_pointer (&self->dependencies, g_hash_table_unref);
}

static gboolean
may_guess (MyrmexReferences *self,
           guint             n)
{
  if (n > self->guesses_left)
    return FALSE;

  self->guesses_left -= n;
  return TRUE;
}

static gboolean
depends_on (MyrmexReferences *self,
            guint32           task,
            guint32           atom)
{
  if (self->task != task)
    {
      const guint32 *atoms = myrmex_task_get_atoms (self->workflow->tasks[task]);

      if (self->dependencies == NULL)
        self->dependencies = g_hash_table_new (NULL, NULL);
      g_hash_table_remove_all (self->dependencies);
      for (guint32 i = 0; i < self->workflow->tasks[task]->n_dependencies; i++)
        g_hash_table_add (self->dependencies, GUINT_TO_POINTER (atoms[i]));
      self->task = task;
    }

  return g_hash_table_contains (self->dependencies, GUINT_TO_POINTER (atom));
}

static char *
describe_missing_task (MyrmexReferences *self,
                       guint32           task,
                       const char       *key)
{
  g_autofree char *shown = myrmex_show (key, strlen (key));
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, key);
  if (may_guess (self, self->workflow->n_tasks))
    {
      for (guint32 i = 0; i < self->workflow->n_tasks; i++)
        {
          if (i != task)
            myrmex_nearest_offer (&nearest, self->workflow->tasks[i]->name);
        }
    }

  if (nearest.best != NULL)
    return g_strdup_printf (_("There is no task “%s”; did you mean “%s”?"), shown, nearest.best);
  return g_strdup_printf (_("There is no task “%s”"), shown);
}

static char *
check_task (MyrmexReferences *self,
            guint32           task,
            const char       *key)
{
  guint32 atom;

  if (task == MYRMEX_NO_INDEX)
    return g_strdup (_("There are no tasks to look at here, since this is filled before any task has run"));
  if (key == NULL)
    return NULL;

  atom = myrmex_name_table_lookup (&self->workflow->names, key);
  if (atom != MYRMEX_NO_INDEX && depends_on (self, task, atom))
    return NULL; /* where there is no such task, the dependency is what is told about */

  if (atom == MYRMEX_NO_INDEX || self->workflow->names.atoms[atom].task == MYRMEX_NO_INDEX)
    return describe_missing_task (self, task, key);
  if (self->workflow->names.atoms[atom].task == task)
    return g_strdup (_("A task can not look at itself, since it has no result before it has run"));
  return g_strdup_printf (_("Task “%s” is not among the dependencies; add it to the “dependencies” of this task"), key);
}

static void
index_parameters (MyrmexReferences *self)
{
  GVariantIter iter;
  const char *name;

  self->parameters = g_hash_table_new (g_str_hash, g_str_equal);
  if (self->workflow->parameters == NULL)
    return;

  g_variant_iter_init (&iter, self->workflow->parameters);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_hash_table_add (self->parameters, (gpointer) name);
}

static char *
check_parameter (MyrmexReferences *self,
                 const char       *key)
{
  g_autofree char *shown = NULL;
  MyrmexNearest nearest;
  GHashTableIter iter;
  gpointer name;

  if (key == NULL)
    return NULL;
  if (self->parameters == NULL)
    index_parameters (self);
  if (g_hash_table_contains (self->parameters, key))
    return NULL;

  myrmex_nearest_init (&nearest, key);
  if (may_guess (self, g_hash_table_size (self->parameters)))
    {
      g_hash_table_iter_init (&iter, self->parameters);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        myrmex_nearest_offer (&nearest, name);
    }

  shown = myrmex_show (key, strlen (key));
  if (nearest.best != NULL)
    return g_strdup_printf (_("There is no parameter “%s”; did you mean “%s”?"), shown, nearest.best);
  return g_strdup_printf (_("There is no parameter “%s”; declare it in “parameters”"), shown);
}

/* What is wrong with a reference `context.key` in @task, or %NULL. @key is %NULL for the whole context; @task is
 * %MYRMEX_NO_INDEX for what belongs to the workflow itself. */
char *
myrmex_references_check (MyrmexReferences *self,
                         guint32           task,
                         gboolean          in_transform,
                         const char       *context,
                         const char       *key)
{
  if (g_str_equal (context, "value") && !in_transform)
    return g_strdup (_("“value” is there only in a “transform”"));
  if (g_str_equal (context, "tasks"))
    return check_task (self, task, key);
  if (g_str_equal (context, "parameters"))
    return check_parameter (self, key);
  return NULL;
}
