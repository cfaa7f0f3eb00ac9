/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is looked at in a folder, and what is left alone. */

#include "discovery/myrmex-file-rules-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/myrmex-error.h"

static const char * const backup_suffixes[] = {
  "~", ".bak", ".old", ".orig", ".rej", ".swp", ".tmp", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".rpmnew", ".rpmsave",
};

/* Beside the hidden ones. */
static const char * const foreign_folders[] = { "CVS", "__pycache__", "node_modules" };

const char *
myrmex_file_rules_refuse_name (const char *name)
{
  if (name[0] == '.')
    return N_("it is hidden");
  if (name[0] == '#')
    return N_("it is a backup");
  for (gsize i = 0; i < G_N_ELEMENTS (backup_suffixes); i++)
    {
      if (g_str_has_suffix (name, backup_suffixes[i]))
        return N_("it is a backup");
    }
  return NULL;
}

const char *
myrmex_file_rules_refuse_folder (const char *name)
{
  if (name[0] == '.')
    return N_("it is a hidden folder");
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_folders); i++)
    {
      if (g_str_equal (name, foreign_folders[i]))
        return N_("such folders belong to other tools");
    }
  return NULL;
}

void
myrmex_file_rules_set_error (int          number,
                             const char  *path,
                             GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  MyrmexError code = MYRMEX_ERROR_FAILED;

  if (number == ENOTDIR)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("“%s” is no folder"), shown);
      return;
    }
  if (number == ENOENT)
    code = MYRMEX_ERROR_NOT_FOUND;
  else if (number == EACCES || number == EPERM)
    code = MYRMEX_ERROR_ACCESS_DENIED;
  g_set_error (error, MYRMEX_ERROR, code, _("The folder “%s” can not be read: %s"), shown, g_strerror (number));
}

/* A file descriptor, or -1 with @error set. @follow tells whether @name may be a link to a folder. */
int
myrmex_file_rules_open_folder (int          at,
                               const char  *name,
                               gboolean     follow,
                               GError     **error)
{
  int fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));

  if (fd < 0)
    myrmex_file_rules_set_error (errno, name, error);
  return fd;
}

static int
compare_cb (gconstpointer a,
            gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* A folder of which every name would be remembered could take all memory there is. */
static gboolean
read_names (DIR           *dir,
            GPtrArray     *names,
            gsize          max_names,
            GCancellable  *cancellable,
            GError       **error)
{
  const struct dirent *found;

  while ((errno = 0, found = readdir (dir)) != NULL)
    {
      if (g_str_equal (found->d_name, ".") || g_str_equal (found->d_name, ".."))
        continue;
      if (names->len == max_names)
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("There are more than %zu files in one folder"),
                       max_names);
          return FALSE;
        }
      g_ptr_array_add (names, g_strdup (found->d_name));
      if (names->len % 1024 == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }

  if (errno == 0)
    return TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("A folder can not be read to its end: %s"),
               g_strerror (errno));
  return FALSE;
}

GPtrArray *
myrmex_file_rules_list (int            fd,
                        gsize          max_names,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = fdopendir (fd);
  gboolean ok;

  if (dir == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("A folder can not be read: %s"), g_strerror (errno));
      close (fd);
      return NULL;
    }

  ok = read_names (dir, names, max_names, cancellable, error);
  closedir (dir);
  if (!ok)
    return NULL;
  g_ptr_array_sort (names, compare_cb);
  return g_steal_pointer (&names);
}
