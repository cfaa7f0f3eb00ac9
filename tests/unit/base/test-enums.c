/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-object.h>

#include "base/myrmex-enum-types.h"
#include "base/myrmex-enums.h"

/* The words in the tables are those of the registered enums: bindings, JSON and the bus agree. */
static void
check_words (GType type,
             const char *(*to_string) (int))
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  for (guint i = 0; i < klass->n_values; i++)
    g_assert_cmpstr (to_string (klass->values[i].value), ==, klass->values[i].value_nick);
  g_assert_cmpstr (to_string ((int) klass->n_values), ==, "unknown");
  g_assert_cmpstr (to_string (-1), ==, "unknown");
}

static const char *
task_status (int value)
{
  return myrmex_task_status_to_string ((MyrmexTaskStatus) value);
}

static const char *
run_status (int value)
{
  return myrmex_run_status_to_string ((MyrmexRunStatus) value);
}

static const char *
reason (int value)
{
  return myrmex_reason_to_string ((MyrmexReason) value);
}

static const char *
trigger_rule (int value)
{
  return myrmex_trigger_rule_to_string ((MyrmexTriggerRule) value);
}

static const char *
severity (int value)
{
  return myrmex_severity_to_string ((MyrmexSeverity) value);
}

static void
test_words (void)
{
  check_words (MYRMEX_TYPE_TASK_STATUS, task_status);
  check_words (MYRMEX_TYPE_RUN_STATUS, run_status);
  check_words (MYRMEX_TYPE_REASON, reason);
  check_words (MYRMEX_TYPE_TRIGGER_RULE, trigger_rule);
  check_words (MYRMEX_TYPE_SEVERITY, severity);
}

static const char *
task_label (int value)
{
  return myrmex_task_status_get_label ((MyrmexTaskStatus) value);
}

static const char *
run_label (int value)
{
  return myrmex_run_status_get_label ((MyrmexRunStatus) value);
}

/* Here nothing is translated; what is, tests of the command look at. */
static void
test_labels (void)
{
  check_words (MYRMEX_TYPE_TASK_STATUS, task_label);
  check_words (MYRMEX_TYPE_RUN_STATUS, run_label);
}

static void
test_parse (void)
{
  MyrmexTriggerRule rule = MYRMEX_TRIGGER_RULE_ALL_SUCCESS;

  g_assert_true (myrmex_trigger_rule_parse ("none_failed_min_one_success", &rule));
  g_assert_cmpint (rule, ==, MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS);
  g_assert_false (myrmex_trigger_rule_parse ("all-success", &rule));
  g_assert_false (myrmex_trigger_rule_parse ("", &rule));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/base/enums/words", test_words);
  g_test_add_func ("/base/enums/labels", test_labels);
  g_test_add_func ("/base/enums/parse", test_parse);
  return g_test_run ();
}
