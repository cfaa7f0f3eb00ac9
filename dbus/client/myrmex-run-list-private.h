/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/myrmex-run-list.h"

G_BEGIN_DECLS

/* Nobody but the two files of the list looks inside. All on the main context that it was made on. */
struct _MyrmexRunList
{
  GObject              parent_instance;

  MyrmexServiceRunner *runner;
  GVariant            *filter;       /* nullable; a{sv} */
  guint                statuses;     /* bits of what the filter lets through */
  gboolean             is_selective; /* by something that changes */

  GSequence           *items;        /* MyrmexRunInfo, the newest first */
  GHashTable          *by_id;        /* id → GSequenceIter */
  GHashTable          *by_path;      /* path → GSequenceIter */
  GHashTable          *unseen;       /* ids of those that the service has not told of again, as a set */
  GError              *error;
  gboolean             is_loading;

  /* -load.c */
  GDBusConnection     *connection;
  char                *owner;        /* nullable; the unique name of the service */
  guint                owner_id;     /* signal subscriptions */
  guint                ids[3];
  GCancellable        *cancellable;  /* of what belongs to this owner */
  guint                offset;       /* how many of the service's list are known, from its begin */
  guint                n_added;      /* while an answer is waited for */
  guint                n_removed;
  GQueue               lookups;      /* paths, owned */
  guint                n_lookups;    /* under way */
};

/* What the service tells: of a run, of a page of them, and what is new of one. */
void     myrmex_run_list_take         (MyrmexRunList *self,
                                       GVariant      *told,
                                       const char    *path);
void     myrmex_run_list_take_page    (MyrmexRunList *self,
                                       GVariant      *page);
void     myrmex_run_list_change       (MyrmexRunList *self,
                                       const char    *path,
                                       GVariant      *changed);
void     myrmex_run_list_forget       (MyrmexRunList *self,
                                       const char    *path);
void     myrmex_run_list_forget_unseen (MyrmexRunList *self);
gboolean myrmex_run_list_is_status_shown (MyrmexRunList *self,
                                       GVariant      *changed);
gboolean myrmex_run_list_has_active   (MyrmexRunList *self);
void     myrmex_run_list_set_state    (MyrmexRunList *self,
                                       gboolean       is_loading,
                                       GError        *error);

/* -load.c */
void     myrmex_run_list_connect      (MyrmexRunList *self);
void     myrmex_run_list_disconnect   (MyrmexRunList *self);
void     myrmex_run_list_load         (MyrmexRunList *self);

G_END_DECLS
