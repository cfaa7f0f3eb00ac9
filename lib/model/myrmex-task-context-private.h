/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-task-context.h"

G_BEGIN_DECLS

/* Asked to stop an attempt, without a lock, in any thread, or on the main context where the attempt began there:
 * @force is set from the second time on. */
typedef void (* MyrmexStopFunc) (MyrmexTaskContext *context,
                                 gboolean           force,
                                 gpointer           data);

/* Seconds from asking a command to end to killing it. */
#define MYRMEX_DEFAULT_GRACE (5.0)
#define MYRMEX_MAX_GRACE     (3600.0)

/* What an engine provides to the actions that it starts. All may be called from any thread. */
typedef struct
{
  const char        *(* get_task_name)    (MyrmexTaskContext *context);
  const char        *(* get_run_id)       (MyrmexTaskContext *context);
  const char        *(* get_directory)    (MyrmexTaskContext *context);
  GVariant          *(* get_parameters)   (MyrmexTaskContext *context);
  char             **(* dup_dependencies) (MyrmexTaskContext *context);
  MyrmexTaskResult  *(* dup_result)       (MyrmexTaskContext *context,
                                           const char        *dependency);
  char             **(* dup_environment)  (MyrmexTaskContext *context);
  char              *(* dup_log_path)     (MyrmexTaskContext *context);
  gpointer           (* get_process_host) (MyrmexTaskContext  *context,
                                           GError            **error);
  double             (* get_grace)        (MyrmexTaskContext *context); /* where the task says nothing */
  void               (* report)           (MyrmexTaskContext *context,
                                           double             fraction,
                                           const char        *message);
  void               (* log)              (MyrmexTaskContext *context,
                                           const char        *text);
  void               (* adopted)          (MyrmexTaskContext *context); /* its command still runs */
  void               (* answered)         (MyrmexTaskContext *context);
  /* What was given up, if it was, is over now: it answered after all, or nobody is left who could. */
  void               (* gone)             (MyrmexTaskContext *context);
  void               (* release)          (MyrmexTaskContext *context);
} MyrmexTaskContextOps;

struct _MyrmexTaskContext
{
  int                          ref_count;   /* atomic */
  guint32                      task;        /* index in the plan */
  guint32                      attempt;     /* from 1 */
  int                          is_answered; /* atomic: who sets it gives the answer */
  int                          is_stopped;  /* atomic */
  int                          is_gone;     /* atomic: the late answer has come, or never will */
  const MyrmexTaskContextOps  *ops;
  gpointer                     engine;      /* the ops' own; released by ops->release */
  GVariant                    *input;
  gboolean                     is_adopted;  /* the command was started by a process before this one */
  gint64                       command_ended; /* monotonic, of one that is adopted; 0: not known */

  /* The engine's own, under its lock. */
  gpointer                     worker;      /* whose thread it runs in */
  gboolean                     in_call;     /* a function is at it, which answers when it returns */
  gboolean                     has_answer;  /* it was given by the context, and is whole */
  gboolean                     is_late;     /* the attempt ended before what came of it */
  int                          is_owned;    /* atomic: the engine holds a reference for the attempt */
  gboolean                     holds_slot;
  gboolean                     can_stop;    /* interrupted, it still answers */
  gboolean                     is_adopting; /* it is not known how it stands */

  GMutex                       lock;        /* for the three below */
  GCancellable                *cancellable;
  MyrmexStopFunc               stop_func;
  gpointer                     stop_data;
  GDestroyNotify               stop_destroy;

  /* The answer, written by whoever set is_answered, read after ops->answered. */
  GVariant                    *value;
  GError                      *error;
  char                        *error_name;
  MyrmexReason                 reason;
  gboolean                     is_retryable;
};

MyrmexTaskContext *myrmex_task_context_new            (const MyrmexTaskContextOps *ops,
                                                       gpointer                    engine,
                                                       guint32                     task,
                                                       guint32                     attempt);
gboolean           myrmex_task_context_reset          (MyrmexTaskContext          *self,
                                                       guint32                     task,
                                                       guint32                     attempt);
void               myrmex_task_context_clear_answer   (MyrmexTaskContext          *self);
void               myrmex_task_context_mark_stopped   (MyrmexTaskContext          *self,
                                                       gboolean                    force);
void               myrmex_task_context_stop           (MyrmexTaskContext          *self);
void               myrmex_task_context_set_stop_func  (MyrmexTaskContext          *self,
                                                       MyrmexStopFunc              func,
                                                       gpointer                    data,
                                                       GDestroyNotify              destroy);
void               myrmex_task_context_return_reason  (MyrmexTaskContext          *self,
                                                       MyrmexReason                reason,
                                                       const char                 *name,
                                                       GError                     *error);
char              *myrmex_failure_name_for_error      (const GError               *error);

G_END_DECLS
