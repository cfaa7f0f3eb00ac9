/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Validate, ListWorkflows and Report: what takes its time and runs nothing, done in a thread. */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "interfaces/myrmex-bus-private.h"
#include "options.h"

typedef struct
{
  Service               *service;
  Caller                *caller;
  GDBusMethodInvocation *invocation;
  MyrmexRun             *run;        /* nullable */
  char                  *text;
  gsize                  n_bytes;    /* that count for the caller */
} Inquiry;

static void
inquiry_free (Inquiry *self)
{
  caller_unref (self->caller);
  g_clear_object (&self->run);
  g_free (self->text);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inquiry, inquiry_free)

/* On the main context, which callers belong to: the task itself may be let go of last by its thread. */
static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr (Inquiry) self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  self->caller->n_bytes -= self->n_bytes;
  self->caller->n_asked--;
  if (answer != NULL)
    g_dbus_method_invocation_return_value (self->invocation, answer);
  else
    g_dbus_method_invocation_return_gerror (self->invocation, error);
  service_touch (self->service);
}

static void
inquire (const Call      *call,
         const char      *text,
         GTaskThreadFunc  func)
{
  Inquiry *self = g_new0 (Inquiry, 1);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, answered_cb, NULL);

  self->service = call->service;
  self->caller = caller_ref (call->caller);
  self->invocation = call->invocation;
  self->run = call->run != NULL ? g_object_ref (call->run->run) : NULL;
  self->text = g_strdup (text);
  self->n_bytes = text != NULL ? strlen (text) : 0;
  self->caller->n_bytes += self->n_bytes;
  self->caller->n_asked++;
  g_task_set_source_tag (task, inquire);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, func);
}

/* --- Validate --- */

static void
validate_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  Inquiry *self = data;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GPtrArray) diagnostics = myrmex_definition_check (self->text, -1, NULL, &workflow);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexPlan) plan = workflow != NULL ? myrmex_plan_new (workflow, &error) : NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(suus)"));
  for (guint i = 0; i < diagnostics->len; i++)
    {
      MyrmexDiagnostic *diagnostic = diagnostics->pdata[i];

      g_variant_builder_add (&builder, "(suus)",
                             myrmex_severity_to_string (myrmex_diagnostic_get_severity (diagnostic)),
                             myrmex_diagnostic_get_line (diagnostic), myrmex_diagnostic_get_column (diagnostic),
                             myrmex_diagnostic_get_message (diagnostic));
    }
  if (error != NULL)
    g_variant_builder_add (&builder, "(suus)", "error", 0, 0, error->message);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(@a(suus))", g_variant_builder_end (&builder))),
                         (GDestroyNotify) g_variant_unref);
}

void
inquiry_validate (const Call *call,
                  const char *text,
                  GVariant   *options)
{
  GError *error = NULL;

  if (!options_check (options, NULL, 0, &error))
    service_fail (call, error);
  else if (strlen (text) > MYRMEX_BUS_MAX_TEXT_BYTES)
    g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                                           _("A definition to validate may have at most %d bytes"),
                                           MYRMEX_BUS_MAX_TEXT_BYTES);
  else if (call->caller->n_bytes + strlen (text) > MYRMEX_BUS_MAX_WAITING_BYTES)
    g_dbus_method_invocation_return_error (call->invocation, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                                           _("This caller asks faster than the service can read; wait for answers"));
  else
    inquire (call, text, validate_thread);
}

/* --- ListWorkflows --- */

static void
insert_text (GVariantDict *dict,
             const char   *key,
             const char   *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return;
  /* Names of files may be anything. */
  valid = g_utf8_make_valid (text, -1);
  g_variant_dict_insert (dict, key, "s", valid);
}

static GVariant *
describe_entry (MyrmexCatalogEntry *entry)
{
  const char * const *tags = myrmex_catalog_entry_get_tags (entry);
  GVariant *parameters = myrmex_catalog_entry_get_parameters (entry);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert_text (&dict, "name", myrmex_catalog_entry_get_name (entry));
  insert_text (&dict, "path", myrmex_catalog_entry_get_path (entry));
  insert_text (&dict, "description", myrmex_catalog_entry_get_description (entry));
  insert_text (&dict, "shadowed_by", myrmex_catalog_entry_get_shadowed_by (entry));
  g_variant_dict_insert (&dict, "n_tasks", "u", myrmex_catalog_entry_get_n_tasks (entry));
  g_variant_dict_insert (&dict, "is_broken", "b", myrmex_catalog_entry_is_broken (entry));
  if (parameters != NULL)
    g_variant_dict_insert_value (&dict, "parameters", parameters);
  if (tags != NULL && tags[0] != NULL)
    g_variant_dict_insert_value (&dict, "tags", g_variant_new_strv (tags, -1));
  return g_variant_dict_end (&dict);
}

static void
catalog_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  g_autoptr (MyrmexCatalog) catalog = myrmex_catalog_new ();
  GVariantBuilder builder;
  GError *error = NULL;
  guint n;

  myrmex_catalog_add_standard_folders (catalog);
  if (!myrmex_catalog_load (catalog, cancellable, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  n = g_list_model_get_n_items (G_LIST_MODEL (catalog));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (G_LIST_MODEL (catalog), i);

      g_variant_builder_add_value (&builder, describe_entry (entry));
    }
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder))),
                         (GDestroyNotify) g_variant_unref);
}

void
inquiry_list_workflows (const Call *call)
{
  inquire (call, NULL, catalog_thread);
}

/* --- Report --- */

static void
report_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Inquiry *self = data;
  g_autoptr (MyrmexReport) report = myrmex_report_new (self->run);
  GError *error = NULL;
  g_autofree char *text = myrmex_report_format (report, self->text, &error);

  if (text != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(s)", text)), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

/* A report of many tasks takes its time, and a graph starts another program. */
void
inquiry_report (const Call *call,
                const char *format)
{
  inquire (call, format, report_thread);
}
