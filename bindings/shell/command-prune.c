/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex prune: makes the service forget runs that have ended, many at once. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "command.h"
#include "duration.h"
#include "service.h"

typedef struct
{
  char      *older_than;
  char      *keep;
  char     **statuses;
  gboolean   all;
  gboolean   json;
} PruneOptions;

static void
prune_options_clear (PruneOptions *options)
{
  g_free (options->older_than);
  g_free (options->keep);
  g_strfreev (options->statuses);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PruneOptions, prune_options_clear)

/* What the service takes, a{sv}; %NULL: what is wrong with it has been told. */
static GVariant *
make_options (const Command      *self,
              const PruneOptions *given)
{
  GVariantDict options;
  guint64 keep = 0;
  double seconds = 0;

  if (given->older_than != NULL && !duration_parse (given->older_than, &seconds))
    {
      command_complain (self, _("--older-than needs a number with s, m, h, d or w behind it, such as 30d, not “%s”"),
                        given->older_than);
      return NULL;
    }
  if (given->keep != NULL && !g_ascii_string_to_unsigned (given->keep, 10, 0, G_MAXINT, &keep, NULL))
    {
      command_complain (self, _("--keep needs a whole number from 0, not “%s”"), given->keep);
      return NULL;
    }
  if (given->older_than == NULL && given->keep == NULL && given->statuses == NULL && !given->all)
    {
      command_complain (self, _("Say which: --older-than, --keep, --status, or --all of those that have ended"));
      return NULL;
    }

  g_variant_dict_init (&options, NULL);
  if (given->older_than != NULL)
    g_variant_dict_insert (&options, "older_than", "d", seconds);
  if (given->keep != NULL)
    g_variant_dict_insert (&options, "keep", "u", (guint) keep);
  if (given->statuses != NULL)
    g_variant_dict_insert_value (&options, "status", g_variant_new_strv ((const char * const *) given->statuses, -1));
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

static ExitStatus
prune (const PruneOptions *given,
       GVariant           *options)
{
  g_autoptr (Service) service = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  ExitStatus status;
  guint n;

  service = service_open (&status);
  if (service == NULL)
    return status;
  reply = service_call (service, "Prune", g_variant_new ("(@a{sv})", options), "(u)", &error);
  if (reply == NULL)
    {
      status = service_complain (error);
      return g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT) ? EXIT_STATUS_USAGE : status;
    }
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
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &given.json, N_("Write JSON"), NULL },
    { NULL }
  };
  g_autoptr (GVariant) chosen = NULL;
  ExitStatus status;

  if (!command_parse (self, options, arguments, &status))
    return status;
  chosen = make_options (self, &given);
  return chosen != NULL ? prune (&given, chosen) : EXIT_STATUS_USAGE;
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
