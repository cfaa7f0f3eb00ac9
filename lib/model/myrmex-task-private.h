/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-name-table-private.h"
#include "model/myrmex-task-store-private.h"
#include "model/myrmex-task.h"

G_BEGIN_DECLS

#define MYRMEX_TASK_INLINE_DEPENDENCIES 2

/* Not in a public header, where C99 would see it twice. */
typedef struct _MyrmexWorkflow MyrmexWorkflow;

typedef enum
{
  MYRMEX_TASK_KIND_NOOP,
  MYRMEX_TASK_KIND_FUNCTION,
  MYRMEX_TASK_KIND_ASYNC,
  MYRMEX_TASK_KIND_ACTION,
} MyrmexTaskKind;

/* A function of a language with its data. */
typedef struct
{
  gpointer       func;
  gpointer       data;
  GDestroyNotify destroy;
} MyrmexTaskClosure;

/* What most tasks of a large graph do without. */
typedef struct
{
  double              timeout;
  MyrmexRetryPolicy  *retry_policy;
  char               *condition;
  char               *transform;
  char               *description;
  MyrmexTaskClosure   condition_func;
  MyrmexTaskClosure   transform_func;
  char              **tags;
  GVariant           *metadata;
  GPtrArray          *dependency_names; /* of a task that belongs to no workflow */
  GPtrArray          *problems;         /* of GError: what was set wrongly */
} MyrmexTaskExtras;

/* A boxed type and not an object, since workflows of a million tasks are to cost less than half a
 * microsecond a task, and making and dropping an object alone costs two thirds of that. */
struct _MyrmexTask
{
  gatomicrefcount   ref_count;
  guint32           n_dependencies;
  MyrmexTaskStore  *store;       /* where this lives; NULL: on the heap */
  MyrmexWorkflow   *workflow;    /* not owned; NULL when it is gone or not there yet */
  const char       *name;        /* in the store, or owned */
  union
  {
    MyrmexTaskClosure  closure;
    MyrmexAction      *action;
  };
  MyrmexTaskExtras *extras;
  union
  {
    guint32         few[MYRMEX_TASK_INLINE_DEPENDENCIES];
    guint32        *many;
  } dependencies;                /* atoms of the workflow */
  gint32            priority;
  guint8            kind;
  guint8            trigger_rule;
  guint8            affinity;
  guint8            holds_store; /* the workflow is gone, and did until then */
};

MyrmexTask       *myrmex_task_new_in_store         (MyrmexTaskStore  *store,
                                                    const char       *name);
void              myrmex_task_set_closure          (MyrmexTask       *self,
                                                    MyrmexTaskKind    kind,
                                                    gpointer          func,
                                                    gpointer          data,
                                                    GDestroyNotify    destroy);
void              myrmex_task_attach               (MyrmexTask       *self,
                                                    MyrmexWorkflow   *workflow);
void              myrmex_task_detach               (MyrmexTask       *self);
void              myrmex_task_closure_clear        (MyrmexTaskClosure *closure);
void              myrmex_task_closure_set          (MyrmexTaskClosure *closure,
                                                    gpointer          func,
                                                    gpointer          data,
                                                    GDestroyNotify    destroy);
MyrmexTaskExtras *myrmex_task_ensure_extras        (MyrmexTask       *self);
gboolean          myrmex_task_may_change           (MyrmexTask       *self,
                                                    const char       *what);
void              myrmex_task_add_problem          (MyrmexTask       *self,
                                                    GError           *problem);

static inline const guint32 *
myrmex_task_get_atoms (const MyrmexTask *self)
{
  return self->n_dependencies <= MYRMEX_TASK_INLINE_DEPENDENCIES ? self->dependencies.few
                                                                 : self->dependencies.many;
}

G_END_DECLS
