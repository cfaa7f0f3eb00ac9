/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "problems.h"

#include <math.h>
#include <string.h>

#define NAME_RULE "; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -"

static void
test_defaults (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);

  g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, "workflow");
  g_assert_null (myrmex_workflow_get_description (workflow));
  g_assert_true (myrmex_workflow_get_fail_fast (workflow));
  g_assert_cmpfloat (myrmex_workflow_get_timeout (workflow), ==, 0);
  g_assert_cmpuint (myrmex_workflow_get_max_parallel (workflow), ==, 0);
  g_assert_null (myrmex_workflow_get_directory (workflow));
  g_assert_null (myrmex_workflow_get_env (workflow));
  g_assert_null (myrmex_workflow_get_parameters (workflow));
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 0);
  g_assert_null (myrmex_workflow_get_task (workflow, "a"));
  g_assert_null (myrmex_workflow_get_nth_task (workflow, 0));
  g_assert_false (myrmex_workflow_is_busy (workflow));
  assert_problems (workflow, "");
}

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (128, 'x');
  g_autofree char *too_long = g_strnfill (129, 'x');
  g_autofree char *long_message = g_strdup_printf ("“%.64s…” can not be the name of a workflow" NAME_RULE, too_long);
  const struct
  {
    const char *name;
    const char *problem;
  } cases[] = {
    { "a", "" },
    { "-", "" },
    { "A-Z_0.9", "" },
    { longest, "" },
    { "", "The name of a workflow is empty" NAME_RULE },
    { "a b", "“a b” can not be the name of a workflow" NAME_RULE },
    { "a/b", "“a/b” can not be the name of a workflow" NAME_RULE },
    { "caf\xc3\xa9", "“caf\xc3\xa9” can not be the name of a workflow" NAME_RULE },
    { "\x1b[31m", "“\\x1b[31m” can not be the name of a workflow" NAME_RULE },
    { "a\n", "“a\\n” can not be the name of a workflow" NAME_RULE },
    { "\xff", "“\\xff” can not be the name of a workflow" NAME_RULE },
    { too_long, long_message },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (cases[i].name);

      g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, cases[i].name);
      assert_problems (workflow, cases[i].problem);
    }
}

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           gpointer    data)
{
  g_string_append_printf (data, "%s ", pspec->name);
}

static void
set_all (MyrmexWorkflow *workflow)
{
  myrmex_workflow_set_description (workflow, "why");
  myrmex_workflow_set_fail_fast (workflow, 3);
  myrmex_workflow_set_fail_fast (workflow, FALSE);
  myrmex_workflow_set_timeout (workflow, 2.5);
  myrmex_workflow_set_max_parallel (workflow, 4);
  myrmex_workflow_set_directory (workflow, "/tmp");
}

/* A property is told of where it changes, and only there. */
static void
test_setters (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GString) notified = g_string_new (NULL);
  g_autoptr (GVariant) env = g_variant_ref_sink (g_variant_new_parsed ("{'A': <'b'>}"));

  g_signal_connect (workflow, "notify", G_CALLBACK (notify_cb), notified);
  for (guint pass = 0; pass < 2; pass++)
    {
      set_all (workflow);
      if (pass == 0)
        g_assert_cmpstr (notified->str, ==, "description fail-fast timeout max-parallel directory ");
      myrmex_workflow_set_fail_fast (workflow, FALSE);
    }
  g_assert_cmpstr (notified->str, ==, "description fail-fast timeout max-parallel directory fail-fast fail-fast ");

  g_string_truncate (notified, 0);
  myrmex_workflow_set_env (workflow, env);
  myrmex_workflow_set_env (workflow, myrmex_workflow_get_env (workflow));
  myrmex_workflow_set_parameters (workflow, g_variant_new_parsed ("{'p': <{'type': <'string'>}>}"));
  myrmex_workflow_set_description (workflow, myrmex_workflow_get_description (workflow));
  myrmex_workflow_set_directory (workflow, myrmex_workflow_get_directory (workflow));
  g_assert_cmpstr (notified->str, ==, "env parameters ");

  g_assert_cmpstr (myrmex_workflow_get_description (workflow), ==, "why");
  g_assert_false (myrmex_workflow_get_fail_fast (workflow));
  g_assert_cmpfloat (myrmex_workflow_get_timeout (workflow), ==, 2.5);
  g_assert_cmpuint (myrmex_workflow_get_max_parallel (workflow), ==, 4);
  g_assert_cmpstr (myrmex_workflow_get_directory (workflow), ==, "/tmp");
  g_assert_true (g_variant_equal (myrmex_workflow_get_env (workflow), env));
  g_assert_cmpuint (g_variant_n_children (myrmex_workflow_get_parameters (workflow)), ==, 1);

  myrmex_workflow_set_env (workflow, NULL);
  myrmex_workflow_set_parameters (workflow, NULL);
  g_assert_null (myrmex_workflow_get_env (workflow));
  g_assert_null (myrmex_workflow_get_parameters (workflow));
}

static void
test_properties (void)
{
  g_autofree char *name = NULL;
  g_autofree char *directory = NULL;
  gboolean fail_fast;
  double timeout;
  guint max_parallel;
  g_autoptr (MyrmexWorkflow) workflow =
    g_object_new (MYRMEX_TYPE_WORKFLOW, "name", "x", "description", "why", "fail-fast", FALSE, "timeout", 1.5,
                  "max-parallel", 7u, "directory", "/d", "env", g_variant_new_parsed ("@a{sv} {}"), NULL);

  g_object_get (workflow, "name", &name, "fail-fast", &fail_fast, "timeout", &timeout, "max-parallel", &max_parallel,
                "directory", &directory, NULL);
  g_assert_cmpstr (name, ==, "x");
  g_assert_false (fail_fast);
  g_assert_cmpfloat (timeout, ==, 1.5);
  g_assert_cmpuint (max_parallel, ==, 7);
  g_assert_cmpstr (directory, ==, "/d");
  g_assert_nonnull (myrmex_workflow_get_env (workflow));
}

static void
test_timeout (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  static const double bad[] = { -1, NAN, INFINITY, -INFINITY, 1e9 + 0.5 };

  myrmex_workflow_set_timeout (workflow, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    myrmex_workflow_set_timeout (workflow, bad[i]);
  g_object_set (workflow, "timeout", -2.0, NULL);
  g_assert_cmpfloat (myrmex_workflow_get_timeout (workflow), ==, 3);
  assert_problems (workflow,
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not -1\n"
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not nan\n"
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not inf\n"
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not -inf\n"
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not 1000000000.5\n"
                   "The timeout of a workflow must be from 0 to 1000000000 seconds, not -2");
}

static void
test_tasks (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexTask) own = myrmex_task_new ("d", NULL);
  g_autoptr (GError) error = NULL;
  MyrmexTask *a = myrmex_workflow_add_noop (workflow, "a");
  MyrmexTask *b = myrmex_workflow_add_function (workflow, "b", work_cb, NULL, NULL);
  MyrmexTask *c = myrmex_workflow_add_async (workflow, "c", begin_cb, NULL, NULL);

  myrmex_workflow_add_task (workflow, own, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 4);
  g_assert_true (myrmex_workflow_get_task (workflow, "a") == a);
  g_assert_true (myrmex_workflow_get_nth_task (workflow, 1) == b);
  g_assert_true (myrmex_workflow_get_nth_task (workflow, 2) == c);
  g_assert_true (myrmex_workflow_get_task (workflow, "d") == own);
  g_assert_null (myrmex_workflow_get_nth_task (workflow, 4));
  g_assert_null (myrmex_workflow_get_task (workflow, "e"));
  g_assert_cmpstr (myrmex_task_get_action_type (a), ==, "noop");
  g_assert_cmpstr (myrmex_task_get_action_type (b), ==, "function");
  g_assert_cmpstr (myrmex_task_get_action_type (c), ==, "async");
}

/* A name that somebody depends on is no task. */
static void
test_named_only (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  MyrmexTask *a = myrmex_workflow_add_noop (workflow, "a");

  myrmex_task_add_dependency (a, "later");
  g_assert_null (myrmex_workflow_get_task (workflow, "later"));
  g_assert_cmpuint (myrmex_workflow_get_task_index (workflow, "later"), ==, MYRMEX_NO_INDEX);
  g_assert_true (myrmex_workflow_can_add (workflow, "later", NULL));
  myrmex_workflow_add_noop (workflow, "later");
  g_assert_cmpuint (myrmex_workflow_get_task_index (workflow, "later"), ==, 1);
}

/* A task that can not be added is good to be set up all the same, and goes with the workflow. */
static void
test_rejected (void)
{
  MyrmexWorkflow *workflow = myrmex_workflow_new (NULL);
  guint n_freed = 0;
  MyrmexTask *first = myrmex_workflow_add_function (workflow, "a", work_cb, &n_freed, count_cb);
  MyrmexTask *second = myrmex_workflow_add_function (workflow, "a", work_cb, &n_freed, count_cb);
  MyrmexTask *nameless = myrmex_workflow_add_async (workflow, "", begin_cb, &n_freed, count_cb);
  MyrmexTask *bad = myrmex_workflow_add_noop (workflow, "a b");
  g_autoptr (MyrmexTask) own = myrmex_task_new ("a", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (first != second);
  myrmex_task_add_dependency (second, "b");
  myrmex_task_set_timeout (nameless, 3);
  myrmex_task_set_condition (bad, "true");
  assert_dependencies (second, "b");
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 1);
  g_assert_true (myrmex_workflow_get_task (workflow, "a") == first);
  assert_problems (workflow,
                   "There are two tasks with the name “a”; each needs a name of its own\n"
                   "The name of a task is empty" NAME_RULE "\n"
                   "“a b” can not be the name of a task" NAME_RULE);

  g_assert_false (myrmex_workflow_can_add (workflow, "a", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);
  g_clear_error (&error);
  g_assert_false (myrmex_workflow_can_add (workflow, "a b", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (myrmex_workflow_add_task (workflow, own, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE);

  g_object_unref (workflow);
  g_assert_cmpuint (n_freed, ==, 3);
}

/* Two runs at once: the workflow is free when both are over. */
static void
test_busy (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexTask) own = myrmex_task_new ("own", NULL);
  g_autoptr (GError) error = NULL;
  guint n_freed = 0;

  myrmex_workflow_freeze (workflow);
  myrmex_workflow_freeze (workflow);
  g_assert_true (myrmex_workflow_is_busy (workflow));
  set_all (workflow);
  myrmex_workflow_set_env (workflow, g_variant_new_parsed ("@a{sv} {}"));
  myrmex_workflow_set_parameters (workflow, g_variant_new_parsed ("@a{sv} {}"));
  myrmex_workflow_add_function (workflow, "a", work_cb, &n_freed, count_cb);
  g_assert_false (myrmex_workflow_can_add (workflow, "b", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (myrmex_workflow_add_task (workflow, own, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, "Task “own” was added while the workflow ran; add it before or after");

  myrmex_workflow_thaw (workflow);
  g_assert_true (myrmex_workflow_is_busy (workflow));
  myrmex_workflow_thaw (workflow);
  g_assert_false (myrmex_workflow_is_busy (workflow));

  g_assert_null (myrmex_workflow_get_description (workflow));
  g_assert_true (myrmex_workflow_get_fail_fast (workflow));
  g_assert_cmpfloat (myrmex_workflow_get_timeout (workflow), ==, 0);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 0);
  assert_problems (workflow,
                   "“description” was changed while the workflow ran; change it before or after\n"
                   "“fail-fast” was changed while the workflow ran; change it before or after\n"
                   "“timeout” was changed while the workflow ran; change it before or after\n"
                   "“max-parallel” was changed while the workflow ran; change it before or after\n"
                   "“directory” was changed while the workflow ran; change it before or after\n"
                   "“env” was changed while the workflow ran; change it before or after\n"
                   "“parameters” was changed while the workflow ran; change it before or after\n"
                   "Task “a” was added while the workflow ran; add it before or after");
  set_all (workflow);
  g_assert_cmpstr (myrmex_workflow_get_description (workflow), ==, "why");
}

static void
add_tasks (MyrmexWorkflow *workflow,
           const char     *names)
{
  for (; *names != '\0'; names++)
    {
      const char name[] = { *names, '\0' };

      myrmex_workflow_add_noop (workflow, name);
    }
}

static void
test_chain (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  const char *names[] = { "a", "b", "c", NULL };
  const char *one[] = { "a", NULL };
  const char *none[] = { NULL };
  const char *missing[] = { "a", "x", "c", NULL };

  add_tasks (workflow, "abc");
  myrmex_workflow_chain (workflow, none);
  myrmex_workflow_chain (workflow, one);
  myrmex_workflow_chain (workflow, names);
  assert_dependencies (myrmex_workflow_get_task (workflow, "a"), "");
  assert_dependencies (myrmex_workflow_get_task (workflow, "b"), "a");
  assert_dependencies (myrmex_workflow_get_task (workflow, "c"), "b");
  assert_problems (workflow, "");

  myrmex_workflow_chain (workflow, missing);
  assert_dependencies (myrmex_workflow_get_task (workflow, "c"), "b");
  assert_problems (workflow, "There is no task “x” to connect; add it first\n"
                             "There is no task “x” to connect; add it first");
}

static void
test_parallel (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  const char *names[] = { "b", "c", NULL };

  add_tasks (workflow, "abc");
  myrmex_workflow_parallel (workflow, names, NULL);
  assert_dependencies (myrmex_workflow_get_task (workflow, "b"), "");
  myrmex_workflow_parallel (workflow, names, "a");
  assert_dependencies (myrmex_workflow_get_task (workflow, "b"), "a");
  assert_dependencies (myrmex_workflow_get_task (workflow, "c"), "a");
  assert_problems (workflow, "");

  myrmex_workflow_parallel (workflow, names, "x");
  assert_problems (workflow, "There is no task “x” to connect; add it first\n"
                             "There is no task “x” to connect; add it first");
}

static void
test_fan_out_fan_in (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  const char *names[] = { "b", "c", "d", NULL };

  add_tasks (workflow, "abcde");
  myrmex_workflow_fan_out_fan_in (workflow, "a", names, "e");
  assert_dependencies (myrmex_workflow_get_task (workflow, "a"), "");
  assert_dependencies (myrmex_workflow_get_task (workflow, "b"), "a");
  assert_dependencies (myrmex_workflow_get_task (workflow, "d"), "a");
  assert_dependencies (myrmex_workflow_get_task (workflow, "e"), "b c d");
  assert_problems (workflow, "");

  myrmex_workflow_fan_out_fan_in (workflow, "a", names, "z");
  assert_problems (workflow, "There is no task “z” to connect; add it first\n"
                             "There is no task “z” to connect; add it first\n"
                             "There is no task “z” to connect; add it first");
}

static gpointer
complain_cb (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    myrmex_workflow_add_problem (data, g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_BUSY, "x"));
  return NULL;
}

/* Callbacks of a run may change the workflow wrongly in any thread. */
static void
test_problems_in_threads (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  g_autoptr (GPtrArray) problems = NULL;
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("complain", complain_cb, workflow);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  problems = myrmex_workflow_dup_problems (workflow);
  g_assert_cmpuint (problems->len, ==, 4000);
}

static void
test_progress (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  gulong handler;

  g_assert_false (myrmex_workflow_has_listeners (workflow));
  handler = g_signal_connect (workflow, "progress", G_CALLBACK (work_cb), NULL);
  g_assert_true (myrmex_workflow_has_listeners (workflow));
  g_signal_handler_disconnect (workflow, handler);
  g_assert_false (myrmex_workflow_has_listeners (workflow));
}

/* A hundred thousand names, and as many that are only depended on. */
static void
test_many (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new (NULL);
  const guint n = 100000;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("task-%u", i);
      g_autofree char *before = g_strdup_printf ("task-%u", i - 1);
      g_autofree char *other = g_strdup_printf ("other-%u", i);
      MyrmexTask *task = myrmex_workflow_add_noop (workflow, name);

      if (i > 0)
        myrmex_task_add_dependency (task, before);
      myrmex_task_add_dependency (task, other);
    }

  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, n);
  for (guint i = 0; i < n; i += 997)
    {
      g_autofree char *name = g_strdup_printf ("task-%u", i);
      g_autofree char *other = g_strdup_printf ("other-%u", i);

      g_assert_cmpuint (myrmex_workflow_get_task_index (workflow, name), ==, i);
      g_assert_cmpstr (myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i)), ==, name);
      g_assert_null (myrmex_workflow_get_task (workflow, other));
    }
  assert_dependencies (myrmex_workflow_get_task (workflow, "task-99999"), "task-99998 other-99999");
  assert_problems (workflow, "");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workflow/defaults", test_defaults);
  g_test_add_func ("/workflow/names", test_names);
  g_test_add_func ("/workflow/setters", test_setters);
  g_test_add_func ("/workflow/properties", test_properties);
  g_test_add_func ("/workflow/timeout", test_timeout);
  g_test_add_func ("/workflow/tasks", test_tasks);
  g_test_add_func ("/workflow/named-only", test_named_only);
  g_test_add_func ("/workflow/rejected", test_rejected);
  g_test_add_func ("/workflow/busy", test_busy);
  g_test_add_func ("/workflow/chain", test_chain);
  g_test_add_func ("/workflow/parallel", test_parallel);
  g_test_add_func ("/workflow/fan-out-fan-in", test_fan_out_fan_in);
  g_test_add_func ("/workflow/problems-in-threads", test_problems_in_threads);
  g_test_add_func ("/workflow/progress", test_progress);
  g_test_add_func ("/workflow/many", test_many);

  return g_test_run ();
}
