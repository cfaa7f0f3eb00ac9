/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-template-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"

/* Of what lies deeper than this, a GVariant that was serialised gives an empty tuple. */
#define MAX_DEPTH (127)

typedef struct
{
  MyrmexResolveFunc    resolve;   /* nullable: nothing is expanded, references are told of */
  MyrmexReferenceFunc  reference;
  gpointer             data;
  GPtrArray           *seen;
  gsize                size;      /* of all that was filled in */
} Walk;

/* Strings stand in a GVariant's data as they are, so that this needs to look at no child. */
static gboolean
has_opening (GVariant *value)
{
  gsize size = g_variant_get_size (value);

  return size > 0 && memmem (g_variant_get_data (value), size, "${{", 3) != NULL;
}

static gboolean
add_size (Walk      *self,
          GVariant  *value,
          GError   **error)
{
  self->size += g_variant_get_size (value);
  if (self->size <= MYRMEX_MAX_VALUE_BYTES)
    return TRUE;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
               _("The values that are filled in have more than %d bytes; pass large data as a file"),
               MYRMEX_MAX_VALUE_BYTES);
  return FALSE;
}

static GVariant *
expand_string (Walk      *self,
               GVariant  *value,
               gboolean   as_text,
               GError   **error)
{
  const char *text = g_variant_get_string (value, NULL);
  g_autoptr (MyrmexTemplate) template = NULL;
  g_autoptr (GVariant) expanded = NULL;
  char *filled;

  if (!myrmex_template_has_expressions (text))
    return g_variant_ref (value);

  template = myrmex_template_parse (text, -1, NULL, error);
  if (template == NULL)
    return NULL;

  if (self->resolve == NULL)
    {
      myrmex_template_foreach_reference (template, self->reference, self->data);
      return g_variant_ref (value);
    }

  if (as_text)
    {
      filled = myrmex_template_expand_text (template, self->resolve, self->data, self->seen, error);
      expanded = filled != NULL ? g_variant_ref_sink (g_variant_new_take_string (filled)) : NULL;
    }
  else
    {
      expanded = myrmex_template_expand (template, self->resolve, self->data, self->seen, error);
    }

  if (expanded == NULL || !add_size (self, expanded, error))
    return NULL;
  return g_steal_pointer (&expanded);
}

static GVariant *expand (Walk      *self,
                         GVariant  *value,
                         gboolean   as_text,
                         guint      depth,
                         GError   **error);

static GVariant *
expand_variant (Walk      *self,
                GVariant  *value,
                guint      depth,
                GError   **error)
{
  g_autoptr (GVariant) inner = g_variant_get_variant (value);
  g_autoptr (GVariant) expanded = expand (self, inner, FALSE, depth + 1, error);

  return expanded != NULL ? g_variant_ref_sink (g_variant_new_variant (expanded)) : NULL;
}

/* The new container has the type of the old one: only what stands in a variant may change its type. */
static GVariant *
expand_container (Walk      *self,
                  GVariant  *value,
                  guint      depth,
                  GError   **error)
{
  gboolean is_entry = g_variant_is_of_type (value, G_VARIANT_TYPE_DICT_ENTRY);
  gsize n = g_variant_n_children (value);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, g_variant_get_type (value));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) expanded = NULL;

      if (is_entry && i == 0)
        expanded = g_steal_pointer (&child);
      else
        expanded = expand (self, child, TRUE, depth + 1, error);

      if (expanded == NULL)
        {
          g_variant_builder_clear (&builder);
          return NULL;
        }
      g_variant_builder_add_value (&builder, expanded);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static gboolean
can_hold_strings (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);

  return strpbrk (type, "sv") != NULL;
}

static GVariant *
expand (Walk      *self,
        GVariant  *value,
        gboolean   as_text,
        guint      depth,
        GError   **error)
{
  if (depth > MAX_DEPTH)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("The value nests deeper than %d levels"), MAX_DEPTH);
      return NULL;
    }

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return expand_string (self, value, as_text, error);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    return expand_variant (self, value, depth, error);
  if (can_hold_strings (value))
    return expand_container (self, value, depth, error);
  return g_variant_ref (value);
}

/* A reference to @spec with every template in it expanded, or to @spec itself if there is none. Where a string
 * may be of no other type, as in an array of strings, what is filled in becomes text. */
GVariant *
myrmex_template_expand_value (GVariant           *spec,
                              MyrmexResolveFunc   resolve,
                              gpointer            data,
                              GPtrArray          *seen,
                              GError            **error)
{
  Walk walk = { .resolve = resolve, .data = data, .seen = seen };

  if (!has_opening (spec))
    return g_variant_ref (spec);
  return expand (&walk, spec, FALSE, 0, error);
}

/* Calls @func for each reference in each template in @spec; offsets are those in their strings. */
gboolean
myrmex_template_foreach_reference_in_value (GVariant             *spec,
                                            MyrmexReferenceFunc   func,
                                            gpointer              data,
                                            GError              **error)
{
  Walk walk = { .reference = func, .data = data };
  g_autoptr (GVariant) same = NULL;

  if (!has_opening (spec))
    return TRUE;
  same = expand (&walk, spec, FALSE, 0, error);
  return same != NULL;
}
