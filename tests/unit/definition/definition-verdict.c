/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <stdio.h>

#include "base/myrmex-json-private.h"
#include "definition/myrmex-definition.h"
#include "definition/myrmex-diagnostic-private.h"
#include "discovery/myrmex-scripts.h"

static GPtrArray *
check_settings (const char *folder,
                const char *text,
                gssize      length)
{
  g_autofree char *path = g_build_filename (folder, MYRMEX_SCRIPTS_FILE, NULL);
  g_autoptr (GError) error = NULL;
  GPtrArray *diagnostics;

  g_file_set_contents_full (path, text, length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
  diagnostics = myrmex_scripts_check (folder, NULL, NULL, &error);
  if (diagnostics == NULL)
    {
      g_autoptr (GRefString) name = g_ref_string_new (folder);

      diagnostics = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_diagnostic_unref);
      g_ptr_array_add (diagnostics, myrmex_diagnostic_new (name, 0, 0, MYRMEX_SEVERITY_ERROR,
                                                           g_strdup (error->message)));
    }
  return diagnostics;
}

/* Reads definitions from its standard input, one a line, and says of each what is wrong with it: a line with a JSON
 * array of messages, which is empty where nothing is. With an argument it reads settings of the scripts in that
 * folder. */
int
main (int    argc,
      char **argv)
{
  g_autofree char *line = NULL;
  gsize size = 0;
  gssize length;

  while ((length = getline (&line, &size, stdin)) > 0)
    {
      g_autoptr (GPtrArray) diagnostics = argc > 1 ? check_settings (argv[1], line, length)
                                                   : myrmex_definition_check (line, length, NULL, NULL);
      g_autofree char *json = NULL;
      GVariantBuilder builder;

      g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
      for (guint i = 0; i < diagnostics->len; i++)
        {
          MyrmexDiagnostic *diagnostic = diagnostics->pdata[i];

          if (myrmex_diagnostic_get_severity (diagnostic) == MYRMEX_SEVERITY_ERROR)
            g_variant_builder_add (&builder, "s", myrmex_diagnostic_get_message (diagnostic));
        }

      g_autoptr (GVariant) messages = g_variant_ref_sink (g_variant_builder_end (&builder));
      json = myrmex_value_to_json (messages, FALSE);
      puts (json);
    }

  return 0;
}
