/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* All that can be configured, and what its values may be. */

#include "base/myrmex-config-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-file-private.h"
#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"

#define MAX_SECONDS (1e9)

static const char * const colour_words[] = { "auto", "always", "never", NULL };
static const char * const progress_words[] = { "auto", "lines", "json", "quiet", NULL };

/* Each of them has an effect: none is here before it has. */
const MyrmexConfigKey myrmex_config_keys[MYRMEX_CONFIG_N_KEYS] = {
  { "run", "max-parallel", MYRMEX_CONFIG_TYPE_UINT, 0, 32767, NULL, "0", "MYRMEX_MAX_PARALLEL",
    N_("How many tasks run at once; 0 is one per processor") },
  { "run", "timeout", MYRMEX_CONFIG_TYPE_SECONDS, 0, MAX_SECONDS, NULL, "0", "MYRMEX_TIMEOUT",
    N_("Seconds that a run may take whose workflow does not say; 0 is no limit") },
  { "run", "grace", MYRMEX_CONFIG_TYPE_SECONDS, 0, 3600, NULL, "5", "MYRMEX_GRACE",
    N_("Seconds from asking a command to end to killing it, where its task does not say") },
  { "run", "log-dir", MYRMEX_CONFIG_TYPE_PATH, 0, 0, NULL, "", "MYRMEX_LOG_DIR",
    N_("Folder that keeps the output of tasks; without one it goes with the run") },
  { "run", "reports", MYRMEX_CONFIG_TYPE_PATHS, 0, 0, NULL, "", "MYRMEX_REPORTS",
    N_("Files to write a report to after each run; the end of each name tells its format") },
  { "catalog", "folders", MYRMEX_CONFIG_TYPE_PATHS, 0, 0, NULL, "", "MYRMEX_CATALOG_FOLDERS",
    N_("Folders in which workflows are found by name, before the standard ones") },
  { "service", "keep-age", MYRMEX_CONFIG_TYPE_SECONDS, 0, MAX_SECONDS, NULL, "2592000", "MYRMEX_KEEP_AGE",
    N_("Seconds that the service remembers a run for after it ended; 0 is for ever") },
  { "service", "keep-runs", MYRMEX_CONFIG_TYPE_UINT, 0, 1000000, NULL, "10000", "MYRMEX_KEEP_RUNS",
    N_("How many runs that have ended the service remembers; 0 is no limit") },
  { "service", "keep-size", MYRMEX_CONFIG_TYPE_UINT, 0, 1048576, NULL, "1024", "MYRMEX_KEEP_SIZE",
    N_("MiB that the journal and the logs of the service may take before the oldest runs go; 0 is no limit") },
  { "display", "colour", MYRMEX_CONFIG_TYPE_WORD, 0, 0, colour_words, "auto", "MYRMEX_COLOUR",
    N_("Whether the live view has colours: auto is unless NO_COLOR is set") },
  { "display", "progress", MYRMEX_CONFIG_TYPE_WORD, 0, 0, progress_words, "auto", "MYRMEX_PROGRESS",
    N_("How a run is told: auto is a live view on a terminal and lines elsewhere") },
};

static GVariant *
parse_uint (const MyrmexConfigKey  *key,
            const char             *text,
            char                  **problem)
{
  g_autofree char *shown = NULL;
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, (guint64) key->min, (guint64) key->max, &number, NULL))
    return g_variant_ref_sink (g_variant_new_uint32 ((guint32) number));

  shown = myrmex_show (text, strlen (text));
  *problem = g_strdup_printf (_("a whole number from %d to %d, not “%s”"), (int) key->min, (int) key->max, shown);
  return NULL;
}

static GVariant *
parse_seconds (const MyrmexConfigKey  *key,
               const char             *text,
               char                  **problem)
{
  g_autofree char *shown = NULL;
  char *end;
  double seconds = g_ascii_strtod (text, &end);

  if (end != text && *end == '\0' && !g_ascii_isspace (text[0]) && seconds >= key->min && seconds <= key->max)
    return g_variant_ref_sink (g_variant_new_double (fabs (seconds)));

  shown = myrmex_show (text, strlen (text));
  *problem = g_strdup_printf (_("a number of seconds from %d to %d, not “%s”"), (int) key->min, (int) key->max, shown);
  return NULL;
}

static GVariant *
parse_word (const MyrmexConfigKey  *key,
            const char             *text,
            char                  **problem)
{
  g_autofree char *shown = NULL;
  g_autofree char *words = NULL;
  const char *nearest;

  if (g_strv_contains (key->words, text))
    return g_variant_ref_sink (g_variant_new_string (text));

  shown = myrmex_show (text, strlen (text));
  words = g_strjoinv (", ", (char **) key->words);
  nearest = myrmex_nearest_name (text, key->words, g_strv_length ((char **) key->words));
  if (nearest != NULL)
    *problem = g_strdup_printf (_("one of %s, not “%s”; did you mean “%s”?"), words, shown, nearest);
  else
    *problem = g_strdup_printf (_("one of %s, not “%s”"), words, shown);
  return NULL;
}

/* Not the bytes of the file system, but what can be written in a file of text. */
static char *
expand_path (const char  *text,
             char       **problem)
{
  if (g_utf8_validate (text, -1, NULL))
    return myrmex_file_expand_home (text);

  *problem = g_strdup (_("a path in UTF-8"));
  return NULL;
}

static GVariant *
parse_path (const char  *text,
            char       **problem)
{
  g_autofree char *path = expand_path (text, problem);

  return path != NULL ? g_variant_ref_sink (g_variant_new_string (path)) : NULL;
}

static GVariant *
parse_paths (const char * const  *texts,
             char               **problem)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; texts[i] != NULL; i++)
    {
      char *path = texts[i][0] != '\0' ? expand_path (texts[i], problem) : NULL;

      if (*problem != NULL)
        return NULL;
      if (path != NULL)
        g_ptr_array_add (paths, path);
    }
  return g_variant_ref_sink (g_variant_new_strv ((const char * const *) paths->pdata, (gssize) paths->len));
}

/* From texts, of which there is one but for lists, to a value; or %NULL with what it must be in *@problem. */
GVariant *
myrmex_config_key_parse (const MyrmexConfigKey  *key,
                         const char * const     *texts,
                         char                  **problem)
{
  switch (key->type)
    {
    case MYRMEX_CONFIG_TYPE_UINT:
      return parse_uint (key, texts[0], problem);
    case MYRMEX_CONFIG_TYPE_SECONDS:
      return parse_seconds (key, texts[0], problem);
    case MYRMEX_CONFIG_TYPE_WORD:
      return parse_word (key, texts[0], problem);
    case MYRMEX_CONFIG_TYPE_PATH:
      return parse_path (texts[0], problem);
    case MYRMEX_CONFIG_TYPE_PATHS:
      return parse_paths (texts, problem);
    default:
      g_assert_not_reached ();
    }
}

/* From one text, as in a variable or an option: there a list has semicolons, and nothing to escape them. */
GVariant *
myrmex_config_key_parse_one (const MyrmexConfigKey  *key,
                             const char             *text,
                             char                  **problem)
{
  g_auto (GStrv) texts = NULL;

  if (key->type != MYRMEX_CONFIG_TYPE_PATHS)
    return myrmex_config_key_parse (key, (const char *[]) { text, NULL }, problem);

  texts = g_strsplit (text, ";", -1);
  return myrmex_config_key_parse (key, (const char * const *) texts, problem);
}

static gboolean
has_full_name (const MyrmexConfigKey *key,
               const char            *name)
{
  gsize length = strlen (key->group);

  return strncmp (name, key->group, length) == 0 && name[length] == '.' && g_str_equal (name + length + 1, key->name);
}

/* Finds a key by its group and name, as in “run.grace”; or tells in *@problem (nullable) why there is none. */
gboolean
myrmex_config_find_key (const char  *name,
                        gsize       *key,
                        char       **problem)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *shown = NULL;
  const char *nearest;

  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      if (has_full_name (&myrmex_config_keys[i], name))
        {
          *key = i;
          return TRUE;
        }
    }
  if (problem == NULL)
    return FALSE;

  names = myrmex_config_list_keys ();
  shown = myrmex_show (name, strlen (name));
  nearest = myrmex_nearest_name (name, (const char * const *) names, MYRMEX_CONFIG_N_KEYS);
  /* Who leaves out the group means the key of that name. */
  for (gsize i = 0; nearest == NULL && i < MYRMEX_CONFIG_N_KEYS; i++)
    nearest = g_str_equal (myrmex_config_keys[i].name, name) ? names[i] : NULL;
  if (nearest != NULL)
    *problem = g_strdup_printf (_("There is no key “%s”; did you mean “%s”?"), shown, nearest);
  else
    *problem = g_strdup_printf (_("There is no key “%s”; “myrmex config” lists them"), shown);
  return FALSE;
}

/**
 * myrmex_config_list_keys:
 *
 * Lists all that can be configured, as group and key with a dot between them: `run.grace` is `grace` in the group
 * `[run]` of a file.
 *
 * Returns: (transfer full): the keys
 *
 * Since: 1.0
 */
char **
myrmex_config_list_keys (void)
{
  char **names = g_new0 (char *, MYRMEX_CONFIG_N_KEYS + 1);

  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    names[i] = g_strconcat (myrmex_config_keys[i].group, ".", myrmex_config_keys[i].name, NULL);
  return names;
}

static GVariant *
parse_default (const MyrmexConfigKey *key)
{
  g_autofree char *problem = NULL;
  GVariant *value = myrmex_config_key_parse_one (key, key->fallback, &problem);

  g_assert (value != NULL);
  return value;
}

void
myrmex_config_layer_init (MyrmexConfigLayer *layer)
{
  memset (layer, 0, sizeof *layer);
  layer->problems = g_string_new (NULL);
}

void
myrmex_config_layer_clear (MyrmexConfigLayer *layer)
{
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      g_clear_pointer (&layer->values[i].value, g_variant_unref);
      g_clear_pointer (&layer->values[i].place, g_free);
    }
  if (layer->problems != NULL)
    g_string_free (layer->problems, TRUE);
  layer->problems = NULL;
}

/* Takes @value. */
void
myrmex_config_layer_set (MyrmexConfigLayer  *layer,
                         gsize               key,
                         GVariant           *value,
                         MyrmexConfigOrigin  origin,
                         const char         *place,
                         guint               line)
{
  MyrmexConfigValue *slot = &layer->values[key];

  g_clear_pointer (&slot->value, g_variant_unref);
  g_free (slot->place);
  *slot = (MyrmexConfigValue) { value, g_strdup (place), line, origin };
}

/* Notes a problem; @line is 0 where there are no lines. */
void
myrmex_config_layer_complain (MyrmexConfigLayer *layer,
                              const char        *place,
                              guint              line,
                              const char        *format,
                              ...)
{
  va_list arguments;

  if (layer->problems->len > 0)
    g_string_append_c (layer->problems, '\n');
  if (place != NULL)
    {
      g_autofree char *shown = g_filename_display_name (place);

      g_string_append (layer->problems, shown);
      if (line > 0)
        g_string_append_printf (layer->problems, ":%u", line);
      g_string_append (layer->problems, ": ");
    }
  va_start (arguments, format);
  g_string_append_vprintf (layer->problems, format, arguments);
  va_end (arguments);
}

/**
 * myrmex_config_describe_key:
 * @key: a key, as in [func@Myrmex.Config.list_keys]
 * @error: return location for an error, or %NULL
 *
 * Tells about a key, in a dictionary of type `a{sv}`: `description` (`s`, a sentence in the language of the user),
 * `variable` (`s`, of the environment), `default`, and, where they apply, `words` (`as`), `min` and `max` (`d`).
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such key, and says which one is near.
 *
 * Returns: (transfer full): the dictionary, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_config_describe_key (const char  *key,
                            GError     **error)
{
  g_autofree char *problem = NULL;
  g_autoptr (GVariant) fallback = NULL;
  const MyrmexConfigKey *line;
  GVariantDict dict;
  gsize index;

  g_return_val_if_fail (key != NULL, NULL);

  if (!myrmex_config_find_key (key, &index, &problem))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, problem);
      return NULL;
    }

  line = &myrmex_config_keys[index];
  fallback = parse_default (line);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "description", "s", _(line->description));
  g_variant_dict_insert (&dict, "variable", "s", line->variable);
  g_variant_dict_insert_value (&dict, "default", fallback);
  if (line->words != NULL)
    g_variant_dict_insert_value (&dict, "words", g_variant_new_strv (line->words, -1));
  if (line->max > line->min)
    {
      g_variant_dict_insert (&dict, "min", "d", line->min);
      g_variant_dict_insert (&dict, "max", "d", line->max);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
