/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <string.h>

#include "run-table.h"

static GVariant *
make_run (const char *id,
          const char *name,
          const char *status,
          guint       completed,
          guint       total)
{
  GVariantDict dict;
  GVariantBuilder counts;

  g_variant_builder_init (&counts, G_VARIANT_TYPE ("a{su}"));
  g_variant_builder_add (&counts, "{su}", "completed", completed);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "Id", "s", id);
  g_variant_dict_insert (&dict, "Name", "s", name);
  g_variant_dict_insert (&dict, "Status", "s", status);
  g_variant_dict_insert (&dict, "TotalTasks", "u", total);
  g_variant_dict_insert_value (&dict, "Counts", g_variant_builder_end (&counts));
  g_variant_dict_insert (&dict, "Submitted", "x", g_get_real_time ());
  g_variant_dict_insert (&dict, "Started", "x", (gint64) 1000000);
  g_variant_dict_insert (&dict, "Finished", "x", (gint64) 3500000);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static GArray *
make_runs (void)
{
  GArray *runs = g_array_new (FALSE, FALSE, sizeof (RunInfo));
  g_autoptr (GVariant) one = make_run ("0123456789abcdef", "photos", "running", 3, 20);
  g_autoptr (GVariant) two = make_run ("fedcba9876543210", "a name\033[2J\n漢字 of several columns and more of it", "failed",
                                       100, 100);
  RunInfo info;

  g_array_set_clear_func (runs, (GDestroyNotify) run_info_clear);
  run_info_init (&info, one);
  g_array_append_val (runs, info);
  run_info_init (&info, two);
  g_array_append_val (runs, info);
  return runs;
}

/* No line is wider than there is room, however little that is, down to what can not be left out. */
static void
test_widths (void)
{
  g_autoptr (GArray) runs = make_runs ();
  const Look looks[] = { { FALSE, TRUE }, { TRUE, TRUE }, { TRUE, FALSE } };

  for (int width = 29; width < 140; width++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (looks); i++)
        {
          g_auto (GStrv) lines = run_table_layout (runs, &looks[i], width);

          g_assert_cmpuint (g_strv_length (lines), ==, 3);
          for (gsize k = 0; k < 3; k++)
            {
              g_assert_cmpint (text_columns (lines[k]), <=, width);
              g_assert_null (strstr (lines[k], "[2J\n"));
            }
          g_assert_nonnull (strstr (lines[1], "01234567"));
          g_assert_null (strstr (lines[1], "012345678"));
          g_assert_nonnull (strstr (lines[1], "running"));
        }
    }
}

static void
test_unbounded (void)
{
  g_autoptr (GArray) runs = make_runs ();
  g_auto (GStrv) lines = run_table_layout (runs, &(Look) { FALSE, TRUE }, 0);

  g_assert_true (g_str_has_prefix (lines[0], "RUN       NAME "));
  g_assert_nonnull (strstr (lines[2], "a name\\x1b[2J\\n漢字 of several columns and more of it  failed   100/100  2.5 s"));
  g_assert_nonnull (strstr (lines[1], "  running     3/20  2.5 s  "));
}

int
main (int    argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-table/widths", test_widths);
  g_test_add_func ("/run-table/unbounded", test_unbounded);
  return g_test_run ();
}
