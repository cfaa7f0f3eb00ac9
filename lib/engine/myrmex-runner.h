/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "engine/myrmex-run.h"
#include "model/myrmex-workflow.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_RUNNER (myrmex_runner_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (MyrmexRunner, myrmex_runner, MYRMEX, RUNNER, GObject)

/**
 * MyrmexRunnerClass:
 * @parent_class: the parent class
 * @start: checks the workflow and the options and starts a run, or fails with a reason
 * @retry_failed: starts a run that keeps what has completed in an earlier one, which has failed or was cancelled, or
 *   fails with a reason; %NULL where it can not be done
 *
 * What executes workflows.
 *
 * Since: 1.0
 */
struct _MyrmexRunnerClass
{
  GObjectClass parent_class;

  MyrmexRun *(* start) (MyrmexRunner    *self,
                        MyrmexWorkflow  *workflow,
                        GVariant        *options,
                        GError         **error);
  MyrmexRun *(* retry_failed) (MyrmexRunner  *self,
                               MyrmexRun     *run,
                               GVariant      *options,
                               GError       **error);

  /*< private >*/
  gpointer padding[8];
};

MYRMEX_AVAILABLE_IN_1_0
MyrmexRun *myrmex_runner_start (MyrmexRunner    *self,
                                MyrmexWorkflow  *workflow,
                                GVariant        *options,
                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;
MYRMEX_AVAILABLE_IN_1_0
MyrmexRun *myrmex_runner_retry_failed (MyrmexRunner  *self,
                                       MyrmexRun     *run,
                                       GVariant      *options,
                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
