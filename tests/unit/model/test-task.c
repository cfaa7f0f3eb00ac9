/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problems.h"

#include <math.h>

#include "model/myrmex-retry-policy.h"

#define NAME_RULE "; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -"

static void
test_defaults (void)
{
  g_autoptr (MyrmexTask) task = myrmex_task_new ("a", NULL);

  g_assert_cmpstr (myrmex_task_get_name (task), ==, "a");
  g_assert_cmpstr (myrmex_task_get_action_type (task), ==, "noop");
  g_assert_null (myrmex_task_get_action (task));
  assert_dependencies (task, "");
  g_assert_cmpint (myrmex_task_get_trigger_rule (task), ==, MYRMEX_TRIGGER_RULE_ALL_SUCCESS);
  g_assert_null (myrmex_task_get_condition (task));
  g_assert_null (myrmex_task_get_transform (task));
  g_assert_null (myrmex_task_get_description (task));
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 0);
  g_assert_null (myrmex_task_get_retry_policy (task));
  g_assert_cmpint (myrmex_task_get_priority (task), ==, 0);
  g_assert_null (myrmex_task_get_tags (task));
  g_assert_null (myrmex_task_get_metadata (task));
}

/* Sets each thing, and then what it has already: the same pointer must do no harm. */
static void
set_all (MyrmexTask *task)
{
  const char *tags[] = { "one", "two", NULL };
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new (3);

  for (guint pass = 0; pass < 2; pass++)
    {
      myrmex_task_set_trigger_rule (task, MYRMEX_TRIGGER_RULE_ALL_DONE);
      myrmex_task_set_condition (task, pass == 0 ? "tasks.b" : myrmex_task_get_condition (task));
      myrmex_task_set_transform (task, pass == 0 ? "value" : myrmex_task_get_transform (task));
      myrmex_task_set_description (task, pass == 0 ? "why" : myrmex_task_get_description (task));
      myrmex_task_set_timeout (task, 2.5);
      myrmex_task_set_retry_policy (task, pass == 0 ? policy : myrmex_task_get_retry_policy (task));
      myrmex_task_set_priority (task, G_MININT);
      myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
      myrmex_task_set_tags (task, pass == 0 ? tags : myrmex_task_get_tags (task));
      myrmex_task_set_metadata (task, pass == 0 ? g_variant_new_parsed ("{'k': <1>}")
                                                : myrmex_task_get_metadata (task));
    }
}

static void
assert_all (MyrmexTask *task)
{
  g_assert_cmpint (myrmex_task_get_trigger_rule (task), ==, MYRMEX_TRIGGER_RULE_ALL_DONE);
  g_assert_cmpstr (myrmex_task_get_condition (task), ==, "tasks.b");
  g_assert_cmpstr (myrmex_task_get_transform (task), ==, "value");
  g_assert_cmpstr (myrmex_task_get_description (task), ==, "why");
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 2.5);
  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (myrmex_task_get_retry_policy (task)), ==, 3);
  g_assert_cmpint (myrmex_task_get_priority (task), ==, G_MININT);
  g_assert_cmpint (myrmex_task_get_affinity (task), ==, MYRMEX_AFFINITY_MAIN);
  g_assert_cmpstr (myrmex_task_get_tags (task)[1], ==, "two");
  g_assert_cmpuint (g_variant_n_children (myrmex_task_get_metadata (task)), ==, 1);
}

static void
unset_all (MyrmexTask *task)
{
  const char *none[] = { NULL };

  myrmex_task_set_condition (task, NULL);
  myrmex_task_set_transform (task, NULL);
  myrmex_task_set_description (task, NULL);
  myrmex_task_set_timeout (task, 0);
  myrmex_task_set_retry_policy (task, NULL);
  myrmex_task_set_tags (task, none);
  myrmex_task_set_metadata (task, NULL);
}

static void
assert_unset (MyrmexTask *task)
{
  g_assert_null (myrmex_task_get_condition (task));
  g_assert_null (myrmex_task_get_transform (task));
  g_assert_null (myrmex_task_get_description (task));
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 0);
  g_assert_null (myrmex_task_get_retry_policy (task));
  g_assert_null (myrmex_task_get_tags (task));
  g_assert_null (myrmex_task_get_metadata (task));
}

static void
test_setters (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexTask) own = myrmex_task_new ("own", NULL);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "a");

  set_all (own);
  assert_all (own);
  unset_all (own);
  assert_unset (own);

  set_all (task);
  assert_all (task);
  unset_all (task);
  assert_unset (task);
  assert_problems (workflow, "");
}

static void
test_timeout (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "a");
  static const double bad[] = { -1, -1e-9, NAN, INFINITY, -INFINITY, 1e9 + 1 };

  myrmex_task_set_timeout (task, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    myrmex_task_set_timeout (task, bad[i]);
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 3);
  myrmex_task_set_timeout (task, 1e9);
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 1e9);
  assert_problems (workflow,
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not -1\n"
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not -1e-09\n"
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not nan\n"
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not inf\n"
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not -inf\n"
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not 1000000001");
}

/* What was set wrongly before the task was added is told all the same. */
static void
test_problems_come_along (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexTask) task = myrmex_task_new ("a", NULL);
  g_autoptr (GError) error = NULL;

  myrmex_task_set_timeout (task, -1);
  myrmex_task_add_dependency (task, "no name");
  myrmex_workflow_add_task (workflow, task, &error);
  g_assert_no_error (error);
  assert_problems (workflow,
                   "The timeout of task “a” must be from 0 to 1000000000 seconds, not -1\n"
                   "“no name” can not be the name of a dependency" NAME_RULE);
}

static void
test_dependencies (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "a");
  const char *names[] = { "x", "y", "x", "z", NULL };
  const char *none[] = { NULL };

  myrmex_task_add_dependency (task, "later");
  myrmex_task_add_dependency (task, "b");
  myrmex_task_add_dependency (task, "later");
  assert_dependencies (task, "later b");

  myrmex_task_set_dependencies (task, names);
  assert_dependencies (task, "x y z");
  myrmex_task_set_dependencies (task, none);
  assert_dependencies (task, "");
  myrmex_task_set_dependencies (task, names);
  myrmex_task_set_dependencies (task, NULL);
  assert_dependencies (task, "");

  myrmex_task_add_dependency (task, "");
  myrmex_task_add_dependency (task, "a/b");
  myrmex_task_add_dependency (task, "\xff\x1b");
  assert_dependencies (task, "");
  assert_problems (workflow,
                   "The name of a dependency is empty" NAME_RULE "\n"
                   "“a/b” can not be the name of a dependency" NAME_RULE "\n"
                   "“\\xff\\x1b” can not be the name of a dependency" NAME_RULE);
}

/* From the two that have a place in the task to ten thousand, in their order. */
static void
test_many_dependencies (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "a");
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("d%u", i);

      myrmex_task_add_dependency (task, name);
      if (i < 20 || i == 9999)
        {
          g_clear_pointer (&names, g_strfreev);
          names = myrmex_task_dup_dependencies (task);
          g_assert_cmpuint (g_strv_length (names), ==, i + 1);
          g_assert_cmpstr (names[0], ==, "d0");
          g_assert_cmpstr (names[i], ==, name);
        }
    }
}

/* A function takes the place of an expression and the other way round, and what goes is freed, once. */
static void
test_functions (void)
{
  guint n_conditions = 0, n_transforms = 0, n_works = 0;
  MyrmexTask *task = myrmex_task_new_function ("a", work_cb, &n_works, count_cb);

  g_assert_cmpstr (myrmex_task_get_action_type (task), ==, "function");
  g_assert_cmpint (myrmex_task_get_affinity (task), ==, MYRMEX_AFFINITY_WORKER);

  myrmex_task_set_condition (task, "true");
  myrmex_task_set_condition_func (task, decide_cb, &n_conditions, count_cb);
  g_assert_null (myrmex_task_get_condition (task));
  myrmex_task_set_condition_func (task, decide_cb, &n_conditions, count_cb);
  g_assert_cmpuint (n_conditions, ==, 1);
  myrmex_task_set_condition (task, "false");
  g_assert_cmpuint (n_conditions, ==, 2);
  g_assert_cmpstr (myrmex_task_get_condition (task), ==, "false");
  myrmex_task_set_condition_func (task, decide_cb, &n_conditions, count_cb);

  myrmex_task_set_transform (task, "value");
  myrmex_task_set_transform_func (task, change_cb, &n_transforms, count_cb);
  g_assert_null (myrmex_task_get_transform (task));
  myrmex_task_set_transform (task, NULL);
  g_assert_cmpuint (n_transforms, ==, 1);
  myrmex_task_set_transform_func (task, change_cb, &n_transforms, count_cb);

  myrmex_task_unref (task);
  g_assert_cmpuint (n_works, ==, 1);
  g_assert_cmpuint (n_conditions, ==, 3);
  g_assert_cmpuint (n_transforms, ==, 2);
}

static void
test_async (void)
{
  g_autoptr (MyrmexTask) task = myrmex_task_new_async ("a", begin_cb, NULL, NULL);

  g_assert_cmpstr (myrmex_task_get_action_type (task), ==, "async");
  g_assert_cmpint (myrmex_task_get_affinity (task), ==, MYRMEX_AFFINITY_MAIN);
}

/* While the workflow runs each change is refused and told, and what came with it is freed. */
static void
test_busy (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  MyrmexTask *task = myrmex_workflow_add_noop (workflow, "a");
  g_autoptr (GPtrArray) problems = NULL;
  guint n_freed = 0;
  static const char * const keys[] = {
    "trigger_rule", "condition", "transform", "description", "timeout", "retry_policy", "priority", "affinity", "tags",
    "metadata", "dependencies", "dependencies", "condition", "transform",
  };

  set_all (task);
  myrmex_workflow_freeze (workflow);
  myrmex_task_set_trigger_rule (task, MYRMEX_TRIGGER_RULE_ALL_FAILED);
  unset_all (task);
  myrmex_task_set_priority (task, 1);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_WORKER);
  myrmex_task_add_dependency (task, "b");
  myrmex_task_set_dependencies (task, NULL);
  myrmex_task_set_condition_func (task, decide_cb, &n_freed, count_cb);
  myrmex_task_set_transform_func (task, change_cb, &n_freed, count_cb);
  g_assert_cmpuint (n_freed, ==, 2);
  assert_all (task);
  assert_dependencies (task, "");

  problems = myrmex_workflow_dup_problems (workflow);
  g_assert_cmpuint (problems->len, ==, G_N_ELEMENTS (keys));
  for (guint i = 0; i < problems->len; i++)
    {
      GError *problem = problems->pdata[i];
      guint n_found = 0;

      g_assert_error (problem, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
      for (gsize k = 0; k < G_N_ELEMENTS (keys); k++)
        {
          g_autofree char *expected = g_strdup_printf ("“%s” of task “a” was changed while the workflow ran; "
                                                       "change it before or after", keys[k]);

          n_found += g_str_equal (problem->message, expected);
        }
      g_assert_cmpuint (n_found, >, 0);
    }

  myrmex_workflow_thaw (workflow);
  unset_all (task);
  assert_unset (task);
}

/* A task that somebody holds outlives its workflow, with all that it was told, and can be changed further. */
static void
test_detached (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexTask) task = myrmex_task_ref (myrmex_workflow_add_noop (workflow, "a"));
  g_autoptr (MyrmexTask) bare = myrmex_task_ref (myrmex_workflow_add_noop (workflow, "bare"));
  g_autoptr (MyrmexWorkflow) other = myrmex_workflow_new (NULL);
  g_autoptr (GError) error = NULL;

  set_all (task);
  myrmex_task_add_dependency (task, "b");
  myrmex_task_add_dependency (task, "c");
  myrmex_task_add_dependency (task, "d");
  g_object_unref (workflow);

  g_assert_cmpstr (myrmex_task_get_name (task), ==, "a");
  g_assert_cmpstr (myrmex_task_get_name (bare), ==, "bare");
  assert_all (task);
  assert_dependencies (task, "b c d");
  assert_dependencies (bare, "");

  myrmex_task_add_dependency (task, "e");
  myrmex_task_add_dependency (task, "b");
  myrmex_task_set_timeout (task, 9);
  assert_dependencies (task, "b c d e");

  myrmex_workflow_add_task (other, task, &error);
  g_assert_no_error (error);
  assert_dependencies (task, "b c d e");
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 9);
}

/* A detached task keeps what was set wrongly, and its functions until it goes. */
static void
test_detached_functions (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new (NULL);
  guint n_held = 0, n_gone = 0;
  MyrmexTask *task = myrmex_workflow_add_function (workflow, "held", work_cb, &n_held, count_cb);

  myrmex_workflow_add_function (workflow, "gone", work_cb, &n_gone, count_cb);
  myrmex_task_ref (task);
  g_object_unref (workflow);
  g_assert_cmpuint (n_gone, ==, 1);
  g_assert_cmpuint (n_held, ==, 0);
  myrmex_task_unref (task);
  g_assert_cmpuint (n_held, ==, 1);
}

static void
test_belongs_to_one (void)
{
  g_autoptr (MyrmexWorkflow) first = myrmex_workflow_new ("first");
  g_autoptr (MyrmexWorkflow) second = myrmex_workflow_new ("second");
  g_autoptr (MyrmexTask) task = myrmex_task_new ("a", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (myrmex_workflow_add_task (first, task, &error));
  g_assert_no_error (error);
  g_assert_false (myrmex_workflow_add_task (second, task, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "Task “a” belongs to workflow “first” already; make another task");
}

/* References are taken and dropped in any thread. */
static gpointer
hold_cb (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    myrmex_task_unref (myrmex_task_ref (data));
  myrmex_task_unref (data);
  return NULL;
}

static void
test_threads (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new (NULL);
  guint n_freed = 0;
  MyrmexTask *task = myrmex_workflow_add_function (workflow, "a", work_cb, &n_freed, count_cb);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hold", hold_cb, myrmex_task_ref (task));
  g_object_unref (workflow);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (n_freed, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/task/defaults", test_defaults);
  g_test_add_func ("/task/setters", test_setters);
  g_test_add_func ("/task/timeout", test_timeout);
  g_test_add_func ("/task/problems-come-along", test_problems_come_along);
  g_test_add_func ("/task/dependencies", test_dependencies);
  g_test_add_func ("/task/many-dependencies", test_many_dependencies);
  g_test_add_func ("/task/functions", test_functions);
  g_test_add_func ("/task/async", test_async);
  g_test_add_func ("/task/busy", test_busy);
  g_test_add_func ("/task/detached", test_detached);
  g_test_add_func ("/task/detached-functions", test_detached_functions);
  g_test_add_func ("/task/belongs-to-one", test_belongs_to_one);
  g_test_add_func ("/task/threads", test_threads);

  return g_test_run ();
}
