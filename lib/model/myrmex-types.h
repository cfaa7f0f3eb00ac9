/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include <gio/gio.h>

#include "base/myrmex-enums.h"
#include "base/myrmex-error.h"
#include "base/myrmex-version-macros.h"

G_BEGIN_DECLS

typedef struct _MyrmexRetryPolicy MyrmexRetryPolicy;
typedef struct _MyrmexTask        MyrmexTask;
typedef struct _MyrmexTaskContext MyrmexTaskContext;
typedef struct _MyrmexTaskResult  MyrmexTaskResult;

/**
 * MyrmexTaskFunc:
 * @context: (not nullable): what the attempt may know and do
 * @user_data: the data given with the function
 * @error: return location for an error
 *
 * The action of a `function` task: does the work and returns its value.
 *
 * It runs in a worker thread, or on the main context of the run, as the task's affinity says. It should
 * look at [method@Myrmex.TaskContext.get_cancellable] now and then; once the attempt was interrupted, a late
 * answer is dropped.
 *
 * Returns: (transfer full) (nullable): the value; a floating reference is taken over. %NULL is the null
 *   value, or a failure where @error is set
 *
 * Since: 1.0
 */
typedef GVariant *(* MyrmexTaskFunc) (MyrmexTaskContext  *context,
                                      gpointer            user_data,
                                      GError            **error);

/**
 * MyrmexTaskAsyncFunc:
 * @context: (not nullable): what the attempt may know and do
 * @user_data: the data given with the function
 *
 * The action of an asynchronous task: begins the work and returns at once.
 *
 * The answer is given, now or later and from any thread, by exactly one of
 * [method@Myrmex.TaskContext.return_value], [method@Myrmex.TaskContext.return_error] and
 * [method@Myrmex.TaskContext.return_failure]. Keep a reference to @context until then.
 *
 * Since: 1.0
 */
typedef void (* MyrmexTaskAsyncFunc) (MyrmexTaskContext *context,
                                      gpointer           user_data);

/**
 * MyrmexConditionFunc:
 * @context: (not nullable): the results of the direct dependencies, and the parameters
 * @user_data: the data given with the function
 * @error: return location for an error
 *
 * Decides whether a task whose trigger rule is met runs. Where it sets @error the task fails; it is never
 * skipped silently.
 *
 * Returns: whether the task runs; otherwise it is skipped
 *
 * Since: 1.0
 */
typedef gboolean (* MyrmexConditionFunc) (MyrmexTaskContext  *context,
                                          gpointer            user_data,
                                          GError            **error);

/**
 * MyrmexTransformFunc:
 * @context: (not nullable): the results of the direct dependencies, and the parameters
 * @value: (nullable): the value that the action gave
 * @user_data: the data given with the function
 * @error: return location for an error
 *
 * Makes the value of the result out of the value that the action gave. Where it sets @error the attempt
 * fails.
 *
 * Returns: (transfer full) (nullable): the value; a floating reference is taken over
 *
 * Since: 1.0
 */
typedef GVariant *(* MyrmexTransformFunc) (MyrmexTaskContext  *context,
                                           GVariant           *value,
                                           gpointer            user_data,
                                           GError            **error);

G_END_DECLS
