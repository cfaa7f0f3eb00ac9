/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolver.h"

#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-value.h"
#include "expression/myrmex-template-private.h"

static void
test_expand (void)
{
  static const struct
  {
    const char *text;
    const char *value; /* as JSON, so that its type can be seen */
    const char *as_text;
  } cases[] = {
    { "", "\"\"", "" },
    { "plain", "\"plain\"", "plain" },
    { "$ { {{ }} ${ x }", "\"$ { {{ }} ${ x }\"", "$ { {{ }} ${ x }" },
    { "${{ 1 }}", "1", "1" },
    { "${{1}}", "1", "1" },
    { " ${{ 1 }}", "\" 1\"", " 1" },
    { "${{ 1 }}${{ 2 }}", "\"12\"", "12" },
    { "${{ null }}", "null", "" },
    { "x${{ null }}", "\"x\"", "x" },
    { "${{ true }}", "true", "true" },
    { "a ${{ true }} b", "\"a true b\"", "a true b" },
    { "${{ 1.50 }}", "1.5", "1.5" },
    { "v${{ 1.50 }}", "\"v1.5\"", "v1.5" },
    { "${{ 1e20 }}!", "\"1E+20!\"", "1E+20!" },
    { "${{ tasks.list.value }}", "[\"a\",\"b\",\"C\"]", "[\"a\",\"b\",\"C\"]" },
    { "all: ${{ tasks.list.value }}", "\"all: [\\\"a\\\",\\\"b\\\",\\\"C\\\"]\"", "all: [\"a\",\"b\",\"C\"]" },
    { "${{ parameters.object }}.", "\"{}.\"", "{}." },
    { "${{ parameters.folder }}/${{ tasks.list.value[0] }}.jpg", "\"~/Pictures/a.jpg\"", "~/Pictures/a.jpg" },
    { "${{ '}}' }}", "\"}}\"", "}}" },
    { "${{ '${{ x }}' }}", "\"${{ x }}\"", "${{ x }}" },
    { "${{ format('{0}''s }}', 'it') }}", "\"it's }\"", "it's }" },
    { "é ${{ 'é' }} é", "\"é é é\"", "é é é" },
    { "}} ${{ 1 }} }}", "\"}} 1 }}\"", "}} 1 }}" },
    { "$${{ 1 }}", "\"$1\"", "$1" },
    { "${{ '; rm -rf /' }}\n", "\"; rm -rf /\\n\"", "; rm -rf /\n" },
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MyrmexTemplate) template = myrmex_template_parse (cases[i].text, -1, NULL, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *json = NULL;
      g_autofree char *text = NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_no_error (error);
      value = myrmex_template_expand (template, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      json = myrmex_value_to_json (value, FALSE);
      g_assert_cmpstr (json, ==, cases[i].value);
      text = myrmex_template_expand_text (template, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, cases[i].as_text);
    }
  resolver_clear (&resolver);
}

/* What a template fills in is not looked at again. */
static void
test_no_nesting (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTemplate) template = myrmex_template_parse ("a ${{ env.X }}", -1, NULL, &error);
  g_autofree char *text = NULL;
  Resolver resolver;

  g_assert_no_error (error);
  resolver_init (&resolver, "{\"env\": {\"X\": \"${{ tasks.fail }}\"}}");
  text = myrmex_template_expand_text (template, resolver_resolve, &resolver, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "a ${{ tasks.fail }}");
  resolver_clear (&resolver);
}

static void
test_mistakes (void)
{
  static const struct
  {
    const char *text;
    gsize       offset;
    const char *message;
  } cases[] = {
    { "${{", 0, "The “${{” that stands here is not closed: “}}” is missing" },
    { "é ${{ 1 }", 3, "The “${{” that stands here is not closed: “}}” is missing" },
    { "a ${{ 1 }} b ${{ 2", 13, "The “${{” that stands here is not closed: “}}” is missing" },
    { "${{ 'a }} b", 0, "The “${{” that stands here is not closed: its “}}” is inside a quoted string" },
    { "a ${{ }}", 6, "The expression is empty" },
    { "a ${{ 1 + 1 }}", 8, "There is no arithmetic in expressions" },
    { "a ${{ ${{ 1 }} }}", 6, "“${{” is not allowed inside an expression" },
    { "a ${{ task.b }}", 6, "“task” is neither a value nor a context; did you mean “tasks”?" },
    { "a ${{ (1 }} b", 6, "The “(” that stands here is not closed: “)” is missing" },
    { "a ${{ 1 == }} b", 11, "A value was expected, but the expression ends" },
    { "a \xff ${{ 1 }}", 2, "The byte 0xff is no UTF-8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize offset = 12345;
      g_autoptr (MyrmexTemplate) template = myrmex_template_parse (cases[i].text, -1, &offset, &error);

      g_assert_null (template);
      g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_cmpuint (offset, ==, cases[i].offset);
    }
}

/* Columns are those in the whole text, in characters, also when it is expanded. */
static void
test_columns (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTemplate) template = myrmex_template_parse ("é ${{ 1 + 1 }}", -1, NULL, &error);
  g_autoptr (GVariant) value = NULL;

  g_assert_null (template);
  g_assert_cmpstr (error->message, ==, "column 9: There is no arithmetic in expressions");
  g_clear_error (&error);

  template = myrmex_template_parse ("é ${{ 'é' }} ${{ length(1) }}", -1, NULL, &error);
  g_assert_no_error (error);
  value = myrmex_template_expand (template, resolver_resolve, NULL, NULL, &error);
  g_assert_null (value);
  g_assert_cmpstr (error->message, ==,
                   "column 18: length(): a string, an array or an object has a length, not a number");
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
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTemplate) template = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  template = myrmex_template_parse ("x ${{ tasks.a }} tasks.b ${{ env }}", -1, NULL, &error);
  g_assert_no_error (error);
  myrmex_template_foreach_reference (template, note_cb, text);
  g_assert_cmpstr (text->str, ==, "tasks/a@6 env/*@29 ");
}

static void
test_has_expressions (void)
{
  g_assert_false (myrmex_template_has_expressions (""));
  g_assert_false (myrmex_template_has_expressions ("$ {{ }}"));
  g_assert_true (myrmex_template_has_expressions ("a ${{ 1 }}"));
  g_assert_true (myrmex_template_has_expressions ("${{"));
}

static void
test_expand_value (void)
{
  static const struct
  {
    const char *spec;
    const char *value;
  } cases[] = {
    { "'${{ 7 }}'", "int64 7" },
    { "<'${{ 7 }}'>", "<int64 7>" },
    { "'a${{ 7 }}'", "'a7'" },
    { "['echo', '${{ 7 }}', 'x ${{ parameters.folder }}']", "['echo', '7', 'x ~/Pictures']" },
    { "['echo', '${{ tasks.list.value }}']", "['echo', '[\"a\",\"b\",\"C\"]']" },
    { "['echo', '${{ null }}']", "['echo', '']" },
    { "[<'${{ 7 }}'>, <'x'>, <['${{ 1 }}']>]", "[<int64 7>, <'x'>, <['1']>]" },
    { "{'url': <'http://${{ env.HOME }}'>, 'json': <'${{ tasks.list.value }}'>, 'n': <5>}",
      "{'url': <'http:///home/x'>, 'json': <[<'a'>, <'b'>, <'C'>]>, 'n': <5>}" },
    { "{'WORK': '${{ run.id }}', '${{ 1 }}': 'x'}", "{'WORK': 'r1', '${{ 1 }}': 'x'}" },
    { "('${{ 1 }}', 2, [byte 1], {'a': '${{ 2 }}'})", "('1', 2, [byte 0x01], {'a': '2'})" },
    { "[just '${{ 1 }}', nothing]", "[@ms '1', nothing]" },
    { "objectpath '/a'", "objectpath '/a'" },
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) spec = g_variant_parse (NULL, cases[i].spec, NULL, NULL, &error);
      g_autoptr (GVariant) value = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      value = myrmex_template_expand_value (spec, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      text = g_variant_print (value, TRUE);
      g_assert_cmpstr (text, ==, cases[i].value);
    }
  resolver_clear (&resolver);
}

/* Without a template in it a value stays the one it is, and nothing is asked. */
static void
test_nothing_to_expand (void)
{
  static const char * const specs[] = {
    "'plain'", "5", "@av []", "{'a': <['x', '$ {{']>}", "@ay [0x24, 0x7b, 0x20]", "()",
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) spec = g_variant_parse (NULL, specs[i], NULL, NULL, &error);
      g_autoptr (GVariant) value = NULL;

      g_assert_no_error (error);
      value = myrmex_template_expand_value (spec, resolver_resolve, &resolver, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (value == spec);
    }
  g_assert_cmpuint (resolver.n_calls, ==, 0);
  resolver_clear (&resolver);
}

static void
test_value_errors (void)
{
  static const struct
  {
    const char *spec;
    const char *message;
  } cases[] = {
    { "['x', '${{ 1']", "column 1: The “${{” that stands here is not closed: “}}” is missing" },
    { "{'a': <{'b': <'x ${{ tasks.fail }}'>}>}", "column 7: not now" },
    { "('${{ length(1) }}', 2)", "column 5: length(): a string, an array or an object has a length, not a number" },
  };
  Resolver resolver;

  resolver_init (&resolver, test_contexts);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) spec = g_variant_parse (NULL, cases[i].spec, NULL, NULL, &error);
      g_autoptr (GVariant) value = NULL;

      g_assert_no_error (error);
      value = myrmex_template_expand_value (spec, resolver_resolve, &resolver, NULL, &error);
      g_assert_null (value);
      g_assert_nonnull (error);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  resolver_clear (&resolver);
}

/* A value of few bytes does not become one of many. */
static void
test_large (void)
{
  g_autofree char *big = g_strnfill (300000, 'x');
  g_autofree char *json = g_strdup_printf ("{\"env\": {\"BIG\": \"%s\"}}", big);
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexTemplate) template = NULL;
  g_autofree char *text = NULL;
  Resolver resolver;

  resolver_init (&resolver, json);
  template = myrmex_template_parse ("${{ env.BIG }}${{ env.BIG }}${{ env.BIG }}${{ env.BIG }}", -1, NULL, &error);
  g_assert_no_error (error);
  text = myrmex_template_expand_text (template, resolver_resolve, &resolver, NULL, &error);
  g_assert_null (text);
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
  g_clear_error (&error);

  for (guint n = 3; n <= 4; n++)
    {
      GVariantBuilder builder;
      g_autoptr (GVariant) spec = NULL;
      g_autoptr (GVariant) value = NULL;

      g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
      for (guint i = 0; i < n; i++)
        g_variant_builder_add (&builder, "s", "${{ env.BIG }}");
      spec = g_variant_ref_sink (g_variant_builder_end (&builder));

      value = myrmex_template_expand_value (spec, resolver_resolve, &resolver, NULL, &error);
      g_assert_cmpint (value != NULL, ==, n == 3);
    }
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
  resolver_clear (&resolver);
}

static void
test_deep (void)
{
  for (guint levels = 126; levels <= 130; levels++)
    {
      g_autoptr (GVariant) spec = g_variant_ref_sink (g_variant_new_string ("${{ 1 }}"));
      g_autoptr (GVariant) value = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < levels; i++)
        {
          g_autoptr (GVariant) inner = g_steal_pointer (&spec);
          spec = g_variant_ref_sink (g_variant_new_variant (inner));
        }
      value = myrmex_template_expand_value (spec, resolver_resolve, NULL, NULL, &error);
      if (levels <= 127)
        g_assert_no_error (error);
      else
        g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT);
    }
}

static void
test_references_in_value (void)
{
  g_autoptr (GVariant) spec = NULL;
  g_autoptr (GVariant) broken = NULL;
  g_autoptr (GVariant) none = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  spec = g_variant_parse (NULL, "{'a': <['x ${{ tasks.a }}', '${{ tasks.b }}']>, 'b': <'${{ env }}'>}",
                          NULL, NULL, NULL);
  broken = g_variant_parse (NULL, "['${{ tasks.a }}', '${{ x }}']", NULL, NULL, NULL);
  none = g_variant_parse (NULL, "['tasks.a']", NULL, NULL, NULL);

  g_assert_true (myrmex_template_foreach_reference_in_value (spec, note_cb, text, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (text->str, ==, "tasks/a@6 tasks/b@4 env/*@4 ");

  g_string_truncate (text, 0);
  g_assert_true (myrmex_template_foreach_reference_in_value (none, note_cb, text, &error));
  g_assert_cmpstr (text->str, ==, "");

  g_assert_false (myrmex_template_foreach_reference_in_value (broken, note_cb, text, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
}

/* Each expression is a program of its own, so there is an end to them; the place is that of the first too many. */
static void
test_many (void)
{
  for (guint extra = 0; extra < 2; extra++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (MyrmexTemplate) template = NULL;
      g_autoptr (GError) error = NULL;
      gsize offset = 0;

      for (guint i = 0; i < 10000 + extra; i++)
        g_string_append (text, "${{1}}");
      template = myrmex_template_parse (text->str, -1, &offset, &error);
      g_assert_true ((template != NULL) == (extra == 0));
      if (extra > 0)
        {
          g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION);
          g_assert_cmpstr (error->message, ==, "A text may have at most 10000 expressions");
          g_assert_cmpuint (offset, ==, 60000);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/expression/template/expand", test_expand);
  g_test_add_func ("/expression/template/no-nesting", test_no_nesting);
  g_test_add_func ("/expression/template/mistakes", test_mistakes);
  g_test_add_func ("/expression/template/columns", test_columns);
  g_test_add_func ("/expression/template/references", test_references);
  g_test_add_func ("/expression/template/has-expressions", test_has_expressions);
  g_test_add_func ("/expression/template/expand-value", test_expand_value);
  g_test_add_func ("/expression/template/nothing-to-expand", test_nothing_to_expand);
  g_test_add_func ("/expression/template/value-errors", test_value_errors);
  g_test_add_func ("/expression/template/large", test_large);
  g_test_add_func ("/expression/template/deep", test_deep);
  g_test_add_func ("/expression/template/many", test_many);
  g_test_add_func ("/expression/template/references-in-value", test_references_in_value);
  return g_test_run ();
}
