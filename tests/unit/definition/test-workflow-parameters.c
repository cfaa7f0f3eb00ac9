/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "base/myrmex-error.h"
#include "base/myrmex-value.h"
#include "definition/myrmex-definition.h"
#include "definition/myrmex-workflow-parameters.h"

static MyrmexWorkflow *
make_workflow (void)
{
  static const char text[] =
    "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"noop\": {} } }, \"parameters\": {"
    "    \"folder\": { \"type\": \"string\" },"
    "    \"size\": { \"type\": \"integer\", \"default\": 240 } } }";
  g_autoptr (GError) error = NULL;
  MyrmexWorkflow *workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);

  g_assert_no_error (error);
  return workflow;
}

static void
test_parse (void)
{
  g_autoptr (MyrmexWorkflow) workflow = make_workflow ();
  g_autoptr (GVariant) folder = NULL;
  g_autoptr (GVariant) size = NULL;
  g_autoptr (GError) error = NULL;

  folder = myrmex_workflow_parse_parameter (workflow, "folder", "12", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_string (folder, NULL), ==, "12");
  g_assert_false (g_variant_is_floating (folder));

  size = myrmex_workflow_parse_parameter (workflow, "size", "12", &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_variant_get_int64 (size), ==, 12);

  g_assert_null (myrmex_workflow_parse_parameter (workflow, "size", "big", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "Parameter “size” must be an integer, not “big”");
  g_clear_error (&error);

  g_assert_null (myrmex_workflow_parse_parameter (workflow, "seize", "1", &error));
  g_assert_cmpstr (error->message, ==, "There is no parameter “seize”; did you mean “size”?");
}

static void
test_resolve (void)
{
  g_autoptr (MyrmexWorkflow) workflow = make_workflow ();
  g_autoptr (GVariant) resolved = NULL;
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;

  resolved = myrmex_workflow_resolve_parameters (workflow, g_variant_new_parsed ("{'folder': <'x'>}"), &error);
  g_assert_no_error (error);
  json = myrmex_value_to_json (resolved, FALSE);
  g_assert_cmpstr (json, ==, "{\"folder\":\"x\",\"size\":240}");

  g_assert_null (myrmex_workflow_resolve_parameters (workflow, NULL, &error));
  g_assert_cmpstr (error->message, ==, "Parameter “folder” is missing; it must be a string and has no default");
  g_clear_error (&error);

  g_assert_null (myrmex_workflow_resolve_parameters (workflow, g_variant_new_string ("x"), &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

static void
test_none (void)
{
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("plain");
  g_autoptr (GVariant) resolved = NULL;
  g_autoptr (GError) error = NULL;

  resolved = myrmex_workflow_resolve_parameters (workflow, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (resolved), ==, 0);

  g_assert_null (myrmex_workflow_parse_parameter (workflow, "size", "1", &error));
  g_assert_cmpstr (error->message, ==, "There is no parameter “size”; the workflow takes none");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workflow-parameters/parse", test_parse);
  g_test_add_func ("/workflow-parameters/resolve", test_resolve);
  g_test_add_func ("/workflow-parameters/none", test_none);

  return g_test_run ();
}
