/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <gio/gio.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-definition.h"

/* A message is one line that a terminal can be shown. */
static void
check_message (const char *message)
{
  g_assert_cmpuint (strlen (message), >, 0);
  g_assert_true (g_utf8_validate (message, -1, NULL));
  for (const char *at = message; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

/* In the order of the text; returns how many errors there are. */
static guint
check_diagnostics (const GPtrArray *diagnostics)
{
  guint line = 1;
  guint column = 1;
  guint n_errors = 0;

  for (guint i = 0; i < diagnostics->len; i++)
    {
      MyrmexDiagnostic *diagnostic = diagnostics->pdata[i];
      guint next_line = myrmex_diagnostic_get_line (diagnostic);
      guint next_column = myrmex_diagnostic_get_column (diagnostic);

      check_message (myrmex_diagnostic_get_message (diagnostic));
      g_assert_true (next_line > line || (next_line == line && next_column >= column));
      line = next_line;
      column = next_column;
      n_errors += myrmex_diagnostic_get_severity (diagnostic) == MYRMEX_SEVERITY_ERROR;
    }
  return n_errors;
}

/* What was read can be written, what is written can be read, and is then written the same. */
static void
check_round_trip (MyrmexWorkflow *workflow)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) again = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  first = myrmex_workflow_to_json (workflow, &error);
  g_assert_no_error (error);
  again = myrmex_workflow_new_from_json (first, -1, NULL, &error);
  g_assert_no_error (error);
  second = myrmex_workflow_to_json (again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (myrmex_workflow_get_n_tasks (workflow), ==, myrmex_workflow_get_n_tasks (again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexWorkflow) loaded = NULL;
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autoptr (GError) error = NULL;
  guint n_errors;

  diagnostics = myrmex_definition_check ((const char *) data, (gssize) size, "f", &workflow);
  n_errors = check_diagnostics (diagnostics);
  g_assert_true ((workflow != NULL) == (n_errors == 0));

  loaded = myrmex_workflow_new_from_json ((const char *) data, (gssize) size, "f", &error);
  g_assert_true ((loaded != NULL) == (n_errors == 0));
  g_assert_true ((error != NULL) == (n_errors > 0));
  if (error != NULL)
    {
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION);
      g_assert_true (g_str_has_prefix (error->message, "f:"));
    }

  if (workflow != NULL)
    check_round_trip (workflow);
  return 0;
}
