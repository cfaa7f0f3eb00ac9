/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "discovery/myrmex-scripts.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-limits.h"
#include "discovery-fixture.h"
#include "engine/myrmex-local-runner.h"
#include "model/myrmex-retry-policy.h"

/* The names of the tasks, and what there is to say. */
static void
assert_found (Fixture    *fixture,
              const char *names,
              const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GPtrArray) diagnostics = myrmex_scripts_check (fixture->folder, &workflow, NULL, &error);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autofree char *told = NULL;

  g_assert_no_error (error);
  told = fixture_describe (fixture, diagnostics);
  g_assert_cmpstr (told, ==, expected);
  for (guint i = 0; workflow != NULL && i < myrmex_workflow_get_n_tasks (workflow); i++)
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "",
                            myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i)));
  g_assert_cmpstr (workflow != NULL ? found->str : NULL, ==, names);
}

static void
assert_settings_told (Fixture    *fixture,
                      const char *settings,
                      const char *expected)
{
  fixture_write (fixture, MYRMEX_SCRIPTS_FILE, settings);
  assert_found (fixture, NULL, expected);
}

static MyrmexWorkflow *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow = myrmex_workflow_new_from_scripts (fixture->folder, NULL, &error);

  g_assert_no_error (error);
  return workflow;
}

static MyrmexRun *
run (MyrmexWorkflow *workflow)
{
  g_autoptr (MyrmexRunner) runner = myrmex_local_runner_new ();
  g_autoptr (GError) error = NULL;
  MyrmexRun *result = myrmex_runner_start (runner, workflow, NULL, &error);

  g_assert_no_error (error);
  while (!myrmex_run_status_is_final (myrmex_run_get_status (result)))
    g_main_context_iteration (NULL, TRUE);
  return result;
}

static char *
dup_value (MyrmexRun  *result,
           const char *task)
{
  g_autoptr (MyrmexTaskResult) found = myrmex_run_dup_result (result, task);
  GVariant *value = myrmex_task_result_get_value (found);

  return value != NULL ? g_variant_dup_string (value, NULL) : g_strdup (myrmex_task_result_get_error (found)->message);
}

/* The origin never found what is directly in the folder. */
static void
test_directly_in_the_folder (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexRun) result = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  fixture_script (fixture, "10-first.sh", "pwd");
  fixture_script (fixture, "20-second", "echo two");
  fixture_write (fixture, MYRMEX_SCRIPTS_FILE, "{ \"defaults\": { \"output\": \"text\" } }");
  assert_found (fixture, "10-first.sh 20-second", "");

  workflow = load (fixture);
  g_assert_false (myrmex_workflow_get_fail_fast (workflow));
  result = run (workflow);
  g_assert_cmpint (myrmex_run_get_status (result), ==, MYRMEX_RUN_STATUS_COMPLETED);
  first = dup_value (result, "10-first.sh");
  second = dup_value (result, "20-second");
  g_assert_cmpstr (first, ==, fixture->folder);
  g_assert_cmpstr (second, ==, "two");
}

static void
test_left_out (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *fifo = fixture_path (fixture, "fifo");

  fixture_script (fixture, "a.sh", "true");
  fixture_script (fixture, ".hidden.sh", "true");
  fixture_script (fixture, "a.sh~", "true");
  fixture_script (fixture, "b.sh.bak", "true");
  fixture_script (fixture, "${{ x }}", "true");
  fixture_script (fixture, "data.json", "true");
  fixture_write (fixture, "README.md", "hello");
  fixture_script (fixture, ".git/hooks/commit", "true");
  fixture_script (fixture, "__pycache__/x", "true");
  fixture_script (fixture, "sub/c.sh", "true");
  fixture_link (fixture, "link.sh", "a.sh");
  fixture_link (fixture, "loop.sh", "loop.sh");
  fixture_link (fixture, "nowhere.sh", "gone");
  fixture_link (fixture, "round", ".");
  g_assert_cmpint (mkfifo (fifo, 0755), ==, 0);
  assert_found (fixture, "a.sh link.sh",
                "${{ x }}: note: left out: its name has “${{” in it, which begins a template\n"
                ".git: note: left out: it is a hidden folder\n"
                ".hidden.sh: note: left out: it is hidden\n"
                "README.md: note: left out: it is not executable\n"
                "__pycache__: note: left out: such folders belong to other tools\n"
                "a.sh~: note: left out: it is a backup\n"
                "b.sh.bak: note: left out: it is a backup\n"
                "data.json: note: left out: it is JSON, and no script\n"
                "fifo: note: left out: it is no regular file\n"
                "loop.sh: note: left out: it is a link that leads to itself\n"
                "nowhere.sh: note: left out: it is a link that leads nowhere\n"
                "round: note: left out: it is a folder beyond “depth”\n"
                "sub: note: left out: it is a folder beyond “depth”\n");
}

static void
test_depth_pattern_skip (Fixture       *fixture,
                         gconstpointer  data)
{
  fixture_script (fixture, "a.sh", "true");
  fixture_script (fixture, "b.py", "true");
  fixture_script (fixture, "c.rb", "true");
  fixture_script (fixture, "sub/a.sh", "true");
  fixture_script (fixture, "sub/deep/a.sh", "true");
  fixture_script (fixture, "old/a.sh", "true");
  fixture_link (fixture, "sub/up", "..");

  fixture_write (fixture, MYRMEX_SCRIPTS_FILE, "{ \"depth\": 2, \"pattern\": [\"*.sh\", \"*.py\"], \"skip\": \"old\" }");
  assert_found (fixture, "a.sh b.py sub.a.sh",
                "c.rb: note: left out: it does not match “pattern”\n"
                "old: note: left out: “skip” says so\n"
                "sub/deep: note: left out: it is a folder beyond “depth”\n"
                "sub/up: note: left out: it is a folder beyond “depth”\n");

  fixture_write (fixture, MYRMEX_SCRIPTS_FILE, "{ \"depth\": 9, \"pattern\": \"sub/*\", \"skip\": [\"sub/deep\"] }");
  assert_found (fixture, "sub.a.sh",
                "a.sh: note: left out: it does not match “pattern”\n"
                "b.py: note: left out: it does not match “pattern”\n"
                "c.rb: note: left out: it does not match “pattern”\n"
                "old/a.sh: note: left out: it does not match “pattern”\n"
                "sub/deep: note: left out: “skip” says so\n"
                "sub/up: note: left out: it is a link to a folder\n");
}

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autofree char *long_name = g_strnfill (200, 'x');
  g_autofree char *longer = g_strconcat (long_name, "y", NULL);

  fixture_write (fixture, MYRMEX_SCRIPTS_FILE, "{ \"depth\": 2, \"scripts\": { \"z.sh\": { \"name\": \"a.b\" } } }");
  fixture_script (fixture, "a b.sh", "true");
  fixture_script (fixture, "a/b", "true");
  fixture_script (fixture, "a?b.sh", "true");
  fixture_script (fixture, "z.sh", "true");
  assert_found (fixture, "a.b-2 a_b.sh a_b.sh-2 a.b", "");

  fixture_script (fixture, long_name, "true");
  fixture_script (fixture, longer, "true");
  workflow = load (fixture);
  for (guint i = 0; i < myrmex_workflow_get_n_tasks (workflow); i++)
    g_assert_cmpuint (strlen (myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i))), <=,
                      MYRMEX_MAX_NAME_BYTES);
}

static void
test_settings (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexRun) result = NULL;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *order = NULL;
  g_auto (GStrv) dependencies = NULL;
  MyrmexTask *task;

  fixture_folder (fixture, "work");
  fixture_script (fixture, "one.sh", "echo \"$ALL $BOTH $OWN $*\"; exit 3");
  fixture_script (fixture, "two.sh", "pwd; echo \"$ALL $BOTH $OWN $*\"");
  fixture_write (fixture, MYRMEX_SCRIPTS_FILE,
                 "{ // settings\n"
                 "  \"$schema\": \"x\", \"myrmex\": 1, \"name\": \"checks\", \"description\": \"All of them\",\n"
                 "  \"fail_fast\": true, \"max_parallel\": 1, \"env\": { \"ALL\": \"all\" },\n"
                 "  \"parameters\": { \"who\": { \"type\": \"string\", \"default\": \"you\" } },\n"
                 "  \"defaults\": { \"output\": \"text\", \"timeout\": 30, \"env\": { \"BOTH\": \"default\" }, \"arguments\": [\"-d\", \"\"],\n"
                 "                  \"retry_policy\": { \"max_attempts\": 2, \"initial_delay\": 0 }, \"tags\": [\"t\"] },\n"
                 "  \"scripts\": {\n"
                 "    \"one.sh\": { \"allowed_exit_codes\": [0, 3], \"env\": { \"BOTH\": \"own\", \"OWN\": \"1\" },\n"
                 "                  \"arguments\": [\"${{ parameters.who }}\"], \"timeout\": 5 },\n"
                 "    \"two.sh\": { \"dependencies\": [\"one.sh\"], \"directory\": \"work\", \"name\": \"second\" }\n"
                 "  } }");
  assert_found (fixture, "one.sh second", "work: note: left out: it is a folder beyond “depth”\n");

  workflow = load (fixture);
  g_assert_cmpstr (myrmex_workflow_get_name (workflow), ==, "checks");
  g_assert_cmpstr (myrmex_workflow_get_description (workflow), ==, "All of them");
  g_assert_true (myrmex_workflow_get_fail_fast (workflow));
  task = myrmex_workflow_get_task (workflow, "one.sh");
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 5);
  g_assert_cmpuint (myrmex_retry_policy_get_max_attempts (myrmex_task_get_retry_policy (task)), ==, 2);
  task = myrmex_workflow_get_task (workflow, "second");
  g_assert_cmpfloat (myrmex_task_get_timeout (task), ==, 30);
  dependencies = myrmex_task_dup_dependencies (task);
  order = g_strjoinv (" ", dependencies);
  g_assert_cmpstr (order, ==, "one.sh");

  result = run (workflow);
  g_assert_cmpint (myrmex_run_get_status (result), ==, MYRMEX_RUN_STATUS_COMPLETED);
  one = dup_value (result, "one.sh");
  g_assert_cmpstr (one, ==, "all own 1 you");
  two = dup_value (result, "second");
  g_assert_true (g_str_has_suffix (two, "/work\nall default  -d "));
}

/* The origin answered a broken configuration with a stack trace. */
static void
test_broken_settings (Fixture       *fixture,
                      gconstpointer  data)
{
  fixture_script (fixture, "a.sh", "true");
  fixture_script (fixture, "b.sh", "true");

#define AT "myrmex-scripts.json:"
  assert_settings_told (fixture, "[]", AT "1:1: The settings of scripts are an object, not an array\n");
  assert_settings_told (fixture, "{ \"scrips\": {}, \"recursive\": true, \"tasks\": {} }",
                        AT "1:3: There is no key “scrips” here; did you mean “scripts”?\n"
                        AT "1:17: There is no key “recursive” here; did you mean “depth”?\n"
                        AT "1:36: There is no key “tasks” here\n");
  assert_settings_told (fixture, "{ \"depth\": 0, \"pattern\": 3,\n  \"skip\": [\"\"] }",
                        AT "1:12: “depth” must be from 1 to 32, not 0\n"
                        AT "1:26: “pattern” must be an array, not an integer\n"
                        AT "2:12: None of “skip” may be empty\n");
  assert_settings_told (fixture, "{ \"scripts\": { \"a.hs\": {}, \"b.sh\": { \"args\": [], \"timeuot\": 3 } } }",
                        AT "1:16: There is no script “a.hs” here; did you mean “a.sh”?\n"
                        AT "1:38: There is no key “args” here; did you mean “arguments”?\n"
                        AT "1:50: There is no key “timeuot” here; did you mean “timeout”?\n");
  assert_settings_told (fixture, "{ \"scripts\": { \"a.sh\": { \"arguments\": \"-v\" }, \"b.sh\": { \"arguments\": [1] } } }",
                        AT "1:39: “arguments” must be an array, not a string\n"
                        AT "1:71: Each of “arguments” must be a string, not an integer\n");
  assert_settings_told (fixture,
                        "{ \"scripts\": { \"a.sh\": { \"dependencies\": [\"a.sh\"] }, \"b.sh\": { \"dependencies\": [\"c.sh\"] } } }",
                        AT "1:43: Task “a.sh” depends on itself\n"
                        AT "1:81: There is no script “c.sh” here; did you mean “a.sh”?\n");
  assert_settings_told (fixture,
                        "{ \"scripts\": { \"a.sh\": { \"dependencies\": [\"b.sh\"] }, \"b.sh\": { \"dependencies\": [\"a.sh\"] } } }",
                        AT "1:16: The dependencies form a cycle: a.sh → b.sh → a.sh\n");
  assert_settings_told (fixture, "{ \"scripts\": { \"a.sh\": { \"name\": \"x\" }, \"b.sh\": { \"name\": \"x\" } } }",
                        AT "1:59: Two scripts have the name “x”; each needs a name of its own\n");
  assert_settings_told (fixture, "{ \"scripts\": { \"a.sh\": { \"output\": \"xml\" } } }",
                        AT "1:36: “output” must be \"text\", \"json\", \"lines\", \"bytes\" or \"none\"\n");
  assert_settings_told (fixture, "{ \"scripts\": { \"a.sh\": { \"arguments\": [\"${{ parameters.x }}\"] } } }",
                        AT "1:45: There is no parameter “x”; declare it in “parameters”\n");
#undef AT
}

/* What is wrong for all is told once. */
static void
test_broken_defaults (Fixture       *fixture,
                      gconstpointer  data)
{
  fixture_script (fixture, "a.sh", "true");
  fixture_script (fixture, "b.sh", "true");
  assert_settings_told (fixture,
                        "{ \"defaults\": { \"grace\": -1, \"timeout\": \"x\", \"name\": \"n\", \"dependencies\": [],"
                        " \"env\": { \"A\": \"${{ tasks.b.value }}\" } } }",
                        "myrmex-scripts.json:1:26: “grace” must be a number of seconds from 0 to 3600\n"
                        "myrmex-scripts.json:1:41: “timeout” must be a number, not a string\n"
                        "myrmex-scripts.json:1:46: “name” belongs to one script, not to all of them\n"
                        "myrmex-scripts.json:1:59: “dependencies” belongs to one script, not to all of them\n"
                        "myrmex-scripts.json:1:98: There are no tasks to look at here, since this is filled before "
                        "any task has run\n");
}

static void
test_settings_of_what_was_left_out (Fixture       *fixture,
                                    gconstpointer  data)
{
  fixture_script (fixture, "a.sh", "true");
  fixture_write (fixture, "b.sh", "true");
  assert_settings_told (fixture, "{ \"scripts\": { \"b.sh\": { \"timeout\": 3 } } }",
                        "myrmex-scripts.json:1:16: The script “b.sh” was left out: it is not executable\n"
                        "b.sh: note: left out: it is not executable\n");
}

/* The origin called a batch of missing files a success with a total of 0. */
static void
test_nothing_to_run (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *none = fixture_path (fixture, "none");
  g_autofree char *file = fixture_path (fixture, "a.txt");

  g_assert_null (myrmex_workflow_new_from_scripts (fixture->folder, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);

  fixture_write (fixture, "a.txt", "hello");
  g_assert_null (myrmex_workflow_new_from_scripts (fixture->folder, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "1 file was left out"));
  g_assert_nonnull (strstr (error->message, "not executable"));
  g_clear_error (&error);

  g_assert_null (myrmex_workflow_new_from_scripts (none, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (myrmex_workflow_new_from_scripts (file, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

static void
test_settings_that_can_not_be_read (Fixture       *fixture,
                                    gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture_script (fixture, "a.sh", "true");
  fixture_link (fixture, MYRMEX_SCRIPTS_FILE, "nowhere");
  g_assert_null (myrmex_workflow_new_from_scripts (fixture->folder, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, MYRMEX_SCRIPTS_FILE));
  g_clear_error (&error);
}

/* Each stands for itself, and nothing that is printed hides how it ended, be it no text or a lot; and what a time-out
 * ends is ended with all that it started. */
static void
test_mixed_fate (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexRun) result = NULL;
  g_autoptr (MyrmexTaskResult) slow = NULL;
  g_autofree char *bad = NULL;

  fixture_script (fixture, "bad.sh", "exit 9");
  fixture_script (fixture, "good.sh", "true");
  fixture_script (fixture, "noise.sh", "printf '\\377\\376'; exit 5");
  fixture_script (fixture, "flood.sh", "head -c 3000000 /dev/zero");
  fixture_script (fixture, "slow.sh", "sleep 1000 & sleep 1000");
  fixture_write (fixture, MYRMEX_SCRIPTS_FILE,
                 "{ \"scripts\": { \"slow.sh\": { \"timeout\": 0.2 }, \"noise.sh\": { \"allowed_exit_codes\": [5] } } }");
  workflow = load (fixture);
  result = run (workflow);
  g_assert_cmpint (myrmex_run_get_status (result), ==, MYRMEX_RUN_STATUS_FAILED);
  bad = dup_value (result, "bad.sh");
  g_assert_nonnull (strstr (bad, "9"));
  slow = myrmex_run_dup_result (result, "slow.sh");
  g_assert_cmpint (myrmex_task_result_get_reason (slow), ==, MYRMEX_REASON_TIMED_OUT);
  {
    g_autoptr (MyrmexTaskResult) good = myrmex_run_dup_result (result, "good.sh");
    g_autoptr (MyrmexTaskResult) flood = myrmex_run_dup_result (result, "flood.sh");
    g_autoptr (MyrmexTaskResult) noise = myrmex_run_dup_result (result, "noise.sh");

    g_assert_true (myrmex_task_result_get_success (good));
    g_assert_true (myrmex_task_result_get_success (flood));
    g_assert_true (myrmex_task_result_get_success (noise));
  }
}

/* Whatever stands in the settings, it is told or it is good; nothing breaks. */
static void
test_anything_as_settings (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autofree char *corpus = g_test_build_filename (G_TEST_DIST, "fixtures", "definitions", "bad", NULL);
  g_autofree char *settings = fixture_path (fixture, MYRMEX_SCRIPTS_FILE);
  g_autoptr (GDir) dir = g_dir_open (corpus, 0, NULL);
  const char *name;
  guint n = 0;

  fixture_script (fixture, "list", "true");
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (corpus, name, NULL);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexWorkflow) workflow = NULL;
      g_autoptr (GPtrArray) diagnostics = NULL;
      g_autoptr (GString) moved = NULL;
      gsize length;

      if (!g_file_get_contents (path, &text, &length, NULL))
        continue;

      /* With its tasks as scripts, more of it is looked at. */
      moved = g_string_new_len (text, (gssize) length);
      g_string_replace (moved, "\"tasks\"", "\"scripts\"", 0);
      g_assert_true (g_file_set_contents (settings, moved->str, (gssize) moved->len, NULL));
      diagnostics = myrmex_scripts_check (fixture->folder, &workflow, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (workflow != NULL || diagnostics->len > 0);
      n++;
    }
  g_assert_cmpuint (n, >, 10);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture_script (fixture, "a.sh", "true");
  g_cancellable_cancel (cancellable);
  g_assert_null (myrmex_workflow_new_from_scripts (fixture->folder, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/scripts/directly-in-the-folder", test_directly_in_the_folder);
  fixture_add ("/scripts/left-out", test_left_out);
  fixture_add ("/scripts/depth-pattern-skip", test_depth_pattern_skip);
  fixture_add ("/scripts/names", test_names);
  fixture_add ("/scripts/settings", test_settings);
  fixture_add ("/scripts/broken-settings", test_broken_settings);
  fixture_add ("/scripts/broken-defaults", test_broken_defaults);
  fixture_add ("/scripts/settings-of-what-was-left-out", test_settings_of_what_was_left_out);
  fixture_add ("/scripts/nothing-to-run", test_nothing_to_run);
  fixture_add ("/scripts/settings-that-can-not-be-read", test_settings_that_can_not_be_read);
  fixture_add ("/scripts/mixed-fate", test_mixed_fate);
  fixture_add ("/scripts/anything-as-settings", test_anything_as_settings);
  fixture_add ("/scripts/cancelled", test_cancelled);

  return g_test_run ();
}
