/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex list: what there is to run, and what tasks can do. */

#include <glib/gi18n.h>

#include "command.h"
#include "list-print.h"
#include "message.h"
#include "run-list.h"
#include "service.h"
#include "settings.h"

typedef struct
{
  char     **folders;
  char     **statuses;
  char      *name;
  char      *limit;
  gboolean   actions;
  gboolean   runs;
  gboolean   json;
  gboolean   quiet;
  gboolean   verbose;
} ListOptions;

/* A folder that can not be read, or a workflow that is broken; the other ones are shown in any case. */
static ExitStatus
get_status (MyrmexCatalog *catalog)
{
  g_autoptr (GPtrArray) remarks = myrmex_catalog_dup_remarks (catalog);
  GListModel *model = G_LIST_MODEL (catalog);
  ExitStatus status = EXIT_STATUS_DONE;

  for (guint i = 0; i < remarks->len; i++)
    {
      if (myrmex_diagnostic_get_severity (remarks->pdata[i]) != MYRMEX_SEVERITY_ERROR)
        continue;
      message_print_error ("%s", myrmex_diagnostic_get_message (remarks->pdata[i]));
      status = EXIT_STATUS_USAGE;
    }
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (model, i);

      if (myrmex_catalog_entry_is_broken (entry))
        status = EXIT_STATUS_DEFINITION;
    }
  return status;
}

static ExitStatus
list_workflows (const ListOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexCatalog) catalog = options->folders != NULL ? myrmex_catalog_new () : settings_make_catalog (&error);

  if (catalog == NULL)
    {
      message_print_errors (error);
      return EXIT_STATUS_USAGE;
    }
  for (gsize i = 0; options->folders != NULL && options->folders[i] != NULL; i++)
    myrmex_catalog_add_folder (catalog, options->folders[i]);
  myrmex_catalog_load (catalog, NULL, NULL);

  if (options->json)
    list_print_json (catalog);
  else if (options->quiet)
    list_print_names (catalog);
  else
    list_print_text (catalog, options->verbose);
  return get_status (catalog);
}

static ExitStatus
list_actions (const Command     *self,
              const ListOptions *options)
{
  if (options->folders != NULL)
    return command_complain (self, _("--actions lists what tasks can do; it looks into no folder"));

  if (options->json)
    list_print_actions_json ();
  else
    list_print_actions_text ();
  return EXIT_STATUS_DONE;
}

/* What was said of runs, where no runs are listed. */
static ExitStatus
complain_runs (const Command     *self,
               const ListOptions *options)
{
  return command_complain (self, _("--%s needs --runs"),
                           options->statuses != NULL ? "status" : options->name != NULL ? "name" : "limit");
}

static ExitStatus
list_runs (const Command     *self,
           const ListOptions *options)
{
  g_autoptr (Service) service = NULL;
  g_autoptr (GVariant) runs = NULL;
  g_autoptr (GArray) list = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict filter;
  ExitStatus status;
  guint64 limit = 0;
  Look look;

  if (options->folders != NULL || options->actions)
    return command_complain (self, _("--runs lists runs of the service, and nothing else"));
  if (options->limit != NULL && !g_ascii_string_to_unsigned (options->limit, 10, 1, G_MAXINT, &limit, NULL))
    return command_complain (self, _("--limit needs a whole number from 1, not “%s”"), options->limit);
  if (!settings_load_look (self, &look))
    return EXIT_STATUS_USAGE;
  service = service_open (&status);
  if (service == NULL)
    return status;

  g_variant_dict_init (&filter, NULL);
  if (options->statuses != NULL)
    g_variant_dict_insert_value (&filter, "status", g_variant_new_strv ((const char * const *) options->statuses, -1));
  if (options->name != NULL)
    g_variant_dict_insert (&filter, "name", "s", options->name);
  runs = service_list_runs (service, g_variant_dict_end (&filter), 0, (guint) limit, &error);
  if (runs == NULL)
    {
      status = service_complain (error);
      return g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT) ? EXIT_STATUS_USAGE : status;
    }
  list = run_info_list (runs);
  run_list_print (list, &look, options->json ? RUN_LIST_JSON : options->quiet ? RUN_LIST_IDS : RUN_LIST_TABLE);
  return EXIT_STATUS_DONE;
}

static void
list_options_clear (ListOptions *options)
{
  g_strfreev (options->folders);
  g_strfreev (options->statuses);
  g_free (options->name);
  g_free (options->limit);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ListOptions, list_options_clear)

static ExitStatus
list (const Command  *self,
      char          **arguments)
{
  g_auto (ListOptions) given = { 0 };
  const GOptionEntry options[] = {
    { "actions", 'a', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.actions,
      N_("List the types of action that tasks can have, and their keys"), NULL },
    { "runs", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.runs,
      N_("List the runs of the service, the newest first"), NULL },
    { "status", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY, &given.statuses,
      N_("Only runs with this status, as running or failed; may be repeated"), N_("STATUS") },
    { "name", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.name, N_("Only runs with this name"), N_("NAME") },
    { "limit", 'n', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &given.limit, N_("At most N runs"), N_("N") },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json, N_("Write JSON"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.quiet,
      N_("Write only the names of what can be run, or the ids of runs"), NULL },
    { "verbose", 'v', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.verbose,
      N_("Tell parameters and tags, where it was looked, and what was left out and why"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given.folders, NULL, NULL },
    { NULL }
  };
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  if (given.runs)
    return list_runs (self, &given);
  if (given.statuses != NULL || given.name != NULL || given.limit != NULL)
    return complain_runs (self, &given);
  return given.actions ? list_actions (self, &given) : list_workflows (&given);
}

const Command command_list = {
  .name = "list",
  .usage = N_("[FOLDER…]"),
  .summary = N_("List the workflows that there are, what tasks can do, or runs"),
  .details = N_("Without a FOLDER, it looks into those that “myrmex config catalog.folders” tells, into\n"
                "$XDG_DATA_HOME/myrmex/workflows and into myrmex/workflows in each of $XDG_DATA_DIRS: the places\n"
                "in which “myrmex run NAME” looks. In a folder it finds\n"
                "definitions in JSON, folders with a myrmex-scripts.json, and, in a FOLDER that is named,\n"
                "executable scripts.\n"
                "\n"
                "Of workflows of one name the one in the earlier folder is run; the others are listed as\n"
                "shadowed.\n"
                "\n"
                "With --runs it lists the runs that the service knows.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage or a folder that can not be read, 65 a workflow is broken, 69\n"
                "there is no service."),
  .run = list,
};
