/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "base/myrmex-log-private.h"
#include "definition/myrmex-diagnostic-private.h"
#include "model/myrmex-retry-policy.h"

/* Candidates for “did you mean” in all: some ten milliseconds of looking. */
#define MAX_GUESSES (400000)

/* @filename may be any bytes; it is only shown. */
void
myrmex_definition_init (MyrmexDefinition *self,
                        const char       *filename)
{
  memset (self, 0, sizeof *self);
  self->begin = g_get_monotonic_time ();
  if (filename != NULL)
    {
      g_autofree char *shown = g_filename_display_name (filename);

      self->filename = g_ref_string_new (shown);
    }
  self->diagnostics = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_diagnostic_unref);
  self->task_nodes = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->later = g_array_new (FALSE, FALSE, sizeof (MyrmexLater));
  self->blamed = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->nearest_left = MAX_GUESSES;
}

void
myrmex_definition_clear (MyrmexDefinition *self)
{
  g_clear_pointer (&self->json, myrmex_json_free);
  g_clear_pointer (&self->filename, g_ref_string_release);
  g_clear_pointer (&self->diagnostics, g_ptr_array_unref);
  g_clear_pointer (&self->task_nodes, g_array_unref);
  g_clear_pointer (&self->later, g_array_unref);
  g_clear_pointer (&self->blamed, g_array_unref);
  g_clear_pointer (&self->last_policy, myrmex_retry_policy_unref);
  g_clear_object (&self->workflow);
}

static void
add_whole (MyrmexDefinition *self,
           char             *message)
{
  self->n_diagnostics++;
  self->n_errors++;
  g_ptr_array_add (self->diagnostics,
                   myrmex_diagnostic_new (self->filename, 1, 1, MYRMEX_SEVERITY_ERROR, message));
}

static int
compare_cb (gconstpointer a,
            gconstpointer b)
{
  return myrmex_diagnostic_compare (*(const MyrmexDiagnostic * const *) a, *(const MyrmexDiagnostic * const *) b);
}

/* Whether there is JSON to look at; it may have errors in it. @text must outlive @self. */
gboolean
myrmex_definition_parse (MyrmexDefinition *self,
                         const char       *text,
                         gssize            length)
{
  g_autoptr (GPtrArray) problems = myrmex_json_problems_new ();
  gsize size = length < 0 ? strlen (text) : (gsize) length;

  if (size > MYRMEX_MAX_DEFINITION_BYTES)
    {
      add_whole (self, g_strdup_printf (_("The definition has %zu bytes; it may have %d"),
                                        size, MYRMEX_MAX_DEFINITION_BYTES));
      return FALSE;
    }

  self->json = myrmex_json_parse (text, (gssize) size, MYRMEX_JSON_FLAGS_COMMENTS | MYRMEX_JSON_FLAGS_BOUNDED,
                                  MYRMEX_MAX_JSON_DEPTH, problems, NULL);
  myrmex_definition_add_json_problems (self, problems);
  return self->json != NULL;
}

/* How many tasks a text that was parsed is going to have, and how many dependencies they name. */
void
myrmex_definition_count (MyrmexDefinition *self,
                         guint            *n_tasks,
                         gsize            *n_dependencies)
{
  guint32 tasks = myrmex_json_find (self->json, MYRMEX_JSON_ROOT, "tasks");
  guint32 name, task, names;
  MyrmexJsonIter iter;

  *n_tasks = 0;
  *n_dependencies = 0;
  if (tasks == MYRMEX_JSON_NONE || myrmex_json_get_kind (self->json, tasks) != MYRMEX_JSON_KIND_OBJECT)
    return;

  myrmex_json_iter_init (&iter, self->json, tasks);
  while (myrmex_json_iter_next_member (&iter, &name, &task))
    {
      *n_tasks += 1;
      names = myrmex_json_find (self->json, task, "dependencies");
      if (names != MYRMEX_JSON_NONE)
        *n_dependencies += myrmex_json_get_n_children (self->json, names);
    }
}

static const char *
get_cut_message (void)
{
  return _("Not all of the definition was looked at, since there are mistakes already");
}

/* Whether there were no errors; the workflow is there only then. */
gboolean
myrmex_definition_finish (MyrmexDefinition *self)
{
  if (self->is_cut && self->diagnostics->len < MYRMEX_DEFINITION_MAX_DIAGNOSTICS)
    g_ptr_array_add (self->diagnostics, myrmex_diagnostic_new (self->filename, 0, 0, MYRMEX_SEVERITY_NOTE,
                                                               g_strdup (get_cut_message ())));
  /* The sort keeps the order of what is at one place. */
  g_ptr_array_sort (self->diagnostics, compare_cb);
  if (self->n_errors > 0)
    g_clear_object (&self->workflow);
  myrmex_debug (MYRMEX_DEBUG_DEFINITION, "Definition “%s”: %u tasks, %u errors, read in %.3f s",
                self->filename != NULL ? self->filename : "", self->task_nodes->len, self->n_errors,
                (double) (g_get_monotonic_time () - self->begin) / G_USEC_PER_SEC);
  return self->n_errors == 0;
}

/* Whether the text has no errors; the workflow is there only then. @text must outlive @self. */
gboolean
myrmex_definition_read (MyrmexDefinition *self,
                        const char       *text,
                        gssize            length)
{
  if (myrmex_definition_parse (self, text, length))
    myrmex_definition_read_workflow (self);
  return myrmex_definition_finish (self);
}

/* All errors, one a line; warnings do not keep anyone from running it. */
void
myrmex_definition_set_error (MyrmexDefinition  *self,
                             GError           **error)
{
  g_autoptr (GString) message = g_string_new (NULL);
  guint n_told = 0;

  for (guint i = 0; i < self->diagnostics->len && n_told < MYRMEX_DEFINITION_MAX_TOLD; i++)
    {
      MyrmexDiagnostic *diagnostic = self->diagnostics->pdata[i];
      g_autofree char *line = NULL;

      if (myrmex_diagnostic_get_severity (diagnostic) != MYRMEX_SEVERITY_ERROR)
        continue;
      line = myrmex_diagnostic_to_string (diagnostic);
      g_string_append_printf (message, "%s%s", n_told > 0 ? "\n" : "", line);
      n_told++;
    }
  if (self->n_errors > n_told)
    {
      guint n_more = self->n_errors - n_told;

      g_string_append_c (message, '\n');
      g_string_append_printf (message, g_dngettext (GETTEXT_PACKAGE, "… and %u more", "… and %u more", n_more), n_more);
    }

  if (self->is_cut)
    g_string_append_printf (message, "\n%s", get_cut_message ());

  g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_DEFINITION, message->str);
}

/* The workflow of a text, which is called @default_name where it does not say how. */
MyrmexWorkflow *
myrmex_definition_make (const char  *text,
                        gssize       length,
                        const char  *filename,
                        const char  *default_name,
                        GError     **error)
{
  MyrmexWorkflow *workflow = NULL;
  MyrmexDefinition self;

  myrmex_definition_init (&self, filename);
  self.default_name = default_name;
  if (myrmex_definition_read (&self, text, length))
    workflow = g_steal_pointer (&self.workflow);
  else
    myrmex_definition_set_error (&self, error);
  myrmex_definition_clear (&self);
  return workflow;
}

/* The same, with all that there is to say. */
GPtrArray *
myrmex_definition_look (const char      *text,
                        gssize           length,
                        const char      *filename,
                        const char      *default_name,
                        MyrmexWorkflow **workflow)
{
  GPtrArray *diagnostics;
  MyrmexDefinition self;

  myrmex_definition_init (&self, filename);
  self.default_name = default_name;
  myrmex_definition_read (&self, text, length);
  diagnostics = g_steal_pointer (&self.diagnostics);
  if (workflow != NULL)
    *workflow = g_steal_pointer (&self.workflow);
  myrmex_definition_clear (&self);
  return diagnostics;
}

/**
 * myrmex_workflow_new_from_json: (constructor)
 * @text: a definition, in JSON in UTF-8, where `//` begins a comment
 * @length: how many bytes of @text, or -1 where it ends with a NUL
 * @filename: (nullable) (type filename): what the text is called in messages; it is not opened
 * @error: return location for an error, or %NULL
 *
 * Makes a workflow of a definition. Relative paths in it start from the folder of the process, unless
 * [method@Myrmex.Workflow.set_directory] says otherwise. May be called from any thread.
 *
 * Fails with %MYRMEX_ERROR_INVALID_DEFINITION. Its message has all that is wrong, one a line, in the order of
 * the text, as `file:line:column: message`; the first hundred, and then how many more there are. After the first
 * mistake not all of a very large definition is looked at; the last line says so.
 *
 * Returns: (transfer full): a new workflow, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexWorkflow *
myrmex_workflow_new_from_json (const char  *text,
                               gssize       length,
                               const char  *filename,
                               GError     **error)
{
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return myrmex_definition_make (text, length, filename, NULL, error);
}

/**
 * myrmex_definition_check:
 * @text: a definition, in JSON in UTF-8, where `//` begins a comment
 * @length: how many bytes of @text, or -1 where it ends with a NUL
 * @filename: (nullable) (type filename): what the text is called in messages; it is not opened
 * @workflow: (out) (optional) (nullable) (transfer full): return location for the workflow, which there is only
 *   where there are no errors
 *
 * Tells all that is wrong with a definition, and what is hardly meant. For editors. A note says where not all of a
 * very large definition was looked at, since it has mistakes already. May be called from any thread.
 *
 * Returns: (transfer container) (element-type Myrmex.Diagnostic): what there is to say, in the order of the text; at
 *   most 1,000
 *
 * Since: 1.0
 */
GPtrArray *
myrmex_definition_check (const char      *text,
                         gssize           length,
                         const char      *filename,
                         MyrmexWorkflow **workflow)
{
  g_return_val_if_fail (text != NULL, NULL);

  return myrmex_definition_look (text, length, filename, NULL, workflow);
}
