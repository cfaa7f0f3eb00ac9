/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From what the service tells to what the run's own listeners are told.
 *
 * Each task only goes forward: pending, running 1, retrying 1, running 2, …, one of the final ones. A change that is
 * not ahead of what is known has been told before, as happens where a list and the changes that come meanwhile tell the
 * same; it is dropped. So nothing is told twice, and what a list is ahead of the changes by is told from the list. */

#include "client/myrmex-service-run-private.h"

#include "base/myrmex-error.h"
#include "client/myrmex-bus-call-private.h"
#include "client/myrmex-service-words-private.h"
#include "interfaces/myrmex-bus-private.h"
#include "model/myrmex-task-result-private.h"
#include "model/myrmex-workflow-private.h"

static MyrmexReason
parse_reason (GVariant *details)
{
  MyrmexReason reason = MYRMEX_REASON_NONE;
  const char *text;

  if (g_variant_lookup (details, "reason", "&s", &text))
    myrmex_service_words_to_reason (text, &reason);
  return reason;
}

static guint64
get_rank (MyrmexTaskStatus status,
          guint            attempts)
{
  if (myrmex_task_status_is_final (status))
    return G_MAXUINT64;
  return 2 * (guint64) attempts + (status == MYRMEX_TASK_STATUS_RETRYING);
}

static GError *
read_error (GVariant *details)
{
  const char *message, *type;
  GError *error;

  if (!g_variant_lookup (details, "error", "&s", &message))
    return NULL;
  if (!g_variant_lookup (details, "error_type", "&s", &type))
    return g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED, message);
  error = g_dbus_error_new_for_dbus_error (type, message);
  g_dbus_error_strip_remote_error (error);
  return error;
}

/* A result of what is told of a task, with what was known before where nothing is told. */
static MyrmexTaskResult *
read_result (MyrmexTaskResult *before,
             MyrmexTaskStatus  status,
             GVariant         *details)
{
  MyrmexTaskResult *result = myrmex_task_result_new ();
  const char *kept_from;
  double seconds;

  result->status = status;
  result->reason = parse_reason (details);
  result->attempts = before->attempts;
  result->execution_time = before->execution_time;
  result->started = before->started;
  if (!g_variant_lookup (details, "attempt", "u", &result->attempts))
    g_variant_lookup (details, "attempts", "u", &result->attempts);
  if (g_variant_lookup (details, "execution_time", "d", &seconds))
    result->execution_time = (gint64) (seconds * G_USEC_PER_SEC + 0.5);
  g_variant_lookup (details, "started", "x", &result->started);
  g_variant_lookup (details, "finished", "x", &result->finished);
  g_variant_lookup (details, "error_name", "s", &result->error_name);
  result->error = read_error (details);
  if (g_variant_lookup (details, "kept_from", "&s", &kept_from))
    result->kept_from = g_ref_string_new (kept_from);
  if (status == MYRMEX_TASK_STATUS_COMPLETED)
    result->value = g_variant_lookup_value (details, "value", NULL);
  return result;
}

/* What is for the mirror alone is not told to listeners, so that they are told the same of any run. */
static GVariant *
strip (GVariant *details)
{
  static const char * const keys[] = { "value", "value_size", "error_type", "started", "finished", "name", "status",
                                       "success", "log_path", "attempts", "kept_from" };
  GVariantDict dict;
  guint attempts;

  g_variant_dict_init (&dict, details);
  if (g_variant_dict_lookup (&dict, "attempts", "u", &attempts) && attempts > 0)
    g_variant_dict_insert (&dict, "attempt", "u", attempts);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_variant_dict_remove (&dict, keys[i]);
  /* Of the run itself, which has one to be asked for. */
  if (g_variant_dict_contains (&dict, "total_tasks"))
    g_variant_dict_remove (&dict, "error");
  return g_variant_dict_end (&dict);
}

static void
emit (MyrmexServiceRun *self,
      const char       *task,
      const char       *status,
      GVariant         *details)
{
  if (myrmex_run_has_progress_handlers (MYRMEX_RUN (self)))
    myrmex_run_emit_progress (MYRMEX_RUN (self), task, status, strip (details));
}

static void
set_result (MyrmexServiceRun *self,
            guint             index,
            MyrmexTaskResult *result)
{
  MyrmexTaskResult *before;

  g_mutex_lock (&self->lock);
  before = self->results[index];
  self->results[index] = result;
  self->counts[before->status]--;
  self->counts[result->status]++;
  g_mutex_unlock (&self->lock);
  myrmex_task_result_unref (before);
}

static void
tell_report (MyrmexServiceRun *self,
             guint             index,
             GVariant         *details)
{
  const char *message = NULL;
  double fraction = -1;

  g_variant_lookup (details, "fraction", "d", &fraction);
  g_variant_lookup (details, "message", "&s", &message);
  myrmex_run_report_task (MYRMEX_RUN (self), index, fraction, message);
  emit (self, self->names[index], "running", details);
}

static gboolean
is_report (MyrmexTaskStatus  status,
           GVariant         *details)
{
  return status == MYRMEX_TASK_STATUS_RUNNING &&
         (g_variant_lookup (details, "fraction", "d", NULL) || g_variant_lookup (details, "message", "s", NULL));
}

/* Takes over how a task stands. Quietly, nobody is told. */
static void
tell_task (MyrmexServiceRun *self,
           guint             index,
           const char       *status_text,
           GVariant         *details,
           gboolean          quietly)
{
  g_autoptr (MyrmexTaskResult) before = myrmex_task_result_ref (self->results[index]);
  g_autoptr (MyrmexTaskResult) result = NULL;
  MyrmexTaskStatus status;
  guint64 rank, known;

  if (!myrmex_service_words_to_task_status (status_text, &status))
    return;
  result = read_result (before, status, details);
  rank = get_rank (status, result->attempts);
  known = get_rank (before->status, before->attempts);
  if (is_report (status, details) && rank == known)
    {
      tell_report (self, index, details);
      return;
    }
  if (rank <= known)
    return;

  set_result (self, index, g_steal_pointer (&result));
  if (quietly)
    return;
  myrmex_run_refresh_task (MYRMEX_RUN (self), index);
  emit (self, self->names[index], status_text, details);
}

/* From a list. */
void
myrmex_service_run_merge (MyrmexServiceRun *self,
                          const char       *task,
                          const char       *status,
                          GVariant         *details,
                          gboolean          quietly)
{
  guint index = MYRMEX_RUN_OPS (self)->find_task (MYRMEX_RUN (self), task);

  if (index < self->n_tasks)
    tell_task (self, index, status, details, quietly);
}

/* The run has ended: the last that is told. */
void
myrmex_service_run_end (MyrmexServiceRun *self,
                        const char       *status_text,
                        GVariant         *details)
{
  g_autoptr (MyrmexServiceRun) kept = g_object_ref (self);
  double elapsed = 0;

  if (self->has_ended)
    return;

  g_mutex_lock (&self->lock);
  myrmex_service_words_to_run_status (status_text, &self->status);
  self->reason = parse_reason (details);
  g_variant_lookup (details, "started", "x", &self->started);
  if (!g_variant_lookup (details, "finished", "x", &self->finished) || self->finished == 0)
    self->finished = g_get_real_time ();
  if (g_variant_lookup (details, "elapsed", "d", &elapsed))
    self->elapsed = (gint64) (elapsed * G_USEC_PER_SEC + 0.5);
  else
    self->elapsed = MAX (0, self->finished - self->started);
  self->has_ended = TRUE;
  g_cond_broadcast (&self->ended_cond);
  g_mutex_unlock (&self->lock);

  myrmex_service_run_unlisten (self);
  if (self->is_held && self->workflow != NULL)
    myrmex_workflow_thaw (self->workflow);
  myrmex_run_notify_status (MYRMEX_RUN (self));
  emit (self, "workflow", status_text, details);
  myrmex_run_notify_counts (MYRMEX_RUN (self));
  myrmex_run_finished (MYRMEX_RUN (self));
  if (self->is_held)
    {
      self->is_held = FALSE;
      g_object_unref (self);
    }
}

/* The begin, a pause and the end of a pause are told once, whether they were heard or are told by a list. */
static void
tell_run (MyrmexServiceRun *self,
          const char       *status,
          GVariant         *details)
{
  if (g_variant_lookup (details, "elapsed", "d", NULL))
    {
      myrmex_service_run_end (self, status, details);
      return;
    }
  if (g_str_equal (status, "started") && self->told_started)
    return;
  self->told_started = TRUE;
  if (self->was_caught_up && ((g_str_equal (status, "paused") && self->told_paused) ||
                              (g_str_equal (status, "running") && !self->told_paused)))
    return;

  g_mutex_lock (&self->lock);
  g_variant_lookup (details, "started", "x", &self->started);
  if (!g_str_equal (status, "started"))
    {
      self->told_paused = g_str_equal (status, "paused");
      self->status = self->told_paused ? MYRMEX_RUN_STATUS_PAUSED : MYRMEX_RUN_STATUS_RUNNING;
      if (self->wish == (self->told_paused ? MYRMEX_SERVICE_WISH_PAUSE : MYRMEX_SERVICE_WISH_RESUME))
        self->wish = MYRMEX_SERVICE_WISH_NONE;
    }
  g_mutex_unlock (&self->lock);
  myrmex_run_notify_status (MYRMEX_RUN (self));
  emit (self, "workflow", status, details);
}

/* How the run itself stands, as a list tells it. */
void
myrmex_service_run_catch_up_run (MyrmexServiceRun *self,
                                 GVariant         *properties,
                                 MyrmexRunStatus   status)
{
  g_autoptr (GVariant) details = NULL;
  GVariantDict dict;
  gint64 started = 0;

  g_variant_lookup (properties, "Started", "x", &started);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "total_tasks", "u", self->n_tasks);
  g_variant_dict_insert (&dict, "started", "x", started);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  self->was_caught_up = TRUE;
  if (status != MYRMEX_RUN_STATUS_QUEUED)
    tell_run (self, "started", details);
  if (status == MYRMEX_RUN_STATUS_PAUSED)
    tell_run (self, "paused", details);
  else if (status == MYRMEX_RUN_STATUS_RUNNING)
    tell_run (self, "running", details);
}

/* --- Values that were too large for a signal --- */

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr (MyrmexServiceRun) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusMessage) reply = myrmex_bus_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) change = NULL;
  g_autoptr (GVariant) details = NULL;
  g_autoptr (GVariant) fetched = NULL;
  g_autoptr (GVariant) value = NULL;
  GVariantDict dict;
  const char *task, *status;

  /* Where the service has gone, all is listed anew. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->has_ended)
    return;

  /* It went away before it told that it does. */
  if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_INTERRUPTED))
    {
      myrmex_service_run_lost (self);
      return;
    }

  self->is_fetching = FALSE;
  change = g_queue_pop_head (&self->changes);
  if (change != NULL && reply != NULL &&
      g_variant_is_of_type (g_dbus_message_get_body (reply), G_VARIANT_TYPE ("(a{sv})")))
    {
      fetched = g_variant_get_child_value (g_dbus_message_get_body (reply), 0);
      value = g_variant_lookup_value (fetched, "value", NULL);
    }
  if (change != NULL)
    {
      g_variant_get (change, "(&s&s@a{sv})", &task, &status, &details);
      g_variant_dict_init (&dict, details);
      g_variant_dict_remove (&dict, "value_size");
      if (value != NULL)
        g_variant_dict_insert_value (&dict, "value", value);
      g_queue_push_head (&self->changes,
                         g_variant_ref_sink (g_variant_new ("(ss@a{sv})", task, status, g_variant_dict_end (&dict))));
    }
  myrmex_service_run_tell (self);
}

static void
fetch (MyrmexServiceRun *self,
       const char       *task)
{
  g_autoptr (GDBusMessage) message = myrmex_bus_call_new (self->owner, self->path, MYRMEX_BUS_RUN, "GetTask",
                                                          g_variant_new ("(s)", task));

  self->is_fetching = TRUE;
  myrmex_bus_call_async (self->connection, message, self->cancellable, fetched_cb, g_object_ref (self));
}

/* --- In order --- */

/* Returns whether the change has been told. */
static gboolean
tell_change (MyrmexServiceRun *self,
             GVariant         *change)
{
  g_autoptr (GVariant) details = NULL;
  const char *task, *status;
  guint index;

  g_variant_get (change, "(&s&s@a{sv})", &task, &status, &details);
  if (g_str_equal (task, MYRMEX_BUS_RUN_ITSELF))
    {
      tell_run (self, status, details);
      return TRUE;
    }
  index = MYRMEX_RUN_OPS (self)->find_task (MYRMEX_RUN (self), task);
  if (index >= self->n_tasks)
    return TRUE;
  if (g_variant_lookup (details, "value_size", "t", NULL))
    {
      fetch (self, task);
      return FALSE;
    }
  tell_task (self, index, status, details, FALSE);
  return TRUE;
}

static void
call_later (MyrmexServiceRun *self,
            GSourceFunc       func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}

static gboolean
tell_cb (gpointer data)
{
  myrmex_service_run_tell (data);
  return G_SOURCE_REMOVE;
}

/* A listener may iterate the main context, or wait for the run: then the rest is told inside of that. */
void
myrmex_service_run_tell (MyrmexServiceRun *self)
{
  g_autoptr (MyrmexServiceRun) kept = g_object_ref (self);
  gboolean has_told = FALSE;

  if (self->is_new)
    return;
  /* Nothing else wakes the context for those, if a listener does not come back from it. */
  if (self->changes.length > 1)
    call_later (self, tell_cb);
  while (!self->is_fetching && !self->has_ended)
    {
      g_autoptr (GVariant) change = g_queue_pop_head (&self->changes);

      if (change == NULL)
        break;
      if (tell_change (self, change))
        has_told = TRUE;
      else
        g_queue_push_head (&self->changes, g_steal_pointer (&change));
    }
  if (has_told && !self->has_ended)
    myrmex_run_notify_counts (MYRMEX_RUN (self));
}

void
myrmex_service_run_change (MyrmexServiceRun *self,
                           GVariant         *change)
{
  g_queue_push_tail (&self->changes, g_variant_ref (change));
}

static gboolean
tell_first_cb (gpointer data)
{
  MyrmexServiceRun *self = data;

  self->is_new = FALSE;
  myrmex_service_run_tell (self);
  return G_SOURCE_REMOVE;
}

/* What came before the answer did, or comes with it. Whoever gets the run has to be able to connect to it first: in the
 * callback, or where a language goes on after that. */
void
myrmex_service_run_tell_later (MyrmexServiceRun *self)
{
  self->is_new = TRUE;
  call_later (self, tell_first_cb);
}

/* The run can not be followed any more. @why: in words. */
void
myrmex_service_run_interrupt (MyrmexServiceRun *self,
                              const char       *why)
{
  g_autoptr (MyrmexServiceRun) kept = g_object_ref (self);
  g_autoptr (GVariant) details = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (MYRMEX_REASON_INTERRUPTED));
  g_variant_dict_insert (&dict, "error", "s", why);
  g_variant_dict_insert (&dict, "error_name", "s", "interrupted");
  g_variant_dict_insert (&dict, "error_type", "s", MYRMEX_BUS_ERROR "Interrupted");
  g_variant_dict_insert (&dict, "finished", "x", g_get_real_time ());
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  /* Those that had not begun fail too: what became of them is as little known. */
  for (guint i = 0; i < self->n_tasks; i++)
    tell_task (self, i, "failed", details, FALSE);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "reason", "s", myrmex_reason_to_string (MYRMEX_REASON_INTERRUPTED));
  g_variant_dict_insert (&dict, "total_tasks", "u", self->n_tasks);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (&dict, myrmex_task_status_to_string (i), "u", self->counts[i]);
  g_variant_dict_insert (&dict, "elapsed", "d",
                         (double) MAX (0, g_get_real_time () - self->started) / G_USEC_PER_SEC);
  g_clear_pointer (&details, g_variant_unref);
  details = g_variant_ref_sink (g_variant_dict_end (&dict));
  myrmex_service_run_end (self, "failed", details);
}
