/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "expression/myrmex-expression-program-private.h"
#include "expression/myrmex-expression-scanner-private.h"

/* Recursive descent, one function a level of precedence:
 *
 *     or       = and { "||" and }
 *     and      = equality { "&&" equality }
 *     equality = order { ( "==" | "!=" ) order }
 *     order    = unary { ( "<=" | "<" | ">=" | ">" ) unary }
 *     unary    = { "!" } postfix
 *     postfix  = literal | ( "(" or ")" | call | context ) { "." name | "." "*" | "[" or "]" | "[" "*" "]" }
 *     call     = name "(" [ or { "," or } ] ")"
 *
 * It recurses only by way of an opening bracket, and counts those. */

typedef struct
{
  MyrmexScanner    *scanner;
  MyrmexExpression *expression;
  guint             depth;
  guint             stack; /* how many values the program has on its stack here */
} Parser;

static gboolean parse_or (Parser *self);

/* @change is by how much the operation makes the stack grow. */
static guint
emit (Parser       *self,
      MyrmexOpCode  code,
      gsize         operand,
      guint         count,
      const char   *at,
      int           change)
{
  MyrmexOp op = { 0 };

  op.code = (guint16) code;
  op.operand = (guint16) operand;
  op.count = (guint16) count;
  op.offset = (guint16) (at - self->scanner->text);
  g_array_append_val (self->expression->program, op);

  self->stack = (guint) ((int) self->stack + change);
  self->expression->stack_size = MAX (self->expression->stack_size, self->stack);
  return self->expression->program->len - 1;
}

/* Takes the reference; NULL is null. */
static void
emit_constant (Parser     *self,
               GVariant   *value,
               const char *at)
{
  g_ptr_array_add (self->expression->constants, value);
  emit (self, MYRMEX_OP_CONSTANT, self->expression->constants->len - 1, 0, at, 1);
}

static gboolean
enter (Parser     *self,
       const char *at)
{
  if (self->depth == MYRMEX_MAX_EXPRESSION_DEPTH)
    return myrmex_scanner_fail (self->scanner, at, _("The expression nests deeper than %d levels"),
                                MYRMEX_MAX_EXPRESSION_DEPTH);

  self->depth++;
  return TRUE;
}

/* What stands between brackets, and the closing one. */
static gboolean
parse_bracketed (Parser     *self,
                 const char *opened,
                 const char *closing)
{
  if (!enter (self, opened) || !parse_or (self))
    return FALSE;
  if (!myrmex_scanner_accept (self->scanner, closing))
    return myrmex_scanner_fail_operator (self->scanner, opened, closing);

  self->depth--;
  return TRUE;
}

static gboolean
parse_literal (Parser     *self,
               GVariant *(*read) (MyrmexScanner *))
{
  const char *start = self->scanner->at;
  GVariant *value = read (self->scanner);

  if (value == NULL)
    return FALSE;
  emit_constant (self, value, start);
  return TRUE;
}

/* A name that is none here; the words of other languages have messages of their own. */
static gboolean
fail_name (Parser     *self,
           const char *name,
           const char *message)
{
  const char *hint;

  self->scanner->at = name;
  hint = myrmex_scanner_find_hint (self->scanner);
  return myrmex_scanner_fail (self->scanner, name, "%s", hint != NULL ? hint : message);
}

static gboolean
fail_arguments (Parser               *self,
                const char           *name,
                const MyrmexFunction *function,
                guint                 n)
{
  if (function->max_arguments == function->min_arguments)
    return myrmex_scanner_fail (self->scanner, name,
                                g_dngettext (GETTEXT_PACKAGE, "%s() takes %u argument, not %u",
                                             "%s() takes %u arguments, not %u", function->min_arguments),
                                function->name, function->min_arguments, n);
  return myrmex_scanner_fail (self->scanner, name, _("%s() takes %u to %u arguments, not %u"),
                              function->name, function->min_arguments, function->max_arguments, n);
}

static gboolean
parse_call (Parser     *self,
            const char *name,
            gsize       length)
{
  g_autofree char *shown = g_strndup (name, length);
  const char *opened = self->scanner->at - 1;
  const MyrmexFunction *function;
  guint index = 0;
  guint n = 0;

  while (index < myrmex_n_functions && g_ascii_strcasecmp (myrmex_functions[index].name, shown) != 0)
    index++;
  if (index == myrmex_n_functions)
    {
      g_autofree char *message = myrmex_expression_unknown_function (shown);

      return fail_name (self, name, message);
    }
  function = &myrmex_functions[index];

  if (!enter (self, opened))
    return FALSE;
  if (!myrmex_scanner_accept (self->scanner, ")"))
    {
      do
        {
          if (!parse_or (self))
            return FALSE;
          n++;
        }
      while (myrmex_scanner_accept (self->scanner, ","));
      if (!myrmex_scanner_accept (self->scanner, ")"))
        return myrmex_scanner_fail_operator (self->scanner, opened, ")");
    }
  self->depth--;

  if (n < function->min_arguments || n > function->max_arguments)
    return fail_arguments (self, name, function, n);

  self->expression->compares = TRUE;
  emit (self, MYRMEX_OP_CALL, index, n, name, 1 - (int) n);
  return TRUE;
}

/* Reads `.name`, `.*`, `[index]` or `[*]`. The index of all has no operation of its own. */
static gboolean
parse_index (Parser   *self,
             gboolean *all)
{
  const char *opened = self->scanner->at;
  GVariant *name;
  gsize length;

  *all = FALSE;
  if (myrmex_scanner_accept (self->scanner, "["))
    {
      if (myrmex_scanner_accept (self->scanner, "*"))
        {
          *all = TRUE;
          if (!myrmex_scanner_accept (self->scanner, "]"))
            return myrmex_scanner_fail_operator (self->scanner, opened, "]");
          return TRUE;
        }
      return parse_bracketed (self, opened, "]");
    }

  self->scanner->at++;
  if (myrmex_scanner_accept (self->scanner, "*"))
    {
      *all = TRUE;
      return TRUE;
    }
  length = myrmex_scanner_measure_name (self->scanner);
  if (length == 0)
    return myrmex_scanner_fail (self->scanner, self->scanner->at,
                                _("A name was expected after “.”; what is no name is written in brackets: ['…']"));

  name = g_variant_ref_sink (g_variant_new_take_string (g_strndup (self->scanner->at, length)));
  emit_constant (self, name, self->scanner->at);
  self->scanner->at += length;
  return TRUE;
}

static gboolean
at_index (Parser *self)
{
  const char *at = myrmex_scanner_skip_space (self->scanner);

  return at < self->scanner->end && (*at == '.' || *at == '[');
}

/* Takes the operation back if it was the only one since @program: its value is the key of a reference. */
static char *
steal_constant_key (Parser *self,
                    guint   program)
{
  MyrmexExpression *expression = self->expression;
  const MyrmexOp *op = &g_array_index (expression->program, MyrmexOp, program);
  char *key;

  if (expression->program->len != program + 1 || op->code != MYRMEX_OP_CONSTANT)
    return NULL;

  key = myrmex_expression_to_text (g_ptr_array_index (expression->constants, op->operand));
  g_ptr_array_set_size (expression->constants, (int) op->operand);
  g_array_set_size (expression->program, program);
  self->stack--;
  return key;
}

static gboolean
parse_context (Parser     *self,
               guint       context,
               const char *name)
{
  MyrmexReference reference = { 0 };
  guint program = self->expression->program->len;
  gboolean all = FALSE;

  reference.context = myrmex_contexts[context];
  reference.offset = (gsize) (name - self->scanner->text);

  /* `value` is any value, not a table of names: it is taken whole, and then indexed as values are. */
  if (!g_str_equal (reference.context, "value") && at_index (self))
    {
      if (!parse_index (self, &all))
        return FALSE;
      reference.key = all ? NULL : steal_constant_key (self, program);
      if (!all && reference.key == NULL)
        emit (self, MYRMEX_OP_LOOKUP, context, 0, name, 0);
    }

  if (self->expression->program->len == program)
    emit (self, MYRMEX_OP_REFERENCE, self->expression->references->len, 0, name, 1);
  if (all)
    emit (self, MYRMEX_OP_ALL, 0, 0, name, 0);
  g_array_append_val (self->expression->references, reference);
  return TRUE;
}

/* A word: a literal, a call, or a context. @indexable tells whether an index may follow. */
static gboolean
parse_word (Parser   *self,
            gboolean *indexable,
            gboolean *is_context)
{
  const char *name = self->scanner->at;
  gsize length = myrmex_scanner_measure_name (self->scanner);
  g_autofree char *word = g_strndup (name, length);
  g_autofree char *message = NULL;

  self->scanner->at += length;
  if (g_str_equal (word, "null"))
    emit_constant (self, NULL, name);
  else if (g_str_equal (word, "true") || g_str_equal (word, "false"))
    emit_constant (self, g_variant_ref_sink (g_variant_new_boolean (word[0] == 't')), name);
  else if (g_str_equal (word, "NaN"))
    emit_constant (self, g_variant_ref_sink (g_variant_new_double (NAN)), name);
  else if (g_str_equal (word, "Infinity"))
    emit_constant (self, g_variant_ref_sink (g_variant_new_double (INFINITY)), name);
  else
    *indexable = TRUE;
  if (!*indexable)
    return TRUE;

  if (myrmex_scanner_accept (self->scanner, "("))
    return parse_call (self, name, length);

  for (guint i = 0; i < myrmex_n_contexts; i++)
    {
      if (g_ascii_strcasecmp (myrmex_contexts[i], word) == 0)
        {
          *is_context = TRUE;
          return parse_context (self, i, name);
        }
    }

  message = myrmex_expression_unknown_name (word);
  return fail_name (self, name, message);
}

static gboolean
parse_postfix (Parser *self)
{
  gboolean indexable = FALSE;
  gboolean is_context = FALSE;
  const char *start = myrmex_scanner_skip_space (self->scanner);

  if (start == self->scanner->end)
    return myrmex_scanner_fail_value (self->scanner);
  if (*start == '\'')
    return parse_literal (self, myrmex_scanner_read_string);
  if (strchr (".-+", *start) != NULL || g_ascii_isdigit (*start))
    return parse_literal (self, myrmex_scanner_read_number);

  if (myrmex_scanner_is_name_start (*start))
    {
      if (!parse_word (self, &indexable, &is_context))
        return FALSE;
    }
  else if (*start == '(')
    {
      self->scanner->at++;
      indexable = TRUE;
      if (!parse_bracketed (self, start, ")"))
        return FALSE;
    }
  else
    {
      return myrmex_scanner_fail_value (self->scanner);
    }

  while (indexable && at_index (self))
    {
      const char *at = self->scanner->at;
      gboolean all;

      if (!parse_index (self, &all))
        return FALSE;
      emit (self, all ? MYRMEX_OP_ALL : MYRMEX_OP_INDEX, 0, 0, at, all ? 0 : -1);
    }

  if (is_context)
    {
      const char *end = self->scanner->at;

      while (g_ascii_isspace (end[-1]))
        end--;
      emit (self, MYRMEX_OP_SEEN, (gsize) (end - start), 0, start, 0);
    }
  return TRUE;
}

static gboolean
parse_unary (Parser *self)
{
  const char *at = myrmex_scanner_skip_space (self->scanner);
  guint n = 0;

  while (myrmex_scanner_looking_at (self->scanner, "!") && !myrmex_scanner_looking_at (self->scanner, "!="))
    {
      self->scanner->at++;
      n++;
      myrmex_scanner_skip_space (self->scanner);
    }

  if (!parse_postfix (self))
    return FALSE;

  /* Two of them make a boolean, four make no other one. */
  for (n = n > 2 ? 2 - n % 2 : n; n > 0; n--)
    emit (self, MYRMEX_OP_NOT, 0, 0, at, 0);
  return TRUE;
}

static gboolean
parse_order (Parser *self)
{
  if (!parse_unary (self))
    return FALSE;

  while (TRUE)
    {
      const char *at = myrmex_scanner_skip_space (self->scanner);
      MyrmexOpCode code;

      if (myrmex_scanner_accept (self->scanner, "<="))
        code = MYRMEX_OP_LESS_EQUAL;
      else if (myrmex_scanner_accept (self->scanner, ">="))
        code = MYRMEX_OP_GREATER_EQUAL;
      else if (myrmex_scanner_accept (self->scanner, "<"))
        code = MYRMEX_OP_LESS;
      else if (myrmex_scanner_accept (self->scanner, ">"))
        code = MYRMEX_OP_GREATER;
      else
        return TRUE;

      if (!parse_unary (self))
        return FALSE;
      self->expression->compares = TRUE;
      emit (self, code, 0, 0, at, -1);
    }
}

static gboolean
parse_equality (Parser *self)
{
  if (!parse_order (self))
    return FALSE;

  while (TRUE)
    {
      const char *at = myrmex_scanner_skip_space (self->scanner);
      MyrmexOpCode code;

      if (myrmex_scanner_looking_at (self->scanner, "===") || myrmex_scanner_looking_at (self->scanner, "!=="))
        return myrmex_scanner_fail (self->scanner, at, _("There is no operator “%.3s”; write “%.2s”"), at, at);
      if (myrmex_scanner_accept (self->scanner, "=="))
        code = MYRMEX_OP_EQUAL;
      else if (myrmex_scanner_accept (self->scanner, "!="))
        code = MYRMEX_OP_NOT_EQUAL;
      else
        return TRUE;

      if (!parse_order (self))
        return FALSE;
      self->expression->compares = TRUE;
      emit (self, code, 0, 0, at, -1);
    }
}

/* A chain jumps from one link to the next: a link that decides has the next one decide the same. */
static gboolean
parse_chain (Parser       *self,
             const char   *symbol,
             MyrmexOpCode  jump,
             gboolean    (*parse_link) (Parser *))
{
  if (!parse_link (self))
    return FALSE;

  while (TRUE)
    {
      const char *at = myrmex_scanner_skip_space (self->scanner);
      guint op;

      if (!myrmex_scanner_accept (self->scanner, symbol))
        return TRUE;

      op = emit (self, jump, 0, 0, at, 0);
      emit (self, MYRMEX_OP_POP, 0, 0, at, -1);
      if (!parse_link (self))
        return FALSE;
      g_array_index (self->expression->program, MyrmexOp, op).operand = (guint16) self->expression->program->len;
    }
}

static gboolean
parse_and (Parser *self)
{
  return parse_chain (self, "&&", MYRMEX_OP_JUMP_IF_FALSE, parse_equality);
}

static gboolean
parse_or (Parser *self)
{
  return parse_chain (self, "||", MYRMEX_OP_JUMP_IF_TRUE, parse_and);
}

/* A condition may stand between `${{` and `}}`, as GitHub has it. */
static void
strip_braces (Parser *self)
{
  const char *end = self->scanner->end;

  while (end > self->scanner->at && g_ascii_isspace (end[-1]))
    end--;
  myrmex_scanner_skip_space (self->scanner);
  if (myrmex_scanner_looking_at (self->scanner, "${{") && end - self->scanner->at >= 5 &&
      end[-1] == '}' && end[-2] == '}')
    {
      self->scanner->at += 3;
      self->scanner->end = end - 2;
    }
}

static gboolean
parse_text (Parser *self)
{
  const char *bad;

  if (!g_utf8_validate (self->scanner->text, self->scanner->end - self->scanner->text, &bad))
    return myrmex_scanner_fail (self->scanner, bad, _("The byte 0x%02x is no UTF-8"), (guchar) *bad);

  strip_braces (self);
  myrmex_scanner_skip_space (self->scanner);
  if (self->scanner->at == self->scanner->end)
    return myrmex_scanner_fail (self->scanner, self->scanner->at, _("The expression is empty"));
  if (!parse_or (self))
    return FALSE;
  myrmex_scanner_skip_space (self->scanner);
  return self->scanner->at == self->scanner->end || myrmex_scanner_fail_operator (self->scanner, NULL, NULL);
}

static void
constant_free (gpointer data)
{
  if (data != NULL)
    g_variant_unref (data);
}

static void
reference_clear (gpointer data)
{
  MyrmexReference *reference = data;

  g_free (reference->key);
}

/* The message of the error has no column: it belongs to @error_offset. */
MyrmexExpression *
myrmex_expression_compile (const char  *text,
                           gsize        length,
                           gsize       *error_offset,
                           GError     **error)
{
  g_autoptr (MyrmexExpression) expression = NULL;
  MyrmexScanner scanner = { 0 };
  Parser self = { .scanner = &scanner };

  if (length > MYRMEX_MAX_EXPRESSION_BYTES)
    {
      *error_offset = 0;
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION, _("The expression has %zu bytes; it may have %d"),
                   length, MYRMEX_MAX_EXPRESSION_BYTES);
      return NULL;
    }

  expression = g_new0 (MyrmexExpression, 1);
  expression->ref_count = 1;
  expression->text = g_strndup (text, length);
  expression->first_column = 1;
  expression->program = g_array_new (FALSE, FALSE, sizeof (MyrmexOp));
  expression->constants = g_ptr_array_new_with_free_func (constant_free);
  expression->references = g_array_new (FALSE, FALSE, sizeof (MyrmexReference));
  g_array_set_clear_func (expression->references, reference_clear);

  scanner.text = expression->text;
  scanner.at = expression->text;
  scanner.end = expression->text + length;
  self.expression = expression;

  if (!parse_text (&self))
    {
      *error_offset = scanner.error_offset;
      g_propagate_error (error, scanner.error);
      return NULL;
    }
  return g_steal_pointer (&expression);
}
