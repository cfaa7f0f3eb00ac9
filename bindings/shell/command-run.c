/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex run: runs a workflow here and now. */

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>

#include "command.h"
#include "definition.h"
#include "plan-print.h"
#include "session.h"
#include "settings.h"
#include "submission.h"
#include "workflow-options.h"

#define MAX_JOBS (32767)

typedef struct
{
  WorkflowOptions workflow;
  char     **files;
  char     **reports;
  char      *jobs;
  gboolean   service;
  gboolean   quiet;
  gboolean   json;
  gboolean   dry_run;
} RunOptions;

static void
run_options_clear (RunOptions *options)
{
  workflow_options_clear (&options->workflow);
  g_strfreev (options->files);
  g_strfreev (options->reports);
  g_free (options->jobs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunOptions, run_options_clear)

static gboolean
parse_jobs (const Command *self,
            const char    *text,
            guint         *jobs)
{
  g_autoptr (GError) error = NULL;
  guint64 number;

  *jobs = 0;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, MAX_JOBS, &number, &error))
    {
      command_complain (self, _("--jobs needs a whole number from 1 to %d, not “%s”"), MAX_JOBS, text);
      return FALSE;
    }
  *jobs = (guint) number;
  return TRUE;
}

/* Before anything runs: it would be a pity to find out afterwards. */
static gboolean
check_reports (const Command    *self,
               const RunOptions *options)
{
  for (gsize i = 0; options->reports != NULL && options->reports[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (options->dry_run)
        {
          command_complain (self, _("--report needs a run, and --dry-run runs nothing"));
          return FALSE;
        }
      if (myrmex_report_find_format (options->reports[i], &error) == NULL)
        {
          command_complain (self, "--report: %s", error->message);
          return FALSE;
        }
    }
  return TRUE;
}

static ExitStatus
show_plan (const RunOptions *options,
           const char       *path,
           MyrmexWorkflow   *workflow,
           GVariant         *parameters)
{
  g_autoptr (MyrmexPlan) plan = NULL;
  ExitStatus status = definition_plan (path, workflow, &plan);

  if (status != EXIT_STATUS_DONE)
    return status;
  if (options->json)
    plan_print_json (workflow, plan, parameters);
  else if (!options->quiet)
    plan_print_text (workflow, plan, parameters);
  return EXIT_STATUS_DONE;
}

static ExitStatus
run_by_service (const RunOptions     *options,
                const SessionOptions *session)
{
  ExitStatus status;
  g_autoptr (GVariant) run_options = submission_make_options (session, options->workflow.env);
  g_autoptr (Service) service = run_options != NULL ? service_open (&status) : NULL;
  guint most = myrmex_workflow_get_max_parallel (session->workflow);

  if (run_options == NULL)
    return EXIT_STATUS_USAGE;
  if (service == NULL)
    return status;
  /* How many tasks there are of all runs is the service's affair; of this one, it is ours. */
  if (session->jobs > 0 && (most == 0 || most > session->jobs))
    myrmex_workflow_set_max_parallel (session->workflow, session->jobs);
  return session_run_by_service (session, service, run_options);
}

static ExitStatus
run_file (const Command    *self,
          const RunOptions *options,
          const char       *path)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GVariant) parameters = NULL;
  g_autoptr (MyrmexConfig) config = settings_load (self, options->workflow.settings);
  g_auto (GStrv) reports = NULL;
  SessionOptions session = { 0 };
  ExitStatus status;

  if (config == NULL || !parse_jobs (self, options->jobs, &session.jobs) || !check_reports (self, options) ||
      (options->reports == NULL && !settings_check_reports (config)))
    return EXIT_STATUS_USAGE;
  status = workflow_options_load (&options->workflow, self, path, &workflow, &parameters);
  if (status != EXIT_STATUS_DONE)
    return status;
  if (options->dry_run)
    return show_plan (options, path, workflow, parameters);

  reports = options->reports != NULL ? g_strdupv (options->reports) : myrmex_config_dup_strings (config, "run.reports");
  session.reports = reports;
  session.json = options->json;
  session.quiet = options->quiet;
  workflow_options_apply (&options->workflow, config, workflow, parameters, &session);
  return options->service ? run_by_service (options, &session) : session_run (&session);
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (RunOptions) given = { 0 };
  const GOptionEntry options[] = {
    WORKFLOW_OPTIONS (&given.workflow),
    { "jobs", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &given.jobs,
      N_("Run at most N tasks at once (default: one per processor)"), N_("N") },
    { "report", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given.reports,
      N_("Write a report to PATH, whose end tells the format; may be repeated"), N_("PATH") },
    { "service", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.service,
      N_("Let the service run it, which keeps its results and its logs"), NULL },
    { "dry-run", 'n', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.dry_run,
      N_("Check everything and show the plan, but run nothing"), NULL },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json,
      N_("Write events as JSON, one object a line"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.quiet, N_("Write only failures"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given.files, NULL, NULL },
    { NULL }
  };
  ExitStatus status;
  const char *path;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (given.workflow.env != NULL && !given.service)
    return command_complain (self, _("--env needs --service; otherwise commands have the environment of here"));
  path = command_one_file (self, given.files);
  return path != NULL ? run_file (self, &given, path) : EXIT_STATUS_USAGE;
}

const Command command_run = {
  .name = "run",
  .usage = N_("FILE|FOLDER|NAME"),
  .summary = N_("Run a workflow and show how it goes"),
  .details = N_("FILE is a definition in JSON, or “-” for standard input; FOLDER has executable scripts in it,\n"
                "each of which is a task; NAME is a workflow that “myrmex list” shows. On a terminal there is a\n"
                "live view; elsewhere a line is written for each event. Ctrl-C stops the run gently, and again\n"
                "by force.\n"
                "\n"
                "A VALUE is taken as it is for a parameter of type string, and is JSON for every other type:\n"
                "  myrmex run photos.json --param folder=~/Pictures --param size=240 --param 'tags=[\"a\"]'\n"
                "\n"
                "With --only and --tag, what the chosen tasks depend on runs, too; who gives both gets the tasks\n"
                "that both choose. A task that --skip names ends as skipped, and so does what depends on it,\n"
                "unless its trigger rule says otherwise. PATTERN may have * and ?, and must match a task.\n"
                "\n"
                "A report is text (.txt), JSON (.json), Markdown (.md), JUnit XML (.xml), a picture of when each\n"
                "task was under way (.svg), or a graph (.dot, .mmd for Mermaid, and .graph.svg for a picture).\n"
                "\n"
                "Exit status: 0 done, 1 a task failed, 2 wrong usage or a file that can not be read, 65 errors\n"
                "in the definition, 124 out of time, 130 interrupted."),
  .run = run,
};
