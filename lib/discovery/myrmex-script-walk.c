/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "discovery/myrmex-script-walk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "discovery/myrmex-remark-private.h"

/* Links to folders are not followed, so that the walk is one of a tree: it ends, and finds nothing twice. A
 * link to a script is a script. */

void
myrmex_script_walk_init (MyrmexScriptWalk *self,
                         const char       *folder)
{
  memset (self, 0, sizeof *self);
  self->folder = folder;
  self->depth = 1;
  self->scripts = g_ptr_array_new_with_free_func (g_free);
  self->remarks = myrmex_remarks_new ();
  self->left_out = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
myrmex_script_walk_clear (MyrmexScriptWalk *self)
{
  g_clear_pointer (&self->patterns, g_strfreev);
  g_clear_pointer (&self->skip, g_strfreev);
  g_clear_pointer (&self->scripts, g_ptr_array_unref);
  g_clear_pointer (&self->remarks, g_ptr_array_unref);
  g_clear_pointer (&self->left_out, g_hash_table_unref);
}

static void
leave_out (MyrmexScriptWalk *self,
           const char       *path,
           const char       *reason)
{
  g_autofree char *whole = NULL;

  self->n_left_out++;
  if (self->n_left_out > MYRMEX_SCRIPTS_MAX_TOLD)
    return;

  whole = g_build_filename (self->folder, path, NULL);
  myrmex_remark (self->remarks, whole, MYRMEX_SEVERITY_NOTE, _("left out: %s"), _(reason));
  g_hash_table_insert (self->left_out, g_strdup (path), (gpointer) _(reason));
}

/* A pattern with a slash is one of the whole path. */
static gboolean
matches (char       **patterns,
         const char  *path,
         const char  *name)
{
  for (gsize i = 0; patterns != NULL && patterns[i] != NULL; i++)
    {
      if (g_pattern_match_simple (patterns[i], strchr (patterns[i], '/') != NULL ? path : name))
        return TRUE;
    }
  return FALSE;
}

/* Why a name is none of a script, or %NULL. */
static const char *
refuse_name (MyrmexScriptWalk *self,
             const char       *path,
             const char       *name)
{
  const char *reason = myrmex_file_rules_refuse_name (name);

  if (reason != NULL)
    return reason;
  if (matches (self->skip, path, name))
    return N_("“skip” says so");
  if (g_str_has_suffix (name, ".json"))
    return N_("it is JSON, and no script");
  if (self->patterns != NULL && !matches (self->patterns, path, name))
    return N_("it does not match “pattern”");
  if (!g_utf8_validate (path, -1, NULL))
    return N_("its name is not UTF-8");
  if (strstr (path, "${{") != NULL)
    return N_("its name has “${{” in it, which begins a template");
  return NULL;
}

/* Why a file is no script, or %NULL. */
static const char *
refuse_file (int                at,
             const char        *name,
             const struct stat *status)
{
  if (!S_ISREG (status->st_mode))
    return N_("it is no regular file");
  /* For root everything is executable that anybody may execute. */
  if ((status->st_mode & 0111) == 0 || faccessat (at, name, X_OK, AT_EACCESS) != 0)
    return N_("it is not executable");
  return NULL;
}

static const char *
describe_link (int         at,
               const char *name,
               int         number)
{
  struct stat status;

  if (fstatat (at, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISLNK (status.st_mode))
    return N_("it can not be looked at");
  if (number == ELOOP)
    return N_("it is a link that leads to itself");
  return N_("it is a link that leads nowhere");
}

static gboolean walk (MyrmexScriptWalk  *self,
                      int                fd,
                      const char        *prefix,
                      guint              depth,
                      GCancellable      *cancellable,
                      GError           **error);

static gboolean
enter (MyrmexScriptWalk  *self,
       int                at,
       const char        *path,
       const char        *name,
       guint              depth,
       GCancellable      *cancellable,
       GError           **error)
{
  const char *reason = myrmex_file_rules_refuse_folder (name);
  g_autofree char *whole = NULL;
  g_autoptr (GError) inner = NULL;
  struct stat status;
  int fd;

  if (reason == NULL && matches (self->skip, path, name))
    reason = N_("“skip” says so");
  if (reason == NULL && depth == self->depth)
    reason = N_("it is a folder beyond “depth”");
  if (reason == NULL && fstatat (at, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (status.st_mode))
    reason = N_("it is a link to a folder");
  if (reason != NULL)
    {
      leave_out (self, path, reason);
      return TRUE;
    }

  fd = myrmex_file_rules_open_folder (at, name, FALSE, &inner);
  if (fd >= 0)
    return walk (self, fd, path, depth + 1, cancellable, error);

  whole = g_build_filename (self->folder, path, NULL);
  myrmex_remark (self->remarks, whole, MYRMEX_SEVERITY_WARNING, "%s", inner->message);
  return TRUE;
}

static gboolean
look_at (MyrmexScriptWalk  *self,
         int                at,
         const char        *prefix,
         const char        *name,
         guint              depth,
         GCancellable      *cancellable,
         GError           **error)
{
  g_autofree char *path = prefix != NULL ? g_strconcat (prefix, "/", name, NULL) : g_strdup (name);
  const char *reason;
  struct stat status;

  if (prefix == NULL && g_str_equal (name, MYRMEX_SCRIPTS_FILE))
    return TRUE;
  if (fstatat (at, name, &status, 0) != 0)
    {
      leave_out (self, path, describe_link (at, name, errno));
      return TRUE;
    }
  if (S_ISDIR (status.st_mode))
    return enter (self, at, path, name, depth, cancellable, error);

  reason = refuse_name (self, path, name);
  if (reason == NULL)
    reason = refuse_file (at, name, &status);
  if (reason != NULL)
    {
      leave_out (self, path, reason);
      return TRUE;
    }
  if (self->scripts->len == MYRMEX_SCRIPTS_MAX)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("There are more than %d scripts in “%s”; choose fewer by “pattern” or “depth” in %s"),
                   MYRMEX_SCRIPTS_MAX, self->folder, MYRMEX_SCRIPTS_FILE);
      return FALSE;
    }
  g_ptr_array_add (self->scripts, g_steal_pointer (&path));
  return TRUE;
}

/* Takes @fd. It recurses no deeper than MYRMEX_SCRIPTS_MAX_DEPTH. */
static gboolean
walk (MyrmexScriptWalk  *self,
      int                fd,
      const char        *prefix,
      guint              depth,
      GCancellable      *cancellable,
      GError           **error)
{
  int at = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  g_autoptr (GPtrArray) names = myrmex_file_rules_list (fd, MYRMEX_SCRIPTS_MAX_FILES, cancellable, error);
  gboolean ok = names != NULL;

  for (guint i = 0; ok && i < names->len; i++)
    ok = !g_cancellable_set_error_if_cancelled (cancellable, error) &&
         look_at (self, at, prefix, names->pdata[i], depth, cancellable, error);
  if (at >= 0)
    close (at);
  return ok;
}

gboolean
myrmex_script_walk_run (MyrmexScriptWalk  *self,
                        GCancellable      *cancellable,
                        GError           **error)
{
  int fd = myrmex_file_rules_open_folder (AT_FDCWD, self->folder, TRUE, error);

  if (fd < 0)
    return FALSE;
  if (strstr (self->folder, "${{") != NULL || !g_utf8_validate (self->folder, -1, NULL))
    {
      g_autofree char *shown = g_filename_display_name (self->folder);

      close (fd);
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Scripts in “%s” can not be run: its name is not UTF-8, or has “${{” in it"), shown);
      return FALSE;
    }
  return walk (self, fd, NULL, 1, cancellable, error);
}
