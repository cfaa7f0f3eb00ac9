/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The settings of a folder of scripts, `myrmex-scripts.json`, and the names of the tasks. */

#include "discovery/myrmex-script-settings-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "definition/myrmex-parameters-private.h"

static void
read_depth (MyrmexDefinition *definition,
            guint32           key,
            guint32           value,
            gpointer          data)
{
  MyrmexScriptFolder *self = data;
  gint64 depth;

  if (myrmex_definition_expect_integer (definition, key, value, 1, MYRMEX_SCRIPTS_MAX_DEPTH, &depth))
    self->walk.depth = (guint) depth;
}

/* One pattern or an array of them. */
static char **
read_patterns (MyrmexDefinition *definition,
               guint32           key,
               guint32           value)
{
  g_autofree char *word = NULL;

  if (myrmex_json_get_kind (definition->json, value) != MYRMEX_JSON_KIND_STRING)
    return myrmex_definition_expect_words (definition, key, value);

  word = myrmex_json_dup_string (definition->json, value);
  return g_strsplit (word, "\n", 1);
}

static void
read_pattern (MyrmexDefinition *definition,
              guint32           key,
              guint32           value,
              gpointer          data)
{
  MyrmexScriptFolder *self = data;
  gboolean is_skip = myrmex_json_string_equal (definition->json, key, "skip");
  char ***patterns = is_skip ? &self->walk.skip : &self->walk.patterns;

  g_strfreev (*patterns);
  *patterns = read_patterns (definition, key, value);
}

/* An object that is looked at when the scripts are known. */
static void
keep_object (MyrmexDefinition *definition,
             guint32           key,
             guint32           value,
             gpointer          data)
{
  MyrmexScriptFolder *self = data;
  gboolean is_defaults = myrmex_json_string_equal (definition->json, key, "defaults");

  if (myrmex_definition_expect (definition, key, value, MYRMEX_JSON_KIND_OBJECT))
    *(is_defaults ? &self->defaults : &self->own) = value;
}

/* What holds for the whole; what it says of the scripts is kept for later. The keys are those of a definition
 * but for its tasks, and some more. */
void
myrmex_script_settings_read_head (MyrmexScriptFolder *self)
{
  static const MyrmexMember own_members[] = {
    { "depth", read_depth },
    { "pattern", read_pattern },
    { "skip", read_pattern },
    { "defaults", keep_object },
    { "scripts", keep_object },
  };
  MyrmexDefinition *definition = &self->definition;
  MyrmexMember members[MYRMEX_N_WORKFLOW_MEMBERS + G_N_ELEMENTS (own_members)];
  MyrmexJsonKind kind = myrmex_json_get_kind (definition->json, MYRMEX_JSON_ROOT);
  gsize n = 0;

  if (kind != MYRMEX_JSON_KIND_OBJECT)
    {
      myrmex_definition_complain (definition, MYRMEX_JSON_ROOT, _("The settings of scripts are %s, not %s"),
                                  myrmex_kind_describe (MYRMEX_JSON_KIND_OBJECT), myrmex_kind_describe (kind));
      return;
    }

  for (gsize i = 0; i < MYRMEX_N_WORKFLOW_MEMBERS; i++)
    {
      if (!g_str_equal (myrmex_definition_workflow_members[i].name, "tasks"))
        members[n++] = myrmex_definition_workflow_members[i];
    }
  for (gsize i = 0; i < G_N_ELEMENTS (own_members); i++)
    members[n++] = own_members[i];

  myrmex_definition_read_members (definition, MYRMEX_JSON_ROOT, members, n, self);
}

/* That a script is not there may have a reason. */
static void
complain_no_script (MyrmexScriptFolder *self,
                    guint32             key)
{
  MyrmexDefinition *definition = &self->definition;
  g_autofree char *path = myrmex_json_dup_string (definition->json, key);
  g_autofree char *shown = myrmex_definition_show (definition, key);
  const char *reason = g_hash_table_lookup (self->walk.left_out, path);
  MyrmexNearest nearest;

  if (reason != NULL)
    {
      myrmex_definition_complain (definition, key, _("The script “%s” was left out: %s"), shown, reason);
      return;
    }

  myrmex_nearest_init (&nearest, path);
  if (myrmex_definition_may_guess (definition, self->walk.scripts->len))
    {
      for (guint i = 0; i < self->walk.scripts->len; i++)
        myrmex_nearest_offer (&nearest, self->walk.scripts->pdata[i]);
    }
  if (nearest.best != NULL)
    myrmex_definition_complain (definition, key, _("There is no script “%s” here; did you mean “%s”?"), shown,
                                nearest.best);
  else
    myrmex_definition_complain (definition, key, _("There is no script “%s” here"), shown);
}

/* Takes @name. */
static void
set_name (MyrmexScriptFolder *self,
          guint               index,
          char               *name)
{
  g_array_index (self->scripts, MyrmexScript, index).name = name;
  g_hash_table_insert (self->by_name, name, GUINT_TO_POINTER (index + 1));
}

/* The name that the settings give a script, if they do. */
static void
read_name (MyrmexScriptFolder *self,
           guint               index,
           guint32             object)
{
  MyrmexDefinition *definition = &self->definition;
  guint32 value = myrmex_json_find (definition->json, object, "name");
  g_autofree char *name = NULL;

  if (value == MYRMEX_JSON_NONE ||
      !myrmex_definition_expect (definition, value - 1, value, MYRMEX_JSON_KIND_STRING))
    return;
  name = myrmex_definition_read_name (definition, value, N_("task"));
  if (name == NULL || g_array_index (self->scripts, MyrmexScript, index).name != NULL)
    return;
  if (g_hash_table_contains (self->by_name, name))
    myrmex_definition_complain (definition, value, _("Two scripts have the name “%s”; each needs a name of its own"), name);
  else
    set_name (self, index, g_steal_pointer (&name));
}

/* Finds the settings of each script. */
static void
match_settings (MyrmexScriptFolder *self)
{
  MyrmexDefinition *definition = &self->definition;
  MyrmexJsonIter iter;
  guint32 key, value;

  myrmex_json_iter_init (&iter, definition->json, self->own);
  while (myrmex_json_iter_next_member (&iter, &key, &value))
    {
      g_autofree char *path = myrmex_json_dup_string (definition->json, key);
      guint found = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_path, path));

      if (found == 0)
        {
          complain_no_script (self, key);
          continue;
        }
      if (!myrmex_definition_expect (definition, key, value, MYRMEX_JSON_KIND_OBJECT))
        continue;
      g_array_index (self->scripts, MyrmexScript, found - 1).key = key;
      read_name (self, found - 1, value);
    }
}

/* A name that is taken gets a number; one that is too long for it is cut. */
static char *
make_unique (MyrmexScriptFolder *self,
             const char         *path)
{
  g_autofree char *dotted = g_strdelimit (g_strdup (path), "/", '.');
  g_autofree char *usual = myrmex_definition_make_name (dotted, -1);
  char *name = g_strdup (usual);

  for (guint n = 2; g_hash_table_contains (self->by_name, name); n++)
    {
      char number[16];

      g_snprintf (number, sizeof number, "-%u", n);
      g_free (name);
      name = g_strdup_printf ("%.*s%s", (int) (MYRMEX_MAX_NAME_BYTES - strlen (number)), usual, number);
    }
  return name;
}

/* Gives each script the name of its task: valid, and its own. Those that the settings give come first. */
void
myrmex_script_settings_name (MyrmexScriptFolder *self)
{
  for (guint i = 0; i < self->walk.scripts->len; i++)
    {
      MyrmexScript script = { .path = self->walk.scripts->pdata[i], .key = MYRMEX_JSON_NONE };

      g_array_append_val (self->scripts, script);
      g_hash_table_insert (self->by_path, (gpointer) script.path, GUINT_TO_POINTER (i + 1));
    }
  if (self->own != MYRMEX_JSON_NONE)
    match_settings (self);

  for (guint i = 0; i < self->scripts->len; i++)
    {
      const MyrmexScript *script = &g_array_index (self->scripts, MyrmexScript, i);

      if (script->name == NULL)
        set_name (self, i, make_unique (self, script->path));
    }
}

/* Makes the tasks. */
void
myrmex_script_settings_apply (MyrmexScriptFolder *self)
{
  MyrmexDefinition *definition = &self->definition;

  if (self->defaults != MYRMEX_JSON_NONE)
    myrmex_script_task_check_defaults (self);
  for (guint i = 0; i < self->scripts->len; i++)
    myrmex_script_task_add (self, &g_array_index (self->scripts, MyrmexScript, i));

  myrmex_definition_check_dependencies (definition);
  if (definition->json != NULL)
    myrmex_definition_check_expressions (definition);
}
