/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-limits.h"
#include "definition/myrmex-definition.h"
#include "model/myrmex-retry-policy.h"

#define FIXTURES "fixtures/definitions/"

static char *
describe (GPtrArray *diagnostics)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < diagnostics->len; i++)
    {
      g_autofree char *line = myrmex_diagnostic_to_string (diagnostics->pdata[i]);

      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
read_fixture (const char *path,
              gsize      *length)
{
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, length, &error);
  g_assert_no_error (error);
  return text;
}

/* All diagnostics, to the letter; and the error of the loader is made of them. */
static void
test_bad (gconstpointer data)
{
  const char *path = data;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *expected_path = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *text = NULL;
  g_autofree char *found = NULL;
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  text = read_fixture (path, &length);
  diagnostics = myrmex_definition_check (text, (gssize) length, name, &workflow);
  found = describe (diagnostics);

  expected_path = g_strdup_printf ("%.*s.expected", (int) (strlen (path) - strlen (".json")), path);
  if (g_getenv ("MYRMEX_UPDATE_FIXTURES") != NULL)
    g_file_set_contents (expected_path, found, -1, NULL);
  expected = read_fixture (expected_path, NULL);
  g_assert_cmpstr (found, ==, expected);
  g_assert_null (workflow);

  workflow = myrmex_workflow_new_from_json (text, (gssize) length, name, &error);
  g_assert_null (workflow);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
  g_assert_cmpuint (strlen (error->message) + 1, ==, strlen (expected));
  g_assert_true (g_str_has_prefix (expected, error->message));
}

static void
test_good (gconstpointer data)
{
  const char *path = data;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autofree char *text = NULL;
  g_autofree char *found = NULL;
  gsize length;

  text = read_fixture (path, &length);
  diagnostics = myrmex_definition_check (text, (gssize) length, NULL, &workflow);
  found = describe (diagnostics);
  g_assert_cmpstr (found, ==, g_str_has_suffix (path, "/empty.json")
                                ? "1:50: warning: The workflow has no tasks, so that a run of it ends at once\n" : "");
  g_assert_nonnull (workflow);
}

static void
assert_json (GVariant   *value,
             const char *expected)
{
  g_autofree char *json = myrmex_value_to_json (value, FALSE);

  g_assert_cmpstr (json, ==, expected);
}

static void
assert_words (const char * const *words,
              const char         *expected)
{
  g_autofree char *joined = g_strjoinv (" ", (char **) words);

  g_assert_cmpstr (joined, ==, expected);
}

static MyrmexWorkflow *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, FIXTURES "good", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow;
  gsize length;

  text = read_fixture (path, &length);
  workflow = myrmex_workflow_new_from_json (text, (gssize) length, name, &error);
  g_assert_no_error (error);
  return workflow;
}

/* What is written in the text is in the workflow. */
static void
test_workflow (void)
{
  g_autoptr (MyrmexWorkflow) workflow = load ("everything.json");
  g_autoptr (GVariant) folder = NULL;

  g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, "everything_1.0-a");
  g_assert_cmpstr (myrmex_workflow_get_description (workflow), ==,
                   "Every key, with “quotes”, a \", a tab\t and an \xf0\x9f\x98\x80");
  g_assert_false (myrmex_workflow_get_fail_fast (workflow));
  g_assert_cmpfloat (myrmex_workflow_get_timeout (workflow), ==, 600.5);
  g_assert_cmpuint (myrmex_workflow_get_max_parallel (workflow), ==, 4);
  g_assert_cmpstr (myrmex_workflow_get_directory (workflow), ==, "work/here");
  assert_json (myrmex_workflow_get_env (workflow), "{\"LC_ALL\":\"C.UTF-8\",\"FOLDER\":\"${{ parameters.folder }}\"}");
  folder = g_variant_lookup_value (myrmex_workflow_get_parameters (workflow), "folder", NULL);
  assert_json (folder, "{\"type\":\"string\",\"default\":\"~/Pictures\",\"description\":\"Where to look\"}");
  g_assert_cmpuint (g_variant_n_children (myrmex_workflow_get_parameters (workflow)), ==, 8);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, 7);
}

static void
test_tasks (void)
{
  g_autoptr (MyrmexWorkflow) workflow = load ("everything.json");
  MyrmexTask *list = myrmex_workflow_get_nth_task (workflow, 0);
  MyrmexTask *count = myrmex_workflow_get_task (workflow, "count");
  MyrmexTask *join = myrmex_workflow_get_task (workflow, "join");
  MyrmexTask *again = myrmex_workflow_get_task (workflow, "again");
  MyrmexRetryPolicy *policy = myrmex_task_get_retry_policy (count);
  g_auto (GStrv) dependencies = myrmex_task_dup_dependencies (again);

  g_assert_cmpstr (myrmex_task_get_name (list), ==, "list");
  g_assert_cmpstr (myrmex_task_get_description (list), ==, "Lists what is there");
  g_assert_cmpstr (myrmex_task_get_action_type (list), ==, "command");
  assert_json (myrmex_action_get_spec (myrmex_task_get_action (list)),
               "{\"command\":[\"find\",\"${{ parameters.folder }}\",\"-name\",\"*.jpg\"],\"output\":\"lines\","
               "\"env\":{\"A\":\"${{ env.LC_ALL }}\",\"B\":\"\"},\"directory\":\"${{ parameters.folder }}/sub\"}");
  assert_words (myrmex_task_get_tags (list), "io first");
  assert_json (myrmex_task_get_metadata (list), "{\"owner\":\"ants\",\"weight\":1.5,\"null\":null,\"list\":[[],{}]}");
  g_assert_cmpint (myrmex_task_get_trigger_rule (list), ==, MYRMEX_TRIGGER_RULE_ALL_SUCCESS);
  g_assert_null (myrmex_task_get_retry_policy (list));

  g_assert_cmpstr (myrmex_task_get_condition (count), ==, "length(tasks.list.value) > 0 && !parameters.dry");
  g_assert_cmpstr (myrmex_task_get_transform (count), ==, "fromJSON(value)");
  g_assert_cmpfloat (myrmex_task_get_timeout (count), ==, 0.25);
  g_assert_cmpint (myrmex_task_get_priority (count), ==, -5);
  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (policy), ==, 5);
  g_assert_cmpfloat (myrmex_retry_policy_get_initial_delay (policy), ==, 0.1);
  g_assert_cmpfloat (myrmex_retry_policy_get_exponential_base (policy), ==, 1.5);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_delay (policy), ==, 10);
  g_assert_cmpfloat (myrmex_retry_policy_get_jitter (policy), ==, 0.5);
  g_assert_cmpfloat (myrmex_retry_policy_get_max_elapsed (policy), ==, 100);
  assert_words (myrmex_retry_policy_get_retry_on (policy), "timeout exit-75 http-5xx");

  g_assert_cmpstr (myrmex_task_get_action_type (again), ==, "noop");
  assert_words ((const char * const *) dependencies, "list");
  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (myrmex_task_get_retry_policy (again)), ==, 3);

  g_assert_cmpint (myrmex_task_get_trigger_rule (join), ==, MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS);
  g_assert_cmpint (myrmex_task_get_priority (join), ==, 7);
}

/* A policy that several tasks write out is there once. */
static void
test_shared_policy (void)
{
  const char *text =
    "{ \"myrmex\": 1, \"tasks\": {"
    " \"a\": { \"noop\": {}, \"retry_policy\": { \"max_attempts\": 2, \"retry_on\": [\"exit\"] } },"
    " \"b\": { \"noop\": {}, \"retry_policy\": { \"retry_on\": [\"exit\"], \"max_attempts\": 2 } },"
    " \"c\": { \"noop\": {}, \"retry_policy\": { \"retry_on\": [\"exit-1\"], \"max_attempts\": 2 } },"
    " \"d\": { \"noop\": {}, \"retry_policy\": { \"max_attempts\": 2 } } } }";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
  MyrmexRetryPolicy *policies[4];

  g_assert_no_error (error);
  for (guint i = 0; i < 4; i++)
    policies[i] = myrmex_task_get_retry_policy (myrmex_workflow_get_nth_task (workflow, i));
  g_assert_true (policies[0] == policies[1]);
  assert_words (myrmex_retry_policy_get_retry_on (policies[2]), "exit-1");
  g_assert_null (myrmex_retry_policy_get_retry_on (policies[3]));
}

static void
test_name_by_default (void)
{
  g_autoptr (MyrmexWorkflow) workflow = load ("minimal.json");

  g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, "workflow");
  g_assert_true (myrmex_workflow_get_fail_fast (workflow));
  g_assert_null (myrmex_workflow_get_directory (workflow));
}

static void
test_length (void)
{
  const char *text = "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {} } } }garbage";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;

  workflow = myrmex_workflow_new_from_json (text, (gssize) (strlen (text) - strlen ("garbage")), NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (workflow);
  g_assert_null (myrmex_workflow_new_from_json (text, -1, "x.json", &error));
  g_assert_cmpstr (error->message, ==, "x.json:1:50: The value has ended before this; nothing may follow it");
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (MYRMEX_MAX_DEFINITION_BYTES + 1, ' ');
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_workflow_new_from_json (text, -1, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
  g_assert_cmpstr (error->message, ==, "1:1: The definition has 8388609 bytes; it may have 8388608");
}

/* The hundred first in the order of the text, though they are found in several passes. */
static void
test_many_errors (void)
{
  g_autoptr (GString) text = g_string_new ("{ \"myrmex\": 1, \"tasks\": {");
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < 600; i++)
    g_string_append_printf (text, "%s\n\"t%u\": { \"noop\": {}, \"timeout\": -1,\n\"dependencies\": [\"x\"] }",
                            i > 0 ? "," : "", i);
  g_string_append (text, "\n} }");

  g_assert_null (myrmex_workflow_new_from_json (text->str, -1, NULL, &error));
  lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 101);
  g_assert_cmpstr (lines[0], ==, "2:32: “timeout” must be from 0 to 1000000000, not -1");
  g_assert_cmpstr (lines[1], ==, "3:18: Task “t0” depends on “x”, which does not exist");
  g_assert_cmpstr (lines[99], ==, "101:18: Task “t49” depends on “x”, which does not exist");
  g_assert_cmpstr (lines[100], ==, "… and 1100 more");

  diagnostics = myrmex_definition_check (text->str, -1, NULL, NULL);
  g_assert_cmpuint (diagnostics->len, ==, 1000);
}

static void
test_diagnostic (void)
{
  g_autoptr (GPtrArray) diagnostics = myrmex_definition_check ("{\n \"myrmex\": 1,\n\"tasks\": {} }", -1,
                                                               "dir/\xff.json", NULL);
  MyrmexDiagnostic *diagnostic;
  g_autofree char *text = NULL;

  g_assert_cmpuint (diagnostics->len, ==, 1);
  diagnostic = diagnostics->pdata[0];
  g_assert_cmpstr (myrmex_diagnostic_get_filename (diagnostic), ==, "dir/\xef\xbf\xbd.json");
  g_assert_cmpuint (myrmex_diagnostic_get_line (diagnostic), ==, 3);
  g_assert_cmpuint (myrmex_diagnostic_get_column (diagnostic), ==, 10);
  g_assert_cmpint (myrmex_diagnostic_get_severity (diagnostic), ==, MYRMEX_SEVERITY_WARNING);
  g_assert_cmpstr (myrmex_diagnostic_get_message (diagnostic), ==,
                   "The workflow has no tasks, so that a run of it ends at once");
  text = myrmex_diagnostic_to_string (diagnostic);
  g_assert_cmpstr (text, ==,
                   "dir/\xef\xbf\xbd.json:3:10: warning: The workflow has no tasks, so that a run of it ends at once");
}

/* Cut anywhere, the text is wrong, and nothing is read behind it. */
static void
test_truncated (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, FIXTURES "good", "everything.json", NULL);
  g_autofree char *whole = NULL;
  gsize length;

  whole = read_fixture (path, &length);
  for (gsize n = 0; n < length - 2; n++)
    {
      g_autofree char *text = g_memdup2 (whole, MAX (n, 1));
      g_autoptr (GPtrArray) diagnostics = NULL;
      g_autoptr (MyrmexWorkflow) workflow = NULL;

      diagnostics = myrmex_definition_check (text, (gssize) n, NULL, &workflow);
      g_assert_cmpuint (diagnostics->len, >, 0);
      g_assert_null (workflow);
    }
}

static int
compare_names_cb (gconstpointer a,
                  gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
add_fixtures (const char    *folder,
              GTestDataFunc  func)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, FIXTURES, folder, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".json"))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_assert_cmpuint (names->len, >, 3);
  g_ptr_array_sort (names, compare_names_cb);

  for (guint i = 0; i < names->len; i++)
    {
      const char *each = names->pdata[i];
      g_autofree char *test = g_strdup_printf ("/definition/%s/%.*s", folder,
                                               (int) (strlen (each) - strlen (".json")), each);

      g_test_add_data_func_full (test, g_build_filename (path, each, NULL), func, g_free);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_fixtures ("bad", test_bad);
  add_fixtures ("good", test_good);
  g_test_add_func ("/definition/workflow", test_workflow);
  g_test_add_func ("/definition/tasks", test_tasks);
  g_test_add_func ("/definition/shared-policy", test_shared_policy);
  g_test_add_func ("/definition/name-by-default", test_name_by_default);
  g_test_add_func ("/definition/length", test_length);
  g_test_add_func ("/definition/too-large", test_too_large);
  g_test_add_func ("/definition/many-errors", test_many_errors);
  g_test_add_func ("/definition/diagnostic", test_diagnostic);
  g_test_add_func ("/definition/truncated", test_truncated);

  return g_test_run ();
}
