/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runner-fixture.h"

#include <string.h>

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             Fixture    *self)
{
  g_assert_true (g_variant_is_of_type (details, G_VARIANT_TYPE_VARDICT));
  g_string_append_printf (self->told, " %s:%s", task_name, status);
  self->n_events++;
}

static void
finished_cb (MyrmexRun *run,
             Fixture   *self)
{
  g_assert_false (self->is_finished);
  self->is_finished = TRUE;
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->kind = ((gconstpointer *) data)[0];
  self->runner = self->kind->make_runner (0);
  self->workflow = myrmex_workflow_new ("test");
  self->told = g_string_new (NULL);
  self->kind->set_up (self);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  if (self->run != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->run, self);
      g_clear_object (&self->run);
    }
  g_clear_object (&self->workflow);
  g_clear_object (&self->runner);
  self->kind->tear_down (self);
  g_string_free (self->told, TRUE);
  g_free ((gpointer) data);
}

static void
call_test (Fixture       *self,
           gconstpointer  data)
{
  ((FixtureFunc) ((gconstpointer *) data)[1]) (self);
}

void
fixture_add_test (const RunnerKind *kind,
                  const char       *name,
                  FixtureFunc       func)
{
  g_autofree char *path = g_strdup_printf ("/runner/%s/%s", kind->name, name);
  gconstpointer *data = g_new (gconstpointer, 2);

  data[0] = kind;
  data[1] = (gconstpointer) func;
  g_test_add_vtable (path, sizeof (Fixture), data, (GTestFixtureFunc) set_up, (GTestFixtureFunc) call_test,
                     (GTestFixtureFunc) tear_down);
}

void
fixture_limit (Fixture *self,
               guint    max_parallel)
{
  g_clear_object (&self->runner);
  self->runner = self->kind->make_runner (max_parallel);
}

MyrmexTask *
fixture_add (Fixture    *self,
             const char *name,
             const char *does,
             const char *dependencies)
{
  g_auto (GStrv) words = g_strsplit (does, " ", 2);
  g_auto (GStrv) names = g_strsplit (dependencies != NULL ? dependencies : "", " ", -1);
  MyrmexTask *task = self->kind->add (self, name, words[0], words[1]);

  for (guint i = 0; names[i] != NULL; i++)
    myrmex_task_add_dependency (task, names[i]);
  return task;
}

MyrmexTask *
fixture_retry (MyrmexTask *task,
               int         max_attempts,
               double      delay)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRetryPolicy) policy =
    myrmex_retry_policy_new_full (max_attempts, delay, 1.0, MAX (delay, 1), 0, 0, NULL, &error);

  g_assert_no_error (error);
  myrmex_task_set_retry_policy (task, policy);
  return task;
}

void
fixture_open (Fixture    *self,
              const char *gate)
{
  self->kind->open (self, gate);
}

static void
follow (Fixture   *self,
        MyrmexRun *run)
{
  self->run = run;
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), self);
}

MyrmexRun *
fixture_start (Fixture  *self,
               GVariant *options)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *run;

  g_assert_null (self->run);
  run = myrmex_runner_start (self->runner, self->workflow, options, &error);
  g_assert_no_error (error);
  follow (self, run);
  return run;
}

MyrmexRun *
fixture_retry_failed (Fixture  *self,
                      GVariant *options)
{
  g_autoptr (GError) error = NULL;
  MyrmexRun *earlier = self->run;
  MyrmexRun *run = myrmex_runner_retry_failed (self->runner, earlier, options, &error);

  g_assert_no_error (error);
  g_signal_handlers_disconnect_by_data (earlier, self);
  g_string_truncate (self->told, 0);
  self->is_finished = FALSE;
  follow (self, run);
  return earlier;
}

/* As at the begin: a workflow without tasks, and nothing told. */
void
fixture_renew (Fixture *self)
{
  g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  g_string_truncate (self->told, 0);
  self->is_finished = FALSE;
  self->n_events = 0;
}

void
fixture_fails (Fixture    *self,
               GVariant   *options,
               int         code,
               const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (myrmex_runner_start (self->runner, self->workflow, options, &error));
  g_assert_error (error, MYRMEX_ERROR, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” is not like “%s”", error->message, pattern);
  g_assert_false (myrmex_workflow_is_busy (self->workflow));
}

/* Returns the offset of " EVENT" as a whole word. */
gssize
fixture_find (Fixture    *self,
              const char *event)
{
  gsize length = strlen (event);

  for (const char *at = self->told->str; (at = strchr (at, ' ')) != NULL;)
    {
      at++;
      if (strncmp (at, event, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
        return at - self->told->str;
    }
  return -1;
}

guint
fixture_count (Fixture    *self,
               const char *event)
{
  g_auto (GStrv) words = g_strsplit (self->told->str, " ", -1);
  guint n = 0;

  for (guint i = 0; words[i] != NULL; i++)
    n += g_str_equal (words[i], event);
  return n;
}

void
fixture_assert_before (Fixture    *self,
                       const char *first,
                       const char *second)
{
  gssize a = fixture_find (self, first), b = fixture_find (self, second);

  if (a < 0 || b < 0 || a >= b)
    g_error ("“%s” should be before “%s” in:%s", first, second, self->told->str);
}

void
fixture_await (Fixture    *self,
               const char *event)
{
  while (fixture_find (self, event) < 0)
    {
      if (self->is_finished)
        g_error ("the run finished without “%s”:%s", event, self->told->str);
      g_main_context_iteration (NULL, TRUE);
    }
}

void
fixture_finish (Fixture *self)
{
  while (!self->is_finished)
    g_main_context_iteration (NULL, TRUE);
}

void
fixture_settle (Fixture *self)
{
  for (guint i = 0; i < 50; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_thread_yield ();
    }
}

static char *
describe_tasks (Fixture  *self,
                char    **names)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, names[i]);

      g_string_append_printf (text, "%s%s:%s", i > 0 ? " " : "", names[i],
                              myrmex_task_status_to_string (myrmex_task_result_get_status (result)));
      if (myrmex_task_result_get_reason (result) != MYRMEX_REASON_NONE)
        g_string_append_printf (text, "/%s", myrmex_reason_to_string (myrmex_task_result_get_reason (result)));
    }
  return g_string_free (text, FALSE);
}

static gboolean
is_like (const char *is,
         const char *expected)
{
  gsize length = strlen (expected);

  return g_str_equal (is, expected) || (strncmp (is, expected, length) == 0 && is[length] == '/');
}

void
fixture_assert_tasks (Fixture    *self,
                      const char *expected)
{
  g_auto (GStrv) names = myrmex_run_dup_task_names (self->run);
  g_autofree char *text = describe_tasks (self, names);
  g_auto (GStrv) are = g_strsplit (text, " ", -1);
  g_auto (GStrv) should = g_strsplit (expected, " ", -1);
  gboolean ok = g_strv_length (are) == g_strv_length (should);

  for (guint i = 0; ok && are[i] != NULL; i++)
    ok = is_like (are[i], should[i]);
  if (!ok)
    g_error ("tasks are\n  %s\nand should be\n  %s\ntold:%s", text, expected, self->told->str);
}

void
fixture_assert_run (Fixture    *self,
                    const char *expected)
{
  MyrmexReason reason = myrmex_run_get_reason (self->run);
  g_autofree char *is = g_strdup_printf ("%s%s%s", myrmex_run_status_to_string (myrmex_run_get_status (self->run)),
                                         reason != MYRMEX_REASON_NONE ? "/" : "",
                                         reason != MYRMEX_REASON_NONE ? myrmex_reason_to_string (reason) : "");

  if (!is_like (is, expected))
    g_error ("the run is “%s” and should be “%s”, told:%s", is, expected, self->told->str);
}

void
fixture_assert_value (Fixture    *self,
                      const char *task,
                      const char *expected)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, task);
  GVariant *value;

  g_assert_nonnull (result);
  value = myrmex_task_result_get_value (result);
  if (expected == NULL)
    {
      g_assert_null (value);
      return;
    }
  g_assert_nonnull (value);
  g_assert_true (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING));
  g_assert_cmpstr (g_variant_get_string (value, NULL), ==, expected);
}

void
fixture_run (Fixture    *self,
             const char *run,
             const char *tasks)
{
  fixture_start (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, run);
  fixture_assert_tasks (self, tasks);
}
