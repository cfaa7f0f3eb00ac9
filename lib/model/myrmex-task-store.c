/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-task-store-private.h"

#include <string.h>
#include <sys/mman.h>

#define FIRST_BLOCK_BYTES 2048
#define LARGE_PAGE_BYTES  (2 * 1024 * 1024)
#define MAX_BLOCK_BYTES   (16 * 1024 * 1024)

typedef struct _Block Block;

struct _Block
{
  Block *next;
  gsize  size;
  gsize  used;
};

struct _MyrmexTaskStore
{
  gatomicrefcount ref_count;
  Block          *block;
};

static Block *
block_new (gsize  size,
           Block *next)
{
  Block *block;

  if (size >= LARGE_PAGE_BYTES)
    {
      block = g_aligned_alloc (1, size, LARGE_PAGE_BYTES);
      madvise (block, size, MADV_HUGEPAGE);
    }
  else
    {
      block = g_malloc (size);
    }

  block->next = next;
  block->size = size;
  block->used = sizeof *block;
  return block;
}

static void
block_free (Block *block)
{
  if (block->size >= LARGE_PAGE_BYTES)
    g_aligned_free (block);
  else
    g_free (block);
}

MyrmexTaskStore *
myrmex_task_store_new (void)
{
  MyrmexTaskStore *self = g_new0 (MyrmexTaskStore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

MyrmexTaskStore *
myrmex_task_store_ref (MyrmexTaskStore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
myrmex_task_store_unref (MyrmexTaskStore *self)
{
  Block *block;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  block = self->block;
  while (block != NULL)
    {
      Block *next = block->next;

      block_free (block);
      block = next;
    }
  g_free (self);
}

static gpointer
take (MyrmexTaskStore *self,
      gsize            size)
{
  gpointer memory;

  if (self->block == NULL || self->block->size - self->block->used < size)
    {
      gsize wanted = self->block == NULL ? FIRST_BLOCK_BYTES : MIN (self->block->size * 2, MAX_BLOCK_BYTES);

      self->block = block_new (MAX (wanted, size + sizeof (Block)), self->block);
    }

  memory = (char *) self->block + self->block->used;
  self->block->used += size;
  return memory;
}

/* Zeroed, aligned for pointers. */
gpointer
myrmex_task_store_alloc (MyrmexTaskStore *self,
                         gsize            size)
{
  if (self->block != NULL)
    self->block->used = MIN ((self->block->used + 7) & ~(gsize) 7, self->block->size);

  return memset (take (self, size), 0, size);
}

/* Takes the store as a pointer, to be the copy function of a name table. */
const char *
myrmex_task_store_strdup (gpointer    self,
                          const char *text,
                          gsize       length)
{
  char *copy = take (self, length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}
