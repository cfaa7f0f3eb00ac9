/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

/**
 * MyrmexTaskStatus:
 * @MYRMEX_TASK_STATUS_PENDING: waits for its dependencies, its turn, or the run
 * @MYRMEX_TASK_STATUS_RUNNING: an attempt is under way
 * @MYRMEX_TASK_STATUS_RETRYING: an attempt failed and the next one waits for its time
 * @MYRMEX_TASK_STATUS_COMPLETED: ended well
 * @MYRMEX_TASK_STATUS_FAILED: ended badly, for good
 * @MYRMEX_TASK_STATUS_SKIPPED: did not run, as its trigger rule or its condition says
 * @MYRMEX_TASK_STATUS_CANCELLED: was stopped, or was never started because the run was ending
 *
 * Where a task of a run stands.
 *
 * The last four are final. [enum@Myrmex.Reason] tells why.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_TASK_STATUS >*/
{
  MYRMEX_TASK_STATUS_PENDING,   /*< nick=pending >*/
  MYRMEX_TASK_STATUS_RUNNING,   /*< nick=running >*/
  MYRMEX_TASK_STATUS_RETRYING,  /*< nick=retrying >*/
  MYRMEX_TASK_STATUS_COMPLETED, /*< nick=completed >*/
  MYRMEX_TASK_STATUS_FAILED,    /*< nick=failed >*/
  MYRMEX_TASK_STATUS_SKIPPED,   /*< nick=skipped >*/
  MYRMEX_TASK_STATUS_CANCELLED, /*< nick=cancelled >*/
} MyrmexTaskStatus;

/**
 * MyrmexRunStatus:
 * @MYRMEX_RUN_STATUS_QUEUED: accepted, and waits for its runner
 * @MYRMEX_RUN_STATUS_RUNNING: tasks may start
 * @MYRMEX_RUN_STATUS_PAUSED: what runs goes on, nothing new starts
 * @MYRMEX_RUN_STATUS_COMPLETED: ended, and no task failed or was cancelled
 * @MYRMEX_RUN_STATUS_FAILED: ended, and a task failed or the time ran out
 * @MYRMEX_RUN_STATUS_CANCELLED: ended because it was cancelled
 *
 * Where a run stands. The last three are final.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_RUN_STATUS >*/
{
  MYRMEX_RUN_STATUS_QUEUED,    /*< nick=queued >*/
  MYRMEX_RUN_STATUS_RUNNING,   /*< nick=running >*/
  MYRMEX_RUN_STATUS_PAUSED,    /*< nick=paused >*/
  MYRMEX_RUN_STATUS_COMPLETED, /*< nick=completed >*/
  MYRMEX_RUN_STATUS_FAILED,    /*< nick=failed >*/
  MYRMEX_RUN_STATUS_CANCELLED, /*< nick=cancelled >*/
} MyrmexRunStatus;

/**
 * MyrmexReason:
 * @MYRMEX_REASON_NONE: nothing to explain
 * @MYRMEX_REASON_CONDITION: its condition was false
 * @MYRMEX_REASON_UPSTREAM_FAILED: a dependency failed or was cancelled
 * @MYRMEX_REASON_UPSTREAM_SKIPPED: its trigger rule can not be met, and not because a dependency failed
 * @MYRMEX_REASON_EXIT_STATUS: the command ended with a status other than those allowed
 * @MYRMEX_REASON_SIGNAL: a signal ended the command
 * @MYRMEX_REASON_ERROR: the action, the condition, a template or the transform gave an error
 * @MYRMEX_REASON_SPAWN_FAILED: the command could not be started
 * @MYRMEX_REASON_TIMED_OUT: the attempt took longer than the task's timeout
 * @MYRMEX_REASON_FAIL_FAST: another task failed, and the workflow stops at the first failure
 * @MYRMEX_REASON_RUN_CANCELLED: the run was cancelled
 * @MYRMEX_REASON_RUN_TIMED_OUT: the run took longer than the workflow's timeout
 * @MYRMEX_REASON_INTERRUPTED: the machine or the service went away under it
 *
 * Why a task or a run is in its status.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_REASON >*/
{
  MYRMEX_REASON_NONE,             /*< nick=none >*/
  MYRMEX_REASON_CONDITION,        /*< nick=condition >*/
  MYRMEX_REASON_UPSTREAM_FAILED,  /*< nick=upstream_failed >*/
  MYRMEX_REASON_UPSTREAM_SKIPPED, /*< nick=upstream_skipped >*/
  MYRMEX_REASON_EXIT_STATUS,      /*< nick=exit_status >*/
  MYRMEX_REASON_SIGNAL,           /*< nick=signal >*/
  MYRMEX_REASON_ERROR,            /*< nick=error >*/
  MYRMEX_REASON_SPAWN_FAILED,     /*< nick=spawn_failed >*/
  MYRMEX_REASON_TIMED_OUT,        /*< nick=timed_out >*/
  MYRMEX_REASON_FAIL_FAST,        /*< nick=fail_fast >*/
  MYRMEX_REASON_RUN_CANCELLED,    /*< nick=run_cancelled >*/
  MYRMEX_REASON_RUN_TIMED_OUT,    /*< nick=run_timed_out >*/
  MYRMEX_REASON_INTERRUPTED,      /*< nick=interrupted >*/
} MyrmexReason;

/**
 * MyrmexTriggerRule:
 * @MYRMEX_TRIGGER_RULE_ALL_SUCCESS: all dependencies completed
 * @MYRMEX_TRIGGER_RULE_ALL_DONE: all dependencies ended, however
 * @MYRMEX_TRIGGER_RULE_ALL_FAILED: all dependencies failed
 * @MYRMEX_TRIGGER_RULE_ONE_SUCCESS: a first dependency completed
 * @MYRMEX_TRIGGER_RULE_ONE_FAILED: a first dependency failed
 * @MYRMEX_TRIGGER_RULE_NONE_FAILED: all ended, and none failed or was cancelled
 * @MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS: as before, and at least one completed
 *
 * What a task's direct dependencies must have come to for it to run.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_TRIGGER_RULE >*/
{
  MYRMEX_TRIGGER_RULE_ALL_SUCCESS,                 /*< nick=all_success >*/
  MYRMEX_TRIGGER_RULE_ALL_DONE,                    /*< nick=all_done >*/
  MYRMEX_TRIGGER_RULE_ALL_FAILED,                  /*< nick=all_failed >*/
  MYRMEX_TRIGGER_RULE_ONE_SUCCESS,                 /*< nick=one_success >*/
  MYRMEX_TRIGGER_RULE_ONE_FAILED,                  /*< nick=one_failed >*/
  MYRMEX_TRIGGER_RULE_NONE_FAILED,                 /*< nick=none_failed >*/
  MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS, /*< nick=none_failed_min_one_success >*/
} MyrmexTriggerRule;

/**
 * MyrmexAffinity:
 * @MYRMEX_AFFINITY_WORKER: in one of the runner's worker threads
 * @MYRMEX_AFFINITY_MAIN: on the thread-default main context that the run was started from
 *
 * Where the functions of a task run: its action, its condition and its transform.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_AFFINITY >*/
{
  MYRMEX_AFFINITY_WORKER, /*< nick=worker >*/
  MYRMEX_AFFINITY_MAIN,   /*< nick=main >*/
} MyrmexAffinity;

/**
 * MyrmexSeverity:
 * @MYRMEX_SEVERITY_NOTE: nothing is wrong; it tells what was done, such as a file that was left out
 * @MYRMEX_SEVERITY_WARNING: it can run, but is hardly what was meant
 * @MYRMEX_SEVERITY_ERROR: it can not run
 *
 * How bad it is what a diagnostic tells.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_SEVERITY >*/
{
  MYRMEX_SEVERITY_NOTE,    /*< nick=note >*/
  MYRMEX_SEVERITY_WARNING, /*< nick=warning >*/
  MYRMEX_SEVERITY_ERROR,   /*< nick=error >*/
} MyrmexSeverity;

MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_task_status_to_string  (MyrmexTaskStatus   status);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_task_status_get_label  (MyrmexTaskStatus   status);
MYRMEX_AVAILABLE_IN_1_0
gboolean    myrmex_task_status_is_final   (MyrmexTaskStatus   status);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_run_status_to_string   (MyrmexRunStatus    status);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_run_status_get_label   (MyrmexRunStatus    status);
MYRMEX_AVAILABLE_IN_1_0
gboolean    myrmex_run_status_is_final    (MyrmexRunStatus    status);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_reason_to_string       (MyrmexReason       reason);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_trigger_rule_to_string (MyrmexTriggerRule  rule);
MYRMEX_AVAILABLE_IN_1_0
gboolean    myrmex_trigger_rule_parse     (const char        *text,
                                           MyrmexTriggerRule *rule);
MYRMEX_AVAILABLE_IN_1_0
const char *myrmex_severity_to_string     (MyrmexSeverity     severity);

G_END_DECLS
