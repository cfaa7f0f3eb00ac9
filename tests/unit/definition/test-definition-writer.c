/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-actions.h"

#include "definition/myrmex-definition.h"
#include "model/myrmex-retry-policy.h"

static MyrmexWorkflow *
load (const char *text)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);

  g_assert_no_error (error);
  return workflow;
}

static char *
save (MyrmexWorkflow *workflow)
{
  g_autoptr (GError) error = NULL;
  char *text = myrmex_workflow_to_json (workflow, &error);

  g_assert_no_error (error);
  return text;
}

static void
assert_same_variant (GVariant *a,
                     GVariant *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  g_assert_true (a == NULL || g_variant_equal (a, b));
}

/* The same keys and values; the key that names the action moves to the front. */
static void
assert_same_spec (GVariant *a,
                  GVariant *b)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_assert_cmpuint (g_variant_n_children (a), ==, g_variant_n_children (b));
  g_variant_iter_init (&iter, a);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) other = g_variant_lookup_value (b, key, NULL);

      assert_same_variant (value, other);
    }
}

static void
assert_same_words (const char * const *a,
                   const char * const *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  g_assert_true (a == NULL || g_strv_equal (a, b));
}

static void
assert_same_policy (MyrmexRetryPolicy *a,
                    MyrmexRetryPolicy *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  if (a == NULL)
    return;

  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (a), ==, myrmex_retry_policy_get_max_attempts (b));
  g_assert_cmpfloat (myrmex_retry_policy_get_initial_delay (a), ==, myrmex_retry_policy_get_initial_delay (b));
  g_assert_cmpfloat (myrmex_retry_policy_get_exponential_base (a), ==, myrmex_retry_policy_get_exponential_base (b));
  g_assert_cmpfloat (myrmex_retry_policy_get_max_delay (a), ==, myrmex_retry_policy_get_max_delay (b));
  g_assert_cmpfloat (myrmex_retry_policy_get_jitter (a), ==, myrmex_retry_policy_get_jitter (b));
  g_assert_cmpfloat (myrmex_retry_policy_get_max_elapsed (a), ==, myrmex_retry_policy_get_max_elapsed (b));
  assert_same_words (myrmex_retry_policy_get_retry_on (a), myrmex_retry_policy_get_retry_on (b));
}

/* By what the getters say, so that a mistake of the writer does not hide itself. */
static void
assert_same_task (MyrmexTask *a,
                  MyrmexTask *b)
{
  g_auto (GStrv) dependencies_a = myrmex_task_dup_dependencies (a);
  g_auto (GStrv) dependencies_b = myrmex_task_dup_dependencies (b);
  MyrmexAction *action_a = myrmex_task_get_action (a);
  MyrmexAction *action_b = myrmex_task_get_action (b);

  g_assert_cmpstr (myrmex_task_get_name (a), ==, myrmex_task_get_name (b));
  g_assert_cmpstr (myrmex_task_get_description (a), ==, myrmex_task_get_description (b));
  g_assert_cmpstr (myrmex_task_get_action_type (a), ==, myrmex_task_get_action_type (b));
  g_assert_true ((action_a == NULL) == (action_b == NULL));
  if (action_a != NULL)
    assert_same_spec (myrmex_action_get_spec (action_a), myrmex_action_get_spec (action_b));
  g_assert_true (g_strv_equal ((const char * const *) dependencies_a, (const char * const *) dependencies_b));
  g_assert_cmpint (myrmex_task_get_trigger_rule (a), ==, myrmex_task_get_trigger_rule (b));
  g_assert_cmpint (myrmex_task_get_priority (a), ==, myrmex_task_get_priority (b));
  g_assert_cmpfloat (myrmex_task_get_timeout (a), ==, myrmex_task_get_timeout (b));
  g_assert_cmpstr (myrmex_task_get_condition (a), ==, myrmex_task_get_condition (b));
  g_assert_cmpstr (myrmex_task_get_transform (a), ==, myrmex_task_get_transform (b));
  assert_same_policy (myrmex_task_get_retry_policy (a), myrmex_task_get_retry_policy (b));
  assert_same_words (myrmex_task_get_tags (a), myrmex_task_get_tags (b));
  assert_same_variant (myrmex_task_get_metadata (a), myrmex_task_get_metadata (b));
}

static void
assert_same_workflow (MyrmexWorkflow *a,
                      MyrmexWorkflow *b)
{
  g_assert_cmpstr (myrmex_workflow_get_name (a), ==, myrmex_workflow_get_name (b));
  g_assert_cmpstr (myrmex_workflow_get_description (a), ==, myrmex_workflow_get_description (b));
  g_assert_cmpstr (myrmex_workflow_get_directory (a), ==, myrmex_workflow_get_directory (b));
  g_assert_cmpint (myrmex_workflow_get_fail_fast (a), ==, myrmex_workflow_get_fail_fast (b));
  g_assert_cmpfloat (myrmex_workflow_get_timeout (a), ==, myrmex_workflow_get_timeout (b));
  g_assert_cmpuint (myrmex_workflow_get_max_parallel (a), ==, myrmex_workflow_get_max_parallel (b));
  assert_same_variant (myrmex_workflow_get_env (a), myrmex_workflow_get_env (b));
  assert_same_variant (myrmex_workflow_get_parameters (a), myrmex_workflow_get_parameters (b));
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (a), ==, myrmex_workflow_get_n_tasks (b));
  for (guint i = 0; i < myrmex_workflow_get_n_tasks (a); i++)
    assert_same_task (myrmex_workflow_get_nth_task (a, i), myrmex_workflow_get_nth_task (b, i));
}

/* Load, save, load, save: the workflows are the same, and the texts. */
static void
assert_round_trip (MyrmexWorkflow *workflow)
{
  g_autofree char *first = save (workflow);
  g_autoptr (MyrmexWorkflow) again = load (first);
  g_autofree char *second = save (again);

  assert_same_workflow (workflow, again);
  g_assert_cmpstr (first, ==, second);
}

static void
test_file (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_file (data, &error);

  g_assert_no_error (error);
  assert_round_trip (workflow);
}

static void
test_text (void)
{
  const char *text =
    "{\n"
    "  \"myrmex\": 1,\n"
    "  \"name\": \"x\",\n"
    "  \"parameters\": {\n"
    "    \"p\": {\n"
    "      \"type\": \"number\",\n"
    "      \"default\": 0.5\n"
    "    }\n"
    "  },\n"
    "  \"fail_fast\": false,\n"
    "  \"timeout\": 2.5,\n"
    "  \"max_parallel\": 3,\n"
    "  \"tasks\": {\n"
    "    \"a\": {\n"
    "      \"description\": \"first\",\n"
    "      \"test.echo\": [\n"
    "        \"${{ parameters.p }}\",\n"
    "        null\n"
    "      ],\n"
    "      \"tone\": \"low\",\n"
    "      \"timeout\": 30\n"
    "    },\n"
    "    \"b\": {\n"
    "      \"noop\": {},\n"
    "      \"dependencies\": [\n"
    "        \"a\"\n"
    "      ],\n"
    "      \"trigger_rule\": \"all_done\",\n"
    "      \"priority\": -1,\n"
    "      \"condition\": \"tasks.a.value\",\n"
    "      \"retry_policy\": {\n"
    "        \"jitter\": 0.25\n"
    "      }\n"
    "    }\n"
    "  }\n"
    "}\n";
  g_autoptr (MyrmexWorkflow) workflow = load (text);
  g_autofree char *saved = save (workflow);

  g_assert_cmpstr (saved, ==, text);
}

static const char * const words[] = {
  "", "a", "plain text", "quo\"te", "back\\slash", "line\nbreak", "tab\t", "caf\xc3\xa9", "\xf0\x9f\x98\x80",
  "\x1b[31m", "\xe2\x80\xae", "// no comment", "${{ parameters.p0 }}", "0", "true", "\x7f", "/*", "</script>",
};

static const char *
pick_word (void)
{
  return words[g_test_rand_int_range (0, G_N_ELEMENTS (words))];
}

/* Any value that JSON has. */
static GVariant *
make_value (guint depth)
{
  GVariantBuilder builder;
  guint n = (guint) g_test_rand_int_range (0, 4);

  switch (g_test_rand_int_range (0, depth == 0 ? 5 : 7))
    {
    case 0:
      return g_variant_ref_sink (g_variant_new_signature (""));
    case 1:
      return g_variant_ref_sink (g_variant_new_boolean (g_test_rand_bit ()));
    case 2:
      return g_variant_ref_sink (g_variant_new_int64 ((gint64) g_test_rand_int () * g_test_rand_int ()));
    case 3:
      return g_variant_ref_sink (g_variant_new_double (g_test_rand_double_range (-1e9, 1e9)));
    case 4:
      return g_variant_ref_sink (g_variant_new_string (pick_word ()));
    case 5:
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
      for (guint i = 0; i < n; i++)
        {
          g_autoptr (GVariant) child = make_value (depth - 1);

          g_variant_builder_add (&builder, "v", child);
        }
      return g_variant_ref_sink (g_variant_builder_end (&builder));
    default:
      g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
      for (guint i = 0; i < n; i++)
        {
          g_autoptr (GVariant) child = make_value (depth - 1);
          g_autofree char *key = g_strdup_printf ("%u%s", i, pick_word ());

          g_variant_builder_add (&builder, "{sv}", key, child);
        }
      return g_variant_ref_sink (g_variant_builder_end (&builder));
    }
}

static void
add_parameters (MyrmexWorkflow *workflow)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (int i = 0; i < g_test_rand_int_range (1, 5); i++)
    {
      g_autofree char *name = g_strdup_printf ("p%d", i);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "type", "s", "string");
      if (g_test_rand_bit ())
        g_variant_dict_insert (&dict, "default", "s", pick_word ());
      g_variant_builder_add (&builder, "{sv}", name, g_variant_dict_end (&dict));
    }
  myrmex_workflow_set_parameters (workflow, g_variant_builder_end (&builder));
}

static MyrmexTask *
add_task (MyrmexWorkflow *workflow,
          const char     *name)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (MyrmexAction) action = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict dict;

  if (g_test_rand_bit ())
    return myrmex_workflow_add_noop (workflow, name);

  g_variant_dict_init (&dict, NULL);
  value = make_value (4);
  g_variant_dict_insert_value (&dict, "test.echo", value);
  if (g_test_rand_bit ())
    g_variant_dict_insert (&dict, "tone", "s", pick_word ());
  action = myrmex_action_create ("test.echo", g_variant_dict_end (&dict), &error);
  g_assert_no_error (error);
  return myrmex_workflow_add_action (workflow, name, action);
}

static void
set_up_task (MyrmexTask *task,
             guint       index)
{
  const char *tags[] = { "one", "t\"wo", NULL };
  const char *failures[] = { "timeout", "exit-75", NULL };

  for (int i = 0; i < g_test_rand_int_range (0, 4) && index > 0; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%d", g_test_rand_int_range (0, (int) index));

      myrmex_task_add_dependency (task, name);
    }
  myrmex_task_set_trigger_rule (task, (MyrmexTriggerRule) g_test_rand_int_range (0, 7));
  if (g_test_rand_bit ())
    myrmex_task_set_priority (task, g_test_rand_int ());
  if (g_test_rand_bit ())
    myrmex_task_set_timeout (task, g_test_rand_bit () ? g_test_rand_double () : g_test_rand_int_range (0, 1000));
  if (g_test_rand_bit ())
    myrmex_task_set_description (task, pick_word ());
  if (g_test_rand_bit ())
    myrmex_task_set_condition (task, "parameters.p0 == 'x' && tasks != null");
  if (g_test_rand_bit ())
    myrmex_task_set_transform (task, "fromJSON(value)[0]");
  if (g_test_rand_bit ())
    myrmex_task_set_tags (task, tags);
  if (g_test_rand_bit ())
    {
      g_autoptr (MyrmexRetryPolicy) policy =
        myrmex_retry_policy_new_full (g_test_rand_int_range (1, 9), g_test_rand_double (), 1 + g_test_rand_double (),
                                      g_test_rand_int_range (0, 100), g_test_rand_double (), 0,
                                      g_test_rand_bit () ? failures : NULL, NULL);

      myrmex_task_set_retry_policy (task, policy);
    }
}

/* Workflows that a program builds, of all that a definition can hold. */
static void
test_random (void)
{
  const guint n_workflows = g_test_slow () ? 5000 : 300;

  for (guint i = 0; i < n_workflows; i++)
    {
      g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("random");
      guint n_tasks = (guint) g_test_rand_int_range (0, 12);

      add_parameters (workflow);
      if (g_test_rand_bit ())
        myrmex_workflow_set_description (workflow, pick_word ());
      if (g_test_rand_bit ())
        myrmex_workflow_set_timeout (workflow, g_test_rand_double_range (0, 1e9));
      myrmex_workflow_set_fail_fast (workflow, g_test_rand_bit ());
      myrmex_workflow_set_max_parallel (workflow, (guint) g_test_rand_int_range (0, 3));
      for (guint task = 0; task < n_tasks; task++)
        {
          g_autofree char *name = g_strdup_printf ("t%u", task);

          set_up_task (add_task (workflow, name), task);
        }
      assert_round_trip (workflow);
    }
}

static GVariant *
function_cb (MyrmexTaskContext  *context,
             gpointer            data,
             GError            **error)
{
  return NULL;
}

static gboolean
condition_cb (MyrmexTaskContext  *context,
              gpointer            data,
              GError            **error)
{
  return TRUE;
}

static GVariant *
transform_cb (MyrmexTaskContext  *context,
              GVariant           *value,
              gpointer            data,
              GError            **error)
{
  return NULL;
}

static void
assert_refused (MyrmexWorkflow *workflow,
                const char     *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_workflow_to_json (workflow, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_cmpstr (error->message, ==, message);
}

/* A folder may be called anything, and a definition is text. */
static void
test_folder (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");

  myrmex_workflow_add_noop (workflow, "a");
  myrmex_workflow_set_directory (workflow, "/a\xff");
  assert_refused (workflow, "Workflow “w” is in the folder “/a\357\277\275”, which is not UTF-8, as all that a definition "
                            "holds has to be");
}

static void
test_functions (void)
{
  g_autoptr (MyrmexWorkflow) a = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexWorkflow) b = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexWorkflow) c = myrmex_workflow_new (NULL);

  myrmex_workflow_add_noop (a, "fine");
  myrmex_workflow_add_function (a, "work", function_cb, NULL, NULL);
  assert_refused (a, "Task “work” is a function of this program, which a definition can not hold");

  myrmex_task_set_condition_func (myrmex_workflow_add_noop (b, "when"), condition_cb, NULL, NULL);
  assert_refused (b, "The condition of task “when” is a function of this program, which a definition can not hold");

  myrmex_task_set_transform_func (myrmex_workflow_add_noop (c, "how"), transform_cb, NULL, NULL);
  assert_refused (c, "The transform of task “how” is a function of this program, which a definition can not hold");
}

/* Actions that a program made by itself. */
static void
test_unnamed_actions (void)
{
  g_autoptr (MyrmexWorkflow) a = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexWorkflow) b = myrmex_workflow_new (NULL);
  g_autoptr (MyrmexAction) nameless = g_object_new (test_echo_get_type (), NULL);
  g_autoptr (MyrmexAction) unknown = g_object_new (test_echo_get_type (), "type-name", "test.unknown", "spec",
                                                   g_variant_new_parsed ("{'test.unknown': <1>}"), NULL);

  myrmex_workflow_add_action (a, "x", nameless);
  assert_refused (a, "Task “x” has an action of type “action”, which is not one that a definition can name");
  myrmex_workflow_add_action (b, "y", unknown);
  assert_refused (b, "Task “y” has an action of type “test.unknown”, which is not one that a definition can name");
}

/* The definitions in a folder, and those in the folders in it. */
static void
add_files (const char *below_tests)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, below_tests, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (folder, name, "workflow.json", NULL);
      g_autofree char *test = g_strdup_printf ("/definition-writer/file/%s", name);

      if (g_str_has_suffix (name, ".json"))
        g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_file, g_free);
      else if (g_file_test (below, G_FILE_TEST_EXISTS))
        g_test_add_data_func_full (test, g_steal_pointer (&below), test_file, g_free);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  register_test_actions ();

  add_files ("fixtures/definitions/good");
  add_files ("../data/examples");
  g_test_add_func ("/definition-writer/text", test_text);
  g_test_add_func ("/definition-writer/random", test_random);
  g_test_add_func ("/definition-writer/functions", test_functions);
  g_test_add_func ("/definition-writer/folder", test_folder);
  g_test_add_func ("/definition-writer/unnamed-actions", test_unnamed_actions);

  return g_test_run ();
}
