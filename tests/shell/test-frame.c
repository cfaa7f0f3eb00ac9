/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "frame.h"

static const Look plain = { FALSE, TRUE };

static const FrameTask three[] = {
  { .name = "compile-main", .elapsed = 0.44, .fraction = -1, .delay = -1, .attempt = 1 },
  { .name = "upload", .elapsed = 75, .fraction = 0.4, .delay = -1, .attempt = 2, .message = "4/10 蟻の写真" },
  { .name = "integration", .fraction = -1, .delay = 1.25, .attempt = 2, .message = "It ended with exit status 75" },
};

static Frame
make_frame (void)
{
  return (Frame) {
    .tasks = three,
    .n_tasks = G_N_ELEMENTS (three),
    .name_width = 12,
    .total = 20,
    .completed = 9,
    .failed = 1,
    .passed_over = 2,
    .running = 2,
    .elapsed = 76.2,
    .left = -1,
  };
}

static void
assert_lines (const Frame *frame,
              const Look  *look,
              int          width,
              int          height,
              const char  *expected)
{
  g_auto (GStrv) lines = frame_layout (frame, look, width, height);
  g_autofree char *joined = g_strjoinv ("\n", lines);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_wide (void)
{
  Frame frame = make_frame ();

  assert_lines (&frame, &plain, 90, 24,
                "▸ compile-main   0.4 s\n"
                "▸ upload          1:15  ━━━━──────  40%  attempt 2  4/10 蟻の写真\n"
                "↻ integration   attempt 3 in 1.2 s  It ended with exit status 75\n"
                "━━━━━━━━━━━━━━━━━━━━━━──────────────── 12 of 20 · 1 failed · 1:16 · 2 running · 2 not run");
}

/* What is left is worth more than how many run, and less than the bar. */
static void
test_left (void)
{
  Frame frame = make_frame ();

  frame.n_tasks = 0;
  frame.left = 130;
  assert_lines (&frame, &plain, 90, 24,
                "━━━━━━━━━━━──────── 12 of 20 · 1 failed · 1:16 · about 2 min left · 2 running · 2 not run");
  assert_lines (&frame, &plain, 40, 24, "━━━━━━━───── 12 of 20 · 1 failed · 1:16");
  frame.stopping = TRUE;
  assert_lines (&frame, &plain, 70, 24, "━━━━━━━━━━━──────── 12 of 20 · 1 failed · 1:16 · stopping · 2 running");
  frame.stopping = FALSE;
  frame.paused = TRUE;
  assert_lines (&frame, &plain, 68, 24, "━━━━━━━━━━━──────── 12 of 20 · 1 failed · 1:16 · paused · 2 running");
}

static void
test_narrow (void)
{
  Frame frame = make_frame ();

  assert_lines (&frame, &plain, 40, 24,
                "▸ compile-main   0.4 s\n"
                "▸ upload          1:15  40%  attempt 2\n"
                "↻ integration   attempt 3 in 1.2 s\n"
                "━━━━━━━───── 12 of 20 · 1 failed · 1:16");
}

static void
test_ascii (void)
{
  Frame frame = make_frame ();
  const Look look = { FALSE, FALSE };
  g_auto (GStrv) lines = NULL;

  frame.tasks = &three[2];
  frame.n_tasks = 1;
  frame.n_more = 0;
  lines = frame_layout (&frame, &look, 70, 24);
  g_assert_cmpstr (lines[0], ==, "~ integration   attempt 3 in 1.2 s  It ended with exit status 75");
  for (const char *p = lines[1]; *p != '\0'; p++)
    g_assert_cmpuint ((guchar) *p, <, 0x7f);
}

/* A task had failed before anybody looked: when it is tried again was told to nobody. */
static void
test_unknown_delay (void)
{
  FrameTask task = three[2];
  Frame frame = make_frame ();

  task.delay = FRAME_NOT_KNOWN;
  frame.tasks = &task;
  frame.n_tasks = 1;
  frame.n_more = 0;
  assert_lines (&frame, &plain, 46, 24,
                "↻ integration   attempt 3  It ended with exi…\n"
                "━━━━━━━━━━──────── 12 of 20 · 1 failed · 1:16");
}

static void
test_colour (void)
{
  Frame frame = make_frame ();
  const Look look = { TRUE, TRUE };
  g_auto (GStrv) painted = frame_layout (&frame, &look, 80, 24);
  g_auto (GStrv) bare = frame_layout (&frame, &plain, 80, 24);

  g_assert_cmpuint (g_strv_length (painted), ==, g_strv_length (bare));
  for (gsize i = 0; bare[i] != NULL; i++)
    {
      g_assert_nonnull (strchr (painted[i], '\033'));
      g_assert_cmpint (text_columns (painted[i]), ==, text_columns (bare[i]));
      g_assert_true (g_str_has_prefix (strrchr (painted[i], '\033'), "\033[0m"));
    }
}

/* Whatever the room is, nothing is wider or higher than it, and the bar is there. */
static void
test_any_size (void)
{
  g_autofree FrameTask *tasks = g_new0 (FrameTask, 500);

  for (guint i = 0; i < 500; i++)
    {
      tasks[i] = three[i % 3];
      tasks[i].name = i % 5 == 0 ? "a-name-that-is-longer-than-any-sensible-terminal-would-be-wide" : "蟻蟻蟻";
    }

  for (int width = 1; width <= 200; width += width < 60 ? 1 : 13)
    {
      for (int height = 1; height <= 60; height += height < 12 ? 1 : 7)
        {
          Frame frame = make_frame ();
          guint fitting = frame_count_fitting (height);
          g_auto (GStrv) lines = NULL;
          guint n;

          frame.tasks = tasks;
          frame.n_tasks = fitting;
          frame.n_more = 500 - fitting;
          frame.name_width = 32;
          lines = frame_layout (&frame, &plain, width, height);
          n = g_strv_length (lines);
          g_assert_cmpuint (n, >=, 1);
          g_assert_cmpuint (n, <=, (guint) MAX (1, height - 1));
          for (guint i = 0; i < n; i++)
            g_assert_cmpint (text_columns (lines[i]), <=, MAX (1, width - 1));
        }
    }
}

static void
test_many (void)
{
  FrameTask tasks[9];
  Frame frame = make_frame ();
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    tasks[i] = three[0];
  frame.tasks = tasks;
  frame.n_tasks = frame_count_fitting (14);
  frame.n_more = 500 - frame.n_tasks;
  g_assert_cmpuint (frame.n_tasks, ==, 9);
  lines = frame_layout (&frame, &plain, 80, 14);
  g_assert_cmpuint (g_strv_length (lines), ==, 10);
  g_assert_cmpstr (lines[7], ==, "▸ compile-main   0.4 s");
  g_assert_cmpstr (lines[8], ==, "… and 492 more");
}

/* The bar is full when, and only when, all has ended; what is there at all can be seen. */
static void
test_bar (void)
{
  for (guint total = 1; total <= 3000; total = total * 7 / 3 + 1)
    {
      for (guint completed = 0; completed <= total; completed += 1 + total / 9)
        {
          Frame frame = { .total = total, .completed = completed, .left = -1,
                          .failed = completed < total ? 1 : 0 };
          g_auto (GStrv) lines = frame_layout (&frame, &plain, 80, 24);
          gboolean has_rest = strstr (lines[0], "─") != NULL;

          g_assert_true (has_rest == (completed + frame.failed < total));
          g_assert_true (strstr (lines[0], "━") != NULL || completed + frame.failed == 0 || total == 2);
        }
    }
}

static void
test_empty (void)
{
  Frame frame = { .left = -1 };

  assert_lines (&frame, &plain, 80, 24, "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 0 of 0 · 0.0 s");
}

static void
test_seconds (void)
{
  static const struct
  {
    double      seconds;
    const char *text;
  } cases[] = {
    { -1, "0.0 s" }, { 0, "0.0 s" }, { 0.04, "0.0 s" }, { 9.96, "10.0 s" }, { 59.94, "59.9 s" }, { 59.95, "1:00" },
    { 60, "1:00" }, { 61.9, "1:01" }, { 3599.9, "59:59" }, { 3600, "1:00:00" }, { 360000, "100:00:00" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = format_seconds (cases[i].seconds);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/wide", test_wide);
  g_test_add_func ("/frame/left", test_left);
  g_test_add_func ("/frame/narrow", test_narrow);
  g_test_add_func ("/frame/ascii", test_ascii);
  g_test_add_func ("/frame/unknown-delay", test_unknown_delay);
  g_test_add_func ("/frame/colour", test_colour);
  g_test_add_func ("/frame/any-size", test_any_size);
  g_test_add_func ("/frame/many", test_many);
  g_test_add_func ("/frame/bar", test_bar);
  g_test_add_func ("/frame/empty", test_empty);
  g_test_add_func ("/frame/seconds", test_seconds);

  return g_test_run ();
}
