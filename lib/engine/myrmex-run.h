/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-task-run.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_RUN (myrmex_run_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (MyrmexRun, myrmex_run, MYRMEX, RUN, GObject)

/**
 * MyrmexRunClass:
 * @parent_class: the parent class
 *
 * The class of runs. Each kind of runner has its own, which is private to it.
 *
 * Since: 1.0
 */
struct _MyrmexRunClass
{
  GObjectClass parent_class;

  /*< private >*/
  gconstpointer ops;

  gpointer padding[8];
};

MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_run_get_id        (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_run_get_retried_from (MyrmexRun         *self);
MYRMEX_AVAILABLE_IN_1_0
const char       *myrmex_run_get_name      (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexWorkflow   *myrmex_run_get_workflow  (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexRunStatus   myrmex_run_get_status    (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexReason      myrmex_run_get_reason    (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
double            myrmex_run_get_fraction  (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_run_get_n_tasks   (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
guint             myrmex_run_get_count     (MyrmexRun            *self,
                                            MyrmexTaskStatus      status);
MYRMEX_AVAILABLE_IN_1_0
gint64            myrmex_run_get_started   (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
gint64            myrmex_run_get_finished  (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
double            myrmex_run_get_elapsed   (MyrmexRun            *self);

MYRMEX_AVAILABLE_IN_1_0
char            **myrmex_run_dup_task_names (MyrmexRun           *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskRun    *myrmex_run_dup_task_run  (MyrmexRun            *self,
                                            const char           *task_name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexTaskResult *myrmex_run_dup_result    (MyrmexRun            *self,
                                            const char           *task_name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GVariant         *myrmex_run_dup_summary   (MyrmexRun            *self) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char             *myrmex_run_explain       (MyrmexRun            *self,
                                            const char           *task_name,
                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
char             *myrmex_run_dup_log_path  (MyrmexRun            *self,
                                            const char           *task_name) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
GInputStream     *myrmex_run_open_log      (MyrmexRun            *self,
                                            const char           *task_name,
                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;

MYRMEX_AVAILABLE_IN_1_0
void              myrmex_run_cancel        (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
void              myrmex_run_pause         (MyrmexRun            *self);
MYRMEX_AVAILABLE_IN_1_0
void              myrmex_run_resume        (MyrmexRun            *self);

MYRMEX_AVAILABLE_IN_1_0
gboolean          myrmex_run_check         (MyrmexRun            *self,
                                            GError              **error);
MYRMEX_AVAILABLE_IN_1_0
gboolean          myrmex_run_wait          (MyrmexRun            *self,
                                            GCancellable         *cancellable,
                                            GError              **error);
MYRMEX_AVAILABLE_IN_1_0
void              myrmex_run_wait_async    (MyrmexRun            *self,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
MYRMEX_AVAILABLE_IN_1_0
gboolean          myrmex_run_wait_finish   (MyrmexRun            *self,
                                            GAsyncResult         *result,
                                            GError              **error);

G_END_DECLS
