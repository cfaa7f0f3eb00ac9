/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "actions/myrmex-action-registry-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "model/myrmex-workflow-private.h"

/* Types are added and never taken away, so that what was found stays valid without a lock.
 *
 * A word means one thing in a task, whatever types there are: no name of a type is the key of another one, and
 * neither is one of the keys that every task has. Two types may have a key in common. */

const char * const myrmex_task_keys[MYRMEX_N_TASK_KEYS] = {
  [MYRMEX_TASK_KEY_DESCRIPTION] = "description",
  [MYRMEX_TASK_KEY_DEPENDENCIES] = "dependencies",
  [MYRMEX_TASK_KEY_CONDITION] = "condition",
  [MYRMEX_TASK_KEY_TRIGGER_RULE] = "trigger_rule",
  [MYRMEX_TASK_KEY_TIMEOUT] = "timeout",
  [MYRMEX_TASK_KEY_RETRY_POLICY] = "retry_policy",
  [MYRMEX_TASK_KEY_PRIORITY] = "priority",
  [MYRMEX_TASK_KEY_TRANSFORM] = "transform",
  [MYRMEX_TASK_KEY_TAGS] = "tags",
  [MYRMEX_TASK_KEY_METADATA] = "metadata",
};

static GRWLock lock;
static GPtrArray *types;    /* of MyrmexActionType, sorted by name */
static GHashTable *by_name; /* name → MyrmexActionType */

static int
compare_types_cb (gconstpointer a,
                  gconstpointer b)
{
  const MyrmexActionType *const *type_a = a;
  const MyrmexActionType *const *type_b = b;

  return strcmp ((*type_a)->name, (*type_b)->name);
}

/* Takes the strings; called with the lock held for writing, or before anyone else can call. */
static MyrmexActionType *
add_type (const char         *name,
          GType               gtype,
          const char * const *keys,
          const char         *description)
{
  static const char * const no_keys[] = { NULL };
  MyrmexActionType *type = g_new0 (MyrmexActionType, 1);

  type->name = name;
  type->type = gtype;
  type->keys = keys != NULL ? keys : no_keys;
  type->description = description;
  type->documents = g_new0 (MyrmexActionKey, g_strv_length ((char **) type->keys) + 1);
  type->documents[0].name = name;
  for (guint i = 0; type->keys[i] != NULL; i++)
    type->documents[i + 1].name = type->keys[i];
  g_ptr_array_add (types, type);
  g_ptr_array_sort (types, compare_types_cb);
  g_hash_table_insert (by_name, (gpointer) type->name, type);
  return type;
}

static void
add_builtin (const MyrmexBuiltinAction *builtin)
{
  GPtrArray *names = g_ptr_array_new ();
  MyrmexActionType *type;
  guint n;

  for (n = 0; builtin->keys != NULL && builtin->keys[n].name != NULL; n++)
    g_ptr_array_add (names, (gpointer) builtin->keys[n].name);
  g_ptr_array_add (names, NULL);
  type = add_type (builtin->name, builtin->get_type != NULL ? builtin->get_type () : G_TYPE_NONE,
                   (const char * const *) g_ptr_array_free (names, FALSE), builtin->description);
  type->is_builtin = TRUE;
  type->documents[0] = *builtin->own;
  if (n > 0)
    memcpy (type->documents + 1, builtin->keys, n * sizeof *builtin->keys);
}

static void
ensure_builtins (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;

  types = g_ptr_array_new ();
  by_name = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < myrmex_n_builtin_actions; i++)
    add_builtin (&myrmex_builtin_actions[i]);
  g_once_init_leave (&done, 1);
}

/* The type of this name, or %NULL. */
const MyrmexActionType *
myrmex_action_type_find (const char *name)
{
  const MyrmexActionType *type;

  ensure_builtins ();
  g_rw_lock_reader_lock (&lock);
  type = g_hash_table_lookup (by_name, name);
  g_rw_lock_reader_unlock (&lock);
  return type;
}

/* All types, sorted by name; the array ends with %NULL and is the caller's. */
const MyrmexActionType **
myrmex_action_type_dup_all (void)
{
  const MyrmexActionType **all;

  ensure_builtins ();
  g_rw_lock_reader_lock (&lock);
  all = g_new0 (const MyrmexActionType *, types->len + 1);
  memcpy (all, types->pdata, types->len * sizeof *all);
  g_rw_lock_reader_unlock (&lock);
  return all;
}

gboolean
myrmex_action_type_has_key (const MyrmexActionType *self,
                            const char             *key)
{
  return g_strv_contains (self->keys, key);
}

/* “command, env, output”: the key that names it and those that it takes. */
char *
myrmex_action_type_list_keys (const MyrmexActionType *self)
{
  g_autofree char *more = g_strjoinv (", ", (char **) self->keys);

  return g_strconcat (self->name, more[0] != '\0' ? ", " : "", more, NULL);
}

static gboolean
is_task_key (const char *word)
{
  for (guint i = 0; i < MYRMEX_N_TASK_KEYS; i++)
    {
      if (g_str_equal (word, myrmex_task_keys[i]))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_type (const char  *name,
            GType        type,
            GError     **error)
{
  const char *type_name = g_type_name (type);

  if (!g_type_is_a (type, MYRMEX_TYPE_ACTION))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("“%s” can not be an action of type “%s”: it does not derive from MyrmexAction"),
                   type_name != NULL ? type_name : "0", name);
      return FALSE;
    }
  if (G_TYPE_IS_ABSTRACT (type))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("“%s” can not be an action of type “%s”: it is abstract"), type_name, name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_keys (const char          *name,
            const char * const  *keys,
            GError             **error)
{
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      if (!myrmex_name_check (N_("key"), keys[i], error))
        return FALSE;
      if (is_task_key (keys[i]))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                       _("The key “%s” is one that every task has; actions of type “%s” need another word"),
                       keys[i], name);
          return FALSE;
        }
      for (guint k = 0; k < i; k++)
        {
          if (g_str_equal (keys[i], keys[k]))
            {
              g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                           _("The key “%s” is twice among those of actions of type “%s”"), keys[i], name);
              return FALSE;
            }
        }
      if (g_str_equal (keys[i], name))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                       _("The key “%s” is the name of the type of action itself; leave it out"), name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Called with the lock held. */
static gboolean
check_clashes (const char          *name,
               const char * const  *keys,
               GError             **error)
{
  if (g_hash_table_contains (by_name, name))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                   _("There are actions of type “%s” already; choose another name"), name);
      return FALSE;
    }
  for (guint i = 0; i < types->len; i++)
    {
      const MyrmexActionType *other = types->pdata[i];

      if (myrmex_action_type_has_key (other, name))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                       _("“%s” is a key of actions of type “%s”; choose another name"), name, other->name);
          return FALSE;
        }
      if (keys != NULL && g_strv_contains (keys, other->name))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                       _("The key “%s” is the name of a type of action; actions of type “%s” need another word"),
                       other->name, name);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * myrmex_action_register:
 * @name: the name of the type of action, the key that names it in definitions; of `[A-Za-z0-9._-]`. A name
 *   with a dot, such as `example.render`, is one that the JSON Schema of definitions lets pass
 * @type: a type that derives from [class@Myrmex.Action] and is not abstract
 * @keys: (array zero-terminated=1) (nullable): further keys of a task that the type of action takes, beside
 *   its name, such as `env` and `output`
 * @description: (nullable): what such an action does, in a sentence
 * @error: return location for an error, or %NULL
 *
 * Makes a type of action known by a name, so that definitions and myrmex_action_create() can use it. It stays
 * known for as long as the process lives. [func@Myrmex.Action.document_key] tells people what a key is. May be
 * called from any thread.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where the name, a key or the type can not be one, and with
 * %MYRMEX_ERROR_DUPLICATE where the name is taken or a word would mean two things in a task.
 *
 * Returns: whether the type of action is known now
 *
 * Since: 1.0
 */
gboolean
myrmex_action_register (const char          *name,
                        GType                type,
                        const char * const  *keys,
                        const char          *description,
                        GError             **error)
{
  gboolean ok;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!myrmex_name_check (N_("type of action"), name, error) ||
      !check_type (name, type, error) ||
      !check_keys (name, keys, error))
    return FALSE;
  if (is_task_key (name))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
                   _("“%s” is a key that every task has; choose another name"), name);
      return FALSE;
    }

  ensure_builtins ();
  g_rw_lock_writer_lock (&lock);
  ok = check_clashes (name, keys, error);
  if (ok)
    add_type (g_strdup (name), type, (const char * const *) g_strdupv ((char **) keys),
              g_strdup (description != NULL ? description : ""));
  g_rw_lock_writer_unlock (&lock);
  return ok;
}

/* Makes an action and has it check its spec, of which the keys are good. */
MyrmexAction *
myrmex_action_type_new_action (const MyrmexActionType  *self,
                               GVariant                *spec,
                               GError                 **error)
{
  g_autoptr (MyrmexAction) action = g_object_new (self->type, "type-name", self->name, "spec", spec, NULL);

  if (!myrmex_action_prepare (action, error))
    {
      /* A type from outside may forget to say why. */
      if (error != NULL && *error == NULL)
        g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                     _("The action of type “%s” refused what it was given, and did not say why"), self->name);
      return NULL;
    }
  return g_steal_pointer (&action);
}

static void
set_unknown_type (const char  *name,
                  GError     **error)
{
  g_autofree const MyrmexActionType **all = myrmex_action_type_dup_all ();
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (guint i = 0; all[i] != NULL; i++)
    myrmex_nearest_offer (&nearest, all[i]->name);

  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                 _("There are no actions of type “%s”; did you mean “%s”?"), name, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There are no actions of type “%s”"), name);
}

static void
set_unknown_key (const MyrmexActionType  *type,
                 const char              *key,
                 GError                 **error)
{
  g_autofree char *keys = myrmex_action_type_list_keys (type);

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("“%s” is no key of actions of type “%s”, which take %s"), key, type->name, keys);
}

static gboolean
check_spec (const MyrmexActionType  *type,
            GVariant                *spec,
            GError                 **error)
{
  gboolean named = FALSE;
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, spec);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    {
      MyrmexNearest nearest;

      if (g_str_equal (key, type->name))
        {
          named = TRUE;
          continue;
        }
      if (myrmex_action_type_has_key (type, key))
        continue;

      myrmex_nearest_init (&nearest, key);
      myrmex_nearest_offer (&nearest, type->name);
      for (guint i = 0; type->keys[i] != NULL; i++)
        myrmex_nearest_offer (&nearest, type->keys[i]);
      if (nearest.best != NULL)
        g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                     _("“%s” is no key of actions of type “%s”; did you mean “%s”?"), key, type->name, nearest.best);
      else
        set_unknown_key (type, key, error);
      return FALSE;
    }

  if (!named)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("The spec of an action of type “%s” needs the key “%s”"), type->name, type->name);
  return named;
}

/**
 * myrmex_action_create:
 * @name: the name of a type of action, such as `command`
 * @spec: a dictionary of type `a{sv}`: what a definition would say of it, that is the key @name and further keys
 *   that the type takes; a floating reference is taken over
 * @error: return location for an error, or %NULL
 *
 * Makes an action of a type that is known by its name, and has it check @spec. May be called from any thread.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such type, with %MYRMEX_ERROR_NOT_SUPPORTED for `noop`,
 * which is a task without an action, see [method@Myrmex.Workflow.add_noop], with %MYRMEX_ERROR_INVALID_ARGUMENT
 * where a key is missing or unknown, and as the action itself does where it does not like its spec.
 *
 * Returns: (transfer full): a new action, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexAction *
myrmex_action_create (const char  *name,
                      GVariant    *spec,
                      GError     **error)
{
  g_autoptr (GVariant) owned = NULL;
  const MyrmexActionType *type;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (spec != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (spec, G_VARIANT_TYPE_VARDICT), NULL);

  owned = g_variant_ref_sink (spec);
  type = myrmex_action_type_find (name);
  if (type == NULL)
    {
      set_unknown_type (name, error);
      return NULL;
    }
  if (type->type == G_TYPE_NONE)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                   _("“%s” is a task without an action, so that there is none to make"), name);
      return NULL;
    }
  if (!check_spec (type, owned, error))
    return NULL;

  return myrmex_action_type_new_action (type, owned, error);
}

/**
 * myrmex_action_list_types:
 *
 * Gets the names of the types of action that are known. May be called from any thread.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
myrmex_action_list_types (void)
{
  g_autofree const MyrmexActionType **all = myrmex_action_type_dup_all ();
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; all[i] != NULL; i++)
    g_strv_builder_add (names, all[i]->name);
  return g_strv_builder_end (names);
}

/**
 * myrmex_action_type_get_description:
 * @name: the name of a type of action
 *
 * Gets what actions of a type do. May be called from any thread.
 *
 * Returns: (transfer none) (nullable): a sentence, in the language of the user where it comes with the library;
 *   or %NULL where there is no such type
 *
 * Since: 1.0
 */
const char *
myrmex_action_type_get_description (const char *name)
{
  const MyrmexActionType *type;

  g_return_val_if_fail (name != NULL, NULL);

  type = myrmex_action_type_find (name);
  if (type == NULL)
    return NULL;
  return type->description[0] != '\0' ? g_dgettext (GETTEXT_PACKAGE, type->description) : "";
}

/**
 * myrmex_action_type_dup_keys:
 * @name: the name of a type of action
 *
 * Gets the further keys of a task that actions of a type take, beside their name. May be called from any
 * thread.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the keys, or %NULL where there is no such type
 *
 * Since: 1.0
 */
char **
myrmex_action_type_dup_keys (const char *name)
{
  const MyrmexActionType *type;

  g_return_val_if_fail (name != NULL, NULL);

  type = myrmex_action_type_find (name);
  return type != NULL ? g_strdupv ((char **) type->keys) : NULL;
}
