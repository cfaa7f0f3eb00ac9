/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The service: a runner, a journal and the runs in memory. */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "folders.h"
#include "gate.h"
#include "interfaces/myrmex-bus-private.h"
#include "process/myrmex-process-private.h"

#define PROPERTIES     "org.freedesktop.DBus.Properties"

/* How far apart it is told how many runs are active. */
#define ACTIVE_INTERVAL_MS (125)

/* --- Idleness --- */

gboolean
service_is_idle (Service *self)
{
  /* Runs that have ended are in the journal. */
  return self->is_ready && self->n_active == 0 && self->n_busy == 0 && g_hash_table_size (self->submissions) == 0 &&
         !callers_are_busy (self->callers);
}

static gboolean
idle_cb (gpointer data)
{
  Service *self = data;

  self->idle_id = 0;
  if (service_is_idle (self))
    self->idle (self, self->data);
  return G_SOURCE_REMOVE;
}

void
service_touch (Service *self)
{
  g_clear_handle_id (&self->idle_id, g_source_remove);
  if (self->idle_timeout > 0 && !self->is_closing && service_is_idle (self))
    self->idle_id = g_timeout_add (self->idle_timeout, idle_cb, self);
}

/* --- How many there are --- */

static gboolean
active_cb (gpointer data)
{
  Service *self = data;
  GVariantBuilder changed;

  self->active_id = 0;
  if (self->told_active == self->n_active)
    return G_SOURCE_REMOVE;
  self->told_active = self->n_active;
  g_variant_builder_init (&changed, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changed, "{sv}", "RunsActive", g_variant_new_uint32 (self->n_active));
  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, PROPERTIES, "PropertiesChanged",
                                 g_variant_new ("(s@a{sv}@as)", MYRMEX_BUS_MANAGER, g_variant_builder_end (&changed),
                                                g_variant_new_strv (NULL, 0)), NULL);
  return G_SOURCE_REMOVE;
}

static void
active_changed (Service *self)
{
  if (self->active_id == 0)
    self->active_id = g_timeout_add (ACTIVE_INTERVAL_MS, active_cb, self);
}

/* --- Runs --- */

/* Of those in memory, by its id or token. */
HostedRun *
service_find_run (Service    *self,
                  const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

/* Takes over @run. */
void
service_add_run (Service   *self,
                 HostedRun *run)
{
  g_ptr_array_add (self->runs, run);
  g_hash_table_insert (self->by_id, run->row->id, run);
  if (run->row->token != NULL)
    g_hash_table_insert (self->by_id, run->row->token, run);
  if (run->has_ended)
    {
      hosting_ended (self, run);
      return;
    }
  self->n_active++;
  active_changed (self);
  if (self->is_ready)
    gate_tell_added (self, run);
}

/* It is not in memory any more. */
void
service_drop_run (Service   *self,
                  HostedRun *run)
{
  if (run->has_ended)
    hosting_dropped (self, run);
  else
    self->n_active--;
  g_hash_table_remove (self->by_id, run->row->id);
  if (run->row->token != NULL)
    g_hash_table_remove (self->by_id, run->row->token);
  hosted_run_close (run);
  g_ptr_array_remove (self->runs, run);
  service_touch (self);
}

/* --- From begin to end --- */

static void
caller_gone_cb (Caller   *caller,
                gpointer  data)
{
  Service *self = data;

  for (guint i = 0; i < self->runs->len; i++)
    hosted_run_forget (self->runs->pdata[i], caller);
  service_touch (self);
}

Service *
service_new (GDBusConnection  *connection,
             MyrmexConfig     *config,
             MyrmexJournal    *journal,
             guint             idle_timeout,
             ServiceFunc       left,
             ServiceFunc       idle,
             gpointer          data,
             GError          **error)
{
  Service *self = g_new0 (Service, 1);
  g_autofree char *supervisor = myrmex_process_dup_supervisor_path (myrmex_journal_get_path (journal));

  myrmex_bus_register_errors ();
  self->connection = g_object_ref (connection);
  self->config = g_object_ref (config);
  self->runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER,
                               "max-parallel", myrmex_config_get_uint (config, "run.max-parallel"),
                               "owns-process", TRUE,
                               "supervisor", supervisor,
                               NULL);
  self->journal = g_object_ref (journal);
  self->logs = folders_dup_root (myrmex_journal_get_path (journal));
  self->owner = g_strdup_printf ("%u", (guint) getuid ());
  myrmex_journal_attach_runner (journal, MYRMEX_LOCAL_RUNNER (self->runner));
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) hosted_run_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->submissions = g_hash_table_new (NULL, NULL);
  self->hosting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->idle_timeout = idle_timeout;
  self->left = left;
  self->idle = idle;
  self->data = data;
  self->callers = callers_new (connection, caller_gone_cb, self);
  if (!gate_register (self, error))
    {
      service_free (self);
      return NULL;
    }
  service_touch (self);
  return self;
}

void
service_set_config (Service      *self,
                    MyrmexConfig *config)
{
  g_set_object (&self->config, config);
  removal_retain (self);
}

void
service_set_ready (Service *self)
{
  self->is_ready = TRUE;
  removal_retain (self);
  gate_open (self);
  service_touch (self);
}

/* What was accepted is in the journal, and so is what came of it so far. */
void
service_check_left (Service *self)
{
  if (self->is_closing && self->n_leaving == 0 && !self->is_recovering && self->n_busy == 0 &&
      g_hash_table_size (self->submissions) == 0)
    self->left (self, self->data);
}

static void
gone_cb (MyrmexRun *run,
         Service   *self)
{
  self->n_leaving--;
  service_check_left (self);
}

/* Nobody is told how it ends here: it has not ended. */
static void
let_go (Service   *self,
        HostedRun *run)
{
  hosted_run_close (run);
  if (run->has_ended)
    return;
  self->n_leaving++;
  g_signal_connect (run->run, "finished", G_CALLBACK (gone_cb), self);
  myrmex_local_run_abandon (run->run);
}

void
service_close (Service *self)
{
  gboolean force = self->is_closing;

  g_atomic_int_set (&self->is_closing, TRUE);
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_handle_id (&self->retention_id, g_source_remove);
  myrmex_local_runner_hold (MYRMEX_LOCAL_RUNNER (self->runner));
  gate_open (self);
  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      if (!force)
        let_go (self, run);
      else if (!run->has_ended)
        myrmex_local_run_abandon (run->run);
    }
  myrmex_local_runner_leave (MYRMEX_LOCAL_RUNNER (self->runner));
  if (!force)
    service_check_left (self);
}

void
service_end (Service *self)
{
  self->is_over = TRUE;
}

void
service_free (Service *self)
{
  gate_unregister (self);
  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      if (run->run != NULL)
        g_signal_handlers_disconnect_by_data (run->run, self);
    }
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_handle_id (&self->active_id, g_source_remove);
  g_clear_handle_id (&self->retention_id, g_source_remove);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->submissions);
  g_hash_table_unref (self->hosting);
  g_queue_clear (&self->ended);
  g_ptr_array_unref (self->runs);
  callers_free (self->callers);
  g_object_unref (self->runner);
  g_object_unref (self->journal);
  g_free (self->logs);
  g_free (self->owner);
  g_object_unref (self->config);
  g_object_unref (self->connection);
  g_free (self);
}

/* Of a run: told it has ended. */
void
service_run_ended (HostedRun *run,
                   gpointer   data)
{
  Service *self = data;

  self->n_active--;
  if (run->submitter != NULL)
    run->submitter->n_pending--;
  active_changed (self);
  hosting_ended (self, run);
  removal_retain (self);
  service_touch (self);
}
