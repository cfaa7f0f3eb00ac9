/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Random runs in virtual time, with all that goes into their scheduler in a journal of events. At every event
 * the run is cut off, and a scheduler that is fed what is in the journal must stand exactly where the old one
 * stood. */

#include "base/myrmex-error.h"
#include "journal-fixture.h"
#include "journal/myrmex-journal-replay-private.h"
#include "plan-fixture.h"

#define N_TASKS 12

typedef struct
{
  GRand           *rand;
  MyrmexPlan      *plan;
  MyrmexScheduler *scheduler;
  guint32          seed;
  gint64           now;
  GArray          *events;      /* of MyrmexJournalEvent */
  GArray          *asked;       /* guint32 */
  GArray          *lingering;   /* guint32 */
  guint            n_checks;
} Play;

static gboolean
chance (Play  *self,
        double p)
{
  return g_rand_double (self->rand) < p;
}

static void
record (Play                   *self,
        MyrmexJournalEventKind  kind,
        guint32                 task,
        guint32                 attempt,
        GVariant               *data)
{
  MyrmexJournalEvent event = {
    .when = self->now, .kind = kind, .task = task, .attempt = attempt,
    .data = data != NULL ? g_variant_ref_sink (data) : NULL,
  };

  g_array_append_val (self->events, event);
}

static void
clear_event (gpointer event)
{
  myrmex_journal_event_clear (event);
}

static MyrmexPlan *
new_plan (Play *self)
{
  guint32 n_edges = 0;
  MyrmexPlan *plan = plan_fixture_new (N_TASKS, N_TASKS * 2);
  gint32 priorities[N_TASKS];

  for (guint32 i = 0; i < N_TASKS; i++)
    {
      const MyrmexBackoff backoff = {
        .max_attempts = (guint) g_rand_int_range (self->rand, 2, 4), .initial_delay = 0.5, .exponential_base = 2,
        .max_delay = 60, .jitter = 0.5, .max_elapsed = chance (self, 0.3) ? 2 : 0,
      };

      for (guint n = 0; i > 0 && n < 2; n++)
        {
          guint32 dep = (guint32) g_rand_int_range (self->rand, 0, (gint32) i);

          gboolean is_new = n_edges == plan->graph.dep_start[i] || plan->graph.deps[n_edges - 1] != dep;

          if (is_new && chance (self, 0.6))
            plan->graph.deps[n_edges++] = dep;
        }
      plan->graph.dep_start[i + 1] = n_edges;
      priorities[i] = g_rand_int_range (self->rand, 0, 3);
      plan_fixture_set_rule (plan, i, (MyrmexTriggerRule) g_rand_int_range (self->rand, 0, 7));
      if (chance (self, 0.3))
        plan_fixture_set_condition (plan, i);
      if (chance (self, 0.3))
        plan_fixture_set_main (plan, i);
      if (chance (self, 0.3))
        plan_fixture_set_timeout (plan, i, 1000 * 1000);
      if (chance (self, 0.5))
        plan_fixture_set_backoff (plan, i, &backoff);
    }
  plan->graph.n_edges = n_edges;
  plan->fail_fast = chance (self, 0.3);
  plan->max_parallel = chance (self, 0.5) ? 2 : 0;
  plan->timeout = chance (self, 0.3) ? 8 * 1000 * 1000 : 0;
  plan_fixture_build (plan, priorities);
  return plan;
}

static int
compare_indices (gconstpointer a,
                 gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

static void
assert_same_tasks (GArray *a,
                   GArray *b)
{
  g_array_sort (a, compare_indices);
  g_array_sort (b, compare_indices);
  g_assert_cmpmem (a->data, a->len * sizeof (guint32), b->data, b->len * sizeof (guint32));
}

/* The run is cut off here; @later is how much later it is resumed, by the clock that goes on. */
static void
check (Play   *self,
       gint64  later)
{
  MyrmexScheduler *old = self->scheduler;
  g_auto (MyrmexJournalReplay) replay = { 0 };
  g_autoptr (MyrmexScheduler) scheduler = NULL;
  g_autoptr (GError) error = NULL;
  /* The monotonic clock of another process is another. */
  const gint64 offset = 5000;

  myrmex_journal_replay_init (&replay, self->events, self->now + later, self->now + later + offset, &error);
  g_assert_no_error (error);
  g_assert_cmpint (replay.offset, ==, offset);
  g_assert_cmpuint (replay.seed, ==, self->seed);
  scheduler = myrmex_scheduler_new (self->plan, replay.seed);
  myrmex_journal_replay_run (&replay, self->events, self->plan, scheduler, &error);
  g_assert_no_error (error);

  for (guint32 i = 0; i < N_TASKS; i++)
    {
      MyrmexTaskStatus status = myrmex_scheduler_get_status (old, i);
      gint64 due = myrmex_scheduler_get_due (old, i);

      g_assert_cmpint (myrmex_scheduler_get_status (scheduler, i), ==, status);
      g_assert_cmpint (myrmex_scheduler_get_reason (scheduler, i), ==, myrmex_scheduler_get_reason (old, i));
      g_assert_cmpint (myrmex_scheduler_get_stop_reason (scheduler, i), ==, myrmex_scheduler_get_stop_reason (old, i));
      g_assert_cmpuint (myrmex_scheduler_get_attempt (scheduler, i), ==, myrmex_scheduler_get_attempt (old, i));
      g_assert_cmpint (myrmex_scheduler_is_ready (scheduler, i), ==, myrmex_scheduler_is_ready (old, i));
      if (status == MYRMEX_TASK_STATUS_RETRYING && !myrmex_scheduler_is_ready (old, i) && due > 0)
        g_assert_cmpint (myrmex_scheduler_get_due (scheduler, i), ==, due + offset);
    }
  g_assert_cmpint (myrmex_scheduler_get_run_status (scheduler), ==, myrmex_scheduler_get_run_status (old));
  g_assert_cmpint (myrmex_scheduler_get_run_reason (scheduler), ==, myrmex_scheduler_get_run_reason (old));
  if (myrmex_scheduler_get_deadline (old) == MYRMEX_NO_DEADLINE)
    g_assert_cmpint (myrmex_scheduler_get_deadline (scheduler), ==, MYRMEX_NO_DEADLINE);
  else
    g_assert_cmpint (myrmex_scheduler_get_deadline (scheduler), ==, myrmex_scheduler_get_deadline (old) + offset);
  g_assert_cmpuint (replay.in_flight->len, ==, myrmex_scheduler_count (old, MYRMEX_TASK_STATUS_RUNNING));
  assert_same_tasks (replay.asked, self->asked);
  assert_same_tasks (replay.lingering, self->lingering);
  self->n_checks++;
}

/* What a run does after each thing that happened, as the engine does. */
static void
pull (Play *self)
{
  MyrmexNotice notice;
  guint32 task;

  while (myrmex_scheduler_next_notice (self->scheduler, &notice))
    ;
  while (myrmex_scheduler_next_evaluation (self->scheduler, &task))
    g_array_append_val (self->asked, task);
}

static guint32
take_random (Play   *self,
             GArray *tasks)
{
  guint i = (guint) g_rand_int_range (self->rand, 0, (gint32) tasks->len);
  guint32 task = g_array_index (tasks, guint32, i);

  g_array_remove_index_fast (tasks, i);
  return task;
}

static void
start_one (Play       *self,
           MyrmexLane  lane)
{
  guint32 task;

  if (myrmex_scheduler_next_start (self->scheduler, lane, self->now, &task))
    record (self, MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, task, myrmex_scheduler_get_attempt (self->scheduler, task),
            NULL);
}

static void
end_one (Play *self)
{
  guint32 from = (guint32) g_rand_int_range (self->rand, 0, N_TASKS);

  for (guint32 n = 0; n < N_TASKS; n++)
    {
      guint32 task = (from + n) % N_TASKS;
      const gint64 now = self->now;
      MyrmexOutcome outcome = { 0 };

      if (myrmex_scheduler_get_status (self->scheduler, task) != MYRMEX_TASK_STATUS_RUNNING)
        continue;
      /* Whoever brings it has taken its time, and then had to wait for others. */
      if (chance (self, 0.3))
        self->now -= g_rand_int_range (self->rand, 0, 50 * 1000);
      outcome.success = chance (self, 0.5);
      outcome.reason = outcome.success ? MYRMEX_REASON_NONE : MYRMEX_REASON_EXIT_STATUS;
      outcome.retryable = chance (self, 0.7);
      outcome.lingers = myrmex_scheduler_get_stop_reason (self->scheduler, task) != MYRMEX_REASON_NONE &&
                        chance (self, 0.5);
      record (self, MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED, task, myrmex_scheduler_get_attempt (self->scheduler, task),
              g_variant_new ("(bybbs)", outcome.success, outcome.reason, outcome.retryable, outcome.lingers, ""));
      myrmex_scheduler_attempt_ended (self->scheduler, task, &outcome, self->now);
      self->now = now;
      if (outcome.lingers)
        g_array_append_val (self->lingering, task);
      return;
    }
}

static void
happen (Play *self)
{
  self->now += g_rand_int_range (self->rand, 0, 400 * 1000);
  if (myrmex_scheduler_get_deadline (self->scheduler) <= self->now)
    {
      record (self, MYRMEX_JOURNAL_EVENT_ADVANCED, MYRMEX_JOURNAL_NO_TASK, 0, NULL);
      myrmex_scheduler_advance (self->scheduler, self->now);
      return;
    }

  switch (g_rand_int_range (self->rand, 0, 40))
    {
    case 0:
      if (chance (self, 0.2))
        {
          record (self, MYRMEX_JOURNAL_EVENT_CANCELLED, MYRMEX_JOURNAL_NO_TASK, 0, NULL);
          myrmex_scheduler_cancel (self->scheduler);
        }
      break;
    case 1:
      if (myrmex_scheduler_pause (self->scheduler))
        record (self, MYRMEX_JOURNAL_EVENT_PAUSED, MYRMEX_JOURNAL_NO_TASK, 0, NULL);
      break;
    case 2: case 3: case 4:
      if (myrmex_scheduler_resume (self->scheduler))
        record (self, MYRMEX_JOURNAL_EVENT_RESUMED, MYRMEX_JOURNAL_NO_TASK, 0, NULL);
      break;
    case 5: case 6: case 7: case 8: case 9: case 10: case 11: case 12:
      if (self->asked->len > 0)
        {
          guint32 task = take_random (self, self->asked);
          MyrmexConditionResult result = (MyrmexConditionResult) g_rand_int_range (self->rand, 0, 3);

          record (self, MYRMEX_JOURNAL_EVENT_EVALUATED, task, 0, g_variant_new ("(ys)", result, "seen"));
          myrmex_scheduler_condition_decided (self->scheduler, task, result);
        }
      break;
    case 13: case 14: case 15:
      if (self->lingering->len > 0)
        {
          guint32 task = take_random (self, self->lingering);

          record (self, MYRMEX_JOURNAL_EVENT_LINGERER_GONE, task, 0, NULL);
          myrmex_scheduler_lingerer_gone (self->scheduler, task);
        }
      break;
    default:
      if (chance (self, 0.5))
        end_one (self);
      else
        start_one (self, chance (self, 0.5) ? MYRMEX_LANE_MAIN : MYRMEX_LANE_WORKER);
      break;
    }
}

/* Some runs retry another one; which tasks completed in that does not matter here. */
static void
preset (Play *self)
{
  if (chance (self, 0.7))
    return;
  for (guint32 task = 0; task < N_TASKS; task++)
    {
      if (chance (self, 0.5))
        continue;
      record (self, MYRMEX_JOURNAL_EVENT_KEPT, task, 1, g_variant_new ("(s^ay)", "earlier", ""));
      myrmex_scheduler_preset_completed (self->scheduler, task, 1);
    }
}

static guint
play (guint32 seed)
{
  Play self = { .rand = g_rand_new_with_seed (seed), .seed = seed, .now = 1000000 };
  gboolean paused;

  self.plan = new_plan (&self);
  self.scheduler = myrmex_scheduler_new (self.plan, seed);
  self.events = g_array_new (FALSE, FALSE, sizeof (MyrmexJournalEvent));
  g_array_set_clear_func (self.events, clear_event);
  self.asked = g_array_new (FALSE, FALSE, sizeof (guint32));
  self.lingering = g_array_new (FALSE, FALSE, sizeof (guint32));

  preset (&self);
  paused = chance (&self, 0.2);
  record (&self, MYRMEX_JOURNAL_EVENT_STARTED, MYRMEX_JOURNAL_NO_TASK, 0, g_variant_new ("(ub)", seed, paused));
  if (paused)
    myrmex_scheduler_pause (self.scheduler);
  myrmex_scheduler_start (self.scheduler, self.now);
  pull (&self);
  for (guint i = 0; i < 2000 && !myrmex_run_status_is_final (myrmex_scheduler_get_run_status (self.scheduler)); i++)
    {
      guint n = self.events->len;

      happen (&self);
      pull (&self);
      if (self.events->len > n)
        check (&self, chance (&self, 0.5) ? 0 : 10 * G_USEC_PER_SEC);
    }

  g_array_unref (self.events);
  g_array_unref (self.asked);
  g_array_unref (self.lingering);
  myrmex_scheduler_free (self.scheduler);
  plan_fixture_free (self.plan);
  g_rand_free (self.rand);
  return self.n_checks;
}

static void
test_random (void)
{
  const guint n_runs = g_getenv ("MYRMEX_TEST_FULL") != NULL ? 20000 : 1000;
  guint n = 0;

  for (guint32 seed = 1; seed <= n_runs; seed++)
    n += play (seed);
  g_test_message ("%u runs, cut off at %u points", n_runs, n);
  g_assert_cmpuint (n, >, n_runs * 5);
}

/* Events that can not be: told, and nothing worse. */
static void
test_nonsense (void)
{
  const MyrmexJournalEvent started = {
    .kind = MYRMEX_JOURNAL_EVENT_STARTED, .task = MYRMEX_JOURNAL_NO_TASK, .data = g_variant_new ("(ub)", 1, FALSE),
  };
  const MyrmexJournalEvent cases[] = {
    { .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, .task = 1, .attempt = 1 },
    { .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, .task = 0, .attempt = 7 },
    { .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_STARTED, .task = 99, .attempt = 1 },
    { .kind = MYRMEX_JOURNAL_EVENT_ATTEMPT_ENDED, .task = 0, .data = g_variant_new ("(bybbs)", TRUE, 0, 0, 0, "") },
    { .kind = MYRMEX_JOURNAL_EVENT_EVALUATED, .task = 0, .data = g_variant_new ("(ys)", 1, "") },
    { .kind = MYRMEX_JOURNAL_EVENT_LINGERER_GONE, .task = 0 },
    { .kind = MYRMEX_JOURNAL_EVENT_RESUMED, .task = MYRMEX_JOURNAL_NO_TASK },
    { .kind = MYRMEX_JOURNAL_EVENT_KEPT, .task = 1, .attempt = 1, .data = g_variant_new ("(s^ay)", "earlier", "") },
    { .kind = MYRMEX_JOURNAL_EVENT_ENDED, .task = MYRMEX_JOURNAL_NO_TASK, .data = g_variant_new ("(yy)", 3, 0) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MyrmexPlan *plan = plan_fixture_parse ("a b<a");
      g_autoptr (GArray) events = g_array_new (FALSE, FALSE, sizeof (MyrmexJournalEvent));
      g_autoptr (MyrmexScheduler) scheduler = myrmex_scheduler_new (plan, 1);
      g_auto (MyrmexJournalReplay) replay = { 0 };
      g_autoptr (GError) error = NULL;

      g_array_append_val (events, cases[i]);
      g_assert_false (myrmex_journal_replay_init (&replay, events, 0, 0, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
      g_clear_error (&error);
      myrmex_journal_replay_clear (&replay);

      g_array_prepend_val (events, started);
      g_assert_true (myrmex_journal_replay_init (&replay, events, 0, 0, &error));
      g_assert_false (myrmex_journal_replay_run (&replay, events, plan, scheduler, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL);
      g_clear_pointer (&scheduler, myrmex_scheduler_free);
      plan_fixture_free (plan);
    }
  g_variant_unref (g_variant_ref_sink (started.data));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].data != NULL)
        g_variant_unref (g_variant_ref_sink (cases[i].data));
    }
}

/* The wall clock was set back by an hour between the two lives of a run: a retry is due when it was. */
static void
test_clock_set_back (void)
{
  const gint64 hour = G_TIME_SPAN_HOUR;
  MyrmexPlan *plan = plan_fixture_parse ("a");
  g_autoptr (GArray) events = g_array_new (FALSE, FALSE, sizeof (MyrmexJournalEvent));
  g_autoptr (MyrmexScheduler) scheduler = NULL;
  g_auto (MyrmexJournalReplay) replay = { 0 };
  g_autoptr (GError) error = NULL;
  MyrmexJournalEvent event = {
    .when = 2 * hour, .kind = MYRMEX_JOURNAL_EVENT_STARTED, .task = MYRMEX_JOURNAL_NO_TASK,
    .data = g_variant_ref_sink (g_variant_new ("(ub)", 1, FALSE)),
  };

  plan->timeout = 5 * G_USEC_PER_SEC;
  g_array_append_val (events, event);
  g_assert_true (myrmex_journal_replay_init (&replay, events, hour, 777, &error));
  scheduler = myrmex_scheduler_new (plan, replay.seed);
  g_assert_true (myrmex_journal_replay_run (&replay, events, plan, scheduler, &error));
  g_assert_cmpint (myrmex_scheduler_get_deadline (scheduler), ==, 777 + 5 * G_USEC_PER_SEC);
  g_variant_unref (event.data);
  g_clear_pointer (&scheduler, myrmex_scheduler_free);
  plan_fixture_free (plan);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/journal/replay/random", test_random);
  g_test_add_func ("/journal/replay/nonsense", test_nonsense);
  g_test_add_func ("/journal/replay/clock-set-back", test_clock_set_back);
  return g_test_run ();
}
