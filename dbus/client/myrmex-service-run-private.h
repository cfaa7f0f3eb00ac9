/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/myrmex-run-private.h"

G_BEGIN_DECLS

#define MYRMEX_TYPE_SERVICE_RUN (myrmex_service_run_get_type ())
G_DECLARE_FINAL_TYPE (MyrmexServiceRun, myrmex_service_run, MYRMEX, SERVICE_RUN, MyrmexRun)

/* What somebody last wanted of a run, as long as the service has not told that it is so. */
typedef enum
{
  MYRMEX_SERVICE_WISH_NONE,
  MYRMEX_SERVICE_WISH_PAUSE,
  MYRMEX_SERVICE_WISH_RESUME,
} MyrmexServiceWish;

/* In several files; nobody else looks inside. What the lock is for may be read from any thread, and is written on the
 * main context of the run alone, but for the status, which the caller of pause and resume sets ahead. */
struct _MyrmexServiceRun
{
  MyrmexRun         parent_instance;

  GDBusConnection  *connection;
  GMainContext     *context;
  GThread          *thread;
  MyrmexWorkflow   *workflow;      /* nullable; frozen as long as the run has not ended */
  char             *id;
  char             *name;
  char             *retried_from;  /* nullable; an id */
  char             *token;         /* nullable; what the service finds it by before its id is known */

  GMutex            lock;
  GCond             ended_cond;
  char             *owner;         /* the unique name of the service; under the lock, as is the path */
  char             *path;
  MyrmexRunStatus   status;
  MyrmexReason      reason;
  gint64            started;       /* µs since 1970 */
  gint64            finished;
  gint64            elapsed;       /* µs, once it has ended */
  gboolean          has_ended;
  guint             n_tasks;
  char            **names;
  GHashTable       *indices;       /* name → index */
  MyrmexTaskResult **results;
  guint             counts[MYRMEX_TASK_STATUS_CANCELLED + 1];
  MyrmexServiceWish wish;          /* a service that goes away may take it along: the next one is told again */
  guint             n_cancels;

  /* Of the main context */
  GQueue            changes;       /* GVariant (ssa{sv}) that have not been told */
  gboolean          is_from_begin; /* what was told of it is all there is, though its tasks are not known yet */
  gboolean          is_new;        /* nobody can have connected to it */
  gboolean          is_fetching;   /* what the first of them needs, or all of them */
  guint             changes_id;    /* signal subscriptions */
  guint             owner_id;
  GCancellable     *cancellable;   /* of the calls that belong to this owner */
  GSource          *timer;         /* nullable; the next thing to do without being called */
  gboolean          told_started;
  gboolean          told_paused;
  gboolean          was_caught_up; /* so what is heard may have been told */
  gint64            lost;          /* when the service went away, monotonic; 0: it is there */
  gboolean          is_held;       /* it holds itself until it has been told to its end */
};

MyrmexServiceRun *myrmex_service_run_new     (GDBusConnection  *connection,
                                              MyrmexWorkflow   *workflow,
                                              const char       *path);
void              myrmex_service_run_accept  (MyrmexServiceRun *self,
                                              const char       *id,
                                              const char       *owner,
                                              gboolean          paused);
void              myrmex_service_run_wish_again (MyrmexServiceRun *self,
                                              GVariant         *properties);
void              myrmex_service_run_set_tasks (MyrmexServiceRun *self,
                                              char            **names);

/* -open.c */
gboolean          myrmex_service_run_open    (MyrmexServiceRun *self,
                                              const char       *owner,
                                              gboolean          paused,
                                              GError          **error);
void              myrmex_service_run_open_async (MyrmexServiceRun *self,
                                              const char       *owner,
                                              gboolean          paused,
                                              GAsyncReadyCallback callback,
                                              gpointer          user_data);
gboolean          myrmex_service_run_open_finish (MyrmexServiceRun *self,
                                              GAsyncResult     *result,
                                              GError          **error);

/* -tell.c */
void              myrmex_service_run_change  (MyrmexServiceRun *self,
                                              GVariant         *change);
void              myrmex_service_run_tell    (MyrmexServiceRun *self);
void              myrmex_service_run_tell_later (MyrmexServiceRun *self);
void              myrmex_service_run_merge   (MyrmexServiceRun *self,
                                              const char       *task,
                                              const char       *status,
                                              GVariant         *details,
                                              gboolean          quietly);
void              myrmex_service_run_end     (MyrmexServiceRun *self,
                                              const char       *status,
                                              GVariant         *details);
void              myrmex_service_run_interrupt (MyrmexServiceRun *self,
                                              const char       *why);
void              myrmex_service_run_catch_up_run (MyrmexServiceRun *self,
                                              GVariant         *properties,
                                              MyrmexRunStatus   status);

/* -catch-up.c */
void              myrmex_service_run_catch_up (MyrmexServiceRun *self,
                                              GVariant         *properties,
                                              GPtrArray        *results,
                                              gboolean          is_new);

void              myrmex_service_run_take_kept (MyrmexServiceRun *self,
                                              GPtrArray        *results);

/* -follow.c */
void              myrmex_service_run_move    (MyrmexServiceRun *self,
                                              const char       *path);
void              myrmex_service_run_listen  (MyrmexServiceRun *self);
void              myrmex_service_run_unlisten (MyrmexServiceRun *self);
void              myrmex_service_run_watch   (MyrmexServiceRun *self);
void              myrmex_service_run_lost    (MyrmexServiceRun *self);
gboolean          myrmex_service_run_follow  (MyrmexServiceRun *self,
                                              GError          **error);
void              myrmex_service_run_follow_again (MyrmexServiceRun *self);
void              myrmex_service_run_follow_async (MyrmexServiceRun *self,
                                              GAsyncReadyCallback callback,
                                              gpointer          user_data);
gboolean          myrmex_service_run_follow_finish (MyrmexServiceRun *self,
                                              GAsyncResult     *result,
                                              GError          **error);

G_END_DECLS
