/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-execution-private.h"

/* How long a process that leaves waits for attempts to begin, in microseconds. */
#define MAX_BEGINNING (G_USEC_PER_SEC)

static gpointer
execution_ref (gpointer source)
{
  return myrmex_execution_ref (source);
}

static void
execution_unref (gpointer source)
{
  myrmex_execution_unref (source);
}

static void
execution_work (gpointer      source,
                MyrmexWorker *worker)
{
  myrmex_execution_work (source, worker);
}

static void
execution_forsake (gpointer      source,
                   MyrmexWorker *worker)
{
  myrmex_execution_forsake (source, worker);
}

static void
execution_wake (gpointer source)
{
  myrmex_execution_wake (source);
}

MyrmexRunnerServices *
myrmex_runner_services_new (guint       n_slots,
                            gboolean    owns_process,
                            const char *supervisor,
                            gboolean    logs_events)
{
  static const MyrmexWorkSourceFuncs funcs = {
    execution_ref, execution_unref, execution_work, execution_forsake,
  };
  MyrmexRunnerServices *self = g_new0 (MyrmexRunnerServices, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->pool = myrmex_worker_pool_new (&funcs, n_slots);
  self->alarm = myrmex_alarm_new (execution_wake, execution_ref, execution_unref);
  self->owns_process = owns_process;
  self->supervisor = g_strdup (supervisor);
  self->logs_events = logs_events;
  if (owns_process)
    myrmex_process_raise_file_limit ();
  return self;
}

/* Before any run. */
void
myrmex_runner_services_set_supervisor (MyrmexRunnerServices *self,
                                       const char           *supervisor)
{
  char *path = g_strdup (supervisor);

  g_free (self->supervisor);
  self->supervisor = path;
}

MyrmexRunnerServices *
myrmex_runner_services_ref (MyrmexRunnerServices *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
myrmex_runner_services_unref (MyrmexRunnerServices *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->free_recorder_data != NULL)
    self->free_recorder_data (self->recorder_data);
  myrmex_worker_pool_close (self->pool);
  myrmex_worker_pool_unref (self->pool);
  myrmex_alarm_free (self->alarm);
  g_clear_pointer (&self->process_host, myrmex_process_host_free);
  g_mutex_clear (&self->lock);
  g_free (self->supervisor);
  g_free (self);
}

/* What was written down as started should be: it would be interrupted for nothing. */
static void
await_begun (MyrmexRunnerServices *self)
{
  const gint64 end = g_get_monotonic_time () + MAX_BEGINNING;

  while (g_atomic_int_get (&self->n_beginning) > 0 && g_get_monotonic_time () < end)
    g_usleep (1000);
}

/* From here on no attempt begins, of no run: what runs goes on, and is recorded. But what a supervisor has is not for
 * this process to tell of any more, nor to stop. */
void
myrmex_runner_services_hold (MyrmexRunnerServices *self)
{
  g_atomic_int_set (&self->is_held, 1);
  if (self->supervisor == NULL)
    return;
  await_begun (self);
  g_mutex_lock (&self->lock);
  if (self->process_host != NULL)
    myrmex_process_host_mute (self->process_host);
  g_mutex_unlock (&self->lock);
}

/* When nothing is recorded any more: what a supervisor has goes on for the next process. */
void
myrmex_runner_services_leave (MyrmexRunnerServices *self)
{
  g_mutex_lock (&self->lock);
  if (self->process_host != NULL)
    myrmex_process_host_leave (self->process_host);
  g_mutex_unlock (&self->lock);
}

/* Made when a first command is to be started, or NULL with @error set. */
MyrmexProcessHost *
myrmex_runner_services_get_process_host (MyrmexRunnerServices  *self,
                                         GError               **error)
{
  MyrmexProcessHost *host;

  g_mutex_lock (&self->lock);
  if (self->process_host == NULL && self->supervisor != NULL)
    self->process_host = myrmex_process_host_new_remote (self->supervisor, error);
  else if (self->process_host == NULL)
    self->process_host = myrmex_process_host_new (self->owns_process ? MYRMEX_PROCESS_HOST_OWNER
                                                                     : MYRMEX_PROCESS_HOST_EMBEDDED,
                                                  error);
  host = self->process_host;
  g_mutex_unlock (&self->lock);

  return host;
}

/* With @wish, all runs that go on have been resumed: what a supervisor has of others is ended and forgotten, as soon as
 * it has been asked for all that is theirs. */
void
myrmex_runner_services_settle (MyrmexRunnerServices *self,
                               gboolean              wish)
{
  MyrmexProcessHost *host;

  if (self->supervisor == NULL)
    return;
  if (wish)
    g_atomic_int_set (&self->wants_settle, TRUE);
  if (g_atomic_int_get (&self->n_adopting) > 0 ||
      !g_atomic_int_compare_and_exchange (&self->wants_settle, TRUE, FALSE))
    return;
  host = myrmex_runner_services_get_process_host (self, NULL);
  if (host != NULL)
    myrmex_process_host_settle (host);
}
