/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "screen.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "line.h"

#define DEFAULT_WIDTH  (80)
#define DEFAULT_HEIGHT (24)

/* Terminals that know it show what is between the two at once; the others ignore them. */
#define BEGIN_FRAME "\033[?2026h"
#define END_FRAME   "\033[?2026l"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

struct _Screen
{
  int       fd;
  Stream   *stream;
  int      *columns;  /* of the lines of the frame that is shown */
  guint     n_lines;
  int       width;    /* when it was drawn */
  char     *last;     /* and its text */
};

/* What signal handlers need to put the terminal in order. */
static struct
{
  int                   fd;
  volatile sig_atomic_t is_changed; /* the cursor is hidden */
  volatile sig_atomic_t is_quiet;   /* and what is typed is not shown */
  volatile sig_atomic_t was_stopped;
  struct termios        modes;      /* as they were */
} terminal = { .fd = -1 };

/* Whether a frame can be drawn there. */
gboolean
screen_is_capable (int fd)
{
  const char *name = g_getenv ("TERM");

  return isatty (fd) && name != NULL && name[0] != '\0' && !g_str_equal (name, "dumb");
}

/* The columns of a terminal; 0 where there is none. */
int
screen_measure (int fd)
{
  struct winsize size = { 0 };

  if (!isatty (fd))
    return 0;
  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_WIDTH;
}

/* Async-signal-safe. */
static void
restore (void)
{
  static const char text[] = "\r\n" SHOW_CURSOR;
  int saved = errno;

  if (terminal.is_changed)
    {
      terminal.is_changed = 0;
      if (write (terminal.fd, text, sizeof text - 1) < 0)
        errno = saved;
    }
  if (terminal.is_quiet)
    {
      terminal.is_quiet = 0;
      tcsetattr (terminal.fd, TCSANOW, &terminal.modes);
    }
  errno = saved;
}

static void
die_cb (int number)
{
  restore ();
  signal (number, SIG_DFL);
  raise (number);
}

/* Ctrl-Z: in order, then really stopped; when it goes on, the next frame is drawn where the cursor is. */
static void
stop_cb (int number)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  struct sigaction own;
  sigset_t set;

  restore ();
  terminal.was_stopped = 1;

  /* The default action knows when nobody could make it go on. */
  sigemptyset (&action.sa_mask);
  sigaction (SIGTSTP, &action, &own);
  sigemptyset (&set);
  sigaddset (&set, SIGTSTP);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
  raise (SIGTSTP);
  sigaction (SIGTSTP, &own, NULL);
}

static void
watch_signals (void)
{
  static const int deadly[] = { SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
  struct sigaction action = { .sa_handler = die_cb };
  struct sigaction before;

  sigemptyset (&action.sa_mask);
  for (gsize i = 0; i < G_N_ELEMENTS (deadly); i++)
    {
      /* A sanitizer has its own. */
      if (sigaction (deadly[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction (deadly[i], &action, NULL);
    }

  action.sa_handler = stop_cb;
  action.sa_flags = SA_RESTART;
  if (sigaction (SIGTSTP, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
    sigaction (SIGTSTP, &action, NULL);
}

/* A job in the background does not draw over what its shell does. */
static gboolean
is_in_foreground (Screen *self)
{
  pid_t group = tcgetpgrp (self->fd);

  return group < 0 || group == getpgrp ();
}

/* What is typed while a frame is shown would be written into it. */
static void
hide_typing (Screen *self)
{
  struct termios modes;

  if (terminal.is_quiet || tcgetpgrp (self->fd) != getpgrp () || tcgetattr (self->fd, &terminal.modes) != 0)
    return;

  modes = terminal.modes;
  modes.c_lflag &= ~(tcflag_t) (ECHO | ECHONL);
  terminal.is_quiet = 1;
  tcsetattr (self->fd, TCSANOW, &modes);
}

Screen *
screen_new (int     fd,
            Stream *stream)
{
  Screen *self = g_new0 (Screen, 1);

  self->fd = fd;
  self->stream = stream;
  terminal.fd = fd;
  watch_signals ();
  return self;
}

void
screen_get_size (Screen *self,
                 int    *width,
                 int    *height)
{
  struct winsize size = { 0 };

  *width = DEFAULT_WIDTH;
  *height = DEFAULT_HEIGHT;
  if (ioctl (self->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
    {
      *width = size.ws_col;
      *height = size.ws_row;
    }
}

/* The rows that the frame on the screen takes now. Terminals break lines anew when they get narrower. */
static int
count_rows (Screen *self,
            int     width)
{
  int rows = 0;

  for (guint i = 0; i < self->n_lines; i++)
    rows += width < self->width ? MAX (1, (self->columns[i] + width - 1) / width) : 1;
  return rows;
}

static void
remember (Screen  *self,
          char   **lines,
          int      width)
{
  self->n_lines = lines != NULL ? g_strv_length (lines) : 0;
  self->columns = g_renew (int, self->columns, self->n_lines);
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    self->columns[i] = text_columns (lines[i]);
  self->width = width;
}

static void
append_top (GString *text,
            int      rows)
{
  g_string_append_c (text, '\r');
  if (rows > 1)
    g_string_append_printf (text, "\033[%dA", rows - 1);
}

/* The frame is drawn over itself; where lines go above it, it is taken away first, since they may be broken. */
static void
append_frame (Screen     *self,
              GString    *text,
              const char *above,
              char      **lines)
{
  if (above[0] != '\0')
    {
      g_string_append (text, "\033[J");
      g_string_append (text, above);
    }
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (text, '\n');
      g_string_append (text, lines[i]);
      g_string_append (text, "\033[K");
    }
  g_string_append (text, "\033[J");
}

/* Draws the frame, %NULL-terminated, below the lines in @above, each of which ends with a line break. */
void
screen_show (Screen      *self,
             const char  *above,
             char       **lines)
{
  g_autoptr (GString) text = g_string_new (BEGIN_FRAME);
  g_autofree char *joined = NULL;
  int width, height;

  if (terminal.was_stopped)
    {
      terminal.was_stopped = 0;
      remember (self, NULL, 0);
      g_clear_pointer (&self->last, g_free);
    }

  if (!is_in_foreground (self))
    lines = NULL;
  joined = lines != NULL ? g_strjoinv ("\n", lines) : g_strdup ("");
  if (above[0] == '\0' && g_strcmp0 (joined, self->last) == 0)
    return;

  screen_get_size (self, &width, &height);
  if (self->n_lines > 0)
    append_top (text, MIN (count_rows (self, width), height));
  if (lines != NULL)
    {
      hide_typing (self);
      if (!terminal.is_changed)
        g_string_append (text, HIDE_CURSOR);
      terminal.is_changed = 1;
    }
  append_frame (self, text, above, lines);
  if (lines == NULL && terminal.is_changed)
    {
      g_string_append (text, SHOW_CURSOR);
      terminal.is_changed = 0;
    }
  g_string_append (text, END_FRAME);
  stream_add_local (self->stream, text->str);

  remember (self, lines, width);
  g_free (self->last);
  self->last = g_steal_pointer (&joined);
}

/* The next frame is drawn even if it says the same. */
void
screen_resized (Screen *self)
{
  g_clear_pointer (&self->last, g_free);
}

/* Takes the frame away and leaves the terminal as it was. */
void
screen_close (Screen     *self,
              const char *above)
{
  g_clear_pointer (&self->last, g_free);
  screen_show (self, above, NULL);
  if (terminal.is_quiet)
    {
      terminal.is_quiet = 0;
      tcsetattr (self->fd, TCSANOW, &terminal.modes);
    }
  g_free (self->columns);
  g_free (self->last);
  g_free (self);
}
