/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "hosted-run.h"
#include "journal/myrmex-journal-durable-private.h"
#include "journal/myrmex-journal-query-private.h"

G_BEGIN_DECLS

/* The service: a runner, its runs on the bus, and those who call. */
typedef struct _Service Service;

typedef void (* ServiceFunc) (Service *self,
                              gpointer data);

struct _Service
{
  GDBusConnection *connection;
  MyrmexRunner    *runner;
  MyrmexJournal   *journal;
  char            *logs;         /* folder of the folders of logs */
  char            *owner;        /* of the runs: the user */
  MyrmexConfig    *config;
  Callers         *callers;

  GPtrArray       *runs;         /* HostedRun, owned, by when they were submitted */
  GHashTable      *by_id;        /* id or token → HostedRun */
  GHashTable      *submissions;  /* those under way, as a set */
  guint            n_active;     /* runs that have not ended */
  GQueue           ended;        /* of those in memory that have ended, the one used last at the end */
  guint            n_ended_tasks;
  GHashTable      *hosting;      /* id or token → those who wait until the run is in memory */
  guint            n_busy;       /* questions to the journal without an answer */
  GQueue           early;        /* of Call: those that came before it was ready */
  gboolean         is_ready;     /* the journal is open, and the runs in it go on */
  gboolean         is_recovering;
  int              is_closing;   /* atomic: nothing is accepted any more */
  gboolean         is_over;      /* nothing is even looked at any more */
  guint            n_leaving;    /* runs that were let go, and have not ended */

  guint            registration_ids[2];
  guint            subtree_id;
  guint            told_active;
  guint            active_id;    /* timer */
  guint            idle_id;
  guint            retention_id;
  gint64           retention_took; /* the last time, in microseconds */
  guint            idle_timeout; /* ms; 0: never */
  ServiceFunc      left;         /* all that it had is let go */
  ServiceFunc      idle;
  gpointer         data;
};

/* One call of a method. Its handler answers the invocation, at once or later. */
typedef struct
{
  Service               *service;
  HostedRun             *run;        /* NULL: the manager's */
  Caller                *caller;
  GDBusMethodInvocation *invocation;
  GVariant              *parameters; /* of the invocation */
} Call;

typedef void (* CallFunc) (const Call *call);

typedef struct
{
  const char *name;
  CallFunc    func;
  gboolean    needs_run;   /* its row will not do */
} Method;

extern const Method manager_methods[];
extern const Method run_methods[];

Service   *service_new          (GDBusConnection  *connection,
                                 MyrmexConfig     *config,
                                 MyrmexJournal    *journal,
                                 guint             idle_timeout,
                                 ServiceFunc       left,
                                 ServiceFunc       idle,
                                 gpointer          data,
                                 GError          **error);
void       service_free         (Service          *self);
void       service_set_config   (Service          *self,
                                 MyrmexConfig     *config);
/* Calls that came before are answered now. */
void       service_set_ready    (Service          *self);
gboolean   service_is_idle      (Service          *self);
/* Something happened: the time until it is idle for long begins again. */
void       service_touch        (Service          *self);
/* Accepts nothing any more and lets its runs go, which stay in the journal as they are; again, by force. */
void       service_close        (Service          *self);
/* No call is looked at from here on, so that nothing is under way when it is freed. */
void       service_end          (Service          *self);
/* Something that it waited for to leave is done. */
void       service_check_left   (Service          *self);

void       service_add_run      (Service          *self,
                                 HostedRun        *run);
void       service_drop_run     (Service          *self,
                                 HostedRun        *run);
HostedRun *service_find_run     (Service          *self,
                                 const char       *id);
/* For hosted_run_new(). */
void       service_run_ended    (HostedRun        *run,
                                 gpointer          data);
void       service_fail         (const Call       *call,
                                 GError           *error);

/* submission.c */
typedef enum
{
  SUBMISSION_TEXT,
  SUBMISSION_FILE,
  SUBMISSION_NAMED,
  SUBMISSION_RETRY,
} SubmissionKind;

void       submission_begin     (const Call       *call,
                                 SubmissionKind    kind,
                                 const char       *text,    /* or the name, or the id of a run */
                                 int               fd,      /* taken over */
                                 GVariant         *options);

/* hosting.c: @func is called at once where the run is in memory, which it is as long as that takes. */
typedef void (* HostingFunc) (HostedRun    *run,     /* NULL: @error says why */
                              const GError *error,
                              gpointer      data);

void       hosting_find         (Service          *self,
                                 const char       *id,
                                 HostingFunc       func,
                                 gpointer          data);
void       hosting_ended        (Service          *self,
                                 HostedRun        *run);
void       hosting_dropped      (Service          *self,
                                 HostedRun        *run);

/* lookup.c */
void       lookup_list          (const Call             *call,
                                 MyrmexJournalListQuery *query);   /* taken over */
void       lookup_find          (const Call             *call,
                                 const char             *text,
                                 gboolean                for_people);

/* removal.c */
void       removal_delete       (const Call       *call,
                                 const char       *id);
void       removal_prune        (const Call       *call,
                                 guint             statuses,
                                 gint64            before,
                                 guint             keep);
void       removal_retain       (Service          *self);
void       removal_sweep        (Service          *self,
                                 char            **names);

/* recovery.c: the runs of an earlier service go on, and then @done is called. */
void       recovery_begin       (Service          *self,
                                 ServiceFunc       done,
                                 gpointer          data);

/* retry.c */
void       retry_failed         (const Call       *call);

/* inquiry.c */
void       inquiry_validate     (const Call       *call,
                                 const char       *text,
                                 GVariant         *options);
void       inquiry_list_workflows (const Call     *call);
void       inquiry_report       (const Call       *call,
                                 const char       *format);

G_END_DECLS
