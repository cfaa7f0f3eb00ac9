/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A picture of when each task was under way, as SVG.
 *
 * It has no scripts, nothing outside itself, and no CSS variables, which some viewers do not know. It follows the
 * reader's choice of light or dark. Each bar says more where the pointer rests on it. */

#include <glib/gi18n-lib.h>

#include "report/myrmex-palette-private.h"
#include "report/myrmex-report-words-private.h"
#include "report/myrmex-timeline-private.h"
#include "report/myrmex-xml-private.h"

/* All in pixels, of a picture that is scaled to where it is shown */
#define WIDTH        (1200.0)
#define MARGIN       (28.0)
#define AFTER_BARS   (64.0)  /* room for the time of a bar that goes on to the end */
#define MAX_GUTTER   (250.0)
#define LOAD_HEIGHT  (44.0)
#define AXIS_HEIGHT  (24.0)
#define LANES_HEIGHT (560.0)
#define GLYPH        (0.60)  /* of the size of the font: how wide a column of text is, at most */
#define MIN_BAR      (1.5)

typedef struct
{
  const MyrmexReport *report;
  MyrmexTimeline      timeline;
  GString            *out;
  double              left;       /* of the plot */
  double              right;
  double              y;          /* how far down the picture is drawn */
  double              top;        /* of the rows */
  double              row_height;
  double              font;
} Picture;

static const char style_light[] =
  ".bg{fill:#ffffff}.band{fill:#f6f7f9}.ink,.name{fill:#1f2328}.faint{fill:#5b636e}.grid{stroke:#e3e6ea}"
  ".axis{stroke:#b5bbc4}.crit{stroke:#1f2328}.link{stroke:#1f2328}.load{fill:#2f7fd6;stroke:#2f7fd6}"
  ".halo{stroke:#ffffff}.limit{stroke:#d1451b}.in{fill:#ffffff}.pill{fill:#ffffff}.mark{fill:#d1451b}";

static const char style_dark[] =
  ".bg{fill:#1b1d21}.band{fill:#22252a}.ink,.name{fill:#eceef1}.faint{fill:#a4abb6}.grid{stroke:#32363c}"
  ".axis{stroke:#5b626c}.crit{stroke:#ffffff}.link{stroke:#ffffff}.load{fill:#5aa2f0;stroke:#5aa2f0}"
  ".halo{stroke:#1b1d21}.limit{stroke:#f2754a}.in{fill:#101214}.pill{fill:#101214}.mark{fill:#f2754a}";

static void
add_status_rules (GString  *out,
                  gboolean  dark)
{
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      const MyrmexPaint *paint = myrmex_palette_get ((MyrmexTaskStatus) i);

      g_string_append_printf (out, ".%s{fill:%s}", paint->name, dark ? paint->dark : paint->light);
    }
}

static void
add_style (GString *out)
{
  g_string_append (out, "<style>\n"
                        "text{font-family:system-ui,Cantarell,'Noto Sans','DejaVu Sans',sans-serif}\n"
                        ".num{font-variant-numeric:tabular-nums}.strong{font-weight:600}.end{text-anchor:end}"
                        ".mid{text-anchor:middle}.crit{fill:none;stroke-width:1.6}"
                        ".link{fill:none;stroke-width:1.3}.slot{stroke-dasharray:3 3}.load{fill-opacity:.22;"
                        "stroke-width:1.2}.limit{stroke-width:1;stroke-dasharray:5 4}"
                        ".halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
                        ".waits{fill-opacity:.6}.hatch{fill:url(#hatch)}\n");
  g_string_append (out, style_light);
  add_status_rules (out, FALSE);
  g_string_append (out, "\n@media (prefers-color-scheme: dark){\n");
  g_string_append (out, style_dark);
  add_status_rules (out, TRUE);
  g_string_append (out, "\n}\n</style>\n"
                        "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
                        "patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"5\" fill=\"#ffffff\" "
                        "fill-opacity=\".42\"/></pattern></defs>\n");
}

static double
to_x (const Picture *picture,
      gint64         time)
{
  return picture->left + (picture->right - picture->left) * (double) time / (double) picture->timeline.span;
}

static double
to_y (const Picture *picture,
      guint          row)
{
  return picture->top + row * picture->row_height;
}

static double
measure (const char *text,
         double      font)
{
  return myrmex_words_count_columns (text) * font * GLYPH;
}

static char *
clip (const char *text,
      double      font,
      double      width)
{
  g_autofree char *shown = myrmex_words_show (text);

  return myrmex_words_clip (shown, (int) (width / (font * GLYPH)));
}

static void
add_text (Picture    *picture,
          const char *classes,
          double      x,
          double      y,
          double      font,
          const char *text)
{
  myrmex_xml_append (picture->out, "<text class=\"$\" x=\"%\" y=\"%\" font-size=\"%\">$</text>\n", classes, x, y, font, text);
}

/* A sentence, in as many lines as it needs. */
static void
add_sentence (Picture    *picture,
              const char *classes,
              double      font,
              const char *sentence)
{
  const int columns = (int) ((WIDTH - 2 * MARGIN) / (font * GLYPH));
  g_auto (GStrv) words = g_strsplit (sentence, " ", -1);
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (line->len > 0 && myrmex_words_count_columns (line->str) + 1 + myrmex_words_count_columns (words[i]) > columns)
        {
          add_text (picture, classes, MARGIN, picture->y, font, line->str);
          picture->y += font * 1.4;
          g_string_truncate (line, 0);
        }
      g_string_append_printf (line, "%s%s", line->len > 0 ? " " : "", words[i]);
    }
  add_text (picture, classes, MARGIN, picture->y, font, line->str);
  picture->y += font * 1.4;
}

static const char *
name_run_paint (MyrmexRunStatus status)
{
  static const MyrmexTaskStatus like[] = {
    [MYRMEX_RUN_STATUS_QUEUED] = MYRMEX_TASK_STATUS_PENDING,
    [MYRMEX_RUN_STATUS_RUNNING] = MYRMEX_TASK_STATUS_RUNNING,
    [MYRMEX_RUN_STATUS_PAUSED] = MYRMEX_TASK_STATUS_RETRYING,
    [MYRMEX_RUN_STATUS_COMPLETED] = MYRMEX_TASK_STATUS_COMPLETED,
    [MYRMEX_RUN_STATUS_FAILED] = MYRMEX_TASK_STATUS_FAILED,
    [MYRMEX_RUN_STATUS_CANCELLED] = MYRMEX_TASK_STATUS_CANCELLED,
  };

  return myrmex_palette_get (like[status])->name;
}

static void
add_title (Picture *picture)
{
  const MyrmexReport *report = picture->report;
  const char *status = myrmex_run_status_get_label (report->status);
  g_autofree char *name = clip (report->name != NULL ? report->name : "", 22, 860);
  g_autofree char *started = myrmex_words_time (report->started);
  double pill = measure (status, 13) + 22;

  picture->y = MARGIN + 20;
  myrmex_xml_append (picture->out, "<rect class=\"$\" x=\"%\" y=\"%\" width=\"%\" height=\"24\" rx=\"12\"/>\n",
                     name_run_paint (report->status), MARGIN, picture->y - 18, pill);
  add_text (picture, "pill strong mid", MARGIN + pill / 2, picture->y - 1.5, 13, status);
  add_text (picture, "ink strong", MARGIN + pill + 12, picture->y + 1.5, 22, name);
  if (report->started != 0 && started != NULL)
    add_text (picture, "faint num end", WIDTH - MARGIN, picture->y - 1.5, 13, started);
  picture->y += 32;
}

/* A bar holds all attempts of a task; where it waited between them, not all of the bar was work. */
static gboolean
has_waits (const MyrmexReport     *report,
           const MyrmexReportTask *task)
{
  return task->attempts > 1 && task->status != MYRMEX_TASK_STATUS_FAILED &&
         task->execution_time < (myrmex_report_get_end (report, task) - task->started) * 95 / 100;
}

/* The lighter colour of those that waited between attempts, in that of the first of them. */
static double
add_waits_legend (Picture *picture,
                  double   x)
{
  const MyrmexReport *report = picture->report;
  const char *label = _("with waits between attempts");

  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      if (report->tasks[i].started == 0 || !has_waits (report, &report->tasks[i]))
        continue;
      myrmex_xml_append (picture->out, "<rect class=\"$ waits\" x=\"%\" y=\"%\" width=\"12\" height=\"12\" rx=\"2\"/>\n",
                         myrmex_palette_get (report->tasks[i].status)->name, x, picture->y - 10);
      add_text (picture, "ink", x + 18, picture->y, 13, label);
      return x + 18 + measure (label, 13) + 18;
    }
  return x;
}

/* What each colour means, with how many there are of it. */
static void
add_legend (Picture *picture)
{
  const MyrmexTaskStatus *order = myrmex_words_status_order;
  double x = MARGIN;

  picture->y += 6;
  for (guint i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    {
      guint n = picture->report->counts[order[i]];
      g_autofree char *label = g_strdup_printf ("%u %s", n, myrmex_task_status_get_label (order[i]));

      if (n == 0)
        continue;
      myrmex_xml_append (picture->out, "<rect class=\"$\" x=\"%\" y=\"%\" width=\"12\" height=\"12\" rx=\"2\"/>\n",
                         myrmex_palette_get (order[i])->name, x, picture->y - 10);
      if (order[i] == MYRMEX_TASK_STATUS_FAILED)
        myrmex_xml_append (picture->out, "<rect x=\"%\" y=\"%\" width=\"12\" height=\"12\" class=\"hatch\"/>\n", x,
                           picture->y - 10);
      add_text (picture, "ink num", x + 18, picture->y, 13, label);
      x += 18 + measure (label, 13) + 18;
    }

  x = add_waits_legend (picture, x);
  if (picture->report->path->len > 0)
    {
      g_autofree char *label = myrmex_words_path (picture->report);

      myrmex_xml_append (picture->out, "<rect class=\"crit\" x=\"%\" y=\"%\" width=\"12\" height=\"12\" rx=\"2\"/>\n", x,
                         picture->y - 10);
      add_text (picture, "ink num", x + 18, picture->y, 13, label);
    }
  picture->y += 20;
}

static void
add_head (Picture *picture)
{
  g_autofree char *headline = myrmex_words_headline (picture->report);
  g_autofree char *parallel = myrmex_words_parallel (picture->report);
  g_autofree char *bound = myrmex_words_bound (picture->report);
  g_autofree char *facts = g_strdup_printf ("%s · %s", headline, parallel);

  add_title (picture);
  add_sentence (picture, "ink", 14, facts);
  add_sentence (picture, "faint", 14, bound);
  add_legend (picture);
}

/* How many tasks were under way, over time. */
static void
add_load (Picture *picture)
{
  const MyrmexTimeline *timeline = &picture->timeline;
  const double bucket = (picture->right - picture->left) / MYRMEX_TIMELINE_BUCKETS;
  const double base = picture->y + LOAD_HEIGHT;
  guint limit = picture->report->max_parallel;
  double most = MAX (1, picture->report->peak);
  g_autofree char *peak = g_strdup_printf ("%u", picture->report->peak);
  double before = -1;

  add_text (picture, "faint end", picture->left - 10, picture->y + 11, 11, _("at once"));
  add_text (picture, "ink num strong end", picture->left - 10, picture->y + 26, 12, peak);
  myrmex_xml_append (picture->out, "<path class=\"load\" d=\"M% %", picture->left, base);
  for (int i = 0; i < MYRMEX_TIMELINE_BUCKETS; i++)
    {
      double y = base - LOAD_HEIGHT * MIN (1, timeline->load[i] / most);

      if (ABS (y - before) < 0.05)
        continue;
      myrmex_xml_append (picture->out, "H%V%", picture->left + i * bucket, y);
      before = y;
    }
  myrmex_xml_append (picture->out, "H%V%Z\"/>\n", picture->right, base);
  if (limit > 0 && limit <= picture->report->peak)
    {
      /* Translators: of tasks that run at once; short */
      g_autofree char *label = g_strdup_printf (_("limit %u"), limit);
      double y = base - LOAD_HEIGHT * limit / most;

      myrmex_xml_append (picture->out, "<line class=\"limit\" x1=\"%\" x2=\"%\" y1=\"%\" y2=\"%\"/>\n", picture->left,
                         picture->right, y, y);
      add_text (picture, "mark num end halo", picture->right - 4, limit < picture->report->peak ? y - 3 : y + 13, 11,
                label);
    }
  picture->y = base;
}

static void
add_ticks (Picture *picture,
           double   bottom)
{
  const MyrmexTimeline *timeline = &picture->timeline;

  myrmex_xml_append (picture->out, "<line class=\"axis\" x1=\"%\" x2=\"%\" y1=\"%\" y2=\"%\"/>\n", picture->left,
                     picture->right, picture->y, picture->y);
  for (gint64 at = 0; at <= timeline->span; at += timeline->step)
    {
      g_autofree char *label = myrmex_timeline_dup_tick (timeline, at);
      double x = to_x (picture, at);

      myrmex_xml_append (picture->out, "<line class=\"grid\" x1=\"%\" x2=\"%\" y1=\"%\" y2=\"%\"/>\n", x, x, picture->y,
                         bottom);
      add_text (picture, at == 0 ? "faint num" : "faint num mid", x, picture->y + 15, 11, label);
    }
}

/* What the pointer tells. */
static void
add_tooltip (Picture                 *picture,
             const MyrmexTimelineBar *bar)
{
  const MyrmexReportTask *task = &picture->report->tasks[bar->task];
  g_autofree char *start = myrmex_words_seconds (bar->start);
  g_autofree char *time = myrmex_words_seconds (task->execution_time);
  g_autofree char *raw = myrmex_words_note (task);
  g_autofree char *shown = myrmex_words_show (raw);
  g_autofree char *note = myrmex_words_clip (shown, 160);
  g_autofree char *name = myrmex_words_show (task->name);

  if (bar->n_tasks > 1)
    {
      g_autofree char *tasks = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u task", "%u tasks", bar->n_tasks),
                                                bar->n_tasks);

      myrmex_xml_append (picture->out, "<title>$: $</title>", tasks, myrmex_task_status_get_label (task->status));
      return;
    }

  myrmex_xml_append (picture->out, "<title>$: $", name, myrmex_task_status_get_label (task->status));
  if (task->started != 0)
    {
      /* Translators: of a task; both are lengths of time */
      g_autofree char *when = g_strdup_printf (_("started after %s, took %s"), start, time);

      myrmex_xml_append (picture->out, "\n$", when);
    }
  if (task->attempts > 1)
    {
      g_autofree char *tries = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u attempt", "%u attempts", task->attempts),
                                                task->attempts);

      myrmex_xml_append (picture->out, "\n$", tries);
    }
  if (note[0] != '\0')
    myrmex_xml_append (picture->out, "\n$", note);
  g_string_append (picture->out, "</title>");
}

static void
add_rect (Picture    *picture,
          const char *classes,
          double      x,
          double      y,
          double      width,
          double      height)
{
  myrmex_xml_append (picture->out, "<rect class=\"$\" x=\"%\" y=\"%\" width=\"%\" height=\"%\" rx=\"%\"/>", classes, x, y,
                     width, height, MIN (3, MIN (width, height) / 2.5));
}

static void
add_bar (Picture                 *picture,
         const MyrmexTimelineBar *bar)
{
  const MyrmexReportTask *task = &picture->report->tasks[bar->task];
  const char *paint = myrmex_palette_get (task->status)->name;
  double x = to_x (picture, bar->start);
  double width = MAX (MIN_BAR, to_x (picture, bar->end) - x);
  double gap = picture->row_height >= 8 ? picture->row_height * 0.14 : 0.4;
  double y = to_y (picture, bar->row) + gap;
  double height = picture->row_height - 2 * gap;
  g_autofree char *classes = g_strdup_printf ("%s%s", paint, has_waits (picture->report, task) ? " waits" : "");

  if (picture->timeline.has_lanes && width > 4)
    width -= 0.8; /* so that neighbours are told apart */
  g_string_append (picture->out, "<g>");
  add_tooltip (picture, bar);
  add_rect (picture, classes, x, y, width, height);
  if (task->status == MYRMEX_TASK_STATUS_FAILED && width >= 3)
    myrmex_xml_append (picture->out, "<rect x=\"%\" y=\"%\" width=\"%\" height=\"%\" rx=\"%\" class=\"hatch\"/>", x,
                       y, width, height, MIN (3, MIN (width, height) / 2.5));
  if (bar->is_critical && !picture->timeline.has_lanes)
    add_rect (picture, "crit", x, y, width, height);
  if (picture->timeline.has_lanes && picture->row_height >= 11 && bar->n_tasks == 1 && width > 7 * picture->font)
    {
      g_autofree char *name = clip (task->name, picture->font, width - 8);

      myrmex_xml_append (picture->out, "<text class=\"in\" x=\"%\" y=\"%\" font-size=\"%\">$</text>", x + 4,
                         y + height / 2 + picture->font * 0.36, picture->font, name);
    }
  g_string_append (picture->out, "</g>\n");
}

/* What stands beside the bar of a row: how long it took, or why it took no time. */
static void
add_remark (Picture                 *picture,
            const MyrmexTimelineBar *bar)
{
  const MyrmexReportTask *task = &picture->report->tasks[bar->task];
  double y = to_y (picture, bar->row) + picture->row_height / 2 + picture->font * 0.36;
  double x = to_x (picture, bar->end) + (task->started != 0 ? 6 : 9);
  g_autofree char *time = myrmex_words_seconds (task->execution_time);
  g_autofree char *remark = NULL;

  if (task->started == 0)
    remark = g_strdup (myrmex_words_reason (task));
  else if (task->attempts > 1)
    remark = g_strdup_printf ("%s ×%u", time, task->attempts);
  else
    remark = g_strdup (time);

  if (x + measure (remark, picture->font) <= WIDTH - 6)
    add_text (picture, "faint num halo", x, y, picture->font, remark);
  else if (to_x (picture, bar->start) - 6 - measure (remark, picture->font) > picture->left)
    add_text (picture, "faint num end halo", to_x (picture, bar->start) - 6, y, picture->font, remark);
  else
    add_text (picture, "in num end", to_x (picture, bar->end) - 6, y, picture->font, remark);
}

static void
add_row (Picture                 *picture,
         const MyrmexTimelineBar *bar)
{
  const MyrmexReportTask *task = &picture->report->tasks[bar->task];
  gboolean is_failed = task->status == MYRMEX_TASK_STATUS_FAILED;
  double y = to_y (picture, bar->row) + picture->row_height / 2 + picture->font * 0.36;
  g_autofree char *name = clip (task->name, picture->font, picture->left - MARGIN - 24);
  const char *classes = task->started == 0 ? "faint end" : bar->is_critical ? "name end strong" : "name end";

  add_text (picture, classes, picture->left - 10, y, picture->font, name);
  if (is_failed)
    add_text (picture, "mark strong", MARGIN - 14, y, picture->font, "✗");
  if (task->started != 0)
    add_bar (picture, bar);
  else
    myrmex_xml_append (picture->out, "<circle class=\"$\" cx=\"%\" cy=\"%\" r=\"3\"/>\n",
                       myrmex_palette_get (task->status)->name, MIN (to_x (picture, bar->start) + 3, picture->right),
                       to_y (picture, bar->row) + picture->row_height / 2);
  add_remark (picture, bar);
}

static void
add_bands (Picture *picture)
{
  const MyrmexTimeline *timeline = &picture->timeline;

  if (timeline->has_lanes)
    {
      if (picture->report->path->len > 0)
        {
          myrmex_xml_append (picture->out, "<rect class=\"band\" x=\"%\" y=\"%\" width=\"%\" height=\"%\"/>\n", MARGIN,
                             picture->top, WIDTH - 2 * MARGIN, picture->row_height);
          add_text (picture, "ink strong end", picture->left - 10, picture->top + picture->row_height / 2 + 4, 11,
                    _("critical path"));
        }
      add_text (picture, "faint end", picture->left - 10, picture->top + picture->row_height + 14, 11,
                picture->report->path->len > 0 ? _("other tasks") : _("tasks"));
      return;
    }
  for (guint row = 1; row < timeline->n_rows; row += 2)
    myrmex_xml_append (picture->out, "<rect class=\"band\" x=\"%\" y=\"%\" width=\"%\" height=\"%\"/>\n", MARGIN - 18,
                       to_y (picture, row), WIDTH - 2 * MARGIN + 36, picture->row_height);
}

/* From the end of each task of the critical path to the start of the next. */
static void
add_links (Picture *picture)
{
  const MyrmexReport *report = picture->report;
  g_autofree const MyrmexTimelineBar **bar_of = g_new0 (const MyrmexTimelineBar *, MAX (1, report->n_tasks));

  for (guint i = 0; i < picture->timeline.bars->len; i++)
    {
      const MyrmexTimelineBar *bar = &g_array_index (picture->timeline.bars, MyrmexTimelineBar, i);

      bar_of[bar->task] = bar;
    }
  for (guint i = 1; i < report->path->len; i++)
    {
      const MyrmexPathStep *step = &g_array_index (report->path, MyrmexPathStep, i);
      const MyrmexTimelineBar *from = bar_of[(step - 1)->task];
      const MyrmexTimelineBar *to = bar_of[step->task];
      double half = picture->row_height / 2;

      myrmex_xml_append (picture->out, "<path class=\"$\" d=\"M% %H%V%\"/>\n",
                         step->link == MYRMEX_LINK_SLOT ? "link slot" : "link", to_x (picture, from->end),
                         to_y (picture, from->row) + half, to_x (picture, to->start) + 1,
                         to_y (picture, to->row) + half);
    }
}

static void
lay_out (Picture *picture)
{
  const MyrmexReport *report = picture->report;
  double gutter = 60;

  picture->right = WIDTH - MARGIN - AFTER_BARS;
  picture->left = MARGIN + 120;
  myrmex_timeline_init (&picture->timeline, report, picture->right - picture->left);
  if (picture->timeline.has_lanes)
    {
      picture->right = WIDTH - MARGIN;
      picture->row_height = CLAMP (LANES_HEIGHT / MAX (1, picture->timeline.n_rows), 3, 20);
      picture->font = CLAMP (picture->row_height * 0.55, 7, 10.5);
      return;
    }

  picture->row_height = report->n_tasks <= 20 ? 28 : report->n_tasks <= 80 ? 22 : 16;
  picture->font = report->n_tasks <= 20 ? 13 : report->n_tasks <= 80 ? 12 : 10.5;
  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      g_autofree char *shown = myrmex_words_show (report->tasks[i].name);

      gutter = MAX (gutter, measure (shown, picture->font) + 24);
    }
  picture->left = MARGIN + MIN (gutter, MAX_GUTTER);
}

static void
add_plot (Picture *picture)
{
  const MyrmexTimeline *timeline = &picture->timeline;
  double bottom;

  picture->y += 8;
  add_load (picture);
  picture->top = picture->y + AXIS_HEIGHT;
  bottom = to_y (picture, MAX (1, timeline->n_rows));
  add_bands (picture);
  add_ticks (picture, bottom);
  if (!timeline->has_lanes)
    add_links (picture);
  for (guint i = 0; i < timeline->bars->len; i++)
    {
      const MyrmexTimelineBar *bar = &g_array_index (timeline->bars, MyrmexTimelineBar, i);

      if (timeline->has_lanes)
        add_bar (picture, bar);
      else
        add_row (picture, bar);
    }
  picture->y = bottom;
}

char *
myrmex_report_to_timeline (const MyrmexReport *self)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *name = myrmex_words_show (self->name != NULL ? self->name : "");
  Picture picture = { .report = self, .out = body };
  double height;

  lay_out (&picture);
  add_head (&picture);
  if (self->n_tasks > 0)
    add_plot (&picture);
  height = picture.y + MARGIN;
  myrmex_timeline_clear (&picture.timeline);

  myrmex_xml_append (out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%\" height=\"%\" viewBox=\"0 0 % %\" role=\"img\" "
                     "aria-label=\"$\">\n", WIDTH, height, WIDTH, height, name);
  add_style (out);
  g_string_append (out, "<rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n");
  g_string_append_len (out, body->str, (gssize) body->len);
  g_string_append (out, "</svg>\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}
