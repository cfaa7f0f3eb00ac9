/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "run-list.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "run-table.h"
#include "screen.h"

static void
print_json (GArray *runs)
{
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;
  GVariantBuilder builder;
  GVariantDict dict;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < runs->len; i++)
    {
      g_variant_dict_init (&dict, NULL);
      run_info_describe (&g_array_index (runs, RunInfo, i), &dict);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "runs", g_variant_builder_end (&builder));
  value = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = myrmex_value_to_json (value, FALSE);
  puts (text);
}

static void
print_table (GArray     *runs,
             const Look *look)
{
  g_auto (GStrv) lines = NULL;

  if (runs->len == 0)
    {
      g_print ("%s\n", _("There are no runs."));
      return;
    }
  lines = run_table_layout (runs, look, screen_measure (STDOUT_FILENO));
  for (gsize i = 0; lines[i] != NULL; i++)
    g_print ("%s\n", lines[i]);
}

void
run_list_print (GArray      *runs,
                const Look  *look,
                RunListForm  form)
{
  if (form == RUN_LIST_TABLE)
    {
      print_table (runs, look);
      return;
    }
  if (form == RUN_LIST_JSON)
    {
      print_json (runs);
      return;
    }
  for (guint i = 0; i < runs->len; i++)
    {
      g_autofree char *id = run_info_dup_id (&g_array_index (runs, RunInfo, i));

      g_print ("%s\n", id);
    }
}
