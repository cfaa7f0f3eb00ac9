/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"
#include "service.h"

G_BEGIN_DECLS

/* One run from its start to its end, told on standard output, with Ctrl-C and its like seen to. */
typedef struct
{
  MyrmexWorkflow *workflow;      /* of a run that is to be started */
  GVariant       *parameters;    /* checked already */
  const char     *log_directory; /* nullable */
  char          **reports;       /* nullable: files, whose names tell their formats */
  double          timeout;       /* seconds, where the workflow says nothing; 0: none */
  double          grace;         /* seconds, where a task says nothing */
  guint           jobs;          /* 0: as many as there are processors */
  gboolean        json;
  gboolean        quiet;
  gboolean        lines;         /* also on a terminal */
  gboolean        colour;
} SessionOptions;

/* How much of what was before is told of a run that is watched. */
typedef enum
{
  SESSION_FROM_NOW,   /* what runs, and what failed */
  SESSION_FROM_BEGIN,
} SessionFrom;

void       session_add_options    (const SessionOptions *options,
                                   GVariantDict         *run_options);
ExitStatus session_run            (const SessionOptions *options);
ExitStatus session_run_by_service (const SessionOptions *options,
                                   Service              *service,
                                   GVariant             *run_options);
ExitStatus session_watch          (const SessionOptions *options,
                                   Service              *service,
                                   const char           *run,
                                   SessionFrom           from);

G_END_DECLS
