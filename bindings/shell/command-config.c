/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex config: what is set, and where. */

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/myrmex-escape-private.h"
#include "command.h"
#include "line.h"
#include "message.h"
#include "settings.h"

static char *
show_value (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **texts = g_variant_get_strv (value, NULL);

      return g_strjoinv (";", (char **) texts);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      return g_strdup (g_ascii_formatd (number, sizeof number, "%.10g", g_variant_get_double (value)));
    }
  return myrmex_value_to_json (value, FALSE);
}

static char *
show_origin (MyrmexConfig *config,
             const char   *key)
{
  char *place;

  switch (myrmex_config_get_origin (config, key, &place))
    {
    case MYRMEX_CONFIG_ORIGIN_FILE:
    case MYRMEX_CONFIG_ORIGIN_ENVIRONMENT:
    case MYRMEX_CONFIG_ORIGIN_OPTION:
      return place;
    default:
      g_free (place);
      return g_strdup (_("default"));
    }
}

static void
add_text (GVariantDict *dict,
          const char   *key,
          const char   *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, key, "s", text);
}

static GVariant *
describe (MyrmexConfig *config,
          const char   *key)
{
  static const char * const origins[] = { "default", "file", "environment", "option" };
  g_autoptr (GVariant) value = myrmex_config_get_value (config, key);
  g_autofree char *place = NULL;
  MyrmexConfigOrigin origin = myrmex_config_get_origin (config, key, &place);
  GVariantDict dict;

  g_variant_dict_init (&dict, myrmex_config_describe_key (key, NULL));
  g_variant_dict_insert_value (&dict, "value", value);
  add_text (&dict, "origin", origins[origin]);
  add_text (&dict, "place", place);
  return g_variant_dict_end (&dict);
}

static void
print_json (MyrmexConfig  *config,
            char         **keys)
{
  g_autoptr (GVariant) all = NULL;
  g_autofree char *text = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; keys[i] != NULL; i++)
    g_variant_dict_insert_value (&dict, keys[i], describe (config, keys[i]));
  all = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = myrmex_value_to_json (all, TRUE);
  fputs (text, stdout);
  putchar ('\n');
}

static void
add_column (GPtrArray *column,
            char      *text,
            int       *width)
{
  char *shown = myrmex_escape_text (text, MYRMEX_ESCAPE_LINE);

  *width = MAX (*width, text_columns (shown));
  g_ptr_array_add (column, shown);
  g_free (text);
}

static void
print_padded (const char *text,
              int         width)
{
  printf ("%s%*s", text, MAX (0, width - text_columns (text)) + 2, "");
}

static void
print_all (MyrmexConfig  *config,
           char         **keys)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) origins = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) files = myrmex_config_list_files ();
  int key_width = 0, value_width = 0, origin_width = 0;

  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = myrmex_config_get_value (config, keys[i]);

      key_width = MAX (key_width, text_columns (keys[i]));
      add_column (values, show_value (value), &value_width);
      add_column (origins, show_origin (config, keys[i]), &origin_width);
    }
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      print_padded (keys[i], key_width);
      print_padded (values->pdata[i], value_width);
      printf ("%s\n", (const char *) origins->pdata[i]);
    }

  printf (_("\nFiles, of which each counts more than those before it:\n"));
  for (gsize i = 0; files[i] != NULL; i++)
    {
      g_autofree char *name = g_filename_display_name (files[i]);
      g_autofree char *shown = myrmex_escape_text (name, MYRMEX_ESCAPE_LINE);

      printf ("  %s%s\n", shown, g_file_test (files[i], G_FILE_TEST_EXISTS) ? "" : _(" (not there)"));
    }
}

/* Alone, for scripts. */
static void
print_one (MyrmexConfig *config,
           const char   *key)
{
  g_autoptr (GVariant) value = myrmex_config_get_value (config, key);
  g_autofree char *text = show_value (value);
  g_autofree char *shown = myrmex_escape_text (text, MYRMEX_ESCAPE_LINE);

  puts (shown);
}

static gboolean
check_keys (const Command  *self,
            char          **keys)
{
  for (gsize i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) about = myrmex_config_describe_key (keys[i], &error);

      if (about == NULL)
        {
          command_complain (self, "%s", error->message);
          return FALSE;
        }
    }
  return TRUE;
}

static ExitStatus
config (const Command  *self,
        char          **arguments)
{
  g_auto (GStrv) keys = NULL;
  g_auto (GStrv) given = NULL;
  g_autoptr (MyrmexConfig) loaded = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    { "config", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &given,
      N_("Set a key, over all files and variables; may be repeated"), N_("KEY=VALUE") },
    { "json", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &json, N_("Write JSON"), NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY, &keys, NULL, NULL },
    { NULL }
  };
  ExitStatus status;
  gboolean is_all;

  if (!command_parse (self, options, arguments, &status))
    return status;

  is_all = keys == NULL;
  if (is_all)
    keys = myrmex_config_list_keys ();
  if (!check_keys (self, keys))
    return EXIT_STATUS_USAGE;
  loaded = settings_load (self, given);
  if (loaded == NULL || !settings_check_reports (loaded))
    return EXIT_STATUS_USAGE;

  if (json)
    print_json (loaded, keys);
  else if (is_all)
    print_all (loaded, keys);
  else
    for (gsize i = 0; keys[i] != NULL; i++)
      print_one (loaded, keys[i]);
  return EXIT_STATUS_DONE;
}

const Command command_config = {
  .name = "config",
  .usage = N_("[KEY…]"),
  .summary = N_("Show what is set, and where it was set"),
  .details = N_("Without a KEY it shows all of them, each with its value and where that came from; with one, its\n"
                "value alone. Options count more than MYRMEX_… variables of the environment, and those more than\n"
                "the files “myrmex/myrmex.conf” in $XDG_CONFIG_HOME and in each of $XDG_CONFIG_DIRS.\n"
                "\n"
                "Exit status: 0 done, 2 wrong usage, or something wrong in a file or a variable."),
  .run = config,
};
