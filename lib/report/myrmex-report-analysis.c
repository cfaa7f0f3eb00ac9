/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The critical path of a run that has been, and what bounded the run.
 *
 * The critical path of a plan is its longest chain of dependencies. That of a run is the chain of tasks that
 * decided when it ended, and it takes slots into account. It is found from its end:
 *
 *   t := the task that ended last
 *   repeat
 *     gate  := of the dependencies of t that ended before it started, the last one; else the start of the run
 *     ready := the end of gate
 *     if t started later than ready, by more than it takes to start something, and another task that was
 *        already under way ended after ready and before t started:
 *       t waited for that task's slot: t := the last such task                       (link: slot)
 *     else if there is a gate:
 *       t := gate                                                                     (link: dependency)
 *     else
 *       stop                                                                          (link: start)
 *
 * A task that was skipped ended when that was decided, and takes no time; so a chain goes on through it. Looking
 * for the last task that ended before a time is a binary search, so the walk costs O(n log n + edges).
 *
 * All the time of the run falls to one of four, going along the path:
 *
 *   dependencies  a task of the path was at work, and nothing could be done about it but to make it faster
 *   slots         a task of the path was at work, and the next one was ready and waited for its slot only
 *   retries       a task of the path waited between two attempts
 *   idle          the rest: nothing of the path was under way. A paused run, conditions, the runner itself
 *
 * How many waits a task had between its attempts is known, but not when they were: they are taken to be spread
 * evenly. The largest of the four bounded the run. */

#include "report/myrmex-report-private.h"

#include <stdlib.h>

/* A start that is later than that, in µs, had to wait for something. In short runs it is a part of the run. */
#define MAX_START_LATENCY (2000)
#define START_LATENCY_PART (200)

typedef struct
{
  MyrmexReport *report;
  guint32      *ends;      /* tasks that were under way, by their end */
  guint32       n_ends;
  guint8       *is_on_path;
  gint64        latency;
} Walk;

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* Most tasks that were under way at once. Who ends when another starts leaves its place to it. */
static guint
find_peak (const MyrmexReport *report)
{
  g_autofree gint64 *starts = g_new (gint64, MAX (1, report->n_tasks));
  g_autofree gint64 *ends = g_new (gint64, MAX (1, report->n_tasks));
  guint32 n = 0;
  guint peak = 0;

  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      const MyrmexReportTask *task = &report->tasks[i];

      if (task->started == 0)
        continue;
      starts[n] = task->started;
      /* However short, it was there. */
      ends[n++] = MAX (myrmex_report_get_end (report, task), task->started + 1);
    }
  qsort (starts, n, sizeof *starts, compare_times);
  qsort (ends, n, sizeof *ends, compare_times);

  for (guint32 started = 0, ended = 0; started < n; started++)
    {
      while (ends[ended] <= starts[started])
        ended++;
      peak = MAX (peak, started + 1 - ended);
    }
  return peak;
}

static int
compare_ends (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  const MyrmexReport *report = data;
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;
  gint64 end_x = myrmex_report_get_end (report, &report->tasks[x]);
  gint64 end_y = myrmex_report_get_end (report, &report->tasks[y]);

  return end_x != end_y ? (end_x > end_y) - (end_x < end_y) : (x > y) - (x < y);
}

static void
walk_init (Walk         *walk,
           MyrmexReport *report)
{
  walk->report = report;
  walk->is_on_path = g_new0 (guint8, MAX (1, report->n_tasks));
  walk->latency = MIN (report->elapsed / START_LATENCY_PART, MAX_START_LATENCY);
  walk->ends = g_new (guint32, MAX (1, report->n_tasks));
  walk->n_ends = 0;
  for (guint32 i = 0; i < report->n_tasks; i++)
    {
      if (report->tasks[i].started != 0)
        walk->ends[walk->n_ends++] = i;
    }
  g_qsort_with_data (walk->ends, (int) walk->n_ends, sizeof *walk->ends, compare_ends, report);
}

static void
walk_clear (Walk *walk)
{
  g_free (walk->ends);
  g_free (walk->is_on_path);
}

/* The dependency that ended last before the task started; some rules do not wait for all. */
static guint32
find_gate (const Walk *walk,
           guint32     task)
{
  const MyrmexReport *report = walk->report;
  gint64 start = myrmex_report_get_start (report, &report->tasks[task]);
  guint32 gate = MYRMEX_REPORT_NO_TASK;
  gint64 last = 0;

  for (guint32 i = 0; i < myrmex_report_count_deps (report, task); i++)
    {
      guint32 dep = myrmex_report_get_dep (report, task, i);

      if (report->tasks[dep].finished != 0 && report->tasks[dep].finished <= start && !walk->is_on_path[dep] &&
          (gate == MYRMEX_REPORT_NO_TASK || report->tasks[dep].finished > last))
        {
          gate = dep;
          last = report->tasks[dep].finished;
        }
    }
  return gate;
}

/* The last task that was under way before @start, and ended between @ready and @start. */
static guint32
find_slot (const Walk *walk,
           gint64      ready,
           gint64      start)
{
  const MyrmexReport *report = walk->report;
  guint32 low = 0, high = walk->n_ends;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (myrmex_report_get_end (report, &report->tasks[walk->ends[middle]]) <= start)
        low = middle + 1;
      else
        high = middle;
    }

  for (; low > 0; low--)
    {
      guint32 other = walk->ends[low - 1];
      const MyrmexReportTask *task = &report->tasks[other];

      if (myrmex_report_get_end (report, task) <= ready)
        break;
      if (task->started < start && !walk->is_on_path[other])
        return other;
    }
  return MYRMEX_REPORT_NO_TASK;
}

/* The step to the task that @step's task waited for; tells whether there is one, and how it came to be. */
static gboolean
step_back (Walk           *walk,
           MyrmexPathStep *step,
           guint32        *before)
{
  const MyrmexReport *report = walk->report;
  const MyrmexReportTask *task = &report->tasks[step->task];
  gint64 start = myrmex_report_get_start (report, task);
  guint32 gate = find_gate (walk, step->task);
  gint64 ready = gate != MYRMEX_REPORT_NO_TASK ? report->tasks[gate].finished : report->started;
  guint32 slot = MYRMEX_REPORT_NO_TASK;

  step->slot_wait = 0;
  if (task->started != 0 && start - ready > walk->latency)
    slot = find_slot (walk, ready, start);

  if (slot != MYRMEX_REPORT_NO_TASK)
    {
      step->link = MYRMEX_LINK_SLOT;
      step->slot_wait = start - ready;
    }
  else
    {
      step->link = gate != MYRMEX_REPORT_NO_TASK ? MYRMEX_LINK_DEPENDENCY : MYRMEX_LINK_START;
    }
  *before = slot != MYRMEX_REPORT_NO_TASK ? slot : gate;
  return *before != MYRMEX_REPORT_NO_TASK;
}

static void
find_path (Walk   *walk,
           GArray *path)
{
  MyrmexPathStep step = { 0 };

  g_array_set_size (path, 0);
  if (walk->n_ends == 0)
    return;

  step.task = walk->ends[walk->n_ends - 1];
  for (;;)
    {
      guint32 before;
      gboolean goes_on;

      walk->is_on_path[step.task] = TRUE;
      goes_on = step_back (walk, &step, &before);
      g_array_append_val (path, step);
      if (!goes_on)
        break;
      step.task = before;
    }

  for (guint i = 0; i < path->len / 2; i++)
    {
      MyrmexPathStep *a = &g_array_index (path, MyrmexPathStep, i);
      MyrmexPathStep *b = &g_array_index (path, MyrmexPathStep, path->len - 1 - i);
      MyrmexPathStep kept = *a;

      *a = *b;
      *b = kept;
    }
}

/* Gives all the time of the run to what it went to. */
static void
share_out (MyrmexReport *self)
{
  gint64 at = self->started;
  gint64 given = 0;

  for (guint i = 0; i < self->path->len; i++)
    {
      const MyrmexPathStep *step = &g_array_index (self->path, MyrmexPathStep, i);
      const MyrmexPathStep *next = i + 1 < self->path->len ? step + 1 : NULL;
      const MyrmexReportTask *task = &self->tasks[step->task];
      gint64 start = MAX (at, myrmex_report_get_start (self, task));
      gint64 end = MAX (start, myrmex_report_get_end (self, task));
      gint64 span = end - start;
      gint64 waits = task->attempts > 1 ? CLAMP (span - task->execution_time, 0, span) : 0;
      gint64 slots = 0;

      if (next != NULL && next->link == MYRMEX_LINK_SLOT)
        {
          gint64 ready = myrmex_report_get_start (self, &self->tasks[next->task]) - next->slot_wait;

          slots = CLAMP (end - MAX (ready, start), 0, span);
          slots = (gint64) ((double) slots * (double) (span - waits) / (double) MAX (1, span));
        }
      self->bounds[MYRMEX_BOUND_RETRIES] += waits;
      self->bounds[MYRMEX_BOUND_SLOTS] += slots;
      self->bounds[MYRMEX_BOUND_DEPENDENCIES] += span - waits - slots;
      given += span;
      at = end;
    }
  self->bounds[MYRMEX_BOUND_IDLE] = MAX (0, self->elapsed - given);
}

void
myrmex_report_analyse (MyrmexReport *self)
{
  Walk walk;

  self->peak = find_peak (self);
  walk_init (&walk, self);
  find_path (&walk, self->path);
  walk_clear (&walk);

  for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
    self->bounds[i] = 0;
  share_out (self);
  self->bound = MYRMEX_BOUND_DEPENDENCIES;
  for (int i = 0; i < MYRMEX_N_BOUNDS; i++)
    {
      if (self->bounds[i] > self->bounds[self->bound])
        self->bound = (MyrmexBound) i;
    }
}
