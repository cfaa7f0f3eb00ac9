/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "model/myrmex-task-context-private.h"

G_BEGIN_DECLS

/* The threads of a runner, and the bound on what runs at once over all its runs.
 *
 * A slot is the right to have one attempt running. A worker takes a slot before it takes work; where the work
 * goes on without the worker (a command), the slot goes with it and comes back by
 * myrmex_worker_pool_release_slot().
 *
 * A source of work is an execution: it is offered when it has something to start, once at a time, and a worker
 * that takes it works on it as long as there is something and nobody else waits. Those of a higher priority are taken
 * first, and those of the same in turn. */
typedef struct _MyrmexWorkerPool MyrmexWorkerPool;
typedef struct _MyrmexWorker     MyrmexWorker;

typedef struct
{
  gpointer (* ref)     (gpointer      source);
  void     (* unref)   (gpointer      source);
  /* Works on the source with the slot of the worker, which it may hand on: holds_slot tells. */
  void     (* work)    (gpointer      source,
                        MyrmexWorker *worker);
  /* The thread is about to end in the middle of a function of the source. */
  void     (* forsake) (gpointer      source,
                        MyrmexWorker *worker);
} MyrmexWorkSourceFuncs;

struct _MyrmexWorker
{
  MyrmexWorkerPool  *pool;
  MyrmexTaskContext *context;   /* reused from attempt to attempt; of the source that is worked on */
  gpointer           source;    /* while in work() */
  MyrmexTaskContext *in_call;   /* for which something of a user is called in this thread */
  GVariant          *held;      /* by that call: let go if the thread ends in it */
  gboolean           is_stuck;  /* its function was given up; set under the locks of the source and of the pool */
  gboolean           holds_slot;
};

MyrmexWorkerPool *myrmex_worker_pool_new          (const MyrmexWorkSourceFuncs *funcs,
                                                   guint                        n_slots);
MyrmexWorkerPool *myrmex_worker_pool_ref          (MyrmexWorkerPool            *self);
void              myrmex_worker_pool_unref        (MyrmexWorkerPool            *self);
void              myrmex_worker_pool_close        (MyrmexWorkerPool            *self);

MyrmexWorker     *myrmex_worker_pool_get_worker   (void);
void              myrmex_worker_pool_offer        (MyrmexWorkerPool            *self,
                                                   gpointer                     source,
                                                   int                          priority,
                                                   int                         *is_offered);
gboolean          myrmex_worker_pool_try_slot     (MyrmexWorkerPool            *self);
void              myrmex_worker_pool_release_slot (MyrmexWorkerPool            *self);
void              myrmex_worker_pool_stuck        (MyrmexWorkerPool            *self,
                                                   MyrmexWorker                *worker);
gboolean          myrmex_worker_pool_unstuck      (MyrmexWorkerPool            *self,
                                                   MyrmexWorker                *worker);
gboolean          myrmex_worker_pool_has_waiting  (MyrmexWorkerPool            *self,
                                                   int                          priority,
                                                   const int                   *is_offered);
gboolean          myrmex_worker_pool_has_urgent   (MyrmexWorkerPool            *self,
                                                   int                          priority);

G_END_DECLS
