/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From a workflow to its definition. What has its default is left out. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-json-writer-private.h"
#include "model/myrmex-retry-policy-private.h"

static void
write_text (MyrmexJsonWriter *writer,
            const char       *key,
            const char       *text)
{
  if (text == NULL)
    return;

  myrmex_json_writer_key (writer, key);
  myrmex_json_writer_string (writer, text);
}

static void
write_value (MyrmexJsonWriter *writer,
             const char       *key,
             GVariant         *value)
{
  if (value == NULL)
    return;

  myrmex_json_writer_key (writer, key);
  myrmex_json_writer_value (writer, value);
}

/* Whole numbers as people write them, without a fraction. */
static void
write_number (MyrmexJsonWriter *writer,
              const char       *key,
              double            number,
              double            usual)
{
  if (number == usual)
    return;

  myrmex_json_writer_key (writer, key);
  if (number == (double) (gint64) number)
    myrmex_json_writer_int (writer, (gint64) number);
  else
    myrmex_json_writer_double (writer, number);
}

static void
write_words (MyrmexJsonWriter   *writer,
             const char         *key,
             const char * const *words)
{
  if (words == NULL || words[0] == NULL)
    return;

  myrmex_json_writer_key (writer, key);
  myrmex_json_writer_begin_array (writer);
  for (guint i = 0; words[i] != NULL; i++)
    myrmex_json_writer_string (writer, words[i]);
  myrmex_json_writer_end_array (writer);
}

/* The key that names the action first, then the others as they stand in the spec. */
static gboolean
write_action (MyrmexJsonWriter  *writer,
              MyrmexTask        *task,
              GError           **error)
{
  const char *type = myrmex_task_get_action_type (task);
  g_autoptr (GVariant) named = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (task->kind == MYRMEX_TASK_KIND_NOOP)
    {
      myrmex_json_writer_key (writer, "noop");
      myrmex_json_writer_begin_object (writer);
      myrmex_json_writer_end_object (writer);
      return TRUE;
    }
  if (task->kind != MYRMEX_TASK_KIND_ACTION)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("Task “%s” is a function of this program, which a definition can not hold"), task->name);
      return FALSE;
    }

  if (myrmex_action_get_spec (task->action) != NULL)
    named = g_variant_lookup_value (myrmex_action_get_spec (task->action), type, NULL);
  if (named == NULL || myrmex_action_type_find (type) == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("Task “%s” has an action of type “%s”, which is not one that a definition can name"),
                   task->name, type);
      return FALSE;
    }

  write_value (writer, type, named);
  g_variant_iter_init (&iter, myrmex_action_get_spec (task->action));
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      if (!g_str_equal (key, type))
        write_value (writer, key, value);
    }
  return TRUE;
}

static void
write_retry_policy (MyrmexJsonWriter  *writer,
                    MyrmexRetryPolicy *policy)
{
  if (policy == NULL)
    return;

  myrmex_json_writer_key (writer, "retry_policy");
  myrmex_json_writer_begin_object (writer);
  write_number (writer, "max_attempts", policy->backoff.max_attempts, 3);
  write_number (writer, "initial_delay", policy->backoff.initial_delay, 1);
  write_number (writer, "exponential_base", policy->backoff.exponential_base, 2);
  write_number (writer, "max_delay", policy->backoff.max_delay, 60);
  write_number (writer, "jitter", policy->backoff.jitter, 0);
  write_number (writer, "max_elapsed", policy->backoff.max_elapsed, 0);
  write_words (writer, "retry_on", (const char * const *) policy->retry_on);
  myrmex_json_writer_end_object (writer);
}

static gboolean
write_extras (MyrmexJsonWriter  *writer,
              MyrmexTask        *task,
              GError           **error)
{
  MyrmexTaskExtras *extras = task->extras;

  if (extras->condition_func.func != NULL || extras->transform_func.func != NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   extras->condition_func.func != NULL
                     ? _("The condition of task “%s” is a function of this program, which a definition can not hold")
                     : _("The transform of task “%s” is a function of this program, which a definition can not hold"),
                   task->name);
      return FALSE;
    }

  write_text (writer, "condition", extras->condition);
  write_number (writer, "timeout", extras->timeout, 0);
  write_retry_policy (writer, extras->retry_policy);
  write_text (writer, "transform", extras->transform);
  write_words (writer, "tags", (const char * const *) extras->tags);
  write_value (writer, "metadata", extras->metadata);
  return TRUE;
}

static gboolean
write_task (MyrmexJsonWriter  *writer,
            MyrmexTask        *task,
            GError           **error)
{
  g_auto (GStrv) dependencies = myrmex_task_dup_dependencies (task);

  myrmex_json_writer_key (writer, task->name);
  myrmex_json_writer_begin_object (writer);
  write_text (writer, "description", myrmex_task_get_description (task));
  if (!write_action (writer, task, error))
    return FALSE;

  write_words (writer, "dependencies", (const char * const *) dependencies);
  if (task->trigger_rule != MYRMEX_TRIGGER_RULE_ALL_SUCCESS)
    write_text (writer, "trigger_rule", myrmex_trigger_rule_to_string (task->trigger_rule));
  write_number (writer, "priority", task->priority, 0);
  if (task->extras != NULL && !write_extras (writer, task, error))
    return FALSE;
  myrmex_json_writer_end_object (writer);
  return TRUE;
}

/* The name of a folder may be anything. */
static gboolean
check_directory (MyrmexWorkflow  *self,
                 GError         **error)
{
  g_autofree char *shown = NULL;

  if (self->directory == NULL || g_utf8_validate (self->directory, -1, NULL))
    return TRUE;
  shown = g_filename_display_name (self->directory);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
               _("Workflow “%s” is in the folder “%s”, which is not UTF-8, as all that a definition holds has to be"),
               self->name, shown);
  return FALSE;
}

static void
write_head (MyrmexJsonWriter *writer,
            MyrmexWorkflow   *self)
{
  myrmex_json_writer_key (writer, "myrmex");
  myrmex_json_writer_int (writer, MYRMEX_DEFINITION_VERSION);
  write_text (writer, "name", self->name);
  write_text (writer, "description", self->description);
  write_value (writer, "parameters", self->parameters);
  if (!self->fail_fast)
    {
      myrmex_json_writer_key (writer, "fail_fast");
      myrmex_json_writer_boolean (writer, FALSE);
    }
  write_number (writer, "timeout", self->timeout, 0);
  write_number (writer, "max_parallel", self->max_parallel, 0);
  write_value (writer, "env", self->env);
  write_text (writer, "directory", self->directory);
}

/**
 * myrmex_workflow_to_json:
 * @self: a workflow
 * @error: return location for an error, or %NULL
 *
 * Makes a definition of a workflow, indented for people. Reading it again gives the same workflow. A directory is
 * written as it is, so that the definition of a workflow that came from a file can be kept anywhere.
 *
 * Fails with %MYRMEX_ERROR_NOT_SUPPORTED where a task, a condition or a transform is a function, where an action
 * is of a type that is not registered, or where the directory is not UTF-8.
 *
 * Returns: (transfer full): the text, with a line break at its end, or %NULL with @error set
 *
 * Since: 1.0
 */
char *
myrmex_workflow_to_json (MyrmexWorkflow  *self,
                         GError         **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MyrmexJsonWriter writer;

  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!check_directory (self, error))
    return NULL;
  myrmex_json_writer_init (&writer, text, TRUE);
  myrmex_json_writer_begin_object (&writer);
  write_head (&writer, self);
  myrmex_json_writer_key (&writer, "tasks");
  myrmex_json_writer_begin_object (&writer);
  for (guint i = 0; i < self->n_tasks; i++)
    {
      if (!write_task (&writer, self->tasks[i], error))
        return NULL;
    }
  myrmex_json_writer_end_object (&writer);
  myrmex_json_writer_end_object (&writer);
  g_string_append_c (text, '\n');
  return g_string_free (g_steal_pointer (&text), FALSE);
}
