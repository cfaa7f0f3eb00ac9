/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/myrmex-proc-private.h"

static char *helper;

const char *
fixture_helper (void)
{
  return helper;
}

static gboolean
write_cgroup (const char *folder,
              const char *name,
              const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean success = fd >= 0 && write (fd, text, 1) == 1;

  if (fd >= 0)
    close (fd);
  return success;
}

static gboolean
enter_cgroup (const char *folder)
{
  return write_cgroup (folder, "cgroup.procs", "0");
}

/* Into a control group of its own, as of a service that may divide it. */
static gboolean
take_cgroup (Fixture *self)
{
  static const char *const roots[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
  g_autofree char *text = NULL;
  g_autofree char *name = g_strdup_printf ("test-myrmex-%d", (int) getpid ());
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (roots) && g_str_has_prefix (lines[i], "0::"); j++)
      {
        self->cgroup_before = g_build_filename (roots[j], lines[i] + 3, NULL);
        self->cgroup = g_build_filename (self->cgroup_before, name, NULL);
        if (g_mkdir (self->cgroup, 0755) == 0 && enter_cgroup (self->cgroup))
          return TRUE;
        g_rmdir (self->cgroup);
        g_clear_pointer (&self->cgroup_before, g_free);
        g_clear_pointer (&self->cgroup, g_free);
      }
  return FALSE;
}

/* The host has left no group in it. */
static void
leave_cgroup (Fixture *self)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;

  g_assert_true (enter_cgroup (self->cgroup_before));
  while (g_rmdir (self->cgroup) < 0)
    {
      /* What has ended is in it for a moment more. */
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  g_clear_pointer (&self->cgroup_before, g_free);
  g_clear_pointer (&self->cgroup, g_free);
}

/* All that is in it is killed, which is nobody; this process is in it again when that is done. */
void
fixture_kill_cgroup (Fixture *self)
{
  g_assert_true (enter_cgroup (self->cgroup_before));
  g_assert_true (write_cgroup (self->cgroup, "cgroup.kill", "1"));
  g_assert_true (enter_cgroup (self->cgroup));
}

static gboolean
has_cgroups (void)
{
  Fixture fixture = { 0 };

  if (!take_cgroup (&fixture))
    return FALSE;
  leave_cgroup (&fixture);
  return TRUE;
}

void
fixture_set_up (Fixture       *self,
                gconstpointer  flags)
{
  g_autoptr (GError) error = NULL;

  if (GPOINTER_TO_INT (flags) & MYRMEX_PROCESS_HOST_CGROUPS)
    g_assert_true (take_cgroup (self));
  self->folder = g_dir_make_tmp ("myrmex-process-XXXXXX", &error);
  g_assert_no_error (error);
  helper = g_build_filename (self->folder, "escape", NULL);
  g_assert_cmpint (symlink (g_getenv ("MYRMEX_TEST_ESCAPE"), helper), ==, 0);
  if (GPOINTER_TO_INT (flags) & FIXTURE_REMOTE)
    {
      self->socket = g_build_filename (self->folder, "supervisor", "socket", NULL);
      self->host = myrmex_process_host_new_remote (self->socket, &error);
    }
  else
    {
      self->host = myrmex_process_host_new (GPOINTER_TO_INT (flags), &error);
    }
  g_assert_no_error (error);
}

static void
skip (Fixture       *self,
      gconstpointer  flags)
{
  g_test_skip ("no control group can be made here");
}

/* Of the one kind of host that the flags tell. */
void
fixture_add_tests (const char        *prefix,
                   int                flags,
                   const FixtureTest *tests,
                   gsize              n_tests)
{
  const gboolean can_be = (flags & MYRMEX_PROCESS_HOST_CGROUPS) == 0 || has_cgroups ();

  for (gsize i = 0; i < n_tests; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", prefix, tests[i].name);

      if ((flags & FIXTURE_REMOTE) == 0 || !tests[i].is_of_here)
        g_test_add (path, Fixture, GINT_TO_POINTER (flags), can_be ? fixture_set_up : NULL,
                    can_be ? tests[i].func : skip, can_be ? fixture_tear_down : NULL);
    }
}

/* Of each kind of host that starts its commands itself. */
void
fixture_add_local_tests (const char        *prefix,
                         const FixtureTest *tests,
                         gsize              n_tests)
{
  static const struct
  {
    const char             *name;
    MyrmexProcessHostFlags  flags;
  } modes[] = {
    { "embedded", MYRMEX_PROCESS_HOST_EMBEDDED },
    { "no-pidfd", MYRMEX_PROCESS_HOST_NO_PIDFD },
    { "owner", MYRMEX_PROCESS_HOST_OWNER },
    { "cgroups", MYRMEX_PROCESS_HOST_OWNER | MYRMEX_PROCESS_HOST_CGROUPS },
  };

  for (guint mode = 0; mode < G_N_ELEMENTS (modes); mode++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", prefix, modes[mode].name);

      fixture_add_tests (path, modes[mode].flags, tests, n_tests);
    }
}

/* A file of the folder, or "" if it is not there. */
char *
fixture_read_file (Fixture    *self,
                   const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

/* Another service comes, when the one before has gone. */
void
fixture_renew_remote (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->host, myrmex_process_host_free);
  self->host = myrmex_process_host_new_remote (self->socket, &error);
  g_assert_no_error (error);
}

/* Somebody else connects to the supervisor. */
int
fixture_connect (Fixture *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, self->socket, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

/* Somebody else listens where the supervisor would. */
int
fixture_listen (Fixture *self)
{
  g_autofree char *folder = g_path_get_dirname (self->socket);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_strlcpy (address.sun_path, self->socket, sizeof address.sun_path);
  g_assert_cmpint (bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 5), ==, 0);
  return listener;
}

/* Whether the build has a supervisor. */
gboolean
fixture_has_supervisor (void)
{
  const char *program = g_getenv ("MYRMEX_SUPERVISOR");

  return program != NULL && program[0] != '\0';
}

/* The processes of the supervisor, the guard first. */
GArray *
fixture_find_pair (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (MyrmexProcStat));
  g_autofree char *option = g_strdup_printf ("--socket\n%s", self->socket);
  const char *name;

  g_strdelimit (option, "\n", '\0');
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      MyrmexProcStat stat;
      gsize length = 0;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) &&
          memmem (text, length, option, strlen ("--socket") + 1 + strlen (self->socket)) != NULL &&
          myrmex_proc_read_stat ((pid_t) atoi (name), &stat) && !stat.gone)
        g_array_append_val (pids, stat);
    }
  if (pids->len == 2 &&
      g_array_index (pids, MyrmexProcStat, 0).parent == g_array_index (pids, MyrmexProcStat, 1).pid)
    {
      MyrmexProcStat first = g_array_index (pids, MyrmexProcStat, 0);

      g_array_append_val (pids, first);
      g_array_remove_index (pids, 0);
    }
  return pids;
}

void
fixture_await_no_pair (Fixture *self)
{
  const gint64 end = g_get_monotonic_time () + PATIENCE;

  for (;;)
    {
      g_autoptr (GArray) pids = fixture_find_pair (self);

      if (pids->len == 0)
        return;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (2000);
    }
}

static void
end_supervisor (Fixture *self)
{
  g_autoptr (GArray) pids = fixture_find_pair (self);

  if (pids->len > 0)
    kill (g_array_index (pids, MyrmexProcStat, 0).pid, SIGTERM);
  fixture_await_no_pair (self);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_remove (path) < 0)
        remove_folder (path);
    }
  g_rmdir (folder);
}

void
fixture_tear_down (Fixture       *self,
                   gconstpointer  flags)
{
  g_clear_pointer (&self->host, myrmex_process_host_free);
  if (self->cgroup != NULL)
    leave_cgroup (self);
  if (self->socket != NULL)
    end_supervisor (self);
  g_clear_pointer (&self->socket, g_free);
  remove_folder (self->folder);
  g_clear_pointer (&self->folder, g_free);
  g_assert_cmpuint (count_escaped (), ==, 0);
  g_clear_pointer (&helper, g_free);
  assert_no_children ();
  /* What an owner is stays after its host. */
  prctl (PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

Outcome *
outcome_new (void)
{
  Outcome *self = g_new0 (Outcome, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->progress = g_string_new (NULL);
  self->streams[0] = g_string_new (NULL);
  self->streams[1] = g_string_new (NULL);
  return self;
}

void
outcome_free (Outcome *self)
{
  g_string_free (self->progress, TRUE);
  g_string_free (self->streams[0], TRUE);
  g_string_free (self->streams[1], TRUE);
  g_free (self->value);
  g_free (self->tail);
  g_free (self->log_error);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static char *
copy_bytes (GBytes *bytes,
            gsize  *length)
{
  gconstpointer data;
  char *copy;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, length);
  copy = g_malloc0 (*length + 1);
  if (*length > 0)
    memcpy (copy, data, *length);
  return copy;
}

static void
ended_cb (MyrmexProcess             *process,
          const MyrmexProcessResult *result,
          gpointer                   user_data)
{
  Outcome *self = user_data;

  g_mutex_lock (&self->lock);
  self->over = TRUE;
  self->calls++;
  self->end = result->end;
  self->code = result->code;
  self->error = result->error != NULL ? g_error_copy (result->error) : NULL;
  self->stopped = result->stopped;
  self->killed = result->killed;
  self->strays = result->strays;
  self->strays_left = result->strays_left;
  self->value = copy_bytes (result->value, &self->value_length);
  self->value_over_limit = result->value_over_limit;
  self->output_bytes = result->output_bytes;
  self->log_bytes = result->log_bytes;
  self->log_over_limit = result->log_over_limit;
  self->log_error = result->log_error != NULL ? g_strdup (result->log_error->message) : NULL;
  self->tail = copy_bytes (result->tail, &self->tail_length);
  self->duration = result->ended - result->started;
  self->max_rss = result->max_rss;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
progress_cb (MyrmexProcess *process,
             guint64        done,
             guint64        total,
             const char    *message,
             gpointer       user_data)
{
  Outcome *self = user_data;

  g_mutex_lock (&self->lock);
  g_string_append_printf (self->progress, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s;", done, total, message);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
output_cb (MyrmexProcess       *process,
           MyrmexProcessStream  stream,
           const guint8        *data,
           gsize                length,
           gpointer             user_data)
{
  Outcome *self = user_data;

  g_mutex_lock (&self->lock);
  if (self->streams[stream]->len < 1024 * 1024)
    g_string_append_len (self->streams[stream], (const char *) data, (gssize) length);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
wait_changed (Outcome *self)
{
  if (!g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + PATIENCE))
    g_error ("waited in vain; so far: output “%s”, progress “%s”", self->streams[0]->str, self->progress->str);
}

void
outcome_wait (Outcome *self)
{
  g_mutex_lock (&self->lock);
  while (!self->over)
    wait_changed (self);
  g_mutex_unlock (&self->lock);
}

/* Until the command has written that to its standard output; needs an output callback. */
void
outcome_wait_output (Outcome    *self,
                     const char *text)
{
  g_mutex_lock (&self->lock);
  while (strstr (self->streams[0]->str, text) == NULL)
    {
      g_assert_false (self->over);
      wait_changed (self);
    }
  g_mutex_unlock (&self->lock);
}

/* Until the command has reported that. */
void
outcome_wait_progress (Outcome    *self,
                       const char *text)
{
  g_mutex_lock (&self->lock);
  while (strstr (self->progress->str, text) == NULL)
    {
      g_assert_false (self->over);
      wait_changed (self);
    }
  g_mutex_unlock (&self->lock);
}

/* Starts the command with callbacks into the outcome. */
MyrmexProcess *
try_command (MyrmexProcessHost  *host,
             MyrmexProcessSpec  *spec,
             Outcome            *outcome,
             GError            **error)
{
  spec->ended = ended_cb;
  spec->progress = progress_cb;
  spec->output = output_cb;
  spec->user_data = outcome;
  return myrmex_process_start (host, spec, error);
}

/* It must start. */
MyrmexProcess *
start_command (MyrmexProcessHost *host,
               MyrmexProcessSpec *spec,
               Outcome           *outcome)
{
  g_autoptr (GError) error = NULL;
  MyrmexProcess *process = try_command (host, spec, outcome, &error);

  g_assert_no_error (error);
  g_assert_nonnull (process);
  return process;
}

MyrmexProcess *
adopt_command (MyrmexProcessHost *host,
               const char        *cookie,
               Outcome           *outcome)
{
  const MyrmexProcessSpec spec = { .cookie = cookie, .ended = ended_cb, .progress = progress_cb, .user_data = outcome };
  g_autoptr (GError) error = NULL;
  MyrmexProcess *process = myrmex_process_adopt (host, &spec, &error);

  g_assert_no_error (error);
  return process;
}

/* With its log, its files and its working directory in the folder; $0 is the helper. */
MyrmexProcess *
fixture_start_script (Fixture    *self,
                      const char *script,
                      const char *cookie,
                      Outcome    *outcome)
{
  const char *argv[] = { "sh", "-c", script, HELPER, NULL };
  g_autofree char *log = g_build_filename (self->folder, "log", NULL);
  MyrmexProcessSpec spec = {
    .argv = argv, .cookie = cookie, .keep_output = TRUE, .log_path = log, .grace = 60, .directory = self->folder,
  };

  return start_command (self->host, &spec, outcome);
}

void
fixture_touch (Fixture    *self,
               const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* It must not start, whoever finds that out. */
GError *
start_error (Fixture           *self,
             MyrmexProcessSpec *spec)
{
  g_autoptr (Outcome) outcome = outcome_new ();
  GError *error = NULL;
  g_autoptr (MyrmexProcess) process = try_command (self->host, spec, outcome, &error);

  if (process != NULL && self->socket != NULL)
    {
      outcome_wait (outcome);
      g_assert_cmpint (outcome->end, ==, MYRMEX_PROCESS_FAILED);
      return g_steal_pointer (&outcome->error);
    }
  g_assert_null (process);
  g_assert_nonnull (error);
  return error;
}

Outcome *
run_spec (Fixture           *self,
          MyrmexProcessSpec *spec)
{
  Outcome *outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = start_command (self->host, spec, outcome);

  outcome_wait (outcome);
  return outcome;
}

Outcome *
run_command (Fixture    *self,
             const char *argument,
             ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  MyrmexProcessSpec spec = { .keep_output = TRUE, .grace = 5 };
  va_list arguments;

  va_start (arguments, argument);
  for (; argument != NULL; argument = va_arg (arguments, const char *))
    g_ptr_array_add (argv, (gpointer) argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);

  spec.argv = (const char *const *) argv->pdata;
  return run_spec (self, &spec);
}

Outcome *
run_shell (Fixture    *self,
           const char *script)
{
  return run_command (self, "sh", "-c", script, NULL);
}

static void
swept_cb (MyrmexProcessHost *host,
          guint              killed,
          gpointer           queue)
{
  g_async_queue_push (queue, GUINT_TO_POINTER (killed + 1));
}

/* Ends whatever has a cookie that begins so, and returns how many that were. */
guint
sweep (Fixture    *self,
       const char *cookie_prefix)
{
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();

  myrmex_process_host_sweep (self->host, cookie_prefix, swept_cb, queue);
  return GPOINTER_TO_UINT (g_async_queue_pop (queue)) - 1;
}

/* When what has ended has left nothing open: the host closes it at the end of its turn, and a sweep takes another. */
guint
count_descriptors (Fixture *self)
{
  g_autoptr (GDir) dir = NULL;
  guint count = 0;

  if (self->host != NULL)
    sweep (self, "nothing-has-this-cookie");
  dir = g_dir_open ("/proc/self/fd", 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count - 1; /* the folder's own */
}

/* How many processes run the helper, by its name alone: they may have hidden every other mark. */
guint
count_escaped (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length = 0;

      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &length, NULL) && length > 0)
        count += strcmp (text, helper) == 0;
    }
  return count;
}

/* How many living processes carry a cookie that begins so. */
guint
count_carriers (const char *cookie_prefix)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  g_autofree char *buffer = g_malloc (1024 * 1024);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      pid_t pid = (pid_t) g_ascii_strtoll (name, NULL, 10);
      MyrmexProcStat stat;
      const char *cookies;

      if (pid <= 0 || !myrmex_proc_read_stat (pid, &stat) || stat.gone)
        continue;
      cookies = myrmex_proc_read_cookie (&stat, buffer, 1024 * 1024);
      count += cookies != NULL && strstr (cookies, cookie_prefix) != NULL;
    }
  return count;
}

/* Every child has been waited for: there are no zombies. */
void
assert_no_children (void)
{
  siginfo_t info = { 0 };

  g_assert_cmpint (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), <, 0);
  g_assert_cmpint (errno, ==, ECHILD);
}
