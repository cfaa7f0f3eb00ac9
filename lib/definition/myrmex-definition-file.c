/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Definitions in files. */

#include "definition/myrmex-definition.h"

#include "base/myrmex-file-private.h"
#include "base/myrmex-limits.h"

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

  text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, error);
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
  text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, error);
  if (text == NULL)
    return NULL;

  diagnostics = myrmex_definition_check (text->str, (gssize) text->len, path, workflow);
  if (workflow != NULL && *workflow != NULL)
    set_directory (*workflow, path);
  g_string_free (text, TRUE);
  return diagnostics;
}
