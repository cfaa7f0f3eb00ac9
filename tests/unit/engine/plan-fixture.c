/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plan-fixture.h"

#include <string.h>

/* A plan whose rows the caller fills, and then calls plan_fixture_build(). All tasks may have anything. */
MyrmexPlan *
plan_fixture_new (guint32 n_tasks,
                  guint32 n_edges)
{
  MyrmexPlan *plan = g_new0 (MyrmexPlan, 1);

  g_atomic_ref_count_init (&plan->ref_count);
  myrmex_graph_init (&plan->graph, n_tasks, n_edges);
  plan->graph.dep_start[0] = 0;
  return plan;
}

void
plan_fixture_build (MyrmexPlan   *plan,
                    const gint32 *priorities)
{
  g_assert_true (myrmex_graph_build (&plan->graph, priorities, NULL));
}

/* Tasks are single letters in the order of the alphabet, each with its dependencies: "a b<a c<ab". */
MyrmexPlan *
plan_fixture_parse (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint32 n_tasks = text[0] != '\0' ? g_strv_length (words) : 0, n_edges = 0;
  MyrmexPlan *plan;

  for (guint32 task = 0; task < n_tasks; task++)
    n_edges += MAX (strlen (words[task]), 2) - 2;

  plan = plan_fixture_new (n_tasks, n_edges);
  n_edges = 0;
  for (guint32 task = 0; task < n_tasks; task++)
    {
      g_assert_cmpint (words[task][0], ==, (int) ('a' + task));
      g_assert_true (words[task][1] == '\0' || words[task][1] == '<');
      for (const char *dep = words[task] + (words[task][1] == '<' ? 2 : 1); *dep != '\0'; dep++)
        plan->graph.deps[n_edges++] = (guint32) (*dep - 'a');
      plan->graph.dep_start[task + 1] = n_edges;
    }
  plan_fixture_build (plan, NULL);
  return plan;
}

static void
add_policy (MyrmexPlan *plan,
            guint32        task,
            guint       policy)
{
  if (plan->policies == NULL)
    plan->policies = g_new0 (guint8, plan->graph.n_tasks);
  plan->policies[task] |= policy;
}

void
plan_fixture_set_rule (MyrmexPlan        *plan,
                       guint32               task,
                       MyrmexTriggerRule  rule)
{
  add_policy (plan, task, rule);
}

void
plan_fixture_set_condition (MyrmexPlan *plan,
                            guint32        task)
{
  add_policy (plan, task, MYRMEX_POLICY_HAS_CONDITION);
}

void
plan_fixture_set_main (MyrmexPlan *plan,
                       guint32     task)
{
  add_policy (plan, task, MYRMEX_POLICY_MAIN);
}

void
plan_fixture_set_timeout (MyrmexPlan *plan,
                          guint32        task,
                          gint64      timeout)
{
  if (plan->timeouts == NULL)
    plan->timeouts = g_new0 (gint64, plan->graph.n_tasks);
  plan->timeouts[task] = timeout;
}

void
plan_fixture_set_backoff (MyrmexPlan          *plan,
                          guint32                 task,
                          const MyrmexBackoff *backoff)
{
  if (plan->backoff_of == NULL)
    plan->backoff_of = g_new0 (guint32, plan->graph.n_tasks);
  plan->backoffs = g_renew (MyrmexBackoff, plan->backoffs, plan->n_backoffs + 1);
  plan->backoffs[plan->n_backoffs++] = *backoff;
  plan->backoff_of[task] = plan->n_backoffs;
}

void
plan_fixture_free (MyrmexPlan *plan)
{
  if (plan == NULL)
    return;
  myrmex_graph_clear (&plan->graph);
  g_free (plan->policies);
  g_free (plan->timeouts);
  g_free (plan->backoff_of);
  g_free (plan->backoffs);
  g_free (plan);
}
