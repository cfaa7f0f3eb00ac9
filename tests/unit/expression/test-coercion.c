/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolver.h"

#include "base/myrmex-value.h"

typedef struct
{
  const char *expression;
  const char *value;
} Case;

/* Evaluates each and compares the JSON of what comes out. */
static void
check_cases (const Case *cases,
             gsize       n)
{
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (cases[i].expression, -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *json = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_no_error (error);
      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      json = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (json, ==, cases[i].value);
    }
  resolver_clear (&resolver);
}

static void
test_literals (void)
{
  static const Case cases[] = {
    { "null", "null" },
    { "true", "true" },
    { "false", "false" },
    { "711", "711" },
    { "-9.2", "-9.2" },
    { "0xff", "255" },
    { "0xFF", "255" },
    { "0o17", "15" },
    { "-2.99e-2", "-0.0299" },
    { "+5", "5" },
    { ".5", "0.5" },
    { "-.5", "-0.5" },
    { "1.", "1.0" },
    { "1E3", "1000.0" },
    { "007", "7" },
    { "0xffffffff", "4294967295" },
    { "0xffffffffffffffff", "1.8446744073709552e+19" },
    { "9223372036854775807", "9223372036854775807" },
    { "9223372036854775808", "9.223372036854776e+18" },
    { "-0", "-0.0" },
    { "''", "\"\"" },
    { "'Mona the Octocat'", "\"Mona the Octocat\"" },
    { "'It''s open source!'", "\"It's open source!\"" },
    { "''''", "\"'\"" },
    { "'a''''b'", "\"a''b\"" },
    { "'}}'", "\"}}\"" },
    { "'é€😀'", "\"é€😀\"" },
    { " ( (1) ) ", "1" },
    { "\n\t1\r\n", "1" },
    { "${{ 1 }}", "1" },
    { "  ${{'x'}}  ", "\"x\"" },
    { "format('{0}', NaN)", "\"NaN\"" },
    { "format('{0}', Infinity)", "\"Infinity\"" },
    { "format('{0}', -Infinity)", "\"-Infinity\"" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

/* Equality as the documentation of GitHub's expressions has it: "If the types do not match, GitHub coerces the
 * type to a number", null to 0, true to 1, false to 0, strings as any legal JSON number format and the empty
 * string as 0, arrays and objects to NaN; "the result is always false" with NaN; strings ignore case; arrays and
 * objects are only equal when they are the same instance. */
static void
test_equality (void)
{
  static const Case cases[] = {
    { "null == null", "true" },
    { "null == 0", "true" },
    { "null == ''", "true" },
    { "null == false", "true" },
    { "null == true", "false" },
    { "null == 'x'", "false" },
    { "null == '0'", "true" },
    { "null == 1", "false" },
    { "null != null", "false" },
    { "true == true", "true" },
    { "true == false", "false" },
    { "true == 1", "true" },
    { "false == 0", "true" },
    { "true == 2", "false" },
    { "true == '1'", "true" },
    { "true == 'true'", "false" },
    { "false == ''", "true" },
    { "false == 'false'", "false" },
    { "0 == -0", "true" },
    { "1 == 1.0", "true" },
    { "3 == '3'", "true" },
    { "'3' == 3", "true" },
    { "255 == '0xff'", "true" },
    { "8 == '0o10'", "true" },
    { "255 == '0xFG'", "false" },
    { "100 == '1e2'", "true" },
    { "0 == ''", "true" },
    { "0 == ' '", "true" },
    { "0 == 'abc'", "false" },
    { "123456.789 == ' 123456.789 '", "true" },
    { "123456.789 == ' +123456.789 '", "true" },
    { "-123456.789 == ' -123456.789 '", "true" },
    { "3 == '3 4'", "false" },
    { "Infinity == ' Infinity '", "true" },
    { "-Infinity == '-Infinity'", "true" },
    { "Infinity == 'infinity'", "false" },
    { "Infinity == '1e999'", "true" },
    { "NaN == NaN", "false" },
    { "NaN != NaN", "true" },
    { "NaN == 'NaN'", "false" },
    { "NaN == null", "false" },
    { "'NaN' == 'nan'", "true" },
    { "'abc' == 'ABC'", "true" },
    { "'abc' != 'ABC'", "false" },
    { "'été' == 'ÉTÉ'", "true" },
    { "'straße' == 'STRASSE'", "false" },
    { "'ı' == 'I'", "false" },
    { "'abc' == 'abcd'", "false" },
    { "'1' == '1.0'", "false" },
    { "'' == ' '", "false" },
    { "9007199254740993 == 9007199254740992", "false" },
    { "9007199254740993 == 9007199254740992.0", "true" },
    { "fromJSON('[1]') == fromJSON('[1]')", "false" },
    { "fromJSON('[]') == 0", "false" },
    { "fromJSON('[1]') == 1", "false" },
    { "fromJSON('[]') == ''", "false" },
    { "fromJSON('{}') == '[object Object]'", "false" },
    { "fromJSON('{}') == fromJSON('[]')", "false" },
    { "fromJSON('[]') == null", "false" },
    { "fromJSON('[]') != null", "true" },
    { "tasks.list.value == tasks.list.value", "true" },
    { "tasks.list.value == tasks['list']['value']", "true" },
    { "tasks.list == tasks.list", "true" },
    { "tasks.list.value != tasks.list.value", "false" },
    { "tasks.list.value >= tasks.list.value", "true" },
    { "tasks.list.value > tasks.list.value", "false" },
    { "tasks.list.value == tasks.people.value", "false" },
    { "tasks.people.value[0].tags == tasks.people.value[0].tags", "true" },
    { "tasks.people.value[0].tags == tasks.people.value[1].tags", "false" },
    { "contains(tasks.people.value, tasks.people.value[1])", "true" },
    { "contains(tasks.people.value, fromJSON('{\"age\": 4}'))", "false" },
    { "tasks.missing == null", "true" },
    { "tasks.missing.value.more == null", "true" },
    { "parameters.count == 3", "true" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_order (void)
{
  static const Case cases[] = {
    { "1 < 2", "true" },
    { "2 < 1", "false" },
    { "1 <= 1", "true" },
    { "1 >= 1", "true" },
    { "1 > 1", "false" },
    { "-1 < 0.5", "true" },
    { "1.001 < 1.002", "true" },
    { "9007199254740992 < 9007199254740993", "true" },
    { "false < true", "true" },
    { "true > false", "true" },
    { "true > true", "false" },
    { "null < 1", "true" },
    { "null < null", "false" },
    { "null <= null", "true" },
    { "null >= null", "true" },
    { "null > -1", "true" },
    { "'' < 1", "true" },
    { "'10' > 9", "true" },
    { "'10' > '9'", "false" },
    { "'abc' < 'DEF'", "true" },
    { "'ABC' < 'abd'", "true" },
    { "'b' < 'a'", "false" },
    { "'a' < 'ab'", "true" },
    { "'a' <= 'A'", "true" },
    { "'_' < 'a'", "false" },
    { "'x' < 1", "false" },
    { "'x' > 1", "false" },
    { "'x' >= 1", "false" },
    { "NaN < NaN", "false" },
    { "NaN <= NaN", "false" },
    { "NaN >= 1", "false" },
    { "1 < Infinity", "true" },
    { "-Infinity < 1", "true" },
    { "true < 2", "true" },
    { "true >= '1'", "true" },
    { "fromJSON('[]') < 1", "false" },
    { "fromJSON('[]') > 1", "false" },
    { "fromJSON('{}') <= fromJSON('{}')", "false" },
    { "3 > 2 == true", "true" },
    { "true == 3 > 2", "true" },
    { "1 < 2 < 3", "true" },
    { "3 > 2 > 1", "false" },
    { "1 == 1 == 1", "true" },
    { "2 == 2 == 2", "false" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

/* && and || give one of their operands; ! gives a boolean. */
static void
test_logic (void)
{
  static const Case cases[] = {
    { "!true", "false" },
    { "!false", "true" },
    { "!0", "true" },
    { "!-0", "true" },
    { "!0.0", "true" },
    { "!NaN", "true" },
    { "!1", "false" },
    { "!-1", "false" },
    { "!''", "true" },
    { "!'false'", "false" },
    { "!'0'", "false" },
    { "!' '", "false" },
    { "!null", "true" },
    { "!fromJSON('[]')", "false" },
    { "!fromJSON('{}')", "false" },
    { "!!'x'", "true" },
    { "!!!'x'", "false" },
    { "! ! ! ! ''", "false" },
    { "!1 == 0", "true" },
    { "!(1 == 0)", "true" },
    { "'a' && 'b'", "\"b\"" },
    { "'' && 'b'", "\"\"" },
    { "0 && 'b'", "0" },
    { "null && 'b'", "null" },
    { "'a' || 'b'", "\"a\"" },
    { "'' || 'b'", "\"b\"" },
    { "0 || null", "null" },
    { "0 || ''", "\"\"" },
    { "1 && 2 && 3", "3" },
    { "1 && 0 && 3", "0" },
    { "0 || '' || 3 || 4", "3" },
    { "1 || 0 && 0", "1" },
    { "(1 || 0) && 0", "0" },
    { "0 && 1 || 2", "2" },
    { "0 && 1 || 2 && 3", "3" },
    { "1 && 0 || 0 && 1 || 'last'", "\"last\"" },
    { "true && fromJSON('[1]')", "[1]" },
    { "1 == 1 && 2 == 2", "true" },
    { "1 == 2 || 2 == 2", "true" },
    { "parameters.yes && 'on' || 'off'", "\"on\"" },
    { "parameters.empty && 'on' || 'off'", "\"off\"" },
    { "false && tasks.fail", "false" },
    { "true || tasks.fail", "true" },
    { "false && fromJSON('bad') || 1", "1" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_index (void)
{
  static const Case cases[] = {
    { "tasks.list.value[0]", "\"a\"" },
    { "tasks.list.value[2]", "\"C\"" },
    { "tasks.list.value[3]", "null" },
    { "tasks.list.value[-1]", "null" },
    { "tasks.list.value[1.9]", "\"b\"" },
    { "tasks.list.value['1']", "\"b\"" },
    { "tasks.list.value[true]", "\"b\"" },
    { "tasks.list.value[null]", "\"a\"" },
    { "tasks.list.value['x']", "null" },
    { "tasks.list.value[NaN]", "null" },
    { "tasks.list.value[1e30]", "null" },
    { "tasks.list.value[fromJSON('[]')]", "null" },
    { "tasks.list.value.name", "null" },
    { "tasks.list.status", "\"completed\"" },
    { "tasks.list.STATUS", "\"completed\"" },
    { "tasks.list . status", "\"completed\"" },
    { "TASKS.list.status", "\"completed\"" },
    { "tasks['list']['status']", "\"completed\"" },
    { "tasks['a.b'].value", "7" },
    { "tasks.my-task.value.Name", "\"x\"" },
    { "tasks.my-task.value.name", "\"y\"" },
    { "tasks.my-task.value.NAME", "\"x\"" },
    { "tasks.my-task.value['n']", "1.5" },
    { "tasks.my-task.value.none", "null" },
    { "tasks.my-task.value[0]", "\"zero\"" },
    { "tasks.my-task.value[fromJSON('{}')]", "null" },
    { "tasks[parameters.key].attempts", "2" },
    { "tasks[format('{0}', parameters.key)]['attempts']", "2" },
    { "tasks[('list')].attempts", "2" },
    { "tasks.list.value[tasks.list.attempts]", "\"C\"" },
    { "parameters.folder.x", "null" },
    { "parameters.folder[0]", "null" },
    { "parameters.nothing.at.all", "null" },
    { "env.HOME", "\"/home/x\"" },
    { "env", "{\"HOME\":\"/home/x\"}" },
    { "run.id", "\"r1\"" },
    { "fromJSON('[[1, 2], [3]]')[0][1]", "2" },
    { "(fromJSON('{\"a\": {\"b\": 5}}')).a.b", "5" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_filter (void)
{
  static const Case cases[] = {
    { "tasks.people.value.*.name", "[\"ann\",\"bob\"]" },
    { "tasks.people.value[*].name", "[\"ann\",\"bob\"]" },
    { "tasks.people.value.*['name']", "[\"ann\",\"bob\"]" },
    { "tasks.people.value.*.tags", "[[1,2],[3]]" },
    { "tasks.people.value.*.tags.*", "[1,2,3]" },
    { "tasks.people.value.*.tags[0]", "[1,3]" },
    { "tasks.people.value.*", "[{\"name\":\"ann\",\"tags\":[1,2]},{\"name\":\"bob\",\"tags\":[3]},{\"age\":4},5]" },
    { "tasks.people.value.*.*", "[\"ann\",[1,2],\"bob\",[3],4]" },
    { "tasks.people.value.*.none", "[]" },
    { "tasks.people.value.*.*.*", "[1,2,3]" },
    { "tasks.list.*", "[[\"a\",\"b\",\"C\"],\"completed\",2]" },
    { "env.*", "[\"/home/x\"]" },
    { "env[ * ]", "[\"/home/x\"]" },
    { "tasks.*.attempts", "[2]" },
    { "parameters.folder.*", "[]" },
    { "parameters.missing.*.name", "[]" },
    { "(tasks.people.value.*.tags)[0]", "[1,3]" },
    { "contains(tasks.people.value.*.name, 'BOB')", "true" },
    { "join(tasks.people.value.*.name, ' and ')", "\"ann and bob\"" },
    { "length(tasks.*)", "4" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_functions (void)
{
  static const Case cases[] = {
    { "contains('Hello world', 'LLO')", "true" },
    { "contains('Hello world', 'x')", "false" },
    { "contains('abc', '')", "true" },
    { "contains('', '')", "true" },
    { "contains(12345, 34)", "true" },
    { "contains(true, 'ru')", "true" },
    { "contains('x', null)", "true" },
    { "contains(null, 'x')", "false" },
    { "contains('ÉTÉ', 'té')", "true" },
    { "contains(fromJSON('[\"push\", \"pull\"]'), 'PUSH')", "true" },
    { "contains(fromJSON('[\"push\"]'), 'pu')", "false" },
    { "contains(fromJSON('[1, 2]'), '2')", "true" },
    { "contains(fromJSON('[null]'), 0)", "true" },
    { "contains(fromJSON('[]'), '')", "false" },
    { "contains(fromJSON('{\"a\": 1}'), 'a')", "false" },
    { "contains('a', fromJSON('[]'))", "false" },
    { "CONTAINS('a', 'A')", "true" },
    { "startsWith('Hello world', 'he')", "true" },
    { "startsWith('Hello world', 'lo')", "false" },
    { "startsWith('abc', '')", "true" },
    { "startsWith(123, 12)", "true" },
    { "startsWith(fromJSON('[]'), '')", "false" },
    { "startswith('a', 'abc')", "false" },
    { "endsWith('Hello world', 'LD')", "true" },
    { "endsWith('Hello world', 'He')", "false" },
    { "endsWith(null, '')", "true" },
    { "format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", "\"Hello Mona the Octocat\"" },
    { "format('{{Hello {0} {1} {2}!}}', 'Mona', 'the', 'Octocat')", "\"{Hello Mona the Octocat!}\"" },
    { "format('{1}{0}{1}', 1, 2)", "\"212\"" },
    { "format('{{{0}}}', 'x')", "\"{x}\"" },
    { "format('{{0}}', 'x')", "\"{0}\"" },
    { "format('{0}', '{1}')", "\"{1}\"" },
    { "format('')", "\"\"" },
    { "format('{0}|{1}|{2}|{3}', null, true, 1.5, 'x')", "\"|true|1.5|x\"" },
    { "format('{0}', 1e20)", "\"1E+20\"" },
    { "format('{0}', 0.00001)", "\"1E-05\"" },
    { "format('{0}', 123456789012345678)", "\"123456789012345678\"" },
    { "format('{0}', 0.1)", "\"0.1\"" },
    { "format('{0}', 3.141592653589793)", "\"3.14159265358979\"" },
    { "format('{0}', 100.0)", "\"100\"" },
    { "format('{0}', fromJSON('[1, {\"a\": null}]'))", "\"[1,{\\\"a\\\":null}]\"" },
    { "format(123)", "\"123\"" },
    { "join(fromJSON('[\"a\", \"b\"]'))", "\"a,b\"" },
    { "join(fromJSON('[\"a\", \"b\"]'), ' - ')", "\"a - b\"" },
    { "join(fromJSON('[\"a\", \"b\"]'), '')", "\"ab\"" },
    { "join(fromJSON('[\"a\", \"b\"]'), null)", "\"ab\"" },
    { "join(fromJSON('[\"a\", \"b\"]'), fromJSON('[]'))", "\"a,b\"" },
    { "join(fromJSON('[1, true, null, [2]]'), '/')", "\"1/true//[2]\"" },
    { "join(fromJSON('[]'), 'x')", "\"\"" },
    { "join(fromJSON('[\"one\"]'), 'x')", "\"one\"" },
    { "join('text', 'x')", "\"text\"" },
    { "join(12)", "\"12\"" },
    { "join(fromJSON('{\"a\": 1}'))", "\"\"" },
    { "toJSON('x\"y')", "\"\\\"x\\\\\\\"y\\\"\"" },
    { "toJSON(null)", "\"null\"" },
    { "toJSON(fromJSON('[1]'))", "\"[\\n  1\\n]\"" },
    { "tojson(fromJson('{\"a\": {}}'))", "\"{\\n  \\\"a\\\": {}\\n}\"" },
    { "fromJSON('null')", "null" },
    { "fromJSON('true')", "true" },
    { "fromJSON(' 5 ')", "5" },
    { "fromJSON(5)", "5" },
    { "fromJSON(true)", "true" },
    { "fromJSON('{\"a\": [1, null]}')", "{\"a\":[1,null]}" },
    { "fromJSON(toJSON(tasks.list.value))", "[\"a\",\"b\",\"C\"]" },
    { "length('été')", "3" },
    { "length('')", "0" },
    { "length(null)", "0" },
    { "length(tasks.missing.value)", "0" },
    { "length(tasks.list.value) > 0", "true" },
    { "length(tasks.my-task.value)", "5" },
    { "length(parameters.array)", "0" },
    { "Length(parameters.object)", "0" },
  };

  check_cases (cases, G_N_ELEMENTS (cases));
}

/* Values of each type that GVariant has and a result may be. */
static void
test_variants (void)
{
  static const struct
  {
    const char *value;
    gboolean    is_true;
    const char *text;
  } cases[] = {
    { "signature ''", FALSE, "" },
    { "<signature ''>", FALSE, "" },
    { "signature 'as'", TRUE, "as" },
    { "objectpath '/a'", TRUE, "/a" },
    { "true", TRUE, "true" },
    { "false", FALSE, "false" },
    { "byte 0", FALSE, "0" },
    { "byte 7", TRUE, "7" },
    { "int16 -1", TRUE, "-1" },
    { "uint16 1", TRUE, "1" },
    { "1", TRUE, "1" },
    { "uint32 4294967295", TRUE, "4294967295" },
    { "int64 0", FALSE, "0" },
    { "uint64 18446744073709551615", TRUE, "18446744073709551615" },
    { "0.0", FALSE, "0" },
    { "-0.0", FALSE, "-0" },
    { "0.5", TRUE, "0.5" },
    { "handle 3", TRUE, "3" },
    { "''", FALSE, "" },
    { "'0'", TRUE, "0" },
    { "@ay []", FALSE, "" },
    { "b'bytes'", TRUE, "Ynl0ZXMA" },
    { "@as []", TRUE, "[]" },
    { "[1, 2]", TRUE, "[1,2]" },
    { "(1, 'x')", TRUE, "[1,\"x\"]" },
    { "@a{sv} {}", TRUE, "{}" },
    { "{'a': 'b'}", TRUE, "{\"a\":\"b\"}" },
    { "{1: 'b'}", TRUE, "{\"1\":\"b\"}" },
    { "<<'x'>>", TRUE, "x" },
    { "@ms nothing", FALSE, "" },
    { "just 'x'", TRUE, "x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, cases[i].value, NULL, NULL, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (myrmex_expression_is_true (value), ==, cases[i].is_true);
      text = myrmex_expression_to_text (value);
      g_assert_cmpstr (text, ==, cases[i].text);
    }

  g_assert_false (myrmex_expression_is_true (NULL));
  g_autofree char *null = myrmex_expression_to_text (NULL);
  g_assert_cmpstr (null, ==, "");
}

/* A floating value is looked at and stays the caller's. */
static void
test_floating (void)
{
  GVariant *value = g_variant_new_string ("x");
  g_autofree char *text = myrmex_expression_to_text (value);

  g_assert_true (myrmex_expression_is_true (value));
  g_assert_true (g_variant_is_floating (value));
  g_variant_unref (g_variant_ref_sink (value));
}

static GVariant *
resolve_typed (const char  *context,
               const char  *key,
               gpointer     data,
               GError     **error)
{
  return g_variant_parse (NULL, data, NULL, NULL, error);
}

static void
test_typed_members (void)
{
  static const struct
  {
    const char *value;
    const char *expression;
    const char *result;
  } cases[] = {
    { "{'a': 'b'}", "run.x.A", "\"b\"" },
    { "{'a': 5}", "run.x['a'] == 5", "true" },
    { "{1: 'b'}", "run.x[1]", "null" },
    { "['x', 'y']", "run.x[1]", "\"y\"" },
    { "['x', 'y']", "contains(run.x, 'Y')", "true" },
    { "(1, 'two')", "run.x[1]", "\"two\"" },
    { "b'abc'", "run.x[0]", "null" },
    { "b'abc'", "length(run.x)", "4" },
    { "b'abc'", "run.x == 'YWJjAA=='", "true" },
    { "[byte 1]", "run.x == 'AQ=='", "true" },
    { "uint64 18446744073709551615", "run.x == 18446744073709551615", "true" },
    { "<<{'a': <<1>>}>>", "run.x.a", "1" },
    { "[<'x'>, <just 'y'>]", "run.x[1]", "\"y\"" },
    { "{'a': {'b': [1, 2]}}", "run.x.*.b.*", "[1,2]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (cases[i].expression, -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *json = NULL;

      g_test_message ("%s, %s", cases[i].value, cases[i].expression);
      g_assert_no_error (error);
      value = myrmex_expression_evaluate (expression, resolve_typed, (gpointer) cases[i].value, NULL, &error);
      g_assert_no_error (error);
      json = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (json, ==, cases[i].result);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/expression/coercion/literals", test_literals);
  g_test_add_func ("/expression/coercion/equality", test_equality);
  g_test_add_func ("/expression/coercion/order", test_order);
  g_test_add_func ("/expression/coercion/logic", test_logic);
  g_test_add_func ("/expression/coercion/index", test_index);
  g_test_add_func ("/expression/coercion/filter", test_filter);
  g_test_add_func ("/expression/coercion/functions", test_functions);
  g_test_add_func ("/expression/coercion/variants", test_variants);
  g_test_add_func ("/expression/coercion/floating", test_floating);
  g_test_add_func ("/expression/coercion/typed-members", test_typed_members);
  return g_test_run ();
}
