/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-log-folder-private.h"

#include <glib/gstdio.h>

struct _MyrmexLogFolder
{
  gatomicrefcount  ref_count;
  GMutex           lock;
  char            *path;      /* or NULL: not made yet */
  gboolean         is_owned;
};

/* @path is there; NULL for a folder of its own. */
MyrmexLogFolder *
myrmex_log_folder_new (const char *path)
{
  MyrmexLogFolder *self = g_new0 (MyrmexLogFolder, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->path = g_strdup (path);
  return self;
}

MyrmexLogFolder *
myrmex_log_folder_ref (MyrmexLogFolder *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
remove_all (MyrmexLogFolder *self)
{
  g_autoptr (GDir) folder = g_dir_open (self->path, 0, NULL);
  const char *file;

  while (folder != NULL && (file = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->path, file, NULL);

      g_unlink (path);
    }
  g_rmdir (self->path);
}

void
myrmex_log_folder_unref (MyrmexLogFolder *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->is_owned)
    remove_all (self);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  g_free (self);
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
  if (self->path == NULL)
    {
      self->path = g_dir_make_tmp ("myrmex-XXXXXX", NULL);
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
