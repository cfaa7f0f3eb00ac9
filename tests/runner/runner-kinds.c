/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runner-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "gate.h"
#include "service-fixture.h"

static MyrmexRunner *
make_local_runner (guint max_parallel)
{
  return g_object_new (MYRMEX_TYPE_LOCAL_RUNNER, "max-parallel", max_parallel, NULL);
}

/* Gates by name. A function that is given up may come back after the test: whoever uses a gate holds it. */
static void
set_up_gates (Fixture *self)
{
  self->data = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) gate_unref);
}

static Gate *
get_gate (Fixture    *self,
          const char *name)
{
  GHashTable *gates = self->data;
  Gate *gate = g_hash_table_lookup (gates, name);

  if (gate == NULL)
    {
      gate = gate_new ();
      g_hash_table_insert (gates, g_strdup (name), gate);
    }
  return gate;
}

static void
open_gate (Fixture    *self,
           const char *name)
{
  gate_open (get_gate (self, name));
}

static void
tear_down_gates (Fixture *self)
{
  GHashTable *gates = self->data;
  GHashTableIter iter;
  gpointer gate;

  g_hash_table_iter_init (&iter, gates);
  while (g_hash_table_iter_next (&iter, NULL, &gate))
    gate_open (gate);
  g_hash_table_unref (gates);
}

/* What a task does, for its function. */
typedef struct
{
  char *argument;
  Gate *gate;
} Step;

static Step *
step_new (const char *argument,
          Gate       *gate)
{
  Step *step = g_new0 (Step, 1);

  step->argument = g_strdup (argument);
  step->gate = gate != NULL ? gate_ref (gate) : NULL;
  return step;
}

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->argument);
  g_clear_pointer (&step->gate, gate_unref);
  g_free (step);
}

static GVariant *
ok_func (MyrmexTaskContext  *context,
         gpointer            data,
         GError            **error)
{
  return NULL;
}

static GVariant *
value_func (MyrmexTaskContext  *context,
            gpointer            data,
            GError            **error)
{
  return g_variant_new_string (((Step *) data)->argument);
}

static GVariant *
show_func (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_task_context_dup_result (context, ((Step *) data)->argument);

  g_assert_nonnull (result);
  return g_variant_ref (myrmex_task_result_get_value (result));
}

static GVariant *
fail_func (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  const char *times = ((Step *) data)->argument;

  if (times == NULL || myrmex_task_context_get_attempt (context) <= g_ascii_strtoull (times, NULL, 10))
    {
      g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "it broke");
      return NULL;
    }
  return g_variant_new_printf ("%u", myrmex_task_context_get_attempt (context));
}

static GVariant *
sick_func (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  if (!gate_is_open (((Step *) data)->gate))
    g_set_error_literal (error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED, "it is not well");
  return NULL;
}

static GVariant *
gate_func (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  GCancellable *cancellable = myrmex_task_context_get_cancellable (context);

  if (!gate_pass (((Step *) data)->gate, cancellable))
    g_cancellable_set_error_if_cancelled (cancellable, error);
  return NULL;
}

static GVariant *
deaf_func (MyrmexTaskContext  *context,
           gpointer            data,
           GError            **error)
{
  gate_pass (((Step *) data)->gate, NULL);
  return g_variant_new_string ("late");
}

static MyrmexTaskFunc
find_func (const char *word)
{
  static const struct
  {
    const char     *word;
    MyrmexTaskFunc  func;
  } words[] = {
    { "ok", ok_func }, { "value", value_func }, { "show", show_func },
    { "fail", fail_func }, { "sick", sick_func }, { "gate", gate_func }, { "deaf", deaf_func },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_str_equal (words[i].word, word))
        return words[i].func;
    }
  g_error ("there is no task that does “%s”", word);
}

static gboolean
waits (const char *word)
{
  return g_str_equal (word, "gate") || g_str_equal (word, "deaf");
}

static gboolean
uses_gate (const char *word)
{
  return waits (word) || g_str_equal (word, "sick");
}

static MyrmexTask *
add_function (Fixture    *self,
              const char *name,
              const char *word,
              const char *argument)
{
  return myrmex_workflow_add_function (self->workflow, name, find_func (word),
                                       step_new (argument, uses_gate (word) ? get_gate (self, argument) : NULL),
                                       step_free);
}

const RunnerKind functions_kind = {
  .name = "functions",
  .is_deaf = TRUE,
  .make_runner = make_local_runner,
  .set_up = set_up_gates,
  .tear_down = tear_down_gates,
  .add = add_function,
  .open = open_gate,
};

/* On the main context: what would block there is begun there, and goes on in a thread of its own. */

typedef struct
{
  MyrmexTaskContext *context;
  Gate              *gate;
  gboolean           is_deaf;
} Wait;

static gpointer
wait_thread (gpointer data)
{
  Wait *wait = data;
  GCancellable *cancellable = wait->is_deaf ? NULL : myrmex_task_context_get_cancellable (wait->context);

  if (gate_pass (wait->gate, cancellable))
    myrmex_task_context_return_value (wait->context, wait->is_deaf ? g_variant_new_string ("late") : NULL);
  else
    myrmex_task_context_return_failure (wait->context, "stopped", "it was stopped", FALSE);
  myrmex_task_context_unref (wait->context);
  gate_unref (wait->gate);
  g_free (wait);
  return NULL;
}

static void
begin_wait (MyrmexTaskContext *context,
            Step              *step,
            gboolean           is_deaf)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->context = myrmex_task_context_ref (context);
  wait->gate = gate_ref (step->gate);
  wait->is_deaf = is_deaf;
  g_thread_unref (g_thread_new ("wait", wait_thread, wait));
}

static void
gate_async (MyrmexTaskContext *context,
            gpointer           data)
{
  begin_wait (context, data, FALSE);
}

static void
deaf_async (MyrmexTaskContext *context,
            gpointer           data)
{
  begin_wait (context, data, TRUE);
}

static MyrmexTask *
add_main (Fixture    *self,
          const char *name,
          const char *word,
          const char *argument)
{
  MyrmexTask *task;

  if (waits (word))
    return myrmex_workflow_add_async (self->workflow, name, g_str_equal (word, "gate") ? gate_async : deaf_async,
                                      step_new (argument, get_gate (self, argument)), step_free);

  task = add_function (self, name, word, argument);
  myrmex_task_set_affinity (task, MYRMEX_AFFINITY_MAIN);
  return task;
}

const RunnerKind main_kind = {
  .name = "main",
  .is_deaf = TRUE,
  .make_runner = make_local_runner,
  .set_up = set_up_gates,
  .tear_down = tear_down_gates,
  .add = add_main,
  .open = open_gate,
};

/* A gate of commands is a file that the test holds a lock on. */

typedef struct
{
  char       *folder;
  GHashTable *files;    /* name → descriptor */
} Locks;

static void
set_up_locks (Fixture *self)
{
  Locks *locks = g_new0 (Locks, 1);
  g_autoptr (GError) error = NULL;

  locks->folder = g_dir_make_tmp ("myrmex-gates-XXXXXX", &error);
  g_assert_no_error (error);
  locks->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->data = locks;
}

static char *
get_lock (Fixture    *self,
          const char *name)
{
  Locks *locks = self->data;
  char *path = g_build_filename (locks->folder, name, NULL);
  int fd;

  if (!g_hash_table_contains (locks->files, name))
    {
      fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
      g_hash_table_insert (locks->files, g_strdup (name), GINT_TO_POINTER (fd));
    }
  return path;
}

static void
open_lock (Fixture    *self,
           const char *name)
{
  Locks *locks = self->data;
  g_autofree char *path = get_lock (self, name);

  g_assert_cmpint (flock (GPOINTER_TO_INT (g_hash_table_lookup (locks->files, name)), LOCK_UN), ==, 0);
}

static void
tear_down_locks (Fixture *self)
{
  Locks *locks = self->data;
  GHashTableIter iter;
  gpointer name, fd;

  g_hash_table_iter_init (&iter, locks->files);
  while (g_hash_table_iter_next (&iter, &name, &fd))
    {
      g_autofree char *path = g_build_filename (locks->folder, name, NULL);

      close (GPOINTER_TO_INT (fd));
      g_unlink (path);
    }
  g_rmdir (locks->folder);
  g_free (locks->folder);
  g_hash_table_unref (locks->files);
  g_free (locks);
}

static GVariant *
make_options (const char *key,
              const char *value)
{
  GVariantBuilder options, env;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&env, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&env, "{sv}", key, g_variant_new_string (value));
  g_variant_builder_add (&options, "{sv}", "env", g_variant_builder_end (&env));
  g_variant_builder_add (&options, "{sv}", "grace", g_variant_new_double (0.05));
  return g_variant_builder_end (&options);
}

static MyrmexTask *
add_command (Fixture    *self,
             const char *name,
             const char *word,
             const char *argument)
{
  MyrmexWorkflow *workflow = self->workflow;
  g_autofree char *text = NULL;

  if (g_str_equal (word, "ok"))
    {
      const char *argv[] = { "true", NULL };
      GVariantDict options;

      g_variant_dict_init (&options, NULL);
      g_variant_dict_insert (&options, "output", "s", "none");
      return myrmex_workflow_add_commandv (workflow, name, argv, g_variant_dict_end (&options));
    }
  if (g_str_equal (word, "value"))
    return myrmex_workflow_add_command (workflow, name, "printf", "%s", argument, NULL);
  if (g_str_equal (word, "show"))
    {
      text = g_strdup_printf ("${{ tasks.%s.value }}", argument);
      return myrmex_workflow_add_command (workflow, name, "printf", "%s", text, NULL);
    }
  if (g_str_equal (word, "fail") && argument == NULL)
    return myrmex_workflow_add_shell (workflow, name, "echo it broke >&2; exit 3", NULL);
  if (g_str_equal (word, "fail"))
    return myrmex_workflow_add_shell (workflow, name,
                                      "[ \"$MYRMEX_ATTEMPT\" -gt \"$TIMES\" ] || exit 3; printf %s \"$MYRMEX_ATTEMPT\"",
                                      make_options ("TIMES", argument));

  text = get_lock (self, argument);
  if (g_str_equal (word, "sick"))
    return myrmex_workflow_add_shell (workflow, name, "exec flock -n -s \"$GATE\" true", make_options ("GATE", text));
  if (g_str_equal (word, "gate"))
    return myrmex_workflow_add_shell (workflow, name, "exec flock -s \"$GATE\" true", make_options ("GATE", text));
  if (g_str_equal (word, "deaf"))
    return myrmex_workflow_add_shell (workflow, name, "trap '' TERM; exec flock -s \"$GATE\" printf late",
                                      make_options ("GATE", text));
  g_error ("there is no task that does “%s”", word);
}

const RunnerKind commands_kind = {
  .name = "commands",
  .has_commands = TRUE,
  .make_runner = make_local_runner,
  .set_up = set_up_locks,
  .tear_down = tear_down_locks,
  .add = add_command,
  .open = open_lock,
};

/* The same tasks by way of the service. */
const RunnerKind service_kind = {
  .name = "service",
  .has_commands = TRUE,
  .is_mirror = TRUE,
  .make_runner = service_fixture_make_runner,
  .set_up = set_up_locks,
  .tear_down = tear_down_locks,
  .add = add_command,
  .open = open_lock,
};
