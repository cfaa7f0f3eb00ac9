/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model.h"

#include <string.h>

typedef enum
{
  WAIT,
  RUN,
  SKIP,
} Verdict;

static gboolean
is_over (MyrmexTaskStatus status)
{
  return status == MYRMEX_TASK_STATUS_COMPLETED || status == MYRMEX_TASK_STATUS_FAILED ||
         status == MYRMEX_TASK_STATUS_SKIPPED || status == MYRMEX_TASK_STATUS_CANCELLED;
}

static Verdict
judge (const Model  *self,
       guint32       task,
       MyrmexReason *why)
{
  const ScenarioTask *its = &self->scenario->tasks[task];
  guint completed = 0, failed = 0, skipped = 0, cancelled = 0, open = 0;

  for (guint32 dep = 0; dep < self->scenario->n_tasks; dep++)
    {
      MyrmexTaskStatus status = self->tasks[dep].status;

      if (!its->depends_on[dep])
        continue;
      completed += status == MYRMEX_TASK_STATUS_COMPLETED;
      failed += status == MYRMEX_TASK_STATUS_FAILED;
      skipped += status == MYRMEX_TASK_STATUS_SKIPPED;
      cancelled += status == MYRMEX_TASK_STATUS_CANCELLED;
      open += !is_over (status);
    }

  *why = failed + cancelled > 0 ? MYRMEX_REASON_UPSTREAM_FAILED : MYRMEX_REASON_UPSTREAM_SKIPPED;
  switch (its->rule)
    {
    case MYRMEX_TRIGGER_RULE_ALL_SUCCESS:
      if (failed + cancelled > 0)
        return SKIP;
      if (open > 0)
        return WAIT;
      return skipped > 0 ? SKIP : RUN;

    case MYRMEX_TRIGGER_RULE_ALL_DONE:
      return open > 0 ? WAIT : RUN;

    case MYRMEX_TRIGGER_RULE_ALL_FAILED:
      *why = MYRMEX_REASON_UPSTREAM_SKIPPED;
      if (completed + skipped + cancelled > 0)
        return SKIP;
      if (open > 0)
        return WAIT;
      return failed > 0 ? RUN : SKIP;

    case MYRMEX_TRIGGER_RULE_ONE_SUCCESS:
      if (completed > 0)
        return RUN;
      return open > 0 ? WAIT : SKIP;

    case MYRMEX_TRIGGER_RULE_ONE_FAILED:
      *why = MYRMEX_REASON_UPSTREAM_SKIPPED;
      if (failed > 0)
        return RUN;
      return open > 0 ? WAIT : SKIP;

    case MYRMEX_TRIGGER_RULE_NONE_FAILED:
      if (failed + cancelled > 0)
        return SKIP;
      return open > 0 ? WAIT : RUN;

    case MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS:
      if (failed + cancelled > 0)
        return SKIP;
      if (open > 0)
        return WAIT;
      return completed > 0 ? RUN : SKIP;

    default:
      g_assert_not_reached ();
    }
}

/* Skips what is to be skipped, until there is nothing more. */
static void
skip_all (Model *self)
{
  gboolean again = TRUE;

  while (again)
    {
      again = FALSE;
      for (guint32 task = 0; task < self->scenario->n_tasks; task++)
        {
          ModelTask *its = &self->tasks[task];
          MyrmexReason why;

          if (its->status != MYRMEX_TASK_STATUS_PENDING || judge (self, task, &why) != SKIP)
            continue;
          its->status = MYRMEX_TASK_STATUS_SKIPPED;
          its->reason = why;
          its->end_untold = TRUE;
          again = TRUE;
        }
    }
}

typedef gboolean (*SparesFunc) (MyrmexTriggerRule rule);

static gboolean
spares_after_failure (MyrmexTriggerRule rule)
{
  return rule == MYRMEX_TRIGGER_RULE_ALL_DONE || rule == MYRMEX_TRIGGER_RULE_ONE_FAILED;
}

static gboolean
spares_after_cancel (MyrmexTriggerRule rule)
{
  return rule == MYRMEX_TRIGGER_RULE_ALL_DONE;
}

static gboolean
spares_nothing (MyrmexTriggerRule rule)
{
  return FALSE;
}

static void
cut_off (Model        *self,
         SparesFunc    spares,
         MyrmexReason  reason)
{
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    {
      ModelTask *its = &self->tasks[task];

      if (is_over (its->status) || its->cut != MYRMEX_REASON_NONE || spares (self->scenario->tasks[task].rule))
        continue;

      its->cut = reason;
      if (its->status != MYRMEX_TASK_STATUS_RUNNING)
        {
          its->status = MYRMEX_TASK_STATUS_CANCELLED;
          its->reason = reason;
          its->timer = NEVER;
          its->end_untold = TRUE;
        }
      else if (its->stop == MYRMEX_REASON_NONE)
        {
          its->stop = reason;
          its->stop_untold = TRUE;
          its->timer = NEVER;
        }
    }
  if (self->started)
    skip_all (self);
}

static void
task_ended (Model            *self,
            guint32           task,
            MyrmexTaskStatus  status,
            MyrmexReason      reason)
{
  self->tasks[task].status = status;
  self->tasks[task].reason = reason;
  skip_all (self);

  if (status != MYRMEX_TASK_STATUS_FAILED)
    return;
  if (self->first_failure == MYRMEX_REASON_NONE)
    self->first_failure = reason;
  if (self->scenario->fail_fast && !self->failed_fast)
    {
      self->failed_fast = TRUE;
      cut_off (self, spares_after_failure, MYRMEX_REASON_FAIL_FAST);
    }
}

static guint
measure_path (Model   *self,
              guint32  task)
{
  if (self->paths[task] == 0)
    {
      guint longest = 0;

      for (guint32 dependant = 0; dependant < self->scenario->n_tasks; dependant++)
        if (self->scenario->tasks[dependant].depends_on[task])
          longest = MAX (longest, measure_path (self, dependant));
      self->paths[task] = longest + 1;
    }
  return self->paths[task];
}

void
model_init (Model          *self,
            const Scenario *scenario)
{
  *self = (Model) { .scenario = scenario, .deadline = NEVER };
  for (guint32 task = 0; task < scenario->n_tasks; task++)
    {
      self->tasks[task].timer = NEVER;
      measure_path (self, task);
      if (scenario->tasks[task].is_kept)
        {
          self->tasks[task].status = MYRMEX_TASK_STATUS_COMPLETED;
          self->tasks[task].attempts = scenario->tasks[task].kept_attempts;
        }
    }
}

void
model_start (Model  *self,
             gint64  now)
{
  if (model_has_ended (self))
    return;
  self->started = TRUE;
  if (self->scenario->timeout != 0)
    self->deadline = now + self->scenario->timeout;
  skip_all (self);
}

void
model_advance (Model  *self,
               gint64  now)
{
  for (;;)
    {
      gint64 least = NEVER;
      guint32 who = 0;

      for (guint32 task = 0; task < self->scenario->n_tasks; task++)
        if (self->tasks[task].timer < least)
          {
            least = self->tasks[task].timer;
            who = task;
          }

      if (self->deadline < least && self->deadline <= now && !model_has_ended (self))
        {
          self->deadline = NEVER;
          self->timed_out = TRUE;
          self->paused = FALSE;
          cut_off (self, spares_after_cancel, MYRMEX_REASON_RUN_TIMED_OUT);
          continue;
        }
      if (least > now || least == NEVER)
        return;

      self->tasks[who].timer = NEVER;
      if (self->tasks[who].status == MYRMEX_TASK_STATUS_RUNNING)
        {
          self->tasks[who].stop = MYRMEX_REASON_TIMED_OUT;
          self->tasks[who].stop_untold = TRUE;
        }
    }
}

void
model_start_task (Model   *self,
                  guint32  task,
                  gint64   now)
{
  ModelTask *its = &self->tasks[task];

  its->status = MYRMEX_TASK_STATUS_RUNNING;
  its->reason = MYRMEX_REASON_NONE;
  its->attempts++;
  if (its->attempts == 1)
    its->first_start = now;
  if (self->scenario->tasks[task].timeout != 0)
    its->timer = now + self->scenario->tasks[task].timeout;
}

/* `due` is when the scheduler would have the next attempt, if any: chance has its part in it. */
void
model_attempt_ended (Model               *self,
                     guint32              task,
                     const MyrmexOutcome *outcome,
                     gint64               now,
                     gint64               due)
{
  const ScenarioTask *scenario = &self->scenario->tasks[task];
  ModelTask *its = &self->tasks[task];
  MyrmexReason stop = its->stop;
  gboolean again = scenario->retries && its->attempts < scenario->backoff.max_attempts && outcome->retryable;

  its->timer = NEVER;
  its->stop = MYRMEX_REASON_NONE;
  its->stop_untold = FALSE;
  its->lingers = outcome->lingers;

  if (stop != MYRMEX_REASON_NONE && stop != MYRMEX_REASON_TIMED_OUT)
    {
      task_ended (self, task, MYRMEX_TASK_STATUS_CANCELLED, stop);
      return;
    }
  if (stop == MYRMEX_REASON_NONE && outcome->success)
    {
      task_ended (self, task, MYRMEX_TASK_STATUS_COMPLETED, MYRMEX_REASON_NONE);
      return;
    }

  if (again)
    {
      double delay = scenario->backoff.initial_delay;

      for (guint i = 1; i < its->attempts; i++)
        delay *= scenario->backoff.exponential_base;
      delay = MIN (delay, scenario->backoff.max_delay) * 1e6;

      if (due == 0)
        due = now + (gint64) (delay + 0.5);
      g_assert_cmpint (due - now, <=, (gint64) (delay + 0.5));
      g_assert_cmpint (due - now, >=, (gint64) (delay * (1 - scenario->backoff.jitter)));
      if (scenario->backoff.max_elapsed > 0 &&
          due - its->first_start > (gint64) (scenario->backoff.max_elapsed * 1e6 + 0.5))
        again = FALSE;
    }

  if (!again)
    {
      task_ended (self, task, MYRMEX_TASK_STATUS_FAILED,
                  stop == MYRMEX_REASON_TIMED_OUT ? MYRMEX_REASON_TIMED_OUT : outcome->reason);
    }
  else if (its->cut != MYRMEX_REASON_NONE)
    {
      task_ended (self, task, MYRMEX_TASK_STATUS_CANCELLED, its->cut);
    }
  else
    {
      its->status = MYRMEX_TASK_STATUS_RETRYING;
      its->reason = stop == MYRMEX_REASON_TIMED_OUT ? MYRMEX_REASON_TIMED_OUT : outcome->reason;
      its->timer = due;
    }
}

void
model_lingerer_gone (Model   *self,
                     guint32  task)
{
  self->tasks[task].lingers = FALSE;
}

void
model_condition_decided (Model                 *self,
                         guint32                task,
                         MyrmexConditionResult  result)
{
  self->tasks[task].asked = FALSE;
  if (self->tasks[task].status != MYRMEX_TASK_STATUS_PENDING)
    return;
  if (result == MYRMEX_CONDITION_TRUE)
    self->tasks[task].condition_met = TRUE;
  else if (result == MYRMEX_CONDITION_FALSE)
    task_ended (self, task, MYRMEX_TASK_STATUS_SKIPPED, MYRMEX_REASON_CONDITION);
  else
    task_ended (self, task, MYRMEX_TASK_STATUS_FAILED, MYRMEX_REASON_ERROR);
}

void
model_cancel (Model *self)
{
  if (model_has_ended (self))
    return;
  self->n_cancels++;
  self->paused = FALSE;
  self->deadline = NEVER;
  cut_off (self, self->started && self->n_cancels == 1 ? spares_after_cancel : spares_nothing,
           MYRMEX_REASON_RUN_CANCELLED);
}

void
model_pause (Model *self)
{
  if (!model_has_ended (self) && self->n_cancels == 0 && !self->timed_out)
    self->paused = TRUE;
}

void
model_resume (Model *self)
{
  if (!model_has_ended (self))
    self->paused = FALSE;
}

/* Whether this is the time to evaluate the condition of the task. */
gboolean
model_may_ask (const Model *self,
               guint32      task)
{
  const ModelTask *its = &self->tasks[task];
  MyrmexReason why;

  return self->started && its->status == MYRMEX_TASK_STATUS_PENDING &&
         self->scenario->tasks[task].has_condition && !its->asked && !its->condition_met &&
         judge (self, task, &why) == RUN;
}

/* Whether all that is the task's own is there for its next attempt. */
gboolean
model_is_ready (const Model *self,
                guint32      task)
{
  const ModelTask *its = &self->tasks[task];
  MyrmexReason why;

  if (!self->started)
    return FALSE;
  if (its->status == MYRMEX_TASK_STATUS_RETRYING)
    return its->timer == NEVER && !its->lingers;
  return its->status == MYRMEX_TASK_STATUS_PENDING &&
         (its->condition_met || !self->scenario->tasks[task].has_condition) &&
         judge (self, task, &why) == RUN;
}

guint
model_count (const Model      *self,
             MyrmexTaskStatus  status)
{
  guint n = 0;

  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    n += self->tasks[task].status == status;
  return n;
}

guint
model_count_ready (const Model *self,
                   MyrmexLane   lane)
{
  guint n = 0;

  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    n += self->scenario->tasks[task].lane == lane && model_is_ready (self, task);
  return n;
}

gboolean
model_has_slot (const Model *self)
{
  return self->scenario->max_parallel == 0 ||
         model_count (self, MYRMEX_TASK_STATUS_RUNNING) < self->scenario->max_parallel;
}

gboolean
model_has_ended (const Model *self)
{
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    if (!is_over (self->tasks[task].status))
      return FALSE;
  return self->started || self->n_cancels > 0;
}

gint64
model_get_deadline (const Model *self)
{
  gint64 deadline = self->deadline;

  if (model_has_ended (self))
    return NEVER;
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    deadline = MIN (deadline, self->tasks[task].timer);
  return deadline;
}

gboolean
model_starts_before (const Model *self,
                     guint32      a,
                     guint32      b)
{
  const ScenarioTask *tasks = self->scenario->tasks;

  if (tasks[a].priority != tasks[b].priority)
    return tasks[a].priority > tasks[b].priority;
  if (self->paths[a] != self->paths[b])
    return self->paths[a] > self->paths[b];
  return a < b;
}

MyrmexRunStatus
model_get_run_status (const Model *self)
{
  if (!model_has_ended (self))
    return !self->started ? MYRMEX_RUN_STATUS_QUEUED :
           self->paused ? MYRMEX_RUN_STATUS_PAUSED : MYRMEX_RUN_STATUS_RUNNING;
  if (self->n_cancels > 0)
    return MYRMEX_RUN_STATUS_CANCELLED;
  if (self->timed_out ||
      model_count (self, MYRMEX_TASK_STATUS_FAILED) > 0 || model_count (self, MYRMEX_TASK_STATUS_CANCELLED) > 0)
    return MYRMEX_RUN_STATUS_FAILED;
  return MYRMEX_RUN_STATUS_COMPLETED;
}

MyrmexReason
model_get_run_reason (const Model *self)
{
  if (self->n_cancels > 0)
    return MYRMEX_REASON_RUN_CANCELLED;
  return self->timed_out ? MYRMEX_REASON_RUN_TIMED_OUT : self->first_failure;
}

/* What the task comes to if it runs: its attempts, one after the other. */
static void
foresee_attempts (const Scenario *scenario,
                  guint32         task,
                  Foreseen       *its_end)
{
  const ScenarioTask *its = &scenario->tasks[task];

  for (guint n = 1;; n++)
    {
      ScenarioAttempt attempt;
      gboolean timed_out;

      scenario_get_attempt (scenario, task, n, &attempt);
      timed_out = its->timeout > 0 && attempt.duration > its->timeout;
      if (attempt.success && !timed_out)
        {
          its_end->status = MYRMEX_TASK_STATUS_COMPLETED;
          its_end->reason = MYRMEX_REASON_NONE;
          return;
        }
      if (!its->retries || n >= its->backoff.max_attempts ||
          !(timed_out ? attempt.timeout_retryable : attempt.retryable))
        {
          its_end->status = MYRMEX_TASK_STATUS_FAILED;
          its_end->reason = timed_out ? MYRMEX_REASON_TIMED_OUT : attempt.reason;
          return;
        }
    }
}

/* `seen` has one letter a dependency: completed, failed, skipped. */
static gboolean
rule_is_met (MyrmexTriggerRule  rule,
             const char        *seen)
{
  switch (rule)
    {
    case MYRMEX_TRIGGER_RULE_ALL_SUCCESS:
      return strspn (seen, "c") == strlen (seen);
    case MYRMEX_TRIGGER_RULE_ALL_DONE:
      return TRUE;
    case MYRMEX_TRIGGER_RULE_ALL_FAILED:
      return seen[0] != '\0' && strspn (seen, "f") == strlen (seen);
    case MYRMEX_TRIGGER_RULE_ONE_SUCCESS:
      return strchr (seen, 'c') != NULL;
    case MYRMEX_TRIGGER_RULE_ONE_FAILED:
      return strchr (seen, 'f') != NULL;
    case MYRMEX_TRIGGER_RULE_NONE_FAILED:
      return strchr (seen, 'f') == NULL;
    case MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS:
      return strchr (seen, 'f') == NULL && strchr (seen, 'c') != NULL;
    default:
      g_assert_not_reached ();
    }
}

void
model_foresee (const Scenario *scenario,
               guint32         task,
               Foreseen       *foreseen)
{
  const ScenarioTask *its = &scenario->tasks[task];
  Foreseen *its_end = &foreseen[task];
  char seen[MAX_TASKS + 1] = { 0 };
  guint n_seen = 0;

  if (its_end->known)
    return;
  its_end->known = TRUE;
  if (its->is_kept)
    {
      its_end->status = MYRMEX_TASK_STATUS_COMPLETED;
      its_end->reason = MYRMEX_REASON_NONE;
      return;
    }

  for (guint32 dep = 0; dep < scenario->n_tasks; dep++)
    if (its->depends_on[dep])
      {
        model_foresee (scenario, dep, foreseen);
        seen[n_seen++] = foreseen[dep].status == MYRMEX_TASK_STATUS_COMPLETED ? 'c' :
                         foreseen[dep].status == MYRMEX_TASK_STATUS_FAILED ? 'f' : 's';
      }

  if (!rule_is_met (its->rule, seen))
    {
      gboolean wants_failure = its->rule == MYRMEX_TRIGGER_RULE_ALL_FAILED ||
                               its->rule == MYRMEX_TRIGGER_RULE_ONE_FAILED;

      its_end->status = MYRMEX_TASK_STATUS_SKIPPED;
      its_end->reason = !wants_failure && strchr (seen, 'f') != NULL ? MYRMEX_REASON_UPSTREAM_FAILED
                                                                      : MYRMEX_REASON_UPSTREAM_SKIPPED;
    }
  else if (its->has_condition && its->condition == MYRMEX_CONDITION_FALSE)
    {
      its_end->status = MYRMEX_TASK_STATUS_SKIPPED;
      its_end->reason = MYRMEX_REASON_CONDITION;
    }
  else if (its->has_condition && its->condition == MYRMEX_CONDITION_ERROR)
    {
      its_end->status = MYRMEX_TASK_STATUS_FAILED;
      its_end->reason = MYRMEX_REASON_ERROR;
    }
  else
    {
      foresee_attempts (scenario, task, its_end);
    }
}
