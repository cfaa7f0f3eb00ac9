/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What can be asked of a journal. */

#include "journal/myrmex-journal-query-private.h"
#include "journal/myrmex-journal-request-private.h"

static GVariant *
answer_run (MyrmexJournalRequest *request)
{
  MyrmexJournalRunQuery *query = request->query;

  return myrmex_journal_run_to_variant (query->run);
}

static MyrmexJournalRequest *
new_run_request (const char *id)
{
  MyrmexJournalRunQuery *query = g_new0 (MyrmexJournalRunQuery, 1);

  query->id = g_strdup (id);
  return myrmex_journal_request_new (myrmex_journal_query_run, query,
                                     (GDestroyNotify) myrmex_journal_run_query_free, NULL, answer_run, NULL);
}

static void
convert_list (MyrmexJournalRequest *request)
{
  MyrmexJournalListQuery *query = request->query;

  for (; request->n_converted < query->runs->len; request->n_converted++)
    {
      GVariant *run = myrmex_journal_run_to_variant (query->runs->pdata[request->n_converted]);

      /* As bytes it takes a tenth of the memory that it takes as a tree. */
      g_variant_get_data (run);
      g_variant_builder_add_value (request->builder, run);
    }
}

static GVariant *
answer_list (MyrmexJournalRequest *request)
{
  MyrmexJournalListQuery *query = request->query;

  return g_variant_new ("(@aa{sv}u)", g_variant_builder_end (request->builder), query->total);
}

static MyrmexJournalRequest *
new_list_request (GVariant  *filter,
                  guint      offset,
                  guint      limit,
                  GError   **error)
{
  MyrmexJournalListQuery *query = g_new0 (MyrmexJournalListQuery, 1);
  g_autoptr (GVariant) own = filter != NULL ? g_variant_ref_sink (filter) : NULL;

  query->offset = offset;
  query->limit = limit;
  if (!myrmex_journal_filter_parse (&query->filter, own, error))
    {
      myrmex_journal_list_query_free (query);
      return NULL;
    }
  return myrmex_journal_request_new (myrmex_journal_query_list, query,
                                     (GDestroyNotify) myrmex_journal_list_query_free, convert_list, answer_list,
                                     "aa{sv}");
}

/* Takes @answer, which may be NULL. */
static GVariant *
split_list (GVariant *answer,
            guint    *total)
{
  GVariant *runs = NULL;
  guint n = 0;

  if (answer != NULL)
    g_variant_get (answer, "(@aa{sv}u)", &runs, &n);
  if (total != NULL)
    *total = n;
  g_clear_pointer (&answer, g_variant_unref);
  return runs;
}

static GVariant *
answer_builder (MyrmexJournalRequest *request)
{
  return g_variant_builder_end (request->builder);
}

static void
convert_results (MyrmexJournalRequest *request)
{
  MyrmexJournalResultsQuery *query = request->query;

  for (; request->n_converted < query->results->len; request->n_converted++)
    {
      MyrmexJournalResult *record = &g_array_index (query->results, MyrmexJournalResult, request->n_converted);

      g_variant_builder_add (request->builder, "{s@a{sv}}", record->name,
                             myrmex_task_result_to_variant (record->result));
      /* It is in the answer now. */
      g_clear_pointer (&record->result, myrmex_task_result_unref);
    }
}

static void
convert_log_paths (MyrmexJournalRequest *request)
{
  MyrmexJournalResultsQuery *query = request->query;

  for (; request->n_converted < query->results->len; request->n_converted++)
    {
      MyrmexJournalResult *record = &g_array_index (query->results, MyrmexJournalResult, request->n_converted);

      if (record->log_path != NULL)
        g_variant_builder_add (request->builder, "{s@ay}", record->name, g_variant_new_bytestring (record->log_path));
      g_clear_pointer (&record->result, myrmex_task_result_unref);
    }
}

static MyrmexJournalRequest *
new_results_request (const char *id,
                     gboolean    log_paths)
{
  MyrmexJournalResultsQuery *query = g_new0 (MyrmexJournalResultsQuery, 1);

  query->id = g_strdup (id);
  return myrmex_journal_request_new (myrmex_journal_query_results, query,
                                     (GDestroyNotify) myrmex_journal_results_query_free,
                                     log_paths ? convert_log_paths : convert_results, answer_builder,
                                     log_paths ? "a{say}" : "a{sa{sv}}");
}

/**
 * myrmex_journal_load_run:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Gets what was submitted and how it stands: `id`, `name`, `status`, `reason`, `submitted`, `started` and
 * `finished` (microseconds since 1970, 0 where that has not happened), `total_tasks`, `completed`, `failed`,
 * `skipped` and `cancelled` (numbers of tasks), `error`, `owner`, `idempotency_key`, `log_directory`,
 * `retried_from` (the id of an earlier run, see [method@Myrmex.Runner.retry_failed]), `definition` and `options`. What
 * there is not is left out.
 *
 * It waits for the answer; see [method@Myrmex.Journal.load_run_async].
 *
 * It fails with %MYRMEX_ERROR_NOT_FOUND if there is no such run.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_run (MyrmexJournal  *self,
                         const char     *id,
                         GCancellable   *cancellable,
                         GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  return myrmex_journal_ask (self, new_run_request (id), cancellable, error);
}

/**
 * myrmex_journal_load_run_async:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.load_run], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_load_run_async (MyrmexJournal       *self,
                               const char          *id,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_JOURNAL (self));
  g_return_if_fail (id != NULL);

  myrmex_journal_ask_async (self, new_run_request (id), NULL, myrmex_journal_load_run_async,
                            cancellable, callback, user_data);
}

/**
 * myrmex_journal_load_run_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.load_run_async] began.
 *
 * Returns: (transfer full): a dictionary of type `a{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_run_finish (MyrmexJournal  *self,
                                GAsyncResult   *result,
                                GError        **error)
{
  return myrmex_journal_end (self, result, error);
}

/**
 * myrmex_journal_list_runs:
 * @self: a journal that is open
 * @filter: (nullable): which runs, a dictionary of type `a{sv}`, or %NULL for all
 * @offset: how many of them to pass over
 * @limit: how many to get at most
 * @total: (out) (optional): how many runs the filter lets through
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Gets some of the runs, the newest first, each as [method@Myrmex.Journal.load_run] tells it, but without
 * definition and options. A filter may have: `status` (a word) or `statuses` (several), `name`, `owner`, `id`
 * (how it begins), `idempotency_key`, `since` and `until` (submitted at or after, and before; microseconds
 * since 1970).
 *
 * It waits for the answer; see [method@Myrmex.Journal.list_runs_async].
 *
 * It fails with %MYRMEX_ERROR_INVALID_ARGUMENT if the filter is no such dictionary.
 *
 * Returns: (transfer full): dictionaries, of type `aa{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_list_runs (MyrmexJournal  *self,
                          GVariant       *filter,
                          guint           offset,
                          guint           limit,
                          guint          *total,
                          GCancellable   *cancellable,
                          GError        **error)
{
  MyrmexJournalRequest *request;

  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);

  request = new_list_request (filter, offset, limit, error);
  return split_list (request != NULL ? myrmex_journal_ask (self, request, cancellable, error) : NULL, total);
}

/**
 * myrmex_journal_list_runs_async:
 * @self: a journal that is open
 * @filter: (nullable): which runs, a dictionary of type `a{sv}`, or %NULL for all
 * @offset: how many of them to pass over
 * @limit: how many to get at most
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.list_runs], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_list_runs_async (MyrmexJournal       *self,
                                GVariant            *filter,
                                guint                offset,
                                guint                limit,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  GError *local_error = NULL;
  MyrmexJournalRequest *request;

  g_return_if_fail (MYRMEX_IS_JOURNAL (self));

  request = new_list_request (filter, offset, limit, &local_error);
  myrmex_journal_ask_async (self, request, local_error, myrmex_journal_list_runs_async,
                            cancellable, callback, user_data);
}

/**
 * myrmex_journal_list_runs_finish:
 * @self: a journal
 * @result: what the callback was given
 * @total: (out) (optional): how many runs the filter lets through
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.list_runs_async] began.
 *
 * Returns: (transfer full): dictionaries, of type `aa{sv}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_list_runs_finish (MyrmexJournal  *self,
                                 GAsyncResult   *result,
                                 guint          *total,
                                 GError        **error)
{
  return split_list (myrmex_journal_end (self, result, error), total);
}

/**
 * myrmex_journal_load_results:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Gets what came of the tasks that have ended, by their names, each as [method@Myrmex.TaskResult.to_variant]
 * tells it.
 *
 * It waits for the answer; see [method@Myrmex.Journal.load_results_async].
 *
 * It fails with %MYRMEX_ERROR_NOT_FOUND if there is no such run.
 *
 * Returns: (transfer full): a dictionary of type `a{sa{sv}}`, in the order of definition, or %NULL with @error
 * set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_results (MyrmexJournal  *self,
                             const char     *id,
                             GCancellable   *cancellable,
                             GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  return myrmex_journal_ask (self, new_results_request (id, FALSE), cancellable, error);
}

/**
 * myrmex_journal_load_results_async:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.load_results], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_load_results_async (MyrmexJournal       *self,
                                   const char          *id,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_JOURNAL (self));
  g_return_if_fail (id != NULL);

  myrmex_journal_ask_async (self, new_results_request (id, FALSE), NULL, myrmex_journal_load_results_async,
                            cancellable, callback, user_data);
}

/**
 * myrmex_journal_load_results_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.load_results_async] began.
 *
 * Returns: (transfer full): a dictionary of type `a{sa{sv}}`, in the order of definition, or %NULL with @error
 * set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_results_finish (MyrmexJournal  *self,
                                    GAsyncResult   *result,
                                    GError        **error)
{
  return myrmex_journal_end (self, result, error);
}

/**
 * myrmex_journal_load_log_paths:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @error: return location for an error, or %NULL
 *
 * Gets where the output of the tasks that have ended is, by their names, as bytestrings. The files exist if
 * there was any output.
 *
 * It waits for the answer; see [method@Myrmex.Journal.load_log_paths_async].
 *
 * It fails with %MYRMEX_ERROR_NOT_FOUND if there is no such run.
 *
 * Returns: (transfer full): a dictionary of type `a{say}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_log_paths (MyrmexJournal  *self,
                               const char     *id,
                               GCancellable   *cancellable,
                               GError        **error)
{
  g_return_val_if_fail (MYRMEX_IS_JOURNAL (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  return myrmex_journal_ask (self, new_results_request (id, TRUE), cancellable, error);
}

/**
 * myrmex_journal_load_log_paths_async:
 * @self: a journal that is open
 * @id: the id of a run
 * @cancellable: (nullable): to give it up
 * @callback: (scope async): called when there is an answer
 * @user_data: data for @callback
 *
 * As [method@Myrmex.Journal.load_log_paths], without waiting.
 *
 * Since: 1.0
 */
void
myrmex_journal_load_log_paths_async (MyrmexJournal       *self,
                                     const char          *id,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (MYRMEX_IS_JOURNAL (self));
  g_return_if_fail (id != NULL);

  myrmex_journal_ask_async (self, new_results_request (id, TRUE), NULL, myrmex_journal_load_log_paths_async,
                            cancellable, callback, user_data);
}

/**
 * myrmex_journal_load_log_paths_finish:
 * @self: a journal
 * @result: what the callback was given
 * @error: return location for an error, or %NULL
 *
 * Ends what [method@Myrmex.Journal.load_log_paths_async] began.
 *
 * Returns: (transfer full): a dictionary of type `a{say}`, or %NULL with @error set
 *
 * Since: 1.0
 */
GVariant *
myrmex_journal_load_log_paths_finish (MyrmexJournal  *self,
                                      GAsyncResult   *result,
                                      GError        **error)
{
  return myrmex_journal_end (self, result, error);
}
