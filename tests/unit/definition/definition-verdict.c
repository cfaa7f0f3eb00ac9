/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <stdio.h>

#include "base/myrmex-json-private.h"
#include "definition/myrmex-definition.h"

/* Reads definitions from its standard input, one a line, and says of each what is wrong with it: a line with a JSON
 * array of messages, which is empty where nothing is. */
int
main (void)
{
  g_autofree char *line = NULL;
  gsize size = 0;
  gssize length;

  while ((length = getline (&line, &size, stdin)) > 0)
    {
      g_autoptr (GPtrArray) diagnostics = myrmex_definition_check (line, length, NULL, NULL);
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
