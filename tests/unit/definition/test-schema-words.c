/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "actions/myrmex-action-registry-private.h"
#include "base/myrmex-json-private.h"
#include "definition/myrmex-parameters-private.h"

/* The words of the JSON Schema are those of the library: a type of action that is added to one and not to the
 * other is found here. */

static GVariant *schema;

/* A member of a member of …; the names are divided by spaces. */
static GVariant *
find (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, " ", -1);
  g_autoptr (GVariant) value = g_variant_ref (schema);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GVariant) container = g_steal_pointer (&value);

      value = g_variant_lookup_value (container, names[i], NULL);
      g_assert_nonnull (value);
    }
  return g_steal_pointer (&value);
}

static void
add_word (GPtrArray  *words,
          const char *word)
{
  if (!g_ptr_array_find_with_equal_func (words, word, g_str_equal, NULL))
    g_ptr_array_add (words, g_strdup (word));
}

static GPtrArray *
words_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

/* The keys of an object, or the strings of an array. */
static GPtrArray *
words_at (const char *path)
{
  g_autoptr (GVariant) value = find (path);
  GPtrArray *words = words_new ();

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      /* The key of an entry, or what a variant holds. */
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) word = g_variant_get_child_value (child, 0);

      add_word (words, g_variant_get_string (word, NULL));
    }
  return words;
}

static int
compare_cb (gconstpointer a,
            gconstpointer b)
{
  return g_strcmp0 (*(const char * const *) a, *(const char * const *) b);
}

static char *
join (GPtrArray *words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_ptr_array_sort (words, compare_cb);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, "%s ", (const char *) words->pdata[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_same (const char *path,
             GPtrArray  *expected)
{
  g_autoptr (GPtrArray) found = words_at (path);
  g_autofree char *found_text = join (found);
  g_autofree char *expected_text = join (expected);

  g_assert_cmpstr (found_text, ==, expected_text);
}

static GPtrArray *
make_words (gboolean task_keys,
            gboolean types,
            gboolean action_keys)
{
  GPtrArray *words = words_new ();

  for (guint i = 0; task_keys && i < MYRMEX_N_TASK_KEYS; i++)
    add_word (words, myrmex_task_keys[i]);
  for (guint i = 0; i < myrmex_n_builtin_actions; i++)
    {
      const char * const *keys = myrmex_action_type_find (myrmex_builtin_actions[i].name)->keys;

      if (types)
        add_word (words, myrmex_builtin_actions[i].name);
      for (guint k = 0; action_keys && keys[k] != NULL; k++)
        add_word (words, keys[k]);
    }
  return words;
}

static void
test_task (void)
{
  g_autoptr (GPtrArray) own_and_types = make_words (TRUE, TRUE, FALSE);
  g_autoptr (GPtrArray) action_keys = make_words (FALSE, FALSE, TRUE);
  g_autoptr (GPtrArray) all = make_words (TRUE, TRUE, TRUE);

  assert_same ("$defs task properties", own_and_types);
  assert_same ("$defs task then properties", action_keys);
  assert_same ("$defs task then propertyNames enum", all);
}

/* Each type of action is one of those of which there must be one. */
static void
test_types (void)
{
  g_autoptr (GVariant) choices = find ("$defs task then oneOf");
  g_autoptr (GPtrArray) types = make_words (FALSE, TRUE, FALSE);
  g_autofree char *expected = join (types);
  g_autoptr (GPtrArray) found = words_new ();
  g_autofree char *found_text = NULL;

  for (gsize i = 0; i < g_variant_n_children (choices); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (choices, i);
      g_autoptr (GVariant) choice = g_variant_get_variant (child);
      g_autoptr (GVariant) required = g_variant_lookup_value (choice, "required", NULL);
      g_autoptr (GVariant) inner = g_variant_get_child_value (required, 0);
      g_autoptr (GVariant) name = g_variant_get_variant (inner);

      g_assert_cmpuint (g_variant_n_children (required), ==, 1);
      add_word (found, g_variant_get_string (name, NULL));
    }
  found_text = join (found);
  g_assert_cmpstr (found_text, ==, expected);
}

/* What a type does not take is refused beside it: the types that take less than all say what they take. */
static void
test_keys_of_types (void)
{
  for (guint i = 0; i < myrmex_n_builtin_actions; i++)
    {
      const MyrmexActionType *builtin = myrmex_action_type_find (myrmex_builtin_actions[i].name);
      g_autoptr (GPtrArray) all = make_words (FALSE, FALSE, TRUE);
      g_autoptr (GPtrArray) words = make_words (TRUE, FALSE, FALSE);
      g_autofree char *path = g_strdup_printf ("$defs task then dependentSchemas %s propertyNames enum", builtin->name);

      if (g_strv_length ((char **) builtin->keys) == all->len)
        continue;
      add_word (words, builtin->name);
      for (guint k = 0; builtin->keys[k] != NULL; k++)
        add_word (words, builtin->keys[k]);
      assert_same (path, words);
    }
}

static void
assert_strings (const char         *path,
                const char * const *expected,
                gsize               n)
{
  g_autoptr (GVariant) found = find (path);

  g_assert_cmpuint (g_variant_n_children (found), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (found, i);
      g_autoptr (GVariant) word = g_variant_get_variant (child);

      g_assert_cmpstr (g_variant_get_string (word, NULL), ==, expected[i]);
    }
}

static void
test_words (void)
{
  const char *rules[MYRMEX_TRIGGER_RULE_NONE_FAILED_MIN_ONE_SUCCESS + 1];

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    rules[i] = myrmex_trigger_rule_to_string (i);
  assert_strings ("$defs task properties trigger_rule enum", rules, G_N_ELEMENTS (rules));
  assert_strings ("$defs parameter properties type enum", myrmex_parameter_type_names, MYRMEX_N_PARAMETER_TYPES);
}

/* What the library tells people of a key is what the schema tells their editors. */
static void
assert_documented (const char            *objects,
                   const MyrmexActionKey *key)
{
  g_autofree char *path = g_strconcat (objects, " ", key->name, NULL);
  g_autoptr (GVariant) found = find (path);
  g_autoptr (GVariant) fallback = g_variant_lookup_value (found, "default", NULL);
  g_autofree char *json = fallback != NULL ? myrmex_value_to_json (fallback, FALSE) : NULL;
  const char *text = NULL;

  g_assert_true (g_variant_lookup (found, "description", "&s", &text));
  g_assert_cmpstr (key->description, ==, text);
  g_assert_cmpstr (key->fallback, ==, json);
  g_assert_nonnull (key->type);
}

static void
test_documents (void)
{
  for (guint i = 0; i < myrmex_n_builtin_actions; i++)
    {
      const MyrmexActionType *type = myrmex_action_type_find (myrmex_builtin_actions[i].name);

      assert_documented ("$defs task properties", &type->documents[0]);
      for (guint k = 0; type->keys[k] != NULL; k++)
        assert_documented ("$defs task then properties", &type->documents[k + 1]);
    }
}

/* Editors show these. */
static void
test_descriptions (void)
{
  static const char * const objects[] = {
    "properties", "$defs task properties", "$defs task then properties", "$defs parameter properties",
    "$defs retry_policy properties",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      g_autoptr (GPtrArray) keys = words_at (objects[i]);

      g_assert_cmpuint (keys->len, >, 3);
      for (guint k = 0; k < keys->len; k++)
        {
          g_autofree char *path = g_strdup_printf ("%s %s", objects[i], (const char *) keys->pdata[k]);
          g_autoptr (GVariant) key = find (path);
          const char *text = NULL;

          /* The description of a retry policy is where it is defined. */
          if (g_str_equal (keys->pdata[k], "retry_policy"))
            continue;
          g_assert_true (g_variant_lookup (key, "description", "&s", &text));
          g_assert_true (g_str_has_suffix (text, "."));
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  path = g_test_build_filename (G_TEST_DIST, "..", "data", "schema", "myrmex-1.schema.json", NULL);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  schema = myrmex_value_from_json (text, -1, &error);
  g_assert_no_error (error);

  g_test_add_func ("/schema-words/task", test_task);
  g_test_add_func ("/schema-words/types", test_types);
  g_test_add_func ("/schema-words/keys-of-types", test_keys_of_types);
  g_test_add_func ("/schema-words/words", test_words);
  g_test_add_func ("/schema-words/documents", test_documents);
  g_test_add_func ("/schema-words/descriptions", test_descriptions);

  status = g_test_run ();
  g_variant_unref (schema);
  return status;
}
