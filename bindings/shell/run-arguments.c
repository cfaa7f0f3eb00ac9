/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "run-arguments.h"

#include <glib/gi18n.h>

#include "message.h"

static ExitStatus
apply (Service    *service,
       const char *run,
       RunFunc     func,
       gpointer    data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = service_find_run (service, run, &error);
  g_autoptr (GVariant) properties = path != NULL ? service_get_run (service, path, &error) : NULL;
  g_auto (RunInfo) info = { 0 };

  if (properties == NULL)
    return service_complain (error);
  run_info_init (&info, properties);
  return func (service, path, &info, data);
}

/* Does the same to each run that is named, also after one with which it did not go well. */
ExitStatus
run_arguments_each (const Command  *command,
                    char          **runs,
                    RunFunc         func,
                    gpointer        data)
{
  ExitStatus status;
  g_autoptr (Service) service = NULL;

  if (runs == NULL)
    return command_complain (command, _("Name a run, by its id or its name; “myrmex list --runs” shows them"));
  service = service_open (&status);
  for (gsize i = 0; service != NULL && runs[i] != NULL; i++)
    {
      ExitStatus one = apply (service, runs[i], func, data);

      if (one != EXIT_STATUS_DONE)
        status = one;
      /* No other run could be reached either. */
      if (one == EXIT_STATUS_UNAVAILABLE)
        break;
    }
  return status;
}

/* Pauses a run or lets it go on, which can be done only to one that has not ended. */
ExitStatus
run_arguments_control (Service       *service,
                       const char    *path,
                       const RunInfo *run,
                       gpointer       method)
{
  g_autofree char *id = run_info_dup_id (run);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (!run_info_is_active (run))
    {
      message_print_error (_("Run %s has ended already: %s"), id,
                           myrmex_run_status_get_label (run->status));
      return EXIT_STATUS_FAILED;
    }
  reply = service_call_run (service, path, method, NULL, "()", &error);
  return reply != NULL ? EXIT_STATUS_DONE : service_complain (error);
}
