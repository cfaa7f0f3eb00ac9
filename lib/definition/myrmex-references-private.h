/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/myrmex-workflow-private.h"

G_BEGIN_DECLS

/* Whether what the expressions of a workflow look at is there. Costs O(1) a reference, and what it takes to know
 * the dependencies of a task when the first reference of that task is asked about; so ask task by task. */
typedef struct
{
  MyrmexWorkflow *workflow;
  guint           guesses_left;   /* candidates that may still be looked at to find the nearest name */
  GHashTable     *parameters;     /* nullable: the names that are declared */
  guint32         task;           /* the task that @dependencies is about */
  GHashTable     *dependencies;   /* nullable: atoms */
} MyrmexReferences;

void  myrmex_references_init  (MyrmexReferences *self,
                               MyrmexWorkflow   *workflow);
void  myrmex_references_clear (MyrmexReferences *self);
char *myrmex_references_check (MyrmexReferences *self,
                               guint32           task,
                               gboolean          in_transform,
                               const char       *context,
                               const char       *key) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
