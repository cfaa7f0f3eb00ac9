/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Definitions in files. */

#include "definition/myrmex-definition-private.h"

#include <string.h>

#include "base/myrmex-file-private.h"
#include "base/myrmex-limits.h"

/* The folder that the file is in; and the workflow's own one, where it has one, starts from there. */
void
myrmex_definition_set_directory (MyrmexWorkflow *workflow,
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

/* A name out of any bytes: what a name can not have becomes `_`, and what is too long is cut. */
char *
myrmex_definition_make_name (const char *text,
                             gssize      length)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  char *name = g_strndup (text, MIN (size, MYRMEX_MAX_NAME_BYTES));

  for (gsize i = 0; name[i] != '\0'; i++)
    {
      if (!g_ascii_isalnum (name[i]) && strchr ("._-", name[i]) == NULL)
        name[i] = '_';
    }
  if (name[0] == '\0')
    {
      g_free (name);
      return g_strdup ("_");
    }
  return name;
}

/* The name of a workflow whose definition does not say it: that of the file, without its `.json`. */
char *
myrmex_definition_make_file_name (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  gsize length = strlen (name);

  if (g_str_has_suffix (name, ".json") && length > strlen (".json"))
    length -= strlen (".json");
  return myrmex_definition_make_name (name, (gssize) length);
}

/**
 * myrmex_workflow_new_from_file: (constructor)
 * @path: (type filename): the file of a definition
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of a definition in a file. Relative paths in it start from the folder of the file, and where
 * the definition does not name the workflow, it has the name of the file without its `.json`. May be called
 * from any thread; it reads the file at once.
 *
 * Fails with %MYRMEX_ERROR_INVALID_DEFINITION as [ctor@Myrmex.Workflow.new_from_json] does; and where the file
 * can not be read, with %MYRMEX_ERROR_NOT_FOUND, %MYRMEX_ERROR_ACCESS_DENIED, %MYRMEX_ERROR_INVALID_ARGUMENT
 * for what is no regular file, %MYRMEX_ERROR_LIMIT for one that is too large, or %MYRMEX_ERROR_FAILED.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_new_from_file (const char  *path,
                               GError     **error)
{
  g_autofree char *name = NULL;
  MyrmexWorkflow *workflow;
  GString *text;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, error);
  if (text == NULL)
    return NULL;

  name = myrmex_definition_make_file_name (path);
  workflow = myrmex_definition_make (text->str, (gssize) text->len, path, name, error);
  if (workflow != NULL)
    myrmex_definition_set_directory (workflow, path);
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
 * workflow as [ctor@Myrmex.Workflow.new_from_file] does. May be called from any thread; it reads the file at
 * once.
 *
 * Fails only where the file can not be read, with the errors of [ctor@Myrmex.Workflow.new_from_file] for that.
 *
 * Returns: (transfer container) (element-type Myrmex.Diagnostic): what there is to say, in the order of the text, or
 *   %NULL with @error set
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_definition_check_file (const char      *path,
                              MyrmexWorkflow **workflow,
                              GError         **error)
{
  g_autofree char *name = NULL;
  GPtrArray *diagnostics;
  GString *text;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (workflow != NULL)
    *workflow = NULL;
  text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, error);
  if (text == NULL)
    return NULL;

  name = myrmex_definition_make_file_name (path);
  diagnostics = myrmex_definition_look (text->str, (gssize) text->len, path, name, workflow);
  if (workflow != NULL && *workflow != NULL)
    myrmex_definition_set_directory (*workflow, path);
  g_string_free (text, TRUE);
  return diagnostics;
}
