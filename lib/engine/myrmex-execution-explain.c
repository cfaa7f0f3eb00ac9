/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Why a task waits, was skipped or ended as it did, in words. */

#include <glib/gi18n-lib.h>

#include "engine/myrmex-execution-private.h"

#define MAX_NAMED 8

/* The dependencies whose status is in a set of bits: “a, b and 3 more”. */
static char *
name_dependencies (MyrmexExecution *self,
                   guint32          task,
                   guint            statuses)
{
  const MyrmexGraph *graph = &self->plan->graph;
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;

  for (guint32 i = graph->dep_start[task]; i < graph->dep_start[task + 1]; i++)
    {
      MyrmexTaskStatus status = myrmex_execution_get_kept_status (self, graph->deps[i]);

      if ((statuses & 1u << status) == 0)
        continue;
      if (n++ < MAX_NAMED)
        g_string_append_printf (names, "%s“%s” (%s)", n > 1 ? ", " : "",
                                myrmex_execution_get_task (self, graph->deps[i])->name,
                                myrmex_task_status_to_string (status));
    }
  if (n > MAX_NAMED)
    g_string_append_printf (names, g_dngettext (GETTEXT_PACKAGE, " and %u more", " and %u more", n - MAX_NAMED),
                            n - MAX_NAMED);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

#define BIT(status) (1u << MYRMEX_TASK_STATUS_##status)

static char *
explain_wait (MyrmexExecution *self,
              guint32          task)
{
  g_autofree char *names = NULL;
  MyrmexWait wait;
  double seconds;

  myrmex_scheduler_explain_wait (self->scheduler, task, &wait);
  switch (wait.kind)
    {
    case MYRMEX_WAIT_RUN:
      return g_strdup (_("It waits for the run to start."));
    case MYRMEX_WAIT_DEPENDENCIES:
      names = name_dependencies (self, task, BIT (PENDING) | BIT (RUNNING) | BIT (RETRYING));
      return g_strdup_printf (_("It waits for %s, as its trigger rule “%s” asks."), names,
                              myrmex_trigger_rule_to_string (myrmex_execution_get_task (self, task)->trigger_rule));
    case MYRMEX_WAIT_CONDITION:
      return g_strdup (_("Its condition is being evaluated."));
    case MYRMEX_WAIT_TIME:
      seconds = (double) MAX (0, wait.until - g_get_monotonic_time ()) / G_USEC_PER_SEC;
      return g_strdup_printf (_("Attempt %u failed; the next one starts in %.1f seconds."),
                              myrmex_scheduler_get_attempt (self->scheduler, task), seconds);
    case MYRMEX_WAIT_LINGERER:
      return g_strdup_printf (_("Attempt %u was given up but has not returned; the next one waits for that."),
                              myrmex_scheduler_get_attempt (self->scheduler, task));
    case MYRMEX_WAIT_PAUSED:
      return g_strdup (_("It could start, but the run is paused."));
    case MYRMEX_WAIT_SLOT:
      return g_strdup_printf (_("It could start, but the workflow runs at most %u tasks at once."),
                              self->plan->max_parallel);
    case MYRMEX_WAIT_RUNNER:
      return g_strdup (_("It starts as soon as the runner has a free worker."));
    case MYRMEX_WAIT_NOTHING:
    default:
      return g_strdup_printf (_("Attempt %u is running."), myrmex_scheduler_get_attempt (self->scheduler, task));
    }
}

static char *
explain_skip (MyrmexExecution *self,
              guint32          index,
              MyrmexReason     reason,
              MyrmexEnding    *ending)
{
  MyrmexTask *task = myrmex_execution_get_task (self, index);
  const char *rule = myrmex_trigger_rule_to_string (task->trigger_rule);
  g_autofree char *names = NULL;

  if (reason == MYRMEX_REASON_CONDITION)
    {
      const char *condition = task->extras->condition != NULL ? task->extras->condition : _("a function");

      if (ending != NULL && ending->seen != NULL)
        return g_strdup_printf (_("It was skipped since its condition, %s, was false with %s."), condition, ending->seen);
      return g_strdup_printf (_("It was skipped since its condition, %s, was false."), condition);
    }

  names = name_dependencies (self, index, reason == MYRMEX_REASON_UPSTREAM_FAILED ? BIT (FAILED) | BIT (CANCELLED)
                                                                                  : BIT (SKIPPED) | BIT (COMPLETED));
  if (names[0] == '\0')
    return g_strdup_printf (_("It was skipped since its trigger rule “%s” can not be met."), rule);
  return g_strdup_printf (_("It was skipped since its trigger rule “%s” can not be met: %s."), rule, names);
}

static char *
explain_failure (MyrmexExecution *self,
                 guint32          index,
                 MyrmexEnding    *ending)
{
  guint attempts = myrmex_scheduler_get_attempt (self->scheduler, index);
  const char *message = ending != NULL && ending->error != NULL ? ending->error->message : _("unknown");

  if (attempts == 0 && ending != NULL && ending->seen != NULL)
    return g_strdup_printf (_("It failed before it began: %s (with %s)."), message, ending->seen);
  if (attempts == 0)
    return g_strdup_printf (_("It failed before it began: %s."), message);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "It failed after %u attempt: %s",
                                       "It failed after %u attempts; the last one: %s", attempts),
                          attempts, message);
}

static const char *
explain_cancel (MyrmexReason reason)
{
  switch (reason)
    {
    case MYRMEX_REASON_FAIL_FAST:
      return _("It was cancelled since another task failed and the workflow stops at the first failure.");
    case MYRMEX_REASON_RUN_TIMED_OUT:
      return _("It was cancelled since the time of the run was over.");
    default:
      return _("It was cancelled with the run.");
    }
}

static char *
explain_kept (MyrmexTaskResult *result)
{
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "It was kept from run %s, where it completed in %.3f seconds, with %u attempt.",
                                       "It was kept from run %s, where it completed in %.3f seconds, with %u attempts.",
                                       result->attempts),
                          result->kept_from, (double) result->execution_time / G_USEC_PER_SEC, result->attempts);
}

/* What comes next of it is not to be told yet. */
static char *
explain_held (const MyrmexHeld *held)
{
  if (held->status == MYRMEX_TASK_STATUS_RUNNING)
    return g_strdup_printf (_("Attempt %u is running."), held->attempt);
  return g_strdup (_("It goes on as soon as the journal has that on the disk."));
}

/* Under the lock. */
static char *
explain (MyrmexExecution *self,
         guint32          task)
{
  const MyrmexReason reason = myrmex_scheduler_get_reason (self->scheduler, task);
  const MyrmexHeld *held = myrmex_execution_get_held (self, task);
  MyrmexTaskState *state = &self->states[task];

  if (held != NULL)
    return explain_held (held);
  switch (myrmex_scheduler_get_status (self->scheduler, task))
    {
    case MYRMEX_TASK_STATUS_COMPLETED:
      if (self->kept != NULL && self->kept[task].result != NULL)
        return explain_kept (self->kept[task].result);
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "It completed in %.3f seconds, with %u attempt.",
                                           "It completed in %.3f seconds, with %u attempts.",
                                           myrmex_scheduler_get_attempt (self->scheduler, task)),
                              (double) state->busy / G_USEC_PER_SEC,
                              myrmex_scheduler_get_attempt (self->scheduler, task));
    case MYRMEX_TASK_STATUS_FAILED:
      return explain_failure (self, task, state->pointer);
    case MYRMEX_TASK_STATUS_SKIPPED:
      return explain_skip (self, task, reason, state->pointer);
    case MYRMEX_TASK_STATUS_CANCELLED:
      return g_strdup (explain_cancel (reason));
    case MYRMEX_TASK_STATUS_PENDING:
    case MYRMEX_TASK_STATUS_RUNNING:
    case MYRMEX_TASK_STATUS_RETRYING:
    default:
      return explain_wait (self, task);
    }
}

char *
myrmex_execution_explain (MyrmexExecution *self,
                          guint32          task)
{
  char *text;

  g_mutex_lock (&self->lock);
  text = explain (self, task);
  g_mutex_unlock (&self->lock);
  return text;
}
