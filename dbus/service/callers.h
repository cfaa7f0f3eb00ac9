/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who calls, by unique name: whether they may, and what they hold. All of it goes when the name does. */
typedef struct _Callers Callers;

typedef struct
{
  int         ref_count;
  Callers    *callers;       /* NULL: the name is gone, and nothing it holds is kept */
  char       *name;
  gboolean    is_checking;
  gboolean    is_admitted;
  GError     *refusal;
  GQueue      waiting;       /* for the check */

  guint       n_pending;     /* runs that it submitted and that have not ended */
  gsize       n_bytes;       /* of definitions that are being read */
  guint       n_asked;       /* questions that a thread is to answer */
  guint       n_waits;
  guint       n_subscriptions;
} Caller;

/* @refusal is %NULL where the caller may go on. */
typedef void (* CallerAdmitFunc) (Caller       *caller,
                                  const GError *refusal,
                                  gpointer      data);
typedef void (* CallerGoneFunc)  (Caller       *caller,
                                  gpointer      data);

Callers *callers_new      (GDBusConnection *connection,
                           CallerGoneFunc   gone,
                           gpointer         data);
void     callers_free     (Callers         *self);
/* Calls @func at once where the answer is known; @destroy, where there is none before @self goes. */
void     callers_admit    (Callers         *self,
                           const char      *name,
                           CallerAdmitFunc  func,
                           gpointer         data,
                           GDestroyNotify   destroy);
/* One that was known to an earlier service on the same bus, and may have gone meanwhile; a reference. */
Caller  *callers_restore  (Callers         *self,
                           const char      *name);
/* Those who wait for something of the service. */
gboolean callers_are_busy (Callers         *self);

Caller  *caller_ref       (Caller          *self);
void     caller_unref     (Caller          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Caller, caller_unref)

G_END_DECLS
