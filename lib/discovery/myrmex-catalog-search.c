/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Looks for workflows in folders. A folder's own files are looked at, and not those of the folders in it, so
 * that no link can lead the search round in circles. */

#include "discovery/myrmex-catalog-search-private.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/myrmex-file-private.h"
#include "base/myrmex-limits.h"
#include "definition/myrmex-definition-private.h"
#include "discovery/myrmex-file-rules-private.h"
#include "discovery/myrmex-remark-private.h"
#include "discovery/myrmex-scripts.h"

typedef struct
{
  MyrmexCatalogFindings *findings;
  MyrmexCatalogFolder   *folder;
  GCancellable          *cancellable;
  guint                  rank;
} Search;

MyrmexCatalogFolder *
myrmex_catalog_folder_new (const char *path,
                           gboolean    is_standard)
{
  MyrmexCatalogFolder *self = g_new0 (MyrmexCatalogFolder, 1);

  self->path = g_canonicalize_filename (path, NULL);
  self->is_standard = is_standard;
  return self;
}

void
myrmex_catalog_folder_free (MyrmexCatalogFolder *self)
{
  g_free (self->path);
  g_free (self);
}

void
myrmex_catalog_findings_free (MyrmexCatalogFindings *self)
{
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->remarks, g_ptr_array_unref);
  g_free (self);
}

static gboolean
has_key (MyrmexDefinition *definition,
         const char       *key)
{
  return myrmex_json_get_kind (definition->json, MYRMEX_JSON_ROOT) == MYRMEX_JSON_KIND_OBJECT &&
         myrmex_json_find (definition->json, MYRMEX_JSON_ROOT, key) != MYRMEX_JSON_NONE;
}

/* Other tools keep JSON, too. What is no JSON at all may be a definition with a mistake in it. */
static gboolean
is_definition (MyrmexDefinition *definition)
{
  return definition->json == NULL || has_key (definition, "myrmex") || has_key (definition, "tasks");
}

/* The name that a definition with errors has, where it can be read. */
static char *
find_name (MyrmexDefinition *definition)
{
  guint32 value;
  g_autofree char *name = NULL;

  if (definition->json == NULL || !has_key (definition, "name"))
    return NULL;
  value = myrmex_json_find (definition->json, MYRMEX_JSON_ROOT, "name");
  if (myrmex_json_get_kind (definition->json, value) != MYRMEX_JSON_KIND_STRING)
    return NULL;
  name = myrmex_json_dup_string (definition->json, value);
  return myrmex_name_check (N_("workflow"), name, NULL) ? g_steal_pointer (&name) : NULL;
}

static void
warn_of_name (MyrmexDefinition *definition,
              const char       *name,
              const char       *file_name)
{
  g_autofree char *message = NULL;

  if (g_str_equal (name, file_name))
    return;
  message = g_strdup_printf (_("The workflow is found as “%s”, which is not the name of its file, “%s”"), name,
                             file_name);
  myrmex_definition_warn (definition, myrmex_json_find (definition->json, MYRMEX_JSON_ROOT, "name"), message);
}

/* Takes a look at the text; returns FALSE where it is none of ours. */
static gboolean
read_definition (MyrmexCatalogEntry *entry,
                 const GString      *text)
{
  g_autofree char *file_name = myrmex_definition_make_file_name (entry->path);
  MyrmexDefinition definition;
  gboolean is_ours;

  myrmex_definition_init (&definition, entry->path);
  definition.default_name = file_name;
  myrmex_definition_parse (&definition, text->str, (gssize) text->len);
  is_ours = is_definition (&definition);
  if (is_ours)
    {
      if (definition.json != NULL)
        myrmex_definition_read_workflow (&definition);
      if (definition.workflow != NULL)
        warn_of_name (&definition, myrmex_workflow_get_name (definition.workflow), file_name);
      entry->is_broken = !myrmex_definition_finish (&definition);
      entry->diagnostics = g_steal_pointer (&definition.diagnostics);
      if (!entry->is_broken)
        myrmex_catalog_entry_fill (entry, definition.workflow);
      else
        entry->name = find_name (&definition);
      entry->is_guess = entry->name == NULL;
      if (entry->is_guess)
        entry->name = g_steal_pointer (&file_name);
    }
  myrmex_definition_clear (&definition);
  return is_ours;
}

/* An entry of which there is nothing to know but why. */
static void
set_unreadable (MyrmexCatalogEntry *entry,
                const GError       *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  entry->name = myrmex_definition_make_file_name (entry->path);
  entry->is_broken = TRUE;
  entry->is_guess = TRUE;
  entry->diagnostics = myrmex_remarks_new ();
  for (gsize i = 0; lines[i] != NULL; i++)
    myrmex_remark (entry->diagnostics, entry->path, MYRMEX_SEVERITY_ERROR, "%s", lines[i]);
}

static void
add_definition (Search     *search,
                const char *path)
{
  g_autoptr (MyrmexCatalogEntry) entry = myrmex_catalog_entry_new (path, search->rank);
  g_autoptr (GError) error = NULL;
  GString *text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, &error);
  gboolean is_ours = TRUE;

  if (text == NULL)
    {
      set_unreadable (entry, error);
    }
  else
    {
      is_ours = read_definition (entry, text);
      g_string_free (text, TRUE);
    }

  if (is_ours)
    g_ptr_array_add (search->findings->entries, g_steal_pointer (&entry));
  else
    myrmex_remark (search->findings->remarks, path, MYRMEX_SEVERITY_NOTE,
                   _("left out: it is no definition, since it has neither “myrmex” nor “tasks”"));
}

static gboolean
has_errors (GPtrArray *diagnostics)
{
  for (guint i = 0; i < diagnostics->len; i++)
    {
      if (myrmex_diagnostic_get_severity (diagnostics->pdata[i]) == MYRMEX_SEVERITY_ERROR)
        return TRUE;
    }
  return FALSE;
}

/* A folder of scripts; of one @with_settings it is known that it is meant to be one. */
static gboolean
add_scripts (Search      *search,
             const char  *path,
             gboolean     with_settings,
             GError     **error)
{
  g_autoptr (MyrmexCatalogEntry) entry = myrmex_catalog_entry_new (path, search->rank);
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autoptr (GError) inner = NULL;

  entry->is_scripts = TRUE;
  entry->diagnostics = myrmex_scripts_check (path, &workflow, search->cancellable, &inner);
  if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (entry->diagnostics == NULL && !with_settings)
    return TRUE;

  if (entry->diagnostics == NULL)
    {
      set_unreadable (entry, inner);
    }
  else if (workflow != NULL)
    {
      myrmex_catalog_entry_fill (entry, workflow);
    }
  else
    {
      g_autofree char *base = g_path_get_basename (path);

      g_assert (has_errors (entry->diagnostics));
      entry->is_broken = TRUE;
      entry->is_guess = TRUE;
      entry->name = myrmex_definition_make_name (base, -1);
    }
  g_ptr_array_add (search->findings->entries, g_steal_pointer (&entry));
  return TRUE;
}

static gboolean
has_settings (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, MYRMEX_SCRIPTS_FILE, NULL);
  struct stat status;

  return lstat (path, &status) == 0;
}

static gboolean
look_at (Search      *search,
         const char  *name,
         GError     **error)
{
  g_autofree char *path = NULL;
  struct stat status;

  if (g_cancellable_set_error_if_cancelled (search->cancellable, error))
    return FALSE;
  if (myrmex_file_rules_refuse_name (name) != NULL || g_str_equal (name, MYRMEX_SCRIPTS_FILE))
    return TRUE;

  path = g_build_filename (search->folder->path, name, NULL);
  if (stat (path, &status) == 0 && S_ISDIR (status.st_mode))
    return myrmex_file_rules_refuse_folder (name) != NULL || !has_settings (path) ||
           add_scripts (search, path, TRUE, error);
  if (g_str_has_suffix (name, ".json"))
    add_definition (search, path);
  return TRUE;
}

/* Named twice, or by a link, it is one folder. */
static gboolean
is_new (GHashTable *seen,
        int         fd)
{
  struct stat status;

  return fstat (fd, &status) != 0 ||
         g_hash_table_add (seen, g_strdup_printf ("%ju:%ju", (uintmax_t) status.st_dev, (uintmax_t) status.st_ino));
}

static gboolean
search_folder (Search      *search,
               GHashTable  *seen,
               GError     **error)
{
  const char *path = search->folder->path;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GError) inner = NULL;
  gboolean with_settings = has_settings (path);
  int fd = myrmex_file_rules_open_folder (AT_FDCWD, path, TRUE, &inner);

  if (fd >= 0)
    {
      gboolean once = is_new (seen, fd);

      names = myrmex_file_rules_list (fd, MYRMEX_CATALOG_MAX_FILES, search->cancellable, &inner);
      if (!once)
        return TRUE;
    }
  if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (names == NULL)
    {
      if (!search->folder->is_standard || !g_error_matches (inner, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
        myrmex_remark (search->findings->remarks, path, MYRMEX_SEVERITY_ERROR, "%s", inner->message);
      return TRUE;
    }

  for (guint i = 0; i < names->len; i++)
    {
      if (!look_at (search, names->pdata[i], error))
        return FALSE;
    }
  return (search->folder->is_standard && !with_settings) || add_scripts (search, path, with_settings, error);
}

/* Of those of one name, the one that is found comes first: not one whose name is only guessed, then by folder,
 * then rather a good one than a broken one. */
static int
compare_entries_cb (gconstpointer a,
                    gconstpointer b)
{
  const MyrmexCatalogEntry *entry_a = *(const MyrmexCatalogEntry * const *) a;
  const MyrmexCatalogEntry *entry_b = *(const MyrmexCatalogEntry * const *) b;
  int by_name = strcmp (entry_a->name, entry_b->name);

  if (by_name != 0)
    return by_name;
  if (entry_a->is_guess != entry_b->is_guess)
    return entry_a->is_guess ? 1 : -1;
  if (entry_a->rank != entry_b->rank)
    return entry_a->rank < entry_b->rank ? -1 : 1;
  if (entry_a->is_broken != entry_b->is_broken)
    return entry_a->is_broken ? 1 : -1;
  return strcmp (entry_a->path, entry_b->path);
}

static void
shadow (GPtrArray *entries)
{
  const MyrmexCatalogEntry *first = NULL;

  g_ptr_array_sort (entries, compare_entries_cb);
  for (guint i = 0; i < entries->len; i++)
    {
      MyrmexCatalogEntry *entry = entries->pdata[i];

      if (first != NULL && g_str_equal (first->name, entry->name))
        entry->shadowed_by = g_strdup (first->path);
      else
        first = entry;
    }
}

/* May be called from any thread. Fails only where it is cancelled: what can not be read is told among the
 * findings. */
MyrmexCatalogFindings *
myrmex_catalog_search (GPtrArray     *folders,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  MyrmexCatalogFindings *findings = g_new0 (MyrmexCatalogFindings, 1);

  findings->entries = g_ptr_array_new_with_free_func (g_object_unref);
  findings->remarks = myrmex_remarks_new ();
  for (guint i = 0; i < folders->len; i++)
    {
      Search search = { findings, folders->pdata[i], cancellable, i };

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !search_folder (&search, seen, error))
        {
          myrmex_catalog_findings_free (findings);
          return NULL;
        }
    }
  shadow (findings->entries);
  return findings;
}
