/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The task of a script, from what the settings say of all scripts and of this one. What they say of this one
 * holds; of environment variables both hold. */

#include "discovery/myrmex-script-settings-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition/myrmex-parameters-private.h"

/* The objects that have a say, the general one first; any may be MYRMEX_JSON_NONE. */
#define N_LAYERS (2)

typedef struct
{
  guint32 nodes[N_LAYERS];
} Layers;

static gboolean
get_task_key (MyrmexScriptFolder *self,
              guint32             key,
              MyrmexTaskKey      *which)
{
  for (guint i = 0; i < MYRMEX_N_TASK_KEYS; i++)
    {
      if (myrmex_json_string_equal (self->definition.json, key, myrmex_task_keys[i]))
        {
          *which = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* The value that holds for a key, or MYRMEX_JSON_NONE. */
static guint32
find (MyrmexScriptFolder *self,
      const Layers       *layers,
      const char         *key)
{
  guint32 found = MYRMEX_JSON_NONE;

  for (gsize i = 0; i < N_LAYERS; i++)
    {
      guint32 value = layers->nodes[i] != MYRMEX_JSON_NONE
                        ? myrmex_json_find (self->definition.json, layers->nodes[i], key) : MYRMEX_JSON_NONE;

      if (value != MYRMEX_JSON_NONE)
        found = value;
    }
  return found;
}

static void
add_arguments (MyrmexScriptFolder *self,
               guint32             value,
               GStrvBuilder       *argv)
{
  MyrmexDefinition *definition = &self->definition;
  MyrmexJsonIter iter;
  guint32 element;

  if (!myrmex_definition_expect (definition, value - 1, value, MYRMEX_JSON_KIND_ARRAY))
    return;

  myrmex_json_iter_init (&iter, definition->json, value);
  while (myrmex_json_iter_next_element (&iter, &element))
    {
      MyrmexJsonKind kind = myrmex_json_get_kind (definition->json, element);
      g_autofree char *argument = NULL;

      if (kind != MYRMEX_JSON_KIND_STRING)
        {
          myrmex_definition_complain (definition, element, _("Each of “%s” must be %s, not %s"), "arguments",
                                      myrmex_kind_describe (MYRMEX_JSON_KIND_STRING), myrmex_kind_describe (kind));
          continue;
        }
      argument = myrmex_json_dup_string (definition->json, element);
      g_strv_builder_add (argv, argument);
    }
}

/* Variables of both layers, where both are objects; else the value that holds. */
static GVariant *
make_env (MyrmexScriptFolder *self,
          const Layers       *layers,
          guint32             holds)
{
  MyrmexDefinition *definition = &self->definition;
  GVariantDict env;

  if (myrmex_json_get_kind (definition->json, holds) != MYRMEX_JSON_KIND_OBJECT)
    return myrmex_definition_read_value (definition, holds);

  g_variant_dict_init (&env, NULL);
  for (gsize i = 0; i < N_LAYERS; i++)
    {
      guint32 value = layers->nodes[i] != MYRMEX_JSON_NONE
                        ? myrmex_json_find (definition->json, layers->nodes[i], "env") : MYRMEX_JSON_NONE;
      MyrmexJsonIter iter;
      guint32 name, text;

      if (value == MYRMEX_JSON_NONE || myrmex_json_get_kind (definition->json, value) != MYRMEX_JSON_KIND_OBJECT)
        continue;
      myrmex_json_iter_init (&iter, definition->json, value);
      while (myrmex_json_iter_next_member (&iter, &name, &text))
        {
          g_autofree char *variable = myrmex_json_dup_string (definition->json, name);
          GVariant *content = myrmex_definition_read_value (definition, text);

          if (content != NULL)
            g_variant_dict_insert_value (&env, variable, content);
        }
    }
  return g_variant_dict_end (&env);
}

/* What a definition would say of the command. */
static GVariant *
make_spec (MyrmexScriptFolder     *self,
           const MyrmexActionType *type,
           const char             *program,
           const Layers           *layers)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  GVariantDict spec;
  guint32 value;

  g_variant_dict_init (&spec, NULL);
  g_strv_builder_add (builder, program);
  value = find (self, layers, "arguments");
  if (value != MYRMEX_JSON_NONE)
    add_arguments (self, value, builder);
  argv = g_strv_builder_end (builder);
  g_variant_dict_insert_value (&spec, type->name, g_variant_new_strv ((const char * const *) argv, -1));

  for (guint i = 0; type->keys[i] != NULL; i++)
    {
      GVariant *content;

      value = find (self, layers, type->keys[i]);
      if (value == MYRMEX_JSON_NONE)
        continue;
      content = g_str_equal (type->keys[i], "env") ? make_env (self, layers, value)
                                                   : myrmex_definition_read_value (&self->definition, value);
      if (content != NULL)
        g_variant_dict_insert_value (&spec, type->keys[i], content);
    }

  /* A script that nobody asked for a value is judged by its exit status, whatever and however much it prints.
   * */
  if (find (self, layers, "output") == MYRMEX_JSON_NONE)
    g_variant_dict_insert (&spec, "output", "s", "none");
  return g_variant_ref_sink (g_variant_dict_end (&spec));
}

/* The action may not like several things, one a line; each begins with the key that is to blame. */
static void
blame (MyrmexScriptFolder *self,
       const Layers       *layers,
       guint32             otherwise,
       const char         *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *key = myrmex_definition_dup_blamed_key (lines[i]);
      guint32 node = key != NULL ? find (self, layers, key) : MYRMEX_JSON_NONE;

      myrmex_definition_complain (&self->definition, node != MYRMEX_JSON_NONE ? node : otherwise, "%s", lines[i]);
    }
}

static MyrmexAction *
make_action (MyrmexScriptFolder *self,
             const char         *program,
             const Layers       *layers,
             guint32             otherwise)
{
  const MyrmexActionType *type = myrmex_action_type_find ("command");
  g_autoptr (GVariant) spec = make_spec (self, type, program, layers);
  g_autoptr (GError) error = NULL;
  MyrmexAction *action = myrmex_action_type_new_action (type, spec, &error);

  if (action == NULL)
    blame (self, layers, otherwise, error->message);
  return action;
}

static void
complain_unknown (MyrmexScriptFolder     *self,
                  const MyrmexActionType *type,
                  guint32                 key)
{
  MyrmexDefinition *definition = &self->definition;
  g_autofree char *shown = myrmex_definition_show (definition, key);
  MyrmexGuess guess;

  myrmex_guess_init (&guess, shown);
  myrmex_guess_offer (&guess, "arguments");
  myrmex_guess_offer (&guess, "name");
  myrmex_guess_offer_all (&guess, myrmex_task_keys, MYRMEX_N_TASK_KEYS);
  myrmex_guess_offer_all (&guess, type->keys, g_strv_length ((char **) type->keys));
  myrmex_definition_complain_unknown (definition, key, guess.best);
}

/* Scripts are named by their paths, as everywhere in the settings, or by the names of their tasks. */
static void
read_dependencies (MyrmexScriptFolder *self,
                   guint32             key,
                   guint32             value,
                   MyrmexTask         *task)
{
  MyrmexDefinition *definition = &self->definition;
  g_auto (GStrv) words = myrmex_definition_expect_words (definition, key, value);
  MyrmexJsonIter iter;
  guint32 element;

  if (words == NULL)
    return;

  myrmex_json_iter_init (&iter, definition->json, value);
  for (gsize i = 0; words[i] != NULL && myrmex_json_iter_next_element (&iter, &element); i++)
    {
      guint found = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_path, words[i]));
      g_autofree char *shown = NULL;
      MyrmexNearest nearest;

      if (found == 0)
        found = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, words[i]));
      if (found != 0)
        {
          const MyrmexScript *other = &g_array_index (self->scripts, MyrmexScript, found - 1);

          if (!g_str_equal (other->name, myrmex_task_get_name (task)))
            myrmex_task_add_dependency (task, other->name);
          else
            myrmex_definition_complain (definition, element, _("Task “%s” depends on itself"), other->name);
          continue;
        }

      myrmex_nearest_init (&nearest, words[i]);
      for (guint k = 0; myrmex_definition_may_guess (definition, 2) && k < self->scripts->len; k++)
        {
          myrmex_nearest_offer (&nearest, g_array_index (self->scripts, MyrmexScript, k).path);
          myrmex_nearest_offer (&nearest, g_array_index (self->scripts, MyrmexScript, k).name);
        }
      shown = myrmex_definition_show (definition, element);
      if (nearest.best != NULL)
        myrmex_definition_complain (definition, element, _("There is no script “%s” here; did you mean “%s”?"), shown,
                                    nearest.best);
      else
        myrmex_definition_complain (definition, element, _("There is no script “%s” here"), shown);
    }
}

/* The keys of one layer. @index is that of the task, or MYRMEX_NO_INDEX for what holds for all. */
static void
read_layer (MyrmexScriptFolder *self,
            guint32             object,
            gboolean            is_own,
            guint32             index,
            MyrmexTask         *task)
{
  MyrmexDefinition *definition = &self->definition;
  const MyrmexActionType *type = myrmex_action_type_find ("command");
  MyrmexJsonIter iter;
  guint32 key, value;

  myrmex_json_iter_init (&iter, definition->json, object);
  while (myrmex_json_iter_next_member (&iter, &key, &value))
    {
      MyrmexTaskKey which;

      if (get_task_key (self, key, &which))
        {
          if (which != MYRMEX_TASK_KEY_DEPENDENCIES)
            myrmex_definition_read_task_key (definition, which, key, value, index, task);
          else if (is_own)
            read_dependencies (self, key, value, task);
          else
            myrmex_definition_complain (definition, key, _("“%s” belongs to one script, not to all of them"),
                                        "dependencies");
        }
      else if (myrmex_definition_is_key_of (definition, type, key) ||
               myrmex_json_string_equal (definition->json, key, "arguments"))
        {
          myrmex_definition_note_templates (definition, value, index);
        }
      else if (!myrmex_json_string_equal (definition->json, key, "name"))
        {
          complain_unknown (self, type, key);
        }
      else if (!is_own)
        {
          myrmex_definition_complain (definition, key, _("“%s” belongs to one script, not to all of them"), "name");
        }
    }
}

/* Tells once what is wrong with what holds for all scripts; it is then left out, so that it is not told of
 * each. */
void
myrmex_script_task_check_defaults (MyrmexScriptFolder *self)
{
  g_autoptr (MyrmexTask) scratch = myrmex_task_new ("scratch", NULL);
  g_autoptr (MyrmexAction) action = NULL;
  Layers layers = { { self->defaults, MYRMEX_JSON_NONE } };
  guint n_errors = self->definition.n_errors;

  action = make_action (self, "true", &layers, self->defaults);
  read_layer (self, self->defaults, FALSE, MYRMEX_NO_INDEX, scratch);
  if (self->definition.n_errors > n_errors)
    self->defaults = MYRMEX_JSON_NONE;
}

void
myrmex_script_task_add (MyrmexScriptFolder *self,
                        const MyrmexScript *script)
{
  MyrmexDefinition *definition = &self->definition;
  guint32 own = script->key != MYRMEX_JSON_NONE ? script->key + 1 : MYRMEX_JSON_NONE;
  guint32 key = script->key != MYRMEX_JSON_NONE ? script->key : MYRMEX_JSON_ROOT;
  g_autofree char *program = g_build_filename (self->folder, script->path, NULL);
  Layers layers = { { self->defaults, own } };
  g_autoptr (MyrmexAction) action = make_action (self, program, &layers, key);
  guint32 index = definition->workflow->n_tasks;
  guint n_later = definition->later->len;
  MyrmexTask *task;

  g_array_append_val (definition->task_nodes, key);
  task = action != NULL ? myrmex_workflow_add_action (definition->workflow, script->name, action)
                        : myrmex_workflow_add_noop (definition->workflow, script->name);
  if (self->defaults != MYRMEX_JSON_NONE)
    read_layer (self, self->defaults, FALSE, index, task);

  /* The expressions of what holds for all are looked at once. */
  g_array_set_size (definition->later, n_later);
  if (own != MYRMEX_JSON_NONE)
    read_layer (self, own, TRUE, index, task);
}
