/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <glib-object.h>

#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

/**
 * MYRMEX_ERROR:
 *
 * The error domain of Myrmex. Its codes are of [error@Myrmex.Error].
 *
 * Since: 1.0
 */
#define MYRMEX_ERROR (myrmex_error_quark ())

/**
 * MyrmexError:
 * @MYRMEX_ERROR_FAILED: any failure that has no code of its own
 * @MYRMEX_ERROR_INVALID_ARGUMENT: a value is of the wrong type or out of its range
 * @MYRMEX_ERROR_INVALID_DEFINITION: a definition has errors; the message lists them, one a line
 * @MYRMEX_ERROR_CYCLE: the dependencies of a workflow form a cycle, which the message names
 * @MYRMEX_ERROR_UNKNOWN_DEPENDENCY: a task depends on a task that does not exist
 * @MYRMEX_ERROR_DUPLICATE: the name is taken
 * @MYRMEX_ERROR_BUSY: a workflow can not be changed while it runs
 * @MYRMEX_ERROR_TASK_FAILED: a run ended with failed tasks, which the message names
 * @MYRMEX_ERROR_TIMED_OUT: an attempt of a task, or a run, took longer than it may
 * @MYRMEX_ERROR_CANCELLED: a run was cancelled
 * @MYRMEX_ERROR_EXIT_STATUS: a command ended with a status other than those allowed
 * @MYRMEX_ERROR_SIGNAL: a signal ended a command
 * @MYRMEX_ERROR_SPAWN_FAILED: a command could not be started
 * @MYRMEX_ERROR_EXPRESSION: an expression or a template does not parse or can not be evaluated
 * @MYRMEX_ERROR_INVALID_VALUE: a value is of a kind that results can not hold
 * @MYRMEX_ERROR_LIMIT: something is larger than it may be
 * @MYRMEX_ERROR_NOT_FOUND: there is nothing of that name
 * @MYRMEX_ERROR_NOT_SUPPORTED: this runner or build can not do that
 * @MYRMEX_ERROR_INTERRUPTED: the machine or the service went away under an attempt
 * @MYRMEX_ERROR_ACCESS_DENIED: the caller may not do that
 * @MYRMEX_ERROR_JOURNAL: the journal can not be read or written
 *
 * What went wrong.
 *
 * Since: 1.0
 */
typedef enum /*< enum,prefix=MYRMEX_ERROR >*/
{
  MYRMEX_ERROR_FAILED,
  MYRMEX_ERROR_INVALID_ARGUMENT,
  MYRMEX_ERROR_INVALID_DEFINITION,
  MYRMEX_ERROR_CYCLE,
  MYRMEX_ERROR_UNKNOWN_DEPENDENCY,
  MYRMEX_ERROR_DUPLICATE,
  MYRMEX_ERROR_BUSY,
  MYRMEX_ERROR_TASK_FAILED,
  MYRMEX_ERROR_TIMED_OUT,
  MYRMEX_ERROR_CANCELLED,
  MYRMEX_ERROR_EXIT_STATUS,
  MYRMEX_ERROR_SIGNAL,
  MYRMEX_ERROR_SPAWN_FAILED,
  MYRMEX_ERROR_EXPRESSION,
  MYRMEX_ERROR_INVALID_VALUE,
  MYRMEX_ERROR_LIMIT,
  MYRMEX_ERROR_NOT_FOUND,
  MYRMEX_ERROR_NOT_SUPPORTED,
  MYRMEX_ERROR_INTERRUPTED,
  MYRMEX_ERROR_ACCESS_DENIED,
  MYRMEX_ERROR_JOURNAL,
} MyrmexError;

MYRMEX_AVAILABLE_IN_1_0
GQuark myrmex_error_quark (void);

G_END_DECLS
