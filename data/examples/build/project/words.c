/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

static bool
is_letter (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ((unsigned char) c) >= 0x80;
}

bool
words_next (const char *text,
            size_t      size,
            size_t     *start,
            size_t     *length)
{
  size_t i = *start, end;

  while (i < size && !is_letter (text[i]))
    i++;
  if (i == size)
    return false;
  for (end = i; end < size; end++)
    {
      bool joins = text[end] == '\'' && end + 1 < size && is_letter (text[end + 1]);

      if (!is_letter (text[end]) && !joins)
        break;
    }
  *start = i;
  *length = end - i;
  return true;
}

void
words_lower (char   *word,
             size_t  length)
{
  for (size_t i = 0; i < length; i++)
    {
      if (word[i] >= 'A' && word[i] <= 'Z')
        word[i] = (char) (word[i] - 'A' + 'a');
    }
}
