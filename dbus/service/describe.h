/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "journal/myrmex-journal-record-private.h"

G_BEGIN_DECLS

/* What the bus is told of runs and tasks. All of it is floating. */

/* A run of the library, and what the journal has of it. */
typedef struct
{
  MyrmexRun              *run;   /* NULL: nothing else is known */
  const MyrmexJournalRun *row;
} Described;

GVariant *describe_run        (const Described *run);
GVariant *describe_property   (const Described *run,
                               const char      *name);
GVariant *describe_end        (const Described *run);
MyrmexRunStatus describe_status (const Described *run);
GVariant *describe_task       (MyrmexRun       *run,
                               const char      *task,
                               gboolean         with_value);
GVariant *describe_result     (MyrmexRun       *run,
                               const char      *task,
                               MyrmexTaskResult *result,
                               gboolean         with_value);
/* A change as the signal “progress” tells it, with what a client needs beyond that. */
GVariant *describe_change     (MyrmexRun       *run,
                               const char      *task,
                               const char      *status,
                               GVariant        *details);
gboolean  describe_is_of_run  (GVariant        *details);

extern const char * const describe_run_statuses[];
extern const char * const describe_task_statuses[];

G_END_DECLS
