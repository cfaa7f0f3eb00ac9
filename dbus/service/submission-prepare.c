/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The part of a submission that takes its time, in a thread: a large definition holds nobody up. */

#include "submission.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "definition/myrmex-definition-private.h"
#include "folders.h"
#include "interfaces/myrmex-bus-private.h"

/* A definition that takes memory worth giving back. */
#define LARGE_BYTES (256 * 1024)

/* A pipe might never end, and what is mapped might be cut off: so, a regular file, and a copy of it. */
static char *
read_file (int       fd,
           gsize    *length,
           GError  **error)
{
  g_autofree char *text = NULL;
  struct stat info;
  gssize n = 1;

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("A definition must be a regular file"));
      return NULL;
    }
  if (info.st_size > MYRMEX_MAX_DEFINITION_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A definition may have at most %d bytes"),
                   MYRMEX_MAX_DEFINITION_BYTES);
      return NULL;
    }
  text = g_malloc ((gsize) info.st_size + 1);
  *length = 0;
  while (*length < (gsize) info.st_size &&
         (n = pread (fd, text + *length, (gsize) info.st_size - *length, (off_t) *length)) > 0)
    *length += (gsize) n;
  if (n < 0)
    {
      int saved = errno;

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT, _("The definition can not be read: %s"),
                   g_strerror (saved));
      return NULL;
    }
  text[*length] = '\0';
  return g_steal_pointer (&text);
}

static gboolean
read_text (Submission  *self,
           GError     **error)
{
  if (self->text == NULL)
    self->text = read_file (self->fd, &self->length, error);
  return self->text != NULL;
}

/* What makes two definitions the same: their text, also where one came as a file. No definition is a mere name. */
static gboolean
set_digest (Submission  *self,
            GError     **error)
{
  if (self->key == NULL)
    return TRUE;
  if (!read_text (self, error))
    return FALSE;
  self->digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) self->text, self->length);
  return TRUE;
}

static MyrmexWorkflow *
load_named (const char    *name,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autoptr (MyrmexCatalog) catalog = myrmex_catalog_new ();
  g_autoptr (MyrmexCatalogEntry) entry = NULL;

  myrmex_catalog_add_standard_folders (catalog);
  if (!myrmex_catalog_load (catalog, cancellable, error))
    return NULL;
  entry = myrmex_catalog_find (catalog, name, error);
  return entry != NULL ? myrmex_catalog_entry_load (entry, cancellable, error) : NULL;
}

static gboolean
check_counts (guint    n_tasks,
              gsize    n_edges,
              GError **error)
{
  if (n_tasks > MYRMEX_BUS_MAX_TASKS)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A run of the service may have at most %d tasks, not %u"),
                 MYRMEX_BUS_MAX_TASKS, n_tasks);
  else if (n_edges > MYRMEX_BUS_MAX_EDGES)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A run of the service may have at most %d dependencies"),
                 MYRMEX_BUS_MAX_EDGES);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_size (MyrmexWorkflow  *workflow,
            GError         **error)
{
  gsize n_edges = 0;

  for (guint i = 0; i < workflow->n_tasks; i++)
    n_edges += workflow->tasks[i]->n_dependencies;
  return check_counts (workflow->n_tasks, n_edges, error);
}

/* Too many tasks are refused before the first of them is made. A dependency that is named twice counts twice here. */
static MyrmexWorkflow *
load_text (Submission  *self,
           GError     **error)
{
  MyrmexWorkflow *workflow = NULL;
  MyrmexDefinition definition;
  gsize n_edges = 0;
  guint n_tasks = 0;
  gboolean is_read;

  myrmex_definition_init (&definition, NULL);
  is_read = myrmex_definition_parse (&definition, self->text, (gssize) self->length);
  if (is_read)
    myrmex_definition_count (&definition, &n_tasks, &n_edges);
  if (check_counts (n_tasks, n_edges, error))
    {
      if (is_read)
        myrmex_definition_read_workflow (&definition);
      if (myrmex_definition_finish (&definition))
        workflow = g_steal_pointer (&definition.workflow);
      else
        myrmex_definition_set_error (&definition, error);
    }
  myrmex_definition_clear (&definition);
  return workflow;
}

static MyrmexWorkflow *
load (Submission    *self,
      GCancellable  *cancellable,
      GError       **error)
{
  if (self->kind == SUBMISSION_NAMED)
    return load_named (self->text, cancellable, error);

  return read_text (self, error) ? load_text (self, error) : NULL;
}

/* The run of a key, or of a token, or %NULL; it may be of another definition. */
static gboolean
find_run (Submission             *self,
          MyrmexJournalFindKind   kind,
          const char             *text,
          MyrmexJournalRun      **found,
          GError                **error)
{
  MyrmexJournalFindQuery *query = g_new0 (MyrmexJournalFindQuery, 1);
  gboolean success;

  query->kinds[query->n_kinds++] = kind;
  query->text = g_strdup (text);
  query->owner = g_strdup (self->service->owner);
  success = myrmex_journal_call_sync (self->service->journal, myrmex_journal_query_find, query, NULL, error);
  *found = success && query->runs->len > 0 ? g_ptr_array_steal_index (query->runs, 0) : NULL;
  myrmex_journal_find_query_free (query);
  return success;
}

static void
set_key_error (Submission  *self,
               GError     **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE,
               _("The idempotency key “%s” was used for another definition"), self->key);
}

void
submission_set_token_error (Submission  *self,
                            GError     **error)
{
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_DUPLICATE, _("The handle token “%s” is taken"), self->token);
}

/* Returns whether the run is a new one; otherwise there is an error, or @path is of the run that it is. */
static gboolean
check_new (Submission  *self,
           char       **path,
           GError     **error)
{
  g_autoptr (MyrmexJournalRun) run = NULL;

  if (self->key != NULL && !find_run (self, MYRMEX_JOURNAL_FIND_KEY, self->key, &run, error))
    return FALSE;
  if (run != NULL)
    {
      if (g_strcmp0 (run->digest, self->digest) == 0)
        *path = hosted_run_dup_path (run);
      else
        set_key_error (self, error);
      return FALSE;
    }
  if (self->token != NULL && !find_run (self, MYRMEX_JOURNAL_FIND_TOKEN, self->token, &run, error))
    return FALSE;
  if (run != NULL)
    submission_set_token_error (self, error);
  return run == NULL;
}

/* Without a workflow: that of the run that is retried. */
static gboolean
prepare (Submission      *self,
         MyrmexWorkflow  *workflow,
         GError         **error)
{
  MyrmexLocalRunner *runner = MYRMEX_LOCAL_RUNNER (self->service->runner);
  char id[33];
  g_autofree char *logs = NULL;
  g_autofree char *submitter = NULL;
  g_autoptr (GVariant) options = NULL;
  MyrmexJournalRun row = { 0 };
  GVariantDict dict;

  myrmex_execution_make_id (id);
  g_variant_dict_init (&dict, self->runner_options);
  if (self->timeout > 0 && workflow != NULL && myrmex_workflow_get_timeout (workflow) == 0 &&
      !g_variant_dict_contains (&dict, "timeout"))
    g_variant_dict_insert (&dict, "timeout", "d", self->timeout);
  if (!self->has_logs)
    {
      logs = folders_dup_logs (self->service->logs, id);
      g_variant_dict_insert (&dict, "log_directory", "s", logs);
    }
  options = g_variant_ref_sink (g_variant_dict_end (&dict));

  submitter = g_strdup_printf ("%s/%s", g_dbus_connection_get_guid (self->service->connection), self->caller->name);
  row.id = id;
  row.name = (char *) self->name;
  row.options = options;
  row.owner = self->service->owner;
  row.submitter = submitter;
  row.idempotency_key = (char *) self->key;
  row.digest = self->digest;
  row.token = (char *) self->token;
  row.log_directory = logs;
  row.submitted = self->received;
  row.retried_from = workflow == NULL ? self->text : NULL;
  self->run = workflow != NULL ? myrmex_durable_run_prepare (runner, workflow, &row, error)
                               : myrmex_durable_run_prepare_retry (self->service->journal, runner, &row, error);
  return self->run != NULL;
}

/* What a large definition took is given back at once, and not kept for the next one, which may never come. */
static void
trim (const Submission *self)
{
#ifdef __GLIBC__
  if (self->length >= LARGE_BYTES)
    malloc_trim (0);
#endif
}

/* Returns the path of the run that it is already, or nothing. */
void
submission_prepare_thread (GTask        *task,
                           gpointer      source,
                           gpointer      data,
                           GCancellable *cancellable)
{
  Submission *self = data;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  if (set_digest (self, &error) && check_new (self, &path, &error) &&
      (self->kind == SUBMISSION_RETRY ||
       ((workflow = load (self, cancellable, &error)) != NULL && check_size (workflow, &error))))
    prepare (self, workflow, &error);
  if (error != NULL)
    g_clear_pointer (&self->text, g_free);
  g_clear_object (&workflow);
  trim (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&path), g_free);
}
