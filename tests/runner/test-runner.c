/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The one suite of what is promised of a run, for the kind of runner that the first argument names. */

#include "promises.h"
#include "service-fixture.h"

#include <string.h>

static const RunnerKind * const kinds[] = { &functions_kind, &main_kind, &commands_kind, &service_kind };

int
main (int    argc,
      char **argv)
{
  const RunnerKind *kind = NULL;
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (argc == 2 && g_str_equal (argv[1], kinds[i]->name))
        kind = kinds[i];
    }
  if (kind == NULL)
    g_error ("which kind of runner?");

  add_order_tests (kind);
  add_failure_tests (kind);
  add_retry_tests (kind);
  add_time_tests (kind);
  add_control_tests (kind);
  add_telling_tests (kind);
  add_option_tests (kind);
  add_callback_tests (kind);
  add_property_tests (kind);
  if (kind->has_commands)
    add_command_tests (kind);
  status = g_test_run ();
  service_fixture_stop ();
  return status;
}
