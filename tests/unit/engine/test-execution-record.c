/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is recorded takes effect when that is kept, and not before: a recorder that keeps what it is told to. */

#include <glib/gstdio.h>

#include "actions/myrmex-command-action.h"
#include "base/myrmex-error.h"
#include "engine/myrmex-local-runner-private.h"
#include "engine/myrmex-recorder-private.h"
#include "model/myrmex-retry-policy.h"
#include "model/myrmex-workflow.h"

/* Of the run: what has been flushed, and is kept when the test says so. */
typedef struct
{
  MyrmexRecorderKept func;
  gpointer           data;
  guint              n_claims;  /* of attempts, in it and before it */
  guint              n_ends;    /* likewise */
} Flush;

typedef struct
{
  char         *folder;
  MyrmexRunner *runner;
  GMutex        lock;
  GCond         cond;
  GArray       *flushes;     /* of Flush, in their order */
  guint         n_kept;
  guint         n_claims;
  guint         n_ends;
} Fixture;

typedef struct
{
  MyrmexRecorder  base;
  Fixture        *fixture;
} Recorder;

static void
count_record (MyrmexRecorder     *recorder,
              const MyrmexRecord *record)
{
  Fixture *self = ((Recorder *) recorder)->fixture;

  g_mutex_lock (&self->lock);
  self->n_claims += record->kind == MYRMEX_RECORD_ATTEMPT_STARTED;
  self->n_ends += record->kind == MYRMEX_RECORD_ATTEMPT_ENDED;
  g_mutex_unlock (&self->lock);
}

static void
ignore_result (MyrmexRecorder   *recorder,
               guint32           task,
               const char       *name,
               MyrmexTaskResult *result,
               const char       *log_path)
{
}

static void
ignore_state (MyrmexRecorder          *recorder,
              const MyrmexRecordState *state)
{
}

static gboolean
take_flush (MyrmexRecorder     *recorder,
            MyrmexRecorderKept  kept,
            gpointer            data)
{
  Fixture *self = ((Recorder *) recorder)->fixture;
  Flush flush = { kept, data };

  g_mutex_lock (&self->lock);
  flush.n_claims = self->n_claims;
  flush.n_ends = self->n_ends;
  g_array_append_val (self->flushes, flush);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static MyrmexRecorder *
new_recorder (gpointer           data,
              const MyrmexPlan  *plan,
              const char        *run_id,
              GVariant          *options,
              const char        *retried_from,
              GError           **error)
{
  Recorder *recorder = g_new0 (Recorder, 1);

  recorder->base = (MyrmexRecorder) {
    count_record, ignore_result, ignore_state, take_flush, (void (*) (MyrmexRecorder *)) g_free,
  };
  recorder->fixture = data;
  return &recorder->base;
}

/* Keeps the next one as soon as there is one, if no more than so many claims are in it and before it. */
static gboolean
keep_next (Fixture *self,
           guint    max_claims)
{
  Flush flush;
  gboolean may_keep;

  g_mutex_lock (&self->lock);
  while (self->flushes->len == self->n_kept)
    g_cond_wait (&self->cond, &self->lock);
  flush = g_array_index (self->flushes, Flush, self->n_kept);
  may_keep = flush.n_claims <= max_claims;
  self->n_kept += may_keep;
  g_mutex_unlock (&self->lock);
  if (may_keep && flush.func != NULL)
    flush.func (NULL, flush.data);
  return may_keep && flush.func != NULL;
}

/* Keeps all that come until there is one that more claims are in or before. */
static void
keep_until (Fixture *self,
            guint    n_claims)
{
  while (keep_next (self, n_claims))
    ;
}

/* Keeps those that have come, if no more is in them and before them. */
static void
keep_come (Fixture *self,
           guint    max_claims,
           guint    max_ends)
{
  Flush flush = { .func = NULL };

  do
    {
      if (flush.func != NULL)
        flush.func (NULL, flush.data);
      flush.func = NULL;
      g_mutex_lock (&self->lock);
      if (self->n_kept < self->flushes->len)
        flush = g_array_index (self->flushes, Flush, self->n_kept);
      if (flush.n_claims > max_claims || flush.n_ends > max_ends)
        flush.func = NULL;
      self->n_kept += flush.func != NULL;
      g_mutex_unlock (&self->lock);
    }
  while (flush.func != NULL);
}

/* Waits for one with so much in it and before it. */
static void
await_flush (Fixture *self,
             guint    n_claims,
             guint    n_ends)
{
  const Flush *last;

  g_mutex_lock (&self->lock);
  for (;;)
    {
      last = self->flushes->len > 0 ? &g_array_index (self->flushes, Flush, self->flushes->len - 1) : NULL;
      if (last != NULL && last->n_claims >= n_claims && last->n_ends >= n_ends)
        break;
      g_cond_wait (&self->cond, &self->lock);
    }
  g_mutex_unlock (&self->lock);
}

static gpointer
keep_all_thread (gpointer data)
{
  while (keep_next (data, G_MAXUINT))
    ;
  return NULL;
}

/* Keeps all from here on, until the run has ended. */
static void
keep_to_end (Fixture   *self,
             MyrmexRun *run)
{
  const Flush end = { NULL, NULL };
  GThread *thread = g_thread_new ("keep", keep_all_thread, self);

  myrmex_run_wait (run, NULL, NULL);
  g_mutex_lock (&self->lock);
  g_array_append_val (self->flushes, end);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (thread);
}

static void
fixture_set_up (Fixture       *self,
                gconstpointer  data)
{
  MyrmexRunnerServices *services;

  self->folder = g_dir_make_tmp ("myrmex-record-XXXXXX", NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->flushes = g_array_new (FALSE, FALSE, sizeof (Flush));
  self->runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", 2, NULL);
  services = myrmex_local_runner_get_services (MYRMEX_LOCAL_RUNNER (self->runner));
  services->new_recorder = new_recorder;
  services->recorder_data = self;
}

static char *
get_path (Fixture    *self,
          const char *task)
{
  return g_build_filename (self->folder, task, NULL);
}

static gboolean
has_begun (Fixture    *self,
           const char *task)
{
  g_autofree char *path = get_path (self, task);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data)
{
  const char * const names[] = { "a", "b", "c", "d", "end-a", "end-b" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = get_path (self, names[i]);

      g_remove (path);
    }
  g_rmdir (self->folder);
  g_object_unref (self->runner);
  g_array_unref (self->flushes);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->folder);
}

/* The task says that it has begun, and goes on until there is a file, or until it has looked for it so often. */
static void
add_task (Fixture        *self,
          MyrmexWorkflow *workflow,
          const char     *name,
          const char     *until,
          guint           n_looks)
{
  g_autofree char *script =
    g_strdup_printf ("cd '%s' && touch %s; n=%u; until [ -e %s ] || [ $n = 0 ]; do n=$((n - 1)); sleep 0.01; done",
                     self->folder, name, n_looks, until);

  myrmex_workflow_add_shell (workflow, name, script, NULL);
}

static void
let_end (Fixture    *self,
         const char *name)
{
  g_autofree char *path = get_path (self, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "", 0, &error);
  g_assert_no_error (error);
}

/* Of what was claimed in two flushes, the first being kept begins its own, and not the second's. */
static void
test_own_start (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  add_task (self, workflow, "a", "end-a", 100000);
  add_task (self, workflow, "b", "end-b", 100000);
  add_task (self, workflow, "c", "d", 30);
  add_task (self, workflow, "d", "a", 1);
  run = myrmex_runner_start (self->runner, workflow, NULL, &error);
  g_assert_no_error (error);

  await_flush (self, 2, 0);
  g_assert_false (has_begun (self, "a"));
  g_assert_false (has_begun (self, "b"));
  /* The ends of the first two, each with the claim of one of the others. */
  let_end (self, "end-a");
  keep_until (self, 2);
  await_flush (self, 3, 1);
  let_end (self, "end-b");
  await_flush (self, 4, 2);
  g_assert_false (has_begun (self, "c"));
  g_assert_false (has_begun (self, "d"));

  keep_until (self, 3);
  await_flush (self, 4, 3); /* the end of c, which has looked for d for a while */
  g_assert_true (has_begun (self, "c"));
  g_assert_false (has_begun (self, "d"));

  keep_to_end (self, run);
  g_assert_true (myrmex_run_check (run, &error));
  g_assert_no_error (error);
  g_assert_true (has_begun (self, "d"));
}

/* All ways to read how a task stands tell the same. */
static void
assert_read (MyrmexRun        *run,
             const char       *task,
             MyrmexTaskStatus  status,
             guint             attempts)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);
  guint counts[MYRMEX_TASK_STATUS_CANCELLED + 1] = { 0 };
  g_auto (GStrv) names = myrmex_run_dup_task_names (run);

  g_assert_cmpint (myrmex_task_result_get_status (result), ==, status);
  g_assert_cmpuint (myrmex_task_result_get_attempts (result), ==, attempts);
  g_assert_cmpint (myrmex_task_result_get_started (result) != 0, ==, attempts > 0);
  g_assert_cmpint (myrmex_task_result_get_finished (result) != 0, ==, myrmex_task_status_is_final (status));
  g_assert_true (attempts > 0 || myrmex_task_result_get_execution_time (result) == 0);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) other = myrmex_run_dup_result (run, names[i]);

      counts[myrmex_task_result_get_status (other)]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (myrmex_run_get_count (run, i), ==, counts[i]);
}

static void
assert_explained (MyrmexRun  *run,
                  const char *task,
                  const char *expected)
{
  g_autofree char *text = myrmex_run_explain (run, task, NULL);

  g_assert_cmpstr (text, ==, expected);
}

/* What the last attempt failed with is told as long as the next one is not. */
static void
assert_failed_attempt (MyrmexRun *run)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, "a");

  assert_read (run, "a", MYRMEX_TASK_STATUS_RETRYING, 1);
  g_assert_cmpint (myrmex_task_result_get_reason (result), ==, MYRMEX_REASON_EXIT_STATUS);
  g_assert_error (myrmex_task_result_get_error (result), MYRMEX_ERROR, MYRMEX_ERROR_EXIT_STATUS);
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, "exit-3");
  g_assert_cmpfloat (myrmex_task_result_get_execution_time (result), >, 0);
}

/* One that fails at first, as soon as it is let. */
static MyrmexWorkflow *
make_failing (Fixture *self,
              double   delay)
{
  g_autoptr (MyrmexRetryPolicy) policy = myrmex_retry_policy_new_full (2, delay, 1, delay, 0, 0, NULL, NULL);
  g_autofree char *script =
    g_strdup_printf ("cd '%s'; [ $MYRMEX_ATTEMPT = 2 ] && exit; until [ -e end-a ]; do sleep 0.01; done; exit 3",
                     self->folder);
  MyrmexWorkflow *workflow = myrmex_workflow_new ("w");

  myrmex_task_set_retry_policy (myrmex_workflow_add_shell (workflow, "a", script, NULL), policy);
  return workflow;
}

static void
assert_running_attempt (MyrmexRun  *run,
                        const char *task,
                        guint       attempt)
{
  g_autofree char *expected = g_strdup_printf ("Attempt %u is running.", attempt);

  assert_read (run, task, MYRMEX_TASK_STATUS_RUNNING, attempt);
  assert_explained (run, task, expected);
}

/* What is read has been kept, whether anybody listens or not: tasks together are as they once were. */
static void
test_read (Fixture       *self,
           gconstpointer  data)
{
  static const char waits[] = "It goes on as soon as the journal has that on the disk.";
  g_autoptr (MyrmexWorkflow) workflow = make_failing (self, 0);
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;
  MyrmexTask *skipped;

  add_task (self, workflow, "b", "end-b", 100000);
  myrmex_task_add_dependency (myrmex_workflow_get_nth_task (workflow, 1), "a");
  skipped = myrmex_workflow_add_noop (workflow, "c");
  myrmex_task_add_dependency (skipped, "a");
  myrmex_task_set_trigger_rule (skipped, MYRMEX_TRIGGER_RULE_ALL_FAILED);
  run = myrmex_runner_start (self->runner, workflow, NULL, &error);
  g_assert_no_error (error);

  await_flush (self, 1, 0);
  assert_read (run, "a", MYRMEX_TASK_STATUS_PENDING, 0);
  assert_explained (run, "a", waits);
  keep_come (self, 1, 0);
  assert_running_attempt (run, "a", 1);

  /* It has failed, and its second attempt is claimed. */
  let_end (self, "end-a");
  await_flush (self, 2, 1);
  assert_running_attempt (run, "a", 1);
  keep_come (self, 1, 1);
  assert_failed_attempt (run);
  assert_explained (run, "a", waits);
  keep_come (self, 2, 1);
  assert_running_attempt (run, "a", 2);

  /* It has completed, and with it the others have moved. */
  await_flush (self, 3, 2);
  assert_running_attempt (run, "a", 2);
  assert_read (run, "b", MYRMEX_TASK_STATUS_PENDING, 0);
  assert_read (run, "c", MYRMEX_TASK_STATUS_PENDING, 0);
  keep_come (self, 3, 2);
  assert_read (run, "a", MYRMEX_TASK_STATUS_COMPLETED, 2);
  assert_running_attempt (run, "b", 1);
  assert_read (run, "c", MYRMEX_TASK_STATUS_SKIPPED, 0);

  let_end (self, "end-b");
  await_flush (self, 3, 3);
  assert_running_attempt (run, "b", 1);
  keep_to_end (self, run);
  assert_read (run, "b", MYRMEX_TASK_STATUS_COMPLETED, 1);
  g_assert_true (myrmex_run_check (run, &error));
  g_assert_no_error (error);
}

/* What waits for another attempt is told to do so until its end is kept. */
static void
test_read_cancelled (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (MyrmexWorkflow) workflow = make_failing (self, 1000);
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GError) error = NULL;

  run = myrmex_runner_start (self->runner, workflow, NULL, &error);
  g_assert_no_error (error);
  await_flush (self, 1, 0);
  keep_come (self, 1, 0);
  let_end (self, "end-a");
  await_flush (self, 1, 1);
  assert_running_attempt (run, "a", 1);
  keep_come (self, 1, 1);
  assert_failed_attempt (run);

  myrmex_run_cancel (run);
  assert_failed_attempt (run);
  keep_to_end (self, run);
  assert_read (run, "a", MYRMEX_TASK_STATUS_CANCELLED, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/execution-record/own-start", Fixture, NULL, fixture_set_up, test_own_start, fixture_tear_down);
  g_test_add ("/execution-record/read", Fixture, NULL, fixture_set_up, test_read, fixture_tear_down);
  g_test_add ("/execution-record/read-cancelled", Fixture, NULL, fixture_set_up, test_read_cancelled,
              fixture_tear_down);
  return g_test_run ();
}
