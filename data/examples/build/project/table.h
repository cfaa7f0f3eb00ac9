/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How often each word was seen. */
typedef struct Table Table;

typedef struct
{
  const char    *word;
  unsigned long  count;
} Entry;

Table *table_new    (void);
void   table_free   (Table *self);

/* Counts the @length bytes at @word once more; false when there is no memory left. */
bool   table_add    (Table      *self,
                     const char *word,
                     size_t      length);
size_t table_size   (const Table *self);

/* Every entry, the most frequent first and the same count by the word, in an array to free. */
Entry *table_sorted (const Table *self);
