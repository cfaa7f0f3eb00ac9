/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

/* What tells one kind of log entry from another, as in sd-messages.h: never changed, never used again. */

/**
 * MYRMEX_MESSAGE_RUN_STARTED:
 *
 * The `MESSAGE_ID` of a log entry: a run started.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_RUN_STARTED "e95fd5e283bd4e0bb4eb148f2c83d330"

/**
 * MYRMEX_MESSAGE_RUN_PAUSED:
 *
 * The `MESSAGE_ID` of a log entry: a run was paused: nothing new starts.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_RUN_PAUSED "ea27c4828c484cd6ab445d9dbefbe38c"

/**
 * MYRMEX_MESSAGE_RUN_RESUMED:
 *
 * The `MESSAGE_ID` of a log entry: a paused run goes on.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_RUN_RESUMED "94f6efbeb4ca479cbe73af7a22f06215"

/**
 * MYRMEX_MESSAGE_RUN_FINISHED:
 *
 * The `MESSAGE_ID` of a log entry: a run ended. `MYRMEX_STATUS` tells how, and there is a
 * count of tasks for each status.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_RUN_FINISHED "4ce64edb13e7481ea7a2286023bb3b3c"

/**
 * MYRMEX_MESSAGE_TASK_STARTED:
 *
 * The `MESSAGE_ID` of a log entry: an attempt of a task started.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_STARTED "640af83202e84fa3a506dff85d5030aa"

/**
 * MYRMEX_MESSAGE_TASK_COMPLETED:
 *
 * The `MESSAGE_ID` of a log entry: a task completed.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_COMPLETED "d3e5de4bc1db4951b7b62bb2652b76d6"

/**
 * MYRMEX_MESSAGE_TASK_FAILED:
 *
 * The `MESSAGE_ID` of a log entry: a task failed for good, for a reason that has no message of its own.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_FAILED "68c2b3d39f7541b3b44ec74f5f6f2bce"

/**
 * MYRMEX_MESSAGE_TASK_TIMED_OUT:
 *
 * The `MESSAGE_ID` of a log entry: a task failed for good, since its last attempt took longer than it may.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_TIMED_OUT "3557b7112ab9421c84c86c6426e000c2"

/**
 * MYRMEX_MESSAGE_TASK_SPAWN_FAILED:
 *
 * The `MESSAGE_ID` of a log entry: a task failed for good, since its command could not be started.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_SPAWN_FAILED "d0c636ac6b7440bf9eb7219f1a84aeba"

/**
 * MYRMEX_MESSAGE_TASK_RETRYING:
 *
 * The `MESSAGE_ID` of a log entry: an attempt failed, and there will be another one after `MYRMEX_DELAY` seconds.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_RETRYING "0a89c01c534c40bb9f321f469da8c28f"

/**
 * MYRMEX_MESSAGE_TASK_SKIPPED:
 *
 * The `MESSAGE_ID` of a log entry: a task was skipped.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_SKIPPED "bd6ec997e68e432eaf952eeb4147db01"

/**
 * MYRMEX_MESSAGE_TASK_CANCELLED:
 *
 * The `MESSAGE_ID` of a log entry: a task was cancelled.
 *
 * Since: 1.0
 */
#define MYRMEX_MESSAGE_TASK_CANCELLED "25c48bbb2487489bb9db90b93fa0565b"
