/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex report: a run of the service, told in a format. */

#include <glib/gi18n.h>

#include "command.h"
#include "message.h"
#include "service.h"

/* %NULL: what is wrong with it has been told. */
static const char *
find_format (const Command *self,
             const char    *path)
{
  g_autoptr (GError) error = NULL;
  const char *format = myrmex_report_find_format (path, &error);

  if (format == NULL)
    command_complain (self, "%s", error->message);
  return format;
}

static gboolean
is_format (const char *format)
{
  return g_strv_contains (myrmex_report_list_formats (), format);
}

/* @file (nullable): standard output. */
static ExitStatus
write_report (Service    *service,
              const char *path,
              const char *format,
              const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = service_call_run (service, path, "Report", g_variant_new ("(s)", format), "(s)", &error);
  const char *text;

  if (reply == NULL)
    return service_complain (error);
  g_variant_get (reply, "(&s)", &text);
  if (file == NULL)
    {
      g_print ("%s", text);
      return EXIT_STATUS_DONE;
    }
  if (g_file_set_contents (file, text, -1, &error))
    return EXIT_STATUS_DONE;
  message_print_error (_("The report “%s” is not written: %s"), file, error->message);
  return EXIT_STATUS_FAILED;
}

static ExitStatus
report (const Command *self,
        const char    *run,
        char         **files,
        const char    *format)
{
  g_autoptr (Service) service = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  ExitStatus status;

  for (gsize i = 0; files[i] != NULL; i++)
    {
      if (format == NULL && find_format (self, files[i]) == NULL)
        return EXIT_STATUS_USAGE;
    }
  service = service_open (&status);
  if (service == NULL)
    return status;
  path = service_find_run (service, run, &error);
  if (path == NULL)
    return service_complain (error);

  if (files[0] == NULL)
    return write_report (service, path, format != NULL ? format : "text", NULL);
  for (gsize i = 0; files[i] != NULL && status != EXIT_STATUS_UNAVAILABLE; i++)
    {
      const char *own = format != NULL ? format : find_format (self, files[i]);
      ExitStatus one = write_report (service, path, own, files[i]);

      if (one != EXIT_STATUS_DONE)
        status = one;
    }
  return status;
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *format = NULL;
  const GOptionEntry options[] = {
    { "format", 'f', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &format,
      N_("The format, whatever PATH says (default: text)"), N_("FORMAT") },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  g_autofree char *formats = NULL;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (words == NULL)
    return command_complain (self, _("Name a run, by its id or its name; “myrmex list --runs” shows them"));
  formats = g_strjoinv (", ", (char **) myrmex_report_list_formats ());
  if (format != NULL && !is_format (format))
    return command_complain (self, _("There is no format “%s”; there are %s"), format, formats);
  return report (self, words[0], words + 1, format);
}

const Command command_report = {
  .name = "report",
  .usage = N_("RUN [PATH…]"),
  .summary = N_("Write a report of a run of the service, as it stands"),
  .takes_run = TRUE,
  .details = N_("Without PATH it goes to standard output. Otherwise the end of PATH tells the format, as for\n"
                "“myrmex run --report”: text (.txt), JSON (.json), Markdown (.md), JUnit XML (.xml), a picture of\n"
                "when each task was under way (.svg), or a graph (.dot, .mmd for Mermaid, .graph.svg for a picture).\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, or the report can not be written, 2 wrong usage, 69\n"
                "there is no service."),
  .run = run,
};
