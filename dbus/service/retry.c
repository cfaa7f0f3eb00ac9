/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Running again what failed: a submission like any other, of a workflow that the journal has. */

#include "service.h"

#include "engine/myrmex-run-private.h"

void
retry_failed (const Call *call)
{
  const Described described = hosted_run_describe (call->run);
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;

  g_variant_get (call->parameters, "(@a{sv})", &options);
  /* What is told of it and what is on the disk is all there is then. */
  if (myrmex_run_status_check_retry (call->run->has_ended ? describe_status (&described) : MYRMEX_RUN_STATUS_RUNNING,
                                     call->run->row->id, &error))
    submission_begin (call, SUBMISSION_RETRY, call->run->row->id, -1, options);
  else
    service_fail (call, error);
}
