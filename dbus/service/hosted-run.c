/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A run as an object on the bus: what is told of it, and to whom.
 *
 *   properties change → timer, at most eight times a second; one signal with what is new since the last one
 *   a task changes    → to those who subscribed alone: a signal each, or one for all that came at once
 *   the run ends      → what is left of both, then Finished, then answers to Wait()
 */

#include "hosted-run.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-crash-point-private.h"
#include "engine/myrmex-run-private.h"
#include "interfaces/myrmex-bus-private.h"

/* That, and one more at the end, are no more than ten in any second. */
#define TELL_INTERVAL_US (125 * G_TIME_SPAN_MILLISECOND)

/* How long a change waits for others to go with it: a run that is told bit by bit floods nobody either. */
#define FLUSH_MS (5)

/* Changes in one signal. */
#define MAX_BATCH (500)

typedef struct
{
  Caller   *caller;
  gboolean  batched;
} Subscriber;

typedef struct
{
  Caller                *caller;
  GDBusMethodInvocation *invocation;
} WaitingCall;

static const char * const changing[] = { "Status", "Reason", "Fraction", "Counts", "Started", "Finished", "Error" };

static void
subscriber_free (gpointer data)
{
  Subscriber *subscriber = data;

  subscriber->caller->n_subscriptions--;
  caller_unref (subscriber->caller);
  g_free (subscriber);
}

static void
waiting_call_free (gpointer data)
{
  WaitingCall *wait = data;

  wait->caller->n_waits--;
  caller_unref (wait->caller);
  g_clear_object (&wait->invocation);
  g_free (wait);
}

Described
hosted_run_describe (HostedRun *self)
{
  return (Described) { self->run, self->row };
}

static void
emit (HostedRun  *self,
      const char *destination,
      const char *interface,
      const char *signal,
      GVariant   *parameters)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_connection_emit_signal (self->connection, destination, self->path, interface, signal, parameters, &error))
    g_debug ("%s is not told: %s", signal, error->message);
}

/* One signal with all that is new, if anything is. */
static void
tell_properties (HostedRun *self)
{
  Described described = hosted_run_describe (self);
  GVariantBuilder changed;
  guint n_changed = 0;

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->last_told = g_get_monotonic_time ();
  g_variant_builder_init (&changed, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < G_N_ELEMENTS (changing); i++)
    {
      GVariant *value = g_variant_ref_sink (describe_property (&described, changing[i]));
      GVariant *before = g_hash_table_lookup (self->told, changing[i]);

      if (before != NULL && g_variant_equal (before, value))
        {
          g_variant_unref (value);
          continue;
        }
      g_variant_builder_add (&changed, "{sv}", changing[i], value);
      g_hash_table_insert (self->told, (gpointer) changing[i], value);
      n_changed++;
    }
  if (n_changed > 0)
    emit (self, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged",
          g_variant_new ("(s@a{sv}@as)", MYRMEX_BUS_RUN, g_variant_builder_end (&changed),
                         g_variant_new_strv (NULL, 0)));
  else
    g_variant_builder_clear (&changed);
}

static gboolean
timer_cb (gpointer data)
{
  HostedRun *self = data;

  self->timer_id = 0;
  tell_properties (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (GObject    *object,
            GParamSpec *pspec,
            HostedRun  *self)
{
  gint64 due = self->last_told + TELL_INTERVAL_US - g_get_monotonic_time ();

  if (self->timer_id == 0 && !self->has_ended)
    self->timer_id = g_timeout_add (due > 0 ? (guint) (due / G_TIME_SPAN_MILLISECOND) + 1 : 0, timer_cb, self);
}

static void
flush_batch (HostedRun *self)
{
  GVariant *changes;

  g_clear_handle_id (&self->flush_id, g_source_remove);
  if (self->batch->len == 0)
    return;
  changes = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(ssa{sv})"), (GVariant **) self->batch->pdata,
                                                     self->batch->len));
  for (guint i = 0; i < self->subscribers->len; i++)
    {
      Subscriber *subscriber = self->subscribers->pdata[i];

      if (subscriber->batched)
        emit (self, subscriber->caller->name, MYRMEX_BUS_RUN, "TasksChanged", g_variant_new ("(@a(ssa{sv}))", changes));
    }
  g_variant_unref (changes);
  g_ptr_array_set_size (self->batch, 0);
}

static gboolean
flush_cb (gpointer data)
{
  HostedRun *self = data;

  self->flush_id = 0;
  flush_batch (self);
  return G_SOURCE_REMOVE;
}

static void
add_to_batch (HostedRun *self,
              GVariant  *change)
{
  g_ptr_array_add (self->batch, g_variant_ref (change));
  if (self->batch->len >= MAX_BATCH)
    flush_batch (self);
  else if (self->flush_id == 0)
    self->flush_id = g_timeout_add (FLUSH_MS, flush_cb, self);
}

static void
progress_cb (MyrmexRun  *run,
             const char *task_name,
             const char *status,
             GVariant   *details,
             HostedRun  *self)
{
  const char *task = describe_is_of_run (details) ? MYRMEX_BUS_RUN_ITSELF : task_name;
  g_autoptr (GVariant) change = NULL;
  gboolean has_batched = FALSE;

  change = g_variant_ref_sink (g_variant_new ("(ss@a{sv})", task, status,
                                              describe_change (run, task_name, status, details)));
  for (guint i = 0; i < self->subscribers->len; i++)
    {
      Subscriber *subscriber = self->subscribers->pdata[i];

      if (subscriber->batched)
        has_batched = TRUE;
      else
        emit (self, subscriber->caller->name, MYRMEX_BUS_RUN, "TaskChanged", change);
    }
  if (has_batched)
    add_to_batch (self, change);
}

static void
answer_wait (HostedRun             *self,
             GDBusMethodInvocation *invocation)
{
  Described described = hosted_run_describe (self);

  g_dbus_method_invocation_return_value (
    invocation, g_variant_new ("(s@a{sv})", myrmex_run_status_to_string (describe_status (&described)),
                               describe_end (&described)));
}

static void
finished_cb (MyrmexRun *run,
             HostedRun *self)
{
  g_autoptr (HostedRun) kept = hosted_run_ref (self);
  Described described = hosted_run_describe (self);

  MYRMEX_CRASH_POINT ("run-ended");
  self->has_ended = TRUE;
  flush_batch (self);
  tell_properties (self);
  emit (self, NULL, MYRMEX_BUS_RUN, "Finished",
        g_variant_new ("(s@a{sv})", myrmex_run_status_to_string (myrmex_run_get_status (run)),
                       describe_end (&described)));
  for (guint i = 0; i < self->waits->len; i++)
    {
      WaitingCall *wait = self->waits->pdata[i];

      answer_wait (self, g_steal_pointer (&wait->invocation));
    }
  g_ptr_array_set_size (self->waits, 0);
  g_ptr_array_set_size (self->subscribers, 0);
  self->ended (self, self->data);
}

char *
hosted_run_dup_path (const MyrmexJournalRun *row)
{
  return g_strconcat (MYRMEX_BUS_RUN_PATH, row->token != NULL ? row->token : row->id, NULL);
}

/* Both @run and @submitter may be %NULL. One that has ended by now is told to nobody. */
HostedRun *
hosted_run_new (GDBusConnection        *connection,
                MyrmexRun              *run,
                const MyrmexJournalRun *row,
                Caller                 *submitter,
                HostedRunFunc           ended,
                gpointer                data)
{
  HostedRun *self = g_new0 (HostedRun, 1);
  Described described;

  self->ref_count = 1;
  self->connection = g_object_ref (connection);
  self->run = run != NULL ? g_object_ref (run) : NULL;
  self->row = myrmex_journal_run_copy (row);
  /* They are large, and in the journal. */
  g_clear_pointer (&self->row->definition, g_free);
  g_clear_pointer (&self->row->options, g_variant_unref);
  self->path = hosted_run_dup_path (row);
  self->submitter = submitter != NULL ? caller_ref (submitter) : NULL;
  self->has_ended = run == NULL || myrmex_run_was_told_finished (run);
  self->ended = ended;
  self->data = data;
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  self->subscribers = g_ptr_array_new_with_free_func (subscriber_free);
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->waits = g_ptr_array_new_with_free_func (waiting_call_free);

  /* InterfacesAdded tells these. */
  described = hosted_run_describe (self);
  for (gsize i = 0; i < G_N_ELEMENTS (changing); i++)
    g_hash_table_insert (self->told, (gpointer) changing[i],
                         g_variant_ref_sink (describe_property (&described, changing[i])));
  self->last_told = g_get_monotonic_time ();
  if (self->has_ended)
    return self;

  g_signal_connect (run, "notify::status", G_CALLBACK (changed_cb), self);
  g_signal_connect (run, "notify::counts", G_CALLBACK (changed_cb), self);
  /* From the begin: a run that nobody listens to notes nothing down, so what happened just before somebody begins to
   * would never be told. But nothing is described for nobody. */
  self->progress_id = g_signal_connect (run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_handler_block (run, self->progress_id);
  g_signal_connect (run, "finished", G_CALLBACK (finished_cb), self);
  return self;
}

HostedRun *
hosted_run_ref (HostedRun *self)
{
  self->ref_count++;
  return self;
}

void
hosted_run_close (HostedRun *self)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  self->progress_id = 0;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_clear_handle_id (&self->flush_id, g_source_remove);
  for (guint i = 0; i < self->waits->len; i++)
    {
      WaitingCall *wait = self->waits->pdata[i];

      g_dbus_method_invocation_return_error (g_steal_pointer (&wait->invocation), MYRMEX_ERROR,
                                             MYRMEX_ERROR_INTERRUPTED, _("The service ends"));
    }
  g_ptr_array_set_size (self->waits, 0);
  g_ptr_array_set_size (self->subscribers, 0);
  g_ptr_array_set_size (self->batch, 0);
}

void
hosted_run_unref (HostedRun *self)
{
  if (--self->ref_count > 0)
    return;

  hosted_run_close (self);
  g_hash_table_unref (self->told);
  g_ptr_array_unref (self->subscribers);
  g_ptr_array_unref (self->batch);
  g_ptr_array_unref (self->waits);
  g_clear_pointer (&self->submitter, caller_unref);
  g_clear_object (&self->run);
  g_clear_error (&self->error);
  myrmex_journal_run_free (self->row);
  g_object_unref (self->connection);
  g_free (self->path);
  g_free (self);
}

static gboolean
find_subscriber (HostedRun *self,
                 Caller    *caller,
                 guint     *index)
{
  for (*index = 0; *index < self->subscribers->len; (*index)++)
    {
      Subscriber *subscriber = self->subscribers->pdata[*index];

      if (subscriber->caller == caller)
        return TRUE;
    }
  return FALSE;
}

/* Again, it only changes how the caller is told. Of a run that has ended there is nothing left to tell, nor is there of
 * one that a service lets go of which leaves: that is told by the next one. */
void
hosted_run_subscribe (HostedRun *self,
                      Caller    *caller,
                      gboolean   batched)
{
  Subscriber *subscriber;
  guint index;

  if (self->has_ended || self->progress_id == 0 || caller->callers == NULL)
    return;

  /* What came before belongs to those who are there already. */
  flush_batch (self);
  if (find_subscriber (self, caller, &index))
    {
      subscriber = self->subscribers->pdata[index];
      subscriber->batched = batched;
      return;
    }
  subscriber = g_new0 (Subscriber, 1);
  subscriber->caller = caller_ref (caller);
  subscriber->batched = batched;
  caller->n_subscriptions++;
  g_ptr_array_add (self->subscribers, subscriber);
  if (self->subscribers->len == 1)
    g_signal_handler_unblock (self->run, self->progress_id);
}

void
hosted_run_unsubscribe (HostedRun *self,
                        Caller    *caller)
{
  guint index;

  if (!find_subscriber (self, caller, &index))
    return;
  flush_batch (self);
  g_ptr_array_remove_index (self->subscribers, index);
  if (self->subscribers->len == 0)
    g_signal_handler_block (self->run, self->progress_id);
}

void
hosted_run_wait (HostedRun             *self,
                 Caller                *caller,
                 GDBusMethodInvocation *invocation)
{
  WaitingCall *wait;

  if (self->has_ended)
    {
      answer_wait (self, invocation);
      return;
    }
  wait = g_new0 (WaitingCall, 1);
  wait->caller = caller_ref (caller);
  wait->invocation = invocation;
  caller->n_waits++;
  g_ptr_array_add (self->waits, wait);
}

void
hosted_run_forget (HostedRun *self,
                   Caller    *caller)
{
  guint index;

  for (guint i = self->waits->len; i > 0; i--)
    {
      WaitingCall *wait = self->waits->pdata[i - 1];

      if (wait->caller == caller)
        g_ptr_array_remove_index_fast (self->waits, i - 1);
    }
  if (find_subscriber (self, caller, &index))
    hosted_run_unsubscribe (self, caller);
}
