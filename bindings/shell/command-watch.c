/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex watch: how a run of the service goes, or all of them. */

#include <glib/gi18n.h>

#include "command.h"
#include "service.h"
#include "session.h"
#include "settings.h"
#include "watch-list.h"

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) words = NULL;
  SessionOptions session = { 0 };
  const GOptionEntry options[] = {
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &session.json,
      N_("Write events as JSON, one object a line"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &session.quiet, N_("Write only failures"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  g_autoptr (MyrmexConfig) config = NULL;
  g_autoptr (Service) service = NULL;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (words != NULL && g_strv_length (words) > 1)
    return command_complain (self, _("One run at a time, not %u"), g_strv_length (words));
  config = settings_load (self, NULL);
  if (config == NULL)
    return EXIT_STATUS_USAGE;
  settings_apply_display (config, &session);
  service = service_open (&status);
  if (service == NULL)
    return status;
  return words != NULL ? session_watch (&session, service, words[0], SESSION_FROM_NOW) : watch_list (service, &session);
}

const Command command_watch = {
  .name = "watch",
  .usage = N_("[RUN]"),
  .summary = N_("Show how a run of the service goes, or all that are active"),
  .takes_run = TRUE,
  .details = N_("A run is shown as by “myrmex run”, from where it is until it has ended, and the exit status is the\n"
                "same. Without RUN, all runs that have not ended are listed, and what changes is seen at once. Ctrl-C\n"
                "ends the watching, and nothing else.\n"
                "\n"
                "Exit status: 0 done, 1 a task failed or there is no such run, 2 wrong usage, 69 there is no service,\n"
                "124 out of time, 130 interrupted."),
  .run = run,
};
