/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/myrmex-limits.h"
#include "process-fixture.h"

/* What this process may have, as long as nothing has changed that. */
static struct rlimit files_given;

static char *
write_file (Fixture    *self,
            const char *name,
            const char *text,
            int         mode)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (self->folder, name, NULL);

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static void
assert_message (GError     *error,
                int         code,
                const char *part)
{
  g_assert_error (error, MYRMEX_ERROR, code);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
}

static void
test_exit_statuses (Fixture       *self,
                    gconstpointer  data)
{
  for (int status = 0; status <= 255; status++)
    {
      g_autofree char *text = g_strdup_printf ("%d", status);
      g_autoptr (Outcome) outcome = run_command (self, HELPER, "exit", text, NULL);

      assert_exited (outcome, status);
      g_assert_cmpuint (outcome->calls, ==, 1);
      g_assert_false (outcome->stopped);
      g_assert_false (outcome->killed);
      g_assert_cmpuint (outcome->strays, ==, 0);
    }
}

static void
test_signals (Fixture       *self,
              gconstpointer  data)
{
  const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV,
                          SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR,
                          SIGSYS, SIGRTMIN, SIGRTMAX };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", numbers[i]);
      g_autoptr (Outcome) outcome = run_command (self, HELPER, "signal", text, NULL);

      assert_signalled (outcome, numbers[i]);
      g_assert_false (outcome->stopped);
    }
}

static void
test_not_found (Fixture       *self,
                gconstpointer  data)
{
  const char *argv[] = { "no-such-command", NULL };
  const char *envp[] = { "PATH=/nowhere:/usr/bin", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .envp = envp };
  g_autoptr (GError) in_path = start_error (self, &spec);
  g_autoptr (GError) by_path = NULL;
  g_autoptr (GError) no_path = NULL;
  g_autoptr (GError) no_program = NULL;

  assert_message (in_path, MYRMEX_ERROR_SPAWN_FAILED, "Command “no-such-command” was not found in PATH");

  argv[0] = "/no/such/command";
  by_path = start_error (self, &spec);
  assert_message (by_path, MYRMEX_ERROR_SPAWN_FAILED, "Command “/no/such/command” does not exist");

  envp[0] = "PATH=";
  argv[0] = "true";
  no_path = start_error (self, &spec);
  assert_message (no_path, MYRMEX_ERROR_SPAWN_FAILED, "Command “true” was not found in PATH");

  argv[0] = "";
  no_program = start_error (self, &spec);
  assert_message (no_program, MYRMEX_ERROR_INVALID_ARGUMENT, "no program");
}

static void
test_not_executable (Fixture       *self,
                     gconstpointer  data)
{
  g_autofree char *plain = write_file (self, "plain", "#!/bin/sh\n", 0644);
  g_autofree char *bare = write_file (self, "bare", "echo hello\n", 0755);
  g_autofree char *lost = write_file (self, "lost", "#! /no/interpreter -x\n", 0755);
  g_autofree char *empty = write_file (self, "empty", "", 0755);
  const char *argv[] = { plain, NULL };
  const char *envp[] = { NULL, NULL };
  g_autofree char *path = g_strdup_printf ("PATH=/nowhere:%s", self->folder);
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (GError) plain_error = start_error (self, &spec);
  g_autoptr (GError) bare_error = NULL;
  g_autoptr (GError) lost_error = NULL;
  g_autoptr (GError) folder_error = NULL;
  g_autoptr (GError) empty_error = NULL;
  g_autoptr (GError) path_error = NULL;

  assert_message (plain_error, MYRMEX_ERROR_SPAWN_FAILED, "is not executable: Permission denied");

  argv[0] = bare;
  bare_error = start_error (self, &spec);
  assert_message (bare_error, MYRMEX_ERROR_SPAWN_FAILED, "its first line names no interpreter");

  argv[0] = empty;
  empty_error = start_error (self, &spec);
  assert_message (empty_error, MYRMEX_ERROR_SPAWN_FAILED, "its first line names no interpreter");

  argv[0] = lost;
  lost_error = start_error (self, &spec);
  assert_message (lost_error, MYRMEX_ERROR_SPAWN_FAILED, "“/no/interpreter”, named in its first line, does not exist");

  argv[0] = self->folder;
  folder_error = start_error (self, &spec);
  assert_message (folder_error, MYRMEX_ERROR_SPAWN_FAILED, "is not executable: Permission denied");

  argv[0] = "plain";
  envp[0] = path;
  spec.envp = envp;
  path_error = start_error (self, &spec);
  assert_message (path_error, MYRMEX_ERROR_SPAWN_FAILED, "/plain” is not executable: Permission denied");
}

/* A program that somebody writes at this moment is asked for again for a while, and then told of. */
static void
test_busy (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *program = g_build_filename (self->folder, "busy", NULL);
  g_autofree char *bytes = NULL;
  const char *argv[] = { program, "exit", "4", NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (GError) error = NULL;
  g_autoptr (Outcome) outcome = NULL;
  gint64 began;
  gsize length;
  int fd;

  g_assert_true (g_file_get_contents (g_getenv ("MYRMEX_TEST_ESCAPE"), &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (program, bytes, (gssize) length, NULL));
  g_assert_cmpint (g_chmod (program, 0755), ==, 0);

  fd = open (program, O_WRONLY | O_CLOEXEC);
  began = g_get_monotonic_time ();
  error = start_error (self, &spec);
  assert_message (error, MYRMEX_ERROR_SPAWN_FAILED, "Text file busy");
  g_assert_cmpint (g_get_monotonic_time () - began, >=, 5000);

  close (fd);
  outcome = run_spec (self, &spec);
  assert_exited (outcome, 4);
}

static void
test_directory (Fixture       *self,
                gconstpointer  data)
{
  g_autofree char *script = write_file (self, "here", "#!/bin/sh\npwd\n", 0755);
  g_autofree char *inside = g_build_filename (self->folder, "none", NULL);
  const char *argv[] = { "./here", NULL };
  const char *envp[] = { "PATH=nowhere::/bin", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .envp = envp, .directory = self->folder, .keep_output = TRUE };
  g_autoptr (Outcome) by_path = run_spec (self, &spec);
  g_autoptr (Outcome) in_path = NULL;
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) file = NULL;

  /* The program, and empty entries of PATH, are looked for from the directory of the command. */
  assert_exited (by_path, 0);
  g_assert_true (g_str_has_prefix (by_path->value, self->folder));
  argv[0] = "here";
  in_path = run_spec (self, &spec);
  assert_exited (in_path, 0);
  g_assert_true (g_str_has_prefix (in_path->value, self->folder));

  argv[0] = "/bin/true";
  spec.directory = inside;
  missing = start_error (self, &spec);
  assert_message (missing, MYRMEX_ERROR_SPAWN_FAILED, "/none” does not exist");
  spec.directory = script;
  file = start_error (self, &spec);
  assert_message (file, MYRMEX_ERROR_SPAWN_FAILED, "/here” is not a directory");
}

static void
test_too_long (Fixture       *self,
               gconstpointer  data)
{
  g_autofree char *most = g_strnfill (MYRMEX_MAX_ARGV_BYTES - 6, 'x');
  g_autofree char *more = g_strnfill (MYRMEX_MAX_ARGV_BYTES - 5, 'x');
  g_autofree char *huge = g_strdup_printf ("X=%*s", 200 * 1024, "");
  const char *argv[] = { "true", most, NULL };
  const char *envp[] = { "PATH=/bin", NULL, NULL };
  MyrmexProcessSpec spec = { .argv = argv, .envp = envp };
  g_autoptr (Outcome) fits = run_spec (self, &spec);
  g_autoptr (GError) too_long = NULL;
  g_autoptr (GError) environment = NULL;

  assert_exited (fits, 0);
  argv[1] = more;
  too_long = start_error (self, &spec);
  assert_message (too_long, MYRMEX_ERROR_LIMIT, "131073 bytes long; at most 131072 are allowed");

  argv[1] = NULL;
  envp[1] = huge;
  environment = start_error (self, &spec);
  assert_message (environment, MYRMEX_ERROR_LIMIT, "too long");
}

static void
test_value (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (Outcome) both = run_shell (self, "echo out; echo err >&2; printf end");
  g_autoptr (Outcome) none = run_command (self, "true", NULL);
  g_autoptr (Outcome) bytes = run_shell (self, "printf 'a\\000\\377\\376b'");

  assert_exited (both, 0);
  g_assert_cmpstr (both->value, ==, "out\nend");
  g_assert_cmpstr (both->streams[0]->str, ==, "out\nend");
  g_assert_cmpstr (both->streams[1]->str, ==, "err\n");
  g_assert_cmpuint (both->output_bytes, ==, 11);
  g_assert_cmpuint (both->tail_length, ==, 11);

  g_assert_cmpstr (none->value, ==, "");
  g_assert_null (none->tail);
  g_assert_cmpuint (none->max_rss, >, 0);

  g_assert_cmpmem (bytes->value, bytes->value_length, "a\0\377\376b", 5);
}

static void
test_value_limit (Fixture       *self,
                  gconstpointer  data)
{
  const char *argv[] = { "printf", "0123456789", NULL };
  const char *endless[] = { "yes", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .value_limit = 10 };
  g_autoptr (Outcome) fits = run_spec (self, &spec);
  g_autoptr (Outcome) over = NULL;
  g_autoptr (Outcome) stopped = NULL;

  g_assert_cmpstr (fits->value, ==, "0123456789");
  g_assert_false (fits->value_over_limit);

  spec.value_limit = 9;
  over = run_spec (self, &spec);
  assert_exited (over, 0);
  g_assert_true (over->value_over_limit);
  g_assert_null (over->value);
  g_assert_cmpstr (over->tail, ==, "0123456789");

  spec.argv = endless;
  spec.value_limit = 1000;
  spec.stop_over_limit = TRUE;
  spec.grace = 5;
  stopped = run_spec (self, &spec);
  g_assert_true (stopped->value_over_limit);
  g_assert_true (stopped->stopped);
  assert_signalled (stopped, SIGTERM);
}

static guint64
resident_bytes (void)
{
  g_autofree char *text = NULL;
  long pages = 0;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  g_assert_cmpint (sscanf (text, "%*d %ld", &pages), ==, 1);
  return (guint64) pages * (guint64) sysconf (_SC_PAGESIZE);
}

static void
test_gigabyte (Fixture       *self,
               gconstpointer  data)
{
  g_autofree char *log = g_build_filename (self->folder, "log", NULL);
  const char *argv[] = { HELPER, "write", "1073741824", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .log_path = log, .log_limit = 1024 * 1024 };
  const guint64 before = resident_bytes ();
  g_autoptr (Outcome) outcome = run_spec (self, &spec);
  g_autofree char *text = NULL;
  gsize length;

  assert_exited (outcome, 0);
  g_assert_true (outcome->value_over_limit);
  g_assert_true (outcome->log_over_limit);
  g_assert_cmpuint (outcome->output_bytes, ==, 1024 * 1024 * 1024);
  g_assert_cmpuint (outcome->tail_length, ==, MYRMEX_PROCESS_TAIL_BYTES);
  g_assert_cmpuint (resident_bytes (), <, before + 32 * 1024 * 1024);

  g_assert_true (g_file_get_contents (log, &text, &length, NULL));
  g_assert_cmpuint (length, ==, 1024 * 1024);
  g_assert_cmpuint (outcome->log_bytes, ==, length);
  g_assert_nonnull (memmem (text, length, "the log was cut here", strlen ("the log was cut here")));
  g_test_message ("1 GiB of output in %.2f s", (double) outcome->duration / G_USEC_PER_SEC);
}

static void
test_log (Fixture       *self,
          gconstpointer  data)
{
  g_autofree char *log = g_build_filename (self->folder, "log", NULL);
  const char *silent[] = { "true", NULL };
  const char *loud[] = { "sh", "-c", "echo one; echo two >&2; echo three", NULL };
  MyrmexProcessSpec spec = { .argv = silent, .log_path = log };
  g_autoptr (Outcome) nothing = run_spec (self, &spec);
  g_autoptr (Outcome) first = NULL;
  g_autoptr (Outcome) second = NULL;
  g_autofree char *text = NULL;
  struct stat info;

  /* Not even created without output. */
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (nothing->log_bytes, ==, 0);

  spec.argv = loud;
  first = run_spec (self, &spec);
  second = run_spec (self, &spec);
  g_assert_cmpint (g_stat (log, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (first->log_bytes, ==, 14);
  g_assert_cmpuint (second->log_bytes, ==, 14);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_assert_cmpuint (strlen (text), ==, 28);
  g_assert_null (first->log_error);
}

/* Without anybody who wants them apart, both streams are one, in the order of their writing. */
static void
ended_cb (MyrmexProcess             *process,
          const MyrmexProcessResult *result,
          gpointer                   user_data)
{
  g_async_queue_push (user_data, result->tail != NULL ? g_bytes_ref (result->tail) : g_bytes_new (NULL, 0));
}

static void
test_order (Fixture       *self,
            gconstpointer  data)
{
  const char *argv[] = { "sh", "-c", "for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done", NULL };
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  MyrmexProcessSpec spec = { .argv = argv, .ended = ended_cb, .user_data = queue };
  g_autoptr (GError) error = NULL;
  g_autoptr (MyrmexProcess) process = myrmex_process_start (self->host, &spec, &error);
  g_autoptr (GBytes) tail = g_async_queue_pop (queue);
  const char *expected = "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n";

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (tail, NULL), g_bytes_get_size (tail), expected, strlen (expected));
}

static void
test_log_refused (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *target = g_build_filename (self->folder, "target", NULL);
  g_autofree char *link = g_build_filename (self->folder, "link", NULL);
  g_autofree char *fifo = g_build_filename (self->folder, "fifo", NULL);
  g_autofree char *missing = g_build_filename (self->folder, "none", "log", NULL);
  const char *paths[] = { link, fifo, missing, "/dev/full", self->folder };
  const char *argv[] = { "echo", "hello", NULL };

  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      MyrmexProcessSpec spec = { .argv = argv, .log_path = paths[i], .keep_output = TRUE };
      g_autoptr (Outcome) outcome = run_spec (self, &spec);

      /* The command itself is not harmed, and the value is there. */
      assert_exited (outcome, 0);
      g_assert_cmpstr (outcome->value, ==, "hello\n");
      g_assert_nonnull (outcome->log_error);
      g_assert_nonnull (strstr (outcome->log_error, "could not be written"));
      g_assert_cmpuint (outcome->log_bytes, ==, 0);
    }
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
}

static void
test_tail (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (Outcome) outcome = run_shell (self, "seq 1 10000");
  g_autofree char *whole = g_strdup (outcome->value);

  g_assert_cmpuint (outcome->tail_length, ==, MYRMEX_PROCESS_TAIL_BYTES);
  g_assert_cmpstr (outcome->tail, ==, whole + strlen (whole) - MYRMEX_PROCESS_TAIL_BYTES);
}

static void
test_progress (Fixture       *self,
               gconstpointer  data)
{
  g_autofree char *log = g_build_filename (self->folder, "gate", NULL);
  g_autofree char *script = g_strdup_printf ("test \"$MYRMEX_PROGRESS_FD\" = 3 || exit 9\n"
                                             "printf '1/4 fi' >&3; printf 'rst\\n' >&3\n"
                                             "echo a; read line < %s\n"
                                             "echo rubbish >&3; echo 2/4 second >&$MYRMEX_PROGRESS_FD\n"
                                             "echo b; read line < %s\n"
                                             "head -c 100000 /dev/zero >&3; printf '\\n4/4' >&3", log, log);
  const char *argv[] = { "sh", "-c", script, NULL };
  MyrmexProcessSpec spec = { .argv = argv };
  g_autoptr (Outcome) outcome = outcome_new ();
  g_autoptr (MyrmexProcess) process = NULL;
  int gate;

  g_assert_cmpint (mkfifo (log, 0600), ==, 0);
  gate = open (log, O_RDWR | O_CLOEXEC);
  process = start_command (self->host, &spec, outcome);
  outcome_wait_output (outcome, "a\n");
  g_assert_cmpint (write (gate, "\n", 1), ==, 1);
  outcome_wait_output (outcome, "b\n");
  g_assert_cmpint (write (gate, "\n", 1), ==, 1);
  outcome_wait (outcome);
  close (gate);

  assert_exited (outcome, 0);
  /* What comes at once may be told at once, but never out of order, and the last is always told. */
  g_assert_true (g_str_has_suffix (outcome->progress->str, "4/4 ;"));
  g_assert_null (strstr (outcome->progress->str, "rubbish"));
}

static void
test_input (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (Outcome) null = run_shell (self, "cat; readlink /proc/self/fd/0");
  g_autofree char *path = write_file (self, "input", "given", 0600);
  const char *argv[] = { "cat", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .keep_output = TRUE, .stdin_fd = open (path, O_RDONLY | O_CLOEXEC) };
  g_autoptr (Outcome) given = run_spec (self, &spec);

  g_assert_cmpstr (null->value, ==, "/dev/null\n");
  g_assert_cmpstr (given->value, ==, "given");
  close (spec.stdin_fd);
}

/* A child that reads its own output away must not make the host wait. */
static void
test_steal (Fixture       *self,
            gconstpointer  data)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (Outcome) outcome = run_command (self, HELPER, "steal", NULL);

      assert_exited (outcome, 0);
      g_assert_cmpuint (outcome->output_bytes, <=, 2000);
    }
}

static void
test_environment (Fixture       *self,
                  gconstpointer  data)
{
  const char *argv[] = { "env", NULL };
  const char *envp[] = { "PATH=/usr/bin:/bin", "MYRMEX_TASK_COOKIE=outer.1", "MYRMEX_PROGRESS_FD=17", "A=b c", "B=", NULL };
  MyrmexProcessSpec spec = { .argv = argv, .envp = envp, .keep_output = TRUE, .cookie = "run-7.2" };
  g_autoptr (Outcome) outcome = run_spec (self, &spec);

  g_assert_cmpstr (outcome->value, ==, "PATH=/usr/bin:/bin\nA=b c\nB=\nMYRMEX_PROGRESS_FD=3\n"
                                       "MYRMEX_TASK_COOKIE=outer.1:run-7.2\n");
}

/* Exactly four descriptors, whatever the application has open; no signal blocked or ignored; a session of its own. */
static void
test_clean_start (Fixture       *self,
                  gconstpointer  data)
{
  int leaky = open ("/dev/null", O_RDONLY);
  int high = fcntl (leaky, F_DUPFD, 200);
  g_autoptr (Outcome) descriptors = NULL;
  g_autoptr (Outcome) status = NULL;
  g_autoptr (Outcome) session = NULL;
  guint64 blocked_then;
  guint64 ignored_then;
  sigset_t blocked;
  sigset_t before;

  signal (SIGPIPE, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGTERM);
  sigaddset (&blocked, SIGUSR1);
  pthread_sigmask (SIG_BLOCK, &blocked, &before);

  descriptors = run_command (self, HELPER, "fds", NULL);
  /* Not by a shell, which cleans up by itself. */
  status = run_command (self, "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", NULL);
  session = run_shell (self, "cut -d' ' -f 1,5,6 /proc/$$/stat; echo $$");

  pthread_sigmask (SIG_SETMASK, &before, NULL);
  signal (SIGPIPE, SIG_DFL);
  signal (SIGHUP, SIG_DFL);
  close (leaky);
  close (high);

  g_assert_cmpstr (descriptors->value, ==, "0 1 2 3 ");
  g_assert_cmpint (sscanf (status->value, "SigBlk: %" G_GINT64_MODIFIER "x SigIgn: %" G_GINT64_MODIFIER "x",
                           &blocked_then, &ignored_then), ==, 2);
  g_assert_cmphex (blocked_then, ==, 0);
  /* But those two that the C library keeps for its threads; its posix_spawn() ignores them, always. */
  g_assert_cmphex (ignored_then & ~G_GUINT64_CONSTANT (0x180000000), ==, 0);
  {
    g_auto (GStrv) numbers = g_strsplit_set (session->value, " \n", -1);

    g_assert_cmpuint (g_strv_length (numbers), ==, 5);
    for (guint i = 1; i < 4; i++)
      g_assert_cmpstr (numbers[i], ==, numbers[0]);
  }
}

/* An owner's process takes more for itself than it was given, and passes on what it was given. */
static void
test_file_limit (Fixture       *self,
                 gconstpointer  flags)
{
  g_autoptr (Outcome) outcome = run_shell (self, "ulimit -S -n");
  g_autofree char *expected = g_strdup_printf ("%lu\n", (gulong) files_given.rlim_cur);
  struct rlimit limit;

  assert_exited (outcome, 0);
  g_assert_cmpstr (outcome->value, ==, expected);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_cmpuint (limit.rlim_max, ==, files_given.rlim_max);
  if (GPOINTER_TO_INT (flags) & MYRMEX_PROCESS_HOST_OWNER)
    g_assert_cmpuint (limit.rlim_cur, ==, limit.rlim_max);
}

int
main (int    argc,
      char **argv)
{
  static const FixtureTest tests[] = {
    { "exit-statuses", test_exit_statuses },
    { "signals", test_signals },
    { "not-found", test_not_found },
    { "not-executable", test_not_executable },
    { "busy", test_busy },
    { "directory", test_directory },
    { "too-long", test_too_long },
    { "value", test_value, TRUE },
    { "value-limit", test_value_limit },
    { "gigabyte", test_gigabyte },
    { "log", test_log },
    { "order", test_order },
    { "log-refused", test_log_refused },
    { "tail", test_tail },
    { "progress", test_progress, TRUE },
    { "input", test_input },
    { "steal", test_steal },
    { "environment", test_environment },
    { "clean-start", test_clean_start },
    { "file-limit", test_file_limit },
  };

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &files_given), ==, 0);

  g_test_init (&argc, &argv, NULL);
  fixture_add_local_tests ("/process/process", tests, G_N_ELEMENTS (tests));
  if (fixture_has_supervisor ())
    fixture_add_tests ("/process/process/remote", FIXTURE_REMOTE, tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
