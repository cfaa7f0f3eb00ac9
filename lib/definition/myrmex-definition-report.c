/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What is wrong with a definition, and where. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-show-private.h"
#include "definition/myrmex-diagnostic-private.h"

/* A text of nothing but mistakes shall not take long: what is not kept is only counted. */
static gboolean
is_full (MyrmexDefinition *self)
{
  return self->is_over || self->diagnostics->len >= MYRMEX_DEFINITION_MAX_DIAGNOSTICS;
}

static void
count (MyrmexDefinition *self,
       MyrmexSeverity    severity)
{
  if (self->is_over)
    return;
  self->n_diagnostics++;
  if (severity == MYRMEX_SEVERITY_ERROR)
    self->n_errors++;
}

/* Takes @message; called where there is room. */
static void
add (MyrmexDefinition *self,
     guint             line,
     guint             column,
     MyrmexSeverity    severity,
     char             *message)
{
  count (self, severity);
  g_ptr_array_add (self->diagnostics, myrmex_diagnostic_new (self->filename, line, column, severity, message));
}

G_GNUC_PRINTF (3, 4)
void
myrmex_definition_complain (MyrmexDefinition *self,
                            guint32           node,
                            const char       *format,
                            ...)
{
  guint line, column;
  va_list args;

  if (is_full (self))
    {
      count (self, MYRMEX_SEVERITY_ERROR);
      return;
    }

  myrmex_json_get_position (self->json, node, &line, &column);
  va_start (args, format);
  add (self, line, column, MYRMEX_SEVERITY_ERROR, g_strdup_vprintf (format, args));
  va_end (args);
}

/* At the byte @offset of the unescaped text of a string. */
void
myrmex_definition_complain_inside (MyrmexDefinition *self,
                                   guint32           string,
                                   gsize             offset,
                                   const char       *message)
{
  guint line, column;

  if (is_full (self))
    {
      count (self, MYRMEX_SEVERITY_ERROR);
      return;
    }

  myrmex_json_get_position_in_string (self->json, string, offset, &line, &column);
  add (self, line, column, MYRMEX_SEVERITY_ERROR, g_strdup (message));
}

void
myrmex_definition_warn (MyrmexDefinition *self,
                        guint32           node,
                        const char       *message)
{
  guint line, column;

  if (is_full (self))
    {
      count (self, MYRMEX_SEVERITY_WARNING);
      return;
    }

  myrmex_json_get_position (self->json, node, &line, &column);
  add (self, line, column, MYRMEX_SEVERITY_WARNING, g_strdup (message));
}

void
myrmex_definition_add_json_problems (MyrmexDefinition *self,
                                     GPtrArray        *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      MyrmexJsonProblem *problem = problems->pdata[i];

      add (self, problem->line, problem->column, MYRMEX_SEVERITY_ERROR, g_steal_pointer (&problem->message));
    }
}

/* Whether to read on; asked before each task, key and element. What will be refused is not read for as long as the
 * stranger liked who wrote it. */
gboolean
myrmex_definition_goes_on (MyrmexDefinition *self)
{
  if (self->n_errors == 0)
    return TRUE;

  self->n_looked++;
  self->is_over = self->n_diagnostics >= MYRMEX_DEFINITION_MAX_MISTAKES ||
                  self->n_looked > MYRMEX_DEFINITION_MAX_LOOKED;
  self->is_cut |= self->is_over;
  return !self->is_over;
}

/* Looking for the nearest of many names, for many names, costs their product; so there is a bound to it in all,
 * and what comes after has to do without a guess. */
gboolean
myrmex_definition_may_guess (MyrmexDefinition *self,
                             guint             n_candidates)
{
  if (n_candidates > self->nearest_left || is_full (self))
    return FALSE;

  self->nearest_left -= n_candidates;
  return TRUE;
}

/* The text of a string, for a message; empty where no message will be made of it. */
char *
myrmex_definition_show (MyrmexDefinition *self,
                        guint32           string)
{
  const char *text;
  gsize length;

  if (is_full (self))
    return g_strdup ("");

  text = myrmex_json_get_string (self->json, string, &length);
  return myrmex_show (text, length);
}

void
myrmex_definition_complain_unknown (MyrmexDefinition *self,
                                    guint32           key,
                                    const char       *guess)
{
  g_autofree char *shown = myrmex_definition_show (self, key);

  if (guess != NULL)
    myrmex_definition_complain (self, key, _("There is no key “%s” here; did you mean “%s”?"), shown, guess);
  else
    myrmex_definition_complain (self, key, _("There is no key “%s” here"), shown);
}

/* The key that a message of an action begins with, in quotation marks, since it is to blame; or %NULL. */
char *
myrmex_definition_dup_blamed_key (const char *message)
{
  const char *start = message + strlen ("“");
  const char *end = g_str_has_prefix (message, "“") ? strstr (message, "”") : NULL;

  return end != NULL ? g_strndup (start, (gsize) (end - start)) : NULL;
}
