/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The values of the language, by their kind. Inside an evaluation null is %NULL, and no value is a variant or a
 * maybe: myrmex_operand_take() sees to that. */
typedef enum
{
  MYRMEX_OPERAND_NULL,
  MYRMEX_OPERAND_BOOLEAN,
  MYRMEX_OPERAND_NUMBER,
  MYRMEX_OPERAND_STRING, /* bytes are the string of their base64, as in JSON */
  MYRMEX_OPERAND_ARRAY,
  MYRMEX_OPERAND_OBJECT,
} MyrmexOperandKind;

/* Integers are compared and printed exactly, all other numbers are doubles. */
typedef struct
{
  gboolean is_integer;
  gint64   integer; /* where @is_integer */
  double   real;    /* always */
} MyrmexNumber;

typedef enum
{
  MYRMEX_ORDER_LESS,
  MYRMEX_ORDER_EQUAL,
  MYRMEX_ORDER_GREATER,
  MYRMEX_ORDER_NONE, /* neither; also of anything with NaN */
} MyrmexOrder;

GVariant          *myrmex_operand_take           (GVariant           *value);
GVariant          *myrmex_operand_borrow         (GVariant           *value);
MyrmexOperandKind  myrmex_operand_get_kind       (GVariant           *value);
const char        *myrmex_operand_kind_to_string (MyrmexOperandKind   kind);
gboolean           myrmex_operand_is_primitive   (GVariant           *value);
gboolean           myrmex_operand_is_true        (GVariant           *value);
MyrmexNumber       myrmex_operand_to_number      (GVariant           *value);
const char        *myrmex_operand_to_text        (GVariant           *value,
                                                  char              **owned);
MyrmexOrder        myrmex_operand_compare        (GVariant           *left,
                                                  GVariant           *right);
GVariant          *myrmex_operand_get_member     (GVariant           *container,
                                                  GVariant           *index,
                                                  gboolean           *found);

MyrmexNumber       myrmex_number_parse           (const char         *text,
                                                  gsize               length);
GVariant          *myrmex_number_to_value        (MyrmexNumber        number);
char              *myrmex_text_fold              (const char         *text);

G_END_DECLS
