/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex explain: what one task does, and when. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/myrmex-nearest-private.h"
#include "command.h"
#include "definition.h"
#include "explain.h"

static MyrmexTask *
find_task (const Command  *self,
           MyrmexWorkflow *workflow,
           const char     *name)
{
  MyrmexTask *task = myrmex_workflow_get_task (workflow, name);
  MyrmexNearest nearest;

  if (task != NULL)
    return task;

  myrmex_nearest_init (&nearest, name);
  for (guint i = 0; i < myrmex_workflow_get_n_tasks (workflow); i++)
    myrmex_nearest_offer (&nearest, myrmex_task_get_name (myrmex_workflow_get_nth_task (workflow, i)));
  if (nearest.best != NULL)
    command_complain (self, _("There is no task “%s”; did you mean “%s”?"), name, nearest.best);
  else
    command_complain (self, _("There is no task “%s”; “myrmex plan” lists them"), name);
  return NULL;
}

static ExitStatus
explain (const Command  *self,
         char          **arguments)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  const GOptionEntry options[] = {
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (words == NULL || g_strv_length (words) < 2)
    return command_complain (self, _("Name the file of a workflow, and a task or more"));

  status = definition_load (words[0], &workflow);
  if (status == EXIT_STATUS_DONE)
    status = definition_plan (words[0], workflow, &plan);
  for (gsize i = 1; status == EXIT_STATUS_DONE && words[i] != NULL; i++)
    {
      MyrmexTask *task = find_task (self, workflow, words[i]);
      g_autofree char *text = NULL;

      if (task == NULL)
        return EXIT_STATUS_USAGE;
      text = explain_task (workflow, plan, task);
      g_print ("%s%s", i > 1 ? "\n" : "", text);
    }
  return status;
}

const Command command_explain = {
  .name = "explain",
  .usage = N_("FILE|FOLDER|NAME TASK…"),
  .summary = N_("Tell in words what a task does, and when"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it;\n"
                "NAME is a workflow that “myrmex list” shows.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage, a file that can not be read or a task that is not there, 65\n"
                "errors in the definition."),
  .run = explain,
};
