/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/myrmex-error.h"
#include "process/myrmex-process-host-private.h"

/* How much of the reason why a supervisor did not start is told, in bytes. */
#define MAX_REASON_BYTES (1024)

/* What is told to a service by who started it is not for what it starts. */
static const char * const private_variables[] = {
  "DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE", "INVOCATION_ID", "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS",
  "LISTEN_PID", "MANAGERPID", "NOTIFY_SOCKET", "SYSTEMD_EXEC_PID", "WATCHDOG_PID", "WATCHDOG_USEC",
};

/* Where the supervisor of the service with that journal listens; NULL where an empty MYRMEX_SUPERVISOR says that there
 * is none. A service that has another journal than the user's has another supervisor, too. */
char *
myrmex_process_dup_supervisor_path (const char *journal_path)
{
  const char *program = g_getenv ("MYRMEX_SUPERVISOR");
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".local", "state", "myrmex", "journal.db", NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, journal_path, -1);
  g_autofree char *name = NULL;

  if (program != NULL && program[0] == '\0')
    return NULL;
  if (g_str_equal (journal_path, usual))
    name = g_strdup ("supervisor");
  else
    name = g_strdup_printf ("supervisor-%.12s", hash);
  return g_build_filename (g_get_user_runtime_dir (), "myrmex", name, NULL);
}

static const char *
get_program (void)
{
  const char *program = g_getenv ("MYRMEX_SUPERVISOR");

  return program != NULL && program[0] != '\0' ? program : MYRMEX_LIBEXECDIR "/myrmex-supervisor";
}

/* Why it did not start: what it wrote, or how it ended. */
static void
explain_launch (const char  *program,
                int          output,
                int          status,
                GError     **error)
{
  char text[MAX_REASON_BYTES];
  ssize_t n = read (output, text, sizeof text - 1);

  text[MAX (n, 0)] = '\0';
  g_strstrip (text);
  if (text[0] == '\0')
    g_snprintf (text, sizeof text, "%s %d", WIFSIGNALED (status) ? "signal" : "exit",
                WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status));
  g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("The supervisor “%s” could not be started: %s"),
               program, text);
}

static int
spawn_program (MyrmexProcessHost *host,
               const char        *path,
               const char        *program,
               int                output,
               pid_t             *pid)
{
  g_auto (GStrv) environment = g_get_environ ();
  const char *argv[] = { program, "--socket", path, NULL };
  MyrmexProcessProgram start = { .path = program, .argv = (char * const *) argv,
                                 .fds = { host->null_fd, output, output, -1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (private_variables); i++)
    environment = g_environ_unsetenv (environment, private_variables[i]);
  start.envp = environment;
  return myrmex_process_program_spawn (&start, &host->attributes, pid);
}

/* Starts a supervisor that listens at @path: the program ends when its child listens, or when another one does. */
gboolean
myrmex_process_launch (MyrmexProcessHost  *host,
                       const char         *path,
                       GError            **error)
{
  const char *program = get_program ();
  int output[2];
  int status = 0;
  pid_t pid, ended;
  int code;

  code = pipe2 (output, O_CLOEXEC) < 0 ? errno : 0;
  if (code == 0)
    {
      /* Descriptors that are the child's to be are no good here. */
      int high = fcntl (output[1], F_DUPFD_CLOEXEC, 4);

      code = high < 0 ? errno : spawn_program (host, path, program, high, &pid);
      close (output[1]);
      if (high >= 0)
        close (high);
      if (code != 0)
        close (output[0]);
    }
  if (code != 0)
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("The supervisor “%s” could not be started: %s"),
                   program, g_strerror (code));
      return FALSE;
    }

  do
    ended = waitpid (pid, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended == pid && status != 0)
    explain_launch (program, output[0], status, error);
  close (output[0]);
  return ended != pid || status == 0;
}
