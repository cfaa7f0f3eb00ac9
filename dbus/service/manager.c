/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The methods of org.codomyrmex.Myrmex1.Manager; the XML tells what they promise. */

#include "service.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "interfaces/myrmex-bus-private.h"
#include "options.h"

/* Of an id, for people. */
#define MIN_PREFIX (4)

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

typedef struct
{
  guint       statuses;     /* bits */
  const char *name;         /* nullable */
  gboolean    active_given;
  gboolean    active;
  gint64      since;
} Filter;

static const OptionSpec filter_specs[] = {
  { "status", "s", "as" },
  { "active", "b", NULL },
  { "name", "s", NULL },
  { "since", "x", NULL },
};

static gboolean
read_filter (GVariant  *options,
             Filter    *filter,
             GError   **error)
{
  *filter = (Filter) { 0 };
  if (!OPTIONS_CHECK (options, filter_specs, error) ||
      !options_lookup_words (options, "status", describe_run_statuses, &filter->statuses, error))
    return FALSE;
  g_variant_lookup (options, "name", "&s", &filter->name);
  g_variant_lookup (options, "since", "x", &filter->since);
  filter->active_given = g_variant_lookup (options, "active", "b", &filter->active);
  return TRUE;
}

static gboolean
matches (const Filter *filter,
         HostedRun    *run)
{
  Described described = hosted_run_describe (run);
  MyrmexRunStatus status = describe_status (&described);

  return (filter->statuses & (1u << status)) != 0 && run->row->submitted >= filter->since &&
         (!filter->active_given || filter->active == !myrmex_run_status_is_final (status)) &&
         (filter->name == NULL || g_str_equal (filter->name, run->row->name));
}

static GVariant *
describe_listed (HostedRun *run)
{
  Described described = hosted_run_describe (run);
  g_autoptr (GVariant) properties = g_variant_ref_sink (describe_run (&described));
  GVariantDict dict;

  g_variant_dict_init (&dict, properties);
  g_variant_dict_insert (&dict, "path", "o", run->path);
  return g_variant_dict_end (&dict);
}

static void
list_runs (const Call *call)
{
  g_autoptr (GVariant) options = NULL;
  GVariantBuilder builder;
  GError *error = NULL;
  Filter filter;
  guint offset, limit, total = 0;

  g_variant_get (call->parameters, "(@a{sv}uu)", &options, &offset, &limit);
  if (!read_filter (options, &filter, &error))
    {
      service_fail (call, error);
      return;
    }
  if (limit == 0 || limit > MYRMEX_BUS_MAX_PAGE)
    limit = MYRMEX_BUS_MAX_PAGE;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = call->service->runs->len; i > 0; i--)
    {
      HostedRun *run = call->service->runs->pdata[i - 1];

      if (!matches (&filter, run))
        continue;
      if (total >= offset && total - offset < limit)
        g_variant_builder_add_value (&builder, describe_listed (run));
      total++;
    }
  g_dbus_method_invocation_return_value (call->invocation,
                                         g_variant_new ("(@aa{sv}u)", g_variant_builder_end (&builder), total));
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
answer_run (const Call *call,
            HostedRun  *run,
            GError     *error)
{
  if (run != NULL)
    g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(o)", run->path));
  else
    service_fail (call, error);
}

static void
get_run (const Call *call)
{
  GError *error = NULL;
  const char *id;
  HostedRun *run;

  g_variant_get (call->parameters, "(&s)", &id);
  run = service_find_run (call->service, id, &error);
  answer_run (call, run, error);
}

static HostedRun *
find_named (Service    *service,
            const char *name)
{
  for (guint i = service->runs->len; i > 0; i--)
    {
      HostedRun *run = service->runs->pdata[i - 1];

      if (g_str_equal (run->row->name, name))
        return run;
    }
  return NULL;
}

/* The run whose id begins so. %NULL without an error: there is none. */
static HostedRun *
find_prefix (Service     *service,
             const char  *prefix,
             GError     **error)
{
  HostedRun *found = NULL;

  if (strlen (prefix) < MIN_PREFIX)
    return NULL;
  for (guint i = 0; i < service->runs->len; i++)
    {
      HostedRun *run = service->runs->pdata[i];

      if (!g_str_has_prefix (run->row->id, prefix))
        continue;
      if (found != NULL)
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                       _("Several runs begin with “%s”, among them %s and %s"), prefix,
                       found->row->id, run->row->id);
          return NULL;
        }
      found = run;
    }
  return found;
}

static void
resolve_run (const Call *call)
{
  GError *error = NULL;
  const char *text;
  HostedRun *run;

  g_variant_get (call->parameters, "(&s)", &text);
  run = service_find_run (call->service, text, NULL);
  if (run == NULL)
    run = find_named (call->service, text);
  if (run == NULL)
    run = find_prefix (call->service, text, &error);
  if (run == NULL && error == NULL)
    g_set_error (&error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There is no run “%s”, neither by id nor by name"),
                 text);
  answer_run (call, run, error);
}

static void
delete_run (const Call *call)
{
  GError *error = NULL;
  const char *id;
  HostedRun *run;

  g_variant_get (call->parameters, "(&s)", &id);
  run = service_find_run (call->service, id, &error);
  if (run != NULL && !run->has_ended)
    g_set_error (&error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("Run “%s” has not ended; cancel it first"), id);
  if (error != NULL)
    {
      service_fail (call, error);
      return;
    }
  service_remove_run (call->service, run);
  g_dbus_method_invocation_return_value (call->invocation, NULL);
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
  guint statuses, keep = 0, kept = 0, n = 0;
  gint64 before;

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
  before = g_get_real_time () - (gint64) (older_than * G_USEC_PER_SEC);

  for (guint i = call->service->runs->len; i > 0; i--)
    {
      HostedRun *run = call->service->runs->pdata[i - 1];

      if (!run->has_ended || (statuses & (1u << myrmex_run_get_status (run->run))) == 0)
        continue;
      if (kept < keep || myrmex_run_get_finished (run->run) > before)
        {
          kept++;
          continue;
        }
      service_remove_run (call->service, run);
      n++;
    }
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(u)", n));
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
