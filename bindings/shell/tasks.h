/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "event.h"
#include "frame.h"

G_BEGIN_DECLS

/* The tasks of a run that are under way: that run, or wait for their next attempt; oldest first. */
typedef struct _Tasks Tasks;

Tasks  *tasks_new           (void);
void    tasks_free          (Tasks       *tasks);
void    tasks_update        (Tasks       *tasks,
                             const Event *event,
                             gint64       now);
guint   tasks_get_count     (Tasks       *tasks);
guint   tasks_count_running (Tasks       *tasks);
double  tasks_sum_fractions (Tasks       *tasks,
                             gint64       now);
GArray *tasks_list          (Tasks       *tasks,
                             guint        max,
                             gint64       now) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
