/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From a definition to a run:
 *
 *   main loop   check the options and the limits; the same key under way? → answered with that one
 *   a thread    the same key in the journal? → answered with that run; read the definition, prepare the run
 *   journal     the run is on the disk: it is accepted
 *   main loop   begin the run, answer
 *
 * If the service goes away after the third step, the next one begins the run. */

#include "service.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-crash-point-private.h"
#include "folders.h"
#include "interfaces/myrmex-bus-private.h"
#include "options.h"

/* A definition that takes memory worth giving back. */
#define LARGE_BYTES (256 * 1024)

static const OptionSpec specs[] = {
  { "parameters", "a{sv}", "a{ss}" },
  { "env", "a{sv}", "a{ss}" },
  { "directory", "s", NULL },
  { "name", "s", NULL },
  { "idempotency_key", "s", NULL },
  { "handle_token", "s", NULL },
  { "paused", "b", NULL },
  { "timeout", "d", "x" },
  { "grace", "d", "x" },
  { "priority", "i", "x" },
  { "log_directory", "s", NULL },
  { "subscribe", "b", NULL },
  { "batched", "b", NULL },
};

/* Of these, the runner knows what to do with them. */
static const char * const runner_options[] = {
  "parameters", "env", "directory", "paused", "timeout", "grace", "log_directory", "priority",
};

typedef struct
{
  Service               *service;
  Caller                *caller;
  GDBusMethodInvocation *invocation;
  GPtrArray             *followers;   /* invocations of the same key meanwhile */
  GVariant              *options;
  gint64                 received;    /* µs since 1970 */
  SubmissionKind         kind;
  char                  *text;        /* of the definition, the name, or an id; of a file once it is read */
  gsize                  length;
  int                    fd;
  gsize                  n_bytes;
  char                  *digest;
  const char            *key;         /* nullable; these three in the options */
  const char            *token;
  const char            *name;
  gboolean               has_logs;    /* a folder that the caller chose */
  GVariant              *runner_options;
  double                 timeout;     /* of runs whose workflow has none */
  MyrmexDurableRun      *run;         /* once it is prepared */
  GError                *error;       /* of writing it */
} Submission;

static void
submission_free (gpointer data)
{
  Submission *self = data;

  if (self->fd >= 0)
    close (self->fd);
  caller_unref (self->caller);
  g_ptr_array_unref (self->followers);
  g_variant_unref (self->options);
  g_clear_pointer (&self->runner_options, g_variant_unref);
  g_clear_pointer (&self->run, myrmex_durable_run_free);
  g_clear_error (&self->error);
  g_free (self->text);
  g_free (self->digest);
  g_free (self);
}

/* --- In a thread --- */

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
check_size (MyrmexWorkflow  *workflow,
            GError         **error)
{
  guint n_tasks = myrmex_workflow_get_n_tasks (workflow);
  gsize n_edges = 0;

  if (n_tasks > MYRMEX_BUS_MAX_TASKS)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A run of the service may have at most %d tasks, not %u"),
                   MYRMEX_BUS_MAX_TASKS, n_tasks);
      return FALSE;
    }
  for (guint i = 0; i < n_tasks && n_edges <= MYRMEX_BUS_MAX_EDGES; i++)
    {
      g_auto (GStrv) names = myrmex_task_dup_dependencies (myrmex_workflow_get_nth_task (workflow, i));

      n_edges += g_strv_length (names);
    }
  if (n_edges <= MYRMEX_BUS_MAX_EDGES)
    return TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A run of the service may have at most %d dependencies"),
               MYRMEX_BUS_MAX_EDGES);
  return FALSE;
}

static MyrmexWorkflow *
load (Submission    *self,
      GCancellable  *cancellable,
      GError       **error)
{
  if (self->kind == SUBMISSION_NAMED)
    return load_named (self->text, cancellable, error);

  if (self->text == NULL)
    self->text = read_file (self->fd, &self->length, error);
  return self->text != NULL ? myrmex_workflow_new_from_json (self->text, (gssize) self->length, NULL, error) : NULL;
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

static void
set_token_error (Submission  *self,
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
    set_token_error (self, error);
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
static void
prepare_thread (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  Submission *self = data;
  g_autoptr (MyrmexWorkflow) workflow = NULL;
  g_autofree char *path = NULL;
  GError *error = NULL;

  if (check_new (self, &path, &error) &&
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

/* --- Before --- */

static gboolean
is_token (const char *text)
{
  return text[0] != '\0' && strlen (text) <= 64 &&
         strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen (text);
}

static gboolean
check_absolute (GVariant    *options,
                const char  *name,
                GError     **error)
{
  const char *path;

  if (!g_variant_lookup (options, name, "&s", &path) || g_path_is_absolute (path))
    return TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("Option “%s” must be an absolute path, not “%s”: the service does not know where its caller is"),
               name, path);
  return FALSE;
}

static gboolean
check_length (const char  *option,
              const char  *text,
              GError     **error)
{
  if (text == NULL || (text[0] != '\0' && strlen (text) <= MYRMEX_BUS_MAX_NAME_BYTES))
    return TRUE;
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("Option “%s” must have 1 to %d bytes"), option,
               MYRMEX_BUS_MAX_NAME_BYTES);
  return FALSE;
}

static gboolean
check_token (Submission  *self,
             GError     **error)
{
  GHashTableIter iter;
  gpointer other;
  gboolean is_taken;

  if (self->token == NULL)
    return TRUE;
  if (!is_token (self->token))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Option “handle_token” must be of 1 to 64 letters, digits and underscores"));
      return FALSE;
    }
  is_taken = g_hash_table_contains (self->service->by_id, self->token);
  g_hash_table_iter_init (&iter, self->service->submissions);
  while (!is_taken && g_hash_table_iter_next (&iter, &other, NULL))
    is_taken = g_strcmp0 (((Submission *) other)->token, self->token) == 0;
  if (is_taken)
    set_token_error (self, error);
  return !is_taken;
}

static gboolean
check_load (Submission  *self,
            GError     **error)
{
  Caller *caller = self->caller;
  Service *service = self->service;

  if (service->is_closing)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("The service ends; submit again in a moment"));
  else if (caller->n_pending >= MYRMEX_BUS_MAX_PENDING)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                 _("This caller has %d runs that have not ended, which is as many as it may"), MYRMEX_BUS_MAX_PENDING);
  else if (service->n_active + g_hash_table_size (service->submissions) >= MYRMEX_BUS_MAX_ACTIVE)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                 _("There are %d runs that have not ended, which is as many as there may be"), MYRMEX_BUS_MAX_ACTIVE);
  else if (self->kind == SUBMISSION_TEXT && self->n_bytes > MYRMEX_BUS_MAX_TEXT_BYTES)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                 _("A definition of more than %d bytes has to come by SubmitFile"), MYRMEX_BUS_MAX_TEXT_BYTES);
  else if (caller->n_bytes + self->n_bytes > MYRMEX_BUS_MAX_WAITING_BYTES)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                 _("This caller submits faster than the service can read; wait for answers"));
  else
    return TRUE;
  return FALSE;
}

static gboolean
check (Submission  *self,
       GError     **error)
{
  if (g_variant_get_size (self->options) > MYRMEX_BUS_MAX_TEXT_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("Options may have at most %d bytes"),
                   MYRMEX_BUS_MAX_TEXT_BYTES);
      return FALSE;
    }
  if (!OPTIONS_CHECK (self->options, specs, error))
    return FALSE;
  g_variant_lookup (self->options, "idempotency_key", "&s", &self->key);
  g_variant_lookup (self->options, "handle_token", "&s", &self->token);
  g_variant_lookup (self->options, "name", "&s", &self->name);
  return check_length ("idempotency_key", self->key, error) &&
         check_length ("name", self->name, error) &&
         check_absolute (self->options, "directory", error) &&
         check_absolute (self->options, "log_directory", error) &&
         check_load (self, error);
}

/* --- After --- */

static void
answer (GDBusMethodInvocation *invocation,
        SubmissionKind         kind,
        const char            *path)
{
  if (kind == SUBMISSION_FILE)
    g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(o)", path), NULL);
  else
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

/* The end of a submission. */
static void
finish (Submission   *self,
        const char   *path,
        const GError *error)
{
  Service *service = self->service;

  g_hash_table_remove (service->submissions, self);
  self->caller->n_bytes -= self->n_bytes;
  g_ptr_array_add (self->followers, self->invocation);
  for (guint i = 0; i < self->followers->len; i++)
    {
      GDBusMethodInvocation *invocation = self->followers->pdata[i];

      if (path != NULL)
        answer (invocation, self->kind, path);
      else
        g_dbus_method_invocation_return_gerror (invocation, error);
    }
  submission_free (self);
  service_touch (service);
  service_check_left (service);
}

static void
fail (Submission *self,
      GError     *error)
{
  self->caller->n_pending--;
  finish (self, NULL, error);
  g_error_free (error);
}

static GVariant *
make_runner_options (Submission *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (self->kind != SUBMISSION_RETRY)
    g_variant_dict_insert (&dict, "grace", "d", myrmex_config_get_seconds (self->service->config, "run.grace"));
  for (gsize i = 0; i < G_N_ELEMENTS (runner_options); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (self->options, runner_options[i], NULL);

      if (value != NULL)
        g_variant_dict_insert_value (&dict, runner_options[i], value);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* It is accepted, whatever happens from here on. */
static void
begin_run (Submission *self)
{
  Service *service = self->service;
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexRun) run = myrmex_durable_run_begin (self->run, service->journal, &error);
  gboolean subscribe = FALSE, batched = FALSE;
  HostedRun *hosted;

  if (run == NULL)
    {
      g_warning ("run %s begins with the next service: %s", self->run->row->id, error->message);
      return;
    }
  hosted = hosted_run_new (service->connection, run, self->run->row, self->caller, service_run_ended, service);
  service_add_run (service, hosted);
  g_variant_lookup (self->options, "subscribe", "b", &subscribe);
  g_variant_lookup (self->options, "batched", "b", &batched);
  if (subscribe)
    hosted_run_subscribe (hosted, self->caller, batched);
}

/* On the main context again. */
static gboolean
written_cb (gpointer data)
{
  Submission *self = data;
  g_autofree char *path = NULL;

  if (self->error != NULL)
    {
      if (!self->has_logs)
        folders_remove (self->service->logs, (const char *[]) { self->run->row->id, NULL });
      fail (self, g_steal_pointer (&self->error));
      return G_SOURCE_REMOVE;
    }

  /* A service that leaves has it in its journal, where the next one finds it. */
  MYRMEX_CRASH_POINT ("submit-written");
  path = hosted_run_dup_path (self->run->row);
  if (!self->service->is_closing)
    begin_run (self);
  MYRMEX_CRASH_POINT ("submit-begun");
  finish (self, path, NULL);
  MYRMEX_CRASH_POINT ("submit-answered");
  return G_SOURCE_REMOVE;
}

/* In the thread of the journal. */
static void
committed_cb (const GError *error,
              gpointer      data)
{
  Submission *self = data;

  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, written_cb, self, NULL);
}

static void
prepared_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Submission *self = data;
  GError *error = NULL;
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);

  if (path != NULL)
    {
      self->caller->n_pending--;
      finish (self, path, NULL);
      return;
    }
  if (error == NULL && self->service->is_closing)
    g_set_error (&error, MYRMEX_ERROR, MYRMEX_ERROR_BUSY, _("The service ends; submit again in a moment"));
  if (error == NULL)
    myrmex_durable_run_write (self->run, self->service->journal, committed_cb, self, &error);
  if (error != NULL)
    fail (self, error);
}

static gboolean
is_same (Submission *self,
         const char *digest)
{
  return g_strcmp0 (self->digest, digest) == 0;
}

/* The key of a submission that is under way. Returns whether that answers the call. */
static gboolean
use_key (Submission *self)
{
  GHashTableIter iter;
  gpointer candidate;

  g_hash_table_iter_init (&iter, self->service->submissions);
  while (self->key != NULL && g_hash_table_iter_next (&iter, &candidate, NULL))
    {
      Submission *other = candidate;
      GError *error = NULL;

      if (g_strcmp0 (other->key, self->key) != 0)
        continue;
      if (is_same (self, other->digest))
        {
          g_ptr_array_add (other->followers, self->invocation);
          return TRUE;
        }
      set_key_error (self, &error);
      g_dbus_method_invocation_take_error (self->invocation, error);
      return TRUE;
    }
  return FALSE;
}

static Submission *
submission_new (const Call     *call,
                SubmissionKind  kind,
                const char     *text,
                int             fd,
                GVariant       *options)
{
  Submission *self = g_new0 (Submission, 1);
  struct stat info;

  self->service = call->service;
  self->caller = caller_ref (call->caller);
  self->invocation = call->invocation;
  self->followers = g_ptr_array_new ();
  self->options = g_variant_ref (options);
  self->received = g_get_real_time ();
  self->kind = kind;
  self->text = g_strdup (text);
  self->length = text != NULL ? strlen (text) : 0;
  self->fd = fd;
  self->n_bytes = self->length;
  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    self->n_bytes = (gsize) MIN (info.st_size, MYRMEX_MAX_DEFINITION_BYTES);
  return self;
}

/* What makes two definitions the same: their text, also where one came as a file. No definition is a mere name. */
static gboolean
set_digest (Submission  *self,
            GError     **error)
{
  if (self->key == NULL)
    return TRUE;
  if (self->text == NULL)
    self->text = read_file (self->fd, &self->length, error);
  if (self->text == NULL)
    return FALSE;
  self->digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) self->text, self->length);
  return TRUE;
}

void
submission_begin (const Call     *call,
                  SubmissionKind  kind,
                  const char     *text,
                  int             fd,
                  GVariant       *options)
{
  Submission *self = submission_new (call, kind, text, fd, options);
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  if (!check (self, &error) || !set_digest (self, &error))
    {
      service_fail (call, error);
      submission_free (self);
      return;
    }
  if (use_key (self))
    {
      submission_free (self);
      return;
    }
  if (!check_token (self, &error))
    {
      service_fail (call, error);
      submission_free (self);
      return;
    }

  /* That of a run that is retried counts on, unless it goes with that run. */
  self->has_logs = g_variant_lookup (self->options, "log_directory", "s", NULL) ||
                   (kind == SUBMISSION_RETRY && call->run->row->log_directory == NULL);
  self->runner_options = make_runner_options (self);
  self->timeout = myrmex_config_get_seconds (self->service->config, "run.timeout");
  self->caller->n_pending++;
  self->caller->n_bytes += self->n_bytes;
  g_hash_table_add (self->service->submissions, self);
  task = g_task_new (NULL, NULL, prepared_cb, self);
  g_task_set_source_tag (task, submission_begin);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, prepare_thread);
}
