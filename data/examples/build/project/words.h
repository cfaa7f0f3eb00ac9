/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Finds the next word of @text from *@start on: letters, bytes of UTF-8 beyond ASCII, and apostrophes between
 * them. Sets *@start and *@length to where it is; false when there is no other. */
bool words_next (const char *text,
                 size_t      size,
                 size_t     *start,
                 size_t     *length);

/* Makes ASCII letters small, in place. */
void words_lower (char   *word,
                  size_t  length);
