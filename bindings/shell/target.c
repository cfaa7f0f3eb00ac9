/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From what a person types to what is meant.
 *
 *   “-”                           standard input
 *   with a “/”, or ending “.json” a path: a folder is one of scripts
 *   else                          the name of a workflow of the catalog, or a path
 *
 * Where a name is both, nobody can tell which one is meant, and nothing is run. */

#include "target.h"

#include <glib/gi18n.h>
#include <string.h>

#include "message.h"
#include "settings.h"

/* Workflows that are told of a folder. */
#define MAX_TOLD (5)

void
target_clear (Target *self)
{
  g_clear_pointer (&self->path, g_free);
}

static void
set_path (Target     *self,
          const char *path)
{
  self->kind = g_file_test (path, G_FILE_TEST_IS_DIR) ? TARGET_SCRIPTS : TARGET_FILE;
  self->path = g_strdup (path);
}

static gboolean
is_path (const char *argument)
{
  return g_str_equal (argument, "-") || strchr (argument, '/') != NULL || g_str_has_suffix (argument, ".json");
}

/* Whether it can be meant to be a workflow: a path, whatever is there, a file, or a name of the catalog. */
gboolean
target_exists (const char *argument)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;

  if (is_path (argument) || g_file_test (argument, G_FILE_TEST_EXISTS))
    return TRUE;
  catalog = settings_make_catalog (NULL);
  if (catalog == NULL)
    return TRUE;
  myrmex_catalog_load (catalog, NULL, NULL);
  entry = myrmex_catalog_find (catalog, argument, NULL);
  return entry != NULL;
}

static gboolean
find_name (const char *name,
           Target     *self)
{
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  gboolean exists = g_file_test (name, G_FILE_TEST_EXISTS);

  catalog = settings_make_catalog (&error);
  if (catalog == NULL)
    {
      message_print_errors (error);
      return FALSE;
    }
  myrmex_catalog_load (catalog, NULL, NULL);
  entry = myrmex_catalog_find (catalog, name, &error);
  if (entry == NULL && exists)
    {
      set_path (self, name);
      return TRUE;
    }
  if (entry == NULL && g_file_test (file, G_FILE_TEST_EXISTS))
    {
      message_print_error (_("There is no workflow “%s”; there is a file here: name it “%s”"), name, file);
      return FALSE;
    }
  if (entry == NULL)
    {
      message_print_error ("%s", error->message);
      return FALSE;
    }
  if (exists)
    {
      message_print_error (_("“%s” is a workflow of the catalog, %s, and there is a file or folder of that name here; "
                             "name the path of the one that you mean, such as “./%s”"),
                           name, myrmex_catalog_entry_get_path (entry), name);
      return FALSE;
    }

  self->kind = myrmex_catalog_entry_is_scripts (entry) ? TARGET_SCRIPTS : TARGET_FILE;
  self->path = g_strdup (myrmex_catalog_entry_get_path (entry));
  return TRUE;
}

/* Returns FALSE where it can not be told what is meant, which has been said. */
gboolean
target_find (const char *argument,
             Target     *self)
{
  if (g_str_equal (argument, "-"))
    {
      self->kind = TARGET_INPUT;
      self->path = g_strdup (argument);
      return TRUE;
    }
  if (!is_path (argument))
    return find_name (argument, self);

  set_path (self, argument);
  return TRUE;
}

/* Of a folder without scripts, what else there is to run in it. */
void
target_hint (const char *folder)
{
  g_autoptr (MyrmexCatalog) catalog = myrmex_catalog_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;

  myrmex_catalog_add_folder (catalog, folder);
  myrmex_catalog_load (catalog, NULL, NULL);
  n = g_list_model_get_n_items (G_LIST_MODEL (catalog));
  for (guint i = 0; i < MIN (n, MAX_TOLD); i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (G_LIST_MODEL (catalog), i);
      g_autofree char *base = g_path_get_basename (myrmex_catalog_entry_get_path (entry));
      g_autofree char *path = g_build_filename (folder, base, NULL);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", path);
    }
  if (n > 0)
    message_print_error (_("There are workflows in it; name one of them: %s%s"), text->str, n > MAX_TOLD ? ", …" : "");
}
