/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex status: how a run of the service stands, or all of them. */

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "run-list.h"
#include "run-status.h"
#include "screen.h"
#include "service.h"
#include "settings.h"

/* Runs that have ended and are shown, the newest ones. */
#define N_ENDED (10)

static ExitStatus
show_run (Service    *service,
          const char *run,
          const Look *look,
          gboolean    json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = service_find_run (service, run, &error);
  g_autofree char *text = NULL;

  if (path != NULL)
    text = json ? run_status_to_json (service, path, &error) : run_status_to_text (service, path, look, &error);
  if (text == NULL)
    return service_complain (error);
  if (json)
    puts (text);
  else
    g_print ("%s", text);
  return EXIT_STATUS_DONE;
}

static GVariant *
list (Service   *service,
      gboolean   active,
      guint      limit,
      GError   **error)
{
  GVariantDict filter;

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert (&filter, "active", "b", active);
  return service_list_runs (service, g_variant_dict_end (&filter), 0, limit, error);
}

/* A run may have ended between the two questions; the second answer is the newer. */
static void
remove_ended (GArray *active,
              GArray *ended)
{
  for (guint i = active->len; i > 0; i--)
    {
      for (guint k = 0; k < ended->len; k++)
        {
          if (!g_str_equal (g_array_index (active, RunInfo, i - 1).id, g_array_index (ended, RunInfo, k).id))
            continue;
          g_array_remove_index (active, i - 1);
          break;
        }
    }
}

/* Those that have not ended, and then the newest of the others. */
static ExitStatus
show_runs (Service    *service,
           const Look *look,
           gboolean    json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) active = list (service, TRUE, 0, &error);
  g_autoptr (GVariant) ended = active != NULL ? list (service, FALSE, N_ENDED, &error) : NULL;
  g_autoptr (GArray) runs = NULL;
  g_autoptr (GArray) rest = NULL;

  if (ended == NULL)
    return service_complain (error);
  runs = run_info_list (active);
  rest = run_info_list (ended);
  remove_ended (runs, rest);
  g_array_append_vals (runs, rest->data, rest->len);
  /* They are of the one list now. */
  g_array_set_clear_func (rest, NULL);
  run_list_print (runs, look, json ? RUN_LIST_JSON : RUN_LIST_TABLE);
  return EXIT_STATUS_DONE;
}

static ExitStatus
status (const Command  *self,
        char          **arguments)
{
  g_auto (GStrv) words = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &json, N_("Write JSON"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL },
    { NULL }
  };
  g_autoptr (Service) service = NULL;
  ExitStatus exit_status;
  Look look;

  if (!command_parse (self, options, arguments, &exit_status))
    return exit_status;
  if (words != NULL && g_strv_length (words) > 1)
    return command_complain (self, _("One run at a time, not %u"), g_strv_length (words));
  if (!settings_load_look (self, &look))
    return EXIT_STATUS_USAGE;
  service = service_open (&exit_status);
  if (service == NULL)
    return exit_status;
  return words != NULL ? show_run (service, words[0], &look, json) : show_runs (service, &look, json);
}

const Command command_status = {
  .name = "status",
  .usage = N_("[RUN]"),
  .summary = N_("Tell how a run of the service stands, or list the newest ones"),
  .takes_run = TRUE,
  .details = N_("It tells the tasks that run and those that failed, with the last lines of their output. Without\n"
                "RUN, it lists the runs that have not ended and the newest of the others.\n"
                "\n"
                "Exit status: 0 done, 1 there is no such run, 2 wrong usage, 69 there is no service."),
  .run = status,
};
