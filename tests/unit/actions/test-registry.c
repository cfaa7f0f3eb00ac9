/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>

#include "actions/myrmex-action-registry-private.h"
#include "actions/myrmex-command-action.h"
#include "base/myrmex-value.h"

/* An action that takes what it is given, unless that is the string `bad`; `mute` it refuses without a word. */
typedef MyrmexAction TestAction;
typedef MyrmexActionClass TestActionClass;

GType test_action_get_type (void);

G_DEFINE_TYPE (TestAction, test_action, MYRMEX_TYPE_ACTION)

static gboolean
test_action_prepare (MyrmexAction  *self,
                     GError       **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (myrmex_action_get_spec (self),
                                                       myrmex_action_get_type_name (self), NULL);

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return TRUE;
  if (g_str_equal (g_variant_get_string (value, NULL), "bad"))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE, "This is bad");
      return FALSE;
    }
  return !g_str_equal (g_variant_get_string (value, NULL), "mute");
}

static void
test_action_class_init (TestActionClass *klass)
{
  klass->prepare = test_action_prepare;
}

static void
test_action_init (TestAction *self)
{
}

static GVariant *
make_spec (const char *key,
           const char *value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, key, "s", value);
  return g_variant_dict_end (&dict);
}

static void
register_type (const char *name,
               const char *key)
{
  const char *keys[] = { key, NULL };
  g_autoptr (GError) error = NULL;

  myrmex_action_register (name, test_action_get_type (), key != NULL ? keys : NULL, "For tests", &error);
  g_assert_no_error (error);
}

static void
test_register (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexAction) action = NULL;
  g_auto (GStrv) types = NULL;
  g_auto (GStrv) keys = NULL;
  GVariantDict dict;

  register_type ("test.echo", "tone");

  types = myrmex_action_list_types ();
  g_assert_true (g_strv_contains ((const char * const *) types, "test.echo"));
  g_assert_true (g_strv_contains ((const char * const *) types, "noop"));
  for (guint i = 1; types[i] != NULL; i++)
    g_assert_cmpstr (types[i - 1], <, types[i]);
  keys = myrmex_action_type_dup_keys ("test.echo");
  g_assert_cmpstr (keys[0], ==, "tone");
  g_assert_null (keys[1]);
  g_assert_cmpstr (myrmex_action_type_get_description ("test.echo"), ==, "For tests");

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "test.echo", "s", "good");
  g_variant_dict_insert (&dict, "tone", "s", "low");
  action = myrmex_action_create ("test.echo", g_variant_dict_end (&dict), &error);
  g_assert_no_error (error);
  g_assert_true (G_TYPE_CHECK_INSTANCE_TYPE (action, test_action_get_type ()));
  g_assert_cmpstr (myrmex_action_get_type_name (action), ==, "test.echo");
  g_assert_true (g_variant_lookup (myrmex_action_get_spec (action), "tone", "s", NULL));
}

static void
test_nothing_of_that_name (void)
{
  g_assert_null (myrmex_action_type_get_description ("test.none"));
  g_assert_null (myrmex_action_type_dup_keys ("test.none"));
}

/* Without further keys and without a description. */
static void
test_bare (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = NULL;

  g_assert_true (myrmex_action_register ("test.bare", test_action_get_type (), NULL, NULL, &error));
  g_assert_no_error (error);
  keys = myrmex_action_type_dup_keys ("test.bare");
  g_assert_nonnull (keys);
  g_assert_null (keys[0]);
  g_assert_cmpstr (myrmex_action_type_get_description ("test.bare"), ==, "");
}

static void
test_refused (void)
{
  register_type ("test.taken", "test.own");

  const struct
  {
    const char *name;
    GType       type;
    const char *keys[3];
    int         code;
    const char *message;
  } cases[] = {
    { "", test_action_get_type (), { NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "The name of a type of action is empty; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -" },
    { "a b", test_action_get_type (), { NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "“a b” can not be the name of a type of action; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -" },
    { "x", G_TYPE_OBJECT, { NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "“GObject” can not be an action of type “x”: it does not derive from MyrmexAction" },
    { "x", G_TYPE_INVALID, { NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "“0” can not be an action of type “x”: it does not derive from MyrmexAction" },
    { "x", MYRMEX_TYPE_ACTION, { NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "“MyrmexAction” can not be an action of type “x”: it is abstract" },
    { "noop", test_action_get_type (), { NULL }, MYRMEX_ERROR_DUPLICATE,
      "There are actions of type “noop” already; choose another name" },
    { "test.taken", test_action_get_type (), { NULL }, MYRMEX_ERROR_DUPLICATE,
      "There are actions of type “test.taken” already; choose another name" },
    { "test.own", test_action_get_type (), { NULL }, MYRMEX_ERROR_DUPLICATE,
      "“test.own” is a key of actions of type “test.taken”; choose another name" },
    { "timeout", test_action_get_type (), { NULL }, MYRMEX_ERROR_DUPLICATE,
      "“timeout” is a key that every task has; choose another name" },
    { "x", test_action_get_type (), { "env", "timeout", NULL }, MYRMEX_ERROR_DUPLICATE,
      "The key “timeout” is one that every task has; actions of type “x” need another word" },
    { "x", test_action_get_type (), { "noop", NULL }, MYRMEX_ERROR_DUPLICATE,
      "The key “noop” is the name of a type of action; actions of type “x” need another word" },
    { "x", test_action_get_type (), { "x", NULL }, MYRMEX_ERROR_DUPLICATE,
      "The key “x” is the name of the type of action itself; leave it out" },
    { "x", test_action_get_type (), { "y", "y", NULL }, MYRMEX_ERROR_DUPLICATE,
      "The key “y” is twice among those of actions of type “x”" },
    { "x", test_action_get_type (), { "a/b", NULL }, MYRMEX_ERROR_INVALID_ARGUMENT,
      "“a/b” can not be the name of a key; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (myrmex_action_register (cases[i].name, cases[i].type, cases[i].keys, NULL, &error));
      g_assert_error (error, MYRMEX_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  g_assert_null (myrmex_action_type_get_description ("x"));
}

static void
test_new_refused (void)
{
  static const struct
  {
    const char *type;
    const char *key;
    const char *value;
    int         code;
    const char *message;
  } cases[] = {
    { "test.moo", "test.moo", "", MYRMEX_ERROR_NOT_FOUND, "There are no actions of type “test.moo”; did you mean “test.moon”?" },
    { "quite-another", "x", "", MYRMEX_ERROR_NOT_FOUND, "There are no actions of type “quite-another”" },
    { "noop", "noop", "", MYRMEX_ERROR_NOT_SUPPORTED, "“noop” is a task without an action, so that there is none to make" },
    { "test.moon", "phas", "", MYRMEX_ERROR_INVALID_ARGUMENT,
      "“phas” is no key of actions of type “test.moon”; did you mean “phase”?" },
    { "test.moon", "directory", "", MYRMEX_ERROR_INVALID_ARGUMENT, "“directory” is no key of actions of type “test.moon”, which take test.moon, phase" },
    { "test.moon", "phase", "", MYRMEX_ERROR_INVALID_ARGUMENT, "The spec of an action of type “test.moon” needs the key “test.moon”" },
    { "test.moon", "test.moon", "bad", MYRMEX_ERROR_INVALID_VALUE, "This is bad" },
    { "test.moon", "test.moon", "mute", MYRMEX_ERROR_INVALID_ARGUMENT,
      "The action of type “test.moon” refused what it was given, and did not say why" },
  };

  register_type ("test.moon", "phase");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      GVariant *spec = make_spec (cases[i].key, cases[i].value);

      g_assert_null (myrmex_action_create (cases[i].type, spec, &error));
      g_assert_error (error, MYRMEX_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }

  /* Nobody asks for the reason: there is none to make up. */
  g_assert_null (myrmex_action_create ("test.moon", make_spec ("test.moon", "mute"), NULL));
}

/* What comes with the library obeys the rules that others are held to. */
static void
test_builtins (void)
{
  for (guint i = 0; i < myrmex_n_builtin_actions; i++)
    {
      const MyrmexBuiltinAction *builtin = &myrmex_builtin_actions[i];
      const MyrmexActionType *type = myrmex_action_type_find (builtin->name);

      g_assert_nonnull (type);
      g_assert_cmpstr (type->description, !=, "");
      if (type->type != G_TYPE_NONE)
        g_assert_true (g_type_is_a (type->type, MYRMEX_TYPE_ACTION));

      for (guint k = 0; type->keys[k] != NULL; k++)
        {
          g_assert_null (myrmex_action_type_find (type->keys[k]));
          for (guint own = 0; own < MYRMEX_N_TASK_KEYS; own++)
            g_assert_cmpstr (type->keys[k], !=, myrmex_task_keys[own]);
        }
    }
}

static void
test_describe (void)
{
  g_autoptr (GVariant) command = myrmex_action_type_describe ("command");
  g_autoptr (GVariant) keys = g_variant_lookup_value (command, "keys", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) output = g_variant_get_child_value (keys, 3);
  gboolean is_builtin = FALSE;
  const char *text = NULL;

  g_assert_null (myrmex_action_type_describe ("test.nothing"));
  g_assert_true (g_variant_lookup (command, "built_in", "b", &is_builtin));
  g_assert_true (is_builtin);
  g_assert_true (g_variant_lookup (output, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "output");
  g_assert_true (g_variant_lookup (output, "default", "&s", &text));
  g_assert_cmpstr (text, ==, "text");
}

static void
test_document (void)
{
  const char * const keys[] = { "test_shade", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;

  g_assert_true (myrmex_action_register ("test.paint", MYRMEX_TYPE_COMMAND_ACTION, keys, "Paints", &error));
  g_assert_no_error (error);
  g_assert_true (myrmex_action_document_key ("test.paint", "test_shade", "string", "\"red\"", "Which.", &error));
  g_assert_no_error (error);
  {
    g_autoptr (GVariant) told = myrmex_action_type_describe ("test.paint");

    json = myrmex_value_to_json (told, FALSE);
    g_assert_nonnull (strstr (json, "{\"name\":\"test.paint\"}"));
    g_assert_nonnull (strstr (json, "\"default\":\"red\""));
  }

  g_assert_false (myrmex_action_document_key ("test.paint", "test_hue", NULL, NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "“test_hue” is no key of actions of type “test.paint”, which take test.paint, test_shade");
  g_clear_error (&error);
  g_assert_false (myrmex_action_document_key ("test.none", "x", NULL, NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (myrmex_action_document_key ("command", "env", NULL, NULL, NULL, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED);
  g_clear_error (&error);
  g_assert_false (myrmex_action_document_key ("test.paint", "test_shade", NULL, "red", NULL, &error));
  g_assert_nonnull (error);
}

#define N_THREADS 8
#define N_TYPES   50

static gpointer
register_cb (gpointer data)
{
  guint n_registered = 0;

  for (guint i = 0; i < N_TYPES; i++)
    {
      g_autofree char *name = g_strdup_printf ("test.thread-%u", i);
      g_autoptr (MyrmexAction) action = NULL;

      n_registered += myrmex_action_register (name, test_action_get_type (), NULL, NULL, NULL);
      action = myrmex_action_create (name, make_spec (name, "good"), NULL);
      g_assert_nonnull (action);
    }
  return GUINT_TO_POINTER (n_registered);
}

/* Of all that register a name at the same time one wins, and all can use it. */
static void
test_threads (void)
{
  GThread *threads[N_THREADS];
  guint n_registered = 0;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("register", register_cb, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    n_registered += GPOINTER_TO_UINT (g_thread_join (threads[i]));

  g_assert_cmpuint (n_registered, ==, N_TYPES);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/registry/threads", test_threads);
  g_test_add_func ("/registry/register", test_register);
  g_test_add_func ("/registry/nothing-of-that-name", test_nothing_of_that_name);
  g_test_add_func ("/registry/bare", test_bare);
  g_test_add_func ("/registry/refused", test_refused);
  g_test_add_func ("/registry/new-refused", test_new_refused);
  g_test_add_func ("/registry/builtins", test_builtins);
  g_test_add_func ("/registry/describe", test_describe);
  g_test_add_func ("/registry/document", test_document);

  return g_test_run ();
}
