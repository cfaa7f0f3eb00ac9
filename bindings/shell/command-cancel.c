/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex cancel: stops runs of the service. */

#include <glib/gi18n.h>

#include "command.h"
#include "message.h"
#include "run-arguments.h"

static ExitStatus
cancel_run (Service       *service,
            const char    *path,
            const RunInfo *run,
            gpointer       data)
{
  const gboolean *force = data;
  g_autofree char *id = run_info_dup_id (run);
  g_autoptr (GError) error = NULL;

  if (!run_info_is_active (run))
    {
      message_print_error (_("Run %s has ended already: %s"), id,
                           myrmex_run_status_get_label (run->status));
      return EXIT_STATUS_DONE;
    }
  /* The second call is what forces. */
  for (int i = 0; i < (*force ? 2 : 1); i++)
    {
      g_autoptr (GVariant) reply = service_call_run (service, path, "Cancel", NULL, "()", &error);

      if (reply == NULL)
        return service_complain (error);
    }
  return EXIT_STATUS_DONE;
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) runs = NULL;
  gboolean force = FALSE;
  const GOptionEntry options[] = {
    { "force", 'f', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &force,
      N_("Kill what runs, and clean nothing up"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &runs, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  return run_arguments_each (self, runs, cancel_run, &force);
}

const Command command_cancel = {
  .name = "cancel",
  .usage = N_("RUN…"),
  .summary = N_("Stop runs of the service"),
  .takes_run = TRUE,
  .details = N_("What runs is asked to end, nothing new starts, and clean-up tasks still run. A second time, or with\n"
                "--force, what runs is killed, and nothing is cleaned up. A run that has ended is left as it is.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, 2 wrong usage, 69 there is no service."),
  .run = run,
};
