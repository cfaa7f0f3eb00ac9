/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-actions.h"

#include "base/myrmex-json-private.h"
#include "definition/myrmex-definition.h"

/* Where an action says which key it does not like, the diagnostic stands at the value of that key. */
static void
test_refused_by_action (void)
{
  static const struct
  {
    const char *task;
    const char *message;
  } cases[] = {
    { "{ \"tone\": \"low\", \"test.echo\": \"bad\" }", "1:62: This is bad" },
    { "{ \"test.echo\": 1, \"tone\": 3 }", "1:58: “tone” must be a string" },
    { "{ \"test.echo\": 1, \"tone\": 3, \"tome\": 1 }",
      "1:58: “tone” must be a string\n1:61: There is no key “tome” here; did you mean “tone”?" },
    { "{ \"test.echo\": \"bad\", \"tone\": \"${{ x\" }",
      "1:47: This is bad\n1:63: The “${{” that stands here is not closed: “}}” is missing" },
    { "{ \"test.ecko\": 1 }",
      "1:34: There is no key “test.ecko” here; did you mean “test.echo”?" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{ \"myrmex\": 1, \"tasks\": { \"a\": %s } }", cases[i].task);
      g_autoptr (GError) error = NULL;

      g_assert_null (myrmex_workflow_new_from_json (text, -1, NULL, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* An outside type is used like one of the library. */
static void
test_outside_type (void)
{
  const char *text =
    "{ \"myrmex\": 1, \"tasks\": { \"a\": { \"level\": [1, {\"x\": null}], \"test.echo\": null, \"timeout\": 1 } } }";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new_from_json (text, -1, NULL, &error);
  g_autofree char *spec = NULL;
  MyrmexTask *task;

  g_assert_no_error (error);
  task = myrmex_workflow_get_task (workflow, "a");
  g_assert_cmpstr (myrmex_task_get_action_type (task), ==, "test.echo");
  spec = myrmex_value_to_json (myrmex_action_get_spec (myrmex_task_get_action (task)), FALSE);
  g_assert_cmpstr (spec, ==, "{\"level\":[1,{\"x\":null}],\"test.echo\":null}");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  register_test_actions ();

  g_test_add_func ("/definition-actions/refused-by-action", test_refused_by_action);
  g_test_add_func ("/definition-actions/outside-type", test_outside_type);

  return g_test_run ();
}
