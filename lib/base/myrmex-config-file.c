/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What a configuration file, or the environment, says.
 *
 * GKeyFile reads a file as a whole and has no lines. So the lines are looked at one by one first, each with what is
 * wrong with it; those that are good go on to GKeyFile, which knows how their values are written. */

#include "base/myrmex-config-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"

#define PREFIX "MYRMEX_"

/* What else is called so in the environment: what a task is told, and what is asked of this library. */
static const char * const other_variables[] = {
  "MYRMEX_ATTEMPT", "MYRMEX_DEBUG", "MYRMEX_PROGRESS_FD", "MYRMEX_RUN_ID", "MYRMEX_TASK", "MYRMEX_WORKFLOW",
};

typedef struct
{
  MyrmexConfigLayer *layer;
  const char        *name;     /* of the file */
  guint              line;
  const char        *group;    /* of the table; NULL: none yet, or one that is not known */
  gboolean           has_group;
  guint              lines[MYRMEX_CONFIG_N_KEYS]; /* where each key is; 0: nowhere */
  GString           *good;
} Scan;

static gboolean
is_group (const char *name)
{
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      if (g_str_equal (myrmex_config_keys[i].group, name))
        return TRUE;
    }
  return FALSE;
}

static void
scan_group (Scan *self,
            char *text)
{
  char *end = strchr (text, ']');
  g_autofree char *shown = NULL;
  MyrmexNearest nearest;

  self->group = NULL;
  self->has_group = TRUE;
  if (end == NULL || end[1] != '\0')
    {
      myrmex_config_layer_complain (self->layer, self->name, self->line,
                                    _("A group stands between “[” and “]”, alone on its line"));
      return;
    }

  *end = '\0';
  text++;
  if (is_group (text))
    {
      self->group = text;
      g_string_append_printf (self->good, "[%s]\n", text);
      return;
    }

  shown = myrmex_show (text, strlen (text));
  myrmex_nearest_init (&nearest, text);
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    myrmex_nearest_offer (&nearest, myrmex_config_keys[i].group);
  if (nearest.best != NULL)
    myrmex_config_layer_complain (self->layer, self->name, self->line,
                                  _("There is no group [%s]; did you mean [%s]?"), shown, nearest.best);
  else
    myrmex_config_layer_complain (self->layer, self->name, self->line, _("There is no group [%s]"), shown);
}

/* Where no key of the group is near, one of another group may be what was meant. */
static void
complain_key (Scan       *self,
              const char *name)
{
  g_autofree char *shown = myrmex_show (name, strlen (name));
  const MyrmexConfigKey *other = NULL;
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      const MyrmexConfigKey *key = &myrmex_config_keys[i];

      if (g_str_equal (key->group, self->group))
        myrmex_nearest_offer (&nearest, key->name);
      else if (g_str_equal (key->name, name))
        other = key;
    }

  if (nearest.best != NULL)
    myrmex_config_layer_complain (self->layer, self->name, self->line,
                                  _("There is no key “%s” in [%s]; did you mean “%s”?"), shown, self->group,
                                  nearest.best);
  else if (other != NULL)
    myrmex_config_layer_complain (self->layer, self->name, self->line,
                                  _("There is no key “%s” in [%s]; it is in [%s]"), shown, self->group, other->group);
  else
    myrmex_config_layer_complain (self->layer, self->name, self->line, _("There is no key “%s” in [%s]"), shown,
                                  self->group);
}

/* GKeyFile tells of a wrong escape too, but of two in one value with a warning of its own. */
static gboolean
has_wrong_escape (const char       *value,
                  MyrmexConfigType  type)
{
  const char *known = type == MYRMEX_CONFIG_TYPE_PATHS ? "sntr\\;" : "sntr\\";

  for (const char *at = strchr (value, '\\'); at != NULL; at = strchr (at + 2, '\\'))
    {
      if (at[1] == '\0' || strchr (known, at[1]) == NULL)
        return TRUE;
    }
  return FALSE;
}

static void
scan_key (Scan *self,
          char *text,
          char *equals)
{
  char *value = equals + 1;
  gsize i = 0;

  *equals = '\0';
  g_strstrip (text);
  g_strstrip (value);
  while (i < MYRMEX_CONFIG_N_KEYS && !(g_str_equal (myrmex_config_keys[i].group, self->group) &&
                                       g_str_equal (myrmex_config_keys[i].name, text)))
    i++;

  if (i == MYRMEX_CONFIG_N_KEYS)
    {
      complain_key (self, text);
    }
  else if (self->lines[i] > 0)
    {
      myrmex_config_layer_complain (self->layer, self->name, self->line, _("“%s” has a value in line %u already"),
                                    text, self->lines[i]);
    }
  else if (has_wrong_escape (value, myrmex_config_keys[i].type))
    {
      myrmex_config_layer_complain (self->layer, self->name, self->line,
                                    _("“%s” has a backslash that begins no escape; a backslash is written “\\\\”"),
                                    text);
    }
  else
    {
      self->lines[i] = self->line;
      g_string_append_printf (self->good, "%s=%s\n", text, value);
    }
}

static void
scan_line (Scan *self,
           char *text)
{
  char *equals;

  g_strstrip (text);
  equals = strchr (text, '=');
  if (text[0] == '\0' || text[0] == '#')
    return;

  if (!g_utf8_validate (text, -1, NULL))
    myrmex_config_layer_complain (self->layer, self->name, self->line, _("This line is not in UTF-8"));
  else if (text[0] == '[')
    scan_group (self, text);
  else if (equals == NULL)
    myrmex_config_layer_complain (self->layer, self->name, self->line,
                                  _("This is neither a group, as in [run], nor a key with “=” and a value, nor a "
                                    "comment after “#”"));
  else if (!self->has_group)
    myrmex_config_layer_complain (self->layer, self->name, self->line,
                                  _("Before a key there must be its group, as in [run]"));
  else if (self->group != NULL)
    scan_key (self, text, equals);
}

/* @text is overwritten. */
static void
scan_lines (Scan  *self,
            char **lines)
{
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      self->line = (guint) i + 1;
      scan_line (self, lines[i]);
    }
}

static void
take_value (Scan     *self,
            GKeyFile *file,
            gsize     index)
{
  const MyrmexConfigKey *key = &myrmex_config_keys[index];
  g_autofree char *problem = NULL;
  g_auto (GStrv) texts = NULL;
  GVariant *value = NULL;

  if (key->type == MYRMEX_CONFIG_TYPE_PATHS)
    {
      texts = g_key_file_get_string_list (file, key->group, key->name, NULL, NULL);
    }
  else
    {
      texts = g_new0 (char *, 2);
      texts[0] = g_key_file_get_string (file, key->group, key->name, NULL);
    }

  value = myrmex_config_key_parse (key, (const char * const *) texts, &problem);
  if (value != NULL)
    myrmex_config_layer_set (self->layer, index, value, MYRMEX_CONFIG_ORIGIN_FILE, self->name, self->lines[index]);
  else
    myrmex_config_layer_complain (self->layer, self->name, self->lines[index], _("“%s” must be %s"), key->name, problem);
}

/* Reads the text of a file. What is wrong with it is in the problems of @layer, whose values are then in part. */
void
myrmex_config_layer_read_text (MyrmexConfigLayer *layer,
                               const char        *name,
                               const char        *text,
                               gsize              length)
{
  g_autoptr (GString) good = g_string_new (NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  Scan self = { .layer = layer, .name = name, .good = good };

  if (memchr (text, '\0', length) != NULL)
    {
      myrmex_config_layer_complain (layer, name, 0, _("This is no file of text: there is a byte 0 in it"));
      return;
    }

  copy = g_strndup (text, length);
  lines = g_strsplit (copy, "\n", -1);
  scan_lines (&self, lines);
  if (good->len == 0)
    return;

  if (!g_key_file_load_from_data (file, good->str, good->len, G_KEY_FILE_NONE, &error))
    {
      myrmex_config_layer_complain (layer, name, 0, "%s", error->message);
      return;
    }
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    {
      if (self.lines[i] > 0)
        take_value (&self, file, i);
    }
}

static void
read_variable (MyrmexConfigLayer *layer,
               gsize              index,
               const char        *text)
{
  const MyrmexConfigKey *key = &myrmex_config_keys[index];
  g_autofree char *problem = NULL;
  GVariant *value = myrmex_config_key_parse_one (key, text, &problem);

  if (value != NULL)
    myrmex_config_layer_set (layer, index, value, MYRMEX_CONFIG_ORIGIN_ENVIRONMENT, key->variable, 0);
  else
    myrmex_config_layer_complain (layer, NULL, 0, _("The environment variable “%s” must be %s"), key->variable,
                                  problem);
}

/* Others may have variables of their own that begin like ours: one is wrong only where it is nearly one of ours. */
static void
check_other_variable (MyrmexConfigLayer *layer,
                      const char        *entry)
{
  g_autofree char *name = g_strndup (entry, strcspn (entry, "="));
  g_autofree char *shown = NULL;
  MyrmexNearest nearest;

  for (gsize i = 0; i < G_N_ELEMENTS (other_variables); i++)
    {
      if (g_str_equal (other_variables[i], name))
        return;
    }

  myrmex_nearest_init (&nearest, name + strlen (PREFIX));
  for (gsize i = 0; i < MYRMEX_CONFIG_N_KEYS; i++)
    myrmex_nearest_offer (&nearest, myrmex_config_keys[i].variable + strlen (PREFIX));
  if (nearest.best == NULL)
    return;
  shown = myrmex_show (name, strlen (name));
  myrmex_config_layer_complain (layer, NULL, 0,
                                _("There is no environment variable “%s”; did you mean “MYRMEX_%s”?"), shown,
                                nearest.best);
}

static gboolean
find_variable (const char *entry,
               gsize      *index)
{
  gsize length = strcspn (entry, "=");

  for (*index = 0; *index < MYRMEX_CONFIG_N_KEYS; (*index)++)
    {
      const char *variable = myrmex_config_keys[*index].variable;

      if (strlen (variable) == length && strncmp (variable, entry, length) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Reads what an environment, as of environ(7), says. */
void
myrmex_config_layer_read_environment (MyrmexConfigLayer  *layer,
                                      const char * const *environment)
{
  for (gsize i = 0; environment[i] != NULL; i++)
    {
      const char *equals = strchr (environment[i], '=');
      gsize index;

      if (equals == NULL || !g_str_has_prefix (environment[i], PREFIX))
        continue;
      if (find_variable (environment[i], &index))
        read_variable (layer, index, equals + 1);
      else
        check_other_variable (layer, environment[i]);
    }
}
