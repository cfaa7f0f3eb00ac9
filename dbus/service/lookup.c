/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* ListRuns, GetRun and ResolveRun: runs are found in the journal, by its thread, and those in memory are told as they
 * stand there. */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "options.h"

/* Of an id, for people. */
#define MIN_PREFIX (4)

typedef struct
{
  Service                *service;
  GDBusMethodInvocation  *invocation;   /* NULL: it has been answered */
  MyrmexJournalListQuery *list;   /* one of these */
  MyrmexJournalFindQuery *find;
} Lookup;

static void
lookup_free (gpointer data)
{
  Lookup *self = data;

  g_clear_pointer (&self->list, myrmex_journal_list_query_free);
  g_clear_pointer (&self->find, myrmex_journal_find_query_free);
  g_free (self);
}

static GVariant *
describe_listed (const MyrmexJournalRun *row,
                 MyrmexRun              *run)
{
  g_autofree char *path = hosted_run_dup_path (row);
  Described described = { run, row };
  g_autoptr (GVariant) properties = g_variant_ref_sink (describe_run (&described));
  GVariantDict dict;

  g_variant_dict_init (&dict, properties);
  g_variant_dict_insert (&dict, "path", "o", path);
  return g_variant_dict_end (&dict);
}

/* A run that has ended is in the journal as it is; any other may be further in memory, which belongs to the main loop:
 * without @service these are not wanted. */
static gboolean
answer_list (Lookup  *self,
             Service *service)
{
  GPtrArray *runs = self->list->runs;
  GVariantBuilder builder;

  for (guint i = 0; service == NULL && i < runs->len; i++)
    {
      const MyrmexJournalRun *row = runs->pdata[i];

      if (!myrmex_run_status_is_final (row->state.status))
        return FALSE;
    }

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < runs->len; i++)
    {
      const MyrmexJournalRun *row = runs->pdata[i];
      HostedRun *run = service != NULL ? service_find_run (service, row->id) : NULL;

      g_variant_builder_add_value (&builder, describe_listed (row, run != NULL ? run->run : NULL));
    }
  g_dbus_method_invocation_return_value (g_steal_pointer (&self->invocation),
                                         g_variant_new ("(@aa{sv}u)", g_variant_builder_end (&builder),
                                                        self->list->total));
  return TRUE;
}

static void
lookup_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Lookup *self = data;
  MyrmexJournal *journal = self->service->journal;
  GError *error = NULL;

  if (self->list == NULL)
    {
      if (myrmex_journal_call_sync (journal, myrmex_journal_query_find, self->find, NULL, &error))
        g_task_return_boolean (task, TRUE);
    }
  else if (myrmex_journal_call_sync (journal, myrmex_journal_query_list, self->list, NULL, &error))
    {
      answer_list (self, NULL);
      g_task_return_boolean (task, TRUE);
    }
  if (error != NULL)
    g_task_return_error (task, error);
}

static void
answer_path (GDBusMethodInvocation  *invocation,
             const MyrmexJournalRun *row)
{
  g_autofree char *path = hosted_run_dup_path (row);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static void
answer_find (Lookup *self)
{
  GPtrArray *runs = self->find->runs;

  if (runs->len == 1)
    answer_path (self->invocation, runs->pdata[0]);
  else if (runs->len > 1)
    g_dbus_method_invocation_return_error (self->invocation, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                           _("Several runs begin with “%s”, among them %s and %s"), self->find->text,
                                           ((MyrmexJournalRun *) runs->pdata[0])->id,
                                           ((MyrmexJournalRun *) runs->pdata[1])->id);
  else if (self->find->n_kinds == 2)
    g_dbus_method_invocation_return_error (self->invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                           _("There is no run “%s”"), self->find->text);
  else
    g_dbus_method_invocation_return_error (self->invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                           _("There is no run “%s”, neither by id nor by name"), self->find->text);
}

static void
found_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      data)
{
  Lookup *self = g_task_get_task_data (G_TASK (result));
  Service *service = self->service;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_dbus_method_invocation_return_gerror (self->invocation, error);
  else if (self->list == NULL)
    answer_find (self);
  else if (self->invocation != NULL)
    answer_list (self, service);
  service->n_busy--;
  service_touch (service);
  service_check_left (service);
}

static void
look_up (const Call             *call,
         MyrmexJournalListQuery *list,
         MyrmexJournalFindQuery *find)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, found_cb, NULL);
  Lookup *self = g_new (Lookup, 1);

  *self = (Lookup) { call->service, call->invocation, list, find };
  call->service->n_busy++;
  g_task_set_source_tag (task, look_up);
  g_task_set_task_data (task, self, lookup_free);
  g_task_run_in_thread (task, lookup_thread);
}

/* Takes @query. */
void
lookup_list (const Call             *call,
             MyrmexJournalListQuery *query)
{
  look_up (call, query, NULL);
}

void
lookup_find (const Call *call,
             const char *text,
             gboolean    for_people)
{
  HostedRun *run = service_find_run (call->service, text);
  MyrmexJournalFindQuery *query;

  if (run != NULL)
    {
      answer_path (call->invocation, run->row);
      return;
    }
  query = g_new0 (MyrmexJournalFindQuery, 1);
  query->text = g_strdup (text);
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_ID;
  query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_TOKEN;
  if (for_people)
    query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_NAME;
  if (for_people && strlen (text) >= MIN_PREFIX)
    query->kinds[query->n_kinds++] = MYRMEX_JOURNAL_FIND_PREFIX;
  look_up (call, NULL, query);
}
