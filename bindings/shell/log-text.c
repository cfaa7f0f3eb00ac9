/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "log-text.h"

#include <string.h>

#include "log-line.h"

/* No sequence that colours is longer. */
#define MAX_SEQUENCE_BYTES (32)

/* A line without an end is not kept back longer than this. */
#define MAX_REST_BYTES (64 * 1024)

void
log_text_clear (LogText *self)
{
  if (self->rest != NULL)
    g_string_free (g_steal_pointer (&self->rest), TRUE);
}

static void
show (LogText *self,
      gsize    length,
      GString *out)
{
  log_line_append (out, self->rest->str, length, G_MAXSIZE);
  g_string_erase (self->rest, 0, (gssize) length);
}

/* Lines that have ended go to @out. */
void
log_text_add (LogText    *self,
              const char *data,
              gsize       length,
              GString    *out)
{
  const char *end = data + length;

  if (self->rest == NULL)
    self->rest = g_string_new (NULL);
  while (data < end)
    {
      const char *line_end = memchr (data, '\n', (gsize) (end - data));

      g_string_append_len (self->rest, data, (line_end != NULL ? line_end : end) - data);
      if (line_end == NULL)
        break;
      show (self, self->rest->len, out);
      g_string_append_c (out, '\n');
      self->is_begun = FALSE;
      data = line_end + 1;
    }
  if (self->rest->len > MAX_REST_BYTES)
    log_text_flush (self, FALSE, out);
}

/* The bytes at the end that are the begin of a character or of a sequence. */
static gsize
measure_unfinished (const char *text,
                    gsize       length)
{
  const char *escape = memrchr (text, '\033', length);

  if (escape != NULL && (gsize) (text + length - escape) < MAX_SEQUENCE_BYTES &&
      strspn (escape + 1, "[0123456789;:") == (gsize) (text + length - escape - 1))
    return (gsize) (text + length - escape);
  if (g_utf8_validate (text + length - MIN (length, 3), (gssize) MIN (length, 3), NULL))
    return 0;
  for (gsize n = 1; n <= MIN (length, 3); n++)
    {
      const char *start = text + length - n;

      if ((*start & 0xc0) == 0x80)
        continue;
      return g_utf8_get_char_validated (start, (gssize) n) == (gunichar) -2 ? n : 0;
    }
  return 0;
}

/* Nothing comes for a while: a line that has not ended is shown, too, unless it is one that is drawn over. At the end,
 * all there is is shown. */
void
log_text_flush (LogText  *self,
                gboolean  is_end,
                GString  *out)
{
  gsize length = self->rest != NULL ? self->rest->len : 0;

  if (length == 0)
    {
      if (is_end && self->is_begun)
        g_string_append_c (out, '\n');
      self->is_begun = self->is_begun && !is_end;
      return;
    }
  if (is_end)
    {
      show (self, length, out);
      g_string_append_c (out, '\n');
      self->is_begun = FALSE;
      return;
    }
  if (length <= MAX_REST_BYTES && memchr (self->rest->str, '\r', length) != NULL)
    return;
  length -= measure_unfinished (self->rest->str, length);
  if (length == 0)
    return;
  show (self, length, out);
  self->is_begun = TRUE;
}
