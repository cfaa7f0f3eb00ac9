/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The runs that an earlier service left: read in a thread, in the order in which they were submitted, and then all of
 * them go on. One that can not is told as failed, once, and the journal has it so. */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/myrmex-crash-point-private.h"
#include "folders.h"
#include "interfaces/myrmex-bus-private.h"

#define UNFINISHED \
  (1u << MYRMEX_RUN_STATUS_QUEUED | 1u << MYRMEX_RUN_STATUS_RUNNING | 1u << MYRMEX_RUN_STATUS_PAUSED)

typedef struct
{
  Service     *service;
  ServiceFunc  done;
  gpointer     data;
  char       **folders;   /* of logs, as they are before any run is accepted */
} Recovery;

static void
fail_run (Service          *self,
          MyrmexDurableRun *run)
{
  g_autoptr (GError) error = NULL;

  g_warning ("run %s of “%s” can not go on: %s", run->row->id, run->row->workflow, run->error->message);
  if (!myrmex_durable_run_fail (run, self->journal, &error))
    g_warning ("and that can not be recorded: %s", error->message);
}

static gboolean
load_run (Service    *self,
          const char *id,
          GPtrArray  *runs)
{
  g_autoptr (GError) error = NULL;
  MyrmexDurableRun *run = myrmex_durable_run_load (self->journal, MYRMEX_LOCAL_RUNNER (self->runner), id, NULL, &error);

  if (run == NULL)
    {
      g_warning ("run %s can not be read: %s", id, error->message);
      return FALSE;
    }
  if (run->execution == NULL)
    {
      fail_run (self, run);
      myrmex_durable_run_free (run);
      return FALSE;
    }
  g_ptr_array_add (runs, run);
  return TRUE;
}

static void
load_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Recovery *recovery = data;
  Service *self = recovery->service;
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) myrmex_durable_run_free);
  MyrmexJournalListQuery *query = g_new0 (MyrmexJournalListQuery, 1);
  g_autoptr (GError) error = NULL;

  recovery->folders = folders_list (self->logs);
  query->filter.statuses = UNFINISHED;
  query->limit = G_MAXUINT;
  if (!myrmex_journal_call_sync (self->journal, myrmex_journal_query_list, query, NULL, &error))
    g_warning ("the runs that were left can not be read: %s", error->message);
  for (guint i = query->runs != NULL ? query->runs->len : 0; i > 0 && !g_atomic_int_get (&self->is_closing); i--)
    load_run (self, ((MyrmexJournalRun *) query->runs->pdata[i - 1])->id, runs);
  myrmex_journal_list_query_free (query);
  g_task_return_pointer (task, g_steal_pointer (&runs), (GDestroyNotify) g_ptr_array_unref);
}

/* What counts for whoever submitted it counts on, if the bus is the same. */
static Caller *
restore_submitter (Service    *self,
                   const char *submitter)
{
  const char *guid = g_dbus_connection_get_guid (self->connection);

  if (submitter == NULL || guid == NULL || !g_str_has_prefix (submitter, guid) || submitter[strlen (guid)] != '/')
    return NULL;
  return callers_restore (self->callers, submitter + strlen (guid) + 1);
}

static void
go_on (Service          *self,
       MyrmexDurableRun *left)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = myrmex_durable_run_begin (left, self->journal, &error);
  HostedRun *hosted;
  Caller *submitter;

  if (run == NULL)
    {
      g_warning ("run %s can not go on: %s", left->row->id, error->message);
      return;
    }
  submitter = restore_submitter (self, left->row->submitter);
  if (submitter != NULL)
    submitter->n_pending++;
  hosted = hosted_run_new (self->connection, run, left->row, submitter, service_run_ended, self);
  service_add_run (self, hosted);
  g_clear_pointer (&submitter, caller_unref);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Recovery *recovery = g_task_get_task_data (G_TASK (result));
  Service *self = recovery->service;
  g_autoptr (GPtrArray) runs = g_task_propagate_pointer (G_TASK (result), NULL);

  MYRMEX_CRASH_POINT ("recovery-loaded");
  for (guint i = 0; i < runs->len && !self->is_closing; i++)
    go_on (self, runs->pdata[i]);
  if (!self->is_closing)
    myrmex_local_runner_settle (MYRMEX_LOCAL_RUNNER (self->runner));
  MYRMEX_CRASH_POINT ("recovery-begun");
  if (runs->len > 0)
    g_info ("%u runs go on", runs->len);
  removal_sweep (self, g_steal_pointer (&recovery->folders));
  self->is_recovering = FALSE;
  if (self->is_closing)
    service_check_left (self);
  else
    recovery->done (self, recovery->data);
}

void
recovery_begin (Service     *self,
                ServiceFunc  done,
                gpointer     data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, loaded_cb, NULL);
  Recovery *recovery = g_new (Recovery, 1);

  self->is_recovering = TRUE;
  *recovery = (Recovery) { self, done, data, NULL };
  g_task_set_source_tag (task, recovery_begin);
  g_task_set_task_data (task, recovery, g_free);
  g_task_run_in_thread (task, load_thread);
}
