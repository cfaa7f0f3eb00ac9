/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "gate.h"

G_BEGIN_DECLS

/* For what only a runner of this process promises: functions, threads, main contexts. */

MyrmexRunner *local_runner       (guint             max_parallel);
MyrmexRun    *local_start        (MyrmexRunner     *runner,
                                  MyrmexWorkflow   *workflow);
/* Iterates the thread-default main context until the run has ended. */
void          local_finish       (MyrmexRun        *run);
/* Runs to the end, and returns the run. */
MyrmexRun    *local_run          (MyrmexRunner     *runner,
                                  MyrmexWorkflow   *workflow);
/* "completed", "failed/timed_out": of a task, or of the run for NULL. */
void          local_assert       (MyrmexRun        *run,
                                  const char       *task,
                                  const char       *expected);
void          local_assert_error (MyrmexRun        *run,
                                  const char       *task,
                                  int               code,
                                  const char       *error_name);
void          local_assert_value (MyrmexRun        *run,
                                  const char       *task,
                                  const char       *expected);
void          local_after        (MyrmexTask       *task,
                                  const char       *dependency);
void          local_retry        (MyrmexTask       *task,
                                  int               max_attempts);
/* Iterates the default main context until the counter is at least so high. */
void          local_await        (int              *counter,
                                  int               n);
/* How many threads of this name there are. */
guint         local_threads      (const char       *name);

/* Task functions */
GVariant     *local_ok           (MyrmexTaskContext  *context,
                                  gpointer            data,
                                  GError            **error);
GVariant     *local_fail         (MyrmexTaskContext  *context,
                                  gpointer            data,
                                  GError            **error);
/* @data is a Gate; does not listen to its cancellable */
GVariant     *local_deaf         (MyrmexTaskContext  *context,
                                  gpointer            data,
                                  GError            **error);
/* @data is a Gate */
GVariant     *local_gate         (MyrmexTaskContext  *context,
                                  gpointer            data,
                                  GError            **error);

G_END_DECLS
