/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* From a workflow and options to the call that submits them. */

#include "client/myrmex-service-submission-private.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "base/myrmex-limits.h"
#include "client/myrmex-bus-call-private.h"
#include "definition/myrmex-definition.h"
#include "engine/myrmex-plan.h"
#include "interfaces/myrmex-bus-private.h"

void
myrmex_service_submission_clear (MyrmexServiceSubmission *self)
{
  g_clear_object (&self->run);
}

void
myrmex_service_submission_free (gpointer self)
{
  myrmex_service_submission_clear (self);
  g_free (self);
}

/* Random, so that nobody can have listened for it. */
static char *
make_token (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv (NULL, parts);
}

/* The service is elsewhere: paths are told from here, as text. */
static gboolean
insert_path (GVariantDict  *options,
             const char    *key,
             const char    *path,
             GError       **error)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *shown = NULL;

  if (g_utf8_validate (whole, -1, NULL))
    {
      g_variant_dict_insert (options, key, "s", whole);
      return TRUE;
    }
  shown = g_filename_display_name (whole);
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
               _("The path %s is no UTF-8, and can not be told to the service"), shown);
  return FALSE;
}

/* A template in the workflow's own is filled by the service. */
static gboolean
add_directory (GVariantDict    *options,
               MyrmexWorkflow  *workflow,
               GError         **error)
{
  const char *own = workflow != NULL ? myrmex_workflow_get_directory (workflow) : NULL;
  const char *given = NULL;

  /* One of another type is for the service to refuse. */
  if (g_variant_dict_contains (options, "directory") && !g_variant_dict_lookup (options, "directory", "&s", &given))
    return TRUE;
  if (given == NULL && own != NULL && (g_path_is_absolute (own) || strstr (own, "${{") != NULL))
    return TRUE;
  /* A workflow that the service finds says itself where it runs. */
  if (given == NULL && workflow == NULL)
    return TRUE;
  if (given == NULL)
    given = own != NULL ? own : ".";
  return insert_path (options, "directory", given, error);
}

static gboolean
add_log_directory (GVariantDict  *options,
                   GError       **error)
{
  const char *given;

  return !g_variant_dict_lookup (options, "log_directory", "&s", &given) ||
         insert_path (options, "log_directory", given, error);
}

static GVariant *
make_options (MyrmexWorkflow  *workflow,
              GVariant        *given,
              const char      *token,
              gboolean        *paused,
              GError         **error)
{
  GVariantDict options;

  *paused = FALSE;
  if (given != NULL && !g_variant_is_of_type (given, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("The options of a run must be a dictionary of type “a{sv}”, not “%s”"),
                   g_variant_get_type_string (given));
      return NULL;
    }
  g_variant_dict_init (&options, given);
  g_variant_dict_lookup (&options, "paused", "b", paused);
  if (!add_directory (&options, workflow, error) || !add_log_directory (&options, error))
    {
      g_variant_dict_clear (&options);
      return NULL;
    }
  g_variant_dict_insert (&options, "handle_token", "s", token);
  g_variant_dict_insert (&options, "subscribe", "b", TRUE);
  g_variant_dict_insert (&options, "batched", "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

/* A file for a definition that is too large to be a string in a message. */
static int
make_file (const char  *text,
           gsize        length,
           GError     **error)
{
  int fd = memfd_create ("myrmex-definition", MFD_CLOEXEC);
  gsize written = 0;
  gssize n = 0;

  while (fd >= 0 && written < length && (n = write (fd, text + written, length - written)) > 0)
    written += (gsize) n;
  if (fd >= 0 && written == length)
    return fd;

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The definition can not be handed over: %s"),
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GDBusMessage *
make_message (const char  *text,
              GVariant    *options,
              GError     **error)
{
  gsize length = strlen (text);
  g_autoptr (GUnixFDList) fds = NULL;
  GDBusMessage *message;
  int fd;

  if (length <= MYRMEX_BUS_MAX_TEXT_BYTES)
    return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "Submit",
                                g_variant_new ("(s@a{sv})", text, options));
  if (length > MYRMEX_MAX_DEFINITION_BYTES)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, _("A definition may have at most %d bytes"),
                   MYRMEX_MAX_DEFINITION_BYTES);
      return NULL;
    }
  fd = make_file (text, length, error);
  if (fd < 0)
    return NULL;
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  message = myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "SubmitFile",
                                 g_variant_new ("(h@a{sv})", 0, options));
  g_dbus_message_set_unix_fd_list (message, fds);
  return message;
}

/* It listens before it is there, so that nothing of it is missed. */
static void
listen (MyrmexServiceSubmission *self,
        GDBusConnection         *connection,
        MyrmexWorkflow          *workflow,
        const char              *token)
{
  g_autofree char *path = g_strconcat (MYRMEX_BUS_RUN_PATH, token, NULL);

  self->run = myrmex_service_run_new (connection, workflow, path);
  self->run->token = g_strdup (token);
}

/* What is wrong with a workflow is told as a local runner tells it, and before the service is bothered. */
GDBusMessage *
myrmex_service_submission_begin (MyrmexServiceSubmission  *self,
                                 GDBusConnection          *connection,
                                 MyrmexWorkflow           *workflow,
                                 GVariant                 *given,
                                 GError                  **error)
{
  g_autoptr (MyrmexPlan) plan = myrmex_plan_new (workflow, error);
  g_autofree char *text = plan != NULL ? myrmex_workflow_to_json (workflow, error) : NULL;
  g_autofree char *token = make_token ();
  g_autoptr (GVariant) options = NULL;
  GDBusMessage *message;

  if (text == NULL)
    return NULL;
  options = make_options (workflow, given, token, &self->paused, error);
  if (options == NULL)
    return NULL;
  message = make_message (text, options, error);
  if (message != NULL)
    listen (self, connection, workflow, token);
  return message;
}

/* As listen(), for one whose tasks only the service knows. */
static void
listen_unknown (MyrmexServiceSubmission *self,
                GDBusConnection         *connection,
                const char              *token)
{
  listen (self, connection, NULL, token);
  /* Nothing can have happened to it that it will not be told of. */
  self->run->is_from_begin = TRUE;
  self->run->is_fetching = TRUE;
}

GDBusMessage *
myrmex_service_submission_begin_named (MyrmexServiceSubmission  *self,
                                       GDBusConnection          *connection,
                                       const char               *name,
                                       GVariant                 *given,
                                       GError                  **error)
{
  g_autofree char *token = make_token ();
  g_autoptr (GVariant) options = make_options (NULL, given, token, &self->paused, error);

  if (options == NULL)
    return NULL;
  listen_unknown (self, connection, token);
  return myrmex_bus_call_new (MYRMEX_BUS_NAME, MYRMEX_BUS_PATH, MYRMEX_BUS_MANAGER, "SubmitNamed",
                              g_variant_new ("(s@a{sv})", name, options));
}

GDBusMessage *
myrmex_service_submission_begin_retry (MyrmexServiceSubmission  *self,
                                       GDBusConnection          *connection,
                                       MyrmexServiceRun         *earlier,
                                       GVariant                 *given,
                                       GError                  **error)
{
  g_autofree char *token = make_token ();
  g_autoptr (GVariant) options = make_options (NULL, given, token, &self->paused, error);
  g_autofree char *path = NULL;

  if (options == NULL)
    return NULL;
  g_mutex_lock (&earlier->lock);
  path = g_strdup (earlier->path);
  g_mutex_unlock (&earlier->lock);
  listen_unknown (self, connection, token);
  if (earlier->workflow != NULL)
    self->run->workflow = g_object_ref (earlier->workflow);
  /* The service that had it may have gone, and the next one has it in its journal. */
  return myrmex_bus_call_new (MYRMEX_BUS_NAME, path, MYRMEX_BUS_RUN, "RetryFailed",
                              g_variant_new ("(@a{sv})", options));
}
