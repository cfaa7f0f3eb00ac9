/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex retry: runs again what failed of a run of the service. */

#include <glib/gi18n.h>

#include "command.h"
#include "run-arguments.h"
#include "settings.h"
#include "submission.h"

typedef struct
{
  SessionOptions session;
  gboolean       wait;
} RetryOptions;

static ExitStatus
retry_run (Service       *service,
           const char    *path,
           const RunInfo *run,
           gpointer       data)
{
  const RetryOptions *given = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;
  g_auto (RunInfo) again = { 0 };
  const char *new_path;

  reply = service_call_run (service, path, "RetryFailed", g_variant_new ("(a{sv})", NULL), "(o)", &error);
  if (reply != NULL)
    {
      g_variant_get (reply, "(&o)", &new_path);
      properties = service_get_run (service, new_path, &error);
    }
  if (properties == NULL)
    return service_complain (error);
  run_info_init (&again, properties);
  return submission_tell (&again, &given->session, service, given->wait);
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) runs = NULL;
  RetryOptions given = { 0 };
  const GOptionEntry options[] = {
    { "wait", 'w', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.wait,
      N_("Show how the run goes, and end as it does"), NULL },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.session.json, N_("Write JSON"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.session.quiet, N_("Write only failures"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &runs, NULL, NULL },
    { NULL }
  };
  g_autoptr (MyrmexConfig) config = NULL;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (runs != NULL && g_strv_length (runs) > 1)
    return command_complain (self, _("One run at a time, not %u"), g_strv_length (runs));
  config = settings_load (self, NULL);
  if (config == NULL)
    return EXIT_STATUS_USAGE;
  settings_apply_display (config, &given.session);
  return run_arguments_each (self, runs, retry_run, &given);
}

const Command command_retry = {
  .name = "retry",
  .usage = N_("RUN"),
  .summary = N_("Run again what failed of a run of the service"),
  .takes_run = TRUE,
  .details = N_("It is a new run, whose id is written, of the same workflow, parameters, environment and folder. What\n"
                "completed is not run again: its results are taken over.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or nothing of it failed, 2 wrong usage, 69 there is no\n"
                "service; with --wait as “myrmex run”."),
  .run = run,
};
