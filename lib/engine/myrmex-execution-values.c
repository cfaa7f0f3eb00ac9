/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What conditions, templates and transforms of an execution come to. All of it without the lock: the results of
 * dependencies do not change any more. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-value.h"
#include "engine/myrmex-execution-private.h"
#include "expression/myrmex-expression-private.h"
#include "expression/myrmex-template-private.h"

#define MAX_SEEN_BYTES 200

typedef struct
{
  MyrmexExecution *execution;
  guint32          task;
  GVariant        *value;   /* in transforms */
} Scope;

static GVariant *
resolve_task (MyrmexExecution  *self,
              guint32           task)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_execution_dup_result (self, task);

  return g_variant_ref_sink (myrmex_task_result_to_variant (result));
}

static GVariant *
resolve_tasks (Scope       *scope,
               const char  *key,
               GError     **error)
{
  MyrmexExecution *self = scope->execution;
  const MyrmexGraph *graph = &self->plan->graph;
  GVariantBuilder builder;

  if (key != NULL)
    {
      guint32 index = myrmex_execution_find_dependency (self, scope->task, key);

      if (index == MYRMEX_NO_INDEX)
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                       _("“%s” is no dependency of task “%s”; add it to its dependencies"),
                       key, myrmex_execution_get_task (self, scope->task)->name);
          return NULL;
        }
      return resolve_task (self, index);
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint32 i = graph->dep_start[scope->task]; i < graph->dep_start[scope->task + 1]; i++)
    {
      g_autoptr (GVariant) value = resolve_task (self, graph->deps[i]);

      g_variant_builder_add (&builder, "{sv}", myrmex_execution_get_task (self, graph->deps[i])->name, value);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
lookup (GVariant   *dictionary,
        const char *key)
{
  if (dictionary == NULL || key == NULL)
    return dictionary != NULL ? g_variant_ref (dictionary) : NULL;
  if (!g_variant_is_of_type (dictionary, G_VARIANT_TYPE_DICTIONARY))
    return NULL;
  return g_variant_lookup_value (dictionary, key, NULL);
}

static GVariant *
resolve_env (MyrmexExecution *self,
             const char      *key)
{
  GVariantBuilder builder;
  const char *value;

  if (key != NULL)
    {
      value = g_environ_getenv (self->environ, key);
      if (value == NULL || !g_utf8_validate (value, -1, NULL))
        return NULL;
      return g_variant_ref_sink (g_variant_new_string (value));
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; self->environ[i] != NULL; i++)
    {
      const char *equals = strchr (self->environ[i], '=');
      g_autofree char *name = NULL;

      if (equals == NULL || !g_utf8_validate (self->environ[i], -1, NULL))
        continue;
      name = g_strndup (self->environ[i], (gsize) (equals - self->environ[i]));
      g_variant_builder_add (&builder, "{sv}", name, g_variant_new_string (equals + 1));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
resolve_run (MyrmexExecution *self,
             const char      *key)
{
  g_autoptr (GVariant) all = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert (&dict, "name", "s", myrmex_workflow_get_name (self->plan->workflow));
  if (self->directory != NULL && g_utf8_validate (self->directory, -1, NULL))
    g_variant_dict_insert (&dict, "directory", "s", self->directory);
  all = g_variant_ref_sink (g_variant_dict_end (&dict));

  return lookup (all, key);
}

static GVariant *
resolve_cb (const char  *context,
            const char  *key,
            gpointer     data,
            GError     **error)
{
  Scope *scope = data;

  switch (context[0])
    {
    case 't':
      return resolve_tasks (scope, key, error);
    case 'p':
      return lookup (scope->execution->parameters, key);
    case 'e':
      return resolve_env (scope->execution, key);
    case 'v':
      return lookup (scope->value, key);
    default:
      return resolve_run (scope->execution, key);
    }
}

/* “tasks.list.value = [], parameters.force = false”, for explain. */
static char *
describe_seen (GPtrArray *seen)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < seen->len; i++)
    {
      MyrmexSeen *entry = seen->pdata[i];
      g_autofree char *value = myrmex_value_to_json (entry->value, FALSE);
      gboolean is_long = strlen (value) > MAX_SEEN_BYTES;

      if (is_long)
        *g_utf8_find_prev_char (value, value + MAX_SEEN_BYTES) = '\0';
      g_string_append_printf (text, "%s%s = %s%s", i > 0 ? ", " : "", entry->path, value, is_long ? "…" : "");
    }
  return seen->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

gboolean
myrmex_execution_evaluate (MyrmexExecution    *self,
                           MyrmexTaskContext  *context,
                           gboolean           *result,
                           char              **seen,
                           GError            **error)
{
  MyrmexTaskExtras *extras = myrmex_execution_get_task (self, context->task)->extras;
  Scope scope = { self, context->task, NULL };
  g_autoptr (MyrmexExpression) expression = NULL;
  g_autoptr (GPtrArray) looked_at = NULL;
  g_autoptr (GVariant) value = NULL;
  GError *inner = NULL;

  if (extras->condition_func.func != NULL)
    {
      *result = ((MyrmexConditionFunc) extras->condition_func.func) (context, extras->condition_func.data, &inner);
      if (inner != NULL)
        g_propagate_prefixed_error (error, inner, _("The condition failed: "));
      return inner == NULL;
    }

  looked_at = myrmex_seen_new ();
  expression = myrmex_expression_parse (extras->condition, -1, NULL, &inner);
  if (expression != NULL)
    value = myrmex_expression_evaluate (expression, resolve_cb, &scope, looked_at, &inner);
  *seen = describe_seen (looked_at);
  if (inner != NULL)
    {
      g_propagate_prefixed_error (error, inner, _("The condition “%s” failed: "), extras->condition);
      return FALSE;
    }

  *result = myrmex_expression_is_true (value);
  return TRUE;
}

/* The spec of the action with its templates filled becomes the input of the attempt. */
gboolean
myrmex_execution_fill_input (MyrmexExecution    *self,
                             MyrmexTaskContext  *context,
                             GError            **error)
{
  Scope scope = { self, context->task, NULL };
  GVariant *spec = myrmex_action_get_spec (myrmex_execution_get_task (self, context->task)->action);

  if (spec == NULL)
    return TRUE;

  context->input = myrmex_template_expand_value (spec, resolve_cb, &scope, NULL, error);
  return context->input != NULL;
}

/* Fills the templates of a text that belongs to no task: the workflow's env and directory. */
char *
myrmex_execution_expand_text (MyrmexExecution  *self,
                              const char       *text,
                              GError          **error)
{
  Scope scope = { self, 0, NULL };
  g_autoptr (MyrmexTemplate) template = myrmex_template_parse (text, -1, NULL, error);

  return template != NULL ? myrmex_template_expand_text (template, resolve_cb, &scope, NULL, error) : NULL;
}

/* Makes the value of the result out of @value; owned. */
gboolean
myrmex_execution_transform (MyrmexExecution    *self,
                            MyrmexTaskContext  *context,
                            GVariant           *value,
                            GVariant          **result,
                            GError            **error)
{
  MyrmexTaskExtras *extras = myrmex_execution_get_task (self, context->task)->extras;
  Scope scope = { self, context->task, value };
  g_autoptr (MyrmexExpression) expression = NULL;
  g_autoptr (GVariant) transformed = NULL;
  GError *inner = NULL;

  if (extras->transform_func.func != NULL)
    {
      transformed = ((MyrmexTransformFunc) extras->transform_func.func) (context, value,
                                                                         extras->transform_func.data, &inner);
      if (transformed != NULL)
        g_variant_take_ref (transformed);
    }
  else
    {
      expression = myrmex_expression_parse (extras->transform, -1, NULL, &inner);
      if (expression != NULL)
        transformed = myrmex_expression_evaluate (expression, resolve_cb, &scope, NULL, &inner);
    }

  if (inner == NULL)
    myrmex_value_check (transformed, &inner);
  if (inner != NULL)
    {
      g_propagate_prefixed_error (error, inner, _("The transform failed: "));
      return FALSE;
    }

  *result = g_steal_pointer (&transformed);
  return TRUE;
}
