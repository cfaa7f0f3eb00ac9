/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Files that people name. */

#include "base/myrmex-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"

static void
set_system_error (const char  *shown,
                  int          number,
                  GError     **error)
{
  MyrmexError code = MYRMEX_ERROR_FAILED;

  if (number == ENOENT || number == ENOTDIR)
    code = MYRMEX_ERROR_NOT_FOUND;
  else if (number == EACCES || number == EPERM)
    code = MYRMEX_ERROR_ACCESS_DENIED;
  g_set_error (error, MYRMEX_ERROR, code, _("“%s” can not be read: %s"), shown, g_strerror (number));
}

static gboolean
check_file (int          fd,
            const char  *shown,
            GError     **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    {
      set_system_error (shown, errno, error);
      return FALSE;
    }
  if (!S_ISREG (status.st_mode))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   S_ISDIR (status.st_mode) ? _("“%s” is a folder; name the file in it") : _("“%s” is no regular file"),
                   shown);
      return FALSE;
    }
  return TRUE;
}

/* The file may grow while it is read: its size is no promise. */
static GString *
read_all (int          fd,
          const char  *shown,
          gsize        max_bytes,
          GError     **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char block[65536];

  while (TRUE)
    {
      gssize n = read (fd, block, sizeof block);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_system_error (shown, errno, error);
          return NULL;
        }
      if (n == 0)
        return g_steal_pointer (&text);

      g_string_append_len (text, block, n);
      if (text->len > max_bytes)
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("“%s” is too large; it may have %zu bytes"),
                       shown, max_bytes);
          return NULL;
        }
    }
}

/* All of a regular file, however it grows meanwhile. */
GString *
myrmex_file_read (const char  *path,
                  gsize        max_bytes,
                  GError     **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  GString *text = NULL;
  int fd;

  /* A fifo without a writer would keep the caller waiting. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    {
      set_system_error (shown, errno, error);
      return NULL;
    }

  if (check_file (fd, shown, error))
    text = read_all (fd, shown, max_bytes, error);
  close (fd);
  return text;
}

/* A path as a shell takes it: `~` and what begins with `~/` is of the home folder. */
char *
myrmex_file_expand_home (const char *path)
{
  if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
    return g_strdup (path);
  return path[1] == '\0' ? g_strdup (g_get_home_dir ()) : g_build_filename (g_get_home_dir (), path + 2, NULL);
}
