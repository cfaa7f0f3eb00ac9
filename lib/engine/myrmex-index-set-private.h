/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A set of small numbers that gives its least one fast: a bitmap, and over it bitmaps that tell which of its
 * words are not empty, up to a single word. Each step costs at most one word a level: 4 levels for
 * 1,000,000. The least number is kept beside the bitmaps, so that a set of one, which is all that a chain
 * needs, does not touch them.
 *
 * The words are the owner's, myrmex_index_set_count_words() of them, and all 0 to begin with. */
#define MYRMEX_INDEX_SET_MAX_LEVELS (6)

typedef struct
{
  guint64 *levels[MYRMEX_INDEX_SET_MAX_LEVELS]; /* of the rest: from the numbers up to the single word */
  guint    n_levels;
  guint32  count;
  guint32  least;                               /* where count is not 0 */
} MyrmexIndexSet;

gsize myrmex_index_set_count_words (guint32         size);
void  myrmex_index_set_init        (MyrmexIndexSet *self,
                                    guint32         size,
                                    guint64        *words);

static inline gboolean
myrmex_index_set_contains (const MyrmexIndexSet *self,
                           guint32               index)
{
  return self->count > 0 &&
         (self->least == index || (self->levels[0][index >> 6] >> (index & 63) & 1) != 0);
}

static inline void
myrmex_index_set_mark (MyrmexIndexSet *self,
                       guint32         index)
{
  for (guint level = 0; level < self->n_levels; level++)
    {
      guint64 *word = &self->levels[level][index >> 6];
      guint64 before = *word;

      *word = before | G_GUINT64_CONSTANT (1) << (index & 63);
      if (before != 0)
        return;
      index >>= 6;
    }
}

static inline void
myrmex_index_set_unmark (MyrmexIndexSet *self,
                         guint32         index)
{
  for (guint level = 0; level < self->n_levels; level++)
    {
      guint64 *word = &self->levels[level][index >> 6];

      *word &= ~(G_GUINT64_CONSTANT (1) << (index & 63));
      if (*word != 0)
        return;
      index >>= 6;
    }
}

/* The number is not in the set yet. */
static inline void
myrmex_index_set_add (MyrmexIndexSet *self,
                      guint32         index)
{
  if (self->count++ == 0)
    {
      self->least = index;
    }
  else if (index < self->least)
    {
      myrmex_index_set_mark (self, self->least);
      self->least = index;
    }
  else
    {
      myrmex_index_set_mark (self, index);
    }
}

/* Takes the least number out of a set that is not empty. */
static inline guint32
myrmex_index_set_pop (MyrmexIndexSet *self)
{
  guint32 popped = self->least;

  if (--self->count > 0)
    {
      guint32 index = 0;

      for (guint level = self->n_levels; level-- > 0;)
        index = index << 6 | (guint32) __builtin_ctzll (self->levels[level][index]);
      myrmex_index_set_unmark (self, index);
      self->least = index;
    }
  return popped;
}

/* Takes out a number that may be in the set. */
static inline void
myrmex_index_set_remove (MyrmexIndexSet *self,
                         guint32         index)
{
  if (!myrmex_index_set_contains (self, index))
    return;

  if (index == self->least)
    {
      myrmex_index_set_pop (self);
    }
  else
    {
      self->count--;
      myrmex_index_set_unmark (self, index);
    }
}

G_END_DECLS
