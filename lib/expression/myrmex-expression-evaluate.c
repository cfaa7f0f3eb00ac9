/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expression/myrmex-expression-private.h"

#include "base/myrmex-value.h"
#include "expression/myrmex-expression-program-private.h"
#include "expression/myrmex-expression-value-private.h"

/* A value on the stack. What `*` gave is an array of which an index takes the part of each element. */
typedef struct
{
  GVariant *value; /* owned; %NULL is null */
  gboolean  filtered;
} Slot;

/* What a reference came to, so that it is asked for only once. */
typedef struct
{
  const char *context;
  char       *key;   /* nullable */
  GVariant   *value; /* nullable */
} Resolved;

typedef struct
{
  MyrmexExpression  *expression;
  MyrmexResolveFunc  resolve;
  gpointer           data;
  GPtrArray         *seen; /* nullable */
  GArray            *resolved;
  Slot              *stack;
  guint              depth;
} Evaluation;

static void
resolved_clear (gpointer data)
{
  Resolved *resolved = data;

  g_free (resolved->key);
  g_clear_pointer (&resolved->value, g_variant_unref);
}

/* Takes the reference. */
static void
push (Evaluation *self,
      GVariant   *value)
{
  g_assert (self->depth < self->expression->stack_size);

  self->stack[self->depth].value = value;
  self->stack[self->depth].filtered = FALSE;
  self->depth++;
}

static Slot *
get_top (Evaluation *self)
{
  return &self->stack[self->depth - 1];
}

/* Gives the reference away. */
static GVariant *
pop (Evaluation *self)
{
  return self->stack[--self->depth].value;
}

static gboolean
push_resolved (Evaluation  *self,
               const char  *context,
               const char  *key,
               GError     **error)
{
  g_autoptr (GError) own_error = NULL;
  Resolved resolved = { 0 };

  for (guint i = 0; i < self->resolved->len; i++)
    {
      const Resolved *known = &g_array_index (self->resolved, Resolved, i);

      if (known->context == context && g_strcmp0 (known->key, key) == 0)
        {
          push (self, known->value != NULL ? g_variant_ref (known->value) : NULL);
          return TRUE;
        }
    }

  resolved.value = myrmex_operand_take (self->resolve (context, key, self->data, &own_error));
  if (own_error != NULL)
    {
      g_clear_pointer (&resolved.value, g_variant_unref);
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  /* A value of which parts are compared is serialised first: then each part stands at one place for good. */
  if (resolved.value != NULL && self->expression->compares && !myrmex_operand_is_primitive (resolved.value))
    g_variant_get_data (resolved.value);

  resolved.context = context;
  resolved.key = g_strdup (key);
  g_array_append_val (self->resolved, resolved);
  push (self, resolved.value != NULL ? g_variant_ref (resolved.value) : NULL);
  return TRUE;
}

static gboolean
lookup (Evaluation  *self,
        const char  *context,
        GError     **error)
{
  g_autoptr (GVariant) index = pop (self);
  g_autofree char *owned = NULL;

  return push_resolved (self, context, myrmex_operand_to_text (index, &owned), error);
}

static void
add_element (GVariantBuilder *builder,
             GVariant        *element)
{
  g_variant_builder_add_value (builder, g_variant_new_variant (element != NULL ? element : myrmex_value_new_null ()));
}

/* Adds all that is in the container to the array; a primitive has nothing in it. */
static void
add_all (GVariantBuilder *builder,
         GVariant        *container)
{
  MyrmexOperandKind kind = myrmex_operand_get_kind (container);

  if (kind != MYRMEX_OPERAND_ARRAY && kind != MYRMEX_OPERAND_OBJECT)
    return;

  for (gsize i = 0; i < g_variant_n_children (container); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (container, i);
      g_autoptr (GVariant) element = NULL;

      if (kind == MYRMEX_OPERAND_OBJECT)
        {
          g_autoptr (GVariant) entry = g_steal_pointer (&child);
          child = g_variant_get_child_value (entry, 1);
        }
      element = myrmex_operand_take (g_steal_pointer (&child));
      add_element (builder, element);
    }
}

/* `*` after what `*` gave goes one level deeper in each element, as GitHub has it. */
static void
take_all (Evaluation *self)
{
  gboolean filtered = get_top (self)->filtered;
  g_autoptr (GVariant) container = pop (self);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  if (!filtered)
    {
      add_all (&builder, container);
    }
  else
    {
      for (gsize i = 0; i < g_variant_n_children (container); i++)
        {
          g_autoptr (GVariant) element = myrmex_operand_take (g_variant_get_child_value (container, i));
          add_all (&builder, element);
        }
    }

  push (self, g_variant_ref_sink (g_variant_builder_end (&builder)));
  get_top (self)->filtered = TRUE;
}

/* Of each element the part at the index; elements that have none are left out. */
static GVariant *
index_each (GVariant *elements,
            GVariant *index)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gsize i = 0; i < g_variant_n_children (elements); i++)
    {
      g_autoptr (GVariant) element = myrmex_operand_take (g_variant_get_child_value (elements, i));
      gboolean found;
      g_autoptr (GVariant) part = myrmex_operand_get_member (element, index, &found);

      if (found)
        add_element (&builder, part);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
take_index (Evaluation *self)
{
  g_autoptr (GVariant) index = pop (self);
  gboolean filtered = get_top (self)->filtered;
  g_autoptr (GVariant) container = pop (self);

  if (!filtered)
    {
      push (self, myrmex_operand_get_member (container, index, NULL));
      return;
    }

  push (self, index_each (container, index));
  get_top (self)->filtered = TRUE;
}

static void
compare (Evaluation   *self,
         MyrmexOpCode  code)
{
  g_autoptr (GVariant) right = pop (self);
  g_autoptr (GVariant) left = pop (self);
  MyrmexOrder order = myrmex_operand_compare (left, right);
  gboolean result;

  switch (code)
    {
    case MYRMEX_OP_LESS:
      result = order == MYRMEX_ORDER_LESS;
      break;
    case MYRMEX_OP_LESS_EQUAL:
      result = order == MYRMEX_ORDER_LESS || order == MYRMEX_ORDER_EQUAL;
      break;
    case MYRMEX_OP_GREATER:
      result = order == MYRMEX_ORDER_GREATER;
      break;
    case MYRMEX_OP_GREATER_EQUAL:
      result = order == MYRMEX_ORDER_GREATER || order == MYRMEX_ORDER_EQUAL;
      break;
    case MYRMEX_OP_EQUAL:
      result = order == MYRMEX_ORDER_EQUAL;
      break;
    default:
      result = order != MYRMEX_ORDER_EQUAL;
      break;
    }

  push (self, g_variant_ref_sink (g_variant_new_boolean (result)));
}

static void
negate (Evaluation *self)
{
  g_autoptr (GVariant) value = pop (self);

  push (self, g_variant_ref_sink (g_variant_new_boolean (!myrmex_operand_is_true (value))));
}

static gboolean
call (Evaluation            *self,
      const MyrmexFunction  *function,
      guint                  n,
      GError               **error)
{
  g_autofree GVariant **arguments = g_new (GVariant *, n + 1);
  GError *own_error = NULL;
  GVariant *result;

  for (guint i = n; i > 0; i--)
    arguments[i - 1] = pop (self);
  result = function->func (arguments, n, &own_error);
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&arguments[i], g_variant_unref);

  if (own_error != NULL)
    {
      g_prefix_error (&own_error, "%s(): ", function->name);
      g_propagate_error (error, own_error);
      return FALSE;
    }
  push (self, myrmex_operand_take (result));
  return TRUE;
}

static void
push_constant (Evaluation *self,
               guint       index)
{
  GVariant *constant = self->expression->constants->pdata[index];

  push (self, constant != NULL ? g_variant_ref (constant) : NULL);
}

/* One operation; @next is where the program goes on. */
static gboolean
step (Evaluation      *self,
      const MyrmexOp  *op,
      guint           *next,
      GError         **error)
{
  const MyrmexReference *reference;

  switch ((MyrmexOpCode) op->code)
    {
    case MYRMEX_OP_CONSTANT:
      push_constant (self, op->operand);
      return TRUE;
    case MYRMEX_OP_REFERENCE:
      reference = &g_array_index (self->expression->references, MyrmexReference, op->operand);
      return push_resolved (self, reference->context, reference->key, error);
    case MYRMEX_OP_LOOKUP:
      return lookup (self, myrmex_contexts[op->operand], error);
    case MYRMEX_OP_INDEX:
      take_index (self);
      return TRUE;
    case MYRMEX_OP_ALL:
      take_all (self);
      return TRUE;
    case MYRMEX_OP_SEEN:
      if (self->seen != NULL)
        myrmex_seen_add (self->seen, self->expression->text + op->offset, op->operand, get_top (self)->value);
      return TRUE;
    case MYRMEX_OP_NOT:
      negate (self);
      return TRUE;
    case MYRMEX_OP_LESS:
    case MYRMEX_OP_LESS_EQUAL:
    case MYRMEX_OP_GREATER:
    case MYRMEX_OP_GREATER_EQUAL:
    case MYRMEX_OP_EQUAL:
    case MYRMEX_OP_NOT_EQUAL:
      compare (self, (MyrmexOpCode) op->code);
      return TRUE;
    case MYRMEX_OP_JUMP_IF_FALSE:
      if (!myrmex_operand_is_true (get_top (self)->value))
        *next = op->operand;
      return TRUE;
    case MYRMEX_OP_JUMP_IF_TRUE:
      if (myrmex_operand_is_true (get_top (self)->value))
        *next = op->operand;
      return TRUE;
    case MYRMEX_OP_POP:
      g_clear_pointer (&get_top (self)->value, g_variant_unref);
      self->depth--;
      return TRUE;
    case MYRMEX_OP_CALL:
      return call (self, &myrmex_functions[op->operand], op->count, error);
    default:
      g_assert_not_reached ();
    }
}

static gboolean
run (Evaluation  *self,
     GError     **error)
{
  const MyrmexExpression *expression = self->expression;
  guint at = 0;

  while (at < expression->program->len)
    {
      const MyrmexOp *op = &g_array_index (expression->program, MyrmexOp, at);
      guint next = at + 1;

      if (!step (self, op, &next, error))
        {
          myrmex_expression_add_column (expression->text, op->offset, expression->first_column, error);
          return FALSE;
        }
      at = next;
    }
  return TRUE;
}

/* Gives a reference to the value; null is myrmex_value_new_null(). The error is that of @resolve, or of
 * %MYRMEX_ERROR_EXPRESSION or %MYRMEX_ERROR_LIMIT; its message begins with “column N: ”. */
GVariant *
myrmex_expression_evaluate (MyrmexExpression   *expression,
                            MyrmexResolveFunc   resolve,
                            gpointer            data,
                            GPtrArray          *seen,
                            GError            **error)
{
  g_autoptr (GArray) resolved = g_array_new (FALSE, FALSE, sizeof (Resolved));
  g_autofree Slot *stack = g_new0 (Slot, expression->stack_size);
  Evaluation self = { .expression = expression, .resolve = resolve, .data = data, .seen = seen };
  GVariant *result;

  g_array_set_clear_func (resolved, resolved_clear);
  self.resolved = resolved;
  self.stack = stack;

  if (!run (&self, error))
    {
      while (self.depth > 0)
        {
          g_clear_pointer (&get_top (&self)->value, g_variant_unref);
          self.depth--;
        }
      return NULL;
    }

  g_assert (self.depth == 1);
  result = pop (&self);
  return result != NULL ? result : g_variant_ref_sink (myrmex_value_new_null ());
}
