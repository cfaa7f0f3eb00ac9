/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run of the service, as its users see it: a mirror of what the service has told, which is asked without waiting.
 *
 * Only what is long and seldom wanted, explanations and paths of logs, is asked of the service when it is wanted. */

#include "client/myrmex-service-run-private.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "interfaces/myrmex-bus-private.h"
#include "model/myrmex-task-result-private.h"
#include "model/myrmex-workflow-private.h"

G_DEFINE_FINAL_TYPE (MyrmexServiceRun, myrmex_service_run, MYRMEX_TYPE_RUN)

/* In ms. Somebody waits for the answer. */
#define ASK_TIMEOUT (5 * 1000)

static const char *
get_id (MyrmexRun *run)
{
  return MYRMEX_SERVICE_RUN (run)->id;
}

static const char *
get_retried_from (MyrmexRun *run)
{
  return MYRMEX_SERVICE_RUN (run)->retried_from;
}

static const char *
get_name (MyrmexRun *run)
{
  return MYRMEX_SERVICE_RUN (run)->name;
}

static MyrmexWorkflow *
get_workflow (MyrmexRun *run)
{
  return MYRMEX_SERVICE_RUN (run)->workflow;
}

static MyrmexRunStatus
get_status (MyrmexRun    *run,
            MyrmexReason *reason)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);
  MyrmexRunStatus status;

  g_mutex_lock (&self->lock);
  status = self->status;
  *reason = self->reason;
  g_mutex_unlock (&self->lock);
  return status;
}

static guint
get_n_tasks (MyrmexRun *run)
{
  return MYRMEX_SERVICE_RUN (run)->n_tasks;
}

static void
get_counts (MyrmexRun *run,
            guint     *counts)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);

  g_mutex_lock (&self->lock);
  memcpy (counts, self->counts, sizeof self->counts);
  g_mutex_unlock (&self->lock);
}

static void
get_times (MyrmexRun *run,
           gint64    *started,
           gint64    *finished,
           gint64    *elapsed)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);

  g_mutex_lock (&self->lock);
  *started = self->started;
  *finished = self->finished;
  /* The monotonic clock at the start is the service's; until the end the wall clock has to do. */
  *elapsed = self->has_ended ? self->elapsed : MAX (0, g_get_real_time () - self->started);
  g_mutex_unlock (&self->lock);
}

static const char *
get_task_name (MyrmexRun *run,
               guint      index)
{
  return MYRMEX_SERVICE_RUN (run)->names[index];
}

static guint
find_task (MyrmexRun  *run,
           const char *task_name)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);
  gpointer index;

  return g_hash_table_lookup_extended (self->indices, task_name, NULL, &index) ? GPOINTER_TO_UINT (index)
                                                                               : self->n_tasks;
}

static guint
find_status (MyrmexRun        *run,
             MyrmexTaskStatus  status,
             guint             from)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);

  g_mutex_lock (&self->lock);
  while (from < self->n_tasks && self->results[from]->status != status)
    from++;
  g_mutex_unlock (&self->lock);
  return from;
}

static void
dup_results (MyrmexRun         *run,
             guint              from,
             guint              n,
             MyrmexTaskResult **results)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < n; i++)
    results[i] = myrmex_task_result_ref (self->results[from + i]);
  g_mutex_unlock (&self->lock);
}

static MyrmexTaskResult *
dup_result (MyrmexRun *run,
            guint      index)
{
  MyrmexTaskResult *result;

  dup_results (run, index, 1, &result);
  return result;
}

/* A call of a method of the run, for where the service has it now. */
static GDBusMessage *
new_call (MyrmexServiceRun *self,
          const char       *method,
          GVariant         *parameters)
{
  GDBusMessage *message;

  g_mutex_lock (&self->lock);
  message = myrmex_bus_call_new (self->owner, self->path, MYRMEX_BUS_RUN, method, parameters);
  g_mutex_unlock (&self->lock);
  return message;
}

/* The answer to a question about one task, or NULL. */
static GVariant *
ask (MyrmexRun   *run,
     const char  *method,
     guint        index,
     GError     **error)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);
  g_autoptr (GDBusMessage) message = new_call (self, method, g_variant_new ("(s)", self->names[index]));
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_sync (self->connection, message, ASK_TIMEOUT, error);

  return reply != NULL ? g_variant_ref (g_dbus_message_get_body (reply)) : NULL;
}

static char *
explain (MyrmexRun *run,
         guint      index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ask (run, "Explain", index, &error);
  char *text = NULL;

  if (answer == NULL || !g_variant_is_of_type (answer, G_VARIANT_TYPE ("(s)")))
    return g_strdup_printf (_("Task “%s” can not be explained now: %s"), get_task_name (run, index),
                            error != NULL ? error->message : _("the service gives no text"));
  g_variant_get (answer, "(s)", &text);
  return text;
}

static char *
dup_log_path (MyrmexRun *run,
              guint      index)
{
  g_autoptr (GVariant) answer = ask (run, "GetTask", index, NULL);
  g_autoptr (GVariant) details = NULL;
  char *path = NULL;

  if (answer == NULL || !g_variant_is_of_type (answer, G_VARIANT_TYPE ("(a{sv})")))
    return NULL;
  details = g_variant_get_child_value (answer, 0);
  g_variant_lookup (details, "log_path", "s", &path);
  return path;
}

/* The file that the service has opened: this process may not see the path. */
static GInputStream *
open_log (MyrmexRun  *run,
          guint       index,
          GError    **error)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);
  g_autoptr (GDBusMessage) message = new_call (self, "OpenLog", g_variant_new ("(s)", self->names[index]));
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_sync (self->connection, message, ASK_TIMEOUT, error);
  GUnixFDList *fds = reply != NULL ? g_dbus_message_get_unix_fd_list (reply) : NULL;
  gint32 handle;
  int fd;

  if (reply == NULL || !myrmex_bus_check_body (reply, "(h)", error))
    return NULL;
  g_variant_get (g_dbus_message_get_body (reply), "(h)", &handle);
  if (fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
    {
      myrmex_bus_set_answer_error (error);
      return NULL;
    }
  fd = g_unix_fd_list_get (fds, handle, error);
  return fd >= 0 ? g_unix_input_stream_new (fd, TRUE) : NULL;
}

/* Nobody waits for an answer: what comes of it is told as everything else is. */
static void
command (MyrmexServiceRun *self,
         const char       *method)
{
  g_autoptr (GDBusMessage) message = new_call (self, method, NULL);

  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  g_dbus_connection_send_message (self->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static void
cancel (MyrmexRun *run)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);

  g_mutex_lock (&self->lock);
  self->n_cancels++;
  g_mutex_unlock (&self->lock);
  command (self, "Cancel");
}

/* The status is known ahead: nothing but the end of the run can come between. */
static void
set_ahead (MyrmexServiceRun  *self,
           MyrmexRunStatus    status,
           MyrmexServiceWish  wish)
{
  g_mutex_lock (&self->lock);
  self->wish = wish;
  if (!myrmex_run_status_is_final (self->status))
    self->status = status;
  g_mutex_unlock (&self->lock);
}

static void
pause_run (MyrmexRun *run)
{
  set_ahead (MYRMEX_SERVICE_RUN (run), MYRMEX_RUN_STATUS_PAUSED, MYRMEX_SERVICE_WISH_PAUSE);
  command (MYRMEX_SERVICE_RUN (run), "Pause");
}

static void
resume (MyrmexRun *run)
{
  set_ahead (MYRMEX_SERVICE_RUN (run), MYRMEX_RUN_STATUS_RUNNING, MYRMEX_SERVICE_WISH_RESUME);
  command (MYRMEX_SERVICE_RUN (run), "Resume");
}

/* Of another service, which may not know what the one before it was asked. */
void
myrmex_service_run_wish_again (MyrmexServiceRun *self,
                               GVariant         *properties)
{
  const char *reason = NULL, *status = NULL;
  gboolean is_cancelled, is_paused;
  MyrmexServiceWish wish;
  guint n_cancels;

  g_variant_lookup (properties, "Reason", "&s", &reason);
  g_variant_lookup (properties, "Status", "&s", &status);
  is_cancelled = g_strcmp0 (reason, "run_cancelled") == 0;
  is_paused = g_strcmp0 (status, "paused") == 0;
  g_mutex_lock (&self->lock);
  n_cancels = self->n_cancels;
  wish = self->wish;
  g_mutex_unlock (&self->lock);

  /* A second one is by force, so the first is not repeated where it was heard. */
  if (n_cancels > 0 && !is_cancelled)
    command (self, "Cancel");
  if (n_cancels > 1)
    command (self, "Cancel");
  if (wish == MYRMEX_SERVICE_WISH_PAUSE && !is_paused)
    command (self, "Pause");
  else if (wish == MYRMEX_SERVICE_WISH_RESUME && is_paused)
    command (self, "Resume");
}

static void
wake_context_cb (GCancellable *cancellable,
                 gpointer      context)
{
  g_main_context_wakeup (context);
}

static void
wake_sleeper_cb (GCancellable *cancellable,
                 gpointer      data)
{
  MyrmexServiceRun *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->ended_cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
wait_here (MyrmexServiceRun *self,
           GCancellable     *cancellable)
{
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_context_cb), self->context, NULL);
  while (!myrmex_run_was_told_finished (MYRMEX_RUN (self)) && !g_cancellable_is_cancelled (cancellable))
    g_main_context_iteration (self->context, TRUE);
  g_cancellable_disconnect (cancellable, id);
  return myrmex_run_was_told_finished (MYRMEX_RUN (self));
}

static gboolean
wait_elsewhere (MyrmexServiceRun *self,
                GCancellable     *cancellable)
{
  gboolean has_ended;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_sleeper_cb), self, NULL);
  g_mutex_lock (&self->lock);
  while (!self->has_ended && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->ended_cond, &self->lock);
  has_ended = self->has_ended;
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, id);
  return has_ended;
}

static gboolean
wait_run (MyrmexRun     *run,
          GCancellable  *cancellable,
          GError       **error)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (run);
  gboolean has_ended;

  if (self->thread == g_thread_self () && g_main_context_acquire (self->context))
    {
      has_ended = wait_here (self, cancellable);
      g_main_context_release (self->context);
    }
  else
    {
      has_ended = wait_elsewhere (self, cancellable);
    }
  return has_ended || !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static const MyrmexRunOps run_ops = {
  .get_id = get_id,
  .get_retried_from = get_retried_from,
  .get_name = get_name,
  .get_workflow = get_workflow,
  .get_status = get_status,
  .get_n_tasks = get_n_tasks,
  .get_counts = get_counts,
  .get_times = get_times,
  .get_task_name = get_task_name,
  .find_task = find_task,
  .find_status = find_status,
  .dup_result = dup_result,
  .dup_results = dup_results,
  .explain = explain,
  .dup_log_path = dup_log_path,
  .open_log = open_log,
  .cancel = cancel,
  .pause = pause_run,
  .resume = resume,
  .wait = wait_run,
};

static void
myrmex_service_run_finalize (GObject *object)
{
  MyrmexServiceRun *self = MYRMEX_SERVICE_RUN (object);

  myrmex_service_run_unlisten (self);
  g_queue_clear_full (&self->changes, (GDestroyNotify) g_variant_unref);
  g_clear_object (&self->connection);
  g_clear_object (&self->workflow);
  g_clear_object (&self->cancellable);
  g_main_context_unref (self->context);
  g_thread_unref (self->thread);
  for (guint i = 0; i < self->n_tasks; i++)
    myrmex_task_result_unref (self->results[i]);
  g_free (self->results);
  g_strfreev (self->names);
  g_hash_table_unref (self->indices);
  g_free (self->id);
  g_free (self->retried_from);
  g_free (self->token);
  g_free (self->name);
  g_free (self->owner);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->ended_cond);

  G_OBJECT_CLASS (myrmex_service_run_parent_class)->finalize (object);
}

static void
myrmex_service_run_class_init (MyrmexServiceRunClass *klass)
{
  MYRMEX_RUN_CLASS (klass)->ops = &run_ops;
  G_OBJECT_CLASS (klass)->finalize = myrmex_service_run_finalize;
}

static void
myrmex_service_run_init (MyrmexServiceRun *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->ended_cond);
  g_queue_init (&self->changes);
  self->indices = g_hash_table_new (g_str_hash, g_str_equal);
  self->status = MYRMEX_RUN_STATUS_RUNNING;
}

/* On the main context of the run, which listens to what will be told of @path. */
MyrmexServiceRun *
myrmex_service_run_new (GDBusConnection *connection,
                        MyrmexWorkflow  *workflow,
                        const char      *path)
{
  MyrmexServiceRun *self = g_object_new (MYRMEX_TYPE_SERVICE_RUN, NULL);

  self->connection = g_object_ref (connection);
  self->context = g_main_context_ref_thread_default ();
  self->thread = g_thread_ref (g_thread_self ());
  self->path = g_strdup (path);
  self->started = g_get_real_time ();
  if (workflow != NULL)
    {
      char **names = g_new0 (char *, (gsize) workflow->n_tasks + 1);

      for (guint i = 0; i < workflow->n_tasks; i++)
        names[i] = g_strdup (workflow->tasks[i]->name);
      self->workflow = g_object_ref (workflow);
      self->name = g_strdup (myrmex_workflow_get_name (workflow));
      myrmex_service_run_set_tasks (self, names);
    }
  myrmex_service_run_listen (self);
  return self;
}

/* All of them pending. */
void
myrmex_service_run_set_tasks (MyrmexServiceRun  *self,
                              char             **names)
{
  self->names = names;
  self->n_tasks = g_strv_length (names);
  self->results = g_new (MyrmexTaskResult *, self->n_tasks);
  for (guint i = 0; i < self->n_tasks; i++)
    {
      self->results[i] = myrmex_task_result_new ();
      g_hash_table_insert (self->indices, names[i], GUINT_TO_POINTER (i));
    }
  self->counts[MYRMEX_TASK_STATUS_PENDING] = self->n_tasks;
}

/* The service has the run. From here on the run holds itself until it has been told to its end. */
void
myrmex_service_run_accept (MyrmexServiceRun *self,
                           const char       *id,
                           const char       *owner,
                           gboolean          paused)
{
  if (self->id == NULL)
    self->id = g_strdup (id);
  g_mutex_lock (&self->lock);
  if (self->owner == NULL)
    self->owner = g_strdup (owner);
  if (paused)
    self->status = MYRMEX_RUN_STATUS_PAUSED;
  self->told_paused = self->status == MYRMEX_RUN_STATUS_PAUSED;
  g_mutex_unlock (&self->lock);
  if (!self->is_held && !self->has_ended)
    {
      self->is_held = TRUE;
      g_object_ref (self);
      if (self->workflow != NULL)
        myrmex_workflow_freeze (self->workflow);
      myrmex_service_run_watch (self);
    }
}
