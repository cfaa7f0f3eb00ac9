/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-scheduler-private.h"

/* Every call to the scheduler goes over the tape, with what came of it. Played again to a new scheduler, the
 * same calls must give the same answers: that is what recovery will rest on. */

typedef enum
{
  CALL_PRESET_COMPLETED,
  CALL_START,
  CALL_ADVANCE,
  CALL_ATTEMPT_ENDED,
  CALL_LINGERER_GONE,
  CALL_CONDITION_DECIDED,
  CALL_CANCEL,
  CALL_PAUSE,
  CALL_RESUME,
  CALL_NEXT_START,
  CALL_NEXT_EVALUATION,
  CALL_NEXT_NOTICE,
} CallKind;

typedef struct
{
  CallKind              kind;
  gint64                now;
  MyrmexLane            lane;
  guint32               task;
  guint                 n_attempts;
  MyrmexOutcome         outcome;
  MyrmexConditionResult condition;

  /* What came of it */
  guint                 answer;
  guint32               next;
  gint64                due;
  MyrmexNotice          notice;
} Call;

void     call_make   (Call            *self,
                      MyrmexScheduler *scheduler);
gboolean tape_replay (const GArray     *calls,
                      MyrmexScheduler  *scheduler,
                      guint            *differs);
void     call_print  (const Call       *self);
