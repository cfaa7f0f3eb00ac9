/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* The one gate that every call goes through, whatever it is: the caller is checked first, then the object is looked up,
 * in memory or in the journal, then the method is called. Calls that come before the service is ready wait here. */

#include "gate.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "interfaces/myrmex-bus-private.h"
#include "myrmex-bus-interfaces.h"

#define PROPERTIES     "org.freedesktop.DBus.Properties"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

static const char * const manager_properties[] = { "Version", "InterfaceVersion", "RunsActive", "MaxParallel",
                                                  "JournalSetAside" };

void
service_fail (const Call *call,
              GError     *error)
{
  g_dbus_method_invocation_take_error (call->invocation, error);
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

static void
call_free (Call *call)
{
  g_clear_pointer (&call->caller, caller_unref);
  g_clear_pointer (&call->run, hosted_run_unref);
  g_free (call);
}

/* The service leaves: who called is told by the bus that there is no answer, and asks the next one. */
static void
call_drop (gpointer data)
{
  Call *call = data;

  g_object_unref (call->invocation);
  call_free (call);
}

static gboolean
is_of_run (const Call *call)
{
  return g_str_has_prefix (g_dbus_method_invocation_get_object_path (call->invocation), MYRMEX_BUS_RUN_PATH);
}

/* Takes @call. */
static void
call_method (Call *call)
{
  GDBusMethodInvocation *invocation = call->invocation;
  const char *interface = g_dbus_method_invocation_get_interface_name (invocation);
  const Method *method = find_method (interface, g_dbus_method_invocation_get_method_name (invocation));
  Service *service = call->service;

  call->parameters = g_dbus_method_invocation_get_parameters (invocation);
  if (method == NULL)
    g_dbus_method_invocation_return_error (invocation, MYRMEX_ERROR, MYRMEX_ERROR_NOT_SUPPORTED,
                                           _("This service has no such method"));
  else if (call->run != NULL && call->run->run == NULL && method->needs_run)
    g_dbus_method_invocation_return_gerror (invocation, call->run->error);
  else
    method->func (call);
  call_free (call);
  service_touch (service);
}

static void
hosted_cb (HostedRun    *run,
           const GError *error,
           gpointer      data)
{
  Call *call = data;

  if (run == NULL)
    {
      g_dbus_method_invocation_return_gerror (call->invocation, error);
      call_free (call);
      return;
    }
  call->run = hosted_run_ref (run);
  call_method (call);
}

static void
admitted_cb (Caller       *caller,
             const GError *refusal,
             gpointer      data)
{
  Call *call = data;

  /* It came with what had the service leave. */
  if (call->service->is_over)
    {
      call_drop (call);
      return;
    }
  call->caller = caller_ref (caller);
  if (refusal != NULL)
    {
      Service *service = call->service;

      g_dbus_method_invocation_return_gerror (call->invocation, refusal);
      call_free (call);
      service_touch (service);
    }
  else if (is_of_run (call))
    {
      const char *path = g_dbus_method_invocation_get_object_path (call->invocation);

      hosting_find (call->service, path + strlen (MYRMEX_BUS_RUN_PATH), hosted_cb, call);
    }
  else
    {
      call_method (call);
    }
}

static void
admit (Service *self,
       Call    *call)
{
  callers_admit (self->callers, g_dbus_method_invocation_get_sender (call->invocation), admitted_cb, call,
                 call_drop);
}

void
gate_open (Service *self)
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

/* --- Runs are found when they are called: most of those that have ended are not in memory --- */

static char **
enumerate_cb (GDBusConnection *connection,
              const char      *sender,
              const char      *path,
              gpointer         data)
{
  Service *self = data;
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->runs->len; i++)
    {
      HostedRun *run = self->runs->pdata[i];

      g_ptr_array_add (names, g_strdup (run->path + strlen (MYRMEX_BUS_RUN_PATH)));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static GDBusInterfaceInfo **
introspect_cb (GDBusConnection *connection,
               const char      *sender,
               const char      *path,
               const char      *node,
               gpointer         data)
{
  GDBusInterfaceInfo **interfaces = g_new0 (GDBusInterfaceInfo *, 2);

  if (node != NULL)
    interfaces[0] = g_dbus_interface_info_ref ((GDBusInterfaceInfo *) &org_codomyrmex_myrmex1_run_interface);
  return interfaces;
}

static const GDBusInterfaceVTable *
dispatch_cb (GDBusConnection *connection,
             const char      *sender,
             const char      *path,
             const char      *interface,
             const char      *node,
             gpointer        *out_data,
             gpointer         data)
{
  *out_data = data;
  return &vtable;
}

static const GDBusSubtreeVTable runs_vtable = { enumerate_cb, introspect_cb, dispatch_cb, { NULL } };

/* --- On the bus --- */

gboolean
gate_register (Service  *self,
               GError  **error)
{
  static const GDBusInterfaceInfo * const interfaces[] = {
    &org_codomyrmex_myrmex1_manager_interface,
    &org_freedesktop_dbus_object_manager_interface,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      self->registration_ids[i] =
        g_dbus_connection_register_object (self->connection, MYRMEX_BUS_PATH, (GDBusInterfaceInfo *) interfaces[i],
                                           &vtable, self, NULL, error);
      if (self->registration_ids[i] == 0)
        return FALSE;
    }
  self->subtree_id =
    g_dbus_connection_register_subtree (self->connection, MYRMEX_BUS_PATH "/run", &runs_vtable,
                                        G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, self, NULL, error);
  return self->subtree_id != 0;
}

void
gate_unregister (Service *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->registration_ids); i++)
    {
      if (self->registration_ids[i] != 0)
        g_dbus_connection_unregister_object (self->connection, self->registration_ids[i]);
    }
  if (self->subtree_id != 0)
    g_dbus_connection_unregister_subtree (self->connection, self->subtree_id);
  g_queue_clear_full (&self->early, call_drop);
}

void
gate_tell_added (Service   *self,
                 HostedRun *run)
{
  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, OBJECT_MANAGER, "InterfacesAdded",
                                 g_variant_new ("(o@a{sa{sv}})", run->path, describe_interfaces (run)), NULL);
}

void
gate_tell_removed (Service    *self,
                   const char *path)
{
  const char *interfaces[] = { MYRMEX_BUS_RUN, NULL };

  g_dbus_connection_emit_signal (self->connection, NULL, MYRMEX_BUS_PATH, OBJECT_MANAGER, "InterfacesRemoved",
                                 g_variant_new ("(o^as)", path, interfaces), NULL);
}
