/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a run tells: signals, properties, the list of its tasks, results, explanations. */

#include "promises.h"

#include <string.h>

/* Of each task: running, then as often as it is retried retrying and running, and one final event. */
static void
assert_sequence (Fixture    *self,
                 const char *task)
{
  g_auto (GStrv) words = g_strsplit (self->told->str, " ", -1);
  g_autofree char *prefix = g_strconcat (task, ":", NULL);
  gboolean running = FALSE, ended = FALSE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *status;

      if (!g_str_has_prefix (words[i], prefix))
        continue;
      status = words[i] + strlen (prefix);
      g_assert_false (ended);
      if (g_str_equal (status, "running"))
        {
          g_assert_false (running);
          running = TRUE;
        }
      else if (g_str_equal (status, "retrying"))
        {
          g_assert_true (running);
          running = FALSE;
        }
      else
        {
          g_assert_cmpint (running, ==, g_str_equal (status, "completed") || g_str_equal (status, "failed"));
          ended = TRUE;
        }
    }
  g_assert_true (ended);
}

static void
test_sequence (Fixture *self)
{
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "ok", NULL);
  fixture_retry (fixture_add (self, "b", "fail 2", "a"), 3, 0.001);
  fixture_retry (fixture_add (self, "c", "fail", "a"), 2, 0.001);
  fixture_add (self, "d", "ok", "c");
  myrmex_task_set_condition (fixture_add (self, "e", "ok", "b"), "false");
  fixture_add (self, "f", "ok", "b");
  fixture_run (self, "failed", "a:completed b:completed c:failed d:skipped e:skipped f:completed");

  for (const char *task = "abcdef"; *task != '\0'; task++)
    assert_sequence (self, (char[]) { *task, '\0' });
  g_assert_true (g_str_has_prefix (self->told->str, " workflow:started "));
  g_assert_true (g_str_has_suffix (self->told->str, " workflow:failed"));
  g_assert_cmpuint (fixture_count (self, "workflow:started"), ==, 1);
  g_assert_cmpuint (fixture_count (self, "workflow:failed"), ==, 1);
}

/* Keeps the newest details of each event, by "task:status". */
static void
details_cb (GObject    *object,
            const char *task_name,
            const char *status,
            GVariant   *details,
            GHashTable *table)
{
  g_hash_table_insert (table, g_strdup_printf ("%s:%s", task_name, status), g_variant_ref (details));
}

static GHashTable *
new_details (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
}

static guint32
get_uint (GHashTable *table,
          const char *event,
          const char *key)
{
  GVariant *details = g_hash_table_lookup (table, event);
  guint32 number = G_MAXUINT32;

  g_assert_nonnull (details);
  g_assert_true (g_variant_lookup (details, key, "u", &number));
  return number;
}

static double
get_double (GHashTable *table,
            const char *event,
            const char *key)
{
  GVariant *details = g_hash_table_lookup (table, event);
  double number = -1;

  g_assert_nonnull (details);
  g_assert_true (g_variant_lookup (details, key, "d", &number));
  return number;
}

static char *
get_string (GHashTable *table,
            const char *event,
            const char *key)
{
  GVariant *details = g_hash_table_lookup (table, event);
  char *text = NULL;

  g_assert_nonnull (details);
  g_assert_true (g_variant_lookup (details, key, "s", &text));
  return text;
}

/* Whatever runner it is, what is told has these, in any order, and nothing else. */
static void
assert_keys (GHashTable *table,
             const char *event,
             const char *expected)
{
  GVariant *details = g_hash_table_lookup (table, event);
  g_auto (GStrv) keys = g_strsplit (expected, " ", -1);
  g_autofree char *text = NULL;

  g_assert_nonnull (details);
  text = g_variant_print (details, FALSE);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      if (!g_variant_lookup (details, keys[i], "*", NULL))
        g_error ("%s has no “%s”: %s", event, keys[i], text);
    }
  if (g_variant_n_children (details) != g_strv_length (keys))
    g_error ("%s has more than “%s”: %s", event, expected, text);
}

static void
test_details (Fixture *self)
{
  g_autoptr (GHashTable) table = new_details ();
  g_autoptr (GHashTable) of_workflow = new_details ();
  g_autofree char *error = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *skip = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "ok", NULL);
  fixture_retry (fixture_add (self, "b", "fail", NULL), 2, 0.25);
  fixture_add (self, "c", "ok", "b");
  g_signal_connect (self->workflow, "progress", G_CALLBACK (details_cb), of_workflow);
  fixture_start (self, NULL);
  g_signal_connect (self->run, "progress", G_CALLBACK (details_cb), table);
  fixture_finish (self);

  g_assert_cmpuint (get_uint (table, "workflow:started", "total_tasks"), ==, 3);
  g_assert_cmpuint (get_uint (table, "a:running", "attempt"), ==, 1);
  g_assert_cmpuint (get_uint (table, "b:running", "attempt"), ==, 2);
  g_assert_cmpuint (get_uint (table, "b:retrying", "attempt"), ==, 1);
  g_assert_cmpfloat_with_epsilon (get_double (table, "b:retrying", "delay"), 0.25, 0.001);
  error = get_string (table, "b:failed", "error");
  g_assert_nonnull (strstr (error, "broke"));
  reason = get_string (table, "b:failed", "reason");
  skip = get_string (table, "c:skipped", "reason");
  g_assert_cmpstr (skip, ==, "upstream_failed");
  g_assert_cmpfloat (get_double (table, "a:completed", "execution_time"), >=, 0);
  g_assert_cmpuint (get_uint (table, "workflow:failed", "completed"), ==, 1);
  g_assert_cmpuint (get_uint (table, "workflow:failed", "failed"), ==, 1);
  g_assert_cmpuint (get_uint (table, "workflow:failed", "skipped"), ==, 1);
  g_assert_cmpuint (get_uint (table, "workflow:failed", "cancelled"), ==, 0);
  g_assert_cmpuint (get_uint (table, "workflow:failed", "total_tasks"), ==, 3);
  g_assert_cmpfloat (get_double (table, "workflow:failed", "elapsed"), >=, 0.25);
  g_assert_cmpuint (g_hash_table_size (of_workflow), ==, g_hash_table_size (table));

  assert_keys (table, "workflow:started", "total_tasks");
  assert_keys (table, "a:running", "attempt");
  assert_keys (table, "a:completed", "attempt execution_time");
  assert_keys (table, "b:retrying", "attempt reason delay error");
  assert_keys (table, "b:failed", "attempt reason execution_time error error_name");
  assert_keys (table, "c:skipped", "reason");
  assert_keys (table, "workflow:failed", "total_tasks completed failed skipped cancelled elapsed reason");

  g_signal_handlers_disconnect_by_data (self->workflow, of_workflow);
  g_signal_handlers_disconnect_by_data (self->run, table);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          guint      *n)
{
  (*n)++;
}

static void
test_list_model (Fixture *self)
{
  g_autoptr (MyrmexTaskRun) task = NULL;
  g_autoptr (MyrmexTaskRun) same = NULL;
  guint n_status = 0, n_fraction = 0, n_run_status = 0, n_counts = 0;
  GVariant *value;

  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "value x", "a");
  fixture_start (self, NULL);
  g_assert_true (G_IS_LIST_MODEL (self->run));
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (self->run)) == MYRMEX_TYPE_TASK_RUN);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->run)), ==, 2);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (self->run), 2));
  task = g_list_model_get_item (G_LIST_MODEL (self->run), 1);
  same = myrmex_run_dup_task_run (self->run, "b");
  g_assert_true (task == same);
  g_assert_null (myrmex_run_dup_task_run (self->run, "c"));
  g_assert_cmpstr (myrmex_task_run_get_name (task), ==, "b");
  g_assert_cmpuint (myrmex_task_run_get_index (task), ==, 1);
  g_assert_cmpint (myrmex_task_run_get_status (task), ==, MYRMEX_TASK_STATUS_PENDING);
  g_assert_cmpuint (myrmex_task_run_get_attempt (task), ==, 0);
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), <, 0);

  g_signal_connect (task, "notify::status", G_CALLBACK (count_cb), &n_status);
  g_signal_connect (self->run, "notify::fraction", G_CALLBACK (count_cb), &n_fraction);
  g_signal_connect (self->run, "notify::status", G_CALLBACK (count_cb), &n_run_status);
  g_signal_connect (self->run, "notify::counts", G_CALLBACK (count_cb), &n_counts);
  fixture_await (self, "a:running");
  fixture_open (self, "g");
  fixture_finish (self);

  g_assert_cmpint (myrmex_task_run_get_status (task), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_assert_cmpuint (myrmex_task_run_get_attempt (task), ==, 1);
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 1);
  value = myrmex_task_result_get_value (myrmex_task_run_get_result (task));
  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, "x");
  g_assert_cmpuint (n_status, >=, 1);
  g_assert_cmpuint (n_fraction, >=, 1);
  g_assert_cmpuint (n_counts, >=, 1);
  g_assert_cmpuint (n_run_status, >=, 1);
}

/* A task run that is first asked for in the middle of a run is told of what comes, though nobody listened before. */
static void
test_late_listener (Fixture *self)
{
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTaskRun) task = NULL;

  fixture_limit (self, 2);
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "gate h", NULL);
  run = myrmex_runner_start (self->runner, self->workflow, NULL, &error);
  g_assert_no_error (error);
  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_RUNNING) < 2)
    g_main_context_iteration (NULL, FALSE);
  fixture_settle (self);

  task = myrmex_run_dup_task_run (run, "a");
  g_assert_cmpint (myrmex_task_run_get_status (task), ==, MYRMEX_TASK_STATUS_RUNNING);
  fixture_open (self, "g");
  while (!self->kind->is_mirror && myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED) < 1)
    g_thread_yield ();
  while (myrmex_task_run_get_status (task) != MYRMEX_TASK_STATUS_COMPLETED)
    g_main_context_iteration (NULL, TRUE);
  fixture_open (self, "h");
  g_assert_true (myrmex_run_wait (run, NULL, NULL));
}

static void
test_task_run_after_the_end (Fixture *self)
{
  g_autoptr (MyrmexTaskRun) task = NULL;

  fixture_add (self, "a", "value x", NULL);
  fixture_run (self, "completed", "a:completed");
  task = myrmex_run_dup_task_run (self->run, "a");
  g_assert_cmpint (myrmex_task_run_get_status (task), ==, MYRMEX_TASK_STATUS_COMPLETED);
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 1);
}

static void
test_summary (Fixture *self)
{
  g_autoptr (GVariant) summary = NULL;
  g_autoptr (GVariant) tasks = NULL;
  g_autoptr (GVariant) task = NULL;
  const char *text = NULL;
  guint32 number = 0;
  gboolean success = TRUE;
  double elapsed = -1, total = -1;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "value x", NULL);
  fixture_add (self, "b", "fail", NULL);
  fixture_add (self, "c", "ok", "b");
  fixture_run (self, "failed", "a:completed b:failed c:skipped");
  summary = myrmex_run_dup_summary (self->run);
  g_assert_false (g_variant_is_floating (summary));
  g_assert_true (g_variant_lookup (summary, "id", "&s", &text));
  g_assert_cmpstr (text, ==, myrmex_run_get_id (self->run));
  g_assert_cmpuint (strlen (text), ==, 32);
  g_assert_true (g_variant_lookup (summary, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "test");
  g_assert_true (g_variant_lookup (summary, "status", "&s", &text));
  g_assert_cmpstr (text, ==, "failed");
  g_assert_true (g_variant_lookup (summary, "total_tasks", "u", &number));
  g_assert_cmpuint (number, ==, 3);
  g_assert_true (g_variant_lookup (summary, "completed", "u", &number));
  g_assert_cmpuint (number, ==, 1);
  g_assert_true (g_variant_lookup (summary, "pending", "u", &number));
  g_assert_cmpuint (number, ==, 0);
  g_assert_true (g_variant_lookup (summary, "success", "b", &success));
  g_assert_false (success);
  g_assert_true (g_variant_lookup (summary, "elapsed_time", "d", &elapsed));
  g_assert_true (g_variant_lookup (summary, "total_execution_time", "d", &total));
  g_assert_cmpfloat (elapsed, >=, 0);
  g_assert_cmpfloat (total, >=, 0);
  tasks = g_variant_lookup_value (summary, "tasks", G_VARIANT_TYPE_VARDICT);
  g_assert_cmpuint (g_variant_n_children (tasks), ==, 3);
  task = g_variant_lookup_value (tasks, "a", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (task, "value", "&s", &text));
  g_assert_cmpstr (text, ==, "x");
}

static void
assert_explained (Fixture    *self,
                  const char *task,
                  const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = myrmex_run_explain (self->run, task, &error);

  g_assert_no_error (error);
  if (!g_pattern_match_simple (pattern, text))
    g_error ("“%s” is not like “%s”", text, pattern);
}

static void
test_explain (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  GVariantDict options;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  myrmex_workflow_set_max_parallel (self->workflow, 1);
  fixture_limit (self, 4);
  fixture_add (self, "head", "gate g", NULL);
  fixture_add (self, "second", "value 1", NULL);
  fixture_add (self, "below", "ok", "head");
  fixture_retry (fixture_add (self, "broken", "fail", "head"), 2, 0.001);
  fixture_add (self, "after", "ok", "broken");
  myrmex_task_set_condition (fixture_add (self, "no", "ok", "second"), "tasks.second.value == 2");
  myrmex_task_set_condition (fixture_add (self, "odd", "ok", "second"), "fromJSON(format('{0}x', tasks.second.value))");
  fixture_retry (fixture_add (self, "wait", "fail", "odd no after"), 2, 3600);
  myrmex_task_set_trigger_rule (myrmex_workflow_get_task (self->workflow, "wait"), MYRMEX_TRIGGER_RULE_ALL_DONE);

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", TRUE);
  fixture_start (self, g_variant_dict_end (&options));
  assert_explained (self, "head", "*paused*");
  assert_explained (self, "below", "*waits for*head*all_success*");
  myrmex_run_resume (self->run);
  fixture_await (self, "head:running");
  assert_explained (self, "head", "*1 is running*");
  assert_explained (self, "second", "*at most 1 tasks*");
  fixture_open (self, "g");
  fixture_await (self, "wait:retrying");
  assert_explained (self, "head", "*completed in * seconds*1 attempt.");
  assert_explained (self, "broken", "*failed after 2 attempts*broke*");
  assert_explained (self, "after", "*skipped*all_success*broken*failed*");
  assert_explained (self, "no", "*skipped*tasks.second.value == 2*false*tasks.second.value = *1*");
  assert_explained (self, "odd", "*failed before it began*");
  assert_explained (self, "wait", "*1 failed*next*seconds*");
  /* It is clean-up, which is spared at first. */
  myrmex_run_cancel (self->run);
  assert_explained (self, "wait", "*1 failed*next*seconds*");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  assert_explained (self, "wait", "*cancelled with the run*");
  g_assert_null (myrmex_run_explain (self->run, "nobody", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

static void
test_times (Fixture *self)
{
  gint64 before = g_get_real_time ();
  g_autoptr (MyrmexTaskResult) a = NULL;
  g_autoptr (MyrmexTaskResult) b = NULL;
  g_autoptr (MyrmexTaskResult) c = NULL;
  g_autoptr (GError) error = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "fail", "a");
  fixture_add (self, "c", "ok", "b");
  fixture_start (self, NULL);
  fixture_await (self, "a:running");
  g_assert_cmpint (myrmex_run_get_finished (self->run), ==, 0);
  g_assert_false (myrmex_run_check (self->run, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  a = myrmex_run_dup_result (self->run, "a");
  g_assert_cmpint (myrmex_task_result_get_status (a), ==, MYRMEX_TASK_STATUS_RUNNING);
  g_assert_cmpint (myrmex_task_result_get_finished (a), ==, 0);
  g_assert_cmpint (myrmex_task_result_get_started (a), >=, before);
  fixture_open (self, "g");
  fixture_finish (self);

  g_clear_pointer (&a, myrmex_task_result_unref);
  a = myrmex_run_dup_result (self->run, "a");
  b = myrmex_run_dup_result (self->run, "b");
  c = myrmex_run_dup_result (self->run, "c");
  g_assert_cmpint (myrmex_task_result_get_finished (a), >=, myrmex_task_result_get_started (a));
  g_assert_cmpint (myrmex_task_result_get_started (b), >=, myrmex_task_result_get_finished (a));
  g_assert_cmpint (myrmex_task_result_get_started (c), ==, 0);
  g_assert_cmpint (myrmex_task_result_get_finished (c), >=, myrmex_task_result_get_finished (b));
  g_assert_cmpuint (myrmex_task_result_get_attempts (c), ==, 0);
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (c), ==, 0);
  g_assert_cmpint (myrmex_run_get_started (self->run), >=, before);
  g_assert_cmpint (myrmex_run_get_finished (self->run), >=, myrmex_task_result_get_finished (b));
  g_assert_cmpfloat (myrmex_run_get_elapsed (self->run), >, 0);
}

/* What is handed out are copies: nobody can put something into the results of a run. */
static void
test_results_are_the_runs (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) first = NULL;
  g_autoptr (MyrmexTaskResult) second = NULL;
  g_auto (GStrv) names = NULL;

  fixture_add (self, "a", "value x", NULL);
  fixture_run (self, "completed", "a:completed");
  names = myrmex_run_dup_task_names (self->run);
  names[0][0] = 'z';
  first = myrmex_run_dup_result (self->run, "a");
  second = myrmex_run_dup_result (self->run, "a");
  g_assert_true (g_variant_equal (myrmex_task_result_get_value (first), myrmex_task_result_get_value (second)));
  g_assert_null (myrmex_run_dup_result (self->run, "z"));
  g_assert_null (myrmex_run_dup_result (self->run, ""));
  fixture_assert_value (self, "a", "x");
}

static void
got_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
test_wait_async (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) late = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture_add (self, "a", "gate g", NULL);
  fixture_start (self, NULL);
  myrmex_run_wait_async (self->run, NULL, got_cb, &result);
  myrmex_run_wait_async (self->run, cancellable, got_cb, &cancelled);
  fixture_await (self, "a:running");
  g_cancellable_cancel (cancellable);
  while (cancelled == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (myrmex_run_wait_finish (self->run, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fixture_assert_run (self, "running");
  fixture_open (self, "g");
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (myrmex_run_wait_finish (self->run, result, NULL));
  myrmex_run_wait_async (self->run, NULL, got_cb, &late);
  while (late == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (myrmex_run_wait_finish (self->run, late, NULL));
}

static void
test_wait (Fixture *self)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture_add (self, "a", "gate g", NULL);
  fixture_start (self, NULL);
  g_cancellable_cancel (cancellable);
  g_assert_false (myrmex_run_wait (self->run, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fixture_open (self, "g");
  g_assert_true (myrmex_run_wait (self->run, NULL, NULL));
  g_assert_true (self->is_finished);
  g_assert_true (g_str_has_suffix (self->told->str, " workflow:completed"));
  g_assert_true (myrmex_run_wait (self->run, cancellable, NULL));
}

void
add_telling_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "telling/sequence", test_sequence);
  FIXTURE_TEST (kind, "telling/details", test_details);
  FIXTURE_TEST (kind, "telling/list-model", test_list_model);
  FIXTURE_TEST (kind, "telling/late-listener", test_late_listener);
  FIXTURE_TEST (kind, "telling/task-run-after-the-end", test_task_run_after_the_end);
  FIXTURE_TEST (kind, "telling/summary", test_summary);
  FIXTURE_TEST (kind, "telling/explain", test_explain);
  FIXTURE_TEST (kind, "telling/times", test_times);
  FIXTURE_TEST (kind, "telling/results-are-the-runs", test_results_are_the_runs);
  FIXTURE_TEST (kind, "telling/wait", test_wait);
  FIXTURE_TEST (kind, "telling/wait-async", test_wait_async);
}
