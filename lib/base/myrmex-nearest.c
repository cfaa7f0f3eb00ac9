/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/myrmex-nearest-private.h"

#include <string.h>

#include "base/myrmex-limits.h"

/* The distance is that of optimal string alignment (Damerau and Levenshtein, with no character edited twice),
 * by the usual table of which three rows are kept, and of each row only the cells that can stay below the
 * bound: |i - j| < bound. A candidate costs O(length · bound), and nothing if its length alone is too far. */

#define MAX_DISTANCE (3)

void
myrmex_nearest_init (MyrmexNearest *nearest,
                     const char    *name)
{
  nearest->name = name;
  nearest->length = strlen (name);
  nearest->best = NULL;
  nearest->distance = (guint) MIN (nearest->length / 3, MAX_DISTANCE) + 1;
}

static guint
min3 (guint a,
      guint b,
      guint c)
{
  return MIN (MIN (a, b), c);
}

/* The distance of @a and @b, or @bound if it is that or more. */
static guint
measure (const char *a,
         gsize       length_a,
         const char *b,
         gsize       length_b,
         guint       bound)
{
  guint rows[3][MYRMEX_MAX_NAME_BYTES + MAX_DISTANCE + 2];
  guint *before = rows[0];
  guint *above = rows[1];
  guint *row = rows[2];

  for (gsize j = 0; j <= length_b; j++)
    above[j] = (guint) MIN (j, bound);

  for (gsize i = 1; i <= length_a; i++)
    {
      gsize first = i > bound ? i - bound : 1;
      gsize last = MIN (length_b, i + bound);
      char c = g_ascii_tolower (a[i - 1]);
      guint least = bound;
      guint *spare = before;

      row[first - 1] = first == 1 ? (guint) MIN (i, bound) : bound;
      least = MIN (least, row[first - 1]);
      for (gsize j = first; j <= last; j++)
        {
          char d = g_ascii_tolower (b[j - 1]);
          guint left = row[j - 1];
          guint up = j < i + bound ? above[j] : bound;

          row[j] = min3 (left + 1, up + 1, above[j - 1] + (c != d));
          if (i > 1 && j > 1 && c == g_ascii_tolower (b[j - 2]) && d == g_ascii_tolower (a[i - 2]))
            row[j] = MIN (row[j], before[j - 2] + 1);
          row[j] = MIN (row[j], bound);
          least = MIN (least, row[j]);
        }

      if (least >= bound)
        return bound;
      before = above;
      above = row;
      row = spare;
    }

  return above[length_b];
}

/* @candidate must live as long as what myrmex_nearest_init() got is used. */
void
myrmex_nearest_offer (MyrmexNearest *nearest,
                      const char    *candidate)
{
  gsize longest = nearest->length + nearest->distance - 1;
  gsize length = strnlen (candidate, longest + 1);
  guint distance;

  if (nearest->length > MYRMEX_MAX_NAME_BYTES || nearest->distance == 0 ||
      length > longest || length + nearest->distance <= nearest->length)
    return;

  distance = measure (nearest->name, nearest->length, candidate, length, nearest->distance);
  if (distance < nearest->distance)
    {
      nearest->distance = distance;
      nearest->best = candidate;
    }
}

const char *
myrmex_nearest_name (const char         *name,
                     const char * const *candidates,
                     gsize               n)
{
  MyrmexNearest nearest;

  myrmex_nearest_init (&nearest, name);
  for (gsize i = 0; i < n; i++)
    myrmex_nearest_offer (&nearest, candidates[i]);
  return nearest.best;
}
