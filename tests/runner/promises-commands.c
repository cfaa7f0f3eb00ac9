/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What commands do, good and bad, and that nothing of them is left. */

#include "promises.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Of commands that a test interrupts. */
#define SHORT 0.2

static MyrmexTask *
add_shell (Fixture    *self,
           const char *name,
           const char *script,
           const char *options)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = options != NULL ? g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, &error) : NULL;

  g_assert_no_error (error);
  return myrmex_workflow_add_shell (self->workflow, name, script, parsed);
}

/* A script that knows a folder as $D. */
static MyrmexTask *
add_shell_in (Fixture    *self,
              const char *name,
              const char *script,
              const char *folder)
{
  g_autofree char *options = g_strdup_printf ("{'env': <{'D': <'%s'>}>, 'grace': <0.1>}", folder);

  return add_shell (self, name, script, options);
}

static char *
new_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder;

  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  folder = g_build_filename (g_get_user_cache_dir (), "commands-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (folder));
  return folder;
}

static gboolean
is_in_folder (const char *folder,
              const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The process id that a command wrote into a file. */
static int
read_pid (const char *folder,
          const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return atoi (text);
}

/* A zombie that nobody has waited for yet is no longer anything. */
static gboolean
is_gone (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;

  g_assert_cmpint (pid, >, 1);
  if (kill (pid, 0) < 0 && errno == ESRCH)
    return TRUE;
  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ") != NULL;
}

/* Until a command has made the file. */
static void
await_file (Fixture    *self,
            const char *path)
{
  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_assert_false (self->is_finished);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (500);
    }
}

static void
assert_error (Fixture    *self,
              const char *task,
              int         code,
              const char *error_name,
              const char *pattern)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, task);
  const GError *error = myrmex_task_result_get_error (result);

  g_assert_error (error, MYRMEX_ERROR, code);
  g_assert_cmpstr (myrmex_task_result_get_error_name (result), ==, error_name);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” is not like “%s”", error->message, pattern);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (myrmex_task_result_get_value (result));
}

static void
write_program (const char *folder,
               const char *name,
               const char *text,
               int         mode)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

/* What can not be started, each told by its name. */
static void
test_can_not_start (Fixture *self)
{
  static const struct
  {
    const char *name;
    const char *program;   /* in the folder, unless it is a path, or is found in PATH */
    gboolean    in_folder;
    const char *pattern;
  } rows[] = {
    { "path", "/no/such/program", FALSE, "*“/no/such/program” does not exist*" },
    { "in-path", "no-such-program", FALSE, "*“no-such-program” was not found in PATH*" },
    { "plain", "plain", TRUE, "*/plain” is not executable*" },
    { "folder", "", TRUE, "*is not executable*" },
    { "lost", "lost", TRUE, "*/no/interpreter*" },
    { "odd", "odd", TRUE, "*/odd*" },
  };
  g_autofree char *folder = new_folder ();

  write_program (folder, "plain", "#!/bin/sh\n", 0644);
  write_program (folder, "lost", "#!/no/interpreter\n", 0755);
  write_program (folder, "odd", "\177ELF, but not really", 0755);
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = rows[i].in_folder ? g_build_filename (folder, rows[i].program, NULL)
                                                : g_strdup (rows[i].program);

      myrmex_workflow_add_command (self->workflow, rows[i].name, path, "argument", NULL);
    }
  add_shell (self, "nowhere", "true", "{'directory': <'/no/such/folder'>}");
  fixture_start (self, NULL);
  fixture_finish (self);

  fixture_assert_run (self, "failed");
  fixture_assert_tasks (self, "path:failed/spawn_failed in-path:failed/spawn_failed plain:failed/spawn_failed "
                        "folder:failed/spawn_failed lost:failed/spawn_failed odd:failed/spawn_failed "
                        "nowhere:failed/spawn_failed");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_error (self, rows[i].name, MYRMEX_ERROR_SPAWN_FAILED, "spawn-failed", rows[i].pattern);
  assert_error (self, "nowhere", MYRMEX_ERROR_SPAWN_FAILED, "spawn-failed", "*/no/such/folder*");
}

static void
test_too_long (Fixture *self)
{
  g_autofree char *argument = g_strnfill (MYRMEX_MAX_ARGV_BYTES, 'x');

  myrmex_workflow_add_command (self->workflow, "a", "true", argument, NULL);
  fixture_run (self, "failed", "a:failed");
  assert_error (self, "a", MYRMEX_ERROR_LIMIT, "invalid-command", "*131072*");
}

/* The last line that it wrote is told, whatever bytes it is of. */
static void
test_exit_statuses (Fixture *self)
{
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  add_shell (self, "told", "echo first; echo no space left >&2; exit 7", NULL);
  add_shell (self, "mute", "exit 255", NULL);
  add_shell (self, "odd", "printf 'bad \\377 byte\\n' >&2; exit 1", NULL);
  add_shell (self, "allowed", "echo x; exit 7", "{'allowed_exit_codes': <[0, 7]>}");
  add_shell (self, "not-allowed", "exit 0", "{'allowed_exit_codes': <[1]>}");
  fixture_run (self, "failed", "told:failed/exit_status mute:failed/exit_status odd:failed/exit_status "
               "allowed:completed not-allowed:failed/exit_status");
  assert_error (self, "told", MYRMEX_ERROR_EXIT_STATUS, "exit-7", "*status 7*no space left");
  assert_error (self, "mute", MYRMEX_ERROR_EXIT_STATUS, "exit-255", "*status 255");
  assert_error (self, "odd", MYRMEX_ERROR_EXIT_STATUS, "exit-1", "*bad * byte");
  assert_error (self, "not-allowed", MYRMEX_ERROR_EXIT_STATUS, "exit-0", "*status 0");
  fixture_assert_value (self, "allowed", "x");
}

static void
test_signals (Fixture *self)
{
  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  add_shell (self, "kill", "kill -KILL $$", NULL);
  add_shell (self, "term", "kill -TERM $$", NULL);
  add_shell (self, "crash", "ulimit -c 0; kill -SEGV $$", NULL);
  fixture_run (self, "failed", "kill:failed/signal term:failed/signal crash:failed/signal");
  assert_error (self, "kill", MYRMEX_ERROR_SIGNAL, "signal-9", "*9*");
  assert_error (self, "term", MYRMEX_ERROR_SIGNAL, "signal-15", "*15*");
  assert_error (self, "crash", MYRMEX_ERROR_SIGNAL, "signal-11", "*11*");
}

/* Output over the limit fails the task and says so; the command is not let go on for ever. */
static void
test_too_much_output (Fixture *self)
{
  g_autofree char *log = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  add_shell (self, "gigabyte", "head -c 1073741824 /dev/zero", "{'output': <'bytes'>}");
  add_shell (self, "endless", "yes", NULL);
  add_shell (self, "log", "head -c 1073741824 /dev/zero", "{'output': <'none'>}");
  add_shell (self, "errors", "yes >&2", NULL);
  fixture_run (self, "failed", "gigabyte:failed/error endless:failed/error log:failed/error errors:failed/error");
  assert_error (self, "gigabyte", MYRMEX_ERROR_LIMIT, "output-limit", "*1048576*");
  assert_error (self, "endless", MYRMEX_ERROR_LIMIT, "output-limit", "*1048576*");
  assert_error (self, "log", MYRMEX_ERROR_LIMIT, "log-limit", "*67108864*");
  assert_error (self, "errors", MYRMEX_ERROR_LIMIT, "log-limit", "*67108864*");

  log = myrmex_run_dup_log_path (self->run, "log");
  if (log != NULL)
    {
      GStatBuf info;

      g_assert_cmpint (g_stat (log, &info), ==, 0);
      g_assert_cmpint (info.st_size, <=, MYRMEX_MAX_LOG_BYTES + 4096);
    }
}

static void
test_no_text (Fixture *self)
{
  g_autoptr (MyrmexTaskResult) bytes = NULL;
  g_autofree char *text = NULL;

  myrmex_workflow_set_fail_fast (self->workflow, FALSE);
  add_shell (self, "text", "printf 'ab\\377'", NULL);
  add_shell (self, "lines", "printf 'a\\nb\\200\\n'", "{'output': <'lines'>}");
  add_shell (self, "json", "echo '{\"a\": 1'", "{'output': <'json'>}");
  add_shell (self, "none", "printf '\\377'", "{'output': <'none'>}");
  add_shell (self, "bytes", "printf '\\377\\000a'", "{'output': <'bytes'>}");
  add_shell (self, "zero", "printf 'a\\000b'", NULL);
  fixture_run (self, "failed", "text:failed/error lines:failed/error json:failed/error none:completed "
               "bytes:completed zero:failed/error");
  assert_error (self, "text", MYRMEX_ERROR_INVALID_VALUE, "invalid-output", "*UTF-8*0xff*offset 2*");
  assert_error (self, "lines", MYRMEX_ERROR_INVALID_VALUE, "invalid-output", "*UTF-8*0x80*");
  assert_error (self, "zero", MYRMEX_ERROR_INVALID_VALUE, "invalid-output", "*0x00*");
  bytes = myrmex_run_dup_result (self->run, "bytes");
  text = g_variant_print (myrmex_task_result_get_value (bytes), FALSE);
  g_assert_cmpstr (text, ==, "[0xff, 0x00, 0x61]");
}

static void
test_output_kinds (Fixture *self)
{
  static const struct
  {
    const char *name;
    const char *script;
    const char *kind;
    const char *value;
  } rows[] = {
    { "text", "echo a; echo b", "text", "'a\\nb'" },
    { "empty", "true", "text", "''" },
    { "lines", "echo a; echo; printf b", "lines", "['a', '', 'b']" },
    { "no-lines", "true", "lines", "[]" },
    { "json", "echo '[true, \"x\"]'", "json", "[<true>, <'x'>]" },
    { "none", "echo a", "none", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *options = g_strdup_printf ("{'output': <'%s'>}", rows[i].kind);

      add_shell (self, rows[i].name, rows[i].script, options);
    }
  fixture_start (self, NULL);
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (self->run, rows[i].name);
      GVariant *value = myrmex_task_result_get_value (result);
      g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;

      g_assert_cmpstr (text, ==, rows[i].value);
    }
}

/* Not even what it started: nothing outlives the time-out. Where the command has not come so far by then, it gets more
 * time. */
static void
test_ignores_term (Fixture *self)
{
  const char *script = "trap '' TERM HUP INT; sh -c 'echo $$ >\"$D/inner.new\"; mv \"$D/inner.new\" \"$D/inner\"; "
                       "while :; do sleep 1; done' & "
                       "echo $$ >\"$D/outer.new\"; mv \"$D/outer.new\" \"$D/outer\"; while :; do sleep 1; done";

  for (double timeout = 0.5;; timeout *= 4)
    {
      g_autofree char *folder = new_folder ();

      myrmex_task_set_timeout (add_shell_in (self, "a", script, folder), timeout);
      fixture_run (self, "failed", "a:failed/timed_out");
      if (is_in_folder (folder, "inner") && is_in_folder (folder, "outer"))
        {
          g_assert_true (is_gone (read_pid (folder, "inner")));
          g_assert_true (is_gone (read_pid (folder, "outer")));
          return;
        }
      g_assert_cmpfloat (timeout, <, 20);
      fixture_renew (self);
    }
}

/* What goes on in a session of its own, with the output still open, neither holds up the task nor outlives its run. */
static void
test_forks_away (Fixture *self)
{
  g_autofree char *folder = new_folder ();

  add_shell_in (self, "a", "setsid sh -c 'echo $$ >\"$D/away.new\"; mv \"$D/away.new\" \"$D/away\"; exec sleep 1000' & "
                "until [ -e \"$D/away\" ]; do sleep 0.01; done; echo hello", folder);
  fixture_run (self, "completed", "a:completed");
  fixture_assert_value (self, "a", "hello");
  g_assert_true (is_gone (read_pid (folder, "away")));
}

static void
test_forks_away_and_is_cancelled (Fixture *self)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "away", NULL);

  add_shell_in (self, "a", "setsid setsid sh -c 'trap \"\" TERM; echo $$ >\"$D/away.new\"; mv \"$D/away.new\" \"$D/away\"; "
                "while :; do sleep 1; done' & exec sleep 1000", folder);
  fixture_start (self, NULL);
  await_file (self, path);
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/run_cancelled");
  g_assert_true (is_gone (read_pid (folder, "away")));
}

/* One that has stopped itself can not hear; it is woken up, and asked. */
static void
test_stops_itself (Fixture *self)
{
  myrmex_task_set_timeout (add_shell (self, "a", "kill -STOP $$; exec sleep 1000", "{'grace': <60>}"), SHORT);
  fixture_run (self, "failed", "a:failed/timed_out");
}

/* The time that a command has to end is its own; cancelling again does not wait for it. */
static void
test_force (Fixture *self)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *ready = g_build_filename (folder, "ready", NULL);
  g_autofree char *asked = g_build_filename (folder, "asked", NULL);
  g_autofree char *options = g_strdup_printf ("{'env': <{'D': <'%s'>}>, 'grace': <3600>}", folder);

  add_shell (self, "a", "trap ': >\"$D/asked\"' TERM; : >\"$D/ready\"; while :; do sleep 0.05; done", options);
  fixture_start (self, NULL);
  await_file (self, ready);
  myrmex_run_cancel (self->run);
  await_file (self, asked);
  fixture_assert_run (self, "running");
  myrmex_run_cancel (self->run);
  fixture_finish (self);
  fixture_assert_tasks (self, "a:cancelled/run_cancelled");
}

/* Output and input that it closes, or does not have. */
static void
test_descriptors (Fixture *self)
{
  add_shell (self, "closes", "exec >&- 2>&-; exec sleep 0.05", NULL);
  add_shell (self, "reads", "cat", NULL);
  add_shell (self, "given", "cat", "{'stdin': <'some text'>}");
  add_shell (self, "ignores", "exec <&-; echo x", "{'stdin': <'some text'>}");
  fixture_run (self, "completed", "closes:completed reads:completed given:completed ignores:completed");
  fixture_assert_value (self, "closes", "");
  fixture_assert_value (self, "reads", "");
  fixture_assert_value (self, "given", "some text");
  fixture_assert_value (self, "ignores", "x");
}

typedef struct
{
  double  fraction;
  char   *message;
} Report;

static void
report_cb (MyrmexRun  *run,
           const char *task_name,
           const char *status,
           GVariant   *details,
           Report     *report)
{
  if (!g_variant_lookup (details, "fraction", "d", &report->fraction))
    return;
  g_clear_pointer (&report->message, g_free);
  g_variant_lookup (details, "message", "s", &report->message);
}

static void
test_progress (Fixture *self)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *go = g_build_filename (folder, "go", NULL);
  g_autoptr (MyrmexTaskRun) task = NULL;
  Report report = { -1, NULL };

  add_shell_in (self, "a", "echo '1/4 a first' >&\"$MYRMEX_PROGRESS_FD\"; echo nonsense >&\"$MYRMEX_PROGRESS_FD\"; "
                "until [ -e \"$D/go\" ]; do sleep 0.01; done", folder);
  fixture_start (self, NULL);
  task = myrmex_run_dup_task_run (self->run, "a");
  g_signal_connect (self->run, "progress", G_CALLBACK (report_cb), &report);
  while (report.message == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (report.fraction, ==, 0.25);
  g_assert_cmpstr (report.message, ==, "a first");
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 0.25);
  g_assert_cmpstr (myrmex_task_run_get_message (task), ==, "a first");
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  fixture_finish (self);
  fixture_assert_run (self, "completed");
  g_assert_cmpfloat (myrmex_task_run_get_fraction (task), ==, 1);
  g_signal_handlers_disconnect_by_data (self->run, &report);
  g_free (report.message);
}

/* All output goes to the log as it comes, and each attempt has one of its own. */
static void
test_log (Fixture *self)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *go = g_build_filename (folder, "go", NULL);
  g_autofree char *log = NULL;
  g_autofree char *text = NULL;

  fixture_retry (add_shell_in (self, "a", "echo \"attempt $MYRMEX_ATTEMPT\"; [ \"$MYRMEX_ATTEMPT\" = 2 ] || exit 1; "
                               "echo two >&2; until [ -e \"$D/go\" ]; do sleep 0.01; done; echo three", folder),
                 2, 0.001);
  fixture_start (self, NULL);
  fixture_await (self, "a:retrying");
  while (text == NULL || strstr (text, "two\n") == NULL)
    {
      g_assert_false (self->is_finished);
      g_clear_pointer (&log, g_free);
      g_clear_pointer (&text, g_free);
      log = myrmex_run_dup_log_path (self->run, "a");
      g_file_get_contents (log, &text, NULL, NULL);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
  g_assert_cmpstr (text, ==, "attempt 2\ntwo\n");
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  fixture_finish (self);
  fixture_assert_tasks (self, "a:completed");
  fixture_assert_value (self, "a", "attempt 2\nthree");
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "attempt 2\ntwo\nthree\n");
}

/* The nearest says what a variable is: the task, the run, the workflow, the caller. */
static void
test_environment (Fixture *self)
{
  g_autofree char *expected = NULL;
  GVariant *options = g_variant_parse (NULL, "{'env': <{'A': <'run'>, 'B': <'run'>}>}", NULL, NULL, NULL);

  add_shell (self, "a", "echo \"$A $B $MYRMEX_TASK $MYRMEX_WORKFLOW $MYRMEX_ATTEMPT $MYRMEX_RUN_ID\"",
             "{'env': <{'A': <'task'>}>}");
  fixture_start (self, options);
  fixture_finish (self);
  expected = g_strdup_printf ("task run a test 1 %s", myrmex_run_get_id (self->run));
  fixture_assert_value (self, "a", expected);
}

/* Out-of-range numbers, unknown keys and wrong types are told before anything runs. */
static void
test_bad_options (Fixture *self)
{
  static const struct
  {
    const char *options;
    const char *pattern;
  } rows[] = {
    { "{'grace': <-1.0>}", "*grace*" },
    { "{'grace': <1e300>}", "*grace*" },
    { "{'grace': <'1'>}", "*grace*" },
    { "{'allowed_exit_codes': <[256]>}", "*allowed_exit_codes*0 to 255*" },
    { "{'allowed_exit_codes': <[-1]>}", "*allowed_exit_codes*" },
    { "{'allowed_exit_codes': <[1.5]>}", "*allowed_exit_codes*" },
    { "{'allowed_exit_codes': <@ai []>}", "*allowed_exit_codes*" },
    { "{'output': <'xml'>}", "*output*" },
    { "{'env': <['A']>}", "*env*" },
    { "{'env': <{'A=B': <'x'>}>}", "*env*" },
    { "{'directory': <3>}", "*directory*" },
    { "{'stdin': <3>}", "*stdin*" },
    { "{'graze': <1.0>}", "*“a”*“graze”*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_clear_object (&self->workflow);
      self->workflow = myrmex_workflow_new ("test");
      add_shell (self, "a", "true", rows[i].options);
      fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, rows[i].pattern);
    }

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  myrmex_workflow_add_command (self->workflow, "a", "", NULL);
  fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*program*");

  g_clear_object (&self->workflow);
  self->workflow = myrmex_workflow_new ("test");
  add_shell (self, "a", "echo ${{ run.id }}", NULL);
  fixture_fails (self, NULL, MYRMEX_ERROR_INVALID_ARGUMENT, "*shell*env*");
}

/* A log is a stream too, for those who do not see the path. */
static void
test_open_log (Fixture *self)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  char text[64] = { 0 };
  gsize n;

  add_shell (self, "a", "echo one; echo two >&2", NULL);
  myrmex_workflow_add_noop (self->workflow, "b");
  fixture_start (self, NULL);
  fixture_finish (self);
  stream = myrmex_run_open_log (self->run, "a", &error);
  g_assert_no_error (error);
  g_assert_true (g_input_stream_read_all (stream, text, sizeof text - 1, &n, NULL, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "one\n"));
  g_assert_nonnull (strstr (text, "two\n"));
  g_assert_null (myrmex_run_open_log (self->run, "b", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (myrmex_run_open_log (self->run, "c", &error));
  g_assert_error (error, MYRMEX_ERROR, MYRMEX_ERROR_NOT_FOUND);
}

void
add_command_tests (const RunnerKind *kind)
{
  FIXTURE_TEST (kind, "commands/can-not-start", test_can_not_start);
  FIXTURE_TEST (kind, "commands/too-long", test_too_long);
  FIXTURE_TEST (kind, "commands/exit-statuses", test_exit_statuses);
  FIXTURE_TEST (kind, "commands/signals", test_signals);
  FIXTURE_TEST (kind, "commands/too-much-output", test_too_much_output);
  FIXTURE_TEST (kind, "commands/no-text", test_no_text);
  FIXTURE_TEST (kind, "commands/output-kinds", test_output_kinds);
  FIXTURE_TEST (kind, "commands/ignores-term", test_ignores_term);
  FIXTURE_TEST (kind, "commands/forks-away", test_forks_away);
  FIXTURE_TEST (kind, "commands/forks-away-and-is-cancelled", test_forks_away_and_is_cancelled);
  FIXTURE_TEST (kind, "commands/stops-itself", test_stops_itself);
  FIXTURE_TEST (kind, "commands/force", test_force);
  FIXTURE_TEST (kind, "commands/descriptors", test_descriptors);
  FIXTURE_TEST (kind, "commands/progress", test_progress);
  FIXTURE_TEST (kind, "commands/log", test_log);
  FIXTURE_TEST (kind, "commands/open-log", test_open_log);
  FIXTURE_TEST (kind, "commands/environment", test_environment);
  FIXTURE_TEST (kind, "commands/bad-options", test_bad_options);
}
