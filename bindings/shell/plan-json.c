/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A plan for programs: one JSON object on one line. */

#include "plan-print.h"

#include <stdio.h>

static void
add (GVariantBuilder *builder,
     const char      *key,
     GVariant        *value)
{
  g_variant_builder_add (builder, "{sv}", key, value);
}

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    add (builder, key, g_variant_new_string (text));
}

static void
add_names (GVariantBuilder *builder,
           const char      *key,
           char           **names)
{
  if (names != NULL)
    add (builder, key, g_variant_new_strv ((const char * const *) names, -1));
}

static GVariant *
describe_task (MyrmexTask *task,
               MyrmexPlan *plan)
{
  const char *name = myrmex_task_get_name (task);
  g_auto (GStrv) dependencies = myrmex_plan_dup_dependencies (plan, name);
  MyrmexRetryPolicy *policy = myrmex_task_get_retry_policy (task);
  const char * const *tags = myrmex_task_get_tags (task);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "name", name);
  add_text (&builder, "action", myrmex_task_get_action_type (task));
  add_text (&builder, "description", myrmex_task_get_description (task));
  add_names (&builder, "dependencies", dependencies);
  add_text (&builder, "trigger_rule", myrmex_trigger_rule_to_string (myrmex_task_get_trigger_rule (task)));
  add_text (&builder, "condition", myrmex_task_get_condition (task));
  if (myrmex_task_get_timeout (task) > 0)
    add (&builder, "timeout", g_variant_new_double (myrmex_task_get_timeout (task)));
  add (&builder, "max_attempts",
       g_variant_new_uint32 (policy != NULL ? myrmex_retry_policy_get_max_attempts (policy) : 1));
  if (myrmex_task_get_priority (task) != 0)
    add (&builder, "priority", g_variant_new_int32 (myrmex_task_get_priority (task)));
  if (tags != NULL && tags[0] != NULL)
    add_names (&builder, "tags", (char **) tags);
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_tasks (MyrmexWorkflow *workflow,
                MyrmexPlan     *plan)
{
  g_auto (GStrv) order = myrmex_plan_dup_order (plan);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; order[i] != NULL; i++)
    g_variant_builder_add_value (&builder, describe_task (myrmex_workflow_get_task (workflow, order[i]), plan));
  return g_variant_builder_end (&builder);
}

void
plan_print_json (MyrmexWorkflow *workflow,
                 MyrmexPlan     *plan,
                 GVariant       *parameters)
{
  g_auto (GStrv) path = myrmex_plan_dup_longest_path (plan);
  GVariant *declared = myrmex_workflow_get_parameters (workflow);
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "workflow", myrmex_workflow_get_name (workflow));
  add_text (&builder, "description", myrmex_workflow_get_description (workflow));
  add (&builder, "fail_fast", g_variant_new_boolean (myrmex_workflow_get_fail_fast (workflow)));
  if (myrmex_workflow_get_timeout (workflow) > 0)
    add (&builder, "timeout", g_variant_new_double (myrmex_workflow_get_timeout (workflow)));
  if (myrmex_workflow_get_max_parallel (workflow) > 0)
    add (&builder, "max_parallel", g_variant_new_uint32 (myrmex_workflow_get_max_parallel (workflow)));
  if (parameters != NULL || declared != NULL)
    add (&builder, "parameters", parameters != NULL ? parameters : declared);
  add (&builder, "total_tasks", g_variant_new_uint32 (myrmex_plan_get_n_tasks (plan)));
  add (&builder, "total_dependencies", g_variant_new_uint32 (myrmex_plan_get_n_edges (plan)));
  add (&builder, "tasks", describe_tasks (workflow, plan));
  add_names (&builder, "longest_path", path);

  value = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = myrmex_value_to_json (value, FALSE);
  fputs (text, stdout);
  fputc ('\n', stdout);
}
