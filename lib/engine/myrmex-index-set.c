/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-index-set-private.h"

static gsize
count_level_words (gsize size)
{
  return size / 64 + (size % 64 != 0 || size == 0);
}

gsize
myrmex_index_set_count_words (guint32 size)
{
  gsize words = count_level_words (size);
  gsize all = words;

  while (words > 1)
    {
      words = count_level_words (words);
      all += words;
    }
  return all;
}

void
myrmex_index_set_init (MyrmexIndexSet *self,
                       guint32         size,
                       guint64        *words)
{
  gsize n = count_level_words (size);

  self->count = 0;
  self->n_levels = 1;
  self->levels[0] = words;
  while (n > 1)
    {
      words += n;
      self->levels[self->n_levels++] = words;
      n = count_level_words (n);
    }
}
