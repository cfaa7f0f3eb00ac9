/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Runs that have ended: those that were used last are in memory, the others are restored from the journal when somebody
 * asks for one. Their objects are there all the time, as far as anybody can see. */

#include "service.h"

#include <glib/gi18n-lib.h>

#include "interfaces/myrmex-bus-private.h"

/* What is kept in memory: so many runs, with so many tasks, but always the one that was used last. */
#define MAX_ENDED       (100)
#define MAX_ENDED_TASKS (20000)

typedef struct
{
  HostingFunc func;
  gpointer    data;
} Waiting;

typedef struct
{
  Service *service;
  char    *id;
} Hosting;

static void
hosting_free (gpointer data)
{
  Hosting *hosting = data;

  g_free (hosting->id);
  g_free (hosting);
}

/* --- What is kept --- */

static void
drop_some (Service *self)
{
  while (self->ended.length > 1 && (self->ended.length > MAX_ENDED || self->n_ended_tasks > MAX_ENDED_TASKS))
    service_drop_run (self, self->ended.head->data);
}

/* It has ended, or is in memory again. */
void
hosting_ended (Service   *self,
               HostedRun *run)
{
  g_queue_push_tail (&self->ended, run);
  run->link = self->ended.tail;
  self->n_ended_tasks += run->row->n_tasks;
  drop_some (self);
}

void
hosting_dropped (Service   *self,
                 HostedRun *run)
{
  g_queue_delete_link (&self->ended, run->link);
  run->link = NULL;
  self->n_ended_tasks -= run->row->n_tasks;
}

static void
use (Service   *self,
     HostedRun *run)
{
  if (run->link == NULL)
    return;
  g_queue_unlink (&self->ended, run->link);
  g_queue_push_tail_link (&self->ended, run->link);
}

/* --- In a thread --- */

/* The id of what may be a token. */
static char *
find_id (Service     *self,
         const char  *text,
         GError     **error)
{
  MyrmexJournalFindQuery *query = g_new0 (MyrmexJournalFindQuery, 1);
  char *id = NULL;

  query->text = g_strdup (text);
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_ID;
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_TOKEN;
  if (myrmex_journal_call_sync (self->journal, myrmex_journal_query_find, query, NULL, error))
    {
      if (query->runs->len > 0)
        id = g_strdup (((MyrmexJournalRun *) query->runs->pdata[0])->id);
      else
        g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There is no run “%s”"), text);
    }
  myrmex_journal_find_query_free (query);
  return id;
}

static void
load_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Hosting *hosting = data;
  Service *self = hosting->service;
  GError *error = NULL;
  g_autofree char *id = find_id (self, hosting->id, &error);
  MyrmexDurableRun *run = NULL;

  if (id != NULL)
    run = myrmex_durable_run_load (self->journal, MYRMEX_LOCAL_RUNNER (self->runner), id, NULL, &error);
  if (run != NULL)
    g_task_return_pointer (task, run, (GDestroyNotify) myrmex_durable_run_free);
  else
    g_task_return_error (task, error);
}

/* --- On the main loop --- */

/* One that has not ended is in memory: it begins before anything is answered that was asked of the journal after it was
 * written. Unless the service leaves, or it could not be begun. */
static HostedRun *
host (Service           *self,
      MyrmexDurableRun  *left,
      GError           **error)
{
  HostedRun *hosted = service_find_run (self, left->row->id);
  g_autoptr (MyrmexRun) run = NULL;

  if (hosted != NULL)
    return hosted;
  if (!myrmex_run_status_is_final (left->row->state.status))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("Run “%s” has not begun; try again in a moment"),
                   left->row->id);
      return NULL;
    }
  if (left->execution != NULL)
    {
      run = myrmex_durable_run_begin (left, self->journal, error);
      if (run == NULL)
        return NULL;
    }
  hosted = hosted_run_new (self->connection, run, left->row, NULL, service_run_ended, self);
  hosted->error = g_steal_pointer (&left->error);
  service_add_run (self, hosted);
  return hosted;
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      data)
{
  Hosting *hosting = g_task_get_task_data (G_TASK (result));
  Service *self = hosting->service;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexDurableRun) left = g_task_propagate_pointer (G_TASK (result), &error);
  HostedRun *found = left != NULL ? host (self, left, &error) : NULL;
  g_autoptr (HostedRun) run = found != NULL ? hosted_run_ref (found) : NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *id = NULL;

  g_hash_table_steal_extended (self->hosting, hosting->id, (gpointer *) &id, (gpointer *) &all);
  for (guint i = 0; i < all->len; i++)
    {
      Waiting *waiting = all->pdata[i];

      waiting->func (run, error, waiting->data);
    }
  self->n_busy--;
  service_touch (self);
  service_check_left (self);
}

static void
begin (Service    *self,
       const char *id)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, loaded_cb, NULL);
  Hosting *hosting = g_new0 (Hosting, 1);

  hosting->service = self;
  hosting->id = g_strdup (id);
  self->n_busy++;
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, hosting, hosting_free);
  g_task_run_in_thread (task, load_thread);
}

void
hosting_find (Service     *self,
              const char  *id,
              HostingFunc  func,
              gpointer     data)
{
  HostedRun *run = service_find_run (self, id);
  Waiting *waiting;
  GPtrArray *all;

  if (run != NULL)
    {
      g_autoptr (HostedRun) kept = hosted_run_ref (run);

      use (self, run);
      func (run, NULL, data);
      return;
    }

  all = g_hash_table_lookup (self->hosting, id);
  if (all == NULL)
    {
      all = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->hosting, g_strdup (id), all);
      begin (self, id);
    }
  waiting = g_new (Waiting, 1);
  *waiting = (Waiting) { func, data };
  g_ptr_array_add (all, waiting);
}
