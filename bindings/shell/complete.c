/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What could stand at the end of a command line, for the shells, of which each has its own way to offer it:
 *
 *   myrmex __complete run photos.json --param ''
 *
 * The last word is the one that is being typed. Each line of the answer is a word that could stand in its place, and
 * behind a tab what there is to say about it; or, with a colon before it, something that shells do better:
 * `:json` (definitions, by name), `:files`, `:folders`, `:nospace` (more follows without a space), and `:nosort` (the
 * order tells what is likely).
 *
 * Nothing is ever told on standard error: it would stand amid the line that is being typed. */

#include "complete.h"

#include <glib/gi18n.h>
#include <myrmex.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"
#include "settings.h"
#include "target.h"
#include "templates.h"

typedef void (* CompleteFunc) (Completion *self);

/* The workflow that the command line names: a file, a folder of scripts, or one of the catalog. */
static MyrmexWorkflow *
load_workflow (Completion *self)
{
  const char *path = self->files->len > 0 ? self->files->pdata[0] : NULL;
  g_autoptr (MyrmexCatalog) catalog = NULL;
  g_autoptr (MyrmexCatalogEntry) entry = NULL;

  if (path == NULL || g_str_equal (path, "-"))
    return NULL;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return myrmex_workflow_new_from_scripts (path, NULL, NULL);
  if (strchr (path, '/') != NULL || g_file_test (path, G_FILE_TEST_EXISTS))
    return myrmex_workflow_new_from_file (path, NULL);

  catalog = settings_make_catalog (NULL);
  if (catalog == NULL)
    return NULL;
  myrmex_catalog_load (catalog, NULL, NULL);
  entry = myrmex_catalog_find (catalog, path, NULL);
  return entry != NULL ? myrmex_catalog_entry_load (entry, NULL, NULL) : NULL;
}

static void
complete_tasks (Completion *self)
{
  g_autoptr (MyrmexWorkflow) workflow = load_workflow (self);

  for (guint i = 0; workflow != NULL && i < myrmex_workflow_get_n_tasks (workflow); i++)
    {
      MyrmexTask *task = myrmex_workflow_get_nth_task (workflow, i);
      const char *about = myrmex_task_get_description (task);

      completion_offer (self, myrmex_task_get_name (task), about != NULL ? about : myrmex_task_get_action_type (task));
    }
}

static void
complete_tags (Completion *self)
{
  g_autoptr (MyrmexWorkflow) workflow = load_workflow (self);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; workflow != NULL && i < myrmex_workflow_get_n_tasks (workflow); i++)
    {
      const char * const *tags = myrmex_task_get_tags (myrmex_workflow_get_nth_task (workflow, i));

      for (gsize j = 0; tags != NULL && tags[j] != NULL; j++)
        {
          if (g_hash_table_add (seen, (gpointer) tags[j]))
            completion_offer (self, tags[j], NULL);
        }
    }
}

/* @name has its “=”. A floating @value is taken over. */
static void
offer_value (Completion *self,
             const char *name,
             GVariant   *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autoptr (GVariant) inner = g_variant_is_of_type (owned, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (owned)
                                                                                    : g_variant_ref (owned);
  g_autofree char *text = g_variant_is_of_type (inner, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (inner, NULL)
                                                                              : myrmex_value_to_json (inner, FALSE);
  g_autofree char *word = g_strconcat (name, text, NULL);

  /* One line of the answer is one word. */
  if (strpbrk (text, "\n\t") == NULL)
    completion_offer (self, word, NULL);
}

/* Behind “NAME=”: what can be told of its values. */
static void
complete_parameter_value (Completion *self,
                          GVariant   *spec,
                          const char *value)
{
  g_autoptr (GVariant) words = g_variant_lookup_value (spec, "enum", NULL);
  g_autofree char *name = g_strndup (self->current, (gsize) (value - self->current));
  const char *type = "";

  g_variant_lookup (spec, "type", "&s", &type);
  if (words != NULL)
    {
      for (gsize i = 0; i < g_variant_n_children (words); i++)
        {
          g_autoptr (GVariant) word = g_variant_get_child_value (words, i);

          offer_value (self, name, word);
        }
    }
  else if (g_str_equal (type, "string"))
    {
      puts (":files");
    }
  else if (g_str_equal (type, "boolean"))
    {
      offer_value (self, name, g_variant_new_boolean (TRUE));
      offer_value (self, name, g_variant_new_boolean (FALSE));
    }
}

static void
offer_parameter (Completion *self,
                 const char *name,
                 GVariant   *spec)
{
  g_autofree char *word = g_strconcat (name, "=", NULL);
  const char *about = "";

  if (!g_variant_lookup (spec, "description", "&s", &about))
    g_variant_lookup (spec, "type", "&s", &about);
  completion_offer (self, word, about);
}

static void
complete_parameters (Completion *self)
{
  g_autoptr (MyrmexWorkflow) workflow = load_workflow (self);
  GVariant *parameters = workflow != NULL ? myrmex_workflow_get_parameters (workflow) : NULL;
  const char *equals = strchr (self->current, '=');
  GVariantIter iter;
  const char *name;
  GVariant *spec;

  if (parameters == NULL)
    return;

  if (equals == NULL)
    puts (":nospace");
  g_variant_iter_init (&iter, parameters);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &spec))
    {
      if (equals == NULL)
        offer_parameter (self, name, spec);
      else if (strlen (name) == (gsize) (equals - self->current) && g_str_has_prefix (self->current, name))
        complete_parameter_value (self, spec, equals + 1);
    }
}

static char *
describe_key (const char *key)
{
  g_autoptr (GVariant) about = myrmex_config_describe_key (key, NULL);
  char *description = NULL;

  if (about != NULL)
    g_variant_lookup (about, "description", "s", &description);
  return description;
}

static void
complete_keys (Completion *self)
{
  g_auto (GStrv) keys = myrmex_config_list_keys ();

  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *about = describe_key (keys[i]);

      completion_offer (self, keys[i], about);
    }
}

/* The words that a key may have, behind it. */
static void
complete_key_words (Completion *self,
                    const char *key)
{
  g_autoptr (GVariant) about = myrmex_config_describe_key (key, NULL);
  g_autofree const char **words = NULL;

  if (about == NULL || !g_variant_lookup (about, "words", "^a&s", &words))
    return;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      g_autofree char *word = g_strconcat (key, "=", words[i], NULL);

      completion_offer (self, word, NULL);
    }
}

static void
complete_settings (Completion *self)
{
  const char *equals = strchr (self->current, '=');
  g_autofree char *key = equals != NULL ? g_strndup (self->current, (gsize) (equals - self->current)) : NULL;
  g_auto (GStrv) keys = myrmex_config_list_keys ();

  if (key != NULL)
    {
      complete_key_words (self, key);
      return;
    }

  puts (":nospace");
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *about = describe_key (keys[i]);
      g_autofree char *word = g_strconcat (keys[i], "=", NULL);

      completion_offer (self, word, about);
    }
}

static void
complete_folders (Completion *self)
{
  puts (":folders");
}

static void
complete_files (Completion *self)
{
  puts (":files");
}

static void
complete_templates (Completion *self)
{
  for (gsize i = 0; template_names[i] != NULL; i++)
    completion_offer (self, template_names[i], NULL);
}

static void
complete_formats (Completion *self)
{
  const char * const *reports = myrmex_report_list_formats ();

  if (g_str_equal (self->command->name, "report"))
    {
      for (gsize i = 0; reports[i] != NULL; i++)
        completion_offer (self, reports[i], NULL);
      return;
    }
  completion_offer (self, "dot", _("The graph, for Graphviz"));
  completion_offer (self, "mermaid", _("The graph, for Mermaid"));
  completion_offer (self, "svg", _("A picture of the graph"));
}

static void
complete_run_statuses (Completion *self)
{
  for (int i = 0; i <= MYRMEX_RUN_STATUS_CANCELLED; i++)
    completion_offer (self, myrmex_run_status_to_string (i), NULL);
}

/* Values of options, whichever command has them; of those that are not here nothing is known. */
static const struct
{
  const char   *option;
  CompleteFunc  complete;
} values[] = {
  { "param", complete_parameters },
  { "config", complete_settings },
  { "only", complete_tasks },
  { "skip", complete_tasks },
  { "tag", complete_tags },
  { "log-dir", complete_folders },
  { "report", complete_files },
  { "output", complete_files },
  { "format", complete_formats },
  { "template", complete_templates },
  { "status", complete_run_statuses },
};

static void
complete_value (Completion *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      if (g_str_equal (values[i].option, self->option))
        values[i].complete (self);
    }
}

static void
complete_options (Completion *self)
{
  for (guint i = 0; i < self->options->len; i++)
    {
      const CommandOption *option = &g_array_index (self->options, CommandOption, i);
      g_autofree char *word = g_strconcat ("--", option->name, NULL);

      completion_offer (self, word, option->description != NULL ? _(option->description) : NULL);
    }
  completion_offer (self, "--help", _("Show this"));
}

/* Workflows that have a name of their own, beside the files that the shell knows. */
static void
complete_workflows (Completion *self)
{
  g_autoptr (MyrmexCatalog) catalog = settings_make_catalog (NULL);

  puts (":json");
  if (catalog == NULL || strchr (self->current, '/') != NULL)
    return;
  myrmex_catalog_load (catalog, NULL, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (catalog)); i++)
    {
      g_autoptr (MyrmexCatalogEntry) entry = g_list_model_get_item (G_LIST_MODEL (catalog), i);

      if (!myrmex_catalog_entry_is_broken (entry) && myrmex_catalog_entry_get_shadowed_by (entry) == NULL)
        completion_offer (self, myrmex_catalog_entry_get_name (entry), myrmex_catalog_entry_get_description (entry));
    }
}

static void
complete_tasks_of_any (Completion *self)
{
  if (target_exists (self->files->pdata[0]))
    complete_tasks (self);
  else
    completion_offer_tasks (self);
}

static void
complete_argument (Completion *self)
{
  const char *name = self->command->name;

  if (completion_offer_of_service (self))
    return;
  if (g_str_equal (name, "config"))
    complete_keys (self);
  else if (g_str_equal (name, "explain") && self->files->len > 0)
    complete_tasks_of_any (self);
  else if (g_str_equal (name, "list"))
    complete_folders (self);
  else if (g_str_equal (name, "new") || g_str_equal (name, "prune") || g_str_equal (name, "doctor"))
    return;
  else if (self->files->len == 0 || g_str_equal (name, "validate"))
    complete_workflows (self);
}

static const CommandOption *
find_option (Completion *self,
             const char *word,
             gsize       length)
{
  for (guint i = 0; i < self->options->len; i++)
    {
      const CommandOption *option = &g_array_index (self->options, CommandOption, i);
      gboolean is_long = word[0] == '-' && word[1] == '-' && strlen (option->name) == length - 2 &&
                         strncmp (option->name, word + 2, length - 2) == 0;

      if (is_long || (length == 2 && word[0] == '-' && word[1] == option->letter))
        return option;
    }
  return NULL;
}

/* A word before the one that is being typed. */
static void
take_word (Completion *self,
           const char *word)
{
  const CommandOption *option;

  if (self->option != NULL)
    {
      self->option = NULL;
    }
  else if (!self->no_options && g_str_equal (word, "--"))
    {
      self->no_options = TRUE;
    }
  else if (!self->no_options && word[0] == '-' && word[1] != '\0')
    {
      option = find_option (self, word, strlen (word));
      self->option = option != NULL && option->has_value ? option->name : NULL;
    }
  else
    {
      g_ptr_array_add (self->files, (gpointer) word);
    }
}

/* “--option=value” in one word. */
static char *
split_option (Completion *self)
{
  const char *equals = strchr (self->current, '=');
  const CommandOption *option;
  char *prefix;

  if (self->option != NULL || self->no_options || !g_str_has_prefix (self->current, "--") || equals == NULL)
    return NULL;
  option = find_option (self, self->current, (gsize) (equals - self->current));
  if (option == NULL || !option->has_value)
    return NULL;

  self->option = option->name;
  prefix = g_strndup (self->current, (gsize) (equals + 1 - self->current));
  self->prefix = prefix;
  self->current = equals + 1;
  return prefix;
}

static void
complete_command (const Command  *command,
                  char          **words)
{
  g_autoptr (GArray) options = command_list_options (command);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autofree char *prefix = NULL;
  Completion self = { .command = command, .options = options, .files = files, .prefix = "" };

  for (; words[1] != NULL; words++)
    take_word (&self, words[0]);
  self.current = words[0];
  prefix = split_option (&self);

  if (self.option != NULL)
    complete_value (&self);
  else if (self.current[0] == '-' && !self.no_options)
    complete_options (&self);
  else
    complete_argument (&self);
}

static void
complete_name (const Command * const *commands,
               gsize                  n_commands,
               const char            *current,
               gboolean               is_first)
{
  Completion self = { .current = current, .prefix = "" };

  for (gsize i = 0; i < n_commands; i++)
    completion_offer (&self, commands[i]->name, _(commands[i]->summary));
  if (!is_first)
    return;
  completion_offer (&self, "help", _("Tell about a command"));
  if (current[0] == '-')
    {
      completion_offer (&self, "--help", NULL);
      completion_offer (&self, "--version", NULL);
    }
}

/* @words are those behind the name of the program; the last one is being typed. */
void
complete (const Command * const  *commands,
          gsize                   n_commands,
          char                  **words)
{
  if (words[0] == NULL)
    return;
  if (words[1] == NULL || g_str_equal (words[0], "help"))
    {
      complete_name (commands, n_commands, words[1] == NULL ? words[0] : words[g_strv_length (words) - 1],
                     words[1] == NULL);
      return;
    }

  for (gsize i = 0; i < n_commands; i++)
    {
      if (g_str_equal (commands[i]->name, words[0]))
        complete_command (commands[i], words + 1);
    }
}
