/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "event.h"

#include <glib/gi18n.h>

static MyrmexTaskStatus
parse_task_status (const char *status)
{
  for (int i = MYRMEX_TASK_STATUS_PENDING; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      if (g_str_equal (status, myrmex_task_status_to_string (i)))
        return i;
    }
  return MYRMEX_TASK_STATUS_PENDING;
}

/* From the arguments of the signal “progress”. */
void
event_init (Event      *event,
            const char *task_name,
            const char *status,
            GVariant   *details)
{
  *event = (Event) { .status = status, .details = details, .fraction = -1, .delay = -1 };

  /* A task may have the name of the run's own events; only the latter have a total. */
  if (g_variant_lookup (details, "total_tasks", "u", &event->total))
    {
      event->is_end = g_variant_lookup (details, "elapsed", "d", &event->elapsed);
    }
  else
    {
      event->task = task_name;
      event->task_status = parse_task_status (status);
    }

  g_variant_lookup (details, "attempt", "u", &event->attempt);
  g_variant_lookup (details, "delay", "d", &event->delay);
  g_variant_lookup (details, "execution_time", "d", &event->execution_time);
  g_variant_lookup (details, "fraction", "d", &event->fraction);
  g_variant_lookup (details, "message", "&s", &event->message);
  g_variant_lookup (details, "error", "&s", &event->error);
  g_variant_lookup (details, "reason", "&s", &event->reason);
  g_variant_lookup (details, "kept_from", "&s", &event->kept_from);
  event->is_report = event->task != NULL && event->task_status == MYRMEX_TASK_STATUS_RUNNING &&
                     (event->fraction >= 0 || event->message != NULL);
}

/* How a task stands that something happened to before anybody looked. @details are event_describe_result(). */
void
event_init_past (Event            *event,
                 const char       *task_name,
                 MyrmexTaskResult *result,
                 GVariant         *details)
{
  MyrmexTaskStatus status = myrmex_task_result_get_status (result);

  event_init (event, task_name, myrmex_task_status_to_string (status), details);
  event->when = myrmex_task_status_is_final (status) ? myrmex_task_result_get_finished (result)
                                                     : myrmex_task_result_get_started (result);
}

/* The details that the signal “progress” has of how a task stands. */
GVariant *
event_describe_result (MyrmexTaskResult *result)
{
  const GError *error = myrmex_task_result_get_error (result);
  MyrmexReason reason = myrmex_task_result_get_reason (result);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (myrmex_task_result_get_attempts (result) > 0)
    {
      g_variant_dict_insert (&dict, "attempt", "u", myrmex_task_result_get_attempts (result));
      g_variant_dict_insert (&dict, "execution_time", "d", myrmex_task_result_get_execution_time (result));
    }
  if (myrmex_task_result_get_kept_from (result) != NULL)
    g_variant_dict_insert (&dict, "kept_from", "s", myrmex_task_result_get_kept_from (result));
  if (reason != MYRMEX_REASON_NONE)
    g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (reason));
  if (error != NULL)
    g_variant_dict_insert (&dict, "error", "s", error->message);
  if (myrmex_task_result_get_error_name (result) != NULL)
    g_variant_dict_insert (&dict, "error_name", "s", myrmex_task_result_get_error_name (result));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* And of the run, when it begins or when it has ended. */
GVariant *
event_describe_run (MyrmexRun *run,
                    gboolean   is_end)
{
  MyrmexReason reason = myrmex_run_get_reason (run);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "total_tasks", "u", myrmex_run_get_n_tasks (run));
  if (is_end)
    {
      for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
        g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", myrmex_run_get_count (run, i));
      if (reason != MYRMEX_REASON_NONE)
        g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (reason));
      g_variant_dict_insert (&dict, "elapsed", "d", myrmex_run_get_elapsed (run));
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The rule of a task that was skipped since it can not be met, where nothing of what it depends on has to be
 * blamed: “one_failed” is not met because all went well. */
static const char *
find_unmet_rule (const Event *event,
                 MyrmexRun   *run)
{
  MyrmexWorkflow *workflow = event->task != NULL ? myrmex_run_get_workflow (run) : NULL;
  MyrmexTask *task = workflow != NULL ? myrmex_workflow_get_task (workflow, event->task) : NULL;

  if (task == NULL || event->task_status != MYRMEX_TASK_STATUS_SKIPPED)
    return NULL;

  switch (myrmex_task_get_trigger_rule (task))
    {
    case MYRMEX_TRIGGER_RULE_ALL_FAILED:
    case MYRMEX_TRIGGER_RULE_ONE_SUCCESS:
    case MYRMEX_TRIGGER_RULE_ONE_FAILED:
    case MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS:
      return myrmex_trigger_rule_to_string (myrmex_task_get_trigger_rule (task));
    case MYRMEX_TRIGGER_RULE_ALL_SUCCESS:
    case MYRMEX_TRIGGER_RULE_ALL_DONE:
    case MYRMEX_TRIGGER_RULE_NONE_FAILED:
    default:
      return NULL;
    }
}

/* Why a task that did not run, or not to its end, is where it is; or why the run is. A part of a sentence, not
 * escaped. */
char *
event_describe_cause (const Event *event,
                      MyrmexRun   *run)
{
  static const struct
  {
    MyrmexReason  reason;
    const char   *text;
  } causes[] = {
    { MYRMEX_REASON_CONDITION, N_("its condition is false") },
    { MYRMEX_REASON_UPSTREAM_FAILED, N_("what it depends on failed") },
    { MYRMEX_REASON_UPSTREAM_SKIPPED, N_("what it depends on was skipped") },
    { MYRMEX_REASON_FAIL_FAST, N_("another task failed") },
    { MYRMEX_REASON_RUN_CANCELLED, N_("the run was interrupted") },
    { MYRMEX_REASON_RUN_TIMED_OUT, N_("the time of the run was over") },
    { MYRMEX_REASON_TIMED_OUT, N_("its time was over") },
    { MYRMEX_REASON_INTERRUPTED, N_("the machine went away under it") },
  };
  const char *rule;

  if (event->reason == NULL)
    return g_strdup (event->error != NULL ? event->error : _("unknown"));

  rule = g_str_has_prefix (event->reason, "upstream") ? find_unmet_rule (event, run) : NULL;
  if (rule != NULL)
    return g_strdup_printf (_("%s is not met"), rule);
  for (gsize i = 0; i < G_N_ELEMENTS (causes); i++)
    {
      if (g_str_equal (event->reason, myrmex_reason_to_string (causes[i].reason)))
        return g_strdup (_(causes[i].text));
    }
  return g_strdup (event->reason);
}
