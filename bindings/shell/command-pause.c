/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex pause, which lets what runs go on and starts nothing new, and myrmex resume. */

#include <glib/gi18n.h>

#include "command.h"
#include "run-arguments.h"

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) runs = NULL;
  const GOptionEntry options[] = {
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &runs, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  return run_arguments_each (self, runs, run_arguments_control, (gpointer) (self == &command_pause ? "Pause" : "Resume"));
}

const Command command_pause = {
  .name = "pause",
  .usage = N_("RUN…"),
  .summary = N_("Let runs of the service start nothing new"),
  .takes_run = TRUE,
  .details = N_("What runs goes on, and nothing new starts until “myrmex resume”.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or it has ended, 2 wrong usage, 69 no service."),
  .run = run,
};

const Command command_resume = {
  .name = "resume",
  .usage = N_("RUN…"),
  .summary = N_("Let paused runs of the service go on"),
  .takes_run = TRUE,
  .details = N_("A run that is not paused is left as it is.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or it has ended, 2 wrong usage, 69 no service."),
  .run = run,
};
