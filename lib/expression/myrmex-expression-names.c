/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-nearest-private.h"
#include "expression/myrmex-expression-program-private.h"

const char * const myrmex_contexts[] = { "tasks", "parameters", "env", "run", "value" };
const guint myrmex_n_contexts = G_N_ELEMENTS (myrmex_contexts);

typedef struct
{
  const char *theirs;
  const char *ours;
} Counterpart;

static const char *
find_counterpart (const Counterpart *counterparts,
                  gsize              n,
                  const char        *name)
{
  for (gsize i = 0; i < n; i++)
    {
      if (g_ascii_strcasecmp (counterparts[i].theirs, name) == 0)
        return counterparts[i].ours;
    }
  return NULL;
}

/* The message for a name that is called and is no function. GitHub's functions that ask for the status of a job
 * are trigger rules here, which are decided before a condition is looked at. */
char *
myrmex_expression_unknown_function (const char *name)
{
  static const Counterpart rules[] = {
    { "success", "all_success" }, { "failure", "one_failed" }, { "always", "all_done" }, { "cancelled", "all_done" },
  };
  const char *rule = find_counterpart (rules, G_N_ELEMENTS (rules), name);
  MyrmexNearest nearest;

  if (rule != NULL)
    return g_strdup_printf (_("There is no function %s(): set the “trigger_rule” of the task to “%s” in its place"),
                            name, rule);

  myrmex_nearest_init (&nearest, name);
  for (guint i = 0; i < myrmex_n_functions; i++)
    myrmex_nearest_offer (&nearest, myrmex_functions[i].name);
  if (nearest.best != NULL)
    return g_strdup_printf (_("There is no function %s(); did you mean %s()?"), name, nearest.best);
  return g_strdup_printf (_("There is no function %s()"), name);
}

/* The message for a word that is no literal and no context. */
char *
myrmex_expression_unknown_name (const char *name)
{
  static const Counterpart contexts[] = {
    { "needs", "tasks" }, { "steps", "tasks" }, { "jobs", "tasks" }, { "job", "run" }, { "github", "run" },
    { "inputs", "parameters" }, { "vars", "parameters" }, { "matrix", "parameters" }, { "secrets", "env" },
  };
  static const char * const literals[] = { "true", "false", "null", "NaN", "Infinity" };
  const char *counterpart = find_counterpart (contexts, G_N_ELEMENTS (contexts), name);
  MyrmexNearest nearest;

  if (counterpart != NULL)
    return g_strdup_printf (_("There is no context “%s”; what is near it here is “%s”"), name, counterpart);

  for (guint i = 0; i < myrmex_n_functions; i++)
    {
      if (g_ascii_strcasecmp (myrmex_functions[i].name, name) == 0)
        return g_strdup_printf (_("%s is a function: write %s(…)"), name, myrmex_functions[i].name);
    }

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < G_N_ELEMENTS (literals); i++)
    myrmex_nearest_offer (&nearest, literals[i]);
  for (guint i = 0; i < myrmex_n_contexts; i++)
    myrmex_nearest_offer (&nearest, myrmex_contexts[i]);
  if (nearest.best != NULL)
    return g_strdup_printf (_("“%s” is neither a value nor a context; did you mean “%s”?"), name, nearest.best);
  return g_strdup_printf (
    _("“%s” is neither a value nor a context; text is in single quotes, and the contexts are tasks, parameters, env and run"),
    name);
}
