/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "output.h"
#include "screen.h"

static const int watched_signals[] = { SIGINT, SIGTERM, SIGHUP };

typedef struct
{
  GMainLoop  *loop;
  MyrmexRun  *run;
  Stream     *stream;
  Output     *output;
  guint       n_interruptions;
  gboolean    has_ended;
  gboolean    gives_up;      /* on a reader that does not read */
  gboolean    lost_output;
} Session;

static const char *
describe_interruption (Session *self,
                       int      number)
{
  if (self->n_interruptions == 2)
    return _("Interrupted again: killing what runs, without cleaning up.");
  if (number == SIGINT)
    return _("Interrupted: stopping, then cleaning up. Ctrl-C again forces.");
  return _("Told to end: stopping, then cleaning up. Another signal forces.");
}

static void
interrupt (Session *self,
           int      number)
{
  if (self->has_ended)
    {
      self->gives_up = TRUE;
      return;
    }

  self->n_interruptions++;
  if (self->n_interruptions <= 2)
    output_note (self->output, describe_interruption (self, number));
  myrmex_run_cancel (self->run);
}

static gboolean
sigint_cb (gpointer data)
{
  interrupt (data, SIGINT);
  return G_SOURCE_CONTINUE;
}

static gboolean
sigterm_cb (gpointer data)
{
  interrupt (data, SIGTERM);
  return G_SOURCE_CONTINUE;
}

/* Who started us with a signal ignored, as nohup does, wants it ignored. They are watched as long as the process
 * lives: what comes while it ends must not change how it does. */
static void
watch_signals (Session *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (watched_signals); i++)
    {
      struct sigaction action;

      if (sigaction (watched_signals[i], NULL, &action) != 0 || action.sa_handler != SIG_IGN)
        g_unix_signal_add (watched_signals[i], watched_signals[i] == SIGINT ? sigint_cb : sigterm_cb, self);
    }
}

/* A reader that has gone, as in `myrmex run … | head`, wants no more: the run is cancelled. A disk that is full
 * is no reason to. */
static void
output_failed_cb (int      error_number,
                  gpointer data)
{
  Session *self = data;

  self->lost_output = TRUE;
  if (error_number != EPIPE && error_number != EIO)
    {
      message_print_error (_("Standard output can not be written: %s"), g_strerror (error_number));
      return;
    }
  if (!self->has_ended)
    {
      message_print_error (_("Nobody reads standard output any more: stopping, then cleaning up."));
      self->n_interruptions++;
      myrmex_run_cancel (self->run);
    }
}

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             gpointer    data)
{
  Session *self = data;
  Event event;

  event_init (&event, task_name, status, details);
  output_tell (self->output, &event);
}

static void
finished_cb (MyrmexRun *run,
             gpointer   data)
{
  Session *self = data;

  self->has_ended = TRUE;
  g_main_loop_quit (self->loop);
}

static Output *
make_output (Session              *self,
             const SessionOptions *options)
{
  if (options->json)
    return output_json_new (self->stream);
  if (!options->quiet && !options->lines && screen_is_capable (STDOUT_FILENO))
    return output_terminal_new (self->stream, options->colour);
  return output_plain_new (self->stream);
}

static MyrmexRun *
start (const SessionOptions  *options,
       GError               **error)
{
  g_autoptr (MyrmexRunner) runner = NULL;
  GVariantDict run_options;

  runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "owns-process", TRUE, "max-parallel", options->jobs, NULL);
  g_variant_dict_init (&run_options, NULL);
  g_variant_dict_insert_value (&run_options, "parameters", options->parameters);
  if (options->log_directory != NULL)
    g_variant_dict_insert (&run_options, "log_directory", "s", options->log_directory);
  g_variant_dict_insert (&run_options, "grace", "d", options->grace);
  if (options->timeout > 0)
    g_variant_dict_insert (&run_options, "timeout", "d", options->timeout);
  return myrmex_runner_start (runner, options->workflow, g_variant_dict_end (&run_options), error);
}

static ExitStatus
get_exit_status (Session *self)
{
  MyrmexRunStatus status = myrmex_run_get_status (self->run);

  if (status == MYRMEX_RUN_STATUS_COMPLETED)
    return self->lost_output ? EXIT_STATUS_FAILED : EXIT_STATUS_DONE;
  if (status == MYRMEX_RUN_STATUS_CANCELLED || self->n_interruptions > 0)
    return EXIT_STATUS_INTERRUPTED;
  return myrmex_run_get_reason (self->run) == MYRMEX_REASON_RUN_TIMED_OUT ? EXIT_STATUS_TIMED_OUT
                                                                          : EXIT_STATUS_FAILED;
}

/* Each of them, whatever becomes of the others. */
static gboolean
save_reports (MyrmexRun  *run,
              char      **paths)
{
  g_autoptr (MyrmexReport) report = paths != NULL ? myrmex_report_new (run) : NULL;
  gboolean are_saved = TRUE;

  for (gsize i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!myrmex_report_save (report, paths[i], &error))
        {
          message_print_error (_("The report “%s” is not written: %s"), paths[i], error->message);
          are_saved = FALSE;
        }
    }
  return are_saved;
}

static ExitStatus
complain (const GError *error)
{
  message_print_error ("%s", error->message);
  return g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_EXPRESSION) ? EXIT_STATUS_DEFINITION
                                                                        : EXIT_STATUS_USAGE;
}

ExitStatus
session_run (const SessionOptions *options)
{
  g_autoptr (MyrmexRun) run = NULL;
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (Stream) stream = NULL;
  g_autoptr (GError) error = NULL;
  Session self = { 0 };
  ExitStatus status;

  /* A task may run before start() returns. */
  watch_signals (&self);
  run = start (options, &error);
  if (run == NULL)
    return complain (error);

  self.run = run;
  self.loop = loop = g_main_loop_new (NULL, FALSE);
  self.stream = stream = stream_new (STDOUT_FILENO, output_failed_cb, &self);
  self.output = make_output (&self, options);
  self.output->run = run;
  self.output->quiet = options->quiet;
  self.output->keeps_logs = options->log_directory != NULL;
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), &self);
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), &self);

  g_main_loop_run (loop);

  output_close (self.output);
  stream_flush (stream, &self.gives_up);
  g_signal_handlers_disconnect_by_data (run, &self);

  status = get_exit_status (&self);
  if (!save_reports (run, options->reports) && status == EXIT_STATUS_DONE)
    status = EXIT_STATUS_FAILED;
  return status;
}
