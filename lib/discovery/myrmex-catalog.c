/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "discovery/myrmex-catalog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"
#include "discovery/myrmex-catalog-search-private.h"

/**
 * MyrmexCatalog:
 *
 * What there is to run: the workflows that are found in folders, as a list that can be bound to a
 * `GtkListView`.
 *
 * Give it folders, load it, and look into it; load it again to see what has changed. Its items are of
 * [class@Myrmex.CatalogEntry], sorted by name. It lists what is broken, too, with the reasons, and of workflows
 * of one name all: the one that is found by the name comes first, and each of the others tells what it is
 * shadowed by.
 *
 * In each folder it looks at the files `*.json` that are definitions, and at folders with a
 * `myrmex-scripts.json`; a folder that was added by [method@Myrmex.Catalog.add_folder] and has executable
 * scripts in it is a workflow as well.
 *
 * It belongs to one thread; only the search of [method@Myrmex.Catalog.load_async] has a thread of its own, so
 * that it holds up no main loop.
 *
 * Since: 1.0
 */

struct _MyrmexCatalog
{
  GObject    parent_instance;

  GPtrArray *folders;      /* of MyrmexCatalogFolder */
  GPtrArray *entries;      /* of MyrmexCatalogEntry */
  GPtrArray *remarks;      /* of diagnostics */
  guint      n_loading;
  guint      last_search;  /* the number of the latest search that was started, and of the one that is shown */
  guint      shown_search;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MyrmexCatalog, myrmex_catalog, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_LOADING = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return MYRMEX_TYPE_CATALOG_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return MYRMEX_CATALOG (model)->entries->len;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  MyrmexCatalog *self = MYRMEX_CATALOG (model);

  return position < self->entries->len ? g_object_ref (self->entries->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
myrmex_catalog_finalize (GObject *object)
{
  MyrmexCatalog *self = MYRMEX_CATALOG (object);

  g_ptr_array_unref (self->folders);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->remarks);

  G_OBJECT_CLASS (myrmex_catalog_parent_class)->finalize (object);
}

static void
myrmex_catalog_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MyrmexCatalog *self = MYRMEX_CATALOG (object);

  switch (prop_id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, self->n_loading > 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_catalog_class_init (MyrmexCatalogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = myrmex_catalog_finalize;
  object_class->get_property = myrmex_catalog_get_property;

  /**
   * MyrmexCatalog:loading:
   *
   * Whether a search that [method@Myrmex.Catalog.load_async] began is under way.
   *
   * Since: 1.0
   */
  properties[PROP_LOADING] =
    g_param_spec_boolean ("loading", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_catalog_init (MyrmexCatalog *self)
{
  self->folders = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_catalog_folder_free);
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->remarks = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_diagnostic_unref);
}

/**
 * myrmex_catalog_new:
 *
 * Makes a catalog that looks into no folder yet.
 *
 * Returns: (transfer full): a new catalog
 *
 * Since: 1.0
 */
MyrmexCatalog *
myrmex_catalog_new (void)
{
  return g_object_new (MYRMEX_TYPE_CATALOG, NULL);
}

/**
 * myrmex_catalog_add_folder:
 * @self: a catalog
 * @path: (type filename): a folder
 *
 * Adds a folder to look into, after those that were added before: of two workflows of one name that of the
 * earlier folder is found. What can not be read is told when it is loaded, by
 * [method@Myrmex.Catalog.dup_remarks].
 *
 * Since: 1.0
 */
void
myrmex_catalog_add_folder (MyrmexCatalog *self,
                           const char    *path)
{
  g_return_if_fail (MYRMEX_IS_CATALOG (self));
  g_return_if_fail (path != NULL);

  g_ptr_array_add (self->folders, myrmex_catalog_folder_new (path, FALSE));
}

/* As the XDG Base Directory Specification has it, a path that is not absolute is passed over. */
static void
add_standard_folder (MyrmexCatalog *self,
                     const char    *data_folder)
{
  g_autofree char *path = g_build_filename (data_folder, "myrmex", "workflows", NULL);

  if (g_path_is_absolute (data_folder))
    g_ptr_array_add (self->folders, myrmex_catalog_folder_new (path, TRUE));
}

/**
 * myrmex_catalog_add_standard_folders:
 * @self: a catalog
 *
 * Adds the folders that workflows are installed to: `$XDG_DATA_HOME/myrmex/workflows`, and `myrmex/workflows`
 * in each of
 * `$XDG_DATA_DIRS`. They need not exist.
 *
 * Since: 1.0
 */
void
myrmex_catalog_add_standard_folders (MyrmexCatalog *self)
{
  const char * const *system = g_get_system_data_dirs ();

  g_return_if_fail (MYRMEX_IS_CATALOG (self));

  add_standard_folder (self, g_get_user_data_dir ());
  for (gsize i = 0; system[i] != NULL; i++)
    add_standard_folder (self, system[i]);
}

/**
 * myrmex_catalog_dup_folders:
 * @self: a catalog
 *
 * Gets the folders that it looks into.
 *
 * Returns: (transfer full) (array zero-terminated=1) (element-type filename): absolute paths, in the order in which
 *   they are searched
 *
 * Since: 1.0
 */
char **
myrmex_catalog_dup_folders (MyrmexCatalog *self)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), NULL);

  for (guint i = 0; i < self->folders->len; i++)
    {
      const MyrmexCatalogFolder *folder = self->folders->pdata[i];

      g_strv_builder_add (paths, folder->path);
    }
  return g_strv_builder_end (paths);
}

/* Takes @findings. Of several searches the latest that was begun is shown, in whatever order they end. */
static void
show (MyrmexCatalog         *self,
      MyrmexCatalogFindings *findings,
      guint                  search)
{
  if (search > self->shown_search)
    {
      g_autoptr (GPtrArray) old = g_steal_pointer (&self->entries);

      g_ptr_array_unref (self->remarks);
      self->entries = g_steal_pointer (&findings->entries);
      self->remarks = g_steal_pointer (&findings->remarks);
      self->shown_search = search;
      if (old->len > 0 || self->entries->len > 0)
        g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, self->entries->len);
    }
  myrmex_catalog_findings_free (findings);
}

/**
 * myrmex_catalog_load:
 * @self: a catalog
 * @cancellable: (nullable): stops the search
 * @error: return location for an error, or %NULL
 *
 * Looks into the folders, and waits for it. What is broken or can not be read is no failure: it is listed as
 * broken, or told by [method@Myrmex.Catalog.dup_remarks].
 *
 * Fails only with %G_IO_ERROR_CANCELLED; the list is then as it was.
 *
 * Returns: whether the list is new
 *
 * Since: 1.0
 */
gboolean
myrmex_catalog_load (MyrmexCatalog  *self,
                     GCancellable   *cancellable,
                     GError        **error)
{
  MyrmexCatalogFindings *findings;
  guint search;

  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  search = ++self->last_search;
  findings = myrmex_catalog_search (self->folders, cancellable, error);
  if (findings == NULL)
    return FALSE;
  show (self, findings, search);
  return TRUE;
}

/* A search in a thread: it has folders of its own. */
typedef struct
{
  GPtrArray *folders;
  guint      number;
} LoadData;

static void
load_data_free (gpointer data)
{
  LoadData *load = data;

  g_ptr_array_unref (load->folders);
  g_free (load);
}

static void
load_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  LoadData *load = data;
  GError *error = NULL;
  MyrmexCatalogFindings *findings = myrmex_catalog_search (load->folders, cancellable, &error);

  if (findings != NULL)
    g_task_return_pointer (task, findings, (GDestroyNotify) myrmex_catalog_findings_free);
  else
    g_task_return_error (task, error);
}

/* Back on the main context of the caller: only here the list changes. */
static void
searched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  MyrmexCatalog *self = MYRMEX_CATALOG (source);
  g_autoptr (GTask) task = user_data;
  const LoadData *load = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;
  MyrmexCatalogFindings *findings = g_task_propagate_pointer (G_TASK (result), &error);

  if (findings != NULL)
    show (self, findings, load->number);
  if (--self->n_loading == 0)
    g_object_notify_by_pspec (source, properties[PROP_LOADING]);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * myrmex_catalog_load_async:
 * @self: a catalog
 * @cancellable: (nullable): stops the search
 * @callback: (scope async) (closure user_data): called on the thread-default main context of the caller
 * @user_data: data for @callback
 *
 * Looks into the folders, in a thread. The list changes at once, on the thread-default main context of the
 * caller, right before @callback is called. Where several searches overlap, the one that was begun last is
 * shown.
 *
 * Since: 1.0
 */
void
myrmex_catalog_load_async (MyrmexCatalog       *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) search = NULL;
  LoadData *load;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_CATALOG (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  load = g_new0 (LoadData, 1);
  load->number = ++self->last_search;
  load->folders = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_catalog_folder_free);
  for (guint i = 0; i < self->folders->len; i++)
    {
      const MyrmexCatalogFolder *folder = self->folders->pdata[i];

      g_ptr_array_add (load->folders, myrmex_catalog_folder_new (folder->path, folder->is_standard));
    }

  /* Its result is right even where it was cancelled too late. */
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_catalog_load_async);
  g_task_set_check_cancellable (task, FALSE);
  search = g_task_new (self, cancellable, searched_cb, task);
  g_task_set_source_tag (search, load_thread);
  g_task_set_check_cancellable (search, FALSE);
  g_task_set_task_data (search, load, load_data_free);
  if (self->n_loading++ == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  g_task_run_in_thread (search, load_thread);
}

/**
 * myrmex_catalog_load_finish:
 * @self: a catalog
 * @result: the result that the callback was given
 * @error: return location for an error, or %NULL
 *
 * Gets how a search ended that [method@Myrmex.Catalog.load_async] began. Fails only with %G_IO_ERROR_CANCELLED;
 * the list is then as it was.
 *
 * Returns: whether the search came to its end
 *
 * Since: 1.0
 */
gboolean
myrmex_catalog_load_finish (MyrmexCatalog  *self,
                            GAsyncResult   *result,
                            GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, myrmex_catalog_load_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * myrmex_catalog_is_loading:
 * @self: a catalog
 *
 * Tells whether a search that [method@Myrmex.Catalog.load_async] began is under way.
 *
 * Returns: whether one is
 *
 * Since: 1.0
 */
gboolean
myrmex_catalog_is_loading (MyrmexCatalog *self)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), FALSE);

  return self->n_loading > 0;
}

/* “/a, /b and /c”: where it was looked for. */
static char *
describe_folders (MyrmexCatalog *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->folders->len; i++)
    {
      const MyrmexCatalogFolder *folder = self->folders->pdata[i];
      g_autofree char *shown = g_filename_display_name (folder->path);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", shown);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What a person may have meant: the workflow in the file of that name, or the nearest name. */
static const char *
guess (MyrmexCatalog *self,
       const char    *name)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const MyrmexCatalogEntry *entry = self->entries->pdata[i];
      g_autofree char *base = g_path_get_basename (entry->path);

      if (g_str_has_prefix (base, name) && g_str_equal (base + strlen (name), ".json"))
        return entry->name;
      myrmex_nearest_offer (&nearest, entry->name);
    }
  return nearest.best;
}

static void
set_not_found (MyrmexCatalog  *self,
               const char     *name,
               GError        **error)
{
  g_autofree char *shown = myrmex_show (name, strlen (name));
  g_autofree char *folders = describe_folders (self);
  const char *nearest = guess (self, name);

  if (self->shown_search == 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 _("There is no workflow “%s”, since the catalog has not been loaded"), shown);
  else if (nearest != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 _("There is no workflow “%s”; did you mean “%s”? Looked in: %s"), shown, nearest, folders);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There is no workflow “%s”. Looked in: %s"), shown,
                 folders);
}

/**
 * myrmex_catalog_find:
 * @self: a catalog
 * @name: the name of a workflow
 * @error: return location for an error, or %NULL
 *
 * Finds the workflow of a name, as it was when the catalog was last loaded. It may be one that is broken.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND; the message has the nearest name there is, and where it looked.
 *
 * Returns: (transfer full): the entry, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexCatalogEntry *
myrmex_catalog_find (MyrmexCatalog  *self,
                     const char     *name,
                     GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  /* Those that are shadowed come later. */
  for (guint i = 0; i < self->entries->len; i++)
    {
      MyrmexCatalogEntry *entry = self->entries->pdata[i];

      if (g_str_equal (entry->name, name))
        return g_object_ref (entry);
    }
  set_not_found (self, name, error);
  return NULL;
}

/**
 * myrmex_catalog_dup_remarks:
 * @self: a catalog
 *
 * Gets what there is to say of the last search beside what its entries tell: as errors the folders that can not
 * be read, and as notes the files that are JSON and no definitions.
 *
 * Returns: (transfer container) (element-type Myrmex.Diagnostic): the diagnostics
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_catalog_dup_remarks (MyrmexCatalog *self)
{
  GPtrArray *copy;

  g_return_val_if_fail (MYRMEX_IS_CATALOG (self), NULL);

  copy = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_diagnostic_unref);
  for (guint i = 0; i < self->remarks->len; i++)
    g_ptr_array_add (copy, myrmex_diagnostic_ref (self->remarks->pdata[i]));
  return copy;
}
