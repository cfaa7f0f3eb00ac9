/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Typed tables of options, so that nothing is overlooked silently. */

#include "options.h"

#include <glib/gi18n-lib.h>
#include <myrmex.h>

#include "base/myrmex-nearest-private.h"

static char *
list_names (const OptionSpec *specs,
            gsize             n_specs)
{
  GString *names = g_string_new (NULL);

  for (gsize i = 0; i < n_specs; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", specs[i].name);
  return g_string_free (names, FALSE);
}

static gboolean
set_unknown (const char        *name,
             const char        *nearest,
             const OptionSpec  *specs,
             gsize              n_specs,
             GError           **error)
{
  g_autofree char *names = list_names (specs, n_specs);

  if (nearest != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("There is no option “%s”; did you mean “%s”?"),
                 name, nearest);
  else if (n_specs == 0)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("There is no option “%s”; there are none"),
                 name);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("There is no option “%s”; there are %s"),
                 name, names);
  return FALSE;
}

static gboolean
check_option (const char        *name,
              GVariant          *value,
              const OptionSpec  *specs,
              gsize              n_specs,
              GError           **error)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < n_specs; i++)
    {
      if (!g_str_equal (name, specs[i].name))
        {
          myrmex_nearest_offer (&nearest, specs[i].name);
          continue;
        }
      if (g_variant_is_of_type (value, G_VARIANT_TYPE (specs[i].type)) ||
          (specs[i].other_type != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (specs[i].other_type))))
        return TRUE;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Option “%s” must be of type “%s”, not “%s”"), name, specs[i].type,
                   g_variant_get_type_string (value));
      return FALSE;
    }
  return set_unknown (name, nearest.best, specs, n_specs, error);
}

/* The same key twice is allowed by D-Bus and by nobody else. */
static gboolean
check_once (GVariant    *options,
            gsize        index,
            const char  *name,
            GError     **error)
{
  for (gsize i = 0; i < index; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (options, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);

      if (g_str_equal (g_variant_get_string (key, NULL), name))
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("Option “%s” is given twice"), name);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
options_check (GVariant          *options,
               const OptionSpec  *specs,
               gsize              n_specs,
               GError           **error)
{
  gsize n = g_variant_n_children (options);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;
      const char *name;

      g_variant_get_child (options, i, "{&sv}", &name, &value);
      /* Once each of them is known, there can be no more than there are names. */
      if (!check_option (name, value, specs, n_specs, error) || !check_once (options, i, name, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_word (const char          *name,
          const char          *word,
          const char * const  *words,
          guint               *bits,
          GError             **error)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, word);
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], word))
        {
          *bits |= 1u << i;
          return TRUE;
        }
      myrmex_nearest_offer (&nearest, words[i]);
    }
  if (nearest.best != NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                 _("Option “%s” can not be “%s”; did you mean “%s”?"), name, word, nearest.best);
  else
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("Option “%s” can not be “%s”"), name, word);
  return FALSE;
}

gboolean
options_lookup_words (GVariant            *options,
                      const char          *name,
                      const char * const  *words,
                      guint               *bits,
                      GError             **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, name, NULL);
  g_autofree const char **given = NULL;

  *bits = 0;
  if (value == NULL)
    {
      *bits = G_MAXUINT;
      return TRUE;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return add_word (name, g_variant_get_string (value, NULL), words, bits, error);

  given = g_variant_get_strv (value, NULL);
  for (gsize i = 0; given[i] != NULL; i++)
    {
      if (!add_word (name, given[i], words, bits, error))
        return FALSE;
    }
  return TRUE;
}

/* A number of seconds, which some languages send as a whole number. */
gboolean
options_lookup_number (GVariant   *options,
                       const char *name,
                       double     *number)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, name, NULL);

  if (value == NULL)
    return FALSE;
  *number = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? (double) g_variant_get_int64 (value)
                                                                : g_variant_get_double (value);
  return TRUE;
}
