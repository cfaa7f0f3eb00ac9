/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-run.h"

G_BEGIN_DECLS

/* What each kind of run does in its own way. Not virtual methods of the class, which languages would see. */
typedef struct
{
  const char        *(* get_id)         (MyrmexRun         *self);
  const char        *(* get_retried_from) (MyrmexRun       *self);   /* or NULL: it never does */
  const char        *(* get_name)       (MyrmexRun         *self);
  MyrmexWorkflow    *(* get_workflow)   (MyrmexRun         *self);
  MyrmexRunStatus    (* get_status)     (MyrmexRun         *self,
                                         MyrmexReason      *reason);
  guint              (* get_n_tasks)    (MyrmexRun         *self);
  /* At one moment: how many tasks are in each status. */
  void               (* get_counts)     (MyrmexRun         *self,
                                         guint             *counts);
  void               (* get_times)      (MyrmexRun         *self,
                                         gint64            *started,
                                         gint64            *finished,
                                         gint64            *elapsed);
  const char        *(* get_task_name)  (MyrmexRun         *self,
                                         guint              index);
  guint              (* find_task)      (MyrmexRun         *self,
                                         const char        *task_name);
  /* The first task from an index on that is in a status, or the number of tasks. */
  guint              (* find_status)    (MyrmexRun         *self,
                                         MyrmexTaskStatus   status,
                                         guint              from);
  MyrmexTaskResult  *(* dup_result)     (MyrmexRun         *self,
                                         guint              index);
  /* At one moment: so many of them, from an index on. */
  void               (* dup_results)    (MyrmexRun         *self,
                                         guint              from,
                                         guint              n,
                                         MyrmexTaskResult **results);
  char              *(* explain)        (MyrmexRun         *self,
                                         guint              index);
  char              *(* dup_log_path)   (MyrmexRun         *self,
                                         guint              index);
  /* NULL: what is at that path. */
  GInputStream      *(* open_log)       (MyrmexRun         *self,
                                         guint              index,
                                         GError           **error);
  /* Task runs are about to be made, and want to be told of: in any thread. Or NULL: they are in any case. */
  void               (* tell_tasks)     (MyrmexRun         *self);
  void               (* cancel)         (MyrmexRun         *self);
  void               (* pause)          (MyrmexRun         *self);
  void               (* resume)         (MyrmexRun         *self);
  gboolean           (* wait)           (MyrmexRun         *self,
                                         GCancellable      *cancellable,
                                         GError           **error);
} MyrmexRunOps;

#define MYRMEX_RUN_OPS(self) ((const MyrmexRunOps *) MYRMEX_RUN_GET_CLASS (self)->ops)

#define MYRMEX_N_TASK_STATUSES (MYRMEX_TASK_STATUS_CANCELLED + 1)

/* For those who derive from it. On the main context of the run. */
gboolean myrmex_run_has_listeners   (MyrmexRun  *self);
gboolean myrmex_run_has_progress_handlers (MyrmexRun *self);
void     myrmex_run_emit_progress   (MyrmexRun  *self,
                                     const char *task_name,
                                     const char *status,
                                     GVariant   *details);
void     myrmex_run_refresh_task    (MyrmexRun  *self,
                                     guint       index);
void     myrmex_run_refresh_all_tasks (MyrmexRun *self);
void     myrmex_run_report_task     (MyrmexRun  *self,
                                     guint       index,
                                     double      fraction,
                                     const char *message);
void     myrmex_run_notify_counts   (MyrmexRun  *self);
void     myrmex_run_notify_status   (MyrmexRun  *self);
void     myrmex_run_finished        (MyrmexRun  *self);
gboolean myrmex_run_was_told_finished (MyrmexRun *self);

/* Why a run did not complete, in words, for whoever has it in another form. */
gboolean myrmex_run_tell_failure    (GString         *text,
                                     guint           *told,
                                     const char      *task_name,
                                     const GError    *error);
GError  *myrmex_run_new_error       (const char      *name,
                                     MyrmexRunStatus  status,
                                     MyrmexReason     reason,
                                     GString         *text,
                                     guint            told,
                                     guint            failed);
gboolean myrmex_run_status_check_retry (MyrmexRunStatus   status,
                                        const char       *id,
                                        GError          **error);

G_END_DECLS
