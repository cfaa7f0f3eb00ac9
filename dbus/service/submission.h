/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/* A submission from its call to its answer; for its own files. */
typedef struct
{
  Service               *service;
  Caller                *caller;
  GDBusMethodInvocation *invocation;
  GPtrArray             *followers;   /* Submission, of the same key meanwhile, in their order */
  gboolean               is_waiting;  /* it is one of these */
  GVariant              *options;
  gint64                 received;    /* µs since 1970 */
  SubmissionKind         kind;
  char                  *text;        /* of the definition, the name, or an id; of a file once it is read */
  gsize                  length;
  int                    fd;
  gsize                  n_bytes;
  char                  *digest;      /* of one with a key, once it is read */
  const char            *key;         /* nullable; these three in the options */
  const char            *token;
  const char            *name;
  gboolean               has_logs;    /* a folder that the caller chose */
  GVariant              *runner_options;
  double                 timeout;     /* of runs whose workflow has none */
  MyrmexDurableRun      *run;         /* once it is prepared */
  GError                *error;       /* of writing it */
} Submission;

/* For a task whose data it is. Returns the path of the run that it is already, or nothing. */
void  submission_prepare_thread  (GTask         *task,
                                  gpointer       source,
                                  gpointer       data,
                                  GCancellable  *cancellable);
void  submission_set_token_error (Submission    *self,
                                  GError       **error);

G_END_DECLS
