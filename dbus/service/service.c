/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The service: exports a runner and its runs. Every call, whatever it is, goes through one gate: the caller is checked
 * first, then the object is looked up, then the method is called. */

#include "service.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "folders.h"
#include "interfaces/myrmex-bus-private.h"
#include "myrmex-bus-interfaces.h"

#define PROPERTIES     "org.freedesktop.DBus.Properties"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

/* How far apart it is told how many runs are active. */
#define ACTIVE_INTERVAL_MS (125)

static const char * const manager_properties[] = { "Version", "InterfaceVersion", "RunsActive", "MaxParallel",
                                                  "JournalSetAside" };

void
service_fail (const Call *call,
              GError     *error)
{
  g_dbus_method_invocation_take_error (call->invocation, error);
}

/* --- Idleness --- */

gboolean
service_is_idle (Service *self)
{
  /* Runs that have ended are in the journal. */
  return self->is_ready && self->n_active == 0 && g_hash_table_size (self->submissions) == 0 &&
         !callers_are_busy (self->callers);
}

static gboolean
idle_cb (gpointer data)
{
  Service *self = data;

  self->idle_id = 0;
  if (service_is_idle (self))
    self->idle (self, self->data);
  return G_SOURCE_REMOVE;
}

void
service_touch (Service *self)
{
  g_clear_handle_id (&self->idle_id, g_source_remove);
  if (self->idle_timeout > 0 && !self->is_closing && service_is_idle (self))
    self->idle_id = g_timeout_add (self->idle_timeout, idle_cb, self);
}

/* --- Properties --- */

static GVariant *
describe_manager_property (Service    *self,
                           const char *name)
{
  if (g_str_equal (name, "Version"))
    return g_variant_new_string (MYRMEX_VERSION);
  if (g_str_equal (name, "InterfaceVersion"))
    return g_variant_new_uint32 (MYRMEX_BUS_INTERFACE_VERSION);
  if (g_str_equal (name, "RunsActive"))
    return g_variant_new_uint32 (self->n_active);
  if (g_str_equal (name, "MaxParallel"))
    return g_variant_new_uint32 (myrmex_local_runner_get_max_parallel (MYRMEX_LOCAL_RUNNER (self->runner)));
  if (g_str_equal (name, "JournalSetAside"))
    {
      g_autofree char *path = myrmex_journal_dup_set_aside_path (self->journal);

      return g_variant_new_take_string (path != NULL ? g_filename_display_name (path) : g_strdup (""));
    }
  return NULL;
}

static GVariant *
describe_manager (Service *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < G_N_ELEMENTS (manager_properties); i++)
    g_variant_builder_add (&builder, "{sv}", manager_properties[i],
                           describe_manager_property (self, manager_properties[i]));
  return g_variant_builder_end (&builder);
}

static gboolean
active_cb (gpointer data)
{
  Service *self = data;
  GVariantBuilder changed;

  self->active_id = 0;
  if (self->told_active == self->n_active)
    return G_SOURCE_REMOVE;
  self->told_active = self->n_active;
  g_variant_builder_init (&changed, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&changed, "{sv}", "RunsActive", g_variant_new_uint32 (self->n_active));
  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, PROPERTIES, "PropertiesChanged",
                                 g_variant_new ("(s@a{sv}@as)", MYRMEX_BUS_MANAGER, g_variant_builder_end (&changed),
                                                g_variant_new_strv (NULL, 0)), NULL);
  return G_SOURCE_REMOVE;
}

static void
active_changed (Service *self)
{
  if (self->active_id == 0)
    self->active_id = g_timeout_add (ACTIVE_INTERVAL_MS, active_cb, self);
}

/* GDBus has made sure that the interface has the property. */
static void
answer_property (const Call *call)
{
  const char *name;
  GVariant *value;

  g_variant_get (call->parameters, "(&s&s)", NULL, &name);
  if (call->run != NULL)
    {
      Described described = hosted_run_describe (call->run);

      value = describe_property (&described, name);
    }
  else
    {
      value = describe_manager_property (call->service, name);
    }
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(v)", value));
}

static void
answer_properties (const Call *call)
{
  const char *interface;
  GVariant *all;

  g_variant_get (call->parameters, "(&s)", &interface);
  if (call->run != NULL)
    {
      Described described = hosted_run_describe (call->run);

      all = describe_run (&described);
    }
  else if (g_str_equal (interface, MYRMEX_BUS_MANAGER))
    {
      all = describe_manager (call->service);
    }
  else
    {
      all = g_variant_new ("a{sv}", NULL);
    }
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(@a{sv})", all));
}

static const Method property_methods[] = {
  { "Get", answer_property },
  { "GetAll", answer_properties },
  { NULL }
};

/* --- Objects --- */

static GVariant *
describe_interfaces (HostedRun *run)
{
  Described described = hosted_run_describe (run);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_builder_add (&builder, "{s@a{sv}}", MYRMEX_BUS_RUN, describe_run (&described));
  return g_variant_builder_end (&builder);
}

static void
answer_objects (const Call *call)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (guint i = 0; i < call->service->runs->len; i++)
    {
      HostedRun *run = call->service->runs->pdata[i];

      g_variant_builder_add (&builder, "{o@a{sa{sv}}}", run->path, describe_interfaces (run));
    }
  g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(@a{oa{sa{sv}}})",
                                                                          g_variant_builder_end (&builder)));
}

static const Method object_methods[] = {
  { "GetManagedObjects", answer_objects },
  { NULL }
};

/* --- The gate --- */

static const Method *
find_method (const char *interface,
             const char *name)
{
  const Method *methods = g_str_equal (interface, MYRMEX_BUS_MANAGER) ? manager_methods :
                          g_str_equal (interface, MYRMEX_BUS_RUN) ? run_methods :
                          g_str_equal (interface, OBJECT_MANAGER) ? object_methods : property_methods;

  for (; methods->name != NULL; methods++)
    {
      if (g_str_equal (methods->name, name))
        return methods;
    }
  return NULL;
}

static HostedRun *
find_run_of_path (Service    *self,
                  const char *path)
{
  return g_str_has_prefix (path, MYRMEX_BUS_RUN_PATH)
           ? g_hash_table_lookup (self->by_id, path + strlen (MYRMEX_BUS_RUN_PATH)) : NULL;
}

static void
admitted_cb (Caller       *caller,
             const GError *refusal,
             gpointer      data)
{
  Call *call = data;
  GDBusMethodInvocation *invocation = call->invocation;
  const char *path = g_dbus_method_invocation_get_object_path (invocation);
  const Method *method = find_method (g_dbus_method_invocation_get_interface_name (invocation),
                                      g_dbus_method_invocation_get_method_name (invocation));
  g_autoptr (HostedRun) run = find_run_of_path (call->service, path);

  if (run != NULL)
    hosted_run_ref (run);
  call->run = run;
  call->caller = caller;
  call->parameters = g_dbus_method_invocation_get_parameters (invocation);
  if (refusal != NULL)
    g_dbus_method_invocation_return_gerror (invocation, refusal);
  else if (run == NULL && !g_str_equal (path, MYRMEX_BUS_PATH))
    g_dbus_method_invocation_return_error (invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND,
                                           _("There is no such run any more"));
  else if (method == NULL)
    g_dbus_method_invocation_return_error (invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                                           _("This service has no such method"));
  else
    method->func (call);
  service_touch (call->service);
  g_free (call);
}

static void
admit (Service *self,
       Call    *call)
{
  callers_admit (self->callers, g_dbus_method_invocation_get_sender (call->invocation), admitted_cb, call);
}

static void
answer_early (Service *self)
{
  Call *call;

  while ((call = g_queue_pop_head (&self->early)) != NULL)
    admit (self, call);
}

static void
method_call_cb (GDBusConnection       *connection,
                const char            *sender,
                const char            *path,
                const char            *interface,
                const char            *method,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               data)
{
  Service *self = data;
  Call *call = g_new0 (Call, 1);

  call->service = self;
  call->invocation = invocation;
  if (self->is_ready || self->is_closing)
    admit (self, call);
  else
    g_queue_push_tail (&self->early, call);
}

/* Without functions for properties, those come as method calls, and so to the gate. */
static const GDBusInterfaceVTable vtable = { method_call_cb, NULL, NULL, { NULL } };

static guint
export (Service                   *self,
        const char                *path,
        const GDBusInterfaceInfo  *interface,
        GError                   **error)
{
  return g_dbus_connection_register_object (self->connection, path, (GDBusInterfaceInfo *) interface, &vtable, self,
                                            NULL, error);
}

/* --- Runs --- */

HostedRun *
service_find_run (Service     *self,
                  const char  *id,
                  GError     **error)
{
  HostedRun *run = g_hash_table_lookup (self->by_id, id);

  if (run == NULL)
    g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND, _("There is no run “%s”"), id);
  return run;
}

gboolean
service_add_run (Service    *self,
                 HostedRun  *run,
                 GError    **error)
{
  run->registration_id = export (self, run->path, &org_codomyrmex_myrmex1_run_interface, error);
  if (run->registration_id == 0)
    return FALSE;

  g_ptr_array_add (self->runs, run);
  g_hash_table_insert (self->by_id, run->row->id, run);
  if (run->row->token != NULL)
    g_hash_table_insert (self->by_id, run->row->token, run);
  self->n_active++;
  active_changed (self);
  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, OBJECT_MANAGER, "InterfacesAdded",
                                 g_variant_new ("(o@a{sa{sv}})", run->path, describe_interfaces (run)), NULL);
  return TRUE;
}

void
service_remove_run (Service   *self,
                    HostedRun *run)
{
  const char *interfaces[] = { MYRMEX_BUS_RUN, NULL };

  if (run->has_ended)
    self->n_ended--;
  else
    self->n_active--;
  g_dbus_connection_unregister_object (self->connection, run->registration_id);
  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, OBJECT_MANAGER, "InterfacesRemoved",
                                 g_variant_new ("(o^as)", run->path, interfaces), NULL);
  g_hash_table_remove (self->by_id, run->row->id);
  if (run->row->token != NULL)
    g_hash_table_remove (self->by_id, run->row->token);
  hosted_run_close (run);
  g_ptr_array_remove (self->runs, run);
  service_touch (self);
}

static void
remove_oldest (Service *self)
{
  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      if (run->has_ended)
        {
          service_remove_run (self, run);
          return;
        }
    }
}

/* --- From begin to end --- */

static void
caller_gone_cb (Caller   *caller,
                gpointer  data)
{
  Service *self = data;

  for (guint i = 0; i < self->runs->len; i++)
    hosted_run_forget (self->runs->pdata[i], caller);
  service_touch (self);
}

static gboolean
register_objects (Service  *self,
                  GError  **error)
{
  const GDBusInterfaceInfo *interfaces[] = {
    &org_codomyrmex_myrmex1_manager_interface,
    &org_freedesktop_dbus_object_manager_interface,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      self->registration_ids[i] = export (self, MYRMEX_BUS_PATH, interfaces[i], error);
      if (self->registration_ids[i] == 0)
        return FALSE;
    }
  return TRUE;
}

Service *
service_new (GDBusConnection  *connection,
             MyrmexConfig     *config,
             MyrmexJournal    *journal,
             guint             idle_timeout,
             ServiceFunc       left,
             ServiceFunc       idle,
             gpointer          data,
             GError          **error)
{
  Service *self = g_new0 (Service, 1);

  myrmex_bus_register_errors ();
  self->connection = g_object_ref (connection);
  self->config = g_object_ref (config);
  self->runner = g_object_new (MYRMEX_TYPE_LOCAL_RUNNER,
                               "max-parallel", myrmex_config_get_uint (config, "run.max-parallel"),
                               "owns-process", TRUE,
                               NULL);
  self->journal = g_object_ref (journal);
  self->logs = folders_dup_root (myrmex_journal_get_path (journal));
  self->owner = g_strdup_printf ("%u", (guint) getuid ());
  myrmex_journal_attach_runner (journal, MYRMEX_LOCAL_RUNNER (self->runner));
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) hosted_run_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->submissions = g_hash_table_new (NULL, NULL);
  self->idle_timeout = idle_timeout;
  self->left = left;
  self->idle = idle;
  self->data = data;
  self->callers = callers_new (connection, caller_gone_cb, self);
  if (!register_objects (self, error))
    {
      service_free (self);
      return NULL;
    }
  service_touch (self);
  return self;
}

void
service_set_config (Service      *self,
                    MyrmexConfig *config)
{
  g_set_object (&self->config, config);
}

void
service_set_ready (Service *self)
{
  self->is_ready = TRUE;
  answer_early (self);
  service_touch (self);
}

/* What was accepted is in the journal, and so is what came of it so far. */
void
service_check_left (Service *self)
{
  if (self->is_closing && self->n_leaving == 0 && !self->is_recovering &&
      g_hash_table_size (self->submissions) == 0)
    self->left (self, self->data);
}

static void
gone_cb (MyrmexRun *run,
         Service   *self)
{
  self->n_leaving--;
  service_check_left (self);
}

/* Nobody is told how it ends here: it has not ended. */
static void
let_go (Service   *self,
        HostedRun *run)
{
  hosted_run_close (run);
  if (run->has_ended)
    return;
  self->n_leaving++;
  g_signal_connect (run->run, "finished", G_CALLBACK (gone_cb), self);
  myrmex_local_run_abandon (run->run);
}

void
service_close (Service *self)
{
  gboolean force = self->is_closing;

  g_atomic_int_set (&self->is_closing, TRUE);
  g_clear_handle_id (&self->idle_id, g_source_remove);
  myrmex_local_runner_hold (MYRMEX_LOCAL_RUNNER (self->runner));
  answer_early (self);
  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      if (!force)
        let_go (self, run);
      else if (!run->has_ended)
        myrmex_local_run_abandon (run->run);
    }
  if (!force)
    service_check_left (self);
}

void
service_free (Service *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->registration_ids); i++)
    {
      if (self->registration_ids[i] != 0)
        g_dbus_connection_unregister_object (self->connection, self->registration_ids[i]);
    }
  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      g_dbus_connection_unregister_object (self->connection, run->registration_id);
      if (run->run != NULL)
        g_signal_handlers_disconnect_by_data (run->run, self);
    }
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_handle_id (&self->active_id, g_source_remove);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->submissions);
  g_ptr_array_unref (self->runs);
  callers_free (self->callers);
  g_queue_clear_full (&self->early, g_free);
  g_object_unref (self->runner);
  g_object_unref (self->journal);
  g_free (self->logs);
  g_free (self->owner);
  g_object_unref (self->config);
  g_object_unref (self->connection);
  g_free (self);
}

/* Of a run: told it has ended. */
void
service_run_ended (HostedRun *run,
                   gpointer   data)
{
  Service *self = data;

  self->n_active--;
  self->n_ended++;
  if (run->submitter != NULL)
    run->submitter->n_pending--;
  active_changed (self);
  if (self->n_ended > MYRMEX_BUS_MAX_ENDED)
    remove_oldest (self);
  service_touch (self);
}
