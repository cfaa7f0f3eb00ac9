/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Callbacks that call back into the run that called them. */

#include "promises.h"

#include <string.h>

/* A callback of the run, with what it needs. */
typedef struct
{
  Fixture   *fixture;
  MyrmexRun *other;
  gulong     id;
  guint      n_calls;
  gboolean   done;
} Call;

/* a, then b, which waits for gate g, then c. */
static void
start (Fixture   *self,
       GCallback  callback,
       Call      *call)
{
  fixture_add (self, "a", "ok", NULL);
  fixture_add (self, "b", "gate g", "a");
  fixture_add (self, "c", "ok", "b");
  call->fixture = self;
  fixture_start (self, NULL);
  call->id = g_signal_connect (self->run, "progress", callback, call);
}

static gboolean
is_event (const char *task_name,
          const char *status,
          const char *expected)
{
  g_autofree char *event = g_strdup_printf ("%s:%s", task_name, status);

  return g_str_equal (event, expected);
}

static void
cancel_cb (MyrmexRun  *run,
           const char *task_name,
           const char *status,
           GVariant   *details,
           Call       *call)
{
  if (is_event (task_name, status, "b:running"))
    myrmex_run_cancel (run);
}

static void
test_cancel (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (cancel_cb), &call);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  fixture_assert_tasks (self, "a:completed b:cancelled/run_cancelled c:cancelled/run_cancelled");
}

static void
force_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          Call       *call)
{
  myrmex_run_cancel (run);
  myrmex_run_cancel (run);
  call->n_calls++;
}

/* At the first thing that is told, and at every further one. Clean-up may have begun between the two. */
static void
test_force (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) result = NULL;
  Call call = { 0 };

  myrmex_task_set_trigger_rule (fixture_add (self, "tidy", "gate never", NULL), MYRMEX_TRIGGER_RULE_ALL_DONE);
  myrmex_task_add_dependency (myrmex_workflow_get_task (self->workflow, "tidy"), "b");
  start (self, G_CALLBACK (force_cb), &call);
  fixture_finish (self);
  fixture_assert_run (self, "cancelled/run_cancelled");
  result = myrmex_run_dup_result (self->run, "tidy");
  /* Between two messages to another process a clean-up may have come to its end. */
  if (!self->kind->is_mirror)
    g_assert_cmpint (myrmex_task_result_get_status (result), ==, MYRMEX_TASK_STATUS_CANCELLED);
  g_assert_cmpuint (call.n_calls, >=, 2);
}

static void
pause_cb (MyrmexRun  *run,
          const char *task_name,
          const char *status,
          GVariant   *details,
          Call       *call)
{
  if (is_event (task_name, status, "b:running"))
    {
      myrmex_run_pause (run);
      fixture_open (call->fixture, "g");
    }
  else if (is_event (task_name, status, "b:completed"))
    {
      fixture_assert_run (call->fixture, "paused");
      myrmex_run_resume (run);
      myrmex_run_pause (run);
      myrmex_run_resume (run);
      call->done = TRUE;
    }
}

static void
test_pause (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (pause_cb), &call);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  g_assert_true (call.done);
}

/* Everything that can be asked, at every event. */
static void
ask_cb (MyrmexRun  *run,
        const char *task_name,
        const char *status,
        GVariant   *details,
        Call       *call)
{
  g_autoptr (GVariant) summary = myrmex_run_dup_summary (run);
  g_auto (GStrv) names = myrmex_run_dup_task_names (run);
  g_autoptr (GVariant) counts = NULL;
  guint total = 0;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, names[i]);
      g_autoptr (MyrmexTaskRun) task = myrmex_run_dup_task_run (run, names[i]);
      g_autofree char *why = myrmex_run_explain (run, names[i], NULL);

      g_assert_nonnull (result);
      g_assert_nonnull (task);
      g_assert_nonnull (why);
    }
  g_object_get (run, "counts", &counts, NULL);
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      guint count = 0;

      g_assert_true (g_variant_lookup (counts, myrmex_task_status_to_string (i), "u", &count));
      g_assert_cmpuint (myrmex_run_get_count (run, i), <=, 3);
      total += count;
    }
  g_assert_cmpuint (total, ==, 3);
  g_assert_cmpfloat (myrmex_run_get_fraction (run), <=, 1);
  myrmex_run_check (run, NULL);
  fixture_open (call->fixture, "g");
  call->n_calls++;
}

static void
test_ask (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (ask_cb), &call);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  g_assert_cmpuint (call.n_calls, ==, 8);
}

static void
start_other_cb (MyrmexRun  *run,
                const char *task_name,
                const char *status,
                GVariant   *details,
                Call       *call)
{
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed"))
    return;
  call->other = myrmex_runner_start (call->fixture->runner, call->fixture->workflow, NULL, &error);
  g_assert_no_error (error);
}

static void
test_start_other (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (start_other_cb), &call);
  while (call.other == NULL)
    g_main_context_iteration (NULL, TRUE);
  fixture_open (self, "g");
  fixture_finish (self);
  g_assert_true (myrmex_run_wait (call.other, NULL, NULL));
  g_clear_object (&call.other);
  fixture_assert_run (self, "completed");
}

static GVariant *
new_func (MyrmexTaskContext  *context,
          gpointer            data,
          GError            **error)
{
  return NULL;
}

static void
change_cb (MyrmexRun  *run,
           const char *task_name,
           const char *status,
           GVariant   *details,
           Call       *call)
{
  MyrmexWorkflow *workflow = call->fixture->workflow;
  g_autoptr (MyrmexTask) task = NULL;
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed"))
    return;
  task = myrmex_task_new_function ("new", new_func, NULL, NULL);
  g_assert_false (myrmex_workflow_add_task (workflow, task, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY);
  myrmex_task_set_timeout (myrmex_workflow_get_task (workflow, "c"), 0.000001);
  fixture_open (call->fixture, "g");
  call->done = TRUE;
}

/* The workflow is frozen while it runs. */
static void
test_change (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (change_cb), &call);
  fixture_finish (self);
  g_assert_true (call.done);
  fixture_assert_tasks (self, "a:completed b:completed c:completed");
  fixture_fails (self, NULL, MYRMEX_ERROR_BUSY, "*“timeout” of task “c”*");
}

static void
drop_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Call       *call)
{
  Fixture *self = call->fixture;

  if (is_event (task_name, status, "a:running"))
    {
      g_clear_object (&self->run);
      g_clear_object (&self->workflow);
      g_clear_object (&self->runner);
      fixture_open (self, "g");
    }
}

/* In whichever thread lets go last. */
static void
gone_cb (gpointer  data,
         GObject  *where)
{
  g_atomic_int_set ((int *) data, TRUE);
}

/* The last references go, and the run to its end nevertheless. */
static void
test_drop_all (Fixture *self)
{
  int run_gone = FALSE, workflow_gone = FALSE;   /* atomic */
  Call call = { 0 };

  start (self, G_CALLBACK (drop_cb), &call);
  g_object_weak_ref (G_OBJECT (self->run), gone_cb, &run_gone);
  g_object_weak_ref (G_OBJECT (self->workflow), gone_cb, &workflow_gone);
  while (!g_atomic_int_get (&run_gone))
    g_main_context_iteration (NULL, TRUE);
  while (!g_atomic_int_get (&workflow_gone))
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (self->is_finished);
  g_assert_true (g_str_has_suffix (self->told->str, " c:completed workflow:completed"));
}

static void
disconnect_cb (MyrmexRun  *run,
               const char *task_name,
               const char *status,
               GVariant   *details,
               Call       *call)
{
  call->n_calls++;
  g_signal_handler_disconnect (run, call->id);
  fixture_open (call->fixture, "g");
}

static void
test_disconnect (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (disconnect_cb), &call);
  fixture_finish (self);
  g_assert_cmpuint (call.n_calls, ==, 1);
  fixture_assert_run (self, "completed");
}

static void
wait_cb (MyrmexRun  *run,
         const char *task_name,
         const char *status,
         GVariant   *details,
         Call       *call)
{
  g_autoptr (GError) error = NULL;

  if (!is_event (task_name, status, "a:completed") || call->done)
    return;
  call->done = TRUE;
  fixture_open (call->fixture, "g");
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (call->fixture->is_finished);
}

/* A handler may wait for the run that called it: what happens meanwhile is told meanwhile. */
static void
test_wait (Fixture *self)
{
  Call call = { 0 };

  start (self, G_CALLBACK (wait_cb), &call);
  fixture_finish (self);
  g_assert_true (call.done);
  g_assert_cmpstr (self->told->str, ==, " workflow:started a:running a:completed b:running b:completed c:running "
                   "c:completed workflow:completed");
}

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           Call       *call)
{
  if (myrmex_task_run_get_status (MYRMEX_TASK_RUN (object)) != MYRMEX_TASK_STATUS_COMPLETED)
    return;
  g_assert_false (myrmex_run_wait (call->fixture->run, NULL, NULL));
  fixture_assert_run (call->fixture, "failed");
  call->done = TRUE;
}

/* The same from a notification, while a task is retried, whose events have texts of their own. */
static void
test_wait_in_notify (Fixture *self)
{
  g_autoptr (MyrmexTaskRun) task = NULL;
  Call call = { self };

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  fixture_add (self, "a", "gate g", NULL);
  fixture_retry (fixture_add (self, "retried", "fail", NULL), 3, 0.001);
  fixture_start (self, NULL);
  task = myrmex_run_dup_task_run (self->run, "a");
  g_signal_connect (task, "notify::status", G_CALLBACK (notify_cb), &call);
  /* Not before somebody listens. */
  fixture_open (self, "g");
  fixture_finish (self);
  g_assert_true (call.done);
  fixture_assert_tasks (self, "a:completed retried:failed");
  g_assert_cmpint (fixture_find (self, "retried:failed"), >, 0);
}

static void
finished_again_cb (MyrmexRun *run,
                   Call      *call)
{
  Fixture *self = call->fixture;
  g_autoptr (GError) error = NULL;

  myrmex_run_cancel (run);
  myrmex_run_resume (run);
  g_assert_true (myrmex_run_wait (run, NULL, NULL));
  g_clear_object (&self->run);
  if (call->n_calls++ > 0)
    return;
  self->run = myrmex_runner_start (self->runner, self->workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (self->run, "finished", G_CALLBACK (finished_again_cb), call);
}

/* When the end of a run is told, all of it is over: its workflow can be changed and run again. */
static void
test_run_again_when_finished (Fixture *self)
{
  Call call = { self };

  fixture_add (self, "a", "ok", NULL);
  fixture_start (self, NULL);
  g_signal_connect (self->run, "finished", G_CALLBACK (finished_again_cb), &call);
  while (call.n_calls < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (myrmex_workflow_is_busy (self->workflow));
}

void
add_callback_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "callbacks/cancel", test_cancel);
  FIXTURE_TEST (kind, "callbacks/force", test_force);
  FIXTURE_TEST (kind, "callbacks/pause", test_pause);
  FIXTURE_TEST (kind, "callbacks/ask", test_ask);
  FIXTURE_TEST (kind, "callbacks/start-other", test_start_other);
  FIXTURE_TEST (kind, "callbacks/change", test_change);
  FIXTURE_TEST (kind, "callbacks/drop-all", test_drop_all);
  FIXTURE_TEST (kind, "callbacks/disconnect", test_disconnect);
  FIXTURE_TEST (kind, "callbacks/wait", test_wait);
  FIXTURE_TEST (kind, "callbacks/wait-in-notify", test_wait_in_notify);
  FIXTURE_TEST (kind, "callbacks/run-again-when-finished", test_run_again_when_finished);
}
