/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "line.h"

#include <glib/gi18n.h>
#include <string.h>

static const char * const paints[] = {
  [PAINT_NONE] = "",
  [PAINT_GOOD] = "\033[32m",
  [PAINT_BAD] = "\033[1;31m",
  [PAINT_BUSY] = "\033[36m",
  [PAINT_WARN] = "\033[33m",
  [PAINT_FAINT] = "\033[2m",
  [PAINT_STRONG] = "\033[1m",
};

static int
character_columns (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

/* How many columns a terminal gives to a text, which is escaped; the only controls in it are our own colours.
 * */
int
text_columns (const char *text)
{
  int columns = 0;

  while (*text != '\0')
    {
      if (*text == '\033')
        text += strcspn (text, "m");
      else
        columns += character_columns (g_utf8_get_char (text));
      if (*text != '\0')
        text = g_utf8_next_char (text);
    }
  return columns;
}

/* “0.4 s”, “12.3 s”, “2:05”, “1:02:05”. */
char *
format_seconds (double seconds)
{
  gint64 whole = (gint64) (MAX (0, seconds) + 0.05);

  if (seconds < 59.95)
    /* Translators: a time in seconds */
    return g_strdup_printf (_("%.1f s"), MAX (0, seconds));
  if (whole < 60 * 60)
    return g_strdup_printf ("%d:%02d", (int) (whole / 60), (int) (whole % 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d", whole / (60 * 60), (int) (whole / 60 % 60),
                          (int) (whole % 60));
}

void
line_init (Line       *line,
           const Look *look,
           int         columns)
{
  line->text = g_string_new (NULL);
  line->left = MAX (0, columns);
  line->look = look;
}

char *
line_finish (Line *line)
{
  return g_string_free (g_steal_pointer (&line->text), FALSE);
}

/* The bytes from the start that fit into so many columns. */
static gsize
measure_fitting (const char *text,
                 int         columns)
{
  const char *p = text;

  while (*p != '\0')
    {
      int more = character_columns (g_utf8_get_char (p));

      if (more > columns)
        break;
      columns -= more;
      p = g_utf8_next_char (p);
    }
  return (gsize) (p - text);
}

static void
add_cut (Line       *line,
         const char *text)
{
  const char *ellipsis = line->look->unicode ? "…" : "...";
  int room = line->left - text_columns (ellipsis);

  if (room >= 0)
    {
      g_string_append_len (line->text, text, (gssize) measure_fitting (text, room));
      g_string_append (line->text, ellipsis);
    }
  line->left = 0;
}

void
line_add (Line       *line,
          Paint       paint,
          const char *text)
{
  gboolean painted = line->look->colour && paint != PAINT_NONE;
  int columns;

  if (line->left <= 0 || *text == '\0')
    return;

  if (painted)
    g_string_append (line->text, paints[paint]);
  columns = line->left < LINE_UNBOUNDED ? text_columns (text) : 0;
  if (columns <= line->left)
    {
      g_string_append (line->text, text);
      line->left -= columns;
    }
  else
    {
      add_cut (line, text);
    }
  if (painted)
    g_string_append (line->text, "\033[0m");
}

void
line_add_space (Line *line,
                int   columns)
{
  for (; columns > 0 && line->left > 0; columns--)
    {
      g_string_append_c (line->text, ' ');
      if (line->left < LINE_UNBOUNDED)
        line->left--;
    }
}

/* With spaces after it, to make it as wide as the others. */
void
line_add_padded (Line       *line,
                 Paint       paint,
                 const char *text,
                 int         columns)
{
  line_add (line, paint, text);
  line_add_space (line, columns - text_columns (text));
}

/* And with spaces before it. */
void
line_add_aligned (Line       *line,
                  Paint       paint,
                  const char *text,
                  int         columns)
{
  line_add_space (line, columns - text_columns (text));
  line_add (line, paint, text);
}

void
line_add_times (Line       *line,
                Paint       paint,
                const char *text,
                int         times)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (; times > 0; times--)
    g_string_append (all, text);
  line_add (line, paint, all->str);
}

/* A word of a table without colours. */
void
line_append_padded (GString    *text,
                    const char *word,
                    int         columns)
{
  Line line;
  g_autofree char *padded = NULL;

  line_init (&line, &(Look) { FALSE, TRUE }, LINE_UNBOUNDED);
  line_add_padded (&line, PAINT_NONE, word, columns);
  padded = line_finish (&line);
  g_string_append (text, padded);
}
