/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A folder of scripts as a workflow. */

#include "discovery/myrmex-scripts.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-file-private.h"
#include "base/myrmex-limits.h"
#include "discovery/myrmex-remark-private.h"
#include "discovery/myrmex-script-settings-private.h"

/* A file that was left out, and why: rather one that would be a script if it were executable. */
static char *
describe_left_out (MyrmexScriptFolder *self)
{
  const char *usual = _("it is not executable");
  const char *best = NULL;
  const char *best_reason = NULL;
  GHashTableIter iter;
  gpointer path, reason;

  g_hash_table_iter_init (&iter, self->walk.left_out);
  while (g_hash_table_iter_next (&iter, &path, &reason))
    {
      gboolean is_usual = g_str_equal (reason, usual);
      gboolean was_usual = best_reason != NULL && g_str_equal (best_reason, usual);

      if (best != NULL && (was_usual > is_usual || (was_usual == is_usual && strcmp (best, path) < 0)))
        continue;
      best = path;
      best_reason = reason;
    }

  {
    g_autofree char *shown = best != NULL ? g_filename_display_name (best) : NULL;

    return best != NULL ? g_strdup_printf ("%s: %s", shown, best_reason) : NULL;
  }
}

/* What there is to say where nothing is left to run: that it is not nothing that was meant. */
static void
set_no_scripts (MyrmexScriptFolder  *self,
                GError             **error)
{
  g_autofree char *example = describe_left_out (self);

  if (example != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 g_dngettext (GETTEXT_PACKAGE,
                              "There is no executable script in “%s”; %u file was left out (%s)",
                              "There is no executable script in “%s”; %u files were left out, one of them (%s)",
                              self->walk.n_left_out),
                 self->folder, self->walk.n_left_out, example);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There is no executable script in “%s”"), self->folder);
}

/* Returns whether there are settings or none; not, where they are there and can not be read. */
static gboolean
read_settings (MyrmexScriptFolder  *self,
               const char          *path,
               GString            **text,
               GError             **error)
{
  g_autoptr (GError) inner = NULL;

  *text = myrmex_file_read (path, MYRMEX_MAX_DEFINITION_BYTES, &inner);
  if (*text != NULL)
    {
      myrmex_definition_parse (&self->definition, (*text)->str, (gssize) (*text)->len);
      return TRUE;
    }
  if (g_error_matches (inner, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

static void
script_clear (gpointer data)
{
  MyrmexScript *script = data;

  g_free (script->name);
}

static void
init (MyrmexScriptFolder *self,
      const char         *folder,
      const char         *settings)
{
  memset (self, 0, sizeof *self);
  myrmex_definition_init (&self->definition, settings);
  self->folder = g_canonicalize_filename (folder, NULL);
  myrmex_script_walk_init (&self->walk, self->folder);
  self->scripts = g_array_new (FALSE, TRUE, sizeof (MyrmexScript));
  g_array_set_clear_func (self->scripts, script_clear);
  self->by_path = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->defaults = MYRMEX_JSON_NONE;
  self->own = MYRMEX_JSON_NONE;
}

static void
clear (MyrmexScriptFolder *self)
{
  myrmex_definition_clear (&self->definition);
  g_hash_table_unref (self->by_path);
  g_hash_table_unref (self->by_name);
  g_array_unref (self->scripts);
  myrmex_script_walk_clear (&self->walk);
  g_free (self->folder);
}

/* Each script stands for itself, unless the settings say otherwise. */
static void
make_workflow (MyrmexScriptFolder *self)
{
  g_autofree char *base = g_path_get_basename (self->folder);
  g_autofree char *usual = myrmex_definition_make_name (base, -1);
  g_autofree char *name = NULL;

  if (self->definition.json != NULL &&
      myrmex_json_get_kind (self->definition.json, MYRMEX_JSON_ROOT) == MYRMEX_JSON_KIND_OBJECT)
    name = myrmex_definition_read_workflow_name (&self->definition);
  self->definition.workflow = myrmex_workflow_new (name != NULL ? name : usual);
  myrmex_workflow_set_fail_fast (self->definition.workflow, FALSE);
}

static gboolean
look (MyrmexScriptFolder  *self,
      const char          *settings,
      GString            **text,
      GCancellable        *cancellable,
      GError             **error)
{
  if (!read_settings (self, settings, text, error))
    return FALSE;
  make_workflow (self);
  if (self->definition.json != NULL)
    myrmex_script_settings_read_head (self);
  if (!myrmex_script_walk_run (&self->walk, cancellable, error))
    return FALSE;

  if (self->walk.scripts->len == 0 && self->definition.n_errors == 0)
    {
      set_no_scripts (self, error);
      return FALSE;
    }
  myrmex_script_settings_name (self);
  myrmex_script_settings_apply (self);
  myrmex_definition_set_directory (self->definition.workflow, settings);
  myrmex_definition_finish (&self->definition);
  return TRUE;
}

/**
 * myrmex_scripts_check:
 * @folder: (type filename): a folder
 * @workflow: (out) (optional) (nullable) (transfer full): return location for the workflow, which there is only where
 *   there are no errors
 * @cancellable: (nullable): stops the search
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of the executable scripts in a folder, as [ctor@Myrmex.Workflow.new_from_scripts] does, and
 * tells all that there is to say: what is wrong with its settings, and, as notes, each file that was left out
 * and why. May be called from any thread; it reads the folder at once.
 *
 * Fails only where the folder or its settings can not be read, or where there is no script in it, with the
 * errors of [ctor@Myrmex.Workflow.new_from_scripts] for that.
 *
 * Returns: (transfer container) (element-type Myrmex.Diagnostic): what there is to say, or %NULL with @error set
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_scripts_check (const char      *folder,
                      MyrmexWorkflow **workflow,
                      GCancellable    *cancellable,
                      GError         **error)
{
  g_autoptr (GPtrArray) diagnostics = NULL;
  g_autofree char *settings = NULL;
  GString *text = NULL;
  MyrmexScriptFolder self;

  g_return_val_if_fail (folder != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (workflow != NULL)
    *workflow = NULL;
  settings = g_build_filename (folder, MYRMEX_SCRIPTS_FILE, NULL);
  init (&self, folder, settings);
  if (look (&self, settings, &text, cancellable, error))
    {
      diagnostics = g_steal_pointer (&self.definition.diagnostics);
      g_ptr_array_extend_and_steal (diagnostics, g_steal_pointer (&self.walk.remarks));
      if (workflow != NULL)
        *workflow = g_steal_pointer (&self.definition.workflow);
    }
  clear (&self);
  if (text != NULL)
    g_string_free (text, TRUE);
  return g_steal_pointer (&diagnostics);
}

/**
 * myrmex_workflow_new_from_scripts: (constructor)
 * @folder: (type filename): a folder
 * @cancellable: (nullable): stops the search
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of the executable scripts in a folder: a task for each, side by side, that stands for
 * itself, so that one that fails does not keep the others from running. Its name is the path of the script from
 * @folder, with `.` for each `/` and `_` for what a name can not have. They run in @folder. What they print is a value
 * only where the settings ask for one, so that nothing but the exit status says how a script ended.
 *
 * What is hidden, a backup (`*~`, `*.bak` and their like), not executable, or JSON is left out, and so are
 * folders that belong to other tools, such as `.git` and `__pycache__`; [func@Myrmex.scripts_check] tells each
 * of them and why. A file `myrmex-scripts.json` in @folder may say more: how deep to look, which names to take
 * and to skip, and arguments, environment, dependencies, time-outs, retries and allowed exit codes of the
 * scripts.
 *
 * May be called from any thread; it reads the folder at once.
 *
 * Fails with %MYRMEX_ERROR_INVALID_DEFINITION where the settings have errors, which the message lists one a line,
 * as `file:line:column: message`; with %MYRMEX_ERROR_NOT_FOUND where there is no such folder or no script in it,
 * %MYRMEX_ERROR_INVALID_ARGUMENT where it is no folder, %MYRMEX_ERROR_ACCESS_DENIED where it may not be read,
 * and %MYRMEX_ERROR_LIMIT where there are too many.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_new_from_scripts (const char    *folder,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  MyrmexWorkflow *workflow = NULL;
  g_autofree char *settings = NULL;
  GString *text = NULL;
  MyrmexScriptFolder self;

  g_return_val_if_fail (folder != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  settings = g_build_filename (folder, MYRMEX_SCRIPTS_FILE, NULL);
  init (&self, folder, settings);
  if (look (&self, settings, &text, cancellable, error))
    {
      workflow = g_steal_pointer (&self.definition.workflow);
      if (workflow == NULL)
        myrmex_definition_set_error (&self.definition, error);
    }
  clear (&self);
  if (text != NULL)
    g_string_free (text, TRUE);
  return workflow;
}
