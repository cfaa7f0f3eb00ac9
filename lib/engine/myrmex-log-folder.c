/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Folders of our own are removed when nobody needs them any more, and at the latest when the process exits: languages
 * end without letting go of everything, such as a run that an error holds. */

#include "engine/myrmex-log-folder-private.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

struct _MyrmexLogFolder
{
  gatomicrefcount  ref_count;
  GMutex           lock;
  char            *path;      /* or NULL: not made yet, or gone */
  guint            n_needing;
  gboolean         is_owned;
};

static GMutex own_lock;
static GHashTable *own_paths; /* path → the process that made it, which removes it: not a child that was forked */

/* @path is there; NULL for a folder of its own. Who made it needs it. */
MyrmexLogFolder *
myrmex_log_folder_new (const char *path)
{
  MyrmexLogFolder *self = g_new0 (MyrmexLogFolder, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->path = g_strdup (path);
  self->n_needing = 1;
  return self;
}

MyrmexLogFolder *
myrmex_log_folder_ref (MyrmexLogFolder *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
  g_rmdir (path);
}

static void
exit_cb (void)
{
  GHashTableIter iter;
  gpointer path, pid;

  /* In a child that was forked nobody may be there to unlock it. */
  if (!g_mutex_trylock (&own_lock))
    return;
  g_hash_table_iter_init (&iter, own_paths);
  while (g_hash_table_iter_next (&iter, &path, &pid))
    {
      if (GPOINTER_TO_INT (pid) == getpid ())
        remove_all (path);
    }
  g_hash_table_remove_all (own_paths);
  g_mutex_unlock (&own_lock);
}

static char *
make_own (void)
{
  char *path = g_dir_make_tmp ("myrmex-XXXXXX", NULL);

  if (path == NULL)
    return NULL;
  g_mutex_lock (&own_lock);
  if (own_paths == NULL)
    {
      own_paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      atexit (exit_cb);
    }
  g_hash_table_insert (own_paths, g_strdup (path), GINT_TO_POINTER (getpid ()));
  g_mutex_unlock (&own_lock);
  return path;
}

static void
remove_own (const char *path)
{
  gboolean is_own;

  g_mutex_lock (&own_lock);
  is_own = GPOINTER_TO_INT (g_hash_table_lookup (own_paths, path)) == getpid ();
  g_hash_table_remove (own_paths, path);
  g_mutex_unlock (&own_lock);
  if (is_own)
    remove_all (path);
}

void
myrmex_log_folder_unref (MyrmexLogFolder *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->is_owned && self->path != NULL)
    remove_own (self->path);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* A reference, and what is in it stays until whoever has that lets go of it. */
MyrmexLogFolder *
myrmex_log_folder_need (MyrmexLogFolder *self)
{
  g_mutex_lock (&self->lock);
  self->n_needing++;
  g_mutex_unlock (&self->lock);
  return myrmex_log_folder_ref (self);
}

/* What is in it is needed no more. The reference stays. */
void
myrmex_log_folder_let_go (MyrmexLogFolder *self)
{
  g_autofree char *path = NULL;

  g_mutex_lock (&self->lock);
  if (--self->n_needing == 0 && self->is_owned)
    path = g_steal_pointer (&self->path);
  g_mutex_unlock (&self->lock);

  if (path != NULL)
    remove_own (path);
}

/* Where the output of an attempt goes. NULL where there can be none. The mark between name and attempt is one that
 * names can not have. */
char *
myrmex_log_folder_dup_path (MyrmexLogFolder *self,
                            const char      *name,
                            guint            attempt)
{
  g_autofree char *file = NULL;
  char *path = NULL;

  g_mutex_lock (&self->lock);
  if (self->path == NULL && self->n_needing > 0)
    {
      self->path = make_own ();
      self->is_owned = self->path != NULL;
    }
  if (self->path != NULL)
    {
      file = attempt > 1 ? g_strdup_printf ("%s@%u.log", name, attempt) : g_strdup_printf ("%s.log", name);
      path = g_build_filename (self->path, file, NULL);
    }
  g_mutex_unlock (&self->lock);

  return path;
}

/* Whether there may be logs in it. */
gboolean
myrmex_log_folder_is_made (MyrmexLogFolder *self)
{
  gboolean is_made;

  g_mutex_lock (&self->lock);
  is_made = self->path != NULL;
  g_mutex_unlock (&self->lock);
  return is_made;
}
