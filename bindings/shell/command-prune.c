/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex prune: makes the service forget runs that have ended, many at once. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "command.h"
#include "duration.h"
#include "run-list.h"
#include "service.h"
#include "settings.h"

typedef struct
{
  char      *older_than;
  char      *keep;
  char     **statuses;
  gboolean   all;
  gboolean   dry_run;
  gboolean   json;
  double     seconds;    /* of @older_than */
  guint64    n_kept;     /* of @keep */
} PruneOptions;

static void
prune_options_clear (PruneOptions *options)
{
  g_free (options->older_than);
  g_free (options->keep);
  g_strfreev (options->statuses);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PruneOptions, prune_options_clear)

static ExitStatus
parse (const Command *self,
       PruneOptions  *given)
{
  if (given->older_than != NULL && !duration_parse (given->older_than, &given->seconds))
    return command_complain (self, _("--older-than needs a number with s, m, h, d or w behind it, such as 30d, not “%s”"),
                             given->older_than);
  if (given->keep != NULL && !g_ascii_string_to_unsigned (given->keep, 10, 0, G_MAXINT, &given->n_kept, NULL))
    return command_complain (self, _("--keep needs a whole number from 0, not “%s”"), given->keep);
  if (given->older_than == NULL && given->keep == NULL && given->statuses == NULL && !given->all)
    return command_complain (self, _("Say which: --older-than, --keep, --status, or --all of those that have ended"));
  return EXIT_STATUS_DONE;
}

/* A status that there is not is the caller's mistake. */
static ExitStatus
complain (const GError *error)
{
  ExitStatus status = service_complain (error);

  return g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT) ? EXIT_STATUS_USAGE : status;
}

static void
add_statuses (const PruneOptions *given,
              GVariantDict       *dict)
{
  if (given->statuses != NULL)
    g_variant_dict_insert_value (dict, "status", g_variant_new_strv ((const char * const *) given->statuses, -1));
}

/* What would go: the newest are those that were submitted last, as the service sees it, and age counts from the end. */
static ExitStatus
preview (const PruneOptions *given,
         Service            *service,
         const Look         *look)
{
  const gint64 before = g_get_real_time () - (gint64) (given->seconds * G_USEC_PER_SEC);
  g_autoptr (GVariant) listed = NULL;
  g_autoptr (GArray) runs = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict filter;

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert (&filter, "active", "b", FALSE);
  add_statuses (given, &filter);
  listed = service_list_runs (service, g_variant_dict_end (&filter), (guint) given->n_kept, 0, &error);
  if (listed == NULL)
    return complain (error);

  runs = run_info_list (listed);
  for (guint i = runs->len; i > 0; i--)
    {
      if (g_array_index (runs, RunInfo, i - 1).finished > before)
        g_array_remove_index (runs, i - 1);
    }
  if (given->json || runs->len > 0)
    run_list_print (runs, look, given->json ? RUN_LIST_JSON : RUN_LIST_TABLE);
  if (!given->json)
    g_print (ngettext ("%u run would be forgotten.\n", "%u runs would be forgotten.\n", runs->len), runs->len);
  return EXIT_STATUS_DONE;
}

static ExitStatus
prune (const PruneOptions *given,
       Service            *service)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict options;
  guint n;

  g_variant_dict_init (&options, NULL);
  if (given->older_than != NULL)
    g_variant_dict_insert (&options, "older_than", "d", given->seconds);
  if (given->keep != NULL)
    g_variant_dict_insert (&options, "keep", "u", (guint) given->n_kept);
  add_statuses (given, &options);
  reply = service_call (service, "Prune", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(u)", &error);
  if (reply == NULL)
    return complain (error);
  g_variant_get (reply, "(u)", &n);
  if (given->json)
    printf ("{\"pruned\":%u}\n", n);
  else
    g_print (ngettext ("%u run is forgotten.\n", "%u runs are forgotten.\n", n), n);
  return EXIT_STATUS_DONE;
}

static ExitStatus
run (const Command  *self,
     char          **arguments)
{
  g_auto (PruneOptions) given = { 0 };
  const GOptionEntry options[] = {
    { "older-than", 'o', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.older_than,
      N_("Only runs that ended so long ago, as 30d or 12h"), N_("TIME") },
    { "keep", 'k', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, &given.keep, N_("Not the N newest"), N_("N") },
    { "status", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY, &given.statuses,
      N_("Only runs with this status, as completed or failed; may be repeated"), N_("STATUS") },
    { "all", 'a', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.all, N_("All that have ended"), NULL },
    { "dry-run", 'n', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.dry_run,
      N_("Show which would go, and forget none"), NULL },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json, N_("Write JSON"), NULL },
    { NULL }
  };
  g_autoptr (Service) service = NULL;
  ExitStatus status;
  Look look;

  if (!command_parse (self, options, arguments, &status))
    return status;
  status = parse (self, &given);
  if (status != EXIT_STATUS_DONE)
    return status;
  if (!settings_load_look (self, &look))
    return EXIT_STATUS_USAGE;
  service = service_open (&status);
  if (service == NULL)
    return status;
  return given.dry_run ? preview (&given, service, &look) : prune (&given, service);
}

const Command command_prune = {
  .name = "prune",
  .usage = NULL,
  .summary = N_("Let the service forget runs that have ended, many at once"),
  .details = N_("A run is forgotten, with its logs, where each of the options that are given lets it go. Those that\n"
                "have not ended stay.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage, 69 there is no service."),
  .run = run,
};
