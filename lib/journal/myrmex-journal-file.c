/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Where a journal is, whose it is, and what becomes of one that is damaged. */

#include "journal/myrmex-journal-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"

/* How long the lock of a process that is gone is waited for. */
#define LOCK_PATIENCE_US (2 * G_TIME_SPAN_SECOND)

/* What SQLite adds to the name, as its documentation has it. */
static const char *const companions[] = { "-wal", "-journal" };

char *
myrmex_journal_file_dup_default_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "myrmex", "journal.db", NULL);
}

static void
set_error (GError     **error,
           const char  *path,
           const char  *reason)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” can not be opened: %s"), name, reason);
}

/* Our own folder is for nobody else; one that an application chose is left as it is. */
gboolean
myrmex_journal_file_make_folder (const char  *path,
                                 GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *ours = myrmex_journal_file_dup_default_path ();

  if (g_mkdir_with_parents (folder, 0700) == 0 &&
      (!g_str_equal (path, ours) || g_chmod (folder, 0700) == 0))
    return TRUE;

  set_error (error, path, g_strerror (errno));
  return FALSE;
}

/* The process that says it has the lock, or 0. */
static int
read_holder (int fd)
{
  char text[16] = "";

  if (pread (fd, text, sizeof text - 1, 0) <= 0)
    return 0;
  return (int) g_ascii_strtoll (text, NULL, 10);
}

static void
set_locked_error (GError     **error,
                  const char  *path,
                  int          holder)
{
  g_autofree char *name = g_filename_display_name (path);

  if (holder > 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                 _("The journal “%s” is in use by process %d; end it, or use another journal"), name, holder);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY,
                 _("The journal “%s” is in use by another process; end it, or use another journal"), name);
}

/* A process that was killed while it started a command has a child, for a moment, that has all it had. */
static gboolean
try_lock (int fd)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  gint64 until = g_get_monotonic_time () + LOCK_PATIENCE_US;
  int holder;

  while (fcntl (fd, F_OFD_SETLK, &lock) < 0)
    {
      int saved = errno;

      holder = read_holder (fd);
      if ((saved != EAGAIN && saved != EACCES) || holder <= 0 || kill (holder, 0) == 0 || errno != ESRCH ||
          g_get_monotonic_time () > until)
        {
          errno = saved;
          return FALSE;
        }
      g_usleep (1000);
    }
  return TRUE;
}

/* Of one opener at a time, also within a process. Returns a descriptor that holds the lock until it is closed,
 * or -1. The file stays: removing it would let two have a lock each. */
int
myrmex_journal_file_lock (const char  *path,
                          GError     **error)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  char holder[16];
  int fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      set_error (error, path, g_strerror (errno));
      return -1;
    }

  if (!try_lock (fd))
    {
      if (errno == EAGAIN || errno == EACCES)
        set_locked_error (error, path, read_holder (fd));
      else
        set_error (error, path, g_strerror (errno));
      close (fd);
      return -1;
    }

  /* Only to be told to others; a full disk is no reason to refuse. */
  g_snprintf (holder, sizeof holder, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) < 0 || pwrite (fd, holder, strlen (holder), 0) < 0)
    g_debug ("The lock “%s” does not say who has it: %s", name, g_strerror (errno));
  return fd;
}

static gboolean
rename_or_absent (const char *from,
                  const char *to)
{
  return g_rename (from, to) == 0 || errno == ENOENT;
}

/* Gives a journal another name, whole. Returns it, or NULL with @error set. */
char *
myrmex_journal_file_set_aside (const char  *path,
                               GError     **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *name = g_strdup_printf ("%s.broken-%s", path, date);
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *shown_name = NULL;
  gboolean done = TRUE;
  int number;

  for (guint i = 2; g_file_test (name, G_FILE_TEST_EXISTS); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s.broken-%s-%u", path, date, i);
    }

  /* The database first: whoever finds the others without it knows what happened, see prepare(). */
  done = rename_or_absent (path, name);
  for (guint i = 0; done && i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *from = g_strconcat (path, companions[i], NULL);
      g_autofree char *to = g_strconcat (name, companions[i], NULL);

      done = rename_or_absent (from, to);
    }
  if (done)
    return g_steal_pointer (&name);

  number = errno;
  shown_name = g_filename_display_name (name);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL,
               _("The journal “%s” is damaged, and can not be set aside as “%s”: %s"), shown, shown_name,
               g_strerror (number));
  return NULL;
}

static gboolean
has_content (const char *path,
             const char *companion)
{
  g_autofree char *name = g_strconcat (path, companion, NULL);
  GStatBuf info;

  return g_stat (name, &info) == 0 && info.st_size > 0;
}

/* With the lock: makes the file if there is none, readable by its owner alone; SQLite gives its other files the
 * same mode. A write-ahead log without its database, which a crash leaves when a journal is being set aside,
 * must not be played into a new one. */
gboolean
myrmex_journal_file_prepare (const char  *path,
                             gboolean    *is_new,
                             char       **set_aside,
                             GError     **error)
{
  struct stat info;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 || fstat (fd, &info) < 0 || ((info.st_mode & 0777) != 0600 && fchmod (fd, 0600) < 0))
    {
      set_error (error, path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  close (fd);

  *is_new = info.st_size == 0;
  if (*is_new && has_content (path, "-wal"))
    {
      *set_aside = myrmex_journal_file_set_aside (path, error);
      return *set_aside != NULL && myrmex_journal_file_prepare (path, is_new, set_aside, error);
    }
  return TRUE;
}
