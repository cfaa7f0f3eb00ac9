/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "table.h"

typedef struct
{
  unsigned long bytes;
  unsigned long lines;
  unsigned long words;
} Summary;

/* Adds what @text holds to @self and its words to @table. The text is changed: its letters become small. */
bool summary_add   (Summary *self,
                    Table   *table,
                    char    *text,
                    size_t   size);

/* Writes the totals and the @top most frequent words. */
bool summary_print (const Summary *self,
                    const Table   *table,
                    size_t         top,
                    FILE          *out);
