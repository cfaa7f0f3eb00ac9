/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What people read of the keys that a type of action takes. */

#include "actions/myrmex-action-registry-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-json-private.h"

/* For the documents of all types. What was told of a key is never freed: somebody may be reading it. */
static GRWLock lock;

static MyrmexActionKey *
find_document (const MyrmexActionType *type,
               const char             *key)
{
  if (g_str_equal (type->name, key))
    return &type->documents[0];
  for (guint i = 0; type->keys[i] != NULL; i++)
    {
      if (g_str_equal (type->keys[i], key))
        return &type->documents[i + 1];
    }
  return NULL;
}

/* The document that is to be written, or %NULL. */
static MyrmexActionKey *
check (const MyrmexActionType  *type,
       const char              *name,
       const char              *key,
       const char              *fallback,
       GError                 **error)
{
  g_autoptr (GVariant) value = NULL;
  MyrmexActionKey *document;

  if (type == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There are no actions of type “%s”"), name);
      return NULL;
    }
  if (type->is_builtin)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED,
                   _("Actions of type “%s” come with Myrmex, which tells what their keys are"), name);
      return NULL;
    }
  document = find_document (type, key);
  if (document == NULL)
    {
      g_autofree char *keys = myrmex_action_type_list_keys (type);

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                   _("“%s” is no key of actions of type “%s”, which take %s"), key, name, keys);
      return NULL;
    }
  if (fallback == NULL)
    return document;

  value = myrmex_value_from_json (fallback, -1, error);
  if (value == NULL)
    {
      g_prefix_error (error, _("The default of “%s” is no JSON: "), key);
      return NULL;
    }
  g_variant_ref_sink (value);
  return document;
}

/**
 * myrmex_action_document_key:
 * @name: the name of a type of action that [func@Myrmex.Action.register] made known
 * @key: one of its keys, or @name itself for the key that names it
 * @type: (nullable): what its value is, in words, such as `array of strings`
 * @fallback: (nullable): what holds where the key is left out, in JSON
 * @description: (nullable): what the key is, in a sentence
 * @error: return location for an error, or %NULL
 *
 * Tells people what a key of a type of action is: [func@Myrmex.Action.type_describe] and `myrmex list
 * --actions` show it. Told again, it replaces what was told before. May be called from any thread.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such type or key, with %MYRMEX_ERROR_ACCESS_DENIED where
 * the type comes with the library, and with %MYRMEX_ERROR_INVALID_VALUE where @fallback is no JSON.
 *
 * Returns: whether it is told now
 *
 * Since: 1.0
 */
gboolean
myrmex_action_document_key (const char  *name,
                            const char  *key,
                            const char  *type,
                            const char  *fallback,
                            const char  *description,
                            GError     **error)
{
  MyrmexActionKey *document;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  document = check (myrmex_action_type_find (name), name, key, fallback, error);
  if (document == NULL)
    return FALSE;

  g_rw_lock_writer_lock (&lock);
  document->type = g_intern_string (type);
  document->fallback = g_intern_string (fallback);
  document->description = g_intern_string (description);
  g_rw_lock_writer_unlock (&lock);
  return TRUE;
}

static const char *
translate (const MyrmexActionType *type,
           const char             *text)
{
  return type->is_builtin ? g_dgettext (GETTEXT_PACKAGE, text) : text;
}

static GVariant *
describe_key (const MyrmexActionType *type,
              const MyrmexActionKey  *document)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", document->name);
  if (document->type != NULL)
    g_variant_dict_insert (&dict, "type", "s", translate (type, document->type));
  if (document->fallback != NULL)
    g_variant_dict_insert_value (&dict, "default", myrmex_value_from_json (document->fallback, -1, NULL));
  if (document->description != NULL)
    g_variant_dict_insert (&dict, "description", "s", translate (type, document->description));
  return g_variant_dict_end (&dict);
}

/**
 * myrmex_action_type_describe:
 * @name: the name of a type of action
 *
 * Gets all there is to read of a type of action, in the language of the user where it comes with the library.
 * May be called from any thread.
 *
 * It has the keys `name`, `description`, `built_in` (a boolean), and `keys`, an array of dictionaries of type
 * `a{sv}`, the first of them for the key that names the action. Each has `name` and, where they are told,
 * `type`, `default` (a value) and `description`.
 *
 * Returns: (transfer full) (nullable): a dictionary of type `a{sv}`, or %NULL where there is no such type
 *
 * Since: 1.0
 */
GVariant *
myrmex_action_type_describe (const char *name)
{
  const MyrmexActionType *type;
  GVariantBuilder keys;
  GVariantDict dict;

  g_return_val_if_fail (name != NULL, NULL);

  type = myrmex_action_type_find (name);
  if (type == NULL)
    return NULL;

  g_variant_builder_init (&keys, G_VARIANT_TYPE ("aa{sv}"));
  g_rw_lock_reader_lock (&lock);
  g_variant_builder_add_value (&keys, describe_key (type, &type->documents[0]));
  for (guint i = 0; type->keys[i] != NULL; i++)
    g_variant_builder_add_value (&keys, describe_key (type, &type->documents[i + 1]));
  g_rw_lock_reader_unlock (&lock);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", type->name);
  g_variant_dict_insert (&dict, "description", "s", myrmex_action_type_get_description (name));
  g_variant_dict_insert (&dict, "built_in", "b", type->is_builtin);
  g_variant_dict_insert_value (&dict, "keys", g_variant_builder_end (&keys));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
