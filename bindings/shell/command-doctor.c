/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex doctor: whether all is there that Myrmex needs, and what to do where it is not. */

#include <glib/gi18n.h>

#include "command.h"
#include "doctor.h"

static ExitStatus
diagnose (const Command  *self,
          char          **arguments)
{
  g_autoptr (Doctor) doctor = NULL;
  g_auto (GStrv) rest = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &json, N_("Write JSON"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (rest != NULL)
    return command_complain (self, _("There is nothing to name here, such as “%s”"), rest[0]);

  doctor = doctor_new ();
  doctor_check_installation (doctor);
  doctor_check_languages (doctor);
  doctor_check_settings (doctor);
  doctor_check_limits (doctor);
  doctor_check_folders (doctor);
  /* Before the bus, which may start the service, which takes the journal. */
  doctor_check_journal (doctor);
  doctor_check_supervisor (doctor);
  doctor_check_bus (doctor);

  if (json)
    doctor_print_json (doctor);
  else
    doctor_print_text (doctor);
  return doctor_has_problem (doctor) ? EXIT_STATUS_FAILED : EXIT_STATUS_DONE;
}

const Command command_doctor = {
  .name = "doctor",
  .summary = N_("Look for what is wrong with Myrmex here, and say what to do"),
  .details = N_("It looks at the installation, the settings, the folders, the journal, the supervisor and the session\n"
                "bus, and changes nothing; only the bus is asked to start the service. Each line is “ok”, a “note” for\n"
                "what works and may not be what is wanted, or a “problem”.\n"
                "\n"
                "Exit status: 0 no problem, 1 a problem, 2 wrong usage."),
  .run = diagnose,
};
