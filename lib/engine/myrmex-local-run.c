/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run of this process, as its main context sees it: what the execution did is told here, in batches.
 *
 *   execution, any thread:  event → list; source ready, at most every 10 ms
 *   main context:           take the list; tell one by one, until 1 ms has passed; then again after others
 *
 * Whatever is told may call back, or iterate the main context, or wait for the run: then the rest is told inside of
 * that. So the source stays ready as long as there is something left, and all that is left is in the object. */

#include "engine/myrmex-local-run-private.h"

#include <glib/gi18n-lib.h>

#include "engine/myrmex-run-private.h"
#include "engine/myrmex-task-run-private.h"

/* How long the main context is held at a time. Where workers take the processor away meanwhile, which they do for 4 ms
 * or so, it is still less than 5. A frame is 16.7 ms. */
#define DISPATCH_US (1 * G_TIME_SPAN_MILLISECOND)

/* Behind the redraws of a window, which GTK has at 120, and before what waits for an idle moment, at 200: however
 * much there is to tell and to begin, frames come first. */
#define DISPATCH_PRIORITY (G_PRIORITY_HIGH_IDLE + 30)

struct _MyrmexLocalRun
{
  MyrmexRun        parent_instance;

  MyrmexExecution *execution;
  GArray          *events;     /* MyrmexEvent, taken from the execution */
  guint            n_told;     /* of them */
  GPtrArray       *reports;    /* MyrmexProgress, owned, likewise; told when the events have been */
  GPtrArray       *stops;      /* contexts, owned, likewise */
};

G_DEFINE_FINAL_TYPE (MyrmexLocalRun, myrmex_local_run, MYRMEX_TYPE_RUN)

static const char *
get_id (MyrmexRun *run)
{
  return MYRMEX_LOCAL_RUN (run)->execution->id;
}

static MyrmexWorkflow *
get_workflow (MyrmexRun *run)
{
  return MYRMEX_LOCAL_RUN (run)->execution->plan->workflow;
}

static const char *
get_retried_from (MyrmexRun *run)
{
  return MYRMEX_LOCAL_RUN (run)->execution->retried_from;
}

static const char *
get_name (MyrmexRun *run)
{
  return myrmex_workflow_get_name (get_workflow (run));
}

static MyrmexRunStatus
get_status (MyrmexRun    *run,
            MyrmexReason *reason)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;
  MyrmexRunStatus status;

  g_mutex_lock (&execution->lock);
  status = myrmex_scheduler_get_run_status (execution->scheduler);
  *reason = myrmex_scheduler_get_run_reason (execution->scheduler);
  /* It has ended when that is kept. */
  if (myrmex_run_status_is_final (status) && !execution->has_ended)
    {
      status = MYRMEX_RUN_STATUS_RUNNING;
      *reason = MYRMEX_REASON_NONE;
    }
  g_mutex_unlock (&execution->lock);
  return status;
}

static guint
get_n_tasks (MyrmexRun *run)
{
  return MYRMEX_LOCAL_RUN (run)->execution->plan->graph.n_tasks;
}

static void
get_counts (MyrmexRun *run,
            guint     *counts)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;

  g_mutex_lock (&execution->lock);
  myrmex_execution_count_kept (execution, counts);
  g_mutex_unlock (&execution->lock);
}

static void
get_times (MyrmexRun *run,
           gint64    *started,
           gint64    *finished,
           gint64    *elapsed)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;

  g_mutex_lock (&execution->lock);
  *started = execution->started_wall;
  *finished = execution->has_ended ? myrmex_execution_to_wall (execution, execution->ended) : 0;
  *elapsed = (execution->has_ended ? execution->ended : g_get_monotonic_time ()) - execution->started;
  g_mutex_unlock (&execution->lock);
}

static const char *
get_task_name (MyrmexRun *run,
               guint      index)
{
  return myrmex_execution_get_task (MYRMEX_LOCAL_RUN (run)->execution, index)->name;
}

static guint
find_task (MyrmexRun  *run,
           const char *task_name)
{
  return myrmex_plan_find (MYRMEX_LOCAL_RUN (run)->execution->plan, task_name);
}

static guint
find_status (MyrmexRun        *run,
             MyrmexTaskStatus  status,
             guint             from)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;
  guint n = execution->plan->graph.n_tasks;

  g_mutex_lock (&execution->lock);
  while (from < n && myrmex_execution_get_kept_status (execution, from) != status)
    from++;
  g_mutex_unlock (&execution->lock);
  return from;
}

static void
dup_results (MyrmexRun         *run,
             guint              from,
             guint              n,
             MyrmexTaskResult **results)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;

  g_mutex_lock (&execution->lock);
  for (guint i = 0; i < n; i++)
    results[i] = myrmex_execution_dup_kept_result (execution, from + i);
  g_mutex_unlock (&execution->lock);
}

static MyrmexTaskResult *
dup_result (MyrmexRun *run,
            guint      index)
{
  MyrmexTaskResult *result;

  dup_results (run, index, 1, &result);
  return result;
}

static char *
explain (MyrmexRun *run,
         guint      index)
{
  return myrmex_execution_explain (MYRMEX_LOCAL_RUN (run)->execution, index);
}

static char *
dup_log_path (MyrmexRun *run,
              guint      index)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;
  guint attempt;

  if (execution->kept != NULL && execution->kept[index].log_path != NULL)
    return g_strdup (execution->kept[index].log_path);

  g_mutex_lock (&execution->lock);
  attempt = myrmex_execution_get_kept_attempt (execution, index);
  g_mutex_unlock (&execution->lock);
  return myrmex_execution_dup_log_path (execution, index, attempt);
}

/* From here on, so that however many task runs are made before the main context is told the next time, none of them has
 * to be looked at again then. */
static void
tell_tasks (MyrmexRun *run)
{
  MyrmexExecution *execution = MYRMEX_LOCAL_RUN (run)->execution;

  g_mutex_lock (&execution->lock);
  execution->wants_events = execution->keeps_events = TRUE;
  g_mutex_unlock (&execution->lock);
}

static void
cancel (MyrmexRun *run)
{
  myrmex_execution_cancel (MYRMEX_LOCAL_RUN (run)->execution);
}

static void
pause_run (MyrmexRun *run)
{
  myrmex_execution_pause (MYRMEX_LOCAL_RUN (run)->execution);
}

static void
resume (MyrmexRun *run)
{
  myrmex_execution_resume (MYRMEX_LOCAL_RUN (run)->execution);
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
  MyrmexExecution *execution = data;

  g_mutex_lock (&execution->lock);
  g_cond_broadcast (&execution->ended_cond);
  g_mutex_unlock (&execution->lock);
}

/* The context of the run is this thread's for now. */
static gboolean
wait_here (MyrmexLocalRun  *self,
           GCancellable    *cancellable,
           GError         **error)
{
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_context_cb), self->execution->context, NULL);
  while (!myrmex_run_was_told_finished (MYRMEX_RUN (self)) && !g_cancellable_is_cancelled (cancellable))
    g_main_context_iteration (self->execution->context, TRUE);
  g_cancellable_disconnect (cancellable, id);

  return myrmex_run_was_told_finished (MYRMEX_RUN (self)) ||
         !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
wait_elsewhere (MyrmexLocalRun  *self,
                GCancellable    *cancellable,
                GError         **error)
{
  MyrmexExecution *execution = self->execution;
  gboolean has_ended;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_sleeper_cb), execution, NULL);
  g_mutex_lock (&execution->lock);
  while (!execution->has_ended && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&execution->ended_cond, &execution->lock);
  has_ended = execution->has_ended;
  g_mutex_unlock (&execution->lock);
  g_cancellable_disconnect (cancellable, id);
  if (has_ended)
    myrmex_execution_finish_log (execution);

  return has_ended || !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* A function that waits for its own run waits for itself. One that waits for another does not keep its place: what it
 * waits for may need it. */
static gboolean
may_wait (MyrmexLocalRun  *self,
          gboolean         is_here,
          GError         **error)
{
  MyrmexWorker *worker = myrmex_worker_pool_get_worker ();
  gboolean has_ended;

  g_mutex_lock (&self->execution->lock);
  has_ended = self->execution->has_ended;
  g_mutex_unlock (&self->execution->lock);
  if (has_ended)
    return TRUE;

  if ((is_here && self->execution->main_depth > 0) || (worker != NULL && worker->source == self->execution))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("A function of workflow “%s” can not wait for its own run"),
                   get_name (MYRMEX_RUN (self)));
      return FALSE;
    }

  if (worker != NULL)
    myrmex_worker_pool_stuck (worker->pool, worker);
  return TRUE;
}

static gboolean
wait_run (MyrmexRun     *run,
          GCancellable  *cancellable,
          GError       **error)
{
  MyrmexLocalRun *self = MYRMEX_LOCAL_RUN (run);
  gboolean is_here = self->execution->thread == g_thread_self ();
  gboolean success;

  if (is_here && myrmex_run_was_told_finished (run))
    return TRUE;
  if (!may_wait (self, is_here, error))
    return FALSE;

  /* Another thread may be iterating the context, if it is the default one. */
  if (!is_here || !myrmex_execution_acquire_context (self->execution))
    return wait_elsewhere (self, cancellable, error);
  success = wait_here (self, cancellable, error);
  g_main_context_release (self->execution->context);
  return success;
}

static void
tell_event (MyrmexLocalRun    *self,
            const MyrmexEvent *event,
            gboolean           has_handlers)
{
  MyrmexRun *run = MYRMEX_RUN (self);
  const char *status;

  if (event->task == MYRMEX_NO_INDEX)
    {
      GVariant *details = myrmex_execution_describe_run (self->execution, event, &status);

      myrmex_run_notify_status (run);
      myrmex_run_emit_progress (run, "workflow", status, details);
    }
  else
    {
      myrmex_run_refresh_task (run, event->task);
      if (has_handlers)
        myrmex_run_emit_progress (run, get_task_name (run, event->task),
                                  myrmex_task_status_to_string (event->status),
                                  myrmex_execution_describe_task (self->execution, event));
    }
}

/* Whether the attempt that reported is still at it. Once it has ended, that is about to be told. */
static gboolean
is_current (MyrmexExecution      *execution,
            const MyrmexProgress *report)
{
  gboolean current;

  g_mutex_lock (&execution->lock);
  current = myrmex_scheduler_get_status (execution->scheduler, report->task) == MYRMEX_TASK_STATUS_RUNNING &&
            myrmex_scheduler_get_attempt (execution->scheduler, report->task) == report->attempt;
  g_mutex_unlock (&execution->lock);
  return current;
}

static void
tell_report (MyrmexLocalRun       *self,
             const MyrmexProgress *report)
{
  MyrmexRun *run = MYRMEX_RUN (self);
  GVariantDict dict;

  myrmex_run_report_task (run, report->task, report->fraction, report->message);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "attempt", "u", report->attempt);
  if (report->fraction >= 0)
    g_variant_dict_insert (&dict, "fraction", "d", report->fraction);
  if (report->message != NULL)
    g_variant_dict_insert (&dict, "message", "s", report->message);
  myrmex_run_emit_progress (run, get_task_name (run, report->task), "running", g_variant_dict_end (&dict));
}

/* The newest report of each task that runs. */
static void
tell_reports (MyrmexLocalRun *self,
              gint64          until)
{
  while (self->reports->len > 0 && self->n_told == self->events->len && g_get_monotonic_time () < until)
    {
      MyrmexProgress *report = g_ptr_array_steal_index_fast (self->reports, self->reports->len - 1);

      if (is_current (self->execution, report))
        tell_report (self, report);
      g_free (report->message);
      g_free (report);
    }
}

/* Where nobody listens nothing is told of tasks. Somebody who begins to is told of what comes after this. */
static void
look_for_listeners (MyrmexLocalRun *self)
{
  MyrmexExecution *execution = self->execution;
  gboolean wants_events = myrmex_run_has_listeners (MYRMEX_RUN (self));
  gboolean wanted_events;

  g_mutex_lock (&execution->lock);
  wanted_events = execution->wants_events;
  execution->wants_events = wants_events || execution->keeps_events;
  execution->keeps_events = FALSE;
  g_mutex_unlock (&execution->lock);

  if (wants_events && !wanted_events)
    myrmex_run_refresh_all_tasks (MYRMEX_RUN (self));
}

static void
take_reports (MyrmexLocalRun *self)
{
  GHashTableIter iter;
  gpointer report;

  g_hash_table_iter_init (&iter, self->execution->progress);
  while (g_hash_table_iter_next (&iter, NULL, &report))
    {
      g_ptr_array_add (self->reports, report);
      g_hash_table_iter_steal (&iter);
    }
}

/* Takes what there is to tell; if there is something left from the last time, that comes first. */
static void
take_events (MyrmexLocalRun *self)
{
  MyrmexExecution *execution = self->execution;
  GArray *told = NULL;

  g_mutex_lock (&execution->lock);
  if (execution->main_stops->len > 0)
    {
      g_ptr_array_extend_and_steal (self->stops, execution->main_stops);
      execution->main_stops = g_ptr_array_new ();
    }
  if (self->n_told == self->events->len)
    {
      told = self->events;
      self->n_told = 0;
      self->events = execution->events;
      execution->events = myrmex_execution_new_events ();
      take_reports (self);
    }
  g_mutex_unlock (&execution->lock);

  if (told != NULL)
    g_array_unref (told);
}

/* What began here is told to stop before anything else, and so before the end of the run is. Returns whether all
 * has been. */
static gboolean
tell_stops (MyrmexLocalRun *self,
            gint64          until)
{
  while (self->stops->len > 0)
    {
      MyrmexTaskContext *context = g_ptr_array_steal_index_fast (self->stops, self->stops->len - 1);

      myrmex_task_context_stop (context);
      myrmex_task_context_unref (context);
      if (g_get_monotonic_time () >= until)
        return self->stops->len == 0;
    }
  return TRUE;
}

/* Returns whether the run has been told to its end. */
static gboolean
tell_events (MyrmexLocalRun *self,
             gint64          until)
{
  gboolean has_handlers = myrmex_run_has_progress_handlers (MYRMEX_RUN (self));

  while (self->n_told < self->events->len)
    {
      MyrmexEvent event = g_array_index (self->events, MyrmexEvent, self->n_told++);
      gboolean is_end = event.task == MYRMEX_NO_INDEX && myrmex_run_status_is_final (event.status);

      if (is_end)
        myrmex_execution_finish_log (self->execution);
      tell_event (self, &event, has_handlers);
      g_free (event.error);
      if (is_end)
        return TRUE;
      if (g_get_monotonic_time () >= until)
        break;
    }
  return FALSE;
}

/* What begins on the main context begins here. At least one thing does, however long the telling took. */
static void
do_jobs (MyrmexLocalRun *self,
         gint64          until)
{
  while (myrmex_execution_work_main (self->execution))
    {
      if (g_get_monotonic_time () >= until)
        return;
    }
}

/* Lets the source rest, if there is nothing left: what comes from here on makes it ready. */
static void
rest (MyrmexLocalRun *self)
{
  MyrmexExecution *execution = self->execution;
  gboolean at_once, later;

  g_atomic_int_set (&execution->tells_at_once, 0);
  g_source_set_ready_time (execution->source, -1);
  g_atomic_int_set (&execution->is_telling, 0);

  g_mutex_lock (&execution->lock);
  at_once = execution->has_ended || self->n_told < self->events->len || self->reports->len > 0 ||
            self->stops->len > 0 || execution->main_stops->len > 0 || execution->main_jobs.length > 0 ||
            (!g_atomic_int_get (&execution->services->is_held) &&
             myrmex_scheduler_get_n_startable (execution->scheduler, MYRMEX_LANE_MAIN) > 0);
  later = execution->events->len > 0 || g_hash_table_size (execution->progress) > 0;
  g_mutex_unlock (&execution->lock);

  if (at_once || later)
    myrmex_execution_tell (execution, at_once);
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     user_data)
{
  MyrmexLocalRun *self = user_data;
  MyrmexRun *run = user_data;
  g_autoptr (MyrmexLocalRun) kept = g_object_ref (self);
  gint64 until = g_get_monotonic_time () + DISPATCH_US;

  self->execution->last_told = until - DISPATCH_US;
  look_for_listeners (self);
  take_events (self);
  if (tell_stops (self, until))
    {
      if (tell_events (self, until))
        {
          myrmex_run_notify_counts (run);
          myrmex_run_finished (run);
          return G_SOURCE_REMOVE;
        }
      tell_reports (self, until);
      myrmex_run_notify_counts (run);
      do_jobs (self, until);
    }

  /* It may have been told to its end inside of this. */
  if (myrmex_run_was_told_finished (run))
    return G_SOURCE_REMOVE;

  rest (self);
  return G_SOURCE_CONTINUE;
}

/* Never called: a source needs a callback to have data, and the run is told by dispatch(). */
static gboolean
source_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* The source is destroyed: the run has been told to its end. If somebody else did it, the run can not go on. */
static void
leave_context (gpointer data)
{
  MyrmexLocalRun *self = data;

  if (!myrmex_run_was_told_finished (MYRMEX_RUN (self)))
    {
      myrmex_execution_cancel (self->execution);
      myrmex_execution_cancel (self->execution);
    }
  myrmex_execution_drop_jobs (self->execution);
  g_object_unref (self);
}

static void
myrmex_local_run_finalize (GObject *object)
{
  MyrmexLocalRun *self = MYRMEX_LOCAL_RUN (object);

  if (self->execution != NULL && myrmex_run_was_told_finished (MYRMEX_RUN (self)))
    myrmex_execution_let_logs_go (self->execution);
  g_clear_pointer (&self->execution, myrmex_execution_unref);
  myrmex_execution_free_events (self->events, self->n_told);
  for (guint i = 0; i < self->reports->len; i++)
    {
      g_free (((MyrmexProgress *) self->reports->pdata[i])->message);
      g_free (self->reports->pdata[i]);
    }
  g_ptr_array_unref (self->reports);
  g_ptr_array_unref (self->stops);

  G_OBJECT_CLASS (myrmex_local_run_parent_class)->finalize (object);
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
  .tell_tasks = tell_tasks,
  .cancel = cancel,
  .pause = pause_run,
  .resume = resume,
  .wait = wait_run,
};

static void
myrmex_local_run_class_init (MyrmexLocalRunClass *klass)
{
  MyrmexRunClass *run_class = MYRMEX_RUN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = myrmex_local_run_finalize;
  run_class->ops = &run_ops;
}

static void
myrmex_local_run_init (MyrmexLocalRun *self)
{
  self->events = myrmex_execution_new_events ();
  self->reports = g_ptr_array_new ();
  self->stops = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_task_context_unref);
}

/* Takes the execution; on the main context that is to be told of it. One that was brought to where another process left
 * it and has not ended goes on with myrmex_execution_go_on(). One that has ended is not told: nothing happens in it any
 * more. */
MyrmexRun *
myrmex_local_run_new (MyrmexExecution *execution)
{
  static GSourceFuncs source_funcs = { NULL, NULL, dispatch, NULL, NULL, NULL };
  MyrmexLocalRun *self = g_object_new (MYRMEX_TYPE_LOCAL_RUN, NULL);

  self->execution = execution;
  if (execution->has_ended)
    {
      myrmex_run_finished (MYRMEX_RUN (self));
      return MYRMEX_RUN (self);
    }

  self->execution->context = g_main_context_ref_thread_default ();
  self->execution->thread = g_thread_ref (g_thread_self ());

  /* The source holds the run: it stays until it has been told to its end, or the context goes. */
  self->execution->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_callback (self->execution->source, source_cb, g_object_ref (self), leave_context);
  g_source_set_priority (self->execution->source, DISPATCH_PRIORITY);
  g_source_set_static_name (self->execution->source, "Myrmex run");
  g_source_set_can_recurse (self->execution->source, TRUE);
  g_source_attach (self->execution->source, self->execution->context);
  return MYRMEX_RUN (self);
}

MyrmexExecution *
myrmex_local_run_get_execution (MyrmexLocalRun *self)
{
  return self->execution;
}
