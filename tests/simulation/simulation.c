/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simulation-private.h"

#define EPOCH     (1000)    /* when the simulation begins, in µs */
#define MAX_CALLS (100000)  /* a run that makes more than this does not end */

/* Makes a call, and keeps it. The caller brings the model up to it, and then checks. */
static Call
make_call (Simulation *self,
           Call        call)
{
  call.now = self->now;
  call_make (&call, self->scheduler);
  g_array_append_val (self->calls, call);
  self->tally->n_calls++;
  if (self->verbose)
    call_print (&call);
  if (self->calls->len > MAX_CALLS)
    simulation_complain (self, "the run does not end");
  return call;
}

static gboolean
pull_start (Simulation *self,
            MyrmexLane  lane)
{
  Call call = make_call (self, (Call) { .kind = CALL_NEXT_START, .lane = lane });
  Actor *actor = &self->actors[call.next];

  if (call.answer == 0)
    {
      CHECK (self, model_count_ready (&self->model, lane) == 0 || self->model.paused ||
                   !model_has_slot (&self->model),
             "a ready task is left");
      return FALSE;
    }

  CHECK (self, !self->scenario->tasks[call.next].is_kept, "task %u starts and was kept", call.next);
  CHECK (self, !self->model.paused, "task %u starts in a pause", call.next);
  CHECK (self, model_has_slot (&self->model), "task %u starts beyond max_parallel", call.next);
  CHECK (self, model_is_ready (&self->model, call.next), "task %u starts and is not ready", call.next);
  CHECK (self, self->scenario->tasks[call.next].lane == lane, "task %u starts in a lane not its own", call.next);
  CHECK (self, !actor->alive, "two attempts of task %u overlap", call.next);
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    CHECK (self, task == call.next || !model_is_ready (&self->model, task) ||
                 self->scenario->tasks[task].lane != lane || model_starts_before (&self->model, call.next, task),
           "task %u starts before task %u", call.next, task);

  model_start_task (&self->model, call.next, self->now);
  self->tally->n_starts++;
  actor->alive = TRUE;
  actor->reported = FALSE;
  scenario_get_attempt (self->scenario, call.next, self->model.tasks[call.next].attempts, &actor->attempt);
  actor->returns_at = self->now + actor->attempt.duration;
  actor->reports_at = NEVER;
  simulation_check_all (self);
  return TRUE;
}

static gboolean
pull_evaluation (Simulation *self)
{
  Call call = make_call (self, (Call) { .kind = CALL_NEXT_EVALUATION });

  if (call.answer == 0)
    {
      for (guint32 task = 0; task < self->scenario->n_tasks; task++)
        CHECK (self, self->model.paused || !model_may_ask (&self->model, task),
               "the condition of task %u is left", task);
      return FALSE;
    }

  CHECK (self, !self->model.paused, "the condition of task %u is asked in a pause", call.next);
  CHECK (self, model_may_ask (&self->model, call.next), "the condition of task %u is asked", call.next);
  self->model.tasks[call.next].asked = TRUE;
  self->actors[call.next].evaluating = TRUE;
  self->actors[call.next].decides_at = self->now + self->scenario->tasks[call.next].condition_time;
  simulation_check_all (self);
  return TRUE;
}

static void
obey (Simulation *self,
      guint32     task)
{
  Actor *actor = &self->actors[task];
  gint64 reaction = self->now + actor->attempt.obeys_after;

  if (actor->attempt.lingers)
    actor->reports_at = MIN (reaction, actor->returns_at);
  else
    actor->returns_at = MIN (reaction, actor->returns_at);
}

static gboolean
pull_notice (Simulation *self)
{
  Call call = make_call (self, (Call) { .kind = CALL_NEXT_NOTICE });
  ModelTask *its = &self->model.tasks[call.notice.task];

  if (call.answer == 0)
    {
      for (guint32 task = 0; task < self->scenario->n_tasks; task++)
        CHECK (self, !self->model.tasks[task].stop_untold && !self->model.tasks[task].end_untold,
               "no notice is given of task %u", task);
      CHECK (self, self->told_end == model_has_ended (&self->model), "no notice is given of the end");
      return FALSE;
    }

  CHECK (self, !self->told_end, "there is a notice after the end");
  switch (call.notice.kind)
    {
    case MYRMEX_NOTICE_STOP:
      CHECK (self, its->stop_untold && its->stop == call.notice.reason, "task %u is stopped", call.notice.task);
      its->stop_untold = FALSE;
      self->tally->n_stops++;
      obey (self, call.notice.task);
      break;

    case MYRMEX_NOTICE_ENDED:
      CHECK (self, its->end_untold && its->status == call.notice.status && its->reason == call.notice.reason,
             "task %u is told to have ended", call.notice.task);
      its->end_untold = FALSE;
      break;

    case MYRMEX_NOTICE_RUN_ENDED:
      CHECK (self, model_has_ended (&self->model), "the end comes too early");
      CHECK (self, call.notice.run_status == model_get_run_status (&self->model) &&
                   call.notice.reason == model_get_run_reason (&self->model),
             "the run is told to have ended %s", myrmex_run_status_to_string (call.notice.run_status));
      self->told_end = TRUE;
      self->tally->n_run_status[call.notice.run_status]++;
      break;

    default:
      simulation_complain (self, "there is a notice of kind %d", call.notice.kind);
    }
  simulation_check_all (self);
  return TRUE;
}

static guint
count_busy_hands (const Simulation *self)
{
  guint n = 0;

  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    n += self->scenario->tasks[task].lane == MYRMEX_LANE_WORKER &&
         self->actors[task].alive && !self->actors[task].reported;
  return n;
}

/* Takes what there is to be done, in a random order of kinds; all of it, unless it is in no hurry. */
static void
pull (Simulation *self,
      gboolean    hurry)
{
  gboolean left[4] = { TRUE, TRUE, TRUE, TRUE };

  while ((left[0] || left[1] || left[2] || left[3]) && !self->is_wrong)
    {
      guint kind = dice_below (&self->dice, 4);

      if (!hurry && dice_chance (&self->dice, 0.3))
        return;
      if (!left[kind])
        continue;
      if (kind == 0)
        left[kind] = count_busy_hands (self) < self->scenario->hands && pull_start (self, MYRMEX_LANE_WORKER);
      else if (kind == 1)
        left[kind] = pull_start (self, MYRMEX_LANE_MAIN);
      else if (kind == 2)
        left[kind] = pull_evaluation (self);
      else
        left[kind] = pull_notice (self);
    }
}

/* The attempt returns; or it is reported as lingering, and returns later. */
static void
report_attempt (Simulation *self,
                guint32     task,
                gboolean    lingers)
{
  Actor *actor = &self->actors[task];
  gboolean timed_out = myrmex_scheduler_get_stop_reason (self->scheduler, task) == MYRMEX_REASON_TIMED_OUT;
  Call call = {
    .kind = CALL_ATTEMPT_ENDED,
    .task = task,
    .outcome = {
      .success = actor->attempt.success && self->now >= actor->returns_at,
      .reason = actor->attempt.reason,
      .retryable = timed_out ? actor->attempt.timeout_retryable : actor->attempt.retryable,
      .lingers = lingers,
    },
  };

  self->tally->n_overtaken += self->model.tasks[task].stop_untold;
  call = make_call (self, call);
  actor->reported = TRUE;
  actor->alive = lingers;
  actor->reports_at = NEVER;
  model_attempt_ended (&self->model, task, &call.outcome, self->now, call.due);
  self->tally->n_retries += call.answer == MYRMEX_TASK_STATUS_RETRYING;
  CHECK (self, call.answer == self->model.tasks[task].status, "task %u is said to be %s", task,
         myrmex_task_status_to_string ((MyrmexTaskStatus) call.answer));
}

static void
play_script (Simulation *self)
{
  gboolean changes;
  Call call;

  switch (self->scenario->script[self->next_script++].kind)
    {
    case SCRIPT_CANCEL:
      make_call (self, (Call) { .kind = CALL_CANCEL });
      model_cancel (&self->model);
      break;

    case SCRIPT_PAUSE:
      changes = !self->model.paused && self->model.n_cancels == 0 && !self->model.timed_out &&
                !model_has_ended (&self->model);
      call = make_call (self, (Call) { .kind = CALL_PAUSE });
      model_pause (&self->model);
      CHECK (self, call.answer == (guint) changes, "pause says %u", call.answer);
      break;

    case SCRIPT_RESUME:
      changes = self->model.paused && !model_has_ended (&self->model);
      call = make_call (self, (Call) { .kind = CALL_RESUME });
      model_resume (&self->model);
      CHECK (self, call.answer == (guint) changes, "resume says %u", call.answer);
      break;

    default:
      g_assert_not_reached ();
    }
}

typedef enum
{
  EVENT_START,
  EVENT_TIMER,
  EVENT_SCRIPT,
  EVENT_REPORT,   /* of a task; these and those after it */
  EVENT_RETURN,
  EVENT_DECIDE,
} EventKind;

typedef struct
{
  EventKind kind;
  guint32   task;
} Event;

typedef struct
{
  gint64 at;
  Event  events[3 * MAX_TASKS + 3];
  guint  n_events;
} Soonest;

static void
consider (Soonest   *self,
          gint64     at,
          EventKind  kind,
          guint32    task)
{
  if (at > self->at || at == NEVER)
    return;
  if (at < self->at)
    self->n_events = 0;
  self->at = at;
  self->events[self->n_events++] = (Event) { .kind = kind, .task = task };
}

static void
find_soonest (Simulation *self,
              Soonest    *soonest)
{
  gint64 deadline = myrmex_scheduler_get_deadline (self->scheduler);

  *soonest = (Soonest) { .at = NEVER };
  if (!self->start_made)
    consider (soonest, EPOCH + self->scenario->start_at, EVENT_START, 0);
  if (self->next_script < self->scenario->n_script)
    consider (soonest, EPOCH + self->scenario->script[self->next_script].at, EVENT_SCRIPT, 0);

  if (deadline != self->wakes_for)
    {
      self->wakes_for = deadline;
      self->wakes_at = deadline;
      if (!self->scenario->punctual && deadline != NEVER)
        self->wakes_at += dice_below (&self->dice, 25);
    }
  if (self->wakes_at != NEVER)
    consider (soonest, MAX (self->now, self->wakes_at), EVENT_TIMER, 0);

  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    {
      const Actor *actor = &self->actors[task];

      if (actor->alive && actor->reports_at < actor->returns_at)
        consider (soonest, actor->reports_at, EVENT_REPORT, task);
      else if (actor->alive)
        consider (soonest, actor->returns_at, EVENT_RETURN, task);
      if (actor->evaluating)
        consider (soonest, actor->decides_at, EVENT_DECIDE, task);
    }
}

static void
happen (Simulation  *self,
        const Event *event)
{
  switch (event->kind)
    {
    case EVENT_START:
      make_call (self, (Call) { .kind = CALL_START });
      model_start (&self->model, self->now);
      self->start_made = TRUE;
      break;

    case EVENT_TIMER:
      make_call (self, (Call) { .kind = CALL_ADVANCE });
      model_advance (&self->model, self->now);
      self->wakes_for = 0;
      break;

    case EVENT_SCRIPT:
      play_script (self);
      break;

    case EVENT_REPORT:
      report_attempt (self, event->task, TRUE);
      break;

    case EVENT_RETURN:
      if (self->actors[event->task].reported)
        {
          make_call (self, (Call) { .kind = CALL_LINGERER_GONE, .task = event->task });
          self->actors[event->task].alive = FALSE;
          model_lingerer_gone (&self->model, event->task);
        }
      else
        {
          report_attempt (self, event->task, FALSE);
        }
      break;

    case EVENT_DECIDE:
      make_call (self, (Call) {
        .kind = CALL_CONDITION_DECIDED,
        .task = event->task,
        .condition = self->scenario->tasks[event->task].condition,
      });
      self->actors[event->task].evaluating = FALSE;
      model_condition_decided (&self->model, event->task, self->scenario->tasks[event->task].condition);
      break;

    default:
      g_assert_not_reached ();
    }
  simulation_check_all (self);
}

static void
run_to_end (Simulation *self)
{
  gboolean hurry = self->scenario->punctual;
  Soonest soonest;

  simulation_check_all (self);
  while (!self->is_wrong)
    {
      pull (self, hurry);
      find_soonest (self, &soonest);
      if (soonest.at == NEVER && hurry)
        break;

      /* Where nothing happens any more, what was left lying must be enough to go on. */
      hurry = self->scenario->punctual || soonest.at == NEVER;
      if (soonest.at == NEVER || self->is_wrong)
        continue;
      CHECK (self, soonest.at >= self->now, "time goes back to %" G_GINT64_FORMAT, soonest.at);
      self->now = soonest.at;
      happen (self, &soonest.events[dice_below (&self->dice, soonest.n_events)]);
    }

  CHECK (self, self->told_end, "the run does not end");
}

/* What completed in an earlier run is there before anything else. */
static void
preset (Simulation *self)
{
  for (guint32 task = 0; task < self->scenario->n_tasks; task++)
    {
      const ScenarioTask *its = &self->scenario->tasks[task];

      if (!its->is_kept)
        continue;
      make_call (self, (Call) { .kind = CALL_PRESET_COMPLETED, .task = task, .n_attempts = its->kept_attempts });
      self->before[task] = MYRMEX_TASK_STATUS_COMPLETED;
      self->tally->n_kept++;
    }
}

/* Returns whether all was as it should be. Marks what the next run is to keep of this one. */
static gboolean
simulate_run (Scenario *scenario,
              gboolean  verbose,
              Tally    *tally)
{
  Simulation self = {
    .scenario = scenario, .verbose = verbose, .tally = tally, .now = EPOCH, .wakes_at = NEVER,
  };
  const guint32 seed = scenario->seed;

  if (verbose)
    scenario_print (scenario);

  g_autoptr (PlanFixture) plan = scenario_new_plan (scenario);
  g_autoptr (MyrmexScheduler) scheduler = myrmex_scheduler_new (plan, seed);
  g_autoptr (GArray) calls = g_array_new (FALSE, FALSE, sizeof (Call));

  self.scheduler = scheduler;
  self.calls = calls;
  model_init (&self.model, scenario);
  dice_init (&self.dice, seed, G_MAXUINT32, scenario->round);

  preset (&self);
  run_to_end (&self);
  if (!self.is_wrong)
    simulation_check_foreseen (&self);
  if (!self.is_wrong)
    simulation_check_replay (&self, plan);
  for (guint32 task = 0; task < scenario->n_tasks; task++)
    {
      scenario->tasks[task].is_kept = self.model.tasks[task].status == MYRMEX_TASK_STATUS_COMPLETED;
      scenario->tasks[task].kept_attempts = self.model.tasks[task].attempts;
    }
  return !self.is_wrong;
}

/* Runs a workflow, and some of them again and again, each time with what has completed until then. */
gboolean
simulate (guint32   seed,
          gboolean  verbose,
          Tally    *tally)
{
  Scenario scenario;
  Dice dice;

  scenario_init (&scenario, seed);
  dice_init (&dice, seed, G_MAXUINT32, G_MAXUINT);
  if (!simulate_run (&scenario, verbose, tally))
    return FALSE;
  while (dice_chance (&dice, 0.3))
    {
      scenario_retry (&scenario, &dice);
      tally->n_retried++;
      if (!simulate_run (&scenario, verbose, tally))
        return FALSE;
    }
  return TRUE;
}
