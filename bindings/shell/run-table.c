/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "run-table.h"

#include <glib/gi18n.h>


#define GAP              (2)
#define MIN_NAME_COLUMNS (8)
#define MAX_NAME_COLUMNS (40)

typedef enum
{
  COLUMN_ID,
  COLUMN_NAME,
  COLUMN_STATUS,
  COLUMN_TASKS,
  COLUMN_TIME,
  COLUMN_SUBMITTED,
  N_COLUMNS
} Column;

typedef struct
{
  char *texts[N_COLUMNS]; /* escaped */
  Paint paint;            /* of the status */
} Row;

static void
row_clear (gpointer data)
{
  Row *row = data;

  for (gsize i = 0; i < N_COLUMNS; i++)
    g_free (row->texts[i]);
}

/* “14:05:11” of today, “2026-11-22 14:05” of another day. */
char *
run_table_format_time (gint64 time)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autoptr (GDateTime) then = utc != NULL ? g_date_time_to_local (utc) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (time == 0 || then == NULL)
    return g_strdup ("");
  if (g_date_time_get_year (then) == g_date_time_get_year (now) &&
      g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (now))
    return g_date_time_format (then, "%H:%M:%S");
  return g_date_time_format (then, "%Y-%m-%d %H:%M");
}

Paint
run_table_get_paint (const RunInfo *run)
{
  switch (run->status)
    {
    case MYRMEX_RUN_STATUS_COMPLETED:
      return PAINT_GOOD;
    case MYRMEX_RUN_STATUS_FAILED:
      return PAINT_BAD;
    case MYRMEX_RUN_STATUS_PAUSED:
    case MYRMEX_RUN_STATUS_CANCELLED:
      return PAINT_WARN;
    case MYRMEX_RUN_STATUS_RUNNING:
      return PAINT_BUSY;
    case MYRMEX_RUN_STATUS_QUEUED:
    default:
      return PAINT_NONE;
    }
}

static Row
make_row (const RunInfo *run)
{
  double elapsed = run_info_get_elapsed (run);
  Row row = { .paint = run_table_get_paint (run) };

  row.texts[COLUMN_ID] = run_info_dup_id (run);
  row.texts[COLUMN_NAME] = run_info_dup_name (run);
  row.texts[COLUMN_STATUS] = g_strdup (myrmex_run_status_get_label (run->status));
  row.texts[COLUMN_TASKS] = g_strdup_printf ("%u/%u", run_info_count_ended (run), run->total);
  row.texts[COLUMN_TIME] = elapsed >= 0 ? format_seconds (elapsed) : g_strdup ("");
  row.texts[COLUMN_SUBMITTED] = run_table_format_time (run->submitted);
  return row;
}

static Row
make_head (void)
{
  Row row = { .paint = PAINT_FAINT };

  /* Translators: the heads of the columns of a table of runs */
  row.texts[COLUMN_ID] = g_strdup (C_("column", "RUN"));
  row.texts[COLUMN_NAME] = g_strdup (C_("column", "NAME"));
  row.texts[COLUMN_STATUS] = g_strdup (C_("column", "STATUS"));
  row.texts[COLUMN_TASKS] = g_strdup (C_("column", "TASKS"));
  row.texts[COLUMN_TIME] = g_strdup (C_("column", "TIME"));
  row.texts[COLUMN_SUBMITTED] = g_strdup (C_("column", "SUBMITTED"));
  return row;
}

/* How wide each column is; 0: there is no room for it. Names give way first, then the columns at the right. */
static void
measure (GArray *rows,
         int     width,
         int     columns[N_COLUMNS])
{
  int last = N_COLUMNS - 1;
  int sum = GAP * (N_COLUMNS - 1);

  for (int c = 0; c < N_COLUMNS; c++)
    {
      columns[c] = 0;
      for (guint i = 0; i < rows->len; i++)
        columns[c] = MAX (columns[c], text_columns (g_array_index (rows, Row, i).texts[c]));
      if (c == COLUMN_NAME && width > 0)
        columns[c] = MIN (columns[c], MAX_NAME_COLUMNS);
      sum += columns[c];
    }
  if (width <= 0)
    return;

  while (sum - width > columns[COLUMN_NAME] - MIN (columns[COLUMN_NAME], MIN_NAME_COLUMNS) && last > COLUMN_STATUS)
    {
      sum -= columns[last] + GAP;
      columns[last--] = 0;
    }
  if (sum > width)
    columns[COLUMN_NAME] = MAX (MIN_NAME_COLUMNS, columns[COLUMN_NAME] - (sum - width));
}

static void
add_cell (Line       *line,
          const Look *look,
          Paint       paint,
          const char *text,
          int         columns,
          gboolean    is_right)
{
  g_autofree char *shown = NULL;
  Line cell;

  line_init (&cell, look, columns);
  if (is_right)
    line_add_aligned (&cell, paint, text, columns);
  else
    line_add_padded (&cell, paint, text, columns);
  shown = line_finish (&cell);
  line_add (line, PAINT_NONE, shown);
}

static char *
layout_row (const Row  *row,
            const int   columns[N_COLUMNS],
            const Look *look,
            gboolean    is_head)
{
  g_autofree char *text = NULL;
  Line line;

  line_init (&line, look, LINE_UNBOUNDED);
  for (int c = 0; c < N_COLUMNS; c++)
    {
      Paint paint = is_head || c == COLUMN_SUBMITTED ? PAINT_FAINT : PAINT_NONE;

      if (columns[c] == 0)
        continue;
      if (c > 0)
        line_add_space (&line, GAP);
      add_cell (&line, look, c == COLUMN_STATUS ? row->paint : paint, row->texts[c], columns[c],
                c == COLUMN_TASKS || c == COLUMN_TIME);
    }
  text = line_finish (&line);
  return g_strdup (g_strchomp (text));
}

/* @runs are RunInfo; a @width of 0 is none. */
char **
run_table_layout (GArray     *runs,
                  const Look *look,
                  int         width)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  GPtrArray *lines = g_ptr_array_new ();
  int columns[N_COLUMNS];
  Row row = make_head ();

  g_array_set_clear_func (rows, row_clear);
  g_array_append_val (rows, row);
  for (guint i = 0; i < runs->len; i++)
    {
      row = make_row (&g_array_index (runs, RunInfo, i));
      g_array_append_val (rows, row);
    }
  measure (rows, width, columns);
  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add (lines, layout_row (&g_array_index (rows, Row, i), columns, look, i == 0));
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (lines, FALSE);
}
