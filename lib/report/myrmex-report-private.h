/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/myrmex-report.h"

G_BEGIN_DECLS

#define MYRMEX_REPORT_NO_TASK (G_MAXUINT32)

/* Texts are valid UTF-8, and otherwise as strangers wrote them: each format escapes them in its own way. Only the
 * end of the log is fit to be shown already, as it is no text before. Times are in µs since 1970, 0: never. */
typedef struct
{
  char             *name;
  char             *action;         /* nullable: the type of its action is not known here */
  MyrmexTaskStatus  status;
  MyrmexReason      reason;
  guint             attempts;
  gint64            started;
  gint64            finished;
  gint64            execution_time; /* µs, all attempts together */
  char             *kept_from;      /* nullable: the id of an earlier run that it is of; it never started in this one */
  gint64            kept_started;   /* in the earlier one */
  gint64            kept_finished;
  char             *error;          /* nullable */
  char             *error_name;     /* nullable */
  GVariant         *value;          /* nullable */
  char             *explanation;    /* nullable; of tasks that did not complete */
  char             *log_path;       /* nullable; of a log that was there when the report was made */
  char             *log_tail;       /* nullable; lines, escaped; of tasks that did not complete */
  guint32           dep_start;      /* its dependencies are deps[dep_start] up to those of the next task */
} MyrmexReportTask;

/* How a task of the critical path came to start. */
typedef enum
{
  MYRMEX_LINK_START,      /* with the run */
  MYRMEX_LINK_DEPENDENCY, /* when the one before it, which it depends on, ended */
  MYRMEX_LINK_SLOT,       /* when the one before it left its slot to it */
} MyrmexLink;

typedef struct
{
  guint32    task;
  MyrmexLink link;
  gint64     slot_wait;   /* µs for which it was ready and waited for its slot */
} MyrmexPathStep;

/* What bounds a run. The shares of all of them make up the time of the run. */
typedef enum
{
  MYRMEX_BOUND_DEPENDENCIES, /* tasks of the critical path were at work, and others had to wait for them */
  MYRMEX_BOUND_SLOTS,        /* the next task of the critical path was ready and waited for a slot */
  MYRMEX_BOUND_RETRIES,      /* a task of the critical path waited for its next attempt */
  MYRMEX_BOUND_IDLE,         /* nothing of the critical path was going on: pauses, conditions, the runner */
  MYRMEX_N_BOUNDS,
} MyrmexBound;

struct _MyrmexReport
{
  gatomicrefcount   ref_count;

  char             *id;
  char             *name;
  MyrmexRunStatus   status;
  MyrmexReason      reason;
  gint64            started;
  gint64            finished;
  gint64            elapsed;     /* µs */
  guint             max_parallel; /* 0: no bound, or not known */
  gboolean          has_graph;   /* whether the dependencies are known here */

  guint32           n_tasks;
  MyrmexReportTask *tasks;       /* n_tasks, and one more that closes the last row */
  GArray           *deps;        /* guint32 */

  /* What comes of these, by myrmex_report_seal() */
  guint             counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
  gint64            execution_time; /* of all tasks, µs */
  guint             peak;           /* most tasks that were under way at once */
  GArray           *path;           /* MyrmexPathStep, from first to last */
  gint64            bounds[MYRMEX_N_BOUNDS]; /* µs */
  MyrmexBound       bound;          /* the largest */
};

/* For tests and those who have a report from elsewhere: all tasks are there, without names; fill them in, give
 * each its dependencies in order, then seal. */
MyrmexReport  *myrmex_report_new_empty        (guint32                 n_tasks);
void           myrmex_report_set_dependencies (MyrmexReport           *self,
                                               guint32                 task,
                                               const guint32          *deps,
                                               guint32                 n_deps);
void           myrmex_report_seal             (MyrmexReport           *self);
void           myrmex_report_analyse          (MyrmexReport           *self);

/* One file each */
char          *myrmex_report_to_json          (const MyrmexReport     *self);
char          *myrmex_report_to_markdown      (const MyrmexReport     *self);
char          *myrmex_report_to_junit         (const MyrmexReport     *self);
char          *myrmex_report_to_timeline      (const MyrmexReport     *self);
char          *myrmex_report_to_dot           (const MyrmexReport     *self);
char          *myrmex_report_to_mermaid       (const MyrmexReport     *self);
char          *myrmex_graphviz_render         (const char             *dot,
                                               guint                   timeout,
                                               GError                **error);

char          *myrmex_report_read_log_tail    (const char             *path,
                                               guint                   n_lines);

/* When a task that has begun was under way; up to now where it still is. */
static inline gint64
myrmex_report_get_start (const MyrmexReport     *self,
                         const MyrmexReportTask *task)
{
  return task->started != 0 ? task->started : task->finished;
}

static inline gint64
myrmex_report_get_end (const MyrmexReport     *self,
                       const MyrmexReportTask *task)
{
  gint64 end = task->finished != 0 ? task->finished : self->started + self->elapsed;

  return MAX (end, myrmex_report_get_start (self, task));
}

static inline guint32
myrmex_report_count_deps (const MyrmexReport *self,
                          guint32             task)
{
  return self->tasks[task + 1].dep_start - self->tasks[task].dep_start;
}

static inline guint32
myrmex_report_get_dep (const MyrmexReport *self,
                       guint32             task,
                       guint32             nth)
{
  return g_array_index (self->deps, guint32, self->tasks[task].dep_start + nth);
}

G_END_DECLS
