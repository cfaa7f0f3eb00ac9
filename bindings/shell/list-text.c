/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What there is to run, for people. */

#include "base/myrmex-escape-private.h"
#include "list-print.h"

#include <glib/gi18n.h>
#include <string.h>

#include "line.h"

#define MAX_NAME_COLUMNS (40)

/* “~/workflows/a.json”: as people write it. */
static char *
abbreviate (const char *path)
{
  const char *home = g_get_home_dir ();
  g_autofree char *shown = g_filename_display_name (path);
  gsize length = strlen (home);

  if (length > 1 && g_str_has_prefix (path, home) && path[length] == '/')
    {
      g_autofree char *rest = g_filename_display_name (path + length);

      return g_strconcat ("~", rest, NULL);
    }
  return g_steal_pointer (&shown);
}

static void
append_escaped (GString    *text,
                const char *before,
                const char *stranger,
                const char *after)
{
  g_string_append (text, before);
  myrmex_escape_append (text, stranger, -1, MYRMEX_ESCAPE_LINE);
  g_string_append (text, after);
}

static void
append_parameters (GString            *text,
                   MyrmexCatalogEntry *entry)
{
  GVariant *parameters = myrmex_catalog_entry_get_parameters (entry);
  GVariantIter iter;
  const char *name;
  GVariant *spec;

  if (parameters == NULL)
    return;

  g_variant_iter_init (&iter, parameters);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &spec))
    {
      g_autoptr (GVariant) owned = spec;
      g_autoptr (GVariant) value = g_variant_lookup_value (owned, "default", NULL);
      g_autofree char *json = value != NULL ? myrmex_value_to_json (value, FALSE) : NULL;
      const char *type = "";
      const char *description = NULL;

      g_variant_lookup (owned, "type", "&s", &type);
      g_variant_lookup (owned, "description", "&s", &description);
      g_string_append_printf (text, "    --param %s=  %s", name, type);
      if (json != NULL)
        append_escaped (text, " = ", json, "");
      if (description != NULL)
        append_escaped (text, "  # ", description, "");
      g_string_append_c (text, '\n');
    }
}

static void
append_diagnostics (GString        *text,
                    GPtrArray      *diagnostics,
                    MyrmexSeverity  least)
{
  for (guint i = 0; diagnostics != NULL && i < diagnostics->len; i++)
    {
      g_autofree char *line = NULL;

      if (myrmex_diagnostic_get_severity (diagnostics->pdata[i]) < least)
        continue;
      line = myrmex_diagnostic_to_string (diagnostics->pdata[i]);
      append_escaped (text, "    ", line, "\n");
    }
}

/* “photo-import  3 tasks  ~/photos.json  Sorts photos”, and below it what is wrong with it. */
static void
append_entry (GString            *text,
              MyrmexCatalogEntry *entry,
              int                 columns,
              gboolean            verbose)
{
  g_autofree char *path = abbreviate (myrmex_catalog_entry_get_path (entry));
  const char *description = myrmex_catalog_entry_get_description (entry);
  const char *shadow = myrmex_catalog_entry_get_shadowed_by (entry);
  guint n = myrmex_catalog_entry_get_n_tasks (entry);
  g_autofree char *tags = g_strjoinv (", ", (char **) myrmex_catalog_entry_get_tags (entry));

  line_append_padded (text, myrmex_catalog_entry_get_name (entry), columns);
  g_string_append (text, "  ");
  if (myrmex_catalog_entry_is_broken (entry))
    g_string_append (text, _("broken"));
  else if (myrmex_catalog_entry_is_scripts (entry))
    g_string_append_printf (text, ngettext ("%u script", "%u scripts", n), n);
  else
    g_string_append_printf (text, ngettext ("%u task", "%u tasks", n), n);
  append_escaped (text, "  ", path, "");
  if (description != NULL)
    append_escaped (text, "  ", description, "");
  g_string_append_c (text, '\n');

  if (shadow != NULL)
    {
      g_autofree char *shown = abbreviate (shadow);

      append_escaped (text, _("    shadowed by "), shown, "\n");
    }
  if (verbose && tags[0] != '\0')
    append_escaped (text, _("    tags: "), tags, "\n");
  if (verbose)
    append_parameters (text, entry);
  append_diagnostics (text, myrmex_catalog_entry_get_diagnostics (entry),
                      verbose ? MYRMEX_SEVERITY_NOTE : MYRMEX_SEVERITY_WARNING);
}

void
list_print_text (MyrmexCatalog *catalog,
                 gboolean       verbose)
{
  g_autoptr (GPtrArray) remarks = myrmex_catalog_dup_remarks (catalog);
  g_autoptr (GString) text = g_string_new (NULL);
  GListModel *model = G_LIST_MODEL (catalog);
  guint n = g_list_model_get_n_items (model);
  int columns = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (model, i);

      columns = MIN (MAX_NAME_COLUMNS, MAX (columns, text_columns (myrmex_catalog_entry_get_name (entry))));
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (model, i);

      append_entry (text, entry, columns, verbose);
    }

  if (n == 0 || verbose)
    {
      g_auto (GStrv) folders = myrmex_catalog_dup_folders (catalog);

      g_string_append (text, n == 0 ? _("There are no workflows. Looked in:\n") : _("\nLooked in:\n"));
      for (gsize i = 0; folders[i] != NULL; i++)
        {
          g_autofree char *shown = abbreviate (folders[i]);

          append_escaped (text, "    ", shown, "\n");
        }
    }
  for (guint i = 0; verbose && i < remarks->len; i++)
    {
      g_autofree char *line = NULL;

      /* Errors go to standard error. */
      if (myrmex_diagnostic_get_severity (remarks->pdata[i]) == MYRMEX_SEVERITY_ERROR)
        continue;
      line = myrmex_diagnostic_to_string (remarks->pdata[i]);
      append_escaped (text, "", line, "\n");
    }
  g_print ("%s", text->str);
}

/* For completion and other programs: what can be run by its name. */
void
list_print_names (MyrmexCatalog *catalog)
{
  GListModel *model = G_LIST_MODEL (catalog);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (model, i);

      if (myrmex_catalog_entry_get_shadowed_by (entry) == NULL && !myrmex_catalog_entry_is_broken (entry))
        g_print ("%s\n", myrmex_catalog_entry_get_name (entry));
    }
}

static void
append_key (GString  *text,
            GVariant *key,
            int       columns)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (key, "default", NULL);
  g_autofree char *json = value != NULL ? myrmex_value_to_json (value, FALSE) : NULL;
  const char *name = "";
  const char *type = NULL;
  const char *description = NULL;

  g_variant_lookup (key, "name", "&s", &name);
  g_variant_lookup (key, "type", "&s", &type);
  g_variant_lookup (key, "description", "&s", &description);
  g_string_append (text, "    ");
  line_append_padded (text, name, type != NULL ? columns : 0);
  if (type != NULL)
    append_escaped (text, "  ", type, "");
  if (json != NULL)
    append_escaped (text, _(", without it "), json, "");
  g_string_append_c (text, '\n');
  if (description != NULL)
    append_escaped (text, "        ", description, "\n");
}

void
list_print_actions_text (void)
{
  g_auto (GStrv) names = myrmex_action_list_types ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GVariant) type = myrmex_action_type_describe (names[i]);
      g_autoptr (GVariant) keys = g_variant_lookup_value (type, "keys", G_VARIANT_TYPE ("aa{sv}"));
      gsize n = g_variant_n_children (keys);
      int columns = 0;

      append_escaped (text, i > 0 ? "\n" : "", names[i], ": ");
      append_escaped (text, "", myrmex_action_type_get_description (names[i]), "\n");
      for (gsize k = 0; k < n; k++)
        {
          g_autoptr (GVariant) key = g_variant_get_child_value (keys, k);
          const char *name = "";

          g_variant_lookup (key, "name", "&s", &name);
          columns = MIN (MAX_NAME_COLUMNS, MAX (columns, text_columns (name)));
        }
      for (gsize k = 0; k < n; k++)
        {
          g_autoptr (GVariant) key = g_variant_get_child_value (keys, k);

          append_key (text, key, columns);
        }
    }
  g_print ("%s", text->str);
}
