/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-expression-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-value.h"
#include "expression/myrmex-expression-program-private.h"

static void
seen_free (gpointer data)
{
  MyrmexSeen *seen = data;

  g_free (seen->path);
  g_variant_unref (seen->value);
  g_free (seen);
}

/* An array for evaluations to put #MyrmexSeen into. */
GPtrArray *
myrmex_seen_new (void)
{
  return g_ptr_array_new_with_free_func (seen_free);
}

/* A path is noted once, however often it is looked at. */
void
myrmex_seen_add (GPtrArray  *seen,
                 const char *path,
                 gsize       length,
                 GVariant   *value)
{
  MyrmexSeen *entry;

  for (guint i = 0; i < seen->len; i++)
    {
      const MyrmexSeen *other = seen->pdata[i];

      if (strncmp (other->path, path, length) == 0 && other->path[length] == '\0')
        return;
    }

  entry = g_new0 (MyrmexSeen, 1);
  entry->path = g_strndup (path, length);
  entry->value = value != NULL ? g_variant_ref (value) : g_variant_ref_sink (myrmex_value_new_null ());
  g_ptr_array_add (seen, entry);
}

/* Puts the column before the message of an error, in characters from 1. */
void
myrmex_expression_add_column (const char  *text,
                              gsize        offset,
                              guint        first_column,
                              GError     **error)
{
  glong column = first_column;

  for (gsize i = 0; i < offset && text[i] != '\0'; i++)
    column += ((guchar) text[i] & 0xc0) != 0x80;
  g_prefix_error (error, _("column %ld: "), column);
}

/* Compiles the @length bytes of @text, or all of it when that is negative. They may stand between `${{` and
 * `}}`.
 *
 * The error is %MYRMEX_ERROR_EXPRESSION. Its message begins with “column N: ”, unless the caller asks for the
 * @error_offset, in bytes, and makes a position of it. */
MyrmexExpression *
myrmex_expression_parse (const char  *text,
                         gssize       length,
                         gsize       *error_offset,
                         GError     **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  gsize offset = 0;
  MyrmexExpression *expression = myrmex_expression_compile (text, size, &offset, error);

  if (expression == NULL && error_offset != NULL)
    *error_offset = offset;
  else if (expression == NULL)
    myrmex_expression_add_column (text, offset, 1, error);
  return expression;
}

MyrmexExpression *
myrmex_expression_ref (MyrmexExpression *expression)
{
  g_atomic_int_inc (&expression->ref_count);
  return expression;
}

void
myrmex_expression_unref (MyrmexExpression *expression)
{
  if (!g_atomic_int_dec_and_test (&expression->ref_count))
    return;

  g_array_unref (expression->program);
  g_array_unref (expression->references);
  g_ptr_array_unref (expression->constants);
  g_free (expression->text);
  g_free (expression);
}

const char *
myrmex_expression_get_text (MyrmexExpression *expression)
{
  return expression->text;
}

void
myrmex_expression_foreach_reference (MyrmexExpression    *expression,
                                     MyrmexReferenceFunc  func,
                                     gpointer             data)
{
  for (guint i = 0; i < expression->references->len; i++)
    {
      const MyrmexReference *reference = &g_array_index (expression->references, MyrmexReference, i);

      func (reference->context, reference->key, reference->offset, data);
    }
}
