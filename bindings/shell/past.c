/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "past.h"

static void
tell_run (Output     *output,
          const char *status,
          gint64      when,
          gboolean    is_end)
{
  g_autoptr (GVariant) details = event_describe_run (output->run, is_end);
  Event event;

  event_init (&event, "workflow", status, details);
  event.when = when;
  output_tell (output, &event);
}

static void
tell_task (Output     *output,
           const char *name,
           gboolean    is_quiet)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (output->run, name);
  g_autoptr (GVariant) details = event_describe_result (result);
  Event event;

  if (myrmex_task_result_get_status (result) == MYRMEX_TASK_STATUS_PENDING)
    return;
  event_init_past (&event, name, result, details);
  event.is_quiet = is_quiet;
  output_tell (output, &event);
}

/* How all stands of the run, as if it happened now; quietly, only what runs and what failed. */
void
past_tell (Output   *output,
           gboolean  is_quiet)
{
  g_auto (GStrv) names = myrmex_run_dup_task_names (output->run);
  MyrmexRunStatus status = myrmex_run_get_status (output->run);
  gboolean has_ended = myrmex_run_status_is_final (status);

  tell_run (output, has_ended ? "started" : myrmex_run_status_to_string (status),
            has_ended || !is_quiet ? myrmex_run_get_started (output->run) : 0, FALSE);
  for (gsize i = 0; names[i] != NULL; i++)
    tell_task (output, names[i], is_quiet);
  if (has_ended)
    tell_run (output, myrmex_run_status_to_string (status), myrmex_run_get_finished (output->run), TRUE);
}
