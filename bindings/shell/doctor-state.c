/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What people have set, what the system allows, and the folders that the service needs. */

#include "doctor.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <myrmex.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Open files that a few hundred commands at once need, with their output and their logs. */
#define ENOUGH_FILES (4096)

/* Below this the journal may soon not be written any more, in bytes; and below this it is told. */
#define NO_SPACE     (G_GUINT64_CONSTANT (64) * 1024 * 1024)
#define LITTLE_SPACE (G_GUINT64_CONSTANT (512) * 1024 * 1024)

void
doctor_check_settings (Doctor *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexConfig) config = myrmex_config_new_for_user (&error);
  g_auto (GStrv) files = myrmex_config_list_files ();
  g_auto (GStrv) lines = error != NULL ? g_strsplit (error->message, "\n", -1) : NULL;
  guint n = 0;

  for (gsize i = 0; lines != NULL && lines[i] != NULL; i++)
    doctor_add (self, "settings", DOCTOR_PROBLEM, g_strdup (lines[i]), NULL);
  if (config == NULL)
    return;
  for (gsize i = 0; files[i] != NULL; i++)
    n += g_file_test (files[i], G_FILE_TEST_EXISTS) ? 1 : 0;
  doctor_add (self, "settings", DOCTOR_OK,
              g_strdup_printf (ngettext ("%u file, in which all is well", "%u files, in which all is well", n), n),
              NULL);
}

void
doctor_check_limits (Doctor *self)
{
  struct rlimit files = { 0 };

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return;
  if (files.rlim_max < ENOUGH_FILES)
    doctor_add (self, "limits", DOCTOR_NOTE,
                g_strdup_printf (_("a process may have at most %lu open files"), (gulong) files.rlim_max),
                g_strdup_printf (_("where hundreds of commands run at once, raise “ulimit -Hn” to %d"), ENOUGH_FILES));
  else
    doctor_add (self, "limits", DOCTOR_OK,
                g_strdup_printf (_("up to %lu open files"), (gulong) files.rlim_max), NULL);
}

/* --- Folders --- */

/* Whether it is this user's, and nobody else's to look into. What is wrong has been told. */
static gboolean
check_private (Doctor     *self,
               const char *check,
               const char *path)
{
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    {
      doctor_add (self, check, DOCTOR_PROBLEM, g_strdup_printf ("%s: %s", path, g_strerror (errno)), NULL);
      return FALSE;
    }
  if (!S_ISDIR (info.st_mode))
    {
      doctor_add (self, check, DOCTOR_PROBLEM, g_strdup_printf (_("%s is no folder"), path),
                  g_strdup (_("move it away")));
      return FALSE;
    }
  if (info.st_uid != getuid ())
    {
      doctor_add (self, check, DOCTOR_PROBLEM, g_strdup_printf (_("%s belongs to somebody else"), path),
                  g_strdup_printf ("chown -R %s %s", g_get_user_name (), path));
      return FALSE;
    }
  if ((info.st_mode & 0077) != 0)
    {
      doctor_add (self, check, DOCTOR_PROBLEM,
                  g_strdup_printf (_("others may look into %s, which has the mode %04o"), path, info.st_mode & 07777),
                  g_strdup_printf ("chmod 700 %s", path));
      return FALSE;
    }
  if (g_access (path, W_OK | X_OK) != 0)
    {
      doctor_add (self, check, DOCTOR_PROBLEM, g_strdup_printf (_("%s can not be written to"), path),
                  g_strdup_printf ("chmod 700 %s", path));
      return FALSE;
    }
  return TRUE;
}

/* The nearest folder above @path that is there. */
static char *
find_existing (const char *path)
{
  char *folder = g_strdup (path);

  while (!g_file_test (folder, G_FILE_TEST_EXISTS) && !g_str_equal (folder, "/"))
    {
      char *parent = g_path_get_dirname (folder);

      g_free (folder);
      folder = parent;
    }
  return folder;
}

static void
check_state (Doctor     *self,
             const char *state)
{
  g_autofree char *logs = g_build_filename (state, "logs", NULL);
  g_autofree char *existing = find_existing (state);

  if (!g_file_test (state, G_FILE_TEST_EXISTS))
    {
      if (g_access (existing, W_OK | X_OK) == 0)
        doctor_add (self, "state", DOCTOR_OK, g_strdup_printf (_("%s is made when the service first runs"), state),
                    NULL);
      else
        doctor_add (self, "state", DOCTOR_PROBLEM, g_strdup_printf (_("%s can not be made: %s"), state,
                                                                    g_strerror (errno)),
                    g_strdup_printf (_("make %s writable, or set XDG_STATE_HOME"), existing));
      return;
    }
  if (!check_private (self, "state", state) ||
      (g_file_test (logs, G_FILE_TEST_EXISTS) && !check_private (self, "state", logs)))
    return;
  doctor_add (self, "state", DOCTOR_OK, g_strdup (state), NULL);
}

static void
check_space (Doctor     *self,
             const char *state)
{
  g_autofree char *existing = find_existing (state);
  g_autofree char *size = NULL;
  struct statvfs info;
  guint64 space;

  if (statvfs (existing, &info) != 0)
    return;
  space = (guint64) info.f_bavail * info.f_frsize;
  size = g_format_size (space);
  if (space < LITTLE_SPACE)
    doctor_add (self, "space", space < NO_SPACE ? DOCTOR_PROBLEM : DOCTOR_NOTE,
                g_strdup_printf (_("%s left where the journal and the logs are"), size),
                g_strdup (_("make room; without it, runs are refused")));
  else
    doctor_add (self, "space", DOCTOR_OK, g_strdup_printf (_("%s left"), size), NULL);
}

static void
check_runtime (Doctor *self)
{
  const char *set = g_getenv ("XDG_RUNTIME_DIR");
  const char *folder = g_get_user_runtime_dir ();

  if (set == NULL || set[0] == '\0')
    {
      doctor_add (self, "runtime", DOCTOR_NOTE,
                  g_strdup_printf (_("XDG_RUNTIME_DIR is not set; %s is used in its place"), folder),
                  g_strdup (_("log in to a desktop or by ssh, and not by su")));
      return;
    }
  if (check_private (self, "runtime", folder))
    doctor_add (self, "runtime", DOCTOR_OK, g_strdup (folder), NULL);
}

void
doctor_check_folders (Doctor *self)
{
  g_autofree char *journal = myrmex_journal_dup_default_path ();
  g_autofree char *state = g_path_get_dirname (journal);

  check_state (self, state);
  check_space (self, state);
  check_runtime (self);
}

/* --- The supervisor --- */

/* Whether somebody listens at a socket, without disturbing who does. Its columns are, from the left: Num RefCount
 * Protocol Flags Type St Inode Path; the flag 0x10000 is that of a socket that listens. */
static gboolean
has_listener (const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/net/unix", &text, NULL, NULL))
    return TRUE;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      const char *name = strchr (lines[i], '/');
      g_auto (GStrv) columns = g_strsplit (lines[i], " ", 5);

      if (name != NULL && g_str_equal (name, path) && g_strv_length (columns) == 5 &&
          g_str_equal (columns[3], "00010000"))
        return TRUE;
    }
  return FALSE;
}

void
doctor_check_supervisor (Doctor *self)
{
  const char *set = g_getenv ("MYRMEX_SUPERVISOR");
  const char *program = set != NULL && set[0] != '\0' ? set : DOCTOR_LIBEXECDIR "/myrmex-supervisor";
  g_autofree char *socket = g_build_filename (g_get_user_runtime_dir (), "myrmex", "supervisor", NULL);
  g_autofree char *found = g_find_program_in_path (program);

  if (found == NULL)
    doctor_add (self, "supervisor", DOCTOR_NOTE, g_strdup_printf (_("there is no program %s"), program),
                g_strdup (_("install the service of Myrmex, or set MYRMEX_SUPERVISOR")));
  else if (!g_file_test (socket, G_FILE_TEST_EXISTS))
    doctor_add (self, "supervisor", DOCTOR_OK, g_strdup (_("it starts for the first command of the service")), NULL);
  else if (has_listener (socket))
    doctor_add (self, "supervisor", DOCTOR_OK, g_strdup_printf (_("it listens at %s"), socket), NULL);
  else
    doctor_add (self, "supervisor", DOCTOR_OK,
                g_strdup_printf (_("it has gone; it starts anew for the next command, at %s"), socket), NULL);
}
