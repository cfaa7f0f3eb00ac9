/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-json-private.h"
#include "base/myrmex-json-writer-private.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"

static void
test_mistakes (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "1:1: The text is empty; a value was expected" },
    { " \n ", "2:2: The text is empty; a value was expected" },
    { "{", "1:2: The text ends inside the object that begins at line 1, column 1" },
    { "{\"a\"", "1:5: The text ends inside the object that begins at line 1, column 1" },
    { "{\"a\":", "1:6: The text ends inside the object that begins at line 1, column 1" },
    { "{\"a\":1", "1:7: The text ends inside the object that begins at line 1, column 1" },
    { "{\"a\":1,", "1:8: The text ends inside the object that begins at line 1, column 1" },
    { "[\n  [1, 2", "2:8: The text ends inside the array that begins at line 2, column 3" },
    { "[1,]", "1:3: A comma is not allowed before “]”" },
    { "{\"a\":1 ,\n}", "1:8: A comma is not allowed before “}”" },
    { "[,1]", "1:2: A value is missing before this comma" },
    { "[1,,2]", "1:4: A value is missing before this comma" },
    { "{,}", "1:2: A value is missing before this comma" },
    { "[1 2]", "1:4: “,” or “]” was expected after the value, not “2”" },
    { "{\"a\":1 \"b\":2}", "1:8: “,” or “}” was expected after the value, not “\"”" },
    { "[1}", "1:3: “,” or “]” was expected after the value, not “}”" },
    { "{\"a\":1]", "1:7: “,” or “}” was expected after the value, not “]”" },
    { "{\"a\" 1}", "1:6: “:” was expected after the key" },
    { "{\"a\":}", "1:6: A value was expected, not “}”" },
    { "{a:1}", "1:2: The key “a” must be in double quotes" },
    { "{'a':1}", "1:2: Keys are in double quotes, not in single ones" },
    { "{1:1}", "1:2: The key “1” must be in double quotes" },
    { "{[]:1}", "1:2: A key in double quotes was expected, not “[”" },
    { "'a'", "1:1: Strings are in double quotes, not in single ones" },
    { "1 2", "1:3: The value has ended before this; nothing may follow it" },
    { "{}}", "1:3: The value has ended before this; nothing may follow it" },
    { "]", "1:1: A value was expected, not “]”" },
    { "True", "1:1: “True” is no JSON; write “true”" },
    { "[None]", "1:2: “None” is no JSON; write “null”" },
    { "undefined", "1:1: “undefined” is no JSON; write “null”" },
    { "NaN", "1:1: A value was expected, not “NaN”; strings are in double quotes" },
    { "tru", "1:1: A value was expected, not “tru”; strings are in double quotes" },
    { "truely", "1:1: A value was expected, not “truely”; strings are in double quotes" },
    { "+1", "1:1: A number does not begin with “+”" },
    { ".5", "1:1: A number does not begin with its decimal point; write a zero before it" },
    { "01", "1:1: A number does not begin with a zero" },
    { "-01", "1:1: A number does not begin with a zero" },
    { "-", "1:1: A digit was expected after “-”" },
    { "-Infinity", "1:1: A digit was expected after “-”" },
    { "1.", "1:1: A digit was expected after the decimal point" },
    { "1e", "1:1: A digit was expected in the exponent" },
    { "1e+", "1:1: A digit was expected in the exponent" },
    { "[1e999]", "1:2: The number is out of range" },
    { "0x10", "1:2: The value has ended before this; nothing may follow it" },
    { "\"abc", "1:1: The string that begins here is not closed" },
    { "\"abc\\", "1:1: The string that begins here is not closed" },
    { "[\"abc\n\"]",
      "1:2: The string that begins here is not closed in its line; a line break in a string is written “\\n”" },
    { "\"a\tb\"", "1:3: The control character U+0009 must be written “\\u0009” in a string" },
    { "\"a\\qb\"", "1:3: There is no escape “\\” with “q”; a backslash itself is written “\\\\”" },
    { "\"a\\\x01\"", "1:3: There is no escape “\\” with U+0001; a backslash itself is written “\\\\”" },
    { "\"\\u12g4\"", "1:2: Four hexadecimal digits were expected after “\\u”" },
    { "\"\\u123", "1:2: Four hexadecimal digits were expected after “\\u”" },
    { "\"\\u0000\"", "1:2: “\\u0000” is not allowed: text can not hold a NUL" },
    { "\"é\\ud800x\"", "1:3: “\\ud800” is one half of a surrogate pair, and the other half is missing" },
    { "\"\\uDC00\"", "1:2: “\\uDC00” is one half of a surrogate pair, and the other half is missing" },
    { "\"\\ud800\\u0041\"", "1:2: “\\ud800” is one half of a surrogate pair, and the other half is missing" },
    { "// x\n1", "1:1: Comments are not allowed here" },
    { "/* x */ 1", "1:1: Comments are not allowed here" },
    { "\xef\xbb\xbf{}", "1:1: The text begins with a byte order mark; save it as UTF-8 without one" },
    { "\xff\xfe{}", "1:1: The text is UTF-16; save it as UTF-8" },
    { "[\"é\",\n \"\xe9\"]", "2:3: The byte 0xe9 is no UTF-8; save the text as UTF-8" },
    { "\"\xed\xa0\x80\"", "1:2: The byte 0xed is no UTF-8; save the text as UTF-8" },
    { "[1,\xc2\xa0 2]", "1:4: A value was expected, not U+00A0" },
    { "[1,\xe2\x80\xae]", "1:4: A value was expected, not U+202E" },
    { "[[[[1]]]]", "1:4: Arrays and objects nest deeper than 3 levels" },
    { "{\"a\":1,\n\"a\":2}", "2:1: The key \"a\" is used twice; the first is at line 1, column 2" },
    { "{\"\\u001b\":1,\"\\u001B\":2}", "1:13: The key \"\\u001b\" is used twice; the first is at line 1, column 2" },
    { "{\"a\":1,\"\\u0061\":2}", "1:8: The key \"a\" is used twice; the first is at line 1, column 2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      /* A copy of just these bytes, so that reading behind them is seen by the sanitizer. */
      gsize length = strlen (cases[i].text);
      g_autofree char *text = g_memdup2 (cases[i].text, MAX (length, 1));
      g_autoptr (MyrmexJson) json = myrmex_json_parse (text, (gssize) length, MYRMEX_JSON_FLAGS_NONE, 3, NULL, &error);

      g_assert_null (json);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_nul (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = myrmex_json_parse ("{\n\0}", 4, MYRMEX_JSON_FLAGS_NONE, 3, NULL, &error);

  g_assert_null (json);
  g_assert_cmpstr (error->message, ==, "2:1: The text has a NUL byte");
}

/* A string is read by eight bytes: whatever ends it is seen at each place. */
static void
test_every_place (void)
{
  for (guint place = 1; place <= 20; place++)
    {
      for (guint c = 1; c < 0x20; c++)
        {
          char text[] = "\"aaaaaaaaaaaaaaaaaaaaaaaa\"";
          g_autoptr (GError) error = NULL;
          g_autoptr (MyrmexJson) json = NULL;
          g_autofree char *expected = NULL;

          text[place] = (char) c;
          if (c == '\n' || c == '\r')
            expected = g_strdup (
              "1:1: The string that begins here is not closed in its line; a line break in a string is written “\\n”");
          else
            expected = g_strdup_printf ("1:%u: The control character U+%04X must be written “\\u%04x” in a string",
                                        place + 1, c, c);

          json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, &error);
          g_assert_null (json);
          g_assert_cmpstr (error->message, ==, expected);
        }

      char quoted[] = "\"aaaaaaaaaaaaaaaaaaaaaaaa\"";
      g_autoptr (MyrmexJson) json = NULL;
      gsize length;

      quoted[place] = '"';
      json = myrmex_json_parse (quoted, (gssize) place + 1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, NULL);
      g_assert_nonnull (json);
      myrmex_json_get_string (json, MYRMEX_JSON_ROOT, &length);
      g_assert_cmpuint (length, ==, place - 1);
    }
}

/* A text that is cut anywhere gives an error there, and no reading behind it. */
static void
test_truncated (void)
{
  static const char whole[] = "{\"a\": [1, -2.5e3, \"x\\u00e9\\n\", true, null, {\"b\": {}}], \"é\": false} ";

  for (gsize length = 0; length < strlen (whole) - 1; length++)
    {
      g_autofree char *text = g_memdup2 (whole, MAX (length, 1));
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexJson) json = NULL;

      json = myrmex_json_parse (text, (gssize) length, MYRMEX_JSON_FLAGS_NONE, 8, NULL, &error);

      g_assert_null (json);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
    }
}

static void
test_comments (void)
{
  g_autoptr (GError) error = NULL;
  const char *text = "// first\n{ // second\r\n  \"a\": // third\n 1, \"b//\": 2 } // last";
  g_autoptr (MyrmexJson) json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_COMMENTS, 3, NULL, &error);
  g_autoptr (MyrmexJson) other = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (myrmex_json_get_n_children (json, MYRMEX_JSON_ROOT), ==, 2);
  g_assert_cmpint (myrmex_json_get_integer (json, myrmex_json_find (json, MYRMEX_JSON_ROOT, "b//")), ==, 2);

  other = myrmex_json_parse ("[1, /* 2 */ 3]", -1, MYRMEX_JSON_FLAGS_COMMENTS, 3, NULL, &error);
  g_assert_null (other);
  g_assert_cmpstr (error->message, ==,
                   "1:5: A comment begins with “//” and ends with its line; there is no other kind");
}

static void
test_walk (void)
{
  const char *text = "{\"a\": [1, [], {}, [[2]], \"x\"],\n \"é\": {\"c\": null}, \"\\u0064\": -0.5e1}";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_NONE, 8, NULL, &error);
  MyrmexJsonIter iter;
  guint32 key;
  guint32 value;
  guint32 array;
  gsize length;
  guint line;
  guint column;

  g_assert_no_error (error);
  g_assert_cmpint (myrmex_json_get_kind (json, MYRMEX_JSON_ROOT), ==, MYRMEX_JSON_KIND_OBJECT);
  g_assert_cmpuint (myrmex_json_get_n_children (json, MYRMEX_JSON_ROOT), ==, 3);

  array = myrmex_json_find (json, MYRMEX_JSON_ROOT, "a");
  g_assert_cmpuint (myrmex_json_get_n_children (json, array), ==, 5);
  myrmex_json_iter_init (&iter, json, array);
  for (guint i = 0; i < 5; i++)
    {
      static const MyrmexJsonKind kinds[] = {
        MYRMEX_JSON_KIND_INTEGER, MYRMEX_JSON_KIND_ARRAY, MYRMEX_JSON_KIND_OBJECT, MYRMEX_JSON_KIND_ARRAY,
        MYRMEX_JSON_KIND_STRING,
      };

      g_assert_true (myrmex_json_iter_next_element (&iter, &value));
      g_assert_cmpint (myrmex_json_get_kind (json, value), ==, kinds[i]);
    }
  g_assert_false (myrmex_json_iter_next_element (&iter, &value));
  myrmex_json_iter_init (&iter, json, value);
  g_assert_false (myrmex_json_iter_next_element (&iter, &value));

  g_assert_cmpuint (myrmex_json_find (json, MYRMEX_JSON_ROOT, "z"), ==, MYRMEX_JSON_NONE);
  g_assert_cmpuint (myrmex_json_find (json, array, "a"), ==, MYRMEX_JSON_NONE);
  g_assert_cmpuint (myrmex_json_find (json, MYRMEX_JSON_ROOT, "c"), ==, MYRMEX_JSON_NONE);

  value = myrmex_json_find (json, MYRMEX_JSON_ROOT, "d");
  g_assert_cmpfloat (myrmex_json_get_double (json, value), ==, -5.0);
  myrmex_json_get_position (json, value, &line, &column);
  g_assert_cmpuint (line, ==, 2);
  g_assert_cmpuint (column, ==, 30);

  myrmex_json_iter_init (&iter, json, MYRMEX_JSON_ROOT);
  myrmex_json_iter_next_member (&iter, &key, &value);
  myrmex_json_iter_next_member (&iter, &key, &value);
  g_assert_cmpmem (myrmex_json_get_string (json, key, &length), length, "é", strlen ("é"));
  myrmex_json_iter_next_member (&iter, &key, &value);
  g_assert_cmpmem (myrmex_json_get_string (json, key, &length), length, "d", 1);
  g_assert_false (myrmex_json_iter_next_member (&iter, &key, &value));
}

static void
test_numbers (void)
{
  static const struct
  {
    const char *text;
    const char *value;
  } cases[] = {
    { "0", "int64 0" },
    { "-0", "-0.0" },
    { "7", "int64 7" },
    { "9223372036854775807", "int64 9223372036854775807" },
    { "-9223372036854775808", "int64 -9223372036854775808" },
    { "9223372036854775808", "9.2233720368547758e+18" },
    { "-9223372036854775809", "-9.2233720368547758e+18" },
    { "123456789012345678901234567890", "1.2345678901234568e+29" },
    { "1.0", "1.0" },
    { "1e2", "100.0" },
    { "1E-2", "0.01" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "1e-999", "0.0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = myrmex_value_from_json (cases[i].text, -1, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = g_variant_print (value, TRUE);
      g_assert_cmpstr (text, ==, cases[i].value);
    }
}

static void
test_strings (void)
{
  static const struct
  {
    const char *text;
    const char *value;
  } cases[] = {
    { "\"\"", "" },
    { "\"plain text of some length\"", "plain text of some length" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "Aé€😀" },
    { "\"é€😀\\n\"", "é€😀\n" },
    { "\"12345678\\n\"", "12345678\n" },
    { "\"1234567\\n\"", "1234567\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexJson) json = myrmex_json_parse (cases[i].text, -1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, &error);
      g_autofree char *copy = NULL;
      const char *text;
      gsize length;

      g_assert_no_error (error);
      copy = myrmex_json_dup_string (json, MYRMEX_JSON_ROOT);
      g_assert_cmpstr (copy, ==, cases[i].value);
      text = myrmex_json_get_string (json, MYRMEX_JSON_ROOT, &length);
      g_assert_cmpmem (text, length, cases[i].value, strlen (cases[i].value));
      g_assert_true (myrmex_json_get_string (json, MYRMEX_JSON_ROOT, &length) == text);
      g_assert_true (myrmex_json_string_equal (json, MYRMEX_JSON_ROOT, cases[i].value));
      g_assert_false (myrmex_json_string_equal (json, MYRMEX_JSON_ROOT, "other"));
      g_assert_false (myrmex_json_string_equal (json, MYRMEX_JSON_ROOT, "plain text of some lengt"));
      g_assert_false (myrmex_json_string_equal (json, MYRMEX_JSON_ROOT, "plain text of some length "));
    }
}

static void
test_position_in_string (void)
{
  const char *text = "\n[\"é\\n\\u0041\\ud83d\\ude00x\"]";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_NONE, 1, NULL, &error);
  static const struct
  {
    gsize offset;
    guint column;
  } cases[] = {
    { 0, 3 }, { 2, 4 }, { 3, 6 }, { 4, 12 }, { 8, 24 }, { 9, 25 }, { 100, 25 },
  };

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint line;
      guint column;

      myrmex_json_get_position_in_string (json, 1, cases[i].offset, &line, &column);
      g_assert_cmpuint (line, ==, 2);
      g_assert_cmpuint (column, ==, cases[i].column);
    }
}

/* Positions are right on both sides of every checkpoint, in a long line and over many lines. */
static void
test_positions (void)
{
  g_autoptr (GString) text = g_string_new ("[");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = NULL;
  MyrmexJsonIter iter;
  guint32 element;
  guint expected_line = 1;
  guint expected_column = 2;

  for (guint i = 0; i < 6000; i++)
    g_string_append (text, i % 1000 < 900 ? "\"é\"," : "12,\n");
  g_string_append (text, "0]");
  json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, 1, NULL, &error);
  g_assert_no_error (error);

  myrmex_json_iter_init (&iter, json, MYRMEX_JSON_ROOT);
  for (guint i = 0; i < 6000; i++)
    {
      guint line;
      guint column;

      g_assert_true (myrmex_json_iter_next_element (&iter, &element));
      myrmex_json_get_position (json, element, &line, &column);
      g_assert_cmpuint (line, ==, expected_line);
      g_assert_cmpuint (column, ==, expected_column);
      expected_column += 4;
      if (i % 1000 >= 900)
        {
          expected_line++;
          expected_column = 1;
        }
    }
}

/* All the doubled keys are found at once, however many members there are, and the document is still there. */
static void
test_duplicates (void)
{
  g_autoptr (GPtrArray) problems = myrmex_json_problems_new ();
  g_autoptr (GString) text = g_string_new ("{\"few\":{\"a\":1,\"b\":{\"x\":1,\"x\":2},\"a\":3,\"a\":4}");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = NULL;
  const MyrmexJsonProblem *problem;

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (text, ",\n\"key%u\":0", i == 4321 ? 1234 : i);
  g_string_append (text, "}");

  json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, 8, problems, &error);
  g_assert_no_error (error);
  g_assert_nonnull (json);
  g_assert_cmpuint (problems->len, ==, 4);
  problem = problems->pdata[0];
  g_assert_cmpstr (problem->message, ==, "The key \"x\" is used twice; the first is at line 1, column 20");
  problem = problems->pdata[3];
  g_assert_cmpuint (problem->line, ==, 4323);
  g_assert_cmpuint (problem->column, ==, 1);
  g_assert_cmpstr (problem->message, ==, "The key \"key1234\" is used twice; the first is at line 1236, column 1");
  g_assert_cmpuint (myrmex_json_get_n_children (json, MYRMEX_JSON_ROOT), ==, 5001);
}

static void
test_many_problems (void)
{
  g_autoptr (GPtrArray) problems = myrmex_json_problems_new ();
  g_autoptr (GString) text = g_string_new ("{\"a\":1");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexJson) json = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (text, ",\"a\":1");

  json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, 8, problems, &error);
  g_assert_null (json);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
  g_clear_error (&error);

  g_string_append (text, "}");
  g_ptr_array_set_size (problems, 0);
  json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, 8, problems, &error);
  g_assert_nonnull (json);
  g_assert_cmpuint (problems->len, ==, 100);

  /* Those that were there before count for nothing, and a mistake in the syntax is one whatever there is. */
  g_clear_pointer (&json, myrmex_json_free);
  json = myrmex_json_parse ("[1", -1, MYRMEX_JSON_FLAGS_NONE, 8, problems, &error);
  g_assert_null (json);
  g_assert_cmpstr (error->message, ==, "1:3: The text ends inside the array that begins at line 1, column 1");
  g_assert_cmpuint (problems->len, ==, 101);
}

/* A million brackets are refused at once and cost no stack. */
static void
test_deep (void)
{
  g_autofree char *text = g_strnfill (1000000, '[');
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) right = g_string_new (NULL);
  g_autoptr (MyrmexJson) json = NULL;

  json = myrmex_json_parse (text, -1, MYRMEX_JSON_FLAGS_NONE, MYRMEX_MAX_JSON_DEPTH, NULL, &error);
  g_assert_null (json);
  g_assert_cmpstr (error->message, ==, "1:65: Arrays and objects nest deeper than 64 levels");
  g_clear_error (&error);

  for (guint i = 0; i < MYRMEX_MAX_JSON_DEPTH; i++)
    g_string_append (right, "{\"a\":");
  g_string_append (right, "1");
  for (guint i = 0; i < MYRMEX_MAX_JSON_DEPTH; i++)
    g_string_append (right, "}");
  json = myrmex_json_parse (right->str, -1, MYRMEX_JSON_FLAGS_NONE, MYRMEX_MAX_JSON_DEPTH, NULL, &error);
  g_assert_no_error (error);
}

static void
test_to_json (void)
{
  static const struct
  {
    const char *value;
    const char *text;
  } cases[] = {
    { "signature ''", "null" },
    { "signature 'as'", "\"as\"" },
    { "objectpath '/a'", "\"/a\"" },
    { "true", "true" },
    { "byte 0xff", "255" },
    { "int16 -32768", "-32768" },
    { "uint16 65535", "65535" },
    { "-7", "-7" },
    { "uint32 4294967295", "4294967295" },
    { "int64 -9223372036854775808", "-9223372036854775808" },
    { "uint64 18446744073709551615", "18446744073709551615" },
    { "handle 3", "3" },
    { "1.0", "1.0" },
    { "-0.0", "-0.0" },
    { "0.1", "0.1" },
    { "1e300", "1e+300" },
    { "0.30000000000000004", "0.30000000000000004" },
    { "2.2250738585072014e-308", "2.2250738585072014e-308" },
    { "'a\"\\\\\\n\\u001b\\u007f'", "\"a\\\"\\\\\\n\\u001b\\u007f\"" },
    { "'é€😀'", "\"é€😀\"" },
    { "'\\u2028\\u2029\\u0085\\u202e\\u2066'", "\"\\u2028\\u2029\\u0085\\u202e\\u2066\"" },
    { "'a\\u200b\\u2060\\ufeffb'", "\"a\\u200b\\u2060\\ufeffb\"" },
    { "b'bytes'", "\"Ynl0ZXMA\"" },
    { "@ay []", "\"\"" },
    { "@as []", "[]" },
    { "@a{sv} {}", "{}" },
    { "['a', 'b']", "[\"a\",\"b\"]" },
    { "[1, 2]", "[1,2]" },
    { "()", "[]" },
    { "(1, 'two', <3.5>)", "[1,\"two\",3.5]" },
    { "<<<'x'>>>", "\"x\"" },
    { "{'a': <1>, 'b': <[<'x'>, <signature ''>, <@a{sv} {}>]>}", "{\"a\":1,\"b\":[\"x\",null,{}]}" },
    { "{'a': 'b'}", "{\"a\":\"b\"}" },
    { "{'a': {'b': 1}}", "{\"a\":{\"b\":1}}" },
    { "{'a\\n': true}", "{\"a\\n\":true}" },
    { "{1: 'x'}", "{\"1\":\"x\"}" },
    { "[just 1, nothing]", "[1,null]" },
    { "[just just 1, just nothing, nothing]", "[1,null,null]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, cases[i].value, NULL, NULL, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (text, ==, cases[i].text);
    }

  g_autofree char *null = myrmex_value_to_json (NULL, FALSE);
  g_assert_cmpstr (null, ==, "null");
}

static void
test_not_finite (void)
{
  const double values[] = { INFINITY, -INFINITY, NAN };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_double (values[i]));
      g_autofree char *text = myrmex_value_to_json (value, FALSE);

      g_assert_cmpstr (text, ==, "null");
    }
}

static void
test_pretty (void)
{
  static const char text[] =
    "{\n"
    "  \"a\": [\n"
    "    1,\n"
    "    {\n"
    "      \"b\": null\n"
    "    },\n"
    "    [],\n"
    "    {}\n"
    "  ],\n"
    "  \"c\": \"d\"\n"
    "}";
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = myrmex_value_from_json (text, -1, &error);
  g_autofree char *pretty = NULL;
  g_autofree char *compact = NULL;

  g_assert_no_error (error);
  pretty = myrmex_value_to_json (value, TRUE);
  g_assert_cmpstr (pretty, ==, text);
  compact = myrmex_value_to_json (value, FALSE);
  g_assert_cmpstr (compact, ==, "{\"a\":[1,{\"b\":null},[],{}],\"c\":\"d\"}");
}

static void
test_writer (void)
{
  g_autoptr (GString) out = g_string_new ("> ");
  MyrmexJsonWriter writer;

  myrmex_json_writer_init (&writer, out, FALSE);
  myrmex_json_writer_begin_object (&writer);
  myrmex_json_writer_key (&writer, "list");
  myrmex_json_writer_begin_array (&writer);
  myrmex_json_writer_null (&writer);
  myrmex_json_writer_boolean (&writer, FALSE);
  myrmex_json_writer_int (&writer, G_MININT64);
  myrmex_json_writer_uint (&writer, G_MAXUINT64);
  myrmex_json_writer_double (&writer, 2.5);
  myrmex_json_writer_string (&writer, "text");
  myrmex_json_writer_string_len (&writer, "\0\xff\xc3x\xe2\x82", 6);
  myrmex_json_writer_end_array (&writer);
  myrmex_json_writer_key (&writer, "value");
  myrmex_json_writer_value (&writer, NULL);
  myrmex_json_writer_key (&writer, "none");
  myrmex_json_writer_begin_object (&writer);
  myrmex_json_writer_end_object (&writer);
  myrmex_json_writer_end_object (&writer);

  g_assert_cmpstr (out->str, ==,
                   "> {\"list\":[null,false,-9223372036854775808,18446744073709551615,2.5,\"text\","
                   "\"\\u0000\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd\"],\"value\":null,\"none\":{}}");
}

/* No byte of a hostile text reaches the output raw, and all of it is valid UTF-8. */
static void
test_every_byte (void)
{
  for (guint first = 0; first < 256; first++)
    {
      for (guint second = 0; second < 256; second++)
        {
          const char text[] = { 'x', (char) first, (char) second };
          g_autoptr (GString) out = g_string_new (NULL);

          myrmex_json_append_string (out, text, sizeof text);
          g_assert_true (g_utf8_validate (out->str, (gssize) out->len, NULL));
          for (const char *p = out->str; *p != '\0'; p = g_utf8_next_char (p))
            g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
        }
    }
}

/* Deep values cost no stack: this one is far deeper than any that results may hold. */
static void
test_deep_value (void)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_boolean (TRUE));
  g_autofree char *text = NULL;

  for (guint i = 0; i < 20000; i++)
    {
      GVariant *inner = g_variant_new_variant (value);
      g_autoptr (GVariant) old = g_steal_pointer (&value);

      value = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARIANT, &inner, 1));
    }
  text = myrmex_value_to_json (value, FALSE);
  g_assert_cmpuint (strlen (text), ==, 40004);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/base/json/mistakes", test_mistakes);
  g_test_add_func ("/base/json/nul", test_nul);
  g_test_add_func ("/base/json/every-place", test_every_place);
  g_test_add_func ("/base/json/truncated", test_truncated);
  g_test_add_func ("/base/json/comments", test_comments);
  g_test_add_func ("/base/json/walk", test_walk);
  g_test_add_func ("/base/json/numbers", test_numbers);
  g_test_add_func ("/base/json/strings", test_strings);
  g_test_add_func ("/base/json/position-in-string", test_position_in_string);
  g_test_add_func ("/base/json/positions", test_positions);
  g_test_add_func ("/base/json/duplicates", test_duplicates);
  g_test_add_func ("/base/json/many-problems", test_many_problems);
  g_test_add_func ("/base/json/deep", test_deep);
  g_test_add_func ("/base/json/to-json", test_to_json);
  g_test_add_func ("/base/json/not-finite", test_not_finite);
  g_test_add_func ("/base/json/pretty", test_pretty);
  g_test_add_func ("/base/json/writer", test_writer);
  g_test_add_func ("/base/json/every-byte", test_every_byte);
  g_test_add_func ("/base/json/deep-value", test_deep_value);
  return g_test_run ();
}
