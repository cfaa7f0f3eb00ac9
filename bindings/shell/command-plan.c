/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex plan: what would run, in which order, and what depends on what. */

#include <glib/gi18n.h>

#include "command.h"
#include "definition.h"
#include "plan-print.h"

static ExitStatus
plan (const Command  *self,
      char          **arguments)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) compiled = NULL;
  g_auto (Choice) choice = { 0 };
  g_auto (GStrv) files = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    CHOICE_OPTIONS (&choice),
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &json, N_("Write JSON"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL },
    { NULL }
  };
  ExitStatus status;
  const char *path;

  if (!command_parse (self, options, arguments, &status))
    return status;
  path = command_one_file (self, files);
  if (path == NULL)
    return EXIT_STATUS_USAGE;

  status = definition_load (path, &workflow);
  if (status == EXIT_STATUS_DONE)
    status = definition_choose (&choice, &workflow);
  if (status == EXIT_STATUS_DONE)
    status = definition_plan (path, workflow, &compiled);
  if (status != EXIT_STATUS_DONE)
    return status;

  if (json)
    plan_print_json (workflow, compiled, NULL);
  else
    plan_print_text (workflow, compiled, NULL);
  return EXIT_STATUS_DONE;
}

const Command command_plan = {
  .name = "plan",
  .usage = N_("FILE|FOLDER|NAME"),
  .summary = N_("Show what would run, in which order, and what depends on what"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it;\n"
                "NAME is a workflow that “myrmex list” shows.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage or a file that can not be read, 65 errors in the definition."),
  .run = plan,
};
