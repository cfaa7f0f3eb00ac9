/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mark.h"

static const struct
{
  Paint       paint;
  const char *unicode;
  const char *ascii;
} marks[] = {
  [MARK_RUNNING] = { PAINT_BUSY, "▸", ">" },
  [MARK_COMPLETED] = { PAINT_GOOD, "✓", "+" },
  [MARK_FAILED] = { PAINT_BAD, "✗", "x" },
  [MARK_RETRYING] = { PAINT_WARN, "↻", "~" },
  [MARK_SKIPPED] = { PAINT_FAINT, "–", "-" },
  [MARK_CANCELLED] = { PAINT_WARN, "■", "!" },
};

/* The line has been set up, and has nothing in it. */
void
mark_begin_line (Line *line,
                 Mark  mark)
{
  line_add (line, marks[mark].paint, line->look->unicode ? marks[mark].unicode : marks[mark].ascii);
  line_add_space (line, 1);
}

/* The end of what a task wrote, below the line about it. */
void
mark_append_log (GString     *text,
                 const Look  *look,
                 char       **lines)
{
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *shown = NULL;
      Line line;

      line_init (&line, look, LINE_UNBOUNDED);
      line_add (&line, PAINT_FAINT, look->unicode ? "  │ " : "  | ");
      line_add (&line, PAINT_NONE, lines[i]);
      shown = line_finish (&line);
      g_string_append (text, shown);
      g_string_append_c (text, '\n');
    }
}
