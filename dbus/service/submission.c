/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From a definition to a run:
 *
 *   main loop   check the options and the limits; the same key under way? → when that one has ended
 *   a thread    the same key in the journal? → answered with that run; read the definition, prepare the run
 *   journal     the run is on the disk: it is accepted
 *   main loop   begin the run, answer
 *
 * If the service goes away after the third step, the next one begins the run. */

#include "submission.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-crash-point-private.h"
#include "folders.h"
#include "interfaces/myrmex-bus-private.h"
#include "options.h"

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
has_key (Submission *self,
         const char *key)
{
  return self->key != NULL && g_strcmp0 (self->key, key) == 0;
}

static gboolean
check_token (Submission  *self,
             GError     **error)
{
  GHashTableIter iter;
  gpointer other;
  HostedRun *run;
  gboolean is_taken;

  if (self->token == NULL)
    return TRUE;
  if (!is_token (self->token))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Option “handle_token” must be of 1 to 64 letters, digits and underscores"));
      return FALSE;
    }
  /* A call that is made again comes to the same run by its key. */
  run = g_hash_table_lookup (self->service->by_id, self->token);
  is_taken = run != NULL && !has_key (self, run->row->idempotency_key);
  g_hash_table_iter_init (&iter, self->service->submissions);
  while (!is_taken && g_hash_table_iter_next (&iter, &other, NULL))
    is_taken = g_strcmp0 (((Submission *) other)->token, self->token) == 0 &&
               !has_key (self, ((Submission *) other)->key);
  if (is_taken)
    submission_set_token_error (self, error);
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

static void prepared_cb (GObject      *source,
                         GAsyncResult *result,
                         gpointer      data);

static void
start (Submission *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, prepared_cb, self);

  self->is_waiting = FALSE;
  g_task_set_source_tag (task, start);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, submission_prepare_thread);
}

/* Those of a key that came meanwhile, one after the other: as long as there is no run of it, each may make one. */
static void
start_next (GPtrArray *followers)
{
  Submission *next = followers->len > 0 ? followers->pdata[0] : NULL;

  for (guint i = 1; i < followers->len; i++)
    g_ptr_array_add (next->followers, followers->pdata[i]);
  if (next != NULL)
    start (next);
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
  if (path != NULL)
    answer (self->invocation, self->kind, path);
  else
    g_dbus_method_invocation_return_gerror (self->invocation, error);
  start_next (self->followers);
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

/* The one of the same key that is under way. */
static Submission *
find_first (Submission *self)
{
  GHashTableIter iter;
  gpointer other;

  g_hash_table_iter_init (&iter, self->service->submissions);
  while (g_hash_table_iter_next (&iter, &other, NULL))
    {
      if (has_key (self, ((Submission *) other)->key) && !((Submission *) other)->is_waiting)
        return other;
    }
  return NULL;
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

void
submission_begin (const Call     *call,
                  SubmissionKind  kind,
                  const char     *text,
                  int             fd,
                  GVariant       *options)
{
  Submission *self = submission_new (call, kind, text, fd, options);
  Submission *first;
  GError *error = NULL;

  if (!check (self, &error) || !check_token (self, &error))
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
  first = find_first (self);
  g_hash_table_add (self->service->submissions, self);
  self->is_waiting = first != NULL;
  if (first != NULL)
    g_ptr_array_add (first->followers, self);
  else
    start (self);
}
