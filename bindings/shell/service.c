/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "message.h"

#define NAME       "org.codomyrmex.Myrmex1"
#define PATH       "/org/codomyrmex/Myrmex1"
#define MANAGER    NAME ".Manager"
#define RUN        NAME ".Run"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* In ms. The service answers at once, but it may have to be started, on a busy machine. */
#define CALL_TIMEOUT (60 * 1000)

/* What the service takes as a string; more goes by a file. */
#define MAX_TEXT_BYTES (1024 * 1024)

/* Entries that the service gives at most at once. */
#define MAX_PAGE (1000)

struct _Service
{
  GDBusConnection    *bus;
  MyrmexRunner       *runner;
  guint               listener_ids[3];
  ServiceChangedFunc  changed;
  gpointer            changed_data;
};

/* --- Calls --- */

static GVariant *
call (Service      *self,
      const char   *path,
      const char   *interface,
      const char   *method,
      GVariant     *parameters,
      const char   *reply_type,
      GUnixFDList  *fds,
      GUnixFDList **out_fds,
      GError      **error)
{
  GError *failure = NULL;
  GVariant *reply;

  reply = g_dbus_connection_call_with_unix_fd_list_sync (self->bus, NAME, path, interface, method, parameters,
                                                         G_VARIANT_TYPE (reply_type), G_DBUS_CALL_FLAGS_NONE,
                                                         CALL_TIMEOUT, fds, out_fds, NULL, &failure);
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (failure);
      g_propagate_error (error, failure);
    }
  return reply;
}

/* A method of the manager. */
GVariant *
service_call (Service     *self,
              const char  *method,
              GVariant    *parameters,
              const char  *reply_type,
              GError     **error)
{
  return call (self, PATH, MANAGER, method, parameters, reply_type, NULL, NULL, error);
}

/* A method of the run at @path. */
GVariant *
service_call_run (Service     *self,
                  const char  *path,
                  const char  *method,
                  GVariant    *parameters,
                  const char  *reply_type,
                  GError     **error)
{
  return call (self, path, RUN, method, parameters, reply_type, NULL, NULL, error);
}

/* The path of the run that a person means: by its id, the begin of it, or its name. */
char *
service_find_run (Service     *self,
                  const char  *run,
                  GError     **error)
{
  g_autofree char *valid = g_utf8_make_valid (run, -1);
  GError *failure = NULL;
  g_autoptr (GVariant) reply = service_call (self, "ResolveRun", g_variant_new ("(s)", valid), "(o)", &failure);
  char *path = NULL;

  if (reply != NULL)
    {
      g_variant_get (reply, "(o)", &path);
      return path;
    }
  if (g_error_matches (failure, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                   _("%s. “myrmex list --runs” shows those that there are."), failure->message);
      g_error_free (failure);
    }
  else
    {
      g_propagate_error (error, failure);
    }
  return NULL;
}

/* Its properties, a{sv}. */
GVariant *
service_get_run (Service     *self,
                 const char  *path,
                 GError     **error)
{
  g_autoptr (GVariant) reply = call (self, path, PROPERTIES, "GetAll", g_variant_new ("(s)", RUN), "(a{sv})", NULL,
                                     NULL, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/* The newest runs but the first @offset of them, up to @limit (0: all of them), as aa{sv}. @filter (nullable) is what
 * ListRuns takes. */
GVariant *
service_list_runs (Service   *self,
                   GVariant  *filter,
                   guint      offset,
                   guint      limit,
                   GError   **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (filter != NULL ? filter : g_variant_new ("a{sv}", NULL));
  GVariantBuilder all;
  guint n = 0, there_are;
  gsize n_page;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("aa{sv}"));
  do
    {
      guint wanted = limit == 0 ? MAX_PAGE : MIN (MAX_PAGE, limit - n);
      g_autoptr (GVariant) page = NULL;
      g_autoptr (GVariant) reply = service_call (self, "ListRuns",
                                                 g_variant_new ("(@a{sv}uu)", owned, offset + n, wanted),
                                                 "(aa{sv}u)", error);

      if (reply == NULL)
        {
          g_variant_builder_clear (&all);
          return NULL;
        }
      g_variant_get (reply, "(@aa{sv}u)", &page, &there_are);
      n_page = g_variant_n_children (page);
      for (gsize i = 0; i < n_page; i++)
        {
          g_autoptr (GVariant) run = g_variant_get_child_value (page, i);

          g_variant_builder_add_value (&all, run);
        }
      n += (guint) n_page;
    }
  while (n_page > 0 && offset + n < there_are && (limit == 0 || n < limit));
  return g_variant_ref_sink (g_variant_builder_end (&all));
}

/* A file for what is too long to be a string in a message. */
static GUnixFDList *
make_file (const char  *text,
           gsize        length,
           GError     **error)
{
  int fd = memfd_create ("myrmex-definition", MFD_CLOEXEC);
  gssize n = 0;

  for (gsize written = 0; fd >= 0 && written < length && n >= 0; written += (gsize) MAX (n, 0))
    {
      n = write (fd, text + written, length - written);
      if (n < 0 && errno == EINTR)
        n = 0;
    }
  if (fd >= 0 && n >= 0)
    return g_unix_fd_list_new_from_array (&fd, 1);

  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The definition can not be handed over: %s"),
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return NULL;
}

/* The path of the run that comes of it. */
char *
service_submit (Service     *self,
                const char  *definition,
                GVariant    *options,
                GError     **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  gsize length = strlen (definition);
  char *path = NULL;

  if (length <= MAX_TEXT_BYTES)
    {
      reply = service_call (self, "Submit", g_variant_new ("(s@a{sv})", definition, owned), "(o)", error);
    }
  else
    {
      fds = make_file (definition, length, error);
      if (fds != NULL)
        reply = call (self, PATH, MANAGER, "SubmitFile", g_variant_new ("(h@a{sv})", 0, owned), "(o)", fds, NULL, error);
    }
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

/* A file descriptor of what a task writes, or -1. */
int
service_open_log (Service     *self,
                  const char  *path,
                  const char  *task,
                  GError     **error)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = call (self, path, RUN, "OpenLog", g_variant_new ("(s)", task), "(h)", NULL, &fds, error);
  gint32 handle;

  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(h)", &handle);
  if (fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (fds))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, _("The service answers in another way than it should"));
      return -1;
    }
  return g_unix_fd_list_get (fds, handle, error);
}

/* --- What it tells --- */

static void
changed_cb (GDBusConnection *bus,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *signal,
            GVariant        *parameters,
            gpointer         data)
{
  Service *self = data;

  self->changed (TRUE, self->changed_data);
}

/* Another service may know other runs. */
static void
owner_cb (GDBusConnection *bus,
          const char      *sender,
          const char      *path,
          const char      *interface,
          const char      *signal,
          GVariant        *parameters,
          gpointer         data)
{
  Service *self = data;
  const char *owner = "";

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    g_variant_get (parameters, "(&s&s&s)", NULL, NULL, &owner);
  self->changed (owner[0] != '\0', self->changed_data);
}

void
service_listen (Service            *self,
                ServiceChangedFunc  changed,
                gpointer            data)
{
  self->changed = changed;
  self->changed_data = data;
  self->listener_ids[0] =
    g_dbus_connection_signal_subscribe (self->bus, NAME, PROPERTIES, "PropertiesChanged", NULL, RUN,
                                        G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, self, NULL);
  self->listener_ids[1] =
    g_dbus_connection_signal_subscribe (self->bus, NAME, "org.freedesktop.DBus.ObjectManager", NULL, PATH, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, self, NULL);
  self->listener_ids[2] =
    g_dbus_connection_signal_subscribe (self->bus, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                                        "/org/freedesktop/DBus", NAME, G_DBUS_SIGNAL_FLAGS_NONE, owner_cb, self, NULL);
}

void
service_unlisten (Service *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->listener_ids); i++)
    g_dbus_connection_signal_unsubscribe (self->bus, self->listener_ids[i]);
}

/* --- The connection --- */

/* @bus_found: whether it is the service that can not be reached. */
Service *
service_connect (gboolean  *bus_found,
                 GError   **error)
{
  g_autoptr (Service) self = g_new0 (Service, 1);
  g_autoptr (GVariant) version = NULL;

  self->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  *bus_found = self->bus != NULL;
  if (self->bus == NULL)
    return NULL;
  /* What is left to say is said. */
  g_dbus_connection_set_exit_on_close (self->bus, FALSE);
  /* The runner makes errors of the service those of the library. */
  self->runner = myrmex_service_runner_new (self->bus);

  version = call (self, PATH, PROPERTIES, "Get", g_variant_new ("(ss)", MANAGER, "InterfaceVersion"), "(v)", NULL, NULL,
                  error);
  return version != NULL ? g_steal_pointer (&self) : NULL;
}

/* %NULL where the service can not be reached, which has been told. */
Service *
service_open (ExitStatus *status)
{
  g_autoptr (GError) error = NULL;
  gboolean bus_found;
  Service *self = service_connect (&bus_found, &error);

  *status = EXIT_STATUS_DONE;
  if (self != NULL)
    return self;

  *status = EXIT_STATUS_UNAVAILABLE;
  if (bus_found)
    *status = service_complain (error);
  else
    message_print_error (_("There is no session bus to reach the service by; start this in a desktop session, or by "
                           "“dbus-run-session”. “myrmex run” needs none. (%s)"), error->message);
  return NULL;
}

void
service_close (Service *self)
{
  g_clear_object (&self->runner);
  g_clear_object (&self->bus);
  g_free (self);
}

MyrmexServiceRunner *
service_get_runner (Service *self)
{
  return MYRMEX_SERVICE_RUNNER (self->runner);
}
