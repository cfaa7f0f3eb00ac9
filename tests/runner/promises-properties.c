/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The properties of a run and of its task runs, what they notify, and explanations of each way to end. */

#include "promises.h"

#include <string.h>

static char *
get_property_text (GObject    *object,
                   const char *name)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) text = G_VALUE_INIT;

  g_object_get_property (object, name, &value);
  if (G_VALUE_HOLDS_ENUM (&value))
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (&value));

      return g_strdup (g_enum_get_value (klass, g_value_get_enum (&value))->value_nick);
    }
  if (G_VALUE_HOLDS_DOUBLE (&value))
    return g_strdup_printf ("%g", g_value_get_double (&value));
  g_value_init (&text, G_TYPE_STRING);
  if (!g_value_transform (&value, &text))
    return g_strdup ("*");
  return g_value_dup_string (&text);
}

/* " status=running attempt=1 …", as it is notified; the same again is left out. */
static void
note_cb (GObject    *object,
         GParamSpec *pspec,
         GString    *notes)
{
  g_autofree char *text = get_property_text (object, pspec->name);
  g_autofree char *note = g_strdup_printf (" %s=%s", pspec->name, text != NULL ? text : "");

  if (!g_str_has_suffix (notes->str, note))
    g_string_append (notes, note);
}

static void
assert_in_order (GString    *notes,
                 const char *expected)
{
  g_auto (GStrv) words = g_strsplit (expected, " ", -1);
  const char *at = notes->str;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *word = g_strdup_printf (" %s", words[i]);

      at = strstr (at, word);
      if (at == NULL)
        g_error ("“%s” is missing, or not in its place, in:%s", words[i], notes->str);
      at += strlen (word);
    }
}

static guint
count_all (MyrmexRun *run)
{
  g_autoptr (GVariant) counts = NULL;
  GVariantIter iter;
  GVariant *value;
  guint total = 0;

  g_object_get (run, "counts", &counts, NULL);
  g_assert_true (g_variant_is_of_type (counts, G_VARIANT_TYPE_VARDICT));
  g_variant_iter_init (&iter, counts);
  while (g_variant_iter_loop (&iter, "{&sv}", NULL, &value))
    total += g_variant_get_uint32 (value);
  return total;
}

typedef struct
{
  double fraction;
  guint  n_notified;
} Fraction;

static void
fraction_cb (MyrmexRun  *run,
             GParamSpec *pspec,
             Fraction   *last)
{
  double fraction = myrmex_run_get_fraction (run);

  g_assert_cmpfloat (fraction, >=, last->fraction);
  g_assert_cmpuint (count_all (run), ==, 3);
  last->fraction = fraction;
  last->n_notified++;
}

static void
test_run (Fixture *self)
{
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autofree char *id = NULL;
  g_autofree char *name = NULL;
  g_autofree char *reason = NULL;
  Fraction last = { 0, 0 };
  guint n_tasks = 0;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "fail", "a");
  fixture_add (self, "c", "ok", "b");
  fixture_start (self, g_variant_parse (NULL, "{'paused': <true>}", NULL, NULL, NULL));
  g_signal_connect (self->run, "notify::status", G_CALLBACK (note_cb), notes);
  g_signal_connect (self->run, "notify::reason", G_CALLBACK (note_cb), notes);
  g_signal_connect (self->run, "notify::fraction", G_CALLBACK (fraction_cb), &last);
  g_object_get (self->run, "id", &id, "name", &name, "n-tasks", &n_tasks, "workflow", &workflow, NULL);
  g_assert_cmpstr (id, ==, myrmex_run_get_id (self->run));
  g_assert_cmpstr (name, ==, "test");
  g_assert_cmpuint (n_tasks, ==, 3);
  g_assert_true (workflow == NULL || workflow == self->workflow);
  g_assert_cmpfloat (myrmex_run_get_fraction (self->run), ==, 0);
  g_assert_cmpuint (count_all (self->run), ==, 3);

  myrmex_run_resume (self->run);
  fixture_await (self, "a:running");
  fixture_assert_run (self, "running");
  myrmex_run_pause (self->run);
  fixture_await (self, "workflow:paused");
  fixture_open (self, "g");
  fixture_await (self, "a:completed");
  myrmex_run_resume (self->run);
  fixture_finish (self);

  assert_in_order (notes, "status=running status=paused status=failed");
  reason = get_property_text (G_OBJECT (self->run), "reason");
  g_assert_cmpstr (reason, !=, "none");
  g_assert_cmpfloat (last.fraction, ==, 1);
  g_assert_cmpuint (last.n_notified, >=, 1);
  g_signal_handlers_disconnect_by_data (self->run, notes);
  g_signal_handlers_disconnect_by_data (self->run, &last);
}

static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  guint      *n)
{
  (*n)++;
}

/* A task run has what is true when it is told, so that a retry which is over by then is not seen. Returns whether it
 * was. */
static gboolean
retry_is_seen (Fixture *self,
               double   delay)
{
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autoptr (MyrmexWorkflow) workflow = g_steal_pointer (&self->workflow);
  g_autoptr (MyrmexTaskRun) task_run = NULL;
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_seen;

  self->workflow = myrmex_workflow_new ("retried");
  fixture_retry (fixture_add (self, "b", "fail 1", NULL), 2, delay);
  run = myrmex_runner_start (self->runner, self->workflow, g_variant_new_parsed ("{'paused': <true>}"), &error);
  g_assert_no_error (error);
  task_run = myrmex_run_dup_task_run (run, "b");
  g_signal_connect (task_run, "notify", G_CALLBACK (note_cb), notes);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, NULL));

  is_seen = strstr (notes->str, "status=retrying") != NULL;
  if (is_seen)
    {
      assert_in_order (notes, "attempt=1 attempt=2");
      assert_in_order (notes, "status=retrying status=completed");
    }
  assert_in_order (notes, "attempt=2");
  assert_in_order (notes, "status=completed");
  assert_in_order (notes, "fraction=1");
  g_signal_handlers_disconnect_by_data (task_run, notes);
  g_object_unref (self->workflow);
  self->workflow = g_steal_pointer (&workflow);
  return is_seen;
}

/* The longer a machine stands still, the longer it has to wait between. */
static void
test_retried_task_run (Fixture *self)
{
  for (double delay = 0.25; !retry_is_seen (self, delay); delay *= 4)
    g_assert_cmpfloat (delay, <, 20);
}

/* What a list of task runs is bound to. */
static void
test_task_runs (Fixture *self)
{
  const char *tasks[] = { "a", "b", "c", "d" };
  GString *notes[G_N_ELEMENTS (tasks)];
  MyrmexTaskRun *task_runs[G_N_ELEMENTS (tasks)];
  guint n_changed = 0;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "b", "ok", "a");
  fixture_add (self, "c", "fail", "a");
  fixture_add (self, "d", "ok", "c");
  fixture_start (self, NULL);
  g_signal_connect (self->run, "items-changed", G_CALLBACK (items_changed_cb), &n_changed);
  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      notes[i] = g_string_new (NULL);
      task_runs[i] = g_list_model_get_item (G_LIST_MODEL (self->run), (guint) i);
      g_assert_cmpstr (myrmex_task_run_get_name (task_runs[i]), ==, tasks[i]);
      g_signal_connect (task_runs[i], "notify", G_CALLBACK (note_cb), notes[i]);
    }
  fixture_await (self, "a:running");
  fixture_open (self, "g");
  fixture_finish (self);

  assert_in_order (notes[0], "status=completed");
  assert_in_order (notes[0], "fraction=1");
  assert_in_order (notes[1], "attempt=1");
  assert_in_order (notes[1], "status=completed");
  assert_in_order (notes[1], "fraction=1");
  assert_in_order (notes[2], "attempt=1");
  assert_in_order (notes[2], "status=failed");
  g_assert_nonnull (strstr (notes[2]->str, " reason="));
  g_assert_null (strstr (notes[2]->str, "fraction=1"));
  assert_in_order (notes[3], "status=skipped");
  assert_in_order (notes[3], "reason=upstream_failed");
  g_assert_null (strstr (notes[3]->str, "attempt="));
  g_assert_cmpuint (n_changed, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      g_autoptr (MyrmexTaskResult) result = NULL;
      g_autoptr (MyrmexTaskResult) same = myrmex_run_dup_result (self->run, tasks[i]);

      g_object_get (task_runs[i], "result", &result, NULL);
      g_assert_cmpint (myrmex_task_result_get_status (result), ==, myrmex_task_result_get_status (same));
      g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, myrmex_task_result_get_attempts (same));
      g_assert_cmpint (myrmex_task_run_get_reason (task_runs[i]), ==, myrmex_task_result_get_reason (same));
      g_signal_handlers_disconnect_by_data (task_runs[i], notes[i]);
      g_object_unref (task_runs[i]);
      g_string_free (notes[i], TRUE);
    }
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
    g_error ("“%s” of “%s” is not like “%s”", text, task, pattern);
}

static void
test_explain_fail_fast (Fixture *self)
{
  fixture_add (self, "a", "gate g", NULL);
  fixture_add (self, "broken", "fail", "a");
  fixture_add (self, "beside", "gate never", NULL);
  fixture_add (self, "below", "ok", "beside");
  fixture_limit (self, 4);
  fixture_start (self, NULL);
  fixture_await (self, "beside:running");
  fixture_open (self, "g");
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed broken:failed beside:cancelled/fail_fast below:cancelled/fail_fast");
  assert_explained (self, "broken", "*failed after 1 attempt: *broke*");
  assert_explained (self, "beside", "*another task failed*");
  assert_explained (self, "below", "*another task failed*");
}

static void
test_explain_task_time (Fixture *self)
{
  myrmex_task_set_timeout (fixture_add (self, "short", "gate never", NULL), 0.05);
  fixture_run (self, "failed/timed_out", "short:failed/timed_out");
  assert_explained (self, "short", "*failed after 1 attempt: *longer than 0.05 seconds*");
}

static void
test_explain_run_time (Fixture *self)
{
  myrmex_workflow_set_timeout (self->workflow, 0.05);
  fixture_add (self, "long", "gate never", NULL);
  fixture_add (self, "below", "ok", "long");
  fixture_run (self, "failed/run_timed_out", "long:cancelled/run_timed_out below:cancelled/run_timed_out");
  assert_explained (self, "long", "*time of the run was over*");
  assert_explained (self, "below", "*time of the run was over*");
}

/* A skip names what it rests on; of very many, the first. */
static void
test_explain_skips (Fixture *self)
{
  g_autoptr (GString) many = g_string_new ("no");
  MyrmexTask *task;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  myrmex_task_set_condition (fixture_add (self, "no", "ok", NULL), "false");
  fixture_add (self, "below", "ok", "no");
  fixture_add (self, "yes", "ok", NULL);
  myrmex_task_set_trigger_rule (fixture_add (self, "none", "ok", "no below"), MYRMEX_TRIGGER_RULE_ONE_SUCCESS);
  myrmex_task_set_trigger_rule (fixture_add (self, "all", "ok", "no yes"), MYRMEX_TRIGGER_RULE_ALL_FAILED);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("broken%u", i);

      fixture_add (self, name, "fail", NULL);
      g_string_append_printf (many, " %s", name);
    }
  task = fixture_add (self, "many", "ok", many->str);
  myrmex_task_set_trigger_rule (task, MYRMEX_TRIGGER_RULE_NONE_FAILED);
  fixture_start (self, NULL);
  fixture_finish (self);
  assert_explained (self, "no", "*skipped*false*false*");
  assert_explained (self, "below", "*skipped*“all_success”*“no” (skipped)*");
  assert_explained (self, "none", "*skipped*“one_success”*“no” (skipped)*");
  assert_explained (self, "all", "*skipped*“all_failed”*“yes” (completed)*");
  assert_explained (self, "many", "*skipped*“none_failed”*“broken*(failed)*");
}

void
add_property_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "properties/run", test_run);
  FIXTURE_TEST (kind, "properties/task-runs", test_task_runs);
  FIXTURE_TEST (kind, "properties/retried-task-run", test_retried_task_run);
  FIXTURE_TEST (kind, "properties/explain-fail-fast", test_explain_fail_fast);
  FIXTURE_TEST (kind, "properties/explain-task-time", test_explain_task_time);
  FIXTURE_TEST (kind, "properties/explain-run-time", test_explain_run_time);
  FIXTURE_TEST (kind, "properties/explain-skips", test_explain_skips);
}
