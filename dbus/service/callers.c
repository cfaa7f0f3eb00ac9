/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Each caller is checked once, before anything else that it asks is looked at, and the answer is kept as long as it
 * has its name. A caller of the bus is a connection: its process may have gone and its number may be another's by now.
 *
 *   bus: whose credentials? → uid, pid, and a pidfd where the bus gives one
 *   another uid → refused
 *   hold the process (pidfd), note when it began
 *   did it begin after the connection was made? → it only has the number of who made it: refused
 *   is it in a sandbox? → refused
 *   without the bus's pidfd: bus, is that still its pid? → no: refused
 *   does the process still live, and is it the one that began then? → no: refused
 */

#include "callers.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <myrmex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

#define BUS "org.freedesktop.DBus"

/* A bus that takes its time still has the answer, and who has none is refused for as long as the connection lasts. */
#define NO_TIMEOUT (G_MAXINT)

struct _Callers
{
  GDBusConnection *connection;
  GHashTable      *table;     /* name → Caller */
  GHashTable      *appeared;  /* name → when its connection was made, of those that were made since @began */
  guint64          began;     /* microseconds since the machine started, as all of these */
  guint            watch_id;
  GCancellable    *cancellable;
  CallerGoneFunc   gone;
  gpointer         data;
  int              proc_fd;
  pid_t            reference; /* 0: not known yet */
};

typedef struct
{
  CallerAdmitFunc func;
  gpointer        data;
  GDestroyNotify  destroy; /* of @data, if @func is never called */
} Waiting;

static void
waiting_drop (gpointer data)
{
  Waiting *waiting = data;

  waiting->destroy (waiting->data);
  g_free (waiting);
}

/* One check under way. */
typedef struct
{
  Callers *callers;
  Caller  *caller;
  pid_t    pid;
  int      pidfd;
  gboolean is_of_bus;   /* the pidfd */
  guint64  start_time;
} Check;

static void
check_free (Check *check)
{
  caller_unref (check->caller);
  if (check->pidfd >= 0)
    close (check->pidfd);
  g_free (check);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

Caller *
caller_ref (Caller *self)
{
  self->ref_count++;
  return self;
}

void
caller_unref (Caller *self)
{
  if (--self->ref_count > 0)
    return;
  g_clear_error (&self->refusal);
  g_free (self->name);
  g_free (self);
}

/* Tells those who wait. Whatever they do, the caller is still there. */
static void
caller_decide (Caller *self,
               GError *refusal)
{
  Waiting *waiting;

  self->is_checking = FALSE;
  self->is_admitted = refusal == NULL;
  g_clear_error (&self->refusal);
  self->refusal = refusal;
  while ((waiting = g_queue_pop_head (&self->waiting)) != NULL)
    {
      waiting->func (self, self->refusal, waiting->data);
      g_free (waiting);
    }
}

/* The name is gone, and with it all that was held for it. */
static void
caller_leave (Caller *self)
{
  Callers *callers = self->callers;

  self->callers = NULL;
  if (self->is_checking)
    caller_decide (self, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("The caller has gone")));
  callers->gone (self, callers->data);
  g_hash_table_remove (callers->table, self->name);
}

static guint64
get_uptime (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (guint64) now.tv_sec * G_USEC_PER_SEC + (guint64) now.tv_nsec / 1000;
}

static void
name_changed_cb (GDBusConnection *connection,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *signal,
                 GVariant        *parameters,
                 gpointer         data)
{
  Callers *self = data;
  const char *name, *old_owner, *new_owner;
  Caller *caller;

  g_variant_get (parameters, "(&s&s&s)", &name, &old_owner, &new_owner);
  if (name[0] != ':')
    return;
  if (new_owner[0] != '\0')
    {
      guint64 now = get_uptime ();

      g_hash_table_insert (self->appeared, g_strdup (name), g_memdup2 (&now, sizeof now));
      return;
    }
  g_hash_table_remove (self->appeared, name);
  caller = g_hash_table_lookup (self->table, name);
  if (caller != NULL)
    {
      g_autoptr (Caller) kept = caller_ref (caller);

      caller_leave (kept);
    }
}

static gboolean
is_alive (int pidfd)
{
  struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

  return poll (&poll_fd, 1, 0) == 0;
}

/* A process takes the number of one that made a connection and left it to a child, and is taken for that one: it began
 * later than the connection. The bus tells the number, and of itself nothing else. That is as exact as the clock of
 * processes, and as this process is quick to hear of connections: a number comes round by far later. */
static gboolean
is_old_enough (Check *check)
{
  const guint64 *appeared = g_hash_table_lookup (check->callers->appeared, check->caller->name);
  const guint64 ticks = (guint64) sysconf (_SC_CLK_TCK);

  return check->start_time * G_USEC_PER_SEC / ticks <= (appeared != NULL ? *appeared : check->callers->began);
}

/* The last step. */
static gboolean
check_identity (Check   *check,
                GError **error)
{
  guint64 start_time;

  if (!sandbox_get_start_time (check->callers->proc_fd, check->pid, &start_time, error))
    return FALSE;
  if (start_time != check->start_time || !is_old_enough (check) || (check->pidfd >= 0 && !is_alive (check->pidfd)))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("The process of the caller has gone"));
      return FALSE;
    }
  return TRUE;
}

static void
decide (Check  *check,
        GError *refusal)
{
  if (check->caller->callers != NULL)
    {
      if (refusal != NULL)
        g_info ("caller %s is refused: %s", check->caller->name, refusal->message);
      caller_decide (check->caller, refusal);
    }
  else
    {
      g_clear_error (&refusal);
    }
}

static void
asked_again_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &failure);
  GError *error = NULL;
  guint32 pid = 0;

  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    g_variant_get (reply, "(u)", &pid);
  if (reply == NULL || pid != (guint32) check->pid)
    g_set_error (&error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("The bus does not know the caller any more"));
  else
    check_identity (check, &error);
  decide (check, error);
}

/* Where the kernel has none, when the process began has to tell it from others. */
static int
open_pidfd (pid_t pid)
{
  return (int) syscall (SYS_pidfd_open, pid, 0);
}

static gboolean
take_credentials (Check        *check,
                  GVariant     *reply,
                  GUnixFDList  *fds,
                  GError      **error)
{
  g_autoptr (GVariant) credentials = g_variant_get_child_value (reply, 0);
  guint32 uid, pid;
  gint32 handle;

  if (!g_variant_lookup (credentials, "UnixUserID", "u", &uid) || uid != getuid ())
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("Only the owner of the service may call it"));
      return FALSE;
    }
  if (!g_variant_lookup (credentials, "ProcessID", "u", &pid) || pid == 0 || pid > G_MAXINT)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("The bus does not tell the process of the caller"));
      return FALSE;
    }
  check->pid = (pid_t) pid;
  if (fds != NULL && g_variant_lookup (credentials, "ProcessFD", "h", &handle))
    check->pidfd = g_unix_fd_list_get (fds, handle, NULL);
  check->is_of_bus = check->pidfd >= 0;
  if (!check->is_of_bus)
    {
      check->pidfd = open_pidfd (check->pid);
      if (check->pidfd < 0 && errno != ENOSYS)
        {
          g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_ACCESS_DENIED, _("The process of the caller has gone"));
          return FALSE;
        }
    }
  return sandbox_get_start_time (check->callers->proc_fd, check->pid, &check->start_time, error) &&
         sandbox_check (check->callers->proc_fd, check->pid, check->callers->reference, error);
}

static void
got_credentials_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) failure = NULL;
  GError *error = NULL;

  reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &fds, result, &failure);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      /* It had gone before anybody could be told that it goes. */
      if (check->caller->callers != NULL)
        caller_leave (check->caller);
      return;
    }
  if (!take_credentials (check, reply, fds, &error) || check->is_of_bus)
    {
      if (error == NULL)
        check_identity (check, &error);
      decide (check, error);
      return;
    }
  g_dbus_connection_call (G_DBUS_CONNECTION (source), BUS, "/org/freedesktop/DBus", BUS, "GetConnectionUnixProcessID",
                          g_variant_new ("(s)", check->caller->name), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, NO_TIMEOUT, check->callers->cancellable, asked_again_cb, check);
  g_steal_pointer (&check);
}

static void
begin_check (Callers *self,
             Caller  *caller)
{
  Check *check = g_new0 (Check, 1);

  caller->is_checking = TRUE;
  check->callers = self;
  check->caller = caller_ref (caller);
  check->pidfd = -1;
  g_dbus_connection_call_with_unix_fd_list (self->connection, BUS, "/org/freedesktop/DBus", BUS,
                                            "GetConnectionCredentials", g_variant_new ("(s)", caller->name),
                                            G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, NO_TIMEOUT, NULL,
                                            self->cancellable, got_credentials_cb, check);
}

static Caller *
caller_new (Callers    *callers,
            const char *name)
{
  Caller *self = g_new0 (Caller, 1);

  self->ref_count = 1;
  self->callers = callers;
  self->name = g_strdup (name);
  return self;
}

void
callers_admit (Callers         *self,
               const char      *name,
               CallerAdmitFunc  func,
               gpointer         data,
               GDestroyNotify   destroy)
{
  Caller *caller = g_hash_table_lookup (self->table, name);
  Waiting *waiting;

  if (caller != NULL && !caller->is_checking)
    {
      g_autoptr (Caller) kept = caller_ref (caller);

      func (caller, caller->refusal, data);
      return;
    }
  if (caller == NULL)
    {
      caller = caller_new (self, name);
      g_hash_table_insert (self->table, caller->name, caller);
      begin_check (self, caller);
    }
  waiting = g_new (Waiting, 1);
  *waiting = (Waiting) { func, data, destroy };
  g_queue_push_tail (&caller->waiting, waiting);
}

Caller *
callers_restore (Callers    *self,
                 const char *name)
{
  Caller *caller = g_hash_table_lookup (self->table, name);

  if (caller == NULL)
    {
      caller = caller_new (self, name);
      g_hash_table_insert (self->table, caller->name, caller);
      begin_check (self, caller);
    }
  return caller_ref (caller);
}

gboolean
callers_are_busy (Callers *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Caller *caller = value;

      if (caller->is_checking || caller->n_asked > 0 || caller->n_waits > 0 || caller->n_subscriptions > 0)
        return TRUE;
    }
  return FALSE;
}

/* The bus daemon is of the session and in no sandbox: its namespaces are what callers are compared with. Those of this
 * process are not, since a hardened unit may give it some of its own. */
static pid_t
find_reference (GDBusConnection *connection)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  guint32 pid;

  reply = g_dbus_connection_call_sync (connection, BUS, "/org/freedesktop/DBus", BUS, "GetConnectionUnixProcessID",
                                       g_variant_new ("(s)", BUS), G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE,
                                       NO_TIMEOUT, NULL, &error);
  if (reply == NULL)
    {
      g_warning ("the process of the bus is not known, so all callers are refused: %s", error->message);
      return 0;
    }
  g_variant_get (reply, "(u)", &pid);
  return (pid_t) pid;
}

static void
check_reference (Callers *self)
{
  g_autoptr (GError) error = NULL;

  if (self->reference != 0 && !sandbox_check (self->proc_fd, self->reference, self->reference, &error))
    g_warning ("nobody can be looked at from here, so all callers are refused; where the unit of this service has "
               "PrivateUsers= or what needs it, take that away: %s", error->message);
}

Callers *
callers_new (GDBusConnection *connection,
             CallerGoneFunc   gone,
             gpointer         data)
{
  Callers *self = g_new0 (Callers, 1);

  self->connection = g_object_ref (connection);
  self->cancellable = g_cancellable_new ();
  self->gone = gone;
  self->data = data;
  self->proc_fd = open ("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  self->appeared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->watch_id = g_dbus_connection_signal_subscribe (connection, BUS, BUS, "NameOwnerChanged",
                                                       "/org/freedesktop/DBus", NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                       name_changed_cb, self, NULL);
  self->reference = find_reference (connection);
  /* The bus has answered, so it tells of every connection that is made from here on. */
  self->began = get_uptime ();
  check_reference (self);
  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) caller_unref);
  return self;
}

void
callers_free (Callers *self)
{
  GHashTableIter iter;
  gpointer value;

  g_cancellable_cancel (self->cancellable);
  g_dbus_connection_signal_unsubscribe (self->connection, self->watch_id);
  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Caller *caller = value;

      caller->callers = NULL;
      g_queue_clear_full (&caller->waiting, waiting_drop);
    }
  g_hash_table_unref (self->table);
  g_hash_table_unref (self->appeared);
  if (self->proc_fd >= 0)
    close (self->proc_fd);
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  g_free (self);
}
