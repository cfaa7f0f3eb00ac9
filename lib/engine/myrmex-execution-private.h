/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-alarm-private.h"
#include "engine/myrmex-log-folder-private.h"
#include "engine/myrmex-plan-private.h"
#include "engine/myrmex-recorder-private.h"
#include "engine/myrmex-scheduler-private.h"
#include "engine/myrmex-worker-pool-private.h"
#include "model/myrmex-task-context-private.h"
#include "model/myrmex-task-result-private.h"
#include "process/myrmex-process-file-limit-private.h"
#include "process/myrmex-process-private.h"

G_BEGIN_DECLS

/* One run in this process: the scheduler, and everything that does what it decides.
 *
 * It has no thread. Whoever brings an outcome - a worker, the process host, the alarm, the main context - takes the
 * lock, tells the scheduler, and does what follows (pump). What must not happen under the lock is collected
 * meanwhile and done after it (Errands): no function of a user ever runs under the lock.
 *
 *   worker:  lock; next start; unlock; run it; lock; tell the outcome; pump; next start; …
 *   others:  lock; tell the scheduler; pump; unlock; errands
 */
typedef struct _MyrmexExecution MyrmexExecution;

/* What a runner shares between its executions; it outlives the runner as long as one of them is left. */
typedef struct
{
  gatomicrefcount    ref_count;
  MyrmexWorkerPool  *pool;
  MyrmexAlarm       *alarm;
  MyrmexProcessHost *process_host;   /* made when first needed, under the lock */
  GMutex             lock;
  gboolean           owns_process;
  char              *supervisor;     /* where it listens, or NULL: commands are started by this process */
  MyrmexRecorderFactory new_recorder;  /* or NULL: runs are not recorded */
  gpointer           recorder_data;
  GDestroyNotify     free_recorder_data;
  gboolean           logs_events;
  int                is_held;        /* atomic: no attempt begins any more */
  int                n_adopting;     /* atomic: over all executions */
  int                wants_settle;   /* atomic: when that is 0 */
  int                n_beginning;    /* atomic: attempts that are written down, and are about to begin */
} MyrmexRunnerServices;

/* Why an attempt, and with it maybe the task, ended as it did; only where there is something to keep. */
typedef struct
{
  GVariant *value;
  GError   *error;
  char     *error_name;
  char     *seen;        /* what the condition looked at */
  guint8    reason;      /* MyrmexReason, of an attempt that is tried again */
} MyrmexEnding;

typedef struct
{
  gint64   started;      /* first attempt, µs on the monotonic clock; 0: never */
  gint64   ended;        /* of the task; while an attempt runs, its start */
  gint64   busy;         /* µs, the attempts that ended */
  gpointer pointer;      /* RUNNING: the context, borrowed; otherwise a MyrmexEnding, owned, or NULL */
} MyrmexTaskState;

/* How a task stood before a move that is not kept. */
typedef struct _MyrmexHeld MyrmexHeld;

struct _MyrmexHeld
{
  MyrmexHeld   *next;      /* of the same task */
  MyrmexHeld   *last;      /* likewise, in its first one */
  guint64       serial;    /* the flush that keeps the move */
  gint64        busy;      /* µs, the attempts that had ended */
  MyrmexEnding *ending;    /* of RETRYING, which the next attempt replaced; owned, or NULL */
  guint32       task;
  guint32       attempt;
  guint8        status;
  guint8        reason;
};

/* A task that completed in an earlier run, and does not run in this one. */
typedef struct
{
  MyrmexTaskResult *result;    /* NULL: it is not kept */
  char             *log_path;  /* or NULL */
  gboolean          log_stays; /* in a folder that somebody named */
} MyrmexKept;

/* Something to tell on the main context. */
typedef struct
{
  gint64   when;
  char    *error;        /* of RETRYING: what the attempt failed with, */
  double   delay;        /* and how many seconds later the next one starts */
  guint32  task;         /* MYRMEX_NO_INDEX: the run itself */
  guint32  attempt;
  guint8   status;       /* MyrmexTaskStatus, or MyrmexRunStatus */
  guint8   reason;
} MyrmexEvent;

/* Something to do on the main context, or in a worker. */
typedef enum
{
  MYRMEX_JOB_EVALUATE,    /* the condition of a task */
  MYRMEX_JOB_TRANSFORM,   /* the answer of an attempt */
  MYRMEX_JOB_BEGIN,       /* an attempt whose claim is kept */
} MyrmexJobKind;

typedef struct
{
  MyrmexJobKind      kind;
  guint32            task;
  MyrmexTaskContext *context;   /* of TRANSFORM and BEGIN; owned */
  guint64            serial;    /* of BEGIN: the flush that keeps it */
} MyrmexJob;

/* The newest progress of a running task. */
typedef struct
{
  guint32  task;
  guint32  attempt;
  double   fraction;
  char    *message;
} MyrmexProgress;

struct _MyrmexExecution
{
  gatomicrefcount          ref_count;
  MyrmexPlan              *plan;
  MyrmexRunnerServices    *services;
  char                     id[33];
  GVariant                *parameters;   /* a{sv} */
  char                   **environ;      /* for commands: the caller's, the workflow's, ours */
  char                    *directory;
  MyrmexLogFolder         *logs;
  GVariant                *options;      /* a{sv}, that the run was started with, or NULL */
  double                   grace;        /* seconds, for commands that do not say */
  int                      priority;     /* among the runs of the runner */
  gboolean                 keeps_logs;   /* the caller named the folder; set before the start */
  gboolean                 shares_logs;  /* and there may be those of other runs in it */
  char                    *retried_from; /* the id of an earlier run, or NULL; all of this set before the start */
  MyrmexKept              *kept;         /* by task, or NULL: nothing is kept */
  GPtrArray               *kept_logs;    /* of MyrmexLogFolder, or NULL */
  guint32                  n_kept_tasks;
  GMainContext            *context;      /* that is told; NULL: none is */
  GSource                 *source;       /* of the context */
  GThread                 *thread;       /* that started the run; owned, so that no later one is at its address */
  int                      is_telling;   /* atomic: the source is about to be ready */
  int                      tells_at_once; /* atomic */
  gint64                   last_told;    /* atomic enough: only delays what is told */
  guint                    main_depth;   /* on the main context alone: how many functions of users are called there */

  GMutex                   lock;
  GCond                    ended_cond;
  MyrmexScheduler         *scheduler;
  guint32                  seed;         /* of the scheduler */
  MyrmexTaskState         *states;
  gsize                    states_size;
  GArray                  *events;       /* MyrmexEvent */
  GQueue                   main_jobs;    /* of MyrmexJob */
  GQueue                   worker_jobs;
  GPtrArray               *evaluations;  /* contexts of conditions that are being decided, not owned */
  GPtrArray               *main_stops;   /* contexts, owned, to be told on the main context that they should stop */
  GHashTable              *progress;     /* task → MyrmexProgress, not told yet */
  gint64                   started;      /* monotonic */
  gint64                   started_wall;
  gint64                   ended;
  gint64                   armed;        /* deadline that the alarm knows */
  guint                    n_cancels;
  guint                    n_adopting;   /* attempts of an earlier process of which it is not known how they stand */
  gint64                   adopt_deadline;
  GPtrArray               *ended_cookies; /* what a supervisor may forget once it is kept; or NULL */
  gboolean                 has_ended;
  MyrmexRecorder          *recorder;     /* or NULL; all after it is of one that is recorded */
  GCond                    kept_cond;
  GArray                  *held_events;  /* MyrmexEvent, not to be told yet */
  GHashTable              *held_tasks;   /* task → its first MyrmexHeld, or NULL: there has been none */
  GQueue                   held_moves;   /* of MyrmexHeld, owned: of all tasks */
  GQueue                   claims;       /* of MyrmexJob, not to be begun yet, on the main context */
  GQueue                   starts;       /* likewise, in any thread */
  guint64                  n_flushed;
  guint64                  n_kept;       /* of the flushes */
  guint64                  end_serial;   /* the flush that keeps the end of the run; 0: it goes on */
  guint                    n_events_flushed; /* of the held ones */
  gboolean                 is_dirty;     /* there are records since the last flush */
  gboolean                 is_broken;    /* nothing is recorded any more */
  gboolean                 wants_events;
  gboolean                 keeps_events; /* they are wanted until the main context was told again, whoever listens */
  gboolean                 logs_run;     /* set before the start */
  gboolean                 logs_tasks;
  gboolean                 has_logged_start; /* of who writes */
  GThread                 *log_writer;   /* who writes the notes to the log; NULL: nobody */
  GArray                  *notes;        /* for the log; NULL: none */
  int                      is_offered;   /* atomic, the pool's */
};

/* What is left to do once the lock is free. */
typedef struct
{
  GPtrArray *stops;        /* contexts, owned, to be told here */
  GPtrArray *unrefs;       /* contexts */
  guint      free_slots;
  gboolean   offer;
  gboolean   settle;
  gboolean   tell;
  gboolean   tell_at_once;
} MyrmexErrands;

MyrmexRunnerServices *myrmex_runner_services_new   (guint                          n_slots,
                                                    gboolean                       owns_process,
                                                    const char                    *supervisor,
                                                    gboolean                       logs_events);
void              myrmex_runner_services_set_supervisor (MyrmexRunnerServices     *self,
                                                    const char                    *supervisor);
MyrmexRunnerServices *myrmex_runner_services_ref   (MyrmexRunnerServices          *self);
void              myrmex_runner_services_unref     (MyrmexRunnerServices          *self);
void              myrmex_runner_services_hold      (MyrmexRunnerServices          *self);
void              myrmex_runner_services_leave     (MyrmexRunnerServices          *self);
void              myrmex_runner_services_settle    (MyrmexRunnerServices          *self,
                                                    gboolean                       wish);
MyrmexProcessHost *myrmex_runner_services_get_process_host (MyrmexRunnerServices  *self,
                                                            GError               **error);

void              myrmex_execution_make_id         (char                           id[33]);
MyrmexExecution  *myrmex_execution_new             (MyrmexPlan                    *plan,
                                                    MyrmexRunnerServices         *services);
MyrmexExecution  *myrmex_execution_ref             (MyrmexExecution               *self);
void              myrmex_execution_unref           (MyrmexExecution               *self);
void              myrmex_execution_start           (MyrmexExecution               *self,
                                                    gboolean                       paused);
void              myrmex_execution_cancel          (MyrmexExecution               *self);
void              myrmex_execution_pause           (MyrmexExecution               *self);
void              myrmex_execution_resume          (MyrmexExecution               *self);
void              myrmex_execution_wake            (MyrmexExecution               *self);
void              myrmex_execution_work            (MyrmexExecution               *self,
                                                    MyrmexWorker                  *worker);
void              myrmex_execution_forsake         (MyrmexExecution               *self,
                                                    MyrmexWorker                  *worker);
gboolean          myrmex_execution_work_main       (MyrmexExecution               *self);
void              myrmex_execution_drop_jobs       (MyrmexExecution               *self);
gboolean          myrmex_execution_acquire_context (MyrmexExecution               *self);
MyrmexTaskResult *myrmex_execution_dup_result      (MyrmexExecution               *self,
                                                    guint32                        task);
gint64            myrmex_execution_to_wall         (MyrmexExecution               *self,
                                                    gint64                         monotonic);

GArray           *myrmex_execution_new_events      (void);
void              myrmex_execution_free_events     (GArray                        *events,
                                                    guint                          n_told);
GVariant         *myrmex_execution_describe_run    (MyrmexExecution               *self,
                                                    const MyrmexEvent             *event,
                                                    const char                   **status);
GVariant         *myrmex_execution_describe_task   (MyrmexExecution               *self,
                                                    const MyrmexEvent             *event);
GHashTable       *myrmex_execution_new_progress    (void);
void              myrmex_execution_tell            (MyrmexExecution               *self,
                                                    gboolean                       at_once);

/* The log: notes under the lock, the rest without it. */
void              myrmex_execution_begin_log_entries (MyrmexExecution              *self);
void              myrmex_execution_note            (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    gint64                         now);
void              myrmex_execution_write_log       (MyrmexExecution               *self);
void              myrmex_execution_finish_log      (MyrmexExecution               *self);
void              myrmex_execution_free_notes      (MyrmexExecution               *self);

/* For the files of the execution only */
void              myrmex_execution_pump            (MyrmexExecution               *self,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_run_errands     (MyrmexExecution               *self,
                                                    MyrmexErrands                 *errands);
MyrmexTaskContext *myrmex_execution_new_context    (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    guint32                        attempt);
void              myrmex_execution_begin_attempt   (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    MyrmexTaskContext             *context,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_push_job        (MyrmexExecution               *self,
                                                    MyrmexJobKind                  kind,
                                                    MyrmexAffinity                 affinity,
                                                    guint32                        task,
                                                    MyrmexTaskContext             *context,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_do_job          (MyrmexExecution               *self,
                                                    MyrmexWorker                  *worker,
                                                    MyrmexJob                     *job);
void              myrmex_job_free                  (gpointer                       data);
void              myrmex_execution_post_main       (MyrmexExecution               *self,
                                                    MyrmexErrands                 *errands);
gboolean          myrmex_execution_has_work        (MyrmexExecution               *self);
MyrmexTaskContext *myrmex_execution_take_over_slot (MyrmexExecution               *self,
                                                    const MyrmexTask              *ended,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
gint64            myrmex_execution_call_function   (MyrmexExecution               *self,
                                                    MyrmexWorker                  *worker,
                                                    MyrmexTaskContext             *context,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_begin_async     (MyrmexExecution               *self,
                                                    MyrmexWorker                  *worker,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_begin_claimed   (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_begin_adopted   (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_answered        (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_give_up         (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_stop_evaluation (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_complete_locked (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_stop_attempt    (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_force_stops     (MyrmexExecution               *self,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_arm             (MyrmexExecution               *self);
void              myrmex_ending_free               (MyrmexEnding                  *ending);
void              myrmex_execution_add_event       (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
extern const MyrmexTaskContextOps myrmex_execution_context_ops;
char             *myrmex_execution_dup_log_path    (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    guint                          attempt);
void              myrmex_execution_begin_log       (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);

/* What is taken over from an earlier run. */
void              myrmex_execution_keep            (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    MyrmexTaskResult              *result,
                                                    const char                    *log_path,
                                                    gboolean                       log_stays);
void              myrmex_execution_keep_completed  (MyrmexExecution               *self,
                                                    MyrmexExecution               *earlier);
void              myrmex_execution_let_logs_go     (MyrmexExecution               *self);
void              myrmex_execution_preset          (MyrmexExecution               *self);
void              myrmex_execution_free_kept       (MyrmexExecution               *self);

/* What is written down of a run that is recorded. */
void              myrmex_execution_record          (MyrmexExecution               *self,
                                                    MyrmexRecordKind               kind,
                                                    guint32                        task,
                                                    gint64                         now);
void              myrmex_execution_record_start    (MyrmexExecution               *self,
                                                    gboolean                       paused);
void              myrmex_execution_record_outcome  (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    const MyrmexOutcome           *outcome,
                                                    const char                    *error_name,
                                                    gint64                         now);
void              myrmex_execution_record_condition (MyrmexExecution              *self,
                                                    guint32                        task,
                                                    MyrmexConditionResult          result,
                                                    const char                    *seen,
                                                    gint64                         now);
void              myrmex_execution_record_result   (MyrmexExecution               *self,
                                                    guint32                        task);
void              myrmex_execution_record_state    (MyrmexExecution               *self,
                                                    gint64                         now);
gboolean          myrmex_execution_record_end      (MyrmexExecution               *self,
                                                    gint64                         now);
void              myrmex_execution_flush           (MyrmexExecution               *self,
                                                    MyrmexErrands                 *errands);
gboolean          myrmex_execution_await_kept      (MyrmexExecution               *self);
void              myrmex_execution_abandon         (MyrmexExecution               *self);
void              myrmex_execution_go_on           (MyrmexExecution               *self,
                                                    const GArray                  *in_flight,
                                                    const GArray                  *lingering,
                                                    const GArray                  *asked);
MyrmexTaskResult *myrmex_execution_dup_result_locked (MyrmexExecution             *self,
                                                    guint32                        task);
void              myrmex_execution_push_evaluation (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    MyrmexErrands                 *errands);

/* What is read of a run, which is kept where it is recorded. */
void              myrmex_execution_hold            (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    MyrmexTaskStatus               before);
void              myrmex_execution_release_held    (MyrmexExecution               *self,
                                                    guint64                        serial);
void              myrmex_execution_free_held       (MyrmexExecution               *self);
const MyrmexHeld *myrmex_execution_get_held        (MyrmexExecution               *self,
                                                    guint32                        task);
MyrmexTaskStatus  myrmex_execution_get_kept_status (MyrmexExecution               *self,
                                                    guint32                        task);
guint             myrmex_execution_get_kept_attempt (MyrmexExecution              *self,
                                                    guint32                        task);
MyrmexTaskResult *myrmex_execution_dup_kept_result (MyrmexExecution               *self,
                                                    guint32                        task);
void              myrmex_execution_count_kept      (MyrmexExecution               *self,
                                                    guint                         *counts);

/* Attempts of an earlier process, and what a supervisor keeps. */
MyrmexTaskContext *myrmex_execution_adopt          (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    gint64                         now,
                                                    MyrmexErrands                 *errands);
void              myrmex_execution_adopted         (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_end_adoption    (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    MyrmexErrands                 *errands);
gboolean          myrmex_execution_is_adopting     (MyrmexExecution               *self,
                                                    gint64                         now);
void              myrmex_execution_add_ended       (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context);
void              myrmex_execution_forget          (MyrmexExecution               *self,
                                                    GPtrArray                     *cookies);

/* Values: what conditions, templates and transforms come to. Without the lock. */
gboolean          myrmex_execution_fill_input      (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    GError                       **error);
gboolean          myrmex_execution_evaluate        (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    gboolean                      *result,
                                                    char                         **seen,
                                                    GError                       **error);
gboolean          myrmex_execution_transform       (MyrmexExecution               *self,
                                                    MyrmexTaskContext             *context,
                                                    GVariant                      *value,
                                                    GVariant                     **result,
                                                    GError                       **error);

/* Under the lock. */
static inline gboolean
myrmex_execution_is_recorded (MyrmexExecution *self)
{
  return self->recorder != NULL && !self->is_broken;
}

static inline MyrmexTask *
myrmex_execution_get_task (MyrmexExecution *self,
                           guint32          task)
{
  return self->plan->tasks[task];
}

static inline gboolean
myrmex_task_has_transform (const MyrmexTask *task)
{
  return task->extras != NULL &&
         (task->extras->transform != NULL || task->extras->transform_func.func != NULL);
}

char             *myrmex_execution_expand_text     (MyrmexExecution               *self,
                                                    const char                    *text,
                                                    GError                       **error);
guint32           myrmex_execution_find_dependency (MyrmexExecution               *self,
                                                    guint32                        task,
                                                    const char                    *name);

/* What happened and why, in words. */
char             *myrmex_execution_explain         (MyrmexExecution               *self,
                                                    guint32                        task);
gboolean          myrmex_execution_set_options     (MyrmexExecution               *self,
                                                    GVariant                      *options,
                                                    gboolean                      *paused,
                                                    GError                       **error);
GVariant         *myrmex_run_options_merge         (GVariant                      *before,
                                                    GVariant                      *given,
                                                    GError                       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexExecution, myrmex_execution_unref)

G_END_DECLS
