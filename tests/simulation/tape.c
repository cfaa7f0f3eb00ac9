/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tape.h"

#include <stdio.h>

void
call_make (Call            *self,
           MyrmexScheduler *scheduler)
{
  switch (self->kind)
    {
    case CALL_PRESET_COMPLETED:
      myrmex_scheduler_preset_completed (scheduler, self->task, self->n_attempts);
      break;
    case CALL_START:
      myrmex_scheduler_start (scheduler, self->now);
      break;
    case CALL_ADVANCE:
      myrmex_scheduler_advance (scheduler, self->now);
      break;
    case CALL_ATTEMPT_ENDED:
      self->answer = myrmex_scheduler_attempt_ended (scheduler, self->task, &self->outcome, self->now);
      self->due = myrmex_scheduler_get_due (scheduler, self->task);
      break;
    case CALL_LINGERER_GONE:
      myrmex_scheduler_lingerer_gone (scheduler, self->task);
      break;
    case CALL_CONDITION_DECIDED:
      self->answer = myrmex_scheduler_condition_decided (scheduler, self->task, self->condition);
      break;
    case CALL_CANCEL:
      myrmex_scheduler_cancel (scheduler);
      break;
    case CALL_PAUSE:
      self->answer = myrmex_scheduler_pause (scheduler) ? 1 : 0;
      break;
    case CALL_RESUME:
      self->answer = myrmex_scheduler_resume (scheduler) ? 1 : 0;
      break;
    case CALL_NEXT_START:
      self->answer = myrmex_scheduler_next_start (scheduler, self->lane, self->now, &self->next) ? 1 : 0;
      break;
    case CALL_NEXT_EVALUATION:
      self->answer = myrmex_scheduler_next_evaluation (scheduler, &self->next) ? 1 : 0;
      break;
    case CALL_NEXT_NOTICE:
      self->answer = myrmex_scheduler_next_notice (scheduler, &self->notice) ? 1 : 0;
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
answers_equal (const Call *a,
               const Call *b)
{
  return a->answer == b->answer && a->next == b->next && a->due == b->due &&
         a->notice.kind == b->notice.kind && a->notice.task == b->notice.task &&
         a->notice.status == b->notice.status && a->notice.run_status == b->notice.run_status &&
         a->notice.reason == b->notice.reason;
}

/* Returns whether all answers are the same; `differs` is the first call that is answered differently. */
gboolean
tape_replay (const GArray    *calls,
             MyrmexScheduler *scheduler,
             guint           *differs)
{
  for (guint i = 0; i < calls->len; i++)
    {
      const Call *recorded = &g_array_index (calls, Call, i);
      Call call = {
        .kind = recorded->kind, .now = recorded->now, .lane = recorded->lane, .task = recorded->task,
        .n_attempts = recorded->n_attempts, .outcome = recorded->outcome, .condition = recorded->condition,
      };

      call_make (&call, scheduler);
      if (!answers_equal (&call, recorded))
        {
          *differs = i;
          return FALSE;
        }
    }
  return TRUE;
}

static void
print_notice (const MyrmexNotice *notice)
{
  switch (notice->kind)
    {
    case MYRMEX_NOTICE_STOP:
      printf ("stop %u: %s\n", notice->task, myrmex_reason_to_string (notice->reason));
      break;
    case MYRMEX_NOTICE_ENDED:
      printf ("%u ended: %s, %s\n", notice->task, myrmex_task_status_to_string (notice->status),
              myrmex_reason_to_string (notice->reason));
      break;
    case MYRMEX_NOTICE_RUN_ENDED:
      printf ("run ended: %s, %s\n", myrmex_run_status_to_string (notice->run_status),
              myrmex_reason_to_string (notice->reason));
      break;
    default:
      g_assert_not_reached ();
    }
}

void
call_print (const Call *self)
{
  static const char * const names[] = {
    "preset completed", "start", "advance", "attempt ended", "lingerer gone", "condition decided", "cancel", "pause", "resume",
    "next start", "next evaluation", "next notice",
  };

  printf ("# %5" G_GINT64_FORMAT " %s", self->now, names[self->kind]);
  switch (self->kind)
    {
    case CALL_ATTEMPT_ENDED:
      printf (" %u: %s%s%s -> %s, due %" G_GINT64_FORMAT "\n", self->task,
              self->outcome.success ? "success" : myrmex_reason_to_string (self->outcome.reason),
              self->outcome.retryable ? ", retryable" : "", self->outcome.lingers ? ", lingers" : "",
              myrmex_task_status_to_string ((MyrmexTaskStatus) self->answer), self->due);
      break;
    case CALL_PRESET_COMPLETED:
    case CALL_LINGERER_GONE:
      printf (" %u\n", self->task);
      break;
    case CALL_CONDITION_DECIDED:
      printf (" %u: %d -> %s\n", self->task, self->condition,
              myrmex_task_status_to_string ((MyrmexTaskStatus) self->answer));
      break;
    case CALL_NEXT_START:
    case CALL_NEXT_EVALUATION:
      if (self->answer != 0)
        printf (" -> %u\n", self->next);
      else
        printf (" -> none\n");
      break;
    case CALL_NEXT_NOTICE:
      printf (" -> ");
      if (self->answer != 0)
        print_notice (&self->notice);
      else
        printf ("none\n");
      break;
    case CALL_START:
    case CALL_ADVANCE:
    case CALL_CANCEL:
    case CALL_PAUSE:
    case CALL_RESUME:
    default:
      printf (" -> %u\n", self->answer);
      break;
    }
}
