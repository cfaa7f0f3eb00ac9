/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An id is so many hexadecimal digits. */
#define ID_LENGTH (32)

/* Deeper than any log lies; a task may have put folders there. */
#define MAX_DEPTH (64)

char *
folders_dup_root (const char *journal_path)
{
  g_autofree char *state = g_path_get_dirname (journal_path);

  return g_build_filename (state, "logs", NULL);
}

char *
folders_dup_logs (const char *root,
                  const char *id)
{
  return g_build_filename (root, id, NULL);
}

gboolean
folders_is_id (const char *name)
{
  return strlen (name) == ID_LENGTH && strspn (name, "0123456789abcdef") == ID_LENGTH;
}

static int
open_folder (int         parent,
             const char *name)
{
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Removes what is in the folder @parent by that name: a link itself, and of a folder all that is in it. Returns how
 * many bytes these took. */
static gint64
remove_entry (int         parent,
              const char *name,
              int         depth)
{
  struct stat info = { 0 };
  struct dirent *entry;
  gint64 bytes = 0;
  DIR *folder;
  int fd;

  if (fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  if (unlinkat (parent, name, 0) == 0)
    return (gint64) info.st_blocks * 512;
  if ((errno != EISDIR && errno != EPERM) || depth >= MAX_DEPTH)
    return 0;
  fd = open_folder (parent, name);
  if (fd < 0)
    return 0;
  folder = fdopendir (fd);
  if (folder == NULL)
    {
      close (fd);
      return 0;
    }
  while ((entry = readdir (folder)) != NULL)
    {
      if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
        bytes += remove_entry (fd, entry->d_name, depth + 1);
    }
  closedir (folder);
  return unlinkat (parent, name, AT_REMOVEDIR) == 0 ? bytes + (gint64) info.st_blocks * 512 : bytes;
}

gint64
folders_remove (const char         *root,
                const char * const *ids)
{
  int fd = open_folder (AT_FDCWD, root);
  gint64 bytes = 0;

  if (fd < 0)
    return 0;
  for (gsize i = 0; ids[i] != NULL; i++)
    {
      if (folders_is_id (ids[i]))
        bytes += remove_entry (fd, ids[i], 0);
    }
  close (fd);
  return bytes;
}

char **
folders_list (const char *root)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GDir) folder = g_dir_open (root, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      if (folders_is_id (name))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static gint64
measure (int         parent,
         const char *name,
         int         depth)
{
  struct dirent *entry;
  struct stat info;
  gint64 bytes = 0;
  DIR *folder;
  int fd;

  if (fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  if (!S_ISDIR (info.st_mode) || depth >= MAX_DEPTH)
    return (gint64) info.st_blocks * 512;
  fd = open_folder (parent, name);
  folder = fd >= 0 ? fdopendir (fd) : NULL;
  if (folder == NULL)
    {
      if (fd >= 0)
        close (fd);
      return 0;
    }
  while ((entry = readdir (folder)) != NULL)
    {
      if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
        bytes += measure (fd, entry->d_name, depth + 1);
    }
  closedir (folder);
  return bytes + (gint64) info.st_blocks * 512;
}

gint64
folders_measure (const char *root)
{
  return measure (AT_FDCWD, root, 0);
}
