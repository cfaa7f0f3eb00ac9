/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/myrmex-name-table-private.h"

#include <string.h>

#define INITIAL_SLOTS 16

/* Eight bytes a step, multiplied and folded; the finalizer is that of a 64-bit mixer. */
static guint32
hash_name (guint32     seed,
           const char *name,
           gsize       length)
{
  guint64 hash = seed ^ (length * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
  guint64 part;

  for (; length >= sizeof part; name += sizeof part, length -= sizeof part)
    {
      memcpy (&part, name, sizeof part);
      hash = (hash ^ part) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
      hash ^= hash >> 32;
    }
  part = 0;
  memcpy (&part, name, length);
  hash = (hash ^ part) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  hash ^= hash >> 33;
  hash *= G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);

  return (guint32) (hash >> 32);
}

void
myrmex_name_table_init (MyrmexNameTable *self)
{
  memset (self, 0, sizeof *self);
  self->seed = g_random_int ();
}

void
myrmex_name_table_clear (MyrmexNameTable *self)
{
  g_clear_pointer (&self->atoms, g_free);
  g_clear_pointer (&self->slots, g_free);
  self->n_atoms = 0;
  self->n_allocated = 0;
  self->mask = 0;
}

static guint32
find (const MyrmexNameTable *self,
      const char            *name,
      guint32                hash,
      guint32               *slot)
{
  guint32 at = hash & self->mask;

  for (; self->slots[at].atom != 0; at = (at + 1) & self->mask)
    {
      guint32 atom = self->slots[at].atom - 1;

      if (self->slots[at].hash == hash && strcmp (self->atoms[atom].name, name) == 0)
        return atom;
    }

  *slot = at;
  return MYRMEX_NO_INDEX;
}

guint32
myrmex_name_table_lookup (const MyrmexNameTable *self,
                          const char            *name)
{
  guint32 slot;

  if (self->slots == NULL)
    return MYRMEX_NO_INDEX;

  return find (self, name, hash_name (self->seed, name, strlen (name)), &slot);
}

static void
grow (MyrmexNameTable *self)
{
  guint32 size = self->slots == NULL ? INITIAL_SLOTS : (self->mask + 1) * 2;

  g_free (self->slots);
  self->slots = g_new0 (MyrmexNameSlot, size);
  self->mask = size - 1;

  for (guint32 i = 0; i < self->n_atoms; i++)
    {
      guint32 at = self->atoms[i].hash & self->mask;

      while (self->slots[at].atom != 0)
        at = (at + 1) & self->mask;
      self->slots[at].hash = self->atoms[i].hash;
      self->slots[at].atom = i + 1;
    }
}

/* @copy is asked for a copy of @name that lives as long as the table, only where the name is new. */
guint32
myrmex_name_table_intern (MyrmexNameTable *self,
                          const char      *name,
                          const char    *(*copy) (gpointer data, const char *name, gsize length),
                          gpointer         data)
{
  gsize length = strlen (name);
  guint32 hash = hash_name (self->seed, name, length);
  guint32 slot, atom;

  if (self->slots == NULL || self->n_atoms >= (self->mask + 1) / 4 * 3)
    grow (self);

  atom = find (self, name, hash, &slot);
  if (atom != MYRMEX_NO_INDEX)
    return atom;

  if (self->n_atoms == self->n_allocated)
    {
      self->n_allocated = MAX (INITIAL_SLOTS, self->n_allocated * 2);
      self->atoms = g_renew (MyrmexAtom, self->atoms, self->n_allocated);
    }

  atom = self->n_atoms++;
  self->atoms[atom].name = copy (data, name, length);
  self->atoms[atom].hash = hash;
  self->atoms[atom].task = MYRMEX_NO_INDEX;
  self->slots[slot].hash = hash;
  self->slots[slot].atom = atom + 1;

  return atom;
}
