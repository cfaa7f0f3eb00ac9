/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "process/myrmex-progress-parser-private.h"

/* In pieces of @piece bytes, each on memory of just its size. Returns whether there was progress. */
static gboolean
feed (const char         *data,
      gsize               size,
      gsize               piece,
      MyrmexProgressLine *last)
{
  g_autofree MyrmexProgressParser *parser = g_new0 (MyrmexProgressParser, 1);
  gboolean found = FALSE;

  for (gsize i = 0; i < size; i += piece)
    {
      gsize length = MIN (piece, size - i);
      g_autofree char *copy = g_memdup2 (data + i, length);

      found |= myrmex_progress_parser_feed (parser, copy, length, last);
      g_assert_cmpuint (parser->length, <=, sizeof parser->line);
    }
  found |= myrmex_progress_parser_close (parser, last);

  g_assert_true (found == (last->message != NULL));
  return found;
}

static void
check_line (const MyrmexProgressLine *line)
{
  g_assert_cmpuint (line->total, >, 0);
  g_assert_cmpuint (line->done, <=, line->total);
  g_assert_true (g_utf8_validate (line->message, -1, NULL));
  g_assert_null (strchr (line->message, '\n'));
}

/* What was read, written once more, is read the same. */
static void
check_again (const MyrmexProgressLine *line)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s\r\n", line->done,
                                           line->total, line->message);
  MyrmexProgressLine again = { 0 };

  /* Bytes that are no UTF-8 became longer, and so the line may be too long now. */
  if (strlen (text) - 1 > MYRMEX_PROCESS_PROGRESS_LINE_BYTES)
    return;
  g_assert_true (feed (text, strlen (text), strlen (text), &again));
  g_assert_cmpuint (again.done, ==, line->done);
  g_assert_cmpuint (again.total, ==, line->total);
  g_assert_cmpstr (again.message, ==, line->message);
  g_free (again.message);
}

/* The first byte says how long the pieces are, which make no difference. */
int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  const char *text = (const char *) data + 1;
  MyrmexProgressLine whole = { 0 };
  MyrmexProgressLine pieces = { 0 };

  if (size < 2)
    return 0;

  size--;
  g_assert_true (feed (text, size, size, &whole) == feed (text, size, (gsize) data[0] + 1, &pieces));
  g_assert_cmpuint (whole.done, ==, pieces.done);
  g_assert_cmpuint (whole.total, ==, pieces.total);
  g_assert_cmpstr (whole.message, ==, pieces.message);
  if (whole.message != NULL)
    {
      check_line (&whole);
      check_again (&whole);
    }
  g_free (whole.message);
  g_free (pieces.message);
  return 0;
}
