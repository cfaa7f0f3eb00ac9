/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

G_BEGIN_DECLS

/* What a run tells, as one struct. Everything in it is borrowed. */
typedef struct
{
  const char       *task;           /* %NULL: it is about the run */
  const char       *status;
  MyrmexTaskStatus  task_status;    /* of a task */
  gboolean          is_report;      /* a task that runs tells how far it is */
  gboolean          is_end;         /* of the run */
  gboolean          is_quiet;       /* it was before anybody looked: only what failed is worth a line */
  gint64            when;           /* µs since 1970, of what was before anybody looked; 0: now */
  guint             attempt;        /* 0: it never ran */
  double            delay;          /* seconds until the next attempt; below 0: not known */
  double            execution_time; /* seconds */
  double            fraction;       /* below 0: not known */
  const char       *message;        /* nullable */
  const char       *error;          /* nullable */
  const char       *reason;         /* nullable */
  const char       *kept_from;      /* nullable: the id of the earlier run that the task ran in, and not in this one */
  guint             total;          /* tasks of the run */
  double            elapsed;        /* seconds, of the run at its end */
  GVariant         *details;
} Event;

void        event_init           (Event       *event,
                                  const char  *task_name,
                                  const char  *status,
                                  GVariant    *details);
void        event_init_past      (Event            *event,
                                  const char       *task_name,
                                  MyrmexTaskResult *result,
                                  GVariant         *details);
GVariant   *event_describe_result (MyrmexTaskResult *result) G_GNUC_WARN_UNUSED_RESULT;
GVariant   *event_describe_run   (MyrmexRun   *run,
                                  gboolean     is_end) G_GNUC_WARN_UNUSED_RESULT;
char       *event_describe_cause (const Event *event,
                                  MyrmexRun   *run) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
