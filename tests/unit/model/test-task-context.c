/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "base/myrmex-value.h"
#include "model/myrmex-task-context-private.h"
#include "model/myrmex-task-result-private.h"

/* An engine that notes what it is told. */
typedef struct
{
  GVariant *parameters;
  GString  *log;
  double    fraction;
  guint     n_reports;
  int       n_answered; /* atomic */
  guint     n_gone;
  guint     n_released;
} Engine;

static const char *
get_task_name_cb (MyrmexTaskContext *context)
{
  return "task";
}

static const char *
get_run_id_cb (MyrmexTaskContext *context)
{
  return "run";
}

static const char *
get_directory_cb (MyrmexTaskContext *context)
{
  return "/directory";
}

static GVariant *
get_parameters_cb (MyrmexTaskContext *context)
{
  Engine *engine = context->engine;

  return engine->parameters;
}

static char **
dup_dependencies_cb (MyrmexTaskContext *context)
{
  return g_strsplit ("a b", " ", -1);
}

static MyrmexTaskResult *
dup_result_cb (MyrmexTaskContext *context,
               const char        *dependency)
{
  return g_str_equal (dependency, "a") ? myrmex_task_result_new () : NULL;
}

static char **
dup_environment_cb (MyrmexTaskContext *context)
{
  return g_strsplit ("A=1", " ", -1);
}

static void
report_cb (MyrmexTaskContext *context,
           double             fraction,
           const char        *message)
{
  Engine *engine = context->engine;

  engine->fraction = fraction;
  engine->n_reports++;
}

static void
log_cb (MyrmexTaskContext *context,
        const char        *text)
{
  Engine *engine = context->engine;

  g_string_append (engine->log, text);
}

static void
answered_cb (MyrmexTaskContext *context)
{
  Engine *engine = context->engine;

  g_atomic_int_inc (&engine->n_answered);
}

static void
gone_cb (MyrmexTaskContext *context)
{
  Engine *engine = context->engine;

  engine->n_gone++;
}

static void
release_cb (MyrmexTaskContext *context)
{
  Engine *engine = context->engine;

  engine->n_released++;
}

static const MyrmexTaskContextOps ops = {
  .get_task_name = get_task_name_cb,
  .get_run_id = get_run_id_cb,
  .get_directory = get_directory_cb,
  .get_parameters = get_parameters_cb,
  .dup_dependencies = dup_dependencies_cb,
  .dup_result = dup_result_cb,
  .dup_environment = dup_environment_cb,
  .report = report_cb,
  .log = log_cb,
  .answered = answered_cb,
  .gone = gone_cb,
  .release = release_cb,
};

typedef struct
{
  Engine             engine;
  MyrmexTaskContext *context;
} Fixture;

/* The context as the engine makes it: one reference for the attempt, which is the engine's, and one for who works. */
static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->engine.parameters = g_variant_ref_sink (g_variant_new_parsed ("{'p': <1>, 'none': <@g ''>}"));
  fixture->engine.log = g_string_new (NULL);
  fixture->context = myrmex_task_context_new (&ops, &fixture->engine, 3, 2);
  fixture->context->is_owned = TRUE;
  myrmex_task_context_ref (fixture->context);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->context != NULL)
    {
      myrmex_task_context_unref (fixture->context);
      fixture->context->is_owned = FALSE;
      myrmex_task_context_unref (fixture->context);
    }
  g_assert_cmpuint (fixture->engine.n_released, ==, 1);
  g_variant_unref (fixture->engine.parameters);
  g_string_free (fixture->engine.log, TRUE);
}

static void
test_getters (Fixture       *fixture,
              gconstpointer  data)
{
  MyrmexTaskContext *context = fixture->context;
  g_auto (GStrv) dependencies = myrmex_task_context_dup_dependencies (context);
  g_auto (GStrv) environment = myrmex_task_context_dup_environment (context);
  g_autoptr (MyrmexTaskResult) result = myrmex_task_context_dup_result (context, "a");
  g_autoptr (GVariant) parameter = myrmex_task_context_dup_parameter (context, "p");

  g_assert_cmpstr (myrmex_task_context_get_task_name (context), ==, "task");
  g_assert_cmpstr (myrmex_task_context_get_run_id (context), ==, "run");
  g_assert_cmpstr (myrmex_task_context_get_directory (context), ==, "/directory");
  g_assert_cmpuint (myrmex_task_context_get_attempt (context), ==, 2);
  g_assert_null (myrmex_task_context_get_input (context));
  g_assert_true (myrmex_task_context_get_parameters (context) == fixture->engine.parameters);
  g_assert_cmpuint (g_strv_length (dependencies), ==, 2);
  g_assert_cmpstr (environment[0], ==, "A=1");
  g_assert_nonnull (result);
  g_assert_null (myrmex_task_context_dup_result (context, "z"));
  g_assert_cmpint (g_variant_get_int32 (parameter), ==, 1);
  g_assert_null (myrmex_task_context_dup_parameter (context, "none"));
  g_assert_null (myrmex_task_context_dup_parameter (context, "unknown"));
}

static void
test_value (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string ("x"));

  myrmex_task_context_return_value (fixture->context, value);
  g_assert_true (fixture->context->value == value);
  g_assert_null (fixture->context->error);
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
}

static void
test_null_value (Fixture       *fixture,
                 gconstpointer  data)
{
  myrmex_task_context_return_value (fixture->context, myrmex_value_new_null ());
  g_assert_null (fixture->context->value);
  g_assert_null (fixture->context->error);
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
}

/* What a result can not hold is a failure with a name, and not a success without a value. */
static void
test_bad_value (Fixture       *fixture,
                gconstpointer  data)
{
  myrmex_task_context_return_value (fixture->context, g_variant_new_handle (3));
  g_assert_null (fixture->context->value);
  g_assert_error (fixture->context->error, MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE);
  g_assert_cmpstr (fixture->context->error_name, ==, "invalid-value");
  g_assert_cmpint (fixture->context->reason, ==, MYRMEX_REASON_ERROR);
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
}

static void
test_error (Fixture       *fixture,
            gconstpointer  data)
{
  myrmex_task_context_return_error (fixture->context, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "not now"));
  g_assert_error (fixture->context->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (fixture->context->error_name, ==, "g-io-error:26");
  g_assert_cmpint (fixture->context->reason, ==, MYRMEX_REASON_ERROR);
  g_assert_true (fixture->context->is_retryable);
}

static void
test_failure (Fixture       *fixture,
              gconstpointer  data)
{
  myrmex_task_context_return_failure (fixture->context, "ValueError", "no such thing", FALSE);
  g_assert_error (fixture->context->error, MYRMEX_ERROR, MYRMEX_ERROR_FAILED);
  g_assert_cmpstr (fixture->context->error->message, ==, "no such thing");
  g_assert_cmpstr (fixture->context->error_name, ==, "ValueError");
  g_assert_false (fixture->context->is_retryable);
}

/* The first answer counts, the others are freed, and the engine is told of each. */
static void
test_once (Fixture       *fixture,
           gconstpointer  data)
{
  myrmex_task_context_return_value (fixture->context, g_variant_new_int32 (1));
  myrmex_task_context_return_value (fixture->context, g_variant_new_int32 (2));
  myrmex_task_context_return_error (fixture->context, g_error_new_literal (G_IO_ERROR, 0, "late"));
  myrmex_task_context_return_failure (fixture->context, "Late", "late", TRUE);
  myrmex_task_context_return_value (fixture->context, g_variant_new_handle (3));
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
  g_assert_cmpint (g_variant_get_int32 (fixture->context->value), ==, 1);
  g_assert_null (fixture->context->error);
  g_assert_cmpuint (fixture->engine.n_gone, ==, 4);
}

static gpointer
answer_cb (gpointer data)
{
  MyrmexTaskContext *context = data;

  myrmex_task_context_return_value (context, g_variant_new_string ("from a thread"));
  myrmex_task_context_unref (context);
  return NULL;
}

static void
test_once_in_threads (Fixture       *fixture,
                      gconstpointer  data)
{
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("answer", answer_cb, myrmex_task_context_ref (fixture->context));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
  g_assert_cmpstr (g_variant_get_string (fixture->context->value, NULL), ==, "from a thread");
}

/* Who drops the last reference but the engine's can not answer any more. */
static void
test_dropped (Fixture       *fixture,
              gconstpointer  data)
{
  MyrmexTaskContext *second = myrmex_task_context_ref (fixture->context);

  myrmex_task_context_unref (second);
  g_assert_cmpint (fixture->engine.n_answered, ==, 0);
  myrmex_task_context_unref (fixture->context);
  g_assert_cmpint (fixture->engine.n_answered, ==, 1);
  g_assert_cmpstr (fixture->context->error_name, ==, "no-answer");
  g_assert_cmpstr (fixture->context->error->message, ==, "The action dropped its context without an answer");
  g_assert_false (fixture->context->is_retryable);

  fixture->context->is_owned = FALSE;
  myrmex_task_context_unref (g_steal_pointer (&fixture->context));
}

/* An attempt that the engine has given up is over when it answers after all. */
static void
test_late (Fixture       *fixture,
           gconstpointer  data)
{
  fixture->context->is_answered = TRUE;
  fixture->context->is_late = TRUE;
  myrmex_task_context_return_value (fixture->context, g_variant_new_int32 (1));
  g_assert_cmpuint (fixture->engine.n_gone, ==, 1);
  g_assert_cmpint (fixture->engine.n_answered, ==, 0);
  g_assert_null (fixture->context->value);
}

/* Or when nobody is left who could. */
static void
test_late_and_silent (Fixture       *fixture,
                      gconstpointer  data)
{
  fixture->context->is_answered = TRUE;
  fixture->context->is_late = TRUE;
  fixture->context->is_owned = FALSE;
  myrmex_task_context_unref (fixture->context);
  g_assert_cmpuint (fixture->engine.n_gone, ==, 0);
  myrmex_task_context_unref (g_steal_pointer (&fixture->context));
  g_assert_cmpuint (fixture->engine.n_gone, ==, 1);
}

typedef struct
{
  guint    n_calls;
  gboolean force;
  guint    n_freed;
} Stop;

static void
stop_cb (MyrmexTaskContext *context,
         gboolean           force,
         gpointer           data)
{
  Stop *stop = data;

  stop->n_calls++;
  stop->force = force;
}

static void
stop_freed_cb (gpointer data)
{
  Stop *stop = data;

  stop->n_freed++;
}

static void
test_stop (Fixture       *fixture,
           gconstpointer  data)
{
  MyrmexTaskContext *context = fixture->context;
  GCancellable *cancellable = myrmex_task_context_get_cancellable (context);
  Stop stop = { 0 };

  g_assert_true (myrmex_task_context_get_cancellable (context) == cancellable);
  myrmex_task_context_set_stop_func (context, stop_cb, &stop, stop_freed_cb);
  g_assert_false (myrmex_task_context_is_cancelled (context));
  g_assert_cmpuint (stop.n_calls, ==, 0);

  myrmex_task_context_mark_stopped (context, FALSE);
  g_assert_true (myrmex_task_context_is_cancelled (context));
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  myrmex_task_context_stop (context);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  g_assert_cmpuint (stop.n_calls, ==, 1);
  g_assert_false (stop.force);

  myrmex_task_context_mark_stopped (context, TRUE);
  myrmex_task_context_stop (context);
  g_assert_cmpuint (stop.n_calls, ==, 2);
  g_assert_true (stop.force);

  /* Being forced is not taken back. */
  myrmex_task_context_mark_stopped (context, FALSE);
  myrmex_task_context_stop (context);
  g_assert_true (stop.force);

  myrmex_task_context_unref (context);
  context->is_owned = FALSE;
  myrmex_task_context_unref (g_steal_pointer (&fixture->context));
  g_assert_cmpuint (stop.n_freed, ==, 1);
}

/* Who asks only after it was stopped learns of it at once. */
static void
test_stopped_before (Fixture       *fixture,
                     gconstpointer  data)
{
  Stop stop = { 0 };

  myrmex_task_context_mark_stopped (fixture->context, TRUE);
  myrmex_task_context_stop (fixture->context);
  myrmex_task_context_set_stop_func (fixture->context, stop_cb, &stop, NULL);
  g_assert_cmpuint (stop.n_calls, ==, 1);
  g_assert_true (stop.force);
  g_assert_true (g_cancellable_is_cancelled (myrmex_task_context_get_cancellable (fixture->context)));
}

static void
test_report (Fixture       *fixture,
             gconstpointer  data)
{
  static const struct
  {
    double given;
    double told;
  } cases[] = {
    { 0, 0 }, { 0.5, 0.5 }, { 1, 1 }, { 7, 1 }, { INFINITY, 1 }, { -0.1, -1 }, { -INFINITY, -1 }, { NAN, -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      myrmex_task_context_report (fixture->context, cases[i].given, NULL);
      g_assert_cmpfloat (fixture->engine.fraction, ==, cases[i].told);
    }
  g_assert_cmpuint (fixture->engine.n_reports, ==, G_N_ELEMENTS (cases));

  myrmex_task_context_log (fixture->context, "one ");
  myrmex_task_context_log (fixture->context, "two");
  g_assert_cmpstr (fixture->engine.log->str, ==, "one two");
}

/* A worker takes the same context for the next attempt, unless somebody kept it. */
static void
test_reset (Fixture       *fixture,
            gconstpointer  data)
{
  MyrmexTaskContext *context = fixture->context;
  Stop stop = { 0 };

  context->input = g_variant_ref_sink (g_variant_new_int32 (1));
  myrmex_task_context_set_stop_func (context, stop_cb, &stop, stop_freed_cb);
  myrmex_task_context_mark_stopped (context, TRUE);
  myrmex_task_context_get_cancellable (context);
  myrmex_task_context_return_failure (context, "x", "y", FALSE);
  g_assert_false (myrmex_task_context_reset (context, 9, 1));
  g_assert_cmpuint (stop.n_freed, ==, 0);

  myrmex_task_context_unref (context);
  g_assert_true (myrmex_task_context_reset (context, 9, 1));
  g_assert_cmpuint (stop.n_freed, ==, 1);
  g_assert_cmpuint (context->task, ==, 9);
  g_assert_cmpuint (myrmex_task_context_get_attempt (context), ==, 1);
  g_assert_null (myrmex_task_context_get_input (context));
  g_assert_false (myrmex_task_context_is_cancelled (context));
  g_assert_false (g_cancellable_is_cancelled (myrmex_task_context_get_cancellable (context)));
  g_assert_null (context->error);
  g_assert_null (context->error_name);
  g_assert_true (context->is_retryable);

  myrmex_task_context_return_value (context, g_variant_new_int32 (1));
  g_assert_cmpint (fixture->engine.n_answered, ==, 2);
  myrmex_task_context_ref (context);
}

static void
test_failure_names (void)
{
  static const struct
  {
    const char *domain;
    int         code;
    const char *name;
  } cases[] = {
    { "g-io-error-quark", 26, "g-io-error:26" },
    { "my-domain", 0, "my-domain:0" },
    { "-quark", -1, ":-1" },
  };
  g_autoptr (GError) value = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_INVALID_VALUE, "x");
  g_autoptr (GError) limit = g_error_new_literal (MYRMEX_ERROR, MYRMEX_ERROR_LIMIT, "x");
  g_autofree char *value_name = myrmex_failure_name_for_error (value);
  g_autofree char *limit_name = myrmex_failure_name_for_error (limit);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (g_quark_from_string (cases[i].domain), cases[i].code, "x");
      g_autofree char *name = myrmex_failure_name_for_error (error);

      g_assert_cmpstr (name, ==, cases[i].name);
    }
  g_assert_cmpstr (value_name, ==, "invalid-value");
  g_assert_cmpstr (limit_name, ==, "invalid-value");
}

#define ADD(name, func) g_test_add ("/task-context/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("getters", test_getters);
  ADD ("value", test_value);
  ADD ("null-value", test_null_value);
  ADD ("bad-value", test_bad_value);
  ADD ("error", test_error);
  ADD ("failure", test_failure);
  ADD ("once", test_once);
  ADD ("once-in-threads", test_once_in_threads);
  ADD ("dropped", test_dropped);
  ADD ("late", test_late);
  ADD ("late-and-silent", test_late_and_silent);
  ADD ("stop", test_stop);
  ADD ("stopped-before", test_stopped_before);
  ADD ("report", test_report);
  ADD ("reset", test_reset);
  g_test_add_func ("/task-context/failure-names", test_failure_names);

  return g_test_run ();
}
