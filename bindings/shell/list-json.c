/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What there is to run, for programs: one JSON object on one line. */

#include "list-print.h"

#include <stdio.h>

static void
add_text (GVariantDict *dict,
          const char   *key,
          const char   *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, key, "s", text);
}

/* A path may be any bytes. */
static void
add_path (GVariantDict *dict,
          const char   *key,
          const char   *path)
{
  g_autofree char *shown = path != NULL ? g_filename_display_name (path) : NULL;

  add_text (dict, key, shown);
}

static GVariant *
describe_diagnostic (MyrmexDiagnostic *diagnostic)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_text (&dict, "file", myrmex_diagnostic_get_filename (diagnostic));
  if (myrmex_diagnostic_get_line (diagnostic) > 0)
    {
      g_variant_dict_insert (&dict, "line", "u", myrmex_diagnostic_get_line (diagnostic));
      g_variant_dict_insert (&dict, "column", "u", myrmex_diagnostic_get_column (diagnostic));
    }
  add_text (&dict, "severity", myrmex_severity_to_string (myrmex_diagnostic_get_severity (diagnostic)));
  add_text (&dict, "message", myrmex_diagnostic_get_message (diagnostic));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_diagnostics (GPtrArray *diagnostics)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; diagnostics != NULL && i < diagnostics->len; i++)
    g_variant_builder_add_value (&builder, describe_diagnostic (diagnostics->pdata[i]));
  return g_variant_builder_end (&builder);
}

static GVariant *
describe_entry (MyrmexCatalogEntry *entry)
{
  GVariant *parameters = myrmex_catalog_entry_get_parameters (entry);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_text (&dict, "name", myrmex_catalog_entry_get_name (entry));
  add_text (&dict, "kind", myrmex_catalog_entry_is_scripts (entry) ? "scripts" : "definition");
  add_path (&dict, "path", myrmex_catalog_entry_get_path (entry));
  add_text (&dict, "description", myrmex_catalog_entry_get_description (entry));
  g_variant_dict_insert (&dict, "broken", "b", myrmex_catalog_entry_is_broken (entry));
  add_path (&dict, "shadowed_by", myrmex_catalog_entry_get_shadowed_by (entry));
  g_variant_dict_insert (&dict, "total_tasks", "u", myrmex_catalog_entry_get_n_tasks (entry));
  g_variant_dict_insert_value (&dict, "tags", g_variant_new_strv (myrmex_catalog_entry_get_tags (entry), -1));
  if (parameters != NULL)
    g_variant_dict_insert_value (&dict, "parameters", parameters);
  g_variant_dict_insert_value (&dict, "diagnostics",
                               describe_diagnostics (myrmex_catalog_entry_get_diagnostics (entry)));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_folders (MyrmexCatalog *catalog)
{
  g_auto (GStrv) folders = myrmex_catalog_dup_folders (catalog);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *shown = g_filename_display_name (folders[i]);

      g_variant_builder_add (&builder, "s", shown);
    }
  return g_variant_builder_end (&builder);
}

static void
print (GVariantDict *dict)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_dict_end (dict));
  g_autofree char *text = myrmex_value_to_json (value, FALSE);

  fputs (text, stdout);
  fputc ('\n', stdout);
}

void
list_print_json (MyrmexCatalog *catalog)
{
  g_autoptr (GPtrArray) remarks = myrmex_catalog_dup_remarks (catalog);
  GListModel *model = G_LIST_MODEL (catalog);
  GVariantBuilder builder;
  GVariantDict dict;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (model, i);

      g_variant_builder_add_value (&builder, describe_entry (entry));
    }

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "folders", describe_folders (catalog));
  g_variant_dict_insert_value (&dict, "workflows", g_variant_builder_end (&builder));
  g_variant_dict_insert_value (&dict, "remarks", describe_diagnostics (remarks));
  print (&dict);
}

void
list_print_actions_json (void)
{
  g_auto (GStrv) names = myrmex_action_list_types ();
  GVariantBuilder builder;
  GVariantDict dict;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GVariant) type = myrmex_action_type_describe (names[i]);

      g_variant_builder_add_value (&builder, type);
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "actions", g_variant_builder_end (&builder));
  print (&dict);
}
