/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-name-table-private.h"
#include "model/myrmex-task-private.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

struct _MyrmexWorkflow
{
  GObject          parent_instance;

  char            *name;
  char            *description;
  char            *directory;
  GVariant        *env;          /* a{sv} */
  GVariant        *parameters;   /* a{sv} of a{sv} */
  double           timeout;
  guint            max_parallel;
  gboolean         fail_fast;
  gboolean         is_plain;     /* no task has more than a function of a worker and dependencies */

  MyrmexNameTable  names;
  MyrmexTaskStore *store;
  MyrmexTask     **tasks;
  guint            n_tasks;
  guint            n_allocated;

  GMutex           lock;         /* for the problems, which running callbacks may add to */
  GPtrArray       *problems;
  GPtrArray       *rejected;     /* tasks that were made for a caller but could not be added */
  int              n_runs;       /* atomic */
};

guint32                myrmex_workflow_intern         (MyrmexWorkflow *self,
                                                       const char     *name);
const MyrmexNameTable *myrmex_workflow_get_names      (MyrmexWorkflow *self);
MyrmexTask * const    *myrmex_workflow_get_tasks      (MyrmexWorkflow *self,
                                                       guint          *n_tasks);
guint32                myrmex_workflow_get_task_index (MyrmexWorkflow *self,
                                                       const char     *name);
GPtrArray             *myrmex_workflow_dup_problems   (MyrmexWorkflow *self);
void                   myrmex_workflow_add_problem    (MyrmexWorkflow *self,
                                                       GError         *problem);
gboolean               myrmex_workflow_may_change     (MyrmexWorkflow *self,
                                                       const char     *task,
                                                       const char     *what);
void                   myrmex_workflow_freeze         (MyrmexWorkflow *self);
void                   myrmex_workflow_thaw           (MyrmexWorkflow *self);
gboolean               myrmex_workflow_has_listeners  (MyrmexWorkflow *self);
void                   myrmex_workflow_emit_progress  (MyrmexWorkflow *self,
                                                       const char     *task_name,
                                                       const char     *status,
                                                       GVariant       *details);

gboolean               myrmex_name_check              (const char     *what,
                                                       const char     *name,
                                                       GError        **error);

G_END_DECLS
