/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal/myrmex-journal-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "journal/myrmex-journal-file-private.h"

/**
 * MyrmexJournal:
 *
 * The durable record of runs: what was submitted, what happened, and what came of it.
 *
 * It is a database of SQLite, which one process at a time has open. All work on it is done in a thread of its
 * own; the functions whose names end in `_async` never wait for the disk, the others do. All may be called from
 * any thread, but not from within a function that the journal calls in its own thread.
 *
 * A journal that is found damaged when it is opened is renamed, and an empty one takes its place;
 * [method@Myrmex.Journal.dup_set_aside_path] tells.
 *
 * Since: 1.0
 */

struct _MyrmexJournal
{
  GObject             parent_instance;

  char               *path;
  GMutex              lock;
  MyrmexJournalStore *store;       /* open or opening, or NULL */
  char               *set_aside;
};

G_DEFINE_FINAL_TYPE (MyrmexJournal, myrmex_journal, G_TYPE_OBJECT)

enum
{
  PROP_PATH = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
myrmex_journal_constructed (GObject *object)
{
  MyrmexJournal *self = MYRMEX_JOURNAL (object);

  if (self->path == NULL)
    self->path = myrmex_journal_file_dup_default_path ();

  G_OBJECT_CLASS (myrmex_journal_parent_class)->constructed (object);
}

static void
myrmex_journal_finalize (GObject *object)
{
  MyrmexJournal *self = MYRMEX_JOURNAL (object);

  if (self->store != NULL)
    myrmex_journal_store_close (self->store, NULL, NULL);
  g_clear_pointer (&self->store, myrmex_journal_store_unref);
  g_mutex_clear (&self->lock);
  g_free (self->set_aside);
  g_free (self->path);

  G_OBJECT_CLASS (myrmex_journal_parent_class)->finalize (object);
}

static void
myrmex_journal_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MyrmexJournal *self = MYRMEX_JOURNAL (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_journal_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  MyrmexJournal *self = MYRMEX_JOURNAL (object);

  switch (prop_id)
    {
    case PROP_PATH:
      self->path = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_journal_class_init (MyrmexJournalClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = myrmex_journal_constructed;
  object_class->finalize = myrmex_journal_finalize;
  object_class->get_property = myrmex_journal_get_property;
  object_class->set_property = myrmex_journal_set_property;

  /**
   * MyrmexJournal:path: (getter get_path)
   *
   * The file. Files of SQLite and a lock, with longer names, are beside it.
   *
   * Since: 1.0
   */
  properties[PROP_PATH] =
    g_param_spec_string ("path", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_journal_init (MyrmexJournal *self)
{
  g_mutex_init (&self->lock);
}

/**
 * myrmex_journal_new:
 * @path: (nullable) (type filename): the file, or %NULL for [func@Myrmex.Journal.dup_default_path]
 *
 * Makes an object for a journal, which is to be opened.
 *
 * Returns: (transfer full): a new journal
 *
 * Since: 1.0
 */
MyrmexJournal *
myrmex_journal_new (const char *path)
{
  return g_object_new (MYRMEX_TYPE_JOURNAL, "path", path, NULL);
}

/**
 * myrmex_journal_dup_default_path:
 *
 * Gets where the journal of the user is: `myrmex/journal.db` in `$XDG_STATE_HOME`.
 *
 * Returns: (transfer full) (type filename): a path
 *
 * Since: 1.0
 */
char *
myrmex_journal_dup_default_path (void)
{
  return myrmex_journal_file_dup_default_path ();
}

/**
 * myrmex_journal_get_path: (get-property path)
 * @self: a journal
 *
 * Gets the file.
 *
 * Returns: (transfer none) (type filename): the path
 *
 * Since: 1.0
 */
const char *
myrmex_journal_get_path (MyrmexJournal *self)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);

  return self->path;
}

/**
 * myrmex_journal_dup_set_aside_path:
 * @self: a journal
 *
 * Gets what a journal that was found damaged was renamed to when this one was opened.
 *
 * Returns: (transfer full) (nullable) (type filename): a path, or %NULL if all was well
 *
 * Since: 1.0
 */
char *
myrmex_journal_dup_set_aside_path (MyrmexJournal *self)
{
  char *path;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);

  g_mutex_lock (&self->lock);
  path = g_strdup (self->set_aside);
  g_mutex_unlock (&self->lock);
  return path;
}

MyrmexJournalStore *
myrmex_journal_ref_store (MyrmexJournal *self)
{
  MyrmexJournalStore *store;

  g_mutex_lock (&self->lock);
  store = self->store != NULL ? myrmex_journal_store_ref (self->store) : NULL;
  g_mutex_unlock (&self->lock);
  return store;
}

void
myrmex_journal_wait_init (MyrmexJournalWait *self)
{
  *self = (MyrmexJournalWait) { .is_done = FALSE };
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

/* A MyrmexJournalDoneFunc, and a MyrmexJournalCommittedFunc. */
void
myrmex_journal_wait_done (const GError *error,
                          gpointer      data)
{
  MyrmexJournalWait *self = data;

  g_mutex_lock (&self->lock);
  self->is_done = TRUE;
  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Waits, and clears it. */
gboolean
myrmex_journal_wait_finish (MyrmexJournalWait  *self,
                            GError            **error)
{
  gboolean success;

  g_mutex_lock (&self->lock);
  while (!self->is_done)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);

  success = self->error == NULL;
  if (!success)
    g_propagate_error (error, g_steal_pointer (&self->error));
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  return success;
}

static gboolean
set_not_open (MyrmexJournal  *self,
              GError        **error)
{
  g_autofree char *path = g_filename_display_name (self->path);

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is not open"), path);
  return FALSE;
}

static gboolean
check_thread (MyrmexJournalStore  *store,
              GError             **error)
{
  if (!myrmex_journal_store_is_own_thread (store))
    return TRUE;

  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                       _("A function that the journal calls can not wait for the journal; use the asynchronous functions"));
  return FALSE;
}

gboolean
myrmex_journal_append_sync (MyrmexJournal       *self,
                            MyrmexJournalBatch  *batch,
                            GError             **error)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (self);
  MyrmexJournalWait wait;

  if (store == NULL || !check_thread (store, error))
    {
      myrmex_journal_batch_free (batch);
      return store == NULL ? set_not_open (self, error) : FALSE;
    }

  myrmex_journal_wait_init (&wait);
  if (!myrmex_journal_store_append (store, batch, MYRMEX_JOURNAL_APPEND_WAIT, myrmex_journal_wait_done, &wait,
                                    &wait.error))
    wait.is_done = TRUE;
  return myrmex_journal_wait_finish (&wait, error);
}

gboolean
myrmex_journal_call_sync (MyrmexJournal          *self,
                          MyrmexJournalCallFunc   func,
                          gpointer                data,
                          GCancellable           *cancellable,
                          GError                **error)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (self);
  MyrmexJournalWait wait;

  if (store == NULL)
    return set_not_open (self, error);
  if (!check_thread (store, error))
    return FALSE;

  myrmex_journal_wait_init (&wait);
  myrmex_journal_store_call (store, func, data, cancellable, myrmex_journal_wait_done, &wait);
  return myrmex_journal_wait_finish (&wait, error);
}

/* A journal that is being opened; a reference of each. */
typedef struct
{
  MyrmexJournal      *journal;
  MyrmexJournalStore *store;
  GTask              *task;    /* or NULL: somebody waits */
  MyrmexJournalWait   wait;
} Opening;

/* Makes the store, unless there is one. */
static gboolean
begin_opening (Opening        *self,
               MyrmexJournal  *journal,
               GError        **error)
{
  MyrmexJournalSettings settings = { .path = journal->path };
  g_autofree char *path = g_filename_display_name (journal->path);
  gboolean is_open;

  g_mutex_lock (&journal->lock);
  is_open = journal->store != NULL;
  if (!is_open)
    journal->store = myrmex_journal_store_new (&settings);
  self->journal = g_object_ref (journal);
  self->store = myrmex_journal_store_ref (journal->store);
  g_mutex_unlock (&journal->lock);

  if (is_open)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("The journal “%s” is open already"), path);
  return !is_open;
}

static void
opening_free (Opening *self)
{
  g_clear_object (&self->journal);
  g_clear_pointer (&self->store, myrmex_journal_store_unref);
  g_free (self);
}

static void
return_done (GTask        *task,
             const GError *error)
{
  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* In the thread of the journal. */
static void
opened_cb (const GError *error,
           gpointer      data)
{
  Opening *opening = data;
  MyrmexJournal *self = opening->journal;
  GTask *task = opening->task;

  g_mutex_lock (&self->lock);
  if (error != NULL && self->store == opening->store)
    g_clear_pointer (&self->store, myrmex_journal_store_unref);
  g_free (self->set_aside);
  self->set_aside = error == NULL ? g_strdup (myrmex_journal_store_get_set_aside (opening->store)) : NULL;
  g_mutex_unlock (&self->lock);

  if (task == NULL)
    {
      myrmex_journal_wait_done (error, &opening->wait);
      return;
    }
  opening_free (opening);
  return_done (task, error);
}

/**
 * myrmex_journal_open:
 * @self: a journal
 * @cancellable: (nullable): not used once it has begun
 * @error: return location for an error, or %NULL
 *
 * Opens the journal, and makes it if there is none; waits for the disk. Errors are those of
 * [method@Myrmex.Journal.open_finish].
 *
 * Returns: whether it is open
 *
 * Since: 1.0
 */
gboolean
myrmex_journal_open (MyrmexJournal  *self,
                     GCancellable   *cancellable,
                     GError        **error)
{
  Opening *opening;
  gboolean success;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  opening = g_new0 (Opening, 1);
  success = begin_opening (opening, self, error);
  if (success)
    {
      myrmex_journal_wait_init (&opening->wait);
      myrmex_journal_store_open (opening->store, opened_cb, opening);
      success = myrmex_journal_wait_finish (&opening->wait, error);
    }
  opening_free (opening);
  return success;
}

/**
 * myrmex_journal_open_async:
 * @self: a journal
 * @cancellable: (nullable): not used once it has begun
 * @callback: (scope async): called when it is open, or could not be opened
 * @user_data: data for @callback
 *
 * Opens the journal, and makes it if there is none. What is asked meanwhile is answered after it.
 *
 * Since: 1.0
 */
void
myrmex_journal_open_async (MyrmexJournal       *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  Opening *opening;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_JOURNAL (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_journal_open_async);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  g_task_set_check_cancellable (task, FALSE);

  opening = g_new0 (Opening, 1);
  opening->task = task;
  if (begin_opening (opening, self, &error))
    {
      myrmex_journal_store_open (opening->store, opened_cb, opening);
      return;
    }
  opening_free (opening);
  g_task_return_error (task, error);
  g_object_unref (task);
}

/**
 * myrmex_journal_open_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.open_async] began. It fails with %MYRMEX_ERROR_BUSY if another process has
 * it open, %MYRMEX_ERROR_NOT_SUPPORTED if it is of a newer version, %MYRMEX_ERROR_INVALID_ARGUMENT if it is
 * something else, and %MYRMEX_ERROR_JOURNAL if the disk does not let it be read or written.
 *
 * Returns: whether it is open
 *
 * Since: 1.0
 */
gboolean
myrmex_journal_open_finish (MyrmexJournal  *self,
                            GAsyncResult   *result,
                            GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* In the thread of the journal, or in that of the caller if it was closed already. */
static void
closed_cb (const GError *error,
           gpointer      data)
{
  return_done (data, error);
}

/**
 * myrmex_journal_close_async:
 * @self: a journal
 * @cancellable: (nullable): not used once it has begun
 * @callback: (scope async): called when it is closed
 * @user_data: data for @callback
 *
 * Closes the journal after all that is under way. From now on nothing is taken any more, until it is opened
 * again. A journal that is not open is closed.
 *
 * Dropping the last reference does the same, but nobody is told when it is done.
 *
 * Since: 1.0
 */
void
myrmex_journal_close_async (MyrmexJournal       *self,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr (MyrmexJournalStore) store = NULL;
  GTask *task;

  g_return_if_fail (MYRMEX_IS_JOURNAL (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, myrmex_journal_close_async);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  g_task_set_check_cancellable (task, FALSE);

  g_mutex_lock (&self->lock);
  store = g_steal_pointer (&self->store);
  g_mutex_unlock (&self->lock);
  if (store != NULL)
    myrmex_journal_store_close (store, closed_cb, task);
  else
    return_done (task, NULL);
}

/**
 * myrmex_journal_close_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.close_async] began. It fails with %MYRMEX_ERROR_JOURNAL if the disk does not
 * let it be closed well: it is closed all the same, nothing is lost, and the next opening looks at all of it.
 *
 * Returns: whether it was closed well
 *
 * Since: 1.0
 */
gboolean
myrmex_journal_close_finish (MyrmexJournal  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * myrmex_journal_close:
 * @self: a journal
 * @cancellable: (nullable): not used once it has begun
 * @error: return location for an error, or %NULL
 *
 * As [method@Myrmex.Journal.close_async], but waits.
 *
 * Returns: whether it was closed well
 *
 * Since: 1.0
 */
gboolean
myrmex_journal_close (MyrmexJournal  *self,
                      GCancellable   *cancellable,
                      GError        **error)
{
  g_autoptr (MyrmexJournalStore) store = NULL;
  MyrmexJournalWait wait;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  store = myrmex_journal_ref_store (self);
  if (store == NULL)
    return TRUE;
  if (!check_thread (store, error))
    return FALSE;

  g_mutex_lock (&self->lock);
  if (self->store == store)
    g_clear_pointer (&self->store, myrmex_journal_store_unref);
  g_mutex_unlock (&self->lock);
  myrmex_journal_wait_init (&wait);
  myrmex_journal_store_close (store, myrmex_journal_wait_done, &wait);
  return myrmex_journal_wait_finish (&wait, error);
}
