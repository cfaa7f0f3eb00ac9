/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simulation-private.h"

#include <stdio.h>

void
simulation_complain (Simulation *self,
                     const char *format,
                     ...)
{
  va_list args;

  if (self->is_wrong)
    return;
  self->is_wrong = TRUE;
  printf ("# seed %u, at %" G_GINT64_FORMAT ": ", self->scenario->seed, self->now);
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
}

/* The design's moves, once more. */
static gboolean
may_move (MyrmexTaskStatus from,
          MyrmexTaskStatus to)
{
  switch (from)
    {
    case MYRMEX_TASK_STATUS_PENDING:
      return to != MYRMEX_TASK_STATUS_RETRYING && to != MYRMEX_TASK_STATUS_COMPLETED;
    case MYRMEX_TASK_STATUS_RUNNING:
      return to != MYRMEX_TASK_STATUS_PENDING && to != MYRMEX_TASK_STATUS_SKIPPED;
    case MYRMEX_TASK_STATUS_RETRYING:
      return to == MYRMEX_TASK_STATUS_RUNNING || to == MYRMEX_TASK_STATUS_CANCELLED;
    case MYRMEX_TASK_STATUS_COMPLETED:
    case MYRMEX_TASK_STATUS_FAILED:
    case MYRMEX_TASK_STATUS_SKIPPED:
    case MYRMEX_TASK_STATUS_CANCELLED:
    default:
      return FALSE;
    }
}

static MyrmexWaitKind
expect_wait (const Simulation *self,
             guint32           task)
{
  const Model *model = &self->model;
  const ModelTask *its = &model->tasks[task];

  if (its->status != MYRMEX_TASK_STATUS_PENDING && its->status != MYRMEX_TASK_STATUS_RETRYING)
    return MYRMEX_WAIT_NOTHING;
  if (!model->started)
    return MYRMEX_WAIT_RUN;
  if (its->status == MYRMEX_TASK_STATUS_RETRYING && its->timer != NEVER)
    return MYRMEX_WAIT_TIME;
  if (its->status == MYRMEX_TASK_STATUS_RETRYING && its->lingers)
    return MYRMEX_WAIT_LINGERER;
  if (its->asked)
    return MYRMEX_WAIT_CONDITION;
  if (model_may_ask (model, task))
    return model->paused ? MYRMEX_WAIT_PAUSED : MYRMEX_WAIT_CONDITION;
  if (!model_is_ready (model, task))
    return MYRMEX_WAIT_DEPENDENCIES;
  if (model->paused)
    return MYRMEX_WAIT_PAUSED;
  return model_has_slot (model) ? MYRMEX_WAIT_RUNNER : MYRMEX_WAIT_SLOT;
}

static void
check_task (Simulation *self,
            guint32     task)
{
  const ModelTask *its = &self->model.tasks[task];
  const Actor *actor = &self->actors[task];
  MyrmexTaskStatus status = myrmex_scheduler_get_status (self->scheduler, task);
  MyrmexReason reason = myrmex_scheduler_get_reason (self->scheduler, task);
  MyrmexWait wait;

  CHECK (self, status == its->status && reason == its->reason,
         "task %u is %s (%s), and should be %s (%s)", task,
         myrmex_task_status_to_string (status), myrmex_reason_to_string (reason),
         myrmex_task_status_to_string (its->status), myrmex_reason_to_string (its->reason));
  if (status != self->before[task])
    {
      CHECK (self, may_move (self->before[task], status) &&
                   myrmex_task_status_may_move (self->before[task], status),
             "task %u moved from %s to %s", task,
             myrmex_task_status_to_string (self->before[task]), myrmex_task_status_to_string (status));
      self->tally->n_skips += status == MYRMEX_TASK_STATUS_SKIPPED;
      self->before[task] = status;
    }

  CHECK (self, myrmex_scheduler_get_attempt (self->scheduler, task) == its->attempts,
         "task %u has %u attempts, not %u", task,
         myrmex_scheduler_get_attempt (self->scheduler, task), its->attempts);
  CHECK (self, myrmex_scheduler_get_stop_reason (self->scheduler, task) == its->stop,
         "task %u is to stop for %s", task,
         myrmex_reason_to_string (myrmex_scheduler_get_stop_reason (self->scheduler, task)));
  CHECK (self, myrmex_scheduler_is_ready (self->scheduler, task) == model_is_ready (&self->model, task),
         "task %u is%s ready", task, myrmex_scheduler_is_ready (self->scheduler, task) ? "" : " not");
  CHECK (self, (status == MYRMEX_TASK_STATUS_RUNNING) == (actor->alive && !actor->reported),
         "task %u is %s", task, myrmex_task_status_to_string (status));

  myrmex_scheduler_explain_wait (self->scheduler, task, &wait);
  CHECK (self, wait.kind == expect_wait (self, task),
         "task %u waits for %d, and should for %d", task, wait.kind, expect_wait (self, task));
  CHECK (self, wait.kind != MYRMEX_WAIT_TIME || wait.until == its->timer,
         "task %u waits for another time", task);
}

void
simulation_check_all (Simulation *self)
{
  guint n_running = model_count (&self->model, MYRMEX_TASK_STATUS_RUNNING);
  guint max_parallel = self->scenario->max_parallel;

  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    check_task (self, task);
  for (guint status = 0; status <= MYRMEX_TASK_STATUS_CANCELLED; status++)
    CHECK (self, myrmex_scheduler_count (self->scheduler, status) == model_count (&self->model, status),
           "there are %u tasks %s", myrmex_scheduler_count (self->scheduler, status),
           myrmex_task_status_to_string (status));

  CHECK (self, max_parallel == 0 || n_running <= max_parallel, "%u attempts run", n_running);
  for (guint lane = 0; lane < MYRMEX_N_LANES; lane++)
    {
      guint n_ready = self->model.paused ? 0 : model_count_ready (&self->model, lane);
      guint n_startable = myrmex_scheduler_get_n_startable (self->scheduler, lane);

      if (max_parallel != 0)
        n_ready = MIN (n_ready, max_parallel - n_running);
      CHECK (self, n_startable == n_ready, "%u attempts may start, and %u should", n_startable, n_ready);
    }

  gboolean may_ask = FALSE;
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    may_ask = may_ask || model_may_ask (&self->model, task);
  CHECK (self, myrmex_scheduler_has_evaluation (self->scheduler) == (may_ask && !self->model.paused),
         "there is%s a condition to evaluate",
         myrmex_scheduler_has_evaluation (self->scheduler) ? "" : " not");

  CHECK (self, myrmex_scheduler_get_deadline (self->scheduler) == model_get_deadline (&self->model),
         "the deadline is %" G_GINT64_FORMAT ", and should be %" G_GINT64_FORMAT,
         myrmex_scheduler_get_deadline (self->scheduler), model_get_deadline (&self->model));
  CHECK (self, myrmex_scheduler_get_run_status (self->scheduler) == model_get_run_status (&self->model),
         "the run is %s", myrmex_run_status_to_string (myrmex_scheduler_get_run_status (self->scheduler)));
  CHECK (self, myrmex_scheduler_get_run_reason (self->scheduler) == model_get_run_reason (&self->model),
         "the reason of the run is %s",
         myrmex_reason_to_string (myrmex_scheduler_get_run_reason (self->scheduler)));
}

static gboolean
is_undisturbed (const Simulation *self)
{
  if (self->model.n_cancels > 0 || self->model.timed_out || self->model.failed_fast ||
      !self->scenario->punctual)
    return FALSE;
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    if (self->scenario->tasks[task].backoff.max_elapsed > 0)
      return FALSE;
  return TRUE;
}

/* However long things took, and in whatever order they came: the end is that of the outcomes alone. */
void
simulation_check_foreseen (Simulation *self)
{
  Foreseen foreseen[MAX_TASKS] = { { 0 } };

  if (!is_undisturbed (self))
    return;
  self->tally->n_foreseen++;
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    {
      model_foresee (self->scenario, task, foreseen);
      CHECK (self, myrmex_scheduler_get_status (self->scheduler, task) == foreseen[task].status &&
                   myrmex_scheduler_get_reason (self->scheduler, task) == foreseen[task].reason,
             "task %u was foreseen to be %s (%s)", task,
             myrmex_task_status_to_string (foreseen[task].status),
             myrmex_reason_to_string (foreseen[task].reason));
    }
}

void
simulation_check_replay (Simulation       *self,
                         const MyrmexPlan *plan)
{
  g_autoptr (MyrmexScheduler) again = myrmex_scheduler_new (plan, self->scenario->seed);
  guint differs = 0;

  CHECK (self, tape_replay (self->calls, again, &differs),
         "call %u is answered differently in a replay", differs);
}
