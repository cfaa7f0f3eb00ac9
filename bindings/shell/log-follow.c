/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A task's log is a file that is there once the task has written something, and each attempt has its own.
 *
 *   a task begins an attempt → what is left of the log before it is written, and the new one is asked for
 *   every TICK_MS            → what is new in each log is written; a log that was not there is asked for again
 *   a task has ended         → its log is written to its end, and closed
 */

#include "log-follow.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#define TICK_MS      (100)
#define TICKS_OF_ASK (3)    /* a task that writes nothing is not asked for its log all the time */

typedef struct
{
  Service    *service;
  LogWriter  *writer;
  GMainLoop  *loop;
  MyrmexRun  *run;
  char       *path;       /* of its object, which a service that is started again has, too */
  const char *task;       /* nullable: all */
  GHashTable *logs;       /* task → Log of those under way */
  guint       n_ticks;
  guint       timer;
  gboolean    waits;      /* for what is yet to come */
  GError     *error;
} Follower;

static void
free_log (gpointer data)
{
  Log *log = data;

  log_clear (log);
  g_free (log);
}

static void
ask (Follower *self,
     Log      *log)
{
  /* Not there yet, or the service is away: it is asked for again. */
  if (log->fd < 0)
    log->fd = service_open_log (self->service, self->path, log->task, NULL);
}

static void
write_to_end (Follower *self,
              Log      *log)
{
  while (log_writer_copy (self->writer, log, TRUE))
    ;
}

static Log *
ensure_log (Follower   *self,
            const char *task)
{
  Log *log = g_hash_table_lookup (self->logs, task);

  if (log == NULL)
    {
      log = g_new0 (Log, 1);
      log->task = g_strdup (task);
      log->fd = -1;
      g_hash_table_insert (self->logs, log->task, log);
    }
  return log;
}

static gboolean
is_same_file (int one,
              int other)
{
  struct stat first, second;

  return fstat (one, &first) == 0 && fstat (other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

static void
begin_attempt (Follower   *self,
               const char *task)
{
  Log *log = ensure_log (self, task);
  g_autofree char *name = NULL;
  int fd;

  if (log->fd < 0)
    {
      ask (self, log);
      return;
    }
  fd = service_open_log (self->service, self->path, task, NULL);
  /* The one that it was asked for may have been that of this attempt already: there is more time between what happens
   * and what is heard of it. */
  if (fd >= 0 && is_same_file (fd, log->fd))
    {
      close (fd);
      return;
    }
  write_to_end (self, log);
  name = g_strdup (task);
  g_hash_table_remove (self->logs, name);
  ensure_log (self, name)->fd = fd;
}

static void
end_task (Follower   *self,
          const char *task)
{
  Log *log = ensure_log (self, task);

  ask (self, log);
  write_to_end (self, log);
  g_hash_table_remove (self->logs, task);
  if (self->task != NULL)
    g_main_loop_quit (self->loop);
}

static gboolean
is_wanted (Follower   *self,
           const char *task)
{
  return self->task == NULL || g_str_equal (self->task, task);
}

static void
progress_cb (MyrmexRun  *run,
             const char *task,
             const char *status,
             GVariant   *details,
             gpointer    data)
{
  Follower *self = data;

  /* A task may have the name of the run's own events; only the latter have a total. */
  if (g_variant_lookup (details, "total_tasks", "u", NULL) || !is_wanted (self, task))
    return;
  if (g_str_equal (status, "running"))
    {
      /* Reports of progress have no attempt. */
      if (g_variant_lookup (details, "attempt", "u", NULL) && !g_variant_lookup (details, "fraction", "d", NULL) &&
          !g_variant_lookup (details, "message", "s", NULL))
        begin_attempt (self, task);
    }
  else if (g_variant_lookup (details, "attempt", "u", NULL) && !g_str_equal (status, "retrying"))
    {
      end_task (self, task);
    }
  else if (!g_str_equal (status, "retrying") && self->task != NULL)
    {
      g_main_loop_quit (self->loop);
    }
}

static void
finished_cb (MyrmexRun *run,
             gpointer   data)
{
  Follower *self = data;

  g_main_loop_quit (self->loop);
}

static gboolean
tick_cb (gpointer data)
{
  Follower *self = data;
  GHashTableIter iter;
  gpointer log;
  gboolean asks = self->n_ticks++ % TICKS_OF_ASK == 0;

  g_hash_table_iter_init (&iter, self->logs);
  while (g_hash_table_iter_next (&iter, NULL, &log))
    {
      if (asks)
        ask (self, log);
      log_writer_copy (self->writer, log, FALSE);
    }
  if (self->writer->has_failed)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* How the tasks stand when the run is opened: what has been written is written at once. */
static void
begin (Follower *self)
{
  g_auto (GStrv) names = myrmex_run_dup_task_names (self->run);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, names[i]);
      MyrmexTaskStatus status = myrmex_task_result_get_status (result);

      if (!is_wanted (self, names[i]) || status == MYRMEX_TASK_STATUS_PENDING)
        continue;
      if (!myrmex_task_status_is_final (status))
        begin_attempt (self, names[i]);
      else if (myrmex_task_result_get_attempts (result) > 0)
        end_task (self, names[i]);
      else if (self->task != NULL)
        g_main_loop_quit (self->loop);
    }
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Follower *self = data;
  g_autoptr (MyrmexTaskResult) task = NULL;

  self->run = myrmex_service_runner_open_run_finish (MYRMEX_SERVICE_RUNNER (source), result, &self->error);
  if (self->run != NULL)
    self->path = service_find_run (self->service, myrmex_run_get_id (self->run), &self->error);
  if (self->path != NULL && self->task != NULL)
    task = myrmex_run_dup_result (self->run, self->task);
  if (self->path == NULL || (self->task != NULL && task == NULL))
    {
      g_main_loop_quit (self->loop);
      return;
    }
  self->writer->has_heads = self->task == NULL && myrmex_run_get_n_tasks (self->run) > 1;
  if (self->waits)
    {
      g_signal_connect (self->run, "progress", G_CALLBACK (progress_cb), self);
      g_signal_connect (self->run, "finished", G_CALLBACK (finished_cb), self);
      self->timer = g_timeout_add (TICK_MS, tick_cb, self);
    }
  begin (self);
  if (!self->waits || myrmex_run_status_is_final (myrmex_run_get_status (self->run)) || self->writer->has_failed)
    g_main_loop_quit (self->loop);
}

/* The task ended without anything to be seen of it, which may not be what was expected. */
static ExitStatus
tell_task (Follower *self)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, self->task);

  if (result == NULL)
    {
      message_print_error (_("Workflow “%s” has no task “%s”"), myrmex_run_get_name (self->run), self->task);
      return EXIT_STATUS_FAILED;
    }
  if (myrmex_task_result_get_attempts (result) > 0)
    return EXIT_STATUS_DONE;
  if (myrmex_task_result_get_status (result) == MYRMEX_TASK_STATUS_PENDING)
    message_print_error (_("Task “%s” has not begun; --follow waits for it"), self->task);
  else
    message_print_error (_("Task “%s” never ran: %s"), self->task,
                         myrmex_task_status_get_label (myrmex_task_result_get_status (result)));
  return EXIT_STATUS_FAILED;
}

/* Without the bus nothing can be heard of the run any more. */
static void
bus_closed_cb (GDBusConnection *bus,
               gboolean         remote_peer_vanished,
               GError          *error,
               gpointer         data)
{
  Follower *self = data;

  if (self->error == NULL)
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, _("the session bus has gone"));
  g_main_loop_quit (self->loop);
}

/* @task is nullable: each that has a log. Where @waits, all that is yet to come is written, too. */
ExitStatus
log_follow (Service    *service,
            const char *run,
            const char *task,
            gboolean    waits,
            LogWriter  *writer)
{
  GDBusConnection *bus = myrmex_service_runner_get_connection (service_get_runner (service));
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GHashTable) logs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_log);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = service_find_run (service, run, &error);
  g_autoptr (MyrmexRun) opened = NULL;
  Follower self = { .service = service, .writer = writer, .loop = loop, .task = task, .logs = logs, .waits = waits };
  GHashTableIter iter;
  gpointer log;
  gulong closed_id;

  if (path == NULL)
    return service_complain (error);
  closed_id = g_signal_connect (bus, "closed", G_CALLBACK (bus_closed_cb), &self);
  myrmex_service_runner_open_run_async (service_get_runner (service), run, NULL, opened_cb, &self);
  g_main_loop_run (loop);
  g_clear_handle_id (&self.timer, g_source_remove);
  g_signal_handler_disconnect (bus, closed_id);
  g_free (path);
  path = self.path;
  opened = self.run;
  error = self.error;
  if (opened == NULL)
    return service_complain (error);

  g_signal_handlers_disconnect_by_data (opened, &self);
  g_hash_table_iter_init (&iter, logs);
  while (g_hash_table_iter_next (&iter, NULL, &log))
    write_to_end (&self, log);
  if (error != NULL)
    return service_complain (error);
  return task != NULL ? tell_task (&self) : EXIT_STATUS_DONE;
}
