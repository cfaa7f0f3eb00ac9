/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs are forgotten: their rows, then their folders of logs, in a thread, and then everybody is told. A crash in
 * between leaves folders that nothing belongs to, which go when the service starts.
 *
 *   DeleteRun, Prune   those that a caller names
 *   retention          those beyond what people have set, when the service starts and now and then after runs end */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "folders.h"
#include "gate.h"
#include "interfaces/myrmex-bus-private.h"
#include "journal/myrmex-journal-retention-private.h"

/* How long after the end of a run it is looked at whether there are too many. Where there are so many logs that this
 * takes its time, it is longer, so that no more than a hundredth is spent on it; but not longer than a minute. */
#define RETENTION_DELAY_S     (5)
#define MAX_RETENTION_DELAY_S (60)
#define RETENTION_SHARE       (100)

/* How many go at once where they take too much room. */
#define ROOM_STEP (4)

#define ALL_STATUSES (G_MAXUINT)

typedef struct
{
  Service               *service;
  GDBusMethodInvocation *invocation;   /* NULL: retention */
  gboolean               is_prune;
  MyrmexJournalRemoval  *removal;
  GPtrArray             *names;        /* of those that are gone: last parts of their paths */
  guint                  n_runs;
  gint64                 max_bytes;    /* of journal and logs; 0: no bound */
  gint64                 freed_bytes;  /* of logs */
  gint64                 began;        /* monotonic time, in microseconds */
} Removal;

static void
removal_free (gpointer data)
{
  Removal *self = data;

  g_clear_pointer (&self->removal, myrmex_journal_removal_free);
  g_ptr_array_unref (self->names);
  g_free (self);
}

/* --- In a thread --- */

static gboolean
find_id (Removal  *self,
         GError  **error)
{
  MyrmexJournalFindQuery *query = g_new0 (MyrmexJournalFindQuery, 1);
  gboolean success;

  query->text = g_strdup (self->removal->id);
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_ID;
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_TOKEN;
  success = myrmex_journal_call_sync (self->service->journal, myrmex_journal_query_find, query, NULL, error);
  if (success && query->runs->len > 0)
    {
      g_free (self->removal->id);
      self->removal->id = g_strdup (((MyrmexJournalRun *) query->runs->pdata[0])->id);
    }
  myrmex_journal_find_query_free (query);
  return success;
}

/* Takes @removal. */
static gboolean
remove_runs (Removal               *self,
             MyrmexJournalRemoval  *removal,
             GError               **error)
{
  gboolean success = myrmex_journal_call_sync (self->service->journal, myrmex_journal_remove, removal, NULL, error);

  /* Some may be gone also where it failed then. */
  if (removal->ids != NULL && removal->ids->len > 0)
    {
      self->n_runs += removal->ids->len;
      g_ptr_array_add (removal->ids, NULL);
      self->freed_bytes += folders_remove (self->service->logs, (const char * const *) removal->ids->pdata);
      g_ptr_array_set_size (removal->ids, (int) removal->ids->len - 1);
      g_ptr_array_extend_and_steal (self->names, g_steal_pointer (&removal->names));
    }
  myrmex_journal_removal_free (removal);
  return success;
}

static gint64
get_journal_bytes (Service *service)
{
  GStatBuf info;

  return g_stat (myrmex_journal_get_path (service->journal), &info) == 0 ? (gint64) info.st_size : 0;
}

/* The oldest go until there is room. What is there is looked through once: what goes is known. */
static gboolean
make_room (Removal  *self,
           GError  **error)
{
  const gint64 log_bytes = self->max_bytes > 0 ? self->freed_bytes + folders_measure (self->service->logs) : 0;
  guint before = G_MAXUINT;

  while (self->max_bytes > 0 && self->n_runs != before &&
         get_journal_bytes (self->service) + log_bytes - self->freed_bytes > self->max_bytes)
    {
      MyrmexJournalRemoval *removal = g_new0 (MyrmexJournalRemoval, 1);

      before = self->n_runs;
      removal->statuses = ALL_STATUSES;
      removal->finished_before = G_MAXINT64;
      removal->max_removed = ROOM_STEP;
      if (!remove_runs (self, removal, error))
        return FALSE;
    }
  return TRUE;
}

static void
remove_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Removal *self = data;
  GError *error = NULL;

  self->began = g_get_monotonic_time ();
  if ((self->removal->id == NULL || find_id (self, &error)) &&
      remove_runs (self, g_steal_pointer (&self->removal), &error) && make_room (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* --- On the main loop --- */

static void
tell_removed (Service    *service,
              const char *name)
{
  g_autofree char *path = g_strconcat (MYRMEX_BUS_RUN_PATH, name, NULL);
  HostedRun *run = service_find_run (service, name);

  if (run != NULL)
    service_drop_run (service, run);
  gate_tell_removed (service, path);
}

static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      data)
{
  Removal *self = g_task_get_task_data (G_TASK (result));
  Service *service = self->service;
  g_autoptr (GError) error = NULL;
  gboolean success = g_task_propagate_boolean (G_TASK (result), &error);

  for (guint i = 0; i < self->names->len; i++)
    tell_removed (service, self->names->pdata[i]);
  if (self->invocation == NULL)
    {
      service->retention_took = g_get_monotonic_time () - self->began;
      if (!success)
        g_warning ("old runs can not be removed: %s", error->message);
      else if (self->n_runs > 0)
        g_info ("%u old runs are forgotten", self->n_runs);
    }
  else if (!success)
    g_dbus_method_invocation_return_gerror (self->invocation, error);
  else
    g_dbus_method_invocation_return_value (self->invocation,
                                           self->is_prune ? g_variant_new ("(u)", self->n_runs) : NULL);
  service->n_busy--;
  service_touch (service);
  service_check_left (service);
}

static Removal *
removal_new (Service               *service,
             GDBusMethodInvocation *invocation)
{
  Removal *self = g_new0 (Removal, 1);

  self->service = service;
  self->invocation = invocation;
  self->removal = g_new0 (MyrmexJournalRemoval, 1);
  self->names = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
begin (Removal *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, removed_cb, NULL);

  self->service->n_busy++;
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, self, removal_free);
  g_task_run_in_thread (task, remove_thread);
}

void
removal_delete (const Call *call,
                const char *id)
{
  Removal *self = removal_new (call->service, call->invocation);

  self->removal->id = g_strdup (id);
  self->removal->max_runs = self->removal->max_bytes = -1;
  begin (self);
}

void
removal_prune (const Call *call,
               guint       statuses,
               gint64      before,
               guint       keep)
{
  Removal *self = removal_new (call->service, call->invocation);

  self->is_prune = TRUE;
  self->removal->statuses = statuses;
  self->removal->finished_before = before;
  self->removal->max_runs = keep;
  begin (self);
}

static gboolean
retain_cb (gpointer data)
{
  Service *service = data;
  Removal *self = removal_new (service, NULL);
  double age = myrmex_config_get_seconds (service->config, "service.keep-age");
  guint keep = myrmex_config_get_uint (service->config, "service.keep-runs");
  gint64 now = g_get_real_time ();

  service->retention_id = 0;
  if (age > 0 && age * G_USEC_PER_SEC < (double) now)
    self->removal->finished_before = now - (gint64) (age * G_USEC_PER_SEC);
  self->removal->max_runs = keep > 0 ? (gint64) keep : -1;
  self->removal->max_bytes = -1;
  self->max_bytes = (gint64) myrmex_config_get_uint (service->config, "service.keep-size") * 1024 * 1024;
  begin (self);
  return G_SOURCE_REMOVE;
}

/* Some run has ended, or the service has just started: what is too much goes in a moment. */
void
removal_retain (Service *service)
{
  const gint64 rest = service->retention_took * RETENTION_SHARE / G_USEC_PER_SEC;

  if (service->retention_id == 0 && service->is_ready && !service->is_closing)
    service->retention_id = g_timeout_add_seconds ((guint) CLAMP (rest, RETENTION_DELAY_S, MAX_RETENTION_DELAY_S),
                                                   retain_cb, service);
}

/* --- Folders of runs that are not there --- */

typedef struct
{
  Service  *service;
  char    **names;
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *sweep = data;

  g_strfreev (sweep->names);
  g_free (sweep);
}

static void
sweep_thread (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Sweep *sweep = data;
  Service *service = sweep->service;

  for (gsize i = 0; sweep->names[i] != NULL && !g_atomic_int_get (&service->is_closing); i++)
    {
      MyrmexJournalFindQuery *query = g_new0 (MyrmexJournalFindQuery, 1);

      query->text = g_strdup (sweep->names[i]);
      query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_ID;
      if (myrmex_journal_call_sync (service->journal, myrmex_journal_query_find, query, NULL, NULL) &&
          query->runs->len == 0)
        folders_remove (service->logs, (const char *[]) { sweep->names[i], NULL });
      myrmex_journal_find_query_free (query);
    }
  g_task_return_boolean (task, TRUE);
}

static void
swept_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  Service *service = data;

  service->n_busy--;
  service_touch (service);
  service_check_left (service);
}

/* Takes @names: folders that were there before any run was accepted. */
void
removal_sweep (Service  *service,
               char    **names)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, swept_cb, service);
  Sweep *sweep = g_new (Sweep, 1);

  *sweep = (Sweep) { service, names };
  service->n_busy++;
  g_task_set_source_tag (task, removal_sweep);
  g_task_set_task_data (task, sweep, sweep_free);
  g_task_run_in_thread (task, sweep_thread);
}
