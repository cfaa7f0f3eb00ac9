/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The end of what a task wrote, fit to be shown. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/myrmex-escape-private.h"
#include "report/myrmex-report-words-private.h"

/* However long the log is, no more of it is looked at. */
#define TAIL_BYTES (32 * 1024)

/* Nor is more of one line shown. */
#define LINE_BYTES (500)

/* The last bytes of a file, without the line that they begin in the middle of. */
static GBytes *
read_end (const char *path)
{
  g_autofree char *buffer = g_malloc (TAIL_BYTES);
  const char *first = buffer;
  gsize length = 0;
  gint64 start;
  gssize n = 0;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0)
    return g_bytes_new (NULL, 0);

  start = MAX (0, lseek (fd, 0, SEEK_END) - TAIL_BYTES);
  do
    {
      n = pread (fd, buffer + length, TAIL_BYTES - length, start + (gint64) length);
      length += n > 0 ? (gsize) n : 0;
    }
  while ((n > 0 && length < TAIL_BYTES) || (n < 0 && errno == EINTR));
  close (fd);

  if (start > 0)
    {
      const char *line = memchr (buffer, '\n', length);

      first = line != NULL ? line + 1 : buffer;
    }
  return g_bytes_new (first, length - (gsize) (first - buffer));
}

/* The last @n_lines lines of a log, escaped and without its empty end; %NULL where there are none. */
char *
myrmex_report_read_log_tail (const char *path,
                             guint       n_lines)
{
  g_autoptr (GBytes) bytes = read_end (path);
  g_autoptr (GString) shown = NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  gsize from;

  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0)
    return NULL;

  for (from = length; from > 0; from--)
    {
      if (text[from - 1] == '\n' && --n_lines == 0)
        break;
    }

  shown = g_string_new (NULL);
  while (from < length)
    {
      const char *end = memchr (text + from, '\n', length - from);
      gsize size = end != NULL ? (gsize) (end - text) - from : length - from;
      gsize kept = size > 0 && text[from + size - 1] == '\r' ? size - 1 : size;

      if (shown->len > 0)
        g_string_append_c (shown, '\n');
      myrmex_escape_append (shown, text + from, (gssize) MIN (kept, LINE_BYTES), MYRMEX_ESCAPE_EXPAND_TABS);
      if (kept > LINE_BYTES)
        g_string_append (shown, " […]");
      from += size + 1;
    }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}
