/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/myrmex-run-list-private.h"

#include "client/myrmex-run-info-private.h"
#include "client/myrmex-service-words-private.h"

/**
 * MyrmexRunList:
 *
 * The runs of the service, the newest first, as a list model for applications: a `GtkListView` can show it as it is.
 *
 * Its items are [class@Myrmex.RunInfo]s: light, without the tasks of the run, with properties that notify. It asks for
 * the runs page by page, so that a list of 10,000 holds neither the application nor the service up, and is kept up to
 * date by what the service tells: runs come, change and go. [property@Myrmex.RunList:loading] tells whether there is
 * more to come.
 *
 * A service that is started again is asked again, and what is still as it was stays in its place. As long as there is
 * none, the list keeps what it has; it starts the service when it is made, and when the service goes away while runs go
 * on. What went wrong is [property@Myrmex.RunList:error].
 *
 * All of it happens on the main context that is the thread's default where the list is made.
 *
 * Since: 1.0
 */

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MyrmexRunList, myrmex_run_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum
{
  PROP_RUNNER = 1,
  PROP_FILTER,
  PROP_LOADING,
  PROP_ERROR,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

#define ALL_STATUSES ((2u << MYRMEX_RUN_STATUS_CANCELLED) - 1)
#define ACTIVE_STATUSES \
  (1u << MYRMEX_RUN_STATUS_QUEUED | 1u << MYRMEX_RUN_STATUS_RUNNING | 1u << MYRMEX_RUN_STATUS_PAUSED)

/* --- The filter --- */

static guint
read_statuses (GVariant *filter)
{
  g_autoptr (GVariant) words = g_variant_lookup_value (filter, "status", NULL);
  MyrmexRunStatus status;
  guint statuses = 0;

  if (words == NULL)
    return ALL_STATUSES;
  if (g_variant_is_of_type (words, G_VARIANT_TYPE_STRING))
    return myrmex_service_words_to_run_status (g_variant_get_string (words, NULL), &status) ? 1u << status : 0;
  /* What is not understood the service refuses. */
  if (!g_variant_is_of_type (words, G_VARIANT_TYPE_STRING_ARRAY))
    return 0;
  for (gsize i = 0; i < g_variant_n_children (words); i++)
    {
      g_autoptr (GVariant) word = g_variant_get_child_value (words, i);

      if (myrmex_service_words_to_run_status (g_variant_get_string (word, NULL), &status))
        statuses |= 1u << status;
    }
  return statuses;
}

static void
take_filter (MyrmexRunList *self,
             GVariant      *filter)
{
  gboolean active;

  g_clear_pointer (&self->filter, g_variant_unref);
  self->filter = filter != NULL ? g_variant_ref_sink (filter) : NULL;
  self->statuses = filter != NULL ? read_statuses (filter) : ALL_STATUSES;
  if (filter != NULL && g_variant_lookup (filter, "active", "b", &active))
    self->statuses &= active ? ACTIVE_STATUSES : ALL_STATUSES & ~ACTIVE_STATUSES;
  self->is_selective = self->statuses != ALL_STATUSES;
}

static gboolean
matches (MyrmexRunList *self,
         MyrmexRunInfo *info)
{
  const char *name;
  gint64 since;

  if ((self->statuses & 1u << myrmex_run_info_get_status (info)) == 0)
    return FALSE;
  if (self->filter == NULL)
    return TRUE;
  return (!g_variant_lookup (self->filter, "name", "&s", &name) ||
          g_strcmp0 (name, myrmex_run_info_get_name (info)) == 0) &&
         (!g_variant_lookup (self->filter, "since", "x", &since) || myrmex_run_info_get_submitted (info) >= since);
}

gboolean
myrmex_run_list_is_status_shown (MyrmexRunList *self,
                                 GVariant      *changed)
{
  MyrmexRunStatus status;
  const char *word;

  return g_variant_lookup (changed, "Status", "&s", &word) && myrmex_service_words_to_run_status (word, &status) &&
         (self->statuses & 1u << status) != 0;
}

/* --- The items --- */

static int
compare (gconstpointer a,
         gconstpointer b,
         gpointer      data)
{
  gint64 one = myrmex_run_info_get_submitted ((MyrmexRunInfo *) a);
  gint64 other = myrmex_run_info_get_submitted ((MyrmexRunInfo *) b);

  return one > other ? -1 : one < other;
}

/* After all that are as old, as a page has them. */
static GSequenceIter *
find_place (MyrmexRunList *self,
            MyrmexRunInfo *info)
{
  return g_sequence_search (self->items, info, compare, NULL);
}

/* Before all that are as old: it is new. */
static GSequenceIter *
find_place_of_new (MyrmexRunList *self,
                   MyrmexRunInfo *info)
{
  GSequenceIter *place = find_place (self, info);

  while (!g_sequence_iter_is_begin (place) &&
         compare (g_sequence_get (g_sequence_iter_prev (place)), info, NULL) == 0)
    place = g_sequence_iter_prev (place);
  return place;
}

/* Takes @info. */
static void
insert (MyrmexRunList *self,
        GSequenceIter *before,
        MyrmexRunInfo *info)
{
  GSequenceIter *iter = g_sequence_insert_before (before, info);

  g_hash_table_insert (self->by_id, (gpointer) myrmex_run_info_get_id (info), iter);
  g_hash_table_insert (self->by_path, g_strdup (myrmex_run_info_get_path (info)), iter);
}

static void
remove_item (MyrmexRunList *self,
             GSequenceIter *iter)
{
  MyrmexRunInfo *info = g_sequence_get (iter);
  guint position = (guint) g_sequence_iter_get_position (iter);

  self->n_removed++;
  g_hash_table_remove (self->by_id, myrmex_run_info_get_id (info));
  g_hash_table_remove (self->by_path, myrmex_run_info_get_path (info));
  g_hash_table_remove (self->unseen, myrmex_run_info_get_id (info));
  g_sequence_remove (iter);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static void
update (MyrmexRunList *self,
        GSequenceIter *iter,
        GVariant      *told,
        const char    *path)
{
  g_autoptr (MyrmexRunInfo) info = g_object_ref (g_sequence_get (iter));

  if (path != NULL && !g_str_equal (path, myrmex_run_info_get_path (info)))
    {
      g_hash_table_remove (self->by_path, myrmex_run_info_get_path (info));
      g_hash_table_insert (self->by_path, g_strdup (path), iter);
    }
  g_hash_table_remove (self->unseen, myrmex_run_info_get_id (info));
  myrmex_run_info_update (info, told, path);
  /* Whoever was notified may have done anything. */
  iter = g_hash_table_lookup (self->by_id, myrmex_run_info_get_id (info));
  if (iter != NULL && !matches (self, info))
    remove_item (self, iter);
}

static GSequenceIter *
find_told (MyrmexRunList *self,
           GVariant      *told)
{
  const char *id;

  return g_variant_lookup (told, "Id", "&s", &id) ? g_hash_table_lookup (self->by_id, id) : NULL;
}

void
myrmex_run_list_take (MyrmexRunList *self,
                      GVariant      *told,
                      const char    *path)
{
  GSequenceIter *iter = find_told (self, told);
  g_autoptr (MyrmexRunInfo) info = NULL;

  if (iter != NULL)
    {
      update (self, iter, told, path);
      return;
    }
  info = myrmex_run_info_new (told, path);
  if (info == NULL || !matches (self, info))
    return;
  insert (self, find_place_of_new (self, info), g_object_ref (info));
  self->n_added++;
  iter = g_hash_table_lookup (self->by_id, myrmex_run_info_get_id (info));
  g_list_model_items_changed (G_LIST_MODEL (self), (guint) g_sequence_iter_get_position (iter), 0, 1);
}

/* What is added beside each other is told at once. */
typedef struct
{
  guint position;
  guint n;
} Added;

static void
tell_added (MyrmexRunList *self,
            Added         *added)
{
  Added told = *added;

  added->n = 0;
  if (told.n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), told.position, 0, told.n);
}

static void
add_from_page (MyrmexRunList *self,
               MyrmexRunInfo *info,
               Added         *added)
{
  GSequenceIter *before = find_place (self, info);
  guint position = (guint) g_sequence_iter_get_position (before);

  if (added->n > 0 && position != added->position + added->n)
    {
      tell_added (self, added);
      before = find_place (self, info);
      position = (guint) g_sequence_iter_get_position (before);
    }
  insert (self, before, g_object_ref (info));
  if (added->n++ == 0)
    added->position = position;
}

void
myrmex_run_list_take_page (MyrmexRunList *self,
                           GVariant      *page)
{
  Added added = { 0 };
  gsize n = g_variant_n_children (page);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) told = g_variant_get_child_value (page, i);
      g_autoptr (MyrmexRunInfo) info = NULL;
      GSequenceIter *iter = find_told (self, told);
      const char *path;

      if (iter != NULL)
        {
          tell_added (self, &added);
          iter = find_told (self, told);
          if (iter != NULL && g_variant_lookup (told, "path", "&o", &path))
            update (self, iter, told, path);
          continue;
        }
      info = myrmex_run_info_new (told, NULL);
      if (info != NULL && matches (self, info))
        add_from_page (self, info, &added);
    }
  tell_added (self, &added);
}

void
myrmex_run_list_change (MyrmexRunList *self,
                        const char    *path,
                        GVariant      *changed)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_path, path);

  if (iter != NULL)
    update (self, iter, changed, NULL);
}

void
myrmex_run_list_forget (MyrmexRunList *self,
                        const char    *path)
{
  GSequenceIter *iter = g_hash_table_lookup (self->by_path, path);

  if (iter != NULL)
    remove_item (self, iter);
}

/* The service has told of all that it has. */
void
myrmex_run_list_forget_unseen (MyrmexRunList *self)
{
  g_autofree gpointer *ids = NULL;
  guint n;

  ids = g_hash_table_get_keys_as_array (self->unseen, &n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup (ids[i]);

      g_hash_table_steal (self->unseen, ids[i]);
      g_free (ids[i]);
      if (g_hash_table_contains (self->by_id, id))
        remove_item (self, g_hash_table_lookup (self->by_id, id));
    }
}

gboolean
myrmex_run_list_has_active (MyrmexRunList *self)
{
  for (GSequenceIter *iter = g_sequence_get_begin_iter (self->items); !g_sequence_iter_is_end (iter);
       iter = g_sequence_iter_next (iter))
    {
      if (!myrmex_run_status_is_final (myrmex_run_info_get_status (g_sequence_get (iter))))
        return TRUE;
    }
  return FALSE;
}

/* Takes @error. */
void
myrmex_run_list_set_state (MyrmexRunList *self,
                           gboolean       is_loading,
                           GError        *error)
{
  gboolean had_error = self->error != NULL;

  g_object_freeze_notify (G_OBJECT (self));
  g_clear_error (&self->error);
  self->error = error;
  if (had_error || error != NULL)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
  if (self->is_loading != is_loading)
    {
      self->is_loading = is_loading;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static GType
get_item_type (GListModel *model)
{
  return MYRMEX_TYPE_RUN_INFO;
}

static guint
get_n_items (GListModel *model)
{
  return (guint) g_sequence_get_length (MYRMEX_RUN_LIST (model)->items);
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  MyrmexRunList *self = MYRMEX_RUN_LIST (model);

  if (position >= get_n_items (model))
    return NULL;
  return g_object_ref (g_sequence_get (g_sequence_get_iter_at_pos (self->items, (int) position)));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- The object --- */

static void
myrmex_run_list_constructed (GObject *object)
{
  MyrmexRunList *self = MYRMEX_RUN_LIST (object);

  G_OBJECT_CLASS (myrmex_run_list_parent_class)->constructed (object);

  if (self->runner == NULL)
    self->runner = MYRMEX_SERVICE_RUNNER (myrmex_service_runner_new (NULL));
  myrmex_run_list_connect (self);
}

static void
myrmex_run_list_finalize (GObject *object)
{
  MyrmexRunList *self = MYRMEX_RUN_LIST (object);

  myrmex_run_list_disconnect (self);
  g_clear_object (&self->runner);
  g_clear_pointer (&self->filter, g_variant_unref);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_path);
  g_hash_table_unref (self->unseen);
  g_sequence_free (self->items);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (myrmex_run_list_parent_class)->finalize (object);
}

static void
myrmex_run_list_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  MyrmexRunList *self = MYRMEX_RUN_LIST (object);

  switch (prop_id)
    {
    case PROP_RUNNER:
      g_value_set_object (value, self->runner);
      break;
    case PROP_FILTER:
      g_value_set_variant (value, self->filter);
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, self->is_loading);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_run_list_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  MyrmexRunList *self = MYRMEX_RUN_LIST (object);

  switch (prop_id)
    {
    case PROP_RUNNER:
      self->runner = g_value_dup_object (value);
      break;
    case PROP_FILTER:
      /* At the construction it is loaded when all is known. */
      if (self->connection == NULL)
        take_filter (self, g_value_get_variant (value));
      else
        myrmex_run_list_set_filter (self, g_value_get_variant (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_run_list_class_init (MyrmexRunListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->constructed = myrmex_run_list_constructed;
  object_class->finalize = myrmex_run_list_finalize;
  object_class->get_property = myrmex_run_list_get_property;
  object_class->set_property = myrmex_run_list_set_property;

  /**
   * MyrmexRunList:runner:
   *
   * What the runs are listed by; where none is given, one for the session bus.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNER] = g_param_spec_object ("runner", NULL, NULL, MYRMEX_TYPE_SERVICE_RUNNER,
                                                 G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | flags);

  /**
   * MyrmexRunList:filter:
   *
   * Which runs are listed: a dictionary of type `a{sv}`, see [method@Myrmex.ServiceRunner.list_runs], or %NULL for all.
   * One whose status changes comes and goes with it.
   *
   * Since: 1.0
   */
  properties[PROP_FILTER] = g_param_spec_variant ("filter", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                                                  G_PARAM_READWRITE | G_PARAM_CONSTRUCT | flags);

  /**
   * MyrmexRunList:loading:
   *
   * Whether the list is still asking for what there is.
   *
   * Since: 1.0
   */
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, G_PARAM_READABLE | flags);

  /**
   * MyrmexRunList:error:
   *
   * Why the list could not be loaded, or %NULL.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, G_PARAM_READABLE | flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_run_list_init (MyrmexRunList *self)
{
  self->statuses = ALL_STATUSES;
  self->items = g_sequence_new (g_object_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unseen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->lookups);
}

/**
 * myrmex_run_list_new:
 * @runner: (nullable): what the runs are listed by, or %NULL for the service on the session bus
 * @filter: (nullable): which runs, or %NULL for all; consumed where it is floating
 *
 * Makes a list of the runs of the service, and begins to load it. It is empty at first.
 *
 * Returns: (transfer full): a new list
 *
 * Since: 1.0
 */
MyrmexRunList *
myrmex_run_list_new (MyrmexServiceRunner *runner,
                     GVariant            *filter)
{
  g_autoptr (GVariant) owned = filter != NULL ? g_variant_ref_sink (filter) : NULL;

  g_return_val_if_fail (runner == NULL || MYRMEX_IS_SERVICE_RUNNER (runner), NULL);
  g_return_val_if_fail (filter == NULL || g_variant_is_of_type (filter, G_VARIANT_TYPE_VARDICT), NULL);

  return g_object_new (MYRMEX_TYPE_RUN_LIST, "runner", runner, "filter", owned, NULL);
}

/**
 * myrmex_run_list_get_runner: (get-property runner)
 * @self: a list
 *
 * Gets what the runs are listed by.
 *
 * Returns: (transfer none): the runner
 *
 * Since: 1.0
 */
MyrmexServiceRunner *
myrmex_run_list_get_runner (MyrmexRunList *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_LIST (self), NULL);

  return self->runner;
}

/**
 * myrmex_run_list_get_filter: (get-property filter)
 * @self: a list
 *
 * Gets which runs are listed.
 *
 * Returns: (transfer none) (nullable): the filter, or %NULL for all
 *
 * Since: 1.0
 */
GVariant *
myrmex_run_list_get_filter (MyrmexRunList *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_LIST (self), NULL);

  return self->filter;
}

/**
 * myrmex_run_list_set_filter: (set-property filter)
 * @self: a list
 * @filter: (nullable): which runs, or %NULL for all; consumed where it is floating
 *
 * Sets which runs are listed, and loads them. What is in both lists stays in its place.
 *
 * Since: 1.0
 */
void
myrmex_run_list_set_filter (MyrmexRunList *self,
                            GVariant      *filter)
{
  g_autoptr (GVariant) owned = filter != NULL ? g_variant_ref_sink (filter) : NULL;

  g_return_if_fail (MYRMEX_IS_RUN_LIST (self));
  g_return_if_fail (filter == NULL || g_variant_is_of_type (filter, G_VARIANT_TYPE_VARDICT));

  if (filter == self->filter || (filter != NULL && self->filter != NULL && g_variant_equal (filter, self->filter)))
    return;
  take_filter (self, owned);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FILTER]);
  myrmex_run_list_reload (self);
}

/**
 * myrmex_run_list_get_loading: (get-property loading)
 * @self: a list
 *
 * Gets whether the list is still asking for what there is.
 *
 * Returns: whether it loads
 *
 * Since: 1.0
 */
gboolean
myrmex_run_list_get_loading (MyrmexRunList *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_LIST (self), FALSE);

  return self->is_loading;
}

/**
 * myrmex_run_list_get_error: (get-property error)
 * @self: a list
 *
 * Gets why the list could not be loaded: %MYRMEX_ERROR_NOT_SUPPORTED where there is no service,
 * %MYRMEX_ERROR_INVALID_ARGUMENT where the filter is not understood, %MYRMEX_ERROR_ACCESS_DENIED where this program may
 * not ask.
 *
 * Returns: (transfer none) (nullable): the error, or %NULL
 *
 * Since: 1.0
 */
const GError *
myrmex_run_list_get_error (MyrmexRunList *self)
{
  g_return_val_if_fail (MYRMEX_IS_RUN_LIST (self), NULL);

  return self->error;
}

/**
 * myrmex_run_list_reload:
 * @self: a list
 *
 * Asks the service again for all there is, and starts it where it is not there: after an error, for example.
 *
 * Since: 1.0
 */
void
myrmex_run_list_reload (MyrmexRunList *self)
{
  g_return_if_fail (MYRMEX_IS_RUN_LIST (self));

  g_hash_table_remove_all (self->unseen);
  for (GSequenceIter *iter = g_sequence_get_begin_iter (self->items); !g_sequence_iter_is_end (iter);
       iter = g_sequence_iter_next (iter))
    g_hash_table_add (self->unseen, g_strdup (myrmex_run_info_get_id (g_sequence_get (iter))));
  myrmex_run_list_load (self);
}
