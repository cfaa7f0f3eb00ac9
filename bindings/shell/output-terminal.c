/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run for a person at a terminal: what has ended stays as a line, what is under way is in a frame below.
 *
 * Events only change what there is to show. It is drawn at most every FRAME_US, and without an event only while
 * something is under way, whose time goes on. */

#include "output.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "endings.h"
#include "frame.h"
#include "screen.h"
#include "tasks.h"
#include "time-left.h"

#define FRAME_US (100 * G_TIME_SPAN_MILLISECOND)

/* Names get no more columns than this, however long the longest is. */
#define MAX_NAME_COLUMNS (32)

typedef struct
{
  Output    output;
  Look      look;
  Screen   *screen;
  Tasks    *tasks;     /* that are under way */
  Endings  *endings;   /* of those that ended */
  GSource  *timer;     /* the next frame; its ready time is -1 while there is none to be drawn */
  gint64    drawn;     /* when the last one was */
  GSource  *resize;
  guint     n_ended[MYRMEX_TASK_STATUS_CANCELLED + 1]; /* as it was told: the run itself may be ahead of that */
  TimeLeft  left;
  int       name_width;
  gboolean  is_stopping;
} TerminalOutput;

/* How much of the run is done, 0 to 1, as it was told. */
static double
measure_done (TerminalOutput *self,
              gint64          now)
{
  double done = tasks_sum_fractions (self->tasks, now);

  for (guint status = 0; status < G_N_ELEMENTS (self->n_ended); status++)
    done += self->n_ended[status];
  return done / MAX (1, myrmex_run_get_n_tasks (self->output.run));
}

static void
fill_frame (TerminalOutput *self,
            Frame          *frame,
            GArray         *tasks,
            gint64          now)
{
  MyrmexRun *run = self->output.run;
  double elapsed = myrmex_run_get_elapsed (run);

  *frame = (Frame) {
    .tasks = (const FrameTask *) (gpointer) tasks->data,
    .n_tasks = tasks->len,
    .n_more = tasks_get_count (self->tasks) - tasks->len,
    .name_width = self->name_width,
    .total = myrmex_run_get_n_tasks (run),
    .completed = self->n_ended[MYRMEX_TASK_STATUS_COMPLETED],
    .failed = self->n_ended[MYRMEX_TASK_STATUS_FAILED],
    .passed_over = self->n_ended[MYRMEX_TASK_STATUS_SKIPPED] + self->n_ended[MYRMEX_TASK_STATUS_CANCELLED],
    .running = tasks_count_running (self->tasks),
    .elapsed = elapsed,
    .left = time_left_update (&self->left, elapsed, measure_done (self, now)),
    .stopping = self->is_stopping,
    .paused = myrmex_run_get_status (run) == MYRMEX_RUN_STATUS_PAUSED,
  };
}

static void
draw (TerminalOutput *self,
      gint64          now)
{
  g_autofree char *above = endings_take (self->endings);
  g_autoptr (GArray) tasks = NULL;
  g_auto (GStrv) lines = NULL;
  int width, height;
  Frame frame;

  screen_get_size (self->screen, &width, &height);
  tasks = tasks_list (self->tasks, frame_count_fitting (height), now);
  fill_frame (self, &frame, tasks, now);
  lines = frame_layout (&frame, &self->look, width, height);
  screen_show (self->screen, above, lines);
  self->drawn = now;
}

static gboolean
draw_cb (gpointer data)
{
  TerminalOutput *self = data;
  gint64 now = g_get_monotonic_time ();

  /* A terminal that is slow, or held with Ctrl-S, gets a later one. */
  gboolean is_free = stream_get_pending (self->output.stream) == 0;

  if (is_free)
    draw (self, now);
  g_source_set_ready_time (self->timer, !is_free || tasks_get_count (self->tasks) > 0 ? now + FRAME_US : -1);
  return G_SOURCE_CONTINUE;
}

/* There is something new to show. */
static void
draw_soon (TerminalOutput *self)
{
  gint64 when = self->drawn + FRAME_US;
  gint64 planned = g_source_get_ready_time (self->timer);

  if (planned < 0 || planned > when)
    g_source_set_ready_time (self->timer, when);
}

static gboolean
resize_cb (gpointer data)
{
  TerminalOutput *self = data;

  screen_resized (self->screen);
  draw_soon (self);
  return G_SOURCE_CONTINUE;
}

static int
measure_names (MyrmexRun *run)
{
  g_auto (GStrv) names = myrmex_run_dup_task_names (run);
  int columns = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    columns = MAX (columns, text_columns (names[i]));
  return MIN (columns, MAX_NAME_COLUMNS);
}

static void
tell (Output      *output,
      const Event *event)
{
  TerminalOutput *self = (TerminalOutput *) output;

  gint64 age = event->when != 0 ? MAX (0, g_get_real_time () - event->when) : 0;
  gint64 now = g_get_monotonic_time () - age;

  if (self->endings == NULL)
    {
      self->name_width = measure_names (output->run);
      self->endings = endings_new (&self->look, self->name_width);
    }
  if (event->task != NULL && event->task_status == MYRMEX_TASK_STATUS_RETRYING)
    {
      int width, height;

      screen_get_size (self->screen, &width, &height);
      endings_set_width (self->endings, width);
    }

  if (event->task != NULL)
    {
      tasks_update (self->tasks, event, now);
      self->n_ended[event->task_status] += myrmex_task_status_is_final (event->task_status) ? 1 : 0;
    }
  if (!event->is_quiet || event->task_status == MYRMEX_TASK_STATUS_FAILED)
    endings_add (self->endings, output, event);
  draw_soon (self);
}

static void
note (Output     *output,
      const char *text)
{
  TerminalOutput *self = (TerminalOutput *) output;

  self->is_stopping = TRUE;
  endings_note (self->endings, text);
  draw_soon (self);
}

static void
close_output (Output *output)
{
  TerminalOutput *self = (TerminalOutput *) output;
  g_autofree char *above = self->endings != NULL ? endings_take (self->endings) : g_strdup ("");

  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_source_destroy (self->resize);
  g_source_unref (self->resize);
  screen_close (self->screen, above);
  g_clear_pointer (&self->endings, endings_free);
  tasks_free (self->tasks);
  g_free (self);
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     data)
{
  return callback (data);
}

/* On standard output; see screen_is_capable(). */
Output *
output_terminal_new (Stream   *stream,
                     gboolean  colour)
{
  static const OutputClass klass = { tell, note, close_output };
  static GSourceFuncs timer_funcs = { NULL, NULL, timer_dispatch, NULL, NULL, NULL };
  TerminalOutput *self = g_new0 (TerminalOutput, 1);

  self->output.klass = &klass;
  self->output.stream = stream;
  self->look.colour = colour;
  self->look.unicode = g_get_charset (NULL);
  self->screen = screen_new (STDOUT_FILENO, stream);
  self->tasks = tasks_new ();

  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_static_name (self->timer, "frame");
  g_source_set_callback (self->timer, draw_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  self->resize = g_unix_signal_source_new (SIGWINCH);
  g_source_set_callback (self->resize, resize_cb, self, NULL);
  g_source_attach (self->resize, g_main_context_get_thread_default ());
  return &self->output;
}
