/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/myrmex-report-private.h"

G_BEGIN_DECLS

/* Where everything of a timeline is: a row for each task, or, of many tasks, as few lanes as they fit in. */

#define MYRMEX_TIMELINE_MAX_ROWS  (200)
#define MYRMEX_TIMELINE_MAX_LANES (400)
#define MYRMEX_TIMELINE_BUCKETS   (480)
#define MYRMEX_TIMELINE_MAX_TICKS (12)

typedef struct
{
  guint32  task;
  guint32  row;
  gint64   start;      /* µs from the start of the run */
  gint64   end;
  guint32  n_tasks;    /* more than one: too narrow to be seen apart */
  gboolean is_critical;
} MyrmexTimelineBar;

typedef struct
{
  gint64   span;       /* µs */
  gint64   step;       /* µs between two ticks */
  guint    n_rows;
  gboolean has_lanes;  /* the first lane is that of the critical path */
  GArray  *bars;       /* MyrmexTimelineBar; in rows, one each, also for those that never started */
  double   load[MYRMEX_TIMELINE_BUCKETS]; /* how many tasks were under way, on average */
} MyrmexTimeline;

void  myrmex_timeline_init     (MyrmexTimeline       *self,
                                const MyrmexReport   *report,
                                double                pixels);
void  myrmex_timeline_clear    (MyrmexTimeline       *self);
char *myrmex_timeline_dup_tick (const MyrmexTimeline *self,
                                gint64                at);

G_END_DECLS
