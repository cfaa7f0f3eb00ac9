/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/myrmex-local-runner.h"

#include <glib/gi18n-lib.h>

#include "base/myrmex-error.h"
#include "engine/myrmex-execution-private.h"
#include "engine/myrmex-local-run-private.h"
#include "engine/myrmex-local-runner-private.h"

/**
 * MyrmexLocalRunner:
 *
 * Executes workflows in this process: functions in worker threads or on the main context of their run, commands
 * as children. It has no thread until it needs one. Several runs share it, and its bound on what runs at once.
 *
 * Since: 1.0
 */

struct _MyrmexLocalRunner
{
  MyrmexRunner          parent_instance;

  guint                 max_parallel;
  gboolean              owns_process;
  char                 *supervisor;
  gboolean              logs_events;
  MyrmexRunnerServices *services;
};

G_DEFINE_FINAL_TYPE (MyrmexLocalRunner, myrmex_local_runner, MYRMEX_TYPE_RUNNER)

enum
{
  PROP_MAX_PARALLEL = 1,
  PROP_OWNS_PROCESS,
  PROP_SUPERVISOR,
  PROP_LOGS_EVENTS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static MyrmexRun *
myrmex_local_runner_start (MyrmexRunner    *runner,
                           MyrmexWorkflow  *workflow,
                           GVariant        *options,
                           GError         **error)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (runner);
  g_autoptr (MyrmexPlan) plan = myrmex_plan_new (workflow, error);

  return plan != NULL ? myrmex_local_run_start (self->services, plan, options, error) : NULL;
}

static gboolean
keep_completed (MyrmexExecution  *execution,
                gpointer          earlier,
                GError          **error)
{
  myrmex_execution_keep_completed (execution, earlier);
  return TRUE;
}

static MyrmexRun *
myrmex_local_runner_retry_failed (MyrmexRunner  *runner,
                                  MyrmexRun     *run,
                                  GVariant      *options,
                                  GError       **error)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (runner);
  g_autoptr (MyrmexPlan) plan = NULL;
  g_autoptr (GVariant) merged = NULL;
  MyrmexExecution *earlier;

  if (!MYRMEX_IS_LOCAL_RUN (run))
    {
      g_set_error (error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_ARGUMENT,
                   _("Run “%s” is not one of this process; the runner that started it can retry it"),
                   myrmex_run_get_id (run));
      return NULL;
    }

  earlier = myrmex_local_run_get_execution (MYRMEX_LOCAL_RUN (run));
  merged = myrmex_run_options_merge (earlier->options, options, error);
  plan = merged != NULL ? myrmex_plan_new (myrmex_run_get_workflow (run), error) : NULL;
  return plan != NULL ? myrmex_local_run_retry (self->services, plan, merged, myrmex_run_get_id (run), keep_completed,
                                                earlier, error)
                      : NULL;
}

static void
myrmex_local_runner_constructed (GObject *object)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (object);

  if (self->max_parallel == 0)
    self->max_parallel = g_get_num_processors ();
  self->services = myrmex_runner_services_new (self->max_parallel, self->owns_process, self->supervisor,
                                               self->logs_events);

  G_OBJECT_CLASS (myrmex_local_runner_parent_class)->constructed (object);
}

static void
myrmex_local_runner_finalize (GObject *object)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (object);

  myrmex_runner_services_unref (self->services);
  g_free (self->supervisor);

  G_OBJECT_CLASS (myrmex_local_runner_parent_class)->finalize (object);
}

static void
myrmex_local_runner_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (object);

  switch (prop_id)
    {
    case PROP_MAX_PARALLEL:
      g_value_set_uint (value, self->max_parallel);
      break;
    case PROP_OWNS_PROCESS:
      g_value_set_boolean (value, self->owns_process);
      break;
    case PROP_SUPERVISOR:
      g_value_set_string (value, self->supervisor);
      break;
    case PROP_LOGS_EVENTS:
      g_value_set_boolean (value, self->logs_events);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_local_runner_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  MyrmexLocalRunner *self = MYRMEX_LOCAL_RUNNER (object);

  switch (prop_id)
    {
    case PROP_MAX_PARALLEL:
      self->max_parallel = g_value_get_uint (value);
      break;
    case PROP_OWNS_PROCESS:
      self->owns_process = g_value_get_boolean (value);
      break;
    case PROP_SUPERVISOR:
      g_free (self->supervisor);
      self->supervisor = g_value_dup_string (value);
      if (self->services != NULL)
        myrmex_runner_services_set_supervisor (self->services, self->supervisor);
      break;
    case PROP_LOGS_EVENTS:
      self->logs_events = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
myrmex_local_runner_class_init (MyrmexLocalRunnerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = myrmex_local_runner_constructed;
  object_class->finalize = myrmex_local_runner_finalize;
  object_class->get_property = myrmex_local_runner_get_property;
  object_class->set_property = myrmex_local_runner_set_property;
  MYRMEX_RUNNER_CLASS (klass)->start = myrmex_local_runner_start;
  MYRMEX_RUNNER_CLASS (klass)->retry_failed = myrmex_local_runner_retry_failed;

  /**
   * MyrmexLocalRunner:max-parallel:
   *
   * How many functions in workers and commands run at once, over all runs; 0 is as many as there are
   * processors. What begins on a main context is not counted.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_PARALLEL] = g_param_spec_uint ("max-parallel", NULL, NULL, 0, 32767, 0, flags);

  /**
   * MyrmexLocalRunner:owns-process:
   *
   * Whether this process exists to run workflows and nothing else. It then becomes the parent of whatever its
   * commands leave behind, so that nothing can escape it. In an application, leave it off: what has left its
   * session is found by a mark in its environment instead.
   *
   * The process also raises its limit of open files as far as it may, since each command that runs needs some; the
   * commands themselves get the limit that the process was given.
   *
   * Since: 1.0
   */
  properties[PROP_OWNS_PROCESS] = g_param_spec_boolean ("owns-process", NULL, NULL, FALSE, flags);

  /**
   * MyrmexLocalRunner:supervisor:
   *
   * The path of a socket where a supervisor listens, or is started by `myrmex-supervisor` when the first command is;
   * or %NULL, and commands are started by this process. It can not be changed after the first run was started.
   *
   * With a supervisor, commands go on when this process goes. What became of them is kept until a journal has it, and
   * [method@Myrmex.Journal.resume_run] takes them over. One supervisor serves one runner at a time: the newest. The
   * folder of the socket must belong to the user alone; one in [func@GLib.get_user_runtime_dir] is a good place.
   * Where there is a supervisor, [property@Myrmex.LocalRunner:owns-process] does not matter.
   *
   * Since: 1.0
   */
  properties[PROP_SUPERVISOR] = g_param_spec_string ("supervisor", NULL, NULL, NULL,
                                                     G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);

  /**
   * MyrmexLocalRunner:logs-events:
   *
   * Whether there is a log writer that wants an entry for everything that happens to a run and its tasks, as one that
   * a program has set with [func@GLib.log_set_writer_func] may. Without it there are entries only where GLib's default
   * writer shows them, or `MYRMEX_DEBUG` asks for them. [Logging](logging.html) tells what is in them.
   *
   * Since: 1.0
   */
  properties[PROP_LOGS_EVENTS] = g_param_spec_boolean ("logs-events", NULL, NULL, FALSE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
myrmex_local_runner_init (MyrmexLocalRunner *self)
{
}

/**
 * myrmex_local_runner_new:
 *
 * Makes a runner that runs as many tasks at once as there are processors.
 *
 * Returns: (transfer full): a new runner
 *
 * Since: 1.0
 */
MyrmexRunner *
myrmex_local_runner_new (void)
{
  return g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, NULL);
}

/**
 * myrmex_local_runner_get_default:
 *
 * Gets the runner that [method@Myrmex.Workflow.run_async] and its like use. May be called from any thread.
 *
 * Returns: (transfer none): the runner
 *
 * Since: 1.0
 */
MyrmexRunner *
myrmex_local_runner_get_default (void)
{
  static gsize runner = 0;

  if (g_once_init_enter (&runner))
    g_once_init_leave (&runner, (gsize) myrmex_local_runner_new ());
  return (MyrmexRunner *) runner;
}

/**
 * myrmex_local_runner_get_max_parallel: (get-property max-parallel)
 * @self: a runner
 *
 * Gets how many functions in workers and commands run at once.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
myrmex_local_runner_get_max_parallel (MyrmexLocalRunner *self)
{
  g_return_val_if_fail (MYRMEX_IS_LOCAL_RUNNER (self), 0);

  return self->max_parallel;
}

/**
 * myrmex_local_runner_settle:
 * @self: a runner
 *
 * Tells the supervisor that all runs that go on have been resumed: commands of earlier processes that belong to none of
 * them are ended, and what became of others is forgotten. Without a supervisor it does nothing.
 *
 * Since: 1.0
 */
void
myrmex_local_runner_settle (MyrmexLocalRunner *self)
{
  g_return_if_fail (MYRMEX_IS_LOCAL_RUNNER (self));

  myrmex_runner_services_settle (self->services, TRUE);
}

MyrmexRunnerServices *
myrmex_local_runner_get_services (MyrmexLocalRunner *self)
{
  return self->services;
}
