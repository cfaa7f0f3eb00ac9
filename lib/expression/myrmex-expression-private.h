/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An expression of GitHub Actions' language over the contexts `tasks`, `parameters`, `env`, `run` and, which has
 * no key, `value`. See README.md for the language. It is immutable; any thread may evaluate it, also several at
 * once. */
typedef struct _MyrmexExpression MyrmexExpression;

/* Asked for `context.key`, or with a %NULL @key for the whole context, at most once in an evaluation for each.
 * Returns a reference, or %NULL without an error for null. @context is one of the five words in lower case,
 * @key is as written in the expression. */
typedef GVariant *(*MyrmexResolveFunc)   (const char  *context,
                                          const char  *key,
                                          gpointer     data,
                                          GError     **error);

/* Told of each `context.key`; @key is %NULL where the expression takes the whole context or computes the key.
 * @offset is that of the context's name, in bytes from the start of the text. */
typedef void      (*MyrmexReferenceFunc) (const char  *context,
                                          const char  *key,
                                          gsize        offset,
                                          gpointer     data);

/* What an evaluation looked at, for `explain`. */
typedef struct
{
  char     *path;  /* as written, such as `tasks.fetch.value` */
  GVariant *value; /* what it was; null is myrmex_value_new_null() */
} MyrmexSeen;

GPtrArray        *myrmex_seen_new                     (void) G_GNUC_WARN_UNUSED_RESULT;

MyrmexExpression *myrmex_expression_parse             (const char           *text,
                                                       gssize                length,
                                                       gsize                *error_offset,
                                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
MyrmexExpression *myrmex_expression_ref               (MyrmexExpression     *expression);
void              myrmex_expression_unref             (MyrmexExpression     *expression);
const char       *myrmex_expression_get_text          (MyrmexExpression     *expression);
void              myrmex_expression_foreach_reference (MyrmexExpression     *expression,
                                                       MyrmexReferenceFunc   func,
                                                       gpointer              data);
GVariant         *myrmex_expression_evaluate          (MyrmexExpression     *expression,
                                                       MyrmexResolveFunc     resolve,
                                                       gpointer              data,
                                                       GPtrArray            *seen,
                                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* The language's coercions, for any value; %NULL is null. */
gboolean          myrmex_expression_is_true           (GVariant             *value);
char             *myrmex_expression_to_text           (GVariant             *value) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MyrmexExpression, myrmex_expression_unref)

G_END_DECLS
