/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "actions/myrmex-command-action-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actions/myrmex-action-registry-private.h"
#include "base/myrmex-limits.h"
#include "base/myrmex-log-private.h"
#include "model/myrmex-action-private.h"
#include "model/myrmex-task-context-private.h"
#include "model/myrmex-task-private.h"
#include "process/myrmex-process-private.h"

#define MAX_TOLD_BYTES 200

/**
 * MyrmexCommandAction:
 *
 * Runs a program: the types of action `command` and `shell`.
 *
 * The value is what the program writes to its standard output, as `output` says: `text` (without the last line
 * end), `json`, `lines`, `bytes` or `none`. All output goes to the log of the task. A program may report its
 * progress by lines `N/M message` on the descriptor that `MYRMEX_PROGRESS_FD` names.
 *
 * Interrupted, the program and all that it started are asked by SIGTERM, and after `grace` seconds killed.
 *
 * Since: 1.0
 */

struct _MyrmexCommandAction
{
  MyrmexAction parent_instance;
  int          is_checked;   /* atomic: what is said of it is good, and does not change */
};

G_DEFINE_FINAL_TYPE (MyrmexCommandAction, myrmex_command_action, MYRMEX_TYPE_ACTION)

/* A command that runs. It belongs to its context, and holds it until it has given its answer. */
typedef struct
{
  MyrmexTaskContext *context;    /* NULL after the answer */
  MyrmexCommand      command;
  GMutex             lock;
  MyrmexProcess     *process;    /* NULL until it was started */
  gboolean           stop;
  gboolean           force;
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_clear_pointer (&attempt->process, myrmex_process_unref);
  myrmex_command_clear (&attempt->command);
  g_mutex_clear (&attempt->lock);
  g_free (attempt);
}

static void
stop_process (MyrmexProcess *process,
              gboolean       force)
{
  myrmex_debug (MYRMEX_DEBUG_PROCESS, force ? "Process %d is killed, with all that it started"
                                            : "Process %d is asked to end, with all that it started",
                (int) myrmex_process_get_pid (process));
  if (force)
    myrmex_process_kill (process);
  else
    myrmex_process_stop (process);
}

/* In any thread, before, while or after the process runs. */
static void
stop_cb (MyrmexTaskContext *context,
         gboolean           force,
         gpointer           data)
{
  Attempt *attempt = data;
  g_autoptr (MyrmexProcess) process = NULL;

  g_mutex_lock (&attempt->lock);
  attempt->stop = TRUE;
  attempt->force |= force;
  if (attempt->process != NULL)
    process = myrmex_process_ref (attempt->process);
  g_mutex_unlock (&attempt->lock);

  if (process != NULL)
    stop_process (process, force);
}

static void
answer_failure (MyrmexTaskContext *context,
                MyrmexReason       reason,
                const char        *name,
                GError            *error)
{
  myrmex_task_context_return_reason (context, reason, name, error);
}

/* The last line that the command wrote, which mostly says what is wrong. */
static char *
dup_last_line (GBytes *tail)
{
  gsize length = 0;
  const char *text = tail != NULL ? g_bytes_get_data (tail, &length) : NULL;
  const char *begin;

  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0)
    return NULL;

  begin = g_strrstr_len (text, (gssize) length, "\n");
  begin = begin != NULL ? begin + 1 : text;
  length = MIN (length - (gsize) (begin - text), MAX_TOLD_BYTES);
  return g_utf8_make_valid (begin, (gssize) length);
}

static void
answer_exit_status (MyrmexTaskContext         *context,
                    const MyrmexProcessResult *result)
{
  g_autofree char *name = g_strdup_printf ("exit-%d", result->code);
  g_autofree char *line = dup_last_line (result->tail);
  GError *error;

  if (line != NULL)
    error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_EXIT_STATUS, _("It ended with exit status %d: %s"),
                         result->code, line);
  else
    error = g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_EXIT_STATUS, _("It ended with exit status %d"), result->code);
  answer_failure (context, MYRMEX_REASON_EXIT_STATUS, name, error);
}

/* It has not been started. Takes @error. */
static void
answer_not_started (MyrmexTaskContext *context,
                    GError            *error)
{
  if (g_error_matches (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED))
    answer_failure (context, MYRMEX_REASON_SPAWN_FAILED, "spawn-failed", error);
  else
    answer_failure (context, MYRMEX_REASON_ERROR, "invalid-command", error);
}

static void
answer_value (Attempt                   *attempt,
              MyrmexTaskContext         *context,
              const MyrmexProcessResult *result)
{
  GVariant *value = NULL;
  GError *error = NULL;

  if (myrmex_command_make_value (&attempt->command, result->value, &value, &error))
    myrmex_task_context_return_value (context, value);
  else
    answer_failure (context, MYRMEX_REASON_ERROR, "invalid-output", error);
}

static void
log_end (MyrmexProcess             *process,
         const MyrmexProcessResult *result)
{
  const int pid = (int) myrmex_process_get_pid (process);

  if (result->end == MYRMEX_PROCESS_EXITED)
    myrmex_debug (MYRMEX_DEBUG_PROCESS, "Process %d ended with exit status %d", pid, result->code);
  else if (result->end == MYRMEX_PROCESS_SIGNALED)
    myrmex_debug (MYRMEX_DEBUG_PROCESS, "Process %d was ended by signal %d", pid, result->code);
  else
    myrmex_debug (MYRMEX_DEBUG_PROCESS, "Process %d ended; how is not known", pid);
}

/* In the thread of the host: the command has ended, and nothing of it is left. */
static void
ended_cb (MyrmexProcess             *process,
          const MyrmexProcessResult *result,
          gpointer                   data)
{
  Attempt *attempt = data;
  g_autoptr (MyrmexTaskContext) context = g_steal_pointer (&attempt->context);

  if (myrmex_debug_get_flags () & MYRMEX_DEBUG_PROCESS)
    log_end (process, result);

  if (context->is_adopted)
    context->command_ended = result->ended;

  if (result->end == MYRMEX_PROCESS_FAILED)
    {
      answer_not_started (context, g_error_copy (result->error));
    }
  else if (result->end == MYRMEX_PROCESS_INTERRUPTED)
    {
      answer_failure (context, MYRMEX_REASON_INTERRUPTED, "interrupted", g_error_copy (result->error));
    }
  /* What is over a limit was stopped for that, however it ended then. */
  else if (result->value_over_limit)
    {
      answer_failure (context, MYRMEX_REASON_ERROR, "output-limit",
                      g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                                   _("Its output is over %d bytes, more than a value may have; write it to a file, or set \"output\" to \"none\""),
                                   MYRMEX_MAX_VALUE_BYTES));
    }
  else if (result->log_over_limit)
    {
      answer_failure (context, MYRMEX_REASON_ERROR, "log-limit",
                      g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_LIMIT,
                                   _("Its log is over %d bytes and was cut; let it write to a file of its own"),
                                   MYRMEX_MAX_LOG_BYTES));
    }
  else if (result->end == MYRMEX_PROCESS_SIGNALED)
    {
      g_autofree char *name = g_strdup_printf ("signal-%d", result->code);

      answer_failure (context, MYRMEX_REASON_SIGNAL, name,
                      g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_SIGNAL, _("Signal %d ended it: %s"),
                                   result->code, g_strsignal (result->code)));
    }
  else if (result->end == MYRMEX_PROCESS_LOST)
    {
      answer_failure (context, MYRMEX_REASON_ERROR, "status-lost",
                      g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_FAILED,
                                           _("Its exit status is not known: this program waits for all its children, or ignores SIGCHLD")));
    }
  else if (!myrmex_command_allows (&attempt->command, result->code))
    {
      answer_exit_status (context, result);
    }
  else
    {
      answer_value (attempt, context, result);
    }
}

/* One that was adopted still runs. */
static void
started_cb (MyrmexProcess *process,
            gpointer       data)
{
  Attempt *attempt = data;

  attempt->context->ops->adopted (attempt->context);
}

static void
progress_cb (MyrmexProcess *process,
             guint64        done,
             guint64        total,
             const char    *message,
             gpointer       data)
{
  Attempt *attempt = data;

  myrmex_task_context_report (attempt->context, (double) done / (double) total,
                              message[0] != '\0' ? message : NULL);
}

/* A descriptor that gives @text to read, or -1 with @error set. */
static int
open_input (const char  *text,
            GError     **error)
{
  int fd = memfd_create ("myrmex-input", MFD_CLOEXEC);
  gsize left = strlen (text);

  while (fd >= 0 && left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      text += n;
      left -= (gsize) n;
    }
  if (fd < 0 || left > 0 || lseek (fd, 0, SEEK_SET) < 0)
    {
      int saved = errno;

      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_SPAWN_FAILED, _("Its input can not be made: %s"),
                   g_strerror (saved));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

/* What a command is known by to its descendants and to a supervisor. */
char *
myrmex_command_action_dup_cookie (const char *run_id,
                                  guint32     task,
                                  guint32     attempt)
{
  return g_strdup_printf ("%s.%u.%u", run_id, task, attempt);
}

static MyrmexProcess *
spawn (Attempt            *attempt,
       MyrmexTaskContext  *context,
       GError            **error)
{
  MyrmexCommand *command = &attempt->command;
  MyrmexProcessHost *host = context->ops->get_process_host (context, error);
  g_autofree char *log_path = context->ops->dup_log_path (context);
  g_autofree char *cookie = NULL;
  MyrmexProcess *process;
  int input = -1;

  cookie = myrmex_command_action_dup_cookie (myrmex_task_context_get_run_id (context), context->task,
                                             context->attempt);
  if (host != NULL && context->is_adopted)
    return myrmex_process_adopt (host,
                                 &(MyrmexProcessSpec) {
                                   .cookie = cookie,
                                   .ended = ended_cb,
                                   .progress = progress_cb,
                                   .started = started_cb,
                                   .user_data = attempt,
                                 },
                                 error);
  if (host == NULL || (command->input != NULL && (input = open_input (command->input, error)) < 0))
    return NULL;

  process = myrmex_process_start (host,
                                  &(MyrmexProcessSpec) {
                                    .argv = (const char * const *) command->argv,
                                    .envp = (const char * const *) command->environment,
                                    .directory = command->directory,
                                    .cookie = cookie,
                                    .stdin_fd = input,
                                    .keep_output = command->output != MYRMEX_OUTPUT_NONE,
                                    .stop_over_limit = TRUE,
                                    .log_path = log_path,
                                    .grace = command->grace,
                                    .ended = ended_cb,
                                    .progress = progress_cb,
                                    .user_data = attempt,
                                  },
                                  error);
  if (input >= 0)
    close (input);
  return process;
}

/* The process has been started; it may have ended, and the attempt been answered, before this. */
static void
started (Attempt       *attempt,
         MyrmexProcess *process)
{
  gboolean stop, force;

  g_mutex_lock (&attempt->lock);
  attempt->process = myrmex_process_ref (process);
  stop = attempt->stop;
  force = attempt->force;
  g_mutex_unlock (&attempt->lock);

  if (stop)
    stop_process (process, force);
}

static void
myrmex_command_action_start (MyrmexAction      *action,
                             MyrmexTaskContext *context)
{
  g_autoptr (MyrmexTaskContext) kept = myrmex_task_context_ref (context);
  g_autoptr (MyrmexProcess) process = NULL;
  Attempt *attempt = g_new0 (Attempt, 1);
  GError *error = NULL;

  g_mutex_init (&attempt->lock);
  attempt->context = myrmex_task_context_ref (context);
  myrmex_task_context_set_stop_func (context, stop_cb, attempt, attempt_free);

  if (myrmex_command_init (&attempt->command, myrmex_action_get_type_name (action), context, &error))
    process = spawn (attempt, context, &error);
  if (process != NULL)
    {
      myrmex_debug (MYRMEX_DEBUG_PROCESS, "Process %d started for task “%s”, attempt %u, of run %s",
                    (int) myrmex_process_get_pid (process), myrmex_task_context_get_task_name (context),
                    context->attempt, myrmex_task_context_get_run_id (context));
      started (attempt, process);
      return;
    }

  g_clear_pointer (&attempt->context, myrmex_task_context_unref);
  answer_not_started (context, error);
}

static gboolean
myrmex_command_action_prepare (MyrmexAction  *action,
                               GError       **error)
{
  MyrmexCommandAction *self = MYRMEX_COMMAND_ACTION (action);

  if (g_atomic_int_get (&self->is_checked))
    return TRUE;
  if (!myrmex_command_check (myrmex_action_get_type_name (action), myrmex_action_get_spec (action), error))
    return FALSE;
  g_atomic_int_set (&self->is_checked, TRUE);
  return TRUE;
}

/* Starting a command does not wait for anything, so it may be done in any thread. */
static void
myrmex_command_action_constructed (GObject *object)
{
  G_OBJECT_CLASS (myrmex_command_action_parent_class)->constructed (object);

  myrmex_action_set_affinity (MYRMEX_ACTION (object), MYRMEX_AFFINITY_WORKER);
}

static void
myrmex_command_action_class_init (MyrmexCommandActionClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = myrmex_command_action_constructed;
  MYRMEX_ACTION_CLASS (klass)->is_stoppable = TRUE;
  MYRMEX_ACTION_CLASS (klass)->prepare = myrmex_command_action_prepare;
  MYRMEX_ACTION_CLASS (klass)->start = myrmex_command_action_start;
}

static void
myrmex_command_action_init (MyrmexCommandAction *self)
{
}

/* Keys that the type does not take are told when the workflow is validated, as a definition's are at once. */
static void
add_unknown_keys (MyrmexTask *task,
                  GVariant   *options)
{
  const MyrmexActionType *type = myrmex_action_type_find ("command");
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    {
      if (!myrmex_action_type_has_key (type, key))
        myrmex_task_add_problem (task, g_error_new (MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                                                    _("Task “%s”: there is no option “%s” for a command"),
                                                    myrmex_task_get_name (task), key));
    }
}

static MyrmexTask *
add (MyrmexWorkflow *workflow,
     const char     *name,
     const char     *type_name,
     GVariant       *main_value,
     GVariant       *options)
{
  g_autoptr (GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (MyrmexAction) action = NULL;
  GVariantDict spec;
  MyrmexTask *task;

  g_variant_dict_init (&spec, owned);
  g_variant_dict_insert_value (&spec, type_name, main_value);
  action = g_object_new (MYRMEX_TYPE_COMMAND_ACTION, "type-name", type_name, "spec", g_variant_dict_end (&spec), NULL);
  task = myrmex_workflow_add_action (workflow, name, action);
  if (owned != NULL)
    add_unknown_keys (task, owned);
  return task;
}

/**
 * myrmex_workflow_add_command:
 * @workflow: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @program: the program, found in `PATH` unless it has a `/`
 * @...: its arguments, and %NULL
 *
 * Adds a task that runs a program. Arguments may be templates, `${{ tasks.list.value }}`. Where the task can
 * not be added, [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_command (MyrmexWorkflow *workflow,
                             const char     *name,
                             const char     *program,
                             ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  va_list arguments;
  const char *argument;

  g_return_val_if_fail (program != NULL, NULL);

  va_start (arguments, program);
  for (argument = program; argument != NULL; argument = va_arg (arguments, const char *))
    g_ptr_array_add (argv, (gpointer) argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);

  return myrmex_workflow_add_commandv (workflow, name, (const char * const *) argv->pdata, NULL);
}

/**
 * myrmex_workflow_add_commandv: (rename-to myrmex_workflow_add_command)
 * @workflow: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @argv: (array zero-terminated=1): the program, found in `PATH` unless it has a `/`, and its arguments, in UTF-8
 * @options: (nullable): a dictionary of type `a{sv}` with any of `env`, `directory`, `output`, `stdin`, `grace`
 *   (seconds) and `allowed_exit_codes`; a floating reference is taken over
 *
 * Adds a task that runs a program. Where the task can not be added, [method@Myrmex.Workflow.validate] tells
 * why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_commandv (MyrmexWorkflow     *workflow,
                              const char         *name,
                              const char * const *argv,
                              GVariant           *options)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (workflow), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (argv != NULL, NULL);
  g_return_val_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), NULL);

  return add (workflow, name, "command", g_variant_new_strv (argv, -1), options);
}

/**
 * myrmex_workflow_add_shell:
 * @workflow: a workflow
 * @name: the name of the task, 1 to 128 bytes of `[A-Za-z0-9._-]`
 * @script: a script of `/bin/sh`; it may not have templates in it, pass values through `env`
 * @options: (nullable): as for [method@Myrmex.Workflow.add_commandv]; a floating reference is taken over
 *
 * Adds a task that runs a script. Where the task can not be added, [method@Myrmex.Workflow.validate] tells why.
 *
 * Returns: (transfer none): the task, to be set up further
 *
 * Since: 1.0
 */
MyrmexTask *
myrmex_workflow_add_shell (MyrmexWorkflow *workflow,
                           const char     *name,
                           const char     *script,
                           GVariant       *options)
{
  g_return_val_if_fail (MYRMEX_IS_WORKFLOW (workflow), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (script != NULL, NULL);
  g_return_val_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), NULL);

  return add (workflow, name, "shell", g_variant_new_string (script), options);
}
