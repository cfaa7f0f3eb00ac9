/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a writer of the log gets of a run. */

#include <myrmex.h>
#include <string.h>

#define CANARY "canary-5ecret"

static GMutex lock;
static GPtrArray *entries;       /* of GHashTable: field → text */
static MyrmexRun *asked_run;     /* that the writer asks; not owned */
static int n_pauses;             /* that the writer still makes: each of them makes entries itself */

/* Each ask makes entries, which ask again: without an end, whoever writes them would do nothing else. */
#define MAX_ASKS 50
static int n_asks;   /* atomic */

static GLogWriterOutput
writer_cb (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         data)
{
  GHashTable *entry = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; i < n_fields; i++)
    {
      if (fields[i].length < 0)
        g_hash_table_insert (entry, g_strdup (fields[i].key), g_strdup (fields[i].value));
    }
  if (g_strcmp0 (g_hash_table_lookup (entry, "GLIB_DOMAIN"), "Myrmex") != 0)
    {
      g_hash_table_unref (entry);
      return g_log_writer_default (level, fields, n_fields, data);
    }

  g_mutex_lock (&lock);
  g_ptr_array_add (entries, entry);
  g_mutex_unlock (&lock);
  if (asked_run != NULL && g_atomic_int_add (&n_asks, 1) < MAX_ASKS)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (asked_run, "a");

      g_assert_nonnull (result);
      if (g_atomic_int_add (&n_pauses, -1) > 0)
        {
          myrmex_run_pause (asked_run);
          myrmex_run_resume (asked_run);
        }
    }
  return G_LOG_WRITER_HANDLED;
}

static const char *
get (guint       i,
     const char *field)
{
  return g_hash_table_lookup (entries->pdata[i], field);
}

/* The only entry of a kind about a task, or the run where @task is NULL. */
static guint
find (const char *id,
      const char *task,
      const char *attempt)
{
  guint found = G_MAXUINT;

  for (guint i = 0; i < entries->len; i++)
    {
      if (g_strcmp0 (get (i, "MESSAGE_ID"), id) != 0 || g_strcmp0 (get (i, "MYRMEX_TASK"), task) != 0 ||
          g_strcmp0 (get (i, "MYRMEX_ATTEMPT"), attempt) != 0)
        continue;
      g_assert_cmpuint (found, ==, G_MAXUINT);
      found = i;
    }
  g_assert_cmpuint (found, !=, G_MAXUINT);
  return found;
}

static MyrmexRun *
start (MyrmexWorkflow *workflow,
       gboolean        logs_events,
       const char     *options)
{
  g_autoptr (MyrmexRunner) runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "logs-events", logs_events, NULL);
  g_autoptr (GError) error = NULL;
  MyrmexRun *run;

  g_ptr_array_set_size (entries, 0);
  run = myrmex_runner_start (runner, workflow, g_variant_new_parsed (options), &error);
  g_assert_no_error (error);
  return run;
}

static MyrmexWorkflow *
read_definition (const char *text)
{
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow = myrmex_workflow_new_from_json (text, -1, "test", &error);

  g_assert_no_error (error);
  return workflow;
}

static void
wait_for (MyrmexRun *run)
{
  g_autoptr (GError) error = NULL;

  myrmex_run_wait (run, NULL, &error);
  g_assert_true (myrmex_run_status_is_final (myrmex_run_get_status (run)));
}

static void
check_common (MyrmexRun *run)
{
  for (guint i = 0; i < entries->len; i++)
    {
      g_assert_cmpstr (get (i, "MYRMEX_RUN"), ==, myrmex_run_get_id (run));
      g_assert_cmpstr (get (i, "MYRMEX_WORKFLOW"), ==, "kinds");
      g_assert_cmpuint (strlen (get (i, "MESSAGE_ID")), ==, 32);
      g_assert_nonnull (get (i, "MYRMEX_STATUS"));
      g_assert_nonnull (get (i, "PRIORITY"));
      g_assert_nonnull (strstr (get (i, "MESSAGE"), myrmex_run_get_id (run)));
    }
}

static void
test_kinds (void)
{
  g_autoptr (MyrmexWorkflow) workflow = read_definition (
    "{ \"myrmex\": 1, \"name\": \"kinds\", \"fail_fast\": false, \"tasks\": {"
    "  \"good\": { \"command\": [\"true\"] },"
    "  \"bad\": { \"shell\": \"echo " CANARY "; echo " CANARY " >&2; exit 75\","
    "             \"retry_policy\": { \"max_attempts\": 2, \"initial_delay\": 0.25 } },"
    "  \"slow\": { \"command\": [\"sleep\", \"1000\"], \"timeout\": 0.01 },"
    "  \"none\": { \"command\": [\"/nonexistent/program\"] },"
    "  \"skipped\": { \"command\": [\"true\"], \"dependencies\": [\"bad\"] },"
    "  \"passed\": { \"command\": [\"true\"], \"condition\": \"1 == 2\" } } }");
  g_autoptr (MyrmexRun) run = start (workflow, TRUE, "@a{sv} {}");
  guint i;

  wait_for (run);
  check_common (run);

  i = find (MYRMEX_MESSAGE_RUN_STARTED, NULL, NULL);
  g_assert_cmpuint (i, ==, 0);
  g_assert_cmpstr (get (i, "MYRMEX_TOTAL_TASKS"), ==, "6");
  g_assert_cmpstr (get (i, "PRIORITY"), ==, "6");
  g_assert_cmpuint (find (MYRMEX_MESSAGE_TASK_STARTED, "good", "1"), <,
                    find (MYRMEX_MESSAGE_TASK_COMPLETED, "good", "1"));
  g_assert_cmpstr (get (find (MYRMEX_MESSAGE_TASK_COMPLETED, "good", "1"), "PRIORITY"), ==, "7");
  g_assert_nonnull (get (find (MYRMEX_MESSAGE_TASK_COMPLETED, "good", "1"), "MYRMEX_ELAPSED"));

  i = find (MYRMEX_MESSAGE_TASK_RETRYING, "bad", "1");
  g_assert_cmpstr (get (i, "MYRMEX_STATUS"), ==, "retrying");
  g_assert_cmpstr (get (i, "MYRMEX_ERROR_NAME"), ==, "exit-75");
  g_assert_cmpfloat (g_ascii_strtod (get (i, "MYRMEX_DELAY"), NULL), >, 0);
  g_assert_cmpfloat (g_ascii_strtod (get (i, "MYRMEX_DELAY"), NULL), <=, 0.25);
  find (MYRMEX_MESSAGE_TASK_STARTED, "bad", "2");
  i = find (MYRMEX_MESSAGE_TASK_FAILED, "bad", "2");
  g_assert_cmpstr (get (i, "MYRMEX_REASON"), ==, "exit_status");
  g_assert_cmpstr (get (i, "PRIORITY"), ==, "6");

  i = find (MYRMEX_MESSAGE_TASK_TIMED_OUT, "slow", "1");
  g_assert_cmpstr (get (i, "MYRMEX_REASON"), ==, "timed_out");
  i = find (MYRMEX_MESSAGE_TASK_SPAWN_FAILED, "none", "1");
  g_assert_cmpstr (get (i, "MYRMEX_REASON"), ==, "spawn_failed");
  i = find (MYRMEX_MESSAGE_TASK_SKIPPED, "skipped", NULL);
  g_assert_cmpstr (get (i, "MYRMEX_REASON"), ==, "upstream_failed");
  g_assert_null (get (i, "MYRMEX_ELAPSED"));
  i = find (MYRMEX_MESSAGE_TASK_SKIPPED, "passed", NULL);
  g_assert_cmpstr (get (i, "MYRMEX_REASON"), ==, "condition");

  i = find (MYRMEX_MESSAGE_RUN_FINISHED, NULL, NULL);
  g_assert_cmpuint (i, ==, entries->len - 1);
  g_assert_cmpstr (get (i, "MYRMEX_STATUS"), ==, "failed");
  g_assert_cmpstr (get (i, "MYRMEX_COMPLETED"), ==, "1");
  g_assert_cmpstr (get (i, "MYRMEX_FAILED"), ==, "3");
  g_assert_cmpstr (get (i, "MYRMEX_SKIPPED"), ==, "2");
  g_assert_cmpstr (get (i, "MYRMEX_CANCELLED"), ==, "0");
}

/* What a command writes is in the text of its error, too: neither gets into a field. */
static void
test_secrets (void)
{
  test_kinds ();
  for (guint i = 0; i < entries->len; i++)
    {
      GHashTableIter iter;
      gpointer value;

      g_hash_table_iter_init (&iter, entries->pdata[i]);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        g_assert_null (strstr (value, CANARY));
    }
}

static void
test_pause_and_cancel (void)
{
  g_autoptr (MyrmexWorkflow) workflow = read_definition (
    "{ \"myrmex\": 1, \"name\": \"kinds\", \"tasks\": {"
    "  \"a\": { \"command\": [\"sleep\", \"1000\"] }, \"b\": { \"command\": [\"true\"], \"dependencies\": [\"a\"] } } }");
  g_autoptr (MyrmexRun) run = start (workflow, TRUE, "{'paused': <true>}");

  myrmex_run_resume (run);
  myrmex_run_pause (run);
  myrmex_run_resume (run);
  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RUNNING) == 0)
    g_thread_yield ();
  myrmex_run_cancel (run);
  wait_for (run);
  check_common (run);

  g_assert_cmpuint (find (MYRMEX_MESSAGE_RUN_STARTED, NULL, NULL), ==, 0);
  find (MYRMEX_MESSAGE_RUN_PAUSED, NULL, NULL);
  g_assert_cmpstr (get (find (MYRMEX_MESSAGE_TASK_CANCELLED, "a", "1"), "MYRMEX_REASON"), ==, "run_cancelled");
  find (MYRMEX_MESSAGE_TASK_CANCELLED, "b", NULL);
  g_assert_cmpstr (get (find (MYRMEX_MESSAGE_RUN_FINISHED, NULL, NULL), "MYRMEX_STATUS"), ==, "cancelled");
}

static void
finished_cb (MyrmexRun *run,
             gpointer   data)
{
  guint *n_entries = data;

  g_mutex_lock (&lock);
  *n_entries = entries->len;
  g_mutex_unlock (&lock);
}

static GVariant *
function_cb (MyrmexTaskContext  *context,
             gpointer            data,
             GError            **error)
{
  return g_variant_new_string ("value");
}

/* Several threads bring the ends of tasks, and the order is still that in which things happened. */
static void
test_order (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("kinds");
  g_autoptr (GHashTable) started = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (MyrmexRun) run = NULL;
  guint n_entries = 0;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      myrmex_workflow_add_function (workflow, name, function_cb, NULL, NULL);
    }
  run = start (workflow, TRUE, "@a{sv} {}");
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), &n_entries);
  wait_for (run);

  g_assert_cmpuint (entries->len, ==, 2002);
  g_assert_cmpuint (n_entries, ==, 2002);
  check_common (run);
  g_assert_cmpstr (get (0, "MESSAGE_ID"), ==, MYRMEX_MESSAGE_RUN_STARTED);
  g_assert_cmpstr (get (2001, "MESSAGE_ID"), ==, MYRMEX_MESSAGE_RUN_FINISHED);
  for (guint i = 1; i < 2001; i++)
    {
      gboolean is_new = g_hash_table_add (started, (gpointer) get (i, "MYRMEX_TASK"));

      g_assert_cmpstr (get (i, "MESSAGE_ID"), ==,
                       is_new ? MYRMEX_MESSAGE_TASK_STARTED : MYRMEX_MESSAGE_TASK_COMPLETED);
    }
}

/* No lock is held while a writer is called, so it may ask the run, and make it do things that are logged. */
static void
test_writer_calls_the_run (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("kinds");
  g_autoptr (MyrmexRun) run = NULL;

  myrmex_workflow_add_function (workflow, "a", function_cb, NULL, NULL);
  run = start (workflow, TRUE, "{'paused': <true>}");
  g_atomic_int_set (&n_asks, 0);
  asked_run = run;
  n_pauses = 3;
  myrmex_run_resume (run);
  wait_for (run);
  asked_run = NULL;
  g_assert_cmpuint (entries->len, >=, 4);
  g_assert_cmpstr (get (entries->len - 1, "MESSAGE_ID"), ==, MYRMEX_MESSAGE_RUN_FINISHED);
}

static void
test_off (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("kinds");
  g_autoptr (MyrmexRun) run = NULL;

  myrmex_workflow_add_function (workflow, "a", function_cb, NULL, NULL);
  run = start (workflow, FALSE, "@a{sv} {}");
  wait_for (run);
  g_assert_cmpuint (entries->len, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
  g_log_set_writer_func (writer_cb, NULL, NULL);
  g_test_add_func ("/log/kinds", test_kinds);
  g_test_add_func ("/log/secrets", test_secrets);
  g_test_add_func ("/log/pause-and-cancel", test_pause_and_cancel);
  g_test_add_func ("/log/order", test_order);
  g_test_add_func ("/log/writer-calls-the-run", test_writer_calls_the_run);
  g_test_add_func ("/log/off", test_off);
  status = g_test_run ();
  g_ptr_array_unref (entries);
  return status;
}
