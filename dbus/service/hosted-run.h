/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <myrmex.h>

#include "callers.h"
#include "describe.h"

G_BEGIN_DECLS

/* A run as an object on the bus. */
typedef struct _HostedRun HostedRun;

typedef void (* HostedRunFunc) (HostedRun *run,
                                gpointer   data);

struct _HostedRun
{
  int              ref_count;
  GDBusConnection *connection;
  MyrmexRun       *run;         /* NULL: there is nothing to it but its row, and an error */
  MyrmexJournalRun *row;        /* as it was submitted; of a run that there is, how it stands is not kept up to date */
  GError          *error;       /* why it can not be had */
  char            *path;
  Caller          *submitter;   /* NULL: it is gone */
  gboolean         has_ended;   /* and everybody has been told */
  HostedRunFunc    ended;
  gpointer         data;
  GList           *link;        /* of the service, once it has ended */

  /* Properties: what was told last, when, and what is to be told next */
  GHashTable      *told;        /* name → GVariant */
  gint64           last_told;
  guint            timer_id;

  /* Those who follow it */
  GPtrArray       *subscribers;
  gulong           progress_id; /* of the handler, blocked while there are none */
  GPtrArray       *batch;       /* of GVariant (ssa{sv}) */
  guint            flush_id;
  GPtrArray       *waits;
};

HostedRun *hosted_run_new         (GDBusConnection       *connection,
                                   MyrmexRun             *run,
                                   const MyrmexJournalRun *row,
                                   Caller                *submitter,
                                   HostedRunFunc          ended,
                                   gpointer               data);
HostedRun *hosted_run_ref         (HostedRun             *self);
void       hosted_run_unref       (HostedRun             *self);
char      *hosted_run_dup_path    (const MyrmexJournalRun *row);
/* Nobody is told anything any more, and nobody waits for it. */
void       hosted_run_close       (HostedRun             *self);
Described  hosted_run_describe    (HostedRun             *self);
void       hosted_run_subscribe   (HostedRun             *self,
                                   Caller                *caller,
                                   gboolean               batched);
void       hosted_run_unsubscribe (HostedRun             *self,
                                   Caller                *caller);
void       hosted_run_wait        (HostedRun             *self,
                                   Caller                *caller,
                                   GDBusMethodInvocation *invocation);
/* The caller has gone. */
void       hosted_run_forget      (HostedRun             *self,
                                   Caller                *caller);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostedRun, hosted_run_unref)

G_END_DECLS
