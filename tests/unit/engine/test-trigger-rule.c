/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-scheduler-private.h"
#include "engine/myrmex-trigger-rule-private.h"
#include "plan-fixture.h"

/* Each rule against the design's table, for every way in which up to three dependencies may end. */

#define MAX_DEPS  (3)
#define N_RULES   (MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1)
#define N_ENDS    (4)

typedef struct
{
  guint of[N_ENDS]; /* how many were COMPLETED, FAILED, SKIPPED, CANCELLED */
  guint n;
} Ends;

/* The table, for when all have ended. */
static gboolean
runs (MyrmexTriggerRule  rule,
      const Ends        *ends)
{
  guint completed = ends->of[0], failed = ends->of[1], cancelled = ends->of[3];

  switch (rule)
    {
    case MYRMEX_TRIGGER_RULE_ALL_SUCCESS:
      return completed == ends->n;
    case MYRMEX_TRIGGER_RULE_ALL_DONE:
      return TRUE;
    case MYRMEX_TRIGGER_RULE_ALL_FAILED:
      return ends->n > 0 && failed == ends->n;
    case MYRMEX_TRIGGER_RULE_ONE_SUCCESS:
      return completed > 0;
    case MYRMEX_TRIGGER_RULE_ONE_FAILED:
      return failed > 0;
    case MYRMEX_TRIGGER_RULE_NONE_FAILED:
      return failed + cancelled == 0;
    case MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS:
      return failed + cancelled == 0 && completed > 0;
    default:
      g_assert_not_reached ();
    }
}

/* NONE if it runs. */
static MyrmexReason
explain (MyrmexTriggerRule  rule,
         const Ends        *ends)
{
  if (runs (rule, ends))
    return MYRMEX_REASON_NONE;
  if (rule == MYRMEX_TRIGGER_RULE_ALL_FAILED || rule == MYRMEX_TRIGGER_RULE_ONE_FAILED)
    return MYRMEX_REASON_UPSTREAM_SKIPPED;
  return ends->of[1] + ends->of[3] > 0 ? MYRMEX_REASON_UPSTREAM_FAILED : MYRMEX_REASON_UPSTREAM_SKIPPED;
}

/* Whether, with `open` more to end, the outcome is the same however they do. */
static gboolean
is_certain (MyrmexTriggerRule rule,
            Ends              ends,
            guint             open,
            MyrmexReason      reason)
{
  if (open == 0)
    return explain (rule, &ends) == reason;

  ends.n++;
  for (guint end = 0; end < N_ENDS; end++)
    {
      ends.of[end]++;
      if (!is_certain (rule, ends, open - 1, reason))
        return FALSE;
      ends.of[end]--;
    }
  return TRUE;
}

/* What is to be said when some have ended and `open` have not: a skip as soon as nothing can change it or
 * its reason; a run with the last one, or for the rules that wait for one, with the first that they wait
 * for. */
static MyrmexVerdict
expect (MyrmexTriggerRule  rule,
        const Ends        *ends,
        guint              open)
{
  if (open == 0)
    return runs (rule, ends) ? MYRMEX_VERDICT_RUN : MYRMEX_VERDICT_SKIP;
  if (rule == MYRMEX_TRIGGER_RULE_ONE_SUCCESS || rule == MYRMEX_TRIGGER_RULE_ONE_FAILED)
    if (runs (rule, ends))
      return MYRMEX_VERDICT_RUN;
  if (is_certain (rule, *ends, open, MYRMEX_REASON_UPSTREAM_FAILED) ||
      is_certain (rule, *ends, open, MYRMEX_REASON_UPSTREAM_SKIPPED))
    return MYRMEX_VERDICT_SKIP;
  return MYRMEX_VERDICT_WAIT;
}

/* The n-th way in which the dependencies end, one after the other: each digit is an end. */
static guint
get_end (guint way,
         guint i)
{
  for (; i > 0; i--)
    way /= N_ENDS;
  return way % N_ENDS;
}

static guint
count_ways (guint n_deps)
{
  return n_deps == 0 ? 1 : N_ENDS * count_ways (n_deps - 1);
}

static void
check_way (MyrmexTriggerRule rule,
           guint             n_deps,
           guint             way)
{
  Ends ends = { { 0 }, 0 };
  guint seen = 0;

  for (guint i = 0; i <= n_deps; i++)
    {
      MyrmexVerdict verdict = myrmex_trigger_rule_decide (rule, seen, i == n_deps);

      g_assert_cmpint (verdict, ==, expect (rule, &ends, n_deps - i));
      if (verdict == MYRMEX_VERDICT_SKIP)
        {
          MyrmexReason reason = myrmex_trigger_rule_explain (rule, seen);

          g_assert_true (is_certain (rule, ends, n_deps - i, reason));
        }
      if (verdict != MYRMEX_VERDICT_WAIT)
        return;

      ends.of[get_end (way, i)]++;
      ends.n++;
      seen |= 1u << get_end (way, i);
    }
  g_assert_not_reached ();
}

static void
test_trigger_rule_table (void)
{
  for (guint rule = 0; rule < N_RULES; rule++)
    for (guint n_deps = 0; n_deps <= MAX_DEPS; n_deps++)
      for (guint way = 0; way < count_ways (n_deps); way++)
        check_way ((MyrmexTriggerRule) rule, n_deps, way);
}

static void
end_dependency (MyrmexScheduler *scheduler,
                guint32          task,
                guint            end)
{
  static const MyrmexOutcome outcomes[] = { { .success = TRUE }, { .reason = MYRMEX_REASON_EXIT_STATUS } };

  if (end < 2)
    myrmex_scheduler_attempt_ended (scheduler, task, &outcomes[end], 0);
  else
    myrmex_scheduler_condition_decided (scheduler, task, MYRMEX_CONDITION_FALSE);
}

/* A task whose dependencies are COMPLETED, FAILED or SKIPPED by their conditions, in the order of their
 * index. */
static void
check_run (MyrmexTriggerRule rule,
           guint             n_deps,
           guint             way)
{
  g_autoptr (PlanFixture) plan = plan_fixture_new (n_deps + 1, n_deps);
  g_autoptr (MyrmexScheduler) scheduler = NULL;
  Ends ends = { { 0 }, 0 };
  gboolean decided = FALSE;
  guint32 task;

  for (guint32 dep = 0; dep < n_deps; dep++)
    {
      plan->graph.deps[dep] = dep;
      plan->graph.dep_start[dep + 1] = 0;
      if (get_end (way, dep) == 2)
        plan_fixture_set_condition (plan, dep);
    }
  plan->graph.dep_start[n_deps + 1] = n_deps;
  plan_fixture_set_rule (plan, n_deps, rule);
  plan_fixture_build (plan, NULL);

  scheduler = myrmex_scheduler_new (plan, 0);
  myrmex_scheduler_start (scheduler, 0);
  for (guint32 dep = 0; dep < n_deps; dep++)
    {
      gboolean has_one = get_end (way, dep) == 2 ? myrmex_scheduler_next_evaluation (scheduler, &task)
                                                 : myrmex_scheduler_next_start (scheduler, MYRMEX_LANE_WORKER, 0,
                                                                              &task);
      g_assert_true (has_one);
    }

  for (guint32 i = 0; i <= n_deps && !decided; i++)
    {
      MyrmexVerdict verdict = expect (rule, &ends, n_deps - i);

      decided = verdict != MYRMEX_VERDICT_WAIT;
      g_assert_cmpint (myrmex_scheduler_is_ready (scheduler, n_deps), ==, verdict == MYRMEX_VERDICT_RUN);
      g_assert_cmpint (myrmex_scheduler_get_status (scheduler, n_deps), ==,
                       verdict == MYRMEX_VERDICT_SKIP ? MYRMEX_TASK_STATUS_SKIPPED
                                                      : MYRMEX_TASK_STATUS_PENDING);
      if (verdict == MYRMEX_VERDICT_SKIP)
        g_assert_true (is_certain (rule, ends, n_deps - i, myrmex_scheduler_get_reason (scheduler, n_deps)));
      if (i == n_deps)
        break;
      end_dependency (scheduler, i, get_end (way, i));
      ends.of[get_end (way, i)]++;
      ends.n++;
    }
  g_assert_true (decided);
}

static gboolean
has_cancelled (guint n_deps,
               guint way)
{
  for (guint i = 0; i < n_deps; i++)
    if (get_end (way, i) == 3)
      return TRUE;
  return FALSE;
}

static void
test_trigger_rule_runs (void)
{
  for (guint rule = 0; rule < N_RULES; rule++)
    for (guint n_deps = 0; n_deps <= MAX_DEPS; n_deps++)
      for (guint way = 0; way < count_ways (n_deps); way++)
        if (!has_cancelled (n_deps, way))
          check_run ((MyrmexTriggerRule) rule, n_deps, way);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/engine/trigger-rule/table", test_trigger_rule_table);
  g_test_add_func ("/engine/trigger-rule/runs", test_trigger_rule_runs);
  return g_test_run ();
}
