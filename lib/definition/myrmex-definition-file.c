/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Definitions in files. */

#include "definition/myrmex-definition.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-limits.h"

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

static void
set_too_large (const char  *shown,
               GError     **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
               _("“%s” is too large; a definition may have %d bytes"), shown, MYRMEX_MAX_DEFINITION_BYTES);
}

/* The file may grow while it is read: its size is no promise. */
static GString *
read_all (int          fd,
          const char  *shown,
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
      if (text->len > MYRMEX_MAX_DEFINITION_BYTES)
        {
          set_too_large (shown, error);
          return NULL;
        }
    }
}

static GString *
read_file (const char  *path,
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
    text = read_all (fd, shown, error);
  close (fd);
  return text;
}

/* The folder that the file is in; and the workflow's own one, where it has one, starts from there. */
static void
set_directory (MyrmexWorkflow *workflow,
               const char     *path)
{
  const char *own = myrmex_workflow_get_directory (workflow);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *current = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *whole = NULL;

  if (own != NULL && g_path_is_absolute (own))
    return;

  if (g_path_is_absolute (folder))
    {
      absolute = g_steal_pointer (&folder);
    }
  else
    {
      current = g_get_current_dir ();
      absolute = g_str_equal (folder, ".") ? g_strdup (current) : g_build_filename (current, folder, NULL);
    }
  whole = own != NULL ? g_build_filename (absolute, own, NULL) : g_steal_pointer (&absolute);
  myrmex_workflow_set_directory (workflow, whole);
}

/**
 * myrmex_workflow_new_from_file: (constructor)
 * @path: (type filename): the file of a definition
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of a definition in a file. Relative paths in it start from the folder of the file. May be
 * called from any thread; it reads the file at once.
 *
 * Fails with %MYRMEX_ERROR_INVALID_DEFINITION as [ctor@Myrmex.Workflow.new_from_json] does; and where the file can
 * not be read, with %MYRMEX_ERROR_NOT_FOUND, %MYRMEX_ERROR_ACCESS_DENIED, %MYRMEX_ERROR_INVALID_ARGUMENT for what
 * is no regular file, %MYRMEX_ERROR_LIMIT for one that is too large, or %MYRMEX_ERROR_FAILED.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_new_from_file (const char  *path,
                               GError     **error)
{
  MyrmexWorkflow *workflow;
  GString *text;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  text = read_file (path, error);
  if (text == NULL)
    return NULL;

  workflow = myrmex_workflow_new_from_json (text->str, (gssize) text->len, path, error);
  if (workflow != NULL)
    set_directory (workflow, path);
  g_string_free (text, TRUE);
  return workflow;
}

/**
 * myrmex_definition_check_file:
 * @path: (type filename): the file of a definition
 * @workflow: (out) (optional) (nullable) (transfer full): return location for the workflow, which there is only
 *   where there are no errors
 * @error: return location for an error, or %NULL
 *
 * Tells all that is wrong with the definition in a file, as [func@Myrmex.definition_check] does, and makes the
 * workflow as [ctor@Myrmex.Workflow.new_from_file] does. May be called from any thread; it reads the file at once.
 *
 * Fails only where the file can not be read, with the errors of [ctor@Myrmex.Workflow.new_from_file] for that.
 *
 * Returns: (transfer full) (element-type Myrmex.Diagnostic): what there is to say, in the order of the text, or
 *   %NULL with @error set
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_definition_check_file (const char      *path,
                              MyrmexWorkflow **workflow,
                              GError         **error)
{
  GPtrArray *diagnostics;
  GString *text;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (workflow != NULL)
    *workflow = NULL;
  text = read_file (path, error);
  if (text == NULL)
    return NULL;

  diagnostics = myrmex_definition_check (text->str, (gssize) text->len, path, workflow);
  if (workflow != NULL && *workflow != NULL)
    set_directory (*workflow, path);
  g_string_free (text, TRUE);
  return diagnostics;
}
