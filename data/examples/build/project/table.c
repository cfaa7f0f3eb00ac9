/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64 /* slots, a power of two */

typedef struct
{
  char          *word; /* NULL in an empty slot */
  size_t         length;
  unsigned long  count;
} Slot;

/* Open addressing, at most three quarters full. */
struct Table
{
  Slot   *slots;
  size_t  capacity;
  size_t  size;
};

static uint64_t
hash (const char *word,
      size_t      length)
{
  uint64_t value = UINT64_C (0xcbf29ce484222325); /* FNV-1a */

  for (size_t i = 0; i < length; i++)
    value = (value ^ (unsigned char) word[i]) * UINT64_C (0x100000001b3);
  return value;
}

/* The slot that holds the word, or the empty one where it belongs. */
static Slot *
find (Slot       *slots,
      size_t      capacity,
      const char *word,
      size_t      length)
{
  size_t i = hash (word, length) & (capacity - 1);

  while (slots[i].word != NULL &&
         (slots[i].length != length || memcmp (slots[i].word, word, length) != 0))
    i = (i + 1) & (capacity - 1);
  return &slots[i];
}

Table *
table_new (void)
{
  Table *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->capacity = FIRST_CAPACITY;
  self->slots = calloc (self->capacity, sizeof *self->slots);
  if (self->slots == NULL)
    {
      free (self);
      return NULL;
    }
  return self;
}

void
table_free (Table *self)
{
  if (self == NULL)
    return;
  for (size_t i = 0; i < self->capacity; i++)
    free (self->slots[i].word);
  free (self->slots);
  free (self);
}

static bool
grow (Table *self)
{
  size_t capacity = self->capacity * 2;
  Slot *slots = calloc (capacity, sizeof *slots);

  if (slots == NULL)
    return false;
  for (size_t i = 0; i < self->capacity; i++)
    {
      if (self->slots[i].word != NULL)
        *find (slots, capacity, self->slots[i].word, self->slots[i].length) = self->slots[i];
    }
  free (self->slots);
  self->slots = slots;
  self->capacity = capacity;
  return true;
}

bool
table_add (Table      *self,
           const char *word,
           size_t      length)
{
  Slot *slot = find (self->slots, self->capacity, word, length);

  if (slot->word == NULL)
    {
      if (4 * (self->size + 1) > 3 * self->capacity)
        {
          if (!grow (self))
            return false;
          slot = find (self->slots, self->capacity, word, length);
        }
      slot->word = malloc (length + 1);
      if (slot->word == NULL)
        return false;
      memcpy (slot->word, word, length);
      slot->word[length] = '\0';
      slot->length = length;
      self->size++;
    }
  slot->count++;
  return true;
}

size_t
table_size (const Table *self)
{
  return self->size;
}

static int
compare (const void *a,
         const void *b)
{
  const Entry *left = a, *right = b;

  if (left->count != right->count)
    return left->count < right->count ? 1 : -1;
  return strcmp (left->word, right->word);
}

Entry *
table_sorted (const Table *self)
{
  Entry *entries = calloc (self->size + 1, sizeof *entries);
  size_t n = 0;

  if (entries == NULL)
    return NULL;
  for (size_t i = 0; i < self->capacity; i++)
    {
      if (self->slots[i].word != NULL)
        entries[n++] = (Entry) { self->slots[i].word, self->slots[i].count };
    }
  qsort (entries, n, sizeof *entries, compare);
  return entries;
}
