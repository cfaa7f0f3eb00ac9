/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a client is told when the service is killed and started again, at any moment: all of it, once, in an order that
 * makes sense. */

#include <gio/gio.h>
#include <myrmex.h>
#include <string.h>

#include "service-fixture.h"

#define RESTARTS      (20)
#define RESTARTS_FULL (500)
#define TASKS         (24)
#define LONGEST_LIFE  (120) /* of a service, ms */

typedef struct
{
  char            *task;
  MyrmexTaskStatus status;
  guint            attempt;
} Told;

/* A run, and what was told of it. */
typedef struct
{
  MyrmexWorkflow *workflow;
  MyrmexRun      *run;
  GPtrArray      *task_runs;
  GArray         *told;
  guint           n_started;
  guint           n_ends;
  guint           n_notified;
  guint           n_finished;
} Watched;

static guint n_events;
static guint n_short; /* attempts that were told with the one after them */

static void
told_clear (gpointer data)
{
  g_free (((Told *) data)->task);
}

static gboolean
to_status (const char       *word,
           MyrmexTaskStatus *status)
{
  for (*status = 0; *status <= MYRMEX_TASK_STATUS_CANCELLED; (*status)++)
    {
      if (g_str_equal (word, myrmex_task_status_to_string (*status)))
        return TRUE;
    }
  return FALSE;
}

static void
progress_cb (MyrmexRun  *run,
             const char *task,
             const char *word,
             GVariant   *details,
             Watched    *self)
{
  Told told = { 0 };

  n_events++;
  g_assert_cmpuint (self->n_ends, ==, 0);
  if (g_str_equal (task, "workflow"))
    {
      self->n_started += g_str_equal (word, "started");
      self->n_ends += g_variant_lookup (details, "elapsed", "d", NULL);
      return;
    }
  g_assert_cmpuint (self->n_started, ==, 1);
  g_assert_true (to_status (word, &told.status));
  g_variant_lookup (details, "attempt", "u", &told.attempt);
  told.task = g_strdup (task);
  g_array_append_val (self->told, told);
}

static void
status_cb (MyrmexTaskRun *task_run,
           GParamSpec    *pspec,
           Watched       *self)
{
  MyrmexTaskStatus before = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task_run), "status"));
  MyrmexTaskStatus status = myrmex_task_run_get_status (task_run);

  g_assert_cmpint (status, !=, before);
  g_assert_false (myrmex_task_status_is_final (before));
  g_object_set_data (G_OBJECT (task_run), "status", GINT_TO_POINTER (status));
  self->n_notified++;
}

static void
finished_cb (MyrmexRun *run,
             Watched   *self)
{
  self->n_finished++;
}

/* Commands, which a service that goes away interrupts, and what fails, is tried again, or skipped; each depends on two
 * before it. */
static MyrmexWorkflow *
make_workflow (void)
{
  static const char * const scripts[] = { "true", "sleep 0.005", "echo x", "[ $(($$ % 3)) = 0 ]" };
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (1000, 0.001, 1, 0.01, 0, 0, NULL, NULL);
  MyrmexWorkflow *workflow = myrmex_workflow_new ("w");

  myrmex_workflow_set_fail_fast (workflow, FALSE);
  for (guint i = 0; i < TASKS; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      MyrmexTask *task = i % 6 == 5 ? myrmex_workflow_add_noop (workflow, name)
                                    : myrmex_workflow_add_shell (workflow, name, scripts[i % G_N_ELEMENTS (scripts)],
                                                                 NULL);

      myrmex_task_set_retry_policy (task, policy);
      if (i % 11 == 10)
        myrmex_task_set_condition (task, "false");
      myrmex_task_set_trigger_rule (task, MYRMEX_TRIGGER_RULE_ALL_DONE);
      for (guint before = 2; before <= 3; before++)
        {
          g_autofree char *dependency = i >= before ? g_strdup_printf ("t%u", i - before) : NULL;

          if (dependency != NULL)
            myrmex_task_add_dependency (task, dependency);
        }
    }
  return workflow;
}

static Watched *
watch (MyrmexRunner *runner)
{
  Watched *self = g_new0 (Watched, 1);
  g_autoptr (GError) error = NULL;

  self->workflow = make_workflow ();
  self->told = g_array_new (FALSE, FALSE, sizeof (Told));
  g_array_set_clear_func (self->told, told_clear);
  self->task_runs = g_ptr_array_new_with_free_func (g_object_unref);
  self->run = myrmex_runner_start (runner, self->workflow, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (self->run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (self->run, "finished", G_CALLBACK (finished_cb), self);
  for (guint i = 0; i < TASKS; i++)
    {
      MyrmexTaskRun *task_run = g_list_model_get_item (G_LIST_MODEL (self->run), i);

      g_signal_connect (task_run, "notify::status", G_CALLBACK (status_cb), self);
      g_ptr_array_add (self->task_runs, task_run);
    }
  return self;
}

static void
watched_free (gpointer data)
{
  Watched *self = data;

  for (guint i = 0; i < self->task_runs->len; i++)
    g_signal_handlers_disconnect_by_data (self->task_runs->pdata[i], self);
  g_signal_handlers_disconnect_by_data (self->run, self);
  g_ptr_array_unref (self->task_runs);
  g_array_unref (self->told);
  g_object_unref (self->run);
  g_object_unref (self->workflow);
  g_free (self);
}

static gint64
get_rank (const Told *told)
{
  if (myrmex_task_status_is_final (told->status))
    return G_MAXINT64;
  return 2 * (gint64) told->attempt + (told->status == MYRMEX_TASK_STATUS_RETRYING);
}

/* When the end of a task was told, as an index, or -1. */
static int
find_end (Watched    *self,
          const char *task)
{
  for (guint i = 0; i < self->told->len; i++)
    {
      const Told *told = &g_array_index (self->told, Told, i);

      if (g_str_equal (told->task, task) && myrmex_task_status_is_final (told->status))
        return (int) i;
    }
  return -1;
}

static void
check_dependencies (Watched    *self,
                    guint       index,
                    MyrmexTask *task)
{
  g_auto (GStrv) dependencies = myrmex_task_dup_dependencies (task);

  for (guint i = 0; dependencies[i] != NULL; i++)
    {
      int end = find_end (self, dependencies[i]);

      g_assert_cmpint (end, >=, 0);
      g_assert_cmpint (end, <, (int) index);
    }
}

/* Each change ahead of the one before it; an end, once; what it depends on before it. */
static void
check_task (Watched    *self,
            const char *name)
{
  MyrmexTask *task = myrmex_workflow_get_task (self->workflow, name);
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, name);
  const Told *before = NULL;

  for (guint i = 0; i < self->told->len; i++)
    {
      const Told *told = &g_array_index (self->told, Told, i);

      if (!g_str_equal (told->task, name))
        continue;
      if (before == NULL)
        check_dependencies (self, i, task);
      else
        g_assert_cmpint (get_rank (before), <, get_rank (told));
      if (before != NULL && told->attempt > before->attempt + 1)
        n_short += told->attempt - before->attempt - 1;
      before = told;
    }
  g_assert_nonnull (before);
  g_assert_cmpint (before->status, ==, myrmex_task_result_get_status (result));
  if (before->status == MYRMEX_TASK_STATUS_COMPLETED)
    g_assert_cmpuint (before->attempt, ==, myrmex_task_result_get_attempts (result));
}

/* What the client has come to is what the service has. */
static void
check_same (Watched      *self,
            MyrmexRunner *runner)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) same =
    myrmex_service_runner_open_run (MYRMEX_SERVICE_RUNNER (runner), myrmex_run_get_id (self->run), &error);

  g_assert_no_error (error);
  g_assert_cmpint (myrmex_run_get_status (same), ==, myrmex_run_get_status (self->run));
  for (guint i = 0; i < TASKS; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autoptr (MyrmexTaskResult) one = myrmex_run_dup_result (self->run, name);
      g_autoptr (MyrmexTaskResult) other = myrmex_run_dup_result (same, name);

      g_assert_cmpint (myrmex_task_result_get_status (one), ==, myrmex_task_result_get_status (other));
      g_assert_cmpuint (myrmex_task_result_get_attempts (one), ==, myrmex_task_result_get_attempts (other));
      g_assert_cmpint (myrmex_task_run_get_status (self->task_runs->pdata[i]), ==,
                       myrmex_task_result_get_status (other));
    }
}

static void
check (Watched      *self,
       MyrmexRunner *runner)
{
  g_assert_cmpuint (self->n_started, ==, 1);
  g_assert_cmpuint (self->n_ends, ==, 1);
  g_assert_cmpuint (self->n_finished, ==, 1);
  for (guint i = 0; i < TASKS; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      check_task (self, name);
    }
  check_same (self, runner);
}

static gboolean
wake_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
live (guint ms)
{
  gboolean is_over = FALSE;

  g_timeout_add (ms, wake_cb, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_no_gap (void)
{
  guint n = g_getenv ("MYRMEX_TEST_FULL") != NULL ? RESTARTS_FULL : RESTARTS;
  MyrmexRunner *runner = service_fixture_make_runner (4);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (watched_free);
  Watched *current = NULL;

  for (guint i = 0; i < n; i++)
    {
      if (current == NULL || current->n_finished > 0)
        {
          current = watch (runner);
          g_ptr_array_add (all, current);
        }
      live ((guint) g_test_rand_int_range (0, LONGEST_LIFE));
      service_fixture_end_service (g_test_rand_int_range (0, 4) != 0);
      /* Some runs hear of it at once, others when there is another one. */
      if (g_test_rand_bit ())
        live (1);
      g_object_unref (runner);
      runner = service_fixture_make_runner (4);
    }
  for (guint i = 0; i < all->len; i++)
    {
      Watched *watched = all->pdata[i];

      myrmex_run_wait (watched->run, NULL, NULL);
      check (watched, runner);
    }
  g_test_message ("%u restarts, %u runs, %u tasks, %u changes told; 0 missing, 0 twice; %u attempts told in short", n,
                  all->len, all->len * TASKS, n_events, n_short);
  g_object_unref (runner);
}

static MyrmexRun *
start_waiting (MyrmexRunner   *runner,
               MyrmexWorkflow *workflow,
               gboolean        paused)
{
  g_autoptr (GError) error = NULL;
  GVariantDict options;
  MyrmexRun *run;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "paused", "b", paused);
  myrmex_workflow_add_shell (workflow, "a", "exit 0", NULL);
  run = myrmex_runner_start (runner, workflow, g_variant_dict_end (&options), &error);
  g_assert_no_error (error);
  return run;
}

/* What is asked of a service that has gone, the next one is asked. */
static void
test_wishes (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  g_autoptr (MyrmexWorkflow) first = myrmex_workflow_new ("first");
  g_autoptr (MyrmexWorkflow) second = myrmex_workflow_new ("second");
  g_autoptr (MyrmexRun) cancelled = start_waiting (runner, first, TRUE);
  g_autoptr (MyrmexRun) resumed = start_waiting (runner, second, TRUE);
  g_autoptr (GError) error = NULL;

  service_fixture_end_service (TRUE);
  myrmex_run_cancel (cancelled);
  myrmex_run_resume (resumed);
  next = service_fixture_make_runner (0);
  g_assert_true (myrmex_run_wait (resumed, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (myrmex_run_wait (cancelled, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_CANCELLED);
}

/* A service that comes back without the run says so, and nobody waits for ever. */
static void
test_unknown (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = start_waiting (runner, workflow, TRUE);
  g_autoptr (MyrmexTaskResult) result = NULL;
  g_autoptr (GError) error = NULL;

  service_fixture_end_service (TRUE);
  service_fixture_forget ();
  next = service_fixture_make_runner (0);
  g_assert_false (myrmex_run_wait (run, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  g_assert_nonnull (strstr (error->message, "does not know the run"));
  g_assert_cmpint (myrmex_run_get_status (run), ==, MYRMEX_RUN_STATUS_FAILED);
  g_assert_cmpint (myrmex_run_get_reason (run), ==, MYRMEX_REASON_INTERRUPTED);
  result = myrmex_run_dup_result (run, "a");
  g_assert_cmpint (myrmex_task_result_get_reason (result), ==, MYRMEX_REASON_INTERRUPTED);
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED);
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

/* Nor for one that does not come back, though for a while. */
static void
test_lost (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = start_waiting (runner, workflow, TRUE);
  g_autoptr (GError) error = NULL;
  gint64 since;

  service_fixture_end_service (TRUE);
  since = g_get_monotonic_time ();
  g_assert_false (myrmex_run_wait (run, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TASK_FAILED);
  g_assert_nonnull (strstr (error->message, "does not come back"));
  g_assert_cmpint (myrmex_run_get_reason (run), ==, MYRMEX_REASON_INTERRUPTED);
  g_assert_cmpint (g_get_monotonic_time () - since, >=, 20 * G_TIME_SPAN_SECOND);
  g_assert_false (myrmex_workflow_is_busy (workflow));
}

/* A pause is told once, also where the service that had it is another one than the one that tells it. */
static void
test_paused (void)
{
  g_autoptr (MyrmexRunner) runner = service_fixture_make_runner (0);
  g_autoptr (MyrmexRunner) next = NULL;
  Watched *watched;

  watched = watch (runner);
  while (watched->n_started == 0)
    g_main_context_iteration (NULL, TRUE);
  myrmex_run_pause (watched->run);
  service_fixture_end_service (TRUE);
  next = service_fixture_make_runner (0);
  live (LONGEST_LIFE);
  while (watched->n_finished == 0 && myrmex_run_get_status (watched->run) != MYRMEX_RUN_STATUS_PAUSED)
    g_main_context_iteration (NULL, TRUE);
  myrmex_run_resume (watched->run);
  myrmex_run_wait (watched->run, NULL, NULL);
  check (watched, next);
  watched_free (watched);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/restarts/no-gap", test_no_gap);
  g_test_add_func ("/restarts/wishes", test_wishes);
  g_test_add_func ("/restarts/unknown", test_unknown);
  g_test_add_func ("/restarts/paused", test_paused);
  g_test_add_func ("/lost", test_lost);
  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
