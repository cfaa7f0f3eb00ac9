/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Where everything of a timeline is.
 *
 * Lanes are filled by the order of starts: a task goes to the first lane that is free, so as many are needed as there
 * were tasks at once. Tasks of the critical path never overlap each other, and have the first lane for themselves:
 * it shows at a glance where the time went. */

#include "report/myrmex-timeline-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MSEC G_GINT64_CONSTANT (1000)
#define SEC  (1000 * MSEC)
#define MIN_ (60 * SEC)
#define HOUR (60 * MIN_)

typedef struct
{
  const MyrmexReport *report;
  MyrmexTimeline     *timeline;
  gint64              lane_ends[MYRMEX_TIMELINE_MAX_LANES];
  gint32              last_bars[MYRMEX_TIMELINE_MAX_LANES]; /* index of the newest bar of a lane, or -1 */
} Packing;

/* Those that started, by when they did; then the others. */
static int
compare_starts (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  const MyrmexReport *report = data;
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;
  gint64 start_x = report->tasks[x].started != 0 ? report->tasks[x].started : G_MAXINT64;
  gint64 start_y = report->tasks[y].started != 0 ? report->tasks[y].started : G_MAXINT64;

  return start_x != start_y ? (start_x > start_y) - (start_x < start_y) : (x > y) - (x < y);
}

static guint32
pick_lane (const Packing *packing,
           gint64         start,
           gboolean       is_critical)
{
  const guint32 first = packing->report->path->len > 0 ? 1 : 0;
  guint32 lane = first;

  if (is_critical)
    return 0;
  while (lane < packing->timeline->n_rows && packing->lane_ends[lane] > start)
    lane++;
  /* Where there are too many, the last lane takes what is left. */
  return MIN (lane, MYRMEX_TIMELINE_MAX_LANES - 1);
}

/* Of bars that are next to each other and narrower than can be seen, one is drawn. */
static gboolean
try_merge (Packing                 *packing,
           const MyrmexTimelineBar *bar,
           gint64                   unseen)
{
  gint32 last = packing->last_bars[bar->row];
  MyrmexTimelineBar *before;

  if (last < 0 || bar->end - bar->start > unseen)
    return FALSE;

  before = &g_array_index (packing->timeline->bars, MyrmexTimelineBar, last);
  if (before->end - before->start > unseen || bar->end - before->start > 2 * unseen ||
      packing->report->tasks[before->task].status != packing->report->tasks[bar->task].status)
    return FALSE;

  before->end = MAX (before->end, bar->end);
  before->n_tasks++;
  return TRUE;
}

static void
add_bar (Packing           *packing,
         MyrmexTimelineBar *bar,
         gint64             unseen)
{
  MyrmexTimeline *timeline = packing->timeline;

  if (!timeline->has_lanes)
    {
      bar->row = timeline->n_rows++;
      g_array_append_vals (timeline->bars, bar, 1);
      return;
    }

  bar->row = pick_lane (packing, bar->start, bar->is_critical);
  timeline->n_rows = MAX (timeline->n_rows, bar->row + 1);
  packing->lane_ends[bar->row] = MAX (packing->lane_ends[bar->row], bar->end);
  if (try_merge (packing, bar, unseen))
    return;
  packing->last_bars[bar->row] = (gint32) timeline->bars->len;
  g_array_append_vals (timeline->bars, bar, 1);
}

static void
pack (MyrmexTimeline     *self,
      const MyrmexReport *report,
      const guint8       *is_critical,
      gint64              unseen)
{
  g_autofree guint32 *order = g_new (guint32, MAX (1, report->n_tasks));
  g_autofree Packing *packing = g_new0 (Packing, 1);

  packing->report = report;
  packing->timeline = self;
  for (guint i = 0; i < MYRMEX_TIMELINE_MAX_LANES; i++)
    packing->last_bars[i] = -1;
  for (guint32 i = 0; i < report->n_tasks; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) report->n_tasks, sizeof *order, compare_starts, (gpointer) report);

  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      const MyrmexReportTask *task = &report->tasks[order[i]];
      MyrmexTimelineBar bar = { .task = order[i], .n_tasks = 1, .is_critical = is_critical[order[i]] };

      if (task->started == 0 && self->has_lanes)
        continue;
      if (task->started != 0 || task->finished != 0)
        {
          bar.start = CLAMP (myrmex_report_get_start (report, task) - report->started, 0, self->span);
          bar.end = CLAMP (myrmex_report_get_end (report, task) - report->started, bar.start, self->span);
        }
      add_bar (packing, &bar, unseen);
    }
}

/* How many were under way, in each part of the run: parts at both ends, and all of what is between. */
static void
add_load (MyrmexTimeline *self,
          double         *changes,
          gint64          start,
          gint64          end)
{
  double from = (double) start / (double) self->span * MYRMEX_TIMELINE_BUCKETS;
  double to = (double) end / (double) self->span * MYRMEX_TIMELINE_BUCKETS;
  int first = MIN ((int) from, MYRMEX_TIMELINE_BUCKETS - 1);
  int last = MIN ((int) to, MYRMEX_TIMELINE_BUCKETS - 1);

  if (first == last)
    {
      self->load[first] += to - from;
      return;
    }
  self->load[first] += first + 1 - from;
  self->load[last] += to - last;
  changes[first + 1] += 1;
  changes[last] -= 1;
}

static void
measure_load (MyrmexTimeline     *self,
              const MyrmexReport *report)
{
  double changes[MYRMEX_TIMELINE_BUCKETS + 1] = { 0 };
  double full = 0;

  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      const MyrmexReportTask *task = &report->tasks[i];
      gint64 start = CLAMP (task->started - report->started, 0, self->span);
      gint64 end = CLAMP (myrmex_report_get_end (report, task) - report->started, start, self->span);

      if (task->started != 0)
        add_load (self, changes, start, end);
    }
  for (int i = 0; i < MYRMEX_TIMELINE_BUCKETS; i++)
    {
      full += changes[i];
      self->load[i] += full;
    }
}

/* The smallest distance of ticks that people count in, and that does not give too many of them. */
static gint64
pick_step (gint64 span)
{
  static const gint64 steps[] = {
    1 * SEC,   2 * SEC,   5 * SEC,   10 * SEC,  15 * SEC, 30 * SEC, 1 * MIN_, 2 * MIN_, 5 * MIN_,  10 * MIN_,
    15 * MIN_, 30 * MIN_, 1 * HOUR,  2 * HOUR,  3 * HOUR, 6 * HOUR, 12 * HOUR,
  };
  gint64 step = 1;

  for (int i = 0; step < SEC && span / step > MYRMEX_TIMELINE_MAX_TICKS; i++)
    step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  if (step < SEC)
    return step;
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (span / steps[i] <= MYRMEX_TIMELINE_MAX_TICKS)
        return steps[i];
    }
  step = 24 * HOUR;
  while (span / step > MYRMEX_TIMELINE_MAX_TICKS)
    step *= 2;
  return step;
}

/* What a tick is called: short, and in the same unit as the others. */
char *
myrmex_timeline_dup_tick (const MyrmexTimeline *self,
                          gint64                at)
{
  double seconds = (double) at / SEC;
  int whole = (int) (at / SEC);

  if (self->span < SEC)
    return g_strdup_printf (_("%g ms"), (double) at / MSEC);
  if (self->span < 2 * MIN_)
    return g_strdup_printf (_("%g s"), seconds);
  if (self->span < 2 * HOUR)
    return g_strdup_printf (_("%d:%02d min"), whole / 60, whole % 60);
  return g_strdup_printf (_("%d:%02d h"), whole / 3600, whole / 60 % 60);
}

/* @pixels: how wide the run will be drawn */
void
myrmex_timeline_init (MyrmexTimeline     *self,
                      const MyrmexReport *report,
                      double              pixels)
{
  g_autofree guint8 *is_critical = g_new0 (guint8, MAX (1, report->n_tasks));

  memset (self, 0, sizeof *self);
  self->bars = g_array_new (FALSE, FALSE, sizeof (MyrmexTimelineBar));
  self->has_lanes = report->n_tasks > MYRMEX_TIMELINE_MAX_ROWS;
  self->span = MAX (1, report->elapsed);
  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      if (report->tasks[i].started != 0)
        self->span = MAX (self->span, myrmex_report_get_end (report, &report->tasks[i]) - report->started);
    }
  for (guint i = 0; i < report->path->len; i++)
    is_critical[g_array_index (report->path, MyrmexPathStep, i).task] = TRUE;

  self->step = pick_step (self->span);
  pack (self, report, is_critical, (gint64) ((double) self->span / pixels));
  measure_load (self, report);
}

void
myrmex_timeline_clear (MyrmexTimeline *self)
{
  g_array_unref (self->bars);
}
