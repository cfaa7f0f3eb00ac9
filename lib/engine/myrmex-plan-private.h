/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/myrmex-backoff-private.h"
#include "base/myrmex-enums.h"
#include "engine/myrmex-plan.h"
#include "model/myrmex-graph-private.h"
#include "model/myrmex-workflow-private.h"

G_BEGIN_DECLS

/* What the scheduler needs to know of each task, in one byte. */
#define MYRMEX_POLICY_RULE_MASK     (0x07) /* its MyrmexTriggerRule */
#define MYRMEX_POLICY_HAS_CONDITION (0x08)
#define MYRMEX_POLICY_MAIN          (0x10) /* begins in the main lane */

/* A validated workflow, compiled to flat arrays. It never changes once it is made, and all that run it share
 * it.
 *
 * An array that no task of the plan has a use for is NULL: what it would hold is then the default for all. */
struct _MyrmexPlan
{
  gatomicrefcount  ref_count;

  MyrmexWorkflow  *workflow;       /* what it was made of; NULL in plans made by hand */
  MyrmexTask     **tasks;          /* of the workflow, which may get more once it does not run any more */
  MyrmexGraph      graph;

  guint8          *policies;       /* per task; NULL: all_success, and no condition */
  gint64          *timeouts;       /* per task, of each attempt, in µs, 0: none; NULL: none has one */
  guint32         *backoff_of;     /* per task, an index into backoffs plus 1; 0, NULL: one attempt */
  MyrmexBackoff   *backoffs;       /* tasks of the same retry policy share an entry */
  guint32          n_backoffs;

  gboolean         has_main_conditions; /* some are decided on the main context */
  gboolean         fail_fast;
  guint            max_parallel;   /* 0: no bound */
  gint64           timeout;        /* of the whole run, in µs; 0: none */
};

guint32 myrmex_plan_find              (const MyrmexPlan *self,
                                       const char       *task_name);
char  **myrmex_plan_dup_task_dependencies (MyrmexPlan  *self,
                                       guint32           task);
void    myrmex_plan_check_expressions (MyrmexPlan       *self,
                                       GPtrArray        *problems);

G_END_DECLS
