/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex list: what there is to run, and what tasks can do. */

#include <glib/gi18n.h>

#include "command.h"
#include "list-print.h"
#include "message.h"
#include "settings.h"

typedef struct
{
  char     **folders;
  gboolean   actions;
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

static ExitStatus
list (const Command  *self,
      char          **arguments)
{
  ListOptions given = { 0 };
  const GOptionEntry options[] = {
    { "actions", 'a', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.actions,
      N_("List the types of action that tasks can have, and their keys"), NULL },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json, N_("Write JSON"), NULL },
    { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.quiet,
      N_("Write only the names of what can be run"), NULL },
    { "verbose", 'v', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.verbose,
      N_("Tell parameters and tags, where it was looked, and what was left out and why"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given.folders, NULL, NULL },
    { NULL }
  };
  g_auto (GStrv) folders = NULL;
  ExitStatus status;
  gboolean ok = command_parse (self, options, arguments, &status);

  folders = given.folders;
  if (!ok)
    return status;
  return given.actions ? list_actions (self, &given) : list_workflows (&given);
}

const Command command_list = {
  .name = "list",
  .usage = N_("[FOLDER…]"),
  .summary = N_("List the workflows that there are, or what tasks can do"),
  .details = N_("Without a FOLDER, it looks into those that “myrmex config catalog.folders” tells, into\n"
                "$XDG_DATA_HOME/myrmex/workflows and into myrmex/workflows in each of $XDG_DATA_DIRS: the places\n"
                "in which “myrmex run NAME” looks. In a folder it finds\n"
                "definitions in JSON, folders with a myrmex-scripts.json, and, in a FOLDER that is named,\n"
                "executable scripts.\n"
                "\n"
                "Of workflows of one name the one in the earlier folder is run; the others are listed as\n"
                "shadowed.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage or a folder that can not be read, 65 a workflow is broken."),
  .run = list,
};
