/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex log: what the tasks of a run of the service have written. */

#include <glib/gi18n.h>

#include "command.h"
#include "log-follow.h"

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) words = NULL;
  gboolean follow = FALSE;
  const GOptionEntry options[] = {
    { "follow", 'f', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &follow,
      N_("Go on with what is written, until the task has ended"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  g_auto (LogWriter) writer = { 0 };
  g_autoptr (Service) service = NULL;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (words == NULL || g_strv_length (words) > 2)
    return command_complain (self, _("Name a run, and a task of it or none"));
  service = service_open (&status);
  if (service == NULL)
    return status;
  log_writer_init (&writer);
  return log_follow (service, words[0], words[1], follow, &writer);
}

const Command command_log = {
  .name = "log",
  .usage = N_("RUN [TASK]"),
  .summary = N_("Show what a task of a run of the service has written"),
  .takes_run = TRUE,
  .details = N_("Without TASK, it shows the output of each task of the run that has written any. It goes to files and\n"
                "pipes byte for byte; on a terminal, what could act on it is shown by its number. Of a task that was\n"
                "tried again, the newest attempt is shown; --follow shows each from when it begins.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or the task has not run, 2 wrong usage, 69 there is no\n"
                "service."),
  .run = run,
};
