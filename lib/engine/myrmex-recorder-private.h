/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-scheduler-private.h"
#include "model/myrmex-task-result.h"

G_BEGIN_DECLS

/* Who writes down what goes into the scheduler of a run, so that the run can go on after a crash. A run without one
 * pays nothing. With one, it begins no attempt, tells nothing and does not end before what that rests on is kept:
 *
 *   under the lock        record, record, …; flush: they are one, and come after all that were flushed before
 *   in another thread     kept: they are on the disk, or never will be
 */
typedef enum
{
  MYRMEX_RECORD_STARTED,
  MYRMEX_RECORD_ATTEMPT_STARTED,
  MYRMEX_RECORD_ATTEMPT_ENDED,
  MYRMEX_RECORD_LINGERER_GONE,
  MYRMEX_RECORD_EVALUATED,
  MYRMEX_RECORD_ADVANCED,
  MYRMEX_RECORD_CANCELLED,
  MYRMEX_RECORD_PAUSED,
  MYRMEX_RECORD_RESUMED,
  MYRMEX_RECORD_ENDED,
  MYRMEX_RECORD_KEPT,         /* before it is started: a task completed in an earlier run */
} MyrmexRecordKind;

typedef struct
{
  MyrmexRecordKind       kind;
  gint64                 when;       /* µs since 1970, by the clock of the run */
  guint32                task;       /* or MYRMEX_NO_INDEX */
  guint32                attempt;
  guint32                seed;       /* of STARTED */
  gboolean               paused;     /* of STARTED */
  const MyrmexOutcome   *outcome;    /* of ATTEMPT_ENDED */
  MyrmexConditionResult  condition;  /* of EVALUATED */
  const char            *text;       /* the name of an error, what a condition saw, or the id of a run; or NULL */
  const char            *log_path;   /* of KEPT, or NULL */
} MyrmexRecord;

/* How the run stands. */
typedef struct
{
  MyrmexRunStatus status;
  MyrmexReason    reason;
  gint64          started;   /* µs since 1970 */
  gint64          finished;  /* or 0 */
  const char     *error;     /* why it did not complete, or NULL */
  guint           counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
} MyrmexRecordState;

typedef struct _MyrmexRecorder MyrmexRecorder;

typedef void (* MyrmexRecorderKept) (const GError *error,
                                     gpointer      data);

struct _MyrmexRecorder
{
  void     (* record) (MyrmexRecorder          *self,
                       const MyrmexRecord      *record);
  void     (* result) (MyrmexRecorder          *self,
                       guint32                  task,
                       const char              *name,
                       MyrmexTaskResult        *result,
                       const char              *log_path);
  void     (* state)  (MyrmexRecorder          *self,
                       const MyrmexRecordState *state);
  /* Returns FALSE if they can not be kept; @kept is not called then. */
  gboolean (* flush)  (MyrmexRecorder          *self,
                       MyrmexRecorderKept       kept,
                       gpointer                 data);
  void     (* free)   (MyrmexRecorder          *self);
};

/* Makes the recorder of a run, or sets @error: that run is refused. */
typedef MyrmexRecorder * (* MyrmexRecorderFactory) (gpointer          data,
                                                    const MyrmexPlan *plan,
                                                    const char       *run_id,
                                                    GVariant         *options,
                                                    const char       *retried_from,
                                                    GError          **error);

G_END_DECLS
