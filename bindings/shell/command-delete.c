/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex delete: makes the service forget runs. */

#include <glib/gi18n.h>

#include "command.h"
#include "message.h"
#include "run-arguments.h"

static ExitStatus
delete_run (Service       *service,
            const char    *path,
            const RunInfo *run,
            gpointer       data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *id = run_info_dup_id (run);

  if (run_info_is_active (run))
    {
      message_print_error (_("Run %s has not ended; “myrmex cancel %s” stops it"), id, id);
      return EXIT_STATUS_FAILED;
    }
  reply = service_call (service, "DeleteRun", g_variant_new ("(s)", run->id), "()", &error);
  return reply != NULL ? EXIT_STATUS_DONE : service_complain (error);
}

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
  return run_arguments_each (self, runs, delete_run, NULL);
}

const Command command_delete = {
  .name = "delete",
  .usage = N_("RUN…"),
  .summary = N_("Let the service forget runs that have ended, and their logs"),
  .takes_run = TRUE,
  .details = N_("“myrmex prune” forgets many at once.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or it has not ended, 2 wrong usage, 69 no service."),
  .run = run,
};
