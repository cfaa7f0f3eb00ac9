/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The keys of a task: those that every task has, and those of its action. */

#include "definition/myrmex-definition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-limits.h"
#include "definition/myrmex-parameters-private.h"
#include "model/myrmex-retry-policy-private.h"

/* Keys of a task that are looked at to find its action; there is no type that takes as many. */
#define MAX_KEYS (1000)

/* What a key of a task is. */
typedef struct
{
  gboolean                is_own; /* one that every task has */
  MyrmexTaskKey           own;
  const MyrmexActionType *type;   /* not own: the type of action that it names; %NULL: none */
} KeyMeaning;

static KeyMeaning
look_up_key (MyrmexDefinition *self,
             guint32           key)
{
  KeyMeaning meaning = { 0 };
  char name[MYRMEX_MAX_NAME_BYTES + 1];
  g_autofree char *copy = NULL;
  const char *text;
  gsize length;

  if (self->last_type != NULL && myrmex_json_string_equal (self->json, key, self->last_type->name))
    {
      meaning.type = self->last_type;
      return meaning;
    }

  for (guint i = 0; i < MYRMEX_N_TASK_KEYS; i++)
    {
      if (myrmex_json_string_equal (self->json, key, myrmex_task_keys[i]))
        {
          meaning.is_own = TRUE;
          meaning.own = i;
          return meaning;
        }
    }

  text = myrmex_json_peek_string (self->json, key, &length, &copy);
  if (length <= MYRMEX_MAX_NAME_BYTES)
    {
      memcpy (name, text, length);
      name[length] = '\0';
      meaning.type = myrmex_action_type_find (name);
    }
  return meaning;
}

gboolean
myrmex_definition_is_key_of (MyrmexDefinition       *self,
                             const MyrmexActionType *type,
                             guint32                 key)
{
  for (guint i = 0; type->keys[i] != NULL; i++)
    {
      if (myrmex_json_string_equal (self->json, key, type->keys[i]))
        return TRUE;
    }
  return FALSE;
}

/* “a, b, c” of all types, or of those that take this key. */
static char *
list_types (MyrmexDefinition *self,
            guint32           with_key)
{
  g_autofree const MyrmexActionType **all = myrmex_action_type_dup_all ();
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; all[i] != NULL; i++)
    {
      if (with_key == MYRMEX_JSON_NONE || myrmex_definition_is_key_of (self, all[i], with_key))
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", all[i]->name);
    }
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* Whether so many names were met that there are no tasks for them. All of them would be kept up to the end, when all
 * tasks are known. */
static gboolean
has_strange_names (MyrmexDefinition *self)
{
  if (self->workflow->names.n_atoms <= self->n_tasks + MYRMEX_DEFINITION_MAX_MISTAKES)
    return FALSE;

  self->is_cut = TRUE;
  return TRUE;
}

static void
read_dependencies (MyrmexDefinition *self,
                   guint32           key,
                   guint32           value,
                   MyrmexTask       *task)
{
  MyrmexJsonIter iter;
  guint32 element;

  if (myrmex_json_get_kind (self->json, value) == MYRMEX_JSON_KIND_STRING)
    {
      g_autofree char *shown = myrmex_definition_show (self, value);

      myrmex_definition_complain (self, value, _("“%s” must be an array, not a string; write [\"%s\"]"),
                                  "dependencies", shown);
      return;
    }
  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_ARRAY))
    return;

  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_definition_goes_on (self) && !has_strange_names (self) &&
         myrmex_json_iter_next_element (&iter, &element))
    {
      MyrmexJsonKind kind = myrmex_json_get_kind (self->json, element);
      char name[MYRMEX_MAX_NAME_BYTES + 1] = "";
      g_autofree char *copy = NULL;
      const char *text;
      gsize length;

      if (kind != MYRMEX_JSON_KIND_STRING)
        {
          myrmex_definition_complain (self, element, _("Each of “%s” must be %s, not %s"), "dependencies",
                                      _("the name of a task"), myrmex_kind_describe (kind));
          continue;
        }

      /* Without a copy on the heap: there may be a million of them. */
      text = myrmex_json_peek_string (self->json, element, &length, &copy);
      if (length < sizeof name)
        memcpy (name, text, length);
      if (myrmex_name_check (N_("task"), name, NULL))
        myrmex_task_add_dependency (task, name);
      else
        g_free (myrmex_definition_read_name (self, element, N_("task")));
    }
}

static void
read_trigger_rule (MyrmexDefinition *self,
                   guint32           key,
                   guint32           value,
                   MyrmexTask       *task)
{
  const char *words[MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1];
  g_autofree char *word = NULL;
  g_autofree char *all = NULL;
  MyrmexTriggerRule rule;
  MyrmexGuess guess;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    return;

  word = myrmex_json_dup_string (self->json, value);
  if (myrmex_trigger_rule_parse (word, &rule))
    {
      myrmex_task_set_trigger_rule (task, rule);
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = myrmex_trigger_rule_to_string (i);
  myrmex_guess_init (&guess, word);
  myrmex_guess_offer_all (&guess, words, G_N_ELEMENTS (words));
  if (guess.best != NULL)
    {
      myrmex_definition_complain (self, value, _("There is no trigger rule of this name; did you mean “%s”?"),
                                  guess.best);
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      char *longer = i == 0 ? g_strdup (words[i]) : g_strconcat (all, ", ", words[i], NULL);

      g_free (all);
      all = longer;
    }
  myrmex_definition_complain (self, value, _("A trigger rule is one of %s"), all);
}

static void
read_expression (MyrmexDefinition *self,
                 guint32           key,
                 guint32           value,
                 MyrmexLaterKind   kind,
                 guint32           index,
                 MyrmexTask       *task)
{
  MyrmexLater later = { .node = value, .task = index, .kind = kind };
  g_autofree char *text = NULL;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
    return;

  text = myrmex_json_dup_string (self->json, value);
  if (kind == MYRMEX_LATER_CONDITION)
    myrmex_task_set_condition (task, text);
  else
    myrmex_task_set_transform (task, text);
  g_array_append_val (self->later, later);
}

static void
read_metadata (MyrmexDefinition *self,
               guint32           key,
               guint32           value,
               MyrmexTask       *task)
{
  GVariant *metadata;

  if (!myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_OBJECT))
    return;

  metadata = myrmex_definition_read_value (self, value);
  if (metadata != NULL)
    myrmex_task_set_metadata (task, metadata);
}

/* A key that every task has. @index is that of @task in the workflow, or %MYRMEX_NO_INDEX. */
void
myrmex_definition_read_task_key (MyrmexDefinition *self,
                                 MyrmexTaskKey     which,
                                 guint32           key,
                                 guint32           value,
                                 guint32           index,
                                 MyrmexTask       *task)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *text = NULL;
  double seconds;
  gint64 number;

  switch (which)
    {
    case MYRMEX_TASK_KEY_DESCRIPTION:
      if (myrmex_definition_expect (self, key, value, MYRMEX_JSON_KIND_STRING))
        {
          text = myrmex_json_dup_string (self->json, value);
          myrmex_task_set_description (task, text);
        }
      break;
    case MYRMEX_TASK_KEY_DEPENDENCIES:
      read_dependencies (self, key, value, task);
      break;
    case MYRMEX_TASK_KEY_CONDITION:
      read_expression (self, key, value, MYRMEX_LATER_CONDITION, index, task);
      break;
    case MYRMEX_TASK_KEY_TRIGGER_RULE:
      read_trigger_rule (self, key, value, task);
      break;
    case MYRMEX_TASK_KEY_TIMEOUT:
      if (myrmex_definition_expect_number (self, key, value, 0, MYRMEX_MAX_SECONDS, &seconds))
        myrmex_task_set_timeout (task, seconds);
      break;
    case MYRMEX_TASK_KEY_RETRY_POLICY:
      myrmex_definition_read_retry_policy (self, key, value, task);
      break;
    case MYRMEX_TASK_KEY_PRIORITY:
      if (myrmex_definition_expect_integer (self, key, value, G_MININT32, G_MAXINT32, &number))
        myrmex_task_set_priority (task, (int) number);
      break;
    case MYRMEX_TASK_KEY_TRANSFORM:
      read_expression (self, key, value, MYRMEX_LATER_TRANSFORM, index, task);
      break;
    case MYRMEX_TASK_KEY_TAGS:
      words = myrmex_definition_expect_words (self, key, value);
      if (words != NULL)
        myrmex_task_set_tags (task, (const char * const *) words);
      break;
    case MYRMEX_TASK_KEY_METADATA:
      read_metadata (self, key, value, task);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
complain_unknown_key (MyrmexDefinition       *self,
                      guint32                 key,
                      const MyrmexActionType *type)
{
  g_autofree char *shown = NULL;
  g_autofree char *others = NULL;
  MyrmexGuess guess;

  if (!myrmex_definition_may_guess (self, 1))
    {
      myrmex_definition_complain_unknown (self, key, NULL);
      return;
    }

  shown = myrmex_definition_show (self, key);
  others = list_types (self, key);
  if (others[0] != '\0')
    {
      myrmex_definition_complain (self, key, _("“%s” goes with actions of type %s, not with “%s”"),
                                  shown, others, type->name);
      return;
    }

  myrmex_guess_init (&guess, shown);
  myrmex_guess_offer_all (&guess, myrmex_task_keys, MYRMEX_N_TASK_KEYS);
  myrmex_guess_offer_all (&guess, type->keys, g_strv_length ((char **) type->keys));
  if (guess.best == NULL && type->keys[0] != NULL)
    {
      g_autofree char *keys = myrmex_action_type_list_keys (type);

      myrmex_definition_complain (self, key, _("There is no key “%s” here; actions of type “%s” take %s"),
                                  shown, type->name, keys);
      return;
    }
  myrmex_definition_complain_unknown (self, key, guess.best);
}

/* A task of which no key names an action. What names none of them, and is no key of a task, was probably to be
 * one. */
static void
complain_no_action (MyrmexDefinition *self,
                    guint32           name,
                    guint32           task)
{
  g_autofree const MyrmexActionType **all = NULL;
  g_autofree char *types = NULL;
  g_autofree char *shown = NULL;
  gboolean told = FALSE;
  MyrmexJsonIter iter;
  guint32 key, value;

  if (!myrmex_definition_may_guess (self, 1))
    {
      myrmex_definition_complain (self, name, _("This task has no action"));
      return;
    }

  all = myrmex_action_type_dup_all ();
  types = list_types (self, MYRMEX_JSON_NONE);
  myrmex_json_iter_init (&iter, self->json, task);
  while (myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &key, &value))
    {
      g_autofree char *others = NULL;
      g_autofree char *word = NULL;
      MyrmexGuess guess;

      if (look_up_key (self, key).is_own)
        continue;
      others = list_types (self, key);
      if (others[0] != '\0')
        continue;

      told = TRUE;
      word = myrmex_definition_show (self, key);
      myrmex_guess_init (&guess, word);
      for (guint i = 0; all[i] != NULL; i++)
        myrmex_guess_offer (&guess, all[i]->name);
      myrmex_guess_offer_all (&guess, myrmex_task_keys, MYRMEX_N_TASK_KEYS);
      if (guess.best != NULL)
        myrmex_definition_complain_unknown (self, key, guess.best);
      else
        myrmex_definition_complain (self, key, _("There are no actions of type “%s”; the types are %s"), word, types);
    }
  if (told)
    return;

  shown = myrmex_definition_show (self, name);
  myrmex_definition_complain (self, name, _("Task “%s” has no action; give it one of %s"), shown, types);
}

/* The key that names the action, or %MYRMEX_JSON_NONE; complains where it is not exactly one. */
static guint32
find_action (MyrmexDefinition        *self,
             guint32                  name,
             guint32                  task,
             const MyrmexActionType **type)
{
  guint32 found = MYRMEX_JSON_NONE;
  MyrmexJsonIter iter;
  guint32 key, value;

  myrmex_json_iter_init (&iter, self->json, task);
  for (guint n = 0; n < MAX_KEYS && myrmex_json_iter_next_member (&iter, &key, &value); n++)
    {
      KeyMeaning meaning = look_up_key (self, key);

      if (meaning.is_own || meaning.type == NULL || (found != MYRMEX_JSON_NONE && meaning.type == *type))
        continue;
      if (found != MYRMEX_JSON_NONE)
        {
          g_autofree char *shown = myrmex_definition_show (self, name);

          myrmex_definition_complain (self, key, _("Task “%s” has two actions, “%s” and “%s”; make two tasks of it"),
                                      shown, (*type)->name, meaning.type->name);
          continue;
        }
      found = key;
      *type = meaning.type;
    }

  if (found == MYRMEX_JSON_NONE)
    complain_no_action (self, name, task);
  return found;
}

/* The dictionary that the action is made of, or %NULL. */
static GVariant *
read_spec (MyrmexDefinition       *self,
           const MyrmexActionType *type,
           guint32                 task)
{
  g_autoptr (GVariant) spec = NULL;
  gboolean good = TRUE;
  GVariantBuilder builder;
  MyrmexJsonIter iter;
  guint32 key, value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  myrmex_json_iter_init (&iter, self->json, task);
  while (myrmex_json_iter_next_member (&iter, &key, &value))
    {
      const char *name = NULL;
      GVariant *content;

      if (myrmex_json_string_equal (self->json, key, type->name))
        name = type->name;
      for (guint i = 0; name == NULL && type->keys[i] != NULL; i++)
        {
          if (myrmex_json_string_equal (self->json, key, type->keys[i]))
            name = type->keys[i];
        }
      if (name == NULL)
        continue;

      content = myrmex_definition_read_value (self, value);
      if (content != NULL)
        g_variant_builder_add (&builder, "{sv}", name, content);
      else
        good = FALSE;
    }

  spec = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (!good)
    return NULL;

  /* In one piece it takes a third of the memory. */
  g_variant_get_data (spec);
  return g_steal_pointer (&spec);
}

/* The value of the key that a message of an action begins with, in quotation marks; else that of its name. */
static guint32
find_blamed (MyrmexDefinition       *self,
             const MyrmexActionType *type,
             guint32                 task,
             const char             *message)
{
  g_autofree char *key = myrmex_definition_dup_blamed_key (message);
  guint32 blamed = MYRMEX_JSON_NONE;

  if (key != NULL && g_strv_contains (type->keys, key))
    blamed = myrmex_json_find (self->json, task, key);
  return blamed != MYRMEX_JSON_NONE ? blamed : myrmex_json_find (self->json, task, type->name);
}

/* An action may not like several things, one a line. */
static void
blame (MyrmexDefinition       *self,
       const MyrmexActionType *type,
       guint32                 task,
       const char             *message,
       GArray                 *blamed)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint32 node = find_blamed (self, type, task, lines[i]);

      if (lines[i][0] == '\0')
        continue;
      myrmex_definition_complain (self, node, "%s", lines[i]);
      g_array_append_val (blamed, node);
    }
}

static gboolean
is_blamed (GArray  *blamed,
           guint32  node)
{
  for (guint i = 0; i < blamed->len; i++)
    {
      if (g_array_index (blamed, guint32, i) == node)
        return TRUE;
    }
  return FALSE;
}

/* The task, or %NULL; the values that the action does not like are put into @blamed. */
static MyrmexTask *
make_task (MyrmexDefinition       *self,
           const char             *name,
           const MyrmexActionType *type,
           guint32                 value,
           GArray                 *blamed)
{
  g_autoptr (MyrmexAction) action = NULL;
  g_autoptr (GVariant) spec = NULL;
  g_autoptr (GError) error = NULL;

  spec = read_spec (self, type, value);
  if (spec == NULL)
    return NULL;

  action = myrmex_action_type_new_action (type, spec, &error);
  if (action == NULL)
    {
      blame (self, type, value, error->message, blamed);
      return NULL;
    }
  return myrmex_workflow_add_action (self->workflow, name, action);
}

/* `noop` has nothing to say. */
static void
check_noop (MyrmexDefinition *self,
            guint32           value)
{
  MyrmexJsonKind kind = myrmex_json_get_kind (self->json, value);

  if (kind == MYRMEX_JSON_KIND_NULL ||
      (kind == MYRMEX_JSON_KIND_OBJECT && myrmex_json_get_n_children (self->json, value) == 0))
    return;
  myrmex_definition_complain (self, value, _("“%s” does nothing and takes nothing: write {}"), "noop");
}

/* The name of the task, or %NULL where there can be no such task. */
static char *
read_name (MyrmexDefinition *self,
           guint32           name)
{
  g_autofree char *text = myrmex_definition_read_name (self, name, N_("task"));

  /* That it is twice is told already. */
  if (text != NULL && myrmex_workflow_get_task_index (self->workflow, text) != MYRMEX_NO_INDEX)
    return NULL;
  return g_steal_pointer (&text);
}

/* A task that can not be added is still read, to see what else is wrong with it. */
void
myrmex_definition_read_task (MyrmexDefinition *self,
                             guint32           name,
                             guint32           value)
{
  g_autofree char *text = read_name (self, name);
  g_autoptr (MyrmexTask) rejected = NULL;
  const MyrmexActionType *type = NULL;
  guint32 index = MYRMEX_NO_INDEX, action = MYRMEX_JSON_NONE;
  MyrmexTask *task = NULL;
  MyrmexJsonIter iter;
  guint32 key, content;

  if (myrmex_definition_expect (self, name, value, MYRMEX_JSON_KIND_OBJECT))
    action = find_action (self, name, value, &type);
  self->last_type = type != NULL ? type : self->last_type;

  g_array_set_size (self->blamed, 0);
  if (text != NULL)
    {
      index = self->workflow->n_tasks;
      g_array_append_val (self->task_nodes, name);
      if (type != NULL && type->type != G_TYPE_NONE)
        task = make_task (self, text, type, value, self->blamed);
      if (task == NULL)
        task = myrmex_workflow_add_noop (self->workflow, text);
    }
  else
    {
      task = rejected = myrmex_task_new ("rejected", NULL);
    }

  myrmex_json_iter_init (&iter, self->json, value);
  while (myrmex_json_get_kind (self->json, value) == MYRMEX_JSON_KIND_OBJECT &&
         myrmex_definition_goes_on (self) && myrmex_json_iter_next_member (&iter, &key, &content))
    {
      KeyMeaning meaning = look_up_key (self, key);

      if (meaning.is_own)
        myrmex_definition_read_task_key (self, meaning.own, key, content, index, task);
      else if (type != NULL && key == action && type->type == G_TYPE_NONE)
        check_noop (self, content);
      else if (is_blamed (self->blamed, content))
        continue; /* once is enough */
      else if (key == action || (type != NULL && myrmex_definition_is_key_of (self, type, key)))
        myrmex_definition_note_templates (self, content, index);
      else if (type != NULL && meaning.type == NULL)
        complain_unknown_key (self, key, type);
    }
}
