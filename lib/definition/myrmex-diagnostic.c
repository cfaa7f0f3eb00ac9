/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "definition/myrmex-diagnostic-private.h"

#include <glib/gi18n-lib.h>

/**
 * MyrmexDiagnostic:
 *
 * One thing that is wrong with a definition, and where; or with a file or a folder as a whole. Immutable; it
 * may be used from any thread.
 *
 * Since: 1.0
 */

struct _MyrmexDiagnostic
{
  gatomicrefcount  ref_count;
  MyrmexSeverity   severity;
  guint            line;
  guint            column;
  char            *filename; /* a ref string, which the diagnostics of a file share; nullable */
  char            *message;
};

G_DEFINE_BOXED_TYPE (MyrmexDiagnostic, myrmex_diagnostic, myrmex_diagnostic_ref, myrmex_diagnostic_unref)

/* @filename is a ref string or %NULL; takes @message. */
MyrmexDiagnostic *
myrmex_diagnostic_new (const char     *filename,
                       guint           line,
                       guint           column,
                       MyrmexSeverity  severity,
                       char           *message)
{
  MyrmexDiagnostic *self = g_new0 (MyrmexDiagnostic, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->filename = filename != NULL ? g_ref_string_acquire ((char *) filename) : NULL;
  self->line = line;
  self->column = column;
  self->severity = severity;
  self->message = message;
  return self;
}

/* By position. */
int
myrmex_diagnostic_compare (const MyrmexDiagnostic *a,
                           const MyrmexDiagnostic *b)
{
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  if (a->column != b->column)
    return a->column < b->column ? -1 : 1;
  return 0;
}

/**
 * myrmex_diagnostic_ref:
 * @self: a diagnostic
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
MyrmexDiagnostic *
myrmex_diagnostic_ref (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * myrmex_diagnostic_unref:
 * @self: (transfer full): a diagnostic
 *
 * Drops a reference.
 *
 * Since: 1.0
 */
void
myrmex_diagnostic_unref (MyrmexDiagnostic *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->filename, g_ref_string_release);
  g_free (self->message);
  g_free (self);
}

/**
 * myrmex_diagnostic_get_filename:
 * @self: a diagnostic
 *
 * Gets the name of the file, as it can be shown.
 *
 * Returns: (transfer none) (nullable): the name, or %NULL where the text came without one
 *
 * Since: 1.0
 */
const char *
myrmex_diagnostic_get_filename (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->filename;
}

/**
 * myrmex_diagnostic_get_line:
 * @self: a diagnostic
 *
 * Gets the line.
 *
 * Returns: the number of the line, from 1; 0 where the file as a whole is meant
 *
 * Since: 1.0
 */
guint
myrmex_diagnostic_get_line (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->line;
}

/**
 * myrmex_diagnostic_get_column:
 * @self: a diagnostic
 *
 * Gets the column.
 *
 * Returns: the number of the character in the line, from 1; 0 where the file as a whole is meant
 *
 * Since: 1.0
 */
guint
myrmex_diagnostic_get_column (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->column;
}

/**
 * myrmex_diagnostic_get_severity:
 * @self: a diagnostic
 *
 * Gets how bad it is.
 *
 * Returns: the severity
 *
 * Since: 1.0
 */
MyrmexSeverity
myrmex_diagnostic_get_severity (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, MYRMEX_SEVERITY_ERROR);

  return self->severity;
}

/**
 * myrmex_diagnostic_get_message:
 * @self: a diagnostic
 *
 * Gets what is wrong, in a sentence without a position.
 *
 * Returns: (transfer none): the message
 *
 * Since: 1.0
 */
const char *
myrmex_diagnostic_get_message (MyrmexDiagnostic *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->message;
}

/**
 * myrmex_diagnostic_to_string:
 * @self: a diagnostic
 *
 * Makes a line of the diagnostic, as compilers do: `file:line:column: message`, and without the file where
 * there is none, or without the position where the file as a whole is meant. A warning says that it is one
 * before its message, and so does a note.
 *
 * Returns: (transfer full): the line, without a line break
 *
 * Since: 1.0
 */
char *
myrmex_diagnostic_to_string (MyrmexDiagnostic *self)
{
  const char *kind = "";

  g_return_val_if_fail (self != NULL, NULL);

  if (self->severity == MYRMEX_SEVERITY_WARNING)
    kind = _("warning: ");
  else if (self->severity == MYRMEX_SEVERITY_NOTE)
    kind = _("note: ");

  if (self->line == 0)
    return g_strdup_printf ("%s%s%s%s", self->filename != NULL ? self->filename : "",
                            self->filename != NULL ? ": " : "", kind, self->message);
  return g_strdup_printf ("%s%s%u:%u: %s%s",
                          self->filename != NULL ? self->filename : "", self->filename != NULL ? ":" : "",
                          self->line, self->column, kind, self->message);
}
