/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is recorded takes effect when that is kept, and not before: a recorder that keeps what it is told to. */

#include <glib/gstdio.h>

#include "actions/myrmex-command-action.h"
#include "engine/myrmex-local-runner-private.h"
#include "engine/myrmex-recorder-private.h"
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
  const Flush end = { NULL, NULL };
  GThread *thread;

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

  thread = g_thread_new ("keep", keep_all_thread, self);
  g_assert_true (myrmex_run_wait (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (has_begun (self, "d"));
  g_mutex_lock (&self->lock);
  g_array_append_val (self->flushes, end);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (thread);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/execution-record/own-start", Fixture, NULL, fixture_set_up, test_own_start, fixture_tear_down);
  return g_test_run ();
}
