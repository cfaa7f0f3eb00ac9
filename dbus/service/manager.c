/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The methods of org.codomyrmex.Myrmex1.Manager; the XML tells what they promise. */

#include "service.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "interfaces/myrmex-bus-private.h"
#include "options.h"

static void
submit (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  const char *text;

  g_variant_get (call->parameters, "(&s@a{sv})", &text, &options);
  submission_begin (call, SUBMISSION_TEXT, text, -1, options);
}

static void
submit_named (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  const char *name;

  g_variant_get (call->parameters, "(&s@a{sv})", &name, &options);
  submission_begin (call, SUBMISSION_NAMED, name, -1, options);
}

static void
submit_file (const Call *call)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  GUnixFDList *fds = g_dbus_message_get_unix_fd_list (message);
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;
  gint32 handle;
  int fd;

  g_variant_get (call->parameters, "(h@a{sv})", &handle, &options);
  if (fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
    {
      g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                             _("There is no file with the call"));
      return;
    }
  fd = g_unix_fd_list_get (fds, handle, &error);
  if (fd < 0)
    service_fail (call, error);
  else
    submission_begin (call, SUBMISSION_FILE, NULL, fd, options);
}

static void
validate (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  const char *text;

  g_variant_get (call->parameters, "(&s@a{sv})", &text, &options);
  inquiry_validate (call, text, options);
}

/* --- Lists --- */

#define FINAL \
  (1u << MYRMEX_RUN_STATUS_COMPLETED | 1u << MYRMEX_RUN_STATUS_FAILED | 1u << MYRMEX_RUN_STATUS_CANCELLED)

static const OptionSpec filter_specs[] = {
  { "status", "s", "as" },
  { "active", "b", NULL },
  { "name", "s", NULL },
  { "since", "x", NULL },
};

static gboolean
read_filter (GVariant             *options,
             MyrmexJournalFilter  *filter,
             GError              **error)
{
  gboolean active;

  if (!OPTIONS_CHECK (options, filter_specs, error) ||
      !options_lookup_words (options, "status", describe_run_statuses, &filter->statuses, error))
    return FALSE;
  g_variant_lookup (options, "name", "s", &filter->name);
  g_variant_lookup (options, "since", "x", &filter->since);
  if (g_variant_lookup (options, "active", "b", &active))
    filter->statuses &= active ? ~FINAL : FINAL;
  return TRUE;
}

static void
list_runs (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  MyrmexJournalListQuery *query = g_new0 (MyrmexJournalListQuery, 1);
  GError *error = NULL;

  g_variant_get (call->parameters, "(@a{sv}uu)", &options, &query->offset, &query->limit);
  if (query->limit == 0 || query->limit > MYRMEX_BUS_MAX_PAGE)
    query->limit = MYRMEX_BUS_MAX_PAGE;
  if (!read_filter (options, &query->filter, &error))
    {
      myrmex_journal_list_query_free (query);
      service_fail (call, error);
    }
  else if (query->filter.statuses == 0)
    {
      myrmex_journal_list_query_free (query);
      g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(aa{sv}u)", NULL, 0));
    }
  else
    {
      lookup_list (call, query);
    }
}

static void
list_workflows (const Call *call)
{
  inquiry_list_workflows (call);
}

static void
list_actions (const Call *call)
{
  g_auto (GStrv) types = myrmex_action_list_types ();
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; types[i] != NULL; i++)
    {
      g_auto (GStrv) keys = myrmex_action_type_dup_keys (types[i]);
      const char *description = myrmex_action_type_get_description (types[i]);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (types[i]));
      if (description != NULL)
        g_variant_builder_add (&builder, "{sv}", "description", g_variant_new_string (description));
      if (keys != NULL)
        g_variant_builder_add (&builder, "{sv}", "keys", g_variant_new_strv ((const char * const *) keys, -1));
      g_variant_builder_close (&builder);
    }
  g_dbus_method_invocation_return_value (call->invocation,
                                         g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder)));
}

/* --- One run --- */

static void
get_run (const Call *call)
{
  const char *id;

  g_variant_get (call->parameters, "(&s)", &id);
  lookup_find (call, id, FALSE);
}

static void
resolve_run (const Call *call)
{
  const char *text;

  g_variant_get (call->parameters, "(&s)", &text);
  lookup_find (call, text, TRUE);
}

static void
delete_run (const Call *call)
{
  const char *id;

  g_variant_get (call->parameters, "(&s)", &id);
  removal_delete (call, id);
}

static const OptionSpec prune_specs[] = {
  { "older_than", "d", "x" },
  { "keep", "u", NULL },
  { "status", "s", "as" },
};

static void
prune (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  GError *error = NULL;
  double older_than = 0;
  guint statuses, keep = 0;

  g_variant_get (call->parameters, "(@a{sv})", &options);
  if (!OPTIONS_CHECK (options, prune_specs, &error) ||
      !options_lookup_words (options, "status", describe_run_statuses, &statuses, &error))
    {
      service_fail (call, error);
      return;
    }
  options_lookup_number (options, "older_than", &older_than);
  if (!(older_than >= 0 && older_than <= 1e9))
    {
      g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                             _("Option “older_than” must be from 0 to %d seconds"), 1000000000);
      return;
    }
  g_variant_lookup (options, "keep", "u", &keep);
  if ((statuses & FINAL) == 0)
    {
      g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(u)", 0));
      return;
    }
  removal_prune (call, statuses & FINAL, g_get_real_time () - (gint64) (older_than * G_USEC_PER_SEC), keep);
}

const Method manager_methods[] = {
  { "Submit", submit },
  { "SubmitFile", submit_file },
  { "SubmitNamed", submit_named },
  { "Validate", validate },
  { "ListRuns", list_runs },
  { "GetRun", get_run },
  { "ResolveRun", resolve_run },
  { "DeleteRun", delete_run },
  { "Prune", prune },
  { "ListWorkflows", list_workflows },
  { "ListActions", list_actions },
  { NULL }
};
