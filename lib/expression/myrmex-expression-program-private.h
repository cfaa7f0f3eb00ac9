/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/myrmex-limits.h"
#include "expression/myrmex-expression-private.h"

G_BEGIN_DECLS

/* An expression is compiled to a program for a stack of values, so that evaluating it needs no recursion and
 * costs no more steps than it has operations: jumps only go forward.
 *
 * `a && b || c` becomes
 *
 *     reference a; jump-if-false 1; pop; reference b; 1: jump-if-true 2; pop; reference c; 2:
 */
typedef enum
{
  MYRMEX_OP_CONSTANT,      /* push the constant @operand */
  MYRMEX_OP_REFERENCE,     /* push what the reference @operand is */
  MYRMEX_OP_LOOKUP,        /* pop a key, push what it is in the context @operand */
  MYRMEX_OP_INDEX,         /* pop an index, then a container; push what is there */
  MYRMEX_OP_ALL,           /* pop a container, push all that is in it */
  MYRMEX_OP_SEEN,          /* note the top as the value of the text from @offset on, @operand bytes */
  MYRMEX_OP_NOT,
  MYRMEX_OP_LESS,
  MYRMEX_OP_LESS_EQUAL,
  MYRMEX_OP_GREATER,
  MYRMEX_OP_GREATER_EQUAL,
  MYRMEX_OP_EQUAL,
  MYRMEX_OP_NOT_EQUAL,
  MYRMEX_OP_JUMP_IF_FALSE, /* to the operation @operand, if the top is false */
  MYRMEX_OP_JUMP_IF_TRUE,
  MYRMEX_OP_POP,
  MYRMEX_OP_CALL,          /* pop @count arguments, push what the function @operand makes of them */
} MyrmexOpCode;

/* All of it fits 16 bits, since each operation comes of a byte of the text at least. */
typedef struct
{
  guint16 code;
  guint16 operand;
  guint16 count;
  guint16 offset; /* in the text, for messages */
} MyrmexOp;
G_STATIC_ASSERT (MYRMEX_MAX_EXPRESSION_BYTES < G_MAXUINT16 / 4);

typedef struct
{
  const char *context; /* static */
  char       *key;     /* owned; %NULL for the whole context, or where the key is computed */
  gsize       offset;
} MyrmexReference;

struct _MyrmexExpression
{
  gint       ref_count;
  char      *text;
  GArray    *program;      /* of MyrmexOp */
  GPtrArray *constants;    /* of GVariant or NULL, which is null */
  GArray    *references;   /* of MyrmexReference */
  guint      stack_size;
  guint      first_column; /* of the text in what it is a part of */
  gboolean   compares;     /* so that what references give must keep its identity */
};

/* A function takes operands and gives a reference to a value, or NULL for null, or an error. */
typedef GVariant *(*MyrmexFunctionFunc) (GVariant * const  *arguments,
                                         guint              n,
                                         GError           **error);

typedef struct
{
  const char         *name;
  guint               min_arguments;
  guint               max_arguments;
  MyrmexFunctionFunc  func;
} MyrmexFunction;

extern const MyrmexFunction  myrmex_functions[];
extern const guint           myrmex_n_functions;
extern const char * const    myrmex_contexts[];
extern const guint           myrmex_n_contexts;

MyrmexExpression *myrmex_expression_compile          (const char        *text,
                                                      gsize              length,
                                                      gsize             *error_offset,
                                                      GError           **error);
char             *myrmex_expression_unknown_function (const char        *name);
char             *myrmex_expression_unknown_name     (const char        *name);
void              myrmex_expression_add_column       (const char        *text,
                                                      gsize              offset,
                                                      guint              first_column,
                                                      GError           **error);
void              myrmex_seen_add                    (GPtrArray         *seen,
                                                      const char        *path,
                                                      gsize              length,
                                                      GVariant          *value);

G_END_DECLS
