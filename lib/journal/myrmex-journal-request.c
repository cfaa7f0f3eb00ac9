/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "journal/myrmex-journal-request-private.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"

MyrmexJournalRequest *
myrmex_journal_request_new (MyrmexJournalCallFunc   func,
                            gpointer                query,
                            GDestroyNotify          free_query,
                            void                 (* convert) (MyrmexJournalRequest *self),
                            GVariant            * (* answer) (MyrmexJournalRequest *self),
                            const char             *type)
{
  MyrmexJournalRequest *self = g_new0 (MyrmexJournalRequest, 1);

  self->func = func;
  self->query = query;
  self->free_query = free_query;
  self->convert = convert;
  self->answer = answer;
  if (type != NULL)
    self->builder = g_variant_builder_new (G_VARIANT_TYPE (type));
  return self;
}

static void
request_free (MyrmexJournalRequest *self)
{
  self->free_query (self->query);
  g_clear_pointer (&self->builder, g_variant_builder_unref);
  g_clear_pointer (&self->value, g_variant_unref);
  g_free (self);
}

/* In the thread of the journal. */
static gboolean
request_slice (MyrmexJournalDatabase  *database,
               gpointer                data,
               gboolean               *is_done,
               GError                **error)
{
  MyrmexJournalRequest *self = data;

  if (!self->func (database, self->query, is_done, error))
    return FALSE;
  if (self->convert != NULL)
    self->convert (self);
  if (*is_done)
    self->value = g_variant_ref_sink (self->answer (self));
  return TRUE;
}

/* Takes @request. */
GVariant *
myrmex_journal_ask (MyrmexJournal         *self,
                    MyrmexJournalRequest  *request,
                    GCancellable          *cancellable,
                    GError               **error)
{
  GVariant *value = NULL;

  if (myrmex_journal_call_sync (self, request_slice, request, cancellable, error))
    value = g_steal_pointer (&request->value);
  request_free (request);
  return value;
}

static void
answered_cb (const GError *error,
             gpointer      data)
{
  MyrmexJournalRequest *request = data;
  GTask *task = request->task;

  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_pointer (task, g_steal_pointer (&request->value), (GDestroyNotify) g_variant_unref);
  request_free (request);
  g_object_unref (task);
}

/* Takes @request, which may be NULL where @error says why. */
void
myrmex_journal_ask_async (MyrmexJournal        *self,
                          MyrmexJournalRequest *request,
                          GError               *error,
                          gpointer              tag,
                          GCancellable         *cancellable,
                          GAsyncReadyCallback   callback,
                          gpointer              user_data)
{
  g_autoptr (MyrmexJournalStore) store = myrmex_journal_ref_store (self);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  if (request != NULL && store != NULL)
    {
      request->task = task;
      myrmex_journal_store_call (store, request_slice, request, cancellable, answered_cb, request);
      return;
    }

  if (error == NULL)
    error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_JOURNAL, _("The journal “%s” is not open"),
                         myrmex_journal_get_path (self));
  g_task_return_error (task, error);
  g_clear_pointer (&request, request_free);
  g_object_unref (task);
}

GVariant *
myrmex_journal_end (MyrmexJournal  *self,
                    GAsyncResult   *result,
                    GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
