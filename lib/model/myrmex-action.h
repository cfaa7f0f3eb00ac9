/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(MYRMEX_INSIDE) && !defined(MYRMEX_COMPILATION)
#error "Only <myrmex.h> can be included directly."
#endif

#include "model/myrmex-types.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_ACTION (myrmex_action_get_type ())

MYRMEX_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (MyrmexAction, myrmex_action, MYRMEX, ACTION, GObject)

/**
 * MyrmexActionClass:
 * @parent_class: the parent class
 * @prepare: checks [property@Myrmex.Action:spec] before anything runs; templates in it are not filled yet.
 *   Returns whether it is good, with an error that says what is wrong and what would be right. The default
 *   takes everything
 * @start: begins an attempt and returns without blocking. [method@Myrmex.TaskContext.get_input] has the spec
 *   with its templates filled. Answers now or later by one of the `return` methods of the context, and stops
 *   early when [method@Myrmex.TaskContext.get_cancellable] fires. Called on the main context of the run, or
 *   in a worker thread, as [property@Myrmex.Action:affinity] says
 *
 * How a task does its work.
 *
 * Since: 1.0
 */
struct _MyrmexActionClass
{
  GObjectClass parent_class;

  gboolean (* prepare) (MyrmexAction       *self,
                        GError            **error);
  void     (* start)   (MyrmexAction       *self,
                        MyrmexTaskContext  *context);

  /*< private >*/
  gboolean is_stoppable; /* interrupted, it takes down what it started and then answers */

  gpointer padding[8];
};

MYRMEX_AVAILABLE_IN_1_0
const char     *myrmex_action_get_type_name (MyrmexAction       *self);
MYRMEX_AVAILABLE_IN_1_0
GVariant       *myrmex_action_get_spec      (MyrmexAction       *self);
MYRMEX_AVAILABLE_IN_1_0
MyrmexAffinity  myrmex_action_get_affinity  (MyrmexAction       *self);
MYRMEX_AVAILABLE_IN_1_0
gboolean        myrmex_action_prepare       (MyrmexAction       *self,
                                             GError            **error);
MYRMEX_AVAILABLE_IN_1_0
void            myrmex_action_start         (MyrmexAction       *self,
                                             MyrmexTaskContext  *context);

G_END_DECLS
