/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "scenario.h"

#include <stdio.h>

/* SplitMix64: small, and good enough to be made anew for each attempt. */
static guint64
dice_roll (Dice *self)
{
  guint64 x = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ x >> 31;
}

void
dice_init (Dice    *self,
           guint32  seed,
           guint32  task,
           guint    attempt)
{
  self->state = seed;
  self->state = dice_roll (self) + task;
  self->state = dice_roll (self) + attempt;
}

guint32
dice_below (Dice    *self,
            guint32  n)
{
  return (guint32) (dice_roll (self) % n);
}

gboolean
dice_chance (Dice   *self,
             double  probability)
{
  return (double) (dice_roll (self) >> 11) < probability * (double) (G_GUINT64_CONSTANT (1) << 53);
}

/* Durations end in 1 to 9 and timeouts in 0, so that no attempt ends in the very µs in which it times out. */
static gint64
pick_duration (Dice    *dice,
               guint32  below)
{
  return 10 * (gint64) dice_below (dice, below) + 1 + dice_below (dice, 9);
}

static void
make_dependencies (Scenario *self,
                   Dice     *dice)
{
  guint32 order[MAX_TASKS];
  double density = dice_below (dice, 401) / 100.0 / MAX (self->n_tasks, 1);
  gboolean in_order = dice_chance (dice, 0.5);

  if (dice_chance (dice, 0.1))
    density = 1.0;

  /* A task depends only on those before it in a hidden order. */
  for (guint32 i = 0; i < self->n_tasks; i++)
    {
      guint32 j = in_order ? i : dice_below (dice, i + 1);

      order[i] = order[j];
      order[j] = i;
    }
  for (guint32 i = 0; i < self->n_tasks; i++)
    for (guint32 j = 0; j < i; j++)
      self->tasks[order[i]].depends_on[order[j]] = dice_chance (dice, density);
}

static gboolean
has_dependencies (const ScenarioTask *task)
{
  for (guint32 dep = 0; dep < MAX_TASKS; dep++)
    if (task->depends_on[dep])
      return TRUE;
  return FALSE;
}

static MyrmexTriggerRule
pick_rule (Dice *dice)
{
  return (MyrmexTriggerRule) dice_below (dice, MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1);
}

static void
make_task (ScenarioTask      *task,
           Dice              *dice,
           double             oddity,
           MyrmexTriggerRule  usual_rule)
{
  /* Most rules skip a task that has no dependencies; a few such are enough. */
  if (dice_chance (dice, has_dependencies (task) ? oddity : oddity / 8))
    task->rule = pick_rule (dice);
  else
    task->rule = usual_rule;
  if (dice_chance (dice, oddity / 2))
    task->lane = MYRMEX_LANE_MAIN;
  if (dice_chance (dice, oddity / 2))
    task->priority = dice_chance (dice, 0.9) ? (gint32) dice_below (dice, 5) - 2
                                             : (gint32) dice_below (dice, G_MAXUINT32);
  if (dice_chance (dice, oddity / 2))
    task->timeout = 10 * (1 + (gint64) dice_below (dice, 12));
  if (dice_chance (dice, oddity / 2))
    {
      task->retries = TRUE;
      gboolean bounded = dice_chance (dice, 0.2);

      task->backoff = (MyrmexBackoff) {
        .max_attempts = dice_below (dice, 7),
        .initial_delay = 0.00001 * dice_below (dice, 6),
        .exponential_base = dice_chance (dice, 0.5) ? 2.0 : 1.0,
        .max_delay = 0.0001,
        /* Not both: the reference does not know what chance gives, and so not whether it is too late. */
        .jitter = !bounded && dice_chance (dice, 0.2) ? 0.5 : 0.0,
        .max_elapsed = bounded ? 0.00001 * (1 + dice_below (dice, 40)) : 0.0,
      };
    }
  if (dice_chance (dice, oddity / 2))
    {
      task->has_condition = TRUE;
      task->condition = dice_chance (dice, 0.6) ? MYRMEX_CONDITION_TRUE :
                        dice_chance (dice, 0.7) ? MYRMEX_CONDITION_FALSE : MYRMEX_CONDITION_ERROR;
      task->condition_time = pick_duration (dice, 5);
    }
}

/* Keeps them in the order of their time. */
static void
add_script (Scenario   *self,
            ScriptKind  kind,
            gint64      at)
{
  guint i = self->n_script++;

  for (; i > 0 && self->script[i - 1].at > at; i--)
    self->script[i] = self->script[i - 1];
  self->script[i] = (ScriptEvent) { .kind = kind, .at = at };
}

static void
make_script (Scenario *self,
             Dice     *dice)
{
  guint n_pauses = dice_chance (dice, 0.7) ? 0 : 1 + dice_below (dice, 3);
  gint64 at = 0;

  /* Each pause ends, or the run would not. Some of them are said twice. */
  for (guint i = 0; i < n_pauses; i++)
    {
      at += pick_duration (dice, 20);
      add_script (self, SCRIPT_PAUSE, at);
      if (dice_chance (dice, 0.2))
        add_script (self, SCRIPT_PAUSE, at);
      at += pick_duration (dice, 20);
      add_script (self, SCRIPT_RESUME, at);
    }

  if (dice_chance (dice, 0.3))
    {
      at = pick_duration (dice, 40);
      add_script (self, SCRIPT_CANCEL, at);
      if (dice_chance (dice, 0.4))
        add_script (self, SCRIPT_CANCEL, at + pick_duration (dice, 10));
    }
}

void
scenario_init (Scenario *self,
               guint32   seed)
{
  Dice one, *dice = &one;

  dice_init (dice, seed, 0, 0);

  double oddity = dice_chance (dice, 0.2) ? 0.0 : dice_below (dice, 100) / 100.0;

  *self = (Scenario) { .seed = seed };
  self->n_tasks = dice_below (dice, dice_chance (dice, 0.97) ? 24 : MAX_TASKS + 1);
  make_dependencies (self, dice);
  MyrmexTriggerRule usual_rule = dice_chance (dice, 0.9) ? MYRMEX_TRIGGER_RULE_ALL_SUCCESS : pick_rule (dice);
  for (guint32 task = 0; task < self->n_tasks; task++)
    make_task (&self->tasks[task], dice, oddity, usual_rule);

  self->fail_fast = dice_chance (dice, 0.4);
  self->max_parallel = dice_chance (dice, 0.5) ? 0 : 1 + dice_below (dice, 4);
  self->timeout = dice_chance (dice, 0.8) ? 0 : 10 * (1 + (gint64) dice_below (dice, 60));

  self->start_at = dice_chance (dice, 0.9) ? 0 : pick_duration (dice, 40);
  self->hands = dice_chance (dice, 0.5) ? MAX_TASKS : 1 + dice_below (dice, 4);
  self->punctual = dice_chance (dice, 0.6);
  make_script (self, dice);
}

/* Another run of the same workflow, in which what was marked as kept does not run again. Everything else may go in
 * another way than before, and something else is done to it. */
void
scenario_retry (Scenario *self,
                Dice     *dice)
{
  self->round++;
  self->n_script = 0;
  make_script (self, dice);
  self->timeout = dice_chance (dice, 0.8) ? 0 : 10 * (1 + (gint64) dice_below (dice, 60));
  for (guint32 task = 0; task < self->n_tasks; task++)
    if (self->tasks[task].has_condition && dice_chance (dice, 0.3))
      self->tasks[task].condition = MYRMEX_CONDITION_TRUE;
}

/* Depends on nothing but seed, round, task and attempt: it goes the same way in whatever order things happen. */
void
scenario_get_attempt (const Scenario  *self,
                      guint32          task,
                      guint            attempt,
                      ScenarioAttempt *out)
{
  static const MyrmexReason reasons[] = {
    MYRMEX_REASON_EXIT_STATUS, MYRMEX_REASON_SIGNAL, MYRMEX_REASON_ERROR, MYRMEX_REASON_SPAWN_FAILED,
    MYRMEX_REASON_INTERRUPTED,
  };
  Dice one, *dice = &one;
  /* Some workflows never fail, some hardly ever, some often. */
  static const double failing[] = { 0.0, 0.05, 0.2, 0.5 };

  dice_init (dice, self->seed, self->round * (MAX_TASKS + 1) + task + 1, attempt);
  out->duration = dice_chance (dice, 0.1) ? 1 : pick_duration (dice, 12);
  out->success = !dice_chance (dice, failing[self->seed % G_N_ELEMENTS (failing)]);
  out->reason = reasons[dice_below (dice, G_N_ELEMENTS (reasons))];
  out->retryable = dice_chance (dice, 0.8);
  out->timeout_retryable = dice_chance (dice, 0.8);
  out->obeys_after = dice_chance (dice, 0.3) ? 0 : pick_duration (dice, 4);
  out->lingers = dice_chance (dice, 0.3);
}

MyrmexPlan *
scenario_new_plan (const Scenario *self)
{
  g_autofree gint32 *priorities = g_new0 (gint32, self->n_tasks);
  guint32 n_edges = 0;
  MyrmexPlan *plan;

  for (guint32 task = 0; task < self->n_tasks; task++)
    for (guint32 dep = 0; dep < self->n_tasks; dep++)
      n_edges += self->tasks[task].depends_on[dep] ? 1 : 0;

  plan = plan_fixture_new (self->n_tasks, n_edges);
  plan->fail_fast = self->fail_fast;
  plan->max_parallel = self->max_parallel;
  plan->timeout = self->timeout;

  n_edges = 0;
  for (guint32 task = 0; task < self->n_tasks; task++)
    {
      const ScenarioTask *its = &self->tasks[task];

      for (guint32 dep = 0; dep < self->n_tasks; dep++)
        if (its->depends_on[dep])
          plan->graph.deps[n_edges++] = dep;
      plan->graph.dep_start[task + 1] = n_edges;

      priorities[task] = its->priority;
      if (its->rule != MYRMEX_TRIGGER_RULE_ALL_SUCCESS)
        plan_fixture_set_rule (plan, task, its->rule);
      if (its->lane == MYRMEX_LANE_MAIN)
        plan_fixture_set_main (plan, task);
      if (its->has_condition)
        plan_fixture_set_condition (plan, task);
      if (its->timeout != 0)
        plan_fixture_set_timeout (plan, task, its->timeout);
      if (its->retries)
        plan_fixture_set_backoff (plan, task, &its->backoff);
    }
  plan_fixture_build (plan, priorities);
  return plan;
}

void
scenario_print (const Scenario *self)
{
  printf ("# %u tasks, fail_fast %d, max_parallel %u, timeout %" G_GINT64_FORMAT ", %u hands, %s\n",
          self->n_tasks, self->fail_fast, self->max_parallel, self->timeout, self->hands,
          self->punctual ? "punctual" : "late");
  for (guint32 task = 0; task < self->n_tasks; task++)
    {
      const ScenarioTask *its = &self->tasks[task];

      printf ("# %2u %s <", task, myrmex_trigger_rule_to_string (its->rule));
      for (guint32 dep = 0; dep < self->n_tasks; dep++)
        if (its->depends_on[dep])
          printf (" %u", dep);
      if (its->lane == MYRMEX_LANE_MAIN)
        printf (", main");
      if (its->priority != 0)
        printf (", priority %d", its->priority);
      if (its->timeout != 0)
        printf (", timeout %" G_GINT64_FORMAT, its->timeout);
      if (its->retries)
        printf (", %u attempts, delay %g * %g^n, jitter %g, max elapsed %g", its->backoff.max_attempts,
                its->backoff.initial_delay, its->backoff.exponential_base, its->backoff.jitter,
                its->backoff.max_elapsed);
      if (its->has_condition)
        printf (", condition %d", its->condition);
      if (its->is_kept)
        printf (", kept with %u attempts", its->kept_attempts);
      printf ("\n");
    }
}
