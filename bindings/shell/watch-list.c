/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* On a terminal the runs are a table that is drawn again as they change, and each that ends leaves a line above it.
 * Elsewhere each change of a status is a line, or with --json each change an object.
 *
 * What the service tells only says that something is new; then all that are active are listed, at most every
 * REFRESH_MS. */

#include "watch-list.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "mark.h"
#include "message.h"
#include "run-info.h"
#include "run-table.h"
#include "screen.h"
#include "stream.h"

#define REFRESH_MS (200)
#define CLOCK_MS   (1000)

typedef struct
{
  Service              *service;
  const SessionOptions *options;
  GMainLoop            *loop;
  Stream               *stream;
  Screen               *screen;     /* NULL: lines */
  Look                  look;
  GArray               *runs;       /* RunInfo that are active */
  GHashTable           *told;       /* id → what was told of it last, where there is no screen */
  guint                 refresh_id;
  GError               *error;
  guint                 n_interruptions;
  gboolean              gives_up;        /* on a reader that does not read */
  gboolean              lost_output;
} Watch;

/* --- Telling --- */

static Mark
get_mark (const RunInfo *run)
{
  if (run->status == MYRMEX_RUN_STATUS_COMPLETED)
    return MARK_COMPLETED;
  if (run->status == MYRMEX_RUN_STATUS_FAILED)
    return MARK_FAILED;
  return run->status == MYRMEX_RUN_STATUS_CANCELLED ? MARK_CANCELLED : MARK_RUNNING;
}

/* “e75a091c  photo-import: completed, 50/50” */
static char *
describe (const RunInfo *run)
{
  g_autofree char *id = run_info_dup_id (run);
  g_autofree char *name = run_info_dup_name (run);

  return g_strdup_printf ("%s  %s: %s, %u/%u", id, name,
                          myrmex_run_status_get_label (run->status), run_info_count_ended (run),
                          run->total);
}

static void
tell_line (Watch         *self,
           const RunInfo *run)
{
  const char *status = myrmex_run_status_to_string (run->status);
  g_autofree char *text = self->options->json ? run_info_to_json (run) : describe (run);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autofree char *news = self->options->json ? g_strdup_printf ("%s %u %u", status, run_info_count_ended (run),
                                                                 run->counts[MYRMEX_TASK_STATUS_RUNNING])
                                              : g_strdup (status);

  if (g_strcmp0 (g_hash_table_lookup (self->told, run->id), news) == 0)
    return;
  if (run_info_is_active (run))
    g_hash_table_insert (self->told, g_strdup (run->id), g_steal_pointer (&news));
  else
    g_hash_table_remove (self->told, run->id);
  if (self->options->json)
    stream_add (self->stream, line);
  else
    stream_add_local (self->stream, line);
}

static void
add_ending (Watch         *self,
            const RunInfo *run,
            GString       *above)
{
  g_autofree char *text = describe (run);
  g_autofree char *shown = NULL;
  Line line;

  line_init (&line, &self->look, LINE_UNBOUNDED);
  mark_begin_line (&line, get_mark (run));
  line_add (&line, PAINT_NONE, text);
  shown = line_finish (&line);
  g_string_append_printf (above, "%s\n", shown);
}

static char *
lay_out_foot (Watch *self,
              guint  n_hidden,
              int    width)
{
  const char *gap = self->look.unicode ? " · " : " - ";
  guint n = self->runs->len;
  g_autoptr (GString) text = g_string_new (NULL);
  Line line;

  if (n == 0)
    g_string_append (text, _("No run is active; this waits for one"));
  else
    g_string_append_printf (text, ngettext ("%u run is active", "%u runs are active", n), n);
  if (n_hidden > 0)
    {
      g_string_append (text, gap);
      g_string_append_printf (text, ngettext ("%u not shown", "%u not shown", n_hidden), n_hidden);
    }
  g_string_append_printf (text, "%s%s", gap, _("Ctrl-C ends the watching"));
  line_init (&line, &self->look, width);
  line_add (&line, PAINT_FAINT, text->str);
  return line_finish (&line);
}

/* @above (nullable): the lines that stay. */
static void
draw (Watch      *self,
      const char *above)
{
  g_auto (GStrv) table = NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  int width, height;
  guint n_shown;

  screen_get_size (self->screen, &width, &height);
  n_shown = MIN (self->runs->len, (guint) MAX (0, height - 3));
  if (n_shown > 0)
    {
      table = run_table_layout (self->runs, &self->look, width);
      for (guint i = 0; i <= n_shown; i++)
        g_ptr_array_add (lines, g_strdup (table[i]));
    }
  g_ptr_array_add (lines, lay_out_foot (self, self->runs->len - n_shown, width));
  g_ptr_array_add (lines, NULL);
  screen_show (self->screen, above != NULL ? above : "", (char **) lines->pdata);
}

/* --- Asking --- */

static gboolean
contains (GArray     *runs,
          const char *id)
{
  for (guint i = 0; i < runs->len; i++)
    {
      if (g_str_equal (g_array_index (runs, RunInfo, i).id, id))
        return TRUE;
    }
  return FALSE;
}

/* How a run ended that was active; nothing where it was forgotten at once. */
static void
tell_ended (Watch         *self,
            const RunInfo *before,
            GString       *above)
{
  g_autofree char *path = service_find_run (self->service, before->id, NULL);
  g_autoptr (GVariant) properties = path != NULL ? service_get_run (self->service, path, NULL) : NULL;
  g_auto (RunInfo) run = { 0 };

  if (properties == NULL)
    return;
  run_info_init (&run, properties);
  if (self->screen != NULL)
    add_ending (self, &run, above);
  else
    tell_line (self, &run);
}

static gboolean
refresh (Watch *self)
{
  g_autoptr (GString) above = g_string_new (NULL);
  g_autoptr (GArray) before = g_steal_pointer (&self->runs);
  g_autoptr (GVariant) list = NULL;
  GVariantDict filter;

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert (&filter, "active", "b", TRUE);
  list = service_list_runs (self->service, g_variant_dict_end (&filter), 0, 0, &self->error);
  self->runs = list != NULL ? run_info_list (list) : g_array_ref (before);
  if (list == NULL)
    return FALSE;

  for (guint i = before->len; i > 0; i--)
    {
      const RunInfo *run = &g_array_index (before, RunInfo, i - 1);

      if (!contains (self->runs, run->id))
        tell_ended (self, run, above);
    }
  for (guint i = self->runs->len; self->screen == NULL && i > 0; i--)
    tell_line (self, &g_array_index (self->runs, RunInfo, i - 1));
  if (self->screen != NULL)
    draw (self, above->str);
  return TRUE;
}

static gboolean
refresh_cb (gpointer data)
{
  Watch *self = data;

  self->refresh_id = 0;
  if (!refresh (self))
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* A service that has gone since there was nothing to do is let go; to ask would start it again. */
static void
changed_cb (gboolean is_there,
            gpointer data)
{
  Watch *self = data;

  if (!is_there && self->runs->len == 0)
    return;
  if (self->refresh_id == 0)
    self->refresh_id = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

/* --- What else happens --- */

/* The time goes on also while nothing changes. */
static gboolean
clock_cb (gpointer data)
{
  Watch *self = data;

  if (self->runs->len > 0 && stream_get_pending (self->stream) == 0)
    draw (self, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean
resize_cb (gpointer data)
{
  Watch *self = data;

  screen_resized (self->screen);
  draw (self, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt_cb (gpointer data)
{
  Watch *self = data;

  self->gives_up = self->n_interruptions++ > 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
output_failed_cb (int      error_number,
                  gpointer data)
{
  Watch *self = data;

  if (error_number != EPIPE && error_number != EIO)
    message_print_error (_("Standard output can not be written: %s"), g_strerror (error_number));
  self->lost_output = TRUE;
  g_main_loop_quit (self->loop);
}

static void
bus_closed_cb (GDBusConnection *bus,
               gboolean         remote_peer_vanished,
               GError          *error,
               gpointer         data)
{
  Watch *self = data;

  if (self->error == NULL)
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, _("the session bus has gone"));
  g_main_loop_quit (self->loop);
}

static void
open_screen (Watch *self)
{
  self->look = (Look) { .colour = self->options->colour, .unicode = g_get_charset (NULL) };
  self->screen = screen_new (STDOUT_FILENO, self->stream);
  g_timeout_add (CLOCK_MS, clock_cb, self);
  g_unix_signal_add (SIGWINCH, resize_cb, self);
}

static ExitStatus
close_watch (Watch *self)
{
  if (self->screen != NULL)
    screen_close (self->screen, "");
  stream_flush (self->stream, &self->gives_up);
  if (self->error != NULL)
    return service_complain (self->error);
  if (self->n_interruptions > 0 && self->runs->len > 0)
    message_print_error (_("Nothing was stopped: the runs go on."));
  return self->lost_output ? EXIT_STATUS_FAILED : EXIT_STATUS_INTERRUPTED;
}

ExitStatus
watch_list (Service              *service,
            const SessionOptions *options)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  GDBusConnection *bus = myrmex_service_runner_get_connection (service_get_runner (service));
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (Stream) stream = NULL;
  g_autoptr (GError) error = NULL;
  Watch self = { .service = service, .options = options, .loop = loop, .told = told };
  ExitStatus status;

  self.stream = stream = stream_new (STDOUT_FILENO, output_failed_cb, &self);
  self.runs = g_array_new (FALSE, FALSE, sizeof (RunInfo));
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_unix_signal_add (signals[i], interrupt_cb, &self);
  if (!options->json && !options->lines && screen_is_capable (STDOUT_FILENO))
    open_screen (&self);
  g_signal_connect (bus, "closed", G_CALLBACK (bus_closed_cb), &self);
  service_listen (service, changed_cb, &self);

  if (refresh (&self))
    g_main_loop_run (loop);

  g_signal_handlers_disconnect_by_data (bus, &self);
  service_unlisten (service);
  status = close_watch (&self);
  error = self.error;
  g_array_unref (self.runs);
  return status;
}
