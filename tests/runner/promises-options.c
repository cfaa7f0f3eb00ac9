/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a caller may say about one run, and what is refused. */

#include "promises.h"

#include <math.h>

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_unknown_options (Fixture *self)
{
  fixture_add (self, "a", "ok", NULL);
  fixture_fails (self, parse ("{'pausd': <true>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*pausd*“paused”*");
  fixture_fails (self, parse ("{'xyzzy': <true>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*xyzzy*parameters*");
  fixture_fails (self, parse ("{'paused': <'yes'>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*paused*“b”*“s”*");
  fixture_fails (self, parse ("{'parameters': <[1, 2]>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*parameters*");
  fixture_fails (self, parse ("{'env': <{'A': <3>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*“A”*");
  fixture_fails (self, parse ("{'env': <{'A=B': <'x'>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*“A=B”*");
  fixture_fails (self, parse ("{'env': <{'': <'x'>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*");
  fixture_fails (self, parse ("{'directory': <1>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*directory*");
  fixture_fails (self, parse ("{'log_directory': <'/proc/none'>}"), MYRMEX_ERROR_FAILED, "*/proc/none*");
  fixture_fails (self, parse ("{'timeout': <'1'>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*“d”*“s”*");
  fixture_fails (self, parse ("{'grace': <-0.5>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*grace*-0.5*");
  fixture_fails (self, parse ("{'grace': <int64 3601>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*grace*3600*3601*");
  fixture_fails (self, parse ("{'timeout': <-0.5>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*-0.5*");
  fixture_fails (self, parse ("{'timeout': <int64 2000000000>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*2e+09*");
  fixture_fails (self, parse ("{'priority': <'high'>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*priority*“i”*“s”*");
  fixture_fails (self, parse ("{'priority': <1001>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*priority*-1000*1001*");
  fixture_fails (self, parse ("{'priority': <int64 -5000000000>}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*-5000000000*");
  fixture_fails (self, parse ("'text'"), MYRMEX_ERROR_INVALID_ARGUMENT, "*a{sv}*“s”*");
  fixture_fails (self, parse ("{'a': 'text'}"), MYRMEX_ERROR_INVALID_ARGUMENT, "*a{sv}*");
}

static void
test_parameters (Fixture *self)
{
  fixture_add (self, "a", "value x", NULL);
  myrmex_task_set_condition (fixture_add (self, "big", "ok", NULL), "parameters.size > 10");
  myrmex_task_set_transform (fixture_add (self, "b", "value y", "a"), "parameters.name");
  myrmex_workflow_set_parameters (self->workflow,
                                  parse ("{'size': <{'type': <'integer'>, 'default': <7>}>,"
                                         " 'name': <{'type': <'string'>}>}"));
  fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*name*");
  fixture_fails (self, parse ("{'parameters': <{'name': <'n'>, 'sise': <1>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT,
                 "*sise*size*");
  fixture_fails (self, parse ("{'parameters': <{'name': <'n'>, 'size': <'large'>}>}"), MYRMEX_ERROR_INVALID_ARGUMENT,
                 "*size*");
  fixture_start (self, parse ("{'parameters': <{'name': <'ant'>, 'size': <11>}>}"));
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed big:completed b:completed");
  fixture_assert_value (self, "b", "ant");
}

static void
test_parameter_defaults (Fixture *self)
{
  myrmex_task_set_condition (fixture_add (self, "big", "ok", NULL), "parameters.size > 10");
  myrmex_workflow_set_parameters (self->workflow, parse ("{'size': <{'type': <'integer'>, 'default': <7>}>}"));
  fixture_run (self, "completed", "big:skipped/condition");
}

/* Out-of-range numbers, each named. */
static void
test_numbers (Fixture *self)
{
  static const double seconds[] = { -1, -0.001, 1e300, INFINITY, -INFINITY, NAN };

  for (gsize i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_autoptr (MyrmexRetryPolicy) policy = NULL;
      g_autoptr (GError) error = NULL;

      g_clear_object (&self->workflow);
      self->workflow = myrmex_workflow_new ("test");
      myrmex_task_set_timeout (fixture_add (self, "a", "ok", NULL), seconds[i]);
      fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*“a”*");

      g_clear_object (&self->workflow);
      self->workflow = myrmex_workflow_new ("test");
      fixture_add (self, "a", "ok", NULL);
      myrmex_workflow_set_timeout (self->workflow, seconds[i]);
      fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*timeout*workflow*");

      policy = myrmex_retry_policy_new_full (3, seconds[i], 2, 60, 0, 0, NULL, &error);
      g_assert_null (policy);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
    }

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  myrmex_task_set_priority (fixture_add (self, "a", "ok", NULL), G_MININT);
  myrmex_task_set_priority (fixture_add (self, "b", "ok", NULL), G_MAXINT);
  /* A definition, which goes to another process, has no larger one. */
  myrmex_workflow_set_max_parallel (self->workflow, self->kind->is_mirror ? G_MAXINT : G_MAXUINT);
  fixture_run (self, "completed", "a:completed b:completed");
}

/* Numbers that are allowed and so large or small that sums of them are not. */
static void
test_extreme_numbers (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRetryPolicy) policy = NULL;
  MyrmexTask *task = fixture_add (self, "a", "fail 1", NULL);

  policy = myrmex_retry_policy_new_full (1000000, 1e-9, 1e9, 1e-9, 1.0, 0, NULL, &error);
  g_assert_no_error (error);
  myrmex_task_set_retry_policy (task, policy);
  myrmex_task_set_timeout (task, 3e8);
  myrmex_workflow_set_timeout (self->workflow, 3e8);
  fixture_add (self, "b", "ok", "a");
  fixture_run (self, "completed", "a:completed b:completed");
}

static void
test_names (Fixture *self)
{
  g_autofree char *longest = g_strnfill (MYRMEX_MAX_NAME_BYTES, 'x');
  g_autofree char *longer = g_strnfill (MYRMEX_MAX_NAME_BYTES + 1, 'x');
  const char *bad[] = { "", "a b", "../x", "ä", "a\n", longer };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_object (&self->workflow);
      self->workflow = myrmex_workflow_new ("test");
      fixture_add (self, bad[i], "ok", NULL);
      fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*name*");
    }

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "a", "ok", NULL);
  fixture_fails (self, NULL, MYRMEX_ERROR_DUPLICATE, "*“a”*");

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  fixture_add (self, longest, "ok", NULL);
  fixture_add (self, "workflow", "ok", longest);
  fixture_start (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
}

static void
test_bad_expressions (Fixture *self)
{
  myrmex_task_set_condition (fixture_add (self, "a", "ok", NULL), "1 +");
  fixture_fails (self, NULL, MYRMEX_ERROR_EXPRESSION, "*a*");

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  fixture_add (self, "a", "ok", NULL);
  myrmex_task_set_condition (fixture_add (self, "b", "ok", NULL), "tasks.a.value");
  fixture_fails (self, NULL, MYRMEX_ERROR_EXPRESSION, "*b*a*");
}

/* All problems are told at once. */
static void
test_all_problems (Fixture *self)
{
  myrmex_task_set_timeout (fixture_add (self, "a", "ok", NULL), -1);
  myrmex_task_set_timeout (fixture_add (self, "b", "ok", "nobody"), -2);
  fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*“a”*-1*\n*“b”*-2*\n*nobody*");
}

void
add_option_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "options/unknown", test_unknown_options);
  FIXTURE_TEST (kind, "options/parameters", test_parameters);
  FIXTURE_TEST (kind, "options/parameter-defaults", test_parameter_defaults);
  FIXTURE_TEST (kind, "options/numbers", test_numbers);
  FIXTURE_TEST (kind, "options/extreme-numbers", test_extreme_numbers);
  FIXTURE_TEST (kind, "options/names", test_names);
  FIXTURE_TEST (kind, "options/bad-expressions", test_bad_expressions);
  FIXTURE_TEST (kind, "options/all-problems", test_all_problems);
}
