/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "exit-status.h"

G_BEGIN_DECLS

/* One run from its start to its end, told on standard output, with Ctrl-C and its like seen to. */
typedef struct
{
  MyrmexWorkflow *workflow;
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

ExitStatus session_run (const SessionOptions *options);

G_END_DECLS
