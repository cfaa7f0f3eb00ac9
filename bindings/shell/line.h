/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How what is shown looks. */
typedef struct
{
  gboolean colour;
  gboolean unicode; /* whether more than ASCII can be shown */
} Look;

typedef enum
{
  PAINT_NONE,
  PAINT_GOOD,
  PAINT_BAD,
  PAINT_BUSY,
  PAINT_WARN,
  PAINT_FAINT,
  PAINT_STRONG,
} Paint;

/* A line of at most so many columns. What does not fit is cut, with an ellipsis. The texts that are added are
 * escaped already. */
typedef struct
{
  GString    *text;
  int         left; /* columns */
  const Look *look;
} Line;

#define LINE_UNBOUNDED (G_MAXINT)

int   text_columns     (const char *text);
char *format_seconds   (double      seconds) G_GNUC_WARN_UNUSED_RESULT;

void  line_init        (Line       *line,
                        const Look *look,
                        int         columns);
char *line_finish      (Line       *line) G_GNUC_WARN_UNUSED_RESULT;
void  line_add         (Line       *line,
                        Paint       paint,
                        const char *text);
void  line_add_space   (Line       *line,
                        int         columns);
void  line_add_padded  (Line       *line,
                        Paint       paint,
                        const char *text,
                        int         columns);
void  line_add_aligned (Line       *line,
                        Paint       paint,
                        const char *text,
                        int         columns);
void  line_add_times   (Line       *line,
                        Paint       paint,
                        const char *text,
                        int         times);

void  line_append_padded (GString    *text,
                          const char *word,
                          int         columns);

G_END_DECLS
