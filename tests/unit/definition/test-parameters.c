/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <math.h>

#include "base/myrmex-error.h"
#include "definition/myrmex-parameters-private.h"

static const char declaration[] =
  "{\"folder\": {\"type\": \"string\", \"default\": \"Pictures\"},"
  " \"size\": {\"type\": \"integer\"},"
  " \"ratio\": {\"type\": \"number\", \"default\": 1},"
  " \"dry\": {\"type\": \"boolean\", \"default\": false},"
  " \"names\": {\"type\": \"array\", \"default\": []},"
  " \"map\": {\"type\": \"object\", \"default\": {}},"
  " \"level\": {\"type\": \"string\", \"default\": \"low\", \"enum\": [\"low\", \"high\"]},"
  " \"steps\": {\"type\": \"integer\", \"default\": 1, \"enum\": [1, 2, 4]},"
  " \"scale\": {\"type\": \"number\", \"default\": 1, \"enum\": [0.5, 1, 2]}}";

static GVariant *
from_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = myrmex_value_from_json (text, -1, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_resolve (void)
{
  static const struct
  {
    const char *given;
    const char *resolved;
  } cases[] = {
    { "{\"size\": 3}",
      "{\"folder\":\"Pictures\",\"size\":3,\"ratio\":1,\"dry\":false,\"names\":[],\"map\":{},\"level\":\"low\","
      "\"steps\":1,\"scale\":1}" },
    { "{\"scale\": 0.5, \"size\": 3.0, \"folder\": \"\", \"ratio\": 0.5, \"dry\": true, \"names\": [1], "
      "\"map\": {\"a\": null}, \"level\": \"high\", \"steps\": 4.0}",
      "{\"folder\":\"\",\"size\":3,\"ratio\":0.5,\"dry\":true,\"names\":[1],\"map\":{\"a\":null},\"level\":\"high\","
      "\"steps\":4,\"scale\":0.5}" },
  };
  g_autoptr (GVariant) declared = from_json (declaration);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) given = from_json (cases[i].given);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) resolved = myrmex_parameters_resolve (declared, given, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      g_assert_false (g_variant_is_floating (resolved));
      text = myrmex_value_to_json (resolved, FALSE);
      g_assert_cmpstr (text, ==, cases[i].resolved);
    }
}

/* An integer is an integer whatever a language sends it as. */
static void
test_integers (void)
{
  GVariant *values[] = {
    g_variant_new_byte (7), g_variant_new_int16 (7), g_variant_new_uint16 (7), g_variant_new_int32 (7),
    g_variant_new_uint32 (7), g_variant_new_int64 (7), g_variant_new_uint64 (7), g_variant_new_double (7),
  };
  GVariant *wrong[] = {
    g_variant_new_uint64 (G_MAXUINT64), g_variant_new_double (7.5), g_variant_new_double (NAN),
    g_variant_new_double (INFINITY), g_variant_new_double (1e300), g_variant_new_string ("7"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (values[i]);
      g_autoptr (GVariant) converted = myrmex_parameter_convert (MYRMEX_PARAMETER_INTEGER, value);

      g_assert_nonnull (converted);
      g_assert_cmpint (g_variant_get_int64 (converted), ==, 7);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (wrong[i]);

      g_assert_null (myrmex_parameter_convert (MYRMEX_PARAMETER_INTEGER, value));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *declared;
    const char *given;
    const char *message;
  } cases[] = {
    { declaration, NULL, "Parameter “size” is missing; it must be an integer and has no default" },
    { declaration, "{\"size\": 1, \"foldr\": \"x\"}", "There is no parameter “foldr”; did you mean “folder”?" },
    { declaration, "{\"size\": 1, \"quality\": 9}", "There is no parameter “quality”" },
    { NULL, "{\"a\": 1}", "There is no parameter “a”; the workflow takes none" },
    { "{}", "{\"a\": 1}", "There is no parameter “a”; the workflow takes none" },
    { declaration, "{\"size\": \"1\"}", "Parameter “size” must be an integer, not a string" },
    { declaration, "{\"size\": 1.5}", "Parameter “size” must be an integer, not a fraction" },
    { declaration, "{\"size\": null}", "Parameter “size” must be an integer, not null" },
    { declaration, "{\"size\": 1, \"dry\": \"false\"}", "Parameter “dry” must be true or false, not a string" },
    { declaration, "{\"size\": 1, \"names\": \"abc\"}", "Parameter “names” must be an array, not a string" },
    { declaration, "{\"size\": 1, \"map\": []}", "Parameter “map” must be an object, not an array" },
    { declaration, "{\"size\": 1, \"ratio\": {}}", "Parameter “ratio” must be a number, not an object" },
    { declaration, "{\"size\": 1, \"folder\": true}", "Parameter “folder” must be a string, not true or false" },
    { declaration, "{\"size\": 1, \"level\": \"mid\"}", "Parameter “level” must be one of \"low\", \"high\"" },
    { declaration, "{\"size\": 1, \"steps\": 3}", "Parameter “steps” must be one of 1, 2, 4" },
    { declaration, "{\"a\": 1, \"dry\": 0}",
      "Parameter “size” is missing; it must be an integer and has no default\n"
      "Parameter “dry” must be true or false, not an integer\n"
      "There is no parameter “a”" },
    { "{\"a\": 1}", NULL,
      "Parameter “a” is declared without a type; it is one of string, number, integer, boolean, array, object" },
    { "{\"a\": {\"type\": \"text\"}}", NULL,
      "Parameter “a” is declared without a type; it is one of string, number, integer, boolean, array, object" },
    { "{\"a\": {\"type\": \"integer\", \"default\": \"1\"}}", NULL,
      "Parameter “a” must be an integer, not a string" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) declared = cases[i].declared != NULL ? from_json (cases[i].declared) : NULL;
      g_autoptr (GVariant) given = cases[i].given != NULL ? from_json (cases[i].given) : NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (myrmex_parameters_resolve (declared, given, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_nothing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) resolved = myrmex_parameters_resolve (NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_variant_is_of_type (resolved, G_VARIANT_TYPE_VARDICT));
  g_assert_cmpuint (g_variant_n_children (resolved), ==, 0);
}

/* What can be no value can be no parameter: here, more than a mebibyte. */
static void
test_too_large (void)
{
  g_autoptr (GVariant) declared = from_json (declaration);
  g_autofree char *text = g_strnfill (1 << 20, 'x');
  g_autoptr (GVariant) given = NULL;
  g_autoptr (GError) error = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "size", "i", 1);
  g_variant_dict_insert (&dict, "folder", "s", text);
  given = g_variant_ref_sink (g_variant_dict_end (&dict));

  g_assert_null (myrmex_parameters_resolve (declared, given, &error));
  g_assert_cmpstr (error->message, ==, "Parameter “folder”: The value has 1048577 bytes; a result may have 1048576. "
                                       "Write large data to a file and return its path");
}

/* Strangers may send many names; that costs no more than many names. */
static void
test_many_unknown (void)
{
  g_autoptr (GVariant) declared = from_json (declaration);
  g_autoptr (GVariant) given = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("name%u", i);
      g_variant_dict_insert (&dict, name, "u", i);
    }
  given = g_variant_ref_sink (g_variant_dict_end (&dict));

  g_assert_null (myrmex_parameters_resolve (declared, given, &error));
  lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 11);
}

static void
test_text (void)
{
  static const struct
  {
    const char *name;
    const char *text;
    const char *json;
  } cases[] = {
    { "folder", "true", "\"true\"" },
    { "folder", "", "\"\"" },
    { "size", "-12", "-12" },
    { "size", "12.0", "12" },
    { "ratio", "2.5e-1", "0.25" },
    { "ratio", "2", "2" },
    { "dry", "true", "true" },
    { "dry", "false", "false" },
    { "names", "[1, \"b\"]", "[1,\"b\"]" },
    { "map", "{\"a\": [null]}", "{\"a\":[null]}" },
    { "level", "high", "\"high\"" },
  };
  g_autoptr (GVariant) declared = from_json (declaration);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = myrmex_parameters_parse_text (declared, cases[i].name, cases[i].text, &error);
      g_autofree char *json = NULL;

      g_assert_no_error (error);
      json = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (json, ==, cases[i].json);
    }
}

static void
test_text_refused (void)
{
  static const struct
  {
    const char *name;
    const char *text;
    const char *message;
  } cases[] = {
    { "size", "twelve", "Parameter “size” must be an integer, not “twelve”" },
    { "size", "1.5", "Parameter “size” must be an integer, not “1.5”" },
    { "size", "", "Parameter “size” must be an integer, not “”" },
    { "size", "1 2", "Parameter “size” must be an integer, not “1 2”" },
    { "ratio", "NaN", "Parameter “ratio” must be a number, not “NaN”" },
    { "ratio", "1,5", "Parameter “ratio” must be a number, not “1,5”" },
    { "dry", "yes", "Parameter “dry” must be true or false, not “yes”" },
    { "names", "a,b", "Parameter “names” must be an array in JSON, not “a,b”" },
    { "map", "[]", "Parameter “map” must be an object in JSON, not “[]”" },
    { "level", "mid", "Parameter “level” must be one of \"low\", \"high\"" },
    { "folder", "\xff", "Parameter “folder” is given with bytes that are no UTF-8" },
    { "Folders", "x", "There is no parameter “Folders”; did you mean “folder”?" },
    { "\xff", "x", "There is no parameter “\\xff”" },
  };
  g_autoptr (GVariant) declared = from_json (declaration);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (myrmex_parameters_parse_text (declared, cases[i].name, cases[i].text, &error));
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* A default that begins in the home folder, and what looks like one and is none. */
static void
test_home (void)
{
  g_autofree char *inside = g_build_filename (g_get_home_dir (), "Pictures", NULL);
  const struct
  {
    const char *declared;
    const char *given;
    const char *expected;
  } cases[] = {
    { "{'p': <{'type': <'string'>, 'default': <'~/Pictures'>}>}", "@a{sv} {}", inside },
    { "{'p': <{'type': <'string'>, 'default': <'~'>}>}", "@a{sv} {}", g_get_home_dir () },
    { "{'p': <{'type': <'string'>, 'default': <'~/Pictures'>}>}", "{'p': <'~/Pictures'>}", "~/Pictures" },
    { "{'p': <{'type': <'string'>, 'default': <'~other'>}>}", "@a{sv} {}", "~other" },
    { "{'p': <{'type': <'string'>, 'default': <'a/~/b'>}>}", "@a{sv} {}", "a/~/b" },
    { "{'p': <{'type': <'string'>, 'default': <'~'>, 'enum': <['~', 'x']>}>}", "@a{sv} {}", "~" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) declared = g_variant_ref_sink (g_variant_new_parsed (cases[i].declared));
      g_autoptr (GVariant) given = g_variant_ref_sink (g_variant_new_parsed (cases[i].given));
      g_autoptr (GVariant) resolved = myrmex_parameters_resolve (declared, given, &error);
      const char *found = NULL;

      g_assert_no_error (error);
      g_assert_true (g_variant_lookup (resolved, "p", "&s", &found));
      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/parameters/resolve", test_resolve);
  g_test_add_func ("/parameters/home", test_home);
  g_test_add_func ("/parameters/integers", test_integers);
  g_test_add_func ("/parameters/refused", test_refused);
  g_test_add_func ("/parameters/nothing", test_nothing);
  g_test_add_func ("/parameters/too-large", test_too_large);
  g_test_add_func ("/parameters/many-unknown", test_many_unknown);
  g_test_add_func ("/parameters/text", test_text);
  g_test_add_func ("/parameters/text-refused", test_text_refused);

  return g_test_run ();
}
