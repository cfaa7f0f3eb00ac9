/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "definition/myrmex-parameters-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-file-private.h"
#include "base/myrmex-nearest-private.h"
#include "base/myrmex-show-private.h"
#include "base/myrmex-value.h"

#define MAX_UNKNOWN    (10)   /* names that are told; each is compared with all that are declared */
#define MAX_TOLD_BYTES (1024) /* of the values of an enum */

/* Beyond this a double can not tell an integer from the next. */
#define MAX_EXACT_DOUBLE (9007199254740992.0)

const char * const myrmex_parameter_type_names[MYRMEX_N_PARAMETER_TYPES] = {
  "string", "number", "integer", "boolean", "array", "object",
};

gboolean
myrmex_parameter_type_parse (const char          *name,
                             MyrmexParameterType *type)
{
  for (guint i = 0; i < MYRMEX_N_PARAMETER_TYPES; i++)
    {
      if (g_str_equal (name, myrmex_parameter_type_names[i]))
        {
          *type = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* For “must be …, not …”. */
const char *
myrmex_kind_describe (MyrmexJsonKind kind)
{
  switch (kind)
    {
    case MYRMEX_JSON_KIND_NULL:
      return "null";
    case MYRMEX_JSON_KIND_BOOLEAN:
      return _("true or false");
    case MYRMEX_JSON_KIND_INTEGER:
      return _("an integer");
    case MYRMEX_JSON_KIND_DOUBLE:
      return _("a number");
    case MYRMEX_JSON_KIND_STRING:
      return _("a string");
    case MYRMEX_JSON_KIND_ARRAY:
      return _("an array");
    case MYRMEX_JSON_KIND_OBJECT:
      return _("an object");
    default:
      g_assert_not_reached ();
    }
}

/* What was found in the place of another kind: 1.5 is a number, but that is not what is wrong with it. */
const char *
myrmex_kind_describe_other (MyrmexJsonKind kind,
                            MyrmexJsonKind expected)
{
  if (kind == MYRMEX_JSON_KIND_DOUBLE && expected == MYRMEX_JSON_KIND_INTEGER)
    return _("a fraction");
  return myrmex_kind_describe (kind);
}

/* The kind of JSON that a type is told as; a number may be an integer as well. */
MyrmexJsonKind
myrmex_parameter_type_get_kind (MyrmexParameterType type)
{
  static const MyrmexJsonKind kinds[] = {
    MYRMEX_JSON_KIND_STRING, MYRMEX_JSON_KIND_DOUBLE, MYRMEX_JSON_KIND_INTEGER,
    MYRMEX_JSON_KIND_BOOLEAN, MYRMEX_JSON_KIND_ARRAY, MYRMEX_JSON_KIND_OBJECT,
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == MYRMEX_N_PARAMETER_TYPES);

  return kinds[type];
}

const char *
myrmex_parameter_type_describe (MyrmexParameterType type)
{
  return myrmex_kind_describe (myrmex_parameter_type_get_kind (type));
}

/* Arrays and objects have no plain equality, and a list of booleans says nothing. */
gboolean
myrmex_parameter_may_have_enum (MyrmexParameterType type)
{
  return type <= MYRMEX_PARAMETER_INTEGER;
}

/* What a value is in terms of JSON. */
MyrmexJsonKind
myrmex_value_get_kind (GVariant *value)
{
  if (myrmex_value_is_null (value))
    return MYRMEX_JSON_KIND_NULL;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return MYRMEX_JSON_KIND_BOOLEAN;
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
    case G_VARIANT_CLASS_HANDLE:
      return MYRMEX_JSON_KIND_INTEGER;
    case G_VARIANT_CLASS_DOUBLE:
      return MYRMEX_JSON_KIND_DOUBLE;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return MYRMEX_JSON_KIND_STRING;
    default:
      return g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY) ? MYRMEX_JSON_KIND_OBJECT
                                                                     : MYRMEX_JSON_KIND_ARRAY;
    }
}

static gint64
get_integer (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      return g_variant_get_byte (value);
    case G_VARIANT_CLASS_INT16:
      return g_variant_get_int16 (value);
    case G_VARIANT_CLASS_UINT16:
      return g_variant_get_uint16 (value);
    case G_VARIANT_CLASS_INT32:
      return g_variant_get_int32 (value);
    case G_VARIANT_CLASS_UINT32:
      return g_variant_get_uint32 (value);
    case G_VARIANT_CLASS_HANDLE:
      return g_variant_get_handle (value);
    case G_VARIANT_CLASS_UINT64:
      return (gint64) MIN (g_variant_get_uint64 (value), G_MAXINT64);
    default:
      return g_variant_get_int64 (value);
    }
}

/* JavaScript has no integers: 3.0 is one. */
static GVariant *
convert_to_integer (GVariant       *value,
                    MyrmexJsonKind  kind)
{
  double number;

  if (kind == MYRMEX_JSON_KIND_INTEGER)
    {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64) && g_variant_get_uint64 (value) > G_MAXINT64)
        return NULL;
      return g_variant_ref_sink (g_variant_new_int64 (get_integer (value)));
    }
  if (kind != MYRMEX_JSON_KIND_DOUBLE)
    return NULL;

  number = g_variant_get_double (value);
  if (!(fabs (number) <= MAX_EXACT_DOUBLE) || floor (number) != number)
    return NULL;
  return g_variant_ref_sink (g_variant_new_int64 ((gint64) number));
}

/* The value as one of this type, with a full reference; or %NULL where it is none. */
GVariant *
myrmex_parameter_convert (MyrmexParameterType  type,
                          GVariant            *value)
{
  MyrmexJsonKind kind = myrmex_value_get_kind (value);
  gboolean fits;

  switch (type)
    {
    case MYRMEX_PARAMETER_INTEGER:
      return convert_to_integer (value, kind);
    case MYRMEX_PARAMETER_NUMBER:
      fits = kind == MYRMEX_JSON_KIND_INTEGER ||
             (kind == MYRMEX_JSON_KIND_DOUBLE && isfinite (g_variant_get_double (value)));
      break;
    case MYRMEX_PARAMETER_STRING:
      fits = kind == MYRMEX_JSON_KIND_STRING;
      break;
    case MYRMEX_PARAMETER_BOOLEAN:
      fits = kind == MYRMEX_JSON_KIND_BOOLEAN;
      break;
    case MYRMEX_PARAMETER_ARRAY:
      fits = kind == MYRMEX_JSON_KIND_ARRAY;
      break;
    case MYRMEX_PARAMETER_OBJECT:
      fits = kind == MYRMEX_JSON_KIND_OBJECT;
      break;
    default:
      g_assert_not_reached ();
    }

  return fits ? g_variant_ref (value) : NULL;
}

static double
get_number (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) ? g_variant_get_double (value)
                                                             : (double) get_integer (value);
}

static gboolean
is_same (MyrmexParameterType  type,
         GVariant            *a,
         GVariant            *b)
{
  if (type == MYRMEX_PARAMETER_STRING)
    return g_str_equal (g_variant_get_string (a, NULL), g_variant_get_string (b, NULL));
  if (type == MYRMEX_PARAMETER_INTEGER)
    return get_integer (a) == get_integer (b);
  return get_number (a) == get_number (b);
}

/* One of the values of an `enum`, as one of the type; or %NULL. */
static GVariant *
get_word (MyrmexParameterType  type,
          GVariant            *words,
          gsize                i)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (words, i);
  g_autoptr (GVariant) inner = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (child)
                                                                                    : g_variant_ref (child);

  return myrmex_parameter_convert (type, inner);
}

/* “1, 2, 3”, and the first of very many. */
static char *
list_words (MyrmexParameterType  type,
            GVariant            *words)
{
  g_autoptr (GString) all = g_string_new (NULL);
  gsize n = g_variant_n_children (words);

  for (gsize i = 0; i < n && all->len < MAX_TOLD_BYTES; i++)
    {
      g_autoptr (GVariant) word = get_word (type, words, i);
      g_autofree char *shown = word != NULL ? myrmex_value_to_json (word, FALSE) : NULL;

      if (shown == NULL)
        continue;
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", shown);
      if (all->len >= MAX_TOLD_BYTES && i + 1 < n)
        g_string_append (all, ", …");
    }
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* @value is of the type already. */
static gboolean
check_enum (const char           *name,
            MyrmexParameterType   type,
            GVariant             *spec,
            GVariant             *value,
            GError              **error)
{
  g_autoptr (GVariant) words = g_variant_lookup_value (spec, "enum", G_VARIANT_TYPE_ARRAY);
  g_autofree char *all = NULL;
  gsize n;

  if (words == NULL || !myrmex_parameter_may_have_enum (type))
    return TRUE;

  n = g_variant_n_children (words);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) word = get_word (type, words, i);

      if (word != NULL && is_same (type, word, value))
        return TRUE;
    }

  all = list_words (type, words);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Parameter “%s” must be one of %s"), name, all);
  return FALSE;
}

static gboolean
read_type (const char           *name,
           GVariant             *spec,
           MyrmexParameterType  *type,
           GError              **error)
{
  const char *word;

  if (!g_variant_is_of_type (spec, G_VARIANT_TYPE_VARDICT) || !g_variant_lookup (spec, "type", "&s", &word) ||
      !myrmex_parameter_type_parse (word, type))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Parameter “%s” is declared without a type; it is one of string, number, integer, boolean, array, object"),
                   name);
      return FALSE;
    }
  return TRUE;
}

static GVariant *
convert_given (const char           *name,
               MyrmexParameterType   type,
               GVariant             *spec,
               GVariant             *value,
               GError              **error)
{
  g_autoptr (GVariant) converted = myrmex_parameter_convert (type, value);

  if (converted == NULL)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Parameter “%s” must be %s, not %s"), name, myrmex_parameter_type_describe (type),
                   myrmex_kind_describe_other (myrmex_value_get_kind (value), myrmex_parameter_type_get_kind (type)));
      return NULL;
    }
  if (!check_enum (name, type, spec, converted, error))
    return NULL;
  if (!myrmex_value_check (converted, error))
    {
      g_prefix_error (error, _("Parameter “%s”: "), name);
      return NULL;
    }
  return g_steal_pointer (&converted);
}

/* A default is written where no shell sees it, so a `~` at its begin is the home folder; what is given with a run has
 * been through a shell, or is meant as it is. */
static GVariant *
expand_default (MyrmexParameterType  type,
                GVariant            *spec,
                GVariant            *fallback)
{
  g_autoptr (GVariant) words = g_variant_lookup_value (spec, "enum", NULL);
  char *path;

  if (type != MYRMEX_PARAMETER_STRING || words != NULL || !g_variant_is_of_type (fallback, G_VARIANT_TYPE_STRING))
    return g_variant_ref (fallback);

  path = myrmex_file_expand_home (g_variant_get_string (fallback, NULL));
  return g_variant_ref_sink (g_variant_new_take_string (path));
}

static GVariant *
resolve_one (const char  *name,
             GVariant    *spec,
             GVariant    *given,
             GError     **error)
{
  g_autoptr (GVariant) fallback = NULL;
  MyrmexParameterType type;

  if (!read_type (name, spec, &type, error))
    return NULL;
  if (given != NULL)
    return convert_given (name, type, spec, given, error);

  fallback = g_variant_lookup_value (spec, "default", NULL);
  if (fallback != NULL)
    {
      g_autoptr (GVariant) expanded = expand_default (type, spec, fallback);

      return convert_given (name, type, spec, expanded, error);
    }

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Parameter “%s” is missing; it must be %s and has no default"),
               name, myrmex_parameter_type_describe (type));
  return NULL;
}

static char *
describe_unknown (const char *name,
                  GVariant   *declared)
{
  g_autofree char *shown = myrmex_show (name, strlen (name));
  MyrmexNearest nearest;
  GVariantIter iter;
  const char *candidate;

  if (declared == NULL || g_variant_n_children (declared) == 0)
    return g_strdup_printf (_("There is no parameter “%s”; the workflow takes none"), shown);

  myrmex_nearest_init (&nearest, name);
  g_variant_iter_init (&iter, declared);
  while (g_variant_iter_next (&iter, "{&sv}", &candidate, NULL))
    myrmex_nearest_offer (&nearest, candidate);

  if (nearest.best != NULL)
    return g_strdup_printf (_("There is no parameter “%s”; did you mean “%s”?"), shown, nearest.best);
  return g_strdup_printf (_("There is no parameter “%s”"), shown);
}

static GHashTable *
index_values (GVariant *values)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    g_hash_table_replace (table, (gpointer) name, value);
  return table;
}

static void
add_line (GString    *lines,
          const char *line)
{
  if (lines->len > 0)
    g_string_append_c (lines, '\n');
  g_string_append (lines, line);
}

static void
complain_unknown (GVariant   *given,
                  GVariant   *declared,
                  GHashTable *left,
                  GString    *problems)
{
  GVariantIter iter;
  const char *name;
  guint n = 0;

  g_variant_iter_init (&iter, given);
  while (n < MAX_UNKNOWN && g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    {
      g_autofree char *line = NULL;

      if (!g_hash_table_remove (left, name))
        continue;
      line = describe_unknown (name, declared);
      add_line (problems, line);
      n++;
    }
}

/* What a run sees: the given values, with defaults where there are none. Both dictionaries are `a{sv}` and may
 * be %NULL, and so is what is returned, with a full reference. It fails with %MYRMEX_ERROR_INVALID_ARGUMENT,
 * where all that is wrong is told, one a line. */
GVariant *
myrmex_parameters_resolve (GVariant  *declared,
                           GVariant  *given,
                           GError   **error)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autoptr (GHashTable) left = NULL;
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  GVariant *spec;

  g_return_val_if_fail (declared == NULL || g_variant_is_of_type (declared, G_VARIANT_TYPE_VARDICT), NULL);
  g_return_val_if_fail (given == NULL || g_variant_is_of_type (given, G_VARIANT_TYPE_VARDICT), NULL);

  if (given != NULL)
    left = index_values (given);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);

  if (declared != NULL)
    g_variant_iter_init (&iter, declared);
  while (declared != NULL && g_variant_iter_next (&iter, "{&sv}", &name, &spec))
    {
      g_autoptr (GVariant) owned = spec;
      g_autoptr (GError) own_error = NULL;
      g_autoptr (GVariant) value = NULL;

      value = resolve_one (name, spec, left != NULL ? g_hash_table_lookup (left, name) : NULL, &own_error);
      if (left != NULL)
        g_hash_table_remove (left, name);
      if (value != NULL)
        g_variant_builder_add (&builder, "{sv}", name, value);
      else
        add_line (problems, own_error->message);
    }

  if (left != NULL && g_hash_table_size (left) > 0)
    complain_unknown (given, declared, left, problems);

  if (problems->len > 0)
    {
      g_variant_builder_clear (&builder);
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, problems->str);
      return NULL;
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
read_text (MyrmexParameterType  type,
           const char          *text)
{
  g_autoptr (GVariant) value = NULL;

  if (type == MYRMEX_PARAMETER_STRING)
    return g_variant_ref_sink (g_variant_new_string (text));

  value = myrmex_value_from_json (text, -1, NULL);
  return value != NULL ? myrmex_parameter_convert (type, value) : NULL;
}

/* The value of a parameter that was given as text, on a command line: a string as it is, everything else as
 * JSON. A full reference, or %MYRMEX_ERROR_INVALID_ARGUMENT. */
GVariant *
myrmex_parameters_parse_text (GVariant    *declared,
                              const char  *name,
                              const char  *text,
                              GError     **error)
{
  g_autoptr (GVariant) spec = NULL;
  g_autoptr (GVariant) value = NULL;
  MyrmexParameterType type;

  g_return_val_if_fail (declared == NULL || g_variant_is_of_type (declared, G_VARIANT_TYPE_VARDICT), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  if (declared != NULL && g_utf8_validate (name, -1, NULL))
    spec = g_variant_lookup_value (declared, name, NULL);
  if (spec == NULL)
    {
      g_autofree char *message = describe_unknown (name, declared);

      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, message);
      return NULL;
    }
  if (!read_type (name, spec, &type, error))
    return NULL;
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Parameter “%s” is given with bytes that are no UTF-8"), name);
      return NULL;
    }

  value = read_text (type, text);
  if (value == NULL)
    {
      g_autofree char *shown = myrmex_show (text, strlen (text));

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   type >= MYRMEX_PARAMETER_ARRAY ? _("Parameter “%s” must be %s in JSON, not “%s”")
                                                  : _("Parameter “%s” must be %s, not “%s”"),
                   name, myrmex_parameter_type_describe (type), shown);
      return NULL;
    }
  return convert_given (name, type, spec, value, error);
}
