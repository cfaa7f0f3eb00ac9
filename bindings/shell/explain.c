/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A task in words: what it does, when it runs, how often, and what comes after it. */

#include "explain.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/myrmex-escape-private.h"

/* Names, and waits, that are told one by one. */
#define MAX_NAMES (20)
#define MAX_WAITS (8)

static void
add_escaped (GString    *text,
             const char *stranger)
{
  myrmex_escape_append (text, stranger, -1, MYRMEX_ESCAPE_LINE);
}

static char *
show_number (double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.4g", number));
}

static char *
join_names (char **names)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = g_strv_length (names);

  for (guint i = 0; i < MIN (n, MAX_NAMES); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", names[i]);
  if (n > MAX_NAMES)
    g_string_append_printf (text, ngettext (" and %u more", " and %u more", n - MAX_NAMES), n - MAX_NAMES);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Lines of a text, each behind some spaces. */
static void
add_block (GString    *text,
           const char *stranger)
{
  g_auto (GStrv) lines = g_strsplit (stranger, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (lines[i][0] == '\0' && lines[i + 1] == NULL)
        break;
      g_string_append (text, "    ");
      add_escaped (text, lines[i]);
      g_string_append_c (text, '\n');
    }
}

static gboolean
is_plain (const char *word)
{
  return word[0] != '\0' && word[strspn (word, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-/=:,+@%")] == '\0';
}

/* As one would type it. */
static char *
join_command (GVariant *arguments)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (arguments); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (arguments, i);
      g_autoptr (GVariant) word = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (child)
                                                                                       : g_variant_ref (child);
      g_autofree char *shown = g_variant_is_of_type (word, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (word, NULL)
                                                                                  : myrmex_value_to_json (word, FALSE);
      g_autofree char *quoted = is_plain (shown) ? g_strdup (shown) : g_shell_quote (shown);

      g_string_append_printf (line, "%s%s", i > 0 ? " " : "", quoted);
    }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static char *
show_setting (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  return myrmex_value_to_json (value, FALSE);
}

static void
add_setting (GString    *text,
             const char *key,
             GVariant   *value)
{
  g_autofree char *shown = show_setting (value);

  g_string_append_printf (text, "  %s: ", key);
  add_escaped (text, shown);
  g_string_append_c (text, '\n');
}

/* Variables, each on a line of its own. */
static void
add_dictionary (GString    *text,
                const char *key,
                GVariant   *dictionary)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_string_append_printf (text, "  %s:\n", key);
  g_variant_iter_init (&iter, dictionary);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *shown = show_setting (value);
      g_autofree char *line = g_strdup_printf ("%s=%s", name, shown);

      g_string_append (text, "    ");
      add_escaped (text, line);
      g_string_append_c (text, '\n');
    }
}

static void
add_main_value (GString    *text,
                const char *type,
                GVariant   *value)
{
  g_autofree char *shown = NULL;

  if (g_str_equal (type, "command") && g_variant_is_container (value))
    {
      g_string_append (text, _("  It runs the command\n"));
      shown = join_command (value);
    }
  else if (g_str_equal (type, "shell"))
    {
      g_string_append (text, _("  It runs the script, by sh,\n"));
      shown = show_setting (value);
    }
  else
    {
      g_string_append_printf (text, _("  It does what an action of type “%s” does, with\n"), type);
      shown = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL)
                                                                  : myrmex_value_to_json (value, TRUE);
    }
  add_block (text, shown);
}

static void
add_action (GString    *text,
            MyrmexTask *task)
{
  const char *type = myrmex_task_get_action_type (task);
  MyrmexAction *action = myrmex_task_get_action (task);
  GVariant *spec = action != NULL ? myrmex_action_get_spec (action) : NULL;
  g_autoptr (GVariant) main_value = spec != NULL ? g_variant_lookup_value (spec, type, NULL) : NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (main_value == NULL)
    {
      g_string_append (text, _("  It does nothing but wait for others.\n"));
      return;
    }

  add_main_value (text, type, main_value);
  g_variant_iter_init (&iter, spec);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned = value;

      if (g_str_equal (key, type))
        continue;
      if (g_variant_is_of_type (owned, G_VARIANT_TYPE_VARDICT))
        add_dictionary (text, key, owned);
      else
        add_setting (text, key, owned);
    }
}

static const char *
get_rule (MyrmexTriggerRule rule)
{
  switch (rule)
    {
    case MYRMEX_TRIGGER_RULE_ALL_DONE:
      return _("It runs when all of these have ended, however they did");
    case MYRMEX_TRIGGER_RULE_ALL_FAILED:
      return _("It runs when all of these have failed, and is skipped when one does not");
    case MYRMEX_TRIGGER_RULE_ONE_SUCCESS:
      return _("It runs when the first of these has completed, and is skipped when none can");
    case MYRMEX_TRIGGER_RULE_ONE_FAILED:
      return _("It runs when the first of these has failed, and is skipped when none does");
    case MYRMEX_TRIGGER_RULE_NONE_FAILED:
      return _("It runs when all of these have ended and none has failed or was cancelled, skipped or not");
    case MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS:
      return _("It runs when all of these have ended, none has failed or was cancelled, and at least one has completed");
    default:
      return _("It runs when all of these have completed, and is skipped when one does not");
    }
}

static void
add_begin (GString    *text,
           MyrmexTask *task,
           MyrmexPlan *plan)
{
  g_auto (GStrv) dependencies = myrmex_plan_dup_dependencies (plan, myrmex_task_get_name (task));
  g_autofree char *names = join_names (dependencies);
  const char *condition = myrmex_task_get_condition (task);

  if (dependencies[0] == NULL)
    {
      g_string_append (text, _("  It depends on nothing, so it can run at once.\n"));
    }
  else
    {
      g_string_append_printf (text, "  %s: %s\n", get_rule (myrmex_task_get_trigger_rule (task)), names);
    }
  if (condition != NULL)
    {
      g_string_append (text, _("  Then its condition is looked at; where it is false, the task is skipped:\n"));
      add_block (text, condition);
    }
  if (myrmex_task_get_priority (task) != 0)
    g_string_append_printf (text, _("  Among tasks that are ready it has the priority %d; higher ones come first.\n"),
                            myrmex_task_get_priority (task));
}

static void
add_time (GString        *text,
          MyrmexWorkflow *workflow,
          MyrmexTask     *task)
{
  g_autofree char *own = show_number (myrmex_task_get_timeout (task));
  g_autofree char *whole = show_number (myrmex_workflow_get_timeout (workflow));

  if (myrmex_task_get_timeout (task) > 0)
    g_string_append_printf (text, _("  Each attempt may take %s seconds; then it is stopped, and has failed.\n"), own);
  else
    g_string_append (text, _("  An attempt may take as long as it likes.\n"));
  if (myrmex_workflow_get_timeout (workflow) > 0)
    g_string_append_printf (text, _("  The whole run may take %s seconds.\n"), whole);
}

/* “1, 2, 4 …”, the seconds after each attempt that failed. */
static char *
list_waits (MyrmexRetryPolicy *policy)
{
  g_autoptr (GString) waits = g_string_new (NULL);
  guint n = myrmex_retry_policy_get_max_attempts (policy) - 1;

  for (guint i = 1; i <= MIN (n, MAX_WAITS); i++)
    {
      g_autofree char *seconds = show_number (myrmex_retry_policy_get_delay (policy, i));

      g_string_append_printf (waits, "%s%s", i > 1 ? ", " : "", seconds);
    }
  if (n > MAX_WAITS)
    g_string_append (waits, ", …");
  return g_string_free (g_steal_pointer (&waits), FALSE);
}

static void
add_retries (GString    *text,
             MyrmexTask *task)
{
  MyrmexRetryPolicy *policy = myrmex_task_get_retry_policy (task);
  guint n = policy != NULL ? myrmex_retry_policy_get_max_attempts (policy) : 1;
  const char * const *retry_on = policy != NULL ? myrmex_retry_policy_get_retry_on (policy) : NULL;
  g_autofree char *waits = n > 1 ? list_waits (policy) : NULL;

  if (n <= 1)
    {
      g_string_append (text, _("  There is one attempt.\n"));
      return;
    }

  g_string_append_printf (text, ngettext ("  There is up to %u attempt", "  There are up to %u attempts", n), n);
  g_string_append_printf (text, _("; the waits between them are %s seconds"), waits);
  if (myrmex_retry_policy_get_jitter (policy) > 0)
    g_string_append_printf (text, _(", each less up to %d %% of itself"),
                            (int) (myrmex_retry_policy_get_jitter (policy) * 100 + 0.5));
  g_string_append (text, ".\n");
  if (myrmex_retry_policy_get_max_elapsed (policy) > 0)
    {
      g_autofree char *seconds = show_number (myrmex_retry_policy_get_max_elapsed (policy));

      g_string_append_printf (text, _("  No attempt begins later than %s seconds after the first.\n"), seconds);
    }
  if (retry_on != NULL && retry_on[0] != NULL)
    {
      g_autofree char *failures = join_names ((char **) retry_on);

      g_string_append (text, _("  It is tried again only after these failures: "));
      add_escaped (text, failures);
      g_string_append (text, ".\n");
    }
}

static void
add_end (GString        *text,
         MyrmexWorkflow *workflow,
         MyrmexTask     *task,
         MyrmexPlan     *plan)
{
  const char *name = myrmex_task_get_name (task);
  g_auto (GStrv) dependants = myrmex_plan_dup_dependants (plan, name);
  g_auto (GStrv) path = myrmex_plan_dup_longest_path (plan);
  g_autofree char *names = join_names (dependants);
  guint n = g_strv_length (path);
  guint place = 0;

  if (myrmex_workflow_get_fail_fast (workflow))
    g_string_append (text, _("  When it fails for good, nothing else starts but clean-up: the workflow is fail_fast.\n"));
  else
    g_string_append (text, _("  When it fails for good, what does not depend on it goes on.\n"));

  if (dependants[0] == NULL)
    g_string_append (text, _("  Nothing depends on it.\n"));
  else
    g_string_append_printf (text, _("  These depend on it: %s.\n"), names);

  while (place < n && !g_str_equal (path[place], name))
    place++;
  if (place < n)
    g_string_append_printf (text, _("  It is on the longest path, as task %u of %u.\n"), place + 1, n);
  else
    g_string_append (text, _("  It is not on the longest path.\n"));
}

/* Several lines. */
char *
explain_task (MyrmexWorkflow *workflow,
              MyrmexPlan     *plan,
              MyrmexTask     *task)
{
  g_autoptr (GString) text = g_string_new (myrmex_task_get_name (task));
  const char *description = myrmex_task_get_description (task);
  const char *transform = myrmex_task_get_transform (task);
  const char * const *tags = myrmex_task_get_tags (task);

  if (description != NULL)
    {
      g_string_append (text, ": ");
      add_escaped (text, description);
    }
  g_string_append_c (text, '\n');
  add_action (text, task);
  if (transform != NULL)
    {
      g_string_append (text, _("  Its value is what comes of\n"));
      add_block (text, transform);
    }
  add_begin (text, task, plan);
  add_time (text, workflow, task);
  add_retries (text, task);
  add_end (text, workflow, task, plan);
  if (tags != NULL && tags[0] != NULL)
    {
      g_autofree char *names = join_names ((char **) tags);

      g_string_append (text, _("  Tags: "));
      add_escaped (text, names);
      g_string_append_c (text, '\n');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
