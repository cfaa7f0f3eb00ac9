/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The last lines of what a task wrote, fit to be shown. */

#include "log-tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log-line.h"

/* However long the log is, no more of it is looked at, and no more of a line is shown. */
#define TAIL_BYTES     (64 * 1024)
#define MAX_LINE_BYTES (1024)

/* The last bytes of a file; %NULL where there are none. */
static GString *
read_end (int fd)
{
  g_autoptr (GString) text = NULL;
  off_t size, start;

  size = lseek (fd, 0, SEEK_END);
  start = MAX (0, size - TAIL_BYTES);
  text = g_string_sized_new (TAIL_BYTES);
  while (size > start && text->len < TAIL_BYTES)
    {
      gssize n = pread (fd, text->str + text->len, TAIL_BYTES - text->len, start + (off_t) text->len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      g_string_set_size (text, text->len + (gsize) n);
    }

  /* What begins in the middle of a line, or of a character, is left out where it can be. */
  if (start > 0)
    {
      char *line = memchr (text->str, '\n', text->len);

      if (line != NULL)
        g_string_erase (text, 0, line + 1 - text->str);
    }
  return text->len > 0 ? g_steal_pointer (&text) : NULL;
}

static char *
show_line (const char *line,
           gsize       length)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  log_line_append (shown, line, length, MAX_LINE_BYTES);
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

/* The lines, escaped; none where there is no log. Empty ones at the end do not count. */
char **
log_tail_read_fd (int   fd,
                  guint n_lines)
{
  g_autoptr (GString) text = read_end (fd);
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  gsize end;

  if (text == NULL)
    return g_new0 (char *, 1);

  end = text->len;
  while (end > 0 && strchr ("\n\r \t", text->str[end - 1]) != NULL)
    end--;
  while (end > 0 && lines->len < n_lines)
    {
      const char *before = memrchr (text->str, '\n', end);
      gsize start = before != NULL ? (gsize) (before + 1 - text->str) : 0;

      g_ptr_array_add (lines, show_line (text->str + start, end - start));
      end = start > 0 ? start - 1 : 0;
      if (start == 0)
        break;
    }

  while (lines->len > 0 && *(const char *) lines->pdata[lines->len - 1] == '\0')
    g_free (g_ptr_array_remove_index (lines, lines->len - 1));
  for (guint i = 0; i < lines->len / 2; i++)
    {
      gpointer line = lines->pdata[i];

      lines->pdata[i] = lines->pdata[lines->len - 1 - i];
      lines->pdata[lines->len - 1 - i] = line;
    }
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&lines), FALSE);
}

/* Of the file at a path. */
char **
log_tail_read (const char *path,
               guint       n_lines)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  char **lines;

  if (fd < 0)
    return g_new0 (char *, 1);
  lines = log_tail_read_fd (fd, n_lines);
  close (fd);
  return lines;
}
