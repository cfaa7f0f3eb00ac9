/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex explain: what one task does, and when. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/myrmex-escape-private.h"
#include "base/myrmex-nearest-private.h"
#include "command.h"
#include "definition.h"
#include "explain.h"
#include "service.h"
#include "target.h"

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
explain_workflow (const Command  *self,
                  char          **words)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  ExitStatus status = definition_load (words[0], &workflow);

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

/* What the service says of tasks of a run. */
static ExitStatus
explain_run (Service    *service,
             const char *path,
             char      **tasks)
{
  for (gsize i = 0; tasks[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *task = g_utf8_make_valid (tasks[i], -1);
      g_autoptr (GVariant) reply = service_call_run (service, path, "Explain", g_variant_new ("(s)", task), "(s)",
                                                     &error);
      g_autofree char *shown = NULL;
      const char *text;

      if (reply == NULL)
        return service_complain (error);
      g_variant_get (reply, "(&s)", &text);
      shown = myrmex_escape_text (text, MYRMEX_ESCAPE_LINES);
      g_print ("%s%s: %s%s", i > 0 ? "\n" : "", tasks[i], shown, g_str_has_suffix (shown, "\n") ? "" : "\n");
    }
  return EXIT_STATUS_DONE;
}

/* Looks for a run of that name. Where the service does not know one, or can not be asked, @path is %NULL. */
static Service *
find_run (const char  *run,
          char       **path)
{
  gboolean bus_found;
  g_autoptr (Service) service = service_connect (&bus_found, NULL);

  *path = service != NULL ? service_find_run (service, run, NULL) : NULL;
  return g_steal_pointer (&service);
}

static ExitStatus
explain_run_only (const char  *run,
                  char       **tasks)
{
  g_autoptr (Service) service = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  ExitStatus status;

  service = service_open (&status);
  if (service == NULL)
    return status;
  path = service_find_run (service, run, &error);
  return path != NULL ? explain_run (service, path, tasks) : service_complain (error);
}

static ExitStatus
explain (const Command  *self,
         char          **arguments)
{
  g_auto (GStrv) words = NULL;
  gboolean is_run = FALSE;
  const GOptionEntry options[] = {
    { "run", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &is_run,
      N_("The first name is a run, also where there is a workflow of that name"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (words == NULL || g_strv_length (words) < 2)
    return command_complain (self, _("Name the file of a workflow, or a run, and a task or more"));

  if (is_run)
    return explain_run_only (words[0], words + 1);
  /* Only what can be no workflow is asked for. */
  if (!target_exists (words[0]))
    {
      g_autofree char *path = NULL;
      g_autoptr (Service) service = find_run (words[0], &path);

      if (path != NULL)
        return explain_run (service, path, words + 1);
    }
  return explain_workflow (self, words);
}

const Command command_explain = {
  .name = "explain",
  .usage = N_("FILE|FOLDER|NAME|RUN TASK…"),
  .summary = N_("Tell in words what a task does, and when, or what became of it"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it;\n"
                "NAME is a workflow that “myrmex list” shows. Where there is none, it is a run of the service: then\n"
                "it is told why the task waits, or was skipped, or ended as it did.\n"
                "\n"
                "Exit status: 0 done, 1 the run has no such task, 2 wrong usage, a file that can not be read or a\n"
                "task that is not there, 65 errors in the definition, 69 with --run: there is no service."),
  .run = explain,
};
