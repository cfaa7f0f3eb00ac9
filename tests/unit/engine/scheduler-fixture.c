/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "scheduler-fixture.h"

guint32
run_index_of (char task)
{
  return (guint32) (task - 'a');
}

Run *
run_new (const char *text)
{
  Run *run = g_new0 (Run, 1);

  run->plan = plan_fixture_parse (text);
  return run;
}

void
run_free (Run *run)
{
  myrmex_scheduler_free (run->scheduler);
  plan_fixture_free (run->plan);
  g_free (run);
}

void
run_set_rule (Run               *run,
              char               task,
              MyrmexTriggerRule  rule)
{
  plan_fixture_set_rule (run->plan, run_index_of (task), rule);
}

void
run_set_retries (Run    *run,
                 char    task,
                 guint   max_attempts,
                 double  delay)
{
  const MyrmexBackoff backoff = {
    .max_attempts = max_attempts, .initial_delay = delay, .exponential_base = 2.0, .max_delay = 60.0,
  };

  plan_fixture_set_backoff (run->plan, run_index_of (task), &backoff);
}

void
run_start (Run *run)
{
  if (run->scheduler == NULL)
    run->scheduler = myrmex_scheduler_new (run->plan, 0);
  myrmex_scheduler_start (run->scheduler, run->now);
}

void
run_at (Run    *run,
        gint64  ms)
{
  run->now = ms * MS;
  myrmex_scheduler_advance (run->scheduler, run->now);
}

char *
run_take_starts (Run        *run,
                 MyrmexLane  lane)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint32 n_startable = myrmex_scheduler_get_n_startable (run->scheduler, lane);
  guint32 task;

  while (myrmex_scheduler_next_start (run->scheduler, lane, run->now, &task))
    g_string_append_c (text, (char) ('a' + task));
  g_assert_cmpint (n_startable, ==, text->len);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
run_take_evaluations (Run *run)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean has_one = myrmex_scheduler_has_evaluation (run->scheduler);
  guint32 task;

  while (myrmex_scheduler_next_evaluation (run->scheduler, &task))
    g_string_append_c (text, (char) ('a' + task));
  g_assert_cmpint (has_one, ==, text->len > 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
run_take_notices (Run *run)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MyrmexNotice notice;

  while (myrmex_scheduler_next_notice (run->scheduler, &notice))
    {
      const char *reason = myrmex_reason_to_string (notice.reason);

      if (text->len > 0)
        g_string_append (text, ", ");
      if (notice.kind == MYRMEX_NOTICE_STOP)
        g_string_append_printf (text, "stop %c %s", 'a' + notice.task, reason);
      else if (notice.kind == MYRMEX_NOTICE_ENDED)
        g_string_append_printf (text, "%c %s %s", 'a' + notice.task,
                                myrmex_task_status_to_string (notice.status), reason);
      else
        g_string_append_printf (text, "run %s %s", myrmex_run_status_to_string (notice.run_status), reason);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

MyrmexTaskStatus
run_succeed (Run  *run,
             char  task)
{
  const MyrmexOutcome outcome = { .success = TRUE };

  return myrmex_scheduler_attempt_ended (run->scheduler, run_index_of (task), &outcome, run->now);
}

MyrmexTaskStatus
run_fail (Run  *run,
          char  task)
{
  const MyrmexOutcome outcome = { .reason = MYRMEX_REASON_EXIT_STATUS, .retryable = TRUE };

  return myrmex_scheduler_attempt_ended (run->scheduler, run_index_of (task), &outcome, run->now);
}

MyrmexTaskStatus
run_decide (Run                   *run,
            char                   task,
            MyrmexConditionResult  result)
{
  return myrmex_scheduler_condition_decided (run->scheduler, run_index_of (task), result);
}

gint64
run_get_deadline_ms (Run *run)
{
  gint64 deadline = myrmex_scheduler_get_deadline (run->scheduler);

  return deadline == MYRMEX_NO_DEADLINE ? -1 : deadline / MS;
}
