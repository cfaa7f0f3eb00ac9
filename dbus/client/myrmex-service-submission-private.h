/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/myrmex-service-run-private.h"

G_BEGIN_DECLS

/* What is handed to the service, and the run that listens for what becomes of it. */
typedef struct
{
  MyrmexServiceRun *run;
  gboolean          paused;
  gboolean          is_found_again; /* the service that accepted it has gone */
} MyrmexServiceSubmission;

void          myrmex_service_submission_clear (MyrmexServiceSubmission  *self);
void          myrmex_service_submission_free  (gpointer                  self);

/* The call that submits; it has no answer yet. */
GDBusMessage *myrmex_service_submission_begin (MyrmexServiceSubmission  *self,
                                               GDBusConnection          *connection,
                                               MyrmexWorkflow           *workflow,
                                               GVariant                 *options,
                                               GError                  **error);
/* The same for a workflow that the service finds by its name. */
GDBusMessage *myrmex_service_submission_begin_named (MyrmexServiceSubmission  *self,
                                               GDBusConnection          *connection,
                                               const char               *name,
                                               GVariant                 *options,
                                               GError                  **error);
/* The same for a run that retries another one of the service. */
GDBusMessage *myrmex_service_submission_begin_retry (MyrmexServiceSubmission  *self,
                                               GDBusConnection          *connection,
                                               MyrmexServiceRun         *earlier,
                                               GVariant                 *options,
                                               GError                  **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MyrmexServiceSubmission, myrmex_service_submission_clear)

G_END_DECLS
