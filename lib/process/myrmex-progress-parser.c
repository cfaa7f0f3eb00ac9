/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "process/myrmex-progress-parser-private.h"

static gboolean
parse_number (const char **cursor,
              const char  *end,
              guint64     *number)
{
  const char *p = *cursor;
  guint64 value = 0;

  for (; p < end && g_ascii_isdigit (*p); p++)
    if (!g_uint64_checked_mul (&value, value, 10) ||
        !g_uint64_checked_add (&value, value, (guint64) (*p - '0')))
      return FALSE;

  if (p == *cursor)
    return FALSE;

  *cursor = p;
  *number = value;
  return TRUE;
}

/* "N/M", then nothing or a space and the message; anything else is somebody's garbage and is ignored. */
static gboolean
parse_line (const char         *line,
            gsize               length,
            MyrmexProgressLine *parsed)
{
  const char *end = line + length;
  guint64 done;
  guint64 total;

  if (length > 0 && end[-1] == '\r')
    end--;

  if (!parse_number (&line, end, &done) || line == end || *line++ != '/' ||
      !parse_number (&line, end, &total) || total == 0)
    return FALSE;
  if (line < end && *line++ != ' ')
    return FALSE;

  g_free (parsed->message);
  parsed->done = MIN (done, total);
  parsed->total = total;
  parsed->message = g_utf8_make_valid (line, end - line);
  return TRUE;
}

/* Takes bytes as they come, and tells whether a line among them was progress: the last one that was.
 * last->message must be NULL or a string to be freed, and is to be freed by the caller. */
gboolean
myrmex_progress_parser_feed (MyrmexProgressParser *self,
                             const char           *data,
                             gsize                 length,
                             MyrmexProgressLine   *last)
{
  gboolean found = FALSE;

  while (length > 0)
    {
      const char *newline = memchr (data, '\n', length);
      gsize chunk = newline != NULL ? (gsize) (newline - data) : length;

      if (chunk > sizeof self->line - self->length)
        self->too_long = TRUE;
      if (!self->too_long)
        {
          memcpy (self->line + self->length, data, chunk);
          self->length += chunk;
        }

      if (newline == NULL)
        break;

      if (!self->too_long)
        found |= parse_line (self->line, self->length, last);
      self->length = 0;
      self->too_long = FALSE;
      data += chunk + 1;
      length -= chunk + 1;
    }

  return found;
}

/* The stream has ended: a last line needs no newline. */
gboolean
myrmex_progress_parser_close (MyrmexProgressParser *self,
                              MyrmexProgressLine   *last)
{
  return myrmex_progress_parser_feed (self, "\n", 1, last);
}
