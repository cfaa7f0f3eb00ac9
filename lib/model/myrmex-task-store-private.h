/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The memory of a workflow's tasks and their names: blocks that only grow, freed together when the workflow
 * and the last task are gone. A million tasks cost a few page faults in large pages instead of a million
 * calls of malloc. Allocation belongs to the thread that builds the workflow; references may be dropped
 * anywhere. */
typedef struct _MyrmexTaskStore MyrmexTaskStore;

MyrmexTaskStore *myrmex_task_store_new    (void);
MyrmexTaskStore *myrmex_task_store_ref    (MyrmexTaskStore *self);
void             myrmex_task_store_unref  (MyrmexTaskStore *self);
gpointer         myrmex_task_store_alloc  (MyrmexTaskStore *self,
                                           gsize            size);
const char      *myrmex_task_store_strdup (gpointer         self,
                                           const char      *text,
                                           gsize            length);

G_END_DECLS
