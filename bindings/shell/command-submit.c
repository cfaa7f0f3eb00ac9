/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex submit: hands a workflow to the service, which goes on with it when the command has gone. */

#include <glib/gi18n.h>

#include "command.h"
#include "message.h"
#include "run-info.h"
#include "service.h"
#include "session.h"
#include "settings.h"
#include "submission.h"
#include "workflow-options.h"

/* As far as the service goes. */
#define MAX_PRIORITY (1000)

typedef struct
{
  WorkflowOptions   workflow;
  char            **files;
  char             *name;
  char             *key;
  char             *priority;
  gboolean          paused;
  gboolean          wait;
  gboolean          quiet;
  gboolean          json;
} SubmitOptions;

static void
submit_options_clear (SubmitOptions *options)
{
  workflow_options_clear (&options->workflow);
  g_strfreev (options->files);
  g_free (options->name);
  g_free (options->key);
  g_free (options->priority);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SubmitOptions, submit_options_clear)

/* What the service takes, a{sv}; %NULL: what is wrong with it has been told. */
static GVariant *
make_options (const Command        *self,
              const SubmitOptions  *given,
              const SessionOptions *session)
{
  g_autoptr (GVariant) common = NULL;
  GVariantDict options;
  gint64 priority = 0;

  if (given->priority != NULL &&
      !g_ascii_string_to_signed (given->priority, 10, -MAX_PRIORITY, MAX_PRIORITY, &priority, NULL))
    {
      command_complain (self, _("--priority needs a whole number from -%d to %d, not “%s”"), MAX_PRIORITY, MAX_PRIORITY,
                        given->priority);
      return NULL;
    }
  common = submission_make_options (session, given->workflow.env);
  if (common == NULL)
    return NULL;
  g_variant_dict_init (&options, common);
  if (given->name != NULL)
    g_variant_dict_insert (&options, "name", "s", given->name);
  if (given->key != NULL)
    g_variant_dict_insert (&options, "idempotency_key", "s", given->key);
  if (priority != 0)
    g_variant_dict_insert (&options, "priority", "i", (gint32) priority);
  if (given->paused)
    g_variant_dict_insert (&options, "paused", "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

/* The definition is good here; what is wrong then is of the service. */
static ExitStatus
complain (const GError *error)
{
  if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION) ||
      g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION))
    {
      message_print_errors (error);
      return EXIT_STATUS_DEFINITION;
    }
  return service_complain (error);
}

static ExitStatus
submit (const Command        *self,
        const SubmitOptions  *given,
        const SessionOptions *session)
{
  ExitStatus status;
  g_autoptr (GVariant) options = make_options (self, given, session);
  g_autoptr (Service) service = options != NULL ? service_open (&status) : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *definition = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GVariant) properties = NULL;
  g_auto (RunInfo) info = { 0 };

  if (options == NULL)
    return EXIT_STATUS_USAGE;
  if (service == NULL)
    return status;

  definition = myrmex_workflow_to_json (session->workflow, &error);
  path = definition != NULL ? service_submit (service, definition, options, &error) : NULL;
  properties = path != NULL ? service_get_run (service, path, &error) : NULL;
  if (properties == NULL)
    return complain (error);

  run_info_init (&info, properties);
  return submission_tell (&info, session, service, given->wait);
}

static ExitStatus
submit_file (const Command       *self,
             const SubmitOptions *given,
             const char          *file)
{
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (MyrmexPlan) plan = NULL;
  g_autoptr (GVariant) parameters = NULL;
  g_autoptr (MyrmexConfig) config = settings_load (self, given->workflow.settings);
  SessionOptions session = { .json = given->json, .quiet = given->quiet };
  ExitStatus status;

  if (config == NULL)
    return EXIT_STATUS_USAGE;
  status = workflow_options_load (&given->workflow, self, file, &workflow, &parameters);
  if (status == EXIT_STATUS_DONE)
    status = definition_plan (file, workflow, &plan);
  if (status != EXIT_STATUS_DONE)
    return status;

  workflow_options_apply (&given->workflow, config, workflow, parameters, &session);
  return submit (self, given, &session);
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (SubmitOptions) given = { 0 };
  const GOptionEntry options[] = {
    WORKFLOW_OPTIONS (&given.workflow),
    { "name", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.name,
      N_("What the run is called in lists (default: the name of the workflow)"), N_("NAME") },
    { "key", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.key,
      N_("Submit it once: the same KEY gives the run that there is already"), N_("KEY") },
    { "paused", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.paused,
      N_("Start nothing until “myrmex resume”"), NULL },
    { "priority", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.priority,
      N_("Let tasks of runs with a higher N begin first, where they wait for each other"), N_("N") },
    { "wait", 'w', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.wait,
      N_("Show how the run goes, and end as it does"), NULL },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json,
      N_("Write JSON"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.quiet, N_("Write only failures"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given.files, NULL, NULL },
    { NULL }
  };
  ExitStatus status;
  const char *file;

  if (!command_parse (self, options, arguments, &status))
    return status;
  file = command_one_file (self, given.files);
  return file != NULL ? submit_file (self, &given, file) : EXIT_STATUS_USAGE;
}

const Command command_submit = {
  .name = "submit",
  .usage = N_("FILE|FOLDER|NAME"),
  .summary = N_("Hand a workflow to the service, which runs it in the background"),
  .details = N_("It checks the workflow as “myrmex run” does, hands it over and writes the begin of the run's id,\n"
                "by which the other commands know it. The run goes on when the command, and the terminal, are\n"
                "gone. With --wait it is shown as “myrmex run” shows it; Ctrl-C then ends the waiting alone.\n"
                "\n"
                "Of the environment, the commands of the run get PATH, LANG, LANGUAGE, TZ and LC_… of here, what\n"
                "--env names, and otherwise that of the service.\n"
                "\n"
                "Exit status: 0 done, 1 a task failed, or the service refuses the run, 2 wrong usage or a file\n"
                "that can not be read, 65 errors in the definition, 69 there is no service; with --wait also 124\n"
                "out of time, 130 interrupted."),
  .run = run,
};
