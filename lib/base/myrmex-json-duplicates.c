/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-json-parser-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-json-writer-private.h"

#define FEW_MEMBERS (8) /* up to here comparing all pairs is faster than a hash table */

static guint64
hash_key (const JsonParser *self,
          const char       *key,
          gsize             length)
{
  guint64 hash = self->seed ^ length;

  for (; length >= 8; key += 8, length -= 8)
    {
      guint64 word;

      memcpy (&word, key, sizeof word);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
    }
  for (; length > 0; key++, length--)
    hash = (hash ^ (guchar) *key) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  return hash ^ hash >> 32;
}

static gboolean
keys_equal (JsonParser *self,
            guint32     a,
            guint32     b)
{
  g_autofree char *copy_a = NULL;
  g_autofree char *copy_b = NULL;
  gsize length_a;
  gsize length_b;
  const char *text_a = myrmex_json_peek_string (self->json, a, &length_a, &copy_a);
  const char *text_b = myrmex_json_peek_string (self->json, b, &length_b, &copy_b);

  return length_a == length_b && memcmp (text_a, text_b, length_a) == 0;
}

static void
complain_duplicate (JsonParser *self,
                    guint32     first,
                    guint32     second)
{
  gsize length;
  const char *key = myrmex_json_get_string (self->json, second, &length);
  g_autoptr (GString) shown = NULL;
  guint line;
  guint column;

  if (self->problems->len >= self->max_problems)
    return;

  shown = g_string_new (NULL);
  myrmex_json_append_string (shown, key, MIN (length, MYRMEX_JSON_SHOWN_BYTES));
  myrmex_json_get_position (self->json, first, &line, &column);
  myrmex_json_complain (self, self->json->text + self->json->nodes[second].offset,
                        _("The key %s is used twice; the first is at line %u, column %u"), shown->str, line, column);
}

static void
find_duplicates_of_few (JsonParser *self,
                        guint32     object,
                        guint32     n)
{
  guint32 keys[FEW_MEMBERS];
  MyrmexJsonIter iter;
  guint32 value;

  myrmex_json_iter_init (&iter, self->json, object);
  for (guint32 i = 0; i < n; i++)
    {
      myrmex_json_iter_next_member (&iter, &keys[i], &value);
      for (guint32 k = 0; k < i; k++)
        {
          if (keys_equal (self, keys[k], keys[i]))
            {
              complain_duplicate (self, keys[k], keys[i]);
              break;
            }
        }
    }
}

/* A slot has the node of a key, and in the bits that no node needs some of its hash, so that hardly any two keys are
 * compared that differ: the text of most is far away. */
static void
find_duplicates_of_many (JsonParser *self,
                         guint32     object,
                         guint32     n)
{
  guint32 nodes = (guint32) ((G_GUINT64_CONSTANT (1) << g_bit_storage (self->json->n_nodes)) - 1);
  guint32 n_slots = n + n / 2; /* a third of them stays free */
  MyrmexJsonIter iter;
  guint32 key;
  guint32 value;

  if (n_slots > self->n_slots)
    {
      self->slots = g_renew (guint32, self->slots, n_slots);
      self->n_slots = n_slots;
    }
  memset (self->slots, 0xff, n_slots * sizeof *self->slots);

  myrmex_json_iter_init (&iter, self->json, object);
  while (self->problems->len < self->max_problems && myrmex_json_iter_next_member (&iter, &key, &value))
    {
      g_autofree char *copy = NULL;
      gsize length;
      const char *text = myrmex_json_peek_string (self->json, key, &length, &copy);
      guint64 hash = hash_key (self, text, length);
      guint32 tagged = ((guint32) (hash >> 32) & ~nodes) | key;
      guint32 slot = (guint32) (((hash & G_MAXUINT32) * n_slots) >> 32);

      while (self->slots[slot] != MYRMEX_JSON_NONE &&
             (((self->slots[slot] ^ tagged) & ~nodes) != 0 || !keys_equal (self, self->slots[slot] & nodes, key)))
        slot = slot + 1 < n_slots ? slot + 1 : 0;

      if (self->slots[slot] == MYRMEX_JSON_NONE)
        self->slots[slot] = tagged;
      else
        complain_duplicate (self, self->slots[slot] & nodes, key);
    }
}

void
myrmex_json_find_duplicates (JsonParser *self,
                             guint32     object,
                             guint32     n_members)
{
  if (n_members > FEW_MEMBERS)
    find_duplicates_of_many (self, object, n_members);
  else if (n_members > 1)
    find_duplicates_of_few (self, object, n_members);
}
