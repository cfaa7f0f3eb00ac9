/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "frame.h"

#include <glib/gi18n.h>
#include <math.h>

#include "time-left.h"

/* Rows that are left to the lines above the frame, where there are enough of them. */
#define ROWS_ABOVE (4)

#define MIN_BAR_COLUMNS     (8)
#define MAX_BAR_COLUMNS     (40)
#define ELAPSED_COLUMNS     (8)
#define SMALL_BAR_COLUMNS   (10)
#define WIDTH_FOR_SMALL_BAR (70)
#define MIN_MESSAGE_COLUMNS (12) /* less of a message says nothing */

/* How many lines of tasks fit, with the bar below them. */
guint
frame_count_fitting (int height)
{
  if (height <= 2)
    return 0;
  return (guint) MAX (1, height - 1 - ROWS_ABOVE);
}

/* One cell of a bar for each part; what is more than nothing has a cell, if there is one. */
static int
count_cells (guint part,
             guint total,
             int   columns)
{
  int cells = (int) ((guint64) part * (guint64) columns / total);

  return part > 0 && cells == 0 ? 1 : cells;
}

static void
add_bar (Line        *line,
         const Frame *frame,
         int          columns)
{
  const char *full = line->look->unicode ? "━" : "=";
  const char *empty = line->look->unicode ? "─" : "-";
  guint total = MAX (1, frame->total);
  guint ended = frame->completed + frame->failed + frame->passed_over;
  int filled = ended >= frame->total ? columns : MIN (columns - 1, count_cells (ended, total, columns));
  int failed = MIN (filled, count_cells (frame->failed, total, columns));
  int passed_over = MIN (filled - failed, count_cells (frame->passed_over, total, columns));

  line_add_times (line, PAINT_GOOD, full, filled - failed - passed_over);
  line_add_times (line, PAINT_BAD, full, failed);
  line_add_times (line, PAINT_FAINT, full, passed_over);
  line_add_times (line, PAINT_FAINT, empty, columns - filled);
}

typedef struct
{
  Paint     paint;
  gboolean  optional; /* a bar is worth more */
  char     *text;
} Piece;

#define MAX_PIECES (7)

static guint
make_pieces (const Frame *frame,
             Piece        pieces[MAX_PIECES])
{
  guint ended = frame->completed + frame->failed + frame->passed_over;
  guint n = 0;

  /* Translators: how many of all tasks have ended */
  pieces[n++] = (Piece) { PAINT_STRONG, FALSE, g_strdup_printf (_("%u of %u"), ended, frame->total) };
  if (frame->failed > 0)
    pieces[n++] = (Piece) { PAINT_BAD, FALSE, g_strdup_printf (_("%u failed"), frame->failed) };
  pieces[n++] = (Piece) { PAINT_NONE, FALSE, format_seconds (frame->elapsed) };
  if (frame->stopping)
    pieces[n++] = (Piece) { PAINT_WARN, FALSE, g_strdup (_("stopping")) };
  else if (frame->paused)
    pieces[n++] = (Piece) { PAINT_WARN, FALSE, g_strdup (C_("run", "paused")) };
  if (frame->left >= 0 && !frame->stopping && !frame->paused)
    pieces[n++] = (Piece) { PAINT_NONE, TRUE, time_left_format (frame->left) };
  if (frame->running > 0)
    pieces[n++] = (Piece) { PAINT_BUSY, TRUE, g_strdup_printf (_("%u running"), frame->running) };
  if (frame->passed_over > 0)
    pieces[n++] = (Piece) { PAINT_FAINT, TRUE, g_strdup_printf (_("%u not run"), frame->passed_over) };
  return n;
}

/* “━━━━━━━───── 12 of 20 · 1 failed · 4.2 s · about 3 s left · 3 running”. The pieces that matter least go first
 * when it is narrow. */
static char *
layout_bar (const Frame *frame,
            const Look  *look,
            int          width)
{
  const char *separator = look->unicode ? " · " : ", ";
  Piece pieces[MAX_PIECES];
  guint n = make_pieces (frame, pieces);
  guint shown = 0;
  int used = 0;
  int columns;
  Line line;

  for (; shown < n; shown++)
    {
      int more = text_columns (pieces[shown].text) + (shown > 0 ? text_columns (separator) : 0);
      int bar = pieces[shown].optional ? MIN_BAR_COLUMNS + 1 : 0;

      if (shown > 0 && used + more + bar > width)
        break;
      used += more;
    }

  line_init (&line, look, width);
  columns = MIN (MAX_BAR_COLUMNS, width - used - 1);
  if (columns >= MIN_BAR_COLUMNS)
    {
      add_bar (&line, frame, columns);
      line_add_space (&line, 1);
    }
  for (guint i = 0; i < shown; i++)
    {
      if (i > 0)
        line_add (&line, PAINT_FAINT, separator);
      line_add (&line, pieces[i].paint, pieces[i].text);
    }

  for (guint i = 0; i < n; i++)
    g_free (pieces[i].text);
  return line_finish (&line);
}

static void
add_fraction (Line   *line,
              double  fraction,
              int     width)
{
  double bounded = CLAMP (fraction, 0, 1);
  int cells = (int) floor (bounded * SMALL_BAR_COLUMNS);
  g_autofree char *percent = g_strdup_printf ("%4d%%", (int) floor (bounded * 100));

  if (width >= WIDTH_FOR_SMALL_BAR)
    {
      line_add_space (line, 2);
      line_add_times (line, PAINT_BUSY, line->look->unicode ? "━" : "=", cells);
      line_add_times (line, PAINT_FAINT, line->look->unicode ? "─" : "-", SMALL_BAR_COLUMNS - cells);
    }
  line_add (line, PAINT_NONE, percent);
}

/* “▸ upload        ”, with the same room for each name. */
static void
add_name (Line            *line,
          const Frame     *frame,
          const FrameTask *task,
          int              width)
{
  int columns = MIN (frame->name_width, MAX (8, width * 2 / 5));
  gboolean unicode = line->look->unicode;
  g_autofree char *cut = NULL;
  Line name;

  if (task->delay >= 0)
    line_add (line, PAINT_WARN, unicode ? "↻ " : "~ ");
  else
    line_add (line, PAINT_BUSY, unicode ? "▸ " : "> ");
  line_init (&name, &(Look) { FALSE, unicode }, columns);
  line_add (&name, PAINT_NONE, task->name);
  cut = line_finish (&name);
  line_add_padded (line, PAINT_NONE, cut, columns);
}

static void
add_attempt (Line            *line,
             const FrameTask *task)
{
  g_autofree char *text = NULL;

  if (task->delay >= FRAME_NOT_KNOWN)
    {
      text = g_strdup_printf (_("attempt %u"), task->attempt + 1);
    }
  else if (task->delay >= 0)
    {
      g_autofree char *delay = format_seconds (task->delay);

      text = g_strdup_printf (_("attempt %u in %s"), task->attempt + 1, delay);
    }
  else if (task->attempt > 1)
    {
      text = g_strdup_printf (_("attempt %u"), task->attempt);
    }

  if (text != NULL)
    {
      line_add_space (line, 2);
      line_add (line, PAINT_WARN, text);
    }
}

/* “▸ upload     12.3 s  ━━━━──────  40%  attempt 2  4/10 photos” */
static char *
layout_task (const Frame     *frame,
             const FrameTask *task,
             const Look      *look,
             int              width)
{
  gboolean waits = task->delay >= 0;
  Line line;

  line_init (&line, look, width);
  add_name (&line, frame, task, width);
  if (!waits)
    {
      g_autofree char *elapsed = format_seconds (task->elapsed);

      line_add_aligned (&line, PAINT_FAINT, elapsed, ELAPSED_COLUMNS);
    }
  if (!waits && task->fraction >= 0)
    add_fraction (&line, task->fraction, width);
  add_attempt (&line, task);
  if (task->message != NULL && line.left >= MIN_MESSAGE_COLUMNS)
    {
      line_add_space (&line, 2);
      line_add (&line, waits ? PAINT_FAINT : PAINT_NONE, task->message);
    }
  return line_finish (&line);
}

static char *
layout_more (const Look *look,
             guint       n,
             int         width)
{
  g_autofree char *text = g_strdup_printf (ngettext ("and %u more", "and %u more", n), n);
  Line line;

  line_init (&line, look, width);
  line_add (&line, PAINT_FAINT, look->unicode ? "… " : "... ");
  line_add (&line, PAINT_FAINT, text);
  return line_finish (&line);
}

/* The lines, from the top: never more than @height - 1, never one wider than @width - 1, so that a terminal
 * neither scrolls nor breaks one. %NULL-terminated. */
char **
frame_layout (const Frame *frame,
              const Look  *look,
              int          width,
              int          height)
{
  guint room = frame_count_fitting (height);
  guint under_way = frame->n_tasks + frame->n_more;
  guint shown = under_way <= room ? frame->n_tasks : room - MIN (room, 1);
  char **lines = g_new0 (char *, (gsize) room + 2);
  guint n = 0;

  width = MAX (1, width - 1);
  for (guint i = 0; i < shown; i++)
    lines[n++] = layout_task (frame, &frame->tasks[i], look, width);
  if (shown < under_way && room > 0)
    lines[n++] = layout_more (look, under_way - shown, width);
  lines[n++] = layout_bar (frame, look, width);
  return lines;
}
