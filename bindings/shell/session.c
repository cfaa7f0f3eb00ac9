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
#include "past.h"
#include "run-info.h"
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
  gboolean    only_watches;  /* the run goes on without us */
  gboolean    lost_bus;
  GDBusConnection *bus;      /* of a run of the service, borrowed */
  SessionFrom from;
  GError     *error;         /* why there is no run */
  const SessionOptions *options;
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
  if (self->only_watches)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  /* The service is still being asked; where it takes too long, nobody waits for it. */
  if (self->run == NULL)
    {
      if (self->n_interruptions > 1)
        g_main_loop_quit (self->loop);
      return;
    }
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
  if (self->only_watches)
    {
      g_main_loop_quit (self->loop);
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

  /* The run itself may tell first that the bus has gone. */
  self->lost_bus = self->bus != NULL && g_dbus_connection_is_closed (self->bus) &&
                   myrmex_run_get_reason (run) == MYRMEX_REASON_INTERRUPTED;
  self->has_ended = !self->lost_bus;
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

/* The run is there, and nothing of it has been told. */
static void
attach (Session   *self,
        MyrmexRun *run)
{
  const SessionOptions *options = self->options;

  self->run = run;
  self->output = make_output (self, options);
  self->output->run = run;
  self->output->quiet = options->quiet;
  self->output->keeps_logs = options->log_directory != NULL;
  g_signal_connect (run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), self);
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

/* Somebody who watches has to know that nothing was stopped. */
static void
tell_parting (Session *self)
{
  g_autofree char *id = g_strndup (myrmex_run_get_id (self->run), RUN_INFO_SHORT_ID);

  if (self->lost_bus)
    message_print_error (_("The session bus has gone; the run may go on without it. See “myrmex status %s”."), id);
  else if (self->only_watches && self->n_interruptions > 0)
    message_print_error (_("The run goes on. “myrmex watch %s” shows it again, “myrmex cancel %s” stops it."), id, id);
}

/* From the begin of the main loop to the end of the process. */
static ExitStatus
follow (Session *self)
{
  ExitStatus status;

  g_main_loop_run (self->loop);

  if (self->run == NULL)
    return EXIT_STATUS_INTERRUPTED;
  g_signal_handlers_disconnect_by_data (self->run, self);
  output_close (self->output);
  stream_flush (self->stream, &self->gives_up);
  if (!self->has_ended)
    tell_parting (self);

  status = get_exit_status (self);
  if (self->has_ended && !save_reports (self->run, self->options->reports) && status == EXIT_STATUS_DONE)
    status = EXIT_STATUS_FAILED;
  return status;
}

static void
init (Session              *self,
      const SessionOptions *options)
{
  self->options = options;
  self->loop = g_main_loop_new (NULL, FALSE);
  self->stream = stream_new (STDOUT_FILENO, output_failed_cb, self);
  /* A task may run before there is anything to tell of it. */
  watch_signals (self);
}

static void
session_clear (Session *self)
{
  g_clear_object (&self->run);
  g_clear_error (&self->error);
  g_clear_pointer (&self->stream, stream_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Session, session_clear)

/* --- Here --- */

/* What every runner takes; how it takes a folder for logs is its own affair. */
void
session_add_options (const SessionOptions *options,
                     GVariantDict         *run_options)
{
  g_variant_dict_insert_value (run_options, "parameters", options->parameters);
  g_variant_dict_insert (run_options, "grace", "d", options->grace);
  if (options->timeout > 0)
    g_variant_dict_insert (run_options, "timeout", "d", options->timeout);
}

/* Runs a workflow in this process. */
ExitStatus
session_run (const SessionOptions *options)
{
  g_autoptr (MyrmexRunner) runner = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Session) self = { 0 };
  GVariantDict run_options;
  MyrmexRun *run;

  if (options->log_directory != NULL && !g_utf8_validate (options->log_directory, -1, NULL))
    {
      message_print_error (_("The folder for logs, “%s”, is no UTF-8; name another one"), options->log_directory);
      return EXIT_STATUS_USAGE;
    }
  init (&self, options);
  runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "owns-process", TRUE, "max-parallel", options->jobs, NULL);
  g_variant_dict_init (&run_options, NULL);
  session_add_options (options, &run_options);
  if (options->log_directory != NULL)
    g_variant_dict_insert (&run_options, "log_directory", "s", options->log_directory);
  run = myrmex_runner_start (runner, options->workflow, g_variant_dict_end (&run_options), &error);
  if (run == NULL)
    return complain (error);
  attach (&self, run);
  return follow (&self);
}

/* --- In the service --- */

/* Without the bus there is nothing to be heard of the run any more. */
static void
bus_closed_cb (GDBusConnection *bus,
               gboolean         remote_peer_vanished,
               GError          *error,
               gpointer         data)
{
  Session *self = data;

  if (self->has_ended)
    return;
  self->lost_bus = TRUE;
  g_main_loop_quit (self->loop);
}

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  Session *self = data;
  MyrmexRun *run = myrmex_service_runner_start_finish (MYRMEX_SERVICE_RUNNER (source), result, &self->error);

  if (run == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  attach (self, run);
  if (self->n_interruptions > 0)
    myrmex_run_cancel (run);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Session *self = data;
  MyrmexRun *run = myrmex_service_runner_open_run_finish (MYRMEX_SERVICE_RUNNER (source), result, &self->error);

  if (run != NULL)
    {
      attach (self, run);
      past_tell (self->output, self->from == SESSION_FROM_NOW);
    }
  if (run == NULL || myrmex_run_status_is_final (myrmex_run_get_status (run)))
    {
      self->has_ended = run != NULL;
      g_main_loop_quit (self->loop);
    }
}

static ExitStatus
follow_service (Session *self,
                Service *service)
{
  GDBusConnection *bus = myrmex_service_runner_get_connection (service_get_runner (service));
  ExitStatus status;
  gulong id;

  self->bus = bus;
  id = g_signal_connect (bus, "closed", G_CALLBACK (bus_closed_cb), self);

  status = follow (self);
  g_signal_handler_disconnect (bus, id);
  if (self->lost_bus)
    return EXIT_STATUS_UNAVAILABLE;
  return self->error != NULL ? service_complain (self->error) : status;
}

/* Runs a workflow in the service, and cancels it as session_run() does. */
ExitStatus
session_run_by_service (const SessionOptions *options,
                        Service              *service,
                        GVariant             *run_options)
{
  g_auto (Session) self = { 0 };

  init (&self, options);
  myrmex_service_runner_start_async (service_get_runner (service), options->workflow, run_options, NULL, started_cb,
                                     &self);
  return follow_service (&self, service);
}

/* Shows a run of the service to its end, or until somebody has seen enough. */
ExitStatus
session_watch (const SessionOptions *options,
               Service              *service,
               const char           *run,
               SessionFrom           from)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = service_find_run (service, run, &error);
  g_auto (Session) self = { 0 };

  if (path == NULL)
    return service_complain (error);
  init (&self, options);
  self.only_watches = TRUE;
  self.from = from;
  myrmex_service_runner_open_run_async (service_get_runner (service), run, NULL, opened_cb, &self);
  return follow_service (&self, service);
}
