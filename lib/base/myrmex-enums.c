/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-enums.h"

#include <glib/gi18n-lib.h>

/* The words of programs, from which those of people are translated. */
static const char * const task_status_names[] = {
  NC_("task", "pending"), NC_("task", "running"), NC_("task", "retrying"), NC_("task", "completed"),
  NC_("task", "failed"), NC_("task", "skipped"), NC_("task", "cancelled"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (task_status_names) == MYRMEX_TASK_STATUS_CANCELLED + 1);

static const char * const run_status_names[] = {
  NC_("run", "queued"), NC_("run", "running"), NC_("run", "paused"), NC_("run", "completed"), NC_("run", "failed"),
  NC_("run", "cancelled"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (run_status_names) == MYRMEX_RUN_STATUS_CANCELLED + 1);

static const char * const reason_names[] = {
  "none", "condition", "upstream_failed", "upstream_skipped", "exit_status", "signal", "error",
  "spawn_failed", "timed_out", "fail_fast", "run_cancelled", "run_timed_out", "interrupted",
};
G_STATIC_ASSERT (G_N_ELEMENTS (reason_names) == MYRMEX_REASON_INTERRUPTED + 1);

static const char * const trigger_rule_names[] = {
  "all_success", "all_done", "all_failed", "one_success", "one_failed", "none_failed",
  "none_failed_min_one_success",
};
G_STATIC_ASSERT (G_N_ELEMENTS (trigger_rule_names) ==
                 MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1);

static const char * const severity_names[] = { "note", "warning", "error" };
G_STATIC_ASSERT (G_N_ELEMENTS (severity_names) == MYRMEX_SEVERITY_ERROR + 1);

#define NAME(names, value) \
  ((gsize) (value) < G_N_ELEMENTS (names) ? (names)[(value)] : "unknown")

/**
 * myrmex_task_status_to_string:
 * @status: a task status
 *
 * Gets the word for a status, as it is in JSON, on the bus and in the shell.
 *
 * Returns: a static string
 *
 * Since: 1.0
 */
const char *
myrmex_task_status_to_string (MyrmexTaskStatus status)
{
  return NAME (task_status_names, status);
}

/**
 * myrmex_task_status_get_label:
 * @status: a task status
 *
 * Gets the word for a status in the language of who uses the program, as a window shows it and as reports have it. What
 * programs read has [func@Myrmex.TaskStatus.to_string].
 *
 * It may be called in any thread.
 *
 * Returns: (transfer none): a word, that of [func@Myrmex.TaskStatus.to_string] where there is no translation
 *
 * Since: 1.0
 */
const char *
myrmex_task_status_get_label (MyrmexTaskStatus status)
{
  return g_dpgettext2 (GETTEXT_PACKAGE, "task", NAME (task_status_names, status));
}

/**
 * myrmex_task_status_is_final:
 * @status: a task status
 *
 * Tells whether a task in this status has ended.
 *
 * Returns: whether no other status can follow
 *
 * Since: 1.0
 */
gboolean
myrmex_task_status_is_final (MyrmexTaskStatus status)
{
  return status >= MYRMEX_TASK_STATUS_COMPLETED;
}

/**
 * myrmex_run_status_to_string:
 * @status: a run status
 *
 * Gets the word for a status, as it is in JSON, on the bus and in the shell.
 *
 * Returns: a static string
 *
 * Since: 1.0
 */
const char *
myrmex_run_status_to_string (MyrmexRunStatus status)
{
  return NAME (run_status_names, status);
}

/**
 * myrmex_run_status_get_label:
 * @status: a run status
 *
 * Gets the word for a status in the language of who uses the program, as a window shows it and as reports have it. What
 * programs read has [func@Myrmex.RunStatus.to_string].
 *
 * It may be called in any thread.
 *
 * Returns: (transfer none): a word, that of [func@Myrmex.RunStatus.to_string] where there is no translation
 *
 * Since: 1.0
 */
const char *
myrmex_run_status_get_label (MyrmexRunStatus status)
{
  return g_dpgettext2 (GETTEXT_PACKAGE, "run", NAME (run_status_names, status));
}

/**
 * myrmex_run_status_is_final:
 * @status: a run status
 *
 * Tells whether a run in this status has ended.
 *
 * Returns: whether no other status can follow
 *
 * Since: 1.0
 */
gboolean
myrmex_run_status_is_final (MyrmexRunStatus status)
{
  return status >= MYRMEX_RUN_STATUS_COMPLETED;
}

/**
 * myrmex_reason_to_string:
 * @reason: a reason
 *
 * Gets the word for a reason, as it is in JSON, on the bus and in the shell.
 *
 * Returns: a static string
 *
 * Since: 1.0
 */
const char *
myrmex_reason_to_string (MyrmexReason reason)
{
  return NAME (reason_names, reason);
}

/**
 * myrmex_trigger_rule_to_string:
 * @rule: a trigger rule
 *
 * Gets the word for a trigger rule, as it is in a definition.
 *
 * Returns: a static string
 *
 * Since: 1.0
 */
const char *
myrmex_trigger_rule_to_string (MyrmexTriggerRule rule)
{
  return NAME (trigger_rule_names, rule);
}

/**
 * myrmex_trigger_rule_parse:
 * @text: a word
 * @rule: (out): return location for the rule
 *
 * Finds the trigger rule of this name.
 *
 * Returns: whether there is one
 *
 * Since: 1.0
 */
gboolean
myrmex_trigger_rule_parse (const char        *text,
                           MyrmexTriggerRule *rule)
{
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (rule != NULL, FALSE);

  for (gsize i = 0; i < G_N_ELEMENTS (trigger_rule_names); i++)
    {
      if (g_str_equal (text, trigger_rule_names[i]))
        {
          *rule = (MyrmexTriggerRule) i;
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * myrmex_severity_to_string:
 * @severity: a severity
 *
 * Gets the word for a severity, as it is on the bus and in the shell.
 *
 * Returns: a static string
 *
 * Since: 1.0
 */
const char *
myrmex_severity_to_string (MyrmexSeverity severity)
{
  return NAME (severity_names, severity);
}
