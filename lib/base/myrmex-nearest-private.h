/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Finds what somebody meant who mistyped a name, for “did you mean”.
 *
 * Near is: at most one mistake in three characters, three in all; a mistake is a character too many, too few,
 * another one, or two that changed places. Upper and lower case are the same. Of equally near candidates the
 * first wins. Names longer than %MYRMEX_MAX_NAME_BYTES are near to nothing. */
typedef struct
{
  const char *name;     /* borrowed */
  gsize       length;
  const char *best;     /* borrowed from who offered it; %NULL while nothing is near */
  guint       distance; /* what the next candidate must stay below */
} MyrmexNearest;

void        myrmex_nearest_init  (MyrmexNearest      *nearest,
                                  const char         *name);
void        myrmex_nearest_offer (MyrmexNearest      *nearest,
                                  const char         *candidate);

const char *myrmex_nearest_name  (const char         *name,
                                  const char * const *candidates,
                                  gsize               n);

G_END_DECLS
