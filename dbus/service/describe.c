/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "describe.h"

#include "engine/myrmex-run-private.h"
#include "interfaces/myrmex-bus-private.h"

/* By the values of the enumerations. */
const char * const describe_run_statuses[] = {
  "queued", "running", "paused", "completed", "failed", "cancelled", NULL
};
const char * const describe_task_statuses[] = {
  "pending", "running", "retrying", "completed", "failed", "skipped", "cancelled", NULL
};

G_STATIC_ASSERT (G_N_ELEMENTS (describe_run_statuses) == MYRMEX_RUN_STATUS_CANCELLED + 2);
G_STATIC_ASSERT (G_N_ELEMENTS (describe_task_statuses) == MYRMEX_TASK_STATUS_CANCELLED + 2);

static const char * const names[] = {
  "Id", "Name", "Workflow", "TotalTasks", "Submitted", "Status", "Reason", "Fraction", "Counts", "Started", "Finished",
  "Error", "RetriedFrom",
};

static GVariant *
describe_counts (MyrmexRun *run)
{
  guint counts[MYRMEX_N_TASK_STATUSES];
  GVariantBuilder builder;

  MYRMEX_RUN_OPS (run)->get_counts (run, counts);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  for (int i = 0; i < MYRMEX_N_TASK_STATUSES; i++)
    g_variant_builder_add (&builder, "{su}", describe_task_statuses[i], counts[i]);
  return g_variant_builder_end (&builder);
}

/* Why a run did not complete. */
static GVariant *
describe_error (MyrmexRun *run)
{
  g_autoptr (GError) error = NULL;

  if (!myrmex_run_status_is_final (myrmex_run_get_status (run)) || myrmex_run_check (run, &error))
    return g_variant_new_string ("");
  return g_variant_new_string (error->message);
}

static GVariant *
describe_row_counts (const MyrmexJournalRun *row)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  for (int i = 0; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_builder_add (&builder, "{su}", describe_task_statuses[i], row->state.counts[i]);
  return g_variant_builder_end (&builder);
}

/* The same of one that is in the journal alone. */
static GVariant *
describe_row_property (const MyrmexJournalRun *row,
                       const char             *name)
{
  const MyrmexJournalRunState *state = &row->state;
  guint n_left = state->counts[MYRMEX_TASK_STATUS_PENDING];

  if (g_str_equal (name, "Status"))
    return g_variant_new_string (myrmex_run_status_to_string (state->status));
  if (g_str_equal (name, "Reason"))
    return g_variant_new_string (myrmex_reason_to_string (state->reason));
  if (g_str_equal (name, "Fraction"))
    return g_variant_new_double (row->n_tasks > 0 ? (double) (row->n_tasks - MIN (n_left, row->n_tasks)) / row->n_tasks
                                                  : myrmex_run_status_is_final (state->status));
  if (g_str_equal (name, "Counts"))
    return describe_row_counts (row);
  if (g_str_equal (name, "Started"))
    return g_variant_new_int64 (state->started);
  if (g_str_equal (name, "Finished"))
    return g_variant_new_int64 (state->finished);
  if (g_str_equal (name, "Error"))
    return g_variant_new_string (state->error != NULL ? state->error : "");
  return NULL;
}

/* %NULL where there is no such property. */
GVariant *
describe_property (const Described *self,
                   const char      *name)
{
  MyrmexRun *run = self->run;

  if (g_str_equal (name, "Id"))
    return g_variant_new_string (self->row->id);
  if (g_str_equal (name, "Name"))
    return g_variant_new_string (self->row->name);
  if (g_str_equal (name, "Workflow"))
    return g_variant_new_string (self->row->workflow);
  if (g_str_equal (name, "TotalTasks"))
    return g_variant_new_uint32 (self->row->n_tasks);
  if (g_str_equal (name, "Submitted"))
    return g_variant_new_int64 (self->row->submitted);
  if (g_str_equal (name, "RetriedFrom"))
    return g_variant_new_string (self->row->retried_from != NULL ? self->row->retried_from : "");
  if (run == NULL)
    return describe_row_property (self->row, name);
  if (g_str_equal (name, "Status"))
    return g_variant_new_string (myrmex_run_status_to_string (myrmex_run_get_status (run)));
  if (g_str_equal (name, "Reason"))
    return g_variant_new_string (myrmex_reason_to_string (myrmex_run_get_reason (run)));
  if (g_str_equal (name, "Fraction"))
    return g_variant_new_double (myrmex_run_get_fraction (run));
  if (g_str_equal (name, "Counts"))
    return describe_counts (run);
  if (g_str_equal (name, "Started"))
    return g_variant_new_int64 (myrmex_run_get_started (run));
  if (g_str_equal (name, "Finished"))
    return g_variant_new_int64 (myrmex_run_get_finished (run));
  if (g_str_equal (name, "Error"))
    return describe_error (run);
  return NULL;
}

/* All properties: a{sv}. */
GVariant *
describe_run (const Described *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_variant_builder_add (&builder, "{sv}", names[i], describe_property (self, names[i]));
  return g_variant_builder_end (&builder);
}

static void
add_error (GVariantDict *dict,
           MyrmexRun    *run)
{
  g_autoptr (GError) error = NULL;

  if (!myrmex_run_check (run, &error))
    g_variant_dict_insert (dict, "error", "s", error->message);
}

MyrmexRunStatus
describe_status (const Described *self)
{
  return self->run != NULL ? myrmex_run_get_status (self->run) : self->row->state.status;
}

/* What Finished and Wait() tell. */
GVariant *
describe_end (const Described *self)
{
  MyrmexRun *run = self->run;
  const MyrmexJournalRunState *state = &self->row->state;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (int i = MYRMEX_TASK_STATUS_COMPLETED; i <= MYRMEX_TASK_STATUS_CANCELLED; i++)
    g_variant_dict_insert (&dict, describe_task_statuses[i], "u",
                           run != NULL ? myrmex_run_get_count (run, i) : state->counts[i]);
  g_variant_dict_insert (&dict, "total_tasks", "u", self->row->n_tasks);
  g_variant_dict_insert (&dict, "elapsed", "d",
                         run != NULL ? myrmex_run_get_elapsed (run)
                                     : (double) MAX (0, state->finished - state->started) / G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "reason", "s",
                         myrmex_reason_to_string (run != NULL ? myrmex_run_get_reason (run) : state->reason));
  if (run != NULL)
    add_error (&dict, run);
  else if (state->error != NULL)
    g_variant_dict_insert (&dict, "error", "s", state->error);
  return g_variant_dict_end (&dict);
}

static void
add_error_type (GVariantDict     *dict,
                MyrmexTaskResult *result)
{
  const GError *error = myrmex_task_result_get_error (result);
  g_autofree char *type = NULL;

  if (error == NULL)
    return;
  type = myrmex_bus_dup_error_type (error);
  g_variant_dict_insert (dict, "error_type", "s", type);
}

/* A task of the run. */
GVariant *
describe_task (MyrmexRun  *run,
               const char *task,
               gboolean    with_value)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);

  return describe_result (run, task, result, with_value);
}

/* The same, where it is known how it stands. */
GVariant *
describe_result (MyrmexRun        *run,
                 const char       *task,
                 MyrmexTaskResult *result,
                 gboolean          with_value)
{
  g_autoptr (GVariant) base = g_variant_ref_sink (myrmex_task_result_to_variant (result));
  g_autofree char *log_path = myrmex_run_dup_log_path (run, task);
  GVariantDict dict;

  g_variant_dict_init (&dict, base);
  g_variant_dict_insert (&dict, "name", "s", task);
  add_error_type (&dict, result);
  if (log_path != NULL && g_utf8_validate (log_path, -1, NULL))
    g_variant_dict_insert (&dict, "log_path", "s", log_path);
  if (!with_value)
    g_variant_dict_remove (&dict, "value");
  return g_variant_dict_end (&dict);
}

/* A task may have the name that the signal has for the run itself; only the latter has a total. */
gboolean
describe_is_of_run (GVariant *details)
{
  return g_variant_lookup (details, "total_tasks", "u", NULL);
}

static void
add_value (GVariantDict *dict,
           GVariant     *value)
{
  gsize size;

  if (value == NULL)
    return;
  size = g_variant_get_size (value);
  if (size <= MYRMEX_BUS_MAX_INLINE_BYTES)
    g_variant_dict_insert_value (dict, "value", value);
  else
    g_variant_dict_insert (dict, "value_size", "t", (guint64) size);
}

static void
add_result (GVariantDict *dict,
            MyrmexRun    *run,
            const char   *task,
            const char   *status)
{
  g_autoptr (MyrmexTaskResult) result = myrmex_run_dup_result (run, task);

  if (result == NULL)
    return;
  if (myrmex_task_result_get_started (result) != 0)
    g_variant_dict_insert (dict, "started", "x", myrmex_task_result_get_started (result));
  /* What is told may lag behind what is: the task may have ended by now. */
  if (!g_str_equal (status, myrmex_task_status_to_string (myrmex_task_result_get_status (result))))
    return;
  if (myrmex_task_result_get_finished (result) != 0)
    g_variant_dict_insert (dict, "finished", "x", myrmex_task_result_get_finished (result));
  add_error_type (dict, result);
  add_value (dict, myrmex_task_result_get_value (result));
}

GVariant *
describe_change (MyrmexRun  *run,
                 const char *task,
                 const char *status,
                 GVariant   *details)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, details);
  if (!describe_is_of_run (details))
    {
      /* A report of how far a task is comes often, and has nothing new beside that. */
      if (!g_variant_dict_contains (&dict, "fraction") && !g_variant_dict_contains (&dict, "message"))
        add_result (&dict, run, task, status);
      return g_variant_dict_end (&dict);
    }

  g_variant_dict_insert (&dict, "started", "x", myrmex_run_get_started (run));
  if (g_variant_dict_contains (&dict, "elapsed"))
    {
      g_variant_dict_insert (&dict, "finished", "x", myrmex_run_get_finished (run));
      add_error (&dict, run);
    }
  return g_variant_dict_end (&dict);
}
