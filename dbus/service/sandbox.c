/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A service that runs commands for its callers is a way out of every sandbox that can reach it. So a caller is let in
 * only when all of this holds; that something can not be read refuses, too:
 *
 *   its mount, user and process-id namespaces are those of the session
 *   there is no /.flatpak-info in what it sees as the root
 *   neither its security label nor its cgroup is one of a packaged sandbox
 */

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <myrmex.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES (64 * 1024)

static void
set_errno (GError     **error,
           const char  *what,
           int          saved)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
               _("It can not be told whether the caller is inside a sandbox: %s: %s"), what, g_strerror (saved));
}

/* The text of a small file, or NULL. Files of /proc tell no size. */
static char *
read_file (int          proc_fd,
           const char  *path,
           GError     **error)
{
  g_autofree char *text = g_malloc (MAX_FILE_BYTES + 1);
  gsize length = 0;
  gssize n = 0;
  int fd = openat (proc_fd, path, O_RDONLY | O_CLOEXEC);

  if (fd >= 0)
    {
      while (length < MAX_FILE_BYTES && (n = read (fd, text + length, MAX_FILE_BYTES - length)) > 0)
        length += n;
    }
  if (fd < 0 || n < 0)
    {
      int saved = errno;

      if (fd >= 0)
        close (fd);
      errno = saved;
      set_errno (error, path, saved);
      return NULL;
    }
  close (fd);
  text[length] = '\0';
  return g_steal_pointer (&text);
}

static gboolean
read_namespace (int          proc_fd,
                pid_t        pid,
                const char  *kind,
                char        *target,
                gsize        size,
                GError     **error)
{
  g_autofree char *path = g_strdup_printf ("%d/ns/%s", (int) pid, kind);
  gssize n = readlinkat (proc_fd, path, target, size - 1);

  if (n <= 0)
    {
      set_errno (error, path, n < 0 ? errno : ENOENT);
      return FALSE;
    }
  target[n] = '\0';
  return TRUE;
}

static gboolean
check_namespaces (int       proc_fd,
                  pid_t     pid,
                  pid_t     reference,
                  GError  **error)
{
  static const char * const kinds[] = { "mnt", "user", "pid" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      char is[64], should[64];

      if (!read_namespace (proc_fd, reference, kinds[i], should, sizeof should, error) ||
          !read_namespace (proc_fd, pid, kinds[i], is, sizeof is, error))
        return FALSE;
      if (!g_str_equal (is, should))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
                       _("Callers inside a sandbox are refused: another %s namespace"), kinds[i]);
          return FALSE;
        }
    }
  return TRUE;
}

/* What is there refuses, and so does what can not be looked at. */
static gboolean
check_flatpak (int       proc_fd,
               pid_t     pid,
               GError  **error)
{
  g_autofree char *path = g_strdup_printf ("%d/root/.flatpak-info", (int) pid);
  g_autofree char *root = g_strdup_printf ("%d/root/", (int) pid);
  struct stat info;

  if (fstatat (proc_fd, root, &info, 0) != 0)
    {
      set_errno (error, root, errno);
      return FALSE;
    }
  if (fstatat (proc_fd, path, &info, AT_SYMLINK_NOFOLLOW) != 0)
    {
      if (errno == ENOENT)
        return TRUE;
      set_errno (error, path, errno);
      return FALSE;
    }
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
               _("Callers inside a sandbox are refused: this is a Flatpak application"));
  return FALSE;
}

/* Without AppArmor there is no label, and then reading it fails with one of these. */
static gboolean
check_label (int       proc_fd,
             pid_t     pid,
             GError  **error)
{
  g_autofree char *path = g_strdup_printf ("%d/attr/current", (int) pid);
  g_autofree char *label = read_file (proc_fd, path, NULL);

  if (label == NULL && errno != ENOENT && errno != EINVAL)
    {
      set_errno (error, path, errno);
      return FALSE;
    }
  if (label != NULL && (g_str_has_prefix (label, "snap.") || g_str_has_prefix (label, "flatpak")))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
                   _("Callers inside a sandbox are refused: its security label is that of one"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_cgroup (int       proc_fd,
              pid_t     pid,
              GError  **error)
{
  g_autofree char *path = g_strdup_printf ("%d/cgroup", (int) pid);
  g_autofree char *text = read_file (proc_fd, path, error);

  if (text == NULL)
    return FALSE;
  if (strstr (text, "/snap.") != NULL || strstr (text, "app-flatpak-") != NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
                   _("Callers inside a sandbox are refused: its cgroup is that of one"));
      return FALSE;
    }
  return TRUE;
}

gboolean
sandbox_check (int       proc_fd,
               pid_t     pid,
               pid_t     reference,
               GError  **error)
{
  return check_namespaces (proc_fd, pid, reference, error) &&
         check_flatpak (proc_fd, pid, error) &&
         check_label (proc_fd, pid, error) &&
         check_cgroup (proc_fd, pid, error);
}

/* The 22nd field of stat. The name, which is the second, may have anything in it, brackets too. */
gboolean
sandbox_get_start_time (int       proc_fd,
                        pid_t     pid,
                        guint64  *start_time,
                        GError  **error)
{
  g_autofree char *path = g_strdup_printf ("%d/stat", (int) pid);
  g_autofree char *text = read_file (proc_fd, path, error);
  g_auto (GStrv) fields = NULL;
  const char *after;

  if (text == NULL)
    return FALSE;
  after = strrchr (text, ')');
  fields = after != NULL ? g_strsplit (after, " ", 22) : NULL;
  if (fields == NULL || g_strv_length (fields) < 21 ||
      !g_ascii_string_to_unsigned (fields[20], 10, 0, G_MAXUINT64, start_time, NULL))
    {
      set_errno (error, path, EINVAL);
      return FALSE;
    }
  return TRUE;
}
