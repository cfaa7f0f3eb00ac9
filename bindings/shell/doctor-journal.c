/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The journal, looked at from outside: it belongs to the service, and nothing of it is changed. While the service has
 * it, it checks itself. */

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <myrmex.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a journal is larger, checking all of it takes minutes, in bytes. */
#define MAX_CHECKED_BYTES (G_GINT64_CONSTANT (1024) * 1024 * 1024)

/* The process that has the journal, or 0: it holds a lock of this file and has written itself into it. */
static int
find_holder (const char *path)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  char text[16] = "";
  int holder = 0;
  int fd = open (name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    return 0;
  if (fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && pread (fd, text, sizeof text - 1, 0) > 0)
    holder = (int) g_ascii_strtoll (text, NULL, 10);
  close (fd);
  return holder;
}

static gboolean
check_mode (Doctor         *self,
            const char     *path,
            const GStatBuf *info)
{
  if (!S_ISREG (info->st_mode))
    {
      doctor_add (self, "journal", DOCTOR_PROBLEM, g_strdup_printf (_("%s is no file"), path),
                  g_strdup (_("move it away")));
      return FALSE;
    }
  if ((info->st_mode & 0077) != 0)
    {
      doctor_add (self, "journal", DOCTOR_PROBLEM,
                  g_strdup_printf (_("others may look into %s, which has the mode %04o"), path, info->st_mode & 07777),
                  g_strdup_printf ("chmod 600 %s", path));
      return FALSE;
    }
  return TRUE;
}

static gboolean
has_content (const char *path,
             const char *companion)
{
  g_autofree char *name = g_strconcat (path, companion, NULL);
  GStatBuf info;

  return g_stat (name, &info) == 0 && info.st_size > 0;
}

/* “ok”, or what is wrong. Nothing is locked, nothing is written, and what an unfinished write left is not looked at:
 * so only of one that nobody has and that was closed well. */
static char *
check_quickly (const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree char *uri = g_strdup_printf ("file:%s?mode=ro&immutable=1", escaped);
  sqlite3 *handle = NULL;
  sqlite3_stmt *statement = NULL;
  char *answer = NULL;

  if (sqlite3_open_v2 (uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2 (handle, "PRAGMA quick_check (1)", -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    answer = g_strdup (sqlite3_errmsg (handle));
  g_strdelimit (answer, "\n", ' ');
  sqlite3_finalize (statement);
  sqlite3_close (handle);
  return answer;
}

/* What the service did with journals that were damaged. */
static void
check_set_aside (Doctor     *self,
                 const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *prefix = g_strconcat (name, ".broken-", NULL);
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    {
      if (g_str_has_prefix (entry, prefix) && !g_str_has_suffix (entry, "-wal") && !g_str_has_suffix (entry, "-journal"))
        doctor_add (self, "journal", DOCTOR_NOTE,
                    g_strdup_printf (_("it was damaged once, and set aside as %s/%s"), folder, entry),
                    g_strdup (_("its runs are not in the present one; remove it when you do not need them")));
    }
}

static void
check_whole (Doctor     *self,
             const char *path,
             const char *size)
{
  g_autofree char *answer = check_quickly (path);

  if (g_strcmp0 (answer, "ok") == 0)
    doctor_add (self, "journal", DOCTOR_OK, g_strdup_printf (_("%s, %s, whole"), path, size), NULL);
  else
    doctor_add (self, "journal", DOCTOR_PROBLEM, g_strdup_printf (_("%s is damaged: %s"), path, answer),
                g_strdup (_("restore it from a backup now, or let the service set it aside and begin a new one")));
}

void
doctor_check_journal (Doctor *self)
{
  g_autofree char *path = myrmex_journal_dup_default_path ();
  g_autofree char *size = NULL;
  int holder;
  GStatBuf info;

  check_set_aside (self, path);
  if (g_lstat (path, &info) != 0)
    {
      if (errno == ENOENT)
        doctor_add (self, "journal", DOCTOR_OK, g_strdup_printf (_("%s is made when the service first runs"), path),
                    NULL);
      else
        doctor_add (self, "journal", DOCTOR_PROBLEM, g_strdup_printf ("%s: %s", path, g_strerror (errno)), NULL);
      return;
    }
  if (!check_mode (self, path, &info))
    return;

  size = g_format_size ((guint64) info.st_size);
  holder = find_holder (path);
  if (holder != 0)
    doctor_add (self, "journal", DOCTOR_OK, g_strdup_printf (_("%s, %s, in use by process %d"), path, size, holder),
                NULL);
  else if (has_content (path, "-wal"))
    doctor_add (self, "journal", DOCTOR_NOTE, g_strdup_printf (_("%s, %s, was not closed well"), path, size),
                g_strdup (_("nothing is lost by that; the service checks it when it starts")));
  else if (info.st_size > MAX_CHECKED_BYTES)
    doctor_add (self, "journal", DOCTOR_NOTE, g_strdup_printf (_("%s, %s, is too large to be checked here"), path, size),
                g_strdup (_("“myrmex prune” makes it smaller")));
  else
    check_whole (self, path, size);
}
