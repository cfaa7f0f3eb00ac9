/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <string.h>

#include "base/myrmex-json-private.h"
#include "base/myrmex-json-tree-private.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-nearest-private.h"
#include "expression/myrmex-template-private.h"

/* What the reader of definitions stands on: JSON of 100,000 tasks with 200,000 edges, the nearest of 100,000 names,
 * a condition, a template. The best of some rounds, since only that repeats. Takes no arguments. */

#define N_TASKS (100000)
#define ROUNDS (7)

static GString *
make_text (void)
{
  GString *text = g_string_new ("{\n  \"myrmex\": 1,\n  \"name\": \"large\",\n  \"tasks\": {\n");

  for (guint i = 0; i < N_TASKS; i++)
    {
      g_string_append_printf (text, "    \"task-%06u\": { \"command\": [\"true\", \"%u\"], \"timeout\": 30", i, i);
      if (i > 1)
        g_string_append_printf (text, ", \"dependencies\": [\"task-%06u\", \"task-%06u\"]", i / 2, i - 1);
      g_string_append (text, i + 1 < N_TASKS ? " },\n" : " }\n");
    }
  g_string_append (text, "  }\n}\n");
  return text;
}

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static void
measure_parse (void)
{
  g_autoptr (GString) text = make_text ();
  double best = G_MAXDOUBLE;
  guint n_nodes = 0;

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      g_autoptr (MyrmexJson) json = NULL;

      json = myrmex_json_parse (text->str, (gssize) text->len, MYRMEX_JSON_FLAGS_NONE, MYRMEX_MAX_JSON_DEPTH,
                                NULL, &error);
      best = MIN (best, seconds_since (start));
      g_assert_no_error (error);
      n_nodes = json->n_nodes;
    }

  g_print ("JSON: %.1f MB, %d tasks, %u nodes: %.1f ms, %.0f MB/s; %.0f bytes a task for nodes, %.0f for text\n",
           (double) text->len / 1e6, N_TASKS, n_nodes, best * 1e3, (double) text->len / 1e6 / best,
           (double) n_nodes * sizeof (JsonNode) / N_TASKS, (double) text->len / N_TASKS);
}

static void
measure_value (void)
{
  g_autoptr (GString) text = make_text ();
  double best_read = G_MAXDOUBLE;
  double best_write = G_MAXDOUBLE;

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      g_autoptr (GVariant) value = myrmex_value_from_json (text->str, (gssize) text->len, &error);
      g_autofree char *again = NULL;

      best_read = MIN (best_read, seconds_since (start));
      g_assert_no_error (error);
      start = g_get_monotonic_time ();
      again = myrmex_value_to_json (value, FALSE);
      best_write = MIN (best_write, seconds_since (start));
    }

  g_print ("JSON to value: %.0f ms, and back: %.0f ms\n", best_read * 1e3, best_write * 1e3);
}

static void
measure_nearest (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < N_TASKS; i++)
    g_ptr_array_add (names, g_strdup_printf ("task-%06u", i));

  for (guint i = 0; i < ROUNDS; i++)
    {
      gint64 start = g_get_monotonic_time ();
      const char *found = myrmex_nearest_name ("tusk_x99999", (const char * const *) names->pdata, names->len);

      best = MIN (best, seconds_since (start));
      g_assert_nonnull (found);
    }

  g_print ("nearest of %d names: %.1f ms\n", N_TASKS, best * 1e3);
}

static GVariant *
resolve_cb (const char  *context,
            const char  *key,
            gpointer     data,
            GError     **error)
{
  return g_variant_ref (data);
}

static void
measure_expressions (void)
{
  const char *condition = "length(tasks.list.value) > 0 && tasks.list.value[0] != 'x'";
  const char *text = "${{ parameters.folder.value[0] }}/name-${{ run.id.value[1] }}.jpg";
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed ("{'value': <['a', 'b']>}"));
  guint n = 100000;
  gint64 start = g_get_monotonic_time ();
  double parse;
  double evaluate;
  double expand;
  g_autoptr (MyrmexExpression) expression = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&expression, myrmex_expression_unref);
      expression = myrmex_expression_parse (condition, -1, NULL, NULL);
    }
  parse = seconds_since (start);

  start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) result = myrmex_expression_evaluate (expression, resolve_cb, value, NULL, NULL);
      g_assert_true (myrmex_expression_is_true (result));
    }
  evaluate = seconds_since (start);

  start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MyrmexTemplate) template = myrmex_template_parse (text, -1, NULL, NULL);
      g_autofree char *filled = myrmex_template_expand_text (template, resolve_cb, value, NULL, NULL);
      g_assert_nonnull (filled);
    }
  expand = seconds_since (start);

  g_print ("a condition: parse %.2f us, evaluate %.2f us; a template with two parts, parse and expand: %.2f us\n",
           parse * 1e6 / n, evaluate * 1e6 / n, expand * 1e6 / n);
}

int
main (void)
{
  measure_parse ();
  measure_value ();
  measure_nearest ();
  measure_expressions ();
  return 0;
}
