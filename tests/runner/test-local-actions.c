/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Asynchronous tasks and actions of one's own: where they begin, and how they answer. */

#include "local-fixture.h"

#define SHORT 0.03

/* How the action that a test derives answers, by the "mode" of its spec. */
#define MY_TYPE_ACTION (my_action_get_type ())
G_DECLARE_FINAL_TYPE (MyAction, my_action, MY, ACTION, MyrmexAction)

struct _MyAction
{
  MyrmexAction parent_instance;
};

G_DEFINE_FINAL_TYPE (MyAction, my_action, MYRMEX_TYPE_ACTION)

static GThread *main_thread;
static int n_on_main;       /* atomic: starts on the main thread */
static int n_elsewhere;     /* atomic */
static int n_waiting;       /* atomic: those that wait to be stopped; what is stopped before it begins is not called */
static int n_late;          /* atomic: late answers that have been given */

static char *
dup_mode (GVariant *spec)
{
  g_autoptr (GVariant) own = spec != NULL ? g_variant_lookup_value (spec, "mine", G_VARIANT_TYPE_VARDICT) : NULL;
  char *mode = NULL;

  if (own != NULL)
    g_variant_lookup (own, "mode", "s", &mode);
  return mode;
}

static gboolean
my_action_prepare (MyrmexAction  *action,
                   GError       **error)
{
  g_autofree char *mode = dup_mode (myrmex_action_get_spec (action));

  if (mode != NULL)
    return TRUE;
  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, "“mine” needs a mode, such as \"now\"");
  return FALSE;
}

static gboolean
answer_later_cb (gpointer context)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("later"));
  return G_SOURCE_REMOVE;
}

static gpointer
answer_thread (gpointer context)
{
  myrmex_task_context_return_value (context, g_variant_new_string ("thread"));
  myrmex_task_context_unref (context);
  return NULL;
}

static gpointer
fail_thread (gpointer context)
{
  myrmex_task_context_return_failure (context, "Broken", "it broke", FALSE);
  myrmex_task_context_unref (context);
  return NULL;
}

static gpointer
drop_thread (gpointer context)
{
  myrmex_task_context_unref (context);
  return NULL;
}

static void
cancelled_cb (GCancellable *cancellable,
              GCond        *cond)
{
  g_cond_broadcast (cond);
}

static void
await_stop (MyrmexTaskContext *context)
{
  GCancellable *cancellable = myrmex_task_context_get_cancellable (context);
  GMutex lock;
  GCond cond;
  gulong id;

  g_mutex_init (&lock);
  g_cond_init (&cond);
  id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), &cond, NULL);
  g_mutex_lock (&lock);
  while (!g_cancellable_is_cancelled (cancellable))
    g_cond_wait_until (&cond, &lock, g_get_monotonic_time () + 1000);
  g_mutex_unlock (&lock);
  g_cancellable_disconnect (cancellable, id);
  g_mutex_clear (&lock);
  g_cond_clear (&cond);
}

/* Answers only after it was told to stop. */
static gpointer
late_thread (gpointer data)
{
  MyrmexTaskContext *context = data;

  await_stop (context);
  myrmex_task_context_return_value (context, g_variant_new_string ("late"));
  myrmex_task_context_return_value (context, g_variant_new_string ("very late"));
  myrmex_task_context_report (context, 0.5, "late");
  myrmex_task_context_unref (context);
  g_atomic_int_inc (&n_late);
  return NULL;
}

static void
in_thread (GThreadFunc        func,
           MyrmexTaskContext *context)
{
  g_thread_unref (g_thread_new ("answers", func, myrmex_task_context_ref (context)));
}

static void
answer (MyrmexTaskContext *context,
        const char        *mode)
{
  if (g_str_equal (mode, "now"))
    myrmex_task_context_return_value (context, g_variant_new_string ("now"));
  else if (g_str_equal (mode, "twice"))
    {
      myrmex_task_context_return_value (context, g_variant_new_string ("first"));
      myrmex_task_context_return_failure (context, "Second", "second", TRUE);
      myrmex_task_context_return_value (context, g_variant_new_string ("third"));
    }
  else if (g_str_equal (mode, "later"))
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_later_cb, myrmex_task_context_ref (context),
                     (GDestroyNotify) myrmex_task_context_unref);
  else if (g_str_equal (mode, "thread"))
    in_thread (answer_thread, context);
  else if (g_str_equal (mode, "thread-fails"))
    in_thread (fail_thread, context);
  else if (g_str_equal (mode, "thread-drops"))
    in_thread (drop_thread, context);
  else if (g_str_equal (mode, "late"))
    {
      g_atomic_int_inc (&n_waiting);
      in_thread (late_thread, context);
    }
  else if (g_str_equal (mode, "invalid"))
    myrmex_task_context_return_value (context, g_variant_new_maybe (G_VARIANT_TYPE_INT32, NULL));
  else
    g_assert_cmpstr (mode, ==, "never");
}

static void
note_thread (void)
{
  g_atomic_int_inc (g_thread_self () == main_thread ? &n_on_main : &n_elsewhere);
}

static void
my_action_start (MyrmexAction      *action,
                 MyrmexTaskContext *context)
{
  g_autofree char *mode = dup_mode (myrmex_task_context_get_input (context));

  note_thread ();
  g_assert_cmpstr (myrmex_action_get_type_name (action), ==, "mine");
  answer (context, mode);
}

static void
my_action_class_init (MyActionClass *klass)
{
  MYRMEX_ACTION_CLASS (klass)->prepare = my_action_prepare;
  MYRMEX_ACTION_CLASS (klass)->start = my_action_start;
}

static void
my_action_init (MyAction *self)
{
}

static void
start_async (MyrmexTaskContext *context,
             gpointer           mode)
{
  note_thread ();
  answer (context, mode);
}

static MyrmexAction *
new_action (const char     *mode,
            MyrmexAffinity  affinity)
{
  g_autofree char *text = g_strdup_printf ("{'mine': <{'mode': <'%s'>}>}", mode);
  g_autoptr (GVariant) spec = g_variant_parse (NULL, text, NULL, NULL, NULL);

  return g_object_new (MY_TYPE_ACTION, "type-name", "mine", "spec", spec, "affinity", affinity, NULL);
}

/* Each way to answer, as an asynchronous function and as an action, from either begin. */
static void
test_answers (gconstpointer data)
{
  static const struct
  {
    const char *mode;
    const char *expected;
    const char *value;
    const char *error_name;
  } rows[] = {
    { "now", "completed", "'now'", NULL },
    { "twice", "completed", "'first'", NULL },
    { "later", "completed", "'later'", NULL },
    { "thread", "completed", "'thread'", NULL },
    { "thread-fails", "failed/error", NULL, "Broken" },
    { "thread-drops", "failed/error", NULL, "no-answer" },
    { "never", "failed/error", NULL, "no-answer" },
    { "invalid", "failed/error", NULL, "invalid-value" },
    { "late", "failed/timed_out", NULL, "timeout" },
  };
  MyrmexAffinity affinity = GPOINTER_TO_INT (data);
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("answers");
  g_autoptr (MyrmexRun) run = NULL;

  n_on_main = n_elsewhere = n_waiting = n_late = 0;
  myrmex_workflow_set_fail_fast (workflow, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("action-%s", rows[i].mode);
      g_autoptr (MyrmexAction) action = new_action (rows[i].mode, affinity);
      MyrmexTask *tasks[2];

      tasks[0] = myrmex_workflow_add_async (workflow, rows[i].mode, start_async, (gpointer) rows[i].mode, NULL);
      myrmex_task_set_affinity (tasks[0], affinity);
      tasks[1] = myrmex_workflow_add_action (workflow, name, action);
      if (g_str_equal (rows[i].mode, "late"))
        {
          myrmex_task_set_timeout (tasks[0], SHORT);
          myrmex_task_set_timeout (tasks[1], SHORT);
        }
    }

  run = local_run (runner, workflow);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("action-%s", rows[i].mode);

      local_assert (run, rows[i].mode, rows[i].expected);
      local_assert (run, name, rows[i].expected);
      local_assert_value (run, rows[i].mode, rows[i].value);
      local_assert_value (run, name, rows[i].value);
      if (rows[i].error_name != NULL)
        {
          g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, name);

          g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, rows[i].error_name);
        }
    }
  g_assert_cmpint (affinity == MYRMEX_AFFINITY_MAIN ? n_on_main : n_elsewhere, ==,
                   2 * (G_N_ELEMENTS (rows) - 1) + (gsize) g_atomic_int_get (&n_waiting));
  g_assert_cmpint (affinity == MYRMEX_AFFINITY_MAIN ? n_elsewhere : n_on_main, ==, 0);
  local_await (&n_late, g_atomic_int_get (&n_waiting));
}

/* An attempt that did not listen holds up the next one of its task, and nothing else; its answer is dropped. */
static void
test_late_and_again (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("late");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;
  MyrmexTask *task;

  n_waiting = n_late = 0;
  task = myrmex_workflow_add_async (workflow, "late", start_async, (gpointer) "late", NULL);
  myrmex_task_set_timeout (task, SHORT);
  local_retry (task, 3);
  run = local_run (runner, workflow);
  local_assert (run, "late", "failed/timed_out");
  result = myrmex_run_dup_result (run, "late");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
  local_await (&n_late, g_atomic_int_get (&n_waiting));
}

/* An action that takes itself down when it is told to stop, and says then that there is no use in another attempt. */
#define STUBBORN_TYPE_ACTION (stubborn_action_get_type ())
G_DECLARE_FINAL_TYPE (StubbornAction, stubborn_action, STUBBORN, ACTION, MyrmexAction)
struct _StubbornAction { MyrmexAction parent_instance; };
G_DEFINE_FINAL_TYPE (StubbornAction, stubborn_action, MYRMEX_TYPE_ACTION)

static gpointer
stubborn_thread (gpointer context)
{
  await_stop (context);
  return fail_thread (context);
}

static void
stubborn_action_start (MyrmexAction      *action,
                       MyrmexTaskContext *context)
{
  in_thread (stubborn_thread, context);
}

static void
stubborn_action_class_init (StubbornActionClass *klass)
{
  MYRMEX_ACTION_CLASS (klass)->start = stubborn_action_start;
  MYRMEX_ACTION_CLASS (klass)->is_stoppable = TRUE;
}

static void
stubborn_action_init (StubbornAction *self)
{
}

/* A time-out is worth another attempt whatever the attempt said as it was stopped: also one that had not begun. */
static void
test_timeout_is_retried (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("stubborn");
  g_autoptr (MyrmexAction) action = g_object_new (STUBBORN_TYPE_ACTION, NULL);
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (MyrmexTaskResult) result = NULL;
  MyrmexTask *task = myrmex_workflow_add_action (workflow, "stubborn", action);

  myrmex_task_set_timeout (task, SHORT);
  local_retry (task, 3);
  run = local_run (runner, workflow);
  local_assert (run, "stubborn", "failed/timed_out");
  result = myrmex_run_dup_result (run, "stubborn");
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, 3);
}

static void
test_registered (void)
{
  static const char * const keys[] = { "more", NULL };
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("registered");
  g_autoptr (GVariant) spec = g_variant_parse (NULL, "{'mine': <{'mode': <'now'>}>}", NULL, NULL, NULL);
  g_autoptr (GVariant) bad = g_variant_parse (NULL, "{'mine': <{'made': <'now'>}>}", NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexAction) action = NULL;
  g_autoptr (MyrmexRun) run = NULL;

  g_assert_true (myrmex_action_register ("mine", MY_TYPE_ACTION, keys, "answers as it is told to", &error));
  g_assert_no_error (error);
  action = myrmex_action_create ("mine", spec, &error);
  g_assert_no_error (error);
  g_assert_true (MY_IS_ACTION (action));
  myrmex_workflow_add_action (workflow, "a", action);
  run = local_run (runner, workflow);
  local_assert_value (run, "a", "'now'");

  g_assert_null (myrmex_action_create ("mine", bad, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

/* An action class that forgot to say how it begins. */
#define BARE_TYPE_ACTION (bare_action_get_type ())
G_DECLARE_FINAL_TYPE (BareAction, bare_action, BARE, ACTION, MyrmexAction)
struct _BareAction { MyrmexAction parent_instance; };
G_DEFINE_FINAL_TYPE (BareAction, bare_action, MYRMEX_TYPE_ACTION)

static void
bare_action_class_init (BareActionClass *klass)
{
}

static void
bare_action_init (BareAction *self)
{
}

static void
test_bare (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("bare");
  g_autoptr (MyrmexAction) action = g_object_new (BARE_TYPE_ACTION, NULL);
  g_autoptr (MyrmexRun) run = NULL;

  myrmex_workflow_add_action (workflow, "a", action);
  run = local_run (runner, workflow);
  local_assert (run, "a", "failed/error");
  local_assert_error (run, "a", MYRMEX_ERROR_FAILED, "not-supported");
}

typedef struct
{
  int functions[2];    /* atomic: on the main thread, elsewhere */
  int conditions[2];
  int transforms[2];
} Places;

static int
here (void)
{
  return g_thread_self () == main_thread ? 0 : 1;
}

static GVariant *
noting (MyrmexTaskContext  *context,
        gpointer            data,
        GError            **error)
{
  g_atomic_int_inc (&((Places *) data)->functions[here ()]);
  return g_variant_new_string ("x");
}

static void
noting_async (MyrmexTaskContext *context,
              gpointer           data)
{
  g_atomic_int_inc (&((Places *) data)->functions[here ()]);
  in_thread (answer_thread, context);
}

static gboolean
noting_condition (MyrmexTaskContext  *context,
                  gpointer            data,
                  GError            **error)
{
  g_atomic_int_inc (&((Places *) data)->conditions[here ()]);
  return TRUE;
}

static GVariant *
noting_transform (MyrmexTaskContext  *context,
                  GVariant           *value,
                  gpointer            data,
                  GError            **error)
{
  g_atomic_int_inc (&((Places *) data)->transforms[here ()]);
  return g_variant_ref (value);
}

static void
test_affinity (gconstpointer data)
{
  MyrmexAffinity affinity = GPOINTER_TO_INT (data);
  int at = affinity == MYRMEX_AFFINITY_MAIN ? 0 : 1;
  g_autoptr (MyrmexRunner) runner = local_runner (2);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("affinity");
  g_autoptr (MyrmexRun) run = NULL;
  Places places = { 0 };
  MyrmexTask *tasks[3];

  tasks[0] = myrmex_workflow_add_function (workflow, "function", noting, &places, NULL);
  tasks[1] = myrmex_workflow_add_async (workflow, "async", noting_async, &places, NULL);
  tasks[2] = myrmex_workflow_add_noop (workflow, "noop");
  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      myrmex_task_set_affinity (tasks[i], affinity);
      myrmex_task_set_condition_func (tasks[i], noting_condition, &places, NULL);
      if (i < 2)
        myrmex_task_set_transform_func (tasks[i], noting_transform, &places, NULL);
    }
  run = local_run (runner, workflow);
  local_assert (run, NULL, "completed");
  g_assert_cmpint (places.functions[at], ==, 2);
  g_assert_cmpint (places.conditions[at], ==, 3);
  g_assert_cmpint (places.transforms[at], ==, 2);
  g_assert_cmpint (places.functions[!at] + places.conditions[!at] + places.transforms[!at], ==, 0);
}

/* A transform in a worker of a command's output, where there is but one place. */
static void
test_transform_with_one_place (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("one");
  g_autoptr (MyrmexRun) run = NULL;
  Places places = { 0 };
  MyrmexTask *task;

  task = myrmex_workflow_add_command (workflow, "command", "printf", "%s", "out", NULL);
  myrmex_task_set_transform_func (task, noting_transform, &places, NULL);
  task = myrmex_workflow_add_async (workflow, "async", noting_async, &places, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_WORKER);
  myrmex_task_set_transform_func (task, noting_transform, &places, NULL);
  run = local_run (runner, workflow);
  local_assert_value (run, "command", "'out'");
  local_assert_value (run, "async", "'thread'");
  g_assert_cmpint (places.transforms[1], ==, 2);
}

/* Conditions and begins on the main context need no worker. */
static void
test_main_needs_no_worker (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("main");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (Gate) gate = gate_new ();
  Places places = { 0 };
  MyrmexTask *task;

  myrmex_workflow_add_function (workflow, "slow", local_deaf, gate, NULL);
  task = myrmex_workflow_add_function (workflow, "first", noting, &places, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  myrmex_task_set_condition_func (task, noting_condition, &places, NULL);
  task = myrmex_workflow_add_async (workflow, "second", noting_async, &places, NULL);
  local_after (task, "first");
  myrmex_task_set_condition (task, "tasks.first.value == 'x'");
  run = local_start (runner, workflow);
  gate_await (gate, 1);
  while (myrmex_run_get_count (run, MYRMEX_TASK_STATUS_COMPLETED) < 2)
    g_main_context_iteration (NULL, TRUE);
  local_assert (run, "slow", "running");
  gate_open (gate);
  local_finish (run);
}

static GVariant *
holds_main (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  g_usleep (600 * 1000);
  return NULL;
}

/* Returns whether a task was in time that has half a second of its own, behind one that takes longer. */
static gboolean
is_in_time (void)
{
  g_autoptr (MyrmexRunner) runner = local_runner (1);
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("main");
  g_autoptr (MyrmexRun) run = NULL;
  MyrmexTask *task;

  task = myrmex_workflow_add_function (workflow, "first", holds_main, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  task = myrmex_workflow_add_function (workflow, "second", local_ok, NULL, NULL);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  myrmex_task_set_timeout (task, 0.5);
  run = local_run (runner, workflow);
  return myrmex_run_get_status (run) == MYRMEX_RUN_STATUS_COMPLETED;
}

/* The time of a task on the main context runs from its begin, not from its turn behind others. A machine may stand
 * still for that long, but not each time. */
static void
test_main_timeout (void)
{
  gboolean was_in_time = is_in_time ();

  for (guint i = 0; i < 4 && !was_in_time; i++)
    was_in_time = is_in_time ();
  g_assert_true (was_in_time);
}

int
main (int    argc,
      char **argv)
{
  const gpointer worker = GINT_TO_POINTER (MYRMEX_AFFINITY_WORKER), on_main = GINT_TO_POINTER (MYRMEX_AFFINITY_MAIN);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  main_thread = g_thread_self ();
  g_test_add_data_func ("/local/actions/answers-from-worker", worker, test_answers);
  g_test_add_data_func ("/local/actions/answers-from-main", on_main, test_answers);
  g_test_add_func ("/local/actions/late-and-again", test_late_and_again);
  g_test_add_func ("/local/actions/timeout-is-retried", test_timeout_is_retried);
  g_test_add_func ("/local/actions/registered", test_registered);
  g_test_add_func ("/local/actions/bare", test_bare);
  g_test_add_data_func ("/local/actions/affinity-worker", worker, test_affinity);
  g_test_add_data_func ("/local/actions/affinity-main", on_main, test_affinity);
  g_test_add_func ("/local/actions/transform-with-one-place", test_transform_with_one_place);
  g_test_add_func ("/local/actions/main-needs-no-worker", test_main_needs_no_worker);
  g_test_add_func ("/local/actions/main-timeout", test_main_timeout);
  return g_test_run ();
}
