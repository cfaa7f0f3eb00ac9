/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "summary.h"

#include <stdlib.h>

#include "words.h"

bool
summary_add (Summary *self,
             Table   *table,
             char    *text,
             size_t   size)
{
  size_t start = 0, length = 0;

  for (size_t i = 0; i < size; i++)
    self->lines += text[i] == '\n';
  self->bytes += size;

  for (; words_next (text, size, &start, &length); start += length)
    {
      words_lower (text + start, length);
      if (!table_add (table, text + start, length))
        return false;
      self->words++;
    }
  return true;
}

bool
summary_print (const Summary *self,
               const Table   *table,
               size_t         top,
               FILE          *out)
{
  Entry *entries = table_sorted (table);

  if (entries == NULL)
    return false;
  fprintf (out, "%lu bytes, %lu lines, %lu words, %zu different\n",
           self->bytes, self->lines, self->words, table_size (table));
  for (size_t i = 0; i < top && i < table_size (table); i++)
    fprintf (out, "%6lu %s\n", entries[i].count, entries[i].word);
  free (entries);
  return !ferror (out);
}
