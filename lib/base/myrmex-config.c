/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-config.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-config-private.h"
#include "base/myrmex-error.h"
#include "base/myrmex-file-private.h"
#include "base/myrmex-log-private.h"

#define FILE_NAME "myrmex.conf"

/**
 * MyrmexConfig:
 *
 * What people have set: how many tasks run at once, where logs go, what is shown. Each value is of one of
 * [func@Myrmex.Config.list_keys], and knows where it came from.
 *
 * What is added later counts more. [ctor@Myrmex.Config.new_for_user] adds, in this order, `myrmex/myrmex.conf` in each
 * of `$XDG_CONFIG_DIRS`, the last of them first; the one in `$XDG_CONFIG_HOME`; and the `MYRMEX_…` variables of the
 * environment. A program then sets what its own options say.
 *
 * ```ini
 * [run]
 * max-parallel = 4
 * grace = 2.5
 * log-dir = ~/.cache/myrmex/logs
 * reports = report.md;timeline.svg
 *
 * [display]
 * colour = never
 * ```
 *
 * The library reads none of this by itself: a run in an application is not changed by what its user has set for the
 * `myrmex` command. An application that wants it asks for it, and hands the values on:
 *
 * ```c
 * g_autoptr (MyrmexConfig) config = myrmex_config_new_for_user (&error);
 * g_autoptr (MyrmexRunner) runner =
 *   g_object_new (MYRMEX_TYPE_LOCAL_RUNNER,
 *                 "max-parallel", myrmex_config_get_uint (config, "run.max-parallel"),
 *                 NULL);
 * ```
 *
 * A mistake is an error that names its file and line; nothing of a source with a mistake is taken. An object may be
 * used by one thread at a time.
 *
 * Since: 1.0
 */

struct _MyrmexConfig
{
  GObject            parent_instance;

  MyrmexConfigLayer  layer;   /* all of them, one over the other */
};

G_DEFINE_FINAL_TYPE (MyrmexConfig, myrmex_config, G_TYPE_OBJECT)

static void
myrmex_config_finalize (GObject *object)
{
  myrmex_config_layer_clear (&MYRMEX_CONFIG (object)->layer);

  G_OBJECT_CLASS (myrmex_config_parent_class)->finalize (object);
}

static void
myrmex_config_class_init (MyrmexConfigClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = myrmex_config_finalize;
}

static void
myrmex_config_init (MyrmexConfig *self)
{
  myrmex_config_layer_init (&self->layer);
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      g_autofree char *problem = NULL;
      GVariant *value = myrmex_config_key_parse_one (&myrmex_config_keys[i], myrmex_config_keys[i].fallback, &problem);

      g_assert (value != NULL);
      myrmex_config_layer_set (&self->layer, i, value, MYRMEX_CONFIG_ORIGIN_DEFAULT, NULL, 0);
    }
}

/**
 * myrmex_config_new:
 *
 * Makes a configuration in which everything is as it is where nobody has set anything.
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 1.0
 */
MyrmexConfig *
myrmex_config_new (void)
{
  return g_object_new (MYRMEX_TYPE_CONFIG, NULL);
}

/* Lays @layer over what there is, or tells what is wrong with it. */
static gboolean
take_layer (MyrmexConfig       *self,
            MyrmexConfigLayer  *layer,
            GError            **error)
{
  if (layer->problems->len > 0)
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, layer->problems->str);
      return FALSE;
    }

  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      const MyrmexConfigValue *value = &layer->values[i];

      if (value->value != NULL)
        myrmex_config_layer_set (&self->layer, i, g_variant_ref (value->value), value->origin, value->place,
                                 value->line);
    }
  return TRUE;
}

/* A file that is not there says nothing. */
static void
read_file_if_there (MyrmexConfigLayer *layer,
                    const char        *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = myrmex_file_read (path, MYRMEX_MAX_CONFIG_BYTES, &error);

  myrmex_debug (MYRMEX_DEBUG_CONFIG, "Configuration file “%s”: %s", path, text != NULL ? "read" : error->message);
  if (text != NULL)
    myrmex_config_layer_read_text (layer, path, text->str, text->len);
  else if (!g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
    myrmex_config_layer_complain (layer, NULL, 0, "%s", error->message);
}

/**
 * myrmex_config_new_for_user: (constructor)
 * @error: return location for an error, or %NULL
 *
 * Makes a configuration of what the user and the system have set, in files and in the environment. It reads the files
 * at once.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where something is wrong with any of them; the message lists all of it, one
 * a line, each with its file and line.
 *
 * Returns: (transfer full): a new configuration, or %NULL with @error set
 *
 * Since: 1.0
 */
MyrmexConfig *
myrmex_config_new_for_user (GError **error)
{
  g_autoptr (MyrmexConfig) self = myrmex_config_new ();
  g_auto (MyrmexConfigLayer) layer = { 0 };
  g_auto (GStrv) files = myrmex_config_list_files ();
  g_auto (GStrv) environment = g_get_environ ();

  myrmex_config_layer_init (&layer);
  for (gsize i = 0; files[i] != NULL; i++)
    read_file_if_there (&layer, files[i]);
  myrmex_config_layer_read_environment (&layer, (const char * const *) environment);
  return take_layer (self, &layer, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * myrmex_config_add_file:
 * @self: a configuration
 * @path: (type filename): a file, which must be there
 * @error: return location for an error, or %NULL
 *
 * Adds what a file says, over what there is.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where something is wrong with it, and then takes nothing of it.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
myrmex_config_add_file (MyrmexConfig  *self,
                        const char    *path,
                        GError       **error)
{
  g_auto (MyrmexConfigLayer) layer = { 0 };
  g_autoptr (GString) text = NULL;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  text = myrmex_file_read (path, MYRMEX_MAX_CONFIG_BYTES, error);
  if (text == NULL)
    return FALSE;
  myrmex_config_layer_init (&layer);
  myrmex_config_layer_read_text (&layer, path, text->str, text->len);
  return take_layer (self, &layer, error);
}

/**
 * myrmex_config_add_environment:
 * @self: a configuration
 * @environment: (nullable) (array zero-terminated=1) (element-type filename): an environment, as from
 *   [func@GLib.get_environ]; %NULL is that of the process
 * @error: return location for an error, or %NULL
 *
 * Adds what the `MYRMEX_…` variables of an environment say, over what there is.
 *
 * Fails with %MYRMEX_ERROR_INVALID_ARGUMENT where a value is wrong, or the name of a variable is nearly that of one
 * there is; and then takes nothing.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
myrmex_config_add_environment (MyrmexConfig        *self,
                               const char * const  *environment,
                               GError             **error)
{
  g_auto (MyrmexConfigLayer) layer = { 0 };
  g_auto (GStrv) own = environment == NULL ? g_get_environ () : NULL;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), FALSE);

  myrmex_config_layer_init (&layer);
  myrmex_config_layer_read_environment (&layer, own != NULL ? (const char * const *) own : environment);
  return take_layer (self, &layer, error);
}

/**
 * myrmex_config_set:
 * @self: a configuration
 * @key: a key, as in [func@Myrmex.Config.list_keys]
 * @text: its value, as in a file; in a list, semicolons separate
 * @option: (nullable): who says so, as in `--jobs`
 * @error: return location for an error, or %NULL
 *
 * Sets a value, over what there is.
 *
 * Fails with %MYRMEX_ERROR_NOT_FOUND where there is no such key, and with %MYRMEX_ERROR_INVALID_ARGUMENT where it can
 * not have that value.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 1.0
 */
gboolean
myrmex_config_set (MyrmexConfig  *self,
                   const char    *key,
                   const char    *text,
                   const char    *option,
                   GError       **error)
{
  g_autofree char *problem = NULL;
  GVariant *value;
  gsize index;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!myrmex_config_find_key (key, &index, &problem))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, problem);
      return FALSE;
    }
  value = myrmex_config_key_parse_one (&myrmex_config_keys[index], text, &problem);
  if (value == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("“%s” must be %s"), key, problem);
      return FALSE;
    }
  myrmex_config_layer_set (&self->layer, index, value, MYRMEX_CONFIG_ORIGIN_OPTION, option, 0);
  return TRUE;
}

static const MyrmexConfigValue *
look_up (MyrmexConfig *self,
         const char   *key)
{
  gsize index;

  return myrmex_config_find_key (key, &index, NULL) ? &self->layer.values[index] : NULL;
}

static GVariant *
look_up_type (MyrmexConfig       *self,
              const char         *key,
              const GVariantType *type)
{
  const MyrmexConfigValue *value = look_up (self, key);

  return value != NULL && g_variant_is_of_type (value->value, type) ? value->value : NULL;
}

/**
 * myrmex_config_get_value:
 * @self: a configuration
 * @key: a key, as in [func@Myrmex.Config.list_keys]
 *
 * Gets a value: a number (`u`), seconds (`d`), a word or path (`s`, empty for no path), or paths (`as`). In paths a `~`
 * at the begin has become the home folder; relative ones are from wherever the program is.
 *
 * Returns: (transfer full) (nullable): the value, or %NULL where there is no such key
 *
 * Since: 1.0
 */
GVariant *
myrmex_config_get_value (MyrmexConfig *self,
                         const char   *key)
{
  const MyrmexConfigValue *value;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  value = look_up (self, key);
  return value != NULL ? g_variant_ref (value->value) : NULL;
}

/**
 * myrmex_config_get_uint:
 * @self: a configuration
 * @key: a key that is a number
 *
 * Gets a number.
 *
 * Returns: the number; 0 where there is no such key
 *
 * Since: 1.0
 */
guint
myrmex_config_get_uint (MyrmexConfig *self,
                        const char   *key)
{
  GVariant *value;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), 0);
  g_return_val_if_fail (key != NULL, 0);

  value = look_up_type (self, key, G_VARIANT_TYPE_UINT32);
  return value != NULL ? g_variant_get_uint32 (value) : 0;
}

/**
 * myrmex_config_get_seconds:
 * @self: a configuration
 * @key: a key that is a time
 *
 * Gets a time.
 *
 * Returns: seconds; 0 where there is no such key
 *
 * Since: 1.0
 */
double
myrmex_config_get_seconds (MyrmexConfig *self,
                           const char   *key)
{
  GVariant *value;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), 0);
  g_return_val_if_fail (key != NULL, 0);

  value = look_up_type (self, key, G_VARIANT_TYPE_DOUBLE);
  return value != NULL ? g_variant_get_double (value) : 0;
}

/**
 * myrmex_config_get_string:
 * @self: a configuration
 * @key: a key that is a word or a path
 *
 * Gets a word, or a path.
 *
 * Returns: (nullable): the text, until the next change; %NULL for no path, and where there is no such key
 *
 * Since: 1.0
 */
const char *
myrmex_config_get_string (MyrmexConfig *self,
                          const char   *key)
{
  GVariant *value;
  const char *text;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  value = look_up_type (self, key, G_VARIANT_TYPE_STRING);
  text = value != NULL ? g_variant_get_string (value, NULL) : "";
  return text[0] != '\0' ? text : NULL;
}

/**
 * myrmex_config_dup_strings:
 * @self: a configuration
 * @key: a key that is a list
 *
 * Gets a list.
 *
 * Returns: (transfer full): the texts; none where there is no such key
 *
 * Since: 1.0
 */
char **
myrmex_config_dup_strings (MyrmexConfig *self,
                           const char   *key)
{
  GVariant *value;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  value = look_up_type (self, key, G_VARIANT_TYPE_STRING_ARRAY);
  return value != NULL ? g_variant_dup_strv (value, NULL) : g_new0 (char *, 1);
}

/**
 * myrmex_config_get_origin:
 * @self: a configuration
 * @key: a key, as in [func@Myrmex.Config.list_keys]
 * @place: (out) (optional) (nullable) (transfer full): where exactly: `FILE:LINE`, the name of a variable, or that of
 *   an option; %NULL where there is no more to say
 *
 * Tells where a value came from.
 *
 * Returns: the kind of source
 *
 * Since: 1.0
 */
MyrmexConfigOrigin
myrmex_config_get_origin (MyrmexConfig  *self,
                          const char    *key,
                          char         **place)
{
  const MyrmexConfigValue *value;

  g_return_val_if_fail (MYRMEX_IS_CONFIG (self), MYRMEX_CONFIG_ORIGIN_DEFAULT);
  g_return_val_if_fail (key != NULL, MYRMEX_CONFIG_ORIGIN_DEFAULT);

  value = look_up (self, key);
  if (place != NULL)
    *place = NULL;
  if (value == NULL)
    return MYRMEX_CONFIG_ORIGIN_DEFAULT;

  if (place != NULL && value->line > 0)
    {
      g_autofree char *shown = g_filename_display_name (value->place);

      *place = g_strdup_printf ("%s:%u", shown, value->line);
    }
  else if (place != NULL)
    {
      *place = g_strdup (value->place);
    }
  return value->origin;
}

/**
 * myrmex_config_list_files:
 *
 * Lists the files that [ctor@Myrmex.Config.new_for_user] reads, whether they are there or not. Each counts more than
 * those before it; the last one is the user's own.
 *
 * Returns: (transfer full) (array zero-terminated=1) (element-type filename): their paths
 *
 * Since: 1.0
 */
char **
myrmex_config_list_files (void)
{
  const char * const *folders = g_get_system_config_dirs ();
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint n = g_strv_length ((char **) folders); n > 0; n--)
    g_ptr_array_add (paths, g_build_filename (folders[n - 1], "myrmex", FILE_NAME, NULL));
  g_ptr_array_add (paths, g_build_filename (g_get_user_config_dir (), "myrmex", FILE_NAME, NULL));
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}
