/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-template-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "expression/myrmex-expression-program-private.h"

#define OPENING "${{"

/* In one text: each is a program of its own, of hundreds of bytes. */
#define MAX_EXPRESSIONS (10000)

/* A run of plain text, or an expression. */
typedef struct
{
  gsize             start; /* of the text, or of what stands behind the opening braces */
  gsize             length;
  MyrmexExpression *expression; /* nullable */
} Part;

struct _MyrmexTemplate
{
  gint    ref_count;
  char   *text;
  GArray *parts; /* of Part; an empty text has none */
};

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_clear_pointer (&part->expression, myrmex_expression_unref);
}

MyrmexTemplate *
myrmex_template_ref (MyrmexTemplate *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
myrmex_template_unref (MyrmexTemplate *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_array_unref (self->parts);
  g_free (self->text);
  g_free (self);
}

/* Whether it is worth to parse @text; it may still have mistakes in it. */
gboolean
myrmex_template_has_expressions (const char *text)
{
  return strstr (text, OPENING) != NULL;
}

/* The closing braces, with no regard to those within quotes; NULL if there are none. */
static const char *
find_closing (const char *at)
{
  gboolean quoted = FALSE;

  for (; *at != '\0'; at++)
    {
      if (*at == '\'')
        quoted = !quoted;
      else if (!quoted && at[0] == '}' && at[1] == '}')
        return at;
    }
  return NULL;
}

/* The expression of which the opening braces are at @opening; @end is behind its closing ones. @column is that of
 * the text up to @counted, so that many expressions in one text are not counted from its start each. */
static gboolean
add_expression (MyrmexTemplate  *self,
                const char      *opening,
                const char     **end,
                guint           *column,
                const char     **counted,
                gsize           *error_offset,
                GError         **error)
{
  const char *start = opening + strlen (OPENING);
  const char *closing = find_closing (start);
  Part part = { 0 };

  if (closing == NULL)
    {
      gboolean quoted = strstr (start, "}}") != NULL;

      *error_offset = (gsize) (opening - self->text);
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION,
                           quoted ? _("The “${{” that stands here is not closed: its “}}” is inside a quoted string")
                                  : _("The “${{” that stands here is not closed: “}}” is missing"));
      return FALSE;
    }

  part.start = (gsize) (start - self->text);
  part.length = (gsize) (closing - start);
  part.expression = myrmex_expression_compile (start, part.length, error_offset, error);
  if (part.expression == NULL)
    {
      *error_offset += part.start;
      return FALSE;
    }

  *column += (guint) g_utf8_pointer_to_offset (*counted, start);
  *counted = start;
  part.expression->first_column = *column;
  g_array_append_val (self->parts, part);
  *end = closing + 2;
  return TRUE;
}

static gboolean
parse_parts (MyrmexTemplate  *self,
             gsize           *error_offset,
             GError         **error)
{
  const char *at = self->text;
  const char *counted = at;
  guint column = 1;

  guint n = 0;

  while (*at != '\0')
    {
      const char *opening = strstr (at, OPENING);
      gsize length = opening != NULL ? (gsize) (opening - at) : strlen (at);

      if (opening != NULL && n++ == MAX_EXPRESSIONS)
        {
          *error_offset = (gsize) (opening - self->text);
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, _("A text may have at most %d expressions"),
                       MAX_EXPRESSIONS);
          return FALSE;
        }

      if (length > 0)
        {
          Part part = { .start = (gsize) (at - self->text), .length = length };
          g_array_append_val (self->parts, part);
        }
      at += length;
      if (opening != NULL && !add_expression (self, opening, &at, &column, &counted, error_offset, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_text (const char  *text,
            gsize        length,
            gsize       *error_offset,
            GError     **error)
{
  const char *bad;

  if (g_utf8_validate (text, (gssize) length, &bad))
    return TRUE;

  *error_offset = (gsize) (bad - text);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, _("The byte 0x%02x is no UTF-8"), (guchar) *bad);
  return FALSE;
}

/* Compiles the @length bytes of @text, or all of it when that is negative. Errors are those of
 * myrmex_expression_parse(). */
MyrmexTemplate *
myrmex_template_parse (const char  *text,
                       gssize       length,
                       gsize       *error_offset,
                       GError     **error)
{
  g_autoptr (MyrmexTemplate) self = g_new0 (MyrmexTemplate, 1);
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  gsize offset = 0;

  self->ref_count = 1;
  self->text = g_strndup (text, size);
  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (self->parts, part_clear);

  if (check_text (text, size, &offset, error) && parse_parts (self, &offset, error))
    return g_steal_pointer (&self);

  if (error_offset != NULL)
    *error_offset = offset;
  else
    myrmex_expression_add_column (self->text, offset, 1, error);
  return NULL;
}

typedef struct
{
  MyrmexReferenceFunc func;
  gpointer            data;
  gsize               start;
} Shift;

/* Offsets are those in the whole text. */
static void
shift_cb (const char *context,
          const char *key,
          gsize       offset,
          gpointer    data)
{
  const Shift *shift = data;

  shift->func (context, key, shift->start + offset, shift->data);
}

void
myrmex_template_foreach_reference (MyrmexTemplate      *self,
                                   MyrmexReferenceFunc  func,
                                   gpointer             data)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);
      Shift shift = { func, data, part->start };

      if (part->expression != NULL)
        myrmex_expression_foreach_reference (part->expression, shift_cb, &shift);
    }
}

static gboolean
append_part (MyrmexTemplate     *self,
             const Part         *part,
             GString            *text,
             MyrmexResolveFunc   resolve,
             gpointer            data,
             GPtrArray          *seen,
             GError            **error)
{
  g_autoptr (GVariant) value = NULL;
  g_autofree char *more = NULL;

  if (part->expression == NULL)
    {
      g_string_append_len (text, self->text + part->start, (gssize) part->length);
    }
  else
    {
      value = myrmex_expression_evaluate (part->expression, resolve, data, seen, error);
      if (value == NULL)
        return FALSE;
      more = myrmex_expression_to_text (value);
      g_string_append (text, more);
    }

  if (text->len >= MYRMEX_MAX_VALUE_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                   _("With its expressions filled in, the text has more than %d bytes; pass large data as a file"),
                   MYRMEX_MAX_VALUE_BYTES);
      return FALSE;
    }
  return TRUE;
}

/* As text, also where the whole of it is one expression: null is empty, arrays and objects are their JSON. */
char *
myrmex_template_expand_text (MyrmexTemplate     *self,
                             MyrmexResolveFunc   resolve,
                             gpointer            data,
                             GPtrArray          *seen,
                             GError            **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->parts->len; i++)
    {
      if (!append_part (self, &g_array_index (self->parts, Part, i), text, resolve, data, seen, error))
        return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* A reference. Where the whole text is one expression, its value, of whatever type; else a string. */
GVariant *
myrmex_template_expand (MyrmexTemplate     *self,
                        MyrmexResolveFunc   resolve,
                        gpointer            data,
                        GPtrArray          *seen,
                        GError            **error)
{
  char *text;

  if (self->parts->len == 1 && g_array_index (self->parts, Part, 0).expression != NULL)
    return myrmex_expression_evaluate (g_array_index (self->parts, Part, 0).expression, resolve, data, seen, error);

  text = myrmex_template_expand_text (self, resolve, data, seen, error);
  return text != NULL ? g_variant_ref_sink (g_variant_new_take_string (text)) : NULL;
}
