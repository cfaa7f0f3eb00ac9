/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* myrmex-supervisor is a pair of processes, so that whichever goes takes all commands with it:
 *
 *   guard        the parent. Whatever the supervisor leaves when it is killed becomes its child, and is killed.
 *   supervisor   the child. It gets a signal when its parent goes, and kills all that it has.
 *
 * A lock beside the socket is held until both have gone: a later pair begins when nothing of an earlier one is left. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

/* A pair that starts waits so long for an earlier one that is leaving, in microseconds, and looks so often. */
#define LOCK_TIMEOUT (10 * G_USEC_PER_SEC)
#define LOCK_PAUSE   (20 * 1000)

/* Told to leave, it lets commands end by themselves, each within its grace, but not for longer than this, in seconds:
 * less than who told it waits. */
#define LEAVE_TIMEOUT_S (15)

/* What can not be killed, another user's, is left after so long, in microseconds. */
#define GUARD_TIMEOUT (5 * G_USEC_PER_SEC)
#define GUARD_PAUSE   (2 * 1000)

/* The first descriptor that systemd passes on. */
#define ACTIVATION_FD (3)

/* What the child gets when its parent goes. */
#define DEATH_SIGNAL SIGQUIT

typedef struct
{
  char     *path;         /* of the socket; empty: it was passed on and has none */
  int       listener;
  int       lock;
  gboolean  is_activated;
  gboolean  has_cgroup;   /* that is its own to divide */
} Place;

static gboolean
fail (const char *what)
{
  g_printerr ("%s: %s\n", what, g_strerror (errno));
  return FALSE;
}

static gboolean
fill_address (const char         *path,
              struct sockaddr_un *address)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address->sun_path)
    {
      errno = ENAMETOOLONG;
      return FALSE;
    }
  memcpy (address->sun_path, path, strlen (path));
  return TRUE;
}

/* The folder of the socket is this user's alone. */
static gboolean
make_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat info;

  if (g_mkdir_with_parents (folder, 0700) < 0 || stat (folder, &info) < 0)
    return fail (folder);
  if (info.st_uid == geteuid () && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
    return TRUE;
  errno = EPERM;
  return fail (folder);
}

static gboolean
is_served (const char *path)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address;
  gboolean answers = fd >= 0 && fill_address (path, &address) &&
                     connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  if (fd >= 0)
    close (fd);
  return answers;
}

/* Returns whether this process is to serve. Else another one does, for which @status is set, or something is wrong. */
static gboolean
take_lock (Place *place,
           int   *status)
{
  const gint64 deadline = g_get_monotonic_time () + LOCK_TIMEOUT;
  g_autofree char *lock_path = g_strconcat (place->path, ".lock", NULL);

  if (place->path[0] == '\0')
    return TRUE;
  place->lock = open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (place->lock < 0)
    return fail (lock_path);
  while (flock (place->lock, LOCK_EX | LOCK_NB) < 0)
    {
      if (errno != EWOULDBLOCK && errno != EINTR)
        return fail (lock_path);
      if (!place->is_activated && is_served (place->path))
        {
          *status = EXIT_SUCCESS;
          return FALSE;
        }
      if (g_get_monotonic_time () > deadline)
        {
          g_printerr (_("Another supervisor holds “%s” and does not answer\n"), lock_path);
          return FALSE;
        }
      g_usleep (LOCK_PAUSE);
    }
  return TRUE;
}

static gboolean
open_listener (Place *place)
{
  struct sockaddr_un address;
  mode_t mask;
  int code;

  if (!fill_address (place->path, &address))
    return fail (place->path);
  if (unlink (place->path) < 0 && errno != ENOENT)
    return fail (place->path);
  place->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (place->listener < 0)
    return fail (place->path);
  mask = umask (0177);
  code = bind (place->listener, (struct sockaddr *) &address, sizeof address);
  umask (mask);
  return (code == 0 && listen (place->listener, SOMAXCONN) == 0) || fail (place->path);
}

/* The socket that systemd listens at, if it has started this process. */
static gboolean
take_activation (Place *place)
{
  const char *pid = g_getenv ("LISTEN_PID");
  const char *count = g_getenv ("LISTEN_FDS");
  struct sockaddr_un address = { 0 };
  socklen_t length = sizeof address;
  int flags;

  if (pid == NULL || count == NULL || atoi (pid) != (int) getpid () || atoi (count) != 1)
    return FALSE;
  flags = fcntl (ACTIVATION_FD, F_GETFL);
  if (flags < 0 || fcntl (ACTIVATION_FD, F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl (ACTIVATION_FD, F_SETFD, FD_CLOEXEC) < 0 ||
      getsockname (ACTIVATION_FD, (struct sockaddr *) &address, &length) < 0 || address.sun_family != AF_UNIX)
    return FALSE;
  place->listener = ACTIVATION_FD;
  place->is_activated = TRUE;
  g_free (place->path);
  place->path = g_strndup (address.sun_path, sizeof address.sun_path);
  return TRUE;
}

static void
idle_cb (gpointer data)
{
  kill (getpid (), SIGUSR1);
}

static void
fill_signals (sigset_t *signals)
{
  const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, DEATH_SIGNAL };

  sigemptyset (signals);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaddset (signals, numbers[i]);
}

/* Kills each child of this process, and waits for those that have gone. Returns whether any is left. What the killed
 * leave are children the next time. */
static gboolean
kill_children (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *children = NULL;
  pid_t ended;

  if (g_file_get_contents (path, &children, NULL, NULL))
    {
      for (char *p = children; *p != '\0'; p += strspn (p, " "))
        kill ((pid_t) strtol (p, &p, 10), SIGKILL);
    }
  while ((ended = waitpid (-1, NULL, WNOHANG)) > 0)
    ;
  return ended == 0;
}

/* Until there is none, which only waiting can tell: the list of children leaves some out while others end. */
static void
end_children (void)
{
  const gint64 deadline = g_get_monotonic_time () + GUARD_TIMEOUT;

  while (kill_children () && g_get_monotonic_time () < deadline)
    g_usleep (GUARD_PAUSE);
}

/* The child, until it is idle, told to leave, or its parent has gone. */
static int
supervise (Place *place,
           pid_t  guard)
{
  const struct timespec patience = { .tv_sec = LEAVE_TIMEOUT_S };
  g_autoptr (GError) error = NULL;
  Supervisor *supervisor;
  sigset_t signals;
  int number;

  prctl (PR_SET_PDEATHSIG, DEATH_SIGNAL, 0, 0, 0);
  if (getppid () != guard)
    return EXIT_FAILURE;
  supervisor = supervisor_new (place->listener, place->has_cgroup, idle_cb, NULL, &error);
  if (supervisor == NULL)
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  fill_signals (&signals);
  sigdelset (&signals, SIGCHLD);
  while ((number = sigwaitinfo (&signals, NULL)) < 0)
    ;
  /* Nobody who comes from here on is answered: they start another one, which waits for the lock. */
  if (!place->is_activated)
    unlink (place->path);
  if (number != DEATH_SIGNAL && number != SIGUSR1)
    {
      supervisor_leave (supervisor);
      while (supervisor_has_commands (supervisor) && sigtimedwait (&signals, NULL, &patience) == SIGUSR1)
        ;
    }
  supervisor_free (supervisor);
  end_children ();
  return EXIT_SUCCESS;
}

/* The parent, until its child has gone and nothing is left of what that has started. */
static int
guard_child (pid_t child)
{
  sigset_t signals;
  int status = 0;
  pid_t ended = 0;

  fill_signals (&signals);
  while (ended != child)
    {
      int number = sigwaitinfo (&signals, NULL);

      if (number > 0 && number != SIGCHLD)
        kill (child, number);
      while ((ended = waitpid (-1, &status, WNOHANG)) > 0 && ended != child)
        ;
    }
  end_children ();
  return WIFEXITED (status) ? WEXITSTATUS (status) : EXIT_FAILURE;
}

/* Nothing of who started this is held: not its session, its folder or its terminal. */
static void
detach (void)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  setsid ();
  for (int fd = 0; fd < 3 && null >= 0; fd++)
    dup2 (null, fd);
  if (null > 2)
    close (null);
}

static int
run_pair (Place *place)
{
  const pid_t guard = getpid ();
  sigset_t signals;
  pid_t child;

  if (chdir ("/") < 0)
    return EXIT_FAILURE;
  fill_signals (&signals);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  if (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || (child = fork ()) < 0)
    {
      fail ("fork");
      return EXIT_FAILURE;
    }
  if (child == 0)
    return supervise (place, guard);
  /* With the child, nobody listens any more. */
  close (place->listener);
  return guard_child (child);
}

/* As the parent of commands; who started this waits until there is somebody to connect to. */
static int
serve (Place *place)
{
  int status = EXIT_FAILURE;
  pid_t pid;

  if (take_activation (place))
    return take_lock (place, &status) ? run_pair (place) : status;
  if (place->path == NULL)
    {
      g_printerr (_("myrmex-supervisor: --socket is missing\n"));
      return 2;
    }
  if (!make_folder (place->path) || !take_lock (place, &status) || !open_listener (place))
    return status;

  pid = fork ();
  if (pid != 0)
    return pid < 0 ? (fail ("fork"), EXIT_FAILURE) : EXIT_SUCCESS;
  detach ();
  return run_pair (place);
}

static gboolean
parse (Place      *place,
       gboolean   *wants_version,
       int        *argc,
       char     ***argv)
{
  const GOptionEntry entries[] = {
    { "socket", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &place->path, N_("Listen there"), N_("PATH") },
    { "divide-cgroup", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &place->has_cgroup,
      N_("Give each command a control group, in the one of this process"), NULL },
    { "version", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, wants_version, N_("Show the version"), NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, N_("Is the parent of the commands that the service of Myrmex runs. "
                                            "The service starts it."));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (g_option_context_parse (context, argc, argv, &error) && *argc == 1)
    return TRUE;
  g_printerr ("myrmex-supervisor: %s\n",
              error != NULL ? error->message : _("there are only options, and no arguments"));
  return FALSE;
}

int
main (int    argc,
      char **argv)
{
  Place place = { .listener = -1, .lock = -1 };
  gboolean wants_version = FALSE;
  int status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MYRMEX_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!parse (&place, &wants_version, &argc, &argv))
    status = 2;
  else if (wants_version)
    g_print ("myrmex-supervisor %s\n", MYRMEX_VERSION);
  else
    status = serve (&place);
  g_free (place.path);
  return status;
}
