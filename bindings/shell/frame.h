/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "line.h"

G_BEGIN_DECLS

/* What a terminal shows below the lines that stay, while a run goes on: a line for each task that is under way,
 * and a bar with counts. A pure function of what there is to show and of the room for it.
 *
 * All texts are escaped already and borrowed. */
typedef struct
{
  const char *name;
  const char *message;  /* nullable: what the task says, or why its last attempt failed */
  double      elapsed;  /* seconds of this attempt */
  double      fraction; /* 0 to 1, or below 0: not known */
  double      delay;    /* seconds until the next attempt, FRAME_NOT_KNOWN, or below 0: an attempt is running */
  guint       attempt;
} FrameTask;

#define FRAME_NOT_KNOWN (G_MAXDOUBLE)

typedef struct
{
  const FrameTask *tasks;       /* that are under way; as many as fit are shown, from the first */
  guint            n_tasks;     /* at least frame_count_fitting() of them, or all */
  guint            n_more;      /* under way, too, and not in @tasks */
  int              name_width;  /* columns that names would like to have */
  guint            total;
  guint            completed;
  guint            failed;
  guint            passed_over; /* skipped or cancelled */
  guint            running;
  double           elapsed;     /* seconds of the run */
  double           left;        /* seconds that it still takes, or below 0: not known */
  gboolean         stopping;
  gboolean         paused;      /* nothing new starts */
} Frame;

guint  frame_count_fitting (int          height);
char **frame_layout        (const Frame *frame,
                            const Look  *look,
                            int          width,
                            int          height) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
