/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolver.h"

#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"

static void
test_mistakes (void)
{
  static const struct
  {
    const char *expression;
    gsize       offset;
    const char *message;
  } cases[] = {
    { "", 0, "The expression is empty" },
    { "  ", 2, "The expression is empty" },
    { "${{ }}", 4, "The expression is empty" },
    { "1 +", 2, "There is no arithmetic in expressions" },
    { "1-2", 0, "“1-2” is no number, and there is no arithmetic in expressions" },
    { "1*2", 0, "“1*2” is no number, and there is no arithmetic in expressions" },
    { "1 - 2", 2, "There is no arithmetic in expressions" },
    { "1 % 2", 2, "There is no arithmetic in expressions" },
    { "tasks.a * 2", 8, "There is no arithmetic in expressions; “*” stands only after “.” or inside “[ ]”" },
    { "1 /2", 2, "There is no arithmetic in expressions" },
    { "1x", 0, "“1x” is no number" },
    { "-", 0, "“-” is no number" },
    { "-x", 0, "“-x” is no number" },
    { "0x", 0, "“0x” is no number" },
    { "1é\x1b[0m", 0, "“1é\\u001b” is no number" },
    { "1.2.3", 0, "“1.2.3” is no number" },
    { "1e", 0, "“1e” is no number" },
    { ".", 0, "“.” is no number" },
    { "0o8", 0, "“0o8” is no number" },
    { "'abc", 0, "The string that begins here is not closed; a single quote in it is written twice" },
    { "1 == 'abc''", 5, "The string that begins here is not closed; a single quote in it is written twice" },
    { "\"abc\"", 0, "Strings are in single quotes, not in double ones" },
    { "tasks.a == \"abc\"", 11, "Strings are in single quotes, not in double ones" },
    { "(1", 0, "The “(” that stands here is not closed: “)” is missing" },
    { "1 && (2 || (3)", 5, "The “(” that stands here is not closed: “)” is missing" },
    { "tasks[1", 5, "The “[” that stands here is not closed: “]” is missing" },
    { "tasks.a[*", 7, "The “[” that stands here is not closed: “]” is missing" },
    { "length(1", 6, "The “(” that stands here is not closed: “)” is missing" },
    { "(1]", 2, "An operator or “)” was expected, not “]”" },
    { "tasks[1)", 7, "An operator or “]” was expected, not “)”" },
    { "tasks[* .a]", 8, "An operator or “]” was expected, not “.”" },
    { "length(1 2)", 9, "An operator or “)” was expected, not “2”" },
    { "1)", 1, "An operator was expected, not “)”" },
    { "1 2", 2, "An operator was expected, not “2”" },
    { "1, 2", 1, "An operator was expected, not “,”" },
    { "'a' 'b'", 4, "An operator was expected, not “'”" },
    { "'a'[0]", 3, "An operator was expected, not “[”" },
    { "'a'.b", 3, "An operator was expected, not “.”" },
    { "tasks.a tasks.b", 8, "An operator was expected, not “tasks”" },
    { "1 \xc2\xa0", 2, "An operator was expected, not U+00A0" },
    { "1 é", 2, "An operator was expected, not “é”" },
    { "()", 1, "A value was expected, not “)”" },
    { "1 ==", 4, "A value was expected, but the expression ends" },
    { "1 == == 2", 5, "There is no operator “=”; equality is written “==”" },
    { "!", 1, "A value was expected, but the expression ends" },
    { "1 && ", 5, "A value was expected, but the expression ends" },
    { "&& 1", 0, "There is no operator “&”; and is written “&&”" },
    { "1 & 2", 2, "There is no operator “&”; and is written “&&”" },
    { "1 | 2", 2, "There is no operator “|”; or is written “||”" },
    { "1 = 2", 2, "There is no operator “=”; equality is written “==”" },
    { "1 === 2", 2, "There is no operator “===”; write “==”" },
    { "1 !== 2", 2, "There is no operator “!==”; write “!=”" },
    { "1 <> 2", 3, "A value was expected, not “>”" },
    { "1 ? 2 : 3", 2, "There is no operator “?”; write “condition && one || other”" },
    { "tasks.a and tasks.b", 8, "There is no operator “and”; it is written “&&”" },
    { "tasks.a or tasks.b", 8, "There is no operator “or”; it is written “||”" },
    { "not tasks.a", 0, "There is no operator “not”; it is written “!”" },
    { "not(tasks.a)", 0, "There is no operator “not”; it is written “!”" },
    { "'a' in tasks.a", 4, "There is no operator “in”; write “contains(all, one)”" },
    { "[1]", 0, "A value was expected, not “[”" },
    { "{}", 0, "A value was expected, not “{”" },
    { "*", 0, "There is no arithmetic in expressions; “*” stands only after “.” or inside “[ ]”" },
    { "tasks.", 6, "A name was expected after “.”; what is no name is written in brackets: ['…']" },
    { "tasks.1", 6, "A name was expected after “.”; what is no name is written in brackets: ['…']" },
    { "tasks.'a'", 6, "A name was expected after “.”; what is no name is written in brackets: ['…']" },
    { "tasks..a", 6, "A name was expected after “.”; what is no name is written in brackets: ['…']" },
    { "tasks[]", 6, "A value was expected, not “]”" },
    { "${{ 1 }} && ${{ 2 }}", 6,
      "“}}” is not allowed inside an expression; one pair of “${{” and “}}” goes around all of it" },
    { "1 == ${{ 2 }}", 5, "“${{” is not allowed inside an expression" },
    { "${{ 1", 0, "“${{” is not allowed inside an expression" },
    { "True", 0, "“True” is neither a value nor a context; did you mean “true”?" },
    { "nul", 0, "“nul” is neither a value nor a context; did you mean “null”?" },
    { "task.a", 0, "“task” is neither a value nor a context; did you mean “tasks”?" },
    { "1 == paramters.x", 5, "“paramters” is neither a value nor a context; did you mean “parameters”?" },
    { "hello", 0,
      "“hello” is neither a value nor a context; text is in single quotes, and the contexts are tasks, parameters, env and run" },
    { "needs.a.result", 0, "There is no context “needs”; what is near it here is “tasks”" },
    { "inputs.x", 0, "There is no context “inputs”; what is near it here is “parameters”" },
    { "length == 1", 0, "length is a function: write length(…)" },
    { "legnth(1)", 0, "There is no function legnth(); did you mean length()?" },
    { "containz('a', 'b')", 0, "There is no function containz(); did you mean contains()?" },
    { "hashFiles('x')", 0, "There is no function hashFiles()" },
    { "tasks('a')", 0, "There is no function tasks()" },
    { "success()", 0,
      "There is no function success(): set the “trigger_rule” of the task to “all_success” in its place" },
    { "always() && 1", 0,
      "There is no function always(): set the “trigger_rule” of the task to “all_done” in its place" },
    { "!failure()", 1,
      "There is no function failure(): set the “trigger_rule” of the task to “one_failed” in its place" },
    { "length()", 0, "length() takes 1 argument, not 0" },
    { "length(1, 2)", 0, "length() takes 1 argument, not 2" },
    { "contains('a')", 0, "contains() takes 2 arguments, not 1" },
    { "join()", 0, "join() takes 1 to 2 arguments, not 0" },
    { "join(1,2,3)", 0, "join() takes 1 to 2 arguments, not 3" },
    { "format()", 0, "format() takes 1 to 256 arguments, not 0" },
    { "length(1,)", 9, "A value was expected, not “)”" },
    { "length(,1)", 7, "A value was expected, not “,”" },
    { "'é' == x.y", 8,
      "“x” is neither a value nor a context; text is in single quotes, and the contexts are tasks, parameters, env and run" },
    { "1 == \xff", 5, "The byte 0xff is no UTF-8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize offset = 12345;
      g_autoptr (MyrmexExpression) expression = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      expression = myrmex_expression_parse (cases[i].expression, -1, &offset, &error);
      g_assert_null (expression);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_cmpuint (offset, ==, cases[i].offset);
    }
}

/* Without a place for the offset the message has the column, in characters. */
static void
test_column (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = myrmex_expression_parse ("'é' == (1", -1, NULL, &error);

  g_assert_null (expression);
  g_assert_cmpstr (error->message, ==, "column 8: The “(” that stands here is not closed: “)” is missing");
}

static void
test_runtime_errors (void)
{
  static const struct
  {
    const char *expression;
    const char *message;
  } cases[] = {
    { "1 == fromJSON('{')",
      "column 6: fromJSON(): 1:2: The text ends inside the object that begins at line 1, column 1" },
    { "fromJSON('')", "column 1: fromJSON(): 1:1: The text is empty; a value was expected" },
    { "fromJSON(null)", "column 1: fromJSON(): 1:1: The text is empty; a value was expected" },
    { "format('{0}')", "column 1: format(): “{0}” has no value: there are 0, and the first is “{0}”" },
    { "format('{0} {1}', 'x')", "column 1: format(): “{1}” has no value: there is 1, and the first is “{0}”" },
    { "format('{99999999999999999999}', 1)",
      "column 1: format(): “{99999999999999999999}” has no value: there is 1, and the first is “{0}”" },
    { "format('{', 1)",
      "column 1: format(): a “{” must begin a placeholder such as “{0}”; a brace itself is written twice" },
    { "format('{x}', 1)",
      "column 1: format(): a “{” must begin a placeholder such as “{0}”; a brace itself is written twice" },
    { "format('{0', 1)",
      "column 1: format(): a “{” must begin a placeholder such as “{0}”; a brace itself is written twice" },
    { "format('{0:x}', 1)",
      "column 1: format(): a “{” must begin a placeholder such as “{0}”; a brace itself is written twice" },
    { "format('}', 1)", "column 1: format(): there is a “}” without its “{”; a brace itself is written twice" },
    { "format('{0}}', 1)", "column 1: format(): there is a “}” without its “{”; a brace itself is written twice" },
    { "length(1)", "column 1: length(): a string, an array or an object has a length, not a number" },
    { "length(true)", "column 1: length(): a string, an array or an object has a length, not a boolean" },
    { "1 == (2 || length(tasks.list.attempts))", NULL },
    { "1 == (0 || length(tasks.list.attempts))",
      "column 12: length(): a string, an array or an object has a length, not a number" },
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (cases[i].expression, -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;

      g_assert_no_error (error);
      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
      if (cases[i].message == NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_null (value);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  resolver_clear (&resolver);
}

static void
test_resolver_error (void)
{
  static const char * const texts[] = {
    "1 == tasks.fail", "1 == tasks[format('{0}', 'fail')]", "1 == tasks['fail'].x",
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (texts[i], -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;

      g_assert_no_error (error);
      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
      g_assert_null (value);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      g_assert_cmpstr (error->message, ==, "column 6: not now");
    }
  resolver_clear (&resolver);
}

static void
note_cb (const char *context,
         const char *key,
         gsize       offset,
         gpointer    data)
{
  g_string_append_printf (data, "%s/%s@%" G_GSIZE_FORMAT " ", context, key != NULL ? key : "*", offset);
}

static void
test_references (void)
{
  static const struct
  {
    const char *expression;
    const char *references;
  } cases[] = {
    { "1 == 'tasks.a'", "" },
    { "tasks.a.value", "tasks/a@0 " },
    { "  TASKS.a", "tasks/a@2 " },
    { "tasks['a.b'].value", "tasks/a.b@0 " },
    { "tasks[('a')]", "tasks/a@0 " },
    { "tasks[1]", "tasks/1@0 " },
    { "tasks[null]", "tasks/@0 " },
    { "tasks", "tasks/*@0 " },
    { "tasks.*.value", "tasks/*@0 " },
    { "tasks[*].value", "tasks/*@0 " },
    { "tasks[parameters.key].value", "parameters/key@6 tasks/*@0 " },
    { "tasks['a' || 'b']", "tasks/*@0 " },
    { "env.HOME == run.id && length(parameters.x.y[tasks.z])", "env/HOME@0 run/id@12 parameters/x@29 tasks/z@44 " },
    { "false && tasks.never", "tasks/never@9 " },
    { "value.total > VALUE[0]", "value/*@0 value/*@14 " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (cases[i].expression, -1, NULL, &error);
      g_autoptr (GString) text = g_string_new (NULL);

      g_assert_no_error (error);
      myrmex_expression_foreach_reference (expression, note_cb, text);
      g_assert_cmpstr (text->str, ==, cases[i].references);
    }
}

/* A transform's `value` is taken whole, be it a table or not, and then indexed. */
static void
test_value (void)
{
  static const struct
  {
    const char *contexts;
    const char *expression;
    const char *value;
  } cases[] = {
    { "{\"value\": [1, 2]}", "value[1]", "2" },
    { "{\"value\": [{\"a\": 1}, {\"a\": 2}]}", "value.*.a", "[1,2]" },
    { "{\"value\": {\"total\": 3}}", "value.total == 3 && value['total']", "3" },
    { "{\"value\": \"{\\\"a\\\": 4}\"}", "fromJSON(value).a", "4" },
    { "{\"value\": 5}", "value", "5" },
    { "{\"value\": 5}", "value.total", "null" },
    { "{}", "value[0]", "null" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (cases[i].expression, -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *json = NULL;
      Resolver resolver;

      g_assert_no_error (error);
      resolver_init (&resolver, cases[i].contexts);
      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      json = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (json, ==, cases[i].value);
      resolver_clear (&resolver);
    }
}

/* What was looked at is noted once and as written; what was not looked at is not. */
static void
test_seen (void)
{
  const char *text =
    "tasks.list.value[ 0 ] == 'a' && tasks['a.b'] .value == 7 && tasks.list.value[0]=='A' && env.NONE || run.id";
  static const struct
  {
    const char *path;
    const char *value;
  } expected[] = {
    { "tasks.list.value[ 0 ]", "\"a\"" },
    { "tasks['a.b'] .value", "7" },
    { "tasks.list.value[0]", "\"a\"" },
    { "env.NONE", "null" },
    { "run.id", "\"r1\"" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (text, -1, NULL, &error);
  g_autoptr (GPtrArray) seen = myrmex_seen_new ();
  Resolver resolver;

  g_assert_no_error (error);
  resolver_init (&resolver, test_contexts);
  for (guint repeat = 0; repeat < 2; repeat++)
    {
      g_autoptr (GVariant) value = NULL;

      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, seen, &error);
      g_assert_no_error (error);
    }

  g_assert_cmpuint (seen->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < seen->len; i++)
    {
      const MyrmexSeen *entry = seen->pdata[i];
      g_autofree char *json = myrmex_value_to_json (entry->value, FALSE);

      g_assert_cmpstr (entry->path, ==, expected[i].path);
      g_assert_cmpstr (json, ==, expected[i].value);
    }
  resolver_clear (&resolver);
}

/* Each reference is asked for once, and only where the evaluation comes by. */
static void
test_lazy (void)
{
  const char *text = "tasks.list.value[0] == tasks.list.value[1] || tasks['list'].attempts == 2 || env.HOME";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (text, -1, NULL, &error);
  g_autoptr (GVariant) value = NULL;
  Resolver resolver;

  g_assert_no_error (error);
  resolver_init (&resolver, test_contexts);
  value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (resolver.n_calls, ==, 1);
  resolver_clear (&resolver);
}

static GVariant *
resolve_data_cb (const char  *context,
                 const char  *key,
                 gpointer     data,
                 GError     **error)
{
  return g_variant_ref (data);
}

/* A part stays the same one also when the value is serialised between two looks at it. */
static void
test_identity (void)
{
  const char *text = "run.x.p[0] == ((run.x.p == run.x.q || true) && run.x.p[0])";
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (text, -1, NULL, &error);
  g_autoptr (GVariant) tree = g_variant_ref_sink (g_variant_new_parsed ("{'p': <[<[<1>]>]>, 'q': <[<[<1>]>]>}"));
  g_autoptr (GVariant) value = NULL;

  g_assert_no_error (error);
  value = myrmex_expression_evaluate (expression, resolve_data_cb, tree, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_get_boolean (value));
}

static void
test_limits (void)
{
  g_autofree char *spaces = g_strnfill (MYRMEX_MAX_EXPRESSION_BYTES, ' ');
  g_autofree char *open = g_strnfill (MYRMEX_MAX_EXPRESSION_DEPTH + 1, '(');
  g_autofree char *close = g_strnfill (MYRMEX_MAX_EXPRESSION_DEPTH + 1, ')');
  g_autofree char *nots = g_strnfill (MYRMEX_MAX_EXPRESSION_BYTES - 1, '!');
  g_autofree char *deep = g_strconcat (open, "1", close, NULL);
  g_autofree char *fits = g_strconcat (open + 1, "1", close + 1, NULL);
  g_autofree char *many_nots = g_strconcat (nots, "1", NULL);
  g_autoptr (GString) chain = g_string_new ("0");
  g_autoptr (GString) arguments = g_string_new ("format('{255}'");
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = NULL;
  g_autoptr (GVariant) value = NULL;
  gsize offset;

  spaces[0] = '1';
  expression = myrmex_expression_parse (spaces, -1, &offset, &error);
  g_assert_no_error (error);
  g_clear_pointer (&expression, myrmex_expression_unref);

  expression = myrmex_expression_parse (spaces, MYRMEX_MAX_EXPRESSION_BYTES + 1, &offset, &error);
  g_assert_null (expression);
  g_assert_cmpstr (error->message, ==, "The expression has 4097 bytes; it may have 4096");
  g_clear_error (&error);

  expression = myrmex_expression_parse (fits, -1, &offset, &error);
  g_assert_no_error (error);
  g_clear_pointer (&expression, myrmex_expression_unref);

  expression = myrmex_expression_parse (deep, -1, &offset, &error);
  g_assert_null (expression);
  g_assert_cmpstr (error->message, ==, "The expression nests deeper than 64 levels");
  g_assert_cmpuint (offset, ==, 64);
  g_clear_error (&error);

  /* Long, and not deep. */
  expression = myrmex_expression_parse (many_nots, -1, &offset, &error);
  g_assert_no_error (error);
  value = myrmex_expression_evaluate (expression, resolver_resolve, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (g_variant_get_boolean (value));
  g_clear_pointer (&value, g_variant_unref);
  g_clear_pointer (&expression, myrmex_expression_unref);

  while (chain->len + 3 <= MYRMEX_MAX_EXPRESSION_BYTES)
    g_string_append (chain, "||0");
  expression = myrmex_expression_parse (chain->str, -1, &offset, &error);
  g_assert_no_error (error);
  value = myrmex_expression_evaluate (expression, resolver_resolve, NULL, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&value, g_variant_unref);
  g_clear_pointer (&expression, myrmex_expression_unref);

  for (guint i = 0; i < 255; i++)
    g_string_append_printf (arguments, ",%u", i);
  g_string_append (arguments, ")");
  expression = myrmex_expression_parse (arguments->str, -1, &offset, &error);
  g_assert_no_error (error);
  value = myrmex_expression_evaluate (expression, resolver_resolve, NULL, NULL, &error);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
}

/* No expression makes more of a large value than a value may be. */
static void
test_large_results (void)
{
  static const char * const texts[] = {
    "format('{0}{0}', parameters.big)",
    "join(fromJSON('[1,2,3]'), parameters.big)",
    "toJSON(parameters.big)",
    "format('{0}{0}{0}{0}{0}{0}{0}{0}', format('{0}x', parameters.big))",
  };
  g_autofree char *big = g_strnfill (600000, '\t');
  g_autofree char *quoted = g_strescape (big, NULL);
  g_autofree char *json = g_strdup_printf ("{\"parameters\": {\"big\": \"%s\"}}", quoted);
  Resolver resolver;

  resolver_init (&resolver, json);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) expression = myrmex_expression_parse (texts[i], -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;

      g_assert_no_error (error);
      value = myrmex_expression_evaluate (expression, resolver_resolve, &resolver, NULL, &error);
      g_assert_null (value);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
      g_assert_nonnull (strstr (error->message, "the result would have more than 1048576 bytes"));
    }
  resolver_clear (&resolver);
}

static gpointer
evaluate_thread (gpointer data)
{
  MyrmexExpression *expression = data;
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexExpression) own = myrmex_expression_ref (expression);
      g_autoptr (GVariant) value = myrmex_expression_evaluate (own, resolver_resolve, &resolver, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (g_variant_get_string (value, NULL), ==, "ann and bob");
    }
  resolver_clear (&resolver);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexExpression) expression = NULL;
  GThread *threads[4];

  expression = myrmex_expression_parse ("join(tasks.people.value.*.name, ' and ')", -1, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("evaluate", evaluate_thread, expression);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/expression/expression/mistakes", test_mistakes);
  g_test_add_func ("/expression/expression/column", test_column);
  g_test_add_func ("/expression/expression/runtime-errors", test_runtime_errors);
  g_test_add_func ("/expression/expression/resolver-error", test_resolver_error);
  g_test_add_func ("/expression/expression/references", test_references);
  g_test_add_func ("/expression/expression/value", test_value);
  g_test_add_func ("/expression/expression/seen", test_seen);
  g_test_add_func ("/expression/expression/lazy", test_lazy);
  g_test_add_func ("/expression/expression/identity", test_identity);
  g_test_add_func ("/expression/expression/limits", test_limits);
  g_test_add_func ("/expression/expression/large-results", test_large_results);
  g_test_add_func ("/expression/expression/threads", test_threads);
  return g_test_run ();
}
