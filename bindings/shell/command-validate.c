/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex validate: tells what is wrong with definitions. */

#include <glib/gi18n.h>

#include "base/myrmex-escape-private.h"
#include "command.h"
#include "definition.h"

static ExitStatus
validate_one (const char *path,
              gboolean    quiet)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  g_autofree char *shown = NULL;
  ExitStatus status = definition_load (path, &workflow);

  if (status == EXIT_STATUS_DONE)
    status = definition_plan (path, workflow, &plan);
  if (status != EXIT_STATUS_DONE || quiet)
    return status;

  shown = myrmex_escape_text (path, MYRMEX_ESCAPE_LINE);
  g_print (ngettext ("%s: good, workflow “%s” with %u task\n", "%s: good, workflow “%s” with %u tasks\n",
                     myrmex_plan_get_n_tasks (plan)),
           shown, myrmex_workflow_get_name (workflow), myrmex_plan_get_n_tasks (plan));
  return EXIT_STATUS_DONE;
}

static ExitStatus
validate (const Command  *self,
          char          **arguments)
{
  g_auto (GStrv) files = NULL;
  gboolean quiet = FALSE;
  const GOptionEntry options[] = {
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &quiet, N_("Say only what is wrong"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL },
    { NULL }
  };
  ExitStatus worst = EXIT_STATUS_DONE;

  if (!command_parse (self, options, arguments, &worst))
    return worst;
  if (files == NULL)
    return command_complain (self, _("Name a file, a folder of scripts, a workflow that “myrmex list” shows, or “-” for standard input"));

  worst = EXIT_STATUS_DONE;
  for (gsize i = 0; files[i] != NULL; i++)
    {
      ExitStatus status = validate_one (files[i], quiet);

      /* An error in a definition is what was asked about; it counts more than a file that is not there. */
      worst = MAX (worst, status);
    }
  return worst;
}

const Command command_validate = {
  .name = "validate",
  .usage = N_("FILE|FOLDER|NAME…"),
  .summary = N_("Tell what is wrong with definitions, without running anything"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it;\n"
                "NAME is a workflow that “myrmex list” shows. What is wrong goes to standard error, as\n"
                "FILE:LINE:COLUMN: MESSAGE.\n"
                "\n"
                "Exit status: 0 all are good, 2 wrong usage or a file that can not be read, 65 errors in a\n"
                "definition."),
  .run = validate,
};
