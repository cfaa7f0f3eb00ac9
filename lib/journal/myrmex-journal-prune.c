/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What can be removed from a journal. */

#include <math.h>

#include "journal/myrmex-journal-request-private.h"
#include "journal/myrmex-journal-retention-private.h"

static GVariant *
answer_removal (MyrmexJournalRequest *request)
{
  MyrmexJournalRemoval *removal = request->query;
  GVariantBuilder logs;
  GVariantDict dict;

  g_variant_builder_init (&logs, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < removal->logs->len; i++)
    g_variant_builder_add_value (&logs, g_variant_new_bytestring (removal->logs->pdata[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "runs", "u", removal->n_runs);
  g_variant_dict_insert_value (&dict, "ids", g_variant_new_strv ((const char * const *) removal->ids->pdata,
                                                                 removal->ids->len));
  g_variant_dict_insert (&dict, "bytes", "x", removal->n_bytes);
  g_variant_dict_insert_value (&dict, "logs", g_variant_builder_end (&logs));
  return g_variant_dict_end (&dict);
}

static MyrmexJournalRequest *
new_removal_request (const char *id,
                     double      max_age,
                     gint64      max_runs,
                     gint64      max_bytes)
{
  MyrmexJournalRemoval *removal = g_new0 (MyrmexJournalRemoval, 1);

  removal->id = g_strdup (id);
  removal->max_runs = max_runs;
  removal->max_bytes = max_bytes;
  /* Longer than the wall clock can tell is for ever. */
  if (max_age >= 0 && max_age < (double) g_get_real_time () / G_USEC_PER_SEC)
    removal->finished_before = g_get_real_time () - (gint64) (max_age * G_USEC_PER_SEC);
  return myrmex_journal_request_new (myrmex_journal_remove, removal,
                                     (GDestroyNotify) myrmex_journal_removal_free, NULL, answer_removal, NULL);
}

/**
 * myrmex_journal_delete_run:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Removes a run that has ended from the journal. Its logs are left to the caller: the answer has `runs` (1),
 * `ids` (of those that are gone), `bytes` (how much smaller the journal is) and `logs` (bytestrings, `aay`: files
 * and folders that were the run’s alone).
 *
 * It waits for the answer; see [method@Myrmex.Journal.delete_run_async].
 *
 * It fails with %MYRMEX_ERROR_NOT_FOUND if there is no such run, and %MYRMEX_ERROR_BUSY if it has not ended.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_delete_run (MyrmexJournal  *self,
                           const char     *id,
                           GCancellable   *cancellable,
                           GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  return myrmex_journal_ask (self, new_removal_request (id, -1, -1, -1), cancellable, error);
}

/**
 * myrmex_journal_delete_run_async:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.delete_run], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_delete_run_async (MyrmexJournal       *self,
                                 const char          *id,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_JOURNAL (self));
  g_return_if_fail (id != NULL);

  myrmex_journal_ask_async (self, new_removal_request (id, -1, -1, -1), NULL, myrmex_journal_delete_run_async,
                            cancellable, callback, user_data);
}

/**
 * myrmex_journal_delete_run_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.delete_run_async] began.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_delete_run_finish (MyrmexJournal  *self,
                                  GAsyncResult   *result,
                                  GError        **error)
{
  return myrmex_journal_end (self, result, error);
}

/**
 * myrmex_journal_prune:
 * @self: a journal that is open
 * @max_age: how long ago a run may have ended, in seconds; negative: any time
 * @max_runs: how many runs that have ended may stay; negative: any number
 * @max_bytes: how large the journal may be, in bytes, without the logs; negative: of any size
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Removes runs that have ended, those that ended first before others, until all three bounds hold. Runs that
 * have not ended stay. The answer is as that of [method@Myrmex.Journal.delete_run].
 *
 * It waits for the answer; see [method@Myrmex.Journal.prune_async].
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_prune (MyrmexJournal  *self,
                      double          max_age,
                      gint64          max_runs,
                      gint64          max_bytes,
                      GCancellable   *cancellable,
                      GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (!isnan (max_age), NULL);

  return myrmex_journal_ask (self, new_removal_request (NULL, max_age, max_runs, max_bytes), cancellable,
                             error);
}

/**
 * myrmex_journal_prune_async:
 * @self: a journal that is open
 * @max_age: how long ago a run may have ended, in seconds; negative: any time
 * @max_runs: how many runs that have ended may stay; negative: any number
 * @max_bytes: how large the journal may be, in bytes, without the logs; negative: of any size
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.prune], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_prune_async (MyrmexJournal       *self,
                            double               max_age,
                            gint64               max_runs,
                            gint64               max_bytes,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_JOURNAL (self));
  g_return_if_fail (!isnan (max_age));

  myrmex_journal_ask_async (self, new_removal_request (NULL, max_age, max_runs, max_bytes), NULL,
                            myrmex_journal_prune_async, cancellable, callback, user_data);
}

/**
 * myrmex_journal_prune_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.prune_async] began.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_prune_finish (MyrmexJournal  *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  return myrmex_journal_end (self, result, error);
}
