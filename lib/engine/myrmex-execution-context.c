/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What the actions of an execution may know and do. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/myrmex-value.h"
#include "engine/myrmex-execution-private.h"

static const char *
context_get_task_name (MyrmexTaskContext *context)
{
  return myrmex_execution_get_task (context->engine, context->task)->name;
}

static const char *
context_get_run_id (MyrmexTaskContext *context)
{
  return ((MyrmexExecution *) context->engine)->id;
}

static const char *
context_get_directory (MyrmexTaskContext *context)
{
  return ((MyrmexExecution *) context->engine)->directory;
}

static GVariant *
context_get_parameters (MyrmexTaskContext *context)
{
  return ((MyrmexExecution *) context->engine)->parameters;
}

static char **
context_dup_dependencies (MyrmexTaskContext *context)
{
  MyrmexExecution *self = context->engine;

  return myrmex_plan_dup_task_dependencies (self->plan, context->task);
}

/* The index of a direct dependency, or MYRMEX_NO_INDEX. */
guint32
myrmex_execution_find_dependency (MyrmexExecution *self,
                                  guint32          task,
                                  const char      *name)
{
  const MyrmexGraph *graph = &self->plan->graph;
  guint32 index = MYRMEX_NO_INDEX;
  gboolean is_frozen;

  /* Once the run has ended the workflow may be changed, and a function that was given up may still ask. */
  g_mutex_lock (&self->lock);
  is_frozen = !self->has_ended;
  if (is_frozen)
    index = myrmex_plan_find (self->plan, name);
  g_mutex_unlock (&self->lock);

  for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
    {
      if (is_frozen ? graph->deps[i] == index
                    : g_str_equal (myrmex_execution_get_task (self, graph->deps[i])->name, name))
        return graph->deps[i];
    }
  return MYRMEX_NO_INDEX;
}

static MyrmexTaskResult *
context_dup_result (MyrmexTaskContext *context,
                    const char        *dependency)
{
  MyrmexExecution *self = context->engine;
  guint32 index = myrmex_execution_find_dependency (self, context->task, dependency);

  return index == MYRMEX_NO_INDEX ? NULL : myrmex_execution_dup_result (self, index);
}

/* The variables that tell a command what it is. */
static const char * const own_variables[] = {
  "MYRMEX_RUN_ID=", "MYRMEX_WORKFLOW=", "MYRMEX_TASK=", "MYRMEX_ATTEMPT=",
};

static gboolean
is_own_variable (const char *assignment)
{
  for (gsize i = 0; assignment[0] == 'M' && i < G_N_ELEMENTS (own_variables); i++)
    {
      if (g_str_has_prefix (assignment, own_variables[i]))
        return TRUE;
    }
  return FALSE;
}

/* In one go: each command gets its own. */
static char **
context_dup_environment (MyrmexTaskContext *context)
{
  MyrmexExecution *self = context->engine;
  char attempt[16];
  const char *values[G_N_ELEMENTS (own_variables)] = {
    self->id, myrmex_workflow_get_name (self->plan->workflow), context_get_task_name (context), attempt,
  };
  char **environment = g_new (char *, g_strv_length (self->environ) + G_N_ELEMENTS (own_variables) + 1);
  gsize n = 0;

  g_snprintf (attempt, sizeof attempt, "%u", context->attempt);
  for (gsize i = 0; self->environ[i] != NULL; i++)
    {
      if (!is_own_variable (self->environ[i]))
        environment[n++] = g_strdup (self->environ[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (own_variables); i++)
    environment[n++] = g_strconcat (own_variables[i], values[i], NULL);
  environment[n] = NULL;
  return environment;
}

char *
myrmex_execution_dup_log_path (MyrmexExecution *self,
                               guint32          task,
                               guint            attempt)
{
  return myrmex_log_folder_dup_path (self->logs, myrmex_execution_get_task (self, task)->name, attempt);
}

/* In a folder that is kept, and has no name of this run alone, there may be the log of the same attempt of another;
 * it would go on. */
void
myrmex_execution_begin_log (MyrmexExecution   *self,
                            MyrmexTaskContext *context)
{
  g_autofree char *path = myrmex_execution_dup_log_path (self, context->task, context->attempt);

  g_unlink (path);
}

static char *
context_dup_log_path (MyrmexTaskContext *context)
{
  return myrmex_execution_dup_log_path (context->engine, context->task, context->attempt);
}

static gpointer
context_get_process_host (MyrmexTaskContext  *context,
                          GError            **error)
{
  return myrmex_runner_services_get_process_host (((MyrmexExecution *) context->engine)->services, error);
}

static double
context_get_grace (MyrmexTaskContext *context)
{
  return ((MyrmexExecution *) context->engine)->grace;
}

static void
context_report (MyrmexTaskContext *context,
                double             fraction,
                const char        *message)
{
  MyrmexExecution *self = context->engine;
  gboolean tell = FALSE;

  g_mutex_lock (&self->lock);
  if (self->wants_events && !context->is_late && context->attempt > 0 &&
      myrmex_scheduler_get_status (self->scheduler, context->task) == MYRMEX_TASK_STATUS_RUNNING)
    {
      MyrmexProgress *progress = g_new0 (MyrmexProgress, 1);

      progress->task = context->task;
      progress->attempt = context->attempt;
      progress->fraction = fraction;
      progress->message = message != NULL ? g_utf8_make_valid (message, -1) : NULL;
      tell = g_hash_table_size (self->progress) == 0;
      g_hash_table_insert (self->progress, GUINT_TO_POINTER (context->task), progress);
    }
  g_mutex_unlock (&self->lock);

  if (tell)
    myrmex_execution_tell (self, FALSE);
}

static void
context_log (MyrmexTaskContext *context,
             const char        *text)
{
  g_autofree char *path = context_dup_log_path (context);
  gsize left = strlen (text);
  int fd;

  if (path == NULL || left == 0)
    return;

  fd = g_open (path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  while (fd >= 0 && left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      text += n;
      left -= (gsize) n;
    }
  if (fd >= 0)
    close (fd);
}

static void
context_adopted (MyrmexTaskContext *context)
{
  myrmex_execution_adopted (context->engine, context);
}

static void
context_answered (MyrmexTaskContext *context)
{
  myrmex_execution_answered (context->engine, context);
}

static void
context_gone (MyrmexTaskContext *context)
{
  MyrmexExecution *self = context->engine;
  MyrmexErrands errands = { 0 };
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  if (context->is_late && !context->in_call && g_atomic_int_compare_and_exchange (&context->is_gone, 0, 1))
    {
      myrmex_scheduler_lingerer_gone (self->scheduler, context->task);
      myrmex_execution_pump (self, now, &errands);
    }
  g_mutex_unlock (&self->lock);
  myrmex_execution_run_errands (self, &errands);
}

static void
context_release (MyrmexTaskContext *context)
{
  myrmex_execution_unref (context->engine);
}

const MyrmexTaskContextOps myrmex_execution_context_ops = {
  .get_task_name = context_get_task_name,
  .get_run_id = context_get_run_id,
  .get_directory = context_get_directory,
  .get_parameters = context_get_parameters,
  .dup_dependencies = context_dup_dependencies,
  .dup_result = context_dup_result,
  .dup_environment = context_dup_environment,
  .dup_log_path = context_dup_log_path,
  .get_process_host = context_get_process_host,
  .get_grace = context_get_grace,
  .report = context_report,
  .log = context_log,
  .adopted = context_adopted,
  .answered = context_answered,
  .gone = context_gone,
  .release = context_release,
};
