/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-scheduler-struct-private.h"

#include "engine/myrmex-trigger-rule-private.h"

/* A task ends; what follows:
 *
 *   for each dependant: one dependency less is open, and how it ended is seen
 *     if its trigger rule is decided by that: it is ready (its condition is asked first), or ends as SKIPPED
 *   again for those that ended by this, until none does           (a list, not recursion)
 *   if a task FAILED for good and the workflow is fail_fast: cut off all that is not clean-up, and again
 *
 * Cutting off: what runs is told to stop, what does not ends as CANCELLED, except tasks of the spared rules.
 * Which rules are spared only ever becomes less:
 *
 *   fail_fast                       all_done, one_failed
 *   cancelled, or its time is over  all_done
 *   cancelled again                 none
 *
 * A run that is cancelled before it starts has nothing to clean up: none is spared.
 *
 * An outcome is told to the dependants before the run is cut off: those whose rule it decides are SKIPPED
 * with its reason, as they would be without fail_fast. */

#define RULE_BIT(rule) (1u << (rule))
#define ALL_RULES      (RULE_BIT (MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1) - 1)
#define CLEAN_UP_AFTER_FAILURE \
  (RULE_BIT (MYRMEX_TRIGGER_RULE_ALL_DONE) | RULE_BIT (MYRMEX_TRIGGER_RULE_ONE_FAILED))
#define CLEAN_UP_AFTER_CANCEL (RULE_BIT (MYRMEX_TRIGGER_RULE_ALL_DONE))

#define TO(status) (1u << MYRMEX_TASK_STATUS_##status)

/* The moves there are, { from, to }. */
static const guint8 allowed_moves[N_TASK_STATUSES] = {
  [MYRMEX_TASK_STATUS_PENDING]  = TO (RUNNING) | TO (FAILED) | TO (SKIPPED) | TO (CANCELLED),
  [MYRMEX_TASK_STATUS_RUNNING]  = TO (RETRYING) | TO (COMPLETED) | TO (FAILED) | TO (CANCELLED),
  [MYRMEX_TASK_STATUS_RETRYING] = TO (RUNNING) | TO (CANCELLED),
};

gboolean
myrmex_task_status_may_move (MyrmexTaskStatus from,
                             MyrmexTaskStatus to)
{
  return (allowed_moves[from] >> to & 1) != 0;
}

static inline void
move (MyrmexScheduler  *self,
      guint32           task,
      MyrmexTaskStatus  to,
      MyrmexReason      reason)
{
  TaskState *state = &self->tasks[task];

  MyrmexTaskStatus from = task_get_status (state);

  if (G_UNLIKELY (!myrmex_task_status_may_move (from, to)))
    {
      g_critical ("task %u can not move from %s to %s", task,
                  myrmex_task_status_to_string (from), myrmex_task_status_to_string (to));
      return;
    }

  self->counts[from]--;
  self->counts[to]++;
  task_set_standing (state, to, reason);
}

static inline void
end_task (MyrmexScheduler  *self,
          guint32           task,
          MyrmexTaskStatus  status,
          MyrmexReason      reason)
{
  move (self, task, status, reason);
  task_set (&self->tasks[task], TASK_SETTLED);
  self->n_open--;
  if (status == MYRMEX_TASK_STATUS_FAILED && self->first_failure == MYRMEX_REASON_NONE)
    self->first_failure = reason;
}

/* The task ends without anything having been run for it, or after what was: nobody but us knows of it. */
static void
end_task_and_tell (MyrmexScheduler  *self,
                   guint32           task,
                   MyrmexTaskStatus  status,
                   MyrmexReason      reason)
{
  end_task (self, task, status, reason);

  if (self->ended_head == 0)
    self->ended_head = task + 1;
  else
    self->ended_next[self->ended_tail - 1] = task + 1;
  self->ended_tail = task + 1;
  if (self->untold == 0)
    self->untold = task + 1;
}

static inline void
make_ready (MyrmexScheduler *self,
            guint32          task)
{
  myrmex_index_set_add (&self->ready[task_get_lane (&self->tasks[task])],
                        myrmex_graph_get_position (&self->plan->graph, task));
}

static void
decide_rule (MyrmexScheduler *self,
             guint32          task)
{
  TaskState *state = &self->tasks[task];

  switch (myrmex_trigger_rule_decide (task_get_rule (state), state->seen, state->n_open == 0))
    {
    case MYRMEX_VERDICT_WAIT:
      break;

    case MYRMEX_VERDICT_RUN:
      task_set (state, TASK_SETTLED);
      if (task_has (state, TASK_HAS_CONDITION))
        myrmex_index_set_add (&self->undecided, myrmex_graph_get_position (&self->plan->graph, task));
      else
        make_ready (self, task);
      break;

    case MYRMEX_VERDICT_SKIP:
      end_task_and_tell (self, task, MYRMEX_TASK_STATUS_SKIPPED,
                         myrmex_trigger_rule_explain (task_get_rule (state), state->seen));
      break;

    default:
      g_assert_not_reached ();
    }
}

static void
tell_dependants (MyrmexScheduler *self,
                 guint32          task)
{
  const MyrmexGraph *graph = &self->plan->graph;
  guint seen = 1u << (task_get_status (&self->tasks[task]) - MYRMEX_TASK_STATUS_COMPLETED);
  guint32 end = graph->dependant_start[task + 1];

  for (guint32 i = graph->dependant_start[task]; i < end; i++)
    {
      TaskState *state = &self->tasks[graph->dependants[i]];

      state->n_open--;
      state->seen = (guint8) (state->seen | seen);
      if (!task_has (state, TASK_SETTLED))
        decide_rule (self, graph->dependants[i]);
    }
}

G_STATIC_ASSERT (MYRMEX_SEEN_FAILED == 1 << (MYRMEX_TASK_STATUS_FAILED - MYRMEX_TASK_STATUS_COMPLETED));
G_STATIC_ASSERT (MYRMEX_SEEN_SKIPPED == 1 << (MYRMEX_TASK_STATUS_SKIPPED - MYRMEX_TASK_STATUS_COMPLETED));
G_STATIC_ASSERT (MYRMEX_SEEN_CANCELLED == 1 << (MYRMEX_TASK_STATUS_CANCELLED - MYRMEX_TASK_STATUS_COMPLETED));

static void
tell_all_dependants (MyrmexScheduler *self)
{
  while (self->untold != 0)
    {
      guint32 task = self->untold - 1;

      tell_dependants (self, task);
      self->untold = self->ended_next[task];
    }
}

/* Before anything of the run has ended with an outcome: what completed has done so in an earlier one. */
static void
tell_presets (MyrmexScheduler *self)
{
  for (guint32 task = 0; task < self->plan->graph.n_tasks; task++)
    if (task_get_status (&self->tasks[task]) == MYRMEX_TASK_STATUS_COMPLETED)
      tell_dependants (self, task);
}

static void
stop_attempt (MyrmexScheduler *self,
              guint32          task,
              MyrmexReason     reason)
{
  TaskState *state = &self->tasks[task];

  /* A STOP is told once: an attempt that is being stopped has no other reason, and no timer. */
  if (task_get_stop (state) != MYRMEX_REASON_NONE)
    return;
  task_set_halt (state, task_get_cut (state), reason);
  myrmex_timer_heap_remove (&self->timers, task);
  myrmex_index_set_add (&self->stops, task);
}

static void
cut_off (MyrmexScheduler *self,
         guint            spared_rules,
         MyrmexReason     reason)
{
  if ((self->spared_rules & ~spared_rules) == 0)
    return;
  self->spared_rules &= spared_rules;

  /* All are marked before any is told of, since a dependant would otherwise see a CANCELLED dependency and
   * be SKIPPED for that. */
  for (guint32 task = 0; task < self->plan->graph.n_tasks; task++)
    {
      TaskState *state = &self->tasks[task];

      if ((RULE_BIT (task_get_rule (state)) & self->spared_rules) != 0 ||
          myrmex_task_status_is_final (task_get_status (state)) ||
          task_get_cut (state) != MYRMEX_REASON_NONE)
        continue;

      task_set_halt (state, reason, task_get_stop (state));
      if (task_get_status (state) == MYRMEX_TASK_STATUS_RUNNING)
        {
          stop_attempt (self, task, reason);
        }
      else
        {
          guint32 position = myrmex_graph_get_position (&self->plan->graph, task);

          myrmex_index_set_remove (&self->ready[task_get_lane (state)], position);
          if (task_has (state, TASK_HAS_CONDITION))
            myrmex_index_set_remove (&self->undecided, position);
          myrmex_timer_heap_remove (&self->timers, task);
          end_task_and_tell (self, task, MYRMEX_TASK_STATUS_CANCELLED, reason);
        }
    }

  tell_all_dependants (self);
}

/* The task has ended with an outcome. */
static void
follow_up (MyrmexScheduler *self,
           guint32          task)
{
  tell_dependants (self, task);
  tell_all_dependants (self);

  if (task_get_status (&self->tasks[task]) == MYRMEX_TASK_STATUS_FAILED &&
      self->plan->fail_fast && !self->failed_fast)
    {
      self->failed_fast = TRUE;
      cut_off (self, CLEAN_UP_AFTER_FAILURE, MYRMEX_REASON_FAIL_FAST);
    }
}

static gboolean
needs_timers (const MyrmexPlan *plan)
{
  return plan->timeouts != NULL || plan->backoff_of != NULL;
}

static gboolean
has_policy (const MyrmexPlan *plan,
            guint8            policy)
{
  if (plan->policies == NULL)
    return FALSE;
  for (guint32 task = 0; task < plan->graph.n_tasks; task++)
    if ((plan->policies[task] & policy) != 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_max_elapsed (const MyrmexPlan *plan)
{
  for (guint32 i = 0; i < plan->n_backoffs; i++)
    if (myrmex_backoff_max_elapsed_us (&plan->backoffs[i]) > 0)
      return TRUE;
  return FALSE;
}

/* The plan must stay until the scheduler is freed. The seed decides over the jitter of delays. */
MyrmexScheduler *
myrmex_scheduler_new (const MyrmexPlan *plan,
                      guint32           random_seed)
{
  guint32 n = plan->graph.n_tasks;
  gsize words = myrmex_index_set_count_words (n);
  MyrmexScheduler *self = g_new0 (MyrmexScheduler, 1);

  self->plan = plan;
  self->seed = (guint64) random_seed << 32;
  self->tasks = g_new0 (TaskState, n);
  self->ended_next = g_new0 (guint32, n);
  self->counts[MYRMEX_TASK_STATUS_PENDING] = n;
  self->n_open = n;
  self->spared_rules = ALL_RULES;
  self->timeout = plan->timeout;
  self->run_deadline = MYRMEX_NO_DEADLINE;

  myrmex_index_set_init (&self->ready[MYRMEX_LANE_WORKER], n, g_new0 (guint64, words));
  if (has_policy (plan, MYRMEX_POLICY_MAIN))
    myrmex_index_set_init (&self->ready[MYRMEX_LANE_MAIN], n, g_new0 (guint64, words));
  myrmex_index_set_init (&self->stops, n, g_new0 (guint64, words));
  if (has_policy (plan, MYRMEX_POLICY_HAS_CONDITION))
    myrmex_index_set_init (&self->undecided, n, g_new0 (guint64, words));
  if (needs_timers (plan))
    myrmex_timer_heap_init (&self->timers, n);
  if (plan->backoff_of != NULL)
    self->attempts = g_new0 (guint32, n);
  if (has_max_elapsed (plan))
    self->first_starts = g_new0 (gint64, n);

  return self;
}

void
myrmex_scheduler_free (MyrmexScheduler *self)
{
  if (self == NULL)
    return;

  for (guint lane = 0; lane < MYRMEX_N_LANES; lane++)
    g_free (self->ready[lane].levels[0]);
  g_free (self->stops.levels[0]);
  g_free (self->undecided.levels[0]);
  myrmex_timer_heap_clear (&self->timers);
  g_free (self->tasks);
  g_free (self->ended_next);
  g_free (self->attempts);
  g_free (self->first_starts);
  g_free (self);
}

/* How long the run may take, in µs, in place of what the plan says; 0 for no bound. Before it starts. */
void
myrmex_scheduler_set_timeout (MyrmexScheduler *self,
                              gint64           timeout)
{
  self->timeout = timeout;
}

/* The task has completed in an earlier run, with so many attempts, and does not run in this one. Before it starts, once
 * a task. It is no move: the task was never anything else. */
void
myrmex_scheduler_preset_completed (MyrmexScheduler *self,
                                   guint32          task,
                                   guint            n_attempts)
{
  TaskState *state = &self->tasks[task];

  g_return_if_fail (!self->started && task_get_status (state) == MYRMEX_TASK_STATUS_PENDING);

  self->counts[MYRMEX_TASK_STATUS_PENDING]--;
  self->counts[MYRMEX_TASK_STATUS_COMPLETED]++;
  self->n_open--;
  self->has_presets = TRUE;
  state->standing = (guint8) (MYRMEX_TASK_STATUS_COMPLETED | (n_attempts > 0 ? STANDING_RAN : 0));
  task_set (state, TASK_SETTLED);
  if (self->attempts != NULL)
    self->attempts[task] = n_attempts;
}

void
myrmex_scheduler_start (MyrmexScheduler *self,
                        gint64           now)
{
  const MyrmexPlan *plan = self->plan;

  if (self->started || scheduler_has_ended (self))
    return;
  self->started = TRUE;
  if (self->timeout > 0)
    self->run_deadline = now + self->timeout;

  for (guint32 task = 0; task < plan->graph.n_tasks; task++)
    {
      TaskState *state = &self->tasks[task];

      state->n_open = plan->graph.dep_start[task + 1] - plan->graph.dep_start[task];
      if (plan->policies != NULL)
        task_set (state, plan->policies[task] & (TASK_RULE_MASK | TASK_HAS_CONDITION | TASK_MAIN));
      if (state->n_open == 0 && !task_has (state, TASK_SETTLED))
        decide_rule (self, task);
    }
  if (self->has_presets)
    tell_presets (self);
  tell_all_dependants (self);
}

static void
time_out_run (MyrmexScheduler *self)
{
  self->run_deadline = MYRMEX_NO_DEADLINE;
  self->timed_out = TRUE;
  self->paused = FALSE;
  cut_off (self, CLEAN_UP_AFTER_CANCEL, MYRMEX_REASON_RUN_TIMED_OUT);
}

static void
fire_timer (MyrmexScheduler *self,
            guint32          task)
{
  TaskState *state = &self->tasks[task];

  if (task_get_status (state) == MYRMEX_TASK_STATUS_RUNNING)
    {
      stop_attempt (self, task, MYRMEX_REASON_TIMED_OUT);
      return;
    }

  myrmex_timer_heap_remove (&self->timers, task);
  if (!task_has (state, TASK_LINGERS))
    make_ready (self, task);
}

/* Lets happen what is due by now, in the order of its time. */
void
myrmex_scheduler_advance (MyrmexScheduler *self,
                          gint64           now)
{
  for (gint64 deadline = myrmex_scheduler_get_deadline (self);
       deadline <= now && deadline != MYRMEX_NO_DEADLINE;
       deadline = myrmex_scheduler_get_deadline (self))
    {
      /* Of what is due at the same time, the task's own reason is the better one. */
      if (self->timers.count > 0 && self->timers.heap[0].when == deadline)
        fire_timer (self, self->timers.heap[0].task);
      else
        time_out_run (self);
    }
}

/* Before it starts. */
void
myrmex_scheduler_reseed (MyrmexScheduler *self,
                         guint32          random_seed)
{
  self->seed = (guint64) random_seed << 32;
}

/* A number from 0 to 1 that depends on nothing but the seed, the task and the attempt, so that it is the
 * same in whatever order things happen. The mixing is that of SplitMix64. */
static double
draw (const MyrmexScheduler *self,
      guint32                task,
      guint                  attempt)
{
  guint64 x = (self->seed | task) + attempt * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  x ^= x >> 31;
  return (double) (x >> 11) / (double) (G_GUINT64_CONSTANT (1) << 53);
}

/* Whether the task has another attempt after the one that failed now, and when. */
static gboolean
plan_retry (const MyrmexScheduler *self,
            guint32                task,
            gint64                 now,
            gint64                *due)
{
  const MyrmexPlan *plan = self->plan;

  if (plan->backoff_of == NULL || plan->backoff_of[task] == 0)
    return FALSE;

  const MyrmexBackoff *backoff = &plan->backoffs[plan->backoff_of[task] - 1];
  guint attempt = self->attempts[task];

  if (attempt >= backoff->max_attempts)
    return FALSE;

  *due = now + myrmex_backoff_delay_us (backoff, attempt, draw (self, task, attempt));
  gint64 max_elapsed = myrmex_backoff_max_elapsed_us (backoff);
  return max_elapsed == 0 || *due - self->first_starts[task] <= max_elapsed;
}

/* A stop that was issued decides, even if the attempt was faster in the end. */
MyrmexTaskStatus
myrmex_scheduler_attempt_ended (MyrmexScheduler     *self,
                                guint32              task,
                                const MyrmexOutcome *outcome,
                                gint64               now)
{
  TaskState *state = &self->tasks[task];
  MyrmexReason stop = task_get_stop (state);
  MyrmexReason reason = outcome->reason != MYRMEX_REASON_NONE ? outcome->reason : MYRMEX_REASON_ERROR;
  gint64 due;

  g_return_val_if_fail (task_get_status (state) == MYRMEX_TASK_STATUS_RUNNING, task_get_status (state));

  myrmex_timer_heap_remove (&self->timers, task);
  if (stop != MYRMEX_REASON_NONE)
    {
      myrmex_index_set_remove (&self->stops, task);
      task_set_halt (state, task_get_cut (state), MYRMEX_REASON_NONE);
    }
  if (outcome->lingers)
    task_set (state, TASK_LINGERS);
  if (stop == MYRMEX_REASON_TIMED_OUT)
    reason = stop;

  if (stop == MYRMEX_REASON_NONE && outcome->success)
    {
      end_task (self, task, MYRMEX_TASK_STATUS_COMPLETED, MYRMEX_REASON_NONE);
    }
  else if (stop != MYRMEX_REASON_NONE && stop != MYRMEX_REASON_TIMED_OUT)
    {
      end_task (self, task, MYRMEX_TASK_STATUS_CANCELLED, stop);
    }
  else if (!outcome->retryable || !plan_retry (self, task, now, &due))
    {
      end_task (self, task, MYRMEX_TASK_STATUS_FAILED, reason);
    }
  else if (task_get_cut (state) != MYRMEX_REASON_NONE)
    {
      end_task (self, task, MYRMEX_TASK_STATUS_CANCELLED, task_get_cut (state));
    }
  else
    {
      move (self, task, MYRMEX_TASK_STATUS_RETRYING, reason);
      myrmex_timer_heap_add (&self->timers, task, due);
      return MYRMEX_TASK_STATUS_RETRYING;
    }

  follow_up (self, task);
  return task_get_status (state);
}

/* What ran for an attempt that ended as lingering has returned now. */
void
myrmex_scheduler_lingerer_gone (MyrmexScheduler *self,
                                guint32          task)
{
  TaskState *state = &self->tasks[task];
  gint64 due;

  if (!task_has (state, TASK_LINGERS))
    return;
  task_unset (state, TASK_LINGERS);
  if (task_get_status (state) == MYRMEX_TASK_STATUS_RETRYING &&
      !myrmex_timer_heap_lookup (&self->timers, task, &due))
    make_ready (self, task);
}

/* The answer to an evaluation. It comes too late, and is dropped, if the run was cut off in the meantime.
 * Returns the status of the task: PENDING if it may start now. No notice is given of what comes of the
 * answer. */
MyrmexTaskStatus
myrmex_scheduler_condition_decided (MyrmexScheduler       *self,
                                    guint32                task,
                                    MyrmexConditionResult  result)
{
  TaskState *state = &self->tasks[task];

  g_return_val_if_fail (task_has (state, TASK_ASKED), task_get_status (state));

  task_unset (state, TASK_ASKED);
  if (task_get_status (state) != MYRMEX_TASK_STATUS_PENDING)
    return task_get_status (state);

  task_unset (state, TASK_HAS_CONDITION);
  if (result == MYRMEX_CONDITION_TRUE)
    {
      make_ready (self, task);
      return task_get_status (state);
    }

  if (result == MYRMEX_CONDITION_FALSE)
    end_task (self, task, MYRMEX_TASK_STATUS_SKIPPED, MYRMEX_REASON_CONDITION);
  else
    end_task (self, task, MYRMEX_TASK_STATUS_FAILED, MYRMEX_REASON_ERROR);
  follow_up (self, task);
  return task_get_status (state);
}

/* Once: what runs is stopped and the rest does not start, but clean-up goes on. Twice: nothing does. A run
 * that is paused goes on, so that it can end. */
void
myrmex_scheduler_cancel (MyrmexScheduler *self)
{
  if (scheduler_has_ended (self))
    return;

  self->n_cancels++;
  self->paused = FALSE;
  self->run_deadline = MYRMEX_NO_DEADLINE;
  cut_off (self, self->started && self->n_cancels == 1 ? CLEAN_UP_AFTER_CANCEL : 0,
           MYRMEX_REASON_RUN_CANCELLED);
}

/* From here on nothing starts, and no condition is evaluated. Returns FALSE if the run has been paused
 * already, or is past pausing: one that is being cancelled must come to its end. */
gboolean
myrmex_scheduler_pause (MyrmexScheduler *self)
{
  if (self->paused || self->n_cancels > 0 || self->timed_out || scheduler_has_ended (self))
    return FALSE;
  self->paused = TRUE;
  return TRUE;
}

gboolean
myrmex_scheduler_resume (MyrmexScheduler *self)
{
  if (!self->paused || scheduler_has_ended (self))
    return FALSE;
  self->paused = FALSE;
  return TRUE;
}

/* Starts the next attempt there is in a lane: the caller has a hand for it. */
gboolean
myrmex_scheduler_next_start (MyrmexScheduler *self,
                             MyrmexLane       lane,
                             gint64           now,
                             guint32         *task)
{
  const MyrmexPlan *plan = self->plan;

  if (self->ready[lane].count == 0 || self->paused || !scheduler_has_slot (self))
    return FALSE;

  guint32 next = myrmex_graph_get_task_at (&plan->graph, myrmex_index_set_pop (&self->ready[lane]));

  move (self, next, MYRMEX_TASK_STATUS_RUNNING, MYRMEX_REASON_NONE);
  if (self->attempts != NULL)
    self->attempts[next]++;
  if (self->first_starts != NULL && self->attempts[next] == 1)
    self->first_starts[next] = now;
  if (plan->timeouts != NULL && plan->timeouts[next] > 0)
    myrmex_timer_heap_add (&self->timers, next, now + plan->timeouts[next]);

  *task = next;
  return TRUE;
}

/* The next task whose condition the caller is to evaluate. */
gboolean
myrmex_scheduler_next_evaluation (MyrmexScheduler *self,
                                  guint32         *task)
{
  if (self->undecided.count == 0 || self->paused)
    return FALSE;

  *task = myrmex_graph_get_task_at (&self->plan->graph, myrmex_index_set_pop (&self->undecided));
  task_set (&self->tasks[*task], TASK_ASKED);
  return TRUE;
}

/* Stops come first, then the ends of tasks in the order in which one led to the other, then the end of the
 * run. */
gboolean
myrmex_scheduler_next_notice (MyrmexScheduler *self,
                              MyrmexNotice    *notice)
{
  *notice = (MyrmexNotice) { 0 };

  if (self->stops.count > 0)
    {
      notice->kind = MYRMEX_NOTICE_STOP;
      notice->task = myrmex_index_set_pop (&self->stops);
      notice->reason = task_get_stop (&self->tasks[notice->task]);
      return TRUE;
    }

  if (self->ended_head != 0)
    {
      notice->kind = MYRMEX_NOTICE_ENDED;
      notice->task = self->ended_head - 1;
      notice->status = task_get_status (&self->tasks[notice->task]);
      notice->reason = task_get_reason (&self->tasks[notice->task]);
      self->ended_head = self->ended_next[notice->task];
      return TRUE;
    }

  if (scheduler_has_ended (self) && !self->told_end)
    {
      self->told_end = TRUE;
      notice->kind = MYRMEX_NOTICE_RUN_ENDED;
      notice->run_status = myrmex_scheduler_get_run_status (self);
      notice->reason = myrmex_scheduler_get_run_reason (self);
      return TRUE;
    }

  return FALSE;
}
