/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <time.h>

#include "engine/myrmex-plan.h"
#include "report/myrmex-report-words-private.h"
#include "report-fixture.h"

/* What each format wrote when a person last looked at it. MYRMEX_UPDATE_GOLDEN=1 takes over what it writes now. */
static const char * const golden[] = {
  "small.txt", "small.json", "small.md", "small.xml", "small.dot", "small.mmd", "small.svg",
};

/* How much longer eight times the tasks may take, in any format that needs no other program. A step for each pair of
 * tasks would make it 64. */
#define MAX_GROWTH (30)

static char *
format_for (MyrmexReport *report,
            const char   *path)
{
  g_autoptr (GError) error = NULL;
  const char *format = myrmex_report_find_format (path, &error);
  char *text;

  g_assert_no_error (error);
  text = myrmex_report_format (report, format, &error);
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return text;
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autoptr (MyrmexReport) report = report_fixture_small ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures", "report", name, NULL);
  g_autofree char *text = format_for (report, name);
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  if (g_getenv ("MYRMEX_UPDATE_GOLDEN") != NULL)
    {
      g_file_set_contents (path, text, -1, &error);
      g_assert_no_error (error);
    }
  g_file_get_contents (path, &expected, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* No byte that a terminal would act on, and nothing that turns text around. */
static void
assert_shown (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_assert_true (c == '\n' || c >= 0x20);
      g_assert_true (c < 0x7f || c > 0x9f);
      g_assert_false (c >= 0x202a && c <= 0x202e);
    }
}

static void
test_hostile (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_hostile ();

  for (gsize i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      g_autofree char *text = format_for (report, golden[i]);

      assert_shown (text);
      g_assert_nonnull (strstr (text, "gpj"));
    }
}

/* However long the texts are, no line of the text report is wider than the terminal. */
static void
test_text_width (void)
{
  g_autoptr (MyrmexReport) hostile = report_fixture_hostile ();
  g_autoptr (MyrmexReport) small = report_fixture_small ();
  MyrmexReport *reports[] = { hostile, small };

  for (guint i = 0; i < 2 * 160; i++)
    {
      guint width = 40 + i / 2;
      g_autofree char *text = myrmex_report_to_text (reports[i % 2], width);
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

      for (guint j = 0; lines[j] != NULL; j++)
        g_assert_cmpint (g_utf8_strlen (lines[j], -1), <=, width);
    }
}

/* A fence that the log can not close: the only line of exactly that fence is the one that ends it. */
static void
test_markdown_fence (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_hostile ();
  g_autofree char *text = format_for (report, "x.md");
  const char *begin = strstr (text, "\n``````text\n");
  const char *end = begin != NULL ? strstr (begin + 2, "\n``````\n") : NULL;

  g_assert_nonnull (begin);
  g_assert_nonnull (end);
  g_assert_nonnull (g_strstr_len (begin, end - begin, "</svg>"));
  g_assert_null (strstr (end + 8, "``````"));
  /* Outside of it, no markup of a stranger is left. */
  g_assert_null (g_strstr_len (text, begin - text, "<b>"));
  g_assert_null (g_strstr_len (text, begin - text, " @all"));
}

typedef struct
{
  guint cases, failures, errors, skipped, tests;
} Suite;

static void
start_element_cb (GMarkupParseContext  *context,
                  const char           *element,
                  const char          **names,
                  const char          **values,
                  gpointer              data,
                  GError              **error)
{
  Suite *suite = data;
  const GSList *stack = g_markup_parse_context_get_element_stack (context);
  const char *parent = stack->next != NULL ? stack->next->data : NULL;

  suite->cases += g_str_equal (element, "testcase") && g_str_equal (parent, "testsuite");
  suite->failures += g_str_equal (element, "failure") && g_str_equal (parent, "testcase");
  suite->errors += g_str_equal (element, "error") && g_str_equal (parent, "testcase");
  suite->skipped += g_str_equal (element, "skipped") && g_str_equal (parent, "testcase");
  for (guint i = 0; names[i] != NULL && g_str_equal (element, "testsuite"); i++)
    {
      if (g_str_equal (names[i], "tests"))
        suite->tests = (guint) g_ascii_strtoull (values[i], NULL, 10);
    }
}

static Suite
parse_xml (const char *text)
{
  GMarkupParser parser = { .start_element = start_element_cb };
  Suite suite = { 0 };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &suite, NULL);
  g_autoptr (GError) error = NULL;

  g_markup_parse_context_parse (context, text, -1, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  return suite;
}

static void
test_xml (void)
{
  g_autoptr (MyrmexReport) small = report_fixture_small ();
  g_autoptr (MyrmexReport) hostile = report_fixture_hostile ();
  MyrmexReport *reports[] = { small, hostile };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *junit = format_for (reports[i], "x.xml");
      g_autofree char *svg = format_for (reports[i], "x.svg");
      Suite suite = parse_xml (junit);

      g_assert_cmpuint (suite.cases, ==, reports[i]->n_tasks);
      g_assert_cmpuint (suite.tests, ==, reports[i]->n_tasks);
      g_assert_cmpuint (suite.failures, ==, 1);
      g_assert_cmpuint (suite.errors, ==, 0);
      g_assert_cmpuint (suite.skipped, ==, i == 0 ? 1 : 0);
      parse_xml (svg);
      g_assert_null (strstr (svg, "<b>"));
      g_assert_null (strstr (svg, "<script"));
    }
}

/* A name is a label and nothing else: there are as many nodes and edges as there are tasks and dependencies. */
static void
test_graph_labels (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_hostile ();
  g_autofree char *dot = format_for (report, "x.dot");
  g_autofree char *mermaid = format_for (report, "x.mmd");
  g_auto (GStrv) lines = g_strsplit (mermaid, "\n", -1);

  g_assert_nonnull (strstr (dot, "\\\"]} --> <b>&amp;amp;"));
  g_assert_null (strstr (dot, " \"]}"));
  g_assert_cmpuint (g_strv_length (lines), ==, 8);
  for (guint i = 1; i <= 2; i++)
    {
      const char *label = strchr (lines[i], '"') + 1;
      gsize length = strcspn (label, "\"");

      g_assert_true (g_str_has_prefix (label + length, "\"]:::"));
      g_assert_cmpuint (strcspn (label, "[]{}|`"), >=, length);
    }
}

/* Words for what colours alone would say, and no name as wide as a page. */
static void
test_graph_words (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_small ();
  g_autofree char *dot = NULL;
  g_autofree char *mermaid = format_for (report, "x.mmd");
  g_autofree char *timeline = format_for (report, "x.svg");
  const char *label;

  g_free (report->tasks[0].name);
  report->tasks[0].name = g_strnfill (120, 'n');
  dot = format_for (report, "x.dot");
  label = strstr (dot, "t0 [label=\"nnnn");
  g_assert_nonnull (label);
  g_assert_cmpuint (strspn (label + strlen ("t0 [label=\""), "n"), <, 40);
  g_assert_nonnull (strstr (dot, report->tasks[0].name));
  g_assert_nonnull (strstr (dot, "label=\"photo-import · failed"));
  g_assert_nonnull (strstr (dot, "Critical path: "));
  g_assert_nonnull (strstr (dot, "class=\"completed critical\""));
  g_assert_nonnull (strstr (dot, "✗ 5.00 s ×3"));
  g_assert_nonnull (strstr (dot, "dashed"));
  g_assert_nonnull (strstr (mermaid, "✗ 5.00 s ×3"));

  /* What is lighter since it waited is named in the legend, where there is any. */
  g_assert_null (strstr (timeline, "with waits between attempts"));
  report->tasks[4].attempts = 2;
  report->tasks[4].execution_time /= 2;
  g_free (timeline);
  timeline = format_for (report, "x.svg");
  g_assert_nonnull (strstr (timeline, "with waits between attempts"));
}

/* No “10.0 ms”, no “1000 ms” and no “60.0 s”: what is rounded up goes on in the next unit. */
static void
test_seconds (void)
{
  static const struct
  {
    gint64      time;
    const char *text;
  } cases[] = {
    { 0, "0.0 ms" },           { 9949, "9.9 ms" },      { 9950, "10 ms" },       { 999499, "999 ms" },
    { 999500, "1.00 s" },      { 9994999, "9.99 s" },   { 9995000, "10.0 s" },   { 59949999, "59.9 s" },
    { 59950000, "1 min 00 s" }, { 3599400000, "59 min 59 s" }, { 3599500000, "1 h 00 min" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = myrmex_words_seconds (cases[i].time);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_formats (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_small ();
  g_autoptr (GError) error = NULL;
  const char * const *formats = myrmex_report_list_formats ();

  g_assert_true (g_strv_contains (formats, "text"));
  g_assert_true (g_strv_contains (formats, "timeline"));
  g_assert_cmpstr (myrmex_report_find_format ("/a/b.SVG", &error), ==, "timeline");
  g_assert_cmpstr (myrmex_report_find_format ("b.graph.svg", &error), ==, "graph");
  g_assert_no_error (error);
  g_assert_null (myrmex_report_find_format ("report.pdf", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, ".json"));
  g_clear_error (&error);
  g_assert_null (myrmex_report_format (report, "pdf", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

static void
test_save (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_small ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("myrmex-test-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "run.md", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "none", "run.md", NULL);
  g_autofree char *expected = format_for (report, "run.md");
  g_autofree char *text = NULL;

  g_assert_true (myrmex_report_save (report, path, &error));
  g_assert_no_error (error);
  g_assert_true (myrmex_report_save (report, path, &error));
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_cmpstr (text, ==, expected);
  g_assert_false (myrmex_report_save (report, nowhere, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_graphviz (void)
{
  g_autofree char *program = g_find_program_in_path ("dot");
  g_autofree char *old_path = g_strdup (g_getenv ("PATH"));
  g_autoptr (MyrmexReport) report = report_fixture_hostile ();
  g_autoptr (GError) error = NULL;
  g_autofree char *svg = NULL;

  g_setenv ("PATH", "/nonexistent", TRUE);
  g_assert_null (myrmex_report_format (report, "graph", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "graphviz"));
  g_clear_error (&error);
  g_setenv ("PATH", old_path, TRUE);

  if (program == NULL)
    {
      g_test_skip ("Graphviz is not installed");
      return;
    }
  svg = myrmex_report_format (report, "graph", &error);
  g_assert_no_error (error);
  assert_shown (svg);
  g_assert_nonnull (strstr (svg, "prefers-color-scheme"));
  g_assert_nonnull (strstr (svg, "class=\"node failed\""));
  g_assert_null (strstr (svg, "<b>"));

  g_assert_null (myrmex_graphviz_render ("this is no graph", 60, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED);
}

/* One that hangs is ended, and what it leaves is an error. */
static void
test_graphviz_hangs (void)
{
  g_autofree char *old_path = g_strdup (g_getenv ("PATH"));
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("myrmex-test-XXXXXX", &error);
  g_autofree char *program = g_build_filename (folder, "dot", NULL);

  g_file_set_contents (program, "#!/bin/sh\nexec sleep 1000\n", -1, &error);
  g_assert_no_error (error);
  g_chmod (program, 0755);
  {
    g_autofree char *path = g_strconcat (folder, ":", old_path, NULL);

    g_setenv ("PATH", path, TRUE);
  }
  g_assert_null (myrmex_graphviz_render ("digraph {}", 1, &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_TIMED_OUT);
  g_setenv ("PATH", old_path, TRUE);
  g_unlink (program);
  g_rmdir (folder);
}

static void
test_plan (void)
{
  static const char * const names[] = { "a", "b", "c", NULL };
  g_autoptr (MyrmexWorkflow) workflow = myrmex_workflow_new ("w");
  g_autoptr (MyrmexPlan) plan = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *dot = NULL;
  g_autofree char *mermaid = NULL;

  for (guint i = 0; names[i] != NULL; i++)
    myrmex_workflow_add_noop (workflow, names[i]);
  myrmex_workflow_chain (workflow, names);
  plan = myrmex_plan_new (workflow, &error);
  g_assert_no_error (error);

  dot = myrmex_plan_to_graph (plan, "dot", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (dot, "t0 [label=\"a\", class=\"plan\"];"));
  g_assert_nonnull (strstr (dot, "t1 -> t2;"));
  mermaid = myrmex_plan_to_graph (plan, "mermaid", &error);
  g_assert_cmpstr (mermaid, ==, "flowchart LR\n  t0[\"a\"]\n  t1[\"b\"]\n  t2[\"c\"]\n  t0 --> t1\n  t1 --> t2\n");
  g_assert_null (myrmex_plan_to_graph (plan, "timeline", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT);
}

static void
test_empty (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_new (0);

  report_fixture_seal (report, MYRMEX_RUN_STATUS_COMPLETED, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      g_autofree char *text = format_for (report, golden[i]);

      g_assert_cmpuint (strlen (text), >, 10);
    }
}

/* The pattern of a number in an attribute must not follow the locale. */
static void
test_locale (void)
{
  g_autoptr (MyrmexReport) report = report_fixture_small ();
  g_autofree char *before = format_for (report, "x.json");
  g_autofree char *after = NULL;

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale (LC_NUMERIC, "fr_FR.UTF-8") == NULL)
    {
      g_test_skip ("there is no locale with a decimal comma");
      return;
    }
  after = format_for (report, "x.json");
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpstr (before, ==, after);
}

/* Of this thread's own time, so that it does not matter what else the machine does; the best of some. */
static double
time_format (MyrmexReport *report,
             const char   *path)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = NULL;
      struct timespec begin, end;

      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &begin);
      text = format_for (report, path);
      clock_gettime (CLOCK_THREAD_CPUTIME_ID, &end);
      best = MIN (best, (double) (end.tv_sec - begin.tv_sec) + (double) (end.tv_nsec - begin.tv_nsec) / 1e9);
    }
  return best;
}

/* Eight thousand tasks take not much more time each than one thousand. */
static void
test_large (void)
{
  g_autoptr (MyrmexReport) small = report_fixture_random (1000, 24, 11);
  g_autoptr (MyrmexReport) large = report_fixture_random (8000, 24, 11);

  for (gsize i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      double few = time_format (small, golden[i]), many = time_format (large, golden[i]);

      g_test_message ("%s: %.2f ms, and %.2f ms", golden[i], few * 1000, many * 1000);
      g_assert_cmpfloat (many, <, MAX_GROWTH * MAX (few, 0.0002));
    }
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      g_autofree char *path = g_strconcat ("/report/report/golden/", golden[i], NULL);

      g_test_add_data_func (path, golden[i], test_golden);
    }
  g_test_add_func ("/report/report/hostile", test_hostile);
  g_test_add_func ("/report/report/text-width", test_text_width);
  g_test_add_func ("/report/report/markdown-fence", test_markdown_fence);
  g_test_add_func ("/report/report/xml", test_xml);
  g_test_add_func ("/report/report/graph-labels", test_graph_labels);
  g_test_add_func ("/report/report/graph-words", test_graph_words);
  g_test_add_func ("/report/report/seconds", test_seconds);
  g_test_add_func ("/report/report/formats", test_formats);
  g_test_add_func ("/report/report/save", test_save);
  g_test_add_func ("/report/report/graphviz", test_graphviz);
  g_test_add_func ("/report/report/graphviz-hangs", test_graphviz_hangs);
  g_test_add_func ("/report/report/plan", test_plan);
  g_test_add_func ("/report/report/empty", test_empty);
  g_test_add_func ("/report/report/locale", test_locale);
  g_test_add_func ("/report/report/large", test_large);
  return g_test_run ();
}
