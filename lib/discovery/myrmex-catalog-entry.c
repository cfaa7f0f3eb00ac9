/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "discovery/myrmex-catalog-entry-private.h"

#include <string.h>

#include "definition/myrmex-definition.h"
#include "discovery/myrmex-scripts.h"

/**
 * MyrmexCatalogEntry:
 *
 * A workflow that a catalog found: what there is to know of it without keeping it in memory.
 *
 * It tells what was found when the catalog was loaded, and never changes. It may be used from any thread.
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (MyrmexCatalogEntry, myrmex_catalog_entry, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_PATH,
  PROP_DESCRIPTION,
  PROP_N_TASKS,
  PROP_PARAMETERS,
  PROP_TAGS,
  PROP_SCRIPT_FOLDER,
  PROP_BROKEN,
  PROP_SHADOWED_BY,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
myrmex_catalog_entry_finalize (GObject *object)
{
  MyrmexCatalogEntry *self = MYRMEX_CATALOG_ENTRY (object);

  g_free (self->name);
  g_free (self->path);
  g_free (self->description);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_strfreev (self->tags);
  g_clear_pointer (&self->diagnostics, g_ptr_array_unref);
  g_free (self->shadowed_by);

  G_OBJECT_CLASS (myrmex_catalog_entry_parent_class)->finalize (object);
}

static void
myrmex_catalog_entry_get_property (GObject    *object,
                                   guint       prop_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  MyrmexCatalogEntry *self = MYRMEX_CATALOG_ENTRY (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, self->description);
      break;
    case PROP_N_TASKS:
      g_value_set_uint (value, self->n_tasks);
      break;
    case PROP_PARAMETERS:
      g_value_set_variant (value, self->parameters);
      break;
    case PROP_TAGS:
      g_value_set_boxed (value, self->tags);
      break;
    case PROP_SCRIPT_FOLDER:
      g_value_set_boolean (value, self->is_scripts);
      break;
    case PROP_BROKEN:
      g_value_set_boolean (value, self->is_broken);
      break;
    case PROP_SHADOWED_BY:
      g_value_set_string (value, self->shadowed_by);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_catalog_entry_class_init (MyrmexCatalogEntryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = myrmex_catalog_entry_finalize;
  object_class->get_property = myrmex_catalog_entry_get_property;

  /**
   * MyrmexCatalogEntry:name:
   *
   * The name by which the workflow is found.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);

  /**
   * MyrmexCatalogEntry:path:
   *
   * The file of the definition, or the folder of the scripts; absolute.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);

  /**
   * MyrmexCatalogEntry:description:
   *
   * What the workflow is for, in a sentence.
   *
   * Since: 1.0
   */
  properties[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);

  /**
   * MyrmexCatalogEntry:n-tasks:
   *
   * How many tasks the workflow has; 0 where it is broken.
   *
   * Since: 1.0
   */
  properties[PROP_N_TASKS] = g_param_spec_uint ("n-tasks", NULL, NULL, 0, G_MAXUINT, 0, flags);

  /**
   * MyrmexCatalogEntry:parameters:
   *
   * What a run can be given, as in [property@Myrmex.Workflow:parameters].
   *
   * Since: 1.0
   */
  properties[PROP_PARAMETERS] = g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL, flags);

  /**
   * MyrmexCatalogEntry:tags:
   *
   * The tags of its tasks, each once.
   *
   * Since: 1.0
   */
  properties[PROP_TAGS] = g_param_spec_boxed ("tags", NULL, NULL, G_TYPE_STRV, flags);

  /**
   * MyrmexCatalogEntry:script-folder:
   *
   * Whether it is a folder of scripts.
   *
   * Since: 1.0
   */
  properties[PROP_SCRIPT_FOLDER] = g_param_spec_boolean ("script-folder", NULL, NULL, FALSE, flags);

  /**
   * MyrmexCatalogEntry:broken:
   *
   * Whether it can not run, for the reasons that [method@Myrmex.CatalogEntry.get_diagnostics] tells.
   *
   * Since: 1.0
   */
  properties[PROP_BROKEN] = g_param_spec_boolean ("broken", NULL, NULL, FALSE, flags);

  /**
   * MyrmexCatalogEntry:shadowed-by:
   *
   * The path of the workflow that is found by this name in its place.
   *
   * Since: 1.0
   */
  properties[PROP_SHADOWED_BY] = g_param_spec_string ("shadowed-by", NULL, NULL, NULL, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_catalog_entry_init (MyrmexCatalogEntry *self)
{
}

MyrmexCatalogEntry *
myrmex_catalog_entry_new (const char *path,
                          guint       rank)
{
  MyrmexCatalogEntry *self = g_object_new (MYRMEX_TYPE_CATALOG_ENTRY, NULL);

  self->path = g_strdup (path);
  self->rank = rank;
  self->tags = g_new0 (char *, 1);
  return self;
}

static int
compare_cb (gconstpointer a,
            gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static char **
collect_tags (MyrmexWorkflow *workflow)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; i < myrmex_workflow_get_n_tasks (workflow); i++)
    {
      const char * const *tags = myrmex_task_get_tags (myrmex_workflow_get_nth_task (workflow, i));

      for (gsize k = 0; tags != NULL && tags[k] != NULL; k++)
        {
          if (g_hash_table_add (seen, (gpointer) tags[k]))
            g_ptr_array_add (sorted, (gpointer) tags[k]);
        }
    }
  g_ptr_array_sort (sorted, compare_cb);
  g_ptr_array_add (sorted, NULL);
  return g_strdupv ((char **) sorted->pdata);
}

/* What is to be known of a workflow that is good. */
void
myrmex_catalog_entry_fill (MyrmexCatalogEntry *self,
                           MyrmexWorkflow     *workflow)
{
  GVariant *parameters = myrmex_workflow_get_parameters (workflow);

  self->name = g_strdup (myrmex_workflow_get_name (workflow));
  self->description = g_strdup (myrmex_workflow_get_description (workflow));
  self->parameters = parameters != NULL ? g_variant_ref (parameters) : NULL;
  self->n_tasks = myrmex_workflow_get_n_tasks (workflow);
  g_strfreev (self->tags);
  self->tags = collect_tags (workflow);
}

/**
 * myrmex_catalog_entry_get_name:
 * @self: an entry
 *
 * Gets the name by which the workflow is found: that of the definition, or where there is none or it can not be
 * read, that of the file without its `.json`, or of the folder.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
myrmex_catalog_entry_get_name (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->name;
}

/**
 * myrmex_catalog_entry_get_path:
 * @self: an entry
 *
 * Gets the file of the definition, or the folder of the scripts.
 *
 * Returns: (transfer none) (type filename): the path, absolute
 *
 * Since: 1.0
 */
const char *
myrmex_catalog_entry_get_path (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->path;
}

/**
 * myrmex_catalog_entry_get_description:
 * @self: an entry
 *
 * Gets what the workflow is for.
 *
 * Returns: (transfer none) (nullable): a sentence, or %NULL where there is none
 *
 * Since: 1.0
 */
const char *
myrmex_catalog_entry_get_description (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->description;
}

/**
 * myrmex_catalog_entry_get_n_tasks:
 * @self: an entry
 *
 * Gets how many tasks the workflow has.
 *
 * Returns: the number; 0 where it is broken
 *
 * Since: 1.0
 */
guint
myrmex_catalog_entry_get_n_tasks (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), 0);

  return self->n_tasks;
}

/**
 * myrmex_catalog_entry_get_parameters:
 * @self: an entry
 *
 * Gets what a run can be given, as [method@Myrmex.Workflow.get_parameters] does.
 *
 * Returns: (transfer none) (nullable): a dictionary of type `a{sv}`, or %NULL for nothing
 *
 * Since: 1.0
 */
GVariant *
myrmex_catalog_entry_get_parameters (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->parameters;
}

/**
 * myrmex_catalog_entry_get_tags:
 * @self: an entry
 *
 * Gets the tags of its tasks.
 *
 * Returns: (transfer none) (array zero-terminated=1): the tags, each once, sorted
 *
 * Since: 1.0
 */
const char * const *
myrmex_catalog_entry_get_tags (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return (const char * const *) self->tags;
}

/**
 * myrmex_catalog_entry_is_scripts:
 * @self: an entry
 *
 * Tells whether it is a folder of scripts and not a definition.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
gboolean
myrmex_catalog_entry_is_scripts (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), FALSE);

  return self->is_scripts;
}

/**
 * myrmex_catalog_entry_is_broken:
 * @self: an entry
 *
 * Tells whether it can not run, for the reasons that [method@Myrmex.CatalogEntry.get_diagnostics] tells.
 *
 * Returns: whether it is broken
 *
 * Since: 1.0
 */
gboolean
myrmex_catalog_entry_is_broken (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), FALSE);

  return self->is_broken;
}

/**
 * myrmex_catalog_entry_get_shadowed_by:
 * @self: an entry
 *
 * Gets what is found by this name in its place.
 *
 * Returns: (transfer none) (nullable) (type filename): the path of the other, or %NULL where this one is found
 *
 * Since: 1.0
 */
const char *
myrmex_catalog_entry_get_shadowed_by (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->shadowed_by;
}

/**
 * myrmex_catalog_entry_get_diagnostics:
 * @self: an entry
 *
 * Gets what there is to say: errors, warnings, and as notes the files of a folder of scripts that were left
 * out.
 *
 * Returns: (transfer none) (element-type Myrmex.Diagnostic): the diagnostics
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_catalog_entry_get_diagnostics (MyrmexCatalogEntry *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);

  return self->diagnostics;
}

/**
 * myrmex_catalog_entry_load:
 * @self: an entry
 * @cancellable: (nullable): stops the search for scripts
 * @error: return location for an error, or %NULL
 *
 * Makes the workflow, from what the file or the folder has in it now. May be called from any thread; it reads
 * at once.
 *
 * Fails as [ctor@Myrmex.Workflow.new_from_file] and [ctor@Myrmex.Workflow.new_from_scripts] do.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_catalog_entry_load (MyrmexCatalogEntry  *self,
                           GCancellable        *cancellable,
                           GError             **error)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG_ENTRY (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (self->is_scripts)
    return myrmex_workflow_new_from_scripts (self->path, cancellable, error);
  return myrmex_workflow_new_from_file (self->path, error);
}
